from datetime import date, timedelta
from itertools import product
from typing import NamedTuple

import pytest

from clinic.days import Range
from clinic.figures import rules
from clinic.figures.rules import Counted, Figures, Finding, Gap, What
from clinic.programs.models import Kind, Measure, Population, Program, Rule, RuleSet

MONDAY = date(2026, 3, 2)
ALWAYS = Range(date(2026, 1, 5), None)
FIRST = Range(MONDAY, None)
LONG_AFTER = date(2026, 4, 1)
DAY = timedelta(days=1)


class Share(NamedTuple):
    """One booking on a day of the week that begins that Monday, or of the one before it."""

    day: date
    planned: int
    delivered: int = 0
    unconfirmed: int = 0
    upcoming: int = 0
    kind: Kind = Kind.GROUP


def on(day, *, missed=0, **minutes):
    return Share(MONDAY + day * DAY, missed + sum(minutes.values()), **minutes)


def judged(figures, shares, *, before=(), today=LONG_AFTER, least_days=0, **enrolled):
    facts = {"enrolled": ALWAYS, "away": []} | enrolled
    found = rules.judged(
        figures, MONDAY, shares, before=before, today=today, least_days=least_days, **facts
    )
    return [(each.what, each.words, each.is_pressing) for each in found]


def test_figures_are_those_of_the_population_and_of_each_kind():
    found = [
        Rule(measure=Measure.DAY_MINUTES_MIN, population=Population.ADULT, value=180),
        Rule(measure=Measure.DAY_MINUTES_MIN, population=Population.ADOLESCENT, value=120),
        Rule(measure=Measure.DAY_SERVICES_MIN, value=2),
        Rule(measure=Measure.WEEK_DAYS_MIN, value=3),
        Rule(measure=Measure.WEEK_DAYS_MAX, value=5),
        Rule(measure=Measure.GAP_DAYS_MAX, value=2),
        Rule(measure=Measure.AVERAGE_WEEKS, value=4),
        Rule(measure=Measure.MIX_SESSIONS_MAX, kind=Kind.INDIVIDUAL, value=3),
    ]
    individual = ((Kind.INDIVIDUAL, 3),)
    young = rules.figures_of(found, Population.ADOLESCENT)
    assert young == Figures(120, 2, 3, 5, 2, 4, individual)
    assert rules.figures_of(found, Population.ADULT).day_minutes == 180
    assert rules.figures_of([], Population.ADULT) == rules.NOTHING


def test_programs_are_asked_what_their_rule_set_says_of_a_week():
    plain = RuleSet(rules=[Rule(measure=Measure.WEEK_MINUTES_MIN, value=540)])
    gap = RuleSet(rules=[Rule(measure=Measure.GAP_DAYS_MAX, value=2), *plain.rules])
    facts = {"population": Population.ADULT}
    programs = [
        Program(id=each, rule_set=of, **facts) for each, of in enumerate((gap, plain, None))
    ]
    assert rules.asked_of(programs) == {0: Figures(gap_days=2)}


@pytest.mark.parametrize(
    ("figures", "weeks"),
    [
        (Figures(), 0),
        (Figures(average_weeks=1), 0),
        (Figures(gap_days=2), 1),
        (Figures(average_weeks=4, gap_days=2), 3),
    ],
)
def test_as_many_weeks_before_are_read_as_the_figures_go_back(figures, weeks):
    assert figures.weeks_before == weeks


@pytest.mark.parametrize(
    ("figures", "shares", "words"),
    [
        (Figures(180), [on(1, delivered=180)], []),
        (Figures(180), [on(1, delivered=90), on(1, delivered=90)], []),
        (Figures(180), [on(1, delivered=90), on(1, upcoming=90)], []),
        (Figures(180), [on(1, delivered=90), on(1, unconfirmed=90)], []),
        (Figures(180), [on(1, missed=180)], []),
        (Figures(180), [], []),
        (Figures(180), [on(1, delivered=120)], ["Not a full day (3 h or more): Tue 2 h"]),
        (
            Figures(180),
            [on(3, delivered=179), on(1, delivered=90, missed=90), on(2, delivered=180)],
            ["Not a full day (3 h or more): Tue 1 h 30 min, Thu 2 h 59 min"],
        ),
        (Figures(0, 3), [on(1, delivered=50)] * 3, []),
        (
            Figures(0, 3),
            [on(1, delivered=50), on(1, delivered=200), on(1, missed=50)],
            ["Not a full day (3 services or more): Tue 2 services"],
        ),
        (
            Figures(180, 2),
            [on(1, delivered=90), on(2, delivered=90), on(2, delivered=90)],
            ["Not a full day (3 h and 2 services or more): Tue 1 h 30 min and 1 service"],
        ),
    ],
)
def test_a_day_below_what_a_service_day_asks_for_is_named_with_what_it_lacks(
    figures, shares, words
):
    assert [each[1] for each in judged(figures, shares)] == words


