from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from clinic.programs.models import Kind
from clinic.samples.rules import (
    Changed,
    Kept,
    Link,
    chain_of,
    drawn,
    error_interval,
    is_broken,
    links_asked,
    missing_words,
    percent,
    result_of,
)
from clinic.schedule.models import Identity, Method, Status
from tests.bookings.by_hand import MONDAY, NEW_YORK, NOON, TEN, came, so_marked

DAYS = [
    SimpleNamespace(key=f"p-{number:03d}", day=MONDAY + timedelta(days=day))
    for number in range(20)
    for day in range(5)
]


def test_the_same_seed_draws_the_same_days_in_whatever_order_they_come():
    first = drawn(DAYS, seed="4711", number=10)
    assert drawn(reversed(DAYS), seed="4711", number=10) == first
    assert drawn(DAYS, seed="4712", number=10) != first
    assert drawn(DAYS, seed="4711", number=11)[:10] == first
    assert len(drawn(DAYS, seed="4711", number=500)) == 100


def test_a_day_that_comes_later_moves_no_other():
    first = drawn(DAYS, seed="4711", number=10)
    more = [*DAYS, SimpleNamespace(key="p-900", day=MONDAY)]
    assert [each for each in drawn(more, seed="4711", number=11) if each in DAYS][:10] == first


def test_the_first_day_of_a_seed_is_what_any_other_program_finds():
    [day] = drawn(DAYS, seed="4711", number=1)
    assert (day.key, day.day) == ("p-001", date(2026, 3, 6))


@pytest.mark.parametrize(
    ("errors", "number", "low", "high"),
    [
        (0, 30, 0.0, 0.1135),  # as published tables have them
        (3, 30, 0.0346, 0.2562),
        (15, 30, 0.3315, 0.6685),
        (30, 30, 0.8865, 1.0),
        (1, 1, 0.2065, 1.0),
    ],
)
def test_the_interval_of_an_error_rate(errors, number, low, high):
    assert error_interval(errors, number) == pytest.approx((low, high), abs=0.0001)


@pytest.mark.parametrize(
    ("share", "words"), [(0, "0 %"), (0.004, "under 1 %"), (0.126, "13 %"), (1, "100 %")]
)
def test_a_share_in_words(share, words):
    assert percent(share) == words


def whole(booked=TEN, **facts):
    columns = {"grace_minutes": 0, "is_counted": True, "credit_minutes": 60, "kind": Kind.GROUP}
    columns["topic"] = "Triggers"
    return SimpleNamespace(**booked._asdict() | columns | facts)


def signature(**facts):
    defaults = {"name": "Ana Rivera", "credentials": "LCSW", "staff_id": 1, "signatures_min": 1}
    return SimpleNamespace(**defaults | LICENSE | {"signed_at": NOON} | facts)


def leader(**facts):
    defaults = {"name": "Ana Rivera", "staff_id": 1, "has_led": None}
    return SimpleNamespace(**defaults | LICENSE | facts)


LICENSE = {"license_number": "C.1", "license_expires_on": MONDAY}
TARGET = SimpleNamespace(from_on=MONDAY, min_minutes=540, max_minutes=720)
KEPT = Kept("Ana Rivera", [signature()], [leader()], [TARGET], MONDAY, None, 60, None)
PRESENT = TEN._replace(**came("10:00"), signed_at=NOON, identified_by=Identity.PIN)


def test_a_chain_without_a_gap():
    chain = chain_of(whole(PRESENT), KEPT, NEW_YORK)
    assert [link.words for link in chain.values()] == [
        "Present: 10:00 am, kiosk",
        "Identified by PIN",
        "Ana Rivera, Mar 2, 2026, 12:00 pm",
        "Triggers",
        "Ana Rivera, LCSW, Mon, Mar 2, 12:00 pm",
        "Ana Rivera, license C.1, until Mar 2, 2026",
        "60 of 60 min",
        "9 – 12 hours a week",
    ]
    assert not is_broken([chain])
    assert missing_words(chain) == ""


