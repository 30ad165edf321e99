import logging
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import update

from clinic.db import AnyRow, db, transaction
from clinic.errors import refuse_if
from clinic.messages import queries, rules
from clinic.outbox import OutboxMessage

TIMEOUT = 10  # seconds for each answer of the mail server

log = logging.getLogger(__name__)


def deliver_due(mail_url: str, *, now: datetime) -> int:
    """Send what is due; gives how many messages the server took. Without a server they wait.

    It opens its own short transactions and sends between them: call it outside of one. Several
    may run at once: each message is claimed first, by counting the attempt and putting off the
    next one, so that a worker that dies in between costs a pause and nothing more.
    """
    refuse_if(rules.why_not_mail_url(mail_url))
    if not mail_url:
        return 0
    mailbox = rules.mailbox_of(mail_url)
    with transaction(write=False):
        due = queries.messages_due(now=now)
    if not due:
        return 0
    sent = 0
    try:
        with _connected(mailbox) as server:
            for row in due:
                sent += _deliver(row, server, mailbox, now=now)
    except (OSError, smtplib.SMTPException) as trouble:  # nothing more goes out for now
        log.warning("mail server: %s", _without_names(trouble))
    return sent


def _deliver(row: AnyRow, server: smtplib.SMTP, mailbox: rules.Mailbox, *, now: datetime) -> bool:
    with transaction():
        claimed = _claim(row, now=now)
    if claimed is None:
        return False
    message = rules.compose(
        mailbox,
        recipient=claimed.recipient,
        subject=claimed.subject,
        body=claimed.body,
        now=now,
    )
    if message is None:
        log.warning("message %d has no address", row.id)
        with transaction():
            _note(row.id, given_up_at=now, body="")
        return False
    try:
        server.send_message(message, mailbox.sender, [claimed.recipient])
    except (
        smtplib.SMTPRecipientsRefused,
        smtplib.SMTPSenderRefused,
        smtplib.SMTPDataError,
        smtplib.SMTPNotSupportedError,
    ) as refused:  # this one; others may still go
        log.warning("message %d: %s", row.id, _without_names(refused))
        return False
    with transaction():
        _note(row.id, sent_at=now, body="")
    return True


def _claim(row: AnyRow, *, now: datetime) -> AnyRow | None:
    """Make this attempt ours: the message, or None when another worker has it or it is hopeless."""
    if row.attempts >= rules.MOST_ATTEMPTS:
        log.warning("message %d given up", row.id)
        _note(row.id, given_up_at=now, body="")
        return None
    attempts = row.attempts + 1
    return db.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.id == row.id,
            OutboxMessage.attempts == row.attempts,
            OutboxMessage.sent_at.is_(None),
            OutboxMessage.given_up_at.is_(None),
        )
        .values(attempts=attempts, due_at=now + rules.pause_after(attempts))
        .returning(OutboxMessage.recipient, OutboxMessage.subject, OutboxMessage.body)
    ).one_or_none()


def _note(message_id: int, **outcome: Any) -> None:
    db.execute(update(OutboxMessage).where(OutboxMessage.id == message_id).values(**outcome))


@contextmanager
def _connected(mailbox: rules.Mailbox) -> Iterator[smtplib.SMTP]:
    """A server that takes messages from us; nobody who listens gets the password."""
    trusted = ssl.create_default_context()
    with _opened(mailbox, trusted) as server:
        is_encrypted = mailbox.is_encrypted
        server.ehlo()
        if not is_encrypted and server.has_extn("starttls"):
            server.starttls(context=trusted)
            is_encrypted = True
        if mailbox.user:
            if not rules.may_have_the_password(mailbox, is_encrypted=is_encrypted):
                raise smtplib.SMTPNotSupportedError("no encryption, so no password is sent")
            server.login(mailbox.user, mailbox.password)
        yield server


def _opened(mailbox: rules.Mailbox, trusted: ssl.SSLContext) -> smtplib.SMTP:
    # Named like the sender's domain: the machine's own name is nobody's business.
    if mailbox.is_encrypted:
        return smtplib.SMTP_SSL(
            mailbox.host, mailbox.port, mailbox.domain, timeout=TIMEOUT, context=trusted
        )
    return smtplib.SMTP(mailbox.host, mailbox.port, mailbox.domain, timeout=TIMEOUT)


def _without_names(error: Exception) -> str:
    """What went wrong, without the addresses that a server likes to repeat."""
    code = getattr(error, "smtp_code", None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__
