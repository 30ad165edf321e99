from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from clinic.accounts.models import Account
from clinic.db import AnyRow, db
from clinic.errors import or_not_found
from clinic.intake.models import Upload
from clinic.intake.rules import Directory, Row, plan_rows
from clinic.participants.models import Participant
from clinic.participants.queries import IS_LISTED, pin_digest, record_column, retired_pins
from clinic.participants.rules import LABELS
from clinic.programs.queries import home
from clinic.tokens import fingerprint


def get_upload(upload_id: int | None, *, account_id: int, lock: bool = False) -> Upload:
    """A list that this account brought; nobody else's."""
    theirs = select(Upload).where(Upload.id == upload_id, Upload.account_id == account_id)
    return or_not_found(db.scalars(theirs.with_for_update() if lock else theirs).one_or_none())


def unfinished(account_id: int) -> Sequence[AnyRow]:
    """The lists that somebody has begun to bring in, the latest first: id, uploaded_at."""
    return db.execute(
        select(Upload.id, Upload.uploaded_at)
        .where(Upload.account_id == account_id, Upload.brought_in_at.is_(None))
        .order_by(Upload.id.desc())
    ).all()


def plan_of(upload: Upload, *, now: datetime) -> list[Row]:
    """Return what bringing in a list would do, as of now."""
    return plan_rows(upload.rows, upload.settings, _directory(), today=home(now).today)


def digest_of(plan: list[Row]) -> str:
    """A fingerprint of all that it would do: another one when the clinic has changed meanwhile."""
    does = [(row.at, row.standing, row.match and row.match.id, row.changes) for row in plan]
    return fingerprint(repr(does))


def _directory() -> Directory:
    listed = db.execute(
        select(Participant.id, Participant.key, *map(record_column, LABELS))
        .join(Account, Account.id == Participant.account_id)
        .where(IS_LISTED)
        .order_by(Participant.id)
    ).all()
    everybody = db.execute(select(Participant.id, Participant.key, Participant.pin_digest)).all()
    emails = db.scalars(select(Account.email).where(Account.email.is_not(None)))
    return Directory(
        listed,
        emails=[email for email in emails if email],
        keys=[row.key for row in everybody],
        pins={row.digest: row.participant_id for row in retired_pins()}
        | {row.pin_digest: row.id for row in everybody if row.pin_digest},
        digest_of=pin_digest,
    )
