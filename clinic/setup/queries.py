"""How far the set-up is: counted from the database, in one statement."""

from typing import Any

from sqlalchemy import Select, String, exists, func, select, type_coerce

from clinic.accounts.models import Account, Staff
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment
from clinic.participants.models import Participant
from clinic.participants.queries import IS_LISTED
from clinic.permissions import Role
from clinic.programs.models import Closure, Organization, Program, Room, RuleSet, Site
from clinic.schedule.models import RosterEntry, Series


def overview() -> AnyRow:
    """Return how many there are of each; inactive ones do not count."""
    people = select(func.count()).select_from(Staff).join(Account).where(Account.is_active)
    is_enrolled = exists().where(Enrollment.participant_id == Participant.id)
    first = select(func.min(Participant.id)).where(IS_LISTED)
    counts: dict[str, Select[Any]] = {
        "organizations": select(func.count()).select_from(Organization),
        "sites": select(func.count()).select_from(Site).where(Site.is_active),
        "rooms": select(func.count())
        .select_from(Room)
        .join(Site)
        .where(Room.is_active, Site.is_active),
        "staff": people,
        "clinicians": people.where(
            type_coerce(Account.roles, String).contains(Role.CLINICIAN.value)
        ),
        "programs": select(func.count()).select_from(Program).where(Program.is_active),
        "rule_sets": select(func.count()).select_from(RuleSet).where(RuleSet.is_active),
        "closures": select(func.count()).select_from(Closure),
        "series": select(func.count()).select_from(Series),
        "participants": select(func.count()).select_from(Participant).where(IS_LISTED),
        "places": select(func.count()).select_from(RosterEntry),  # of somebody on a group
        "newcomer": first.where(~is_enrolled),  # who is in no program yet
        "enrolled": first.where(is_enrolled),
    }
    columns = (count.scalar_subquery().label(name) for name, count in counts.items())
    return db.execute(select(*columns)).one()


def rooms_by_site() -> dict[int, list[str]]:
    """Site id to the names of its rooms that are in use."""
    found: dict[int, list[str]] = {}
    for site_id, name in db.execute(
        select(Room.site_id, Room.name).where(Room.is_active).order_by(Room.site_id, Room.id)
    ):
        found.setdefault(site_id, []).append(name)
    return found
