from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import String, bindparam, func, select, type_coerce

from clinic.accounts import rules
from clinic.accounts.models import (
    Account,
    SignIn,
    Staff,
    Throttle,
)
from clinic.db import AnyRow, db, in_portions
from clinic.names import sort_key
from clinic.permissions import Permission, Role, permissions_of
from clinic.programs.models import Organization
from clinic.tokens import fingerprint
from clinic.trail import Actor, TrailEvent

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
    site_shown: str | None  # the key of the site that they chose last, or "all"

    @property
    def actor(self) -> Actor:
        return Actor("account", self.account_id, f"sign_in:{self.sign_in_id}")

    @property
    def leads(self) -> bool:
        """Whether sessions can be theirs."""
        return self.staff_id is not None and Role.CLINICIAN in self.roles

    @property
    def is_at_the_desk(self) -> bool:
        return Role.FRONT_DESK in self.roles

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
        _account.site_shown,
        _staff.id.label("staff_id"),
        _staff.name,
        select(Organization.clinicians_manage_rosters).scalar_subquery().label("rosters"),
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
    row = db.execute(_SIGNED_IN, {"token_hash": fingerprint(token)}).one_or_none()
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
        permissions=permissions_of(row.roles, clinicians_manage_rosters=row.rosters is not False),
        staff_id=row.staff_id,
        name=row.name or "",
        site_shown=row.site_shown,
    )


def find_ended(token: str) -> int | None:
    """Whose sign-in this was that has ended, as long as they have access: their account."""
    statement = (
        select(_account.id)
        .join(SignIn.__table__, _sign_in.account_id == _account.id)
        .where(_sign_in.token_hash == fingerprint(token), _account.is_active)
    )
    return db.scalar(statement)


def is_any_taken(emails: Iterable[str]) -> bool:
    """Whether somebody has one of these addresses, as they are kept."""
    return any(
        db.scalar(select(Account.id).where(Account.email.in_(some)).limit(1))
        for some in in_portions(emails)
    )


def has_accounts() -> bool:
    """Whether anybody could ever sign in here."""
    return db.scalar(select(Account.id).limit(1)) is not None


def find_account(email: str | None) -> Account | None:
    if not email:
        return None
    return db.scalars(
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
    return db.execute(theirs).one_or_none()


def get_credentials(account_id: int) -> AnyRow:
    return db.execute(_CREDENTIALS.where(_account.id == account_id)).one()


def sign_ins_of(signed_in: SignedIn, *, now: datetime) -> list[AnyRow]:
    """Where somebody is signed in now, the last used first: id, device, signed_in_at,
    seen_at."""
    rows = db.execute(
        select(SignIn.id, SignIn.device, SignIn.signed_in_at, SignIn.seen_at)
        .where(SignIn.account_id == signed_in.account_id, SignIn.ended_at.is_(None))
        .order_by(SignIn.seen_at.desc(), SignIn.id.desc())
    )
    return [
        row
        for row in rows
        if not rules.is_over(
            signed_in.roles, signed_in_at=row.signed_in_at, seen_at=row.seen_at, now=now
        )
    ]


def admins(*, lock: bool = False) -> Collection[int]:
    """The accounts of everybody who has access and is an admin.

    With `lock`, whoever else is about to take one away waits, and then sees what we have done.
    """
    statement = (
        select(Account.id)
        .where(
            Account.is_active,
            Account.password_hash.is_not(None),
            type_coerce(Account.roles, String).contains(Role.ADMIN.value),
        )
        .order_by(Account.id)
    )
    return db.scalars(statement.with_for_update() if lock else statement).all()


def lock(account: Account) -> None:
    """Have everybody else who is about to change an account wait, and see it as it is now."""
    db.refresh(account, ["is_active", "roles", "password_hash"], with_for_update=True)


def pause(bucket: str, *, longest: timedelta = rules.LONGEST_PAUSE, now: datetime) -> timedelta:
    """How long nothing is tried in this bucket."""
    row = db.execute(
        select(Throttle.tries, Throttle.tried_at).where(Throttle.bucket == bucket)
    ).one_or_none()
    if row is None:
        return timedelta(0)
    return rules.pause(row.tries, row.tried_at, longest=longest, now=now)


def administrators() -> list[str]:
    """The names of those who may set the clinic up."""
    found = db.scalars(
        select(Staff.name)
        .join(Account)
        .where(Account.is_active, type_coerce(Account.roles, String).contains(Role.ADMIN.value))
    )
    return sorted(found, key=sort_key)


def reminded_since(instant: datetime, verb: str) -> dict[int, datetime]:
    """When each of the staff was written to last, from then on, as the trail calls it."""
    rows = db.execute(
        select(TrailEvent.subject_id, func.max(TrailEvent.happened_at))
        .where(
            TrailEvent.chain == 0,
            TrailEvent.subject_kind == Staff.__tablename__,
            TrailEvent.verb == verb,
            TrailEvent.happened_at >= instant,
        )
        .group_by(TrailEvent.subject_id)
    )
    return {row[0]: row[1] for row in rows}
