import pytest

from clinic.errors import NotFound
from clinic.stations import queries
from clinic.tokens import fingerprint
from tests import make


@pytest.fixture
def now(app, at):
    return at("2026-03-02 23:56")


def test_a_station_is_found_by_its_key_until_it_is_revoked(now):
    device = make.kiosk_device(key="front")
    make.kiosk_device(key="back", revoked_at=now)
    station = queries.get_station(fingerprint("front"))
    assert (station.device_id, station.id, station.site) == (
        device.id,
        device.site_id,
        device.site.name,
    )
    with pytest.raises(NotFound):
        queries.get_station(fingerprint("back"))


@pytest.mark.parametrize(
    ("facts", "is_found"),
    [
        ({"roles": ["front_desk"]}, True),
        ({"roles": ["clinician"]}, True),
        ({"roles": ["auditor"]}, False),
        ({"roles": ["front_desk"], "is_active": False}, False),
    ],
)
def test_somebody_is_known_by_their_pin_as_long_as_they_may_use_a_kiosk(now, facts, is_found):
    kim = make.staff(**facts)
    make.staff_pin(kim)
    user = queries.find_by_pin("314159", 3)
    assert (user is not None) is is_found
    assert queries.find_by_pin("314158", 3) is None
    if user:
        assert user.actor == ("account", kim.account_id, "kiosk:3")
        assert user.scope == (kim.id if facts["roles"] == ["clinician"] else None)


def test_due_is_whoever_is_expected_at_the_site_today_and_just_after_midnight(now):
    device = make.kiosk_device(key="front")
    kim = make.staff(roles=["front_desk"])
    make.staff_pin(kim)
    jo = make.enrollment(make.participant(name="Jordan Avery"))
    for day, start, end in [
        ("2026-03-02", "22:00", "23:00"),
        ("2026-03-03", "00:10", "01:00"),
        ("2026-03-03", "02:00", "03:00"),
    ]:
        make.booking(make.session(day, start, end), jo)
    make.booking(make.session("2026-03-01", "22:00", "23:00"), jo)
    make.booking(make.session("2026-03-02", "12:00", "13:00", is_cancelled=True), jo)
    elsewhere = make.program(make.site())
    make.booking(make.session("2026-03-02", program=elsewhere), make.enrollment(program=elsewhere))

    station = queries.get_station(device.key_hash)
    due = queries.due_at(station, queries.find_by_pin("314159", device.id), now=now)

    assert [(row.name, row.starts_at) for row in due] == [
        ("Jordan Avery", make.instant("2026-03-02 22:00")),
        ("Jordan Avery", make.instant("2026-03-03 00:10")),
    ]
