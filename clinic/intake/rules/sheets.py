"""What is left of a file once it has been read: rows of text, and what is in doubt about them."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

MOST_ROWS = 10_000  # besides the one with the names
MOST_COLUMNS = 100
MOST_LETTERS = 2_000  # in a cell

Marks = Mapping[tuple[int, int | None], str]  # by row and column; None: about the row

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class Sheet(NamedTuple):
    """One table of a file. Empty rows are kept, so that rows count as a spreadsheet counts them."""

    name: str
    rows: list[list[str]]
    notices: list[str]
    marks: Marks


def tidy(
    name: str,
    rows: list[list[str]],
    *,
    notices: list[str],
    marks: Marks | None = None,
) -> Sheet:
    """Rows of one length, without empty ones at the end."""
    rows = [_without_end(row) for row in rows]
    while rows and not rows[-1]:
        rows.pop()
    width = max(map(len, rows), default=0)
    found = {place: mark for place, mark in (marks or {}).items() if place[0] < len(rows)}
    return Sheet(name, [row + [""] * (width - len(row)) for row in rows], notices, found)


def why_not_keep(sheets: Sequence[Sheet]) -> str | None:
    """Why what was read is not a list that we take."""
    if not sheets:
        return "This file is empty."
    if sum(len(sheet.rows) for sheet in sheets) > 2 * MOST_ROWS:
        return f"This workbook has more than {2 * MOST_ROWS:,} rows. Bring it in by parts."
    if any(len(cell) > MOST_LETTERS for sheet in sheets for row in sheet.rows for cell in row):
        return f"A cell of this list holds more than {MOST_LETTERS:,} letters."
    return None


def cell_of(text: str) -> str:
    """What can be kept of what stood in a cell, or was typed in its place."""
    return _UNSTORABLE.sub("\ufffd", text.strip())


def _without_end(row: list[str]) -> list[str]:
    row = [cell_of(cell) for cell in row]
    while row and not row[-1]:
        row.pop()
    return row
