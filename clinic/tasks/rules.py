"""Which misses call for a word with somebody, by when, and how that reads. Values in, answer
out."""

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, NamedTuple

from clinic.days import DAY, WEEK, WEEKDAYS, Range
from clinic.formats import counted, day_short, month_day, notice
from clinic.permissions import Permission, permissions_of
from clinic.policy.rules import MISSES, Mark
from clinic.programs.models import Organization
from clinic.schedule.models import ABSENT, Status
from clinic.tasks.models import TaskOutcome, TaskState, Why

LATEST = timedelta(days=7)  # a miss longer ago raises no task any more
RECENT, BEFORE = 3, 6  # weeks, whole ones, that a share is taken of
FEWEST = 6  # sessions, for a share to say something
PAUSE = 4 * WEEK  # between two tasks about a falling share
LOOK_BACK = (RECENT + BEFORE + 3) * WEEK  # marks that are looked at
WORKING_DAYS = WEEKDAYS[:5]
FARTHEST = 60 * DAY

OUTCOMES = {
    TaskOutcome.CARRIED_OUT: "Did it",
    TaskOutcome.SPOKEN: "Spoke with them",
    TaskOutcome.MESSAGE_LEFT: "Left a message",
    TaskOutcome.NOT_REACHED: "Could not reach them",
    TaskOutcome.PLAN_CHANGED: "Changed their plan",
    TaskOutcome.NOTHING_TO_DO: "Nothing to do",
}
DONE_ALREADY = "Somebody has finished this task already."
GONE = "What called for this task is not so any more, so it was taken back."
GIVEN_ALREADY = "This is an open task already."
NOT_FOR_THEM = "They may not see this record: choose somebody from the list."
LATE = "It is due today or later."
FAR = "It is due within a year."
LONGEST_DUE = 366 * DAY
SUBJECT: Final = "Something to do"
NOT_DONE = "This task is not done, so there is nothing to open again."


class Reason(NamedTuple):
    """Something that calls for a word: what, since when, and how bad it is."""

    why: Why
    since: datetime
    figure: int
    figure_before: int | None
    missed_on: date
    number: int = 0  # of misses in a row at which it is told of
    is_news: bool = True  # whether to tell of it, where nobody has been told yet


def asks(policy: Organization) -> bool:
    """Whether the clinic wants tasks at all."""
    return any((policy.alert_in_a_row, policy.alert_after_run, policy.alert_fall))


def reasons(
    marks: Sequence[Mark], policy: Organization, *, week: date, weeks: Iterable[date] = ()
) -> list[Reason]:
    """All that calls for a word with one person, by their marks in one episode of care, by start.

    `week` is the first day of this one; `weeks` are others before which a share had fallen.
    """
    limit = policy.alert_in_a_row
    runs = list(_runs(marks))
    found = [
        Reason(Why.FIRST_MISS, row[0].starts_at, 1, attended, row[0].day)
        for attended, row, _ in runs
        if policy.alert_after_run
        and attended >= policy.alert_after_run
        and not (limit and len(row) >= limit)  # of which the task about the row speaks
    ]
    if limit and runs and runs[-1].goes_on:
        found += _in_a_row(runs[-1].misses, limit)
    shares = (_falling(marks, each, policy.alert_fall) for each in {week, *weeks})
    falling = [one for one in shares if one is not None]
    return [*found, *(one._replace(is_news=one.since.date() == week) for one in falling)]


class _Run(NamedTuple):
    """Misses that follow one another, and at how many sessions in a row they were before."""

    attended: int
    misses: list[Mark]
    goes_on: bool


def _runs(marks: Iterable[Mark]) -> Iterator[_Run]:
    """As in the policy: excused absences neither count nor end a row; being there ends it."""
    attended, misses = 0, list[Mark]()
    for mark in marks:
        if mark.status in MISSES:
            misses.append(mark)
        elif mark.status is Status.PRESENT:
            if misses:
                yield _Run(attended, misses, goes_on=False)
                attended, misses = 0, []
            attended += 1
    if misses:
        yield _Run(attended, misses, goes_on=True)


def _in_a_row(misses: Sequence[Mark], limit: int) -> Iterator[Reason]:
    """A reason each time that they are so many more."""
    total = len(misses)
    for number in range(limit, total + 1, limit):
        since, is_last = misses[number - 1].starts_at, number + limit > total
        day = misses[-1].day
        yield Reason(Why.IN_A_ROW, since, total, None, day, number, is_news=is_last)


def _falling(marks: Sequence[Mark], week: date, points: int | None) -> Reason | None:
    """By how much fewer of the sessions before a week they came to than in the weeks before."""
    recent = [mark for mark in marks if week - RECENT * WEEK <= mark.day < week]
    first = week - (RECENT + BEFORE) * WEEK
    before = [mark for mark in marks if first <= mark.day < week - RECENT * WEEK]
    if not points or min(len(recent), len(before)) < FEWEST:
        return None
    now, then = share(recent), share(before)
    if then - now < points:
        return None
    missed = max(mark.day for mark in recent if mark.status in ABSENT)
    return Reason(Why.FALLING, datetime.combine(week, time.min, UTC), now, then, missed)


def share(marks: Collection[Mark]) -> int:
    """The share of these sessions that somebody came to, in percent."""
    return 100 * sum(mark.status is Status.PRESENT for mark in marks) // len(marks)


