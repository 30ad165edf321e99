import pytest

from clinic import clock
from clinic.errors import NotFound
from clinic.kiosk.models import Station
from clinic.taps import queries
from tests import make


def test_kiosks_in_use_come_before_those_that_are_revoked(app):
    old = make.kiosk_device(name="Attic", key="1", revoked_at=clock.now())
    front, back = make.kiosk_device(name="Front", key="2"), make.kiosk_device(name="Back", key="3")
    for kind in (Station.SEARCH, Station.ROOM):
        make.kiosk_device(name=f"A {kind}", key=kind.value, kind=kind)
    assert queries.devices() == [back, front, old]
    assert queries.get_device(old.id) is old
    with pytest.raises(NotFound):
        queries.get_device(None)
