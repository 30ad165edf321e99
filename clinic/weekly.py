"""Weekly times as they are typed: rows of weekdays, from and until, of which any may be added."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import time
from time import strptime
from typing import Any, NamedTuple

from wtforms import Field
from wtforms.validators import StopValidation

from clinic.days import MIDNIGHT, WeeklyTime, minute_of, wall_at
from clinic.sent import DROP, MORE

SPARE_ROWS = 1  # after those that say something
MOST_ROWS = 100


class Row(NamedTuple):
    """A row of weekly times as it is typed."""

    days: frozenset[str] = frozenset()  # digits, "0" is Monday
    starts: str = ""
    ends: str = ""

    def times(self, number: int, *, is_open: bool = False) -> list[WeeklyTime]:
        """What row `number` means; raises `ValueError` with what is wrong with it.

        One that is open may lack its start or its end: it goes from or until midnight.
        """
        if self == Row():
            return []
        if not self.days or not self.days <= frozenset("0123456"):
            raise ValueError(f"Choose the days of row {number}, or remove it.")
        said = [self.starts, self.ends]
        if not (any(said) if is_open else all(said)):
            raise ValueError(f"Enter from when until when in row {number}.")
        try:
            first, last = (_minute(each or "00:00") for each in said)
        except ValueError:
            raise ValueError(f"Write the times in row {number} like 09:05.") from None
        last = last or MIDNIGHT
        if last <= first:
            raise ValueError(f"In row {number} the end must be after the start.")
        return [WeeklyTime(int(day), first, last) for day in sorted(self.days)]


class WeeklyTimes(Field):
    """Weekly times, as rows of weekdays, from and until; an empty row says nothing."""

    rows: list[Row]
    begun: int | None  # the row that was asked for, to be filled in next
    wrong: dict[int, str]  # what is wrong, by the place of its row

    def __init__(self, label: str, *, is_open: bool = False, **options: Any) -> None:
        super().__init__(label, **options)
        self.is_open = is_open

    def process(self, formdata: Any, data: Any = (), extra_filters: Any = None) -> None:
        """Its values come from many inputs: `name-0-days`, `name-0-from`, `name-0-until`."""
        known = list(data) if isinstance(data, Iterable) else []
        is_typed = formdata is not None and f"{self.name}-0-from" in formdata
        rows = list(self._typed(formdata)) if is_typed else _rows_of(known)
        while rows and rows[-1] == Row():
            rows.pop()
        is_more = formdata is not None and f"{self.name}{MORE}" in formdata
        self.rows = [*rows, *[Row()] * (SPARE_ROWS + is_more)]
        self.begun = len(rows) if is_more else None
        self.wrong = {}
        super().process(None, known, extra_filters)

    def _typed(self, formdata: Any) -> Iterator[Row]:
        number = 0
        while f"{self.name}-{number}-from" in formdata:
            row = Row(
                frozenset(formdata.getlist(f"{self.name}-{number}-days")),
                formdata[f"{self.name}-{number}-from"].strip(),
                formdata.get(f"{self.name}-{number}-until", "").strip(),
            )
            if f"{self.name}-{number}{DROP}" not in formdata:
                yield row
            number += 1

    @property
    def understood(self) -> list[WeeklyTime]:
        """What the rows say that make sense, also of a form that is only shown."""
        found: set[WeeklyTime] = set()
        for row in self.rows[:MOST_ROWS]:
            with suppress(ValueError):
                found.update(row.times(0, is_open=self.is_open))
        return sorted(found)

    def pre_validate(self, _form: Any) -> None:
        if len(self.rows) > MOST_ROWS + SPARE_ROWS:
            raise StopValidation(f"{MOST_ROWS} rows are enough.")
        times: set[WeeklyTime] = set()
        for place, row in enumerate(self.rows):
            try:
                times |= set(row.times(place + 1, is_open=self.is_open))
            except ValueError as wrong:
                self.wrong[place] = str(wrong)
        if self.wrong:
            self.errors = list(self.wrong.values())
            raise StopValidation
        self.data = sorted(times)


def _rows_of(times: Iterable[tuple[int, int, int]]) -> list[Row]:
    """One row for the weekdays that share their times."""
    rows: dict[tuple[int, int], set[str]] = {}
    for weekday, first, last in times:
        rows.setdefault((first, last), set()).add(str(weekday))
    return [
        Row(frozenset(days), *(f"{wall_at(minute):%H:%M}" for minute in span))
        for span, days in rows.items()
    ]


def _minute(text: str) -> int:
    parsed = strptime(text, "%H:%M")
    return minute_of(time(parsed.tm_hour, parsed.tm_min))
