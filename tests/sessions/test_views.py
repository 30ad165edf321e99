from datetime import date

import pytest
from sqlalchemy import func, select

from clinic.db import db
from clinic.offers.models import CameOfIt, MakeUpOffer
from clinic.outbox import OutboxMessage
from clinic.preview import CHANGED
from clinic.schedule.models import Booking, SeatHold, Session, Status
from clinic.schedule.queries.changes import changes_of
from clinic.schedule.queries.sessions import get_session
from clinic.trail import TrailLook
from tests import make
from tests.html import fields_of
from tests.sessions.meetings import edit, saved, thursday


def typed(ana, office, *people, **facts):
    return {
        "people": [str(person.id) for person in people],
        "day": "2026-03-10",
        "starts": "15:00",
        "ends": "15:50",
        "mode": "in_person",
        "room": str(office.id),
        "lead": str(ana.id),
        "title": "Individual session",
        "kind": "individual",
        "seats": "1",
        "act": "book",
    } | facts


def count(model):
    return db.scalar(select(func.count()).select_from(model))


def planned(ana, office, jo, **facts):
    session = make.session(
        "2026-03-10", "15:00", "15:50", room=office, leaders=[ana], seats=1, **facts
    )
    make.booking(session, jo)
    return session


# Booking


def test_a_slot_leads_to_a_form_that_only_needs_the_button(now, signed_in, ana, jo, office):
    make.room(name="Hall", seats=30)
    pages = signed_in("coordinator")
    answer = pages.get(
        f"/sessions/book?people={jo.id}&day=2026-03-10&starts=15:00&ends=15:50&kind=individual"
    )
    filled = fields_of(answer.page.form("/sessions/book"))
    assert {name: filled[name] for name in ("room", "lead", "title", "seats", "people")} == {
        "room": str(office.id),
        "lead": str(ana.id),
        "title": "Individual session",
        "seats": "1",
        "people": str(jo.id),
    }
    pages.submit("/sessions/book")
    session = db.scalars(select(Session)).one()
    assert (session.key, session.day, session.credit_minutes) == ("s-0001", date(2026, 3, 10), 50)
    assert pages.answer.location == f"/participants/{jo.participant_id}"
    said = "Individual session is planned for Tue, Mar 10, 3:00 – 3:50 pm."
    assert said in pages.follow().page.words


def test_the_room_proposed_is_one_that_is_free(now, signed_in, ana, jo, office):
    hall = make.room(name="Hall", seats=30)
    make.session("2026-03-10", "15:30", "16:00", room=office)
    pages = signed_in("coordinator")
    path = f"/sessions/book?people={jo.id}&day=2026-03-10&starts=15:00&ends=15:50"
    filled = fields_of(pages.get(path).page.form("/sessions/book"))
    assert (filled["room"], filled["seats"]) == (str(hall.id), "8")
    virtual = fields_of(pages.get(f"{path}&mode=virtual").page.form("/sessions/book"))
    assert virtual["room"] == ""


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"people": []}, "Choose who it is for."),
        ({"people": ["99"]}, "Choose from the list."),
        ({"people": ["x"]}, "Choose from the list."),
        ({"day": ""}, "Enter the day."),
        ({"day": "soon"}, "This is not a date. Write it like 2026-03-09."),
        ({"day": "2026-03-08"}, "That day is over. Plan the session for today or later."),
        ({"day": "2040-12-31"}, "That day is more than five years ahead."),
        ({"day": "9999-12-31", "starts": "22:00", "ends": "23:50"}, "too far ahead."),
        ({"ends": "15:00"}, "The end, 3:00 pm, is not after the start, 3:00 pm."),
        ({"day": "2027-03-14", "starts": "02:30", "ends": "04:00"}, "does not exist"),
        ({"day": "2027-03-14", "starts": "01:30", "ends": "02:30"}, "does not exist"),
        ({"room": "", "seats": "4"}, "Choose a room, or make it virtual."),
        ({"room": "", "ends": "14:00"}, "The end, 2:00 pm, is not after the start, 3:00 pm."),
        ({"lead": ""}, "Choose who leads."),
        ({"title": ""}, "Enter a title."),
        ({"title": "x" * 81}, "At most 80 letters."),
        ({"seats": "0"}, "Between 1 and 500 seats."),
        ({"seats": "5"}, "The room has 3 seats, not 5."),
    ],
)
def test_what_cannot_be_is_said_and_keeps_what_was_typed(
    now, signed_in, ana, jo, office, wrong, sentence
):
    pages = signed_in("coordinator")
    answer = pages.post("/sessions/book", typed(ana, office, jo, **wrong), status=422)
    assert sentence in answer.page.words
    assert 'value="Individual session"' in answer.text or "title" in wrong
    assert count(Session) == 0


