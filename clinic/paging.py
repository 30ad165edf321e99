"""Long lists, a page at a time."""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from clinic.errors import NotFound

PAGE = 25

Row = TypeVar("Row")


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
