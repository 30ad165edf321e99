"""The days of people as billing sees them: with their authorizations, without those that nobody
bills."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, select

from clinic.accounts.models import Staff
from clinic.authorizations.models import Authorization
from clinic.authorizations.rules import covers
from clinic.billable import queries as billable
from clinic.billable.queries import PersonDay
from clinic.billing.models import UnbilledDay
from clinic.billing.rules import is_as_said
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment
from clinic.errors import or_not_found
from clinic.participants.models import Participant
from clinic.programs.models import Program, Site
from clinic.programs.queries import find_site
from clinic.schedule.queries.people import in_scope


def days(
    first: date,
    last: date,
    *,
    now: datetime,
    site_id: int | None = None,
    enrollment_ids: Collection[int] | None = None,
    scope: int | None = None,
    with_all: bool = False,
) -> list[PersonDay]:
    """What each person's day from first to last is worth as of now, by day and enrollment key.

    Those on which anything was attended or is to be recorded, without those that are not billed;
    `with_all` has every day on which somebody was booked.
    """
    only = None if enrollment_ids is None else Authorization.enrollment_id.in_(enrollment_ids)
    authorized = _authorized(first, last, only)

    def is_authorized(enrollment_id: int, program: Program, day: date) -> bool:
        theirs = authorized.get(enrollment_id)
        if theirs is None:
            return not program.needs_authorization
        return covers(theirs, day) is not None

    found = billable.days(
        first,
        last,
        now=now,
        site_id=site_id,
        enrollment_ids=enrollment_ids,
        scope=scope,
        is_authorized=is_authorized,
        with_all=with_all,
    )
    if with_all:
        return found
    unbilled = unbilled_in(first, last)
    return [
        each
        for each in found
        if not is_as_said(each.billable, unbilled.get((each.enrollment_id, each.day)))
    ]


def _authorized(
    first: date, last: date, only: ColumnElement[bool] | None
) -> dict[int, list[AnyRow]]:
    """Enrollment id to its authorizations of all days: nothing where there never was one."""
    its = select(
        Authorization.enrollment_id,
        Authorization.id,
        Authorization.from_on,
        Authorization.until_on,
    )
    found: dict[int, list[AnyRow]] = defaultdict(list)
    for row in db.execute(its if only is None else its.where(only)):
        theirs = found[row.enrollment_id]
        if row.from_on <= last and row.until_on >= first:
            theirs.append(row)
    return found


def unbilled_in(
    first: date, last: date, enrollment_id: int | None = None
) -> dict[tuple[int, date], AnyRow]:
    """By enrollment and day: what was said of days that are not billed, and by whom."""
    said = (
        select(
            UnbilledDay.id,
            UnbilledDay.enrollment_id,
            UnbilledDay.day,
            UnbilledDay.units,
            UnbilledDay.minutes,
            UnbilledDay.why,
            UnbilledDay.said_at,
            Staff.name.label("by"),
        )
        .outerjoin(Staff, Staff.account_id == UnbilledDay.said_by_id)
        .where(UnbilledDay.day.between(first, last))
    )
    if enrollment_id is not None:
        said = said.where(UnbilledDay.enrollment_id == enrollment_id)
    return {(row.enrollment_id, row.day): row for row in db.execute(said)}


class Whose(NamedTuple):
    """Whose enrollment it is."""

    participant_id: int
    name: str
    program: str
    site_id: int
    timezone: str


def get_whose(enrollment_id: int, scope: int | None) -> Whose:
    """Whose enrollment this is, for whoever may know of it; raises `NotFound` for all others."""
    wanted = (
        select(
            Enrollment.participant_id,
            Participant.name,
            Program.name,
            Program.site_id,
            Site.timezone,
        )
        .join(Participant, Participant.id == Enrollment.participant_id)
        .join(Program, Program.id == Enrollment.program_id)
        .join(Site, Site.id == Program.site_id)
        .where(Enrollment.id == enrollment_id)
    )
    if scope is not None:
        wanted = wanted.where(in_scope(scope))
    return Whose._make(or_not_found(db.execute(wanted).one_or_none()))


def find_unbilled(enrollment_id: int, unbilled_id: int) -> UnbilledDay | None:
    its = select(UnbilledDay).where(UnbilledDay.enrollment_id == enrollment_id)
    return db.scalars(its.where(UnbilledDay.id == unbilled_id)).one_or_none()


def names_of(staff_ids: Collection[int]) -> dict[int, str]:
    """Names of people on the staff, by id."""
    if not staff_ids:
        return {}
    rows = db.execute(select(Staff.id, Staff.name).where(Staff.id.in_(staff_ids)))
    return {row.id: row.name for row in rows}


def site_called(key: str) -> str:
    return or_not_found(find_site(key)).name
