from datetime import date

import pytest

from clinic.db import db
from clinic.errors import NotFound
from clinic.programs.queries import find_organization
from clinic.schedule.models import Status
from clinic.tasks import queries as tasks
from clinic.tasks.models import TaskState
from tests import make

NOW = make.instant("2026-03-03 12:00")


def test_a_task_is_whose_caseload_they_are_on_now_and_the_coordinators_else(app):
    ana, gone = make.staff(name="Ana Rivera"), make.staff(is_active=False)
    for clinician in (ana, gone, None):
        make.task(make.enrollment(clinician=clinician).participant)
    moved = make.enrollment(clinician=gone, from_on="2026-01-05", until_on="2026-02-01")
    make.enrollment(moved.participant, clinician=ana, from_on="2026-02-02")
    make.task(moved.participant)
    rows = tasks.listed(TaskState.OPEN, scope=None)
    assert [row.owner for row in sorted(rows)] == ["Ana Rivera", None, None, "Ana Rivera"]


def test_tasks_are_of_a_site_and_of_ones_own_people(app):
    here, there = make.program(make.site()), make.program(make.site())
    ana, ben = make.staff(), make.staff()
    for program, clinician in ((here, ana), (there, ben)):
        make.task(make.enrollment(program=program, clinician=clinician).participant)

    def ids(**limits):
        return [row.id for row in tasks.listed(TaskState.OPEN, **limits)]

    assert ids(scope=None, site_id=there.site_id) == [2]
    assert ids(scope=ana.id) == [1]
    assert tasks.listed(TaskState.DONE, scope=None) == []
    assert tasks.get_row(1, scope=ana.id).id == 1
    with pytest.raises(NotFound):
        tasks.get_row(2, scope=ana.id)
    with pytest.raises(NotFound):
        tasks.hold(99)


def test_whom_to_look_at_takes_the_same_statements_for_many_as_for_few(app, queries):
    policy, sent = make.organization(alert_in_a_row=1), []
    for _ in range(2):
        for _ in range(3):
            enrollment = make.enrollment()
            make.booking(make.session("2026-03-02"), enrollment, Status.NO_SHOW)
        make.saved()
        find_organization()
        with queries() as count:
            tasks.plans(policy, now=NOW)
        sent.append(count())
    assert sent[0] == sent[1]


def test_open_tasks_about_somebody_stand_by_when_they_are_due(app):
    jo = make.enrollment().participant
    make.task(jo, state=TaskState.DONE)
    make.task(jo, since=NOW)
    assert [row.id for row in tasks.tasks_of(jo.id)] == [2]


def test_tasks_are_due_of_ones_own_caseload_or_of_all(app):
    ana = make.staff()
    own, other = make.enrollment(clinician=ana), make.enrollment()
    make.task(own.participant)  # due on Tuesday
    make.task(other.participant, due_on=date(2026, 3, 4))
    make.task(other.participant, since=NOW, due_on=date(2026, 3, 5))
    make.task(own.participant, since=NOW, state=TaskState.DONE)

    def due(scope, site_id=None):
        limits = {"site_id": site_id, "scope": scope}
        return sorted(db.scalars(tasks.due_until(date(2026, 3, 4), **limits)))

    assert due(None) == due(None, own.program.site_id) == [1, 2]
    assert due(ana.id) == [1]
    assert due(None, make.site().id) == []
