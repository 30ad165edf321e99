from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from clinic.attendance.rules import (
    NOBODY,
    NOT_ENDED,
    NOT_HELD,
    SIGNED_BY_IMPORT,
    Press,
    announced_as,
    counts,
    given_back,
    has_come_meanwhile,
    is_asked_when,
    is_coming,
    late_by,
    leaders_there,
    looked_at,
    noted,
    order_of,
    pulse,
    why_not_announce,
    why_not_close,
    why_not_leave,
    why_not_mark,
)
from clinic.bookings.rules import (
    SIGNED,
    Booked,
    is_same_mark,
    marked,
)
from clinic.schedule.models import ANNOUNCED, Identity, Method, Status
from clinic.trail import Actor
from tests.bookings.by_hand import KNOWN, MONDAY, NOON, TEN, VIDEO, at, booked, came, so_marked

SESSION = SimpleNamespace(starts_at=TEN.starts_at, ends_at=TEN.ends_at, grace_minutes=5)


@pytest.mark.parametrize(
    ("wall", "minutes"),
    [("10:09", []), ("10:10", [10]), ("10:17", [10, 15]), ("11:30", [10, 15, 20])],
)
def test_how_late_somebody_is_is_chosen_from_what_is_beyond_the_grace_and_over(wall, minutes):
    assert late_by(SESSION, now=at(wall)) == minutes


@pytest.mark.parametrize(
    ("wall", "arrived", "asks"),
    [
        ("11:00", None, False),
        ("11:01", None, True),
        ("10:30", "10:05", False),
        ("10:30", "10:06", True),
    ],
)
def test_late_means_now_while_nobody_is_late_and_the_session_runs(wall, arrived, asks):
    booking = TEN._replace(arrived_at=arrived and at(arrived))
    assert is_asked_when(booking, SESSION, now=at(wall)) is asks


@pytest.mark.parametrize(("method", "asks"), [(Method.KIOSK, True), (Method.STAFF, False)])
def test_late_never_means_now_for_somebody_who_has_checked_in(method, asks):
    here = TEN._replace(**came("09:53", method))
    assert is_asked_when(here, SESSION, now=at("10:30")) is asks


@pytest.mark.parametrize(
    ("booking", "now", "coming"),
    [
        (TEN, "09:59", True),
        (TEN, "10:00", False),  # it has begun
        (TEN._replace(status=Status.EXCUSED), "09:59", False),
        (TEN._replace(is_cancelled=True), "09:59", False),
        (None, "09:59", False),
    ],
)
def test_whoever_is_expected_at_what_is_ahead_is_coming(booking, now, coming):
    assert is_coming(booking, now=at(now)) is coming


# Marks by staff


def why_not(status: Status, now: str, booking: Booked = TEN, **times: datetime) -> str | None:
    instant = at(now)
    return why_not_mark(marked(booking, status, now=instant, **times), now=instant)


def test_nobody_is_marked_on_a_cancelled_session():
    cancelled = TEN._replace(is_cancelled=True)
    for status in Status:
        assert why_not(status, "10:30", cancelled) == "This session has been cancelled."


def test_a_signed_mark_is_not_changed():
    signed = TEN._replace(signed_at=NOON)
    for status in Status:
        assert why_not(status, "10:30", signed) == (
            "This attendance has been signed: only an amendment can change it."
        )


def test_nobody_is_present_before_the_doors_open():
    assert why_not(Status.PRESENT, "09:44") == "Check-in has not opened yet."
    assert why_not(Status.PRESENT, "09:45") is None


def test_nobody_is_a_no_show_before_the_start():
    assert why_not(Status.NO_SHOW, "09:59") == ("Nobody is a no-show before the session has begun.")
    assert why_not(Status.NO_SHOW, "10:00") is None


def test_absences_and_taking_back_need_no_open_doors():
    for status in (*ANNOUNCED, Status.EXPECTED):
        assert why_not(status, "06:00") is None


