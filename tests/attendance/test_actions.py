import json
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from clinic.arrivals.actions import arrive
from clinic.attendance import actions, queries
from clinic.attendance.rules import Press
from clinic.audit.queries import bookings_compared
from clinic.db import db, transaction
from clinic.errors import NotFound, Refused
from clinic.programs.models import Site
from clinic.schedule.models import Booking, Identity, Method, Mode, Session, Status
from clinic.trail import Actor, TrailEvent, broken_chains
from tests import make
from tests.bookings.stored import (
    DESK,
    DOOR,
    NOON,
    calendar_version,
    events,
    fresh,
    jo,
    mark,
    refusal,
    state,
    tap,
    wall,
)
from tests.race import race

THREE = (Status.NO_SHOW, Status.EXCUSED, Status.PRESENT)


# Marking


def test_a_mark_is_stored_and_in_the_trail(app):
    (booking,) = jo(make.session())
    again = mark(booking, Status.PRESENT, arrived_at=wall("10:12"), left_at=wall("10:20"))
    assert again is booking
    assert state(booking) == (
        Status.PRESENT,
        wall("10:12"),
        wall("10:20"),
        Method.STAFF,
        wall("10:30"),
        1,
        2,
    )
    (event,) = events()
    assert (event.verb, event.subject_id, event.actor_id) == ("attendance.marked", booking.id, 7)
    assert (len(event.act or ""), event.chain) == (32, booking.session.site_id)
    assert json.loads(event.facts)["before"]["status"] == "expected"


def test_the_reason_is_stored_but_never_in_the_trail(app):
    (booking,) = jo(make.session())
    assert mark(booking, Status.EXCUSED, reason="hospital").reason == "hospital"
    assert [event.facts.count("hospital") for event in events()] == [0]


def test_the_same_mark_again_changes_nothing_even_from_an_old_page(app):
    (booking,) = jo(make.session())
    mark(booking, Status.PRESENT, version=1)
    before = state(booking)
    mark(booking, Status.PRESENT, "10:40", version=1)
    assert (state(booking), len(events())) == (before, 1)


def test_a_mark_from_an_old_page_is_refused_and_says_what_is_so(app):
    (booking,) = jo(make.session())
    tap(booking, "10:00")
    before = state(booking)
    assert refusal(mark, booking, Status.NO_SHOW, version=1) == (
        "Jo A. has just been marked present. Look again."
    )
    assert (state(booking), len(events())) == (before, 1)


@pytest.mark.parametrize(
    "order", [*permutations(enumerate(THREE, 1)), *permutations(enumerate(THREE[1:], 1))]
)
def test_the_last_press_on_a_page_wins_also_where_it_goes_back_to_what_was(app, order):
    (booking,) = jo(make.session())
    mark(booking, Status.PRESENT)
    shown = booking.version
    for number, status in order:
        mark(booking, status, version=shown, press=Press("0" * 16, number))
    assert fresh(booking).status is Status.PRESENT


def test_a_press_that_is_sent_again_is_one_press(app):
    (booking,) = jo(make.session())
    for wall_time in ("10:07", "10:08"):
        arrived_at = wall(wall_time)
        press = Press("0" * 16, 1)
        mark(booking, Status.PRESENT, version=1, press=press, arrived_at=arrived_at)
    assert booking.arrived_at == wall("10:07")
    assert len(events()) == 1


def test_a_press_that_changes_nothing_leaves_undo_and_other_pages_alone(app):
    (booking,) = jo(make.session())
    mark(booking, Status.PRESENT, press=Press("0" * 16, 1))
    before = state(booking)
    for number in (1, 2, 2):
        mark(booking, Status.PRESENT, press=Press("0" * 16, number))
    assert (state(booking), bookings_compared().sentences) == (before, [])
    assert [each.verb for each in events()] == ["attendance.marked", "attendance.pressed"]
    (change,) = queries.last_change(booking.session_id, DESK)
    actions.undo(booking.session, change=change.act, by=DESK, now=wall("10:40"))
    assert fresh(booking).status is Status.EXPECTED


