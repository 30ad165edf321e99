from datetime import date

import pytest
from sqlalchemy import select

from clinic.db import db
from clinic.enrollment.models import Enrollment, Outcome, Target, TransitionWeek, Unavailability
from clinic.participants.models import Participant
from clinic.programs.models import DayPart, Kind, Level, Population
from clinic.schedule.actions.rosters import fill
from clinic.schedule.actions.series import lay_out
from clinic.schedule.models import Booking, RosterEntry, Session, Status
from clinic.trail import SYSTEM
from tests import make
from tests.dump import changed, dump


def group(now, program, **facts):
    series = make.series(program, **{"weekdays": "0", "until_on": "2026-04-27"} | facts)
    lay_out(series, by=SYSTEM, now=now)
    return series


def enroll_path(person, program, day="2026-03-09"):
    return f"/participants/{person.id}/enroll?program={program.id}&from={day}"


def step_down_path(enrollment, program, day="2026-03-16"):
    return f"/enrollments/{enrollment.id}/step-down?program={program.id}&from={day}"


def rows(model):
    return db.scalars(select(model).order_by(model.id)).all()


# Admitted


def offered(page):
    """The programs that are to choose, by their ids."""
    return [radio.get("value") for radio in page.all("input", name="program")]


def test_a_program_is_chosen_from_those_that_there_are(pages):
    jordan = make.participant(name="Jordan Avery")
    program = make.program(name="Evening IOP", weeks=8, min_service_days=3)
    other = make.program(name="Morning IOP")
    make.program(name="Day program", is_active=False)
    path = f"/participants/{jordan.id}/enroll"
    page = pages.get(path).page
    assert offered(page) == [str(program.id), str(other.id)]
    assert (
        "Evening IOP Intensive outpatient (ASAM 2.1) · 9 – 12 hours a week on at least 3 days"
        " · 8 weeks · Site 1"
    ) in page.words
    assert "Choose a program: its week appears here." in page.words
    assert "Choose the program." in pages.submit(path, status=422).page.words


def test_no_program_is_chosen_for_anybody_unless_it_follows(pages):
    teens = make.program(name="Adolescent IOP", population=Population.ADOLESCENT)
    iop = make.program(name="Evening IOP")
    born = make.participant(birth_on=date(1968, 5, 1))
    path = f"/participants/{born.id}/enroll"
    page = pages.get(path).page
    assert (page.value("program"), offered(page)) == (str(iop.id), [str(iop.id), str(teens.id)])
    assert page.texts("label", class_="offer")[-1].endswith("For adolescents; they are 57.")
    stranger = pages.get(f"/participants/{make.participant().id}/enroll").page
    assert (stranger.value("program"), offered(stranger)) == (None, [str(teens.id), str(iop.id)])
    make.program(name="Morning IOP")
    page = pages.get(path).page
    assert (page.value("program"), len(offered(page))) == (None, 3)
    lower = make.program(name="Outpatient", level=Level.OUTPATIENT)
    step = f"/enrollments/{make.enrollment(born, iop).id}/step-down"
    assert pages.get(step).page.value("program") == str(lower.id)


def test_what_follows_from_a_program_is_there_before_anything_is_shown_or_saved(now, pages):
    short, long = make.program(name="Short", weeks=2), make.program(name="Long", weeks=8)
    group(now, long, title="Process group")
    path = f"/participants/{make.participant().id}/enroll?from=2026-03-09"
    pages.get(path)
    page = pages.submit(path, status=200, program=str(long.id)).page
    assert "Below is the week of Long. Choose the groups, then see what it changes." in page.words
    assert "Process group" in page.words
    assert (page.value("until_on"), page.value("ends_for")) == ("2026-05-03", str(long.id))
    page = pages.submit(path, status=200, until_on="2026-04-05", step="back").page
    assert page.value("until_on") == "2026-04-05"  # set by hand
    page = pages.submit(path, status=200, program=str(short.id), step="back").page
    assert page.value("until_on") == "2026-03-22"
    assert "Nothing is saved yet" in pages.submit(path, status=200).page.words
    page = pages.submit(path, status=200, program=str(long.id), from_on="", step="back").page
    assert page.value("until_on") == ""


