from datetime import datetime

from sqlalchemy import select

from clinic.accounts.models import Account, Invitation, Staff
from clinic.db import AnyRow, db
from clinic.outbox import OutboxMessage
from clinic.tokens import fingerprint, keyed, normal_code
from clinic.trail import TrailEvent


def find_invited(token: str, *, now: datetime) -> AnyRow | None:
    """Whom a link that may still be used invites: invitation_id, account_id, email, name,
    expires_at."""
    return _find_invitation(fingerprint(token), now=now)


def find_coded(typed: str, *, now: datetime) -> AnyRow | None:
    """The same for a code as somebody has typed it."""
    return _find_invitation(code_digest(typed), now=now)


def code_digest(code: str) -> str:
    """What is kept of a code. Keyed, unlike a link's: 60 bits could be tried out one by one, and
    no code may work where a link is expected, beside the counting of tries."""
    return keyed("invitation", normal_code(code))


def _find_invitation(token_hash: str, *, now: datetime) -> AnyRow | None:
    return db.execute(
        select(
            Invitation.id.label("invitation_id"),
            Invitation.account_id,
            Account.email,
            Staff.name,
            Invitation.expires_at,
        )
        .join(Account, Account.id == Invitation.account_id)
        .outerjoin(Staff, Staff.account_id == Account.id)
        .where(
            Invitation.token_hash == token_hash,
            Invitation.used_at.is_(None),
            Invitation.expires_at > now,
            Account.is_active,
        )
    ).one_or_none()


def find_open(account_id: int, *, now: datetime) -> AnyRow | None:
    """What invites somebody at the moment, the newest: expires_at, message_id, and of its message
    sent_at, given_up_at, due_at, attempts."""
    return db.execute(
        select(
            Invitation.expires_at,
            Invitation.message_id,
            OutboxMessage.sent_at,
            OutboxMessage.given_up_at,
            OutboxMessage.due_at,
            OutboxMessage.attempts,
        )
        .outerjoin(OutboxMessage, OutboxMessage.id == Invitation.message_id)
        .where(
            Invitation.account_id == account_id,
            Invitation.used_at.is_(None),
            Invitation.expires_at > now,
        )
        .order_by(Invitation.expires_at.desc(), Invitation.id.desc())
        .limit(1)
    ).one_or_none()


def was_taken(account_id: int) -> bool:
    """Whether the last thing that happened to somebody's password is that it was ended by staff."""
    last = db.scalar(
        select(TrailEvent.verb)
        .where(
            TrailEvent.subject_kind == Account.__tablename__,
            TrailEvent.subject_id == account_id,
            TrailEvent.verb.in_(("account.password_set", "account.password_taken")),
        )
        .order_by(TrailEvent.id.desc())
        .limit(1)
    )
    return last == "account.password_taken"
