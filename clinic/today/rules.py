"""What the overview pages say. Values in, words out."""

PARTS = (("morning", "Morning"), ("afternoon", "Afternoon"), ("evening", "Evening"))


def sheet_state(*, listed: int, marked: int, signed: int, is_cancelled: bool) -> str:
    """How far the attendance of a session is taken."""
    if is_cancelled:
        return "cancelled"
    if listed and signed == listed:
        return "signed"
    if not marked:
        return "not started"
    return "complete" if marked == listed else "partly"