NEW = "/participants/enroll"


def test_somebody_new_is_put_on_the_list_and_enrolled_at_once(now, pages):
    program = make.program(weeks=8)
    series = group(now, program, title="Process group")
    page = pages.get(f"{NEW}?from=2026-03-09").page
    assert (page.value("program"), page.value("until_on")) == (str(program.id), "2026-05-03")
    typed = {"name": "Jordan Avery", "birth_on": "1990-02-03", "email": "jo@example.org"}
    before = dump("trail_look")
    typed["groups"] = str(series.id)
    page = pages.submit(f"{NEW}?from=2026-03-09", status=200, **typed).page
    assert changed(before, dump("trail_look")) == set()
    for words in (
        "Jordan Avery, new on the list.",
        "Enrolled Evening IOP after",
        "8 sessions more",
    ):
        assert words in page.words
    pages.submit(f"{NEW}?from=2026-03-09", step="save")
    page = pages.follow().page
    assert (page.heading, "Jordan Avery is enrolled in Evening IOP." in page.words) == (
        "Next step",
        True,
    )
    (jordan,), (enrollment,) = rows(Participant), rows(Enrollment)
    assert jordan.birth_on == date(1990, 2, 3)
    assert (enrollment.participant_id, len(rows(Booking))) == (jordan.id, 8)
    pages.submit(f"/participants/{jordan.id}/undo")
    assert (rows(Enrollment), len(rows(Participant))) == ([], 1)  # a record stays a record


def test_who_may_be_on_the_list_already_is_named_before_somebody_is_enrolled(pages):
    known = make.participant(name="Jordan Avery")
    program = make.program()
    pages.get(NEW)
    typed = {"name": "Jordan Avery", "phone": "rubbish", "program": str(program.id)}
    page = pages.submit(NEW, status=200, step="back", **typed).page
    assert f"Jordan Avery {known.key} the same name" in page.words
    page = pages.submit(NEW, status=422, phone="").page
    assert "This may be somebody who is on the list already" in page.words
    assert "new on the list" in pages.submit(NEW, status=200, is_somebody_else="y").page.words
    pages.submit(NEW, step="save")
    assert len(rows(Participant)) == 2


def test_what_is_wrong_with_somebody_new_stands_at_its_field(pages):
    make.participant(name="Somebody", email="jo@example.org")
    make.program()
    pages.get(NEW)
    page = pages.submit(NEW, status=422, name="Jordan", birth_on="2031-01-01").page
    assert "Birth date: This day is in the future." in page.words
    page = pages.submit(NEW, status=422, birth_on="", name="").page
    assert "Enter the person's name." in page.words
    assert len(rows(Participant)) == 1


def test_where_no_program_is_open_the_page_says_so(pages):
    jordan = make.participant()
    make.organization()
    make.site()
    page = pages.get(f"/participants/{jordan.id}/enroll").page
    assert "No program to choose" in page.words


@pytest.mark.parametrize("query", ["program=99", "program=1&from=someday"])
def test_an_address_that_makes_no_sense_is_not_found(pages, query):
    jordan = make.participant()
    make.program()
    pages.get(f"/participants/{jordan.id}/enroll?{query}", status=404)


def test_a_closed_program_is_not_found(pages):
    pages.get(enroll_path(make.participant(), make.program(is_active=False)), status=404)


def test_the_planned_end_comes_from_the_length_of_the_program(pages):
    program = make.program(weeks=8)
    page = pages.get(enroll_path(make.participant(), program)).page
    assert (page.value("from_on"), page.value("until_on")) == ("2026-03-09", "2026-05-03")


