from datetime import date

import pytest
from sqlalchemy import select

from clinic.db import db
from clinic.enrollment.models import Enrollment
from clinic.errors import NotFound
from clinic.schedule.queries.people import (
    caseload_of,
    get_enrollment_in_scope,
    get_in_scope,
    get_whose,
    in_scope,
    people_to_plan,
    still_cared_for,
)
from tests import make


def test_in_scope_are_caseload_and_those_in_ones_own_sessions(app):
    ana = make.staff()
    mine = make.enrollment(clinician=ana)
    in_my_group, elsewhere = make.enrollment(), make.enrollment()
    make.booking(make.session(leaders=[make.staff(), ana]), in_my_group)
    make.booking(make.session(), elsewhere)
    found = db.scalars(select(Enrollment).where(in_scope(ana.id))).all()
    assert {each.id for each in found} == {mine.id, in_my_group.id}


def test_whoever_is_out_of_scope_is_not_found(app):
    ana = make.staff()
    hers = make.enrollment(clinician=ana).participant
    other = make.enrollment().participant
    assert get_in_scope(hers.id, ana.id) == hers.id
    assert get_in_scope(other.id, None) == other.id
    for unknown in (other.id, 99):
        with pytest.raises(NotFound):
            get_in_scope(unknown, ana.id)


def test_whoever_was_merged_leads_to_the_record_that_stays(app):
    ana = make.staff()
    kept = make.enrollment(clinician=ana).participant
    gone = make.participant(merged_into_id=kept.id)
    assert get_in_scope(gone.id, None) == kept.id
    assert get_in_scope(gone.id, ana.id) == kept.id
    with pytest.raises(NotFound):
        get_in_scope(gone.id, make.staff().id)


def test_whoever_may_know_of_somebody_may_know_of_all_their_enrollments(app):
    ana, ben = make.staff(), make.staff()
    now = make.enrollment(clinician=ana)
    before = make.enrollment(now.participant, from_on="2025-01-06", until_on="2025-03-02")
    for each in (now, before):
        assert get_enrollment_in_scope(each.id, ana.id) is each
        assert get_whose(each.id, ana.id).participant_id == now.participant_id
    for get in (get_enrollment_in_scope, get_whose):
        for wrong in ((now.id, ben.id), (99, None)):
            with pytest.raises(NotFound):
                get(*wrong)


def test_people_come_in_the_order_they_were_named_and_within_scope(app):
    ana = make.staff()
    mine, other = make.enrollment(clinician=ana), make.enrollment()
    ids = [other.id, mine.id, 99]
    everyone = people_to_plan(ids, scope=None)
    assert [row.id for row in everyone] == [other.id, mine.id]
    assert [row.id for row in people_to_plan(ids, scope=ana.id)] == [mine.id]


def test_a_caseload_is_of_a_day_and_within_scope(app):
    ana, kim = make.staff(name="Ana"), make.staff(name="Kim")

    def enrolled(name, **facts):
        person = make.participant(name=name)
        return make.enrollment(person, clinician=ana, from_on="2026-03-02", **facts)

    zoe, ben = enrolled("Zoe Hart"), enrolled("Ben Ortiz")
    enrolled("Gone Already", until_on="2026-03-08")
    make.enrollment(from_on="2026-03-02", clinician=kim)
    day = date(2026, 3, 9)
    names = [row.name for row in caseload_of(ana.id, day=day, scope=None)]
    assert names == ["Ben Ortiz", "Zoe Hart"]
    assert [row.id for row in caseload_of(ana.id, day=day, scope=ana.id)] == [ben.id, zoe.id]
    assert caseload_of(ana.id, day=day, scope=kim.id) == []
    assert caseload_of(ana.id, day=date(2026, 3, 1), scope=None) == []


def test_still_cared_for_is_who_has_not_left_and_who_is_to_come(app):
    ana = make.staff()
    ends = (("Zoe", "2026-03-04"), ("Over", "2026-03-03"), ("Álvaro", None))
    for name, until_on in ends:
        make.enrollment(make.participant(name=name), clinician=ana, until_on=until_on)
    make.enrollment(make.participant(name="Bea"), clinician=ana, from_on="2026-04-01")
    make.enrollment(clinician=make.staff())
    found = still_cared_for(ana.id, today=date(2026, 3, 4))
    assert [row.name for row in found] == ["Álvaro", "Bea", "Zoe"]
