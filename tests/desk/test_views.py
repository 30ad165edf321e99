from datetime import date

import pytest
from sqlalchemy import select

from clinic.arrivals.actions import arrive
from clinic.db import db
from clinic.enrollment.models import Enrollment
from clinic.offers.models import CameOfIt
from clinic.programs.models import Site
from clinic.schedule.models import Booking, Method, Status
from clinic.trail import SYSTEM, TrailLook
from tests import make
from tests.html import fields_of


@pytest.fixture
def now(app, at):
    return at("2026-03-02 08:55")  # a Monday


@pytest.fixture
def ana(now):
    return make.staff(name="Ana Rivera")


@pytest.fixture
def jo(ana):
    """On Ana's group: today from nine, tomorrow, on Thursday and on Friday, three hours each."""
    room = make.room(name="Room 1")
    person = make.participant(name="Jordan Avery", preferred_name="Jo", phone="+12125550101")
    enrollment = make.enrollment(person)
    for day in ("2026-03-02", "2026-03-03", "2026-03-05", "2026-03-06"):
        session = make.session(day, "09:00", "12:00", leaders=[ana], room=room)
        make.booking(session, enrollment)
    return person


def desk_of(person):
    return f"/participants/{person.id}/desk"


def absence_of(person):
    return f"/participants/{person.id}/absence"


def section(pages, heading):
    (found,) = [
        each for each in pages.answer.page.all("section") if each.all("h2")[0].text == heading
    ]
    return found.text.removeprefix(heading).strip()


def marks():
    return list(db.scalars(select(Booking.status).order_by(Booking.id)))


def see(pages, person, last_on="2026-03-05", status=200, **typed):
    pages.get(absence_of(person))
    return pages.submit(absence_of(person), status=status, until_on=last_on, **typed)


def save(pages, person, status=302):
    return pages.submit(absence_of(person), status=status, step="save")


# The page of a person


def test_the_desk_sees_what_is_next_without_topics_and_contacts(jo, signed_in):
    desk = signed_in("front_desk")
    page = desk.get(desk_of(jo)).page
    assert page.heading == "Jordan Avery"
    assert section(desk, "Next appointment") == (
        "Today, 9:00 am – 12:00 pm Group session · Room 1 · with Ana Rivera"
    )
    assert section(desk, "Today") == (
        "9:00 am – 12:00 pm Group session · Room 1 · with Ana Rivera Expected"
        " Check in for 9:00 am – 12:00 pm"
    )
    assert "Process group" not in desk.text
    assert "555" not in desk.text
    assert "Whole record" not in page.links
    assert db.scalars(select(TrailLook.participant_ids)).all() == [[jo.id]]


def test_nobody_is_expected_at_a_session_that_is_over(jo, at, signed_in):
    at("2026-03-02 12:00")
    desk = signed_in("front_desk")
    desk.get(desk_of(jo))
    assert section(desk, "Today").startswith(
        "9:00 am – 12:00 pm Group session · Room 1 · with Ana Rivera Unmarked"
    )


def test_who_may_see_hours_sees_the_state_of_the_week(jo, signed_in):
    coordinator = signed_in("coordinator")
    page = coordinator.get(desk_of(jo)).page
    assert section(coordinator, "Next appointment").endswith(
        "with Ana Rivera On course this week in Evening IOP"
    )
    assert page.links["Whole record"] == f"/participants/{jo.id}"
    assert page.links["(212) 555-0101"] == "tel:+12125550101"


def test_a_week_in_danger_says_how_much_is_missing(jo, signed_in):
    for booking in db.scalars(select(Booking).order_by(Booking.id.desc()).limit(2)):
        booking.status, booking.method = Status.EXCUSED, Method.STAFF
    coordinator = signed_in("coordinator")
    coordinator.get(desk_of(jo))
    assert section(coordinator, "Next appointment").endswith(
        "Out of reach 3 h missing this week in Evening IOP"
    )


