from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic.accounts.actions import change_email, take_password
from clinic.accounts.models import Invitation
from clinic.accounts.queries import find_signed_in
from clinic.db import db, transaction
from clinic.errors import Refused
from clinic.invitations import actions, queries, rules
from clinic.outbox import OutboxMessage
from clinic.permissions import Role
from clinic.tokens import fingerprint
from clinic.trail import SYSTEM, TrailEvent
from tests import make
from tests.dump import number_of, who_did_what
from tests.race import race

CLINICIAN = frozenset({Role.CLINICIAN})
NOON = make.instant("2026-03-02 12:00")
LATER = NOON + timedelta(minutes=10)


def usable(token, now):
    return queries.find_invited(token, now=now) is not None


def test_an_invitation_is_kept_as_a_fingerprint_for_seven_days(app):
    account = make.staff().account
    token = actions.invite(account, by=SYSTEM, now=NOON)
    kept = db.scalars(select(Invitation)).one()
    assert (kept.token_hash, kept.expires_at) == (fingerprint(token), NOON + timedelta(days=7))
    assert len(token) == 43
    assert usable(token, NOON + timedelta(days=7, seconds=-1))
    assert not usable(token, NOON + timedelta(days=7))


def test_a_new_invitation_ends_the_ones_before_it_of_this_person_only(app):
    ana, ben = make.staff().account, make.staff().account
    old = actions.invite(ana, by=SYSTEM, now=NOON)
    bens = actions.invite(ben, by=SYSTEM, now=NOON)
    new = actions.invite(ana, by=SYSTEM, now=NOON)
    assert [usable(token, NOON) for token in (old, bens, new)] == [False, True, True]


def test_nobody_invites_a_deactivated_account(app):
    account = make.staff(is_active=False).account
    with pytest.raises(Refused) as refused:
        actions.invite(account, by=SYSTEM, now=NOON)
    assert refused.value.sentence == "This account is deactivated."
    assert number_of(Invitation) == 0


def test_nobody_is_invited_who_has_nothing_to_sign_in_with(app):
    account = make.account(roles=CLINICIAN)
    with pytest.raises(Refused) as refused:
        actions.invite(account, by=SYSTEM, now=NOON)
    assert refused.value.sentence == rules.NO_EMAIL


def coded(account, now=NOON):
    return actions.invite_by_code(account, by=SYSTEM, now=now)


def test_a_code_is_kept_as_a_keyed_digest_and_leads_nowhere_as_a_link(app):
    code = coded(make.staff().account)
    kept = db.scalars(select(Invitation)).one()
    assert kept.token_hash == queries.code_digest(code)
    assert kept.token_hash != fingerprint(code)
    assert not usable(code, NOON)
    facts = db.scalars(select(TrailEvent.facts)).one()
    assert facts == f'{{"invitation":{kept.id},"is_code":true,"is_mailed":false}}'


def test_a_code_opens_an_hour_in_which_to_set_the_password(app):
    account = make.staff().account
    code = coded(account)
    token = actions.enter_code(code.lower().replace("-", " "), now=LATER)
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
    token = actions.enter_code(code, now=last)
    assert usable(token, last)
    assert not usable(token, NOON + timedelta(days=7))
    assert actions.enter_code(code, now=NOON + timedelta(days=7)) is None


def test_a_code_stays_good_until_the_password_is_set(app):
    account = make.staff().account
    code = coded(account)
    first, second = (actions.enter_code(code, now=LATER) for _ in range(2))
    invited = queries.find_invited(second, now=LATER)
    actions.accept_invitation(invited, password_hash="a hash", now=LATER)
    assert [usable(token, LATER) for token in (first, second)] == [False, False]
    assert actions.enter_code(code, now=LATER) is None


@pytest.mark.parametrize("typed", ["", "0000-0000-0000", "nonsense", "\0", "ß" * 500])
def test_a_wrong_code_opens_nothing(app, typed):
    coded(make.staff().account)
    before = who_did_what()
    assert actions.enter_code(typed, now=LATER) is None
    assert who_did_what() == before


def test_a_code_ends_with_a_newer_invitation_and_with_the_account(app):
    account = make.staff().account
    old = coded(account)
    new = coded(account)
    assert actions.enter_code(old, now=LATER) is None
    account.is_active = False
    assert actions.enter_code(new, now=LATER) is None


def invited(account):
    return queries.find_invited(actions.invite(account, by=SYSTEM, now=NOON), now=NOON)


