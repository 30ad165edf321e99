from collections.abc import Callable
from datetime import datetime

from sqlalchemy import update

from clinic import outbox, trail
from clinic.accounts.actions import end_invitations, set_password, sign_in
from clinic.accounts.models import Account, Invitation
from clinic.db import AnyRow, db
from clinic.errors import refuse_if
from clinic.invitations import queries, rules
from clinic.tokens import fingerprint, new_code, new_token
from clinic.trail import Actor


def invite(account: Account, *, by: Actor, now: datetime) -> str:
    """A token for setting a password, once; earlier ones end."""
    token = new_token()
    _invite(account, fingerprint(token), by=by, now=now)
    return token


def invite_by_mail(
    account: Account, *, link_of: Callable[[str], str], by: Actor, now: datetime
) -> None:
    """Mail such a link, in a minute: until then it can be revoked as if it had never been."""
    refuse_if(
        rules.why_not_mail(
            has_password=account.password_hash is not None,
            was_taken=queries.was_taken(account.id),
        )
    )
    token = new_token()
    refuse_if(rules.why_not_invite(account.email, is_active=account.is_active))
    message = outbox.enqueue(
        account.email or "",
        subject=rules.SUBJECT,
        body=rules.body(link_of(token)),
        now=now + rules.LEAVES_AFTER,
    )
    db.flush()
    _invite(account, fingerprint(token), message_id=message.id, by=by, now=now)


def invite_by_code(account: Account, *, by: Actor, now: datetime) -> str:
    """The same as a code that fits on paper; it is returned here and never again."""
    code = new_code()
    _invite(account, queries.code_digest(code), is_code=True, by=by, now=now)
    return code


def enter_code(typed: str, *, now: datetime) -> str | None:
    """A token for setting a password in exchange for a code, or None for a wrong one.

    The code stays good until the password is set: a page that was closed too early costs nobody
    a second sheet of paper.
    """
    invited = queries.find_coded(typed, now=now)
    if invited is None:
        return None
    token = new_token()
    entered = Invitation(
        account_id=invited.account_id,
        token_hash=fingerprint(token),
        expires_at=min(invited.expires_at, now + rules.CODE_OPENS_FOR),
    )
    db.add(entered)
    db.flush()
    trail.record_row(
        "account.code_entered",
        Account.__tablename__,
        invited.account_id,
        by=Actor("account", invited.account_id),
        now=now,
        chain=0,
        facts={"invitation": entered.id},
    )
    return token


def revoke(account: Account, *, by: Actor, now: datetime) -> AnyRow | None:
    """End what invites somebody, and keep its message from leaving. Return what it was."""
    was = queries.find_open(account.id, now=now)
    if was is not None:
        end_invitations(account, now=now)
        trail.record("account.invitation_revoked", account, by=by, now=now)
    return was


def _invite(
    account: Account,
    token_hash: str,
    *,
    is_code: bool = False,
    message_id: int | None = None,
    by: Actor,
    now: datetime,
) -> None:
    refuse_if(rules.why_not_invite(account.email, is_active=account.is_active))
    end_invitations(account, now=now)
    invitation = Invitation(
        account_id=account.id,
        token_hash=token_hash,
        expires_at=now + rules.INVITATION_LASTS,
        message_id=message_id,
    )
    db.add(invitation)
    db.flush()
    trail.record(
        "account.invited",
        account,
        by=by,
        now=now,
        invitation=invitation.id,
        is_code=is_code,
        is_mailed=message_id is not None,
    )


def accept_invitation(
    invited: AnyRow, *, password_hash: str, device: str | None = None, now: datetime
) -> str | None:
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
    set_password(account, password_hash=password_hash, by=Actor("account", account.id), now=now)
    return sign_in(account, device=device, now=now)
