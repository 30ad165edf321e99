from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Integer, bindparam, delete, insert, select, text, true, update

from clinic import outbox, trail
from clinic.accounts import queries, rules
from clinic.accounts.models import Account, Invitation, SignIn, Staff, Throttle
from clinic.db import AnyRow, UTCDateTime, db, in_portions
from clinic.errors import Refused, refuse_if
from clinic.formats import AUTOMATIC
from clinic.permissions import Role
from clinic.programs.queries import take_turns
from clinic.tokens import fingerprint, new_token
from clinic.trail import SYSTEM, Actor


def add_account(email: str | None, roles: frozenset[Role], *, by: Actor, now: datetime) -> Account:
    """Somebody who may sign in, once they have an e-mail address and a password."""
    account = Account(email=_free_email(email, None), roles=roles)
    db.add(account)
    db.flush()
    trail.record("account.added", account, by=by, now=now, roles=roles)
    return account


def add_accounts(
    emails: Sequence[str | None], roles: frozenset[Role], *, by: Actor, now: datetime
) -> list[int]:
    """Add accounts for thousands at once; return their ids, in the order of the addresses."""
    emails = [rules.normal_email(email or "") or None for email in emails]
    refuse_if(rules.EMAIL_TAKEN if queries.is_any_taken(filter(None, emails)) else None, "email")
    made = db.execute(
        insert(Account).returning(Account.id, Account.email),  # in whatever order
        [{"email": email, "roles": roles} for email in emails],
    )
    ids: dict[str | None, list[int]] = defaultdict(list)
    for account_id, email in sorted(made, key=lambda row: -row.id):
        ids[email].append(account_id)
    ordered = [ids[email].pop() for email in emails]
    table, facts = Account.__tablename__, {"roles": roles}
    trail.record_rows("account.added", table, ordered, by=by, now=now, facts=facts)
    return ordered


def keep_site(account_id: int, site: str) -> None:
    """Keep which site somebody has chosen to see; of no record, so the trail has nothing of it."""
    db.execute(update(Account).where(Account.id == account_id).values(site_shown=site))


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


def change_emails(emails: Mapping[int, str], *, by: Actor, now: datetime) -> None:
    """Give thousands another address, by their accounts, as `change_email` does one."""
    kept = {each: rules.normal_email(email) for each, email in emails.items()}
    refuse_if(rules.EMAIL_TAKEN if queries.is_any_taken(kept.values()) else None, "email")
    for some in in_portions(kept.items()):
        db.execute(update(Account), [{"id": each, "email": email} for each, email in some])
        _end_invitations(Invitation.account_id.in_([each for each, _ in some]), now=now)
    table = Account.__tablename__
    trail.record_rows("account.email_changed", table, kept, by=by, now=now, facts={})


def change_roles(account: Account, roles: frozenset[Role], *, by: Actor, now: datetime) -> bool:
    """Other rights, from a new sign-in on. Returns whether they are others."""
    if roles == account.roles:
        return False
    if Role.ADMIN not in roles:
        refuse_if(rules.why_not_lose_admin(account.id, queries.admins(lock=True)), "roles")
    account.roles = roles
    end_sign_ins(account, now=now)
    trail.record("account.roles_changed", account, by=by, now=now, roles=roles)
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
        raise Refused(rules.EMAIL_TAKEN, "email")
    return email


def end_invitations(account: Account, *, now: datetime) -> None:
    """No link and no code that somebody was given leads anywhere any more."""
    _end_invitations(Invitation.account_id == account.id, now=now)


def _end_invitations(theirs: ColumnElement[bool], *, now: datetime) -> None:
    alive = theirs, Invitation.used_at.is_(None), Invitation.expires_at > now
    outbox.withdraw(select(Invitation.message_id).where(*alive), now=now)
    db.execute(update(Invitation).where(*alive).values(expires_at=now))


KEPT = timedelta(days=30)  # what is over, before it is swept away


