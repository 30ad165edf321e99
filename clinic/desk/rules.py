"""One person at the desk or on the telephone: their sessions, and what a call leads to. Values in,
words out."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from clinic.consequences import Change, Consequences, Part
from clinic.days import DAY, why_not_range
from clinic.enrollment.models import Enrollment
from clinic.enrollment.rules import is_away
from clinic.formats import counted, day_near, day_numeric, day_short, month_day, times_at
from clinic.hours.rules import WeekOf
from clinic.makeups.rules import OFFERED, Place, Ranked
from clinic.offers.models import CameOfIt
from clinic.offers.rules import SAID_NO, state_words, why_not_offer
from clinic.schedule.models import ANNOUNCED, Status
from clinic.schedule.rules.sessions import why_too_far
from clinic.schedule.rules.words import MARKS, is_checked_in, notice_hint, session_name

SHOWN_WEEKS = 3  # that change, before they are counted
SHOWN_SEATS = 6
OFFERED_DAYS = 7  # to come back on
OVER = "That day is over. Choose today or a later day."
NOT_ENROLLED = "They are not enrolled today or later, so there is nothing to cancel."
JUST_CHANGED = "changed a moment ago"
NO_SEATS = "No other session of the program has a free seat in these weeks at a time they can come."


class Voice(NamedTuple):
    """How sessions are spoken of to somebody."""

    with_topics: bool
    home: ZoneInfo  # of the reader's own site; others are named
    leaders: Mapping[int, Sequence[Any]] = MappingProxyType({})  # by session

    def words(self, row: Any) -> str:
        """`Mon, Mar 9, 6:00 - 9:00 pm: Process, Room 1`."""
        at = ZoneInfo(row.timezone)
        times = times_at(row.starts_at, row.ends_at, at, self.home)
        title = session_name(
            row,
            [each.name for each in self.leaders.get(row.session_id, ())],
            with_topics=self.with_topics,
        )
        room = f", {row.room}" if row.room else ""
        return f"{day_short(row.day)}, {times}: {title}{room}"


class Call(NamedTuple):
    """What became of somebody's sessions from now to a day; rows of `bookings_of`."""

    called_off: Sequence[tuple[Any, Status]]
    left_alone: Sequence[tuple[Any, str]]  # with the reason


class Free(NamedTuple):
    """The free seats that somebody could have."""

    places: Sequence[Place]  # by start
    joined_by: Mapping[int, int]  # session id to the enrollment with which they would join it


def todays(rows: Iterable[Any], now: datetime) -> list[Any]:
    """The sessions of the day that it is where each of them is."""
    return [row for row in rows if row.day == _today(row, now)]


def later(rows: Iterable[Any], now: datetime) -> list[Any]:
    return [row for row in rows if row.day > _today(row, now)]


def _today(row: Any, now: datetime) -> date:
    return now.astimezone(ZoneInfo(row.timezone)).date()


def today_of(enrollments: Iterable[Enrollment], *, home: date, now: datetime) -> date:
    """The day where somebody is served, the earliest of several; for nobody, `home`."""
    return min((each.program.site.today(now) for each in enrollments), default=home)


def is_awaited(row: Any, *, opens_at: datetime, now: datetime) -> bool:
    """Whether somebody can be checked in to a session now who is not yet."""
    is_open = opens_at <= now <= row.ends_at and not row.is_cancelled
    return is_open and row.signed_at is None and row.status in {Status.EXPECTED, *ANNOUNCED}


def may_join_on(day: date, enrollments: Iterable[Enrollment]) -> bool:
    """Whether somebody can be added to a session of a day: they are enrolled, and not on leave."""
    return any(each.days.covers(day) and not is_away(each, day) for each in enrollments)


def is_call_likely(coming: Any | None, todays: Iterable[Any]) -> bool:
    """Whether that somebody does not come is what one is most likely to note of them."""
    return coming is not None and all(row.status is not Status.PRESENT for row in todays)


def back_on(today: date) -> list[date]:
    """The days that a caller may name: not until Thursday."""
    return [today + n * DAY for n in range(1, OFFERED_DAYS + 1)]


