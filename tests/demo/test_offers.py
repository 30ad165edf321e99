from datetime import date

from clinic.demo import offers
from clinic.exchange.models.clinic_file import StaffShape
from clinic.exchange.models.fields import SHORT_WEEKDAYS

MONDAY = date(2026, 11, 16)


def people():
    return {one["key"]: StaffShape.model_validate(one) for one in offers.staff(MONDAY)}


def test_everyone_who_leads_a_group_works_at_that_time():
    staff = people()
    for group in offers.GROUPS:
        leaders, days = group.leaders.split(), group.days.split()
        assert leaders
        assert days
        for leader in leaders:
            times = [time for one in staff[leader].working_hours for time in one.times]
            for day in days:
                start, end = (int(wall[:2]) * 60 + int(wall[3:]) for wall in group[5:7])
                weekday = SHORT_WEEKDAYS.index(day)
                assert any(on == weekday and a <= start and end <= b for on, a, b in times), (
                    leader,
                    group.key,
                    day,
                )


def test_whoever_left_cannot_sign_in_and_clinicians_have_licenses():
    staff = people()
    assert [key for key, one in staff.items() if one.is_active is False] == ["greer"]
    assert [key for key, one in staff.items() if one.license is not None] == [
        one.key for one in offers.STAFF if one.role == "clinician"
    ]
    assert sum(bool(one.time_off) for one in staff.values()) == 3


def test_a_program_says_what_it_asks_of_a_week():
    programs = {one["key"]: one for one in offers.programs()}
    assert programs["teen"]["population"] == "adolescent"
    assert programs["teen"]["mix"][1]["kind"] == "family"
    assert programs["aftercare"]["rule_set"] is None
    assert [one["key"] for one in offers.sites()] == ["main", "lakeside"]


def test_groups_have_met_for_ten_weeks_and_one_day_is_closed():
    groups = list(offers.groups(MONDAY))
    assert {group["from"] for group in groups} == {date(2026, 9, 7)}
    assert [one["from"] for one in offers.closures(MONDAY)] == [date(2026, 12, 4)]
