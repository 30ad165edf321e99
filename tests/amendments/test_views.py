import pytest
from sqlalchemy import select

from clinic.bookings.actions import record_history
from clinic.db import db
from clinic.programs.models import Measure
from clinic.schedule.models import AttendanceAmendment, Booking, Decision, Status
from clinic.trail import SYSTEM
from tests import make
from tests.sessions.meetings import saved


@pytest.fixture
def now(at):
    return at("2026-03-05 09:00")


@pytest.fixture
def ana(app):
    return make.staff(name="Ana Rivera")


@pytest.fixture
def signed(now, ana):
    """Jordan was missed at a session of an hour that Ana led, and the sheet is signed."""
    rule_set = make.rule_set({Measure.DAY_MINUTES_MIN: 180}, name="Per diem")
    program = make.program(rule_set=rule_set)
    session = make.session(program=program, leaders=[ana])
    return of_history(session, "Jordan Avery", now)


def of_history(session, name, now):
    person = make.participant(name=name)
    booking = make.booking(session, make.enrollment(person, session.program))
    times = {"arrived_at": None, "left_at": None, "reason": None}
    record_history(booking, status=Status.NO_SHOW, **times, by=SYSTEM, now=now)
    make.read_afresh()
    return booking


def waiting(signed, ana, **facts):
    return make.attendance_amendment(signed, ana, words="Her call came late", **facts)


def test_an_amendment_shows_what_it_changes_and_is_saved_with_what_stood(signed, signed_in):
    pages = signed_in("coordinator", name="Kim Tran")
    sheet = pages.get(f"/sessions/{signed.session_id}").page
    assert "Amend Jordan A." in sheet.words
    assert "Somebody was left out" in sheet.words
    pages.get(f"/bookings/{signed.id}/amend")
    words = saved(
        pages,
        f"/bookings/{signed.id}/amend",
        attendance="present",
        arrived="10:15",
        why="check_in",
        words="Tablet was off",
    )
    assert "before: No-show after: Late, 15 min (arrived 10:15 am)" in words
    assert "before: none: 0 min after: 45 min, but Per diem asks for 3 h" in words
    assert "before: 0 min done" in words
    assert "45 min done" in words
    assert "second person" not in words
    words = pages.follow().page.words
    assert "The attendance is amended." in words
    assert "Amended, before: No-show" in words
    assert "Check-in did not work: “Tablet was off” Kim Tran, today, 9:00 am Made" in words
    for path in (
        f"/participants/{signed.enrollment.participant_id}/attendance",
        "/today/sheets?day=2026-03-02",
    ):
        assert "Amended, before: No-show" in pages.get(path).page.words
    listed = pages.get("/amendments?decision=made&sort=name").page.words
    assert "45 min more" in listed
    assert "Jordan A." in listed
    pages.get(f"/bookings/{signed.id}/amend")
    assert "Amended so far" in pages.answer.page.words
    again = pages.submit(
        f"/bookings/{signed.id}/amend", status=422, why="times", arrived="10:15"
    ).page.words
    assert "That is what stands already." in again


def test_what_is_missing_is_said_at_its_field(signed, signed_in):
    pages, path = signed_in("coordinator"), f"/bookings/{signed.id}/amend"
    pages.get(path)
    assert "Choose a reason." in pages.submit(path, status=422).page.words
    words = pages.submit(path, status=422, why="other").page.words
    assert "Say in a few words why." in words
    typed = {"attendance": "present", "why": "times", "arrived": "11:30"}
    words = pages.submit(path, status=422, **typed).page.words
    assert "They cannot have arrived after the session had ended." in words


def test_a_large_one_waits_for_a_second_person_who_looks_at_it_and_agrees(signed, signed_in, ana):
    make.organization(amendment_minutes=30)
    pages, path = signed_in(ana), f"/bookings/{signed.id}/amend"
    pages.get(path)
    words = saved(pages, path, attendance="present", why="learned_later")
    assert "This changes more than 30 min (1 h more): a second person has to agree" in words
    assert "exported to billing" not in words
    assert "1 h done" in words
    words = pages.follow().page.words
    assert "The amendment is kept." in words
    assert "Amendment waiting: Present" in words
    assert db.scalars(select(Booking.status)).one() is Status.NO_SHOW
    (row,) = db.scalars(select(AttendanceAmendment)).all()
    its = f"/amendments/{row.id}"
    words = pages.get(its).page.words
    assert "Somebody else decides about it." in words
    assert "See what it changes, and agree" not in words
    pages.post(f"{its}/agree", status=404)
    kim = signed_in("coordinator", name="Kim Tran")
    assert "1 amendment waits for a second person" in kim.get("/today").page.words
    make.receipt(signed.enrollment, ana, signed.session.day)
    kim.get(its)
    words = saved(kim, f"{its}/agree")
    assert "before: No-show after: Present" in words
    assert "This day has been exported to billing as 1 unit: where it comes to" in words
    assert "The attendance is amended." in kim.follow().page.words
    assert "agreed to by Kim Tran" in kim.get(its).page.words
    assert db.scalars(select(Booking.status)).one() is Status.PRESENT
    words = kim.post(f"{its}/agree", status=422).page.words
    assert "This has been decided already." in words


