from clinic.claims.rules import Anew
from clinic.figures.rules import Finding, What
from clinic.offerings import rules
from clinic.programs.models import Measure, Population
from clinic.programs.rules import Figure


def test_a_program_that_goes_on_stays():
    assert rules.why_not_retire_program("IOP", enrolled=0, groups=[]) is None
    one = rules.why_not_retire_program("IOP", enrolled=1, groups=[])
    assert one == "IOP goes on: 1 person is enrolled."
    groups = ["Group"]
    assert rules.why_not_retire_program("IOP", enrolled=2, groups=groups) == (
        "IOP goes on: 2 people are enrolled and Group still runs."
    )
    groups.append("Skills")
    assert rules.why_not_retire_program("IOP", enrolled=0, groups=groups) == (
        "IOP goes on: Group and Skills still run."
    )


def test_a_program_with_groups_stays_at_its_site():
    assert rules.why_not_elsewhere("IOP", []) is None
    assert rules.why_not_elsewhere("IOP", ["Group"]) == (
        "Group of IOP meets at its site."
        " End them there first, or offer another program at the other site."
    )
    many = ["Group", "Skills"]
    assert (rules.why_not_elsewhere("IOP", many) or "").startswith(
        "Group and Skills of IOP meet at"
    )


def test_lines_of_a_rule_set_that_become_others_are_said_with_both():
    was = [Figure(Measure.UNIT_MINUTES_MIN, 180), Figure(Measure.SEATS_MAX, 12)]
    young = Figure(Measure.UNIT_MINUTES_MIN, 120, Population.ADOLESCENT)
    adults = Figure(Measure.UNIT_MINUTES_MIN, 180, Population.ADULT)
    (unit,) = rules.figures_changed(was, [young, adults, was[1]])
    assert (unit.before, unit.after) == ("3 h", "adults 3 h, under 18 2 h")
    assert [(each.before, each.after) for each in rules.figures_changed(was, [was[0]])] == [
        ("12 people", "")
    ]
    assert rules.figures_changed(was, was[::-1]) == ()


def test_what_other_figures_lead_to_counts_days_and_peoples_weeks():
    few = Finding(What.TOO_FEW_FULL_DAYS, "2 of 3 full days")
    found = rules.consequences(Anew(), {1: (), 2: (few,)}, {1: (few,), 2: (few,)}, changes=())
    assert found.words.endswith("This week reads otherwise for 1 person.")
    found = rules.consequences(Anew(), {1: ()}, {1: ()}, changes=())
    assert found.words.endswith(rules.THIS_WEEK_STAYS)
