import pytest

from clinic.permissions import Role
from clinic.programs.queries import find_organization, rooms_of, rule_sets, sites
from tests import make

FORBIDDEN = [role for role in Role if role not in (Role.ADMIN, Role.PARTICIPANT)]


@pytest.fixture(autouse=True)
def now(at):
    return at("2026-03-02 10:00")


def steps(page):
    """Heading and what the step offers."""
    return {
        item.all("h2")[0].text.partition(" (")[0]: item.all("p")[-1].text
        for item in page.all("li", class_="guide-step")
    }


@pytest.mark.parametrize("role", FORBIDDEN)
def test_only_administrators_set_up(role, signed_in):
    signed_in(role.value).get("/setup", status=403)


def test_on_an_empty_clinic_the_first_day_begins_with_its_name(signed_in):
    page = signed_in("admin").get("/setup").page
    assert page.heading == "Your first day"
    assert "0 of 7 steps are done." in page.words
    assert steps(page) == {
        "Name the clinic": "Name it",
        "Set up a site with a room": "Later",
        "Add a clinician": "Add staff",
        "Offer a program": "Later",
        "Plan a group": "Later",
        "Add a participant": "Add a participant",
        "Enroll them and add them to the group": "Later",
    }
    assert page.all("li", class_="setup-card") == []


def link(page, title):
    for item in page.all("li", class_="guide-step"):
        if item.all("h2")[0].text.startswith(title):
            return item.all("a")[0].get("href")
    raise AssertionError(title)


def test_each_step_leads_to_its_page(signed_in):
    pages = signed_in("admin")
    room = make.room()
    page = pages.get("/setup").page
    assert link(page, "Add a clinician") == "/staff/new"
    assert link(page, "Offer a program") == "/setup/programs/new"
    make.staff(roles=[Role.CLINICIAN])
    series = make.series(make.program(room.site))
    person = make.participant()
    page = pages.get("/setup").page
    assert "6 of 7 steps are done." in page.words
    assert link(page, "Enroll") == f"/participants/{person.id}/enroll"
    enrollment = make.enrollment(person)
    assert link(pages.get("/setup").page, "Enroll") == f"/participants/{person.id}"
    make.roster_entry(series, enrollment)
    assert pages.get("/setup").page.heading == "Setup"


def test_a_site_without_a_room_is_half_a_step(signed_in):
    pages = signed_in("admin")
    make.organization()
    assert link(pages.get("/setup").page, "Set up a site") == "/setup/sites/new"
    make.site()
    page = pages.get("/setup").page
    assert steps(page)["Set up a site with a room"] == "Set up a site"
    assert link(page, "Set up a site") == "/setup/sites"


def test_what_is_set_up_stands_on_cards_with_its_number(signed_in):
    pages = signed_in("admin")
    make.series(room=make.room())
    cards = [card.text for card in pages.get("/setup").page.all("li", class_="setup-card")]
    assert cards == [
        "Organization Name, week, parts of the day, attendance policy",
        "Sites and rooms 1 site, 1 room",
        "Programs 1 program",
        "Rule sets 0 rule sets",
        "Closures 0 closures",
        "Staff 1 person",
        "Groups 1 group",
        "Kiosks Tablets at the door, on which people check in",
    ]


def test_an_empty_clinic_is_set_up_by_page(signed_in):
    pages = signed_in("admin")
    assert pages.get("/today", status=302).location == "/setup"
    pages.get("/setup/organization")
    pages.submit("/setup/organization", name="Riverside")
    assert pages.follow().page.heading == "Your first day"
    pages.get("/setup/sites/new")
    pages.submit(
        "/setup/sites/new", name="Main Street", timezone=make.ZONE, room="Room 1", seats="14"
    )
    pages.get("/setup/programs/new")
    pages.submit("/setup/programs/new", name="Evening IOP", min_hours="9", max_hours="12")
    pages.get("/setup")
    assert find_organization().name == "Riverside"
    assert "3 of 7 steps are done." in pages.answer.page.words
    for path in ("/today", "/hours", "/participants", "/setup/closures", "/setup/rule-sets"):
        pages.get(path)


def test_the_guide_takes_few_statements(signed_in, queries):
    pages = signed_in("admin")
    make.series(room=make.room())
    pages.get("/setup")
    with queries() as count:
        pages.get("/setup")
    assert count() <= 5


