from datetime import date

import pytest

from clinic.errors import NotFound
from clinic.programs import queries
from tests import make


def test_before_anything_is_set_up_there_is_no_organization(app):
    assert queries.find_organization() is None
    with pytest.raises(NotFound):
        queries.get_organization()


def test_there_is_one_organization(app):
    riverside = make.organization(name="Riverside", week_starts=6)
    assert queries.find_organization() is queries.get_organization() is riverside


def test_sites_come_in_the_order_in_which_they_were_set_up(app):
    west, east = make.site(key="west"), make.site(key="east")
    assert queries.sites() == [west, east]
    assert queries.find_site("east") is east
    assert queries.find_site("north") is None


def test_rooms_are_those_of_the_site(app):
    west, east = make.site(), make.site()
    one, two = make.room(west, key="room-1"), make.room(west, key="room-0")
    make.room(east, key="room-1")
    assert queries.rooms_of(west.id) == [one, two]


def test_programs_come_by_name_with_their_site(app):
    evening, day = make.program(name="Evening"), make.program(name="Day")
    assert queries.programs() == [day, evening]
    assert queries.find_program(evening.key) is evening
    assert queries.get_program(evening.id) is evening
    assert evening.site.timezone == make.ZONE
    assert queries.find_program("night") is None
    for program_id in (None, 0):
        with pytest.raises(NotFound):
            queries.get_program(program_id)


def test_closures_are_those_of_the_site_by_first_day(app):
    site, other = make.site(), make.site()
    late = make.closure("2026-07-03", "2026-07-04", site_id=site.id)
    early = make.closure("2026-05-25", site_id=site.id)
    make.closure("2026-05-25", site_id=other.id)
    assert queries.closures_of(site.id) == [early, late]
    assert queries.find_closure(site.id, date(2026, 7, 3), date(2026, 7, 4)) is late
    assert queries.find_closure(site.id, date(2026, 7, 3), date(2026, 7, 5)) is None
