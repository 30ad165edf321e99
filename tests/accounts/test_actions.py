from datetime import timedelta

import pytest
from sqlalchemy import func, select

from clinic.accounts import actions, queries, rules
from clinic.accounts.models import Account, Invitation, SignIn, Staff, Throttle
from clinic.db import session, transaction
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
        for event in session.scalars(select(TrailEvent).order_by(TrailEvent.id))
    ]


def number_of(model):
    return session.scalar(select(func.count()).select_from(model))


def open_sign_ins():
    return list(session.scalars(select(SignIn.id).where(SignIn.ended_at.is_(None))))


def usable(token, now):
    return queries.find_invited(token, now=now) is not None


def test_an_account_is_added_with_its_address_in_small_letters(app):
    account = actions.add_account(" Ana@Example.ORG", CLINICIAN, by=SYSTEM, now=NOON)
    assert (account.email, account.roles, account.is_active) == ("ana@example.org", CLINICIAN, True)
    assert account.password_hash is None
    assert events() == [("account.added", None)]


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
    assert (changed, events()) == (False, [])


def test_another_address_ends_the_link_that_went_to_the_old_one(app):
    account = make.staff(email="ana@example.org").account
    token = actions.invite(account, by=SYSTEM, now=NOON)
    changed = actions.change_account(
        account, email="rivera@example.org", roles=CLINICIAN, by=SYSTEM, now=LATER
    )
    assert (changed, account.email) == (True, "rivera@example.org")
    assert not usable(token, LATER)
    assert events()[1:] == [("account.email_changed", None)]


def test_an_address_cannot_be_changed_to_somebody_elses(app):
    make.participant(email="jo@example.org")
    account = make.staff(email="ana@example.org").account
    with pytest.raises(Refused, match="belongs to somebody else"):
        actions.change_email(account, "jo@example.org", by=SYSTEM, now=NOON)
    assert account.email == "ana@example.org"


def test_other_roles_end_the_sign_ins(app):
    account = make.staff(email="ana@example.org").account
    make.sign_in(account)
    roles = frozenset({Role.BILLING, Role.AUDITOR})
    changed = actions.change_account(
        account, email="ana@example.org", roles=roles, by=SYSTEM, now=NOON
    )
    assert (changed, account.roles, open_sign_ins()) == (True, roles, [])
    event = session.scalars(select(TrailEvent)).one()
    assert (event.verb, event.facts) == (
        "account.roles_changed",
        '{"roles":["auditor","billing"]}',
    )


def test_deactivating_ends_sign_ins_and_links_and_happens_once(app):
    account = make.staff().account
    make.sign_in(account)
    token = actions.invite(account, by=SYSTEM, now=NOON)
    for _ in range(2):
        actions.deactivate(account, by=SYSTEM, now=LATER)
    actions.reactivate(account, by=SYSTEM, now=LATER)
    assert (open_sign_ins(), usable(token, LATER)) == ([], False)
    assert [verb for verb, _ in events()] == [
        "account.invited",
        "account.deactivated",
        "account.reactivated",
    ]


def test_reactivating_somebody_active_changes_nothing(app):
    account = actions.reactivate(make.staff().account, by=SYSTEM, now=NOON)
    assert (account.is_active, events()) == (True, [])


def test_staff_are_brought_up_to_date(app):
    ana = make.staff(name="Ana Rivera", credentials="LCSW")
    same = actions.change_staff(ana, name="Ana Rivera", credentials="LCSW", by=SYSTEM, now=NOON)
    other = actions.change_staff(ana, name="Ana Rivera", credentials="PhD", by=SYSTEM, now=NOON)
    assert (same, other, ana.credentials) == (False, True, "PhD")
    assert events() == [("staff.changed", None)]


def take_on(email="ana.rivera@example.org", role=Role.CLINICIAN):
    return actions.take_on(email=email, name="Ana Rivera", role=role, by=SYSTEM, now=NOON)


def test_somebody_new_gets_an_account_and_a_key_of_their_own(app):
    make.staff(key="ana-rivera")
    make.staff(key="ana-rivera-2")
    account = take_on()
    staff = session.scalars(select(Staff).where(Staff.account_id == account.id)).one()
    assert (staff.key, staff.name, account.roles) == ("ana-rivera-3", "Ana Rivera", CLINICIAN)
    assert [verb for verb, _ in events()] == ["account.added", "staff.added"]


def test_somebody_known_gets_one_role_more(app):
    known = make.staff(email="ana.rivera@example.org", name="Ana M. Rivera", key="rivera")
    account = take_on("Ana.Rivera@example.org", Role.ADMIN)
    assert account is known.account
    assert account.roles == {Role.CLINICIAN, Role.ADMIN}
    assert (known.name, known.key, number_of(Staff)) == ("Ana M. Rivera", "rivera", 1)


def test_somebody_who_had_left_is_taken_on_again(app):
    former = make.staff(email="ana.rivera@example.org", is_active=False).account
    assert take_on().is_active is True
    assert take_on() is former


def test_a_participant_is_not_taken_on_as_staff(app):
    make.participant(email="jo@example.org")
    with pytest.raises(Refused) as refused:
        take_on("jo@example.org")
    assert refused.value.sentence == (
        "This e-mail address belongs to a participant. Staff need another one."
    )
    assert number_of(Staff) == 0


