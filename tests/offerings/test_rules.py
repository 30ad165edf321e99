from clinic.offerings import rules


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
