from datetime import date

from clinic.groups import rules

FIRST, SECOND = date(2026, 3, 9), date(2026, 3, 16)


def test_who_lacks_more_minutes_is_told_with_the_first_such_week_of_each():
    before = {(1, FIRST): 30, (2, FIRST): 60, (3, FIRST): 0}
    after = {(1, FIRST): 30, (1, SECOND): 45, (2, FIRST): 90, (2, SECOND): 90, (3, FIRST): 0}
    found = rules.first_lacking(before, after)
    assert found == {1: (SECOND, 45), 2: (FIRST, 90)}
    part = rules.lacking_part(found, {1: "Zoe", 2: "Al"})
    assert part.sentences == ("2 people would have fewer hours than prescribed.",)
    (listed,) = part.lists
    assert listed.sentences == (
        "Al: 1 h 30 min missing in the week of Mar 9",
        "Zoe: 45 min missing in the week of Mar 16",
    )
    one = rules.lacking_part({2: (FIRST, 90)}, {2: "Al"})
    assert one.sentences == ("1 person would have fewer hours than prescribed.",)
