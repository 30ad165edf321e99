from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import delete

from clinic import trail
from clinic.db import db
from clinic.errors import Refused, refuse_if
from clinic.intake import queries, rules
from clinic.intake.models import Part, Settings, Upload
from clinic.intake.rules import Row, Standing
from clinic.participants import actions as participants
from clinic.participants.queries import free_keys
from clinic.programs.queries import home, take_turns
from clinic.tables.rules import Sheet, Style, why_not_columns
from clinic.trail import Actor

KEPT = timedelta(days=1)  # a list that nobody finishes bringing in
HAS_CHANGED = (
    "The list of participants has changed since you looked at this. Look again at what would"
    " happen now."
)


def keep(sheets: Iterable[Sheet], *, file_name: str, account_id: int, now: datetime) -> Upload:
    """Keep a list that was read until it is brought in or given up."""
    rows: list[list[str]] = []
    parts: list[Part] = []
    marks: dict[tuple[int, int | None], str] = {}
    for sheet in sheets:
        first = len(rows)
        rows += sheet.rows
        parts.append(Part(sheet.name, first, len(rows), sheet.notices))
        marks |= {(first + at, column): mark for (at, column), mark in sheet.marks.items()}
    settings = rules.begin(rows, parts, marks)
    refuse_if(rules.why_not_begin(rows, settings), "file")
    upload = Upload(
        account_id=account_id,
        file_name=file_name or "list",
        uploaded_at=now,
        rows=rows,
        settings=settings,
    )
    db.add(upload)
    db.flush()
    return upload


def choose(upload: Upload, *, part: int, header: int | None) -> Upload:
    """Read another sheet of the file, or let another row name the columns; the columns are
    guessed anew."""
    settings = upload.settings
    if part != settings.part and 0 <= part < len(settings.parts):
        upload.settings = rules.guess(upload.rows, settings, part=part)
    elif header is None or header in range(settings.sheet.first, settings.sheet.end):
        upload.settings = rules.with_header(upload.rows, settings, header=header)
    return upload


def match(upload: Upload, columns: Sequence[str | None], styles: Mapping[int, Style]) -> Upload:
    """Confirm what each column holds. Where days can be read both ways, it has to be said how."""
    refuse_if(why_not_columns(columns))
    upload.settings = rules.match(upload.rows, upload.settings, columns, styles)
    return upload


def correct(
    upload: Upload,
    cells: Mapping[tuple[int, int], str],
    *,
    shown: Collection[int],
    left_out: Collection[int],
    checked: Collection[int],
    answers: Mapping[int, str],
) -> Upload:
    """Take over what was typed into the rows that were shown, right or wrong."""
    changed = {
        (row, column): text
        for (row, column), text in cells.items()
        if column < len(upload.rows[row]) and upload.rows[row][column] != text
    }
    if changed:
        rows = list(upload.rows)
        for (row, column), text in changed.items():
            rows[row] = [*rows[row][:column], text, *rows[row][column + 1 :]]
        upload.rows = rows
    corrected = rules.correct(
        upload.settings, changed=changed.keys(), checked=checked, answers=answers
    )
    upload.settings = rules.leave_out(corrected, shown=shown, left_out=left_out)
    return upload


def answer_all(upload: Upload, answers: Mapping[int, str]) -> Upload:
    """Say that all who have one namesake here are the same people; what was answered stays."""
    answers = {at: each for at, each in answers.items() if at not in upload.settings.answers}
    upload.settings = rules.correct(upload.settings, changed=(), checked=(), answers=answers)
    return upload


class Prepared(NamedTuple):
    """What a list would do, worked out while nobody waits, and what that was read from."""

    plan: list[Row]
    digest: str
    newcomers: list[participants.Newcomer]
    changes: list[participants.Change]
    content: tuple[Any, ...]
    happened: int

    def is_of(self, upload: Upload) -> bool:
        """Whether it is still so: nothing happened meanwhile to anybody, nor to the list."""
        return self.content == _content(upload) and self.happened == trail.head()


def prepare(upload: Upload, *, now: datetime) -> Prepared:
    """Work out all that bringing in a list does, in a reading transaction."""
    happened, today = trail.head(), home(now).today
    plan = queries.plan_of(upload, now=now)
    given = {row.facts["key"] for row in plan if "key" in row.facts}
    keys = free_keys(but=given)
    newcomers, changes = [], []
    for row in plan:
        if row.standing is Standing.ADD:
            facts: dict[str, Any] = {"key": row.facts.get("key") or next(keys)} | row.facts
            newcomers.append(participants.newcomer(**facts, today=today))
        elif row.standing is Standing.CHANGE:
            facts = {fact: value for fact, (_, value) in row.changes.items()}
            changes.append(participants.change(row.match.id, **facts, today=today))
    digest = queries.digest_of(plan)
    return Prepared(plan, digest, newcomers, changes, _content(upload), happened)


def _content(upload: Upload) -> tuple[Any, ...]:
    return upload.rows, upload.settings


def bring_in(upload: Upload, prepared: Prepared, *, seen: str, by: Actor, now: datetime) -> Upload:
    """Add and change everybody on the list, or nobody. Doing it twice changes nothing.

    Others wait for it, so all that can be was worked out before; it is worked out anew only where
    something has happened since.
    """
    if upload.brought_in_at is not None:
        return upload
    take_turns()  # each sees what the one before added
    if not prepared.is_of(upload):
        prepared = prepare(upload, now=now)
    plan = prepared.plan
    if prepared.digest != seen:
        raise Refused(HAS_CHANGED)
    refuse_if(rules.why_not_bring_in(plan))
    participants.add_participants(prepared.newcomers, by=by, now=now)
    participants.change_participants(prepared.changes, by=by, now=now)
    counts = rules.counts_of(plan)
    upload.added, upload.changed = counts[Standing.ADD], counts[Standing.CHANGE]
    upload.same, upload.left_out = counts[Standing.SAME], counts[Standing.LEFT_OUT]
    # Nothing of the list itself is kept: only how it ended.
    upload.file_name, upload.rows, upload.settings = "", [], Settings(parts=())
    upload.brought_in_at = now
    db.flush()
    trail.record(
        "upload.brought_in",
        upload,
        by=by,
        now=now,
        added=upload.added,
        changed=upload.changed,
        same=upload.same,
        left_out=upload.left_out,
    )
    return upload


def give_up(upload: Upload) -> None:
    db.delete(upload)
    db.flush()


def sweep(*, now: datetime) -> None:
    """Forget the lists that nobody goes on with."""
    db.execute(delete(Upload).where(Upload.uploaded_at <= now - KEPT))
