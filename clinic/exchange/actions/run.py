"""One run of an import: what it did so far, and what stands against it."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from clinic.bulk import counted_off
from clinic.errors import Refused
from clinic.trail import Actor

PARTS = {  # of a path, by the fact of an action that a refusal is about
    "from_on": "from",
    "until_on": "until",
    "last_on": "until",
    "target": "weekly_hours",
    "weeks": "transition_weeks",
    "max_minutes": "weekly_hours",
    "max_service_days": "service_days",
    "birth_on": "birth_date",
    "certified_on": "date",
    "review_on": "review",
    "given_on": "given",
    "expires_on": "expires",
    "revoked_on": "revoked",
    "starts": "start",
    "ends": "end",
    "leader_ids": "leaders",
    "day": "date",
    "people": "enrollments",
}
LINE = re.compile(r"[a-z_]+(\[\d+\])?")  # of a list, at the beginning of a path
Shaped = TypeVar("Shaped")
HOW_TO_SAY_WHY = "(--reason TEXT)"


def _list_of(lines: Mapping[str, Any]) -> str:
    """The name of the list of the file that the first of these paths is in."""
    return next(iter(lines)).partition("[")[0]


class Run:
    """What was created, changed and left, and every problem with its path.

    `amends` is why the file may change weeks that are over.
    """

    def __init__(self, *, by: Actor, now: datetime, amends: str | None = None) -> None:
        self.by = by
        self.now = now
        self.acting: dict[str, Any] = {"by": by, "now": now}
        self.amending: dict[str, Any] = {"amends": amends} | self.acting
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)
        self.problems: list[str] = []
        self.left_out: set[str] = set()
        self._later: dict[str, Callable[[], Any]] = {}

    def leave_out(self, problems: Iterable[str]) -> None:
        """Look at no line with such a problem, but at the others for theirs."""
        self.problems += problems
        self.left_out |= {LINE.match(problem)[0] for problem in self.problems}  # type: ignore[index]

    def lines(self, name: str, shapes: Iterable[Shaped]) -> Iterator[tuple[str, Shaped]]:
        """The lines of a list of the file, by their paths."""
        for n, shape in enumerate(shapes):
            if f"{name}[{n}]" not in self.left_out:
                yield f"{name}[{n}]", shape

    @contextmanager
    def at(self, path: str) -> Iterator[None]:
        """A rule's no becomes a problem of this place in the file; the next place is tried."""
        try:
            yield
        except Refused as refused:
            self.refuse(path, refused)
        except KeyError:
            self._lacks()

    def _lacks(self) -> None:
        """Leave a line out that refers to one that was left out; else it is a bug."""
        if not self.problems:
            raise  # noqa: PLE0704 - called where one is handled

    def refuse(self, path: str, refused: Refused) -> None:
        if refused.field == "amends":
            self.problems.append(f"{path}: {refused.sentence} {HOW_TO_SAY_WHY}")
            return
        for each in (refused, *refused.more):
            part = PARTS.get(each.field or "", each.field)
            place = path if part is None or path.endswith(f".{part}") else f"{path}.{part}"
            self.problems.append(f"{place}: {each.sentence}")

    def in_turns(self, lines: Mapping[str, Callable[[], Any]]) -> None:
        """Do each line, by its path; one that is refused waits for others, which may make room."""
        while lines:
            refusals = {}
            for path, act in counted_off(_list_of(lines), lines.items()):
                try:
                    act()
                except Refused as refused:
                    refusals[path] = refused
                except KeyError:
                    self._lacks()
            if len(refusals) == len(lines):
                for path, refusal in refusals.items():
                    self.refuse(path, refusal)
                return
            lines = {path: lines[path] for path in refusals}

    def now_or_later(self, path: str, act: Callable[[], Any]) -> None:
        """Do a line now or, where it is refused, once all is in: that may make room for it."""
        try:
            act()
        except Refused:
            self._later[path] = act

    def catch_up(self) -> None:
        self.in_turns(self._later)

    def note(self, what: str, outcome: str) -> None:
        self.counts[what][outcome] += 1

    def bring(
        self,
        path: str,
        found: Any,
        facts: Mapping[str, Any],
        *,
        add: Callable[..., Any],
        change: Callable[..., Any],
        switch: tuple[Callable[..., None], Callable[..., None]] | None = None,
        **there: Any,
    ) -> Any:
        """Add a thing, or change the one that was found, by the actions of its feature.

        A fact that is None leaves what is there: its column, or what `there` says of it. With
        `switch`, off and on, whether it is in use is one: that waits until all is in.
        """
        what = path.rpartition(".")[2].partition("[")[0]
        _ = self.counts[what]  # listed before the sessions that change with it
        given = {name: value for name, value in facts.items() if value is not None}
        if found is None:
            found = add(**given, **self.acting)
            self.note(what, "created")
            return found
        is_active = given.pop("is_active", None) if switch else None
        names = facts.keys() - {"is_active"} if switch else facts
        there = {name: there[name] if name in there else getattr(found, name) for name in names}
        is_changed = there != there | given
        if is_changed:
            change(found, **(there | given), **self.acting)
        if switch and is_active not in (None, found.is_active):
            self._later[f"{path}.active"] = partial(switch[is_active], found, **self.acting)
            is_changed = True
        self.note(what, "changed" if is_changed else "unchanged")
        return found

    @property
    def has_changed(self) -> bool:
        return any(count["created"] or count["changed"] for count in self.counts.values())
