import pytest
from sqlalchemy import select

from clinic.accounts.models import Invitation, Throttle
from clinic.db import db
from clinic.forgotten import actions
from clinic.forgotten.rules import LINK_LASTS
from clinic.invitations.queries import find_invited
from clinic.outbox import OutboxMessage
from clinic.trail import TrailEvent
from tests import make

NOW = make.instant("2026-03-02 10:00")


def mail_link(email="ana@example.org", buckets=("network", "address"), now=NOW):
    links = []

    def link_of(token):
        links.append(token)
        return f"https://x.example/{token}"

    actions.mail_link(email, buckets=buckets, link_of=link_of, now=now)
    return links


def test_a_link_is_mailed_that_works_for_an_hour(app):
    ana = make.staff(email="ana@example.org", password=make.PASSWORD)
    make.invitation(ana.account, token="by-hand", expires_at=NOW + 2 * LINK_LASTS)
    (token,) = mail_link(" ANA@example.org")
    message = db.scalars(select(OutboxMessage)).one()
    assert (message.recipient, message.subject) == ("ana@example.org", "Set a new password")
    assert token in message.body
    assert find_invited(token, now=NOW).account_id == ana.account.id
    assert find_invited(token, now=NOW + LINK_LASTS) is None
    assert find_invited("by-hand", now=NOW) is not None
    assert db.scalars(select(TrailEvent.verb)).all() == ["account.link_mailed"]


@pytest.mark.parametrize(
    "facts", [{"password": None}, {"password": make.PASSWORD, "is_active": False}]
)
def test_nobody_gets_a_link_who_must_not(app, facts):
    make.staff(email="ana@example.org", **facts)
    assert mail_link() == mail_link("nobody@example.org") == []
    assert db.scalars(select(Invitation)).all() == []
    assert {row.tries for row in db.scalars(select(Throttle))} == {2}


def test_too_many_to_one_address_are_not_mailed_wherever_they_come_from(app):
    make.staff(email="ana@example.org", password=make.PASSWORD)
    sent = [mail_link(buckets=(f"network {number}", "address")) for number in range(7)]
    assert [len(links) for links in sent] == [1, 1, 1, 1, 1, 0, 0]
