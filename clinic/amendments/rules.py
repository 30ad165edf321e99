"""What an amendment may change, what it leads to, and how it reads. Values in, answer out."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from clinic.bookings.rules import (
    CANCELLED,
    Booked,
    marked,
    time_changed,
    why_not_past,
    why_not_times,
)
from clinic.consequences import Change
from clinic.formats import counted, day_short, duration
from clinic.hours.rules import TimedSession, delivered
from clinic.programs.models import Measure, Program
from clinic.programs.rules import figure
from clinic.schedule.models import Decision, Method, Status, Why
from clinic.schedule.rules.words import attendance_label, times_known
from clinic.trail import Actor

WHYS: Final = {
    Why.MISTAKE: "Marked by mistake",
    Why.TIMES: "Times were wrong",
    Why.OTHER_PERSON: "Meant somebody else",
    Why.CHECK_IN: "Check-in did not work",
    Why.LEARNED_LATER: "Learned of it later",
    Why.LEFT_OUT: "Was left off the sheet",
    Why.NOT_BOOKED: "Should not have been on the sheet",
    Why.OTHER: "Another reason",
}
DECISIONS: Final = {
    Decision.WAITING: "Waiting",
    Decision.MADE: "Made",
    Decision.DECLINED: "Declined",
}
NOWHERE: Final = "Not on the sheet"

UNSIGNED = "This has not been signed yet: change it on the sheet."
SHEET_OPEN = "This sheet has not been signed yet: use “Somebody else is here” on it."
STALE = "This attendance has been changed since you opened it. Look again."
SAME = "That is what stands already."
WAITS_ALREADY = "An amendment of this is waiting for a second person already."
NEEDS_WORDS = "Say in a few words why."
DECIDED = "This has been decided already."
ANOTHER_PERSON = "You asked for this amendment: somebody else decides about it."
CHANGED_SINCE = (
    "The attendance has been changed since this was asked for. Decline it, and ask for it anew."
)


class Stand(NamedTuple):
    """What is known of somebody at a session."""

    status: Status
    arrived_at: datetime | None = None
    left_at: datetime | None = None
    method: Method | None = None


class Proposal(NamedTuple):
    """An amendment of one attendance; nothing before or after is to be on no sheet."""

    session_id: int
    enrollment_id: int
    booking_id: int | None
    version: int | None  # of the booking
    before: Stand | None
    after: Stand | None
    minutes: int  # more or fewer, that are counted
    why: Why
    words: str | None


def stand_of(booked: Any) -> Stand:
    """What stands in a booking."""
    return Stand(booked.status, booked.arrived_at, booked.left_at, booked.method)


def before_of(row: Any) -> Stand | None:
    """What stood before an amendment, from its row."""
    if row.before_status is None:
        return None
    return Stand(row.before_status, row.before_arrived_at, row.before_left_at, row.before_method)


def after_of(row: Any) -> Stand | None:
    """The same of what stands after it."""
    if row.after_status is None:
        return None
    return Stand(row.after_status, row.after_arrived_at, row.after_left_at)


def proposal_of(row: Any) -> Proposal:
    """The amendment that was kept in this row."""
    return Proposal(
        row.session_id,
        row.enrollment_id,
        row.booking_id,
        row.before_version,
        before_of(row),
        after_of(row),
        row.minutes,
        row.why,
        row.words,
    )


def amended(booked: Booked, stand: Stand, *, now: datetime) -> Booked:
    """The booking with what an amendment says. It stays signed; whoever is added is so from now."""
    after = marked(
        booked, stand.status, arrived_at=stand.arrived_at, left_at=stand.left_at, now=now
    )
    return after._replace(signed_at=booked.signed_at or now)


def why_not_amend(
    before: Booked, stand: Stand | None, *, version: int | None, now: datetime
) -> tuple[str, str | None] | None:
    """Why an attendance cannot be amended so, and the field that it is about, if about one."""
    if before.is_cancelled:
        return CANCELLED, None
    if before.signed_at is None:
        return UNSIGNED, None
    if version != before.version:
        return STALE, None
    if stand is None:
        return None
    if stand[:3] == stand_of(before)[:3]:
        return SAME, "attendance"
    return why_not_stand(before, stand, now=now)


def why_not_stand(before: Booked, stand: Stand, *, now: datetime) -> tuple[str, str | None] | None:
    """Why that cannot have been so at the session, and the field that it is about."""
    after = amended(before, stand, now=now)
    sentence = (
        why_not_times(after)
        or why_not_past(after.arrived_at, now=now)
        or why_not_past(after.left_at, now=now)
    )
    return (sentence, time_changed(before, after)) if sentence else None


def why_not_add(*, is_cancelled: bool, is_signed: bool) -> str | None:
    """Why nobody is added to a session by an amendment."""
    if is_cancelled:
        return CANCELLED
    return None if is_signed else SHEET_OPEN


def why_not_decide(row: Any, by: Actor) -> str | None:
    """Why somebody does not agree to an amendment."""
    if row.decision is not Decision.WAITING:
        return DECIDED
    return ANOTHER_PERSON if row.asked_by_id == by.id else None


def why_changed(booked: Booked | None, before: Stand | None) -> str | None:
    """Why what was asked for can be done no more: something else stands there by now."""
    there = None if booked is None else stand_of(booked)[:3]
    return None if there == (before and before[:3]) else CHANGED_SINCE


def minutes_of(session: TimedSession, stand: Stand | None) -> int:
    """The minutes that count of what stands."""
    if stand is None or stand.status is not Status.PRESENT:
        return 0
    return delivered(session, stand.arrived_at, stand.left_at)


def needs_second(minutes: int, most: int) -> bool:
    """Whether an amendment by so many minutes waits for a second person."""
    return abs(minutes) > most


# In words


def stand_words(stand: Stand | None, session: Any, zone: ZoneInfo) -> str:
    """`Late, 12 min (arrived 10:12 am)`; `session` has its times and its grace."""
    if stand is None:
        return NOWHERE
    times = times_known(stand, zone)
    return f"{attendance_label(stand, session)}{f' ({times})' if times else ''}"


def before_words(row: Any) -> str:
    """What stood before an amendment, from a row with its session's times."""
    return stand_words(before_of(row), row, ZoneInfo(row.timezone))


