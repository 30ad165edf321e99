from datetime import timedelta

import pytest
from sqlalchemy import func, select

from clinic.accounts import queries, rules
from clinic.accounts.actions import invitations, passwords
from clinic.accounts.models import Invitation
from clinic.db import db
from clinic.errors import Refused
from clinic.permissions import Role
from clinic.tokens import fingerprint
from clinic.trail import SYSTEM, TrailEvent
from tests import make

CLINICIAN = frozenset({Role.CLINICIAN})
NOON = make.instant("2026-03-02 12:00")
LATER = NOON + timedelta(minutes=10)


def events():
    return [
        (event.verb, event.actor_id)
        for event in db.scalars(select(TrailEvent).order_by(TrailEvent.id))
    ]


def number_of(model):
    return db.scalar(select(func.count()).select_from(model))


def usable(token, now):
    return queries.find_invited(token, now=now) is not None


def test_an_invitation_is_kept_as_a_fingerprint_for_seven_days(app):
    account = make.staff().account
    token = invitations.invite(account, by=SYSTEM, now=NOON)
    kept = db.scalars(select(Invitation)).one()
    assert (kept.token_hash, kept.expires_at) == (fingerprint(token), NOON + timedelta(days=7))
    assert len(token) == 43
    assert usable(token, NOON + timedelta(days=7, seconds=-1))
    assert not usable(token, NOON + timedelta(days=7))


def test_a_new_invitation_ends_the_ones_before_it_of_this_person_only(app):
    ana, ben = make.staff().account, make.staff().account
    old = invitations.invite(ana, by=SYSTEM, now=NOON)
    bens = invitations.invite(ben, by=SYSTEM, now=NOON)
    new = invitations.invite(ana, by=SYSTEM, now=NOON)
    assert [usable(token, NOON) for token in (old, bens, new)] == [False, True, True]


def test_nobody_invites_a_deactivated_account(app):
    account = make.staff(is_active=False).account
    with pytest.raises(Refused) as refused:
        invitations.invite(account, by=SYSTEM, now=NOON)
    assert refused.value.sentence == "This account is deactivated."
    assert number_of(Invitation) == 0


def test_nobody_is_invited_who_has_nothing_to_sign_in_with(app):
    account = make.account(roles=CLINICIAN)
    with pytest.raises(Refused) as refused:
        invitations.invite(account, by=SYSTEM, now=NOON)
    assert refused.value.sentence == rules.NO_EMAIL


# A code on paper


def coded(account, now=NOON):
    return invitations.invite_by_code(account, by=SYSTEM, now=now)


def test_a_code_is_kept_as_a_keyed_digest_and_leads_nowhere_as_a_link(app):
    code = coded(make.staff().account)
    kept = db.scalars(select(Invitation)).one()
    assert kept.token_hash == queries.code_digest(code)
    assert kept.token_hash != fingerprint(code)
    assert not usable(code, NOON)
    facts = db.scalars(select(TrailEvent.facts)).one()
    assert facts == f'{{"invitation":{kept.id},"is_code":true}}'


def test_a_code_opens_an_hour_in_which_to_set_the_password(app):
    account = make.staff().account
    code = coded(account)
    token = invitations.enter_code(code.lower().replace("-", " "), now=LATER)
    assert usable(token, LATER)
    assert not usable(token, LATER + timedelta(hours=1))
    event = db.scalars(select(TrailEvent).order_by(TrailEvent.id.desc()).limit(1)).one()
    assert (event.verb, event.actor_id, event.subject_id) == (
        "account.code_entered",
        account.id,
        account.id,
    )


def test_a_code_opens_no_longer_than_it_holds_itself(app):
    code = coded(make.staff().account)
    last = NOON + timedelta(days=7, minutes=-1)
    token = invitations.enter_code(code, now=last)
    assert usable(token, last)
    assert not usable(token, NOON + timedelta(days=7))
    assert invitations.enter_code(code, now=NOON + timedelta(days=7)) is None


def test_a_code_stays_good_until_the_password_is_set(app):
    account = make.staff().account
    code = coded(account)
    first, second = (invitations.enter_code(code, now=LATER) for _ in range(2))
    invited = queries.find_invited(second, now=LATER)
    passwords.accept_invitation(invited, password_hash="a hash", now=LATER)
    assert [usable(token, LATER) for token in (first, second)] == [False, False]
    assert invitations.enter_code(code, now=LATER) is None


@pytest.mark.parametrize("typed", ["", "0000-0000-0000", "nonsense", "\0", "ß" * 500])
def test_a_wrong_code_opens_nothing(app, typed):
    coded(make.staff().account)
    before = events()
    assert invitations.enter_code(typed, now=LATER) is None
    assert events() == before


def test_a_code_ends_with_a_newer_invitation_and_with_the_account(app):
    account = make.staff().account
    old = coded(account)
    new = coded(account)
    assert invitations.enter_code(old, now=LATER) is None
    account.is_active = False
    assert invitations.enter_code(new, now=LATER) is None
