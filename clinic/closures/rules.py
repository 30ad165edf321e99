"""When a site may be closed, and what follows from it. Values in, words out."""

from datetime import date

from clinic.formats import counted, day_short


def why_not_closed_from(from_on: date, *, today: date) -> str | None:
    """Why a closure cannot begin on a day."""
    if from_on < today:
        return "Start today or later: past sessions keep their attendance."
    return None


def why_not_closed_until(until_on: date, *, yesterday: date) -> str | None:
    """Why a closure that has begun cannot be made to end on a day."""
    if until_on < yesterday:
        return f"{day_short(yesterday)} is the earliest last day: past days cannot change."
    return None


def why_not_closed_twice(is_there: bool) -> str | None:  # noqa: FBT001 - the one fact it is about
    return "The site is already closed on exactly these days." if is_there else None


def why_not_change_closure(until_on: date, *, today: date) -> str | None:
    """Why a closure cannot be changed or removed any more."""
    return "This closure is over and can no longer be changed." if until_on < today else None


def closure_sentence(*, cancelled: int, people: int, brought_back: int) -> str:
    """What a closure, or its end, does to sessions."""
    parts = []
    if cancelled:
        are = "is" if cancelled == 1 else "are"
        parts.append(
            f"{counted(cancelled, 'session')} {are} cancelled, with"
            f" {counted(people, 'person', 'people')} booked."
        )
    if brought_back:
        come = "comes" if brought_back == 1 else "come"
        parts.append(f"{counted(brought_back, 'cancelled session')} {come} back.")
    return " ".join(parts) or "No sessions on these days."
