import pytest

from clinic.enrollment.models import EndReason, Outcome
from clinic.offers.models import CameOfIt
from clinic.permissions import TABLE, Permission, Role
from clinic.programs.models import Kind, Measure
from clinic.schedule.actions.series import lay_out
from clinic.schedule.models import Method, SeriesLeader, Status
from clinic.trail import SYSTEM
from tests import make


@pytest.fixture
def now(app, at):
    return at("2026-03-04 12:00")  # a Wednesday


def laid_out(now, **facts):
    series = make.series(**facts)
    lay_out(series, by=SYSTEM, now=now)
    return series


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


def shown(signed_in, enrollment, who="coordinator"):
    return signed_in(who).get(f"/participants/{enrollment.participant_id}").page


def test_the_target_of_today_is_shown(now, signed_in):
    enrollment = make.enrollment(min_minutes=540, max_minutes=720)
    make.target(enrollment, "2026-03-01", min_minutes=600, max_minutes=720)
    make.target(enrollment, "2026-04-01", min_minutes=360, max_minutes=540)
    (about,) = shown(signed_in, enrollment).texts("p", id=f"about-{enrollment.id}")
    assert about.endswith("10 – 12 hours a week")


@pytest.mark.parametrize(("outcome", "words"), [(None, "Goes out"), (CameOfIt.PLACED, "Added")])
def test_what_came_of_make_ups_stands_with_the_week_and_is_only_read(
    now, signed_in, outcome, words
):
    enrollment = make.enrollment()
    there = make.session("2026-03-06", "13:00", "14:00", program=enrollment.program)
    ended_at = None if outcome is None else there.starts_at
    make.offer(enrollment, there, outcome=outcome, ended_at=ended_at)
    (section,) = [
        each
        for each in shown(signed_in, enrollment).all("section")
        if each.all("h2")[0].text == "This week"
    ]
    assert f"Make-ups Fri, Mar 6, 1:00 – 2:00 pm {words}" in section.text
    assert section.all("button") == []


def test_an_enrollment_to_come_shows_the_target_it_begins_with(now, signed_in):
    enrollment = make.enrollment(from_on="2026-04-01", min_minutes=360, max_minutes=540)
    page = shown(signed_in, enrollment)
    (about,) = page.texts("p", id=f"about-{enrollment.id}")
    assert about.endswith("from Apr 1, 2026 · 6 – 9 hours a week")
    (card,) = page.all("section", class_="enrollment")
    assert ("Planned" in card.text, "This week" in card.text) == (True, False)


def test_without_the_right_to_see_hours_there_are_none(now, signed_in, monkeypatch):
    rights = TABLE[Role.BILLING]
    monkeypatch.setitem(TABLE, Role.BILLING, rights - {Permission.SEE_HOURS})
    page = shown(signed_in, make.enrollment(), "billing")
    assert ("This week" in page.words, "The weeks" in page.words) == (False, False)


def test_a_group_says_when_it_meets_and_how_many_seats_its_fullest_session_has_left(now, signed_in):
    enrollment, series = make.enrollment(), make.series(title="Running", weekdays="02")
    make.roster_entry(series, enrollment)
    make.booking(make.session("2026-03-09", series=series))
    make.booking()
    (card,) = shown(signed_in, enrollment).all("div", class_="enrollment-groups")
    assert "Running Mon, Wed 10:00 – 11:00 am" in card.text
    assert "1 of 12 seats" in card.text


def test_nothing_can_be_changed_on_what_has_ended(now, signed_in):
    page = shown(signed_in, make.enrollment(until_on="2026-02-28"))
    (card,) = page.all("section", class_="enrollment")
    assert ("Completed" in card.text, "Add to group" in card.text) == (True, False)


def test_billing_sees_minutes_but_no_topics_and_changes_nothing(now, signed_in):
    enrollment = make.enrollment()
    make.booking(make.session("2026-03-05", title="Trauma and recovery"), enrollment)
    text = signed_in("billing").get(f"/participants/{enrollment.participant_id}").text
    assert ("Trauma" in text, "Group session" in text, "Add to group" in text) == (
        False,
        True,
        False,
    )


