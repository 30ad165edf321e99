from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic import trail
from clinic.audit.actions import close_the_day
from clinic.db import db
from clinic.outbox import OutboxMessage
from clinic.trail import SYSTEM
from tests import make

NOW = make.instant("2026-03-02 00:01")


@pytest.mark.parametrize(("address", "mails"), [("records@example.org", 2), (None, 0)])
def test_the_values_of_a_day_are_mailed_once_where_somebody_keeps_them(app, address, mails):
    make.organization(closing_email=address)
    for minutes in (0, 5, 24 * 60):
        now = NOW + timedelta(minutes=minutes)
        trail.record("rooms.changed", make.room(), by=SYSTEM, now=now)
        close_the_day(now=now, since=NOW if minutes < 60 else now)
    sent = db.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
    assert len(sent) == mails
    if address:
        closings = trail.newest_closings()
        assert all(closing.value in sent[-1].body for closing in closings[-1:])
        assert (sent[0].recipient, sent[0].subject) == (address, "Values to keep")
        assert "Riverside" not in sent[0].subject + sent[0].body


def test_without_an_organization_or_events_nothing_is_mailed(app):
    close_the_day(now=NOW, since=NOW)
    assert db.scalars(select(OutboxMessage)).all() == []
