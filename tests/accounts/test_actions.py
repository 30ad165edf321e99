from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic.accounts import actions, queries, rules
from clinic.accounts.models import Account, Invitation, SignIn, Throttle
from clinic.db import db, transaction
from clinic.errors import Refused
from clinic.invitations.actions import invite
from clinic.invitations.queries import find_invited
from clinic.outbox import OutboxMessage
from clinic.permissions import Role
from clinic.tokens import fingerprint
from clinic.trail import SYSTEM, Actor, TrailEvent
from tests import make
from tests.dump import number_of, who_did_what
from tests.race import race

CLINICIAN = frozenset({Role.CLINICIAN})
NOON = make.instant("2026-03-02 12:00")
LATER = NOON + timedelta(minutes=10)


def open_sign_ins():
    return list(db.scalars(select(SignIn.id).where(SignIn.ended_at.is_(None))))


def usable(token, now):
    return find_invited(token, now=now) is not None


def test_an_account_is_added_with_its_address_in_small_letters(app):
    account = actions.add_account(" Ana@Example.ORG", CLINICIAN, by=SYSTEM, now=NOON)
    assert (account.email, account.roles, account.is_active) == ("ana@example.org", CLINICIAN, True)
    assert account.password_hash is None
    assert who_did_what() == [("account.added", None)]


def test_an_account_may_have_no_address_yet_and_so_may_many(app):
    for email in (None, "", "  "):
        assert actions.add_account(email, CLINICIAN, by=SYSTEM, now=NOON).email is None
    assert number_of(Account) == 3


def test_an_address_belongs_to_one_account(app):
    make.staff(email="ana@example.org")
    with pytest.raises(Refused) as refused:
        actions.add_account("ANA@example.org", CLINICIAN, by=SYSTEM, now=NOON)
    assert refused.value.sentence == "This e-mail address belongs to somebody else already."
    assert number_of(Account) == 1


def test_changing_nothing_leaves_no_line(app):
    account = make.staff(email="ana@example.org").account
    changed = actions.change_account(
        account, email="Ana@example.org", roles=CLINICIAN, by=SYSTEM, now=NOON
    )
    assert (changed, who_did_what()) == (False, [])


def test_another_address_ends_the_link_that_went_to_the_old_one(app):
    account = make.staff(email="ana@example.org").account
    token = invite(account, by=SYSTEM, now=NOON)
    changed = actions.change_account(
        account, email="rivera@example.org", roles=CLINICIAN, by=SYSTEM, now=LATER
    )
    assert (changed, account.email) == (True, "rivera@example.org")
    assert not usable(token, LATER)
    assert who_did_what()[1:] == [("account.email_changed", None)]


def test_an_address_cannot_be_changed_to_somebody_elses(app):
    make.participant(email="jo@example.org")
    account = make.staff(email="ana@example.org").account
    with pytest.raises(Refused, match="belongs to somebody else") as refused:
        actions.change_email(account, "jo@example.org", by=SYSTEM, now=NOON)
    assert (refused.value.field, account.email) == ("email", "ana@example.org")


