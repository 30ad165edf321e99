from collections import Counter
from datetime import date, datetime

from sqlalchemy import select, update

from clinic import clock, outbox, trail
from clinic.db import db
from clinic.errors import refuse_if
from clinic.programs.queries import find_organization, take_turns
from clinic.tasks import queries, rules
from clinic.tasks.models import Task, TaskOutcome, TaskState, Why
from clinic.trail import SYSTEM, Actor


def is_behind(now: datetime) -> bool:
    """Whether there is anything to settle."""
    return bool(queries.plans(find_organization(), now=now))


def settle(now: datetime) -> None:
    """Raise tasks where somebody's misses call for a word, and take back those whose reason is
    gone. Asking twice changes nothing."""
    take_turns()
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


def give(
    participant_id: int,
    *,
    what: str,
    owner_id: int,
    due_on: date,
    scope: int | None,
    by: Actor,
    now: datetime,
) -> None:
    """Give somebody who may know of a participant something to do for them."""
    person = queries.get_person(participant_id, scope=scope)
    owners = {row.id: row for row in queries.owners_for(participant_id)}
    refuse_if(None if owner_id in owners else rules.NOT_FOR_THEM, "owner")
    today = clock.day_of(now, clock.zone(person.timezone))
    refuse_if(rules.why_not_due(due_on, today=today), "due_on")
    take_turns()
    is_given = queries.is_given(participant_id, what=what, owner_id=owner_id)
    refuse_if(rules.GIVEN_ALREADY if is_given else None, "what")
    task = Task(
        participant_id=participant_id,
        why=Why.GIVEN,
        since=now,
        what=what,
        owner_id=owner_id,
        given_by_id=by.id,
        raised_at=now,
        due_on=due_on,
        told_at=now if owners[owner_id].account_id == by.id else None,
    )
    db.add(task)
    db.flush()
    _record("task.given", task, person.site_id, by=by, now=now)


def tell(*, link: str, now: datetime) -> int:
    """Write to whoever has new tasks, once of each; returns to how many."""
    if not queries.untold():
        return 0
    take_turns()  # another worker may be about to
    rows = queries.untold()
    numbers = Counter(row.email for row in rows)
    for email, number in numbers.items():
        body = rules.message(number, link)
        outbox.enqueue(email, subject=rules.SUBJECT, body=body, now=now)
    db.execute(update(Task).where(Task.id.in_([row.id for row in rows])).values(told_at=now))
    return len(numbers)


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
        owner=task.owner_id,
        outcome=task.outcome,
    )