def after_words(row: Any) -> str:
    return stand_words(after_of(row), row, ZoneInfo(row.timezone))


def minutes_words(minutes: int) -> str:
    """`45 min more`, `1 h fewer`, `the same minutes`."""
    if not minutes:
        return "no minutes more or fewer"
    return f"{duration(abs(minutes))} {'more' if minutes > 0 else 'fewer'}"


def waits_words(minutes: int, most: int) -> str:
    """That somebody else has to agree."""
    limit = f"more than {duration(most)}" if most else "hours"
    return (
        f"This changes {limit} ({minutes_words(minutes)}): a second person has to agree to it,"
        " and until then everything stays as it is."
    )


def claimed_words(units: int) -> str:
    """That the day has been exported to billing, as so many units."""
    claimed = counted(units, "unit") if units else "no unit"
    return (
        f"This day has been exported to billing as {claimed}: where it comes to something else"
        " with this, the claim is to be corrected."
    )


class DayOf(NamedTuple):
    """What was delivered to somebody on one day: minutes, in so many sessions."""

    minutes: int
    services: int


def day_of(delivered: Collection[int]) -> DayOf:
    """The day of what each of its sessions brought."""
    return DayOf(sum(delivered), sum(minutes > 0 for minutes in delivered))


def day_with(was: DayOf, session: TimedSession, proposal: Proposal) -> DayOf:
    """The same day with what an amendment says of one of its sessions."""
    before, after = minutes_of(session, proposal.before), minutes_of(session, proposal.after)
    return DayOf(was.minutes + after - before, was.services + (after > 0) - (before > 0))


def day_change(day: date, was: DayOf, will: DayOf, program: Program) -> Change:
    """What a day is before and after, by what the program's rule set asks of a full one."""
    return Change(
        f"The whole day, {day_short(day)}", _day_words(was, program), _day_words(will, program)
    )


def _day_words(day: DayOf, program: Program) -> str:
    if not day.minutes:
        return "none: 0 min"
    done, rule_set = duration(day.minutes), program.rule_set
    if rule_set is None:
        return done
    least, services = (
        figure(rule_set.rules, measure, population=program.population) or 0
        for measure in (Measure.DAY_MINUTES_MIN, Measure.DAY_SERVICES_MIN)
    )
    lacks = [duration(least)] if day.minutes < least else []
    lacks += [counted(services, "service")] if day.services < services else []
    if lacks:
        return f"{done}, but {rule_set.name} asks for {' and '.join(lacks)}"
    return f"{done}, enough for {rule_set.name}" if least or services else done
