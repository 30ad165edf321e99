from collections.abc import Callable, Iterable
from datetime import datetime

from clinic import outbox, trail
from clinic.accounts.actions import count_try
from clinic.accounts.models import Account, Invitation
from clinic.accounts.queries import find_account
from clinic.db import db
from clinic.forgotten import rules
from clinic.tokens import fingerprint, new_token
from clinic.trail import SYSTEM


def mail_link(
    email: str, *, buckets: Iterable[str], link_of: Callable[[str], str], now: datetime
) -> None:
    """Mail a link to whoever has this address, unless there were too many already.

    Nothing says whether there is such an account. Other links and codes stay as they are: a
    stranger who asks ends nothing.
    """
    is_in_time = all(count_try(bucket, now=now) for bucket in buckets)
    account = find_account(email)
    if is_in_time and account and _may_be_mailed(account):
        token = new_token()
        message = outbox.enqueue(
            account.email or "", subject=rules.SUBJECT, body=rules.body(link_of(token)), now=now
        )
        db.flush()
        invitation = Invitation(
            account_id=account.id,
            token_hash=fingerprint(token),
            expires_at=now + rules.LINK_LASTS,
            message_id=message.id,
        )
        db.add(invitation)
        db.flush()
        trail.record("account.link_mailed", account, by=SYSTEM, now=now, invitation=invitation.id)


def _may_be_mailed(account: Account) -> bool:
    has_password = account.password_hash is not None
    return rules.may_be_mailed(is_active=account.is_active, has_password=has_password)
