from datetime import date

import pytest

from clinic.desk.queries import people
from clinic.desk.queries.people import ContactCard, Standing
from clinic.errors import NotFound
from clinic.participants.models import Scope
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


def test_whoever_was_merged_leads_to_the_record_that_stays(app):
    ana = make.staff()
    kept = make.enrollment(clinician=ana).participant
    gone = make.participant(merged_into_id=kept.id)
    assert people.get_in_scope(gone.id, None) == kept.id
    assert people.get_in_scope(gone.id, ana.id) == kept.id
    with pytest.raises(NotFound):
        people.get_in_scope(gone.id, make.staff().id)


TODAY = date(2026, 3, 4)


def test_a_contact_says_what_they_may_be_told_today(app):
    jo = make.participant()
    dana = make.contact(jo, phone="+12025550177", email="dana@example.org")
    lee = make.contact(jo, name="Lee Park", relation=None, is_for_emergencies=True)
    make.contact(jo, name="Sam Old", relation="friend", ended_at=NOON)
    make.consent(jo, dana, scope=[Scope.HOURS, Scope.ATTENDANCE])
    make.consent(jo, lee, revoked_on="2026-03-04")
    around = people.around(jo.id, day=TODAY)
    assert around.contacts == [
        ContactCard(
            id=lee.id,
            name="Lee Park",
            relation="",
            phone="",
            dial="",
            email="",
            is_for_emergencies=True,
            told="Nothing may be told: no consent in force.",
            may_be_told=False,
        ),
        ContactCard(
            id=dana.id,
            name="Dana Avery",
            relation="mother",
            phone="(202) 555-0177",
            dial="+12025550177",
            email="dana@example.org",
            is_for_emergencies=False,
            told="May be told today: attendance, weekly hours.",
            may_be_told=True,
        ),
    ]
    assert around.former == ["Sam Old · friend"]


def test_a_consent_says_for_whom_for_what_and_how_long(app):
    jo = make.participant()
    make.consent(jo, given_on="2026-01-05", scope=list(Scope))
    make.consent(jo, given_on="2026-01-06", expires_on="2026-03-20")
    make.consent(jo, given_on="2026-01-07", revoked_on="2026-02-01")
    assert [each[1:] for each in people.around(jo.id, day=TODAY).consents] == [
        (
            "County court",
            "coordination of care",
            "attendance",
            "given Jan 7, 2026, taken back Feb 1, 2026",
            "revoked",
            False,
        ),
        (
            "County court",
            "coordination of care",
            "attendance",
            "given Jan 6, 2026, until Mar 20, 2026",
            "expires soon",
            True,
        ),
        (
            "County court",
            "coordination of care",
            "enrollment, schedule, attendance, weekly hours",
            "given Jan 5, 2026",
            "in force",
            True,
        ),
    ]