def test_admitting_shows_what_it_leads_to_and_then_does_it(now, pages):
    jordan, program = make.participant(name="Jordan Avery"), make.program(weeks=8)
    series = group(now, program, title="Process group", weekdays="0", start="18:00", end="21:00")
    ana = make.staff(name="Ana Rivera")
    path = enroll_path(jordan, program)
    page = pages.get(path).page
    assert "Process group Mon 6:00 – 9:00 pm 6:00 – 9:00 pm 12 seats free" in page.words
    (block,) = page.all("label", class_="block")
    counted = ("data-weekdays", "data-minutes", "data-from", "data-until", "data-kind")
    assert [block.get(each) for each in counted] == ["0", "180", "1080", "1260", "group"]
    (week,) = page.all("fieldset", class_="week")
    assert [week.get(each) for each in ("data-least", "data-most", "data-mix")] == [
        "540",
        "720",
        "",
    ]
    before = dump("trail_look")
    page = pages.submit(
        path,
        status=200,
        groups=str(series.id),
        clinician=str(ana.id),
        wished_part="evening",
        **{
            "unavailable-0-days": "0",
            "unavailable-0-from": "20:00",
            "unavailable-0-until": "22:00",
        },
    ).page
    assert changed(before, dump("trail_look")) == set()
    for words in (
        "Enrolled Evening IOP after: Mar 9, 2026 – May 3, 2026",
        "Process group, Mon 6:00 – 9:00 pm Evening IOP after: Mar 9, 2026 – Apr 27, 2026",
        "8 sessions more",
        "8 sessions are at a time when they cannot come, the first on Mon, Mar 9, 6:00 – 9:00 pm",
        "Evening IOP: 3 h of 9 hours are planned in the week of Mar 9.",
        "Next week, Mar 9 Evening IOP before: not enrolled after: 3 h of 9 h booked",
    ):
        assert words in page.words
    pages.submit(path, step="save")
    page = pages.follow().page
    assert page.heading == "Next step"
    for words in (
        "Jordan Avery is enrolled in Evening IOP.",
        "They need a PIN to check in at the door.",
        "Invited, they see their week on their phone.",
        "Monday 6:00 – 9:00 pm",
    ):
        assert words in page.words
    (enrollment,) = rows(Enrollment)
    assert (enrollment.from_on, enrollment.until_on) == (date(2026, 3, 9), date(2026, 5, 3))
    assert (enrollment.clinician_id, enrollment.wished_part) == (ana.id, DayPart.EVENING)
    assert [(one.weekday, one.from_minute) for one in rows(Unavailability)] == [(0, 1200)]
    assert [entry.series_id for entry in rows(RosterEntry)] == [series.id]
    assert len(rows(Booking)) == 8
    make.booking(make.session("2026-03-12", "09:00", "10:00", title="Intake"), enrollment)
    make.booking(make.session("2026-03-13"), enrollment, Status.EXCUSED)
    week = pages.get(f"/enrollments/{enrollment.id}/next").page.words
    assert "Thu, Mar 12 9:00 – 10:00 am" in week  # what is planned by itself is on paper, too
    assert "Mar 13" not in week


def test_without_hours_of_their_own_the_programs_are_prescribed(pages):
    program = make.program(min_minutes=540, max_minutes=720, min_service_days=3)
    path = enroll_path(make.participant(), program)
    assert "the program’s are prescribed: 9 – 12 hours a week on at least 3 days." in (
        pages.get(path).page.words
    )
    pages.submit(path, status=200)
    pages.submit(path, step="save")
    (target,) = rows(Target)
    assert (target.min_minutes, target.max_minutes, target.min_service_days) == (540, 720, 3)


