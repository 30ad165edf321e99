"""A reader of workbooks that shares nothing with whoever writes them: the XML that they are."""

import io
import zipfile
from string import ascii_uppercase, digits
from xml.etree import ElementTree as ET

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def cells_of(data):
    """What stands in the one sheet of a workbook, row by row, as text; there is no formula."""
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        [sheet] = [name for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
        rows = ET.fromstring(parts.read(sheet)).iter(f"{SHEET}row")
        return [
            row_of({cell.get("r").rstrip(digits): cell_of(cell) for cell in row}) for row in rows
        ]


def row_of(cells):
    last = max(map(ascii_uppercase.index, cells))  # 26 columns are enough
    return [cells.get(letter) for letter in ascii_uppercase[: last + 1]]


def cell_of(cell):
    assert cell.find(f"{SHEET}f") is None
    if cell.get("t") == "inlineStr":
        return "".join(cell.itertext())
    return cell.findtext(f"{SHEET}v")
