import pytest

from clinic.desk.queries import people
from clinic.desk.queries.people import Standing
from clinic.errors import NotFound
from clinic.permissions import Role
from tests import make

NOON = make.instant("2026-03-04 12:00")


def standing_of(person):
    return people.standings([person.id], now=NOON).get(person.id)


def test_the_running_enrollment_counts_before_a_later_one_to_come(app):
    jordan, ana = make.participant(), make.staff(name="Ana Rivera")
    make.enrollment(jordan, make.program(name="Evening IOP"), clinician=ana)
    make.enrollment(jordan, make.program(name="Aftercare"), from_on="2026-06-01")
    assert standing_of(jordan) == Standing("Evening IOP", "active", "Ana Rivera", "needs_make_up")


def test_two_that_run_at_once_are_both_named(app):
    jordan = make.participant()
    make.enrollment(jordan, make.program(name="Evening IOP"))
    make.enrollment(jordan, make.program(name="Family program"), from_on="2026-02-02")
    assert standing_of(jordan).programs == "Family program, Evening IOP"


def test_of_those_that_have_ended_the_latest_counts(app):
    jordan = make.participant()
    evening, aftercare = make.program(name="Evening IOP"), make.program(name="Aftercare")
    make.enrollment(jordan, evening, until_on="2026-01-31")
    make.enrollment(jordan, aftercare, from_on="2026-02-01", until_on="2026-02-28")
    assert standing_of(jordan) == Standing("Aftercare", "completed", "", "")


def test_nobody_enrolled_stands_anywhere(app):
    make.site()
    assert standing_of(make.participant()) is None


def test_whoever_is_out_of_scope_is_not_found(app):
    ana = make.staff()
    hers = make.enrollment(clinician=ana).participant
    other = make.enrollment().participant
    assert people.get_in_scope(hers.id, ana.id) == hers.id
    assert people.get_in_scope(other.id, None) == other.id
    for unknown in (other.id, 99):
        with pytest.raises(NotFound):
            people.get_in_scope(unknown, ana.id)


def test_clinicians_are_those_who_are_and_still_work_here(app):
    kim = make.staff(name="Kim Tran")
    ana = make.staff(name="Ana Rivera", roles=[Role.ADMIN, Role.CLINICIAN])
    make.staff(name="Sam Whitfield", roles=[Role.ADMIN])
    make.staff(name="Gone Away", is_active=False)
    assert people.clinicians() == [ana, kim]
