from datetime import date

import pytest
from sqlalchemy import func, select

from clinic.accounts import rules
from clinic.db import session
from clinic.enrollment.models import Enrollment, Target
from clinic.participants.models import Participant
from clinic.schedule.actions.series import lay_out
from clinic.schedule.models import Booking, Method, RosterEntry, Session, Status
from clinic.trail import SYSTEM, TrailEvent, TrailLook
from tests import make
from tests.html import fields_of


@pytest.fixture
def now(app, at):
    return at("2026-03-04 12:00")  # a Wednesday


def laid_out(now, **facts):
    series = make.series(**facts)
    lay_out(series, by=SYSTEM, now=now)
    return series


def count(model):
    return session.scalar(select(func.count()).select_from(model))


def verbs():
    return list(session.scalars(select(TrailEvent.verb).order_by(TrailEvent.id)))


# Today


def test_today_shows_the_day_in_three_parts(now, signed_in):
    make.session("2026-03-04", "09:00", "10:30", title="Early one")
    make.session("2026-03-04", "13:00", "14:30", title="Middle one")
    make.session("2026-03-04", "17:00", "18:30", title="Late one")
    make.session("2026-03-05", "17:00", "18:30", title="Tomorrow's")
    page = signed_in("coordinator").get("/today").page
    assert page.heading == "Today"
    parts = [[card.text for card in part.all("h3")] for part in page.all("section", class_="part")]
    assert parts == [["Early one"], ["Middle one"], ["Late one"]]


def test_another_day_is_named(now, signed_in):
    make.session("2026-03-05", title="Tomorrow's")
    page = signed_in("coordinator").get("/today?day=2026-03-05").page
    assert page.heading == "Thursday, March 5"
    assert "Tomorrow's" in page.words


@pytest.mark.parametrize("day", ["soon", "2026-02-30", "0001-01-01", "9999-12-31"])
def test_a_day_that_is_none_is_not_found(now, signed_in, day):
    make.site()
    signed_in("coordinator").get(f"/today?day={day}", status=404)


def test_a_clinician_sees_the_sessions_they_lead(now, signed_in):
    ana = make.staff(name="Ana Rivera")
    make.session("2026-03-04", "09:00", "10:00", title="Hers", leaders=[ana])
    make.session("2026-03-04", "11:00", "12:00", title="Another's", leaders=[make.staff()])
    text = signed_in(ana).get("/today").text
    assert ("Hers" in text, "Another's" in text) == (True, False)


def test_the_front_desk_sees_no_topics(now, signed_in):
    make.session("2026-03-04", "09:00", "10:00", title="Relapse prevention")
    text = signed_in("front_desk").get("/today").text
    assert ("Group session" in text, "Relapse prevention" in text) == (True, False)


def test_one_site_can_be_shown_alone(now, signed_in):
    east, west = make.site(key="east", name="East"), make.site(key="west", name="West")
    make.session("2026-03-04", title="Here", program=make.program(east))
    make.session("2026-03-04", title="There", program=make.program(west))
    pages = signed_in("coordinator")
    both, one = pages.get("/today").text, pages.get("/today?site=east").text
    assert ("Here" in both, "There" in both) == (True, True)
    assert ("Here" in one, "There" in one) == (True, False)


def test_a_sheet_left_open_and_a_week_in_danger_need_attention(now, signed_in):
    enrollment = make.enrollment()
    make.booking(make.session("2026-03-03", title="Left open"), enrollment)
    page = signed_in("coordinator").get("/today").page
    items = [item.text for item in page.all("li", class_="attention-item")]
    assert items == [
        "1 person needs a make-up Their hours of this week fall short of what is prescribed",
        "Left open, Tue, Mar 3 1 person still unmarked",
    ]


def test_the_front_desk_is_told_of_no_hours(now, signed_in):
    make.booking(make.session("2026-03-03"), make.enrollment())
    assert "make-up" not in signed_in("front_desk").get("/today").text


