"""A participant's own week: where it is, and how it stands in plain words."""

from collections.abc import Iterable
from datetime import datetime

from clinic.enrollment.models import Enrollment
from clinic.formats import duration
from clinic.hours.rules import State, WeekOf
from clinic.programs.models import Site


def sentence(week: WeekOf) -> str:
    """Where the week stands, in plain words."""
    missing, unconfirmed = week.missing, week.balance.unconfirmed
    match week.state:
        case State.REACHED:
            return "You have reached your hours for this week."
        case State.ON_COURSE:
            return "You are on course: what is booked reaches your hours."
        case State.NEEDS_MAKE_UP | State.OUT_OF_REACH:
            return f"{duration(missing)} are missing. Ask about a session to make up for it."
        case State.SHORT:
            return f"{duration(missing)} were missing in this week."
        case State.UNCONFIRMED:
            return f"{duration(unconfirmed)} are still to be confirmed by staff."
        case State.PARTIAL:
            return "This week is not a whole one for you, so it is not judged."


def site_of(enrollments: Iterable[Enrollment], *, now: datetime) -> Site | None:
    """Where somebody is enrolled now, or else will be next; its day is their today."""
    not_over = [
        each
        for each in enrollments
        if each.until_on is None or each.program.site.today(now) <= each.until_on
    ]
    return min(not_over, key=lambda each: each.from_on).program.site if not_over else None
