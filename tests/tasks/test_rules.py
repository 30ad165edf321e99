from datetime import UTC, date, datetime, timedelta
from random import Random
from types import SimpleNamespace

import pytest

from clinic.days import WEEK, Range
from clinic.policy.rules import Mark
from clinic.programs.models import Organization
from clinic.schedule.models import Status
from clinic.tasks import rules
from clinic.tasks.models import TaskState, Why
from clinic.tasks.rules import Reason
from tests.chance import TORTURE

MONDAY = date(2026, 3, 2)
STATUSES = {
    "p": Status.PRESENT,
    "e": Status.EXCUSED,
    "l": Status.LATE_CANCEL,
    "n": Status.NO_SHOW,
}


def marks(letters: str, *, last: date = MONDAY, every: int = 1) -> list[Mark]:
    """A session a day up to a day, with what became of each."""
    days = [last - timedelta(days=every * n) for n in range(len(letters))][::-1]
    return [
        Mark(day, datetime(day.year, day.month, day.day, 15, tzinfo=UTC), STATUSES[letter])
        for day, letter in zip(days, letters, strict=True)
    ]


def found(letters: str, **policy: int) -> list[tuple[Why, int, int | None, int, bool]]:
    """Why, figure, figure before, at which session it began, and whether it is news."""
    theirs = marks(letters)
    places = {mark.starts_at: place for place, mark in enumerate(theirs)}
    return [
        (one.why, one.figure, one.figure_before, places[one.since], one.is_news)
        for one in rules.reasons(theirs, Organization(**policy), week=MONDAY)
    ]


def test_a_clinic_asks_for_tasks_by_any_of_its_limits():
    assert not rules.asks(Organization(alert_misses=2, alert_days=30))
    for name in ("alert_in_a_row", "alert_after_run", "alert_fall"):
        assert rules.asks(Organization(**{name: 3}))


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("pnn", []),
        ("nnn", [(3, 2, True)]),
        ("pnennl", [(4, 4, True)]),  # an excused absence neither counts nor ends it
        ("nnnnnnp", []),  # who has come since
        ("pnnnnnnn", [(7, 3, False), (7, 6, True)]),  # told of at three, and again at six
    ],
)
def test_misses_in_a_row_are_told_of_each_time_that_they_are_so_many_more(letters, expected):
    row = [(Why.IN_A_ROW, number, None, place, news) for number, place, news in expected]
    assert found(letters, alert_in_a_row=3) == row


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("ppppn", [(4, 4)]),
        ("pppn", []),
        ("pepeppl", [(4, 6)]),
        ("ppppnppppn", [(4, 4), (4, 9)]),
        ("ppppnn", [(4, 4)]),
        ("ppppnnn", []),  # of which the task about the row speaks
        ("ppppnnnp", []),  # also once they are back
    ],
)
def test_the_first_miss_after_a_good_run_is_told_of(letters, expected):
    first = [(Why.FIRST_MISS, 1, run, place, True) for run, place in expected]
    alerts = {"alert_after_run": 4, "alert_in_a_row": 3}
    assert [one for one in found(letters, **alerts) if one[0] is Why.FIRST_MISS] == first


def test_nothing_is_told_of_what_the_clinic_does_not_ask_for():
    assert found("ppppppnnnnnn") == []


def falling(before: str, recent: str, *, points: int = 25, weeks=()) -> list[Reason]:
    """The six weeks before, then the last three: letters of two sessions a week."""
    then = marks(before, last=MONDAY - 3 * WEEK - timedelta(days=1), every=3)
    now = marks(recent, last=MONDAY - timedelta(days=1), every=3)
    policy = Organization(alert_fall=points)
    return rules.reasons([*then, *now], policy, week=MONDAY, weeks=weeks)


def test_a_share_that_falls_is_told_of_with_both_shares():
    (one,) = falling("ppppppppppen", "pnpenp")
    assert (one.why, one.figure, one.figure_before, one.is_news) == (Why.FALLING, 50, 83, True)
    assert (one.since, one.missed_on) == (datetime(2026, 3, 2, tzinfo=UTC), date(2026, 2, 26))
    assert falling("ppppppppppen", "pnpenp", points=34) == []