def test_a_rules_no_leaves_nothing(app):
    (booking,) = jo(make.session())
    before = state(booking)
    assert refusal(mark, booking, Status.PRESENT, "09:44") == "Check-in has not opened yet."
    assert refusal(mark, booking, Status.NO_SHOW, "09:59") == (
        "Nobody is a no-show before the session has begun."
    )
    assert (state(booking), events()) == (before, [])


def test_a_signed_mark_is_not_changed(app):
    (booking,) = jo(make.session(), status=Status.PRESENT, signed_at=NOON)
    assert refusal(mark, booking, Status.NO_SHOW) == (
        "This attendance has been signed: only an amendment can change it."
    )


def test_a_refused_press_says_who_was_first(app):
    session = make.session()
    (booking,) = jo(session)
    ana = make.staff(name="Ana Rivera")
    by_ana = Actor("account", ana.account_id)
    mark(booking, Status.EXCUSED)
    change = events()[-1].act or ""
    facts = {"version": fresh(booking).version, "by": by_ana, "now": NOON}
    actions.mark(booking, status=Status.PRESENT, **facts)
    first = "Jo A. has just been marked present by Ana Rivera. Look again."
    assert refusal(mark, booking, Status.NO_SHOW, version=1) == first
    assert refusal(actions.undo, session, change=change, by=DESK, now=NOON) == (
        "Not undone: Jo A. (changed since by Ana Rivera)."
    )
    with pytest.raises(Refused) as refused:  # in another window of her own
        actions.mark(booking, status=Status.NO_SHOW, **facts | {"version": 1})
    assert refused.value.sentence == "Jo A. has just been marked present. Look again."
    booking.signed_at = NOON
    make.sign_off(session, ana)
    make.sign_off(session, make.staff(name="Lee Park"), is_second=True)
    assert refusal(mark, booking, Status.NO_SHOW, version=1) == (
        "This attendance has been signed by Ana Rivera and Lee Park:"
        " only an amendment can change it."
    )
    assert refusal(actions.undo, session, change=change, by=DESK, now=NOON) == (
        "Not undone: Jo A. (signed since by Ana Rivera)."
    )


def test_somebody_just_taken_off_the_session_is_not_found(app):
    (booking,) = jo(make.session())
    version = booking.version
    db.execute(delete(Booking).where(Booking.id == booking.id))
    with pytest.raises(NotFound):
        mark(booking, Status.PRESENT, version=version)


def test_taking_back_a_mark_leaves_somebody_expected(app):
    (booking,) = jo(make.session())
    mark(booking, Status.NO_SHOW)
    mark(booking, Status.EXPECTED)
    assert state(booking) == (Status.EXPECTED, None, None, None, None, 1, 3)


@pytest.mark.parametrize("status", [Status.EXCUSED, Status.LATE_CANCEL])
def test_an_announced_absence_frees_the_seat_and_leaves_the_calendar(app, status):
    (booking,) = jo(make.session())
    mark(booking, status, "09:59")
    assert (state(booking)[5], calendar_version(booking)) == (None, 1)
    mark(booking, Status.LATE_CANCEL if status is Status.EXCUSED else Status.EXCUSED, "09:59")
    assert (state(booking)[5], calendar_version(booking)) == (None, 1)


def test_an_absence_known_after_the_start_keeps_the_seat(app):
    (booking,) = jo(make.session())
    mark(booking, Status.EXCUSED, "10:00")
    assert (state(booking)[5], calendar_version(booking)) == (1, 0)


def test_coming_after_all_takes_the_lowest_free_seat(app):
    session = make.session(seats=2)
    (booking,) = jo(session)
    mark(booking, Status.EXCUSED, "09:00")
    make.booking(session)
    mark(booking, Status.EXPECTED, "09:10")
    assert (state(booking)[5], calendar_version(booking)) == (2, 2)


