"""Files as text: read to their shape, or every problem with its place; and written."""

import csv
import io
import sys
from collections.abc import Iterable
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from wtforms import StringField
from wtforms.validators import InputRequired, Optional
from wtforms.validators import ValidationError as Wrong

from clinic.days import why_not_range
from clinic.errors import BadInput, Refused, refuse_if
from clinic.exchange.models.attendance_file import AttendanceLine
from clinic.exchange.models.clinic_file import ClinicFile
from clinic.exchange.rules.records import Table, why_not_days
from clinic.exchange.rules.words import Quoted
from clinic.forms import Choice, Day, Form
from clinic.participants.queries import find_participant
from clinic.programs.models import Program, Site
from clinic.tables.forms import WORKBOOK, read_text


class _Loader(yaml.SafeLoader):
    """Plain YAML, except that a key written twice is a mistake, not the last one's victory."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen = set()
    for name, _ in node.value:
        if isinstance(name, yaml.ScalarNode) and name.value in seen:
            sentence = f"{name.value} is written twice"
            raise yaml.MarkedYAMLError(problem=sentence, problem_mark=name.start_mark)
        seen.add(str(name.value))
    return loader.construct_mapping(node, deep=True)


def _timestamp(loader: _Loader, node: yaml.ScalarNode) -> Any:
    try:
        return loader.construct_yaml_timestamp(node)
    except ValueError:  # no such day: left as text, so that the message names its place
        return node.value


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _timestamp)
_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_clinic_file(text: str) -> ClinicFile:
    """The clinic file in a text; raises `BadInput` with every problem, `path: sentence` each."""
    try:
        data = yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        sentence = ", ".join(filter(None, (error.context, error.problem)))
        raise BadInput(f"line {line}: {sentence}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise BadInput(f"line {line}: holds a character that no text has") from None
    except (ValueError, RecursionError):
        raise BadInput("line 1: this cannot be read as YAML") from None
    if not isinstance(data, dict):
        raise BadInput("line 1: this is not a clinic file: it must begin with clinic: 1")
    try:
        return ClinicFile.model_validate(data)
    except ValidationError as error:
        raise BadInput(*_problems(error.errors())) from None


class _Dumper(yaml.SafeDumper):
    """YAML as people write it: lists of short entries, each on a line."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


_Dumper.add_representer(
    Quoted, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
)
WIDTH = 110  # of an entry on one line


def write_clinic_file(content: dict[str, Any]) -> str:
    """The text of a clinic file. The same content gives the same text."""
    node = _Dumper(io.StringIO(), sort_keys=False).represent_data(content)
    assert isinstance(node, yaml.MappingNode)
    node.flow_style = False
    for _, part in node.value:
        _lay_out(part)
        if isinstance(part, yaml.SequenceNode):
            part.flow_style = False
    text: str = yaml.serialize(node, Dumper=_Dumper, allow_unicode=True, width=sys.maxsize)
    return text


def _lay_out(node: yaml.Node) -> None:
    """Write on one line what fits there."""
    if isinstance(node, yaml.CollectionNode):
        node.flow_style = _length(node) <= WIDTH
        for child in _children(node):
            _lay_out(child)


def _children(node: yaml.CollectionNode) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [child for pair in node.value for child in pair]
    return list(node.value)


def _length(node: yaml.Node) -> int:
    """How long something is on one line: quotes aside."""
    if isinstance(node, yaml.CollectionNode):
        return 2 + sum(_length(child) + 2 for child in _children(node))
    return len(node.value)


def _problems(errors: Iterable[ErrorDetails]) -> list[str]:
    return [": ".join(filter(None, (path_of(error["loc"]), _sentence(error)))) for error in errors]


def path_of(location: Iterable[int | str]) -> str:
    """`series[2].start` for the place of something in a file."""
    path = ""
    for step in location:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else str(step)
    return path


