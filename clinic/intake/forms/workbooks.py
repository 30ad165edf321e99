"""Reading Excel workbooks. Values only: no formula is computed, no macro run, no link followed."""

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from datetime import datetime, time
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

from openpyxl import load_workbook
from openpyxl.utils.cell import column_index_from_string, get_column_letter
from openpyxl.worksheet.cell_range import CellRange

from clinic.errors import Refused
from clinic.intake.rules.sheets import MOST_COLUMNS, MOST_ROWS, Sheet, tidy

MOST_PARTS = 500
MOST_BYTES = 60 * 1024 * 1024  # of everything in it, unpacked
MOST_TAGS = 1_500_000  # a cell has about four
MOST_COVERED = 50_000
MOST_LISTED = 5

BROKEN = "This workbook cannot be read. Open it, save it as .xlsx again or as CSV, and choose that."
NO_WORKBOOK = "This is not an Excel workbook (.xlsx). Save the list as one, or as CSV, first."
TOO_LARGE = "This workbook unpacks to more than we read. Copy the list into a new one, and try it."
NOT_COMPUTED = (
    "This is a formula, and the file does not hold its value. Type the value here, or open the"
    " workbook, save it, and bring it in again."
)
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_ZEROS = re.compile(r"0+")


class _Part(NamedTuple):
    """What openpyxl's reading of values does not tell of a sheet."""

    not_computed: list[tuple[int, int, str]]  # row, column, formula
    merged: list[str]
    hidden_rows: list[int]
    hidden_columns: list[str]


