from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest

from clinic.bookings.rules import TO_COME
from clinic.kiosk import rules
from clinic.kiosk.rules import Clock, Tap
from tests.bookings.by_hand import NEW_YORK, at, booked

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
TAP = Tap(id="1", asked="ab" * 32, pin_digest="p", at=NOW)
TEN = booked("10:00", "11:00", room="Room 1", arrived_at=at("10:07:30"))


def door(**facts):
    return SimpleNamespace(
        **{"participant_id": 7, "goes_by": "Jo", "pin_since": None}
        | {"guessed_at": None, "guesses_until": None, "paused_until": None}
        | {"clock_ahead": None, "clock_readings": 0}
        | facts
    )


def welcome(name, *places, is_new=True):
    return rules.welcome(name, places, zone=NEW_YORK, is_new=is_new)


def guess(kiosk, now):
    """The kiosk after one more PIN that nobody has."""
    return door(**rules.guessed(kiosk, now=now))


def guess_for(kiosk, span, *, every=timedelta(0)):
    """Guess as fast as it goes, but not within `every`; when each was, and the kiosk then."""
    now, end, guesses = NOW, NOW + span, []
    while now < end:
        kiosk = guess(kiosk, now)
        guesses.append(now)
        now += max(rules.pause(kiosk, now=now), every, timedelta(milliseconds=10))
    return guesses, kiosk


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("kiosk", "at", "is_so"),
    [
        (door(), NOW, True),
        (door(participant_id=None), NOW, False),
        (door(pin_since=NOW), NOW, True),
        (door(pin_since=NOW), NOW - timedelta(seconds=1), False),
        (door(pin_since=NOW), None, True),
    ],
)
def test_a_pin_is_somebodys_from_when_they_have_it(kiosk, at, is_so):
    assert rules.is_theirs(kiosk, at) is is_so


def had(who, since, until):
    return SimpleNamespace(
        participant_id=who,
        goes_by=f"Number {who}",
        given_at=since and NOW + since * HOUR,
        retired_at=NOW + until * HOUR,
    )


@pytest.mark.parametrize(
    ("kiosk", "before", "at", "owner"),
    [
        (door(participant_id=None), [], 0, (None, "Jo", rules.UNKNOWN_PIN)),
        (door(participant_id=None), [had(3, None, 2)], 0, (3, "Number 3", None)),
        (
            door(participant_id=None),
            [had(3, None, 2)],
            2,
            (3, "Number 3", "They tapped the PIN that they had until Mon, Mar 2, 12:00 pm."),
        ),
        (door(pin_since=NOW + 2 * HOUR), [had(3, None, 2)], 1, (3, "Number 3", None)),
        (door(pin_since=NOW + 4 * HOUR), [had(3, None, 2)], 3, (7, "Jo", rules.CHANGED_HANDS)),
        (door(pin_since=NOW + 4 * HOUR), [had(7, None, 2)], 3, (7, "Jo", None)),
        (door(pin_since=NOW + 9 * HOUR), [had(3, None, 2), had(4, 2, 9)], 5, (4, "Number 4", None)),
        (door(pin_since=NOW + 9 * HOUR), [had(4, 2, 9)], 1, (7, "Jo", rules.CHANGED_HANDS)),
    ],
)
def test_a_tap_counts_for_who_had_the_pin_when_it_was_made(kiosk, before, at, owner):
    assert rules.owner_at(kiosk, before, NOW + at * HOUR, zone=NEW_YORK) == owner