def test_the_account_menu_leads_to_what_one_may_set_up(signed_in):
    make.site()
    assert signed_in("admin").get("/today").page.all("a", href="/setup") != []
    coordinator = signed_in("coordinator").get("/today").page
    assert coordinator.all("a", href="/setup") == []
    assert coordinator.all("a", href="/setup/closures") != []
    assert signed_in("front_desk").get("/today").page.all("a", href="/setup/closures") == []


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
    assert len(rule_sets()) == 14


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
    typed = {"week_starts": "6", "doors_minutes": "20"}
    page = admin.submit("/setup/organization", **typed, status=200).page
    assert page.links["Cancel"] == "/setup"
    words = admin.answer.page.words
    assert "Nothing is saved yet. Weeks will begin on Sunday: 1 session" in words
    assert (clinic.week_starts, clinic.doors_minutes, f"{session.week}") == (0, 15, "2026-03-02")
    admin.submit("/setup/organization", step="save")
    assert "The settings are saved." in admin.follow().page.words
    assert (clinic.week_starts, clinic.doors_minutes, f"{session.week}") == (6, 20, "2026-03-01")


def test_only_administrators_may(at, signed_in):
    at("2026-03-02 10:00")
    pages = signed_in("coordinator")
    pages.get("/setup/organization", status=403)
    pages.post("/setup/organization", {"name": "Mine"}, status=403)


def test_before_the_clinic_has_a_name_there_is_no_site(admin):
    assert admin.get("/setup/sites").page.heading == "Sites and rooms"
    assert admin.get("/setup/sites/new", status=302).location == "/setup/organization"
    assert "Give the clinic its name first" in admin.follow().page.words


def test_a_site_is_added_with_its_first_room(admin):
    make.organization()
    admin.get("/setup/sites/new")
    admin.submit("/setup/sites/new", name="North", timezone="", room="Room 1", status=422)
    assert "Choose the time zone." in admin.answer.page.words
    admin.submit("/setup/sites/new", timezone="America/Chicago", seats="12")
    (site,) = sites()
    assert (site.name, site.timezone) == ("North", "America/Chicago")
    assert [(room.name, room.seats) for room in rooms_of(site.id)] == [("Room 1", 12)]
    assert admin.follow().page.heading == "Your first day"
    admin.get("/setup/sites/new")
    again = {"name": "north", "timezone": make.ZONE}
    admin.submit("/setup/sites/new", status=422, **again)
    assert "There is a site of this name already." in admin.answer.page.words
    admin.submit("/setup/sites/new", name="South")
    assert len(sites()) == 2
    assert admin.follow().page.heading == "South"


def test_where_a_site_is_can_be_typed_and_taken_away(admin):
    make.organization()
    where = {"address": " 12  Oak Street ", "phone": "614-555-0100"}
    admin.get("/setup/sites/new")
    typed = {"name": "North", "timezone": make.ZONE, **where, "way_in": "Ring.\r\n\r\n Twice. "}
    admin.submit("/setup/sites/new", **typed | {"phone": "call us"}, status=422)
    assert "This is no phone number." in admin.answer.page.words
    admin.submit("/setup/sites/new", **typed)
    (site,) = sites()
    kept = (site.address, site.phone, site.way_in)
    assert kept == ("12 Oak Street", "+16145550100", "Ring.\nTwice.")
    path = f"/setup/sites/{site.id}"
    page = admin.get(path).page
    assert page.value("address") == "12 Oak Street"
    assert admin.get(path).page.value("phone") == "(614) 555-0100"  # as every page says it
    admin.submit(path, phone="", way_in="")
    assert (site.address, site.phone, site.way_in) == ("12 Oak Street", None, None)


def test_sites_are_listed_with_their_rooms(admin, queries):
    site = make.site(name="North")
    make.room(site, name="Room 1")
    make.room(site, name="Store", is_active=False)
    make.site(name="Old", is_active=False)
    rows = [row.text for row in admin.get("/setup/sites").page.all("tr")[1:]]
    assert rows == [
        "North Room 1 America/New_York In use",
        "Old No rooms yet America/New_York Retired",
    ]
    with queries() as few:
        admin.get("/setup/sites")
    for _ in range(5):
        make.room(make.site())
    with queries() as many:
        admin.get("/setup/sites")
    assert few() == many() <= 12


def test_another_time_zone_is_told_before_it_is_saved(admin):
    session = make.session("2026-03-09")
    site = session.site
    before = session.starts_at
    path = f"/setup/sites/{site.id}"
    admin.get(path)
    page = admin.submit(path, name="North", timezone="America/Chicago", status=200).page
    assert page.links["Cancel"] == "/setup/sites"
    words = admin.answer.page.words
    assert "Nothing is saved yet. 1 coming session at North moves" in words
    assert (site.timezone, session.starts_at) == (make.ZONE, before)
    admin.submit(path, step="save")
    assert "The site is saved." in admin.follow().page.words
    assert (site.name, site.timezone) == ("North", "America/Chicago")
    assert session.starts_at == make.instant("2026-03-09 10:00", "America/Chicago")


