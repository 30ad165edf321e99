from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, PlainSerializer, TypeAdapter
from sqlalchemy import JSON, Dialect, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from clinic.db import PERSONAL, PLAIN, Base
from clinic.tables.rules import Marks, Style

Rows = Sequence[list[str]]
StoredMarks = Annotated[  # JSON has no keys of two numbers
    Marks,
    PlainSerializer(lambda marks: [[*place, sentence] for place, sentence in marks.items()]),
    BeforeValidator(lambda kept: {(row, column): sentence for row, column, sentence in kept}),
]


class Part(NamedTuple):
    """A sheet of the file, by its place among all the rows."""

    name: str
    first: int
    end: int
    notices: Sequence[str]


@dataclass(frozen=True)
class Settings:
    """How a list is read. Rows and columns are numbers from 0, rows among those of all sheets."""

    parts: tuple[Part, ...]
    marks: StoredMarks = field(default_factory=dict)  # what the file itself leaves in doubt
    part: int = 0
    header: int | None = None  # the row that names the columns
    columns: tuple[str | None, ...] = ()
    styles: Mapping[int, Style] = field(default_factory=dict)  # of the columns that hold days
    is_matched: bool = False  # what the columns hold has been confirmed
    left_out: frozenset[int] = frozenset()
    answers: Mapping[int, str] = field(default_factory=dict)  # whether a row is somebody

    @property
    def sheet(self) -> Part:
        """The sheet that is being read."""
        return self.parts[self.part]

    def header_of(self, rows: Rows) -> list[str]:
        """The names of the columns; empty ones where the list has none."""
        if self.header is None:
            return [""] * len(rows[self.sheet.first])
        return rows[self.header]

    def people(self, rows: Rows) -> Iterator[tuple[int, list[str]]]:
        """The rows about people, with their place among all rows; empty ones are passed over."""
        begins = self.sheet.first if self.header is None else self.header + 1
        return ((at, rows[at]) for at in range(begins, self.sheet.end) if any(rows[at]))

    def taken(self, rows: Rows) -> Iterator[tuple[int, list[str]]]:
        """The rows about people that are not left out."""
        return ((at, row) for at, row in self.people(rows) if at not in self.left_out)

    def values_of(self, rows: Rows, column: int) -> list[str]:
        return [row[column] for _, row in self.taken(rows) if row[column]]

    def number(self, at: int) -> int:
        """Which row of the sheet it is, as a spreadsheet counts them."""
        return at - self.sheet.first + 1

    def place_of(self, *columns: str) -> int | None:
        """Where the first of these columns stands, if the list has it."""
        return next((at for at, column in enumerate(self.columns) if column in columns), None)


class _Stored(TypeDecorator[Settings]):
    """Settings as JSON."""

    impl = JSON
    cache_ok = True
    adapter = TypeAdapter(Settings)

    def process_bind_param(self, value: Settings | None, _dialect: Dialect) -> Any:
        return None if value is None else self.adapter.dump_python(value, mode="json")

    def process_result_value(self, value: Any, _dialect: Dialect) -> Settings | None:
        return None if value is None else self.adapter.validate_python(value)


class Upload(Base):
    """A list of people that somebody is bringing in; once it is in, how that ended."""

    __tablename__ = "upload"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    file_name: Mapped[str] = mapped_column(info=PERSONAL)
    uploaded_at: Mapped[datetime] = mapped_column(info=PLAIN)
    rows: Mapped[list[list[str]]] = mapped_column(JSON, info=PERSONAL)  # as they were read
    settings: Mapped[Settings] = mapped_column(_Stored, info=PERSONAL)
    brought_in_at: Mapped[datetime | None] = mapped_column(info=PLAIN)
    # How many people it was about, by what became of them.
    added: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    same: Mapped[int] = mapped_column(default=0)
    left_out: Mapped[int] = mapped_column(default=0)
