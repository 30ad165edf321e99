from datetime import datetime

from sqlalchemy import select

from clinic.accounts.models import Account, Invitation, Staff
from clinic.db import AnyRow, db
from clinic.tokens import fingerprint, keyed, normal_code


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