def test_any_room_that_is_free_will_do(now, signed_in, ana, jo, office):
    small = make.room(name="Office 2", seats=2)
    make.session("2026-03-10", "15:30", "16:00", room=small)
    pages = signed_in("coordinator")
    pages.post("/sessions/book", typed(ana, office, jo, room=""))
    session = db.scalars(select(Session).where(Session.key == "s-0002")).one()
    assert session.room_id == office.id


def test_two_people_need_two_seats(now, signed_in, ana, jo, office):
    blake = make.enrollment(from_on="2026-02-01")
    pages = signed_in("coordinator")
    answer = pages.post("/sessions/book", typed(ana, office, jo, blake), status=422)
    assert "2 people cannot sit on 1 seat." in answer.page.words
    pages.post("/sessions/book", typed(ana, office, jo, blake, seats="2"), status=200)
    pages.submit("/sessions/book", step="save")
    assert count(Booking) == 2


def test_of_several_people_it_is_shown_whose_hours_become_what(now, signed_in, ana, jo, office):
    blake = make.enrollment(from_on="2026-02-01", participant=make.participant(name="Blake Ortiz"))
    pages = signed_in("coordinator")
    both = typed(ana, office, jo, blake, seats="2", ends="18:00", title="Make-up group")
    page = pages.post("/sessions/book", both, status=200).page
    hours = page.words.partition("Hours Blake Ortiz")[2]
    for_each = "9 h missing after: 3 h planned of 9–12 h"
    assert (hours.count(for_each), "Jordan Avery" in hours) == (2, True)
    assert count(Session) == 0
    answer = pages.submit("/sessions/book", step="save")
    session = db.scalars(select(Session)).one()
    assert answer.location == f"/sessions/{session.id}"
    page = pages.follow().page
    assert "Make-up group is planned for Tue, Mar 10, 3:00 – 6:00 pm. 2 people are on it." in (
        page.words
    )
    assert "Its sheet" not in page.links  # this is it


def test_a_clash_names_both_sessions(now, signed_in, ana, jo, office):
    make.session("2026-03-10", "15:30", "16:30", title="Process group", leaders=[ana])
    pages = signed_in("coordinator")
    words = pages.post("/sessions/book", typed(ana, office, jo), status=422).page.words
    assert (
        "Ana Rivera is wanted twice: Individual with Ana Rivera and Process group are at the same"
        " time on Tue, Mar 10."
    ) in words


def test_doubts_are_told_first_and_passed_over_on_purpose(now, signed_in, ana, jo, office):
    make.unavailability(jo, 1, "08:00", "16:00")
    pages = signed_in("coordinator")
    answer = pages.post("/sessions/book", typed(ana, office, jo), status=200)
    said = "Jordan Avery said they cannot come at that time on Tue."
    assert (said in answer.page.words, count(Session)) == (True, 0)
    make.time_off(ana, "2026-03-10")
    words = pages.submit("/sessions/book", status=409, step="save").page.words
    assert ("Ana Rivera has time off on Tue, Mar 10." in words, count(Session)) == (True, 0)
    assert CHANGED in words
    pages.submit("/sessions/book", step="save")
    assert count(Session) == 1


def test_a_refusal_comes_before_the_doubts(now, signed_in, ana, jo, office):
    make.unavailability(jo, 1, "08:00", "16:00")
    make.leave(jo, "2026-03-10", "2026-03-10")
    pages = signed_in("coordinator")
    answer = pages.post("/sessions/book", typed(ana, office, jo), status=422)
    assert "Jordan Avery is on leave on Tue, Mar 10." in answer.page.words
    assert "cannot come" not in answer.page.words


# Finding people