def test_kiosks_of_a_site_wait_together_where_somebody_guesses_at_several():
    def pauses(*guesses):
        untils = [None, *(NOW + number * rules.GUESS_COUNTS_FOR for number in guesses)]
        return rules.site_pause(untils, now=NOW).seconds

    assert [pauses(number) for number in (0, 30, 36)] == [0, 0, 0]  # one kiosk never comes so far
    assert pauses(30, 30) == 0
    assert [pauses(36, 25 + more) for more in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    assert pauses(36, 36, 36, 36) == 30
    over = NOW - timedelta(hours=2)
    assert rules.site_pause([over, over], now=NOW) == timedelta(0)


@pytest.mark.parametrize(
    ("until", "guesses", "wait"),
    [(-5, 0, 0), (5, 0, 5), (90, 0, 30), (5, 34, 8), (20, 34, 20), (-5, 34, 8)],
)
def test_a_kiosk_waits_for_the_longer_of_its_own_pause_and_that_of_the_site(until, guesses, wait):
    kiosk = door()
    for _ in range(guesses):
        kiosk = guess(kiosk, NOW)
    kiosk.paused_until = NOW + timedelta(seconds=until)
    assert rules.pause(kiosk, now=NOW).seconds == wait


def test_at_five_kiosks_of_a_site_no_more_can_be_guessed_than_at_two():
    """In an hour, as fast as it goes: the site lets one guess through each 30 s at last."""
    kiosks, now, number, paused_until = [door() for _ in range(5)], NOW, 0, None
    while now < NOW + HOUR:
        for place, kiosk in enumerate(kiosks):
            kiosk.paused_until = paused_until
            if rules.pause(kiosk, now=now):
                continue
            number += 1
            kiosks[place] = guess(kiosk, now)
            wait = rules.site_pause([each.guesses_until for each in kiosks], now=now)
            paused_until = now + wait if wait else paused_until
        now += timedelta(seconds=1)
    assert 60 < number < 2 * 154


def test_after_thirty_unknown_pins_each_makes_the_kiosk_wait_longer():
    kiosk, pauses = door(), [rules.pause(door(), now=NOW)]
    for _ in range(40):
        kiosk = guess(kiosk, NOW)
        pauses.append(rules.pause(kiosk, now=NOW))
    assert [pause.seconds for pause in pauses] == [*31 * [0], 1, 2, 4, 8, 16, *5 * [30]]


def test_a_pause_ends_by_itself_and_is_never_longer_than_the_longest():
    _, kiosk = guess_for(door(), timedelta(hours=1))
    assert rules.pause(kiosk, now=kiosk.guessed_at + timedelta(seconds=12)).seconds == 18
    assert rules.pause(kiosk, now=kiosk.guessed_at + timedelta(seconds=30)) == timedelta(0)
    clock_put_back = kiosk.guessed_at - timedelta(days=1)
    assert rules.pause(kiosk, now=clock_put_back) == timedelta(seconds=30)


def test_unknown_pins_are_forgotten_one_by_one():
    _, kiosk = guess_for(door(), timedelta(days=2))
    soon, later = (kiosk.guessed_at + timedelta(minutes=minutes) for minutes in (12, 14))
    assert rules.pause(guess(kiosk, soon), now=soon).seconds == 1
    assert rules.pause(guess(kiosk, later), now=later) == timedelta(0)
    _, slips = guess_for(door(), timedelta(hours=12), every=timedelta(minutes=2))
    assert slips.guesses_until == slips.guessed_at + timedelta(minutes=2)  # as if it was the first


def test_at_most_154_pins_can_be_guessed_in_an_hour_of_a_million():
    """The PINs that are made here have six digits: whoever guesses for an hour has one chance in
    6,494 at a certain person's PIN, and of 250 people's finds one in one hour of 26."""
    hour = timedelta(hours=1)
    every = [timedelta(seconds=seconds) for seconds in (0, 1, 5, 29, 30, 31, 60, 119, 120, 121)]
    paces = [guess_for(door(), 24 * hour, every=pace)[0] for pace in every]
    most = [
        max(bisect_left(guesses, at + hour) - place for place, at in enumerate(guesses))
        for guesses in paces
    ]
    assert max(most) == most[0] == 154
    assert len([at for at in paces[0] if at >= NOW + hour]) == 23 * 120
    assert round(10**6 / 154) == 6494
    assert round(1 / (1 - (1 - 250 / 10**6) ** 154)) == 26


def test_whoever_is_told_to_wait_asks_again_in_whole_seconds():
    answer = rules.not_yet(timedelta(seconds=11, milliseconds=1))
    assert answer == rules.refusal("wait") | {"retry_after": 12}
    assert not rules.is_decided(answer)
    assert rules.is_decided(rules.refusal("see_front_desk"))


@pytest.mark.parametrize(
    ("seen", "waiting", "is_known"),
    [(None, 0, False), (59, 0, True), (60, 0, False), (59, 1, False), (59, None, False)],
)
def test_a_kiosk_is_heard_from_once_a_minute_or_when_it_says_something_new(seen, waiting, is_known):
    seen_at = NOW - timedelta(seconds=seen) if seen else None
    kiosk = SimpleNamespace(seen_at=seen_at, waiting_taps=0, clock_readings=3)
    assert rules.is_heard_from(kiosk, waiting=waiting, clock=Clock(0, 3), now=NOW) is is_known
    assert not rules.is_heard_from(kiosk, waiting=0, clock=Clock(0, 2), now=NOW)


def after(*aheads):
    """What is known of a clock that was so many seconds ahead when each upload was sent."""
    clock = Clock(None, 0)
    for ahead in aheads:
        kiosk = door(clock_ahead=clock.ahead, clock_readings=clock.readings)
        sent_at = None if ahead is None else NOW + timedelta(seconds=ahead)
        clock = rules.clock_of(kiosk, sent_at, now=NOW)
    return clock


@pytest.mark.parametrize(
    ("aheads", "clock"),
    [
        ([], (None, 0)),
        ([None], (None, 0)),
        ([300], (300, 1)),
        ([300, None, 310], (302, 2)),
        ([300, 290, 301, 300], (299, 3)),
        ([300, 331], (331, 1)),  # it was set meanwhile
        ([300, 300, 300, 0], (0, 1)),
        ([-7, -1, -1], (-4, 3)),  # the line takes its time
    ],
)
def test_a_clock_is_known_by_what_several_uploads_agree_on(aheads, clock):
    assert after(*aheads) == clock


@pytest.mark.parametrize(
    ("aheads", "age", "ahead", "is_unsure"),
    [
        ([300], 1, 300, False),  # fast and fresh: the line cannot make a clock look fast
        ([300], 121, None, True),  # kept: one of the next uploads knows
        ([300, 300], 3600, None, True),
        ([300, 300, 300], 10 * 3600, 300, False),
        ([59, 59, 59], 1, None, False),
        ([60], 1, 60, False),
        ([-90], 1, None, False),
        ([-90], 3600, None, True),
        ([-90, -90, -90], 1, -90, False),
        ([300, 300, 300, 0], 3600, None, False),
    ],
)
def test_a_time_is_put_right_where_the_clock_is_known_to_be_wrong(aheads, age, ahead, is_unsure):
    sent_at = NOW + timedelta(seconds=aheads[-1])
    sent = TAP._replace(at=sent_at - timedelta(seconds=age))
    tap = rules.put_right(sent, after(*aheads), sent_at)
    put_right = {"at": sent.at - timedelta(seconds=ahead or 0), "ahead": ahead}
    assert tap == sent._replace(**put_right, is_unsure=is_unsure)


def test_a_time_is_put_right_by_what_is_known_also_where_an_upload_does_not_say_when_it_was_sent():
    assert rules.put_right(TAP, after(300), None) == TAP
    assert rules.put_right(TAP, after(300, 300, 300), None).ahead == 300
    unreadable = TAP._replace(at=None)
    assert rules.put_right(unreadable, after(300, 300, 300), None) == unreadable


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (None, None),
        (59, None),
        (-59, None),
        (119, "The kiosk’s clock is 1 min fast."),
        (-5400, "The kiosk’s clock is 1 h 30 min slow."),
        (-3 * 86400 - 7, "The kiosk’s clock is 3 days slow."),
    ],
)
def test_a_clock_that_is_off_is_named(ahead, words):
    assert rules.clock_words(ahead) == words


