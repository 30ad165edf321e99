from datetime import UTC, datetime, timedelta

import pytest

from clinic import passwords
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
        ("192.0.2.7", "192.0.2.0/24"),
        ("192.0.2.200", "192.0.2.0/24"),
        ("::ffff:192.0.2.7", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/56"),
        ("2001:db8:1:ff::1", "2001:db8:1::/56"),
        ("2001:db8:1:100::1", "2001:db8:1:100::/56"),
        ("fe80::1%eth0", "fe80::/56"),
        ("localhost", ""),
        (None, ""),
    ],
)
def test_a_network_is_what_one_customer_easily_has(address, network):
    assert rules.network_of(address) == network


START = datetime(2026, 3, 2, 10, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def wait(tries, after=0.0):
    return rules.pause(tries, START, now=START + after * SECOND) / SECOND


def test_wrong_passwords_wait_twice_as_long_each_time_and_at_most_a_quarter_of_an_hour():
    assert [wait(tries) for tries in range(16)] == [
        *(0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900)
    ]


def test_a_pause_ends():
    assert (wait(8, 3.0), wait(8, 7.9), wait(8, 8.0), wait(8, 99)) == (5, pytest.approx(0.1), 0, 0)


def test_a_clock_that_was_put_back_keeps_nobody_waiting():
    assert (wait(8, -5), wait(8, -3600)) == (13, 0)


def test_wrong_passwords_are_forgotten_one_by_one():
    after = [START + timedelta(minutes=minutes) for minutes in (-5, 0, 14, 15, 44, 300)]
    assert [rules.counted_tries(7, START, now=now) for now in after] == [8, 8, 8, 7, 6, 1]
    assert rules.counted_tries(15, START, now=START) == 15


def guesses(days, *, every=timedelta(0)):
    """How many passwords a machine tries from one network, each as soon as it may."""
    tries, tried_at, now, number = 0, START, START, 0
    while now < START + timedelta(days=days):
        tries, tried_at, number = rules.counted_tries(tries, tried_at, now=now), now, number + 1
        now = now + max(rules.pause(tries, tried_at, now=now), every)
    return number


def test_guessing_leads_nowhere_from_one_network_or_from_many():
    assert guesses(1) == 109
    assert guesses(2) - guesses(1) == 96
    # Waiting for pauses to shrink gains nothing.
    for minutes in (1, 5, 10, 15, 16, 30):
        assert guesses(1, every=timedelta(minutes=minutes)) <= 109
    # A password takes ten billion guesses at least: of a hundred, ten thousand networks find three
    # to four in a year, if nobody looks at the trail, where each try stands.
    assert 10_000 * guesses(365) / 10**passwords.LEAST_GUESSES < 0.04


# The people who work here


def test_the_only_admin_stays_one():
    assert rules.why_not_lose_admin(1, [1]) == rules.LAST_ADMIN
    assert [rules.why_not_lose_admin(1, others) for others in ([1, 2], [2], [])] == [None] * 3


def test_ones_own_password_is_changed_not_taken():
    assert rules.why_not_take_password(1, by_id=1) == rules.OWN_PASSWORD
    assert [rules.why_not_take_password(1, by_id=by) for by in (2, None)] == [None, None]


IPHONE = "(iPhone; CPU iPhone OS 18_1 like Mac OS X) Gecko"
APPLE = "Mobile/15E148 Safari/604.1"
CHROME = "Chrome/131.0.0.0 Mobile Safari/537.36"
TABLET = "SamsungBrowser/27.0 Chrome/125 Safari/537.36"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (f"{IPHONE} Version/18.1 {APPLE}", "Safari on iPhone"),
        (f"{IPHONE} CriOS/131.0 {APPLE}", "Chrome on iPhone"),
        ("(Macintosh; Intel Mac OS X) Version/18.1 Safari/605", "Safari on Mac or iPad"),
        ("(Macintosh; Intel Mac OS X; rv:132.0) Firefox/132.0", "Firefox on Mac"),
        (f"(Linux; Android 10; K) {CHROME}", "Chrome on Android"),
        (f"(Linux; Android 14; SM-X200) {TABLET}", "Samsung Internet on Android tablet"),
        (f"(Windows NT 10.0; Win64; x64) {CHROME} Edg/131.0", "Edge on Windows"),
        (f"(X11; CrOS x86_64 14541.0.0) {CHROME}", "Chrome on Chromebook"),
        ("(Windows NT 10.0)", "Windows"),
        ("curl/8.5 <b>", None),
        ("", None),
    ],
)
def test_a_browser_has_the_name_that_a_person_knows_it_by(user_agent, name):
    assert rules.device_name(user_agent) == name
