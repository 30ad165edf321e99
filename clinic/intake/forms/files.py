"""Reading lists: from a file's bytes to its sheets, or a sentence that says why not."""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable

from clinic.errors import Refused, refuse_if
from clinic.intake.forms import workbooks
from clinic.intake.rules.sheets import MOST_COLUMNS, MOST_ROWS, Sheet, tidy, why_not_keep

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


def read_list(data: bytes) -> list[Sheet]:
    """The sheets of a file that hold anything; raises `Refused` where it is no list of ours."""
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


_KINDS: tuple[tuple[bytes, Callable[[bytes], list[Sheet]]], ...] = (
    (b"PK\x03\x04", workbooks.read_workbook),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _old_excel),
    (b"%PDF", _of_kind("a PDF")),
    (rb"{\rtf", _of_kind("a text document")),
)


def _read_text(data: bytes) -> list[Sheet]:
    text, notices = _decoded(data)
    text = text.removeprefix("\ufeff")
    if re.match(r"\s*<(!doctype|html|table|\?xml)", text, re.IGNORECASE):
        raise Refused("This is a web page or XML, not a list. Save the list as CSV or .xlsx first.")
    if "\0" in text:
        raise Refused("This file holds characters that no text has. Save it as CSV (UTF-8) again.")
    delimiter = None
    if named := _SEPARATOR_LINE.match(text):  # Excel's own way to name it
        delimiter, text = named[1], text[named.end() :]
    rows = _split(text, delimiter or _delimiter_of(text))
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
    return text, ["This file was read as Windows text, not UTF-8. Look at names with accents."]


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
                raise Refused(f"This list has more than {MOST_ROWS:,} rows. Bring it in by parts.")
            if len(row) > MOST_COLUMNS:
                raise Refused(f"This list has more than {MOST_COLUMNS} columns.")
    except csv.Error as error:
        if "end of data" in str(error):
            raise Refused(
                "A quotation mark is opened somewhere and never closed: the list cannot be cut"
                " into rows. Save it as CSV again."
            ) from None
        raise Refused(
            f"Line {reader.line_num} cannot be cut into columns: look at its quotation marks."
        ) from None
    return rows
