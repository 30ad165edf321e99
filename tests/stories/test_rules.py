from datetime import timedelta
from types import SimpleNamespace

import pytest

from clinic.bookings.rules import facts_of, marked
from clinic.schedule.models import Method, Status
from clinic.stories.rules import Told, moment_words, signed_words, steps
from tests.bookings.by_hand import MONDAY, NEW_YORK, NOON, TEN, at, came

CAME = TEN._replace(**came("10:12"))
ABSENT = marked(CAME, Status.NO_SHOW, reason="Nobody saw them.", now=NOON)
SESSION = SimpleNamespace(starts_at=TEN.starts_at, ends_at=TEN.ends_at, grace_minutes=0)


def told(before, after, verb="attendance.marked", **facts):
    defaults = {"recorded_at": NOON, "occurred_at": None, "who": None, "is_account": False}
    events = facts_of(before, after) | facts.pop("facts", {})
    return Told(**{"verb": verb, "device": None, "facts": events} | defaults | facts)


def story(*events, reason=None):
    return steps(events, SESSION, NEW_YORK, reason=reason)


def test_the_first_value_stays_readable_beside_all_that_came_after():
    lines = story(
        told(TEN, CAME, "attendance.arrived", device="Front door"),
        told(CAME, ABSENT, who="Ana Rivera", is_account=True, device="Safari on iPad"),
        told(ABSENT, TEN, "attendance.undone", who="Ana Rivera", is_account=True),
    )
    assert [(each.what, each.label, each.times, each.is_first) for each in lines] == [
        ("Checked in", "Late, 12 min", "arrived 10:12 am", True),
        ("Marked", "No-show", "", False),
        ("Undone", "Expected", "", False),
    ]
    assert [each.state for each in lines] == ["late", "no-show", "expected"]
    assert [(each.who, each.device) for each in lines] == [
        ("The participant", "Front door"),
        ("Ana Rivera", "Safari on iPad"),
        ("Ana Rivera", None),
    ]


def test_an_arrival_that_was_carried_on_says_so():
    [line] = story(told(TEN, TEN._replace(**came("10:00", Method.CARRIED)), "attendance.arrived"))
    assert (line.what, line.state) == ("Carried over from their check-in", "present")


def test_whoever_came_before_the_session_began_was_checked_in_and_not_present_yet():
    early = {"recorded_at": TEN.starts_at - timedelta(minutes=5)}
    lines = story(
        told(TEN, TEN._replace(**came("09:55")), "attendance.arrived", **early),
        told(TEN, TEN._replace(**came("09:55"), signed_at=NOON), "attendance.signed"),
    )
    assert [(each.state, each.label) for each in lines] == [
        ("checked in", "Checked in"),
        ("present", "Present"),
    ]


def test_what_was_pressed_again_is_told_without_being_a_first_value():
    assert [each.is_first for each in story(told(TEN, TEN, "attendance.pressed"))] == [False]


@pytest.mark.parametrize(
    ("after", "facts", "who"),
    [
        (TEN._replace(**came("10:00", Method.PHONE)), {"is_account": True}, "The participant"),
        (TEN._replace(**came("10:00", Method.CARRIED)), {}, "Daybook"),
        (marked(TEN, Status.EXCUSED, now=NOON), {"who": "Ana Rivera"}, "Ana Rivera"),
    ],
)
def test_who_did_it(after, facts, who):
    assert story(told(TEN, after, **facts))[0].who == who


@pytest.mark.parametrize(
    ("earlier", "words"),
    [
        (None, ""),
        (timedelta(minutes=100), "1 h 40 min later"),
        (timedelta(seconds=20), "moments later"),
    ],
)
def test_what_was_recorded_later_says_by_how_much(earlier, words):
    when = earlier and NOON - earlier
    [line] = story(told(TEN, CAME, occurred_at=when))
    assert (line.happened_at, line.later) == (when, words)


@pytest.mark.parametrize(
    ("after", "facts", "knows", "words"),
    [
        (ABSENT, {"is_last_reason": True}, "Nobody saw them.", "“Nobody saw them.”"),
        (ABSENT, {"is_last_reason": True}, None, "A reason was given"),
        (ABSENT, {}, "Another one.", "A reason was given, another one since"),
        (CAME._replace(reason=None), {}, None, "Its reason was taken away"),
    ],
)
def test_which_reason_was_given(after, facts, knows, words):
    before = ABSENT if after.reason is None else CAME
    digest = {"reason": after.reason and "a digest"}
    assert story(told(before, after, facts=digest, **facts), reason=knows)[0].reason == words


def test_a_reason_that_stayed_is_not_told_again():
    assert story(told(ABSENT, ABSENT, facts={"reason": "a digest"}))[0].reason == ""


def test_what_was_done_to_the_session_is_told_too():
    facts = {"before": {"day": "2026-03-02"}, "after": {"day": "2026-03-03"}}
    [line] = story(told(TEN, TEN, "session.changed", facts=facts, who="Ana Rivera"))
    assert (line.what, line.state, line.label, line.who) == (
        "Session changed",
        None,
        "",
        "Ana Rivera",
    )


def test_an_older_event_without_values_and_one_of_a_verb_to_come_are_told():
    event = told(TEN, TEN, "attendance.inspected")._replace(facts={})
    assert [(each.what, each.state) for each in story(event)] == [("attendance.inspected", None)]


def test_a_moment_has_its_day():
    assert moment_words(at("08:55"), NEW_YORK) == "Mar 2, 2026, 8:55 am"


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "Ana Rivera, LCSW, Mar 2, 2026, 12:00 pm. No license is on record."),
        (
            {"credentials": None, "is_on_behalf": True},
            "Ana Rivera (on behalf), Mar 2, 2026, 12:00 pm. No license is on record.",
        ),
        (
            {"is_second": True},
            "Ana Rivera, LCSW (second signature), Mar 2, 2026, 12:00 pm. No license is on record.",
        ),
    ],
)
def test_who_signed_it(facts, words):
    defaults = {"name": "Ana Rivera", "credentials": "LCSW", "license_number": None}
    defaults |= {"is_on_behalf": False, "is_second": False, "signed_at": NOON}
    assert signed_words(SimpleNamespace(**defaults | facts), MONDAY, NEW_YORK) == words
