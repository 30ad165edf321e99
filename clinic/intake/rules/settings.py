"""How a list is read, as it is kept beside its rows: in plain words, lists and numbers."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from clinic.intake.rules.columns import Column, Style, guess_columns, guess_header, guess_style
from clinic.intake.rules.people import Reading

Settings = dict[str, Any]


class Part(NamedTuple):
    """A sheet of the file, by its place among all the rows."""

    name: str
    first: int
    end: int
    notices: Sequence[str]


def begun(
    rows: Sequence[list[str]],
    parts: Sequence[Part],
    marks: Mapping[tuple[int, int | None], str],
) -> Settings:
    """Of a list that has just been read: the first sheet that looks like people, guessed at."""
    blank: Settings = {
        "parts": [list(part) for part in parts],
        "marks": [[row, column, sentence] for (row, column), sentence in marks.items()],
        "is_matched": False,
    }
    tries = [guessed(rows, blank, part=at) for at in range(len(parts))]
    full = [settings for settings in tries if any(cells_of(rows, settings))]
    return next(
        (settings for settings in full if any(settings["columns"])), full[0] if full else tries[0]
    )


def why_not_begin(rows: Sequence[list[str]], settings: Settings) -> str | None:
    """Why there is nothing to bring in."""
    if not any(cells_of(rows, settings)):
        return "This list has the names of its columns, and nobody below them."
    return None


def parts_of(settings: Settings) -> list[Part]:
    return [Part(*part) for part in settings["parts"]]


def part_of(settings: Settings) -> Part:
    """The sheet that is being read."""
    return parts_of(settings)[settings["part"]]


def rows_of(rows: Sequence[list[str]], settings: Settings) -> Sequence[list[str]]:
    part = part_of(settings)
    return rows[part.first : part.end]


def guessed(rows: Sequence[list[str]], settings: Settings, *, part: int) -> Settings:
    """With that sheet chosen, and a first guess at how it is to be read."""
    settings = settings | {"part": part}
    at = guess_header(rows_of(rows, settings))
    first = part_of(settings).first
    return with_header(rows, settings, header=None if at is None else first + at)


def with_header(rows: Sequence[list[str]], settings: Settings, *, header: int | None) -> Settings:
    """With that row naming the columns: their meanings are guessed anew."""
    settings = settings | {"header": header, "left_out": [], "answers": {}}
    columns = guess_columns(header_of(rows, settings))
    settings["columns"] = [column.value if column else None for column in columns]
    settings["styles"] = {
        str(at): guess_style(values_of(rows, settings, at)).style.value
        for at, column in enumerate(columns)
        if column is Column.BIRTH
    }
    return settings


def header_of(rows: Sequence[list[str]], settings: Settings) -> list[str]:
    """The names of the columns; empty ones where the list has none."""
    part = part_of(settings)
    if settings["header"] is None:
        return [""] * len(rows[part.first])
    return rows[settings["header"]]


def values_of(rows: Sequence[list[str]], settings: Settings, column: int) -> list[str]:
    """All that stands in a column."""
    return [row[column] for _, row in cells_of(rows, settings) if row[column]]


def cells_of(rows: Sequence[list[str]], settings: Settings) -> Iterator[tuple[int, list[str]]]:
    """The rows about people, with their place among all rows; empty ones are passed over."""
    part = part_of(settings)
    begins = part.first if settings["header"] is None else settings["header"] + 1
    return ((at, rows[at]) for at in range(begins, part.end) if any(rows[at]))


def columns_of(settings: Settings) -> list[Column | None]:
    return [Column(word) if word else None for word in settings["columns"]]


def reading_of(settings: Settings, *, today: date) -> Reading:
    return Reading(
        first=part_of(settings).first,
        columns=columns_of(settings),
        styles={int(at): Style(word) for at, word in settings["styles"].items()},
        marks={(row, column): sentence for row, column, sentence in settings["marks"]},
        left_out=frozenset(settings["left_out"]),
        answers={int(at): answer for at, answer in settings["answers"].items()},
        today=today,
    )


def matched(
    rows: Sequence[list[str]],
    settings: Settings,
    columns: Sequence[Column | None],
    styles: Mapping[int, Style],
) -> tuple[Settings, bool]:
    """With these meanings, and whether it is sure how days are written where nobody said it."""
    guesses = {
        at: guess_style(values_of(rows, settings, at))
        for at, column in enumerate(columns)
        if column is Column.BIRTH and at not in styles
    }
    all_styles = {**styles} | {at: guess.style for at, guess in guesses.items()}
    chosen = {
        "columns": [column.value if column else None for column in columns],
        "styles": {
            str(at): all_styles[at].value
            for at, column in enumerate(columns)
            if column is Column.BIRTH
        },
    }
    return settings | chosen, all(guess.is_sure for guess in guesses.values())


def corrected(
    settings: Settings,
    *,
    changed: Collection[tuple[int, int]],
    checked: Collection[int],
    answers: Mapping[int, str],
) -> Settings:
    """What the file left in doubt is settled where a cell was typed anew or a row checked."""
    kept = [
        [row, column, sentence]
        for row, column, sentence in settings["marks"]
        if row not in checked and (row, column) not in changed
    ]
    said = settings["answers"] | {str(at): answer for at, answer in answers.items()}
    return settings | {"marks": kept, "answers": {at: said[at] for at in said if said[at]}}


def leaving_out(
    settings: Settings, *, shown: Collection[int], left_out: Collection[int]
) -> Settings:
    """Of the rows that were shown, those are left out and the others are not."""
    before = set(settings["left_out"])
    return settings | {"left_out": sorted((before - set(shown)) | (set(left_out) & set(shown)))}