@pytest.mark.parametrize(
    ("share", "today", "is_pressing"),
    [
        (on(1, delivered=120, missed=60), 1, True),
        (on(1, delivered=120, missed=60), 0, True),
        (on(1, delivered=120, missed=60), 2, False),  # nobody can do anything about it any more
        (on(1, upcoming=120), 0, False),  # no more was planned: nothing was lost
    ],
)
def test_a_day_below_presses_while_what_was_lost_of_it_can_be_made_good(share, today, is_pressing):
    (found,) = judged(Figures(180), [share], today=MONDAY + today * DAY)
    assert found[0] is What.DAYS_BELOW
    assert found[2] is is_pressing


@pytest.mark.parametrize(
    ("figures", "days", "least_days", "words"),
    [
        (Figures(days_min=3), [180, 180, 180], 0, []),
        (Figures(days_min=3), [180, 10], 0, ["2 of 3 days"]),
        (Figures(days_min=3), [180, 10], 3, []),  # a flag says so already
        (Figures(180, days_min=2), [180, 180], 3, []),
        (Figures(180, days_min=3), [180, 180, 170], 3, ["2 of 3 full days (3 h or more)"]),
        (Figures(180, days_min=3), [180, 170, 170], 3, ["1 of 3 full days (3 h or more)"]),
        (Figures(60, 2, days_min=1), [180], 0, ["0 of 1 full days (1 h and 2 services or more)"]),
    ],
)
def test_full_service_days_are_counted_where_the_plain_ones_are_enough(
    figures, days, least_days, words
):
    shares = [on(number, delivered=minutes) for number, minutes in enumerate(days)]
    found = judged(figures, shares, least_days=least_days)
    assert [each[1] for each in found if each[0] is What.TOO_FEW_FULL_DAYS] == words
    assert all(each[2] for each in found if each[0] is What.TOO_FEW_FULL_DAYS)


def test_more_sessions_of_a_kind_than_allowed_are_counted_without_those_that_were_missed():
    talk = on(1, delivered=50)._replace(kind=Kind.INDIVIDUAL)
    missed = on(2, missed=50)._replace(kind=Kind.INDIVIDUAL)
    figures = Figures(sessions_max=((Kind.FAMILY, 0), (Kind.INDIVIDUAL, 1)))
    assert judged(figures, [talk, missed, on(1, delivered=90)]) == []
    ahead = on(3, upcoming=50)._replace(kind=Kind.INDIVIDUAL)
    said = "2 individual sessions, 1 a week at most"
    assert judged(figures, [talk, ahead]) == [(What.TOO_MANY_SESSIONS, said, False)]


@pytest.mark.parametrize(
    ("before", "days", "words"),
    [
        ([4], [0, 2, 4, 6], []),
        ([4], [0, 2, 4], []),  # two days are over with the week; the next one says more
        ([4], [0, 2], ["Nothing Thu to Sun: 4 days in a row, 2 at most"]),
        ([3], [0, 2, 4], []),  # Friday to Sunday was said of the week before
        ([4], [1, 2, 4], ["Nothing Feb 28 to Mar 2: 3 days in a row, 2 at most"]),
        ([4], [0, 4], ["Nothing Tue to Thu: 3 days in a row, 2 at most"]),
        ([], [2, 4], ["Nothing Feb 23 to Mar 3: 9 days in a row, 2 at most"]),
        ([6], [], ["Nothing Mar 2 to Mar 8: 7 days in a row, 2 at most"]),
    ],
)
def test_a_gap_is_counted_between_service_days_across_the_week_before(before, days, words):
    earlier = [on(day - 7, delivered=60) for day in before]
    shares = [on(day, upcoming=60) for day in days]
    found = [each[1] for each in judged(Figures(gap_days=2), shares, before=earlier)]
    assert found == words