def test_hours_of_their_own_are_taken(pages):
    path = enroll_path(make.participant(), make.program())
    pages.get(path)
    pages.submit(path, status=200, min_hours="10.5", max_hours="12", min_days="4")
    pages.submit(path, step="save")
    (target,) = rows(Target)
    assert (target.min_minutes, target.max_minutes, target.min_service_days) == (630, 720, 4)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"from_on": ""}, "Enter the first day."),
        ({"until_on": "2026-03-01"}, "The last day is before the first."),
        ({"min_hours": "nine"}, "This is not a number of hours. Write it like 9 or 10.5."),
        ({"min_hours": "9"}, "Enter both, the least and the most hours, or neither."),
        ({"min_hours": "12", "max_hours": "9"}, "The most hours a week are fewer than the least."),
        ({"min_days": "8"}, "A week has 7 days."),
        ({"clinician": "99"}, "Choose one from the list."),
        ({"wished_part": "night"}, "Choose one from the list."),
        ({"groups": "99"}, "Choose from the list."),
        ({"groups": "both"}, "Choose from the list."),
        ({"from_on": "2026-02-01"}, "They are enrolled in this program at that time already."),
    ],
)
def test_an_enrollment_that_cannot_be_is_refused(pages, typed, sentence):
    earlier = make.enrollment(until_on="2026-02-28")
    path = enroll_path(earlier.participant, earlier.program)
    pages.get(path)
    page = pages.submit(path, status=422, **typed).page
    assert sentence in page.words
    for name, value in typed.items():
        if name in {"from_on", "until_on", "min_hours", "max_hours", "min_days"}:
            assert page.value(name) == value
    assert len(rows(Enrollment)) == 1


def test_a_full_group_is_refused_and_nobody_is_enrolled(now, pages):
    program = make.program()
    series = group(now, program, seats=1)
    make.booking(db.scalars(select(Session).where(Session.day == date(2026, 3, 16))).one())
    path = enroll_path(make.participant(), program)
    assert "has no free seat on Mon, Mar 16." in pages.get(path).page.words
    assert pages.answer.page.all("input", name="groups") == []
    page = pages.submit(path, groups=str(series.id), status=422).page
    assert page.words.count("has no free seat on Mon, Mar 16.") == 2
    assert [box.get("value") for box in page.all("input", name="groups", checked="")] == [
        str(series.id)
    ]
    assert len(rows(Enrollment)) == 1  # of whom has the seat


def test_who_comes_back_begins_a_new_episode(pages):
    jordan, program = make.participant(), make.program()
    make.enrollment(jordan, program, until_on="2026-02-28", outcome=Outcome.DISCHARGED)
    path = enroll_path(jordan, program)
    assert (
        "They were discharged from Evening IOP on Feb 28, 2026: this begins a new episode of care."
    ) in pages.get(path).page.words
    pages.submit(path, status=200)
    pages.submit(path, step="save")
    assert "On no group yet" in pages.follow().page.words
    words = pages.get(f"/participants/{jordan.id}").page.words
    assert ("Episode 1" in words, "Episode 2" in words) == (True, True)


def singles(page):
    return [words for words in page.texts("summary") if words.startswith("Individual with")]


def test_what_is_in_the_way_of_which_group_follows_what_was_asked_first(now, pages):
    jordan, program = make.participant(), make.program()
    group(now, program, title="Process", start="10:00", end="11:00")
    alone = {"kind": Kind.INDIVIDUAL, "seats": 1, "weekdays": "2"}
    for name, hour in (("Bo Lund", 14), ("Zoe Park", 15), ("Zoe Park", 16)):
        staff = make.staff(name=name)
        group(now, program, leaders=[staff], start=f"{hour}:00", end=f"{hour}:50", **alone)
    path = enroll_path(jordan, program)
    by_name = ["Individual with Bo Lund: 1 free time", "Individual with Zoe Park: 2 free times"]
    assert singles(pages.get(path).page) == by_name
    typed = {
        "from_on": "2026-03-09",
        "clinician": str(staff.id),
        "min_hours": "1e999999",
        "unavailable-0-days": "0",
        "unavailable-0-from": "10:30",
        "unavailable-0-until": "12:00",
        "unavailable-1-days": "1",
        "unavailable-1-from": "rubbish",
    }
    page = pages.submit(path, status=200, step="back", **typed).page
    assert (
        "Process, Mon 10:00 – 11:00 am · 12 seats free They cannot come at that time on Mon."
        in (page.words)
    )
    assert singles(page) == by_name[::-1]