def test_a_refused_tap_is_shown_until_it_was_seen(now, signed_in):
    tap = make.kiosk_tap(make.kiosk_device(), make.participant(name="Jordan Avery"))
    pages = signed_in("front_desk")
    assert "Jordan A.: Nobody has this PIN." in pages.get("/today").page.words
    pages.submit(f"/kiosk/taps/{tap.id}/seen")
    assert "Nobody has this PIN." not in pages.get("/today").text


def test_a_clinic_that_is_not_set_up_says_what_to_do(now, signed_in):
    assert "Nothing is set up yet" in signed_in("admin").get("/today").text


def test_today_needs_the_same_statements_for_one_session_and_for_many(now, signed_in, queries):
    pages = signed_in("coordinator")
    make.booking(make.session("2026-03-04", "08:00", "09:00"))
    pages.get("/today")
    with queries() as one:
        pages.get("/today")
    for hour in range(10, 18):
        make.booking(make.session("2026-03-04", f"{hour}:00", f"{hour}:50"))
    with queries() as many:
        pages.get("/today")
    assert many() == one()
    assert one() <= 12


# Participants


def test_people_are_found_by_any_part_of_their_name(now, signed_in):
    for name in ("Jordan Avery", "Priya Raman", "Marcus Bell"):
        make.participant(name=name)
    pages = signed_in("coordinator")
    rows = pages.get("/participants?q=AV+jor").page.all("tbody")[0].all("tr")
    assert [row.all("a")[0].text for row in rows] == ["Jordan Avery"]
    assert "Nobody found" in pages.get("/participants?q=100%25").text


def test_a_long_list_has_pages(now, signed_in):
    for number in range(30):
        make.participant(name=f"Person {number:02d}")
    pages = signed_in("coordinator")
    first, second = pages.get("/participants").page, pages.get("/participants?page=2").page
    assert [len(page.all("tbody")[0].all("tr")) for page in (first, second)] == [25, 5]
    pages.get("/participants?page=3", status=404)
    pages.get("/participants?page=0")
    pages.get("/participants?page=x")


def test_the_list_says_where_everyone_stands(now, signed_in):
    ana = make.staff(name="Ana Rivera")
    evening = make.program(name="Evening IOP")
    make.enrollment(make.participant(name="A Active"), evening, clinician=ana)
    make.enrollment(make.participant(name="B Planned"), evening, from_on="2026-03-09")
    make.enrollment(make.participant(name="C Completed"), evening, until_on="2026-02-28")
    away = make.enrollment(make.participant(name="D Away"), evening)
    make.leave(away, "2026-03-02", "2026-03-06")
    make.participant(name="E Nowhere")
    rows = signed_in("coordinator").get("/participants").page.all("tbody")[0].all("tr")
    cells = [[cell.text for cell in row.all("td")] for row in rows]
    assert cells == [
        ["Evening IOP", "Ana Rivera", "Active", "Needs make-up"],
        ["Evening IOP", "", "Planned", ""],
        ["Evening IOP", "", "Completed", ""],
        ["Evening IOP", "", "On leave", "Partial week"],
        ["", "", "", ""],
    ]


def test_a_clinician_finds_their_groups_and_their_caseload_only(now, signed_in):
    ana = make.staff(name="Ana Rivera")
    make.enrollment(make.participant(name="On caseload"), clinician=ana)
    in_group = make.enrollment(make.participant(name="In group"))
    make.booking(make.session(leaders=[ana]), in_group)
    stranger = make.enrollment(make.participant(name="A stranger"))
    pages = signed_in(ana)
    names = [
        row.all("a")[0].text for row in pages.get("/participants").page.all("tbody")[0].all("tr")
    ]
    assert names == ["In group", "On caseload"]
    pages.get(f"/participants/{in_group.participant_id}")
    pages.get(f"/participants/{stranger.participant_id}", status=404)


