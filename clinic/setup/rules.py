"""What stands against a change of the set-up, and what follows from it. Values in, words out."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from clinic.days import WEEKDAYS
from clinic.formats import counted, day_short

NAMED = 3  # titles that a sentence lists before it counts the others


class Use(NamedTuple):
    """A group, or sessions of one title, that still need something."""

    title: str
    sessions: int  # that are coming


def why_not_last_site(name: str, *, others: int) -> str | None:
    if others:
        return None
    return f"{name} is the only site: a clinic has at least one."


def why_not_without_programs(name: str, programs: Sequence[str]) -> str | None:
    """Why a site cannot be done without, while programs are offered there."""
    if not programs:
        return None
    are = "is" if len(programs) == 1 else "are"
    return (
        f"{listed(programs)} {are} offered at {name}."
        f" Deactivate {'it' if len(programs) == 1 else 'them'} first, or choose another site."
    )


def why_not_without(name: str, uses: Sequence[Use]) -> str | None:
    """Why a site or a room cannot be done without."""
    if not uses:
        return None
    sessions = sum(use.sessions for use in uses)
    still = f", {counted(sessions, 'coming session')} in all" if sessions else ""
    return (
        f"{name} is still needed by {listed([use.title for use in uses])}{still}."
        " Move them or end them first."
    )


def why_not_seats(seats: int, fullest: tuple[str, int] | None) -> str | None:
    """Why a room cannot have so few seats; `fullest` is the title and seats of its largest use."""
    if fullest is None or fullest[1] <= seats:
        return None
    title, needed = fullest
    return f"{title} meets there with {counted(needed, 'seat')}. Give it fewer seats first."


def why_not_retire_program(name: str, *, enrolled: int, groups: Sequence[Use]) -> str | None:
    """Why a program cannot be deactivated."""
    reasons = []
    if enrolled:
        are = "is" if enrolled == 1 else "are"
        reasons.append(f"{counted(enrolled, 'person', 'people')} {are} enrolled")
    if groups:
        run = "runs" if len(groups) == 1 else "run"
        reasons.append(f"{listed([use.title for use in groups])} still {run}")
    return f"{name} goes on: {' and '.join(reasons)}." if reasons else None


def why_not_elsewhere(name: str, uses: Sequence[Use]) -> str | None:
    """Why a program cannot move to another site."""
    if not uses:
        return None
    meet = "meets" if len(uses) == 1 else "meet"
    return (
        f"{listed([use.title for use in uses])} of {name} {meet} at its site."
        " End them there first, or offer another program at the other site."
    )


def why_not_closed_from(from_on: date, *, today: date) -> str | None:
    """Why a closure cannot begin on a day."""
    if from_on < today:
        return "Begin today or later: what is past is settled on the sheets of its sessions."
    return None


def why_not_closed_until(until_on: date, *, yesterday: date) -> str | None:
    """Why a closure that has begun cannot be made to end on a day."""
    if until_on < yesterday:
        return f"{day_short(yesterday)} is the earliest last day: the past stays as it was."
    return None


def why_not_closed_twice(is_there: bool) -> str | None:  # noqa: FBT001 - the one fact it is about
    return "The site is closed on exactly these days already." if is_there else None


def why_not_change_closure(until_on: date, *, today: date) -> str | None:
    """Why a closure cannot be changed or removed any more."""
    return "This closure is over: it stays as it was." if until_on < today else None


def listed(words: Collection[str]) -> str:
    """`A`, `A and B`, `A, B and C`, `A, B, C and 2 more`."""
    shown = list(words)[:NAMED]
    more = len(words) - len(shown)
    if more:
        return f"{', '.join(shown)} and {more} more"
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))


def told_of_weeks(
    weekday: int, *, sessions: int, transition_weeks: int, laid_anew: int
) -> str | None:
    """What another first day of the week does."""
    if not (sessions or transition_weeks):
        return None
    first = (
        f"Weeks will begin on {WEEKDAYS[weekday]}: {counted(sessions, 'session')}, past ones too,"
        " are sorted into these weeks, and the hours of every week are added up anew."
    )
    parts = [first]
    if transition_weeks:
        move = "moves" if transition_weeks == 1 else "move"
        parts.append(f"{counted(transition_weeks, 'transition week')} {move} with them.")
    if laid_anew:
        parts.append(
            f"Groups that do not meet every week may meet in other ones: {laid_anew} of their"
            " coming sessions change."
        )
    return " ".join(parts)


def told_of_zone(name: str, timezone: str, *, sessions: int) -> str | None:
    """What another time zone of a site does."""
    if not sessions:
        return None
    move = "moves" if sessions == 1 else "move"
    return (
        f"{counted(sessions, 'coming session')} at {name} {move}, so that the time on the"
        f" wall stays as it is, now in {timezone}. What has begun is left as it was."
    )


def told_of_closure(*, cancelled: int, people: int, brought_back: int) -> str:
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
    return " ".join(parts) or "No session lies on these days."


class Step(NamedTuple):
    """A step of the first day: `state` is done, next or open; `is_ready` when it can be taken."""

    name: str
    state: str
    is_ready: bool


def steps(done: Mapping[str, bool]) -> list[Step]:
    """The steps of the first day in their order; the first that is not done comes next."""
    found = []
    next_name = next((name for name in NEEDS if not done[name]), None)
    for name, needs in NEEDS.items():
        state = "done" if done[name] else "next" if name == next_name else "open"
        found.append(Step(name, state, all(done[need] for need in needs)))
    return found


NEEDS = {  # each step with those it cannot do without
    "organization": (),
    "site": ("organization",),
    "staff": (),
    "program": ("site",),
    "group": ("program",),
    "participant": (),
    "place": ("group", "participant"),
}