def why_not_from(first_on: date | None, last_on: date, *, today: date) -> str | None:
    """Why nobody can be called off from a day on, where not from now on."""
    if first_on is None:
        return None
    return OVER if first_on < today else why_not_range(first_on, last_on)


def why_not_away(last_on: date, *, today: date, ends: Collection[date | None]) -> str | None:
    """Why nobody can be called off through a day; `ends` are those of their enrollments."""
    if last_on < today:
        return OVER
    days = [day for day in ends if day is not None]
    last = max(days, default=None) if len(days) == len(ends) else date.max
    if last is None or last < today:
        return NOT_ENROLLED
    if last_on > last:
        return f"Their enrollment ends on {day_numeric(last)}. Choose that day or an earlier one."
    return why_too_far(last_on, today=today)


def why_left_alone(row: Any, *, is_own: bool, now: datetime) -> str | None:
    """Why a call leaves a session as it is."""
    if row.is_cancelled:
        return "cancelled by the clinic"
    if is_checked_in(row, row, now):
        return "checked in already"
    if row.status is not Status.EXPECTED:
        return f"marked {MARKS[row.status]} already"
    return None if is_own else "led by somebody else"


def why_nothing(
    left_alone: Collection[tuple[Any, str]],
    last_on: date,
    *,
    first_on: date | None = None,
    today: date,
    who: str = "They",
) -> str:
    """Why a call changes nothing."""
    days = days_words(last_on, first_on=first_on, today=today)
    if not left_alone:
        return f"{who} have no sessions {days}."
    reasons = "; ".join(dict.fromkeys(why for _, why in left_alone))
    return f"Nothing left to cancel {days}: {reasons}."


def days_words(last_on: date, *, first_on: date | None = None, today: date) -> str:
    """`today`, `through Thu, Mar 5`, `on Thu, Mar 5`, `from Wed, Mar 4 through Thu, Mar 5`."""
    if last_on == today:
        return "today"
    last = day_near(last_on, today)
    if first_on is None or first_on <= today:
        return f"through {last}"
    if first_on == last_on:
        return f"on {last}"
    return f"from {day_near(first_on, today)} through {last}"


def away_words(
    last_on: date, *, first_on: date | None = None, today: date, reason: str | None = None
) -> str:
    """`Today`, `Through Thu, Mar 5: “flu”`."""
    days = days_words(last_on, first_on=first_on, today=today)
    return days[0].upper() + days[1:] + (f": “{reason}”" if reason else "")


def consequences(
    call: Call,
    weeks: Iterable[tuple[Any, WeekOf]],
    seats: Sequence[Any] | None,
    *,
    notice_hours: int,
    voice: Voice,
    now: datetime,
) -> Consequences:
    """What a call leads to: each session with its word, the weeks before and after, and the seats
    that can be offered, where they are."""
    parts = [
        Part(
            f"{counted(len(call.called_off), 'session')} called off",
            tuple(_notice(call, notice_hours, now=now)),
            tuple(
                Change(voice.words(row), _before(row, now), MARKS[status].capitalize())
                for row, status in call.called_off
            ),
        ),
        Part(
            "Not changed",
            lists=(Part("", tuple(f"{voice.words(row)} ({why})" for row, why in call.left_alone)),),
        ),
        _hours(weeks),
        Part() if seats is None else _offers(seats, voice),
    ]
    return Consequences(tuple(part for part in parts if _says_something(part)))


def _says_something(part: Part) -> bool:
    lists = any(each.sentences for each in part.lists)
    return bool(part.sentences or part.changes or part.weeks or lists)


def _before(row: Any, now: datetime) -> str:
    return "Expected, has begun" if row.starts_at <= now else "Expected"


def _notice(call: Call, notice_hours: int, *, now: datetime) -> Iterator[str]:
    """The policy in words, where some of these come too late for it."""
    late = [row for row, status in call.called_off if status is Status.LATE_CANCEL]
    coming = [row for row in late if row.starts_at > now]
    if coming:
        hint = notice_hint(
            coming[0].starts_at, notice_hours, now=now, zone=ZoneInfo(coming[0].timezone)
        )
        yield from filter(None, [hint])
    if len(coming) < len(late):
        yield "A session that has begun counts as a late cancel and keeps its seat."