def test_the_list_needs_the_same_statements_for_one_person_and_for_many(now, signed_in, queries):
    pages = signed_in("coordinator")
    make.enrollment()
    pages.get("/participants")
    with queries() as one:
        pages.get("/participants")
    for _ in range(8):
        make.enrollment()
    with queries() as many:
        pages.get("/participants")
    assert many() == one()
    assert one() <= 12


def test_everyone_on_the_list_was_looked_at(now, signed_in):
    people = [make.participant() for _ in range(3)]
    signed_in("coordinator").get("/participants")
    looks = session.query(TrailLook).all()
    assert [(look.page, look.participant_ids) for look in looks] == [
        ("desk.participants", [person.id for person in people])
    ]


# A participant


def test_the_page_shows_enrollment_week_groups_and_sessions(now, signed_in):
    jordan = make.participant(name="Jordan Avery", preferred_name="Jo", pin="482913")
    enrollment = make.enrollment(jordan, make.program(name="Evening IOP"))
    series = laid_out(now, title="Process group", weekdays="013", start="18:00", end="21:00")
    make.roster_entry(series, enrollment)
    lay_out(series, by=SYSTEM, now=now)
    page = signed_in("coordinator").get(f"/participants/{jordan.id}").page
    text = page.words
    assert page.heading == "Jordan Avery"
    for words in (
        "Evening IOP",
        "Active",
        "from Jan 5, 2026",
        "9 – 12 hours a week",
        "Mon, Tue, Thu 6:00 – 9:00 pm",
        "1 of 12 seats",
        "has a PIN",
        "Thu, Mar 5",
    ):
        assert words in text


def test_billing_sees_minutes_but_no_topics_and_changes_nothing(now, signed_in):
    enrollment = make.enrollment()
    make.booking(make.session("2026-03-05", title="Trauma and recovery"), enrollment)
    text = signed_in("billing").get(f"/participants/{enrollment.participant_id}").text
    assert ("Trauma" in text, "Group session" in text, "Put on" in text) == (False, True, False)


def test_an_unknown_participant_is_not_found(now, signed_in):
    signed_in("coordinator").get("/participants/99", status=404)


