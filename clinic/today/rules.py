"""What the board says of a session. Values in, words out."""

from typing import Any


def sheet_state(session: Any) -> str:
    """How far the attendance of a session is taken; a row with the counts of its sheet."""
    if session.is_cancelled:
        return "cancelled"
    if session.listed and session.signed == session.listed:
        return "signed"
    if not session.marked:
        return "not started"
    return "complete" if session.marked == session.listed else "partly"
