"""Whose turn it is when somebody does not take a seat that they were offered. Values in, answer
out."""

from collections.abc import Collection, Iterable
from typing import Any

from clinic.hours.rules import State, danger

AT_RISK = frozenset({State.NEEDS_MAKE_UP, State.OUT_OF_REACH})


def in_line(
    weeks: Iterable[Any], *, minutes: int, could_come: Collection[int], asked: Collection[int]
) -> list[Any]:
    """Of these weeks, of `EnrollmentWeek`, those that a session of so many minutes would help, in
    the order in which it is offered: whom it brings to their hours, then who is most at risk.

    `could_come` are the enrollments that it fits; `asked` those that were offered it before.
    """
    found = [
        each
        for each in weeks
        if each.hours.state in AT_RISK
        and each.enrollment_id in could_come
        and each.enrollment_id not in asked
    ]
    return sorted(
        found,
        key=lambda each: (
            each.hours.missing > minutes,
            danger(each.hours),
            each.enrollment_key,
        ),
    )
