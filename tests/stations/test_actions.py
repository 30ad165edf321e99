import pytest
from sqlalchemy import select

from clinic.db import db
from clinic.errors import Refused
from clinic.kiosk.queries import get_door
from clinic.stations import actions, queries
from clinic.stations.models import StaffPin
from clinic.tokens import fingerprint
from clinic.trail import SYSTEM
from tests import make


def test_a_pin_is_made_at_random_and_is_nobody_elses(app, at, monkeypatch):
    now = at("2026-03-02 09:50")
    kim, ana = make.staff(), make.staff()
    make.staff_pin(kim, "314159")
    made = iter(["314159", "271828"])
    monkeypatch.setattr(actions, "new_digits", lambda _: next(made))

    assert actions.make_pin(ana.account_id, by=SYSTEM, now=now) == "271828"

    kept = db.scalars(select(StaffPin.digest).order_by(StaffPin.id)).all()
    assert kept == [queries.pin_digest(pin) for pin in ("314159", "271828")]


def test_what_is_refused_is_a_sentence_and_says_whether_the_kiosk_is_locked():
    def refuse(field):
        raise Refused("No.", field)

    assert actions.attempt(lambda: 7) == 7
    for field, is_locked in ((None, False), ("unlock", True)):
        answer = actions.attempt(lambda field=field: refuse(field))
        assert answer == ({"error": "No.", "is_locked": is_locked}, 422)


def test_a_kiosk_is_not_used_with_what_nobody_opened(app, at):
    now = at("2026-03-02 09:50")
    make.kiosk_device()
    station = queries.get_station(fingerprint("a-device-key"))
    assert station.device_id == get_door(fingerprint("a-device-key")).device_id
    with pytest.raises(Refused):
        actions.use("anything", station, now=now)