def test_times_of_presence_fit_the_session():
    came_late = {"arrived_at": at("11:01")}
    assert why_not(Status.PRESENT, "12:00", **came_late) == (
        "They cannot have arrived after the session had ended."
    )
    assert why_not(Status.PRESENT, "12:00", arrived_at=at("11:00")) is None
    assert why_not(Status.PRESENT, "12:00", left_at=at("09:59")) == (
        "They cannot have left before the session began."
    )
    assert why_not(Status.PRESENT, "12:00", left_at=at("10:00")) is None
    assert why_not(Status.PRESENT, "12:00", arrived_at=at("10:30"), left_at=at("10:29")) == (
        "They cannot have left before they arrived."
    )
    assert why_not(Status.PRESENT, "12:00", arrived_at=at("10:30"), left_at=at("10:30")) is None


def test_times_are_not_set_ahead():
    assert why_not(Status.PRESENT, "10:00", arrived_at=at("10:02")) is None
    assert why_not(Status.PRESENT, "10:00", arrived_at=at("10:03")) == (
        "That time is still to come."
    )
    assert why_not(Status.PRESENT, "10:00", left_at=at("10:03")) == "That time is still to come."


def test_only_presence_has_times():
    assert why_not(Status.NO_SHOW, "10:30", arrived_at=at("10:10")) == (
        "Only somebody who was present came and went."
    )
    assert why_not(Status.EXCUSED, "10:30", left_at=at("10:10")) == (
        "Only somebody who was present came and went."
    )


@pytest.mark.parametrize(
    ("facts", "mark", "has_come"),
    [
        (came("10:07"), {}, True),
        (came("10:07", Method.PHONE), {}, True),
        (came("10:07", Method.CARRIED), {}, False),
        (came("10:07", Method.STAFF), {}, False),
        (came("10:07"), {"arrived_at": at("10:05")}, False),
        (came("10:07"), {"left_at": at("10:40")}, False),
        (came("10:07"), {"reason": "bus"}, False),
        (came("10:07") | {"left_at": at("10:40")}, {}, False),
        ({}, {}, False),
    ],
)
def test_present_says_nothing_new_of_somebody_who_has_just_checked_in(facts, mark, has_come):
    before = booked("10:00", "11:00", **facts)
    after = marked(before, Status.PRESENT, now=NOON, **mark)
    assert has_come_meanwhile(before, after) is has_come
    assert not has_come_meanwhile(before, marked(before, Status.NO_SHOW, now=NOON))


@pytest.mark.parametrize(
    ("facts", "wall"),
    [
        (came("09:51"), "09:51"),
        (so_marked(Status.PRESENT) | {"recorded_at": at("09:52")}, "09:52"),
        (so_marked(Status.PRESENT) | {"recorded_at": at("10:20")}, "10:00"),
        ({}, "10:00"),
    ],
)
def test_every_way_to_ask_gets_the_same_answer_when_somebody_came(facts, wall):
    assert booked("10:00", "11:00", **facts).came_at == at(wall)


def test_a_reason_for_nothing_is_refused():
    for booking in (TEN, booked("10:00", "11:00", **came("10:05"))):
        after = marked(booking, Status.EXPECTED, reason="sick", now=NOON)
        assert why_not_mark(after, now=NOON) == "Press the button that this reason belongs to."


def test_whoever_leaves_gives_back_what_was_only_carried_and_had_not_begun():
    left = booked("10:00", "11:00", **so_marked(Status.PRESENT, left_at=at("11:00")))
    carried = came("11:00", Method.CARRIED)
    day = [
        left,
        booked("10:59", "11:30", 2, **carried),
        booked("11:00", "11:30", 3, **carried),
        booked("11:00", "11:30", 4, **came("11:00")),
        booked("11:00", "11:30", 5, **carried, signed_at=NOON),
        booked("11:00", "11:30", 6, **carried, is_cancelled=True),
        booked("11:00", "11:30", 7),
    ]
    assert [each.id for each in given_back(day, left=left)] == [3]