def test_a_refusal_says_to_staff_what_the_clock_has_to_do_with_it():
    fast, right = Clock(300, 1), Clock(None, 0)
    ahead = TAP._replace(at=NOW + timedelta(minutes=3))
    assert rules.with_clock("Over.", TAP, right, now=NOW) == "Over."
    assert rules.with_clock("Over.", TAP, fast, now=NOW) == "Over. The kiosk’s clock is 5 min fast."
    assert rules.with_clock("Over.", TAP._replace(ahead=300), fast, now=NOW) == (
        "Over. The kiosk’s clock is 5 min fast. Its time was put right."
    )
    assert (
        rules.with_clock(TO_COME, ahead, right, now=NOW) == f"{TO_COME} The kiosk’s clock is fast."
    )


def test_a_spare_id_is_a_uuid_and_the_same_for_the_same_tap():
    spare = rules.spare_id("ab" * 32)
    assert spare == str(UUID(spare)) == rules.spare_id("ab" * 32)
    assert rules.spare_id("ac" * 32) != spare


def test_a_stray_is_the_same_tap_under_an_id_of_its_own():
    stray = rules.stray(TAP)
    assert (stray.id, stray.problem, stray.reason) == (
        rules.spare_id(TAP.asked),
        rules.ID_TAKEN,
        "id_reused",
    )
    assert stray._replace(id=TAP.id, problem=None, reason=TAP.reason) == TAP


