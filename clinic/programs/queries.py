from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from clinic import clock
from clinic.days import week_of
from clinic.db import Base, db
from clinic.errors import or_not_found
from clinic.formats import zone_note
from clinic.names import sort_key
from clinic.paging import Filter, filter_asked
from clinic.programs.models import Closure, Organization, Program, Room, RuleSet, Site

Record = TypeVar("Record", bound=Base)


def find_organization() -> Organization | None:
    return db.get(Organization, 1)


def get_organization() -> Organization:
    """The clinic's one row of settings; raises `NotFound` before anything was set up."""
    return or_not_found(find_organization())


def take_turns() -> None:
    """Have one server after the other do what only one may: the others wait until this is kept."""
    db.execute(select(Organization.id).with_for_update())


def sites(*, active_only: bool = False) -> Sequence[Site]:
    """All sites, the first set up first: it is the one whose time zone stands for the clinic's.

    `active_only` for choices of something new.
    """
    statement = select(Site).order_by(Site.id)
    return db.scalars(statement.where(Site.is_active) if active_only else statement).all()


Programs = Mapping[int, Program]  # by id, whole: with site, mix, and rule set with its figures


class Clinic(NamedTuple):
    """The clinic as it is set up: no settings as long as there is no site."""

    organization: Organization | None
    sites: list[Site]  # as `sites` gives them
    programs: Programs  # by name

    @property
    def settings(self) -> Organization:
        """The same; raises `NotFound` before there are any."""
        return or_not_found(self.organization)

    @property
    def week_starts(self) -> int:
        return self.organization.week_starts if self.organization else 0


_SITES = (
    select(Site, Organization)
    .select_from(Site)
    .outerjoin(Organization, Organization.id == 1)
    .order_by(Site.id)
)
_WHOLE = (
    _SITES.add_columns(Program)
    .outerjoin(Program, Program.site_id == Site.id)
    .options(
        contains_eager(Program.site),
        joinedload(Program.mix),
        joinedload(Program.rule_set).joinedload(RuleSet.rules),
    )
)


def find_clinic(*, with_programs: bool = True) -> Clinic:
    """All that is set up, in one statement: a page reads it once and hands it on."""
    rows = db.execute(_WHOLE if with_programs else _SITES).unique().all()
    programs = [row[2] for row in rows if with_programs and row[2] is not None]
    programs.sort(key=_by_name)
    return Clinic(
        rows[0][1] if rows else None,
        list({row[0].id: row[0] for row in rows}.values()),
        {program.id: program for program in programs},
    )


class Home(NamedTuple):
    """Where somebody or the clinic is, for what belongs to no site: a site's zone, day and week."""

    zone: ZoneInfo
    today: date
    week: date  # its first day
    week_starts: int  # 0 is Monday
    is_one_of_several: bool = False  # whether another site is in another zone

    @property
    def zone_words(self) -> str:
        """Which clock a page about several places is on, in a clinic that has several."""
        return (
            f"{zone_note(self.zone.key)} where no other is given" if self.is_one_of_several else ""
        )


class SiteHome(NamedTuple):
    id: int
    key: str
    home: Home


def homes(now: datetime, clinic: Clinic | None = None) -> list[SiteHome]:
    """The zone, the day and the week of each site, the first set up first; `clinic` where it was
    read before."""
    if clinic is None:
        clinic = find_clinic(with_programs=False)
    starts, are_several = clinic.week_starts, len({site.timezone for site in clinic.sites}) > 1
    return [
        SiteHome(site.id, site.key, _home(site.timezone, starts, now, are_several=are_several))
        for site in clinic.sites
    ]


def home(now: datetime, site_id: int | None = None) -> Home:
    """The same of one site, else of the first; in UTC as long as there is none."""
    found = {site.id: site.home for site in homes(now)}
    first = next(iter(found.values()), None) or _home("UTC", 0, now)
    return found.get(site_id or 0, first)


def _home(timezone: str, week_starts: int, now: datetime, *, are_several: bool = False) -> Home:
    zone = clock.zone(timezone)
    today = clock.day_of(now, zone)
    return Home(zone, today, week_of(today, week_starts), week_starts, are_several)


def find_site(key: str) -> Site | None:
    return db.scalars(select(Site).where(Site.key == key)).one_or_none()


