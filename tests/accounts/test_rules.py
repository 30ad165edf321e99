from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher

from clinic.accounts import rules
from clinic.permissions import Role, permissions_of

TEN = datetime(2026, 3, 2, 15, tzinfo=UTC)
STAFF = frozenset({Role.CLINICIAN})
PARTICIPANT = frozenset({Role.PARTICIPANT})
HERONS = "seven quiet herons"


class CountingHasher(PasswordHasher):
    """Argon2 with small costs that counts how often it was asked."""

    def __init__(self):
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.verified = 0

    def verify(self, hash, password):  # noqa: A002 - the library's name
        self.verified += 1
        return super().verify(hash, password)


def is_over(roles, *, hours_ago, idle):
    return rules.is_over(
        roles, signed_in_at=TEN - timedelta(hours=hours_ago), seen_at=TEN - idle, now=TEN
    )


def test_a_sign_in_of_staff_ends_after_a_quarter_of_an_hour_without_use():
    assert not is_over(STAFF, hours_ago=1, idle=timedelta(minutes=15))
    assert is_over(STAFF, hours_ago=1, idle=timedelta(minutes=15, seconds=1))


def test_a_sign_in_of_staff_ends_after_twelve_hours_of_use():
    assert not is_over(STAFF, hours_ago=12, idle=timedelta(0))
    assert is_over(STAFF, hours_ago=12.01, idle=timedelta(0))


def test_a_sign_in_of_a_participant_ends_after_twelve_hours_without_use():
    assert not is_over(PARTICIPANT, hours_ago=24, idle=timedelta(hours=12))
    assert is_over(PARTICIPANT, hours_ago=24, idle=timedelta(hours=12, seconds=1))


def test_a_sign_in_of_a_participant_ends_after_seven_days_of_use():
    assert not is_over(PARTICIPANT, hours_ago=7 * 24, idle=timedelta(0))
    assert is_over(PARTICIPANT, hours_ago=7 * 24.01, idle=timedelta(0))


def test_somebody_without_a_role_gets_the_shorter_time():
    assert is_over(frozenset(), hours_ago=1, idle=timedelta(minutes=16))


@pytest.mark.parametrize(
    ("role", "path"),
    [
        (Role.PARTICIPANT, "/me"),
        (Role.ADMIN, "/today"),
        (Role.COORDINATOR, "/today"),
        (Role.CLINICIAN, "/today"),
        (Role.FRONT_DESK, "/today"),
        (Role.AUDITOR, "/today"),
        (Role.BILLING, "/hours"),
    ],
)
def test_everybody_begins_on_a_page_they_may_see(role, path):
    assert rules.first_page(permissions_of(frozenset({role}))) == path


def test_who_may_see_nothing_else_begins_with_their_password():
    assert rules.first_page(frozenset()) == "/account/password"


def test_an_email_address_has_one_spelling():
    assert rules.normal_email("  Ana.Rivera@Example.ORG ") == "ana.rivera@example.org"
    assert rules.normal_email("zoe\u0308@example.org") == "zo\u00eb@example.org"


@pytest.mark.parametrize("text", ["", "ana", "ana@", "@example.org", "ana rivera@example.org"])
def test_what_is_no_email_address_gets_a_sentence(text):
    assert rules.why_not_email(text) == (
        "This is not an e-mail address. Write it like name@example.org."
    )


def test_an_email_address_is_taken_without_asking_the_network():
    assert rules.why_not_email("Ana.Rivera@no-such-host-anywhere.org") is None


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        (None, ""),
    ],
)
def test_a_client_is_its_address_or_its_whole_network(address, network):
    assert rules.network_of(address) == network


def test_an_invitation_is_a_path():
    assert rules.invitation_path("token") == "/invitations/token"


def test_a_password_is_recognised():
    stored = rules.hash_password(HERONS)
    assert rules.is_password(HERONS, stored) is True
    assert rules.is_password(HERONS + "!", stored) is False


def test_two_hashes_of_one_password_differ():
    assert rules.hash_password(HERONS) != rules.hash_password(HERONS)


def test_a_password_is_the_same_however_a_keyboard_composes_its_letters():
    stored = rules.hash_password("caf\u00e9 au lait et pain")
    assert rules.is_password("cafe\u0301 au lait et pain", stored) is True


def test_what_is_no_hash_lets_nobody_in():
    assert rules.is_password("anything at all here", "not a hash") is False


def test_somebody_unknown_costs_as_much_work_as_somebody_known():
    hasher = CountingHasher()
    stored = hasher.hash("another long password")
    answers = [rules.is_password(HERONS, known, hasher=hasher) for known in (stored, None)]
    assert (answers, hasher.verified) == ([False, False], 2)


def test_the_work_for_nobody_has_todays_costs():
    assert rules.HASHER.check_needs_rehash(rules.NOBODY) is False
    assert (rules.HASHER.memory_cost, rules.HASHER.time_cost, rules.HASHER.parallelism) == (
        19 * 1024,
        2,
        1,
    )


def test_a_hash_with_other_costs_is_replaced():
    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(HERONS)
    better = rules.better_hash(HERONS, old)
    assert better is not None
    assert rules.is_password(HERONS, better) is True
    assert rules.better_hash(HERONS, better) is None


def test_a_password_has_fifteen_characters_at_least():
    assert rules.why_not_password("quiet herons 7") == (
        "Use at least 15 characters. Four or five words in a row do well."
    )
    assert rules.why_not_password("quiet herons 72") is None


def test_a_password_may_be_very_long_but_not_endless():
    words = "".join(f"heron{number * 7919} " for number in range(200))
    assert rules.why_not_password(words[:128]) is None
    assert rules.why_not_password(words[:1000]) is None
    assert rules.why_not_password(words[:1001]) == "Use at most 1000 characters."


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
    assert rules.why_not_password(text) is None


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
        "---------------------",
    ],
)
def test_what_everybody_would_try_first_is_refused(text):
    why_not = rules.why_not_password(text, own=("Ana Rivera", "ana.rivera@example.org"))
    assert why_not == (
        "This is too easy to guess. Leave out your name, your e-mail address, "
        "common words, repetitions and rows of keys, or add other words."
    )


def test_ones_name_may_be_a_part_of_a_password_that_has_enough_beside_it():
    assert rules.why_not_password("rivera counts seven quiet herons", own=("Ana Rivera",)) is None


# The people who work here


def test_an_invitation_needs_an_address_and_an_active_account():
    assert rules.why_not_invite("ana@example.org", is_active=True) is None
    assert rules.why_not_invite(None, is_active=True) == rules.NO_EMAIL
    assert rules.why_not_invite("ana@example.org", is_active=False) == rules.DEACTIVATED


def test_the_only_admin_stays_one():
    assert rules.why_not_lose_admin(1, [1]) == rules.LAST_ADMIN
    assert [rules.why_not_lose_admin(1, others) for others in ([1, 2], [2], [])] == [None] * 3


def test_ones_own_password_is_changed_not_taken():
    assert rules.why_not_take_password(1, by_id=1) == rules.OWN_PASSWORD
    assert [rules.why_not_take_password(1, by_id=by) for by in (2, None)] == [None, None]


def test_a_code_is_recognised_however_it_was_typed():
    for typed in ("7K3M-0Q1W-1DHT", "7k3m 0q1w 1dht", " 7K3MOQIWLDHT. ", "7k3m—oqlw—idht"):
        assert rules.normal_code(typed) == "7K3M0Q1W1DHT"
    assert rules.normal_code("") == ""
