from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, or_, select

from clinic import clock
from clinic.accounts.models import Account, Staff
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment
from clinic.errors import or_not_found
from clinic.kiosk.models import KioskDevice
from clinic.participants.models import Participant
from clinic.participants.queries import TO_TELL_APART
from clinic.permissions import Permission, permissions_of
from clinic.programs.models import Organization, Room, Site
from clinic.schedule.models import Booking, Session
from clinic.schedule.queries.staff import led_by
from clinic.schedule.rules.sessions import EARLIEST_DOORS, opens_at
from clinic.stations import rules
from clinic.stations.models import KioskUnlock, StaffPin
from clinic.tokens import fingerprint, keyed
from clinic.trail import Actor


def pin_digest(pin: str) -> str:
    """What is kept of a staff PIN. Keyed: it is too short to hash alone."""
    return keyed("staff pin", pin)


def get_station(key_hash: str) -> AnyRow:
    """The kiosk with that key, and its site; `NotFound` when there is none in use."""
    found = (
        select(
            KioskDevice.id.label("device_id"),
            KioskDevice.kind,
            KioskDevice.name,
            KioskDevice.waiting_taps,
            KioskDevice.clock_ahead,
            Site.id,
            Site.name.label("site"),
            Site.timezone,
        )
        .join(Site, Site.id == KioskDevice.site_id)
        .where(KioskDevice.key_hash == key_hash, KioskDevice.revoked_at.is_(None))
    )
    return or_not_found(db.execute(found).one_or_none())


class User(NamedTuple):
    """Whoever of the staff uses a kiosk."""

    account_id: int
    name: str
    permissions: frozenset[Permission]
    scope: int | None  # whose groups and caseload they are limited to
    device_id: int

    @property
    def actor(self) -> Actor:
        return Actor("account", self.account_id, f"kiosk:{self.device_id}")


_USERS = (
    select(
        Account.id,
        Account.roles,
        Staff.id.label("staff_id"),
        Staff.name,
        select(Organization.clinicians_manage_rosters).scalar_subquery().label("rosters"),
    )
    .join(Staff, Staff.account_id == Account.id)
    .where(Account.is_active)
)


def find_by_pin(pin: str, device_id: int) -> User | None:
    """Who has this staff PIN, if they may use a kiosk."""
    theirs = _USERS.join(StaffPin, StaffPin.account_id == Account.id)
    row = db.execute(theirs.where(StaffPin.digest == pin_digest(pin))).one_or_none()
    return _user(row, device_id)


def find_unlock(token: str, device_id: int, *, now: datetime) -> KioskUnlock | None:
    """What a token stands for, unless it is over or of another kiosk."""
    found = db.scalars(
        select(KioskUnlock).where(
            KioskUnlock.token_hash == fingerprint(token),
            KioskUnlock.device_id == device_id,
            KioskUnlock.ended_at.is_(None),
        )
    ).one_or_none()
    return None if found is None or rules.is_over(found, now=now) else found


def find_user(unlock: KioskUnlock) -> User | None:
    """Who has opened a kiosk, if they still may."""
    row = db.execute(_USERS.where(Account.id == unlock.account_id)).one_or_none()
    return _user(row, unlock.device_id)


def _user(row: AnyRow | None, device_id: int) -> User | None:
    if row is None:
        return None
    may = permissions_of(row.roles, clinicians_manage_rosters=row.rosters is not False)
    if not rules.may_unlock(may):
        return None
    scope = None if Permission.SEE_WHOLE_CLINIC in may else row.staff_id
    return User(row.id, row.name, may, scope, device_id)


def find_pin(account_id: int) -> StaffPin | None:
    return db.scalars(select(StaffPin).where(StaffPin.account_id == account_id)).one_or_none()


def is_taken(digest: str) -> bool:
    return db.scalar(select(StaffPin.id).where(StaffPin.digest == digest)) is not None


_DUE = (
    select(
        *TO_TELL_APART,
        Session.id.label("session_id"),
        Session.day,
        Session.starts_at,
        Session.ends_at,
        Room.name.label("room"),
        Booking.status,
        Booking.arrived_at,
        Organization.doors_minutes,
    )
    .join_from(Session, Booking, Booking.session_id == Session.id)
    .join(Enrollment, Enrollment.id == Booking.enrollment_id)
    .join(Participant, Participant.id == Enrollment.participant_id)
    .join(Organization, Organization.id == 1)
    .outerjoin(Room, Room.id == Session.room_id)
    .where(
        Session.site_id == bindparam("site_id"),
        Session.day.in_(bindparam("days", expanding=True)),
        ~Session.is_cancelled,
    )
    .order_by(Session.starts_at, Session.id)
)


def due_at(station: AnyRow, user: User, *, now: datetime) -> Sequence[AnyRow]:
    """Everybody who is expected at the site of a kiosk today, a row for each session, by start, as
    far as its user may mark them. Doors may open before midnight for what begins after it."""
    zone = clock.zone(station.timezone)
    today = clock.day_of(now, zone)
    days = sorted({today, clock.day_of(now + EARLIEST_DOORS, zone)})
    due = _DUE
    if user.scope is not None:
        due = due.where(or_(led_by(user.scope), Enrollment.clinician_id == user.scope))
    rows = db.execute(due, {"site_id": station.id, "days": days})
    return [
        row for row in rows if row.day == today or opens_at(row.starts_at, row.doors_minutes) <= now
    ]
