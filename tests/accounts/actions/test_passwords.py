from datetime import timedelta

import pytest
from sqlalchemy import func, select

from clinic.accounts import queries, rules
from clinic.accounts.actions import invitations, passwords
from clinic.accounts.models import Account, SignIn, Throttle
from clinic.db import db, transaction
from clinic.errors import Refused
from clinic.outbox import OutboxMessage
from clinic.permissions import Role
from clinic.tokens import fingerprint
from clinic.trail import SYSTEM, Actor, TrailEvent
from tests import make
from tests.race import race

CLINICIAN = frozenset({Role.CLINICIAN})
NOON = make.instant("2026-03-02 12:00")
LATER = NOON + timedelta(minutes=10)
PERSON = {"somebody": rules.PER_PERSON}


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


def invited(account):
    return queries.find_invited(invitations.invite(account, by=SYSTEM, now=NOON), now=NOON)


def test_an_accepted_invitation_sets_the_password_and_signs_in(app):
    account = make.staff().account
    token = passwords.accept_invitation(invited(account), password_hash="a hash", now=LATER)
    assert account.password_hash == "a hash"
    assert queries.find_signed_in(token, now=LATER).account_id == account.id
    assert events()[1:] == [
        ("account.password_set", account.id),
        ("account.signed_in", account.id),
    ]
    assert number_of(OutboxMessage) == 0


def test_an_invitation_works_once(app):
    account = make.staff().account
    invitation = invited(account)
    assert passwords.accept_invitation(invitation, password_hash="a hash", now=LATER) is not None
    assert passwords.accept_invitation(invitation, password_hash="another", now=LATER) is None
    assert account.password_hash == "a hash"


def test_an_invitation_works_once_also_when_two_use_it_together(app):
    invitation = invited(make.staff().account)

    def accept():
        with transaction():
            return passwords.accept_invitation(invitation, password_hash="a hash", now=LATER)

    answers = [type(answer) for answer in race(app, accept, accept)]
    assert sorted(answers, key=str) == [type(None), str]


def test_an_invitation_is_worth_nothing_once_its_account_is_deactivated(app):
    account = make.staff().account
    invitation = invited(account)
    account.is_active = False
    assert passwords.accept_invitation(invitation, password_hash="a hash", now=LATER) is None
    assert account.password_hash is None


def test_a_new_password_ends_everything_old_and_tells_the_person_in_neutral_words(app):
    account = make.participant(email="jo@example.org", password=make.PASSWORD).account
    make.sign_in(account)
    token = invitations.invite(account, by=SYSTEM, now=NOON)
    passwords.set_password(account, password_hash="a hash", by=SYSTEM, now=LATER)
    assert (open_sign_ins(), usable(token, LATER)) == ([], False)
    message = db.scalars(select(OutboxMessage)).one()
    assert (message.recipient, message.subject, message.due_at) == (
        "jo@example.org",
        "Your password was changed",
        LATER,
    )
    assert message.body == (
        "Hello,\n\n"
        "the password of your account was changed just now.\n\n"
        "If you did this, there is nothing more to do. If it was not you, please tell the\n"
        "people who gave you the account, in person or by phone.\n\n"
        "This message was sent automatically; nobody reads answers to it.\n"
    )


def test_nobody_is_told_where_there_is_no_address(app):
    account = make.account(roles=CLINICIAN, password=make.PASSWORD)
    passwords.set_password(account, password_hash="a hash", by=SYSTEM, now=NOON)
    assert number_of(OutboxMessage) == 0


def try_sign_in(email, *, is_right=True, better_hash=None, limits=PERSON, now=NOON):
    return passwords.try_sign_in(
        queries.find_credentials(email),
        is_right=is_right,
        better_hash=better_hash,
        limits=limits,
        now=now,
    )


def test_signing_in_keeps_a_fingerprint_and_a_line(app):
    account = make.staff(email="ana@example.org", password=make.PASSWORD).account
    token = try_sign_in("ana@example.org")
    row = db.scalars(select(SignIn)).one()
    assert (row.token_hash, row.account_id) == (fingerprint(token), account.id)
    assert (row.signed_in_at, row.seen_at, row.ended_at) == (NOON, NOON, None)
    assert events() == [("account.signed_in", account.id)]


def test_a_failed_sign_in_of_somebody_known_leaves_a_line(app):
    make.staff(email="ana@example.org", password=make.PASSWORD)
    assert try_sign_in("ana@example.org", is_right=False) is None
    assert events() == [("account.sign_in_failed", None)]
    assert number_of(SignIn) == 0


def test_a_failed_sign_in_of_nobody_counts_and_leaves_no_line(app):
    assert try_sign_in("nobody@example.org", is_right=False) is None
    assert (number_of(Throttle), events()) == (1, [])


