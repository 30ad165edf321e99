from datetime import date

from tests.exchange.files import problems


def test_the_first_weekday_of_a_transition_week_is_the_organizations():
    sunday = {
        "organization.week_starts": "sunday",
        "enrollments[0].transition_weeks": [date(2026, 3, 1), date(2026, 3, 2)],
    }
    assert problems(sunday) == [
        "enrollments[0].transition_weeks[1]: 2026-03-02 begins no week; 2026-03-01 does"
    ]


def test_dated_facts_stand_once():
    target = {"from": date(2026, 2, 16), "weekly_hours": {"min": 3, "max": 6}}
    assert problems({"enrollments[0].targets[1]": target}) == [
        "enrollments[0].targets[1].from: 2026-02-16 is in enrollments[0].targets[0].from already"
    ]
    weeks = "enrollments[0].transition_weeks"
    assert problems({f"{weeks}[1]": date(2026, 3, 2)}) == [
        f"{weeks}[1]: 2026-03-02 is in {weeks}[0] already"
    ]


def test_an_enrollment_continues_one_that_is_known():
    assert problems({"enrollments[0].continues": "nowhere"}) == [
        "enrollments[0].continues: there is no enrollment nowhere"
    ]