def test_an_unknown_participant_is_not_found(now, signed_in):
    signed_in("coordinator").get("/participants/99", status=404)


def test_the_timeline_tells_the_story_in_a_picture_and_in_words(now, signed_in):
    ana = make.staff(name="Ana Rivera")
    jordan = make.participant(name="Jordan Avery")
    before = make.enrollment(
        jordan,
        from_on="2025-10-06",
        until_on="2025-11-30",
        outcome=Outcome.LEFT,
        end_reason=EndReason.DROPPED_OUT,
    )
    make.amendment(before, ana, reason="The letter came late")
    enrollment = make.enrollment(jordan, until_on="2026-05-03")
    make.target(enrollment, "2026-04-06", min_minutes=360, max_minutes=540)
    make.leave(enrollment, "2026-02-02", "2026-02-06", reason="travel")
    make.transition_week(enrollment, "2026-04-27")
    page = signed_in("coordinator").get(f"/participants/{jordan.id}").page
    (story,) = page.all("section", class_="story")
    for words in (
        "Episode 1",
        "Oct 6, 2025 Enrolled in Evening IOP 9 – 12 hours a week",
        "Nov 30, 2025 Left: dropped out Evening IOP",
        "Mar 4, 2026 Amended: the last day Ana Rivera: “The letter came late”",
        "Episode 2",
        "Feb 2, 2026 On leave through Feb 6, 2026, travel",
        "To come",
        "Apr 6, 2026 Other hours prescribed 6 – 9 hours a week",
        "Apr 27, 2026 Transition week",
        "May 3, 2026 Planned end Evening IOP",
    ):
        assert words in story.text
    assert len(story.all("rect", class_="story-ahead", y="24")) == 2
    for shape in ("story-leave", "story-transition", "story-amended", "story-today"):
        assert story.all(class_=shape) != []


def test_billing_is_not_told_why(now, signed_in):
    enrollment = make.enrollment(
        until_on="2026-02-28", outcome=Outcome.DISCHARGED, end_reason=EndReason.INCARCERATED
    )
    make.leave(enrollment, "2026-02-02", "2026-02-06", reason="surgery")
    make.amendment(enrollment, reason="The letter came late")
    text = signed_in("billing").get(f"/participants/{enrollment.participant_id}").text
    for words in ("incarcerated", "surgery", "letter"):
        assert words not in text
    assert "Discharged" in text


def test_who_is_not_enrolled_has_no_timeline(now, signed_in):
    page = signed_in("coordinator").get(f"/participants/{make.participant().id}").page
    assert page.all(class_="story") == []
    assert "Not enrolled" in page.words


def test_what_may_be_done_from_here_depends_on_who_asks(now, signed_in):
    enrollment = make.enrollment(clinician=make.staff(name="Ana Rivera"))
    series = make.series()
    make.roster_entry(series, enrollment)
    path = f"/participants/{enrollment.participant_id}"
    links = {
        "plan": f"/sessions/new?enrollment={enrollment.id}",
        "change": f"/enrollments/{enrollment.id}/leave",
        "group": f"/groups/{series.id}",
    }
    offered = {}
    for who in ("coordinator", enrollment.clinician, "billing"):
        hrefs = signed_in(who).get(path).page.links.values()
        offered[str(getattr(who, "name", who))] = {
            name for name, href in links.items() if href in hrefs
        }
    assert offered == {
        "coordinator": {"plan", "change", "group"},
        "Ana Rivera": {"plan", "group"},
        "billing": set(),
    }


def test_a_clinician_sees_only_their_own(now, signed_in):
    mine = make.enrollment(clinician=make.staff(name="Ana Rivera"))
    pages = signed_in(mine.clinician)
    pages.get(f"/participants/{mine.participant_id}")
    pages.get(f"/participants/{make.enrollment().participant_id}", status=404)


def test_an_invitation_is_sent_from_the_page(now, signed_in):
    jordan = make.participant(name="Jordan Avery")
    pages = signed_in("coordinator")
    path = pages.get(f"/participants/{jordan.id}").page.links["Invite"]
    pages.get(path)
    answer = pages.submit(path, status=200)
    assert "/invitations/" in answer.text


