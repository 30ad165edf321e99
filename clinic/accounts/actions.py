from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, text, update

from clinic import outbox, trail
from clinic.accounts import queries, rules
from clinic.accounts.models import Account, Invitation, SignIn, Staff, Throttle
from clinic.db import AnyRow, UTCDateTime, session
from clinic.errors import Refused, refuse_if
from clinic.permissions import Role
from clinic.tokens import fingerprint, new_token
from clinic.trail import SYSTEM, Actor

KEPT = timedelta(days=30)  # what is over, before it is swept away


def add_account(email: str | None, roles: frozenset[Role], *, by: Actor, now: datetime) -> Account:
    """Somebody who may sign in, once they have an e-mail address and a password."""
    account = Account(email=_free_email(email, None), roles=roles)
    session.add(account)
    session.flush()
    trail.record("account.added", account, by=by, now=now, roles=_words(roles))
    return account


def change_account(
    account: Account, *, email: str | None, roles: frozenset[Role], by: Actor, now: datetime
) -> bool:
    """Bring an account up to date; returns whether anything changed."""
    has_new_email = change_email(account, email, by=by, now=now)
    return change_roles(account, roles, by=by, now=now) or has_new_email


def change_email(account: Account, email: str | None, *, by: Actor, now: datetime) -> bool:
    """Another address; a link that went to the old one ends. Returns whether it is another."""
    email = _free_email(email, account)
    if email == account.email:
        return False
    account.email = email
    _end_invitations(account, now=now)
    trail.record("account.email_changed", account, by=by, now=now)
    return True


def change_roles(account: Account, roles: frozenset[Role], *, by: Actor, now: datetime) -> bool:
    """Other rights, from a new sign-in on. Returns whether they are others."""
    if roles == account.roles:
        return False
    account.roles = roles
    _end_sign_ins(account, now=now)
    trail.record("account.roles_changed", account, by=by, now=now, roles=_words(roles))
    return True


def deactivate(account: Account, *, by: Actor, now: datetime) -> Account:
    """Let somebody in no longer, from the next request on."""
    if account.is_active:
        account.is_active = False
        _end_sign_ins(account, now=now)
        _end_invitations(account, now=now)
        trail.record("account.deactivated", account, by=by, now=now)
    return account


def reactivate(account: Account, *, by: Actor, now: datetime) -> Account:
    if not account.is_active:
        account.is_active = True
        trail.record("account.reactivated", account, by=by, now=now)
    return account


def add_staff(
    account: Account,
    *,
    key: str,
    name: str,
    credentials: str | None = None,
    by: Actor,
    now: datetime,
) -> Staff:
    staff = Staff(account=account, key=key, name=name, credentials=credentials)
    session.add(staff)
    session.flush()
    trail.record("staff.added", staff, by=by, now=now, account=account.id)
    return staff


def change_staff(
    staff: Staff, *, name: str, credentials: str | None, by: Actor, now: datetime
) -> bool:
    """Bring a staff member up to date; returns whether anything changed."""
    if (staff.name, staff.credentials) == (name, credentials):
        return False
    staff.name, staff.credentials = name, credentials
    trail.record("staff.changed", staff, by=by, now=now)
    return True


def take_on(*, email: str, name: str, role: Role, by: Actor, now: datetime) -> Account:
    """Give somebody a role here: a new person, or one whom we know by this address already."""
    account = queries.find_account(email)
    if account is None:
        account = add_account(email, frozenset({role}), by=by, now=now)
    else:
        refuse_if(rules.why_not_staff(account.roles))
        reactivate(account, by=by, now=now)
        change_roles(account, account.roles | {role}, by=by, now=now)
    if queries.find_staff_of(account) is None:
        add_staff(account, key=_free_key(email), name=name, by=by, now=now)
    return account


def invite(account: Account, *, by: Actor, now: datetime) -> str:
    """A token for setting a password, once; earlier ones end."""
    if not account.is_active:
        raise Refused(rules.DEACTIVATED)
    _end_invitations(account, now=now)
    token = new_token()
    invitation = Invitation(
        account_id=account.id,
        token_hash=fingerprint(token),
        expires_at=now + rules.INVITATION_LASTS,
    )
    session.add(invitation)
    session.flush()
    trail.record("account.invited", account, by=by, now=now, invitation=invitation.id)
    return token


def accept_invitation(invited: AnyRow, *, password_hash: str, now: datetime) -> str | None:
    """Set the password and sign in: a token, or None when somebody else was faster."""
    account = session.get_one(Account, invited.account_id, with_for_update=True)
    used = session.execute(
        update(Invitation)
        .where(
            Invitation.id == invited.invitation_id,
            Invitation.used_at.is_(None),
            Invitation.expires_at > now,
        )
        .values(used_at=now)
        .returning(Invitation.id)
    )
    if used.one_or_none() is None or not account.is_active:
        return None
    set_password(account, password_hash=password_hash, by=_themselves(account), now=now)
    return sign_in(account, now=now)


def set_password(account: Account, *, password_hash: str, by: Actor, now: datetime) -> Account:
    """A new password: every sign-in and every link for setting one ends. Whoever had one before
    is told."""
    had_one = account.password_hash is not None
    account.password_hash = password_hash
    _end_sign_ins(account, now=now)
    _end_invitations(account, now=now)
    trail.record("account.password_set", account, by=by, now=now)
    if had_one and account.email:
        outbox.enqueue(
            account.email,
            subject="Your password was changed",
            body=(
                "Hello,\n\n"
                "the password of your account was changed just now.\n\n"
                "If you did this, there is nothing more to do. If it was not you, please tell the\n"
                "people who gave you the account, in person or by phone.\n\n"
                "This message was sent automatically; nobody reads answers to it.\n"
            ),
            now=now,
        )
    return account


