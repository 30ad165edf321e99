from clinic.permissions import Role
from clinic.setup.queries import overview
from tests import make


def test_an_empty_clinic_has_nothing(app):
    assert overview.overview() == (*[0] * 11, None, None)


def test_what_is_in_use_is_counted(app, queries):
    site = make.site()
    make.site(is_active=False)
    room = make.room(site)
    make.room(site, is_active=False)
    make.staff(roles=[Role.CLINICIAN, Role.COORDINATOR])
    make.staff(roles=[Role.ADMIN])
    make.staff(roles=[Role.CLINICIAN], is_active=False)
    program = make.program(site, rule_set=make.rule_set())
    make.program(site, is_active=False)
    make.rule_set(is_active=False)
    make.closure("2026-05-25")
    series = make.series(program, room=room)
    newcomer = make.participant()
    enrollment = make.enrollment(program=program)
    make.roster_entry(series, enrollment)
    with queries() as count:
        found = overview.overview()
    assert count() == 1
    assert found._asdict() == {
        "organizations": 1,
        "sites": 1,
        "rooms": 1,
        "staff": 2,
        "clinicians": 1,
        "programs": 1,
        "rule_sets": 1,
        "closures": 1,
        "series": 1,
        "participants": 2,
        "places": 1,
        "newcomer": newcomer.id,
        "enrolled": enrollment.participant_id,
    }


def test_rooms_in_use_stand_with_their_site(app):
    site, other = make.site(), make.site()
    make.room(site, name="Room 1")
    make.room(site, name="Room 2")
    make.room(site, name="Store", is_active=False)
    make.room(other, name="Hall")
    assert overview.rooms_by_site() == {site.id: ["Room 1", "Room 2"], other.id: ["Hall"]}


def test_programs_stand_with_the_rule_set_they_follow(app):
    ours, theirs = make.rule_set(), make.rule_set()
    make.program(name="PHP", rule_set=ours)
    make.program(name="IOP", rule_set=ours)
    make.program(name="Old", rule_set=theirs, is_active=False)
    make.program(name="Free")
    assert overview.programs_by_rule_set() == {ours.id: ["IOP", "PHP"]}


def test_closures_stand_with_their_site_by_first_day(app):
    site, other = make.site(), make.site()
    late = make.closure("2026-07-03", site_id=site.id)
    early = make.closure("2026-05-25", site_id=site.id)
    theirs = make.closure("2026-05-25", site_id=other.id)
    assert overview.closures_by_site() == {site.id: [early, late], other.id: [theirs]}


def test_those_who_may_set_up_are_named(app):
    make.staff(roles=[Role.ADMIN], name="Zoe Zane")
    make.staff(roles=[Role.ADMIN], name="Rae Root")
    make.staff(roles=[Role.ADMIN], name="Gone", is_active=False)
    make.staff(roles=[Role.COORDINATOR], name="Cam")
    assert overview.administrators() == ["Rae Root", "Zoe Zane"]
