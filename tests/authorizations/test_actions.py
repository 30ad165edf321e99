import json
from datetime import date
from functools import partial

import pytest
from sqlalchemy import select

from clinic.authorizations import actions, rules
from clinic.authorizations.models import BeyondAuthorization, Certification, GoingOn
from clinic.authorizations.rules import More
from clinic.coverage.models import Authorization, Unit
from clinic.db import db
from clinic.errors import Refused
from clinic.schedule.models import ActWords
from clinic.trail import Actor, TrailEvent
from tests import make

NOW = make.instant("2026-03-02 12:00")
LATER = make.instant("2026-03-03 12:01")
FACTS = {
    "payer": "Blue Plan",
    "number": "A123",
    "code": "H0015",
    "unit": Unit.DAY,
    "units": 20,
    "from_on": date(2026, 3, 2),
    "until_on": date(2026, 4, 30),
    "review_on": date(2026, 4, 1),
}
CERTIFIED = {"certified_on": date(2026, 3, 2), "name": "Dr. Ortiz", "license_text": "OH 1"}


@pytest.fixture
def by(app):
    return Actor("account", make.staff(name="Ana Rivera").account_id)


@pytest.fixture
def jo(app):
    return make.enrollment(from_on="2026-02-02")


def authorize(jo, one=None, *, by, now=NOW, **facts):
    return actions.authorize(jo, one, **FACTS | facts, by=by, now=now)


def events():
    about = TrailEvent.subject_kind.in_(["payer_authorization", "certification"])
    rows = db.scalars(select(TrailEvent).where(about).order_by(TrailEvent.id))
    return [(each.verb, json.loads(each.facts)) for each in rows]


def refused(act):
    with pytest.raises(Refused) as no:
        act()
    return [(each.field, each.sentence) for each in (no.value, *no.value.more)]


def test_an_authorization_stands_in_the_trail_with_its_values_and_without_its_words(jo, by):
    authorize(jo, by=by)
    ((verb, facts),) = events()
    assert verb == "payer_authorization.added"
    assert facts == {
        "participant": jo.participant_id,
        "enrollment": jo.id,
        "before": None,
        "after": {
            "id": 1,
            "enrollment_id": jo.id,
            "unit": "day",
            "units": 20,
            "from_on": "2026-03-02",
            "until_on": "2026-04-30",
            "review_on": "2026-04-01",
        },
    }
    words = db.scalars(select(ActWords.words)).one()
    assert json.loads(words) == {"after": {"payer": "Blue Plan", "number": "A123", "code": "H0015"}}


def test_adding_changing_and_removing_are_undone_each_once(jo, by):
    added = authorize(jo, by=by)
    one = db.get_one(Authorization, 1)
    changed = authorize(jo, one, by=by, units=30, payer="State", until_on=date(2026, 5, 31))
    assert authorize(jo, one, by=by, units=30, payer="State", until_on=date(2026, 5, 31)) is None
    assert refused(lambda: actions.undo(jo, added, by=by, now=NOW)) == [(None, rules.CHANGED_SINCE)]
    removed = actions.remove(jo, one, by=by, now=NOW)
    assert db.get(Authorization, 1) is None
    actions.undo(jo, removed, by=by, now=NOW)
    one = db.get_one(Authorization, 1)
    assert (one.units, one.payer, one.until_on) == (30, "State", date(2026, 5, 31))
    actions.undo(jo, changed, by=by, now=NOW)
    one = db.get_one(Authorization, 1)
    assert (one.units, one.payer, one.until_on) == (20, "Blue Plan", date(2026, 4, 30))
    assert refused(lambda: actions.undo(jo, changed, by=by, now=NOW)) == [
        (None, rules.UNDONE_ALREADY)
    ]
    actions.undo(jo, added, by=by, now=NOW)
    assert db.get(Authorization, 1) is None
    assert [verb.partition(".")[2] for verb, _ in events()] == [
        "added",
        "changed",
        "removed",
        "undone",
        "undone",
        "undone",
    ]


def test_it_is_undone_for_a_day_and_on_its_own_enrollment_alone(jo, by):
    act = authorize(jo, by=by)
    other = make.enrollment()
    no = refused(lambda: actions.undo(other, act, by=by, now=NOW))
    assert no == [(None, rules.UNDONE_ALREADY)]
    assert refused(lambda: actions.undo(jo, act, by=by, now=LATER)) == [(None, rules.TOO_LATE)]


def test_a_certification_is_kept_as_it_was_signed(jo, by):
    added = actions.certify(jo, **CERTIFIED, by=by, now=NOW)
    one = db.get_one(Certification, 1)
    changed = actions.certify(jo, one, **CERTIFIED | {"license_text": None}, by=by, now=NOW)
    assert one.license is None
    actions.undo(jo, changed, by=by, now=NOW)
    assert db.get_one(Certification, 1).license == "OH 1"
    actions.undo(jo, added, by=by, now=NOW)
    assert db.get(Certification, 1) is None


def test_what_makes_no_sense_is_refused_at_its_field(jo, by):
    authorize(jo, by=by)
    wrong = {"units": 0, "until_on": date(2026, 3, 1)}
    assert refused(lambda: authorize(jo, by=by, **wrong)) == [
        ("units", rules.NO_UNITS),
        ("until_on", "The last day is before the first."),
    ]
    assert refused(lambda: authorize(jo, by=by)) == [("number", rules.TWICE)]
    actions.certify(jo, **CERTIFIED, by=by, now=NOW)
    for facts, field, sentence in (
        ({}, "certified_on", rules.CERTIFIED_TWICE),
        ({"certified_on": date(2026, 3, 3)}, "certified_on", rules.NOT_YET),
        ({"review_on": date(2026, 3, 1)}, "review_on", rules.REVIEW_BEFORE),
    ):
        certify = partial(actions.certify, jo, **CERTIFIED | facts, by=by, now=NOW)
        assert refused(certify) == [(field, sentence)]


def test_why_somebody_goes_on_is_kept_with_who_and_when(jo, by):
    actions.go_on(More(jo.id, "A123", 3, date(2026, 3, 9)), GoingOn.ASKED, by=by, now=NOW)
    one = db.get_one(BeyondAuthorization, 1)
    assert (one.why, one.sessions, one.first_on, one.account_id) == (
        GoingOn.ASKED,
        3,
        date(2026, 3, 9),
        by.id,
    )
    event = db.scalars(select(TrailEvent).order_by(TrailEvent.id.desc())).first()
    assert event.verb == "authorization.exceeded"
    assert json.loads(event.facts)["why"] == "asked for"