def test_adding_somebody_keeps_them(now, signed_in):
    pages = signed_in("coordinator")
    pages.get("/participants/new")
    pages.submit(
        "/participants/new",
        name=" Jordan Avery ",
        preferred_name="Jo",
        birth_on="1990-02-03",
        email="Jo@Example.org",
        pin="482913",
    )
    added = session.scalars(select(Participant)).one()
    assert (added.key, added.name, added.preferred_name) == ("p-001", "Jordan Avery", "Jo")
    assert added.pin_digest not in {None, "482913"}
    assert verbs() == ["account.added", "participant.added"]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"name": " "}, "Enter the person's name."),
        ({"birth_on": "1990-02-30"}, "This is not a day. Write it like 2026-03-09."),
        ({"email": "jo at home"}, "This is not an e-mail address."),
        ({"pin": "12"}, "A PIN is 4 to 10 digits."),
        ({"pin": "111111"}, "A PIN of one repeated digit is too easy to guess."),
        ({"pin": "482913"}, "Someone else has this PIN already. Choose another."),
        ({"birth_on": "2040-01-01"}, "This day is in the future."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(now, signed_in, typed, sentence):
    make.participant(pin="482913")
    pages = signed_in("coordinator")
    pages.get("/participants/new")
    filled = {"name": "Robin Vale", "preferred_name": "Rob", "pin": "775533"} | typed
    page = pages.submit("/participants/new", status=422, **filled).page
    assert sentence in page.words
    fields = {box.get("name"): box.get("value") for box in page.all("input")}
    assert {name: fields[name] for name in filled} == filled | {"name": filled["name"].strip()}
    assert count(Participant) == 1


def test_an_address_that_somebody_has_is_refused(now, signed_in):
    make.staff(email="ana@example.org")
    pages = signed_in("coordinator")
    pages.get("/participants/new")
    page = pages.submit("/participants/new", status=422, name="Jo", email="ANA@example.org").page
    assert rules.EMAIL_TAKEN in page.words
    assert count(Participant) == 0


def test_details_are_changed_and_an_empty_pin_keeps_the_old_one(now, signed_in):
    jordan = make.participant(name="Jordan Avery", pin="482913")
    digest = jordan.pin_digest
    pages = signed_in("coordinator")
    path = f"/participants/{jordan.id}/edit"
    pages.get(path)
    pages.submit(path, name="Jordan Amari")
    assert (jordan.name, jordan.pin_digest) == ("Jordan Amari", digest)
    assert verbs() == ["participant.changed"]


def test_details_that_cannot_be_are_refused(now, signed_in):
    make.participant(pin="482913")
    jordan = make.participant(name="Jordan Avery")
    pages = signed_in("coordinator")
    path = f"/participants/{jordan.id}/edit"
    pages.get(path)
    pages.submit(path, status=422, name="Jordan Amari", pin="482913")
    assert (jordan.name, jordan.pin_digest) == ("Jordan Avery", None)


# Enrolling


def test_enrolling_writes_the_programs_target_down(now, signed_in):
    jordan, program = make.participant(), make.program(min_minutes=540, max_minutes=720)
    pages = signed_in("coordinator")
    path = f"/participants/{jordan.id}/enroll"
    assert 'value="2026-03-04"' in pages.get(path).text
    pages.submit(path, program=str(program.id), from_on="2026-03-09", clinician="")
    enrollment = session.scalars(select(Enrollment)).one()
    target = session.scalars(select(Target)).one()
    assert (enrollment.key, str(enrollment.from_on)) == ("e-001", "2026-03-09")
    assert (target.min_minutes, target.max_minutes) == (540, 720)
    assert verbs() == ["enrollment.began"]


def test_enrolling_takes_hours_and_a_clinician_of_their_own(now, signed_in):
    jordan, program = make.participant(), make.program()
    ana = make.staff()
    pages = signed_in("coordinator")
    path = f"/participants/{jordan.id}/enroll"
    pages.get(path)
    pages.submit(
        path,
        program=str(program.id),
        from_on="2026-03-09",
        clinician=str(ana.id),
        min_hours="10.5",
        max_hours="12",
    )
    target = session.scalars(select(Target)).one()
    assert (target.min_minutes, target.max_minutes) == (630, 720)
    assert session.scalars(select(Enrollment)).one().clinician_id == ana.id


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"program": ""}, "Choose a program."),
        ({"program": "99"}, "Choose one from the list."),
        ({"from_on": ""}, "Enter the first day."),
        ({"until_on": "2026-03-01"}, "The last day is before the first."),
        ({"min_hours": "nine"}, "This is not a number of hours. Write it like 9 or 10.5."),
        ({"min_hours": "9"}, "Enter both, the least and the most hours, or neither."),
        (
            {"min_hours": "12", "max_hours": "9"},
            "The most hours a week are fewer than the least.",
        ),
        (
            {"from_on": "2026-02-01"},
            "They are enrolled in this program at that time already.",
        ),
    ],
)
def test_an_enrollment_that_cannot_be_is_refused(now, signed_in, typed, sentence):
    earlier = make.enrollment(until_on="2026-02-28")
    pages = signed_in("coordinator")
    path = f"/participants/{earlier.participant_id}/enroll"
    pages.get(path)
    filled = {"program": str(earlier.program_id), "from_on": "2026-03-09"} | typed
    assert sentence in pages.submit(path, status=422, **filled).page.words
    assert count(Enrollment) == 1


# Groups


def test_putting_somebody_on_a_group_books_all_its_coming_sessions(now, signed_in):
    series = laid_out(now, until_on="2026-03-31", weekdays="0")
    enrollment = make.enrollment()
    pages = signed_in("coordinator")
    pages.get(f"/participants/{enrollment.participant_id}")
    pages.submit(
        f"/enrollments/{enrollment.id}/groups", series=str(series.id), from_on="2026-03-04"
    )
    days = session.scalars(
        select(Session.day).join(Booking, Booking.session_id == Session.id).order_by(Session.day)
    )
    assert [day.day for day in days] == [9, 16, 23, 30]
    assert "roster.put_on" in verbs()