def test_an_auditor_looks_and_does_nothing(jo, signed_in):
    auditor = signed_in("auditor")
    page = auditor.get(desk_of(jo)).page
    assert "Not coming…" not in page.links
    assert page.all("button", name="session") == []
    assert "Free seats to offer" not in auditor.text


def test_a_record_that_was_merged_leads_to_the_one_that_stays(jo, signed_in):
    gone = make.participant(merged_into_id=jo.id)
    desk = signed_in("front_desk")
    assert desk.get(desk_of(gone), status=302).location == desk_of(jo)


def test_nobody_on_leave_is_offered_a_seat_or_told_that_none_is_free(now, signed_in):
    person = make.participant()
    make.leave(make.enrollment(person), "2026-03-02", "2026-03-04")
    make.session("2026-03-02", "13:00", "14:00")
    desk = signed_in("front_desk")
    page = desk.get(desk_of(person)).page
    assert "They are not enrolled today, or on leave" in page.words
    assert "free seat" not in page.words
    assert "Free seats to offer" not in page.words


def test_who_is_early_is_told_when_the_doors_open(jo, at, signed_in):
    at("2026-03-02 08:00")
    desk = signed_in("front_desk")
    desk.get(desk_of(jo))
    said = section(desk, "Today")
    assert "Expected Check-in opens at 8:45 am." in said
    assert "Check in for" not in said


def test_somebody_without_sessions_has_none(now, signed_in):
    person = make.participant(name="Joan Prior")
    desk = signed_in("front_desk")
    desk.get(desk_of(person))
    assert section(desk, "Next appointment") == "No appointment ahead"
    assert section(desk, "Today") == "No session today."
    see(desk, person, status=422)
    assert "They are not enrolled today or later" in desk.text


def test_people_are_checked_in_at_the_desk_and_that_is_undone(jo, signed_in):
    desk = signed_in("front_desk")
    desk.get(desk_of(jo))
    desk.submit(f"/participants/{jo.id}/arrivals", session="1")
    desk.follow()
    assert marks()[0] is Status.PRESENT
    assert "Jordan Avery is checked in." in desk.text
    assert section(desk, "Today").endswith("Checked in 8:55 am")
    desk.post(f"/participants/{jo.id}/arrivals", {"session": "1"})
    assert "Jordan Avery was already checked in." in desk.follow().text
    desk.submit(f"/participants/{jo.id}/desk/undo")
    desk.follow()
    assert (marks()[0], "Undone." in desk.text) == (Status.EXPECTED, True)


def test_whoever_is_checked_in_elsewhere_is_undone_there(jo, signed_in):
    desk = signed_in("front_desk")
    desk.get("/building")
    assert desk.submit(f"/participants/{jo.id}/arrivals", session="1").location == "/building"
    assert "Jo A. is checked in. Undo" in desk.follow().page.words
    assert desk.submit(f"/participants/{jo.id}/desk/undo").location == "/building"
    assert marks()[0] is Status.EXPECTED


def test_a_check_in_is_refused_in_words(jo, at, signed_in):
    at("2026-03-02 08:00")
    desk = signed_in("front_desk")
    path = f"/participants/{jo.id}/arrivals"
    assert "No session of theirs was open" in desk.post(path, {"session": "2"}, status=409).text
    assert "Press one of the buttons." in desk.post(path, status=409).text
    desk.post(path, {"session": "99"}, status=404)


def test_a_clinician_checks_in_only_to_what_they_lead(ana, jo, signed_in):
    other = make.session("2026-03-02", "09:00", "10:00", leaders=[make.staff()])
    make.booking(other, make.enrollment(jo, make.program()))
    pages = signed_in(ana)
    path = f"/participants/{jo.id}/arrivals"
    pages.post(path, {"session": str(other.id)}, status=404)
    pages.post(path, {"session": "1"})
    assert [marks()[0], marks()[4]] == [Status.PRESENT, Status.EXPECTED]


# One call, one act


