from datetime import UTC, date, datetime

import pytest

from clinic.enrollment.models import Enrollment
from clinic.hours.rules import Balance, State, Target, WeekOf
from clinic.portal import rules
from clinic.programs.models import Program, Site

MONDAY = date(2026, 3, 2)
NINE_TO_TWELVE = Target(MONDAY, 540, 720, 3)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.REACHED, "You have reached your hours for this week."),
        (State.ON_COURSE, "You are on course: what is booked reaches your hours."),
        (
            State.NEEDS_MAKE_UP,
            "1 h 30 min are missing. Ask about a session to make up for it.",
        ),
        (
            State.OUT_OF_REACH,
            "1 h 30 min are missing. Ask about a session to make up for it.",
        ),
        (State.SHORT, "1 h 30 min were missing in this week."),
        (State.UNCONFIRMED, "45 min are still to be confirmed by staff."),
        (State.PARTIAL, "This week is not a whole one for you, so it is not judged."),
    ],
)
def test_each_state_of_a_week_has_its_sentence(state, words):
    week = WeekOf(MONDAY, NINE_TO_TWELVE, Balance(0, 0, 45, 0, 0, 0), state, 90, ())
    assert rules.sentence(week) == words


NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
CHICAGO, NEW_YORK = (Site(timezone=zone) for zone in ("America/Chicago", "America/New_York"))


def enrolled(site, from_on, until_on=None):
    days = [day and date.fromisoformat(day) for day in (from_on, until_on)]
    return Enrollment(program=Program(site=site), from_on=days[0], until_on=days[1])


@pytest.mark.parametrize(
    ("enrollments", "site"),
    [
        ([], None),
        ([enrolled(CHICAGO, "2026-01-05", "2026-03-03")], None),
        ([enrolled(CHICAGO, "2026-01-05", "2026-03-04")], CHICAGO),
        (
            [enrolled(CHICAGO, "2026-01-05", "2026-03-03"), enrolled(NEW_YORK, "2026-03-20")],
            NEW_YORK,
        ),
        ([enrolled(CHICAGO, "2026-03-20"), enrolled(NEW_YORK, "2026-01-05")], NEW_YORK),
    ],
)
def test_somebody_is_where_they_are_enrolled_now_or_else_next(enrollments, site):
    assert rules.site_of(enrollments, now=NOON) is site
