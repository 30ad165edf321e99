from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from clinic.days import Span, WeeklyTime, instant_of, times_of
from clinic.schedule.rules.slots import free_of, slots, spans_on

NEW_YORK = ZoneInfo("America/New_York")


def day(text):
    return date.fromisoformat(text)


def free_starts(on, *, hours=((9, 12),), busy=(), minutes=50, rooms=((None, ()),)):
    at = day(on)
    times = [WeeklyTime(at.weekday(), first * 60, last * 60) for first, last in hours]
    spans = [span(on, *each) for each in busy]
    free = free_of(spans_on(at, times, NEW_YORK), spans)
    found = slots(free, minutes=minutes, rooms=rooms, at=NEW_YORK)
    return [(slot.starts_at.astimezone(NEW_YORK).strftime("%H:%M"), slot.room_id) for slot in found]


def span(on, starts, ends):
    walls = (time.fromisoformat(starts), time.fromisoformat(ends))
    return Span(*(instant_of(day(on), wall, NEW_YORK) for wall in walls))


def test_slots_follow_one_another_on_the_quarters_of_an_hour():
    assert free_starts("2026-03-02") == [("09:00", None), ("10:00", None), ("11:00", None)]
    assert free_starts("2026-03-02", minutes=45, hours=[(9, 11)]) == [
        ("09:00", None),
        ("09:45", None),
    ]


def test_what_is_taken_is_left_out():
    busy = [("09:30", "10:05"), ("10:00", "10:20"), ("08:00", "08:30"), ("11:50", "13:00")]
    assert free_starts("2026-03-02", busy=busy, minutes=30) == [
        ("09:00", None),
        ("10:30", None),
        ("11:00", None),
    ]
    assert free_starts("2026-03-02", busy=[("08:00", "13:00")]) == []


def test_the_first_room_that_is_free_is_proposed():
    rooms = [
        (1, [span("2026-03-02", "09:00", "11:00")]),
        (2, [span("2026-03-02", "09:30", "10:15")]),
    ]
    assert free_starts("2026-03-02", rooms=rooms, hours=[(9, 13)]) == [
        ("10:15", 2),
        ("11:15", 1),
    ]


def test_on_the_night_the_clocks_go_forward_the_lost_hour_has_no_slots():
    assert free_starts("2026-03-08", hours=[(1, 5)], minutes=60) == [
        ("01:00", None),
        ("03:00", None),
        ("04:00", None),
    ]
    assert free_starts("2026-03-08", hours=[(2, 3)], minutes=30) == []


def test_on_the_night_the_clocks_go_back_no_slot_is_in_the_repeated_hour():
    assert free_starts("2026-11-01", hours=[(0, 4)], minutes=60) == [
        ("00:00", None),
        ("02:00", None),
        ("03:00", None),
    ]


def test_no_slot_ends_at_midnight():
    assert free_starts("2026-03-02", hours=[(22, 24)], minutes=60) == [("22:00", None)]


clock_change_days = st.sampled_from([day("2026-03-08"), day("2026-11-01"), day("2026-03-02")])
instants = st.integers(-120, 26 * 60)
lengths = st.sampled_from([30, 45, 50, 60, 90])


def spans_of(pairs, on):
    midnight = instant_of(on, time(), NEW_YORK)
    return [
        Span(midnight + timedelta(minutes=start), midnight + timedelta(minutes=start + length))
        for start, length in pairs
    ]


@given(
    clock_change_days,
    st.lists(st.tuples(st.integers(0, 1380), st.integers(15, 600)), min_size=1, max_size=3),
    st.lists(st.tuples(instants, st.integers(1, 300)), max_size=8),
    st.lists(st.tuples(instants, st.integers(1, 300)), max_size=4),
    lengths,
)
def test_slots_overlap_nothing_and_lie_inside_the_working_hours(on, worked, taken, full, minutes):
    times = [WeeklyTime(on.weekday(), first, min(first + length, 1440)) for first, length in worked]
    busy, in_room = spans_of(taken, on), spans_of(full, on)
    working = spans_on(on, times, NEW_YORK)
    free = free_of(working, busy)
    found = list(slots(free, minutes=minutes, rooms=[(7, in_room)], at=NEW_YORK))
    for slot in found:
        own = Span(slot.starts_at, slot.ends_at)
        assert not any(own.overlaps(each) for each in [*busy, *in_room])
        assert any(
            each.starts_at <= own.starts_at and own.ends_at <= each.ends_at for each in working
        )
        first, last = (each.astimezone(NEW_YORK).replace(fold=0) for each in own)
        assert (first.date(), last.date()) == (on, on)
        assert times_of(on, first.time(), last.time(), NEW_YORK) == own
        assert own.ends_at - own.starts_at == timedelta(minutes=minutes)


@given(
    st.lists(st.tuples(instants, st.integers(1, 300)), max_size=6),
    st.lists(st.tuples(instants, st.integers(1, 300)), max_size=6),
)
def test_what_is_free_is_every_minute_worked_that_is_not_taken(worked, taken):
    on = day("2026-03-02")
    spans, busy = spans_of(worked, on), spans_of(taken, on)

    def minutes_in(these):
        return {
            each.starts_at + n * timedelta(minutes=1)
            for each in these
            for n in range(int((each.ends_at - each.starts_at) / timedelta(minutes=1)))
        }

    assert minutes_in(free_of(spans, busy)) == minutes_in(spans) - minutes_in(busy)
