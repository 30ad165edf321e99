from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from clinic.db import db, transaction
from clinic.errors import NotFound, Refused
from clinic.kiosk import actions, queries, rules
from clinic.kiosk.models import KioskDevice, KioskPause, KioskTap
from clinic.kiosk.rules import Answer, Tap
from clinic.participants.actions import set_pin
from clinic.participants.queries import pin_digest
from clinic.schedule.models import Booking, Method, Status
from clinic.tokens import fingerprint, keyed
from clinic.trail import SYSTEM, Actor, TrailEvent
from tests import make
from tests.race import race

KEY = "a-device-key"


@pytest.fixture
def now(app, at) -> datetime:
    return at("2026-03-02 09:55")


@pytest.fixture
def jordan(now) -> Booking:
    """A place at ten, at the site whose door has a kiosk; the PIN is 482913."""
    make.kiosk_device()
    participant = make.participant(name="Jordan Avery", pin="482913")
    return make.booking(make.session(room=make.room(name="Room 1")), make.enrollment(participant))


def tap(number: int = 1, *, pin: str = "482913", at: datetime | None = None, **facts: Any) -> Tap:
    at = at or make.instant("2026-03-02 09:55")
    defaults = {"asked": keyed("tap", f"{pin} {at}"), "pin_digest": pin_digest(pin), "at": at}
    return Tap(id=str(UUID(int=number)), **defaults | facts)


def send(*taps: Tap, waiting: int | None = None, now: datetime) -> list[Answer]:
    """As a request takes them; gives the answers."""
    make.saved()
    with transaction():
        answers = actions.take(taps, key_hash=fingerprint(KEY), waiting=waiting, now=now)
    make.read_afresh()
    return answers


def results(answers: list[Answer]) -> list[tuple[str, str | None]]:
    return [(answer["result"], answer["reason"]) for answer in answers]


def kept() -> list[tuple[bool, str | None]]:
    rows = db.execute(
        select(KioskTap.is_refused, KioskTap.why).order_by(KioskTap.received_at, KioskTap.id)
    )
    return [(row.is_refused, row.why) for row in rows]


REFUSED = ("refused", "see_front_desk")
WELCOME = {
    "result": "checked_in",
    "greeting": "Thank you, J.",
    "sessions": [
        {
            "start": "2026-03-02T10:00:00-05:00",
            "end": "2026-03-02T11:00:00-05:00",
            "room": "Room 1",
            "arrived": "2026-03-02T09:55:00-05:00",
        }
    ],
    "reason": None,
}


def test_a_tap_checks_somebody_in(now, jordan):
    assert send(tap(), now=now) == [WELCOME]

    assert (jordan.status, jordan.arrived_at, jordan.method) == (Status.PRESENT, now, Method.KIOSK)
    (stored,) = db.scalars(select(KioskTap)).all()
    assert (stored.is_refused, stored.why, stored.tapped_at, stored.received_at) == (
        False,
        None,
        now,
        now,
    )
    assert stored.participant_id == jordan.enrollment.participant_id
    events = db.scalars(select(TrailEvent)).all()
    assert [(event.actor_kind, event.actor_id, event.verb) for event in events] == [
        ("kiosk", stored.device_id, "attendance.arrived")
    ]


def test_the_same_tap_again_has_the_same_answer_and_no_second_effect(now, jordan):
    first = send(tap(), now=now)
    again = send(tap(), now=now + timedelta(days=3))

    assert again == first
    assert db.scalar(select(func.count(TrailEvent.id))) == 1
    assert kept() == [(False, None)]


def test_a_refused_tap_stays_refused_even_when_it_could_lead_somewhere_now(now, jordan):
    jordan.session.is_cancelled = True
    first = send(tap(), now=now)
    jordan.session.is_cancelled = False

    assert send(tap(), now=now) == first
    assert results(first) == [REFUSED]
    assert jordan.status is Status.EXPECTED


def test_another_tap_of_somebody_who_is_here_says_since_when(now, jordan):
    send(tap(), now=now)
    at = now + timedelta(minutes=8)
    (answer,) = send(tap(2, at=at), now=at)

    assert answer == WELCOME | {"result": "already_checked_in"}


def test_an_id_that_is_used_for_another_tap_is_refused_and_the_tap_kept(now, jordan):
    send(tap(), now=now)
    reused = [tap(at=now + timedelta(minutes=1)), tap(pin="999999")]

    for _ in range(2):
        answers = send(*reused, now=now)
        assert results(answers) == 2 * [("refused", "id_reused")]
    assert sorted(kept(), key=str) == [(False, None), *2 * [(True, rules.ID_TAKEN)]]
    assert jordan.arrived_at == now


