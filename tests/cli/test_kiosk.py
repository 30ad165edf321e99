import pytest
from sqlalchemy import select

from clinic.db import db
from clinic.kiosk.models import KioskDevice, Station
from clinic.tokens import fingerprint
from tests import make


@pytest.fixture
def site(app):
    return make.site(key="main")


def devices() -> list[tuple[str, bool]]:
    rows = db.scalars(select(KioskDevice).order_by(KioskDevice.id))
    return [(device.name, device.revoked_at is None) for device in rows]


def test_pair_prints_a_key_that_opens_the_door_and_is_not_kept(site, command, pages):
    printed = command("kiosk", "pair", "--site", "main")

    key = printed.stdout.splitlines()[-1]
    assert printed.stderr == ""
    assert db.scalars(select(KioskDevice.key_hash)).all() == [fingerprint(key)]
    headers = {"Authorization": f"Bearer {key}"}
    pages.post("/kiosk/check-ins", json={"check_ins": []}, headers=headers, status=200)

    command("kiosk", "revoke", "--site", "main")
    pages.post("/kiosk/check-ins", json={"check_ins": []}, headers=headers, status=401)


def test_a_site_may_have_several_kiosks(site, command):
    command("kiosk", "pair", "--site", "main")
    command("kiosk", "pair", "--site", "main")
    command("kiosk", "pair", "--site", "main", "--name", "Front door")
    assert devices() == [("Kiosk", True), ("Kiosk 2", True), ("Front door", True)]


def test_a_kiosk_is_paired_as_one_of_three_kinds(site, command):
    for kind in (None, "search", "room"):
        command("kiosk", "pair", "--site", "main", *(["--kind", kind] if kind else []))
    kinds = db.scalars(select(KioskDevice.kind).order_by(KioskDevice.id)).all()
    assert kinds == [Station.KEYPAD, Station.SEARCH, Station.ROOM]
    command("kiosk", "pair", "--site", "main", "--kind", "robot", status=2)


def test_a_name_is_taken_once_a_site(site, command):
    command("kiosk", "pair", "--site", "main", "--name", "Front door")
    refused = command("kiosk", "pair", "--site", "main", "--name", "Front door", status=1)
    assert (refused.stdout, refused.stderr) == (
        "",
        "This site has a kiosk of that name. Revoke it first.\n",
    )


def test_revoke_ends_one_kiosk_or_all(site, command):
    for name in ("A", "B", "C"):
        command("kiosk", "pair", "--site", "main", "--name", name)

    assert (
        command("kiosk", "revoke", "--site", "main", "--name", "B").stdout == "1 kiosk revoked.\n"
    )
    assert devices() == [("A", True), ("B", False), ("C", True)]
    again = command("kiosk", "revoke", "--site", "main", "--name", "B", status=1)
    assert again.stderr == "No kiosk of that name is in use at this site.\n"
    assert command("kiosk", "revoke", "--site", "main").stdout == "2 kiosks revoked.\n"
    assert command("kiosk", "revoke", "--site", "main").stdout == "0 kiosks revoked.\n"


@pytest.mark.parametrize("verb", ["pair", "revoke"])
def test_an_unknown_site_is_bad_input(site, command, verb):
    refused = command("kiosk", verb, "--site", "elsewhere", status=2)
    assert (refused.stdout, refused.stderr) == ("", "--site elsewhere: no site has this key.\n")
