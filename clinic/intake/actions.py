from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete

from clinic import trail
from clinic.db import db
from clinic.errors import Refused, refuse_if
from clinic.intake import queries
from clinic.intake.models import Upload
from clinic.intake.rules import columns as column_rules
from clinic.intake.rules import people, settings
from clinic.intake.rules.columns import Column, Style
from clinic.intake.rules.people import Row, Standing
from clinic.intake.rules.sheets import Sheet
from clinic.participants import actions as participants
from clinic.participants.queries import free_keys, hold
from clinic.trail import Actor

SOME = 500  # people who are looked up at once
KEPT = timedelta(days=1)  # a list that nobody finishes bringing in
HAS_CHANGED = (
    "The list of participants has changed since you looked at this. Look again at what would"
    " happen now."
)


def keep(sheets: Iterable[Sheet], *, file_name: str, account_id: int, now: datetime) -> Upload:
    """Keep a list that was read until it is brought in or given up."""
    rows: list[list[str]] = []
    parts: list[settings.Part] = []
    marks: dict[tuple[int, int | None], str] = {}
    for sheet in sheets:
        first = len(rows)
        rows += sheet.rows
        parts.append(settings.Part(sheet.name, first, len(rows), sheet.notices))
        marks |= {(first + at, column): mark for (at, column), mark in sheet.marks.items()}
    begun = settings.begun(rows, parts, marks)
    refuse_if(settings.why_not_begin(rows, begun))
    upload = Upload(
        account_id=account_id,
        file_name=file_name or "list",
        uploaded_at=now,
        header=settings.header_of(rows, begun),
        rows=rows,
        settings=begun,
    )
    db.add(upload)
    db.flush()
    return upload


def choose(upload: Upload, *, part: int, header: int | None) -> Upload:
    """Read another sheet of the file, or let another row name the columns; the columns are
    guessed anew."""
    before = upload.settings
    if part != before["part"] and 0 <= part < len(before["parts"]):
        chosen = settings.guessed(upload.rows, before, part=part)
    elif header is None or header in range(*settings.part_of(before)[1:3]):
        chosen = settings.with_header(upload.rows, before, header=header)
    else:
        return upload
    upload.settings = chosen | {"is_matched": False}
    upload.header = settings.header_of(upload.rows, chosen)
    return upload


def match(upload: Upload, columns: Sequence[Column | None], styles: Mapping[int, Style]) -> Upload:
    """Say what each column holds. Where days can be read both ways, it has to be said how."""
    matched, is_sure = settings.matched(upload.rows, upload.settings, columns, styles)
    upload.settings = matched | {"is_matched": False}
    refuse_if(column_rules.why_not_columns(columns))
    upload.settings = matched | {"is_matched": is_sure}
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
    settled = settings.corrected(
        upload.settings, changed=changed.keys(), checked=checked, answers=answers
    )
    upload.settings = settings.leaving_out(settled, shown=shown, left_out=left_out)
    return upload


def answer_all(upload: Upload, *, now: datetime) -> Upload:
    """Say that all who have one namesake here are the same people; what was answered stays."""
    plan = queries.plan_of(upload, today=now.date())
    answers = {
        at: answer
        for at, answer in people.namesakes_in_question(plan.rows).items()
        if at not in plan.reading.answers
    }
    upload.settings = settings.corrected(upload.settings, changed=(), checked=(), answers=answers)
    return upload


def bring_in(upload: Upload, *, seen: str, by: Actor, now: datetime) -> queries.BroughtIn:
    """Add and change everybody on the list, or nobody. A second time tells what the first did."""
    if done := queries.result_of(upload):
        return done
    queries.take_turns()
    plan = queries.plan_of(upload, today=now.date())
    if plan.seen != seen:
        raise Refused(HAS_CHANGED)
    refuse_if(people.why_not_bring_in(plan.rows))
    _add([row for row in plan.rows if row.standing is Standing.ADD], by=by, now=now)
    _change([row for row in plan.rows if row.standing is Standing.CHANGE], by=by, now=now)
    counts = people.counts_of(plan.rows)
    done = queries.BroughtIn(
        added=counts[Standing.ADD],
        changed=counts[Standing.CHANGE],
        same=counts[Standing.SAME],
        left_out=counts[Standing.LEFT_OUT],
    )
    # Nothing of the list itself is kept: only how it ended.
    upload.file_name, upload.header, upload.rows = "", [], []
    upload.settings = done._asdict()
    trail.record("upload.brought_in", upload, by=by, now=now, **done._asdict())
    return done


def give_up(upload: Upload) -> None:
    db.delete(upload)
    db.flush()


def sweep(*, now: datetime) -> None:
    """Forget the lists that nobody goes on with."""
    db.execute(delete(Upload).where(Upload.uploaded_at <= now - KEPT))


def _add(rows: Sequence[Row], *, by: Actor, now: datetime) -> None:
    keys = free_keys(but={row.facts["key"] for row in rows if "key" in row.facts})
    for row in rows:
        facts: dict[str, Any] = {"key": row.facts.get("key") or next(keys)} | row.facts
        participants.add_participant(**facts, by=by, now=now)


def _change(rows: Sequence[Row], *, by: Actor, now: datetime) -> None:
    facts = {row.match.id: row.facts for row in rows if row.match}
    ids = sorted(facts)
    for first in range(0, len(ids), SOME):
        for person in hold(ids[first : first + SOME]):
            given: dict[str, Any] = {
                "name": person.name,
                "preferred_name": person.preferred_name,
                "birth_on": person.birth_on,
                "email": person.account.email,
                "pin": None,
            } | facts[person.id]
            given.pop("key", None)
            participants.change_participant(person, **given, by=by, now=now)
