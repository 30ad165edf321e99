"""A participant's own week: where it is, how it stands in plain words, and checking in to it."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from clinic.codes.rules import asks_code, is_open
from clinic.days import DAY, SHORT_WEEKDAYS, common
from clinic.enrollment.models import Enrollment, Leave
from clinic.formats import (
    clock_time,
    counted,
    day_long,
    day_numeric,
    day_short,
    month_day,
)
from clinic.hours.rules import State, WeekOf, days_of
from clinic.policy.rules import Counters
from clinic.programs.models import PhoneCheckIn, Site
from clinic.schedule.models import Mode, Status

WORDS = {
    State.REACHED: "You have reached your hours for this week.",
    State.ON_COURSE: "You are on course for this week.",
    State.NEEDS_MAKE_UP: "Ask about a make-up session: there is still time this week.",
    State.OUT_OF_REACH: "Ask about next week: your clinician can help you plan it.",
    State.SHORT: "This week came up short. Your clinician can help you plan the next one.",
    State.UNCONFIRMED: "Staff have yet to confirm some of your hours.",
}
HELD = "There is still time this week, and a seat is held for you: tell us whether you come."


def sentence(
    week: WeekOf, enrollment: Enrollment, *, offers: Iterable[Any] = (), today: date
) -> str:
    """Where the week stands, in plain words; numbers stand beside it. `offers` are the seats that
    are held for them now."""
    if week.is_to_plan:
        return "That week is not planned in full yet."
    days = days_of(week.week)
    held = [each for each in offers if each.enrollment_id == enrollment.id]
    if week.state is State.NEEDS_MAKE_UP and any(days.covers(each.day) for each in held):
        return HELD
    words = WORDS.get(week.state) or why_no_target(week.week, enrollment, today=today)
    if days.covers(today):
        return words
    return words.replace("this week", "that week").replace("This week", "That week")


def why_no_target(week: date, enrollment: Enrollment, *, today: date) -> str:
    days = days_of(week)
    last = enrollment.until_on
    if last is not None and last < week + 6 * DAY:
        return f"Your last day {_is(last, today)} {day_short(last)}, so this week has no target."
    if enrollment.from_on > week:
        verb = "started" if enrollment.from_on <= today else "start"
        return f"You {verb} mid-week, so this week has no target."
    for leave in enrollment.leaves:
        if common(days, leave.days):
            return f"{_away(leave, today)}, so this week has no target."
    return "This is a transition week, so it has no target."


def _is(day: date, today: date) -> str:
    return "was" if day < today else "is"


def _away(leave: Leave, today: date) -> str:
    last = day_short(leave.until_on)
    if leave.until_on < today:
        return f"You were on leave through {last}"
    if leave.from_on <= today:
        return f"You are on leave through {last}"
    if leave.from_on == leave.until_on:
        return f"You are on leave on {last}"
    return f"You are on leave from {day_short(leave.from_on)} through {last}"


def news(enrollments: Sequence[Enrollment], *, now: datetime) -> str | None:
    """For somebody to whom nothing is to come: what they are enrolled in next, or were last. The
    first day of an enrollment is not the one to come on, so it never stands beside a session."""
    last = over(enrollments, now=now)
    if last is not None:
        return f"Your last day in {last.program.name} was {day_numeric(last.until_on)}."
    not_over = [each for each in enrollments if _goes_on(each, now)]
    first = min(not_over, key=lambda each: each.from_on, default=None)
    if first is None or first.from_on <= first.program.site.today(now):
        return None
    return f"You are enrolled in {first.program.name} from {day_long(first.from_on)}."


def kept_words(since: date, counters: Counters) -> str | None:
    """`Since Oct 5 you came, or said so in time, 14 of 15 times.`"""
    if not counters.marked:
        return None
    kept, times = counters.kept, counted(counters.marked, "time")
    return f"Since {month_day(since)} you came, or said so in time, {kept} of {times}."


def _goes_on(enrollment: Enrollment, now: datetime) -> bool:
    today = enrollment.program.site.today(now)
    return enrollment.until_on is None or today <= enrollment.until_on


def over(enrollments: Iterable[Enrollment], *, now: datetime) -> Enrollment | None:
    """The last one of somebody who is enrolled no more, and will not be as far as is known."""
    last = max(enrollments, key=lambda each: each.until_on or date.max, default=None)
    return last if last and not _goes_on(last, now) else None


def free_words(days: Iterable[date], *, today: date) -> str | None:
    """Days without a session in one line: `Nothing planned today, Thu, Sat.`"""
    words = ["today" if day == today else SHORT_WEEKDAYS[day.weekday()] for day in days]
    return f"Nothing planned {', '.join(words)}." if words else None


def site_of(enrollments: Sequence[Enrollment], *, now: datetime) -> Site | None:
    """Where somebody is enrolled now, or else will be next, or was last; its day is their today."""
    not_over = [each for each in enrollments if _goes_on(each, now)]
    if not_over:
        return min(not_over, key=lambda each: each.from_on).program.site
    last = over(enrollments, now=now)
    return last.program.site if last else None


# Checking in

NOT_OPEN = "Nothing of yours is open for check-in now."
ENTER_CODE = "Enter the code on the screen in the room."


def in_rooms(todays: Iterable[Any], *, now: datetime) -> list[Any]:
    """The sessions in a room to which somebody may check in by phone now."""
    return [
        row
        for row in todays
        if is_open(row, now=now)
        and row.mode is not Mode.VIRTUAL
        and row.phone_check_in is not PhoneCheckIn.OFF
    ]


def waiting(todays: Iterable[Any], *, now: datetime) -> list[Any]:
    """Those to which they have not checked in yet."""
    return [
        row
        for row in in_rooms(todays, now=now)
        if row.status is not Status.PRESENT and row.signed_at is None
    ]


def why_not_check_in(own: Collection[Any], code: str | None) -> str | None:
    """Why nobody checks in; `own` are the sessions in a room that are open for it."""
    if not own:
        return NOT_OPEN
    return ENTER_CODE if not code and all(asks_code(row) for row in own) else None


def reached(todays: Iterable[Any], leads_to: Collection[int], *, now: datetime) -> set[int]:
    """Where a check-in to these may lead: there, and on to what follows in a room. Whatever else
    is open asks for itself."""
    return {
        row.session_id
        for row in todays
        if row.session_id in leads_to
        or (row.mode is not Mode.VIRTUAL and not is_open(row, now=now))
    }


def checked_in_words(places: Sequence[Any], *, zone: ZoneInfo, is_new: bool) -> str:
    """The answer to somebody who is checked in, now or before."""
    since = clock_time(min(place.came_at for place in places), zone)
    return f"You are checked in: {since}." if is_new else f"You had checked in at {since}."


# Joining by video

NOT_OPEN_YET = "This meeting is not open."
IN_THE_ROOM = "You are checked in in the room. Ask whoever leads the session if that is not so."
LEFT_BY_STAFF = "Whoever leads the meeting has noted that you left. Ask them."


def meetings(todays: Iterable[Any], *, now: datetime) -> list[Any]:
    """The meetings by video that somebody can join or leave on their page now."""
    return [row for row in todays if _has_meeting(row, now=now) and not _is_in_room(row)]


def _has_meeting(row: Any, *, now: datetime) -> bool:
    by_video = row.mode is Mode.VIRTUAL or (row.mode is Mode.HYBRID and bool(row.join_link))
    is_off = row.phone_check_in is PhoneCheckIn.OFF or row.signed_at is not None
    return by_video and not is_off and is_open(row, now=now)


def _is_in_room(row: Any) -> bool:
    return row.status is Status.PRESENT and row.took_part is Mode.IN_PERSON


def why_not_join(row: Any, *, now: datetime) -> str | None:
    """Why somebody neither joins nor leaves a meeting by video."""
    if not _has_meeting(row, now=now):
        return NOT_OPEN_YET
    return IN_THE_ROOM if _is_in_room(row) else None


def why_not_rejoin(left_at: datetime | None, left_themselves_at: datetime | None) -> str | None:
    """Why somebody who has left is not taken as back: only their own word is taken back by them."""
    return None if left_at in {None, left_themselves_at} else LEFT_BY_STAFF
