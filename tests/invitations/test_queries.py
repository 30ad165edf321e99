from datetime import timedelta

from clinic.invitations import queries
from tests import make

NOON = make.instant("2026-03-02 12:00")
SOON = NOON + timedelta(hours=1)


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