def test_not_until_thursday_is_one_press(jo, signed_in):
    desk = signed_in("front_desk")
    page = desk.get(absence_of(jo)).page
    days = {each.text: each.get("value") for each in page.all("button", name="back_on")}
    assert [*days][:3] == ["Tue, Mar 3", "Wed, Mar 4", "Thu, Mar 5"]
    pressed = {"back_on": days["Thu, Mar 5"], "reason": "flu"}
    page = desk.submit(absence_of(jo), status=200, **pressed).page
    assert "Through Wed, Mar 4: “flu”. This is what changes." in page.words
    page = desk.submit(absence_of(jo), step="back", status=200).page
    assert (page.value("until_on"), page.value("reason")) == ("2026-03-04", "flu")


def test_a_call_is_seen_saved_and_undone(jo, signed_in):
    make.session("2026-03-06", "13:00", "14:00", room=make.room(name="Room 2"))
    coordinator = signed_in("coordinator")
    see(coordinator, jo, reason="flu")
    assert coordinator.answer.page.heading == "Jordan Avery is not coming"
    assert "Through Thu, Mar 5: “flu”. This is what changes." in coordinator.answer.page.words
    assert section(coordinator, "3 sessions called off") == (
        "With less than 24 hours of notice, an absence reported now is a late cancel."
        " Mon, Mar 2, 9:00 am – 12:00 pm: Process group, Room 1"
        " before: Expected after: Late cancel"
        " Tue, Mar 3, 9:00 am – 12:00 pm: Process group, Room 1"
        " before: Expected after: Excused"
        " Thu, Mar 5, 9:00 am – 12:00 pm: Process group, Room 1"
        " before: Expected after: Excused"
    )
    assert section(coordinator, "Hours") == (
        "Week of Mar 2 Evening IOP before: 12 h planned of 9–12 h On course"
        " after: 0 min done + 3 h ahead, of 9–12 h Out of reach 6 h missing"
    )
    assert section(coordinator, "Free seats to offer") == (
        "Fri, Mar 6, 1:00 – 2:00 pm: Process group, Room 2"
    )
    assert marks() == [Status.EXPECTED] * 4
    save(coordinator, jo)
    assert marks() == [Status.LATE_CANCEL, Status.EXCUSED, Status.EXCUSED, Status.EXPECTED]
    coordinator.follow()
    assert "Jordan Avery is not expected through Thu, Mar 5: 3 sessions called off." in (
        coordinator.text
    )
    assert section(coordinator, "Next appointment").startswith("Fri, Mar 6, 9:00 am")
    assert "“flu”" in section(coordinator, "Today")
    assert "You called off 3 sessions." in coordinator.text
    coordinator.submit(f"/participants/{jo.id}/desk/undo")
    assert marks() == [Status.EXPECTED] * 4
    assert "You called off" not in coordinator.follow().text


def test_a_make_up_stays_when_the_absence_is_taken_back_and_that_is_said(jo, signed_in):
    there = make.session("2026-03-06", "13:00", "14:00")
    coordinator = signed_in("coordinator")
    see(coordinator, jo)
    save(coordinator, jo)
    enrollment = db.get_one(Enrollment, 1)
    facts = {"missed_session_id": 3, "outcome": CameOfIt.PLACED, "ended_at": there.starts_at}
    make.offer(enrollment, there, **facts)
    make.booking(there, enrollment)
    coordinator.get(desk_of(jo))
    coordinator.submit(f"/participants/{jo.id}/desk/undo")
    said = "Undone. The make-up on Fri, Mar 6, 1:00 – 2:00 pm stays."
    assert said in coordinator.follow().page.words
    assert marks() == [Status.EXPECTED] * 5


