from datetime import date

import pytest

from clinic import clock
from clinic.db import db
from clinic.errors import NotFound
from clinic.programs import queries
from clinic.programs.models import Kind, Measure
from clinic.programs.queries import find_clinic
from tests import make


def test_before_anything_is_set_up_there_is_no_organization(app):
    assert queries.find_organization() is None
    with pytest.raises(NotFound):
        queries.get_organization()


def test_there_is_one_organization(app):
    riverside = make.organization(name="Riverside", week_starts=6)
    assert queries.find_organization() is queries.get_organization() is riverside


def test_all_that_is_set_up_comes_in_one_statement(app, queries):
    nothing = (None, [], {})
    assert find_clinic() == find_clinic(with_programs=False) == nothing
    with pytest.raises(NotFound):
        _ = find_clinic().settings
    organization = make.organization(week_starts=6)
    assert (find_clinic(), find_clinic().week_starts) == (nothing, 0)
    west, east = make.site(), make.site()
    assert find_clinic() == (organization, [west, east], {})
    followed = make.rule_set({Measure.GAP_DAYS_MAX: 2, Measure.UNIT_MINUTES_MIN: 180})
    day, evening = make.program(east, rule_set_id=followed.id), make.program(west)
    for kind in (Kind.INDIVIDUAL, Kind.FAMILY):
        make.mix_item(day, kind)
    ids = [day.id, evening.id]
    make.saved()
    db.expunge_all()
    with queries() as count:
        programs = find_clinic().programs
        whole = [programs[each] for each in ids]
        assert [each.site.key for each in whole] == [east.key, west.key]
        assert [[one.kind for one in each.mix] for each in whole] == [
            [Kind.FAMILY, Kind.INDIVIDUAL],
            [],
        ]
        assert whole[1].rule_set is None
        assert [one.value for one in whole[0].rule_set.rules] == [2, 180]
        assert count() == 1
    clinic = find_clinic()
    assert (clinic.settings.name, clinic.week_starts) == (organization.name, 6)
    assert [site.key for site in clinic.sites] == [west.key, east.key]
    assert find_clinic(with_programs=False)[1:] == (clinic.sites, {})


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


def test_for_something_new_only_what_is_in_use_is_offered(app):
    used, left = make.site(), make.site(is_active=False)
    room = make.room(used)
    make.room(used, is_active=False)
    program = make.program(used)
    make.program(used, is_active=False)
    rule_set = make.rule_set()
    make.rule_set(is_active=False)
    assert queries.sites(active_only=True) == [used]
    assert queries.rooms_of(used.id, active_only=True) == [room]
    assert queries.programs(active_only=True) == [program]
    assert queries.rule_sets(active_only=True) == [rule_set]
    assert queries.sites() == [used, left]
    assert len(queries.rooms_of(used.id)) == len(queries.programs()) == 2


def test_what_is_asked_for_by_its_number_is_there_or_not_found(app):
    room = make.room()
    program = make.program(rule_set=make.rule_set())
    item = make.mix_item(program)
    closure = make.closure("2026-05-25")
    assert queries.get_site(room.site_id) is room.site
    assert queries.get_room(room.id) is room
    assert queries.get_closure(closure.id) is closure
    db.expire(program)
    whole = queries.get_program_whole(program.id)
    assert (whole.mix, whole.rule_set.rules, whole.site) == ([item], [], room.site)
    for get in (
        queries.get_site,
        queries.get_room,
        queries.get_closure,
        queries.get_program_whole,
        queries.get_rule_set,
    ):
        for number in (None, 0):
            with pytest.raises(NotFound):
                get(number)


def test_provided_rule_sets_come_first_and_then_by_name(app):
    own = make.rule_set(name="A", is_provided=False)
    late, early = (make.rule_set(name=name, is_provided=True) for name in ("Z", "B"))
    assert queries.rule_sets() == [early, late, own]
    assert queries.get_rule_set(own.id) is own


def test_home_is_the_first_site_with_its_day_and_the_organizations_week(app):
    late = make.instant("2026-03-08 23:59", "America/Los_Angeles")
    assert queries.home(late)[:4] == (clock.zone("UTC"), date(2026, 3, 9), date(2026, 3, 9), 0)
    make.site(timezone="America/Los_Angeles")
    make.site(timezone="Asia/Tokyo")
    at = clock.zone("America/Los_Angeles")
    assert queries.home(late)[:4] == (at, date(2026, 3, 8), date(2026, 3, 2), 0)
    assert queries.home(make.instant("2026-03-09 00:00", at.key)).week == date(2026, 3, 9)
    make.organization(week_starts=6)
    assert queries.home(late).week == date(2026, 3, 8)


def test_home_can_be_another_site(app):
    make.organization(week_starts=6)
    east, west = make.site(), make.site(timezone="America/Los_Angeles")
    now = make.instant("2026-03-09 00:30")
    assert {site: each.today.day for site, _, each in queries.homes(now)} == {
        east.id: 9,
        west.id: 8,
    }
    assert queries.home(now, west.id).zone.key == "America/Los_Angeles"
    assert queries.home(now, 99) == queries.home(now) == queries.homes(now)[0].home
    assert queries.home(now).zone_words == "New York time where no other is given"


def test_a_site_knows_its_zone_and_its_day(app):
    site = make.site(timezone="Asia/Tokyo")
    late = make.instant("2026-03-08 23:59", "America/Los_Angeles")
    assert (site.zone, site.today(late)) == (clock.zone("Asia/Tokyo"), date(2026, 3, 9))


def test_programs_stand_with_the_rule_set_they_follow(app):
    ours, theirs = make.rule_set(), make.rule_set()
    make.program(name="PHP", rule_set=ours)
    make.program(name="IOP", rule_set=ours)
    make.program(name="Old", rule_set=theirs, is_active=False)
    make.program(name="Free")
    assert queries.programs_by_rule_set() == {ours.id: ["IOP", "PHP"]}


def test_closures_stand_with_their_site_by_first_day(app):
    site, other = make.site(), make.site()
    late = make.closure("2026-07-03", site_id=site.id)
    early = make.closure("2026-05-25", site_id=site.id)
    theirs = make.closure("2026-05-25", site_id=other.id)
    assert queries.closures(None) == [early, theirs, late]
    assert queries.closures(site.id) == [early, late]


def test_programs_in_use_are_named(app):
    site = make.site()
    make.program(site, name="PHP")
    make.program(site, name="IOP")
    make.program(site, name="Old", is_active=False)
    make.program(make.site(), name="Elsewhere")
    assert queries.programs_at(site.id) == ["IOP", "PHP"]


def test_a_clinic_in_one_zone_names_none(app):
    make.site()
    assert queries.home(make.instant("2026-03-02 12:00")).zone_words == ""