def test_the_first_day_on_a_group_is_the_site_s_today_late_in_the_evening_too(at, signed_in):
    now = at("2026-03-02 20:30")  # the next day already in UTC
    laid_out(now, until_on="2026-03-31", weekdays="0")
    enrollment = make.enrollment()
    page = signed_in("coordinator").get(f"/participants/{enrollment.participant_id}").page
    form = page.form(f"/enrollments/{enrollment.id}/groups")
    assert fields_of(form)["from_on"] == "2026-03-02"


def test_a_full_group_is_refused_at_the_form_and_nothing_is_half_done(now, signed_in):
    series = laid_out(now, until_on="2026-03-31", weekdays="0", seats=1)
    make.booking(session.scalars(select(Session).where(Session.day == date(2026, 3, 16))).one())
    enrollment = make.enrollment()
    before = count(Booking)
    pages = signed_in("coordinator")
    pages.get(f"/participants/{enrollment.participant_id}")
    page = pages.submit(
        f"/enrollments/{enrollment.id}/groups",
        status=422,
        series=str(series.id),
        from_on="2026-03-04",
    ).page
    assert "Process group has no free seat on Mon Mar 16." in page.words
    assert (count(Booking), count(RosterEntry)) == (before, 0)


def test_a_group_needs_to_be_chosen(now, signed_in):
    make.series()
    enrollment = make.enrollment()
    pages = signed_in("coordinator")
    pages.get(f"/participants/{enrollment.participant_id}")
    page = pages.submit(
        f"/enrollments/{enrollment.id}/groups", status=422, series="", from_on="someday"
    ).page
    assert "Choose a group." in page.words
    assert "This is not a day. Write it like 2026-03-09." in page.words


def test_taking_somebody_off_keeps_what_was_recorded(now, signed_in):
    series = laid_out(now, until_on="2026-03-31", weekdays="0")
    enrollment = make.enrollment()
    entry = make.roster_entry(series, enrollment)
    lay_out(series, by=SYSTEM, now=now)
    attended = session.scalars(
        select(Booking).join(Booking.session).where(Session.day == date(2026, 3, 2))
    ).one()
    attended.status, attended.method = Status.PRESENT, Method.STAFF
    pages = signed_in("coordinator")
    pages.get(f"/participants/{enrollment.participant_id}")
    pages.submit(f"/rosters/{entry.id}/end", until_on="2026-03-16")
    left = session.scalars(
        select(Session.day)
        .join(Booking, Booking.session_id == Session.id)
        .where(Session.day >= date(2026, 3, 1))
        .order_by(Session.day)
    )
    assert [day.day for day in left] == [2, 9, 16]


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("", "Enter the last day."),
        ("2026-03-01", "The last day cannot be earlier than yesterday: the past stays as it was."),
    ],
)
def test_a_last_day_that_cannot_be_is_refused_at_its_group(now, signed_in, day, sentence):
    entry = make.roster_entry(laid_out(now), make.enrollment())
    pages = signed_in("coordinator")
    pages.get(f"/participants/{entry.enrollment.participant_id}")
    page = pages.submit(f"/rosters/{entry.id}/end", status=422, until_on=day).page
    assert sentence in page.words
    assert entry.until_on is None


@pytest.mark.parametrize("role", ["clinician", "front_desk", "billing", "auditor"])
def test_only_coordination_changes_who_is_where(now, signed_in, role):
    entry = make.roster_entry(make.series(), make.enrollment())
    pages = signed_in(role)
    pages.get("/participants/new", status=403)
    pages.get(f"/participants/{entry.enrollment.participant_id}/edit", status=403)
    pages.get(f"/participants/{entry.enrollment.participant_id}/enroll", status=403)
    pages.post(f"/enrollments/{entry.enrollment_id}/groups", {}, status=403)
    pages.post(f"/rosters/{entry.id}/end", {}, status=403)