def test_whoever_said_yes_on_the_telephone_and_calls_again_is_taken_off_at_the_desk(
    now, jo, at, signed_in
):
    make.session("2026-03-06", "13:00", "14:00")
    desk = signed_in("front_desk")
    desk.get(desk_of(jo))
    desk.submit("/enrollments/1/make-ups/place", session="5", next=desk_of(jo))
    at("2026-03-02 16:00")  # another one has the telephone by now
    other = signed_in("front_desk")
    other.get(desk_of(jo))
    assert "Fri, Mar 6, 1:00 – 2:00 pm Added today" in section(other, "Free seats to offer")
    auditor = signed_in("auditor")
    assert "Take them off" not in auditor.get(desk_of(jo)).page.words
    other.submit("/make-ups/1/undo")
    said = "Undone: Jordan Avery is not on Fri, Mar 6, 1:00 – 2:00 pm any more."
    assert said in other.follow().page.words
    assert marks() == [Status.EXPECTED] * 4
    assert "Take them off" not in other.answer.page.words
    assert "Added, and taken off again today" in section(other, "Free seats to offer")


def test_whoever_is_at_the_desk_takes_back_what_another_one_or_they_themselves_called_off(
    ana, jo, signed_in
):
    away = "/me/absence"
    theirs = signed_in(jo)
    theirs.get(away)
    theirs.submit(away, status=200, from_on="2026-03-06")
    theirs.submit(away, step="save")
    coordinator = signed_in(make.staff(name="Dana Fox", roles=["coordinator"]))
    see(coordinator, jo)
    save(coordinator, jo)
    assert marks() == [Status.LATE_CANCEL, *[Status.EXCUSED] * 3]
    page = coordinator.get(desk_of(jo)).page
    assert "Called off by themselves for Fri, Mar 6: 1 session Coming after all" in page.words
    assert "You called off 3 sessions." in page.words
    assert "Called off by Dana Fox" not in page.words  # one way back is enough
    clinician = signed_in(make.staff(name="Lee Park"))
    assert "Called off" not in clinician.get(desk_of(jo), status=404).text
    desk = signed_in("front_desk")
    called = "Called off by Dana Fox for Mon, Mar 2 – Thu, Mar 5: 3 sessions Coming after all"
    assert called in desk.get(desk_of(jo)).page.words
    undo = f"/participants/{jo.id}/desk/undo"
    change = next(
        form.all("input", name="change")[0].get("value")
        for form in desk.answer.page.all("form", action=undo)
    )
    desk.post(undo, {"change": change})
    assert marks() == [Status.EXPECTED] * 3 + [Status.EXCUSED]
    assert "Undone." in desk.follow().page.words
    assert "Dana Fox" not in desk.text
    desk.post(undo, {"change": change}, status=409)


def test_a_call_that_is_far_ahead_is_taken_back_too(jo, signed_in):
    far = make.session("2026-05-04")
    make.booking(far, db.get_one(Enrollment, 1))
    theirs = signed_in(jo)
    theirs.get("/me/absence")
    theirs.submit("/me/absence", status=200, from_on="2026-05-04")
    theirs.submit("/me/absence", step="save")
    desk = signed_in("front_desk")
    words = desk.get(desk_of(jo)).page.words
    assert "Called off by themselves for Mon, May 4: 1 session Coming after all" in words
    desk.submit(f"/participants/{jo.id}/desk/undo")
    assert marks() == [Status.EXPECTED] * 5


def test_a_clinician_takes_back_no_more_of_a_call_than_they_may_mark(ana, jo, signed_in):
    other = make.session("2026-03-04", leaders=[make.staff(name="Lee Park")])
    make.booking(other, db.scalars(select(Enrollment)).one())
    desk = signed_in("front_desk")
    see(desk, jo)
    save(desk, jo)
    clinician = signed_in(ana)
    words = clinician.get(desk_of(jo)).page.words
    assert "Mon, Mar 2 – Thu, Mar 5: 3 sessions Coming after all" in words
    clinician.submit(f"/participants/{jo.id}/desk/undo")
    assert marks() == [Status.EXPECTED] * 4 + [Status.EXCUSED]


