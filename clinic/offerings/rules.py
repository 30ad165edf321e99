"""What stands against a change of a program. Values in, words out."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from clinic.claims.rules import Anew, anew_words
from clinic.consequences import Change, Consequences, Part
from clinic.figures.rules import Finding
from clinic.formats import counted, listed
from clinic.programs.rules import lines_of

THIS_WEEK_STAYS = "This week reads as before for everybody."


def figures_changed(before: Collection[Any], after: Collection[Any]) -> tuple[Change, ...]:
    """The lines of a rule set that become others; of adults and those under 18, where they
    differ."""
    was, will = _lines(before), _lines(after)
    lines = (Change(what, was.get(what, ""), will.get(what, "")) for what in {**was, **will})
    return tuple(line for line in lines if not line.is_same)


def _lines(figures: Collection[Any]) -> dict[str, str]:
    return {
        what: adults if adults == young else f"adults {adults}, under 18 {young}"
        for what, adults, young in lines_of(figures)
    }


def consequences(
    anew: Anew,
    weeks: Mapping[int, Sequence[Finding]],
    then: Mapping[int, Sequence[Finding]],
    *,
    changes: tuple[Change, ...],
) -> Consequences:
    """What other figures make of claimed days and of this week, by enrollment before and after."""
    others = sum(found != then.get(each) for each, found in weeks.items())
    week = f"This week reads otherwise for {counted(others, 'person', 'people')}."
    return Consequences(
        (
            Part(changes=changes),
            Part("Days that are over", tuple(anew_words(anew))),
            Part("This week", (week if others else THIS_WEEK_STAYS,)),
        )
    )


def program_changed(sessions: int, anew: Anew) -> list[str]:
    """What a change of a program led to: `Saved.`, `3 coming sessions will be counted again.`"""
    counted_again = f"{counted(sessions, 'coming session')} will be counted again."
    return [
        "Saved.",
        *([counted_again] if sessions else []),
        *(anew_words(anew) if anew.claims or anew.unclaimed else []),
    ]


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