def test_an_empty_slot_asks_who_it_is_for_and_finds_them_by_name(now, signed_in, ana, jo, office):
    make.enrollment(from_on="2026-02-01", participant=make.participant(name="Blake Ortiz"))
    over = make.participant(name="Jordan Gone")
    make.enrollment(from_on="2026-01-01", until_on="2026-02-01", participant=over)
    kim = make.staff(name="Kim Tran")  # nobody's clinician yet
    pages = signed_in("coordinator")
    asked = f"/sessions/book?lead={kim.id}&day=2026-03-10&starts=15:00&ends=15:50&kind=individual"
    assert "Who is it for?" in pages.get(asked).page.words
    answer = pages.submit("/sessions/book", status=200, act="find", find="jordan")
    filled = fields_of(answer.page.form("/sessions/book"))
    assert (filled["people"], filled["room"]) == (str(jo.id), str(office.id))
    assert ("Blake Ortiz" in answer.text, "Jordan Gone" in answer.text) == (False, False)
    looks = db.scalars(select(TrailLook.participant_ids)).all()
    assert looks == [[jo.participant_id]]
    pages.submit("/sessions/book", act="book", find="")
    assert count(Booking) == 1


def test_whoever_is_enrolled_on_the_clinics_own_day_is_found_late_in_the_evening(
    at, signed_in, ana, jo, office
):
    at("2026-03-09 23:30")  # the day after, in UTC
    for name, until_on in (("Kim Abel", "2026-03-09"), ("Kim Baker", "2026-03-08")):
        participant = make.participant(name=name)
        make.enrollment(from_on="2026-02-01", until_on=until_on, participant=participant)
    answer = signed_in("coordinator").post(
        "/sessions/book", typed(ana, office, find="kim", act="find"), status=200
    )
    assert ("Kim Abel" in answer.text, "Kim Baker" in answer.text) == (True, False)


def test_an_empty_slot_offers_the_leaders_caseload_to_be_ticked(now, signed_in, ana, jo, office):
    blake = make.participant(name="Blake Ortiz")
    make.enrollment(from_on="2026-02-01", participant=blake)
    pages = signed_in("coordinator")
    asked = f"/sessions/book?lead={ana.id}&day=2026-03-10&starts=15:00&ends=15:50&kind=individual"
    page = pages.get(asked).page
    assert ("Jordan Avery" in page.words, "Blake Ortiz" in page.words) == (True, False)
    pages.submit("/sessions/book", people=str(jo.id), act="book")
    session = db.scalars(select(Session)).one()
    assert (session.room_id, session.title, count(Booking)) == (office.id, "Individual session", 1)


def test_a_name_without_anybody_chosen_is_looked_for(now, signed_in, ana, jo, office):
    pages = signed_in("coordinator")
    nobody = typed(ana, office, find="nobody at all", act="book")
    assert "0 more are found" in pages.post("/sessions/book", nobody, status=200).page.words


def test_several_who_are_found_are_offered_beside_the_chosen(now, signed_in, ana, jo, office):
    kims = [
        make.enrollment(from_on="2026-02-01", participant=make.participant(name=f"Kim {name}"))
        for name in ("Abel", "Baker")
    ]
    pages = signed_in("coordinator")
    again = typed(ana, office, jo, find="kim", act="find")
    answer = pages.post("/sessions/book", again, status=200)
    assert "2 more are found. Tick whom you mean, above." in answer.page.words
    filled = fields_of(answer.page.form("/sessions/book"))
    assert filled["people"] == str(jo.id)
    pages.submit(
        "/sessions/book", people=[str(jo.id), str(kims[0].id)], seats="2", act="book", status=200
    )
    pages.submit("/sessions/book", step="save")
    assert count(Booking) == 2


def test_a_clinician_plans_for_their_own_people_alone(now, signed_in, ana, jo, office):
    pages = signed_in(ana)
    stranger = make.enrollment(
        from_on="2026-02-01", participant=make.participant(name="Jordan Stranger")
    )
    answer = pages.post("/sessions/book", typed(ana, office, stranger), status=422)
    assert "Choose from the list." in answer.page.words
    answer = pages.post("/sessions/book", typed(ana, office, find="jordan", act="find"), status=200)
    assert ("Jordan Avery" in answer.text, "Stranger" in answer.text) == (True, False)
    pages.post("/sessions/book", typed(ana, office, jo))
    pages.get(f"/participants/{jo.participant_id}")
    assert count(Session) == 1