def test_an_id_twice_in_one_upload_counts_once(now, jordan):
    other = tap(pin="999999")
    answers = send(tap(), tap(), other, now=now)

    assert answers[:2] == [WELCOME, WELCOME]
    assert results(answers[2:]) == [("refused", "id_reused")]
    assert db.scalar(select(func.count(TrailEvent.id))) == 1


def test_each_tap_stands_alone(now, jordan):
    sam = make.booking(
        jordan.session,
        make.enrollment(make.participant(name="Sam Berg", preferred_name="Zed", pin="1357")),
    )
    unreadable = tap(2, pin_digest=None, problem="It cannot be read.", reason="malformed")
    answers = send(
        tap(1, pin="999999"), unreadable, tap(3), tap(4, at=now - timedelta(hours=1)),
        tap(5, pin="1357"), now=now,
    )  # fmt: skip

    assert results(answers) == [
        REFUSED,
        ("refused", "malformed"),
        ("checked_in", None),
        REFUSED,
        ("checked_in", None),
    ]
    assert answers[4]["greeting"] == "Thank you, Z."
    assert (jordan.status, sam.status) == (Status.PRESENT, Status.PRESENT)
    assert kept() == [
        (True, rules.UNKNOWN_PIN),
        (True, "It cannot be read."),
        (False, None),
        (True, "No session of theirs was open at 8:55 am."),
        (False, None),
    ]


def test_every_refusal_reads_alike_at_the_kiosk(now, jordan):
    make.participant(pin="1357")  # has nothing booked
    refusals = send(
        tap(1, pin="999999"),
        tap(2, pin="1357"),
        tap(3, at=now - timedelta(hours=1)),
        tap(4, at=now + timedelta(hours=2)),
        tap(5, at=now - timedelta(days=8)),
        now=now,
    )
    assert refusals == 5 * [rules.refusal("see_front_desk")]
    assert len({why for _, why in kept()}) == 5


def test_a_refusal_says_to_staff_whose_pin_it_was(now, jordan):
    send(tap(at=now - timedelta(hours=1)), tap(2, pin="999999"), now=now)
    rows = queries.refused_taps(None, now - timedelta(days=1))
    assert [row.participant_id for row in rows] == [jordan.enrollment.participant_id, None]


def guesses(number: int, *, first: int = 100) -> list[Tap]:
    return [tap(first + each, pin=f"{each:06}") for each in range(number)]


def test_a_right_pin_is_taken_after_thirty_unknown_ones(now, jordan):
    answers = send(*guesses(30), tap(), now=now)
    assert results(answers) == [*30 * [REFUSED], ("checked_in", None)]


def test_after_more_of_them_it_is_taken_when_the_kiosk_sends_it_again(now, jordan):
    assert results(send(*guesses(31), now=now))[-1] == REFUSED

    assert send(tap(), now=now) == [rules.refusal("wait") | {"retry_after": 1}]
    assert jordan.status is Status.EXPECTED
    inbox = queries.refused_taps(None, now)
    waits = [row for row in inbox if row.why == rules.NOT_ASKED_AGAIN]
    assert [row.participant_id for row in waits] == [jordan.enrollment.participant_id]

    later = now + timedelta(seconds=1)
    assert send(tap(), tap(), now=later) == [WELCOME, WELCOME]
    assert (jordan.status, jordan.arrived_at) == (Status.PRESENT, now)
    assert kept().count((False, None)) == 1
    assert rules.NOT_ASKED_AGAIN not in [why for _, why in kept()]


def test_while_a_kiosk_waits_a_right_pin_is_told_from_a_wrong_one_by_nothing(now, jordan):
    send(*guesses(36), now=now)
    answers = send(tap(), tap(2, pin="999999"), now=now + timedelta(milliseconds=500))
    assert answers == 2 * [rules.refusal("wait") | {"retry_after": 1}]


def test_guessing_in_one_upload_leads_nowhere_after_the_first_pause(now, jordan):
    answers = send(*guesses(50), tap(), now=now)

    assert results(answers) == [*31 * [REFUSED], *20 * [("refused", "wait")]]
    assert [why for _, why in kept()].count(rules.UNKNOWN_PIN) == 31
    device = db.scalars(select(KioskDevice)).one()
    assert (device.guessed_at, device.guesses_until) == (now, now + timedelta(minutes=62))


