from datetime import timedelta

from clinic.db import db
from clinic.messages import queries
from clinic.outbox import OutboxMessage
from tests import make

NOON = make.instant("2026-03-02 12:00")


def message(minutes=0, **facts):
    made = OutboxMessage(
        recipient="jo@example.org",
        subject="Hello",
        body="Hello",
        due_at=NOON + timedelta(minutes=minutes),
        **facts,
    )
    db.add(made)
    db.flush()
    return made.id


def test_what_is_due_comes_the_longest_due_first(app):
    late, later, same = message(-1), message(-5, attempts=3), message(-1)
    assert [tuple(row) for row in queries.messages_due(now=NOON)] == [
        (later, 3),
        (late, 0),
        (same, 0),
    ]


def test_what_is_sent_given_up_or_not_yet_due_stays(app):
    message(sent_at=NOON)
    message(given_up_at=NOON)
    message(1)
    due = message(0)
    assert [row.id for row in queries.messages_due(now=NOON)] == [due]


def test_a_run_takes_a_batch(app):
    for _ in range(queries.BATCH + 1):
        message()
    assert len(queries.messages_due(now=NOON)) == queries.BATCH
