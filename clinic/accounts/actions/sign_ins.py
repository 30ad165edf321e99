from datetime import datetime, timedelta

from sqlalchemy import delete, update

from clinic import trail
from clinic.accounts import queries
from clinic.accounts.models import Account, Invitation, SignIn, Throttle
from clinic.db import db
from clinic.tokens import fingerprint, new_token
from clinic.trail import Actor

KEPT = timedelta(days=30)  # what is over, before it is swept away


def sign_in(account: Account, *, now: datetime) -> str:
    """A new sign-in; gives the token that stands for it."""
    token = new_token()
    row = SignIn(
        account_id=account.id, token_hash=fingerprint(token), signed_in_at=now, seen_at=now
    )
    db.add(row)
    db.flush()
    by = Actor("account", account.id)
    trail.record("account.signed_in", account, by=by, now=now, sign_in=row.id)
    return token


def sign_out(signed_in: queries.SignedIn, *, now: datetime) -> None:
    ended = db.execute(
        update(SignIn)
        .where(SignIn.id == signed_in.sign_in_id, SignIn.ended_at.is_(None))
        .values(ended_at=now)
        .returning(SignIn.id)
    )
    if ended.one_or_none() is not None:
        _record("account.signed_out", signed_in, now=now, sign_in=signed_in.sign_in_id)


def sign_out_elsewhere(signed_in: queries.SignedIn, *, now: datetime) -> int:
    """End every sign-in of somebody but the one they ask with; how many there were."""
    ended = db.scalars(
        update(SignIn)
        .where(
            SignIn.account_id == signed_in.account_id,
            SignIn.id != signed_in.sign_in_id,
            SignIn.ended_at.is_(None),
        )
        .values(ended_at=now)
        .returning(SignIn.id)
    ).all()
    if ended:
        _record("account.signed_out_elsewhere", signed_in, now=now, sign_ins=sorted(ended))
    return len(ended)


def end_sign_ins(account: Account, *, now: datetime) -> None:
    """All of somebody's, from their next request on; whatever ends them has its own line."""
    db.execute(
        update(SignIn)
        .where(SignIn.account_id == account.id, SignIn.ended_at.is_(None))
        .values(ended_at=now)
    )


def note_seen(signed_in: queries.SignedIn, *, now: datetime) -> None:
    """Somebody was here: what the idle time of their sign-in is counted from."""
    db.execute(
        update(SignIn)
        .where(SignIn.id == signed_in.sign_in_id, SignIn.seen_at < now)
        .values(seen_at=now)
    )


def sweep(*, now: datetime) -> None:
    """Remove what is over and says no more than that somebody was here; the trail has it."""
    db.execute(delete(Throttle).where(Throttle.began_at < now - timedelta(days=1)))
    db.execute(delete(Invitation).where(Invitation.expires_at < now - KEPT))
    db.execute(delete(SignIn).where(SignIn.signed_in_at < now - KEPT))


def _record(verb: str, signed_in: queries.SignedIn, *, now: datetime, **facts: object) -> None:
    trail.record_row(
        verb,
        Account.__tablename__,
        signed_in.account_id,
        by=signed_in.actor,
        now=now,
        chain=0,
        facts=facts,
    )