def test_the_desk_sees_the_word_of_the_notice_and_no_hours(jo, signed_in):
    desk = signed_in("front_desk")
    see(desk, jo, "2026-03-02")
    headings = [each.text for each in desk.answer.page.all("h2")]
    assert headings == ["1 session called off", "Free seats to offer"]
    assert "Group session, Room 1 before: Expected after: Late cancel" in desk.answer.page.words
    save(desk, jo)
    assert marks() == [Status.LATE_CANCEL, *[Status.EXPECTED] * 3]


def test_whoever_is_checked_in_while_the_call_is_on_stays_so(jo, signed_in):
    desk = signed_in("front_desk")
    see(desk, jo)
    tap = {"at": make.instant("2026-03-02 08:56"), "now": make.instant("2026-03-02 08:56")}
    arrive(jo.id, db.get_one(Site, 1), method=Method.KIOSK, by=SYSTEM, **tap)
    save(desk, jo, status=409)
    assert "Something has changed since this was shown." in desk.text
    assert section(desk, "Not changed") == (
        "Mon, Mar 2, 9:00 am – 12:00 pm: Group session, Room 1 (checked in already)"
    )
    save(desk, jo)
    assert marks() == [Status.PRESENT, Status.EXCUSED, Status.EXCUSED, Status.EXPECTED]


@pytest.mark.parametrize(
    ("last_on", "sentence"),
    [
        ("2026-03-01", "That day is over. Choose today or a later day."),
        ("2026-04-01", "Their enrollment ends on Mar 31, 2026."),
        ("", "Enter the last day they are away."),
        ("Thursday", "This is not a date. Write it like 2026-03-09."),
    ],
)
def test_a_day_that_makes_no_sense_is_answered_at_its_field(jo, signed_in, last_on, sentence):
    db.get_one(Enrollment, 1).until_on = date(2026, 3, 31)
    desk = signed_in("front_desk")
    see(desk, jo, last_on, status=422, reason="flu")
    assert sentence in desk.text
    assert desk.answer.page.value("reason") == "flu"
    assert marks() == [Status.EXPECTED] * 4


def test_somebody_elses_people_are_nobodys_business(jo, signed_in):
    other = signed_in("clinician")
    other.get(desk_of(jo), status=404)
    other.get(absence_of(jo), status=404)
    for path in ("absence", "arrivals", "desk/undo"):
        other.post(f"/participants/{jo.id}/{path}", {"session": "1"}, status=404)
    billing = signed_in("billing")
    billing.get(desk_of(jo), status=403)
    billing.get(absence_of(jo), status=403)


# A seat while they are on the line


def test_a_free_seat_is_booked_and_given_back(jo, signed_in):
    make.session("2026-03-04", "13:00", "14:00")
    make.session("2026-03-06", "13:00", "14:00", seats=2)
    desk = signed_in("coordinator")
    path = f"{desk_of(jo)}?away=2026-03-05"
    desk.get(path)
    assert section(desk, "Free seats to offer") == (
        "Sessions after Thu, Mar 5, in the weeks in which they miss something, that they may"
        " join and can come to. They do not use their own page yet, so call them."
        " Fri, Mar 6, 1:00 – 2:00 pm Process group 2 free seats"
        " Add Fri, Mar 6, 1:00 – 2:00 pm Plan an individual session"
    )
    enrollment_id = db.scalar(select(Enrollment.id))
    assert desk.submit(f"/enrollments/{enrollment_id}/make-ups/place").location == path
    assert len(marks()) == 5
    desk.follow()
    assert desk.submit("/make-ups/1/undo").location == path
    assert len(marks()) == 4


