import pytest
from argon2 import PasswordHasher

from clinic import passwords

HERONS = "seven quiet herons"


class CountingHasher(PasswordHasher):
    """Argon2 with small costs that counts how often it was asked."""

    def __init__(self):
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.verified = 0

    def verify(self, hash, password):  # noqa: A002 - the library's name
        self.verified += 1
        return super().verify(hash, password)


def test_a_password_is_recognised():
    stored = passwords.hash_password(HERONS)
    assert passwords.is_password(HERONS, stored) is True
    assert passwords.is_password(HERONS + "!", stored) is False


def test_two_hashes_of_one_password_differ():
    assert passwords.hash_password(HERONS) != passwords.hash_password(HERONS)


def test_a_password_is_the_same_however_a_keyboard_composes_its_letters():
    stored = passwords.hash_password("caf\u00e9 au lait et pain")
    assert passwords.is_password("cafe\u0301 au lait et pain", stored) is True


def test_what_is_no_hash_lets_nobody_in():
    assert passwords.is_password("anything at all here", "not a hash") is False


def test_somebody_unknown_costs_as_much_work_as_somebody_known():
    hasher = CountingHasher()
    stored = hasher.hash("another long password")
    answers = [passwords.is_password(HERONS, known, hasher=hasher) for known in (stored, None)]
    assert (answers, hasher.verified) == ([False, False], 2)


def test_the_work_for_nobody_has_todays_costs():
    assert passwords.HASHER.check_needs_rehash(passwords.NOBODY) is False
    assert (
        passwords.HASHER.memory_cost,
        passwords.HASHER.time_cost,
        passwords.HASHER.parallelism,
    ) == (
        19 * 1024,
        2,
        1,
    )


def test_a_hash_with_other_costs_is_replaced():
    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(HERONS)
    better = passwords.better_hash(HERONS, old)
    assert better is not None
    assert passwords.is_password(HERONS, better) is True
    assert passwords.better_hash(HERONS, better) is None


def test_a_password_has_fifteen_characters_at_least():
    assert passwords.why_not_password("quiet herons 7") == (
        "Use at least 15 characters. Four or five words in a row do well."
    )
    assert passwords.why_not_password("quiet herons 72") is None


def test_a_password_may_be_very_long_but_not_endless():
    words = "".join(f"heron{number * 7919} " for number in range(200))
    assert passwords.why_not_password(words[:128]) is None
    assert passwords.why_not_password(words[:1000]) is None
    assert passwords.why_not_password(words[:1001]) == "Use at most 1000 characters."


@pytest.mark.parametrize(
    "text",
    [
        HERONS,
        "thirteen blue lamps",
        "it rains in november",
        "X7k!qpLm9Zr4tVw2",
        "\u96e8\u304c\u964d\u308b\u5341\u4e00\u6708\u306e\u9759\u304b\u306a\u6e96\u5099\u3092\u3059\u308b",
    ],
)
def test_no_kind_of_character_is_asked_for(text):
    assert passwords.why_not_password(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "passwordpassword",
        "P@ssw0rdP@ssw0rd",
        "password123456789",
        "aaaaaaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc",
        "123456789012345",
        "987654321098765",
        "qwertyuiopasdfghjkl",
        "1qaz2wsx3edc4rfv",
        "correct horse battery staple",
        "Welcome to the clinic",
        "recovery program 2026",
        "Summer2026Summer2026!",
        "Ana Rivera Ana Rivera 1987",
        "rivera@example.org",
        "ana rivera clinic 2026",
        "R1v3r4 h3alth pr0gram",
        "may the force be with you",
        "---------------------",
    ],
)
def test_what_everybody_would_try_first_is_refused(text):
    why_not = passwords.why_not_password(text, own=("Ana Rivera", "ana.rivera@example.org"))
    assert why_not == (
        "This is too easy to guess. Leave out your name, your e-mail address, "
        "common words, repetitions and rows of keys, or add other words."
    )


def test_ones_name_may_be_a_part_of_a_password_that_has_enough_beside_it():
    assert (
        passwords.why_not_password("rivera counts seven quiet herons", own=("Ana Rivera",)) is None
    )
