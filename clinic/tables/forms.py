"""A file that was chosen, read as a list: CSV in any usual form, or an Excel workbook.

Values only: no formula is computed, no macro run, no link followed. Raises `Refused` with what is
wrong with the file.
"""

import csv
import io
import re
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, time
from typing import Any

from openpyxl import load_workbook
from openpyxl.cell.read_only import ReadOnlyCell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._reader import FORMULA_TAG, VALUE_TAG, WorkSheetParser
from openpyxl.worksheet.cell_range import CellRange

from clinic.errors import Refused, refuse_if
from clinic.tables.rules import MOST_COLUMNS, MOST_ROWS, Marks, Sheet, tidy, why_not_keep

DELIMITERS = ",;\t|"
SAMPLE = 50  # rows from which the delimiter is told
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)

NOT_A_LIST = "This is not a list: neither CSV nor an Excel workbook (.xlsx)."
OLD_EXCEL = (
    "This is an old Excel file (.xls). Open it, save it as “Excel Workbook (.xlsx)” or as CSV,"
    " and choose that one."
)
PROTECTED = (
    "This workbook is protected by a password. Open it, save it without one, and choose it again."
)

MOST_PARTS = 500
MOST_BYTES = 60 * 1024 * 1024  # of everything in it, unpacked
MOST_TAGS = 1_500_000  # a cell has about four
MOST_COVERED = 50_000
MOST_LISTED = 5

BROKEN = "This workbook cannot be read. Open it, save it as .xlsx again or as CSV, and choose that."
NO_WORKBOOK = "This is not an Excel workbook (.xlsx). Save the list as one, or as CSV, first."
TOO_LARGE = "This workbook is too large when unpacked. Copy the list into a new one and try again."
NOT_COMPUTED = (
    "This is a formula, and the file does not hold its value. Type the value here, or open the"
    " workbook, save it, and import it again."
)
_ZEROS = re.compile(r"0+")


def read_list(data: bytes) -> list[Sheet]:
    """Return the sheets of a file that hold anything."""
    read = next((reader for begins, reader in _KINDS if data.startswith(begins)), _read_text)
    sheets = read(data)
    refuse_if(why_not_keep(sheets))
    return sheets


def _old_excel(data: bytes) -> list[Sheet]:
    # A workbook with a password is packed into the same kind of container.
    raise Refused(PROTECTED if "EncryptedPackage".encode("utf-16-le") in data else OLD_EXCEL)


def _of_kind(kind: str) -> Callable[[bytes], list[Sheet]]:
    def refuse(_data: bytes) -> list[Sheet]:
        raise Refused(f"This is {kind}, not a list. Save the list as CSV or .xlsx first.")

    return refuse


def read_text(data: bytes) -> tuple[str, str, list[str]]:
    """Return the text of a CSV file, its delimiter, and what to say about how it was read."""
    refuse = next((refuse for begins, refuse in _NO_TEXT if data.startswith(begins)), None)
    if refuse:
        refuse(data)
    text, notices = _decoded(data)
    text = text.removeprefix("\ufeff")
    if re.match(r"\s*<(!doctype|html|table|\?xml)", text, re.IGNORECASE):
        raise Refused("This is a web page or XML, not a list. Save the list as CSV or .xlsx first.")
    if "\0" in text:
        raise Refused(
            "This file contains characters that no text has. Save it as CSV (UTF-8) again."
        )
    if named := _SEPARATOR_LINE.match(text):  # Excel's own way to name it
        return text[named.end() :], named[1], notices
    return text, _delimiter_of(text), notices


def _read_text(data: bytes) -> list[Sheet]:
    text, delimiter, notices = read_text(data)
    rows = _split(text, delimiter)
    sheet = tidy("", rows, notices=notices, marks=_too_long(rows))
    return [sheet] if sheet.rows else []


def _too_long(rows: list[list[str]]) -> dict[tuple[int, int | None], str]:
    """Rows with more fields than most: something in them may have been cut in two."""
    widths = Counter(len(row) for row in rows if any(row))
    most = max(widths, key=lambda width: widths[width], default=0)  # the first of equals
    return {
        (at, None): f"This row has {len(row)} fields, most have {most}. A comma may have cut one"
        " in two: check this row."
        for at, row in enumerate(rows)
        if any(row[most:])
    }


def _decoded(data: bytes) -> tuple[str, list[str]]:
    """The text, and what to say about how it was read."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _unpacked(data, "utf-16"), []
    for encoding, at in (("utf-16-le", 1), ("utf-16-be", 0)):
        # Every second byte of plain words is zero in UTF-16; no text of bytes has any.
        if data[at : 200 + at : 2].count(0) > len(data[:200]) // 4:
            return _unpacked(data, encoding), []
    try:
        return _unless_rubbish(data.decode("utf-8")), []
    except UnicodeDecodeError:
        text = _unless_rubbish(_unpacked(data, "cp1252"))
    return text, ["This file was read as Windows text, not UTF-8. Check names with accents."]


def _unpacked(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise Refused(NOT_A_LIST) from None


def _unless_rubbish(text: str) -> str:
    strange = sum(letter < " " and letter not in "\t\r\n" for letter in text[:20_000])
    if strange * 50 > len(text[:20_000]):
        raise Refused(NOT_A_LIST)
    return text


def _delimiter_of(text: str) -> str:
    """The delimiter that cuts the first rows into the most equal columns."""
    head = "\n".join(text.splitlines()[:SAMPLE])

    def score(delimiter: str) -> int:
        try:
            widths = Counter(len(row) for row in csv.reader(head.split("\n"), delimiter=delimiter))
        except csv.Error:
            return 0
        return max((count for width, count in widths.items() if width > 1), default=0)

    return max(DELIMITERS, key=score)  # the first of equals


def _split(text: str, delimiter: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows = []
    try:
        for row in reader:
            rows.append(row)
            if len(rows) > MOST_ROWS + 1 and any(row):
                raise Refused(f"This list has more than {MOST_ROWS:,} rows. Import it in parts.")
            if len(row) > MOST_COLUMNS:
                raise Refused(f"This list has more than {MOST_COLUMNS} columns.")
    except csv.Error as error:
        if "end of data" in str(error):
            raise Refused(
                "A quotation mark is opened somewhere and never closed: the list cannot be cut"
                " into rows. Save it as CSV again."
            ) from None
        raise Refused(
            f"Line {reader.line_num} cannot be split into columns: check its quotation marks."
        ) from None
    return rows


def read_workbook(data: bytes) -> list[Sheet]:
    """Return the sheets of a workbook that hold anything."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _refuse_bomb(archive)
            refuse_if(None if "xl/workbook.xml" in archive.namelist() else NO_WORKBOOK)
        return list(_sheets(data))
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


