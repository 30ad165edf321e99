from datetime import date, timedelta

from clinic.demo.approvals import TURNS, approvals
from clinic.demo.lives import lives

MONDAY = date(2026, 3, 2)


def test_everybody_but_in_aftercare_is_authorized_and_a_few_soon_no_longer():
    enrollments, _ = lives(MONDAY)
    found = [one for one in enrollments if "authorizations" in one]
    assert {one["program"] for one in enrollments if one not in found} == {"aftercare"}
    assert all(each["from"] <= each["until"] for one in found for each in one["authorizations"])
    running = [one for one in found if one["from"] <= MONDAY <= one["until"]]
    ends = [one["authorizations"][-1]["until"] - MONDAY for one in running if "status" not in one]
    assert sum(timedelta(0) < end < timedelta(days=14) for end in ends) >= 2
    assert sum(end < timedelta(0) for end in ends) >= 2


def test_the_same_turn_after_as_many_and_no_certification_before_the_first_day():
    one = {"program": "morning", "from": MONDAY, "until": MONDAY + timedelta(days=55)}
    first, again = approvals(3, one, MONDAY), approvals(3 + len(TURNS), one, MONDAY)
    units = [[each["units"] for each in both["authorizations"]] for both in (first, again)]
    assert units[0] == units[1] == [96]
    assert "certifications" not in approvals(3, one, MONDAY - timedelta(days=7))
    assert approvals(10, one, MONDAY)["certifications"][0]["review"] == date(2026, 3, 5)
    assert approvals(3, one | {"program": "aftercare"}, MONDAY) == {}
