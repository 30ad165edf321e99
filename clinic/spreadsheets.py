"""Records as tables for spreadsheets, as CSV or as a workbook: text in them is never a formula."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

Record = dict[str, Any]


def csv_lines(records: Iterable[Record], columns: Iterable[str]) -> Iterator[str]:
    """Yield the header and the records as lines of a spreadsheet."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns), lineterminator="\n")
    writer.writeheader()
    for record in records:
        yield _taken(text)
        writer.writerow({name: as_cell(value) for name, value in record.items()})
    yield _taken(text)


def _taken(text: io.StringIO) -> str:
    written = text.getvalue()
    text.seek(0)
    text.truncate()
    return written


def workbook(records: Iterable[Record], columns: Iterable[str], *, name: str) -> bytes:
    """Return the same table as an Excel workbook (.xlsx) with one sheet."""
    book, names = Workbook(write_only=True), list(columns)
    sheet = book.create_sheet(name)
    sheet.append(names)
    for record in records:
        sheet.append([_as_written(record.get(each)) for each in names])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _as_written(value: Any) -> Any:
    """A cell without the characters that no workbook may hold."""
    return ILLEGAL_CHARACTERS_RE.sub("", as_cell(value)) if isinstance(value, str) else value


def as_cell(value: Any) -> Any:
    """A value as a spreadsheet may have it: text that would be a formula is led by a quote."""
    if not isinstance(value, str):
        return value
    is_formula = value.startswith(("=", "+", "-", "@", "\t", "\r"))
    # A lone carriage return ends a line for spreadsheets, but is not quoted by the writer.
    return ("'" if is_formula else "") + value.replace("\r", " ")
