"""The hold list: what waits, grouped by the act that frees it. Values in, answer out."""

from typing import Any

from clinic.billable.rules import BillableDay


def is_as_said(worth: BillableDay, said: Any | None) -> bool:
    """Return whether somebody has said that a day is not billed, and it is as it was then."""
    return said is not None and (said.units, said.minutes) == (worth.units, worth.minutes)