def read_attendance_file(data: bytes) -> list[tuple[int, AttendanceLine]]:
    """The numbered lines of an attendance file; raises `BadInput` with every problem."""
    refuse = "This is an Excel workbook. Save its sheet as CSV first."
    try:
        refuse_if(refuse if data.startswith(WORKBOOK) else None)
        text, delimiter, _ = read_text(data)
    except Refused as refused:
        raise BadInput(refused.sentence) from None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] = []
    lines, problems = [], []
    try:
        for cells in reader:
            line = f"line {reader.line_num}"
            if not any(map(str.strip, cells)):  # Excel writes rows that hold nothing
                continue
            if not header:
                header = _columns_of(cells, line)
                continue
            rest = [cell for cell in cells[len(header) :] if cell.strip()]
            if rest or len(cells) < len(header):
                more = "more" if rest else "fewer"
                problems.append(f"{line}: has {more} fields than the first line")
                continue
            row = dict(zip(header, cells, strict=False))
            try:
                lines.append((reader.line_num, AttendanceLine.model_validate(row)))
            except ValidationError as error:
                problems += [f"{line}: {problem}" for problem in _problems(error.errors())]
    except csv.Error as error:
        problems.append(f"line {reader.line_num}: this is not CSV: {error}")
    if not header and not problems:
        _columns_of([], "line 1")
    if problems:
        raise BadInput(*problems)
    return lines


def _columns_of(cells: list[str], line: str) -> list[str]:
    """The names of the columns; Excel may write empty ones behind them."""
    header = [cell.strip() for cell in cells]
    while header and not header[-1]:
        header.pop()
    columns = list(AttendanceLine.model_fields)
    missing = [name for name in ("enrollment", "series", "date", "status") if name not in header]
    unknown = [name for name in header if name not in columns]
    if missing or unknown or len(set(header)) < len(header):
        raise BadInput(f"{line}: the columns must be {','.join(columns)}")
    return header


SENTENCES = {
    "clinic": "{sentence}",
    "missing": "is missing",
    "extra_forbidden": "is not known here",
    "literal_error": "must be one of {expected}",
    "enum": "must be one of {expected}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
    "too_short": "must not be empty",
    "too_long": "may hold at most {max_length}",
    "list_type": "must be a list",
    "model_type": "must be a mapping",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
}


def _sentence(error: ErrorDetails) -> str:
    words = SENTENCES.get(error["type"])
    return words.format(**error.get("ctx", {})).replace("'", "") if words else error["msg"]


class RecordsForm(Form):
    """Which records to take away as a file."""

    what = Choice(
        "Records",
        coerce=str,
        choices={
            "": "Choose…",
            Table.HOURS.value: "Hours, a line for each enrollment and week",
            Table.ATTENDANCE.value: "Attendance, a line for each person and session",
            Table.SESSIONS.value: "Sessions, a line for each",
            Table.AMENDMENTS.value: "Amendments of signed attendance, a line for each",
            Table.AUTHORIZATIONS.value: "Authorizations of these days, a line for each",
        },
        validators=[InputRequired("Choose which records.")],
    )
    from_on = Day("First day", validators=[InputRequired("Enter the first day.")])
    until_on = Day("Last day", validators=[InputRequired("Enter the last day.")])
    site = Choice("Site", coerce=str, validators=[Optional()])
    program = Choice("Program", coerce=str, validators=[Optional()])
    person = StringField("One person’s number", validators=[Optional()])

    def offer(self, sites: Iterable[Site], programs: Iterable[Program]) -> None:
        self.site.choices = {"": "All sites"} | {one.key: one.name for one in sites}
        self.program.choices = {"": "All programs"} | {one.key: one.name for one in programs}

    def validate_person(self, field: Any) -> None:
        if self.what.data == Table.SESSIONS and field.data:
            raise Wrong("Sessions are everybody’s: take attendance, or leave this empty.")
        if field.data and find_participant(field.data) is None:
            raise Wrong("Nobody has this number. It stands under the name on their page.")

    def validate_until_on(self, field: Any) -> None:
        first = self.from_on.data
        if first is None:
            return
        if sentence := why_not_range(first, field.data) or why_not_days(first, field.data):
            raise Wrong(sentence)
