import pytest

from clinic.programs import rules
from clinic.programs.models import (
    Kind,
    Measure,
    MixItem,
    Population,
    Program,
    Rule,
    RuleSet,
)

ADULT, ADOLESCENT = Population.ADULT, Population.ADOLESCENT


def rule(measure, value, population=None, kind=None, leaders=None):
    return Rule(
        measure=measure, value=value, population=population, kind=kind, leaders=leaders
    )  # never stored


def test_a_figure_for_the_population_goes_before_one_for_everyone():
    some = [
        rule(Measure.WEEK_MINUTES_MIN, 540),
        rule(Measure.WEEK_MINUTES_MIN, 360, ADOLESCENT),
    ]
    assert rules.figure(some, Measure.WEEK_MINUTES_MIN, population=ADOLESCENT) == 360
    assert rules.figure(some, Measure.WEEK_MINUTES_MIN, population=ADULT) == 540
    assert rules.figure(some, Measure.WEEK_MINUTES_MIN) == 540
    assert rules.figure(some, Measure.WEEK_MINUTES_MAX) is None


def test_a_figure_for_another_population_says_nothing():
    some = [rule(Measure.WEEK_MINUTES_MIN, 360, ADOLESCENT)]
    assert rules.figure(some, Measure.WEEK_MINUTES_MIN, population=ADULT) is None


def test_a_figure_for_the_kind_goes_before_one_for_all_kinds():
    some = [rule(Measure.SEATS_MAX, 12), rule(Measure.SEATS_MAX, 35, kind=Kind.EDUCATION)]
    assert rules.figure(some, Measure.SEATS_MAX, kind=Kind.EDUCATION) == 35
    assert rules.figure(some, Measure.SEATS_MAX, kind=Kind.GROUP) == 12


@pytest.mark.parametrize(
    ("leaders", "seats"), [(None, 10), (1, 10), (2, 12), (3, 12), (4, 15), (9, 15)]
)
def test_of_the_leaders_the_largest_number_that_is_there_decides(leaders, seats):
    some = [
        rule(Measure.SEATS_MAX, 10),
        rule(Measure.SEATS_MAX, 15, leaders=4),
        rule(Measure.SEATS_MAX, 12, leaders=2),
    ]
    assert rules.figure(some, Measure.SEATS_MAX, leaders=leaders) == seats


def test_every_measure_has_its_words():
    assert set(rules.MEASURES) == set(Measure)


@pytest.mark.parametrize(
    ("measure", "value", "words"),
    [
        (Measure.WEEK_MINUTES_MIN, 540, "9 h"),
        (Measure.MIX_MINUTES_MIN, 50, "50 min"),
        (Measure.WEEK_DAYS_MIN, 1, "1 day"),
        (Measure.SEATS_MAX, 16, "16 people"),
        (Measure.CASELOAD_MAX, 1, "1 person"),
        (Measure.MIX_SESSIONS_MIN, 2, "2 sessions"),
    ],
)
def test_a_figure_is_said_in_its_unit(measure, value, words):
    assert rules.value_words(measure, value) == words


def test_kinds_and_leaders_are_named_only_where_they_matter():
    kind, leaders = Kind.GROUP, 2
    assert rules.why_not_figure(Measure.SEATS_MAX, kind=kind, leaders=leaders) is None
    assert rules.why_not_figure(Measure.MIX_SESSIONS_MIN, kind=kind, leaders=None) is None
    assert rules.why_not_figure(Measure.CASELOAD_MAX, kind=None, leaders=None) is None
    assert rules.why_not_figure(Measure.MIX_SESSIONS_MIN, kind=None, leaders=2) == (
        "“Sessions a week, at least” does not depend on the leaders."
    )
    assert rules.why_not_figure(Measure.CASELOAD_MAX, kind=kind, leaders=None) == (
        "“Participants of one clinician, at most” is the same for every kind of session."
    )


def test_a_rule_set_is_read_line_by_line_for_adults_and_under_18():
    lines = rules.lines_of(
        [
            rule(Measure.SEATS_MAX, 12, ADOLESCENT, Kind.GROUP, 2),
            rule(Measure.SEATS_MAX, 10, ADOLESCENT, Kind.GROUP),
            rule(Measure.WEEK_MINUTES_MAX, 1140),
            rule(Measure.WEEK_MINUTES_MIN, 360, ADOLESCENT),
            rule(Measure.WEEK_MINUTES_MIN, 540, ADULT),
        ]
    )
    assert lines == [
        ("Hours a week, at least", "9 h", "6 h"),
        ("Hours a week, at most", "19 h", "19 h"),
        ("People in a session, at most: group", "—", "10 people"),
        ("People in a session, at most: group, with 2 leaders or more", "—", "12 people"),
    ]


