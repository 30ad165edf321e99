from datetime import timedelta

from sqlalchemy import select

from clinic.accounts import queries, rules
from clinic.accounts.actions import sign_ins, throttle
from clinic.accounts.models import Invitation, SignIn, Throttle
from clinic.db import db
from clinic.trail import Actor, TrailEvent
from tests import make

NOON = make.instant("2026-03-02 12:00")
LATER = NOON + timedelta(minutes=10)


def events():
    return [
        (event.verb, event.actor_id)
        for event in db.scalars(select(TrailEvent).order_by(TrailEvent.id))
    ]


def test_signing_out_ends_the_row_once(app):
    account = make.staff().account
    me = queries.find_signed_in(sign_ins.sign_in(account, now=NOON), now=NOON)
    for _ in range(2):
        sign_ins.sign_out(me, now=LATER)
    assert db.scalars(select(SignIn.ended_at)).all() == [LATER]
    assert events() == [
        ("account.signed_in", account.id),
        ("account.signed_out", account.id),
    ]


def test_being_seen_never_goes_back_in_time(app):
    account = make.staff().account
    me = queries.find_signed_in(sign_ins.sign_in(account, now=NOON), now=NOON)
    sign_ins.note_seen(me, now=LATER)
    sign_ins.note_seen(me, now=NOON)
    assert db.scalars(select(SignIn.seen_at)).all() == [LATER]


def test_what_is_over_is_swept_away(app):
    account = make.staff().account
    for days in (31, 29):
        before = NOON - timedelta(days=days)
        sign_ins.sign_in(account, now=before)
        make.invitation(account, token=f"{days} days ago", expires_at=before)
    throttle.count_tries({"old": rules.PER_PERSON}, now=NOON - timedelta(days=2))
    throttle.count_tries({"new": rules.PER_PERSON}, now=NOON)
    sign_ins.sweep(now=NOON)
    assert db.scalars(select(SignIn.signed_in_at)).all() == [NOON - timedelta(days=29)]
    assert db.scalars(select(Invitation.expires_at)).all() == [NOON - timedelta(days=29)]
    assert db.scalars(select(Throttle.bucket)).all() == ["new"]


def test_what_somebody_does_to_themselves_says_so(app):
    account = make.staff().account
    sign_ins.sign_in(account, now=NOON)
    event = db.scalars(select(TrailEvent)).one()
    assert Actor(event.actor_kind, event.actor_id) == Actor("account", account.id)
    assert (event.subject_kind, event.subject_id) == ("account", account.id)


def test_signing_out_elsewhere_ends_the_others_of_the_same_person_only(app):
    ana, ben = make.staff().account, make.staff().account
    tokens = [sign_ins.sign_in(who, now=NOON) for who in (ana, ana, ana, ben)]
    me = queries.find_signed_in(tokens[0], now=NOON)
    assert [sign_ins.sign_out_elsewhere(me, now=LATER) for _ in range(2)] == [2, 0]
    there = [queries.find_signed_in(token, now=LATER) is not None for token in tokens]
    assert there == [True, False, False, True]
    assert events()[-1] == ("account.signed_out_elsewhere", ana.id)
    assert len(events()) == 5