def test_what_cannot_be_read_need_not_wait(now, jordan):
    unreadable = tap(2, pin_digest=None, problem="It cannot be read.", reason="malformed")
    assert results(send(*guesses(31), unreadable, now=now))[-1] == ("refused", "malformed")


def test_the_same_wrong_tap_again_counts_once(now, jordan):
    for _ in range(35):
        send(tap(9, pin="999999"), now=now)
    assert results(send(tap(1), now=now)) == [("checked_in", None)]


def test_unknown_pins_at_one_kiosk_do_not_hold_up_another(now, jordan):
    facts = {"guessed_at": now, "guesses_until": now + timedelta(hours=2)}
    make.kiosk_device(key="another", name="Back door", **facts)
    assert results(send(tap(), now=now)) == [("checked_in", None)]


def test_guessing_at_several_kiosks_of_a_site_holds_up_all_of_them_for_a_moment(now, jordan):
    hour = now + timedelta(hours=1)
    for number in range(2):
        make.kiosk_device(key=f"k{number}", guessed_at=now - timedelta(hours=1), guesses_until=hour)
    elsewhere = make.kiosk_device(make.site(), key="elsewhere")

    assert results(send(tap(9, pin="999999"), tap(), now=now)) == [REFUSED, ("refused", "wait")]
    assert results(send(tap(10, pin="999998"), now=now + timedelta(seconds=1))) == [REFUSED]
    assert db.scalars(select(KioskPause.until)).all() == [now + timedelta(seconds=3)]
    later = now + timedelta(seconds=3)
    assert results(send(tap(), now=later)) == [("checked_in", None)]
    assert queries.get_door(elsewhere.key_hash).paused_until is None


def test_a_late_tap_counts_for_who_had_the_pin_when_it_was_made(now, jordan):
    kim = make.participant(name="Kim Cho", pin="2468")
    set_pin(jordan.enrollment.participant, "739164", now=now + timedelta(minutes=1))
    later = now + timedelta(minutes=20)
    before, after = tap(), tap(2, at=now + timedelta(minutes=9))

    answers = send(before, after, tap(3, at=later, pin="739164"), now=later)

    assert results(answers) == [("checked_in", None), REFUSED, ("already_checked_in", None)]
    assert jordan.arrived_at == now
    refused = db.execute(select(KioskTap.participant_id, KioskTap.why).where(KioskTap.is_refused))
    assert refused.all() == [
        (
            jordan.enrollment.participant_id,
            "They tapped the PIN that they had until Mon, Mar 2, 9:56 am.",
        )
    ]
    assert kim.pin_since is None


def test_a_pin_that_changed_hands_counts_for_whose_it_was(now, jordan):
    kim = make.enrollment(make.participant(name="Kim Cho", pin="482914"))
    place = make.booking(jordan.session, kim)
    jordan.enrollment.participant.pin_digest = None
    make.retired_pin(jordan.enrollment.participant, "482913", retired_at=now)
    make.saved()
    kim.participant.pin_digest, kim.participant.pin_since = pin_digest("482913"), now
    later = now + timedelta(minutes=20)

    early = now - timedelta(minutes=2)
    assert send(tap(at=early), now=later)[0]["greeting"] == "Thank you, J."
    assert (jordan.arrived_at, place.status) == (early, Status.EXPECTED)
    assert send(tap(2), now=later)[0]["greeting"] == "Thank you, K."
    assert place.arrived_at == now


def test_a_kiosk_says_that_it_is_there_and_what_it_still_has(now, jordan):
    def heard() -> tuple[datetime | None, int | None]:
        device = db.scalars(select(KioskDevice)).one()
        return device.seen_at, device.waiting_taps

    assert heard() == (None, None)
    send(now=now)
    assert heard() == (now, None)
    send(tap(), waiting=3, now=now + timedelta(seconds=9))
    assert heard() == (now + timedelta(seconds=9), 3)
    send(waiting=3, now=now + timedelta(seconds=68))
    assert heard() == (now + timedelta(seconds=9), 3)
    send(*guesses(33), waiting=0, now=now + timedelta(seconds=69))
    assert heard() == (now + timedelta(seconds=69), 2)


def test_somebody_of_another_site_has_nothing_here(now, jordan):
    elsewhere = make.program(make.site())
    kim = make.booking(
        make.session(program=elsewhere),
        make.enrollment(make.participant(pin="2468"), elsewhere),
    )
    assert results(send(tap(pin="2468"), now=now)) == [REFUSED]
    assert kim.status is Status.EXPECTED