def test_only_who_plans_sessions_gets_there(now, signed_in, ana, jo, office):
    session = planned(ana, office, jo)
    for role in ("front_desk", "billing", "auditor", "participant"):
        pages = signed_in(role)
        pages.get("/sessions/book", status=403)
        pages.get(f"/sessions/new?enrollment={jo.id}", status=403)
        pages.get(f"/staff/{ana.id}/week", status=403)
        pages.get(f"/sessions/{session.id}/edit", status=403)
        pages.post(f"/sessions/{session.id}/cancel", status=403)
        pages.post(f"/sessions/{session.id}/reinstate", status=403)
        pages.post(f"/sessions/{session.id}/changes/undo", status=403)


# Changing: a session by itself and a meeting of a group


def test_a_session_is_moved(now, signed_in, ana, jo, office):
    session = planned(ana, office, jo)
    pages = signed_in("coordinator")
    words = pages.get(f"/sessions/{session.id}").page.words
    assert "Change this session" in words
    words = pages.get(edit(session)).page.words
    assert "Tuesday, March 10, 3:00 – 3:50 pm New York time" in words
    words = saved(pages, edit(session), day="2026-03-11", act="book")
    assert "Day before: Mar 10, 2026 after: Mar 11, 2026" in words
    assert pages.answer.location == f"/sessions/{session.id}"
    db.refresh(session)
    assert (session.day, session.sequence, session.is_changed_by_hand) == (
        date(2026, 3, 11),
        1,
        True,
    )
    assert "Process group, Wed, Mar 11, is changed. Undo" in pages.follow().page.words


def test_one_meeting_of_a_group_is_changed_and_undone_from_its_own_page(
    now, signed_in, ana, jo, process
):
    kim, blue = make.staff(name="Kim Tran"), make.room(name="Blue", seats=5)
    pages, session = signed_in("coordinator"), thursday(process)
    pages.get(f"/groups/{process.id}")
    assert edit(session) in pages.text
    page = pages.get(edit(session)).page
    filled = fields_of(page.form(edit(session)))
    assert {"title", "kind", "people", "find"} & filled.keys() == set()
    facts = {"room": str(blue.id), "lead": str(kim.id), "seats": "4", "reason": "Water damage"}
    words = saved(pages, edit(session), **facts)
    for said in (
        "Room before: Garden, 3 seats after: Blue, 5 seats",
        "Leader before: Ana Rivera after: Kim Tran",
        "Seats before: 3 after: 4",
        "Nobody’s hours change.",
    ):
        assert said in words
    words = pages.follow().page.words
    assert "Changed by hand: room, seats and leader, today, 12:00 pm" in words
    assert "(“Water damage”)" in words
    pages.submit(f"/sessions/{session.id}/changes/undo")
    words = pages.follow().page.words
    assert "Process group on Thu, Mar 12 is as it was before." in words
    assert "Changed by hand" not in words
    undo = f"/sessions/{session.id}/changes/undo"
    answer = pages.post(undo, {"change": "0" * 32}, status=409)
    assert answer.page.links["Open its page"] == f"/sessions/{session.id}"


def test_an_undo_that_would_be_refused_is_not_offered(now, signed_in, ana, jo, office):
    session = planned(ana, office, jo)
    pages = signed_in("coordinator")
    pages.get(edit(session))
    saved(pages, f"/sessions/{session.id}/cancel", reason="Snow")
    make.session("2026-03-10", "15:30", "16:30", title="Intake", room=office)
    words = pages.get(f"/sessions/{session.id}").page.words
    assert "Its room or leader is now taken by another session" in words
    assert "Undo the last change" not in words


def test_a_longer_meeting_shows_whose_week_becomes_another_one(now, signed_in, process):
    pages, session = signed_in("coordinator"), thursday(process)
    pages.get(edit(session))
    words = saved(pages, edit(session), ends="14:00")
    for name in ("Blake Ortiz", "Jordan Avery"):
        assert f"{name} week of Mar 9 before: 3 h planned of 9–12 h" in words
        assert f"{name}: 4 h of 9 hours are planned in the week of Mar 9." in words