def test_coming_after_all_is_refused_when_all_seats_are_taken(app):
    session = make.session(seats=1)
    (booking,) = jo(session)
    mark(booking, Status.EXCUSED, "09:00")
    make.booking(session)
    before = state(booking)
    assert refusal(mark, booking, Status.EXPECTED, "09:10") == (
        "Their seat has been given away, and no other one is free."
    )
    assert (state(booking), len(events())) == (before, 1)


def test_whoever_left_is_no_longer_expected_to_have_gone_on(app):
    first, second = jo(make.session(), make.session(start="11:00", end="12:00"))
    tap(first, "10:05")
    fresh(first)
    mark(first, Status.PRESENT, arrived_at=wall("10:05"), left_at=wall("10:25"))
    assert state(second)[:4] == (Status.EXPECTED, None, None, None)
    given = events("attendance.given_back")
    assert [(event.subject_id, event.act) for event in given] == [(second.id, events()[-2].act)]


def test_what_was_given_back_once_is_not_given_back_again(app):
    first, second = jo(make.session(), make.session(start="11:00", end="12:00"))
    tap(first, "10:05")
    fresh(first)
    mark(first, Status.PRESENT, arrived_at=wall("10:05"), left_at=wall("10:25"))
    tap(first, "10:40")  # they came back
    mark(first, Status.PRESENT, "10:45", arrived_at=wall("10:10"), left_at=wall("10:25"))
    assert state(second)[:2] == (Status.PRESENT, wall("11:00"))


def test_two_people_marking_the_same_row_at_once_one_is_told(app):
    session = make.session()
    booking_id = jo(session)[0].id

    def marking(status: Status) -> Any:
        def call() -> Status:
            with transaction():
                found = queries.get_booking(session.id, booking_id, scope=None)
                return mark(found, status, version=1).status

        return call

    answers = race(app, marking(Status.PRESENT), marking(Status.NO_SHOW))
    won = [answer for answer in answers if isinstance(answer, Status)]
    lost = [answer.sentence for answer in answers if isinstance(answer, Refused)]
    words = {Status.PRESENT: "present", Status.NO_SHOW: "no-show"}
    assert (len(won), lost) == (1, [f"Jo A. has just been marked {words[won[0]]}. Look again."])
    assert db.get_one(Booking, booking_id).status == won[0]


@pytest.mark.parametrize("method", [Method.KIOSK, Method.PHONE])
def test_who_checks_in_while_somebody_marks_them_present_keeps_the_time(app, method):
    (booking,) = jo(make.session())
    facts = {"at": wall("10:07"), "method": method, "by": DOOR, "now": wall("10:07")}
    arrive(booking.enrollment.participant_id, booking.session.site, **facts)
    mark(booking, Status.PRESENT, version=1)
    assert state(booking)[:2] == (Status.PRESENT, wall("10:07"))
    assert (booking.method, len(events())) == (method, 1)
    with pytest.raises(Refused, match="has just been marked present"):
        mark(booking, Status.NO_SHOW, version=1)


