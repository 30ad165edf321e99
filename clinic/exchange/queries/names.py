"""What files name: from keys to what the database holds."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload

from clinic.accounts.models import Account, Staff
from clinic.db import db
from clinic.enrollment.models import Enrollment
from clinic.participants.models import Participant
from clinic.participants.queries import get_participant
from clinic.programs.models import Program, Room, RuleSet, Site
from clinic.programs.queries import find_site
from clinic.schedule.models import Booking, RosterEntry, Series, Session

MOST = 1000
KEYED: dict[str, Any] = {  # by the lists of a clinic file
    "sites": Site,
    "staff": Staff,
    "rule_sets": RuleSet,
    "programs": Program,
    "series": Series,
    "participants": Participant,
    "enrollments": Enrollment,
    "sessions": Session,
}


def known() -> dict[str, frozenset[str]]:
    """The keys that the database holds, for each list of a clinic file, which may name them."""
    return {
        name: frozenset(db.scalars(select(model.key).where(model.key.is_not(None))))
        for name, model in KEYED.items()
    }


def by_key(statement: Select[Any], keys: Collection[str] | None = None) -> dict[str, Any]:
    """What a select of rows finds, by key; only those with these keys, if any are named."""
    if keys is None:
        return {row.key: row for row in db.scalars(statement)}
    found: dict[str, Any] = {}
    wanted = sorted(keys)
    key = statement.selected_columns.key
    for first in range(0, len(wanted), MOST):  # a statement holds so many values and no more
        some = statement.where(key.in_(wanted[first : first + MOST]))
        found |= {row.key: row for row in db.scalars(some)}
    return found


def people_by_key(keys: Collection[str]) -> dict[str, Participant]:
    """Whoever has these keys, or into whose record the one with that key was merged."""
    found = by_key(select(Participant).options(joinedload(Participant.account)), keys)
    return {
        key: one if one.merged_into_id is None else get_participant(one.merged_into_id)
        for key, one in found.items()
    }


def rosters_of(
    enrollments: Iterable[Enrollment],
) -> dict[int, dict[int, list[RosterEntry]]]:
    """Enrollment id to series id to the places of the one in the other, by first day."""
    found: dict[int, dict[int, list[RosterEntry]]] = defaultdict(lambda: defaultdict(list))
    ids = sorted(enrollment.id for enrollment in enrollments)
    for first in range(0, len(ids), MOST):
        for entry in db.scalars(
            select(RosterEntry)
            .where(RosterEntry.enrollment_id.in_(ids[first : first + MOST]))
            .order_by(RosterEntry.from_on, RosterEntry.id)
        ):
            found[entry.enrollment_id][entry.series_id].append(entry)
    return found


def get_site(key: str) -> Site:
    """Raise `KeyError` where there is none, as all that looks something up by its key."""
    site = find_site(key)
    if site is None:
        raise KeyError(key)
    return site


def staff_ids(keys: Iterable[str]) -> list[int]:
    """Ids in the order of the keys, which must all be known."""
    wanted = list(keys)
    rows = db.execute(select(Staff.key, Staff.id).where(Staff.key.in_(wanted)))
    ids = dict(rows.all())
    return [ids[key] for key in wanted]


def enrollment_ids(keys: Iterable[str]) -> list[int]:
    return list(db.scalars(select(Enrollment.id).where(Enrollment.key.in_(list(keys)))))


def find_room(site_id: int, key: str) -> Room | None:
    return db.scalars(select(Room).where(Room.site_id == site_id, Room.key == key)).one_or_none()


def find_staff(key: str) -> Staff | None:
    return db.scalars(
        select(Staff)
        .where(Staff.key == key)
        .options(
            joinedload(Staff.account),
            selectinload(Staff.working_hours),
            selectinload(Staff.time_off),
        )
    ).one_or_none()


def find_rule_set(key: str | None) -> RuleSet | None:
    return db.scalars(
        select(RuleSet).where(RuleSet.key == key).options(selectinload(RuleSet.rules))
    ).one_or_none()


def find_program_whole(key: str) -> Program | None:
    """With its site and its mix."""
    return db.scalars(
        select(Program)
        .where(Program.key == key)
        .options(joinedload(Program.site), selectinload(Program.mix))
    ).one_or_none()


def accounts_of(
    staff: Iterable[str], participants: Iterable[str]
) -> list[tuple[Account, str, bool]]:
    """The accounts of these people with their keys and whether they are staff."""
    found: list[tuple[Account, str, bool]] = []
    for model, keys in ((Staff, staff), (Participant, participants)):
        rows = db.execute(
            select(Account, model.key)
            .join(model, model.account_id == Account.id)
            .where(model.key.in_(list(keys)))
        )
        found += [(account, key, model is Staff) for account, key in rows]
    return found


def find_booking(series: str, day: date, enrollment: str) -> Booking | None:
    """Somebody's place in the occurrence of a series planned for a day, or in a one-off session."""
    return db.scalars(
        select(Booking)
        .join(Session, Session.id == Booking.session_id)
        .join(Enrollment, Enrollment.id == Booking.enrollment_id)
        .outerjoin(Series, Series.id == Session.series_id)
        .where(
            Enrollment.key == enrollment,
            ((Series.key == series) & (Session.planned_on == day))
            | ((Session.key == series) & (Session.day == day)),
        )
        .options(
            joinedload(Booking.session).joinedload(Session.site),
            joinedload(Booking.enrollment).joinedload(Enrollment.participant),
        )
    ).one_or_none()


def is_there_a_session(series: str, day: date) -> bool:
    """Whether a series, or one-off session, of that key takes place on a day."""
    return (
        db.scalars(
            select(Session.id)
            .outerjoin(Series, Series.id == Session.series_id)
            .where(
                ((Series.key == series) & (Session.planned_on == day))
                | ((Session.key == series) & (Session.day == day))
            )
        ).first()
        is not None
    )
