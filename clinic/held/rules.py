"""How a session took place: from when until when, about what, and who led it. Values in, answer
out."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from clinic.arrivals.rules import NOT_OPEN
from clinic.bookings.rules import CANCELLED, iso, why_not_past
from clinic.formats import clock_time, counted, listed
from clinic.schedule.rules.changes import SIGNED

HELD = "session.held"  # a verb of the trail
OFF_BY = timedelta(hours=3)  # that it may have begun earlier, or ended later, than planned
ENDED_BEFORE_BEGAN = "It cannot have ended before it began."
BEGAN_TOO_LATE = "By then it was to be over. Check the time."
ENDED_TOO_EARLY = "That is before it was to begin. Check the time."
TOO_FAR_OFF = "That is more than 3 hours from what was planned. Check the time."


class Led(NamedTuple):
    """Somebody who was to lead a session, or stood in."""

    staff_id: int
    name: str
    has_led: bool | None
    stood_in: bool


class Held(NamedTuple):
    """What is known of how a session took place; nothing of what was as planned."""

    held_from: datetime | None
    held_until: datetime | None
    topic: str | None
    leaders: tuple[Led, ...]

    @property
    def led_by(self) -> list[int]:
        return [each.staff_id for each in self.leaders if each.has_led]

    @property
    def times(self) -> tuple[datetime | None, datetime | None]:
        return self.held_from, self.held_until


def why_not_record(
    session: Any, *, opens_at: datetime, is_signed: bool, now: datetime
) -> str | None:
    """Why nothing can be recorded of how a session took place."""
    if session.is_cancelled:
        return CANCELLED
    if is_signed:
        return SIGNED
    return NOT_OPEN if now < opens_at else None


def why_not_times(session: Any, held: Held, *, now: datetime) -> list[tuple[str | None, str]]:
    """Why a session cannot have been held at these times; with the fact at fault."""
    begun, ended = held.times
    return [
        (_why_not_begun(session, begun, now=now), "held_from"),
        (_why_not_ended(session, begun, ended, now=now), "held_until"),
    ]


def _why_not_begun(session: Any, begun: datetime | None, *, now: datetime) -> str | None:
    if begun is None:
        return None
    if begun >= session.ends_at:
        return BEGAN_TOO_LATE
    return TOO_FAR_OFF if session.starts_at - begun > OFF_BY else why_not_past(begun, now=now)


def _why_not_ended(
    session: Any, begun: datetime | None, ended: datetime | None, *, now: datetime
) -> str | None:
    if ended is None:
        return None
    if ended <= session.starts_at:
        return ENDED_TOO_EARLY
    if begun is not None and ended <= begun:
        return ENDED_BEFORE_BEGAN
    return TOO_FAR_OFF if ended - session.ends_at > OFF_BY else why_not_past(ended, now=now)


def led_anew(
    leaders: Collection[Led], led_by: Collection[int], stood_in: Led | None
) -> tuple[Led, ...]:
    """The leaders when these are said to have led: nobody has said so of anybody where it is said
    of none. Whoever stood in and did not lead was no leader."""
    is_said = bool(led_by) or stood_in is not None
    found = [
        each._replace(has_led=each.staff_id in led_by if is_said else None)
        for each in leaders
        if not each.stood_in or each.staff_id in led_by
    ]
    return (*found, stood_in) if stood_in else tuple(found)


def facts_of(held: Held, topic: str | None) -> dict[str, Any]:
    """What the trail holds of it; of the topic a digest of its words."""
    return {
        "held_from": iso(held.held_from),
        "held_until": iso(held.held_until),
        "topic": topic,
        "led_by": held.led_by,
        "not_led_by": [each.staff_id for each in held.leaders if each.has_led is False],
        "stood_in": [each.staff_id for each in held.leaders if each.stood_in],
    }


# In words


def times_words(session: Any, zone: ZoneInfo) -> str:
    """`began 6:10 pm, ended 8:50 pm`: what is known of when it was held."""
    known = (("began", session.held_from), ("ended", session.held_until))
    return ", ".join(f"{verb} {clock_time(at, zone)}" for verb, at in known if at)


def led_words(leaders: Sequence[Any]) -> str:
    """`Ben Cole (stood in), not Ana Rivera`: who led, where somebody has said so."""
    led = [
        f"{each.name} (stood in)" if each.stood_in else each.name
        for each in leaders
        if each.has_led
    ]
    absent = [each.name for each in leaders if each.has_led is False]
    words = [listed(led)] if led else []
    return ", ".join([*words, *([f"not {listed(absent)}"] if absent else [])])


def changes_words(before: Held, after: Held, zone: ZoneInfo) -> list[str]:
    """What is to be known otherwise of it, a sentence for each."""
    facts = (
        ("Topic", before.topic or "", after.topic or "", "none"),
        ("Times", times_words(before, zone), times_words(after, zone), "as planned"),
        ("Led by", led_words(before.leaders), led_words(after.leaders), "as planned"),
    )
    return [f"{name}: {now or else_}." for name, then, now, else_ in facts if now != then]


def counts_words(minutes: int, credit: int) -> str:
    """What it counts for whoever was there all the time."""
    if minutes == credit:
        return f"It counts all of its {counted(credit, 'minute')}."
    return f"It counts {minutes} of {counted(credit, 'minute')} for whoever was there all the time."
