from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import update

from clinic import outbox, trail
from clinic.accounts import queries, rules
from clinic.accounts.actions.invitations import end_invitations
from clinic.accounts.actions.sign_ins import end_sign_ins, sign_in
from clinic.accounts.actions.throttle import count_tries, forget_tries
from clinic.accounts.models import Account, Invitation
from clinic.db import AnyRow, db
from clinic.errors import refuse_if
from clinic.trail import SYSTEM, Actor


def set_password(account: Account, *, password_hash: str, by: Actor, now: datetime) -> Account:
    """A new password: every sign-in and every link for setting one ends. Whoever had one before
    is told."""
    had_one = account.password_hash is not None
    account.password_hash = password_hash
    end_sign_ins(account, now=now)
    end_invitations(account, now=now)
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


def take_password(account: Account, *, by: Actor, now: datetime) -> Account:
    """A password that was lost or told holds no longer, nor does any sign-in made with it."""
    admins = queries.admins(lock=True)
    queries.lock(account)
    if account.password_hash is not None:
        refuse_if(rules.why_not_take_password(account.id, by_id=by.id))
        refuse_if(rules.why_not_lose_admin(account.id, admins))
        account.password_hash = None
        end_sign_ins(account, now=now)
        end_invitations(account, now=now)
        trail.record("account.password_taken", account, by=by, now=now)
    return account


def accept_invitation(invited: AnyRow, *, password_hash: str, now: datetime) -> str | None:
    """Set the password and sign in: a token, or None when somebody else was faster."""
    account = db.get_one(Account, invited.account_id, with_for_update=True)
    used = db.execute(
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
    account = db.get_one(Account, known.id)
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
    account = db.get_one(Account, known.id)
    is_same = account.is_active and account.password_hash == known.password_hash
    if not (is_within and is_right and is_same and password_hash):
        trail.record("account.password_change_failed", account, by=_themselves(account), now=now)
        return None
    forget_tries(limits)
    set_password(account, password_hash=password_hash, by=_themselves(account), now=now)
    return sign_in(account, now=now)


def _themselves(account: Account) -> Actor:
    return Actor("account", account.id)
