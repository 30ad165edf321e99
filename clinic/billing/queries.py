"""The days of people as billing sees them: with their authorizations, without those that nobody
bills."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select

from clinic.accounts.models import Staff
from clinic.billable import queries as billable
from clinic.billable.queries import PersonDay
from clinic.billable.rules import day_of
from clinic.billing.models import UnbilledDay
from clinic.billing.rules import is_as_said, used_since
from clinic.coverage.models import Authorization
from clinic.coverage.rules import Stage, Use, covers, not_covered, used_on
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment
from clinic.errors import or_not_found
from clinic.programs.models import Program
from clinic.programs.queries import Programs, find_site


def days(
    first: date,
    last: date,
    *,
    now: datetime,
    site_id: int | None = None,
    enrollment_ids: Collection[int] | None = None,
    scope: int | None = None,
    with_all: bool = False,
    programs: Programs | None = None,
) -> list[PersonDay]:
    """What each person's day from first to last is worth as of now, by day and enrollment key.

    Those on which anything was attended or is to be recorded, without those that are not billed;
    `with_all` has every day on which somebody was booked. `programs` are those of the clinic where
    they were read before.
    """
    authorized = _authorized(enrollment_ids)
    since = min([first, *(used_since(first, theirs) for theirs in authorized.values())])
    found = billable.days(
        since,
        last,
        now=now,
        site_id=site_id,
        enrollment_ids=enrollment_ids,
        scope=scope,
        with_all=with_all,
        programs=programs,
    )
    said = unbilled_in(since, last, enrollment_ids)
    found = [_as_said(each, said.get((each.enrollment_id, each.day))) for each in found]
    billed = [each for each in found if each.unbilled is None]
    without = _without_authorization(billed, authorized)
    using = _using(billed, authorized)
    return [
        _held(each, now=now)
        if (each.enrollment_id, each.day) in without
        else each._replace(authorization=using.get((each.enrollment_id, each.day)))
        for each in (found if with_all else billed)
        if each.day >= first
    ]


def _as_said(each: PersonDay, said: AnyRow | None) -> PersonDay:
    return each._replace(unbilled=said) if is_as_said(each.billable, said) else each


def _held(each: PersonDay, *, now: datetime) -> PersonDay:
    """The same day for want of an authorization."""
    is_over = each.day < each.program.site.today(now)
    worth = day_of(each.figures, each.parts, is_over=is_over, is_authorized=False)
    return each._replace(billable=worth)


def _without_authorization(
    found: Iterable[PersonDay], authorized: Mapping[int, Sequence[AnyRow]]
) -> set[tuple[int, date]]:
    """The days, by enrollment, that nothing authorizes: of programs that need it, and of
    whoever has an authorization.

    Only what comes to a unit uses one up.
    """
    days_of: dict[int, list[PersonDay]] = defaultdict(list)
    without = set()
    for each in found:
        if each.enrollment_id in authorized:
            days_of[each.enrollment_id].append(each)
        elif each.program.needs_authorization:
            without.add((each.enrollment_id, each.day))
    for enrollment_id, theirs in days_of.items():
        uses = [use for each in theirs for use in _uses(each)]
        beyond = {use.day for use in not_covered(authorized[enrollment_id], uses)}
        without |= {
            (enrollment_id, each.day)
            for each in theirs
            if each.day in beyond
            or not (each.billable.units or covers(authorized[enrollment_id], each.day))
        }
    return without


def _using(
    found: Iterable[PersonDay], authorized: Mapping[int, Sequence[AnyRow]]
) -> dict[tuple[int, date], AnyRow]:
    """By enrollment and day: the authorization that it uses units of."""
    uses: dict[int, list[Use]] = defaultdict(list)
    for each in found:
        if each.enrollment_id in authorized:
            uses[each.enrollment_id] += _uses(each)
    return {
        (enrollment_id, day): one
        for enrollment_id, theirs in uses.items()
        for day, one in used_on(authorized[enrollment_id], theirs).items()
    }


def _uses(each: PersonDay) -> Iterator[Use]:
    if each.billable.units:
        for part in each.parts:
            if part.session_id in each.billable.counted:
                yield Use(part.session_id, each.day, part.delivered, Stage.USED)


def _authorized(enrollment_ids: Collection[int] | None) -> dict[int, list[AnyRow]]:
    """Enrollment id to its authorizations; nothing where there never was one."""
    its = select(
        Authorization.enrollment_id,
        Authorization.id,
        Authorization.payer,
        Authorization.number,
        Authorization.code,
        Authorization.unit,
        Authorization.units,
        Authorization.from_on,
        Authorization.until_on,
    )
    if enrollment_ids is not None:
        its = its.where(Authorization.enrollment_id.in_(enrollment_ids))
    found: dict[int, list[AnyRow]] = defaultdict(list)
    for row in db.execute(its):
        found[row.enrollment_id].append(row)
    return found


def unbilled_in(
    first: date, last: date, enrollment_ids: Collection[int] | None = None
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
    if enrollment_ids is not None:
        said = said.where(UnbilledDay.enrollment_id.in_(enrollment_ids))
    return {(row.enrollment_id, row.day): row for row in db.execute(said)}


# What was said of days, each with the site that it is about.
_SAID = (
    select(UnbilledDay, Program.site_id)
    .join(Enrollment, Enrollment.id == UnbilledDay.enrollment_id)
    .join(Program, Program.id == Enrollment.program_id)
    .order_by(UnbilledDay.enrollment_id, UnbilledDay.day)
)


def left_out_at(said_at: datetime, account_id: int | None) -> Sequence[AnyRow]:
    """What somebody said of days in one press."""
    its = UnbilledDay.said_at == said_at, UnbilledDay.said_by_id == account_id
    return db.execute(_SAID.where(*its)).all()


def find_unbilled(enrollment_id: int, unbilled_id: int) -> AnyRow | None:
    its = UnbilledDay.enrollment_id == enrollment_id, UnbilledDay.id == unbilled_id
    return db.execute(_SAID.where(*its)).one_or_none()


def site_called(key: str) -> str:
    return or_not_found(find_site(key)).name