def test_one_enrollment_and_three_need_the_same_number_of_statements(now, signed_in, queries):
    """Of somebody about whom there is everything, in a clinic of several sites."""
    pages = signed_in("coordinator")
    make.organization(alert_in_a_row=2)
    asked = {Measure.UNIT_MINUTES_MIN: 180, Measure.GAP_DAYS_MAX: 2}
    program = make.program(rule_set_id=make.rule_set(asked).id)
    make.site()
    counts = []
    for number in (1, 3):
        jordan = make.participant(name=f"Jordan {number}")
        make.consent(jordan, make.contact(jordan))
        make.task(jordan)
        for hour in range(8, 8 + number):
            enrollment = make.enrollment(jordan, program, clinician=make.staff(name="Ana Rivera"))
            make.authorization(enrollment)
            make.certification(enrollment)
            make.told_state(enrollment, "2026-03-02", "needs_make_up")
            for weekday in range(number):
                make.unavailability(enrollment, weekday)
            for day in ("2026-03-02", "2026-03-03"):
                missed = make.session(day, f"{hour:02}:00", f"{hour:02}:50", program=program)
                make.booking(missed, enrollment, Status.NO_SHOW)
            make.leave(enrollment, "2026-02-02", "2026-02-06")
            make.transition_week(enrollment, "2026-03-02")
            make.amendment(enrollment)
            series = make.series(program)
            entry = make.roster_entry(series, enrollment)
            times = f"{hour:02}:00", f"{hour:02}:50"
            session = make.session("2026-03-09", *times, series=series)
            make.booking(session, enrollment, roster_entry=entry)
        make.saved()
        with queries() as count:
            page = pages.get(f"/participants/{jordan.id}").page
        assert "2 misses in a row" in page.words
        counts.append(count())
    assert counts[0] == counts[1] <= 25


def test_a_next_session_that_is_far_ahead_is_told_and_groups_say_who_leads(now, signed_in):
    enrollment = make.enrollment(make.participant(name="Jordan Avery"))
    noor, ana = make.staff(name="Noor Haddad"), make.staff(name="Ana Rivera")
    series = make.series(title="Coaching", kind=Kind.INDIVIDUAL, leaders=[noor])
    led = [SeriesLeader(staff=each, position=place) for place, each in ((1, noor), (0, ana))]
    make.series_plan(series, "2026-02-02", leaders=led)
    entry = make.roster_entry(series, enrollment)
    make.booking(make.session("2026-05-04", series=series), enrollment, roster_entry=entry)
    page = signed_in("coordinator").get(f"/participants/{enrollment.participant_id}").page
    assert "Next session Mon, May 4" in page.words
    assert page.links["Coaching with Ana Rivera and Noor Haddad"] == f"/groups/{series.id}"


def test_what_stands_beside_the_week_and_misses_that_call_for_a_word_are_told(now, signed_in):
    make.organization(alert_in_a_row=2)
    enrollment = make.enrollment(from_on="2026-01-05", min_minutes=60, max_minutes=60)
    for day in ("2026-03-02", "2026-03-03"):
        session = make.session(day, program=enrollment.program)
        make.booking(session, enrollment, Status.NO_SHOW)
    make.told_state(enrollment, "2026-03-02", "needs_make_up")
    path = f"/participants/{enrollment.participant_id}"
    page = signed_in("coordinator").get(path).page
    assert "2 misses in a row" in page.words
    assert "Known since Mon" in page.words
    assert page.texts("h3")[:1] == ["Evening IOP Out of reach"]
    assert "2 h" in page.texts("dd")  # missed hours come no more: a make-up of them is not too much
    for day in ("2026-03-06", "2026-03-07"):
        make.booking(make.session(day, program=enrollment.program), enrollment)
    page = signed_in("coordinator").get(path).page
    assert "4 h over the maximum of 1 h" in page.texts("dd")