def test_a_tap_that_somebody_else_has_written_meanwhile_breaks_on_its_id(app, now, jordan):
    make.saved()

    def call() -> Answer:
        with transaction():
            return actions.take([tap()], key_hash=fingerprint(KEY), now=now)[0]

    for _ in range(3):
        answers = race(app, *4 * [call])
        answered = [answer for answer in answers if isinstance(answer, dict)]
        assert answered == len(answered) * [WELCOME]
        assert {type(answer) for answer in answers} <= {dict, IntegrityError}
    assert db.scalar(select(func.count(TrailEvent.id))) == 1


def test_of_many_guesses_at_once_no_more_are_looked_at_than_one_by_one(app, now, jordan):
    send(*guesses(30), now=now)

    def guess(number: int) -> Callable[[], Any]:
        def call() -> Answer:
            with transaction():
                wrong = tap(number, pin=f"{number:06}")
                return actions.take([wrong], key_hash=fingerprint(KEY), now=now)[0]

        return call

    answers = race(app, *[guess(number) for number in range(1, 11)])
    assert sorted(results(answers)) == [REFUSED, *9 * [("refused", "wait")]]


def test_a_kiosk_is_paired_once_and_its_key_is_not_kept(now):
    site = make.site()
    key = actions.pair(site, name="Front door", by=SYSTEM, now=now)

    device = db.scalars(select(KioskDevice)).one()
    assert (device.name, device.site_id, device.paired_at) == ("Front door", site.id, now)
    assert device.key_hash == fingerprint(key)
    assert len(key) == 43
    door = queries.get_door(fingerprint(key))
    assert (door.id, door.timezone, door.device_id) == (site.id, site.timezone, device.id)


def test_a_kiosk_needs_a_name_of_its_own(now):
    site = make.site()
    actions.pair(site, name="Front door", by=SYSTEM, now=now)
    with pytest.raises(Refused):
        actions.pair(site, name="Front door", by=SYSTEM, now=now)
    actions.pair(make.site(), name="Front door", by=SYSTEM, now=now)
    actions.pair(site, name=None, by=SYSTEM, now=now)
    assert [device.name for device in queries.devices_at(site.id)] == ["Front door", "Kiosk"]


def test_a_revoked_kiosk_is_shut_out_and_its_name_is_free(now):
    site = make.site()
    keys = [actions.pair(site, name=name, by=SYSTEM, now=now) for name in ("A", "B")]

    assert actions.revoke(site, name="A", by=SYSTEM, now=now) == 1

    db.flush()
    with pytest.raises(NotFound):
        queries.get_door(fingerprint(keys[0]))
    assert queries.get_door(fingerprint(keys[1])).id == site.id
    with pytest.raises(Refused):
        actions.revoke(site, name="A", by=SYSTEM, now=now)
    actions.pair(site, name="A", by=SYSTEM, now=now)
    assert actions.revoke(site, name=None, by=SYSTEM, now=now) == 2
    assert actions.revoke(site, name=None, by=SYSTEM, now=now) == 0
    verbs = db.scalars(select(TrailEvent.verb).order_by(TrailEvent.id)).all()
    assert verbs == 2 * ["kiosk.paired"] + ["kiosk.revoked", "kiosk.paired"] + 2 * ["kiosk.revoked"]


def test_a_refused_tap_is_dealt_with_once(now):
    device = make.kiosk_device()
    stored = make.kiosk_tap(device)
    later = make.kiosk_tap(device, received_at=now + timedelta(minutes=1))
    others = [
        make.kiosk_tap(device, make.participant()),
        make.kiosk_tap(make.kiosk_device(key="back")),
    ]
    staff = make.staff()
    by = Actor("account", staff.account_id)

    actions.mark_seen(stored, by=by, now=now)
    actions.mark_seen(stored, by=by, now=now + timedelta(minutes=5))

    assert stored.seen_at == now
    event = db.scalars(select(TrailEvent)).one()
    assert (event.verb, event.subject_kind, event.subject_id, event.chain) == (
        "kiosk.tap_seen",
        "kiosk_device",
        stored.device_id,
        stored.site_id,
    )
    assert [each.seen_at for each in (later, *others)] == [None] * 3
    actions.mark_seen(later, by=by, now=now)
    assert later.seen_at == now
