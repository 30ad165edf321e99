"""What is typed on the pages of an import."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms.validators import ValidationError

from clinic.errors import Refused
from clinic.forms import Form
from clinic.tables.forms import read_list
from clinic.tables.rules import LABELS, MOST_LETTERS, Sheet, Style, cell_of

_CELL = re.compile(r"c(\d{1,6})-(\d{1,3})")
_ROW = re.compile(r"(row|out|who|ok)(\d{1,6})")


_STYLES = {style.value: style for style in Style}


class UploadForm(Form):
    """A list to bring in."""

    file = FileField("File", validators=[FileRequired("Choose a file first.")])
    sheets: list[Sheet]

    def validate_file(self, field: Any) -> None:
        with field.data.stream as file:
            data = file.read()
        try:
            self.sheets = read_list(data)
        except Refused as refused:
            raise ValidationError(refused.sentence) from None

    @property
    def file_name(self) -> str:
        return cell_of(self.file.data.filename or "")[-100:]


def chosen_columns(
    typed: Mapping[str, str], width: int
) -> tuple[list[str | None], dict[int, Style]]:
    """Return what each column is chosen to hold, and how its days are written; rubbish is none."""
    columns = [
        column if (column := typed.get(f"column{at}")) in LABELS else None for at in range(width)
    ]
    styles = {
        at: style for at in range(width) if (style := _STYLES.get(typed.get(f"style{at}", "")))
    }
    return columns, styles


def corrections(typed: Mapping[str, str], rows: Collection[int]) -> dict[str, Any]:
    """Return what was typed into the rows of a preview; whatever is not about its rows is none."""
    cells: dict[tuple[int, int], str] = {}
    answers: dict[int, str] = {}
    ticked: dict[str, set[int]] = {"row": set(), "out": set(), "ok": set()}
    for name, value in typed.items():
        if (found := _CELL.fullmatch(name)) and int(found[1]) in rows:
            cells[int(found[1]), int(found[2])] = cell_of(value[:MOST_LETTERS])
        elif (found := _ROW.fullmatch(name)) and int(found[2]) in rows:
            if found[1] == "who":
                answers[int(found[2])] = value[:20]
            else:
                ticked[found[1]].add(int(found[2]))
    return {
        "cells": cells,
        "shown": ticked["row"],
        "left_out": ticked["out"],
        "checked": ticked["ok"],
        "answers": answers,
    }