def test_a_site_is_not_renamed_to_another_ones_name(admin):
    site = make.site(name="North")
    make.site(name="South")
    admin.get(f"/setup/sites/{site.id}")
    admin.submit(f"/setup/sites/{site.id}", name="South", status=422)
    assert "There is a site of this name already." in admin.answer.page.words
    assert site.name == "North"


def test_a_site_is_taken_out_of_use_and_used_again(admin):
    make.site()
    site = make.site(name="North")
    session = make.session("2026-03-09", title="Intake", program=make.program(site))
    session.program.is_active = False
    path = f"/setup/sites/{site.id}"
    admin.get(path)
    admin.submit(f"{path}/deactivate", status=422)
    assert "North is still needed by Intake" in admin.answer.page.words
    assert site.is_active
    session.is_cancelled = True
    admin.submit(f"{path}/deactivate")
    assert not site.is_active
    assert "North is retired." in admin.follow().page.words
    admin.submit(f"{path}/reactivate")
    assert site.is_active


def test_a_room_is_added(admin):
    site = make.site()
    path = f"/setup/sites/{site.id}"
    admin.get(path)
    admin.submit(f"{path}/rooms", name="Room 1", seats="none", status=422)
    assert "This is not a whole number." in admin.answer.page.words
    admin.submit(f"{path}/rooms", seats="8")
    assert [(room.name, room.seats) for room in rooms_of(site.id)] == [("Room 1", 8)]
    admin.get(path)
    admin.submit(f"{path}/rooms", name="Room 1", seats="9", status=422)
    assert "There is a room of this name already." in admin.answer.page.words
    assert len(rooms_of(site.id)) == 1


def test_a_room_changes_and_not_below_what_it_holds(admin):
    room = make.room(name="Room 1", seats=14)
    other = make.room(name="Room 2")
    make.series(room=room, seats=12, title="Process group")
    path = f"/setup/rooms/{room.id}"
    admin.get(f"/setup/sites/{room.site_id}")
    admin.submit(path, name="Blue room", seats="12")
    assert (room.name, room.seats) == ("Blue room", 12)
    admin.follow()
    admin.submit(path, seats="11", status=422)
    assert "Process group meets there with 12 seats." in admin.answer.page.words
    admin.submit(path, seats="12", name=other.name, status=422)
    assert "There is a room of this name already." in admin.answer.page.words
    admin.submit(path, name="", status=422)
    assert "Enter a name." in admin.answer.page.words
    assert (room.name, room.seats) == ("Blue room", 12)


def test_a_room_is_retired_undone_and_used_again(admin):
    room = make.room(name="Room 1")
    path = f"/setup/rooms/{room.id}"
    admin.get(f"/setup/sites/{room.site_id}")
    admin.post(f"{path}/deactivate")
    assert not room.is_active
    page = admin.follow().page
    assert "Room 1 is retired." in page.words
    assert page.all("form", action=f"{path}/reactivate", data_swap="rooms") != []  # to undo it
    assert "1 retired room Room 1 14 seats Use again Room 1" in page.words
    admin.post(f"{path}/reactivate")
    assert room.is_active
    series = make.series(room=room, title="Process group")
    admin.follow()
    page = admin.post(f"{path}/deactivate", status=422).page
    (line,) = page.all("form", id=f"room-{room.id}")
    assert f"Room 1 is still needed by {series.title}" in line.text
    assert room.is_active


def test_a_room_is_not_retired_by_who_has_not_seen_what_it_is_now(admin):
    room = make.room(name="Room 1")
    admin.get(f"/setup/sites/{room.site_id}")
    seen = (
        admin.answer.page.form(f"/setup/rooms/{room.id}").all("input", name="seen")[0].get("value")
    )
    room.name = "Blue room"
    page = admin.post(f"/setup/rooms/{room.id}/deactivate", {"seen": seen}, status=422).page
    assert "Somebody has changed this since you opened it." in page.words
    assert room.is_active


@pytest.mark.parametrize("path", ["/setup/sites/9", "/setup/rooms/9"])
def test_what_is_not_there_is_not_found(admin, path):
    admin.post(path, {"name": "X", "seats": "1"}, status=404)
    admin.post(f"{path}/deactivate", status=404)


def test_only_administrators_change_sites_and_rooms(at, signed_in):
    at("2026-03-02 10:00")
    room = make.room()
    pages = signed_in("coordinator")
    for path in ("/setup/sites", "/setup/sites/new", f"/setup/sites/{room.site_id}"):
        pages.get(path, status=403)
    for path in (f"/setup/sites/{room.site_id}/rooms", f"/setup/rooms/{room.id}/deactivate"):
        pages.post(path, status=403)
