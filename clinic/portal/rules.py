"""What a participant is told of their own week. Values in, words out."""

from datetime import datetime
from typing import Any

from clinic.formats import duration
from clinic.hours.rules import State, WeekOf


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


def attendance(visit: Any, *, now: datetime) -> str:
    """How a visit stands, in words: nobody is present yet at what has not begun."""
    is_ahead = visit.status == "present" and now < visit.starts_at
    label: str = visit.label
    return "Checked in" if is_ahead else label
