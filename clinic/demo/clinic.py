"""A believable clinic around a day: the same for the same day."""

from datetime import date, timedelta
from random import Random
from typing import Any

from clinic.demo import offers
from clinic.demo.lives import TEENS, busy_times, lives
from clinic.demo.people import participants
from clinic.demo.sessions import one_offs

PASSWORD = "demonstration only"  # noqa: S105 - of made-up people
ZONE = offers.ZONES["main"]


def clinic_on(today: date) -> dict[str, Any]:
    """The clinic file of the demonstration, as of a day."""
    random = Random(today.toordinal())  # noqa: S311 - deterministic on purpose
    monday = today - timedelta(days=today.weekday())
    enrollments, individuals = lives(monday)
    series = [*offers.groups(monday), *individuals]
    busy = busy_times(enrollments, series)
    return {
        "clinic": 1,
        "organization": {
            "name": "Riverside Recovery",
            "week_starts": "monday",
            "policy": {"in_a_row": 2, "misses": 4, "days": 28, "after_run": 8, "fall": 25},
        },
        "sites": offers.sites(),
        "staff": list(offers.staff(monday)),
        "rule_sets": [offers.OWN_RULES],
        "programs": list(offers.programs()),
        "series": series,
        "closures": list(offers.closures(monday)),
        "participants": list(participants(random, monday, TEENS)),
        "enrollments": enrollments,
        "sessions": list(one_offs(monday, enrollments, busy)),
    }