@pytest.mark.parametrize(
    ("before", "recent"),
    [
        ("pppppppp", "nnnnn"),  # of too few sessions nothing is said
        ("ppppp", "nnnnnn"),
        ("nnnnnn", "pppppp"),  # it rises
        ("pppppp", "pppppp"),
    ],
)
def test_a_share_that_does_not_fall_by_so_much_is_not_told_of(before, recent):
    assert falling(before, recent) == []


def test_a_share_that_had_fallen_before_an_earlier_week_is_known_and_no_news():
    theirs = marks("p" * 40 + "n" * 30, last=MONDAY + 2 * WEEK, every=1)
    policy, later = Organization(alert_fall=25), MONDAY + WEEK
    both = rules.reasons(theirs, policy, week=later, weeks=[MONDAY])
    assert {(one.since.date(), one.is_news) for one in both} == {(later, True), (MONDAY, False)}


def task(why=Why.IN_A_ROW, since=0, state=TaskState.OPEN, figure=3, before=None, **facts):
    stands = {"why": why, "since": at(since), "state": state, "figure": figure}
    stands |= {"figure_before": before, "missed_on": MONDAY}
    return SimpleNamespace(**stands | facts)


def at(day: int) -> datetime:
    return datetime(2026, 3, 2, tzinfo=UTC) + timedelta(days=day)


def reason(why=Why.IN_A_ROW, since=0, figure=3, before=None, **facts) -> Reason:
    return Reason(why, at(since), figure, before, facts.pop("missed_on", MONDAY), **facts)


def settled(tasks, reasons, today=MONDAY):
    raised, kept, withdrawn = rules.settle(tasks, reasons, today=today)
    return raised, [one for one, _ in kept], withdrawn


def test_a_reason_is_told_of_once():
    one = reason()
    assert settled([], [one]) == ([one], [], [])
    for state in (TaskState.OPEN, TaskState.DONE):
        assert settled([task(state=state)], [one]) == ([], [], [])


def test_nobody_is_told_of_what_was_long_ago_or_is_no_news():
    old = reason(missed_on=MONDAY - timedelta(days=8))
    assert settled([], [old]) == ([], [], [])
    assert settled([], [reason(missed_on=MONDAY - timedelta(days=7))]) != ([], [], [])
    assert settled([], [reason(is_news=False)]) == ([], [], [])


def test_a_task_is_taken_back_with_its_reason_and_opened_with_it():
    is_open, done = task(), task(since=1, state=TaskState.DONE)
    assert settled([is_open, done], []) == ([], [], [is_open])
    gone = task(state=TaskState.WITHDRAWN)
    assert settled([gone], []) == ([], [], [])
    assert settled([gone], [reason()]) == ([], [gone], [])


def test_an_open_task_says_how_it_stands_now():
    is_open, done = task(), task(state=TaskState.DONE)
    assert settled([is_open], [reason(figure=4)]) == ([], [is_open], [])
    assert settled([done], [reason(figure=4)]) == ([], [], [])


@pytest.mark.parametrize(
    ("known", "is_told"),
    [
        (task(), False),  # open: it says that they are six by now
        (task(state=TaskState.DONE), True),
        (task(state=TaskState.DONE, figure=6), False),  # done when they were six
        (task(state=TaskState.WITHDRAWN), True),
        (task(Why.FIRST_MISS), True),
        (task(since=-30), True),  # another row
    ],
)
def test_a_row_is_told_of_again_when_it_is_twice_as_long(known, is_told):
    row = [reason(figure=6, number=3, is_news=False), reason(since=3, figure=6, number=6)]
    raised, _, _ = settled([known], row)
    assert raised == (row[1:] if is_told else [])


@pytest.mark.parametrize(
    ("known", "is_told"),
    [
        (task(Why.FALLING, -21), False),
        (task(Why.FALLING, -21, TaskState.WITHDRAWN), True),
        (task(Why.FALLING, -28, TaskState.DONE), True),
        (task(Why.FIRST_MISS, 0, TaskState.DONE), True),
    ],
)
def test_of_a_falling_share_nobody_is_told_twice_within_four_weeks(known, is_told):
    now = reason(Why.FALLING, figure=50, before=90)
    assert settled([known], [now])[0] == ([now] if is_told else [])


