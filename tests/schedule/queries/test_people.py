from datetime import date

from sqlalchemy import select

from clinic.db import db
from clinic.enrollment.models import Enrollment
from clinic.schedule.queries.people import caseload_of, in_scope, people_to_plan, still_cared_for
from tests import make


def test_in_scope_are_caseload_and_those_in_ones_own_sessions(app):
    ana = make.staff()
    mine = make.enrollment(clinician=ana)
    in_my_group, elsewhere = make.enrollment(), make.enrollment()
    make.booking(make.session(leaders=[make.staff(), ana]), in_my_group)
    make.booking(make.session(), elsewhere)
    found = db.scalars(select(Enrollment).where(in_scope(ana.id))).all()
    assert {each.id for each in found} == {mine.id, in_my_group.id}


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
