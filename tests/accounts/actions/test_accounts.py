from datetime import timedelta

import pytest
from sqlalchemy import func, select

from clinic.accounts import queries, rules
from clinic.accounts.actions import accounts, invitations
from clinic.accounts.models import Account, SignIn
from clinic.db import db, transaction
from clinic.errors import Refused
from clinic.permissions import Role
from clinic.trail import SYSTEM, Actor, TrailEvent
from tests import make
from tests.race import race

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


def open_sign_ins():
    return list(db.scalars(select(SignIn.id).where(SignIn.ended_at.is_(None))))


def usable(token, now):
    return queries.find_invited(token, now=now) is not None


def test_an_account_is_added_with_its_address_in_small_letters(app):
    account = accounts.add_account(" Ana@Example.ORG", CLINICIAN, by=SYSTEM, now=NOON)
    assert (account.email, account.roles, account.is_active) == ("ana@example.org", CLINICIAN, True)
    assert account.password_hash is None
    assert events() == [("account.added", None)]


def test_an_account_may_have_no_address_yet_and_so_may_many(app):
    for email in (None, "", "  "):
        assert accounts.add_account(email, CLINICIAN, by=SYSTEM, now=NOON).email is None
    assert number_of(Account) == 3


def test_an_address_belongs_to_one_account(app):
    make.staff(email="ana@example.org")
    with pytest.raises(Refused) as refused:
        accounts.add_account("ANA@example.org", CLINICIAN, by=SYSTEM, now=NOON)
    assert refused.value.sentence == "This e-mail address belongs to somebody else already."
    assert number_of(Account) == 1


def test_changing_nothing_leaves_no_line(app):
    account = make.staff(email="ana@example.org").account
    changed = accounts.change_account(
        account, email="Ana@example.org", roles=CLINICIAN, by=SYSTEM, now=NOON
    )
    assert (changed, events()) == (False, [])


def test_another_address_ends_the_link_that_went_to_the_old_one(app):
    account = make.staff(email="ana@example.org").account
    token = invitations.invite(account, by=SYSTEM, now=NOON)
    changed = accounts.change_account(
        account, email="rivera@example.org", roles=CLINICIAN, by=SYSTEM, now=LATER
    )
    assert (changed, account.email) == (True, "rivera@example.org")
    assert not usable(token, LATER)
    assert events()[1:] == [("account.email_changed", None)]


def test_an_address_cannot_be_changed_to_somebody_elses(app):
    make.participant(email="jo@example.org")
    account = make.staff(email="ana@example.org").account
    with pytest.raises(Refused, match="belongs to somebody else"):
        accounts.change_email(account, "jo@example.org", by=SYSTEM, now=NOON)
    assert account.email == "ana@example.org"


def test_other_roles_end_the_sign_ins(app):
    account = make.staff(email="ana@example.org").account
    make.sign_in(account)
    roles = frozenset({Role.BILLING, Role.AUDITOR})
    changed = accounts.change_account(
        account, email="ana@example.org", roles=roles, by=SYSTEM, now=NOON
    )
    assert (changed, account.roles, open_sign_ins()) == (True, roles, [])
    event = db.scalars(select(TrailEvent)).one()
    assert (event.verb, event.facts) == (
        "account.roles_changed",
        '{"roles":["auditor","billing"]}',
    )


def test_deactivating_ends_sign_ins_and_links_and_happens_once(app):
    account = make.staff().account
    make.sign_in(account)
    token = invitations.invite(account, by=SYSTEM, now=NOON)
    for _ in range(2):
        accounts.deactivate(account, by=SYSTEM, now=LATER)
    accounts.reactivate(account, by=SYSTEM, now=LATER)
    assert (open_sign_ins(), usable(token, LATER)) == ([], False)
    assert [verb for verb, _ in events()] == [
        "account.invited",
        "account.deactivated",
        "account.reactivated",
    ]


def test_reactivating_somebody_active_changes_nothing(app):
    account = accounts.reactivate(make.staff().account, by=SYSTEM, now=NOON)
    assert (account.is_active, events()) == (True, [])


# The last admin


def admin(**facts):
    return make.staff(roles=[Role.ADMIN], password=make.PASSWORD, **facts).account


def test_the_last_admin_with_access_cannot_be_deactivated(app):
    last = admin()
    make.staff(roles=[Role.ADMIN])  # invited at most: no password yet
    admin(is_active=False)
    with pytest.raises(Refused) as refused:
        accounts.deactivate(last, by=SYSTEM, now=NOON)
    assert refused.value.sentence == rules.LAST_ADMIN
    assert (last.is_active, events()) == (True, [])


def test_the_last_admin_with_access_cannot_lose_the_role_but_gain_others(app):
    last = admin()
    with pytest.raises(Refused) as refused:
        accounts.change_roles(last, CLINICIAN, by=SYSTEM, now=NOON)
    assert refused.value.sentence == rules.LAST_ADMIN
    assert last.roles == {Role.ADMIN}
    assert accounts.change_roles(last, CLINICIAN | {Role.ADMIN}, by=SYSTEM, now=NOON) is True


def test_one_of_two_admins_may_go(app):
    one, _other = admin(), admin()
    accounts.change_roles(one, CLINICIAN, by=SYSTEM, now=NOON)
    accounts.deactivate(one, by=SYSTEM, now=NOON)
    assert (one.is_active, one.roles) == (False, CLINICIAN)


def deactivating(account_id, by):
    def call():
        with transaction():
            account = db.get(Account, account_id)
            accounts.deactivate(account, by=Actor("account", by), now=NOON)

    return call


def losing_the_role(account_id):
    def call():
        with transaction():
            account = db.get(Account, account_id)
            accounts.change_roles(account, CLINICIAN, by=Actor("account", account_id), now=NOON)

    return call


def outcome(answers):
    return sorted("done" if answer is None else answer.sentence for answer in answers)


def test_of_two_admins_who_deactivate_each_other_one_stays(app):
    one, other = admin(), admin()
    answers = race(app, deactivating(one.id, other.id), deactivating(other.id, one.id))
    assert outcome(answers) == [rules.LAST_ADMIN, "done"]
    assert [one.is_active, other.is_active].count(True) == 1


def test_of_two_admins_who_give_up_their_role_one_keeps_it(app):
    one, other = admin(), admin()
    assert outcome(race(app, losing_the_role(one.id), losing_the_role(other.id))) == [
        rules.LAST_ADMIN,
        "done",
    ]
    assert [Role.ADMIN in account.roles for account in (one, other)].count(True) == 1


def test_two_who_deactivate_the_same_person_leave_one_line(app):
    ana = make.staff().account
    race(app, deactivating(ana.id, None), deactivating(ana.id, None))
    assert [verb for verb, _ in events()] == ["account.deactivated"]
