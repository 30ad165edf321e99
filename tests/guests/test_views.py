from sqlalchemy import select

from clinic.authorizations.models import BeyondAuthorization, GoingOn
from clinic.db import db
from clinic.offers.models import CameOfIt, MakeUpOffer
from clinic.schedule.models import Booking, SeatHold
from tests import make
from tests.html import fields_of
from tests.sessions.meetings import edit, saved, thursday


def guests_path(session):
    return f"/sessions/{session.id}/guests"


def test_a_walk_in_is_found_on_the_sheet_and_put_on_with_what_it_leads_to(
    at, signed_in, process, sam
):
    at("2026-03-12 10:05")
    session, pages = thursday(process), signed_in("coordinator")
    words = pages.get(f"/sessions/{session.id}").page.words
    assert "Somebody else is here" in words
    assert "1 free seat of 3" in pages.get(guests_path(session)).page.words
    pages.get(f"{guests_path(session)}?q=le")
    words = saved(pages, f"{guests_path(session)}/add", enrollment=str(sam.id))
    assert "Sam Lee is added to this session only, and to no group." in words
    assert "Sam Lee week of Mar 9 before: 0 min planned of 9–12 h" in words
    assert pages.answer.location == f"/sessions/{session.id}"
    page = pages.follow().page
    (row,) = [each for each in page.all("li", class_="row") if "Sam L." in each.text]
    assert "Guest" in row.text
    booking = db.scalars(select(Booking).where(Booking.enrollment_id == sam.id)).one()
    assert booking.roster_entry_id is None
    pages.get(guests_path(session))
    saved(pages, f"{guests_path(session)}/end", enrollment=str(sam.id))
    assert "Sam L." not in pages.follow().page.words
    again = pages.post(f"{guests_path(session)}/end", {"enrollment": str(sam.id)}, status=422)
    assert "Choose one from the list." in again.page.words


def test_where_all_seats_are_taken_a_reason_is_asked_for(now, signed_in, process, sam):
    pages, session = signed_in("coordinator"), thursday(process)
    make.booking(session, make.enrollment(from_on="2026-02-01"))
    hall = make.room(name="Hall", seats=20)
    pages.get(edit(session))
    saved(pages, edit(session), room=str(hall.id))
    assert "0 free seats of 3" in pages.get(f"{guests_path(session)}?q=sam").page.words
    words = pages.submit(
        f"{guests_path(session)}/add", status=422, enrollment=str(sam.id)
    ).page.words
    assert "All 3 seats are taken. Say why there is one more." in words
    words = saved(
        pages, f"{guests_path(session)}/add", enrollment=str(sam.id), reason="Came a day early"
    )
    assert "It has 4 seats then, not 3." in words
    words = pages.follow().page.words
    assert "4 seats" in words
    assert "(“Came a day early”)" in words


def test_what_is_undone_is_that_somebody_was_added_and_no_other_change(
    now, signed_in, process, sam
):
    pages, session = signed_in("coordinator"), thursday(process)
    pages.get(edit(session))
    saved(pages, edit(session), room=str(make.room(name="Hall", seats=20).id))
    change = fields_of(pages.follow().page.form(f"/sessions/{session.id}/changes/undo"))
    words = pages.post(f"{guests_path(session)}/undo", change, status=409).page.words
    assert "This has been undone already, or is no longer the last change." in words
    pages.get(f"{guests_path(session)}?q=sam")
    saved(pages, f"{guests_path(session)}/add", enrollment=str(sam.id))
    assert "Sam L." in pages.follow().page.words
    pages.submit(f"{guests_path(session)}/undo")
    page = pages.follow().page
    assert "is as it was before." in page.words
    assert [row for row in page.all("li", class_="row") if "Sam L." in row.text] == []


def offered(sam, session, **facts):
    made = make.offer(sam, session, **facts)
    make.saved()
    return made


def outcome():
    return db.scalars(select(MakeUpOffer.outcome)).one()


def test_whoever_is_added_has_said_yes_to_what_they_were_offered_and_its_undo_says_so(
    at, signed_in, process, sam
):
    at("2026-03-12 07:05")
    pages, session = signed_in("front_desk"), thursday(process)
    offered(sam, session)
    pages.get(f"{guests_path(session)}?q=sam")
    saved(pages, f"{guests_path(session)}/add", enrollment=str(sam.id))
    assert (outcome(), db.scalars(select(SeatHold.id)).all()) == (CameOfIt.PLACED, [])
    pages.follow()
    pages.submit(f"{guests_path(session)}/undo")
    page = pages.follow().page
    assert (
        "Group session on Thu, Mar 12 is as it was before. Sam Lee is not on it any more. "
        "The seat that they were offered is not held for them any more. Offer it again"
    ) in page.words
    desk = f"/participants/{sam.participant_id}/desk"
    assert page.links["Offer it again"] == f"{desk}#seats"
    assert outcome() is CameOfIt.WITHDRAWN
    words = pages.get(desk).page.words
    assert "Withdrawn today, 7:05 am" in words
    assert "Added today" not in words