def test_an_accepted_invitation_sets_the_password_and_signs_in(app):
    account = make.staff().account
    token = actions.accept_invitation(invited(account), password_hash="a hash", now=LATER)
    assert account.password_hash == "a hash"
    assert find_signed_in(token, now=LATER).account_id == account.id
    assert who_did_what()[1:] == [
        ("account.password_set", account.id),
        ("account.signed_in", account.id),
    ]
    assert number_of(OutboxMessage) == 0


def test_an_invitation_works_once(app):
    account = make.staff().account
    invitation = invited(account)
    assert actions.accept_invitation(invitation, password_hash="a hash", now=LATER) is not None
    assert actions.accept_invitation(invitation, password_hash="another", now=LATER) is None
    assert account.password_hash == "a hash"


def test_an_invitation_works_once_also_when_two_use_it_together(app):
    invitation = invited(make.staff().account)

    def accept():
        with transaction():
            return actions.accept_invitation(invitation, password_hash="a hash", now=LATER)

    answers = [type(answer) for answer in race(app, accept, accept)]
    assert sorted(answers, key=str) == [type(None), str]


def test_an_invitation_is_worth_nothing_once_its_account_is_deactivated(app):
    account = make.staff().account
    invitation = invited(account)
    account.is_active = False
    assert actions.accept_invitation(invitation, password_hash="a hash", now=LATER) is None
    assert account.password_hash is None


# By mail


def mailed(account, *, now=NOON):
    tokens = []

    def link_of(token):
        tokens.append(token)
        return f"https://x.example/{token}"

    actions.invite_by_mail(account, link_of=link_of, by=SYSTEM, now=now)
    return tokens[0]


def messages():
    rows = db.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
    return [(row.recipient, row.due_at, row.given_up_at, row.body != "") for row in rows]


def test_a_mailed_link_leaves_in_a_minute_and_works_for_seven_days(app):
    account = make.participant(email="jo@example.org").account
    token = mailed(account)
    assert messages() == [("jo@example.org", NOON + rules.LEAVES_AFTER, None, True)]
    assert token in db.scalars(select(OutboxMessage.body)).one()
    assert usable(token, NOON + timedelta(days=7, seconds=-1))
    kept = queries.find_open(account.id, now=NOON)
    assert (kept.message_id, kept.sent_at, kept.attempts) == (1, None, 0)
    facts = db.scalars(select(TrailEvent.facts)).one()
    assert facts == '{"invitation":1,"is_code":false,"is_mailed":true}'


def test_what_is_revoked_before_it_leaves_is_never_sent(app):
    account = make.staff(email="ana@example.org").account
    token = mailed(account)
    assert actions.revoke(account, by=SYSTEM, now=NOON).sent_at is None
    assert (usable(token, NOON), messages()[0][2:]) == (False, (NOON, False))
    assert actions.revoke(account, by=SYSTEM, now=LATER) is None
    assert [verb for verb, _ in who_did_what()] == ["account.invited", "account.invitation_revoked"]


def invite_again(account):
    actions.invite_by_code(account, by=SYSTEM, now=NOON)


def change_address(account):
    change_email(account, "rivera@example.org", by=SYSTEM, now=NOON)


@pytest.mark.parametrize("ending", [mailed, invite_again, change_address])
def test_a_link_that_ends_before_it_leaves_is_not_mailed(app, ending):
    account = make.staff(email="ana@example.org").account
    token = mailed(account)
    ending(account)
    assert (usable(token, NOON), messages()[0][2:]) == (False, (NOON, False))


def test_nobody_is_mailed_a_link_who_must_not(app):
    account = make.staff(email="ana@example.org", password=make.PASSWORD).account
    refused = []
    for prepare in (
        lambda: None,
        lambda: take_password(account, by=SYSTEM, now=NOON),
        lambda: setattr(account, "is_active", False),
    ):
        prepare()
        with pytest.raises(Refused) as no:
            mailed(account)
        refused.append(no.value.sentence)
    assert refused == [rules.ONLY_FIRST, rules.IN_ANOTHERS_HANDS, rules.IN_ANOTHERS_HANDS]
    assert (messages(), number_of(Invitation)) == ([], 0)


def test_whoever_has_set_a_password_since_it_was_taken_may_lose_it_again(app):
    account = make.staff(email="ana@example.org", password=make.PASSWORD).account
    take_password(account, by=SYSTEM, now=NOON)
    actions.accept_invitation(invited(account), password_hash="a hash", now=LATER)
    account.password_hash = None
    assert mailed(account)
