from sqlalchemy import select

from clinic import outbox
from clinic.db import db, transaction
from tests.make import instant

NOW = instant("2026-03-02 10:00")


def test_a_message_waits_from_now_on_to_be_sent(app):
    with transaction():
        outbox.enqueue("jo@example.org", subject="Appointment", body="10:00", now=NOW)
    message = db.scalars(select(outbox.OutboxMessage)).one()
    assert (message.recipient, message.subject, message.body) == (
        "jo@example.org",
        "Appointment",
        "10:00",
    )
    assert (message.due_at, message.attempts, message.sent_at, message.given_up_at) == (
        NOW,
        0,
        None,
        None,
    )


def test_what_is_undone_sends_nothing(app):
    with transaction(write=False):
        outbox.enqueue("jo@example.org", subject="Appointment", body="10:00", now=NOW)
    assert db.scalars(select(outbox.OutboxMessage)).all() == []