def test_a_change_that_cannot_be_keeps_what_was_typed(now, signed_in, ana, jo, office):
    session = planned(ana, office, jo)
    make.session("2026-03-10", "17:00", "18:00", title="Intake", room=office)
    pages = signed_in("coordinator")
    pages.get(edit(session))
    answer = pages.submit(edit(session), status=422, starts="17:00", ends="17:50", act="book")
    assert "Office 1 is wanted twice" in answer.page.words
    assert 'value="17:00"' in answer.text
    assert pages.submit(edit(session), status=422, starts="", act="book").page.words.count(
        "Enter the start."
    )


def test_a_change_that_is_refused_is_not_shown_as_made(now, signed_in, ana, jo, office):
    session = planned(ana, office, jo)
    make.session("2026-03-11", "15:00", "16:00", title="Intake", room=office)
    pages = signed_in("coordinator")
    pages.get(edit(session))
    page = pages.submit(edit(session), status=422, day="2026-03-11", act="book").page
    assert "Office 1 is wanted twice" in page.words
    assert "Tuesday, March 10, 3:00 – 3:50 pm" in page.words
    assert "Wednesday, March 11" not in page.words


def test_of_two_who_change_it_the_second_looks_again_with_what_was_typed(now, signed_in, process):
    session = thursday(process)
    kim = make.staff(name="Kim Tran")
    pages, others = signed_in("coordinator"), signed_in("admin")
    pages.get(edit(session))
    others.get(edit(session))
    saved(others, edit(session), lead=str(kim.id))
    answer = pages.submit(edit(session), status=422, ends="12:10")
    words = answer.page.words
    assert "Somebody has changed this session since you opened it." in words
    assert "Leader: now Kim Tran, you have Ana Rivera" in words
    assert "End: now 1:00 pm, you have 12:10 pm" in words
    assert 'value="12:10"' in answer.text
    words = saved(pages, edit(session), lead=str(kim.id))
    assert "before: 1:00 pm after: 12:10 pm" in words
    assert "before: Kim Tran" not in words
    assert get_session(session.id).leader_ids == [kim.id]


def test_saving_nothing_new_needs_no_preview(now, signed_in, process):
    pages, session = signed_in("coordinator"), thursday(process)
    pages.get(edit(session))
    pages.submit(edit(session))
    assert "Nothing has changed." in pages.follow().page.words


def test_doubts_about_a_move_are_told_with_it(now, signed_in, ana, jo, office):
    session = planned(ana, office, jo)
    make.time_off(ana, "2026-03-11")
    pages = signed_in("coordinator")
    pages.get(edit(session))
    answer = pages.submit(edit(session), status=200, day="2026-03-11", act="book")
    assert "Ana Rivera has time off on Wed, Mar 11." in answer.page.words
    assert "So far Tuesday, March 10" in answer.page.words
    pages.submit(edit(session), step="back", status=200)
    saved(pages, edit(session), act="book")
    db.refresh(session)
    assert session.day == date(2026, 3, 11)


def test_people_are_changed_by_finding_them(now, signed_in, ana, jo, office):
    session = planned(ana, office, jo)
    blake = make.enrollment(from_on="2026-02-01", participant=make.participant(name="Blake Ortiz"))
    pages = signed_in("coordinator")
    pages.get(edit(session))
    answer = pages.submit(edit(session), status=200, find="blake", act="find")
    assert "1 more person is found." in answer.page.words
    words = saved(pages, edit(session), people=[str(blake.id)], act="book")
    assert "Who before: Jordan Avery, Evening IOP after: Blake Ortiz, Evening IOP" in words
    assert db.scalars(select(Booking.enrollment_id)).all() == [blake.id]