@pytest.mark.parametrize(("today", "is_pressing"), [(0, True), (3, True), (4, False)])
def test_a_gap_presses_until_its_last_day(today, is_pressing):
    shares = [on(0, delivered=60), on(4, upcoming=60), on(6, upcoming=60)]
    day = MONDAY + today * DAY
    (found,) = judged(Figures(gap_days=2), shares, before=[on(-1, delivered=60)], today=day)
    assert found[2] is is_pressing


@pytest.mark.parametrize(
    ("enrolled", "away", "served", "gap"),
    [
        # Before the first service day there is no gap, and none after the last.
        (FIRST, [], [3], (4, 6)),
        (Range(MONDAY - 5 * DAY, None), [], [4], (5, 6)),
        (Range(MONDAY - 30 * DAY, MONDAY + 6 * DAY), [], [2], (-7, 1)),
        (Range(MONDAY, MONDAY + 6 * DAY), [], [0, 1], None),
        # Days of leave are no part of one.
        (ALWAYS, [(-7, -1)], [2, 6], (3, 5)),
        (ALWAYS, [(-3, -2)], [0, 6], (1, 5)),
        (ALWAYS, [(7, 9)], [-1, 0, 1], None),
        (ALWAYS, [(-8, -8)], [3, 4, 5, 6], None),
    ],
)
def test_leave_and_the_ends_of_an_enrollment_are_no_part_of_a_gap(enrolled, away, served, gap):
    days = {MONDAY + day * DAY for day in served}
    leave = [Range(MONDAY + first * DAY, MONDAY + last * DAY) for first, last in away]
    found = rules.longest_gap(MONDAY, days, enrolled=enrolled, away=leave)
    assert found == (gap and Gap(*(MONDAY + day * DAY for day in gap)))


def test_the_longest_gap_is_the_longest_run_of_days_without_service():
    """Beside a look at every run of such days, for every fortnight of a few days of service."""
    window = [MONDAY + day * DAY for day in range(-7, 7)]
    for pattern in product([False, True], repeat=10):
        served = {day for day, is_served in zip(window[2:12], pattern, strict=True) if is_served}
        runs = [
            (first, last)
            for first, last in product(range(14), repeat=2)
            if first <= last
            and last >= 7  # it reaches into the week
            and not served & set(window[first : last + 1])
            and (first == 0 or window[first - 1] in served)
            and (last == 13 or window[last + 1] in served)
        ]
        longest = max((last - first + 1 for first, last in runs), default=0)
        found = rules.longest_gap(MONDAY, served, enrolled=ALWAYS, away=[])
        assert (found.days if found else 0) == longest


NINE = 9 * 60


@pytest.mark.parametrize(
    ("weeks", "words"),
    [
        ([(NINE, 600), (NINE, 480)], "Averages 9 h over 2 weeks, which is enough"),
        ([(NINE, 600), (NINE, 479)], "Averages 8 h 59 min over 2 weeks, below 9 h"),
        ([(360, 360), (NINE, NINE), (NINE, 500)], "Averages 7 h 46 min over 3 weeks, below 8 h"),
        ([(NINE, 480)], None),
        ([], None),
    ],
)
def test_a_week_below_its_minimum_is_told_what_the_weeks_average(weeks, words):
    found = [Counted(*each) for each in weeks]
    said = rules.averaged(Figures(average_weeks=4), found, is_over=True)
    assert [each.words for each in said] == ([words] if words else [])
    assert not any(each.is_pressing for each in said)
    assert rules.averaged(Figures(), found, is_over=True) == []


def test_a_week_that_runs_would_average():
    weeks = [Counted(NINE, 600), Counted(NINE, 480)]
    said = "Would average 9 h over 2 weeks, which is enough"
    found = rules.averaged(Figures(average_weeks=2), weeks, is_over=False)
    assert found == [Finding(What.AVERAGE_MET, said)]


def test_findings_stand_in_one_order():
    figures = Figures(180, 0, 3, gap_days=2, sessions_max=((Kind.GROUP, 0),))
    found = judged(figures, [on(0, delivered=100)])
    assert [each[0] for each in found] == [
        What.DAYS_BELOW,
        What.TOO_FEW_FULL_DAYS,
        What.LONG_GAP,
        What.TOO_MANY_SESSIONS,
    ]
