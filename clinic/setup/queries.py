"""How far the set-up is: counted from the database, in one statement."""

from typing import Any, NamedTuple

from sqlalchemy import ScalarSelect, Select, String, exists, func, select, type_coerce

from clinic.accounts.models import Account, Staff
from clinic.db import db
from clinic.enrollment.models import Enrollment
from clinic.participants.models import Participant
from clinic.participants.queries import IS_LISTED
from clinic.permissions import Role
from clinic.programs.models import Closure, Organization, Program, Room, RuleSet, Site
from clinic.schedule.models import RosterEntry, Series


class Overview(NamedTuple):
    """How many there are of each; inactive ones do not count."""

    organizations: int
    sites: int
    rooms: int
    staff: int
    clinicians: int
    programs: int
    rule_sets: int
    closures: int
    series: int
    participants: int
    places: int  # of somebody on a group
    newcomer: int | None  # the first participant who is in no program yet
    enrolled: int | None  # the first one who is


def overview() -> Overview:
    people = select(func.count()).select_from(Staff).join(Account).where(Account.is_active)
    is_enrolled = exists().where(Enrollment.participant_id == Participant.id)
    counts: tuple[Select[Any], ...] = (
        select(func.count()).select_from(Organization),
        select(func.count()).select_from(Site).where(Site.is_active),
        select(func.count()).select_from(Room).join(Site).where(Room.is_active, Site.is_active),
        people,
        people.where(type_coerce(Account.roles, String).contains(Role.CLINICIAN.value)),
        select(func.count()).select_from(Program).where(Program.is_active),
        select(func.count()).select_from(RuleSet).where(RuleSet.is_active),
        select(func.count()).select_from(Closure),
        select(func.count()).select_from(Series),
        select(func.count()).select_from(Participant).where(IS_LISTED),
        select(func.count()).select_from(RosterEntry),
        select(func.min(Participant.id)).where(IS_LISTED, ~is_enrolled),
        select(func.min(Participant.id)).where(is_enrolled),
    )
    return Overview(*db.execute(select(*map(_scalar, counts))).one())


def _scalar(statement: Select[Any]) -> ScalarSelect[Any]:
    return statement.scalar_subquery()


def rooms_by_site() -> dict[int, list[str]]:
    """Site id to the names of its rooms that are in use."""
    found: dict[int, list[str]] = {}
    for site_id, name in db.execute(
        select(Room.site_id, Room.name).where(Room.is_active).order_by(Room.site_id, Room.id)
    ):
        found.setdefault(site_id, []).append(name)
    return found