# On from another program


def test_stepping_down_ends_the_one_and_begins_the_other(now, pages):
    ana = make.staff(name="Ana Rivera")
    enrollment = make.enrollment(clinician=ana)
    before = group(now, enrollment.program)
    make.roster_entry(before, enrollment)
    fill(before.id)
    aftercare = make.program(
        name="Aftercare", level=Level.AFTERCARE, min_minutes=60, max_minutes=180, weeks=12
    )
    after = group(now, aftercare, title="Aftercare group", weekdays="2", start="17:00", end="18:00")
    choice = pages.get(f"/enrollments/{enrollment.id}/step-down").page
    assert offered(choice) == [str(aftercare.id)]
    path = step_down_path(enrollment, aftercare)
    page = pages.get(path).page
    assert (page.value("clinician"), page.value("outcome")) == (str(ana.id), "transferred")
    assert [box.get("value") for box in page.all("input", name="transition_weeks")] == [
        "2026-03-16",
        "2026-03-23",
        "2026-03-30",
        "2026-04-06",
    ]
    page = pages.submit(
        path, status=200, groups=str(after.id), transition_weeks="2026-03-16", outcome="completed"
    ).page
    for words in (
        "before: from Jan 5, 2026 after: Jan 5, 2026 – Mar 15, 2026",
        "Ended Evening IOP after: Completed",
        "Enrolled Aftercare after: Mar 16, 2026 – Jun 7, 2026",
        "6 sessions more Wed, Mar 18, 5:00 – 6:00 pm: Aftercare group",
        "7 sessions fewer Mon, Mar 16, 10:00 – 11:00 am: Process group",
    ):
        assert words in page.words
    pages.submit(path, step="save")
    assert "goes on in Aftercare" in pages.follow().page.words
    one, other = rows(Enrollment)
    assert (one.until_on, one.outcome) == (date(2026, 3, 15), Outcome.COMPLETED)
    assert (other.from_on, other.continues_id, other.clinician_id) == (
        date(2026, 3, 16),
        one.id,
        ana.id,
    )
    assert [week.week for week in rows(TransitionWeek)] == [date(2026, 3, 16)]


def test_a_step_down_is_refused_at_its_form(pages):
    enrollment = make.enrollment(until_on="2026-02-28", outcome=Outcome.LEFT)
    path = step_down_path(enrollment, make.program(name="Aftercare"))
    pages.get(path)
    assert "The enrollment has ended." in pages.submit(path, status=422).page.words


def test_nobody_steps_down_to_their_own_program(pages):
    enrollment = make.enrollment()
    pages.get(step_down_path(enrollment, enrollment.program), status=404)


@pytest.mark.parametrize("role", ["clinician", "front_desk", "billing", "auditor"])
def test_only_coordination_admits(now, signed_in, role):
    jordan, program = make.participant(), make.program()
    pages = signed_in(role)
    pages.get(enroll_path(jordan, program), status=403)
    pages.post(enroll_path(jordan, program), {}, status=403)


def test_an_unknown_participant_is_not_found(pages):
    make.program()
    pages.get("/participants/99/enroll", status=404)


def test_weeks_of_stepping_down_are_named_in_the_year_it_is_at_the_clinic(at, signed_in):
    at("2026-12-31 22:00")  # 2027, in UTC
    enrollment = make.enrollment(from_on="2026-11-02")
    program = make.program(name="Aftercare", key="after")
    pages = signed_in("coordinator")
    page = pages.get(step_down_path(enrollment, program, "2026-12-31")).page
    assert "December 28, 2026 – January 3, 2027" in page.words