def read_workbook(data: bytes) -> list[Sheet]:
    """The sheets of a workbook that hold anything; raises `Refused` where it cannot be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _refuse_bomb(archive)
            if "xl/workbook.xml" not in archive.namelist():
                raise Refused(NO_WORKBOOK)  # noqa: TRY301 - goes on as it is
            parts = _parts_of(archive)
        return list(_sheets(data, parts))
    except Refused:
        raise
    except Exception:  # noqa: BLE001 - a damaged file can break its reader in any way
        raise Refused(BROKEN) from None


def _refuse_bomb(archive: zipfile.ZipFile) -> None:
    """Before anything is unpacked as a whole: sizes as they are told, which hold when unpacking."""
    parts = archive.infolist()
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_BYTES:
        raise Refused(TOO_LARGE)
    tags = 0
    for part in parts:
        with archive.open(part) as file:
            while block := file.read(1024 * 1024):
                tags += block.count(b"<")
                if tags > MOST_TAGS:
                    raise Refused(TOO_LARGE)


def _parts_of(archive: zipfile.ZipFile) -> dict[str, _Part]:
    """By the name of the sheet."""
    targets = {
        relation.get("Id"): relation.get("Target", "")
        for relation in ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 - expat limits entities itself
    }
    book = ET.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 - the same
    parts = {}
    for sheet in book.iter(f"{_MAIN}sheet"):
        target = targets.get(sheet.get(_RELATION), "")
        path = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
        if path in archive.namelist() and "chartsheets/" not in path:
            with archive.open(path) as file:
                parts[sheet.get("name", "")] = _scan(file)
    return parts


def _scan(file: Any) -> _Part:
    part = _Part([], [], [], [])
    row = 0
    for _, element in ET.iterparse(file):  # noqa: S314 - the same
        match element.tag.removeprefix(_MAIN):
            case "row":
                row = int(element.get("r") or row + 1)
                part.not_computed.extend(_not_computed(element, row))
                if element.get("hidden") in {"1", "true"}:
                    part.hidden_rows.append(row)
                element.clear()
            case "col" if element.get("hidden") in {"1", "true"}:
                first, last = int(element.get("min", "1")), int(element.get("max", "1"))
                letters = range(first, min(last, MOST_COLUMNS) + 1)
                part.hidden_columns.extend(map(get_column_letter, letters))
            case "mergeCell":
                part.merged.append(element.get("ref", ""))
    return part


def _not_computed(row: ET.Element, number: int) -> Iterator[tuple[int, int, str]]:
    """The formulas of a row whose values the file does not hold."""
    column = 0
    for cell in row:
        place = cell.get("r")  # where it is missing, a cell follows the one before
        column = column_index_from_string(place.rstrip("0123456789")) if place else column + 1
        formula, value = cell.find(f"{_MAIN}f"), cell.find(f"{_MAIN}v")
        has_value = value is not None and (value.text or cell.get("t") == "str")
        if formula is not None and not has_value:
            yield number - 1, column - 1, f"={formula.text or ''}"


def _sheets(data: bytes, parts: dict[str, _Part]) -> Iterator[Sheet]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what it leaves out: we want the values alone
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        try:
            for sheet in book.worksheets:
                sheet.reset_dimensions()  # the size that the file tells of itself may be wrong
                found = _sheet(sheet, parts.get(sheet.title) or _Part([], [], [], []))
                if found.rows:
                    yield found
        finally:
            book.close()


def _sheet(sheet: Any, part: _Part) -> Sheet:
    rows: list[list[str]] = []
    marks: dict[tuple[int, int | None], str] = {}
    for at, cells in enumerate(sheet.iter_rows()):
        is_empty = all(cell.value is None for cell in cells)
        if is_empty and at > MOST_ROWS:
            continue
        if at > MOST_ROWS:
            raise Refused(
                f"The sheet “{sheet.title}” has more than {MOST_ROWS:,} rows. Bring it in by parts."
            )
        if any(cell.value is not None for cell in cells[MOST_COLUMNS:]):
            raise Refused(f"The sheet “{sheet.title}” has more than {MOST_COLUMNS} columns.")
        rows.append([text_of(cell) for cell in cells[:MOST_COLUMNS]])
        for place, cell in enumerate(cells[:MOST_COLUMNS]):
            if cell.value is not None and cell.data_type == "e":
                marks[at, place] = f"The spreadsheet shows an error here: {cell.value}"
    for at, place, formula in part.not_computed:
        if at <= MOST_ROWS and place < MOST_COLUMNS:
            rows += [[] for _ in range(at + 1 - len(rows))]
            rows[at] += [""] * (place + 1 - len(rows[at]))
            rows[at][place] = formula
            marks[at, place] = NOT_COMPUTED
    marks |= _covered(part.merged)
    return tidy(sheet.title, rows, notices=_notices(part), marks=marks)


def _covered(ranges: list[str]) -> dict[tuple[int, int | None], str]:
    """The cells below merged ones: they hold nothing, though they look as if they did."""
    marks: dict[tuple[int, int | None], str] = {}
    for merged in ranges:
        left, top, right, bottom = CellRange(merged).bounds
        rows = range(top, min(bottom, MOST_ROWS + 1) + 1)
        columns = range(left, min(right, MOST_COLUMNS) + 1)
        if len(marks) + len(rows) * len(columns) > MOST_COVERED:
            raise Refused("This workbook has too many merged cells. Unmerge them and try again.")
        sentence = (
            f"{merged} are merged into one cell in the spreadsheet, and only the first of them has"
            " a value. Check this row."
        )
        marks |= {
            (row - 1, column - 1): sentence
            for row in rows
            for column in columns
            if (row, column) != (top, left)
        }
    return marks


def _notices(part: _Part) -> list[str]:
    notices = []
    if part.merged:
        notices.append(f"Merged cells: {_listed(part.merged)}. Only the first of them has a value.")
    if part.hidden_rows:
        rows = _listed(list(map(str, part.hidden_rows)))
        notices.append(f"Rows that are hidden in the spreadsheet are read like the others: {rows}.")
    if part.hidden_columns:
        columns = _listed(part.hidden_columns)
        notices.append(f"Columns that are hidden in the spreadsheet are read, too: {columns}.")
    return notices


def _listed(things: list[str]) -> str:
    more = len(things) - MOST_LISTED
    return ", ".join(things[:MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def text_of(cell: Any) -> str:
    """A value as somebody would type it."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number(value, cell.number_format)
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    return str(value)


def _number(value: float, number_format: str) -> str:
    """A phone number is no 5551234.0, and a format of zeros keeps those at the beginning."""
    if not float(value).is_integer():
        return str(value)
    text = str(int(value))
    return text.zfill(len(number_format)) if _ZEROS.fullmatch(number_format) else text
