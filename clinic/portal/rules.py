"""A participant's own week: where it is, and how it stands in plain words."""

from collections.abc import Iterable
from datetime import date, datetime

from clinic.days import SHORT_WEEKDAYS, common
from clinic.enrollment.models import Enrollment
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
    if enrollment.from_on > week:
        verb = "started" if enrollment.from_on <= today else "start"
        return f"You {verb} mid-week, so this week has no target."
    if common(days, enrollment.days) != days:
        return "Your program ends mid-week, so this week has no target."
    if any(common(days, each.days) for each in enrollment.leaves):
        return "You are on leave for part of this week, so it has no target."
    return "This is a transition week, so it has no target."


def free_words(days: Iterable[date], *, today: date) -> str | None:
    """Days without a session in one line: `Nothing planned: today, Thu, Sat.`"""
    words = ["today" if day == today else SHORT_WEEKDAYS[day.weekday()] for day in days]
    return f"Nothing planned: {', '.join(words)}." if words else None


def site_of(enrollments: Iterable[Enrollment], *, now: datetime) -> Site | None:
    """Where somebody is enrolled now, or else will be next; its day is their today."""
    not_over = [
        each
        for each in enrollments
        if each.until_on is None or each.program.site.today(now) <= each.until_on
    ]
    return min(not_over, key=lambda each: each.from_on).program.site if not_over else None
