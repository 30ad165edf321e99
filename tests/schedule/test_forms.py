from datetime import date
from types import SimpleNamespace

import pytest

from clinic.programs.models import Kind
from clinic.schedule.forms import (
    EndForm,
    SeriesForm,
    SlotsForm,
    kind_of,
    title_of,
)
from clinic.schedule.models import Mode
from tests import make

ROOMS = [
    SimpleNamespace(id=1, name="Office", seats=3, site_id=1, site="Main"),
    SimpleNamespace(id=2, name="Hall", seats=30, site_id=2, site="West"),
]
LEADERS = [
    SimpleNamespace(id=7, name="Ana Rivera", is_active=True),
    SimpleNamespace(id=8, name="Kim Tran", is_active=True),
]
SERIES = {
    "title": " Process group ",
    "program": "4",
    "weekdays": ["2", "0"],
    "starts": "10:00",
    "ends": "11:00",
    "room": "2",
    "lead": "7",
    "co_leads": ["8"],
    "seats": "12",
    "break_minutes": "0",
    "every_weeks": "1",
    "from_on": "2026-03-09",
}


def filled(app, kind, typed):
    with app.test_request_context(method="POST", data=typed):
        form = kind(meta={"csrf": False})
        if kind is SeriesForm:
            form.program.choices = [(4, "Evening IOP")]
        if kind is SeriesForm:
            form.offer(rooms=ROOMS, leaders=LEADERS)
        if kind is SlotsForm:
            form.lead.choices = [(7, "Ana Rivera")]
        form.validate()
        return form


def test_a_plan_is_read_with_its_days_in_order_and_the_lead_first(app):
    program = [make.program() for _ in range(4)][-1]
    form = filled(app, SeriesForm, SERIES | {"break_minutes": "5", "every_weeks": "1"})
    assert form.errors == {}
    series = form.series()
    plan = series.plan
    assert (series.title, series.program, series.site_id) == (
        "Process group",
        program,
        program.site_id,
    )
    assert (plan.weekdays, plan.leader_ids, plan.break_minutes) == ("02", [7, 8], 5)
    assert (plan.kind, plan.mode, plan.every_weeks) == (Kind.GROUP, Mode.IN_PERSON, 1)
    assert (plan.from_on, plan.room_id) == (series.from_on, None)


@pytest.mark.parametrize("room", ["", "1"])
def test_a_way_to_meet_that_is_not_listed_is_refused_at_its_field(app, room):
    form = filled(app, SeriesForm, SERIES | {"mode": "by letter", "room": room})
    assert form.errors == {"mode": ["Choose one from the list."]}


def test_rooms_of_several_sites_say_where_they_are(app):
    form = filled(app, SeriesForm, SERIES)
    assert [text for _, text in form.room.choices] == [
        "No room",
        "Office, 3 seats, Main",
        "Hall, 30 seats, West",
    ]


def test_a_form_without_anything_asks_for_what_it_needs(app):
    form = filled(app, SeriesForm, {})
    assert {name: said[0] for name, said in form.errors.items()} == {
        "title": "Enter a title.",
        "starts": "Enter the start.",
        "ends": "Enter the end.",
        "lead": "Choose who leads.",
        "seats": "Enter the number of seats.",
        "program": "Choose a program.",
        "weekdays": "Choose a day or more.",
        "break_minutes": "Enter the minutes of the break, 0 for none.",
        "every_weeks": "Enter 1 for every week, 2 for every other one.",
        "from_on": "Enter the first day.",
    }
    assert form.leader_ids == []


def test_a_virtual_group_needs_no_room(app):
    form = filled(app, SeriesForm, SERIES | {"room": "", "mode": "virtual"})
    assert form.errors == {}


def test_what_an_action_says_of_the_leaders_stands_at_those_beside_the_first(app):
    form = filled(app, SeriesForm, SERIES)
    form.refuse("The same person is chosen twice as a leader.", "leader_ids")
    form.refuse("02:30 does not exist.", "starts")
    assert form.errors == {
        "starts": ["02:30 does not exist."],
        "co_leads": ["The same person is chosen twice as a leader."],
    }


def test_a_last_day_is_checked(app):
    assert filled(app, EndForm, {"until_on": "2026-03-09"}).until_on.day == date(2026, 3, 9)
    assert filled(app, EndForm, {}).until_on.errors == ["Enter the last day."]


@pytest.mark.parametrize(
    ("purpose", "kind", "title"),
    [
        ("intake", Kind.INDIVIDUAL, "Intake"),
        ("individual", Kind.INDIVIDUAL, "Individual session"),
        ("family", Kind.FAMILY, "Family session"),
        ("other", Kind.OTHER, "Session"),
    ],
)
def test_a_purpose_is_a_kind_and_a_title(purpose, kind, title):
    assert (kind_of(purpose), title_of(purpose)) == (kind, title)


def test_free_times_are_looked_for_as_usual_unless_asked(app):
    form = filled(app, SlotsForm, {})
    assert (form.kind.data, form.minutes.data, form.mode.data) == ("individual", 50, "in_person")
