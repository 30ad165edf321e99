import json
from datetime import UTC, datetime

import pytest

from clinic.errors import BadInput
from clinic.kiosk import forms
from clinic.kiosk.rules import MOST_TAPS
from clinic.participants.queries import pin_digest

ID = "0b0f6f0e-7b7e-4d3e-9a53-0b9d1f1a0001"
TAP = {"id": ID, "pin": "482913", "at": "2026-03-02T10:00:00-05:00"}


def read(*taps, **fields):
    return forms.upload_of(json.dumps({"check_ins": taps, **fields}).encode()).taps


def read_one(**changes):
    ((_, tap),) = read(TAP | changes)
    return tap


def ids(**changes):
    ((sent_id, tap),) = read(TAP | changes)
    return sent_id, tap.id


def test_a_tap_is_read(app):
    tap = read_one()
    assert (tap.id, tap.problem, tap.reason) == (ID, None, "see_front_desk")
    assert tap.at == datetime(2026, 3, 2, 15, tzinfo=UTC)
    assert tap.pin_digest == pin_digest("482913")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"check_ins"',
        b"{}",
        b'{"check_ins": null}',
        b'{"check_ins": {}}',
        b'{"check_ins": "x"}',
        b'{"check_ins": [], "sent_at": 5}',
        b'{"check_ins": [], "waiting": "5"}',
        b'{"check_ins": [], "waiting": -1}',
        b'{"check_ins": [], "waiting": 1.5}',
        b'{"check_ins": [], "waiting": true}',
        b'{"check_ins": [], "waiting": 1000001}',
        b'\xff{"check_ins": []}',
        b"[" * 100_000,
        b'{"check_ins": [' + b"9" * 5000 + b"]}",
        json.dumps({"check_ins": (MOST_TAPS + 1) * [TAP]}).encode(),
    ],
)
def test_what_is_no_upload_is_bad_input(app, body):
    with pytest.raises(BadInput):
        forms.upload_of(body)


@pytest.mark.parametrize(
    ("said", "waiting"), [({}, None), ({"waiting": None}, None), ({"waiting": 7}, 7)]
)
def test_how_many_more_a_kiosk_has_is_read_where_it_says_so(app, said, waiting):
    body = json.dumps({"check_ins": [TAP], **said}).encode()
    assert forms.upload_of(body).waiting == waiting


def test_the_longest_upload_is_read(app):
    assert len(read(*MOST_TAPS * [TAP])) == MOST_TAPS
    assert read(sent_at="2026-03-02T10:00:05-05:00") == []


ID_PROBLEM = "The kiosk sent a tap that cannot be read: its id is not a UUID."
PIN_PROBLEM = "The kiosk sent a tap that cannot be read: its PIN is not a text of digits."
AT_PROBLEM = "The kiosk sent a tap that cannot be read: its time is not ISO 8601 with an offset."


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        (None, ID_PROBLEM),
        ([], ID_PROBLEM),
        ("x", ID_PROBLEM),
        ({}, ID_PROBLEM),
        (TAP | {"id": 7}, ID_PROBLEM),
        (TAP | {"id": ID[:-1]}, ID_PROBLEM),
        (TAP | {"id": ID.replace("-", "")}, ID_PROBLEM),
        (TAP | {"id": f"{ID}\n"}, ID_PROBLEM),
        ({"id": ID, "at": TAP["at"]}, PIN_PROBLEM),
        (TAP | {"pin": 482913}, PIN_PROBLEM),
        (TAP | {"pin": ""}, PIN_PROBLEM),
        (TAP | {"pin": "48291x"}, PIN_PROBLEM),
        (TAP | {"pin": "٤٨٢٩١٣"}, PIN_PROBLEM),
        (TAP | {"pin": "\ud800"}, PIN_PROBLEM),
        (TAP | {"pin": "1" * 21}, PIN_PROBLEM),
        ({"id": ID, "pin": "482913"}, AT_PROBLEM),
        (TAP | {"at": 1772463600}, AT_PROBLEM),
        (TAP | {"at": "yesterday"}, AT_PROBLEM),
        (TAP | {"at": "2026-03-02"}, AT_PROBLEM),
        (TAP | {"at": "2026-03-02T10:00:00"}, AT_PROBLEM),
        (TAP | {"at": "1899-12-31T23:59:00Z"}, AT_PROBLEM),
        (TAP | {"at": "2200-01-01T00:00:00Z"}, AT_PROBLEM),
        (TAP | {"at": "0001-01-01T00:00:00+14:00"}, AT_PROBLEM),
        (TAP | {"at": "9999-12-31T23:59:00-14:00"}, AT_PROBLEM),
    ],
)
def test_a_malformed_tap_says_what_is_wrong_with_it(app, sent, problem):
    ((_, tap),) = read(sent)
    assert (tap.problem, tap.pin_digest, tap.reason) == (problem, None, "malformed")


def test_a_malformed_tap_keeps_the_id_that_can_be_used_and_else_gets_one(app):
    assert ids(pin="") == (ID, ID)
    assert ids(id=7) == (7, read_one(id=7).id)
    assert ids(id=8) != (8, read_one(id=7).id)


def test_two_taps_ask_the_same_when_pin_and_moment_are_the_same(app):
    asked = read_one().asked
    assert read_one(id=ID.upper()).asked == asked
    assert read_one(at="2026-03-02T15:00:00Z").asked == asked
    assert read_one(at="2026-03-02T15:00:00.000+00:00").asked == asked
    others = [read_one(pin="482914"), read_one(at="2026-03-02T15:00:01Z"), read_one(pin="")]
    assert asked not in [other.asked for other in others]


def test_an_id_means_the_same_in_capitals_and_goes_back_as_it_came(app):
    assert ids(id=ID.upper()) == (ID.upper(), ID)