def test_kiosk_sheet_bulk_and_undo_at_once_end_politely(app):
    """Two people on two sessions that follow each other, everybody pressing at the same moment."""
    sessions = [make.session(), make.session(start="11:00", end="12:00")]
    people = [make.enrollment(), make.enrollment()]
    bookings = {
        (person.participant_id, session.id): make.booking(session, person).id
        for session in reversed(sessions)
        for person in people
    }
    site_id, now = sessions[0].site_id, wall("12:30")

    def arriving(participant_id: int) -> None:
        site = db.get_one(Site, site_id)
        facts = {"at": wall("10:05"), "method": Method.KIOSK, "by": DOOR, "now": now}
        arrive(participant_id, site, **facts)

    def leaving(session_id: int, booking_id: int) -> None:
        booking = queries.get_booking(session_id, booking_id, scope=None)
        facts = {"left_at": booking.session.ends_at, "version": booking.version}
        actions.mark(booking, status=Status.PRESENT, by=DESK, now=now, **facts)

    def the_rest(session_id: int) -> None:
        actions.mark_rest(queries.get_session(session_id, scope=None), by=DESK, now=now)

    def undoing(session_id: int) -> None:
        change = queries.last_change(session_id, DESK)
        session = queries.get_session(session_id, scope=None)
        if change:
            actions.undo(session, change=change[0].act, by=DESK, now=now)

    def transacted(verb: Any, *args: int) -> Any:
        def call() -> None:
            with transaction():
                verb(*args)

        return call

    for _ in range(4):
        calls = [
            *(transacted(arriving, person) for person in {who for who, _ in bookings}),
            *(transacted(leaving, session, key) for (_, session), key in bookings.items()),
            *(transacted(the_rest, session) for session in {session for _, session in bookings}),
            *(transacted(undoing, session) for session in {session for _, session in bookings}),
        ]
        answers = race(app, *calls)
        assert {type(answer) for answer in answers} <= {type(None), Refused}
    assert broken_chains() == []


# Marking the rest


def test_the_rest_are_present_from_the_start_and_nothing_is_overwritten(app):
    session = make.session()
    one, other = make.booking(session), make.booking(session)
    absent = make.booking(session, status=Status.NO_SHOW)
    signed = make.booking(session, signed_at=NOON)
    elsewhere = make.booking(make.session(start="10:00"))
    assert actions.mark_rest(session, by=DESK, now=wall("10:10")) == 2
    for booking in (one, other):
        assert state(booking)[:5] == (Status.PRESENT, None, None, Method.STAFF, wall("10:10"))
    assert [state(each)[0] for each in (absent, signed, elsewhere)] == [
        Status.NO_SHOW,
        Status.EXPECTED,
        Status.EXPECTED,
    ]
    assert len({event.act for event in events("attendance.marked")}) == 1
    assert actions.mark_rest(session, by=DESK, now=wall("10:11")) == 0


def test_the_rest_are_not_marked_before_the_doors_open_or_when_cancelled(app):
    session = make.session()
    booking = make.booking(session)
    assert refusal(actions.mark_rest, session, by=DESK, now=wall("09:44")) == (
        "Check-in has not opened yet."
    )
    off = make.session(is_cancelled=True)
    make.booking(off)
    assert refusal(actions.mark_rest, off, by=DESK, now=wall("10:10")) == (
        "This session has been cancelled."
    )
    assert (state(booking)[0], events()) == (Status.EXPECTED, [])


# Undoing


def undo(session: Session, when: str = "10:50") -> str:
    """Undo the last change."""
    (act,) = {event.act for event in events()[-1:]}
    assert act is not None
    return actions.undo(session, change=act, by=DESK, now=wall(when))


def test_an_undo_puts_a_mark_back(app):
    (booking,) = jo(make.session())
    tap(booking, "10:05")
    before = state(booking)
    mark(booking, Status.NO_SHOW, reason="never came")
    assert undo(booking.session) == "Undone."
    assert state(booking) == (*before[:-1], 4)
    assert booking.reason is None
    assert [event.verb for event in events()] == [
        "attendance.arrived",
        "attendance.marked",
        "attendance.undone",
    ]
    assert broken_chains() == []


def test_an_undo_brings_a_reason_back(app):
    (booking,) = jo(make.session())
    mark(booking, Status.EXCUSED, reason="sick")
    mark(booking, Status.PRESENT)
    undo(booking.session)
    assert (state(booking)[0], booking.reason) == (Status.EXCUSED, "sick")


def test_an_undo_works_once(app):
    (booking,) = jo(make.session())
    mark(booking, Status.NO_SHOW)
    undo(booking.session)
    assert refusal(undo, booking.session) == "This has been undone already."


