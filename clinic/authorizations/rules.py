"""What authorizations cover, and how far they reach. Values in, answers out."""

from collections.abc import Iterable
from datetime import date
from typing import Protocol, TypeVar


class Dated(Protocol):
    """An authorization, as far as its days go."""

    @property
    def id(self) -> int: ...
    @property
    def from_on(self) -> date: ...
    @property
    def until_on(self) -> date: ...


Authorized = TypeVar("Authorized", bound=Dated)


def covers(authorizations: Iterable[Authorized], day: date) -> Authorized | None:
    """Return the authorization that a day falls under: of several the one that ends first."""
    there = [each for each in authorizations if each.from_on <= day <= each.until_on]
    return min(there, key=by_end, default=None)


def by_end(one: Dated) -> tuple[date, date, int]:
    """The order in which authorizations are used."""
    return one.until_on, one.from_on, one.id
