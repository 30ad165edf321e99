import pytest

from clinic.programs.queries import find_organization, rule_sets
from tests import make


@pytest.fixture
def admin(at, signed_in):
    at("2026-03-02 10:00")
    return signed_in("admin")


def test_the_clinic_begins_with_its_name(admin):
    admin.get("/setup/organization")
    admin.submit("/setup/organization", name=" ", status=422)
    assert "Enter the name." in admin.answer.page.words
    assert find_organization() is None
    admin.submit("/setup/organization", name="Riverside", week_starts="6")
    assert "Riverside begins. Its first site comes next." in admin.follow().page.words
    assert (find_organization().name, find_organization().week_starts) == ("Riverside", 6)
    assert len(rule_sets()) == 13


def test_settings_are_changed(admin):
    clinic = make.organization(alert_in_a_row=3)
    admin.get("/setup/organization")
    admin.submit(
        "/setup/organization",
        alert_in_a_row="",
        alert_misses="3",
        alert_days="30",
        evening_from="18:00",
    )
    assert "The settings are saved." in admin.follow().page.words
    alerts = (clinic.alert_in_a_row, clinic.alert_misses, clinic.alert_days)
    assert (alerts, clinic.evening_from) == ((None, 3, 30), 1080)


def test_another_first_weekday_is_told_before_it_is_saved(admin):
    clinic = make.organization()
    session = make.session("2026-03-02")
    admin.get("/setup/organization")
    admin.submit("/setup/organization", week_starts="6", doors_minutes="20", status=200)
    words = admin.answer.page.words
    assert "Nothing is saved yet. Weeks will begin on Sunday: 1 session" in words
    assert (clinic.week_starts, clinic.doors_minutes, f"{session.week}") == (0, 15, "2026-03-02")
    admin.submit("/setup/organization")
    assert "The settings are saved." in admin.follow().page.words
    assert (clinic.week_starts, clinic.doors_minutes, f"{session.week}") == (6, 20, "2026-03-01")


def test_only_administrators_may(at, signed_in):
    at("2026-03-02 10:00")
    pages = signed_in("coordinator")
    pages.get("/setup/organization", status=403)
    pages.post("/setup/organization", {"name": "Mine"}, status=403)