def sign_in(account: Account, *, device: str | None = None, now: datetime) -> str:
    """A new sign-in; gives the token that stands for it."""
    token = new_token()
    row = SignIn(
        account_id=account.id,
        token_hash=fingerprint(token),
        device=device,
        signed_in_at=now,
        seen_at=now,
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


def sign_out_elsewhere(
    signed_in: queries.SignedIn, *, only: int | None = None, now: datetime
) -> int:
    """End every sign-in of somebody, or only one, but never the one they ask with; how many."""
    which = true() if only is None else SignIn.id == only
    ended = db.scalars(
        update(SignIn)
        .where(
            SignIn.account_id == signed_in.account_id,
            SignIn.id != signed_in.sign_in_id,
            SignIn.ended_at.is_(None),
            which,
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
    db.execute(delete(Throttle).where(Throttle.tried_at < now - timedelta(days=1)))
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


def set_password(account: Account, *, password_hash: str, by: Actor, now: datetime) -> Account:
    """Set a new password; every sign-in and link for setting one ends. Whoever had one before gets
    a message."""
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
                "The password of your account was changed just now.\n\n"
                "If you did this, there is nothing more to do. If it was not you, please tell the\n"
                "people who gave you the account, in person or by phone.\n\n"
                f"{AUTOMATIC}\n"
            ),
            now=now,
        )
    return account


def take_password(account: Account, *, by: Actor, now: datetime) -> Account:
    """End a password that was lost or given away, and every sign-in made with it."""
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


def try_sign_in(
    known: AnyRow | None,
    *,
    is_right: bool,
    better_hash: str | None,
    bucket: str,
    device: str | None = None,
    now: datetime,
) -> str | None:
    """Count a try and answer it: a token, or None. Either way its transaction is kept.

    The counting here is what holds: of many tries at once, those that were to wait fail, even
    with the right password, so that trying in parallel gains nothing.
    """
    is_in_time = count_try(bucket, now=now)
    if known is None:
        return None
    account = db.get_one(Account, known.id)
    is_same = account.is_active and account.password_hash == known.password_hash
    if not (is_in_time and is_right and is_same):
        trail.record("account.sign_in_failed", account, by=SYSTEM, now=now)
        return None
    forget_tries(bucket)
    if better_hash:
        account.password_hash = better_hash
    return sign_in(account, device=device, now=now)


def change_password(
    known: AnyRow,
    *,
    is_right: bool,
    password_hash: str | None,
    bucket: str,
    device: str | None = None,
    now: datetime,
) -> str | None:
    """The same for somebody who knows their password and wants another one."""
    is_in_time = count_try(bucket, now=now)
    account = db.get_one(Account, known.id)
    is_same = account.is_active and account.password_hash == known.password_hash
    if not (is_in_time and is_right and is_same and password_hash):
        trail.record("account.password_change_failed", account, by=_themselves(account), now=now)
        return None
    forget_tries(bucket)
    set_password(account, password_hash=password_hash, by=_themselves(account), now=now)
    return sign_in(account, device=device, now=now)


def _themselves(account: Account) -> Actor:
    return Actor("account", account.id)


# Also takes the row's lock, so that of several at the same moment each sees what the other did.
_HOLD = (
    text(
        "insert into throttle (bucket, tried_at, tries) values (:bucket, :now, 0) "
        "on conflict (bucket) do update set bucket = excluded.bucket returning tries, tried_at"
    )
    .bindparams(bindparam("now", type_=UTCDateTime()))
    .columns(tries=Integer(), tried_at=UTCDateTime())
)


def count_try(bucket: str, *, longest: timedelta = rules.LONGEST_PAUSE, now: datetime) -> bool:
    """Count one more try, unless it is to wait; whether it may be made."""
    before = db.execute(_HOLD, {"bucket": bucket, "now": now}).one()
    if rules.pause(before.tries, before.tried_at, longest=longest, now=now):
        return False
    tries = rules.counted_tries(before.tries, before.tried_at, now=now)
    theirs = Throttle.bucket == bucket
    db.execute(update(Throttle).where(theirs).values(tries=tries, tried_at=now))
    return True


def forget_tries(bucket: str) -> None:
    """After a success."""
    db.execute(delete(Throttle).where(Throttle.bucket == bucket))


class Reminder(NamedTuple):
    """Whom of the staff to write to, once since an instant, and what."""

    staff_id: int
    email: str
    since: datetime
    body: str
    facts: Mapping[str, int]  # for the trail


def remind(due: Sequence[Reminder], *, verb: str, subject: str, now: datetime) -> int:
    """Write to these of the staff, each once however often it is asked for; `verb` is what the
    trail calls it. Returns to how many."""
    if not due:
        return 0
    take_turns()  # another server may be about to
    known = queries.reminded_since(min(each.since for each in due), verb)
    fresh = [
        each for each in due if not (each.staff_id in known and known[each.staff_id] >= each.since)
    ]
    for each in fresh:
        outbox.enqueue(each.email, subject=subject, body=each.body, now=now)
        trail.record_row(
            verb,
            Staff.__tablename__,
            each.staff_id,
            by=SYSTEM,
            now=now,
            chain=0,
            facts=dict(each.facts),
        )
    return len(fresh)