def try_sign_in(
    known: AnyRow | None,
    *,
    is_right: bool,
    better_hash: str | None,
    limits: Mapping[str, rules.Limit],
    now: datetime,
) -> str | None:
    """Count a try and answer it: a token, or None. Either way its transaction is kept.

    The counting here is what holds: of many tries at once, those above the limit fail, even with
    the right password, so that trying in parallel gains nothing.
    """
    is_within = count_tries(limits, now=now)
    if known is None:
        return None
    account = session.get_one(Account, known.id)
    is_same = account.is_active and account.password_hash == known.password_hash
    if not (is_within and is_right and is_same):
        trail.record("account.sign_in_failed", account, by=SYSTEM, now=now)
        return None
    forget_tries(limits)
    if better_hash:
        account.password_hash = better_hash
    return sign_in(account, now=now)


def change_password(
    known: AnyRow,
    *,
    is_right: bool,
    password_hash: str | None,
    limits: Mapping[str, rules.Limit],
    now: datetime,
) -> str | None:
    """The same for somebody who knows their password and wants another one."""
    is_within = count_tries(limits, now=now)
    account = session.get_one(Account, known.id)
    is_same = account.is_active and account.password_hash == known.password_hash
    if not (is_within and is_right and is_same and password_hash):
        trail.record("account.password_change_failed", account, by=_themselves(account), now=now)
        return None
    forget_tries(limits)
    set_password(account, password_hash=password_hash, by=_themselves(account), now=now)
    return sign_in(account, now=now)


def sign_in(account: Account, *, now: datetime) -> str:
    """A new sign-in; gives the token that stands for it."""
    token = new_token()
    row = SignIn(
        account_id=account.id, token_hash=fingerprint(token), signed_in_at=now, seen_at=now
    )
    session.add(row)
    session.flush()
    trail.record("account.signed_in", account, by=_themselves(account), now=now, sign_in=row.id)
    return token


def sign_out(signed_in: queries.SignedIn, *, now: datetime) -> None:
    ended = session.execute(
        update(SignIn)
        .where(SignIn.id == signed_in.sign_in_id, SignIn.ended_at.is_(None))
        .values(ended_at=now)
        .returning(SignIn.id)
    )
    if ended.one_or_none() is not None:
        trail.record_row(
            "account.signed_out",
            Account.__tablename__,
            signed_in.account_id,
            by=signed_in.actor,
            now=now,
            chain=0,
            facts={"sign_in": signed_in.sign_in_id},
        )


def note_seen(signed_in: queries.SignedIn, *, now: datetime) -> None:
    """Somebody was here: what the idle time of their sign-in is counted from."""
    session.execute(
        update(SignIn)
        .where(SignIn.id == signed_in.sign_in_id, SignIn.seen_at < now)
        .values(seen_at=now)
    )


_COUNT = text(
    "insert into throttle (bucket, began_at, tries) values (:bucket, :now, 1) "
    "on conflict (bucket) do update set "
    "tries = case when throttle.began_at <= :over then 1 else throttle.tries + 1 end, "
    "began_at = case when throttle.began_at <= :over then :now else throttle.began_at end "
    "returning tries"
).bindparams(
    bindparam("now", type_=UTCDateTime()),
    bindparam("over", type_=UTCDateTime()),
)


def count_tries(limits: Mapping[str, rules.Limit], *, now: datetime) -> bool:
    """Count one more try in each bucket; whether all of them were within their limit.

    One statement a bucket both counts and tells, so that no two tries see the same number.
    """
    tries = {
        bucket: session.execute(
            _COUNT, {"bucket": bucket, "now": now, "over": now - limit.window}
        ).scalar_one()
        for bucket, limit in limits.items()
    }
    return all(tries[bucket] <= limit.tries for bucket, limit in limits.items())


def forget_tries(limits: Mapping[str, rules.Limit]) -> None:
    """After a success: its own try is taken back, or the bucket emptied."""
    for bucket, limit in limits.items():
        theirs = Throttle.bucket == bucket
        if limit.is_cleared_by_success:
            session.execute(delete(Throttle).where(theirs))
        else:
            session.execute(update(Throttle).where(theirs).values(tries=Throttle.tries - 1))


def sweep(*, now: datetime) -> None:
    """Remove what is over and says no more than that somebody was here; the trail has it."""
    session.execute(delete(Throttle).where(Throttle.began_at < now - timedelta(days=1)))
    session.execute(delete(Invitation).where(Invitation.expires_at < now - KEPT))
    session.execute(delete(SignIn).where(SignIn.signed_in_at < now - KEPT))


def _free_email(email: str | None, account: Account | None) -> str | None:
    email = rules.normal_email(email or "") or None
    with session.no_autoflush:
        other = queries.find_account(email)
    if other is not None and other is not account:
        raise Refused(rules.EMAIL_TAKEN)
    return email


def _free_key(email: str) -> str:
    key = first = rules.staff_key(email)
    number = 1
    while queries.find_staff(key) is not None:
        number += 1
        key = f"{first}-{number}"
    return key


def _end_sign_ins(account: Account, *, now: datetime) -> None:
    session.execute(
        update(SignIn)
        .where(SignIn.account_id == account.id, SignIn.ended_at.is_(None))
        .values(ended_at=now)
    )


def _end_invitations(account: Account, *, now: datetime) -> None:
    session.execute(
        update(Invitation)
        .where(
            Invitation.account_id == account.id,
            Invitation.used_at.is_(None),
            Invitation.expires_at > now,
        )
        .values(expires_at=now)
    )


def _themselves(account: Account) -> Actor:
    return Actor("account", account.id)


def _words(roles: frozenset[Role]) -> list[str]:
    return sorted(role.value for role in roles)
