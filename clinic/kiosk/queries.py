from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, select

from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment
from clinic.errors import or_not_found
from clinic.kiosk import rules
from clinic.kiosk.models import KioskDevice, KioskPause, KioskTap
from clinic.kiosk.rules import Tap
from clinic.names import sort_key
from clinic.participants.models import Participant, RetiredPin
from clinic.participants.queries import TO_TELL_APART
from clinic.programs.models import Site
from clinic.schedule.models import Booking, Session, Status

_device, _tap, _pause, _site, _person = (
    model.__table__ for model in (KioskDevice, KioskTap, KioskPause, Site, Participant)
)

_OF_DEVICE = (
    "seen_at",
    "waiting_taps",
    "clock_ahead",
    "clock_readings",
    "guessed_at",
    "guesses_until",
)

_GOES_BY = func.coalesce(func.nullif(_person.c.preferred_name, ""), _person.c.name).label("goes_by")

# Made once: with every tap, all that is known of it. Taps of one kiosk take turns: of guesses at
# the same moment each one sees the others.
_DOOR = (
    select(
        _site.c.id,
        _site.c.timezone,
        _device.c.id.label("device_id"),
        *(_device.c[name] for name in _OF_DEVICE),
        _pause.c.until.label("paused_until"),
        _person.c.id.label("participant_id"),
        _person.c.pin_since,
        _GOES_BY,
        _tap.c.asked,
        _tap.c.answer,
    )
    .join_from(_device, _site)
    .outerjoin(_pause, _pause.c.site_id == _site.c.id)
    .outerjoin(_person, _person.c.pin_digest == bindparam("pin_digest"))
    .outerjoin(_tap, _tap.c.id == bindparam("tap_id"))
    .where(_device.c.key_hash == bindparam("key_hash"), _device.c.revoked_at.is_(None))
    .with_for_update(of=_device)
)


def get_door(key_hash: str, tap: Tap | None = None) -> AnyRow:
    """The site at whose door the kiosk with that key stands, locked; `NotFound` when none does.

    With it whose PIN the tap has, and what was asked and answered under its id before.
    """
    facts = {
        "key_hash": key_hash,
        "pin_digest": tap.pin_digest if tap else None,
        "tap_id": tap.id if tap else None,
    }
    return or_not_found(db.connection().execute(_DOOR, facts).first())


def had_before(pin_digest: str | None) -> Sequence[AnyRow]:
    """Who had a PIN and has it no longer, the first first: given_at, retired_at, and who."""
    return db.execute(
        select(
            RetiredPin.given_at,
            RetiredPin.retired_at,
            RetiredPin.participant_id,
            _GOES_BY,
        )
        .join(_person, _person.c.id == RetiredPin.participant_id)
        .where(RetiredPin.digest == pin_digest)
        .order_by(RetiredPin.retired_at, RetiredPin.id)
    ).all()


def guesses_at(site_id: int) -> Sequence[datetime | None]:
    """Until when the guesses at each kiosk of a site count."""
    theirs = KioskDevice.site_id == site_id, KioskDevice.revoked_at.is_(None)
    return db.scalars(select(KioskDevice.guesses_until).where(*theirs)).all()


def get_station(key_hash: str) -> AnyRow:
    """Of which kind the kiosk with that key is, and the zone of the site where it stands."""
    found = select(KioskDevice.kind, Site.timezone).join(Site, KioskDevice.site_id == Site.id)
    return db.execute(found.where(KioskDevice.key_hash == key_hash)).one()


def devices_at(site_id: int) -> Sequence[KioskDevice]:
    """The kiosks of a site that are in use, by name."""
    found = db.scalars(
        select(KioskDevice).where(KioskDevice.site_id == site_id, KioskDevice.revoked_at.is_(None))
    )
    return sorted(found, key=lambda one: (sort_key(one.name), one.id))


# The first session after a tap of theirs to which somebody has been checked in since it came.
_CAME_TO = (
    select(func.min(Session.starts_at))
    .join_from(Enrollment, Booking, Booking.enrollment_id == Enrollment.id)
    .join(Session, Session.id == Booking.session_id)
    .where(
        Enrollment.participant_id == KioskTap.participant_id,
        Session.site_id == KioskTap.site_id,
        Session.ends_at >= KioskTap.tapped_at,
        Booking.status == Status.PRESENT,
        Booking.recorded_at >= KioskTap.received_at,
    )
    .correlate(KioskTap)
    .scalar_subquery()
)


def refused_taps(site_id: int | None, since: datetime) -> Sequence[AnyRow]:
    """Refused taps received since then that wait for staff, the latest first: nobody has dealt
    with them, and whose they are has not been checked in since.

    `participant_id` is whose PIN it is, if anybody's, with what their name needs.
    """
    inbox = (
        select(
            KioskTap.id,
            KioskTap.tapped_at.label("at"),
            KioskTap.received_at.label("received"),
            KioskTap.device_id,
            KioskDevice.name.label("device"),
            KioskTap.why,
            KioskTap.site_id,
            _CAME_TO.label("came_to"),
            *TO_TELL_APART,
        )
        .join(KioskDevice, KioskDevice.id == KioskTap.device_id)
        .outerjoin(Participant, Participant.id == KioskTap.participant_id)
        .where(KioskTap.is_refused, KioskTap.seen_at.is_(None), KioskTap.received_at >= since)
        .order_by(KioskTap.received_at.desc(), KioskTap.id)
    )
    if site_id is not None:
        inbox = inbox.where(KioskTap.site_id == site_id)
    return [row for row in db.execute(inbox) if not rules.is_settled(row)]


def unseen_until(tap: KioskTap) -> Sequence[KioskTap]:
    """The refused taps of one PIN’s owner, or of nobody’s, at a kiosk that nobody has dealt with:
    this one and those before it."""
    return db.scalars(
        select(KioskTap).where(
            KioskTap.is_refused,
            KioskTap.seen_at.is_(None),
            KioskTap.device_id == tap.device_id,
            KioskTap.participant_id.is_not_distinct_from(tap.participant_id),
            KioskTap.received_at <= tap.received_at,
        )
    ).all()


def get_refused(tap_id: str) -> KioskTap:
    return or_not_found(
        db.scalars(select(KioskTap).where(KioskTap.id == tap_id, KioskTap.is_refused)).one_or_none()
    )
