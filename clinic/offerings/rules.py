"""What stands against a change of a program. Values in, words out."""

from collections.abc import Collection

from clinic.formats import counted, listed


def why_not_retire_program(name: str, *, enrolled: int, groups: Collection[str]) -> str | None:
    """Why a program cannot be deactivated."""
    reasons = []
    if enrolled:
        are = "is" if enrolled == 1 else "are"
        reasons.append(f"{counted(enrolled, 'person', 'people')} {are} enrolled")
    if groups:
        run = "runs" if len(groups) == 1 else "run"
        reasons.append(f"{listed(groups)} still {run}")
    return f"{name} goes on: {' and '.join(reasons)}." if reasons else None


def why_not_elsewhere(name: str, uses: Collection[str]) -> str | None:
    """Why a program cannot move to another site."""
    if not uses:
        return None
    meet = "meets" if len(uses) == 1 else "meet"
    return (
        f"{listed(uses)} of {name} {meet} at its site."
        " End them there first, or offer another program at the other site."
    )
