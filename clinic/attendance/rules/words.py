from collections.abc import Sequence

from clinic.formats import counted
from clinic.programs.models import Kind
from clinic.schedule.models import Method, Status

WORDS = {
    Status.EXPECTED: "expected",
    Status.PRESENT: "present",
    Status.EXCUSED: "excused",
    Status.LATE_CANCEL: "late cancel",
    Status.NO_SHOW: "no-show",
}
METHODS = {
    Method.KIOSK: "kiosk",
    Method.CARRIED: "carried on",
    Method.STAFF: "staff",
    Method.IMPORT: "import",
}
KINDS = {
    Kind.GROUP: "Group session",
    Kind.INDIVIDUAL: "Individual session",
    Kind.FAMILY: "Family session",
    Kind.EDUCATION: "Education session",
    Kind.OTHER: "Session",
}


def why_stale(name: str, status: Status) -> str:
    """What to say to somebody whose page no longer shows what is so."""
    if status is Status.EXPECTED:
        return f"{name} has just been put back to expected. Look again."
    return f"{name} has just been marked {WORDS[status]}. Look again."


def told(names: Sequence[str], status: Status) -> str:
    """A change in words, beside the button that undoes it."""
    who = names[0] if len(names) == 1 else counted(len(names), "person", "people")
    if status is Status.EXPECTED:
        return f"Put {who} back to expected."
    return f"Marked {who} {WORDS[status]}."