# The sheet in words


def test_a_sheet_counts_who_holds_a_seat():
    rows = [
        TEN,
        TEN,
        booked("10:00", "11:00", **came("10:00")),
        booked("10:00", "11:00", **so_marked(Status.NO_SHOW)),
        booked("10:00", "11:00", **so_marked(Status.EXCUSED, seat_no=None)),
    ]
    assert counts(rows) == {
        "present": 1,
        "expected": 4,
        "absent": 2,
        "unmarked": 2,
        "unidentified": 1,
    }


@pytest.mark.parametrize("facts", [VIDEO, KNOWN])
def test_what_is_noted_of_an_arrival_leaves_it_as_it_was_captured(facts):
    asked = {"took_part": None, "identified_by": None} | facts
    tapped = TEN._replace(**came("09:58"), identified_by=Identity.PIN)
    again = marked(tapped, Status.PRESENT, arrived_at=tapped.arrived_at, now=NOON)
    assert noted(tapped, again, **asked) == tapped._replace(**facts)
    assert not is_same_mark(tapped, tapped._replace(**facts))
    later = marked(tapped, Status.PRESENT, arrived_at=at("10:05"), now=NOON)
    assert noted(tapped, later, **asked) == later._replace(**facts)
    carried = TEN._replace(**came("10:00", Method.CARRIED))
    seen = marked(carried, Status.PRESENT, arrived_at=at("10:00"), now=NOON)
    assert noted(carried, seen, **asked).method is Method.STAFF


@pytest.mark.parametrize(
    ("has_led", "number"),
    [([], 0), ([None, None], 2), ([True, False], 1), ([None, True], 1), ([False], 0)],
)
def test_leaders_count_as_planned_until_somebody_says_who_led(has_led, number):
    assert leaders_there([SimpleNamespace(has_led=each) for each in has_led]) == number


def test_a_sheet_has_another_pulse_when_anything_on_it_is_new_or_its_time_has_come():
    planned = {"seats": 12, "is_cancelled": False, "topic": None, "doors_minutes": 15}
    times = {"starts_at": TEN.starts_at, "ends_at": TEN.ends_at}
    session = SimpleNamespace(**planned, **times, held_from=None, held_until=None)

    def beat(rows=3, ids=6, versions=3, led=0, phones=0, wall="09:40", **facts):
        one = SimpleNamespace(**vars(session) | facts)
        return pulse(one, rows, ids, versions, led=led, phones=phones, now=at(wall))

    still = beat()
    assert beat(wall="09:44") == still
    others = [
        *(beat(rows=4), beat(ids=7), beat(versions=4), beat(led=1), beat(phones=1)),
        *(beat(topic="Coping"), beat(seats=13), beat(is_cancelled=True)),
        *(beat(held_from=at("10:05")), beat(held_until=at("10:05"))),
        *(beat(wall="09:45"), beat(wall="10:00"), beat(wall="11:01")),
    ]
    assert len({still, *others}) == 14


def test_presses_of_one_page_have_an_order():
    ana, ben = Actor("account", 1), Actor("account", 2)
    first, second, tenth = (Press("0" * 16, number).act(ana) for number in (1, 2, 10))
    assert len(first) == 32
    assert [order_of(first, second), order_of(tenth, second), order_of(first, first)] == [-1, 1, 0]
    for other in (None, Press("1" * 16, 2).act(ana), Press("0" * 16, 2).act(ben), "f" * 32):
        assert order_of(first, other) == 0


# Absences that are announced


@pytest.mark.parametrize(
    ("now", "notice_hours", "status"),
    [
        (at("10:00", MONDAY - timedelta(1)), 24, Status.EXCUSED),
        (at("10:01", MONDAY - timedelta(1)), 24, Status.LATE_CANCEL),
        (at("08:55"), 24, Status.LATE_CANCEL),
        (at("08:55"), 1, Status.EXCUSED),
        (at("10:00"), 0, Status.EXCUSED),
        (at("10:01"), 0, Status.LATE_CANCEL),
    ],
)
def test_what_an_absence_counts_as_is_decided_by_the_notice(now, notice_hours, status):
    assert announced_as(TEN.starts_at, notice_hours, now=now) is status