def _sheets(data: bytes) -> Iterator[Sheet]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what it leaves out: we want the values alone
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        try:
            for sheet in book.worksheets:
                found = _sheet(sheet)
                if found.rows:
                    yield found
        finally:
            book.close()


class _Parser(WorkSheetParser):
    """How openpyxl reads a sheet row by row, of which its read-only mode tells the values alone.

    This one keeps what is merged and hidden, too, and formulas whose values the file does not
    hold. (Its other mode makes an object of every cell that a merge covers: of millions.)
    """

    def __init__(self, source: Any, sheet: Any) -> None:
        book = sheet.parent
        super().__init__(
            source,
            sheet._shared_strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        self.not_computed: dict[tuple[int, int], str] = {}  # from row and column to the formula

    def parse_cell(self, element: Any) -> dict[str, Any]:
        cell: dict[str, Any] = super().parse_cell(element)
        formula = element.find(FORMULA_TAG)
        if formula is not None and cell["value"] is None:
            is_empty_text = cell["data_type"] == "str" and element.find(VALUE_TAG) is not None
            if not is_empty_text:
                place = cell["row"] - 1, cell["column"] - 1
                self.not_computed[place] = f"={formula.text or ''}"
        return cell


def _sheet(sheet: Any) -> Sheet:
    rows: list[list[str]] = []
    marks: dict[tuple[int, int | None], str] = {}
    with sheet._get_source() as source:
        parser = _Parser(source, sheet)
        for number, cells in parser.parse():
            at = number - 1
            known = [ReadOnlyCell(sheet, **cell) for cell in cells if cell["value"] is not None]
            if not known:
                continue
            if at > MOST_ROWS:
                raise Refused(
                    f"The sheet “{sheet.title}” has more than {MOST_ROWS:,} rows."
                    " Import it in parts."
                )
            for cell in known:
                place = cell.column - 1
                if place >= MOST_COLUMNS:
                    raise Refused(
                        f"The sheet “{sheet.title}” has more than {MOST_COLUMNS} columns."
                    )
                _put(rows, at, place, text_of(cell))
                if cell.data_type == "e":
                    marks[at, place] = f"The spreadsheet shows an error here: {cell.value}"
    for (at, place), formula in parser.not_computed.items():
        if at <= MOST_ROWS and place < MOST_COLUMNS:
            _put(rows, at, place, formula)
            marks[at, place] = NOT_COMPUTED
    merged = [each.ref for each in parser.merged_cells.mergeCell] if parser.merged_cells else []
    marks |= _covered(merged)
    return tidy(sheet.title, rows, notices=_notices(parser, merged), marks=marks)


def _put(rows: list[list[str]], at: int, place: int, text: str) -> None:
    rows += [[] for _ in range(at + 1 - len(rows))]
    rows[at] += [""] * (place + 1 - len(rows[at]))
    rows[at][place] = text


def _covered(ranges: list[str]) -> Marks:
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


def _notices(parser: _Parser, merged: list[str]) -> list[str]:
    notices = []
    if merged:
        notices.append(f"Merged cells: {_listed(merged)}. Only the first of them has a value.")
    if rows := [row for row, facts in parser.row_dimensions.items() if _is_hidden(facts)]:
        notices.append(
            f"Rows that are hidden in the spreadsheet are read like the others: {_listed(rows)}."
        )
    if columns := list(_hidden_columns(parser)):
        notices.append(
            f"Columns that are hidden in the spreadsheet are read, too: {_listed(columns)}."
        )
    return notices


def _hidden_columns(parser: _Parser) -> Iterator[str]:
    for facts in filter(_is_hidden, parser.column_dimensions.values()):
        last = min(int(facts.get("max", "1")), MOST_COLUMNS)
        yield from map(get_column_letter, range(int(facts["min"]), last + 1))


def _is_hidden(facts: dict[str, str]) -> bool:
    return facts.get("hidden") in {"1", "true"}


def _listed(things: list[str]) -> str:
    more = len(things) - MOST_LISTED
    return ", ".join(things[:MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def text_of(cell: Any) -> str:
    """A value as somebody would type it."""
    value = cell.value
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


WORKBOOK = b"PK\x03\x04"
_NO_TEXT: tuple[tuple[bytes, Callable[[bytes], list[Sheet]]], ...] = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _old_excel),
    (b"%PDF", _of_kind("a PDF")),
    (rb"{\rtf", _of_kind("a text document")),
)
_KINDS = ((WORKBOOK, read_workbook), *_NO_TEXT)
