"""What stands against a change of a program. Values in, words out."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from clinic.claims.rules import Anew, anew_words
from clinic.consequences import Change, Consequences, Link, Part
from clinic.figures.rules import Finding
from clinic.formats import counted, listed
from clinic.programs.rules import lines_of
from clinic.schedule.rules.seats import seat_warnings

FEW = 5  # groups that are named
MEANWHILE = "Somebody else has changed this rule set a moment ago. Look at it again."
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


def groups_against(groups: Iterable[Any], figures: Collection[Any]) -> list[tuple[Any, str]]:
    """The groups that are planned for more or fewer people than figures say, with what they say."""
    warned = (
        (
            group,
            seat_warnings(
                figures,
                seats=group.seats,
                kind=group.kind,
                population=group.population,
                leaders=group.leaders,
            ),
        )
        for group in groups
    )
    return [(group, said[0]) for group, said in warned if said]


def groups_anew(
    groups: Collection[Any], before: Collection[Any], after: Collection[Any]
) -> list[tuple[Any, str]]:
    """Those against which other figures say something that was not said before."""
    known = groups_against(groups, before)
    return [each for each in groups_against(groups, after) if each not in known]


def groups_words(number: int) -> str:
    """`2 groups do not keep to the figures of the rule set. …`, above those that are named."""
    does, its = ("group does", "its") if number == 1 else ("groups do", "their")
    said = f"{number} {does} not keep to the figures of the rule set."
    return f"{said} Nobody loses a seat: change {its} places or leaders."


def consequences(
    anew: Anew,
    weeks: Mapping[int, Sequence[Finding]],
    then: Mapping[int, Sequence[Finding]],
    *,
    changes: tuple[Change, ...],
    groups: Sequence[Link] = (),
) -> Consequences:
    """What other figures make of claimed days and of this week, by enrollment before and after."""
    others = sum(found != then.get(each) for each, found in weeks.items())
    week = f"This week reads otherwise for {counted(others, 'person', 'people')}."
    return Consequences(
        (
            Part(changes=changes),
            Part("Days that are over", tuple(anew_words(anew))),
            Part("This week", (week if others else THIS_WEEK_STAYS,)),
            *([_groups(groups)] if groups else []),
        )
    )


def _groups(groups: Sequence[Link]) -> Part:
    named = Part(links=tuple(groups[:FEW]), more=more_groups(len(groups)))
    return Part("Groups", (groups_words(len(groups)),), lists=(named,))


def more_groups(number: int) -> str:
    """`and 3 more`, where not all are named."""
    return f"and {number - FEW} more" if number > FEW else ""


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
