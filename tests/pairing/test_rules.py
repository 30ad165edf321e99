from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from clinic.accounts.rules import counted_tries, pause
from clinic.pairing import rules

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


def code(*, expires_in=1, used_at=None, is_active=True):
    return SimpleNamespace(
        expires_at=NOW + timedelta(seconds=expires_in),
        used_at=used_at,
        site=SimpleNamespace(is_active=is_active),
    )


@pytest.mark.parametrize(
    ("kept", "sentence"),
    [
        (None, rules.WRONG),
        (code(), None),
        (code(expires_in=0), rules.OVER),
        (code(used_at=NOW), rules.USED),
        (code(used_at=NOW, expires_in=-600), rules.USED),
        (code(is_active=False), rules.SITE_OUT_OF_USE),
    ],
)
def test_a_code_leads_to_a_key_once_and_within_its_time(kept, sentence):
    assert rules.why_not_pair(kept, now=NOW) == sentence


def test_a_code_is_guessed_from_one_network_once_in_16_billion():
    now, tries, tried_at, number = NOW, 0, NOW, 0
    while now < NOW + rules.CODE_LASTS:
        tries, tried_at, number = counted_tries(tries, tried_at, now=now), now, number + 1
        now += pause(tries, tried_at, longest=rules.LONGEST_PAUSE, now=now)
    assert number == 67
    assert 2 ** (5 * rules.CODE_LETTERS) // number == 16_410_621_310


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (None, ""),
        (0, "no check-ins waiting on it"),
        (1, "1 check-in waiting on it"),
        (12, "12 check-ins waiting on it"),
    ],
)
def test_what_waits_on_a_kiosk_is_said_as_far_as_it_said_so(number, words):
    assert rules.waiting_words(number) == words


def test_a_kiosk_is_silent_five_minutes_after_its_last_word():
    assert not rules.is_silent(None, now=NOW)
    assert not rules.is_silent(NOW - timedelta(minutes=5), now=NOW)
    assert rules.is_silent(NOW - timedelta(minutes=5, seconds=1), now=NOW)


def test_whoever_tries_too_often_is_told_for_how_long():
    assert rules.too_many(timedelta(seconds=41, milliseconds=5)) == (
        "Too many codes were tried from here. Please try again in 42 seconds."
    )