@pytest.mark.parametrize(
    ("today", "due"),
    [
        (MONDAY, date(2026, 3, 3)),
        (date(2026, 3, 6), date(2026, 3, 9)),  # a Friday
        (date(2026, 3, 10), date(2026, 3, 16)),  # closed from Wednesday to Friday
    ],
)
def test_a_task_is_due_the_next_working_day(today, due):
    assert rules.due_on(today, [Range(date(2026, 3, 11), date(2026, 3, 13))]) == due


def test_a_site_that_is_closed_for_good_has_tasks_due_some_day():
    assert rules.due_on(MONDAY, [Range(MONDAY, None)]) == MONDAY + rules.FARTHEST


def test_tasks_are_worded():
    assert rules.why_words(task(figure=3)) == "3 misses in a row, the latest on Mon, Mar 2"
    assert rules.why_words(task(Why.FIRST_MISS, figure=1, before=12)) == (
        "First miss after 12 sessions attended, on Mon, Mar 2"
    )
    assert rules.why_words(task(Why.FALLING, figure=50, before=83)) == (
        "Came to 50 % of sessions in the last 3 weeks, to 83 % in the 6 weeks before"
    )
    assert rules.due_words(MONDAY, today=MONDAY) == "Due today"
    assert rules.due_words(MONDAY, today=MONDAY - timedelta(days=1)) == "Due Mon, Mar 2"
    assert rules.due_words(MONDAY, today=date(2026, 3, 3)) == "Overdue since Mar 2"


def test_what_was_done_or_taken_back_is_not_done_again():
    assert rules.why_not_finish(TaskState.OPEN) is None
    assert rules.why_not_finish(TaskState.DONE) == rules.DONE_ALREADY
    assert rules.why_not_finish(TaskState.WITHDRAWN) == rules.GONE
    assert rules.why_not_reopen(TaskState.DONE) is None
    assert rules.why_not_reopen(TaskState.OPEN) == rules.NOT_DONE


def test_what_is_due_first_stands_first_and_of_what_is_over_the_latest():
    facts = {"id": 1, "name": "A", "due_on": MONDAY, "raised_at": at(0), "done_at": None}
    rows = [
        task(**facts | {"name": "last", "state": TaskState.WITHDRAWN}),
        task(**facts | {"name": "second", "due_on": date(2026, 3, 3)}),
        task(**facts | {"name": "first"}),
        task(**facts | {"name": "third", "state": TaskState.DONE, "done_at": at(1)}),
    ]
    rows.sort(key=lambda row: rules.place_of(row, lambda one: one.name))
    assert [row.name for row in rows] == ["first", "second", "third", "last"]


def stands(known, reasons):
    """The tasks as they stand once they are settled by these reasons."""
    raised, kept, withdrawn = rules.settle(known, reasons, today=MONDAY)
    for one, found in kept:
        said = dict(
            zip(("figure", "figure_before", "missed_on"), rules.said_of(found), strict=True)
        )
        one.__dict__.update(said, state=TaskState.OPEN)
    for one in withdrawn:
        one.state = TaskState.WITHDRAWN
    return [
        *known,
        *(SimpleNamespace(**one._asdict(), state=TaskState.OPEN) for one in raised),
    ]


@pytest.mark.parametrize("seed", range(2000 if TORTURE else 40))
def test_settling_again_changes_nothing_and_nobody_has_two_tasks_about_one_row(seed):
    random, policy = Random(seed), Organization(alert_in_a_row=2, alert_after_run=3, alert_fall=20)
    letters, known = "".join(random.choices("pppenl", k=50)), []
    history = marks(letters)
    for number in range(1, len(history) + 1):
        weeks = {one.since.date() for one in known if one.why is Why.FALLING}
        reasons = rules.reasons(history[:number], policy, week=MONDAY, weeks=weeks)
        known = stands(known, reasons)
        assert not any(rules.settle(known, reasons, today=MONDAY))
        rows = [one for one in known if (one.why, one.state) == (Why.IN_A_ROW, TaskState.OPEN)]
        assert len(rows) <= 1
        if rows and random.random() < 0.5:
            rows[0].state = TaskState.DONE
            assert not any(rules.settle(known, reasons, today=MONDAY))
