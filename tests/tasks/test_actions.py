import json
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from clinic.accounts.models import Account, Staff
from clinic.db import db, transaction
from clinic.enrollment.models import Enrollment
from clinic.errors import NotFound, Refused
from clinic.outbox import OutboxMessage
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


# Given by hand


@pytest.fixture
def ana(jo):
    return db.get_one(Staff, 1)


def give(participant, owner, *, by=None, now=NOW, **facts):
    """By somebody else, unless told otherwise."""
    words = {"what": "Ask about the ride", "due_on": date(2026, 3, 9), "scope": None} | facts
    by = by or Actor("account", make.staff().account_id)
    actions.give(participant.id, owner_id=owner.id, **words, by=by, now=now)


def test_a_task_is_given_and_stays_whatever_misses_say(jo, ana):
    coordinator = make.staff(roles=["coordinator"])
    give(jo, coordinator)
    task = db.scalars(select(Task)).one()
    assert (task.why, task.what, task.state) == (Why.GIVEN, "Ask about the ride", TaskState.OPEN)
    assert rules.why_words(task) == "Ask about the ride"
    settle(NOW + timedelta(days=30))
    assert verbs() == ["task.given"]
    event = db.scalars(select(TrailEvent).where(TrailEvent.verb == "task.given")).one()
    assert json.loads(event.facts)["owner"] == coordinator.id
    assert "ride" not in event.facts
    finish(task)
    assert task.state is TaskState.DONE


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"due_on": date(2026, 3, 5)}, rules.LATE),
        ({"due_on": date(2027, 3, 9)}, rules.FAR),
        ({}, rules.GIVEN_ALREADY),
    ],
)
def test_a_task_is_given_once_and_for_a_day_that_can_be(jo, ana, facts, sentence):
    give(jo, ana)
    assert refusal(give, jo, ana, **facts) == sentence


def test_a_task_is_given_by_and_to_those_who_may_see_the_record(jo, ana):
    stranger, leader = make.staff(), make.staff()
    make.booking(make.session("2026-03-05", leaders=[leader]), jo_in(jo))
    assert refusal(give, jo, stranger) == rules.NOT_FOR_THEM
    for role in ("front_desk", "billing", "auditor"):  # see everybody, and have no tasks
        assert refusal(give, jo, make.staff(roles=[role])) == rules.NOT_FOR_THEM
    assert refusal(give, jo, make.staff(roles=["admin"], is_active=False)) == rules.NOT_FOR_THEM
    give(jo, leader, scope=ana.id)
    for limits in ({"scope": stranger.id}, {}):
        with pytest.raises(NotFound):
            give(make.participant() if not limits else jo, ana, **limits)


def jo_in(jo):
    return db.scalars(select(Enrollment).where(Enrollment.participant_id == jo.id)).one()


def test_whoever_has_new_tasks_is_told_once_and_without_a_name(jo, ana):
    email = db.get_one(Account, ana.account_id).email
    for minutes, what in enumerate(("Ask about the ride", "Call the school"), start=1):
        give(jo, ana, what=what, now=NOW - timedelta(minutes=minutes))
    make.task(jo, told_at=NOW)
    make.task(make.enrollment(clinician=None).participant)  # nobody's
    give(jo, ana, what="Own", by=Actor("account", ana.account_id))
    assert actions.tell(link="https://a.example/tasks", now=NOW) == 1
    assert actions.tell(link="https://a.example/tasks", now=NOW) == 0
    message = db.scalars(select(OutboxMessage)).one()
    assert (message.recipient, message.subject) == (email, "Something to do")
    assert "you have 2 new tasks.\n\nhttps://a.example/tasks\n" in message.body
    assert jo.name not in message.body


def test_of_two_who_give_the_same_task_at_once_one_does_and_the_other_is_told(app, jo, ana):
    by, jo_id, ana_id = Actor("account", ana.account_id), jo.id, ana.id

    def given():
        with transaction():
            facts = {"what": "Call", "due_on": date(2026, 3, 9), "scope": None}
            actions.give(jo_id, owner_id=ana_id, **facts, by=by, now=NOW)

    told = [answer for answer in race(app, given, given) if answer is not None]
    assert [refused.sentence for refused in told] == [rules.GIVEN_ALREADY]


def test_two_servers_tell_of_a_task_once(app, jo, ana):
    make.task(jo)

    def told():
        with transaction():
            actions.tell(link="", now=NOW)

    assert race(app, told, told) == [None, None]
    assert len(db.scalars(select(OutboxMessage)).all()) == 1
