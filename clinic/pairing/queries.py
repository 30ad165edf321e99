from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from clinic.db import AnyRow, db
from clinic.errors import or_not_found
from clinic.kiosk.models import KioskDevice
from clinic.names import sort_key
from clinic.pairing.models import PairingCode
from clinic.programs.models import Site
from clinic.tokens import keyed, normal_code


def code_digest(code: str) -> str:
    """What is kept of a code, however it was typed. Keyed: it is too short to hash alone."""
    return keyed("pairing", normal_code(code))


def find_code(typed: str) -> PairingCode | None:
    """What is kept of a code, locked: of two tablets with it, one waits for the other."""
    return db.scalars(
        select(PairingCode)
        .options(joinedload(PairingCode.site, innerjoin=True))
        .where(PairingCode.code_digest == code_digest(typed))
        .with_for_update(of=PairingCode)
        .execution_options(populate_existing=True)
    ).one_or_none()


def get_code(code_id: int) -> PairingCode:
    return or_not_found(db.get(PairingCode, code_id))


def open_codes(now: datetime, *, site_id: int | None = None) -> Sequence[PairingCode]:
    """The codes that can still be used, the first to end first."""
    are_open = (
        select(PairingCode)
        .options(joinedload(PairingCode.site, innerjoin=True))
        .where(PairingCode.used_at.is_(None), PairingCode.expires_at > now)
        .order_by(PairingCode.expires_at, PairingCode.id)
    )
    if site_id is not None:
        are_open = are_open.where(PairingCode.site_id == site_id)
    return db.scalars(are_open).all()


def get_kiosk(device_id: int) -> KioskDevice:
    """A kiosk that is in use, locked."""
    return or_not_found(
        db.scalars(
            select(KioskDevice)
            .where(KioskDevice.id == device_id, KioskDevice.revoked_at.is_(None))
            .with_for_update()
        ).one_or_none()
    )


def kiosks() -> list[AnyRow]:
    """The kiosks in use by site and name."""
    rows = db.execute(
        select(
            KioskDevice.id,
            KioskDevice.name,
            KioskDevice.kind,
            KioskDevice.paired_at,
            KioskDevice.seen_at,
            KioskDevice.waiting_taps,
            KioskDevice.clock_ahead,
            KioskDevice.guessed_at,
            KioskDevice.guesses_until,
            KioskDevice.site_id,
            Site.name.label("site"),
        )
        .join(Site, Site.id == KioskDevice.site_id)
        .where(KioskDevice.revoked_at.is_(None))
    )
    return sorted(rows, key=lambda row: (sort_key(row.site), sort_key(row.name), row.id))