class Settled(NamedTuple):
    """What becomes of the tasks about one person."""

    raised: list[Reason]
    kept: list[tuple[Any, Reason]]  # a task, and what is to be said of it now
    withdrawn: list[Any]


def settle(tasks: Sequence[Any], found: Iterable[Reason], *, today: date) -> Settled:
    """What becomes of somebody's tasks by all that calls for a word with them.

    Done ones stay. One that was withdrawn is opened again where its reason is back. Of what was
    longer ago nobody is told, nor again of what they have been told of.
    """
    named = {(reason.why, reason.since): reason for reason in found}
    known = {(task.why, task.since): task for task in tasks}
    raised = [
        reason
        for name, reason in named.items()
        if name not in known
        and reason.is_news
        and reason.missed_on >= today - LATEST
        and not any(_tells_of(task, reason, named) for task in tasks)
    ]
    kept = [(known[name], reason) for name, reason in named.items() if name in known]
    changed = [(task, reason) for task, reason in kept if _changes(task, reason)]
    withdrawn = [
        task for name, task in known.items() if name not in named and task.state is TaskState.OPEN
    ]
    return Settled(raised, changed, withdrawn)


def _tells_of(task: Any, reason: Reason, named: Container[tuple[Why, datetime]]) -> bool:
    """Whether a task speaks of the same row of misses already, or of a share a short time ago."""
    if task.why is not reason.why or task.state is TaskState.WITHDRAWN:
        return False
    if task.why is Why.IN_A_ROW:
        is_same_row = (task.why, task.since) in named
        return is_same_row and (task.state is TaskState.OPEN or task.figure >= reason.number)
    return task.why is Why.FALLING and abs(reason.since - task.since) < PAUSE


def _changes(task: Any, reason: Reason) -> bool:
    if task.state is TaskState.OPEN:
        return said_of(task) != said_of(reason)
    return bool(task.state is TaskState.WITHDRAWN)


def said_of(one: Any) -> tuple[int, int | None, date]:
    """What is said of a task, or of its reason, beside its name."""
    return one.figure, one.figure_before, one.missed_on


def due_on(today: date, closed: Iterable[Range]) -> date:
    """The next working day: from Monday to Friday, on which the site is open."""
    days = list(closed)
    day = today + DAY
    while day < today + FARTHEST and not _is_worked(day, days):
        day += DAY
    return day


def _is_worked(day: date, closed: Iterable[Range]) -> bool:
    return day.weekday() < len(WORKING_DAYS) and not any(days.covers(day) for days in closed)


# In words


def why_words(task: Any) -> str:
    """`3 misses in a row, the latest on Fri, Mar 6`: what calls for a word; of a task that was
    given, what is to be done."""
    if task.why is Why.GIVEN:
        return str(task.what)
    latest = day_short(task.missed_on)
    if task.why is Why.IN_A_ROW:
        return f"{counted(task.figure, 'miss', 'misses')} in a row, the latest on {latest}"
    if task.why is Why.FIRST_MISS:
        attended = counted(task.figure_before, "session")
        return f"First miss after {attended} attended, on {latest}"
    return (
        f"Came to {task.figure} % of sessions in the last {RECENT} weeks,"
        f" to {task.figure_before} % in the {BEFORE} weeks before"
    )


def due_words(due: date, *, today: date) -> str:
    """`Due today`, `Due Tue, Mar 3`, `Overdue since Mar 2`."""
    if due < today:
        return f"Overdue since {month_day(due)}"
    return "Due today" if due == today else f"Due {day_short(due)}"


def why_not_due(due: date, *, today: date) -> str | None:
    """Why a task cannot be due on a day."""
    if due < today:
        return LATE
    return FAR if due > today + LONGEST_DUE else None


def message(number: int, link: str) -> str:
    """What is written to whoever has new tasks, without a name; `link` is where they are, if that
    is known."""
    return notice(f"you have {counted(number, 'new task')}.", link)


def first_owner(owners: Collection[int], person: Any, giver: int | None) -> int | None:
    """Whose a task is unless another is chosen: the primary clinician's, or else one's own."""
    return next((each for each in (person.clinician_id, giver) if each in owners), None)


def may_have(row: Any, near: Container[int]) -> bool:
    """Whether a task about somebody can be given to one of the staff: whoever may know of them.
    `near` are those on whose caseload or in whose sessions they are."""
    theirs = permissions_of(row.roles)
    return Permission.DO_TASKS in theirs and (
        Permission.SEE_WHOLE_CLINIC in theirs or row.id in near
    )


def outcomes_of(why: Why) -> dict[TaskOutcome, str]:
    """What may come of a task, in words: only what was given is done as it was asked."""
    only_given = set() if why is Why.GIVEN else {TaskOutcome.CARRIED_OUT}
    return {each: words for each, words in OUTCOMES.items() if each not in only_given}


def why_not_finish(state: TaskState) -> str | None:
    """Why what came of a task cannot be noted."""
    if state is TaskState.WITHDRAWN:
        return GONE
    return DONE_ALREADY if state is TaskState.DONE else None


def why_not_reopen(state: TaskState) -> str | None:
    return None if state is TaskState.DONE else NOT_DONE


def place_of(row: Any, name: Callable[[Any], Any]) -> tuple[Any, ...]:
    """Where a task stands: what is due first, first; of what is over the latest."""
    if row.state is TaskState.OPEN:
        return (0, row.due_on.toordinal(), name(row), row.id)
    return (1, -(row.done_at or row.raised_at).timestamp(), name(row), row.id)
