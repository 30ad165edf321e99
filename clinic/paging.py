"""Long lists: a page at a time, by the column that somebody chose."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from clinic.errors import NotFound
from clinic.names import sort_key

PAGE = 25

Row = TypeVar("Row")
KeyOf = Callable[[Row], Any]


class Paging(NamedTuple):
    """Where one is in a long list."""

    page: int
    pages: int
    total: int

    @property
    def previous(self) -> int | None:
        return self.page - 1 if self.page > 1 else None

    @property
    def next(self) -> int | None:
        return self.page + 1 if self.page < self.pages else None


class Order(NamedTuple):
    """By which column a list is sorted; written `name`, and `-name` for the other way round."""

    by: str
    is_down: bool = False

    def __str__(self) -> str:
        return f"-{self.by}" if self.is_down else self.by

    def after(self, first: str) -> "Order":
        """The order that a press on a column leads to: as written, then the other way round."""
        column = order_of(first)
        return Order(self.by, not self.is_down) if self.by == column.by else column


def order_of(text: str) -> Order:
    return Order(text.removeprefix("-"), text.startswith("-"))


def order_asked(text: str, columns: Collection[str], usual: str) -> Order:
    """The order in an address, else the usual one; rubbish there is an address we do not know."""
    order = order_of(text or usual)
    if order.by not in columns:
        raise NotFound
    return order


def in_order(rows: Iterable[Row], keys: Mapping[str, KeyOf[Row]], order: Order) -> list[Row]:
    """These rows by a column; among equals as they come, and what has nothing there, last."""
    key = keys[order.by]
    listed = list(rows)
    known = [row for row in listed if key(row) is not None]
    nothing = [row for row in listed if key(row) is None]
    return sorted(known, key=key, reverse=order.is_down) + nothing


class Filter(NamedTuple):
    """What a list is narrowed down by: its name in the address, and its choices in words."""

    name: str
    label: str
    everything: str
    options: Sequence[tuple[str, str]]
    chosen: str
    whole: str = ""  # what asks for everything, where nothing asked for is less than that

    @property
    def is_narrow(self) -> bool:
        return self.chosen not in {"", self.whole}

    @property
    def is_offered(self) -> bool:
        """Whether there is a choice, or one was made."""
        return len(self.options) > 1 or bool(self.chosen)


def filter_asked(
    name: str,
    label: str,
    everything: str,
    pairs: Iterable[tuple[object, str | None]],
    *,
    asked: str,
    called: Callable[[str], str],
    first: object = None,
) -> Filter:
    """A filter by what stands in a list, and by what is asked for, which may be nowhere in it.

    `called` is the word of what is asked for; it raises `NotFound` where there is no such thing.
    By name, after what comes first.
    """
    options = {str(value): word for value, word in pairs if word}
    if asked and asked not in options:
        options[asked] = called(asked)
    in_words = sorted(options.items(), key=lambda one: (one[0] != str(first), sort_key(one[1])))
    return Filter(name, label, everything, in_words, asked)


def paging_of(total: int, *, page: int, most: int = PAGE) -> Paging:
    """Where a page of a list of so many is; raises `NotFound` beyond the last."""
    pages = max(1, -(-total // most))
    if not 1 <= page <= pages:
        raise NotFound
    return Paging(page, pages, total)


def paged(listed: Sequence[Row], *, page: int, most: int = PAGE) -> tuple[Sequence[Row], Paging]:
    """A page of a list that was read whole."""
    paging = paging_of(len(listed), page=page, most=most)
    return listed[(page - 1) * most : page * most], paging