def program(**facts):
    plain = {"population": ADULT, "min_minutes": 540, "max_minutes": 720, "mix": []}
    return Program(**plain | {"min_service_days": 3, "max_service_days": None} | facts)


def rule_set(*some):
    return RuleSet(name="Somewhere", citation="1 CFR 2", rules=list(some))


def test_a_program_inside_its_rule_set_is_not_warned_of():
    whole = rule_set(
        rule(Measure.WEEK_MINUTES_MIN, 540),
        rule(Measure.WEEK_MINUTES_MAX, 1140),
        rule(Measure.WEEK_DAYS_MIN, 3),
        rule(Measure.WEEK_DAYS_MAX, 3),
        rule(Measure.MIX_SESSIONS_MIN, 1, kind=Kind.INDIVIDUAL),
        rule(Measure.MIX_SESSIONS_MAX, 3, kind=Kind.INDIVIDUAL),
        rule(Measure.MIX_MINUTES_MIN, 50, kind=Kind.INDIVIDUAL),
        rule(Measure.CASELOAD_MAX, 1),
    )
    mix = [MixItem(kind=Kind.INDIVIDUAL, sessions=1, minutes=50)]
    assert rules.warnings(program(mix=mix, max_service_days=3), whole) == []


@pytest.mark.parametrize(
    ("facts", "figure", "warning"),
    [
        (
            {"min_minutes": 480},
            rule(Measure.WEEK_MINUTES_MIN, 540),
            "8 h prescribed a week is less than the 9 h asked for",
        ),
        (
            {"max_minutes": 1200},
            rule(Measure.WEEK_MINUTES_MAX, 1140),
            "20 h a week at most is more than the 19 h allowed",
        ),
        (
            {"min_service_days": None},
            rule(Measure.WEEK_DAYS_MIN, 3),
            "No number of days a week is less than the 3 asked for",
        ),
        (
            {"min_service_days": 2},
            rule(Measure.WEEK_DAYS_MIN, 3),
            "2 days a week is less than the 3 asked for",
        ),
        (
            {"max_service_days": 5},
            rule(Measure.WEEK_DAYS_MAX, 4),
            "5 days a week is more than the 4 allowed",
        ),
        (
            {},
            rule(Measure.MIX_SESSIONS_MIN, 1, kind=Kind.FAMILY),
            "No number of family sessions a week is less than the 1 asked for",
        ),
        (
            {"mix": [MixItem(kind=Kind.INDIVIDUAL, sessions=4, minutes=0)]},
            rule(Measure.MIX_SESSIONS_MAX, 3, kind=Kind.INDIVIDUAL),
            "4 individual sessions a week is more than the 3 allowed",
        ),
        (
            {"mix": [MixItem(kind=Kind.GROUP, sessions=2, minutes=45)]},
            rule(Measure.MIX_MINUTES_MIN, 50, kind=Kind.GROUP),
            "45 min for each group session is less than the 50 min asked for",
        ),
    ],
)
def test_a_program_outside_its_rule_set_is_warned_of_with_the_citation(facts, figure, warning):
    assert rules.warnings(program(**facts), rule_set(figure)) == [
        f"{warning} by Somewhere (1 CFR 2)."
    ]


@pytest.mark.parametrize(
    ("name", "taken", "key"),
    [
        ("Main Street", set(), "main-street"),
        ("Übung & Café", set(), "ubung-cafe"),
        ("Room", {"room", "room-2"}, "room-3"),
        ("…", set(), "site"),
    ],
)
def test_a_key_is_made_of_the_name_and_is_not_taken(name, taken, key):
    assert rules.key_of(name, taken, otherwise="site") == key


def test_two_of_a_kind_do_not_share_a_name():
    assert rules.why_not_name("North", ["South"], what="site") is None
    sentence = "There is a site of this name already."
    assert rules.why_not_name("north", ["North"], what="site") == sentence


def test_the_most_is_not_less_than_the_least():
    assert rules.why_not_between(3, 2, what="hours") == (
        "The most hours a week are fewer than the least."
    )
    for least, most in ((2, 2), (None, 2), (3, None)):
        assert rules.why_not_between(least, most, what="hours") is None
