from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime
from functools import partial
from typing import Final, NamedTuple

from sqlalchemy import and_, or_, select

from clinic import clock
from clinic.accounts.models import Account, Staff
from clinic.days import week_of
from clinic.db import AnyRow, db
from clinic.digest import rules
from clinic.hours.queries import EnrollmentWeek, places_in, weeks_and_places_on
from clinic.hours.rules import danger
from clinic.makeups.rules import Place
from clinic.names import sort_key
from clinic.programs.models import Closure, Organization, Site
from clinic.programs.queries import Clinic
from clinic.schedule.models import Session
from clinic.told.queries import told_in
from clinic.told.rules import DANGER, Said
from clinic.told.rules import news as news_of

MAILED: Final = "staff.digest_mailed"  # of whose week is in danger


class Running(NamedTuple):
    """The week that runs of an enrollment, and the day it is there."""

    week: EnrollmentWeek
    today: date
    places: Callable[[], Sequence[Place]]  # what they could come to besides

    @property
    def said(self) -> Said:
        hours = self.week.hours
        return Said(
            self.week.enrollment_id,
            hours.week,
            self.today,
            hours.state,
            hours.missing,
            hours.balance.reachable,
        )


class Due(NamedTuple):
    """Somebody of the staff who is to be written to, once since the day began there."""

    staff_id: int
    email: str
    people: int
    since: datetime


def running(clinic: Clinic, *, now: datetime, scope: int | None = None) -> list[Running]:
    """The week that runs at each site, of every enrollment."""
    today = {site.id: site.today(now) for site in clinic.sites}
    sites: dict[date, set[int]] = defaultdict(set)  # where it is the week of that first day
    for site_id, day in today.items():
        sites[week_of(day, clinic.week_starts)].add(site_id)
    found = []
    for week, there in sites.items():
        weeks, places_of = weeks_and_places_on(week, now=now, scope=scope, programs=clinic.programs)
        found += [
            Running(each, today[each.program.site_id], partial(places_in, places_of, each))
            for each in weeks
            if each.program.site_id in there
        ]
    return found


def news(found: Collection[Running]) -> list[Said]:
    """What is to be said of the week that runs, for it is not what was said last."""
    said = [each.said for each in found]
    return [each for _, each in news_of(said, told_in({each.week for each in said}))]


def in_danger(found: Iterable[Running], *, site_id: int | None, scope: int | None) -> list[Running]:
    """Whose week, of these, is in danger today and not closed by anybody, the most pressing
    first: of one's own caseload where there is a limit."""
    pressing = [
        each
        for each in found
        if _is_in_danger(each.week)
        and rules.is_own(each.week.clinician_id, scope)
        and site_id in {None, each.week.program.site_id}
    ]
    return sorted(pressing, key=lambda each: (*danger(each.week.hours), sort_key(each.week.name)))


def _is_in_danger(week: EnrollmentWeek) -> bool:
    return week.hours.state in DANGER and not week.is_closed


def due(found: Iterable[Running], *, now: datetime) -> list[Due]:
    """Who is to be written to this morning: on whose caseload a week is in danger, where it is a
    day on which something can be done about it."""
    sites: dict[int, tuple[Site, date]] = {}
    people: dict[int, list[int]] = defaultdict(list)  # the sites of theirs, by clinician
    for week, today, _ in found:
        site = week.program.site
        if week.clinician_id is None or not _is_in_danger(week):
            continue
        if rules.is_morning(now.astimezone(site.zone)):
            sites[site.id] = (site, today)
            people[week.clinician_id].append(site.id)
    open_ids = _open(sites.values()) if sites else set()
    theirs = {
        staff_id: [site_id for site_id in site_ids if site_id in open_ids]
        for staff_id, site_ids in people.items()
    }
    begun = {
        site_id: clock.bounds_of(today, site.zone)[0] for site_id, (site, today) in sites.items()
    }
    return [
        Due(row.id, row.email, len(theirs[row.id]), max(map(begun.__getitem__, theirs[row.id])))
        for row in _accounts([staff_id for staff_id, site_ids in theirs.items() if site_ids])
        if rules.is_written_to(row)
    ]


def _open(places: Collection[tuple[Site, date]]) -> set[int]:
    """At which of these sites it is a day on which somebody is there, or was to be."""
    days = {site.id: today for site, today in places}
    meets = select(Session.site_id).where(
        ~Session.is_cancelled,
        or_(*(and_(Session.site_id == each, Session.day == day) for each, day in days.items())),
    )
    closed = select(Closure.site_id).where(
        or_(
            *(
                and_(Closure.site_id == each, Closure.from_on <= day, Closure.until_on >= day)
                for each, day in days.items()
            )
        )
    )
    meeting, closed_ids = set(db.scalars(meets.distinct())), set(db.scalars(closed))
    return {
        each
        for each, day in days.items()
        if rules.is_open(day, is_closed=each in closed_ids, has_sessions=each in meeting)
    }


def _accounts(staff_ids: Collection[int]) -> Sequence[AnyRow]:
    """Those of the staff who can be written to, where the clinic wants it."""
    if not staff_ids:
        return []
    return db.execute(
        select(Staff.id, Account.email, Account.roles)
        .join(Account, Account.id == Staff.account_id)
        .where(
            Staff.id.in_(staff_ids),
            Account.is_active,
            Account.email.is_not(None),
            select(Organization.sends_digest).scalar_subquery(),
        )
        .order_by(Staff.id)
    ).all()
