from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import and_, or_, select

from clinic.accounts.models import Account, Staff
from clinic.db import AnyRow, db
from clinic.names import sort_key
from clinic.permissions import Role
from clinic.programs.models import Program, Room, Rule, Site
from clinic.schedule.rules.words import leader_words


def leaders_to_offer(already: Collection[int] = ()) -> list[AnyRow]:
    """Clinicians who have access, and those who lead already, by name: id, name, is_active."""
    rows = db.execute(
        select(Staff.id, Staff.name, Account.roles, Account.is_active).join(
            Account, Account.id == Staff.account_id
        )
    )
    found = [
        row for row in rows if row.id in already or (row.is_active and Role.CLINICIAN in row.roles)
    ]
    return sorted(found, key=lambda row: (sort_key(row.name), row.id))


def clinicians_to_choose(already: int | None = None) -> list[tuple[Any, str]]:
    """Who may be somebody's primary clinician, to choose, and whoever is it already."""
    offered = leaders_to_offer([already] if already else ())
    return [("", "None yet"), *((row.id, leader_words(row)) for row in offered)]


def rooms_to_offer(site_id: int | None = None, *, already: int | None = None) -> Sequence[AnyRow]:
    """Active rooms of active sites, and the one chosen already; the smallest of a site first."""
    statement = (
        select(Room.id, Room.name, Room.seats, Room.site_id, Site.name.label("site"))
        .join(Site, Site.id == Room.site_id)
        .where(or_(and_(Room.is_active, Site.is_active), Room.id == already))
        .order_by(Site.id, Room.seats, Room.id)
    )
    if site_id is not None:
        statement = statement.where(Room.site_id == site_id)
    return db.execute(statement).all()


def programs_to_offer(*, site_id: int | None = None, already: int | None = None) -> list[AnyRow]:
    """Active programs of active sites, and the one chosen already: id and name, by name."""
    statement = (
        select(Program.id, Program.name, Program.site_id, Site.name.label("site"))
        .join(Site, Site.id == Program.site_id)
        .where(or_(and_(Program.is_active, Site.is_active), Program.id == already))
    )
    if site_id is not None:
        statement = statement.where(Program.site_id == site_id)
    return sorted(db.execute(statement), key=lambda row: (sort_key(row.name), row.id))


def figures_of(program: Program) -> Sequence[Rule]:
    """The figures of a program's rule set."""
    return db.scalars(
        select(Rule).where(Rule.rule_set_id == program.rule_set_id).order_by(Rule.id)
    ).all()


def find_room(room_id: int | None) -> Room | None:
    return db.get(Room, room_id) if room_id is not None else None
