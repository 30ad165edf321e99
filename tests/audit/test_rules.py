from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from clinic.audit.rules import (
    AS_PLANNED,
    held_so,
    is_told_whole,
    why_not_amended_so,
    why_not_as_recorded,
    why_not_held_so,
    why_not_signed_so,
)
from clinic.bookings.rules import Booked, facts_of
from clinic.schedule.models import Decision, Method, Status, Why
from tests.bookings.by_hand import TEN, came, so_marked

EXPECTED = TEN._replace(enrollment_id=7)
PRESENT = EXPECTED._replace(**came("10:05"))
ABSENT = EXPECTED._replace(**so_marked(Status.NO_SHOW), reason="A word.", reason_for=Status.NO_SHOW)
SIGNED = ABSENT._replace(signed_at=datetime(2026, 3, 2, 18, tzinfo=UTC))
ANNOUNCED = EXPECTED._replace(**so_marked(Status.EXCUSED), seat_no=None)
LATER = datetime(2026, 3, 3, tzinfo=UTC)


def event(before, after, **facts):
    """As the action tells it, with a digest of the reason: of these here, the words themselves."""
    return facts_of(before, after) | {"reason": after.reason} | facts


CAME, MISSED = event(EXPECTED, PRESENT), event(PRESENT, ABSENT)


CALLED = event(EXPECTED, ANNOUNCED)
OFF, AGAIN = {"is_taken_off": True, "status": "excused"}, {"is_taken_off": False}
SO_FAR = [CAME, MISSED, event(ABSENT, SIGNED)]
_ = datetime.isoformat


def without(facts, *names):
    return {name: value for name, value in facts.items() if name not in names}


def why_not(stored, events):
    return why_not_as_recorded(stored, events, reason=stored and stored.reason)


def row(booked: Booked, **facts):
    return SimpleNamespace(**booked._asdict() | facts)


@pytest.mark.parametrize(
    ("booked", "events"),
    [
        (EXPECTED, []),
        (PRESENT, [CAME]),
        (ABSENT, [CAME, MISSED]),
        (EXPECTED, [CAME, event(PRESENT, EXPECTED)]),
        (ANNOUNCED, [CALLED]),
        (ANNOUNCED, [CALLED, OFF, AGAIN]),
        (SIGNED, [CAME, MISSED, event(ABSENT, SIGNED)]),
    ],
)
def test_a_booking_that_is_what_its_events_made_of_it(booked, events):
    assert why_not(row(booked), events) is None
    assert is_told_whole(events)


