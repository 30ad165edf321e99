from datetime import date

import pytest

from clinic.admissions import rules
from clinic.enrollment.models import Enrollment, Outcome
from clinic.programs.models import Level, Population, Program, Site

EVENING = Program(
    name="Evening IOP",
    level=Level.INTENSIVE_OUTPATIENT,
    min_minutes=540,
    max_minutes=720,
    min_service_days=None,
    weeks=8,
    site=Site(name="Main Street"),
)


def enrolled_from(number, from_on, until_on=None, outcome=None):
    return Enrollment(
        id=number,
        program=EVENING,
        from_on=date.fromisoformat(from_on),
        until_on=until_on and date.fromisoformat(until_on),
        outcome=outcome,
    )


def test_a_program_says_what_it_is():
    assert rules.program_words(EVENING) == (
        "Intensive outpatient (ASAM 2.1) · 9 – 12 hours a week · 8 weeks · Main Street"
    )
    open_ended = Program(
        level=Level.AFTERCARE,
        min_minutes=60,
        max_minutes=60,
        min_service_days=1,
        site=Site(name="Main Street"),
    )
    assert rules.program_words(open_ended) == (
        "Aftercare · 1 hours a week on at least 1 day · open end · Main Street"
    )


TODAY = date(2026, 3, 4)


def a_program(name, level=Level.INTENSIVE_OUTPATIENT, population=Population.ADULT, site_id=1):
    return Program(name=name, level=level, population=population, site_id=site_id)


TEENS = a_program("Adolescent IOP", population=Population.ADOLESCENT)
DAY = a_program("Day PHP", Level.PARTIAL_HOSPITALIZATION)
IOP, OP = a_program("Evening IOP"), a_program("Outpatient", Level.OUTPATIENT)
AFTER = a_program("Aftercare", Level.AFTERCARE)


@pytest.mark.parametrize(
    ("birth_on", "doubts"),
    [
        (date(1968, 5, 1), {"Adolescent IOP": "For adolescents; they are 57."}),
        (date(2008, 3, 4), {"Adolescent IOP": "For adolescents; they are 18."}),
        (date(2008, 3, 5), {"Evening IOP": "For adults; they are 17."}),
        (None, {}),
    ],
)
def test_programs_for_another_age_come_last_and_say_why(birth_on, doubts):
    found = rules.offers([TEENS, IOP], birth_on=birth_on, today=TODAY)
    assert {each.program.name: each.doubt for each in found if each.doubt} == doubts
    assert [each.doubt is None for each in found] == [True] * (2 - len(doubts)) + [False] * len(
        doubts
    )
    follows = rules.chosen(found)
    assert follows is (found[0].program if doubts else None)


def test_where_an_age_is_not_known_the_program_before_says_whom_it_was_for():
    found = rules.offers([TEENS, OP], birth_on=None, today=TODAY, left=IOP)
    assert [(each.program.name, each.doubt) for each in found] == [
        ("Outpatient", None),
        ("Adolescent IOP", "For adolescents; Evening IOP is not."),
    ]


@pytest.mark.parametrize(
    ("left", "others", "follows"),
    [
        (IOP, [AFTER, DAY, OP, TEENS], "Outpatient"),
        (DAY, [AFTER, IOP, OP, TEENS], "Evening IOP"),
        (DAY, [AFTER, IOP, a_program("Morning IOP")], None),  # either could be meant
        (DAY, [a_program("Elsewhere", site_id=2), OP], "Outpatient"),
        (DAY, [a_program("Elsewhere", site_id=2)], None),
        (AFTER, [IOP, OP], None),  # nothing is lower
    ],
)
def test_after_a_program_the_next_lower_level_of_care_follows(left, others, follows):
    found = rules.offers(others, birth_on=date(1968, 5, 1), today=TODAY, left=left)
    chosen = rules.chosen(found, left=left)
    assert (chosen and chosen.name) == follows


def test_a_first_enrollment_needs_no_word_of_episodes():
    assert rules.episode_words([], date(2026, 3, 9)) == ""
    assert rules.episode_words([enrolled_from(1, "2026-04-01")], date(2026, 3, 9)) == ""


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Outcome.COMPLETED, "They completed Evening IOP on Feb 28, 2026"),
        (Outcome.LEFT, "They left Evening IOP on Feb 28, 2026"),
        (Outcome.DISCHARGED, "They were discharged from Evening IOP on Feb 28, 2026"),
        (None, "They completed Evening IOP on Feb 28, 2026"),
    ],
)
def test_after_an_end_a_new_episode_begins(outcome, words):
    before = [
        enrolled_from(2, "2026-01-05", "2026-02-28", outcome),
        enrolled_from(1, "2025-01-06", "2025-02-28"),
    ]
    assert rules.episode_words(before, date(2026, 3, 9)) == (
        f"{words}: this begins a new episode of care."
    )


@pytest.mark.parametrize("end", [(None, None), ("2026-03-08", Outcome.TRANSFERRED)])
def test_what_runs_or_was_transferred_belongs_together(end):
    assert rules.episode_words([enrolled_from(1, "2026-01-05", *end)], date(2026, 3, 9)) == (
        "This belongs to the same episode of care as Evening IOP."
    )
