"""Files in and records out."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from clinic import bulk, clock, trail
from clinic.cli.base import command
from clinic.days import Range, week_of
from clinic.db import analyze, transaction
from clinic.errors import BadInput
from clinic.exchange import forms as exchange_forms
from clinic.exchange.actions import attendance_file, clinic_file
from clinic.exchange.queries.clinic_file import clinic_content
from clinic.exchange.queries.records import Which, records_of
from clinic.exchange.rules.records import COLUMNS, Table
from clinic.names import one_line
from clinic.programs import queries as program_queries
from clinic.spreadsheets import Record, csv_lines

MANY = 1000  # things that an import creates, so that the database had better look at its tables

imports = AppGroup("import", help="Bring files in: all of one or nothing.")


@command(imports, "clinic")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--reason", type=one_line, metavar="TEXT", help="Why weeks that are over change: an amendment."
)
def import_clinic(file: Path, reason: str | None) -> None:
    """Load or extend a clinic from a clinic file."""
    with naming(file):
        read = exchange_forms.read_clinic_file(text_of(file))
        now = clock.now()
        done = bulk.do(
            lambda: clinic_file.load(read, reason=reason, by=trail.SYSTEM, now=now),
            tell=_tell_progress,
        )
    in_all = sum(done.values(), Counter())
    if in_all["created"] >= MANY:
        analyze()
    for what, outcomes in done.items():
        click.echo(f"{what}: {tally(outcomes)}")
    click.echo(f"all: {tally(in_all)}")


@command(imports, "attendance")
@click.argument("file", type=click.Path(path_type=Path))
def import_attendance(file: Path) -> None:
    """Record historic attendance from a CSV file."""
    with naming(file):
        lines = exchange_forms.read_attendance_file(bytes_of(file))
        now = clock.now()
        done = bulk.do(
            lambda: attendance_file.load(lines, by=trail.SYSTEM, now=now), tell=_tell_progress
        )
    click.echo(f"attendance: {done['changed']} recorded, {done['unchanged']} unchanged")


def _tell_progress(sentence: str) -> None:
    click.echo(sentence, err=True)


def tally(outcomes: Counter[str]) -> str:
    return ", ".join(f"{outcomes[name]} {name}" for name in ("created", "changed", "unchanged"))


def text_of(file: Path) -> str:
    """A file's text; raises `BadInput` when it cannot be read as text."""
    try:
        return bytes_of(file).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput("is not UTF-8 text") from None


def bytes_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}") from None


@contextmanager
def naming(file: Path) -> Iterator[None]:
    """Put the file's name before each problem found in it."""
    try:
        yield
    except BadInput as bad:
        raise BadInput(*(f"{file}:{problem}" for problem in bad.problems)) from None


exports = AppGroup("export", help="Write the clinic or its records to standard output.")
_format = click.option(
    "--format", "as_", type=click.Choice(["csv", "json"]), default="csv", help="How to write."
)
_from = click.option("--from", "first", required=True, metavar="DAY", help="First local day.")
_until = click.option("--until", "last", required=True, metavar="DAY", help="Last local day.")


@command(exports, "clinic")
@click.option(
    "--format", "as_", type=click.Choice(["yaml", "json"]), default="yaml", help="How to write."
)
def export_clinic(as_: str) -> None:
    """The clinic file that imports to the same clinic; without PINs."""
    with transaction(write=False):
        content = clinic_content()
    text = exchange_forms.write_clinic_file(content) if as_ == "yaml" else as_json(content) + "\n"
    click.echo(text.encode(), nl=False)


def _export_days(table: Table, about: str) -> None:
    """Register the command that writes what a table has of some days."""

    @command(exports, table.value, about)
    @_from
    @_until
    @_format
    def export(first: str, last: str, as_: str) -> None:
        days = range_of(first, last)
        with transaction(write=False):
            write(table, records_of(table, Which(days), now=clock.now()), as_)


_export_days(Table.SESSIONS, "The sessions of some days.")
_export_days(Table.ATTENDANCE, "Who was expected on some days, and what is known of them.")
_export_days(Table.AUTHORIZATIONS, "Authorizations that hold on one of some days, and their use.")
_export_days(
    Table.AMENDMENTS,
    "What was changed about signed attendance of some days: what stood, what stands, by whom.",
)


@command(exports, "hours")
@click.option("--week", required=True, metavar="DAY", help="The first day of the week.")
@click.option("--as-of", metavar="INSTANT", help="As it stood then; else now.")
@click.option("--program", metavar="KEY", help="One program's enrollments only.")
@_format
def export_hours(week: str, as_of: str | None, program: str | None, as_: str) -> None:
    """The hours of a week, an enrollment a line."""
    day = day_of("--week", week)
    with transaction(write=False):
        first = week_of(day, program_queries.get_organization().week_starts)
        if day != first:
            raise BadInput(f"--week {week}: begins no week; {first} does.")
        found = program_queries.find_program(program) if program is not None else None
        if program is not None and found is None:
            raise BadInput(f"--program {program}: no program has this key.")
        which = Which(Range(first, first), program=found)
        write(Table.HOURS, records_of(Table.HOURS, which, now=instant_of(as_of)), as_)


def day_of(option: str, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{option} {text}: is not a day like 2026-03-09.") from None
    if day.year not in clock.YEARS:
        raise BadInput(
            f"{option} {text}: lies outside the years {clock.YEARS[0]} to {clock.YEARS[-1]}."
        )
    return day


def range_of(first: str, last: str) -> Range:
    from_on, until_on = day_of("--from", first), day_of("--until", last)
    if until_on < from_on:
        raise BadInput(f"--until {last}: is before --from {first}.")
    return Range(from_on, until_on)


def instant_of(text: str | None) -> datetime:
    """The instant of `--as-of`; without an offset it is the first site's time, absent it is now."""
    if text is None:
        return clock.now()
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=program_queries.sites()[0].zone)
        return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInput(f"--as-of {text}: is not a time like 2026-01-14T15:00.") from None


def write(table: Table, records: Iterable[Record], as_: str) -> None:
    if as_ == "json":
        click.echo(as_json(list(records)).encode())
        return
    for line in csv_lines(records, COLUMNS[table]):
        click.echo(line.encode(), nl=False)  # UTF-8, whatever the terminal's language


def as_json(records: Any) -> str:
    return json.dumps(records, default=str, indent=1, ensure_ascii=False)