def get_site(site_id: int | None) -> Site:
    return _get(Site, site_id)


def rooms_of(site_id: int, *, active_only: bool = False) -> Sequence[Room]:
    statement = select(Room).where(Room.site_id == site_id).order_by(Room.id)
    return db.scalars(statement.where(Room.is_active) if active_only else statement).all()


def get_room(room_id: int | None) -> Room:
    return or_not_found(
        db.scalars(
            select(Room).where(Room.id == room_id).options(joinedload(Room.site))
        ).one_or_none()
    )


def programs(*, active_only: bool = False) -> Sequence[Program]:
    """All programs by name; `active_only` for choices of something new."""
    statement = select(Program).options(joinedload(Program.site))
    found = db.scalars(statement.where(Program.is_active) if active_only else statement)
    return sorted(found, key=_by_name)


def _by_name(program: Program) -> tuple[Any, int]:
    return sort_key(program.name), program.id


def find_program(key: str) -> Program | None:
    return db.scalars(
        select(Program).where(Program.key == key).options(joinedload(Program.site))
    ).one_or_none()


def program_filter(pairs: Iterable[tuple[str, str]], *, asked: str) -> Filter:
    """Return what narrows a list down to a program, of pairs of key and name in it."""
    return filter_asked(
        "program",
        "Program",
        "All programs",
        pairs,
        asked=asked,
        called=lambda key: or_not_found(find_program(key)).name,
    )


def get_program(program_id: int | None) -> Program:
    return or_not_found(
        db.scalars(
            select(Program).where(Program.id == program_id).options(joinedload(Program.site))
        ).one_or_none()
    )


def get_program_whole(program_id: int | None) -> Program:
    """A program with its site, its mix, and its rule set with the figures."""
    return or_not_found(
        db.scalars(
            select(Program)
            .where(Program.id == program_id)
            .options(
                joinedload(Program.site),
                selectinload(Program.mix),
                joinedload(Program.rule_set).selectinload(RuleSet.rules),
            )
        ).one_or_none()
    )


def rule_sets(*, active_only: bool = False) -> Sequence[RuleSet]:
    """All rule sets with their figures: those that came with the product first, by name."""
    statement = select(RuleSet).options(selectinload(RuleSet.rules))
    found = db.scalars(statement.where(RuleSet.is_active) if active_only else statement)
    return sorted(found, key=lambda one: (not one.is_provided, sort_key(one.name), one.id))


def get_rule_set(rule_set_id: int | None) -> RuleSet:
    """A rule set with its figures."""
    return or_not_found(
        db.scalars(
            select(RuleSet).where(RuleSet.id == rule_set_id).options(selectinload(RuleSet.rules))
        ).one_or_none()
    )


def closures_of(site_id: int) -> Sequence[Closure]:
    return db.scalars(
        select(Closure).where(Closure.site_id == site_id).order_by(Closure.from_on)
    ).all()


def get_closure(closure_id: int | None) -> Closure:
    return _get(Closure, closure_id)


def find_closure(site_id: int, from_on: date, until_on: date) -> Closure | None:
    return db.scalars(
        select(Closure).where(
            Closure.site_id == site_id, Closure.from_on == from_on, Closure.until_on == until_on
        )
    ).one_or_none()


def _get(model: type[Record], record_id: int | None) -> Record:
    return or_not_found(db.get(model, record_id or 0))


def programs_at(site_id: int) -> Sequence[str]:
    """The names of the programs that are offered at a site."""
    theirs = select(Program.name).where(Program.site_id == site_id, Program.is_active)
    return sorted(db.scalars(theirs), key=sort_key)


def closures(site_id: int | None) -> Sequence[Closure]:
    """The closures of a site, or of all, by first day."""
    found = select(Closure).order_by(Closure.from_on, Closure.id)
    return db.scalars(found if site_id is None else found.where(Closure.site_id == site_id)).all()


def programs_by_rule_set() -> dict[int | None, list[str]]:
    """Rule set id to the names of the programs that follow it."""
    found: dict[int | None, list[str]] = {}
    rows = db.execute(
        select(Program.rule_set_id, Program.name).where(
            Program.rule_set_id.is_not(None), Program.is_active
        )
    )
    for rule_set_id, name in sorted(rows, key=lambda row: sort_key(row.name)):
        found.setdefault(rule_set_id, []).append(name)
    return found
