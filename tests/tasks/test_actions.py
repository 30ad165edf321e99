import json
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from clinic.accounts.models import Staff
from clinic.db import db, transaction
from clinic.errors import NotFound, Refused
from clinic.schedule.models import Booking, Status
from clinic.tasks import actions, rules
from clinic.tasks.models import Task, TaskOutcome, TaskState, Why
from clinic.trail import SYSTEM, Actor, TrailEvent
from tests import make
from tests.race import race

NOW = make.instant("2026-03-06 12:00")  # a Friday
MISSED, CAME = Status.NO_SHOW, Status.PRESENT


@pytest.fixture
def policy(app):
    return make.organization(alert_in_a_row=2, alert_after_run=3)


def attended(enrollment, *statuses, first=2):
    """One session a day of March, with what became of each."""
    for number, status in enumerate(statuses):
        session = make.session(f"2026-03-{first + number:02}", program=enrollment.program)
        make.booking(session, enrollment, status)
    db.flush()


def tasks():
    rows = select(Task.why, Task.state, Task.figure, Task.due_on).order_by(Task.id)
    return [tuple(row) for row in db.execute(rows)]


def verbs():
    about = TrailEvent.subject_kind == "task"
    return list(db.scalars(select(TrailEvent.verb).where(about).order_by(TrailEvent.id)))


def settle(now=NOW):
    was_behind = actions.is_behind(now)
    actions.settle(now)
    assert not actions.is_behind(now)
    return was_behind


def test_misses_in_a_row_are_a_task_once_and_due_the_next_working_day(policy):
    enrollment = make.enrollment()
    attended(enrollment, CAME, MISSED, MISSED)
    make.booking(make.session("2026-03-09"), enrollment, Status.LATE_CANCEL)  # to come
    make.closure("2026-03-09")  # Monday
    assert settle()
    assert not settle()
    assert tasks() == [(Why.IN_A_ROW, TaskState.OPEN, 2, date(2026, 3, 10))]
    event = db.scalars(select(TrailEvent).where(TrailEvent.subject_kind == "task")).one()
    assert json.loads(event.facts)["participant"] == enrollment.participant_id
    assert event.chain == enrollment.program.site_id


def test_a_task_is_taken_back_when_they_come_and_the_first_miss_stays(policy):
    enrollment = make.enrollment()
    attended(enrollment, CAME, CAME, CAME, MISSED)
    settle()
    attended(enrollment, MISSED, first=6)
    settle(make.instant("2026-03-07 12:00"))
    assert [one[:2] for one in tasks()] == [
        (Why.FIRST_MISS, TaskState.WITHDRAWN),
        (Why.IN_A_ROW, TaskState.OPEN),
    ]
    attended(enrollment, CAME, first=7)
    settle(make.instant("2026-03-08 12:00"))
    assert [one[1] for one in tasks()] == [TaskState.WITHDRAWN] * 2
    assert verbs() == ["task.raised", "task.withdrawn", "task.raised", "task.withdrawn"] or (
        verbs() == ["task.raised", "task.raised", "task.withdrawn", "task.withdrawn"]
    )


def test_a_mark_that_is_corrected_and_made_again_takes_the_task_along(policy):
    enrollment = make.enrollment()
    attended(enrollment, MISSED, MISSED)
    settle()
    booking = db.scalars(select(Booking).order_by(Booking.id.desc())).first()
    booking.status = CAME
    db.flush()
    settle()
    assert tasks()[0][1] is TaskState.WITHDRAWN
    booking.status = MISSED
    db.flush()
    settle(NOW + timedelta(days=3))
    assert tasks() == [(Why.IN_A_ROW, TaskState.OPEN, 2, date(2026, 3, 10))]
    attended(enrollment, MISSED, first=9)
    settle(NOW + timedelta(days=3, hours=1))
    assert tasks() == [(Why.IN_A_ROW, TaskState.OPEN, 3, date(2026, 3, 10))]


def test_who_is_not_enrolled_any_more_has_no_tasks(policy):
    enrollment = make.enrollment()
    attended(enrollment, MISSED, MISSED)
    settle()
    enrollment.until_on = date(2026, 3, 5)
    db.flush()
    settle()
    assert tasks()[0][1] is TaskState.WITHDRAWN


