from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from clinic.db import session
from clinic.errors import NotFound
from clinic.programs.models import Closure, Organization, Program, Room, Site


def find_organization() -> Organization | None:
    return session.get(Organization, 1)


def get_organization() -> Organization:
    """The clinic's one row of settings; raises `NotFound` before anything was set up."""
    organization = find_organization()
    if organization is None:
        raise NotFound
    return organization


def sites() -> Sequence[Site]:
    """All sites, the first set up first: it is the one whose time zone stands for the clinic's."""
    return session.scalars(select(Site).order_by(Site.id)).all()


def find_site(key: str) -> Site | None:
    return session.scalars(select(Site).where(Site.key == key)).one_or_none()


def rooms_of(site_id: int) -> Sequence[Room]:
    return session.scalars(select(Room).where(Room.site_id == site_id).order_by(Room.id)).all()


def programs() -> Sequence[Program]:
    return session.scalars(
        select(Program).options(joinedload(Program.site)).order_by(Program.name, Program.id)
    ).all()


def find_program(key: str) -> Program | None:
    return session.scalars(
        select(Program).where(Program.key == key).options(joinedload(Program.site))
    ).one_or_none()


def get_program(program_id: int | None) -> Program:
    program = session.scalars(
        select(Program).where(Program.id == program_id).options(joinedload(Program.site))
    ).one_or_none()
    if program is None:
        raise NotFound
    return program


def closures_of(site_id: int) -> Sequence[Closure]:
    return session.scalars(
        select(Closure).where(Closure.site_id == site_id).order_by(Closure.from_on)
    ).all()


def find_closure(site_id: int, from_on: date, until_on: date) -> Closure | None:
    return session.scalars(
        select(Closure).where(
            Closure.site_id == site_id, Closure.from_on == from_on, Closure.until_on == until_on
        )
    ).one_or_none()