def test_other_roles_end_the_sign_ins(app):
    account = make.staff(email="ana@example.org").account
    make.sign_in(account)
    roles = frozenset({Role.BILLING, Role.AUDITOR})
    changed = actions.change_account(
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
    token = invite(account, by=SYSTEM, now=NOON)
    for _ in range(2):
        actions.deactivate(account, by=SYSTEM, now=LATER)
    actions.reactivate(account, by=SYSTEM, now=LATER)
    assert (open_sign_ins(), usable(token, LATER)) == ([], False)
    assert [verb for verb, _ in who_did_what()] == [
        "account.invited",
        "account.deactivated",
        "account.reactivated",
    ]


def test_reactivating_somebody_active_changes_nothing(app):
    account = actions.reactivate(make.staff().account, by=SYSTEM, now=NOON)
    assert (account.is_active, who_did_what()) == (True, [])


# The last admin


def admin(**facts):
    return make.staff(roles=[Role.ADMIN], password=make.PASSWORD, **facts).account


def test_the_last_admin_with_access_cannot_be_deactivated(app):
    last = admin()
    make.staff(roles=[Role.ADMIN])  # invited at most: no password yet
    admin(is_active=False)
    with pytest.raises(Refused) as refused:
        actions.deactivate(last, by=SYSTEM, now=NOON)
    assert refused.value.sentence == rules.LAST_ADMIN
    assert (last.is_active, who_did_what()) == (True, [])


def test_the_last_admin_with_access_cannot_lose_the_role_but_gain_others(app):
    last = admin()
    with pytest.raises(Refused) as refused:
        actions.change_roles(last, CLINICIAN, by=SYSTEM, now=NOON)
    assert (refused.value.sentence, refused.value.field) == (rules.LAST_ADMIN, "roles")
    assert last.roles == {Role.ADMIN}
    assert actions.change_roles(last, CLINICIAN | {Role.ADMIN}, by=SYSTEM, now=NOON) is True


def test_one_of_two_admins_may_go(app):
    one, _other = admin(), admin()
    actions.change_roles(one, CLINICIAN, by=SYSTEM, now=NOON)
    actions.deactivate(one, by=SYSTEM, now=NOON)
    assert (one.is_active, one.roles) == (False, CLINICIAN)


def deactivating(account_id, by):
    def call():
        with transaction():
            account = db.get(Account, account_id)
            actions.deactivate(account, by=Actor("account", by), now=NOON)

    return call


def losing_the_role(account_id):
    def call():
        with transaction():
            account = db.get(Account, account_id)
            actions.change_roles(account, CLINICIAN, by=Actor("account", account_id), now=NOON)

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
    assert [verb for verb, _ in who_did_what()] == ["account.deactivated"]


def test_signing_out_ends_the_row_once(app):
    account = make.staff().account
    me = queries.find_signed_in(actions.sign_in(account, now=NOON), now=NOON)
    for _ in range(2):
        actions.sign_out(me, now=LATER)
    assert db.scalars(select(SignIn.ended_at)).all() == [LATER]
    assert who_did_what() == [
        ("account.signed_in", account.id),
        ("account.signed_out", account.id),
    ]


def test_being_seen_never_goes_back_in_time(app):
    account = make.staff().account
    me = queries.find_signed_in(actions.sign_in(account, now=NOON), now=NOON)
    actions.note_seen(me, now=LATER)
    actions.note_seen(me, now=NOON)
    assert db.scalars(select(SignIn.seen_at)).all() == [LATER]


def test_what_is_over_is_swept_away(app):
    account = make.staff().account
    for days in (31, 29):
        before = NOON - timedelta(days=days)
        actions.sign_in(account, now=before)
        make.invitation(account, token=f"{days} days ago", expires_at=before)
    actions.count_try("old", now=NOON - timedelta(days=2))
    actions.count_try("new", now=NOON)
    actions.sweep(now=NOON)
    assert db.scalars(select(SignIn.signed_in_at)).all() == [NOON - timedelta(days=29)]
    assert db.scalars(select(Invitation.expires_at)).all() == [NOON - timedelta(days=29)]
    assert db.scalars(select(Throttle.bucket)).all() == ["new"]


def test_what_somebody_does_to_themselves_says_so(app):
    account = make.staff().account
    actions.sign_in(account, now=NOON)
    event = db.scalars(select(TrailEvent)).one()
    assert Actor(event.actor_kind, event.actor_id) == Actor("account", account.id)
    assert (event.subject_kind, event.subject_id) == ("account", account.id)


def test_signing_out_elsewhere_ends_the_others_of_the_same_person_only(app):
    ana, ben = make.staff().account, make.staff().account
    tokens = [actions.sign_in(who, now=NOON) for who in (ana, ana, ana, ben)]
    me = queries.find_signed_in(tokens[0], now=NOON)
    assert [actions.sign_out_elsewhere(me, now=LATER) for _ in range(2)] == [2, 0]
    there = [queries.find_signed_in(token, now=LATER) is not None for token in tokens]
    assert there == [True, False, False, True]
    assert who_did_what()[-1] == ("account.signed_out_elsewhere", ana.id)
    assert len(who_did_what()) == 5


BUCKET = "somebody from somewhere"


def test_a_new_password_ends_everything_old_and_tells_the_person_in_neutral_words(app):
    account = make.participant(email="jo@example.org", password=make.PASSWORD).account
    make.sign_in(account)
    token = invite(account, by=SYSTEM, now=NOON)
    actions.set_password(account, password_hash="a hash", by=SYSTEM, now=LATER)
    assert (open_sign_ins(), usable(token, LATER)) == ([], False)
    message = db.scalars(select(OutboxMessage)).one()
    assert (message.recipient, message.subject, message.due_at) == (
        "jo@example.org",
        "Your password was changed",
        LATER,
    )
    assert message.body == (
        "Hello,\n\n"
        "The password of your account was changed just now.\n\n"
        "If you did this, there is nothing more to do. If it was not you, please tell the\n"
        "people who gave you the account, in person or by phone.\n\n"
        "This message was sent automatically; nobody reads answers to it.\n"
    )


def test_nobody_is_told_where_there_is_no_address(app):
    account = make.account(roles=CLINICIAN, password=make.PASSWORD)
    actions.set_password(account, password_hash="a hash", by=SYSTEM, now=NOON)
    assert number_of(OutboxMessage) == 0


def try_sign_in(email, *, is_right=True, better_hash=None, bucket=BUCKET, now=NOON):
    return actions.try_sign_in(
        queries.find_credentials(email),
        is_right=is_right,
        better_hash=better_hash,
        bucket=bucket,
        now=now,
    )


def test_signing_in_keeps_a_fingerprint_and_a_line(app):
    account = make.staff(email="ana@example.org", password=make.PASSWORD).account
    token = try_sign_in("ana@example.org")
    row = db.scalars(select(SignIn)).one()
    assert (row.token_hash, row.account_id) == (fingerprint(token), account.id)
    assert (row.signed_in_at, row.seen_at, row.ended_at) == (NOON, NOON, None)
    assert who_did_what() == [("account.signed_in", account.id)]


def test_a_failed_sign_in_of_somebody_known_leaves_a_line(app):
    make.staff(email="ana@example.org", password=make.PASSWORD)
    assert try_sign_in("ana@example.org", is_right=False) is None
    assert who_did_what() == [("account.sign_in_failed", None)]
    assert number_of(SignIn) == 0


def test_a_failed_sign_in_of_nobody_counts_and_leaves_no_line(app):
    assert try_sign_in("nobody@example.org", is_right=False) is None
    assert (number_of(Throttle), who_did_what()) == (1, [])


def test_the_right_password_of_a_deactivated_account_opens_nothing(app):
    make.staff(email="ana@example.org", password=make.PASSWORD, is_active=False)
    assert try_sign_in("ana@example.org") is None
    assert who_did_what() == [("account.sign_in_failed", None)]


def test_a_password_that_was_changed_while_it_was_checked_opens_nothing(app):
    account = make.staff(email="ana@example.org", password=make.PASSWORD).account
    known = queries.find_credentials("ana@example.org")
    account.password_hash = "another hash"
    db.flush()
    token = actions.try_sign_in(known, is_right=True, better_hash=None, bucket=BUCKET, now=NOON)
    assert token is None


def test_a_hash_of_old_costs_is_replaced_at_sign_in(app):
    account = make.staff(email="ana@example.org", password=make.PASSWORD).account
    try_sign_in("ana@example.org", better_hash="a better hash")
    assert account.password_hash == "a better hash"


def test_the_sixth_try_waits_and_fails_with_the_right_password(app):
    make.staff(email="ana@example.org", password=make.PASSWORD)
    answers = [try_sign_in("ana@example.org", is_right=number == 5) for number in range(6)]
    assert answers == [None] * 6
    assert try_sign_in("ana@example.org", now=NOON + timedelta(seconds=1)) is not None
    assert number_of(Throttle) == 0


def test_the_fifth_try_still_gets_in(app):
    make.staff(email="ana@example.org", password=make.PASSWORD)
    answers = [try_sign_in("ana@example.org", is_right=number == 4) for number in range(5)]
    assert answers[:4] == [None] * 4
    assert answers[4] is not None


def test_a_success_forgets_its_own_bucket_alone(app):
    make.staff(email="ana@example.org", password=make.PASSWORD)
    try_sign_in("ana@example.org", is_right=False, bucket="from elsewhere")
    for number in range(4):
        try_sign_in("ana@example.org", is_right=number == 3)
    kept = db.execute(select(Throttle.bucket, Throttle.tries)).all()
    assert kept == [("from elsewhere", 1)]


def change_password(account, *, is_right=True, now=NOON):
    return actions.change_password(
        queries.get_credentials(account.id),
        is_right=is_right,
        password_hash="a new hash" if is_right else None,
        bucket=BUCKET,
        now=now,
    )


def test_changing_ones_password_ends_all_sign_ins_and_begins_a_new_one(app):
    account = make.staff(password=make.PASSWORD).account
    make.sign_in(account)
    token = change_password(account)
    assert account.password_hash == "a new hash"
    assert open_sign_ins() == [queries.find_signed_in(token, now=NOON).sign_in_id]
    assert who_did_what() == [
        ("account.password_set", account.id),
        ("account.signed_in", account.id),
    ]
    assert number_of(Throttle) == 0


def test_a_wrong_current_password_changes_nothing_and_counts(app):
    account = make.staff(password=make.PASSWORD).account
    make.sign_in(account)
    before = account.password_hash
    assert change_password(account, is_right=False) is None
    assert (account.password_hash, len(open_sign_ins())) == (before, 1)
    assert db.scalars(select(Throttle.tries)).all() == [1]
    assert who_did_what() == [("account.password_change_failed", account.id)]


# A password that was lost or told


def test_a_lost_password_holds_no_longer_nor_do_its_sign_ins_and_links(app):
    account = make.staff(password=make.PASSWORD).account
    make.sign_in(account)
    token = invite(account, by=SYSTEM, now=NOON)
    for _ in range(2):
        actions.take_password(account, by=SYSTEM, now=LATER)
    assert (account.password_hash, open_sign_ins(), usable(token, LATER)) == (None, [], False)
    assert [verb for verb, _ in who_did_what()] == ["account.invited", "account.password_taken"]


def test_nobody_takes_their_own_password(app):
    account = make.staff(password=make.PASSWORD).account
    with pytest.raises(Refused) as refused:
        actions.take_password(account, by=Actor("account", account.id), now=NOON)
    assert refused.value.sentence == rules.OWN_PASSWORD
    assert account.password_hash is not None


def taking(account_id, by):
    def call():
        with transaction():
            account = db.get(Account, account_id)
            actions.take_password(account, by=Actor("account", by), now=NOON)

    return call


def test_of_two_admins_who_reset_each_other_one_keeps_a_password(app):
    one, other = (make.staff(roles=[Role.ADMIN], password=make.PASSWORD).account for _ in range(2))
    answers = race(app, taking(one.id, other.id), taking(other.id, one.id))
    said = sorted("done" if answer is None else answer.sentence for answer in answers)
    assert said == [rules.LAST_ADMIN, "done"]
    assert [one.password_hash, other.password_hash].count(None) == 1


def test_a_try_that_waits_is_not_counted_and_nothing_waits_longer_for_it(app):
    second = timedelta(seconds=1)
    first = [actions.count_try(BUCKET, now=NOON) for _ in range(8)]
    assert first == [True] * 5 + [False] * 3
    assert actions.count_try(BUCKET, now=NOON + second) is True
    assert actions.count_try(BUCKET, now=NOON + 2.9 * second) is False
    assert actions.count_try(BUCKET, now=NOON + 3 * second) is True
    kept = db.scalars(select(Throttle)).one()
    assert (kept.tries, kept.tried_at) == (7, NOON + 3 * second)


def test_of_tries_at_the_same_moment_five_are_made(app):
    def count():
        with transaction():
            return actions.count_try(BUCKET, now=NOON)

    assert sorted(race(app, *[count] * 8)) == [False] * 3 + [True] * 5