def test_the_top_says_where_they_are_what_is_next_with_whom_and_the_phone(now, signed_in):
    ana = make.staff(name="Ana Rivera")
    jordan = make.participant(name="Jordan Avery", phone="+12025550123")
    enrollment = make.enrollment(jordan)
    make.contact(jordan, name="Alice Avery", relation="sister", phone="+12025550199")
    now_on = make.session("2026-03-04", "11:00", "13:00", leaders=[ana], title="Process")
    make.booking(now_on, enrollment, Status.PRESENT, arrived="10:51", method=Method.KIOSK)
    make.booking(make.session("2026-03-04", "15:00", "16:00", leaders=[ana]), enrollment)
    pages, path = signed_in("coordinator"), f"/participants/{jordan.id}"
    (card,) = pages.get(path).page.all("section", class_="now-card")
    for words in (
        "In the building since 10:51 am",
        "Next session Today, 11:00 am – 1:00 pm Now Process · with Ana Rivera",
        "Phone (202) 555-0123",
    ):
        assert words in card.text
    assert f"/sessions/{now_on.id}" in [link.get("href") for link in card.all("a")]
    assert signed_in("billing").get(path).page.all("section", class_="now-card") == []


def attended(pages, path):
    """The days of the sessions that the page of all attendance shows, and which lead to a sheet."""
    (body,) = pages.get(path).page.all("tbody")
    heads = body.all("th")
    return [(head.text[5:11], bool(head.all("a"))) for head in heads]


def test_all_attendance_is_reached_by_time_group_and_kind(now, signed_in):
    ana = make.staff(name="Ana Rivera")
    enrollment = make.enrollment(clinician=ana, from_on="2025-01-06")
    process, skills = make.series(title="Process"), make.series(title="Skills")
    for month in range(1, 4):
        theirs = make.session(f"2026-0{month}-02", series=process, leaders=[ana])
        make.booking(theirs, enrollment, Status.PRESENT)
    make.booking(
        make.session("2026-01-05", series=skills), enrollment, Status.EXCUSED, reason="hospital"
    )
    make.booking(make.session("2025-06-02", is_cancelled=True), enrollment)
    make.booking(make.session("2026-03-05"), enrollment)
    path = f"/participants/{enrollment.participant_id}/attendance"
    pages = signed_in("coordinator")
    page = pages.get(path).page
    assert page.heading == f"Attendance of {enrollment.participant.name}"
    assert "Excused “hospital”" in page.words
    assert {"Attended 3", "Excused 1", "Cancelled 1"} <= set(page.links)
    assert len(attended(pages, path)) == 5
    january = f"{path}?from=2026-01-01&until=2026-01-31"
    assert attended(pages, january) == [("Jan 5,", True), ("Jan 2,", True)]
    assert attended(pages, f"{january}&group={skills.id}") == [("Jan 5,", True)]
    assert attended(pages, f"{path}?group=alone") == [("Jun 2,", True)]
    assert attended(pages, f"{path}?status=excused") == [("Jan 5,", True)]
    assert attended(pages, f"{path}?status=cancelled&group=99") == [("Jun 2,", True)]
    assert "from Jan 1, 2026 through Jan 31, 2026" in pages.get(january).page.words
    assert "No attendance here" in pages.get(f"{path}?from=2026-03-04").page.words
    pages.get(f"{path}?page=2", status=404)
    assert [leads for _, leads in attended(signed_in(ana), path)] == [
        True,
        True,
        False,
        True,
        False,
    ]
    billing = signed_in("billing")
    assert {leads for _, leads in attended(billing, f"{path}?group={skills.id}")} == {False}
    assert "Process" not in billing.get(path).page.words


def test_attendance_has_pages_which_cost_the_same_statements(now, signed_in, queries):
    pages, enrollment = signed_in("coordinator"), make.enrollment(from_on="2025-01-06")
    path = f"/participants/{enrollment.participant_id}/attendance"
    counts = []
    for number in (1, 29):
        for each in range(number):
            session = make.session(f"2026-01-{each + 1:02d}", f"{8 + number // 10:02d}:00")
            make.booking(session, enrollment, Status.PRESENT)
        with queries() as count:
            page = pages.get(path).page
        counts.append(count())
    assert counts[0] == counts[1] <= 15
    assert page.links["Next"] == f"{path}?page=2"
    assert len(attended(pages, f"{path}?page=2")) == 5