def test_an_invitation_is_kept_as_a_fingerprint_for_seven_days(app):
    account = make.staff().account
    token = actions.invite(account, by=SYSTEM, now=NOON)
    kept = session.scalars(select(Invitation)).one()
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


def invited(account):
    return queries.find_invited(actions.invite(account, by=SYSTEM, now=NOON), now=NOON)


def test_an_accepted_invitation_sets_the_password_and_signs_in(app):
    account = make.staff().account
    token = actions.accept_invitation(invited(account), password_hash="a hash", now=LATER)
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


def test_a_new_password_ends_everything_old_and_tells_the_person_in_neutral_words(app):
    account = make.participant(email="jo@example.org", password=make.PASSWORD).account
    make.sign_in(account)
    token = actions.invite(account, by=SYSTEM, now=NOON)
    actions.set_password(account, password_hash="a hash", by=SYSTEM, now=LATER)
    assert (open_sign_ins(), usable(token, LATER)) == ([], False)
    message = session.scalars(select(OutboxMessage)).one()
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
    actions.set_password(account, password_hash="a hash", by=SYSTEM, now=NOON)
    assert number_of(OutboxMessage) == 0


def try_sign_in(email, *, is_right=True, better_hash=None, limits=PERSON, now=NOON):
    return actions.try_sign_in(
        queries.find_credentials(email),
        is_right=is_right,
        better_hash=better_hash,
        limits=limits,
        now=now,
    )


def test_signing_in_keeps_a_fingerprint_and_a_line(app):
    account = make.staff(email="ana@example.org", password=make.PASSWORD).account
    token = try_sign_in("ana@example.org")
    row = session.scalars(select(SignIn)).one()
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
    session.flush()
    token = actions.try_sign_in(known, is_right=True, better_hash=None, limits=PERSON, now=NOON)
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
    assert session.execute(select(Throttle.bucket, Throttle.tries)).all() == [("address", 3)]


def test_tries_begin_anew_when_the_window_is_over(app):
    first = [actions.count_tries(PERSON, now=NOON) for _ in range(6)]
    in_time = actions.count_tries(PERSON, now=NOON + timedelta(minutes=14, seconds=59))
    after = actions.count_tries(PERSON, now=NOON + timedelta(minutes=15))
    assert (first, in_time, after) == ([True] * 5 + [False], False, True)
    kept = session.scalars(select(Throttle)).one()
    assert (kept.tries, kept.began_at) == (1, NOON + timedelta(minutes=15))


def test_every_bucket_must_have_a_try_left(app):
    limits = {"one": rules.Limit(1, timedelta(hours=1), is_cleared_by_success=True)}
    assert actions.count_tries(PERSON | limits, now=NOON) is True
    assert actions.count_tries(PERSON | limits, now=NOON) is False


def test_tries_at_the_same_moment_are_each_counted(app):
    def count():
        with transaction():
            return actions.count_tries(PERSON, now=NOON)

    assert sorted(race(app, *[count] * 8)) == [False] * 3 + [True] * 5


def change_password(account, *, is_right=True, now=NOON):
    return actions.change_password(
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
    assert session.scalars(select(Throttle.tries)).all() == [1]
    assert events() == [("account.password_change_failed", account.id)]


def test_signing_out_ends_the_row_once(app):
    account = make.staff().account
    me = queries.find_signed_in(actions.sign_in(account, now=NOON), now=NOON)
    for _ in range(2):
        actions.sign_out(me, now=LATER)
    assert session.scalars(select(SignIn.ended_at)).all() == [LATER]
    assert events() == [
        ("account.signed_in", account.id),
        ("account.signed_out", account.id),
    ]


def test_being_seen_never_goes_back_in_time(app):
    account = make.staff().account
    me = queries.find_signed_in(actions.sign_in(account, now=NOON), now=NOON)
    actions.note_seen(me, now=LATER)
    actions.note_seen(me, now=NOON)
    assert session.scalars(select(SignIn.seen_at)).all() == [LATER]


def test_what_is_over_is_swept_away(app):
    account = make.staff().account
    for days in (31, 29):
        before = NOON - timedelta(days=days)
        actions.sign_in(account, now=before)
        make.invitation(account, token=f"{days} days ago", expires_at=before)
    actions.count_tries({"old": rules.PER_PERSON}, now=NOON - timedelta(days=2))
    actions.count_tries({"new": rules.PER_PERSON}, now=NOON)
    actions.sweep(now=NOON)
    assert session.scalars(select(SignIn.signed_in_at)).all() == [NOON - timedelta(days=29)]
    assert session.scalars(select(Invitation.expires_at)).all() == [NOON - timedelta(days=29)]
    assert session.scalars(select(Throttle.bucket)).all() == ["new"]


def test_what_somebody_does_to_themselves_says_so(app):
    account = make.staff().account
    actions.sign_in(account, now=NOON)
    event = session.scalars(select(TrailEvent)).one()
    assert Actor(event.actor_kind, event.actor_id) == Actor("account", account.id)
    assert (event.subject_kind, event.subject_id) == ("account", account.id)
