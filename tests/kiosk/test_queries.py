from datetime import timedelta

import pytest

from clinic.days import DAY
from clinic.errors import NotFound
from clinic.kiosk import queries
from clinic.kiosk.queries import refused_taps
from clinic.kiosk.rules import Tap
from clinic.participants.queries import pin_digest
from clinic.schedule.models import Method, Status
from clinic.tokens import fingerprint
from tests import make


@pytest.fixture
def now(app, at):
    return at("2026-03-02 12:00")


def test_a_door_is_found_by_the_key_of_its_kiosk_until_that_is_revoked(now):
    device = make.kiosk_device(key="front")
    make.kiosk_device(key="back", revoked_at=now)

    door = queries.get_door(fingerprint("front"))

    assert (door.id, door.timezone, door.device_id) == (device.site_id, make.ZONE, device.id)
    for key in ("back", ""):
        with pytest.raises(NotFound):
            queries.get_door(fingerprint(key))


@pytest.mark.parametrize(("pin", "goes_by"), [("1357", "Zed"), ("2468", "Kim Cho"), ("0000", None)])
def test_with_a_tap_comes_whose_pin_it_is_and_what_they_go_by(now, pin, goes_by):
    make.kiosk_device(key="front")
    make.participant(name="Sam Berg", preferred_name="Zed", pin="1357")
    make.participant(name="Kim Cho", preferred_name="", pin="2468")
    tap = Tap(id="1", asked="a", pin_digest=pin_digest(pin))

    door = queries.get_door(fingerprint("front"), tap)

    assert (door.goes_by, door.participant_id is None) == (goes_by, goes_by is None)
    assert (door.asked, door.answer) == (None, None)


def test_with_a_tap_comes_what_was_answered_under_its_id(now):
    kept = make.kiosk_tap(make.kiosk_device(key="front"), answer={"result": "refused"})
    make.participant()  # has no PIN, and neither has the tap

    door = queries.get_door(fingerprint("front"), Tap(id=kept.id, asked="other"))

    assert (door.asked, door.answer) == (kept.asked, {"result": "refused"})
    assert door.participant_id is None


def test_the_inbox_holds_what_was_refused_and_not_dealt_with_the_latest_first(now):
    jordan = make.participant(name="Jordan Avery", preferred_name="Jo")
    front = make.kiosk_device(key="front", name="Front door")
    back = make.kiosk_device(make.site(), key="back", name="Back door")
    early = make.kiosk_tap(front, jordan, received_at=now - timedelta(hours=2), why="Too early.")
    late = make.kiosk_tap(back, tapped_at=None)
    make.kiosk_tap(front, is_refused=False)
    make.kiosk_tap(front, seen_at=now)
    make.kiosk_tap(front, received_at=now - DAY)
    since = now - timedelta(hours=23)

    everywhere = queries.refused_taps(None, since)

    assert [
        (row.id, row.at, row.received, row.device, row.why, row.participant_id)
        for row in everywhere
    ] == [
        (late.id, None, now, "Back door", "Nobody has this PIN.", None),
        (early.id, now, now - timedelta(hours=2), "Front door", "Too early.", jordan.id),
    ]
    assert [row.id for row in queries.refused_taps(front.site_id, since)] == [early.id]
    assert [row.id for row in queries.refused_taps(back.site_id, since)] == [late.id]


@pytest.mark.parametrize(
    ("begins", "facts", "waits"),
    [
        (timedelta(minutes=30), {}, False),
        (timedelta(0), {}, False),
        (timedelta(days=1), {}, True),  # they have come another time
        (timedelta(hours=-2), {}, True),  # to a session that was over when they tapped
        (timedelta(0), {"status": Status.EXCUSED}, True),
        (timedelta(0), {"recorded_at": -timedelta(seconds=1)}, True),  # it was known before
    ],
)
def test_whoever_has_been_checked_in_since_waits_for_nobody(now, begins, facts, waits):
    jordan, door = make.participant(), make.kiosk_device()
    session = make.session(start="09:00", end="10:00")
    session.starts_at, session.ends_at = now + begins, now + begins + timedelta(hours=1)
    later = now + facts.get("recorded_at", timedelta(minutes=1))
    so = {"status": Status.PRESENT, "method": Method.STAFF} | facts | {"recorded_at": later}
    make.booking(session, make.enrollment(jordan), **so)
    tap = make.kiosk_tap(door, jordan)
    make.kiosk_tap(door)  # somebody else's
    waiting = [row.id for row in queries.refused_taps(door.site_id, now - DAY)]
    assert (tap.id in waiting, len(waiting)) == (waits, 1 + waits)


def test_the_inbox_needs_one_query(now, queries):
    device = make.kiosk_device()
    for number in (1, 2, 3):
        make.kiosk_tap(device)
        with queries() as count:
            assert len(refused_taps(device.site_id, now - DAY)) == number
        assert count() == 1


def test_a_refused_tap_is_got_by_its_id(now):
    device = make.kiosk_device()
    refused = make.kiosk_tap(device)
    accepted = make.kiosk_tap(device, is_refused=False)

    assert queries.get_refused(refused.id) is refused
    for unknown in (accepted.id, "00000000-0000-4000-8000-000000000000"):
        with pytest.raises(NotFound):
            queries.get_refused(unknown)