ABSENT = TEN._replace(**so_marked(Status.NO_SHOW), signed_at=NOON)
CARRIED = TEN._replace(**came("10:00", Method.CARRIED))
IMPORTED = TEN._replace(**so_marked(Status.PRESENT, Method.IMPORT), signed_at=NOON)
ASKS = KEPT._replace(asks_identity=True)
OTHER = signature(name="Ben Wu", staff_id=2)


@pytest.mark.parametrize(
    ("row", "kept", "name", "link"),
    [
        (whole(), KEPT, "arrival", Link("not marked", is_missing=True)),
        (whole(ABSENT), KEPT, "arrival", Link("No-show")),
        (whole(CARRIED), KEPT, "arrival", Link("carried over, not confirmed", is_missing=True)),
        (
            whole(CARRIED._replace(signed_at=NOON)),
            KEPT,
            "arrival",
            Link("Present: 10:00 am, carried over"),
        ),
        (whole(IMPORTED), KEPT, "arrival", Link("Present: from the start, import")),
        (whole(ABSENT), KEPT, "identity", Link("not present")),
        (whole(IMPORTED), ASKS, "identity", Link("imported without it")),
        (whole(CARRIED), KEPT, "identity", Link("was not asked for")),
        (whole(CARRIED), ASKS, "identity", Link("not recorded", is_missing=True)),
        (whole(PRESENT), KEPT._replace(shows_topic=False), "topic", Link("recorded")),
        (whole(PRESENT, topic=None), KEPT, "topic", Link("not recorded")),
        (whole(IMPORTED, topic=None), KEPT, "topic", Link("imported without it")),
        (whole(topic=None, kind=Kind.FAMILY), KEPT, "topic", Link("not asked of this kind")),
        (whole(), KEPT, "mark", Link("not recorded", is_missing=True)),
        (
            whole(PRESENT),
            KEPT._replace(difference="x"),
            "mark",
            Link("stored otherwise than recorded: x", is_missing=True),
        ),
        (whole(CARRIED), KEPT, "signature", Link("not signed", is_missing=True)),
        (whole(IMPORTED), KEPT._replace(signatures=[]), "signature", Link("signed by the import")),
        (
            whole(PRESENT),
            KEPT._replace(signatures=[]),
            "signature",
            Link("marked as signed, by nobody", is_missing=True),
        ),
        (
            whole(PRESENT),
            KEPT._replace(signatures=[signature(signatures_min=2)]),
            "signature",
            Link("the second signature is not there", is_missing=True),
        ),
        (
            whole(PRESENT),
            KEPT._replace(signatures=[signature(credentials=None), OTHER]),
            "signature",
            Link("Ana Rivera, Mon, Mar 2, 12:00 pm; Ben Wu, LCSW, Mon, Mar 2, 12:00 pm"),
        ),
        (
            whole(PRESENT),
            KEPT._replace(leaders=[leader(has_led=False)]),
            "license",
            Link("nobody led it", is_missing=True),
        ),
        (
            whole(PRESENT),
            KEPT._replace(leaders=[leader(), leader(name="Ben Wu", staff_id=2, has_led=True)]),
            "license",
            Link("Ben Wu, license C.1, until Mar 2, 2026"),
        ),
        (  # as it was when they signed, though it is renewed by now
            whole(PRESENT),
            KEPT._replace(
                signatures=[signature(license_expires_on=date(2026, 3, 1))],
                leaders=[leader(license_expires_on=date(2028, 3, 1))],
            ),
            "license",
            Link("Ana Rivera, license C.1, expired Mar 1, 2026", is_missing=True),
        ),
        (
            whole(PRESENT),
            KEPT._replace(signatures=[], leaders=[leader(license_expires_on=None)]),
            "license",
            Link("Ana Rivera, license C.1, nobody knows until when", is_missing=True),
        ),
        (
            whole(PRESENT),
            KEPT._replace(signatures=[OTHER], leaders=[leader(license_number=None)]),
            "license",
            Link("Ana Rivera, no license on record", is_missing=True),
        ),
        (whole(PRESENT), KEPT._replace(minutes=0), "minutes", Link("0 of 60 min", is_missing=True)),
        (whole(ABSENT), KEPT._replace(minutes=0), "minutes", Link("0 of 60 min")),
        (
            whole(PRESENT, is_counted=False),
            KEPT._replace(minutes=0),
            "minutes",
            Link("does not count to the hours"),
        ),
        (whole(PRESENT), KEPT._replace(targets=[]), "target", Link("no target", is_missing=True)),
        (
            whole(PRESENT),
            KEPT._replace(until_on=date(2026, 3, 1)),
            "target",
            Link("not enrolled that day", is_missing=True),
        ),
        (whole(PRESENT), KEPT._replace(until_on=MONDAY), "target", Link("9 – 12 hours a week")),
    ],
)
def test_each_link_of_a_chain(row, kept, name, link):
    assert chain_of(row, kept, NEW_YORK)[name] == link


