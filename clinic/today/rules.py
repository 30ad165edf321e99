"""What the board says of a session. Values in, words out."""

from datetime import datetime
from typing import Any


def sheet_state(session: Any, now: datetime) -> str:
    """How far the attendance of a session is taken; a row with the counts of its sheet.

    Who has checked in or called before it began is not attendance yet.
    """
    if session.is_cancelled:
        return "cancelled"
    if session.listed and session.signed == session.listed:
        return "signed"
    if not session.marked or now < session.starts_at:
        return "not started"
    return "complete" if session.marked == session.listed else "partly"
