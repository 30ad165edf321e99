from datetime import date
from types import SimpleNamespace as Row

import pytest

from clinic.hours.rules import State
from clinic.permissions import Role
from clinic.shortweeks import rules
from clinic.told.models import GoesOn, Offered, ShortBy
from tests import make


def week(state, delivered=480):
    return Row(state=state, balance=Row(delivered=delivered))


def closed(**facts):
    usual = {
        "closed_at": make.instant("2026-03-02 10:00"),
        "delivered_minutes": 480,
        "goes_on": GoesOn.AS_BEFORE,
        "is_target_changed": False,
        "is_followed": False,
    }
    return Row(**usual | facts)


def test_every_choice_has_its_words():
    for choices, words in (
        (ShortBy, rules.SHORT_BY),
        (Offered, rules.OFFERED),
        (GoesOn, rules.GOES_ON),
    ):
        assert list(words) == list(choices)


@pytest.mark.parametrize(
    ("now", "weeks"),
    [
        ("2026-03-04 12:00", ["2026-02-23", "2026-03-02"]),
        # Sunday evening in New York: somewhere it is Monday already.
        ("2026-03-08 22:00", ["2026-02-23", "2026-03-02", "2026-03-09"]),
    ],
)
def test_the_running_week_and_the_one_before_are_looked_at(now, weeks):
    found = rules.weeks_to_look_at(make.instant(now), 0)
    assert [each.isoformat() for each in found] == weeks


@pytest.mark.parametrize("state", [*State, None])
def test_a_week_is_closed_where_nothing_brings_it_to_its_minimum(state):
    found = None if state is None else week(state)
    is_short = state in {State.SHORT, State.OUT_OF_REACH}
    assert rules.is_short(found) is is_short
    open_, done = Row(closed_at=None), closed()
    assert rules.why_not_close(open_, found) == (None if is_short else rules.NOT_SHORT)
    assert rules.why_not_close(done, found) == rules.CLOSED_ALREADY
    assert rules.why_not_reopen(open_) == rules.NOT_CLOSED
    assert rules.why_not_reopen(done) is None


def test_something_else_is_said_in_words():
    assert rules.why_not_words(ShortBy.OTHER, None) == rules.SAY_WHAT
    assert rules.why_not_words(ShortBy.OTHER, "Court day") is None
    assert rules.why_not_words(ShortBy.WORK, None) is None


@pytest.mark.parametrize(
    ("row", "found", "words"),
    [
        (closed(), week(State.SHORT), None),
        (closed(), None, None),
        (closed(closed_at=None), week(State.REACHED), None),
        (closed(), week(State.OUT_OF_REACH, 300), None),  # closed before it was over
        (closed(), week(State.REACHED, 540), "Reached since, by an amendment"),
        (closed(), week(State.PARTIAL), "Not short any more"),
        (closed(), week(State.SHORT, 510), "8 h 30 min by now, 8 h when it was closed"),
    ],
)
def test_what_an_amendment_made_of_it_is_said_beside_the_line(row, found, words):
    assert rules.since_closed(row, found) == words


@pytest.mark.parametrize(
    ("decided", "act"),
    [
        ({}, None),
        ({"goes_on": None}, None),
        ({"goes_on": GoesOn.CHANGE_TARGET}, "enrolled.change_target"),
        ({"goes_on": GoesOn.CHANGE_TARGET, "is_target_changed": True}, None),
        ({"goes_on": GoesOn.STEP_DOWN}, "admissions.step_down"),
        ({"goes_on": GoesOn.STEP_DOWN, "is_followed": True}, None),
    ],
)
def test_a_decision_leads_to_its_act_until_it_is_done(decided, act):
    assert rules.to_carry_out(closed(**decided)) == act


@pytest.mark.parametrize(
    ("raised", "role", "is_written_to"),
    [
        ("2026-03-02 00:01", Role.CLINICIAN, True),
        ("2026-02-20 00:01", Role.CLINICIAN, False),  # long known
        ("2026-03-02 00:01", Role.BILLING, False),
    ],
)
def test_a_clinician_is_written_to_of_what_is_new(raised, role, is_written_to):
    row = Row(newest=make.instant(raised), roles=frozenset({role}))
    assert rules.is_to_chase(row, make.instant("2026-03-03 07:00")) is is_written_to


def test_the_message_says_nothing_of_whom_or_of_what():
    body = rules.reminder(2, "https://example.org/hours/short-weeks")
    assert "you have 2 weeks to close." in body
    assert date(2026, 3, 2).isoformat() not in body
