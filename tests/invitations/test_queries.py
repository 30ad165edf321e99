from datetime import timedelta

from clinic.invitations import queries
from tests import make

NOON = make.instant("2026-03-02 12:00")
SOON = NOON + timedelta(hours=1)
LATER = NOON + timedelta(days=7)


def test_an_invitation_knows_whom_it_invites(app):
    ana = make.staff(email="ana@example.org", name="Ana Rivera")
    invitation = make.invitation(ana.account, token="a token", expires_at=SOON)
    assert tuple(queries.find_invited("a token", now=NOON)) == (
        invitation.id,
        ana.account.id,
        "ana@example.org",
        "Ana Rivera",
        SOON,
    )


def test_unknown_used_expired_and_deactivated_invitations_are_alike(app):
    account = make.staff().account
    make.invitation(account, token="used", expires_at=SOON, used_at=NOON)
    make.invitation(account, token="expired", expires_at=NOON)
    make.invitation(make.staff(is_active=False).account, token="deactivated", expires_at=SOON)
    tokens = ("unknown", "used", "expired", "deactivated")
    assert [queries.find_invited(token, now=NOON) for token in tokens] == [None] * 4


def test_what_invites_somebody_is_the_newest_that_still_may(app):
    account = make.staff().account
    assert queries.find_open(account.id, now=NOON) is None
    make.invitation(account, token="used", expires_at=SOON, used_at=NOON)
    make.invitation(account, token="expired", expires_at=NOON)
    make.invitation(make.staff().account, token="another's", expires_at=SOON)
    assert queries.find_open(account.id, now=NOON) is None
    make.invitation(account, token="entered", expires_at=SOON)
    make.invitation(account, token="code", expires_at=LATER)
    open_now = queries.find_open(account.id, now=NOON)
    assert (open_now.expires_at, open_now.message_id) == (LATER, None)
