from datetime import date, time

import pytest
from wtforms import PasswordField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired

from clinic.forms import Choice, Day, Form, Number, WallTime, minutes_of


class Secret(PasswordField):
    is_secret = True


class Everything(Form):
    name = StringField("Name", validators=[DataRequired("Enter a name.")])
    password = Secret("Password")
    day = Day("Day")
    start = WallTime("Start")
    seats = Number("Seats")
    room = Choice("Room", choices=[SelectChoice(1, "Room 1"), SelectChoice(2, "Room 2")])


TYPED = {
    "name": "Jo",
    "password": "secret",
    "day": "2026-03-09",
    "start": "09:05",
    "seats": "12",
    "room": "2",
}


@pytest.fixture
def filled(app):
    """The form as if this had been typed into it."""

    def fill(**typed):
        with app.test_request_context("/", method="POST", data=TYPED | typed):
            form = Everything(meta={"csrf": False})
            form.validate()
            return form

    return fill


def test_what_is_typed_becomes_values(filled):
    form = filled()
    assert form.errors == {}
    assert form.day.day == date(2026, 3, 9)
    assert (form.day.data, form.start.data) == (date(2026, 3, 9), time(9, 5))
    assert (form.seats.data, form.room.data) == (12, 2)


def test_spaces_around_words_are_dropped_but_not_around_a_password(filled):
    form = filled(name="  Jo Avery\t", password=" p w ")
    assert (form.name.data, form.password.data) == ("Jo Avery", " p w ")


def test_spaces_alone_are_nothing(filled):
    assert filled(name="   ").errors == {"name": ["Enter a name."]}


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("day", "09.03.2026", "This is not a day. Write it like 2026-03-09."),
        ("day", "2026-02-30", "This is not a day. Write it like 2026-03-09."),
        ("start", "25:00", "This is not a time. Write it like 09:05."),
        ("start", "9 o'clock", "This is not a time. Write it like 09:05."),
        ("seats", "twelve", "This is not a whole number."),
        ("seats", "1.5", "This is not a whole number."),
        ("room", "3", "Choose one from the list."),
        ("room", "", "Choose one from the list."),
    ],
)
def test_nonsense_gets_a_sentence_and_stays_in_its_field(filled, field, typed, sentence):
    form = filled(**{field: typed})
    assert form.errors == {field: [sentence]}
    if field != "room":
        assert form[field]._value() == typed


def test_a_rules_no_stands_above_the_form(filled):
    form = filled()
    form.refuse("The room is full.")
    assert form.form_errors == ["The room is full."]


def test_an_id_that_is_no_number_is_not_a_choice(filled):
    assert list(filled(room="x; drop table").errors) == ["room"]


def test_the_fields_of_the_page_tell_browsers_what_they_hold(filled):
    form = filled()
    assert [field.widget.input_type for field in (form.day, form.start, form.seats)] == [
        "date",
        "time",
        "number",
    ]


def test_a_time_of_day_is_minutes_since_midnight():
    assert [minutes_of(time(0)), minutes_of(time(9, 5)), minutes_of(time(23, 59))] == [0, 545, 1439]