@pytest.mark.parametrize(
    ("stored", "events", "sentence"),
    [
        (row(PRESENT), [], "its row says present, its events say expected"),
        (row(EXPECTED), [CAME], "its row says expected, its events say present"),
        (
            row(PRESENT, arrived_at=LATER),
            [CAME],
            f"its row says arrived {_(LATER)}, its events say arrived {_(PRESENT.arrived_at)}",
        ),
        (
            row(PRESENT, left_at=LATER),
            [CAME],
            "its row says left 2026-03-03T00:00:00+00:00, its events say left -",
        ),
        (
            row(PRESENT, method=Method.STAFF),
            [CAME],
            "its row says captured by staff, its events say captured by kiosk",
        ),
        (
            row(PRESENT, recorded_at=None),
            [CAME],
            "its row says recorded -, its events say recorded 2026-03-02T17:00:00+00:00",
        ),
        (
            row(ANNOUNCED, seat_no=3),
            [event(EXPECTED, ANNOUNCED)],
            "its row says has a seat: yes, its events say has a seat: no",
        ),
        (
            row(PRESENT, signed_at=LATER),
            [CAME],
            "its row says is signed: yes, its events say is signed: no",
        ),
        (
            row(ABSENT, reason=None),
            [CAME, MISSED],
            "its row says has a reason: no, its events say has a reason: yes",
        ),
        (
            row(ABSENT, reason="Other."),
            [CAME, MISSED],
            (
                "its row says a reason with the digest Other.,"
                " its events say a reason with the digest A word."
            ),
        ),
        (
            row(ABSENT, reason_for=Status.EXCUSED),
            [CAME, MISSED],
            "its row says its reason is for excused, its events say its reason is for no-show",
        ),
        (
            row(SIGNED, signed_at=LATER),
            SO_FAR,
            f"its row says signed {_(LATER)}, its events say signed {_(SIGNED.signed_at)}",
        ),
        (
            row(PRESENT, enrollment_id=8),
            [CAME],
            "its row says is of enrollment 8, its events say is of enrollment 7",
        ),
        (
            row(PRESENT, session_id=99),
            [CAME],
            "its row says is on session 99, its events say is on session 1",
        ),
        (
            row(ABSENT),
            [event(EXPECTED._replace(enrollment_id=9), PRESENT), MISSED],
            "an event found it is of enrollment 7, those before it say is of enrollment 9",
        ),
        (
            row(ABSENT, reason="Other."),
            [CAME, MISSED, event(ABSENT, ABSENT, reason="Other.")],
            (
                "an event found it a reason with the digest Other.,"
                " those before it say a reason with the digest A word."
            ),
        ),
        (
            row(SIGNED, signed_at=None),
            [*SO_FAR, event(SIGNED._replace(signed_at=None), SIGNED._replace(signed_at=None))],
            "an event found it is signed: no, those before it say is signed: yes",
        ),
        (
            row(ABSENT),
            [MISSED],
            "an event found it present, those before it say expected",
        ),
        (None, [CAME], "its row is gone, its events say present"),
        (None, [CALLED], "its row is gone, its events say excused"),
        (None, [CALLED, OFF, AGAIN], "its row is gone, its events say excused"),
        (row(ANNOUNCED), [CALLED, OFF], "its row is there, its events say that it was taken off"),
        (
            row(EXPECTED),
            [CAME, event(PRESENT, EXPECTED, is_taken_off=True)],
            "its row is there, its events say that it was taken off",
        ),
    ],
)
def test_the_first_difference_is_named(stored, events, sentence):
    assert why_not(stored, events) == sentence


@pytest.mark.parametrize(
    "events",
    [
        [],
        [CALLED, OFF],
        [without(CALLED, "form")],  # who went was not told then
        [CAME, event(PRESENT, EXPECTED, is_taken_off=True)],
    ],
)
def test_who_was_not_here_may_be_taken_off_a_session(events):
    assert why_not(None, events) is None


def test_events_from_before_signatures_were_told_are_compared_as_far_as_they_tell():
    older = [without(CAME, "is_signed", "signed_at", "reason", "reason_is_for")]
    assert not is_told_whole(older)
    assert why_not(row(PRESENT, signed_at=LATER, reason="A word."), older) is None
    assert why_not(row(EXPECTED), older) == ("its row says expected, its events say present")


def test_of_events_that_tell_no_state_nothing_is_claimed():
    bare = [without(CAME, "before", "after")]
    assert not is_told_whole(bare)
    assert why_not(row(EXPECTED), bare) is None


def test_events_from_before_reasons_had_a_digest_tell_whether_there_is_one():
    older = [without(MISSED, "reason", "reason_is_for") | {"has_reason": True, "before": {}}]
    assert why_not(row(ABSENT), older) is None
    assert why_not(row(ABSENT, reason=None), older) == (
        "its row says has a reason: no, its events say has a reason: yes"
    )


FIRST = {"sign_off": 1, "who": "a digest", "present": 3}
SECOND = {"sign_off": 2, "who": "another", "present": 3}


@pytest.mark.parametrize(
    ("rows", "events", "sentences"),
    [
        ([FIRST, SECOND, None, None], [None, None, FIRST, SECOND], []),
        ([None], [FIRST], ["signature 1 was recorded and is gone"]),
        ([FIRST, SECOND], [FIRST, None], ["no event tells of signature 2"]),
        (
            [FIRST | {"who": "forged", "present": 4}, SECOND],
            [FIRST, SECOND],
            ["signature 1 is not what was recorded: present, who"],
        ),
    ],
)
def test_signatures_beside_their_events(rows, events, sentences):
    assert why_not_signed_so(rows, events) == sentences


LED = [SimpleNamespace(staff_id=1, has_led=False, stood_in=False)]
LED += [SimpleNamespace(staff_id=2, has_led=True, stood_in=True)]
TIMES = SimpleNamespace(held_from=LATER, held_until=None)
SO = held_so(TIMES, LED, topic="a digest")
WAS = {"before": AS_PLANNED, "after": SO}