def test_marking_the_rest_is_undone_as_a_whole_but_for_what_has_changed_since(app):
    session = make.session()
    (booking,) = jo(session)
    others = [make.booking(session), make.booking(session)]
    actions.mark_rest(session, by=DESK, now=wall("10:10"))
    change = events()[-1].act or ""
    fresh(booking)
    mark(booking, Status.NO_SHOW)
    sentence = actions.undo(session, change=change, by=DESK, now=wall("10:40"))
    assert sentence == "Undone, but not Jo A. (changed since)."
    assert [state(each)[0] for each in (booking, *others)] == [
        Status.NO_SHOW,
        Status.EXPECTED,
        Status.EXPECTED,
    ]


def test_an_undo_of_what_has_changed_since_is_refused(app):
    (booking,) = jo(make.session())
    mark(booking, Status.PRESENT)
    change = events()[-1].act or ""
    mark(booking, Status.NO_SHOW)
    before = state(booking)
    assert refusal(actions.undo, booking.session, change=change, by=DESK, now=NOON) == (
        "Not undone: Jo A. (changed since)."
    )
    assert state(booking) == before


def test_an_undo_of_an_announced_absence_needs_a_seat_again(app):
    session = make.session(seats=2)
    (booking,) = jo(session)
    mark(booking, Status.EXCUSED, "09:00")
    make.booking(session)
    undo(session, "09:01")
    assert (state(booking)[0], state(booking)[5]) == (Status.EXPECTED, 2)
    mark(booking, Status.EXCUSED, "09:02")
    make.booking(session)
    assert refusal(undo, session, "09:03") == "Not undone: Jo A. (no seat is free)."


def test_an_undo_of_coming_after_all_frees_the_seat_again(app):
    (booking,) = jo(make.session())
    mark(booking, Status.EXCUSED, "09:00")
    mark(booking, Status.EXPECTED, "09:01")
    undo(booking.session, "09:02")
    assert (state(booking)[0], state(booking)[5]) == (Status.EXCUSED, None)


def test_an_undo_of_leaving_lets_them_go_on_again(app):
    first, second = jo(make.session(), make.session(start="11:00", end="12:00"))
    tap(first, "10:05")
    before = state(first), state(second)
    mark(first, Status.PRESENT, arrived_at=wall("10:05"), left_at=wall("10:25"))
    undo(first.session)
    assert [state(each)[:-1] for each in (first, second)] == [each[:-1] for each in before]


def test_an_undo_passes_over_whoever_was_taken_off_since(app):
    session = make.session()
    (booking,) = jo(session)
    other = make.booking(session)
    actions.mark_rest(session, by=DESK, now=wall("10:10"))
    db.execute(delete(Booking).where(Booking.id == booking.id))
    assert (undo(session), state(other)[0]) == ("Undone.", Status.EXPECTED)


def test_nothing_is_undone_on_a_cancelled_session(app):
    (booking,) = jo(make.session())
    mark(booking, Status.NO_SHOW)
    booking.session.is_cancelled = True
    assert refusal(undo, booking.session) == "Not undone: Jo A. (cancelled since)."


def test_what_was_done_elsewhere_or_never_is_not_found(app):
    (booking,) = jo(make.session())
    mark(booking, Status.NO_SHOW)
    with pytest.raises(NotFound):
        undo(make.session())
    with pytest.raises(NotFound):
        actions.undo(booking.session, change="nothing", by=DESK, now=NOON)


def test_an_arrival_is_not_for_undoing(app):
    (booking,) = jo(make.session())
    tap(booking, "10:00")
    assert [event.act for event in events()] == [None]


