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
from clinic.kiosk.models import KioskDevice, KioskTap
from clinic.kiosk.rules import Answer, Tap
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


def send(*taps: Tap, now: datetime) -> list[Answer]:
    """As a request takes them; gives the answers."""
    make.saved()
    with transaction():
        answers = [actions.check_in(tap, key_hash=fingerprint(KEY), now=now) for tap in taps]
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


def test_after_twenty_unknown_pins_right_ones_are_only_kept(now, jordan):
    for number in range(20):
        send(tap(number + 10, pin=f"{number:06}"), now=now)
    later = now + timedelta(minutes=9, seconds=59)

    assert results(send(tap(1), now=later)) == [REFUSED]
    assert jordan.status is Status.EXPECTED
    assert kept()[-1] == (True, rules.TOO_MANY_UNKNOWN_PINS)
    (row, *_) = queries.refused_taps(None, later)
    assert row.participant_id == jordan.enrollment.participant_id

    window_over = now + timedelta(minutes=10)
    assert results(send(tap(2), now=window_over)) == [("checked_in", None)]


def test_nineteen_unknown_pins_do_no_harm(now, jordan):
    wrong = [tap(number + 10, pin=f"{number:06}") for number in range(19)]
    assert results(send(*wrong, tap(1), now=now))[-1] == ("checked_in", None)


def test_guessing_in_one_upload_leads_nowhere_after_twenty(now, jordan):
    wrong = [tap(number + 10, pin=f"{number:06}") for number in range(30)]
    answers = send(*wrong, tap(1), now=now)

    assert results(answers) == 31 * [REFUSED]
    assert [why for _, why in kept()].count(rules.UNKNOWN_PIN) == 20


def test_the_same_wrong_tap_again_counts_once(now, jordan):
    for _ in range(25):
        send(tap(9, pin="999999"), now=now)
    assert results(send(tap(1), now=now)) == [("checked_in", None)]


def test_unknown_pins_at_one_kiosk_do_not_close_another(now, jordan):
    make.kiosk_device(key="another", unknown_pins=20, unknown_since=now)
    assert results(send(tap(), now=now)) == [("checked_in", None)]


def test_a_window_of_unknown_pins_begins_anew_when_it_is_over(now, jordan):
    device = db.scalars(select(KioskDevice)).one()
    device.unknown_pins, device.unknown_since = 20, now - timedelta(minutes=10)
    send(tap(pin="999999"), now=now)
    assert (device.unknown_pins, device.unknown_since) == (1, now)


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
            return actions.check_in(tap(), key_hash=fingerprint(KEY), now=now)

    for _ in range(3):
        answers = race(app, *4 * [call])
        answered = [answer for answer in answers if isinstance(answer, dict)]
        assert answered == len(answered) * [WELCOME]
        assert {type(answer) for answer in answers} <= {dict, IntegrityError}
    assert db.scalar(select(func.count(TrailEvent.id))) == 1


def test_many_guesses_at_once_are_all_counted(app, now, jordan):
    def guess(number: int) -> Callable[[], Any]:
        def call() -> Answer:
            with transaction():
                wrong = tap(number, pin=f"{number:06}")
                return actions.check_in(wrong, key_hash=fingerprint(KEY), now=now)

        return call

    race(app, *[guess(number) for number in range(1, 11)])
    assert db.scalars(select(KioskDevice.unknown_pins)).one() == 10


def test_a_kiosk_is_paired_once_and_its_key_is_not_kept(now):
    site = make.site()
    key = actions.pair(site, name="Front door", by=SYSTEM, now=now)

    device = db.scalars(select(KioskDevice)).one()
    assert (device.name, device.site_id, device.paired_at) == ("Front door", site.id, now)
    assert device.key_hash == fingerprint(key)
    assert len(key) == 43
    door = queries.lock_door(fingerprint(key))
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
        queries.lock_door(fingerprint(keys[0]))
    assert queries.lock_door(fingerprint(keys[1])).id == site.id
    with pytest.raises(Refused):
        actions.revoke(site, name="A", by=SYSTEM, now=now)
    actions.pair(site, name="A", by=SYSTEM, now=now)
    assert actions.revoke(site, name=None, by=SYSTEM, now=now) == 2
    assert actions.revoke(site, name=None, by=SYSTEM, now=now) == 0
    verbs = db.scalars(select(TrailEvent.verb).order_by(TrailEvent.id)).all()
    assert verbs == 2 * ["kiosk.paired"] + ["kiosk.revoked", "kiosk.paired"] + 2 * ["kiosk.revoked"]


def test_a_refused_tap_is_dealt_with_once(now):
    stored = make.kiosk_tap(make.kiosk_device())
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
