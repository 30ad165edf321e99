import pytest

from clinic.programs.queries import rooms_of, sites
from tests import make


@pytest.fixture
def admin(at, signed_in):
    at("2026-03-02 10:00")
    return signed_in("admin")


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


def test_sites_are_listed_with_their_rooms(admin, queries):
    site = make.site(name="North")
    make.room(site, name="Room 1")
    make.room(site, name="Store", is_active=False)
    make.site(name="Old", is_active=False)
    rows = [row.text for row in admin.get("/setup/sites").page.all("tr")[1:]]
    assert rows == [
        "North Room 1 America/New_York Yes",
        "Old No room yet America/New_York No longer",
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
    admin.submit(path, name="North", timezone="America/Chicago", status=200)
    words = admin.answer.page.words
    assert "Nothing is saved yet. 1 coming session at North moves" in words
    assert (site.timezone, session.starts_at) == (make.ZONE, before)
    admin.submit(path)
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
    assert "North is offered for nothing new." in admin.follow().page.words
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


def test_a_room_is_taken_out_of_use_and_used_again(admin):
    room = make.room(name="Room 1")
    path = f"/setup/rooms/{room.id}"
    admin.get(f"/setup/sites/{room.site_id}")
    admin.submit(f"{path}/deactivate")
    assert not room.is_active
    admin.follow()
    admin.submit(f"{path}/reactivate")
    assert room.is_active
    series = make.series(room=room, title="Process group")
    admin.follow()
    admin.submit(f"{path}/deactivate", status=422)
    assert f"Room 1 is still needed by {series.title}" in admin.answer.page.words


@pytest.mark.parametrize("path", ["/setup/sites/9", "/setup/rooms/9"])
def test_what_is_not_there_is_not_found(admin, path):
    admin.post(path, {"name": "X", "seats": "1"}, status=404)
    admin.post(f"{path}/deactivate", status=404)


def test_only_administrators_may(at, signed_in):
    at("2026-03-02 10:00")
    room = make.room()
    pages = signed_in("coordinator")
    for path in ("/setup/sites", "/setup/sites/new", f"/setup/sites/{room.site_id}"):
        pages.get(path, status=403)
    for path in (f"/setup/sites/{room.site_id}/rooms", f"/setup/rooms/{room.id}/deactivate"):
        pages.post(path, status=403)