def test_a_period_of_attendance_is_one_page_with_its_sum_and_who_recorded_it_when(now, signed_in):
    enrollment = make.enrollment(make.participant(name="Jordan Avery", key="p-001"))
    for each in range(29):
        session = make.session(f"2026-01-{each + 1:02d}", "09:00", "10:00")
        make.booking(session, enrollment, Status.PRESENT)
    ana = make.staff(name="Ana Rivera", roles=[Role.CLINICIAN])
    last = make.session("2026-01-30", "09:00", "10:00", leaders=[ana])
    booking = make.booking(last, enrollment)
    signed_in(ana).post(
        f"/sessions/{last.id}/marks", {"mark": f"{booking.id}.1.present"}, status=302
    )
    path = f"/participants/{enrollment.participant_id}/attendance"
    billing = signed_in("billing")
    page = billing.get(f"{path}?from=2026-01-31&until=2026-01-01", status=422).page
    assert (page.value("from"), page.value("until")) == ("2026-01-31", "2026-01-01")
    assert "The last day is before the first." in page.words
    assert page.all("tbody") == []
    assert "No attendance here" not in page.words
    assert "Came to" not in page.words
    assert "Came to" not in billing.get(f"{path}?from=soon", status=422).page.words
    page = billing.get(f"{path}?from=2026-01-01&until=2026-01-31").page
    assert len(page.all("tbody")[0].all("tr")) == 30
    assert "Came to 30 of 30" in page.words
    assert "30 sessions from Jan 1, 2026 through Jan 31, 2026 · 30 h counted" in page.words
    assert "Jordan Avery · p-001" in page.words
    day = billing.get(f"{path}?from=2026-01-30&until=2026-01-30").page
    assert "1 session on Fri, Jan 30, 2026 · 1 h counted · New York time" in day.words
    assert "Ana Rivera, Mar 4, 2026, " in day.words.replace("\u00a0", " ")


def test_a_session_counts_once_it_has_ended(now, at, signed_in):
    enrollment = make.enrollment()
    session = make.session("2026-03-04", "11:30", "12:30")  # it is noon
    make.booking(session, enrollment, Status.PRESENT, arrived="11:25")
    path = f"/participants/{enrollment.participant_id}/attendance"
    billing = signed_in("billing")
    assert "1 session · 0 min counted" in billing.get(path).page.words
    at("2026-03-04 12:30")
    assert "1 session · 1 h counted" in signed_in("billing").get(path).page.words


def test_what_took_hours_from_a_week_is_told_session_by_session_and_added_up(now, signed_in):
    jordan = make.enrollment()
    marks = {
        "2026-03-02": (Status.PRESENT, {"arrived": "18:50"}),
        "2026-03-03": (Status.NO_SHOW, {}),
        "2026-03-04": (Status.EXPECTED, {}),
    }
    for day, (status, times) in marks.items():
        session = make.session(day, "18:00", "19:30", title="Trauma group")
        make.booking(session, jordan, status, **times)
    told = (
        "4 h 30 min planned − 2 h 20 min lost = 40 min done + 1 h 30 min ahead"
        " Mon Trauma group: 40 of 90 min, arrived 6:50 pm"
        " Tue Trauma group: 0 of 90 min, did not come"
    )
    path = f"/participants/{jordan.participant_id}"
    coordinator = signed_in("coordinator")
    assert told in coordinator.get(path).page.words
    week = f"{path}/attendance?from=2026-03-02&until=2026-03-08"
    page = coordinator.get(week).page
    assert "Evening IOP Out of reach 40 min of 9–12 h" in page.words
    assert told in page.words
    others = ("?from=2026-03-03&until=2026-03-09", "?from=2026-03-02", "")
    narrower = [f"{week}&status=no-show", *(f"{path}/attendance{each}" for each in others)]
    assert [told in coordinator.get(each).page.words for each in narrower] == [False] * 4
    billing = signed_in("billing").get(week).page.words
    assert "Mon Group session: 40 of 90 min" in billing
    assert "Trauma" not in billing