def test_a_falling_share_is_a_task_and_told_of_once(policy):
    make.organization(alert_in_a_row=None, alert_after_run=None, alert_fall=40)
    enrollment = make.enrollment(from_on="2025-12-01")
    for days in range(1, 64):
        day = date(2026, 3, 2) - timedelta(days=days)
        status = MISSED if days <= 21 and days % 2 else CAME
        make.booking(make.session(day.isoformat()), enrollment, status)
    settle(make.instant("2026-03-02 12:00"))
    assert [one[:3] for one in tasks()] == [(Why.FALLING, TaskState.OPEN, 47)]
    settle(make.instant("2026-03-03 12:00"))
    assert len(tasks()) == 1


def test_without_a_policy_nothing_is_raised_and_what_was_is_taken_back(policy):
    attended(make.enrollment(), MISSED, MISSED)
    settle()
    make.organization(alert_in_a_row=None, alert_after_run=None)
    settle()
    assert [one[1] for one in tasks()] == [TaskState.WITHDRAWN]


def test_nothing_is_asked_for_before_anything_is_set_up(app):
    assert not actions.is_behind(NOW)


# What came of it


@pytest.fixture
def jo(policy):
    return make.enrollment(clinician=make.staff()).participant


def finish(task, *, scope=None, by=None):
    outcome = {"outcome": TaskOutcome.SPOKEN, "words": "by bus"}
    by = by or Actor("account", db.get_one(Staff, 1).account_id)
    actions.finish(task.id, **outcome, scope=scope, by=by, now=NOW)


def refusal(act, *values, **facts):
    with pytest.raises(Refused) as refused:
        act(*values, **facts)
    return refused.value.sentence


def test_a_task_is_done_once_and_opened_again_with_what_came_of_it(jo):
    task = make.task(jo)
    finish(task)
    assert (task.state, task.done_at, task.words) == (TaskState.DONE, NOW, "by bus")
    assert task.done_by_id == db.get_one(Staff, 1).account_id
    assert refusal(finish, task) == rules.DONE_ALREADY
    by = {"scope": None, "by": SYSTEM, "now": NOW}
    actions.reopen(task.id, **by)
    assert (task.state, task.done_at, task.outcome) == (TaskState.OPEN, None, TaskOutcome.SPOKEN)
    assert task.due_on == date(2026, 3, 9)
    assert refusal(actions.reopen, task.id, **by) == rules.NOT_DONE
    assert verbs() == ["task.done", "task.reopened"]


def test_what_was_taken_back_is_not_done(jo):
    assert refusal(finish, make.task(jo, state=TaskState.WITHDRAWN)) == rules.GONE


def test_only_who_cares_for_them_or_leads_them_may(jo):
    task, other = make.task(jo), make.staff()
    for act in (finish, lambda one, scope: actions.reopen(one.id, scope=scope, by=SYSTEM, now=NOW)):
        with pytest.raises(NotFound):
            act(task, scope=other.id)
    finish(task, scope=1, by=SYSTEM)
    assert task.done_by_id is None


def test_tasks_move_with_a_record_and_none_is_doubled(jo):
    other = make.enrollment().participant
    for person in (jo, other):
        make.task(person)
    make.task(other, Why.FIRST_MISS)
    actions.move(other.id, jo.id)
    rows = db.execute(select(Task.participant_id, Task.why).order_by(Task.id)).all()
    assert [tuple(row) for row in rows] == [(jo.id, Why.IN_A_ROW), (jo.id, Why.FIRST_MISS)]


def test_of_two_who_finish_a_task_at_once_one_does_and_the_other_is_told(app, jo):
    task_id, theirs = make.task(jo).id, Actor("account", db.get_one(Staff, 1).account_id)

    def done():
        with transaction():
            outcome = {"outcome": TaskOutcome.SPOKEN, "words": None}
            actions.finish(task_id, **outcome, scope=None, by=theirs, now=NOW)

    told = [answer for answer in race(app, done, done) if answer is not None]
    assert [refused.sentence for refused in told] == [rules.DONE_ALREADY]


def test_two_servers_raise_a_task_once(app, policy):
    attended(make.enrollment(), MISSED, MISSED)

    def settled():
        with transaction():
            actions.settle(NOW)

    assert race(app, settled, settled) == [None, None]
    assert len(tasks()) == 1