def test_who_came_without_an_appointment_is_put_on_a_session_of_today(ana, jo, signed_in):
    walk_in = make.participant(name="Joan Prior")
    make.enrollment(walk_in)
    make.session("2026-03-02", "08:00", "09:30", leaders=[make.staff()], seats=2)
    desk = signed_in("front_desk")
    desk.get(desk_of(walk_in))
    assert section(desk, "Today") == (
        "No session today. Walk-in"
        " 8:00 – 9:30 am Group session · with Ana Rivera 2 free seats"
        " Add Mon, Mar 2, 8:00 – 9:30 am"
        " 9:00 am – 12:00 pm Group session · Room 1 · with Ana Rivera 11 free seats"
        " Add Mon, Mar 2, 9:00 am – 12:00 pm"
    )


def test_a_walk_in_at_the_desk_is_undone_there_until_something_is_recorded_of_them(
    ana, jo, signed_in, at
):
    at("2026-03-02 09:20")  # it runs
    walk_in = make.participant(name="Joan Prior")
    make.enrollment(walk_in)
    desk = signed_in("front_desk")
    for _ in range(2):
        desk.get(desk_of(walk_in))
        desk.submit("/sessions/1/guests/add", status=200)
        assert desk.submit("/sessions/1/guests/add", step="save").location == desk_of(walk_in)
        words = desk.follow().page.words
        assert "Group session, Mon, Mar 2, now has Joan Prior. Undo" in words
        assert marks() == [Status.EXPECTED] * 5
        desk.submit("/sessions/1/guests/undo")
        assert "Group session on Mon, Mar 2 is as it was before." in desk.follow().page.words
        assert marks() == [Status.EXPECTED] * 4
    desk.submit("/sessions/1/guests/add", status=200)
    desk.submit("/sessions/1/guests/add", step="save")
    change = fields_of(desk.follow().page.form("/sessions/1/guests/undo"))
    desk.submit(f"/participants/{walk_in.id}/arrivals", session="1")
    page = desk.post("/sessions/1/guests/undo", change, status=409).page
    assert "Something is recorded of them here. Put them back to expected first." in page.words
    assert page.links["Go back to where you were"] == desk_of(walk_in)
    assert marks() == [*[Status.EXPECTED] * 4, Status.PRESENT]


def test_days_that_were_called_off_are_offered_no_seats(jo, signed_in):
    for day in ("2026-03-02", "2026-03-03"):
        make.session(day, "13:00", "14:00")
    desk = signed_in("front_desk")
    see(desk, jo, "2026-03-02")
    save(desk, jo)
    desk.get(desk_of(jo))
    assert "Tue, Mar 3, 1:00" in section(desk, "Free seats to offer")
    assert "Mon, Mar 2" not in section(desk, "Free seats to offer")
    desk.get(f"{desk_of(jo)}?away=9999-01-01", status=404)
    desk.get(f"{desk_of(jo)}?away=2090-01-01")


def test_seats_of_next_week_are_offered_where_something_is_missed_then(jo, signed_in):
    make.session("2026-03-12", "13:00", "14:00")
    desk = signed_in("front_desk")
    desk.get(f"{desk_of(jo)}?away=2026-03-09")
    assert "Mar 12" not in section(desk, "Free seats to offer")
    make.booking(make.session("2026-03-09", "09:00", "12:00"), db.get_one(Enrollment, 1))
    see(desk, jo, "2026-03-09")
    assert section(desk, "Free seats to offer").startswith("Thu, Mar 12, 1:00")
    save(desk, jo)
    desk.follow()
    assert "Thu, Mar 12, 1:00" in section(desk, "Free seats to offer")


def test_as_many_statements_for_many_sessions(jo, signed_in, queries):
    desk = signed_in("front_desk")
    make.session("2026-03-04", "08:00", "08:30")
    path = desk_of(jo)
    with queries() as few:
        desk.get(path)
    enrollment = db.get_one(Enrollment, 1)
    for hour in range(12, 16):
        make.booking(make.session("2026-03-02", f"{hour}:30", f"{hour + 1}:00"), enrollment)
        make.session("2026-03-04", f"{hour}:30", f"{hour + 1}:00")
    with queries() as many:
        desk.get(path)
    assert many() == few()
