from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import bindparam, select

from clinic.accounts import rules
from clinic.accounts.models import Account, Invitation, SignIn, Staff, Throttle
from clinic.db import AnyRow, session
from clinic.permissions import Permission, Role, permissions_of
from clinic.tokens import fingerprint
from clinic.trail import Actor

_account = Account.__table__.c
_staff = Staff.__table__.c
_sign_in = SignIn.__table__.c


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whoever asks, as of this request."""

    is_authenticated: ClassVar[bool] = True
    is_active: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False

    token: str
    sign_in_id: int
    seen_at: datetime
    account_id: int
    roles: frozenset[Role]
    permissions: frozenset[Permission]
    staff_id: int | None
    name: str  # empty for participants

    @property
    def actor(self) -> Actor:
        return Actor("account", self.account_id)

    def get_id(self) -> str:
        """What the cookie holds: the token of this sign-in, not the account."""
        return self.token


_SIGNED_IN = (
    select(
        _sign_in.id,
        _sign_in.signed_in_at,
        _sign_in.seen_at,
        _sign_in.account_id,
        _account.roles,
        _staff.id.label("staff_id"),
        _staff.name,
    )
    .select_from(
        SignIn.__table__.join(Account.__table__, _account.id == _sign_in.account_id).outerjoin(
            Staff.__table__, _staff.account_id == _account.id
        )
    )
    .where(
        _sign_in.token_hash == bindparam("token_hash"),
        _sign_in.ended_at.is_(None),
        _account.is_active,
    )
)


def find_signed_in(token: str, *, now: datetime) -> SignedIn | None:
    """The person whose sign-in this token stands for, unless it is over."""
    row = session.execute(_SIGNED_IN, {"token_hash": fingerprint(token)}).one_or_none()
    if row is None or rules.is_over(
        row.roles, signed_in_at=row.signed_in_at, seen_at=row.seen_at, now=now
    ):
        return None
    return SignedIn(
        token=token,
        sign_in_id=row.id,
        seen_at=row.seen_at,
        account_id=row.account_id,
        roles=row.roles,
        permissions=permissions_of(row.roles),
        staff_id=row.staff_id,
        name=row.name or "",
    )


def find_account(email: str | None) -> Account | None:
    if not email:
        return None
    return session.scalars(
        select(Account).where(Account.email == rules.normal_email(email))
    ).one_or_none()


_CREDENTIALS = select(
    _account.id,
    _account.email,
    _account.password_hash,
    _account.is_active,
    _staff.name,
).select_from(Account.__table__.outerjoin(Staff.__table__, _staff.account_id == _account.id))


def find_credentials(email: str) -> AnyRow | None:
    """What a password is checked against, and what it must not contain: id, email,
    password_hash, is_active, name."""
    theirs = _CREDENTIALS.where(_account.email == rules.normal_email(email))
    return session.execute(theirs).one_or_none()


def get_credentials(account_id: int) -> AnyRow:
    return session.execute(_CREDENTIALS.where(_account.id == account_id)).one()


def find_invited(token: str, *, now: datetime) -> AnyRow | None:
    """Whom an invitation that may still be used invites: invitation_id, account_id, email, name."""
    return session.execute(
        select(
            Invitation.id.label("invitation_id"),
            Invitation.account_id,
            Account.email,
            Staff.name,
        )
        .join(Account, Account.id == Invitation.account_id)
        .outerjoin(Staff, Staff.account_id == Account.id)
        .where(
            Invitation.token_hash == fingerprint(token),
            Invitation.used_at.is_(None),
            Invitation.expires_at > now,
            Account.is_active,
        )
    ).one_or_none()


def find_staff(key: str) -> Staff | None:
    return session.scalars(select(Staff).where(Staff.key == key)).one_or_none()


def find_staff_of(account: Account) -> Staff | None:
    return session.scalars(select(Staff).where(Staff.account_id == account.id)).one_or_none()


def pause(limits: Mapping[str, rules.Limit], *, now: datetime) -> timedelta:
    """How long to wait until each of these buckets has a try left; nothing if all do."""
    rows = session.execute(
        select(Throttle.bucket, Throttle.began_at, Throttle.tries).where(
            Throttle.bucket.in_(limits)
        )
    )
    ends: list[datetime] = [
        row.began_at + limits[row.bucket].window
        for row in rows
        if row.tries >= limits[row.bucket].tries
    ]
    return max(now, *ends) - now if ends else timedelta(0)
