import time

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
    assert passwords.why_not_password("odd heron wade") == (
        "Use at least 15 characters. Four or five words in a row do well."
    )
    assert passwords.why_not_password("odd heron wades") is None


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
        "vq8#tzLw0pXs4Rna",
        "correct horse staple lamp",
        "gravel monsoon teapot",
        "purple otter bakery window",
        "eleven trains to Toledo",
        "the neighbor paints pelicans",
        "4271 8836 5509 7",
        "\u96e8\u304c\u964d\u308b\u5341\u4e00\u6708\u306e\u9759\u304b\u306a\u6e96\u5099\u3092\u3059\u308b",
    ],
)
def test_no_kind_of_character_is_asked_for(text):
    assert passwords.why_not_password(text) is None


LISTED = [
    "manchesterunited",
    "michaeljackson1",
    "liverpoolfootballclub",
    "1q2w3e4r5t6y7u8i9o0p",
    "newyorkyankees1",
    "dallascowboys2024",
    "harrypotter12345",
    "iloveyouforever1",
    "christmastree123",
    "mynameisjohnsmith",
    "letmeinletmein123",
    "monkeymonkeymonkey",
    "zaq12wsxcde34rfv",
    "qazwsxedcrfvtgb",
    "asdfghjkl;'zxcvb",
    "poiuytrewqlkjhgf",
    "1234qwerasdfzxcv",
    "p4ssw0rdp4ssw0rd",
    "l1verp00lf00tb4ll",
    "s3cr3tp4ssw0rd123",
    "barackobama2008",
    "starwarsepisode4",
    "justinbieber2010",
    "jesuslovesyou123",
    "spiderman12345678",
    "chelseafootballclub",
    "pittsburghsteelers",
    "goldenstatewarriors",
    "adminadminadmin",
    "elvispresley1977",
    "taylorswift1989!",
    "mercedesbenz2020",
    "greenbaypackers12",
    "lalalalalalalalala",
    "qwerty1234567890",
    "summerwinter2024",
    "november2026november",
    "password1password2",
    "1111222233334444",
    "football4football",
    "chocolatechipcookie",
    "Summer2026Summer2026!",
    "ManchesterUnited",
    "P@ssw0rdP@ssw0rd",
    "passwordpassword",
    "password123456789",
    "abcabcabcabcabcabc",
    "123456789012345",
    "987654321098765",
    "qwertyuiopasdfghjkl",
    "1qaz2wsx3edc4rfv",
    "aaaaaaaaaaaaaaaaaaaa",
    "---------------------",
]


def test_what_is_on_lists_of_passwords_or_made_of_it_is_refused():
    assert [text for text in LISTED if passwords.why_not_password(text) is None] == []


@pytest.mark.parametrize(
    "text",
    [
        "correct horse battery staple",
        "Welcome to the clinic",
        "recovery program 2026",
        "Ana Rivera Ana Rivera 1987",
        "rivera@example.org",
        "ana rivera clinic 2026",
        "R1v3r4 h3alth pr0gram",
        "may the force be with you",
        "Riverside Riverside",
        "riverside 24 rivera",
    ],
)
def test_what_others_know_of_somebody_and_of_a_clinic_is_refused(text):
    own = ("Ana Rivera", "ana.rivera@example.org", "Riverside Recovery")
    assert (passwords.why_not_password(text, own=own) or "").startswith("This is too easy to guess")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("qazwsxedcrfvtgb", "This is a very common password."),
        ("manchesterunited", "This is similar to a commonly used password."),
        ("asdfghjkl;'zxcvb", "Straight rows of keys are easy to guess."),
        ("liverpoolfootballclub", "It is made of what many people use."),
        ("ana rivera clinic 2026", passwords.NOT_ENOUGH),
    ],
)
def test_why_a_password_is_refused_is_said(text, why):
    assert passwords.why_not_password(text, own=["Ana Rivera"]) == (
        f"This is too easy to guess. {why} Take other words, or add some."
    )


@pytest.mark.parametrize("text", ["a" * 1000, "qwertyuiop1234" * 71, "p@$$w0rd" * 125, "éß" * 500])
def test_a_long_password_is_judged_at_once(text):
    began = time.process_time()
    passwords.why_not_password(text, own=["Ana Rivera"])
    assert time.process_time() - began < 0.5  # tens of milliseconds


def test_ones_name_may_be_a_part_of_a_password_that_has_enough_beside_it():
    assert (
        passwords.why_not_password("rivera counts seven quiet herons", own=("Ana Rivera",)) is None
    )
