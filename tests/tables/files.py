"""Lists as files, for tests."""

import io
import zipfile
from collections.abc import Iterable
from typing import Any

import openpyxl


def workbook(*rows: Iterable[Any], title: str = "People") -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    return book


def saved(book: openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def xlsx(*rows: Iterable[Any]) -> bytes:
    return saved(workbook(*rows))


def with_part(data: bytes, name: str, content: str) -> bytes:
    """The workbook with another part in it, or with other content in that part."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w") as new:
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        new.writestr(name, content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def part_of(data: bytes, name: str = "xl/worksheets/sheet1.xml") -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name).decode()