def test_who_is_put_on_a_session_that_they_were_offered_is_asked_no_more(
    now, signed_in, ana, jo, office
):
    session = make.session("2026-03-10", "15:00", "15:50", room=office, leaders=[ana], seats=2)
    make.booking(session, jo)
    blake = make.enrollment(from_on="2026-02-01", participant=make.participant(name="Blake Ortiz"))
    make.offer(blake, session)
    make.saved()
    pages, outcome = signed_in("coordinator"), select(MakeUpOffer.outcome)
    pages.get(edit(session))
    pages.submit(edit(session), status=200, find="blake", act="find")
    saved(pages, edit(session), people=[str(jo.id), str(blake.id)], act="book")
    assert (db.scalar(outcome), count(SeatHold)) == (CameOfIt.PLACED, 0)
    pages.follow()
    pages.submit(f"/sessions/{session.id}/changes/undo")
    page = pages.follow().page
    assert (
        "is as it was before. Blake Ortiz is not on it any more. The seat that they were offered"
        " is not held for them any more. Offer it again"
    ) in page.words
    assert page.links["Offer it again"] == f"/participants/{blake.participant_id}/desk#seats"
    assert db.scalar(outcome) is CameOfIt.WITHDRAWN


def test_what_has_begun_is_changed_but_not_moved(at, signed_in, ana, jo, process):
    at("2026-03-12 10:05")
    kim, session = make.staff(name="Kim Tran"), thursday(process)
    pages = signed_in("coordinator")
    page = pages.get(edit(session)).page
    assert "It has begun: its day, times and format stay as they are." in page.words
    assert {"day", "starts", "ends", "mode"} & fields_of(page.form(edit(session))).keys() == set()
    saved(pages, edit(session), lead=str(kim.id))
    assert "Undo" not in pages.follow().page.words
    assert [each.staff_id for each in get_session(session.id).leaders] == [kim.id]


def test_cancelling_is_shown_first_and_can_be_undone(now, signed_in, process):
    pages, session = signed_in("coordinator"), thursday(process)
    path = f"/sessions/{session.id}"
    pages.get(edit(session))
    words = saved(pages, f"{path}/cancel", reason="Snow")
    assert "The session is cancelled. Everyone on it sees that." in words
    assert "Jordan Avery week of Mar 9 before: 3 h planned of 9–12 h" in words
    words = pages.follow().page.words
    assert "This session is cancelled: Snow." in words
    assert "Undo the last change" in words
    pages.submit(f"{path}/changes/undo")
    assert "This session is cancelled" not in pages.follow().page.words
    assert (thursday(process).is_cancelled, thursday(process).sequence) == (False, 2)


def test_what_is_cancelled_is_reinstated_before_it_is_changed(now, signed_in, ana, jo, office):
    session = planned(ana, office, jo)
    pages = signed_in("coordinator")
    path = f"/sessions/{session.id}"
    pages.get(edit(session))
    saved(pages, f"{path}/cancel", reason="Snow")
    words = pages.get(edit(session)).page.words
    assert "This session is cancelled: Snow." in words
    pages.post(edit(session), typed(ana, office, jo), status=422)
    pages.get(edit(session))
    saved(pages, f"{path}/reinstate")
    assert "takes place again." in pages.follow().page.words
    assert get_session(session.id).is_cancelled is False
    make.closure("2026-03-10", name="Storm")
    saved_at = get_session(session.id)
    saved_at.is_cancelled = True
    pages.get(edit(session))
    words = pages.submit(f"{path}/reinstate", status=422).page.words
    why = "The site is closed on Tue, Mar 10: Storm."
    assert words.index(why) < words.index("Reinstate it")


def test_a_reason_that_is_too_long_is_refused_and_kept(now, signed_in, ana, jo, office):
    session = planned(ana, office, jo)
    pages = signed_in("coordinator")
    answer = pages.post(f"/sessions/{session.id}/cancel", {"reason": "x" * 201}, status=422)
    assert "At most 200 letters." in answer.page.words
    assert "x" * 201 in answer.text


def test_what_cannot_be_done_says_why(now, signed_in, ana, jo, office):
    pages = signed_in("coordinator")
    session = planned(ana, office, jo)
    over = make.session("2026-03-06", "11:00", "13:00")
    attended = make.session("2026-03-09", "09:00", "10:00")
    make.booking(attended, status=Status.PRESENT)
    signed = make.session("2026-03-09", "08:00", "09:00")
    make.booking(signed, status=Status.PRESENT, signed_at=make.instant("2026-03-09 10:00"))
    for each, why in (
        (over, "That day is over: this session can no longer be cancelled or reinstated."),
        (attended, "Attendance has been recorded for this session: it cannot be cancelled."),
    ):
        assert why in pages.get(edit(each)).page.words
        pages.post(f"/sessions/{each.id}/cancel", status=422)
    assert "Attendance is signed off" in pages.get(edit(signed), status=409).page.words
    assert "Cancel this session" in pages.get(edit(session)).page.words
    pages.get("/sessions/999/edit", status=404)


