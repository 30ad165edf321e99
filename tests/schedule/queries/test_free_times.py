from datetime import date

from clinic.schedule.queries.free_times import free_rooms
from tests import make

MONDAY = date(2026, 3, 2)


def test_the_smallest_room_that_fits_comes_first(app):
    site = make.site()
    hall, office = make.room(site, seats=30), make.room(site, seats=3)
    make.room(site, seats=2)
    make.room(make.site(), seats=9)
    make.room(site, seats=4, is_active=False)
    make.program(site)
    session = make.session("2026-03-02", room=office)
    assert free_rooms(site.id, MONDAY, MONDAY, seats=3) == [
        (office.id, [(session.starts_at, session.ends_at)]),
        (hall.id, []),
    ]
    assert free_rooms(site.id, MONDAY, MONDAY, seats=None) == [(None, [])]