OLD = {"expires_on": "2026-03-01", "number": "a digest"}
NEW = {"expires_on": "2028-03-01", "number": "a digest"}
NONE = {"expires_on": None, "number": None}
RENEWED = leader(license_expires_on=date(2028, 3, 1))


def changed(days, before, after):
    return Changed(NOON + timedelta(days=days), after | ({"before": before} if before else {}))


@pytest.mark.parametrize(
    ("changes", "words", "is_missing"),
    [
        ([], "until Mar 1, 2028", False),
        ([changed(-9, None, OLD), changed(0, OLD, NEW)], "until Mar 1, 2028", False),
        ([changed(3, OLD, NEW)], "expired Mar 1, 2026, on record that day", True),
        (  # the event before says it
            [changed(-9, None, OLD), changed(3, None, NEW)],
            "expired Mar 1, 2026, on record that day",
            True,
        ),
        ([changed(3, NONE, NEW)], "until Mar 1, 2028, recorded Mar 5, 2026", False),
        ([changed(3, None, NEW)], "until Mar 1, 2028, recorded Mar 5, 2026", False),
        (  # what was recorded first, not what is now
            [changed(3, NONE, OLD), changed(4, OLD, NEW)],
            "expired Mar 1, 2026, recorded Mar 5, 2026",
            True,
        ),
    ],
)
def test_the_license_of_a_leader_who_did_not_sign_is_that_of_the_day(changes, words, is_missing):
    kept = KEPT._replace(signatures=[OTHER], leaders=[RENEWED], licenses={1: changes})
    link = chain_of(whole(PRESENT), kept, NEW_YORK)["license"]
    assert link == Link(f"Ana Rivera, license C.1, {words}", is_missing)


@pytest.mark.parametrize(
    ("then", "words"),
    [
        (OLD | {"number": "another"}, "license with another number, expired Mar 1, 2026"),
        (OLD | {"number": None}, "no license on record"),
        (NONE, "no license on record"),
        ({"expires_on": None}, "license C.1, nobody knows until when"),
    ],
)
def test_a_license_that_was_another_one_or_none(then, words):
    changes = [changed(-9, None, then), changed(3, then, NEW)]
    kept = KEPT._replace(signatures=[], leaders=[RENEWED], licenses={1: changes})
    link = chain_of(whole(PRESENT), kept, NEW_YORK)["license"]
    assert link == Link(f"Ana Rivera, {words}, on record that day", is_missing=True)


def test_a_column_is_there_for_what_the_clinic_asks_for():
    asked = links_asked(asks_identity=True)
    assert list(asked)[:4] == ["arrival", "identity", "mark", "topic"]
    assert links_asked(asks_identity=False).keys() == asked.keys() - {"identity"}


def test_what_came_of_a_draw():
    good = chain_of(whole(PRESENT), KEPT, NEW_YORK)
    bad = chain_of(whole(CARRIED), KEPT._replace(targets=[]), NEW_YORK)
    assert missing_words(bad) == "Arrival; Signature; Target"
    assert result_of([[good, bad], [good], [], [good]]) == (1, "25 %", "5 %", "70 %")
    assert result_of([]) is None
