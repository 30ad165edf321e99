import pytest

from clinic.pairing import queries
from tests import make


@pytest.fixture
def now(app, at):
    return at("2026-03-02 09:00")


def test_kiosks_come_by_site_and_name(now):
    main, hill = make.site(name="Main"), make.site(name="Hill")
    for name, site in (("Zoe", main), ("Örtlich", main), ("Back", main), ("Side", hill)):
        make.kiosk_device(site, name=name, key=name)
    make.kiosk_device(main, name="Old", key="old", revoked_at=now)

    found = [(row.site, row.name) for row in queries.kiosks()]

    assert found == [("Hill", "Side"), ("Main", "Back"), ("Main", "Örtlich"), ("Main", "Zoe")]


def test_a_code_is_recognised_however_it_is_typed(now):
    kept = make.pairing_code(code="7K3M-9QX0")
    for typed in ("7K3M-9QX0", "7k3m9qxo", " 7K3M 9QXO "):
        assert queries.find_code(typed) is kept
    assert queries.find_code("7K3M-9QX") is None
    assert queries.code_digest("7K3M-9QX0") != "7K3M-9QX0"


def test_codes_are_open_until_they_are_used_or_over(now):
    kept = make.pairing_code()
    assert queries.open_codes(now, site_id=kept.site_id) == [kept]
    assert queries.open_codes(now, site_id=kept.site_id + 1) == []
    assert queries.open_codes(kept.expires_at) == []
    kept.used_at = now
    assert queries.open_codes(now) == []