def test_the_last_free_seat_goes_to_one_of_two_who_come_after_all(app):
    session = make.session(seats=2)
    people = [jo(session)[0] for _ in range(2)]
    for booking in people:
        mark(booking, Status.EXCUSED, "09:00")
    make.booking(session)
    ids = [(each.enrollment.participant_id, session.site_id) for each in people]

    def arriving(participant_id: int, site_id: int) -> Any:
        def call() -> bool:
            with transaction():
                return arrive(
                    participant_id,
                    db.get_one(Site, site_id),
                    at=wall("10:00"),
                    method=Method.KIOSK,
                    by=DOOR,
                    now=wall("10:00"),
                ).is_new

        return call

    answers = race(app, *[arriving(*each) for each in ids])
    lost = [answer.sentence for answer in answers if isinstance(answer, Refused)]
    assert (answers.count(True), lost) == (
        1,
        ["Their seat at 10:00 am has been given away, and no other one is free."],
    )


# One call


def announce(*bookings: Booking, when: str = "08:55", **facts: Any) -> dict[int, Status]:
    facts = {"reason": None, "notice_hours": 24} | facts
    ids = [booking.id for booking in bookings]
    return actions.announce(ids, by=DESK, now=wall(when), **facts)


def call(booking: Booking) -> str:
    """The name of the last call about somebody."""
    (act,) = {each.act for each in queries.last_call(booking.enrollment.participant_id, DESK)} or {
        ""
    }
    return str(act)


def take_back(booking: Booking, change: str, when: str = "08:57") -> str:
    return actions.take_back(
        booking.enrollment.participant_id, change=change, by=DESK, now=wall(when)
    )


def test_one_call_marks_all_and_frees_their_seats_and_is_undone_at_once(app):
    ten, noon = make.session(), make.session("2026-03-02", "12:00", "13:00")
    later = make.session("2026-03-04")
    first, second, third = jo(ten, noon, later)
    here = jo(make.session("2026-03-03"))
    assert announce(first, second, third, *here, reason="flu") == {
        first.id: Status.LATE_CANCEL,
        second.id: Status.LATE_CANCEL,
        third.id: Status.EXCUSED,
        here[0].id: Status.EXCUSED,
    }
    assert [(state(each)[0], each.reason, each.seat_no) for each in (first, second, third)] == [
        (Status.LATE_CANCEL, "flu", None),
        (Status.LATE_CANCEL, "flu", None),
        (Status.EXCUSED, "flu", None),
    ]
    assert take_back(first, call(first)) == "Undone."
    assert [(state(each)[0], each.reason, each.seat_no) for each in (first, second, third)] == [
        (Status.EXPECTED, None, 1),
        (Status.EXPECTED, None, 1),
        (Status.EXPECTED, None, 1),
    ]
    assert (call(first), broken_chains()) == ("", [])
    with pytest.raises(Refused) as again:
        take_back(first, call(first))
    assert again.value.sentence == "This has been undone already."


def test_a_call_writes_into_the_chain_of_each_site(app):
    here, there = make.program(make.site()), make.program(make.site())
    sessions = [make.session(program=each) for each in (here, there)]
    bookings = jo(*sessions)
    announce(*bookings)
    take_back(bookings[0], call(bookings[0]))
    rows = db.execute(select(TrailEvent.verb, TrailEvent.chain).order_by(TrailEvent.id)).all()
    assert [tuple(row) for row in rows] == [
        ("attendance.announced", here.site_id),
        ("attendance.announced", there.site_id),
        ("attendance.undone", here.site_id),
        ("attendance.undone", there.site_id),
    ]


def test_a_call_leaves_alone_what_was_marked_meanwhile(app):
    first, second = jo(make.session(), make.session("2026-03-03"))
    tap(first, "09:46")
    assert announce(first, second, when="09:50") == {second.id: Status.EXCUSED}
    assert state(first)[0] is Status.PRESENT


def test_a_call_during_a_session_keeps_the_seat(app):
    (booking,) = jo(make.session())
    assert announce(booking, when="10:05") == {booking.id: Status.LATE_CANCEL}
    assert fresh(booking).seat_no == 1


