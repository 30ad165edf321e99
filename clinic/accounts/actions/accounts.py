from datetime import datetime

from clinic import trail
from clinic.accounts import queries, rules
from clinic.accounts.actions.invitations import end_invitations
from clinic.accounts.actions.sign_ins import end_sign_ins
from clinic.accounts.models import Account
from clinic.db import db
from clinic.errors import Refused, refuse_if
from clinic.permissions import Role
from clinic.trail import Actor


def add_account(email: str | None, roles: frozenset[Role], *, by: Actor, now: datetime) -> Account:
    """Somebody who may sign in, once they have an e-mail address and a password."""
    account = Account(email=_free_email(email, None), roles=roles)
    db.add(account)
    db.flush()
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
    end_invitations(account, now=now)
    trail.record("account.email_changed", account, by=by, now=now)
    return True


def change_roles(account: Account, roles: frozenset[Role], *, by: Actor, now: datetime) -> bool:
    """Other rights, from a new sign-in on. Returns whether they are others."""
    if roles == account.roles:
        return False
    if Role.ADMIN not in roles:
        refuse_if(rules.why_not_lose_admin(account.id, queries.admins(lock=True)))
    account.roles = roles
    end_sign_ins(account, now=now)
    trail.record("account.roles_changed", account, by=by, now=now, roles=_words(roles))
    return True


def deactivate(account: Account, *, by: Actor, now: datetime) -> Account:
    """Let somebody in no longer, from the next request on."""
    admins = queries.admins(lock=True)
    queries.lock(account)
    if account.is_active:
        refuse_if(rules.why_not_lose_admin(account.id, admins))
        account.is_active = False
        end_sign_ins(account, now=now)
        end_invitations(account, now=now)
        trail.record("account.deactivated", account, by=by, now=now)
    return account


def reactivate(account: Account, *, by: Actor, now: datetime) -> Account:
    if not account.is_active:
        account.is_active = True
        trail.record("account.reactivated", account, by=by, now=now)
    return account


def _free_email(email: str | None, account: Account | None) -> str | None:
    email = rules.normal_email(email or "") or None
    with db.no_autoflush:
        other = queries.find_account(email)
    if other is not None and other is not account:
        raise Refused(rules.EMAIL_TAKEN)
    return email


def _words(roles: frozenset[Role]) -> list[str]:
    return sorted(role.value for role in roles)
