from datetime import UTC, datetime, timedelta

import pytest

from clinic.accounts import rules
from clinic.permissions import Role, permissions_of

TEN = datetime(2026, 3, 2, 15, tzinfo=UTC)
STAFF = frozenset({Role.CLINICIAN})
PARTICIPANT = frozenset({Role.PARTICIPANT})


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