def test_the_right_password_of_a_deactivated_account_opens_nothing(app):
    make.staff(email="ana@example.org", password=make.PASSWORD, is_active=False)
    assert try_sign_in("ana@example.org") is None
    assert events() == [("account.sign_in_failed", None)]


def test_a_password_that_was_changed_while_it_was_checked_opens_nothing(app):
    account = make.staff(email="ana@example.org", password=make.PASSWORD).account
    known = queries.find_credentials("ana@example.org")
    account.password_hash = "another hash"
    db.flush()
    token = passwords.try_sign_in(known, is_right=True, better_hash=None, limits=PERSON, now=NOON)
    assert token is None


def test_a_hash_of_old_costs_is_replaced_at_sign_in(app):
    account = make.staff(email="ana@example.org", password=make.PASSWORD).account
    try_sign_in("ana@example.org", better_hash="a better hash")
    assert account.password_hash == "a better hash"


def test_five_tries_are_counted_and_the_sixth_fails_with_the_right_password(app):
    make.staff(email="ana@example.org", password=make.PASSWORD)
    answers = [try_sign_in("ana@example.org", is_right=number == 5) for number in range(6)]
    assert answers == [None] * 6


def test_the_fifth_try_still_gets_in(app):
    make.staff(email="ana@example.org", password=make.PASSWORD)
    answers = [try_sign_in("ana@example.org", is_right=number == 4) for number in range(5)]
    assert answers[:4] == [None] * 4
    assert answers[4] is not None


def test_a_success_clears_the_persons_bucket_and_takes_back_its_own_try_of_the_address(app):
    make.staff(email="ana@example.org", password=make.PASSWORD)
    limits = {"person": rules.PER_PERSON, "address": rules.PER_ADDRESS}
    for number in range(4):
        try_sign_in("ana@example.org", is_right=number == 3, limits=limits)
    assert db.execute(select(Throttle.bucket, Throttle.tries)).all() == [("address", 3)]


def change_password(account, *, is_right=True, now=NOON):
    return passwords.change_password(
        queries.get_credentials(account.id),
        is_right=is_right,
        password_hash="a new hash" if is_right else None,
        limits=PERSON,
        now=now,
    )


def test_changing_ones_password_ends_all_sign_ins_and_begins_a_new_one(app):
    account = make.staff(password=make.PASSWORD).account
    make.sign_in(account)
    token = change_password(account)
    assert account.password_hash == "a new hash"
    assert open_sign_ins() == [queries.find_signed_in(token, now=NOON).sign_in_id]
    assert events() == [("account.password_set", account.id), ("account.signed_in", account.id)]
    assert number_of(Throttle) == 0


def test_a_wrong_current_password_changes_nothing_and_counts(app):
    account = make.staff(password=make.PASSWORD).account
    make.sign_in(account)
    before = account.password_hash
    assert change_password(account, is_right=False) is None
    assert (account.password_hash, len(open_sign_ins())) == (before, 1)
    assert db.scalars(select(Throttle.tries)).all() == [1]
    assert events() == [("account.password_change_failed", account.id)]


# A password that was lost or told


def test_a_lost_password_holds_no_longer_nor_do_its_sign_ins_and_links(app):
    account = make.staff(password=make.PASSWORD).account
    make.sign_in(account)
    token = invitations.invite(account, by=SYSTEM, now=NOON)
    for _ in range(2):
        passwords.take_password(account, by=SYSTEM, now=LATER)
    assert (account.password_hash, open_sign_ins(), usable(token, LATER)) == (None, [], False)
    assert [verb for verb, _ in events()] == ["account.invited", "account.password_taken"]


def test_nobody_takes_their_own_password(app):
    account = make.staff(password=make.PASSWORD).account
    with pytest.raises(Refused) as refused:
        passwords.take_password(account, by=Actor("account", account.id), now=NOON)
    assert refused.value.sentence == rules.OWN_PASSWORD
    assert account.password_hash is not None


def taking(account_id, by):
    def call():
        with transaction():
            account = db.get(Account, account_id)
            passwords.take_password(account, by=Actor("account", by), now=NOON)

    return call


def test_of_two_admins_who_reset_each_other_one_keeps_a_password(app):
    one, other = (make.staff(roles=[Role.ADMIN], password=make.PASSWORD).account for _ in range(2))
    answers = race(app, taking(one.id, other.id), taking(other.id, one.id))
    said = sorted("done" if answer is None else answer.sentence for answer in answers)
    assert said == [rules.LAST_ADMIN, "done"]
    assert [one.password_hash, other.password_hash].count(None) == 1
