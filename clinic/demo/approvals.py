"""What payers authorized and physicians certified in the demonstration."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final

DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(weeks=1)
PAYERS: Final = ("Blue Plan of Ohio", "State Medicaid", "Union Health Fund", "Meridian Care")
PHYSICIANS: Final = (("Dr. Lena Ortiz, MD", "35.081423"), ("Dr. Samuel Whitfield, DO", "34.009917"))
WITHOUT: Final = ("aftercare",)  # programs for which nobody asks
# By turns: until when from this Monday (as long as the enrollment where nothing is said), units a
# week, what they are, and after how many weeks another one follows.
TURNS: Final[tuple[tuple[int | None, int, str, int | None], ...]] = (
    (None, 4, "day", None),
    (None, 4, "day", 4),
    (9, 4, "day", None),  # ends next week
    (None, 12, "hour", None),
    (None, 3, "day", None),  # used up before its last day
    (None, 5, "session", 3),
    (None, 4, "day", None),
    (-4, 4, "day", None),  # has ended
)


def approvals(number: int, enrollment: dict[str, Any], monday: date) -> dict[str, Any]:
    """Of an enrollment of the clinic file: what goes with it."""
    if enrollment["program"] in WITHOUT:
        return {}
    first, last = enrollment["from"], enrollment["until"]
    physician, license_number = PHYSICIANS[number % len(PHYSICIANS)]
    certified = {"date": first, "by": physician, "license": license_number}
    if not number % 10 and first <= monday <= last:
        certified["review"] = monday + 3 * DAY
    found = {"authorizations": list(_authorizations(number, first, last, monday))}
    return found | ({"certifications": [certified]} if first <= monday else {})


def _authorizations(number: int, first: date, last: date, monday: date) -> Iterator[dict[str, Any]]:
    ends, a_week, unit, weeks = TURNS[number % len(TURNS)]
    if ends is not None and first + 2 * WEEK <= monday <= last:
        last = monday + ends * DAY
    begins = [first, first + weeks * WEEK] if weeks and first + weeks * WEEK < last else [first]
    for place, (begin, following) in enumerate(pairwise([*begins, last + DAY]), start=1):
        one: dict[str, Any] = {
            "payer": PAYERS[number % len(PAYERS)],
            "number": f"{begin:%y}{number:03d}-{place}",
            "code": "H0015",
            "unit": unit,
            "units": max(1, a_week * ((following - begin) // WEEK)),
            "from": begin,
            "until": following - DAY,
        }
        if number % 12 == 1 and following > monday:
            one["review"] = min(following - DAY, monday + 10 * DAY)
        yield one
