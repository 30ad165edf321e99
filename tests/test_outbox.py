from datetime import timedelta

from sqlalchemy import select

from clinic import outbox
from clinic.db import db, transaction
from tests.make import instant

NOW = instant("2026-03-02 10:00")
HOUR = timedelta(hours=1)


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


def test_what_waits_is_put_off_and_what_has_gone_stays(app):
    times = {"now": NOW, "sooner": NOW + HOUR, "late": NOW + 3 * HOUR}
    for name, due in times.items():
        outbox.enqueue(name, subject="Appointment", body="10:00", now=due)
    outbox.enqueue("gone", subject="Appointment", body="", now=NOW).sent_at = NOW
    outbox.put_off(select(outbox.OutboxMessage.id), until=NOW + 2 * HOUR)
    found = db.execute(select(outbox.OutboxMessage.recipient, outbox.OutboxMessage.due_at)).all()
    later = {"now": NOW + 2 * HOUR, "sooner": NOW + 2 * HOUR, "late": NOW + 3 * HOUR, "gone": NOW}
    assert dict(map(tuple, found)) == later
