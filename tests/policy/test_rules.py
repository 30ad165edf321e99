from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.policy import rules
from clinic.policy.rules import Alert, Mark
from clinic.programs.models import Organization
from clinic.schedule.models import Status
from tests.make import instant

MONDAY = date(2026, 3, 2)
TODAY = date(2026, 3, 16)
BEGINNING = date(2026, 1, 5)
MISSED, LATE, THERE = Status.NO_SHOW, Status.LATE_CANCEL, Status.PRESENT


def marks(*statuses: Status, first: date = MONDAY) -> list[Mark]:
    """One a day from the first on."""
    days = [first + timedelta(days=number) for number in range(len(statuses))]
    return [
        Mark(day, instant(f"{day} 10:00"), status)
        for day, status in zip(days, statuses, strict=True)
    ]


def raised(*statuses: Status, policy: Organization, **facts: date) -> dict[Alert, int]:
    return rules.raised(marks(*statuses), policy, **{"since": BEGINNING, "today": TODAY} | facts)


@pytest.mark.parametrize(
    ("statuses", "row"),
    [
        ([MISSED, MISSED, MISSED], 3),
        ([THERE, MISSED, LATE, MISSED], 3),
        ([MISSED, THERE, MISSED, MISSED, MISSED, MISSED], 4),
        ([MISSED, Status.EXCUSED, MISSED, Status.EXPECTED, MISSED], 3),  # neither ends a row
        ([MISSED, MISSED, THERE, MISSED], 0),
        ([MISSED, MISSED, MISSED, THERE], 0),  # over with the first visit
        ([MISSED, MISSED, Status.EXCUSED], 0),  # nor do they count
        ([], 0),
    ],
)
def test_misses_in_a_row_are_those_since_somebody_was_last_there(statuses, row):
    found = raised(*statuses, policy=Organization(alert_in_a_row=3))
    assert found == ({Alert.IN_A_ROW: row} if row else {})


@pytest.mark.parametrize(
    ("days_ago", "is_raised"), [((0, 3, 6), True), ((0, 3, 7), False), ((-2, 3, 6), True)]
)
def test_misses_within_days_are_those_of_the_last_days_and_announced_ones(days_ago, is_raised):
    found = [marks(LATE, first=TODAY - timedelta(days=number))[0] for number in days_ago]
    policy = Organization(alert_misses=3, alert_days=7)
    alerts = rules.raised(found, policy, since=BEGINNING, today=TODAY)
    assert alerts == ({Alert.WITHIN_DAYS: 3} if is_raised else {})


def test_misses_of_an_earlier_episode_are_forgotten():
    policy = Organization(alert_in_a_row=2, alert_misses=2, alert_days=60, alert_in_episode=2)
    assert list(raised(MISSED, MISSED, policy=policy)) == [*Alert]
    assert raised(MISSED, MISSED, policy=policy, since=MONDAY + timedelta(days=1)) == {}


def test_a_visit_of_an_earlier_episode_ends_no_row_of_this_one():
    policy = Organization(alert_in_a_row=2)
    first = MONDAY + timedelta(days=1)
    assert raised(THERE, MISSED, MISSED, policy=policy, since=first) == {Alert.IN_A_ROW: 2}


def test_a_clinic_that_asks_for_nothing_is_told_nothing():
    assert raised(MISSED, MISSED, MISSED, policy=Organization()) == {}
    assert not rules.asks(Organization())
    assert rules.asks(Organization(alert_in_episode=1))


@pytest.mark.parametrize(
    ("alert", "misses", "words"),
    [
        (Alert.IN_A_ROW, 3, "3 misses in a row"),
        (Alert.IN_A_ROW, 1, "1 miss in a row"),
        (Alert.WITHIN_DAYS, 4, "4 misses within 30 days"),
        (Alert.IN_EPISODE, 8, "8 misses in this episode"),
    ],
)
def test_an_alert_says_what_has_been_reached(alert, misses, words):
    assert rules.alert_words(alert, misses, Organization(alert_days=30)) == words


limits = st.none() | st.integers(1, 4)


@given(
    history=st.lists(st.tuples(st.integers(-40, 10), st.sampled_from(list(Status))), max_size=25),
    limit=st.tuples(limits, limits, limits),
    days=st.integers(1, 30),
    since=st.integers(-50, 5),
)
def test_alerts_equal_going_through_the_sessions_one_by_one(history, limit, days, since):
    in_a_row, within, in_episode = limit
    in_order = sorted(dict(history).items())
    row = recent = whole = 0
    for day, status in in_order:
        if day < since:
            continue
        if status is THERE:
            row = 0
        elif status in (MISSED, LATE):
            row, whole = row + 1, whole + 1
            recent += day > -days
    expected = [
        number
        for number, least in ((row, in_a_row), (recent, within), (whole, in_episode))
        if least and number >= least
    ]
    policy = Organization(
        alert_in_a_row=in_a_row,
        alert_misses=within,
        alert_days=days if within else None,
        alert_in_episode=in_episode,
    )
    start = datetime(2026, 3, 16, 15).astimezone()
    theirs = [
        Mark(TODAY + timedelta(days=day), start + timedelta(days=day), status)
        for day, status in in_order
    ]
    since_on = TODAY + timedelta(days=since)
    found = rules.raised(reversed(theirs), policy, since=since_on, today=TODAY)
    assert list(found.values()) == expected

    # The latest visit alone tells as much as all of them.
    visits = [mark for mark in theirs if mark.status is THERE]
    fewer = [mark for mark in theirs if mark.status is not THERE] + visits[-1:]
    assert rules.raised(fewer, policy, since=since_on, today=TODAY) == found


def test_who_comes_or_says_in_time_that_they_do_not_keeps_their_word():
    counters = rules.counters(
        {Status.PRESENT: 7, Status.EXCUSED: 1, Status.LATE_CANCEL: 1, Status.NO_SHOW: 1, "other": 3}
    )
    assert (counters.marked, counters.kept) == (10, 8)
    assert counters.words == "came to 7 of 10 (70 %), kept their word 8 of 10 times (80 %)"
    assert counters.absences == "1 excused, 1 late cancel, 1 no-show"
    assert rules.counters({}).words == ""
    assert rules.counters({Status.PRESENT: 1}).absences == "no absences"


def test_how_near_somebody_is_to_each_limit_is_said():
    policy = Organization(alert_in_a_row=3, alert_misses=4, alert_days=30)
    misses = {rules.Alert.IN_A_ROW: 1, rules.Alert.WITHIN_DAYS: 2, rules.Alert.IN_EPISODE: 5}
    assert rules.limit_words(misses, policy) == [
        "1 miss in a row (alert at 3)",
        "2 misses within 30 days (alert at 4)",
    ]
    assert rules.limit_words(misses, Organization(alert_in_episode=6)) == [
        "5 misses in this episode (alert at 6)"
    ]