def beside(before: Iterable[Any], after: Iterable[Any]) -> list[tuple[Any, WeekOf]]:
    """Pairs of a week before, an `EnrollmentWeek`, and its hours after, of those that still are."""
    then = {(each.enrollment_id, each.hours.week): each.hours for each in after}
    found = ((each, then.get((each.enrollment_id, each.hours.week))) for each in before)
    return [(each, hours) for each, hours in found if hours is not None]


def _hours(weeks: Iterable[tuple[Any, WeekOf]]) -> Part:
    """Of pairs of a week before and after: `EnrollmentWeek`, and its hours by then."""
    changed = [(was, then) for was, then in weeks if was.hours != then]
    shown = tuple(
        Change(f"Week of {month_day(then.week)}", was.hours, then, was.program.name)
        for was, then in changed[:SHOWN_WEEKS]
    )
    more = len(changed) - len(shown)
    rest = (f"{counted(more, 'more week')} with fewer hours.",) if more else ()
    return Part("Hours", rest, weeks=shown)


def _offers(seats: Sequence[Any], voice: Voice) -> Part:
    rest = len(seats) - SHOWN_SEATS
    more = f"and {rest} more" if rest > 0 else ""
    listed = Part("", tuple(map(voice.words, seats[:SHOWN_SEATS])), more=more)
    return Part(
        "Free seats to offer", () if seats else (NO_SEATS,), lists=(listed,) if seats else ()
    )


def done_words(
    name: str, call: Call, last_on: date, *, first_on: date | None = None, today: date
) -> str:
    """That a call is saved."""
    days = days_words(last_on, first_on=first_on, today=today)
    return f"{name} is not expected {days}: {counted(len(call.called_off), 'session')} called off."


def may_take_back(offers: Iterable[Any], visits: Iterable[Any], *, now: datetime) -> set[int]:
    """The make-ups, of these, that somebody was put on and is expected at: what was said on the
    telephone can be unsaid there, until it begins."""
    ahead = {
        (row.enrollment_id, row.session_id)
        for row in visits
        if row.status == Status.EXPECTED and row.starts_at > now and not row.is_cancelled
    }
    return {
        row.id
        for row in offers
        if row.outcome is CameOfIt.PLACED and (row.enrollment_id, row.session_id) in ahead
    }


def to_offer(seats: Iterable[Any], away: Collection[date], *, now: datetime) -> list[Any]:
    """Return those of these free seats that have not begun, and are on no day of an absence."""
    return [row for row in seats if row.starts_at > now and row.day not in away]


def best_first(seats: Iterable[Place], best: Iterable[Ranked]) -> list[tuple[Place, Ranked | None]]:
    """Free seats, the few to offer first as they are ranked, the others in their order; with what
    each makes up for."""
    there = {place.session_id: place for place in seats}
    ranked = {each.place.session_id: each for each in best if each.place.session_id in there}
    first = [*ranked][:OFFERED]
    order = [*first, *(each for each in there if each not in first)]
    return [(there[each], ranked.get(each)) for each in order]


def why_no_offers(
    seats: Iterable[Place], joined_by: Mapping[int, int], offers: Iterable[Any], *, now: datetime
) -> dict[int, str]:
    """By session: why somebody who could be asked on their page is not offered a seat in it;
    `offers` are what they were offered, the latest first."""
    said_no = {
        (row.session_id, row.enrollment_id): row
        for row in reversed([*offers])
        if row.outcome in SAID_NO
    }
    found = {}
    for place in seats:
        session_id, at = place.session_id, ZoneInfo(place.timezone)
        row = said_no.get((session_id, joined_by[session_id]))
        why = why_not_offer(place.starts_at, at, is_out=False, has_page=True, now=now)
        if row or why:
            found[session_id] = (
                f"{state_words(row, now=now)}. To ask again, call them." if row else why or ""
            )
    return found


def undo_words(facts: Collection[Mapping[str, Any]]) -> str:
    """What can be undone, by what the trail keeps of it."""
    absent = [each for each in facts if Status(each["after"]["status"]) in ANNOUNCED]
    if absent:
        return f"You called off {counted(len(absent), 'session')}."
    return "You checked them in."