def test_a_clinician_changes_what_they_lead_or_what_is_for_their_caseload(
    now, signed_in, ana, jo, office, process
):
    kim = make.staff(name="Kim Tran")
    led = planned(ana, office, jo)
    by_kim = make.session("2026-03-11", "15:00", "15:50", leaders=[kim])
    make.booking(by_kim, jo)
    mixed = make.session("2026-03-12", "15:00", "15:50", leaders=[kim])
    make.booking(mixed, jo)
    make.booking(mixed, make.enrollment())
    nobody = make.session("2026-03-13", "15:00", "15:50", leaders=[kim])
    of_group = make.session("2026-03-13", series=make.series(leaders=[kim]))
    make.booking(of_group, jo)
    pages = signed_in(ana)
    answers = [
        pages.ask("GET", edit(each)).status
        for each in (led, by_kim, thursday(process), mixed, nobody, of_group)
    ]
    assert answers == [200, 200, 200, 404, 404, 404]


def test_who_gives_a_session_away_sees_the_day_and_can_still_undo_it(now, signed_in, ana, process):
    kim, session = make.staff(name="Kim Tran"), thursday(process)
    pages, other = signed_in(ana), signed_in("clinician")
    pages.get(edit(session))
    saved(pages, edit(session), lead=str(kim.id))
    assert pages.answer.location == "/today?day=2026-03-12"
    pages.follow()
    pages.get(edit(session), status=404)
    change = {"change": changes_of(session.id)[0].act}
    other.post(f"/sessions/{session.id}/changes/undo", change, status=404)
    pages.post(f"/sessions/{session.id}/changes/undo", change)
    assert get_session(session.id).leader_ids == [ana.id]


def test_everyone_who_is_on_a_session_stays_on_offer_to_its_leader(now, signed_in, ana, jo, office):
    session = make.session("2026-03-10", "15:00", "15:50", room=office, leaders=[ana], seats=2)
    make.booking(session, jo)
    guest = make.enrollment(from_on="2026-02-01", participant=make.participant(name="Guest"))
    make.booking(session, guest)
    pages = signed_in(ana)
    answer = pages.get(edit(session))
    assert ("Jordan Avery" in answer.text, "Guest" in answer.text) == (True, True)


# Telling


def test_the_people_are_told_where_somebody_wants_it_and_there_is_mail(
    app, now, signed_in, jo, process, monkeypatch
):
    pages, session = signed_in("coordinator"), thursday(process)
    words = pages.get(edit(session)).page.words
    assert words.count("E-mail is not set up here.") == 2
    assert "Tell the people affected" not in words
    words = pages.submit(edit(session), status=200, ends="12:00").page.words
    assert "E-mail is not set up here. To be called" in words
    monkeypatch.setitem(app.config, "CLINIC_MAIL_URL", "smtp://mail.example.org")
    pages.get(edit(session))
    words = saved(pages, edit(session), ends="12:00")
    assert "Nobody is told by e-mail; 2 people have an address." in words
    assert "Jordan Avery, no phone number" in words
    assert count(OutboxMessage) == 0
    pages.get(edit(session))
    words = saved(pages, edit(session), ends="12:30", tell="y")
    assert "2 people are told by e-mail." in words
    assert count(OutboxMessage) == 2
    words = pages.follow().page.words
    assert "Process group, Thu, Mar 12, is changed. 2 people are told by e-mail. Undo" in words
    pages.submit(f"/sessions/{session.id}/changes/undo")
    assert "as it was before. 2 people are told by e-mail." in pages.follow().page.words
    pages.get(edit(session))
    saved(pages, f"/sessions/{session.id}/cancel", reason="Snow", tell="y")
    pages.get(edit(session))
    saved(pages, f"/sessions/{session.id}/reinstate", tell="y")
    assert count(OutboxMessage) == 8
    bodies = " ".join(db.scalars(select(OutboxMessage.body)))
    assert ("Process" in bodies, "Snow" in bodies) == (False, False)
