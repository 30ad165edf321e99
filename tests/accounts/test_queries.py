from datetime import timedelta

from clinic.accounts import actions, queries
from clinic.accounts.queries import find_signed_in
from clinic.permissions import TABLE, Permission, Role
from clinic.tokens import fingerprint
from clinic.trail import Actor
from tests import make

NOON = make.instant("2026-03-02 12:00")
SOON = NOON + timedelta(minutes=5)


def sign_in(person, **facts):
    return make.sign_in(person.account, signed_in_at=NOON, seen_at=NOON, **facts)


def test_a_token_stands_for_the_person_and_what_they_may(app):
    ana = make.staff(name="Ana Rivera", roles=[Role.BILLING, Role.AUDITOR])
    token = sign_in(ana)
    me = find_signed_in(token, now=SOON)
    assert (me.account_id, me.staff_id, me.name) == (ana.account.id, ana.id, "Ana Rivera")
    assert me.roles == {Role.BILLING, Role.AUDITOR}
    assert me.permissions == TABLE[Role.BILLING] | TABLE[Role.AUDITOR]
    assert me.actor == Actor("account", ana.account.id, f"sign_in:{me.sign_in_id}")
    assert (me.is_authenticated, me.is_active, me.is_anonymous) == (True, True, False)
    assert (me.get_id(), me.seen_at) == (token, NOON)


def test_a_participant_is_signed_in_without_a_name(app):
    jordan = make.participant(name="Jordan Avery")
    me = find_signed_in(sign_in(jordan), now=SOON)
    assert (me.account_id, me.staff_id, me.name) == (jordan.account.id, None, "")
    assert me.permissions == {Permission.OWN_ACCOUNT, Permission.OWN_WEEK}


def test_nobody_is_signed_in_by_another_token_or_by_its_fingerprint(app):
    token = sign_in(make.staff())
    assert find_signed_in(token[:-1], now=SOON) is None
    assert find_signed_in(fingerprint(token), now=SOON) is None
    assert find_signed_in("", now=SOON) is None


def test_an_ended_sign_in_stands_for_nobody(app):
    assert find_signed_in(sign_in(make.staff(), ended_at=NOON), now=SOON) is None


def test_a_sign_in_that_was_not_used_stands_for_nobody(app):
    token = sign_in(make.staff())
    assert find_signed_in(token, now=NOON + timedelta(minutes=16)) is None


def test_a_deactivated_account_is_signed_in_no_longer(app):
    token = sign_in(make.staff(is_active=False))
    assert find_signed_in(token, now=SOON) is None


def test_whoever_asks_is_found_by_one_statement(app, queries):
    token = sign_in(make.staff())
    make.saved()
    with queries() as count:
        find_signed_in(token, now=SOON)
    assert count() == 1


def test_an_account_is_found_by_its_address_however_it_is_written(app):
    account = make.staff(email="ana@example.org").account
    assert queries.find_account(" ANA@Example.org ") is account
    assert queries.find_account("ben@example.org") is None
    assert queries.find_account(None) is None
    assert queries.find_account("") is None


def test_an_account_without_an_address_is_not_found_by_none(app):
    make.account(roles=[Role.CLINICIAN])
    assert queries.find_account("") is None
    assert queries.find_credentials("") is None


def test_credentials_of_staff_and_participants(app):
    ana = make.staff(email="ana@example.org", name="Ana Rivera")
    jordan = make.participant(email="jo@example.org", is_active=False)
    assert tuple(queries.find_credentials("ana@example.org")) == (
        ana.account.id,
        "ana@example.org",
        None,
        True,
        "Ana Rivera",
    )
    assert tuple(queries.get_credentials(jordan.account.id)) == (
        jordan.account.id,
        "jo@example.org",
        None,
        False,
        None,
    )
    assert queries.find_credentials("nobody@example.org") is None


def test_the_pause_is_that_of_a_bucket_alone(app):
    assert queries.pause("one", now=NOON) == timedelta(0)
    for _ in range(4):
        actions.count_try("one", now=NOON)
    assert queries.pause("one", now=NOON) == timedelta(0)
    actions.count_try("one", now=NOON)
    assert queries.pause("one", now=NOON) == timedelta(seconds=1)
    assert queries.pause("other", now=NOON) == timedelta(0)
    assert queries.pause("one", now=SOON) == timedelta(0)


# The people who work here


def test_a_person_sees_where_they_are_signed_in_the_last_used_first(app):
    ana = make.staff()
    me = find_signed_in(sign_in(ana), now=NOON)
    make.sign_in(ana.account, signed_in_at=NOON, seen_at=SOON)
    sign_in(ana, ended_at=NOON)
    sign_in(make.staff())
    assert [row.seen_at for row in queries.sign_ins_of(me, now=SOON)] == [SOON, NOON]
    late = NOON + timedelta(minutes=16)
    assert [row.seen_at for row in queries.sign_ins_of(me, now=late)] == [SOON]


def test_admins_are_those_who_can_come_in(app):
    facts = {"password": make.PASSWORD}
    admin = make.staff(roles=[Role.CLINICIAN, Role.ADMIN], **facts).account
    make.staff(roles=[Role.ADMIN])
    make.staff(roles=[Role.ADMIN], is_active=False, **facts)
    make.staff(roles=[Role.COORDINATOR], **facts)
    assert [queries.admins(), queries.admins(lock=True)] == [[admin.id], [admin.id]]


def test_those_who_may_set_up_are_named(app):
    make.staff(roles=[Role.ADMIN], name="Zoe Zane")
    make.staff(roles=[Role.ADMIN], name="Rae Root")
    make.staff(roles=[Role.ADMIN], name="Gone", is_active=False)
    make.staff(roles=[Role.COORDINATOR], name="Cam")
    assert queries.administrators() == ["Rae Root", "Zoe Zane"]