@pytest.mark.parametrize(
    ("stored", "events", "is_signed", "sentence"),
    [
        (held_so(None, [], topic=None), [], False, None),
        (SO, [WAS], True, None),
        (SO | {"led_by": []}, [WAS], False, None),  # planned out of it since
        (SO | {"led_by": []}, [WAS], True, "its led_by is not what was recorded"),
        (SO | {"stood_in": [2, 3]}, [WAS], False, "its stood_in is not what was recorded"),
        (SO | {"topic": None}, [WAS], False, "its topic is not what was recorded"),
        (SO, [], False, "its held_from is not what was recorded"),
        (
            SO,
            [{"before": AS_PLANNED | {"topic": "x"}, "after": SO}],
            False,
            "an event found another topic than those before it left",
        ),
    ],
)
def test_how_a_session_was_held_beside_its_events(stored, events, is_signed, sentence):
    assert why_not_held_so(stored, events, is_signed=is_signed) == sentence


AMENDED = SimpleNamespace(
    session_id=1,
    enrollment_id=7,
    booking_id=5,
    before_status=Status.NO_SHOW,
    before_arrived_at=None,
    before_left_at=None,
    before_method=Method.IMPORT,
    after_status=Status.PRESENT,
    after_arrived_at=LATER,
    after_left_at=None,
    why=Why.LEARNED_LATER,
    minutes=60,
    asked_by_id=1,
    asked_at=LATER,
    decision=Decision.MADE,
    decided_by_id=1,
    decided_at=LATER,
)
STOOD = {"status": "no-show", "arrived_at": None, "left_at": None, "method": "import"}
STANDS = {"status": "present", "arrived_at": _(LATER), "left_at": None, "method": "staff"}
BOTH = {"why": "learned_later", "minutes": 60, "words": "a digest"}
FACTS = BOTH | {"before": STOOD, "after": STANDS, "asked_by": 1, "session": 1, "enrollment": 7}


def so(actor_id=1, subject_id=5, **facts):
    """An event about an amendment."""
    told = FACTS | facts
    return SimpleNamespace(facts=told, actor_id=actor_id, subject_id=subject_id, happened_at=LATER)


def amended(**facts):
    return SimpleNamespace(**vars(AMENDED) | facts)


WAITS = {"decision": Decision.WAITING, "decided_by_id": None, "decided_at": None}
ADDED = {"before_status": None, "before_method": None}
GONE = {"after_status": None, "after_arrived_at": None}


@pytest.mark.parametrize(
    ("row", "events", "sentence"),
    [
        (AMENDED, {"made": so()}, None),
        (AMENDED, {"asked": so(), "made": so()}, None),
        (amended(decided_by_id=2), {"asked": so(), "made": so(actor_id=2)}, None),
        (amended(**ADDED), {"made": so(before=STANDS)}, None),
        (amended(**ADDED), {"asked": so(before=None), "made": so()}, None),
        (amended(**GONE), {"made": so(is_taken_off=True)}, None),
        (amended(**WAITS), {"asked": so()}, None),
        (amended(decision=Decision.DECLINED), {"asked": so(), "declined": so(words="why")}, None),
        (amended(minutes=50), {"made": so()}, "why"),
        (amended(asked_by_id=3), {"made": so()}, "asked"),
        (amended(asked_by_id=3), {"asked": so(), "made": so()}, "asked"),
        (amended(decided_by_id=3), {"made": so()}, "decided"),
        (amended(before_status=Status.EXCUSED), {"made": so()}, "before"),
        (amended(before_method=None), {"made": so()}, "before_method"),
        (amended(after_arrived_at=None), {"made": so()}, "after"),
        (amended(enrollment_id=8), {"made": so()}, "whose"),
        (AMENDED, {}, "decided, decision"),
        (amended(**WAITS), {"asked": so(), "made": so()}, "decided, decision"),
    ],
)
def test_an_amendment_beside_its_events(row, events, sentence):
    words = ("a digest", "why" if "declined" in events else None)
    assert why_not_amended_so(row, words=words, **events) == sentence


def test_words_of_an_amendment_that_were_changed_show():
    assert why_not_amended_so(AMENDED, words=("other", None), made=so()) == "why"
    assert why_not_amended_so(AMENDED, words=("a digest", "other"), made=so()) == "words"
