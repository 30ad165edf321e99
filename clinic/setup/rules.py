"""What stands against a change of the set-up, and what follows from it. Values in, words out."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from clinic.days import WEEKDAYS
from clinic.formats import counted, listed


def why_not_last_site(name: str, *, others: int) -> str | None:
    if others:
        return None
    return f"{name} is the only site. A clinic needs at least one."


def why_not_without_programs(name: str, programs: Sequence[str]) -> str | None:
    """Why a site cannot be done without, while programs are offered there."""
    if not programs:
        return None
    are = "is" if len(programs) == 1 else "are"
    return (
        f"{listed(programs)} {are} offered at {name}."
        f" Retire {'it' if len(programs) == 1 else 'them'} first, or choose another site."
    )


def why_not_without(name: str, uses: Mapping[str, int]) -> str | None:
    """Why a site or a room cannot be done without; `uses` are groups with their coming sessions."""
    if not uses:
        return None
    sessions = sum(uses.values())
    still = f", {counted(sessions, 'coming session')} in all" if sessions else ""
    return f"{name} is still needed by {listed(uses)}{still}. Move them or end them first."


def why_not_seats(seats: int, fullest: tuple[str, int] | None) -> str | None:
    """Why a room cannot have so few seats; `fullest` is the title and seats of its largest use."""
    if fullest is None or fullest[1] <= seats:
        return None
    title, needed = fullest
    return f"{title} meets there with {counted(needed, 'seat')}. Give it fewer seats first."


def weeks_sentence(
    weekday: int, sessions: int, transition_weeks: int, alternating: int
) -> str | None:
    """What another first day of the week does; `alternating` sessions come or go."""
    if not (sessions or transition_weeks):
        return None
    first = (
        f"Weeks will begin on {WEEKDAYS[weekday]}: {counted(sessions, 'session')}, past ones too,"
        " are regrouped into these weeks, and the hours of every week are added up again."
    )
    parts = [first]
    if transition_weeks:
        move = "moves" if transition_weeks == 1 else "move"
        parts.append(f"{counted(transition_weeks, 'transition week')} {move} with them.")
    if alternating:
        parts.append(
            f"Groups that do not meet every week may meet in different weeks:"
            f" {alternating} of their coming sessions change."
        )
    return " ".join(parts)


def zone_sentence(name: str, timezone: str, *, sessions: int) -> str | None:
    """What another time zone of a site does."""
    if not sessions:
        return None
    move = "moves" if sessions == 1 else "move"
    return (
        f"{counted(sessions, 'coming session')} at {name} {move}, so that their clock"
        f" time stays the same, now in {timezone}. Sessions that have begun do not change."
    )


class Step(NamedTuple):
    """A step of the first day: `state` is done, next or open; `is_ready` when it can be taken."""

    name: str
    state: str
    is_ready: bool


def steps(found: Any) -> list[Step]:
    """The steps of the first day in their order; the first that is not done comes next.

    `found` has how many there are of what each step makes.
    """
    done = {name: getattr(found, column) > 0 for name, (column, _) in STEPS.items()}
    next_name = next((name for name in STEPS if not done[name]), None)
    return [
        Step(
            name,
            "done" if done[name] else "next" if name == next_name else "open",
            all(done[need] for need in needs),
        )
        for name, (_, needs) in STEPS.items()
    ]


STEPS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    # what each makes, and the steps that it cannot do without
    "organization": ("organizations", ()),
    "site": ("rooms", ("organization",)),
    "staff": ("clinicians", ()),
    "program": ("programs", ("site",)),
    "group": ("series", ("program",)),
    "participant": ("participants", ()),
    "place": ("places", ("group", "participant")),
}
