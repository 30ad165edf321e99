from datetime import date

from clinic.days import WeeklyTime
from clinic.permissions import Role
from clinic.staff.forms import StaffForm, TimeOffForm


def staff_form(app, **typed):
    data = {"name": "Ana Rivera", **typed}
    with app.test_request_context("/", method="POST", data=data):
        form = StaffForm(meta={"csrf": False})
        form.validate()
    return form


def hours(number, days, first, last):
    row = f"working_hours-{number}-"
    return {f"{row}days": days, f"{row}from": first, f"{row}until": last}


def test_working_hours_are_shifts(app):
    form = staff_form(app, **hours(0, ["0", "2"], "09:00", "12:30"))
    assert form.errors == {}
    assert form.working_hours.data == [WeeklyTime(0, 540, 750), WeeklyTime(2, 540, 750)]
    assert {type(shift) for shift in form.working_hours.data} == {WeeklyTime}


def test_overlapping_working_hours_are_refused_and_kept(app):
    form = staff_form(app, **hours(0, ["0"], "09:00", "12:00"), **hours(1, ["0"], "11:00", "13:00"))
    assert form.errors == {
        "working_hours": ["Two of the working hours are at the same time on Monday."]
    }
    assert [row.starts for row in form.working_hours.rows] == ["09:00", "11:00", ""]


def test_a_name_is_needed_and_an_address_must_be_one(app):
    form = staff_form(app, name=" ", email="ana", roles=["clinician", "billing"])
    assert form.errors == {
        "name": ["Enter their name."],
        "email": ["This is not an e-mail address. Write it like name@example.org."],
    }
    assert form.role_set == {Role.CLINICIAN, Role.BILLING}


def test_nobody_is_made_a_participant_or_nonsense_by_this_form(app):
    for role in ("participant", "owner"):
        assert staff_form(app, roles=[role]).errors == {"roles": ["Choose from the list."]}


def time_off_form(app, first, last):
    data = {"from_on": first, "until_on": last}
    with app.test_request_context("/", method="POST", data=data):
        form = TimeOffForm(meta={"csrf": False})
        form.validate()
    return form


def test_time_off_is_some_days_and_why(app):
    assert time_off_form(app, "2026-03-09", "2026-03-13").facts == {
        "from_on": date(2026, 3, 9),
        "until_on": date(2026, 3, 13),
        "reason": None,
    }


def test_time_off_ends_after_it_begins(app):
    def errors(first, last):
        return time_off_form(app, first, last).errors

    assert errors("2026-03-09", "2026-03-09") == {}
    assert errors("2026-03-09", "2026-03-08") == {"until_on": ["The last day is before the first."]}
    not_a_day = ["This is not a date. Write it like 2026-03-09."]
    assert errors("x", "2026-03-08") == {"from_on": not_a_day}
    assert errors("2026-03-09", "2026-03-32") == {"until_on": not_a_day}
    assert errors("", "") == {
        "from_on": ["Enter the first day."],
        "until_on": ["Enter the last day."],
    }
