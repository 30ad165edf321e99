"""One run of an import: what it did so far, and what stands against it."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from clinic import trail
from clinic.db import Base, db
from clinic.errors import Refused
from clinic.trail import Actor


class Run:
    """What was created, changed and left, and every problem with its path."""

    def __init__(self, *, by: Actor, now: datetime) -> None:
        self.by = by
        self.now = now
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)
        self.problems: list[str] = []
        self._outcomes: dict[tuple[str, int], str] = {}

    @contextmanager
    def at(self, path: str) -> Iterator[None]:
        """A rule's no becomes a problem of this place in the file; the next place is tried."""
        try:
            yield
        except Refused as refused:
            self.problems.append(f"{path}: {refused.sentence}")

    def note(self, what: str, outcome: str) -> None:
        self.counts[what][outcome] += 1

    def put(
        self,
        what: str,
        found: Any,
        make: type[Base],
        values: Mapping[str, Any],
        *,
        has_changed: bool = False,
    ) -> Any:
        """Create a row, or bring the one that was found up to date; None leaves what is there.

        `has_changed` says that something that belongs to it did.
        """
        given = {name: value for name, value in values.items() if value is not None}
        if found is None:
            found = make(**given)
            db.add(found)
            outcome = "created"
        else:
            differs = any(getattr(found, name) != value for name, value in given.items())
            outcome = "changed" if differs or has_changed else "unchanged"
            for name, value in given.items():
                setattr(found, name, value)
        db.flush()
        self._outcomes[what, found.id] = outcome
        self.note(what, outcome)
        if outcome != "unchanged":
            self._record(found, outcome)
        return found

    def note_change(self, what: str, found: Any) -> None:
        """Something else of a row that was put before changed, too."""
        if self._outcomes[what, found.id] == "unchanged":
            self._outcomes[what, found.id] = "changed"
            self.counts[what].subtract(["unchanged"])
            self.note(what, "changed")
            self._record(found, "changed")

    def _record(self, found: Any, outcome: str) -> None:
        verb = f"{found.__tablename__}.imported"
        trail.record(verb, found, by=self.by, now=self.now, outcome=outcome)

    @property
    def has_changed(self) -> bool:
        return any(count["created"] or count["changed"] for count in self.counts.values())