def test_one_that_waits_is_declined_with_a_reason_or_taken_back(signed, signed_in, ana):
    first, second = waiting(signed, ana), waiting(signed, ana)
    kim, its = signed_in("coordinator", name="Kim Tran"), f"/amendments/{first.id}"
    kim.get(its)
    assert "Say in a few words why." in kim.submit(f"{its}/decline", status=422).page.words
    kim.submit(f"{its}/decline", words="She was at work")
    assert "declined by Kim Tran, today, 9:00 am (“She was at work”)" in kim.follow().page.words
    own, its = signed_in(ana), f"/amendments/{second.id}"
    own.get(its)
    own.submit(f"{its}/decline", words="It was another day")
    assert "taken back by Ana Rivera" in own.follow().page.words
    assert {row.decision for row in (first, second)} == {Decision.DECLINED}
    assert kim.post(f"{its}/decline", {"words": "No"}, status=422)
    assert "No amendments here" in kim.get("/amendments?decision=waiting").page.words
    anothers = waiting(signed, make.staff())  # at a session that one leads
    own.post(f"/amendments/{anothers.id}/decline", {"words": "No"}, status=404)


def test_who_was_left_off_is_found_and_added_and_who_was_not_to_be_on_it_removed(
    signed, signed_in, command
):
    participant_id = signed.enrollment.participant_id
    make.enrollment(make.participant(name="Sam Lee"), signed.session.program)
    pages, path = signed_in("coordinator"), f"/sessions/{signed.session_id}/amend"
    pages.get(f"{path}?q=sam")
    assert "Add Sam Lee" in pages.answer.page.words
    (link,) = [each for each in pages.answer.page.all("a") if "Add" in each.text]
    pages.get(link.get("href"))
    words = saved(pages, path, attendance="present", why="left_out")
    assert "before: Not on the sheet after: Present" in words
    assert "Sam L." in pages.follow().page.words
    pages.get(f"/bookings/{signed.id}/amend")
    words = saved(pages, f"/bookings/{signed.id}/amend", attendance="off", why="not_booked")
    assert "before: No-show after: Not on the sheet" in words
    page = pages.follow().page
    assert [row for row in page.all("li", class_="row") if "Jordan" in row.text] == []
    assert "Jordan A.: before: No-show after: Not on the sheet" in page.words
    words = pages.get(f"/participants/{participant_id}/attendance").page.words
    assert "Taken off a sheet by an amendment" in words
    assert "before No-show Should not have been on the sheet" in words
    told = command("export", "amendments", "--from", "2026-03-02", "--until", "2026-03-02").stdout
    assert ",no-show,,,,,,0,not_booked," in told


def test_what_is_not_signed_is_changed_on_its_sheet(now, signed_in):
    booking, pages = make.booking(make.session()), signed_in("coordinator")
    words = pages.get(f"/bookings/{booking.id}/amend").page.words
    assert "This has not been signed yet: change it on the sheet." in words
    words = pages.get(f"/sessions/{booking.session_id}/amend").page.words
    assert "This sheet has not been signed yet" in words


def test_another_persons_sheet_is_not_amended(signed, signed_in, ana):
    pages, row = signed_in("clinician", name="Bo Lind"), waiting(signed, ana)
    pages.get(f"/bookings/{signed.id}/amend", status=404)
    pages.get(f"/amendments/{row.id}", status=404)
    assert "No amendments here" in pages.get("/amendments").page.words


def test_the_desk_sees_no_hours_and_an_auditor_only_looks(signed, signed_in, ana):
    desk, path = signed_in("front_desk"), f"/bookings/{signed.id}/amend"
    desk.get(path)
    words = desk.submit(path, status=200, attendance="excused", why="times").page.words
    assert ("before: No-show after: Excused" in words, "The whole day" in words) == (True, False)
    waiting(signed, ana)
    words = desk.get("/amendments").page.words
    assert ("1 h more" in words, "Her call came late" in words) == (False, False)
    desk.get(f"/bookings/{signed.id}/amend")
    words = desk.submit(f"/bookings/{signed.id}/amend", status=422, why="times").page.words
    assert "That is what stands already." in words
    auditor = signed_in("auditor")
    assert "Her call came late" in auditor.get("/amendments").page.words
    auditor.get("/amendments?decision=nonsense", status=404)


def test_an_amendment_is_told_on_one_clock_that_of_its_session(now, signed_in, ana):
    make.site(timezone="America/New_York")  # where whoever reads it is
    program = make.program(site=make.site(timezone="America/Chicago"))
    booking = of_history(make.session(program=program, leaders=[ana]), "Jordan Avery", now)
    one = waiting(booking, ana)
    pages = signed_in("coordinator", name="Kim Tran")
    for path in (
        f"/amendments/{one.id}",
        f"/bookings/{booking.id}/amend",
        f"/sessions/{booking.session_id}",
    ):
        words = pages.get(path).page.words
        assert "Chicago time" in words
        assert "Ana Rivera, today, 8:00 am" in words, path
