"""A participant's own week: where it is, and how it stands in plain words."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from clinic.days import DAY, SHORT_WEEKDAYS, common
from clinic.enrollment.models import Enrollment, Leave
from clinic.formats import day_long, day_numeric, day_short
from clinic.hours.rules import State, WeekOf, days_of
from clinic.programs.models import Site

WORDS = {
    State.REACHED: "You have reached your hours for this week.",
    State.ON_COURSE: "You are on course for this week.",
    State.NEEDS_MAKE_UP: "Ask about a make-up session: there is still time this week.",
    State.OUT_OF_REACH: "Ask about next week: your clinician can help you plan it.",
    State.SHORT: "This week came up short. Your clinician can help you plan the next one.",
    State.UNCONFIRMED: "Staff have yet to confirm some of your hours.",
}


def sentence(week: WeekOf, enrollment: Enrollment, *, today: date) -> str:
    """Where the week stands, in plain words; numbers stand beside it."""
    return WORDS.get(week.state) or why_no_target(week.week, enrollment, today=today)


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