@pytest.mark.parametrize(
    ("name", "greeting"),
    [
        ("Jordan Avery", "Thank you, J."),
        ("  jo", "Thank you, J."),
        ("Élodie", "Thank you, É."),
        ("ßen", "Thank you, S."),
        ("<script>alert(1)</script>", "Thank you, <."),
    ],
)
def test_a_welcome_names_nobody_beyond_an_initial(name, greeting):
    assert welcome(name, TEN) == {
        "result": "checked_in",
        "greeting": greeting,
        "sessions": [
            {
                "start": "2026-03-02T10:00:00-05:00",
                "end": "2026-03-02T11:00:00-05:00",
                "room": "Room 1",
                "arrived": "2026-03-02T10:07:30-05:00",
            }
        ],
        "reason": None,
    }


def test_who_was_here_before_is_told_so():
    assert welcome("Jo", TEN, is_new=False)["result"] == "already_checked_in"


def test_whoever_was_there_from_the_start_arrived_with_it():
    (visit,) = welcome("Jo", TEN._replace(arrived_at=None, room=None))["sessions"]
    assert (visit["arrived"], visit["room"]) == (visit["start"], "")


def test_every_refusal_reads_the_same():
    refusals = [
        rules.refusal(rules.SEE_FRONT_DESK),
        rules.refusal(rules.MALFORMED),
        rules.refusal(rules.ID_REUSED),
    ]
    assert [refusal.pop("reason") for refusal in refusals] == [
        "see_front_desk",
        "malformed",
        "id_reused",
    ]
    assert refusals == 3 * [
        {"result": "refused", "greeting": "Please see the front desk.", "sessions": []}
    ]


@pytest.mark.parametrize(
    ("taken", "name"),
    [
        (set(), "Kiosk"),
        ({"Front door"}, "Kiosk"),
        ({"Kiosk"}, "Kiosk 2"),
        ({"Kiosk", "Kiosk 2", "Kiosk 4"}, "Kiosk 3"),
    ],
)
def test_a_kiosk_without_a_name_gets_the_first_free_one(taken, name):
    assert rules.free_name(taken) == name


def test_a_kiosk_has_a_name_of_its_own_at_its_site():
    assert rules.why_not_name(None, taken={"Kiosk"}) is None
    assert rules.why_not_name("Front door", taken={"Kiosk"}) is None
    assert rules.why_not_name("Kiosk", taken={"Kiosk"}) == (
        "This site has a kiosk of that name. Revoke it first."
    )
    assert rules.why_not_name(" ", taken=set()) == (
        "Give the kiosk a name, or leave the option out."
    )


def test_only_a_kiosk_that_is_in_use_can_be_revoked_by_name():
    assert rules.why_not_revoke(None, number=0) is None
    assert rules.why_not_revoke("Kiosk", number=1) is None
    assert rules.why_not_revoke("Kiosk", number=0) == rules.NO_SUCH_KIOSK
