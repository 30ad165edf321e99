from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from clinic.days import Span, WeeklyTime, instant_of, times_of

QUARTER = timedelta(minutes=15)  # of an hour: where a free slot may begin


class Slot(NamedTuple):
    """A free time, and the room that is free then; no room where none is needed."""

    starts_at: datetime
    ends_at: datetime
    room_id: int | None


def spans_on(day: date, times: Iterable[WeeklyTime], at: ZoneInfo) -> list[Span]:
    """The instants of weekly times on a local day; what the clocks jump over has none."""
    spans = [
        Span(_instant_at(day, each.from_minute, at), _instant_at(day, each.until_minute, at))
        for each in sorted(times)
        if each.weekday == day.weekday()
    ]
    return [span for span in spans if span.starts_at < span.ends_at]


def free_of(spans: Iterable[Span], busy: Iterable[Span]) -> list[Span]:
    """What is left of these times, in order, when the busy ones are taken out."""
    taken = sorted(busy)
    left: list[Span] = []
    for starts_at, ends_at in sorted(spans):
        begins = starts_at
        for each in taken:
            if each.ends_at <= begins or each.starts_at >= ends_at:
                continue
            if begins < each.starts_at:
                left.append(Span(begins, each.starts_at))
            begins = each.ends_at
        if begins < ends_at:
            left.append(Span(begins, ends_at))
    return left


def slots(
    free: Iterable[Span],
    *,
    minutes: int,
    rooms: Sequence[tuple[int | None, Collection[Span]]],
    at: ZoneInfo,
) -> Iterator[Slot]:
    """Slots of a length, one after the other, that begin on a quarter of an hour.

    `rooms` are the rooms to choose from, the best first, each with the times at which it is taken;
    `[(None, [])]` where no room is needed. A slot has wall-clock times that mean it and nothing
    else, on one day: none begins or ends in an hour that the clocks repeat.
    """
    length = timedelta(minutes=minutes)
    for starts_at, ends_at in free:
        begins = _next_quarter(starts_at)
        while begins + length <= ends_at:
            slot = Span(begins, begins + length)
            room = next(
                (each for each in rooms if not any(slot.overlaps(taken) for taken in each[1])), None
            )
            if room is None or not is_plain(slot, at):
                begins += QUARTER
                continue
            yield Slot(*slot, room[0])
            begins = _next_quarter(slot.ends_at)


def _next_quarter(instant: datetime) -> datetime:
    over = timedelta(minutes=instant.minute % 15, seconds=instant.second)
    rounded = instant.replace(microsecond=0) - over
    return rounded if rounded >= instant else rounded + QUARTER


def is_plain(slot: Span, at: ZoneInfo) -> bool:
    first, last = (instant.astimezone(at).replace(fold=0) for instant in slot)
    return (
        first.date() == last.date()
        and first.time() < last.time()
        and times_of(first.date(), first.time(), last.time(), at) == slot
    )


def _instant_at(day: date, minute: int, at: ZoneInfo) -> datetime:
    after, rest = divmod(minute, 24 * 60)
    return instant_of(day + timedelta(days=after), time(rest // 60, rest % 60), at)