def test_a_clinician_is_led_to_nobody_who_is_not_in_their_sight(at, signed_in, ana, process, sam):
    at("2026-03-12 07:05")
    pages, session = signed_in(ana), thursday(process)
    offered(sam, session)
    pages.get(f"{guests_path(session)}?q=sam")
    saved(pages, f"{guests_path(session)}/add", enrollment=str(sam.id))
    pages.follow()
    pages.submit(f"{guests_path(session)}/undo")
    page = pages.follow().page
    assert "Sam Lee is not on it any more. The seat that they were offered is not" in page.words
    assert "Offer it again" not in page.links
    pages.get(f"/participants/{sam.participant_id}/desk", status=404)


def test_who_is_removed_does_not_come_to_what_they_took_until_that_is_undone(
    at, signed_in, process, sam
):
    at("2026-03-12 07:05")
    pages, session = signed_in("front_desk"), thursday(process)
    make.booking(session, sam)
    offered(sam, session, outcome=CameOfIt.TAKEN, ended_at=make.instant("2026-03-12 07:01"))
    pages.get(guests_path(session))
    saved(pages, f"{guests_path(session)}/end", enrollment=str(sam.id))
    assert outcome() is CameOfIt.WITHDRAWN
    at("2026-03-12 07:06")
    pages.follow()
    pages.submit(f"{guests_path(session)}/undo")
    assert "Sam Lee is not on it" not in pages.follow().page.words
    assert outcome() is CameOfIt.PLACED


def test_the_desk_finds_people_without_their_programs_and_sees_no_hours(
    now, signed_in, process, sam
):
    make.enrollment(from_on="2026-02-01", participant=make.participant(name="Sam Lee"))
    session, pages = thursday(process), signed_in("front_desk")
    page = pages.get(f"{guests_path(session)}?q=sam").page
    assert page.words.count("Sam Lee") >= 2
    assert ("Evening IOP" in page.words, "1990" in page.words) == (False, False)
    assert "Add somebody to Group session" in page.words
    words = saved(pages, f"{guests_path(session)}/add", enrollment=str(sam.id))
    assert ("hours" in words.lower(), "Process" in words) == (False, False)
    assert "Group session, Thu, Mar 12, now has Sam Lee." in pages.follow().page.words


def test_the_desk_says_why_somebody_goes_on_and_learns_no_number(now, signed_in, process, sam):
    make.authorization(sam, number="A123", units=1)
    make.booking(make.session("2026-03-20", program=sam.program), sam)
    session, pages = thursday(process), signed_in("front_desk")
    pages.get(f"{guests_path(session)}?q=sam")
    add = f"{guests_path(session)}/add"
    words = pages.submit(add, status=200, enrollment=str(sam.id)).page.words
    # Thursday takes what was authorized for the Friday after.
    assert "Sam Lee: 1 session on Fri, Mar 20 is beyond what is authorized." in words
    assert ("A123" in words, "hours" in words.lower()) == (False, False)
    assert "Choose why you go on." in pages.submit(add, status=422, step="save").page.words
    pages.submit(add, step="save", going_on="not billed")
    assert "now has Sam Lee." in pages.follow().page.words
    assert db.scalars(select(BeyondAuthorization.why)).all() == [GoingOn.NOT_BILLED]


def test_a_clinician_finds_their_own_people_and_those_of_the_program_for_their_sessions(
    now, signed_in, ana, process, sam
):
    kim, session = make.staff(name="Kim Tran"), thursday(process)
    of_another = make.enrollment(
        from_on="2026-02-01",
        program=make.program(name="Morning IOP"),
        participant=make.participant(name="Sam Stranger"),
    )
    pages = signed_in(ana)
    words = pages.get(f"{guests_path(session)}?q=sam").page.words
    assert ("Sam Lee" in words, "Stranger" in words) == (True, False)
    add = f"{guests_path(session)}/add"
    answer = pages.post(add, {"enrollment": str(of_another.id)}, status=422)
    assert "Choose one from the list." in answer.page.words
    of_another.clinician_id = ana.id
    pages.post(add, {"enrollment": str(of_another.id)}, status=200)
    for rubbish in ("", "x", "-1", "9" * 20, ["1", "1"]):
        pages.post(add, {"enrollment": rubbish}, status=422)
    signed_in(kim).get(guests_path(session), status=404)


def test_who_is_on_it_or_not_there_that_day_is_not_found(now, signed_in, process):
    later = make.participant(name="Jordan Later")
    make.enrollment(from_on="2026-04-01", participant=later)
    page = signed_in("coordinator").get(f"{guests_path(thursday(process))}?q=jordan").page
    assert "Nobody found who can be added." in page.words


def test_nobody_is_put_on_what_is_cancelled(now, signed_in, process, sam):
    session = thursday(process)
    session.is_cancelled = True
    pages = signed_in("coordinator")
    words = pages.get(f"{guests_path(session)}?q=sam").page.words
    assert "This session is cancelled. Reinstate it first." in words
    assert "Somebody else is here" not in pages.get(f"/sessions/{session.id}").page.words
