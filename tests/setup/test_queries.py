from clinic.permissions import Role
from clinic.setup import queries as setup
from tests import make


def test_an_empty_clinic_has_nothing(app):
    assert setup.overview() == (*[0] * 11, None, None)


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
        found = setup.overview()
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
    assert setup.rooms_by_site() == {site.id: ["Room 1", "Room 2"], other.id: ["Hall"]}