def test_an_absence_can_be_announced_as_long_as_nobody_is_marked():
    early = at("08:55")
    assert why_not_announce(TEN, now=early) is None
    assert why_not_announce(TEN, now=at("10:59")) is None
    assert why_not_announce(TEN, now=at("11:00")) == "This session is over."
    cancelled = TEN._replace(is_cancelled=True)
    assert why_not_announce(cancelled, now=early) == "This session has been cancelled."
    here = TEN._replace(status=Status.PRESENT)
    assert why_not_announce(here, now=early) == ("Their attendance has been marked already.")


# Signing

ENDED = SimpleNamespace(is_cancelled=False, ends_at=at("11:00"))
OFF = SimpleNamespace(is_cancelled=True, ends_at=at("11:00"))
UNSIGNED = booked("10:00", "11:00")
CLOSED = UNSIGNED._replace(signed_at=NOON)


def signature(name="Ana Rivera", signatures_min=1):
    return SimpleNamespace(name=name, signatures_min=signatures_min)


@pytest.mark.parametrize(
    ("session", "rows", "signed", "now", "why_not"),
    [
        (ENDED, [UNSIGNED], [], "11:00", None),
        (ENDED, [UNSIGNED], [], "10:59", NOT_ENDED),
        (ENDED, [], [], "11:00", NOBODY),
        (OFF, [UNSIGNED], [], "11:00", NOT_HELD),
        (ENDED, [UNSIGNED, CLOSED], [], "11:00", None),
        (ENDED, [CLOSED], [], "11:00", SIGNED_BY_IMPORT),
        (ENDED, [CLOSED], [signature()], "11:00", "Ana Rivera signed this sheet already."),
        (ENDED, [CLOSED, UNSIGNED], [signature()], "11:00", None),
        (ENDED, [CLOSED], [signature(signatures_min=2)], "11:00", None),
        (
            ENDED,
            [CLOSED],
            [signature(signatures_min=2), signature("Sam Cole", 2)],
            "11:00",
            "Ana Rivera and Sam Cole signed this sheet already.",
        ),
    ],
)
def test_a_sheet_is_signed_after_its_session_as_often_as_was_asked_for(
    session, rows, signed, now, why_not
):
    assert why_not_close(session, rows, signed, now=at(now)) == why_not


def test_a_sheet_is_another_one_once_anything_on_it_has_changed():
    session = SimpleNamespace(held_from=None, held_until=None, topic=None)
    one, two = booked("10:00", "11:00", 1), booked("10:00", "11:00", 2)
    seen = looked_at(session, [one, two])
    assert looked_at(session, [two, one]) == seen
    for changed in ([one], [one, two._replace(version=2)], [one, two, booked("10:00", "11:00", 3)]):
        assert looked_at(session, changed) != seen
    for name, value in (("held_from", NOON), ("held_until", NOON), ("topic", "Anger")):
        other = SimpleNamespace(**vars(session) | {name: value})
        assert looked_at(other, [one, two]) != seen


@pytest.mark.parametrize(
    ("facts", "left", "why_not"),
    [
        (came("10:02", Method.PHONE), "10:20", None),
        (came("09:50", Method.PHONE), "09:55", "This session has not begun yet."),
        (came("10:02", Method.PHONE), None, None),
        ({}, "10:20", "They have not checked in."),
        (came("10:02") | {"signed_at": NOON}, "10:20", SIGNED),
    ],
)
def test_somebody_says_themselves_that_they_have_left_or_are_back(facts, left, why_not):
    there = booked("10:00", "11:00", **facts)
    assert why_not_leave(there, at(left) if left else None) == why_not