def test_an_undone_call_says_what_it_leaves_alone(app):
    first, second = jo(make.session(), make.session("2026-03-03"))
    announce(first, second)
    change = call(first)
    mark(fresh(first), Status.EXPECTED, "08:56")
    assert take_back(first, change) == "Undone, but not Mon, Mar 2, 10:00 am (changed since)."
    announce(first, second, when="08:58")
    change = call(first)
    for booking in (first, second):
        mark(fresh(booking), Status.EXPECTED, "08:59")
    with pytest.raises(Refused) as refused:
        take_back(first, change)
    assert refused.value.sentence == (
        "Not undone: Mon, Mar 2, 10:00 am (changed since) and Tue, Mar 3, 10:00 am (changed since)."
    )


def test_only_ones_own_call_can_be_taken_back_and_an_arrival_at_the_desk_too(app):
    first, second = jo(make.session(), make.session("2026-03-02", "11:15", "12:00"))
    arriving = {"at": wall("09:50"), "method": Method.STAFF, "by": DESK, "now": wall("09:50")}
    person, site = first.enrollment.participant_id, first.session.site
    arrive(person, site, among=[first.session_id], act="f" * 32, **arriving)
    assert [state(each)[0] for each in (first, second)] == [Status.PRESENT, Status.EXPECTED]
    assert queries.last_call(person, DOOR) == []
    assert take_back(first, "f" * 32, "09:51") == "Undone."
    assert state(first)[0] is Status.EXPECTED


def test_how_somebody_took_part_is_noted_and_undone_and_the_trail_tells(app):
    session = make.session()
    (booking,) = jo(session)
    tap(booking, "09:58")
    mark(fresh(booking), Status.PRESENT, arrived_at=wall("09:58"), took_part=Mode.VIRTUAL)
    assert (booking.took_part, booking.identified_by) == (Mode.VIRTUAL, Identity.PIN)
    assert (booking.method, booking.arrived_at) == (Method.KIOSK, wall("09:58"))
    assert bookings_compared().sentences == []
    (change,) = {event.act for event in queries.last_change(session.id, DESK)}
    assert actions.undo(session, change=change, by=DESK, now=wall("10:40")) == "Undone."
    assert (fresh(booking).took_part, booking.identified_by) == (None, Identity.PIN)
    db.execute(update(Booking).values(identified_by=Identity.KNOWN))
    assert bookings_compared().sentences == [
        f"booking {booking.id}: its row says identified by known, its events say identified by pin"
    ]


def test_everybody_else_who_is_here_is_known_in_one_act(app):
    make.organization()
    session = make.session()
    here = [make.booking(session, status=Status.PRESENT) for _ in range(3)]
    here[0].identified_by = Identity.PHOTO_ID
    absent, signed = make.booking(session), make.booking(session, status=Status.PRESENT)
    signed.signed_at = NOON
    make.saved()
    assert actions.identify_rest(session, by=DESK, now=NOON) == 2
    known = [fresh(each).identified_by for each in (*here, absent, signed)]
    assert known == [Identity.PHOTO_ID, Identity.KNOWN, Identity.KNOWN, None, None]
    assert actions.identify_rest(session, by=DESK, now=NOON) == 0
    (change,) = {event.act for event in queries.last_change(session.id, DESK)}
    assert actions.undo(session, change=change, by=DESK, now=NOON) == "Undone."
    assert [fresh(each).identified_by for each in here] == [Identity.PHOTO_ID, None, None]


def test_whoever_leaves_twice_left_once(app):
    session = make.session("2026-03-02", "10:00", "11:00")
    (booking,) = jo(session, status=Status.PRESENT, arrived="10:00")
    for minute in ("10:40", "10:40"):
        at = wall(minute)
        left = actions.set_left(booking.id, left_at=at, by=DESK, now=at)
        assert left.left_at == at
    left_once = select(TrailEvent.subject_id).where(TrailEvent.verb == "attendance.left")
    assert db.scalars(left_once).all() == [booking.id]
