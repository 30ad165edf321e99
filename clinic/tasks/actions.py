from datetime import datetime

from sqlalchemy import select

from clinic import clock, trail
from clinic.db import db
from clinic.errors import refuse_if
from clinic.programs.queries import find_organization
from clinic.tasks import queries, rules
from clinic.tasks.models import Task, TaskOutcome, TaskState
from clinic.trail import SYSTEM, Actor


def is_behind(now: datetime) -> bool:
    """Whether there is anything to settle."""
    return bool(queries.plans(find_organization(), now=now))


def settle(now: datetime) -> None:
    """Raise tasks where somebody's misses call for a word, and take back those whose reason is
    gone. Asking twice changes nothing."""
    queries.take_turns()
    for plan in queries.plans(find_organization(), now=now):
        site_id = plan.site_id
        due = rules.due_on(plan.today, queries.closed_on(site_id, plan.today))
        for reason in plan.settled.raised:
            task = Task(
                participant_id=plan.participant_id,
                why=reason.why,
                since=reason.since,
                raised_at=now,
                due_on=due,
            )
            _say(task, reason)
            db.add(task)
            db.flush()
            _record("task.raised", task, site_id, by=SYSTEM, now=now)
        for task, reason in plan.settled.kept:
            _say(task, reason)
            if task.state is TaskState.WITHDRAWN:
                task.state, task.raised_at, task.due_on = TaskState.OPEN, now, due
                _record("task.raised", task, site_id, by=SYSTEM, now=now)
        for task in plan.settled.withdrawn:
            task.state = TaskState.WITHDRAWN
            _record("task.withdrawn", task, site_id, by=SYSTEM, now=now)
    db.flush()


def _say(task: Task, reason: rules.Reason) -> None:
    task.figure, task.figure_before, task.missed_on = rules.said_of(reason)


def finish(
    task_id: int,
    *,
    outcome: TaskOutcome,
    words: str | None,
    scope: int | None,
    by: Actor,
    now: datetime,
) -> None:
    """Note what came of a task."""
    row = queries.get_row(task_id, scope=scope)
    task = queries.hold(task_id)
    refuse_if(rules.why_not_finish(task.state))
    task.state, task.outcome, task.words = TaskState.DONE, outcome, words
    task.done_at, task.done_by_id = now, by.id if by.kind == "account" else None
    db.flush()
    _record("task.done", task, row.site_id, by=by, now=now)


def reopen(task_id: int, *, scope: int | None, by: Actor, now: datetime) -> None:
    """Open a task again that is done: due the next working day."""
    row = queries.get_row(task_id, scope=scope)
    task = queries.hold(task_id)
    refuse_if(rules.why_not_reopen(task.state))
    today = clock.day_of(now, clock.zone(row.timezone))
    task.due_on = rules.due_on(today, queries.closed_on(row.site_id, today))
    task.state, task.done_at, task.done_by_id = TaskState.OPEN, None, None
    db.flush()
    _record("task.reopened", task, row.site_id, by=by, now=now)


def move(from_id: int, to_id: int) -> None:
    """Make the tasks about one record those about another, for a merge of the two."""
    there = {(task.why, task.since) for task in _about(to_id)}
    for task in _about(from_id):
        if (task.why, task.since) in there:
            db.delete(task)
        else:
            task.participant_id = to_id
    db.flush()


def _about(participant_id: int) -> list[Task]:
    return list(db.scalars(select(Task).where(Task.participant_id == participant_id)))


def _record(verb: str, task: Task, site_id: int, *, by: Actor, now: datetime) -> None:
    trail.record(
        verb,
        task,
        by=by,
        now=now,
        site_id=site_id,
        participant=task.participant_id,
        why=task.why,
        figure=task.figure,
        due_on=task.due_on,
        outcome=task.outcome,
    )
