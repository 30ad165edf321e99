import io
from datetime import date, time

import pytest
from flask_wtf.file import FileField
from sqlalchemy import select
from wtforms import PasswordField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Optional, ValidationError

from clinic.days import minute_of
from clinic.db import db
from clinic.errors import Refused
from clinic.forms import (
    TWICE,
    Between,
    Choice,
    Day,
    Form,
    Number,
    Several,
    WallTime,
    day_from,
    to_choose,
)
from clinic.programs.models import Site
from tests import make

NOT_A_DAY = "This is not a date. Write it like 2026-03-09."
NOT_A_NUMBER = "This is not a whole number."


class Secret(PasswordField):
    is_secret = True


class Everything(Form):
    name = StringField("Name", validators=[DataRequired("Enter a name.")])
    password = Secret("Password")
    day = Day("Day")
    start = WallTime("Start")
    seats = Number("Seats")
    room = Choice("Room", choices=[SelectChoice(1, "Room 1"), SelectChoice(2, "Room 2")])
    groups = Several("Groups", choices=[SelectChoice(3, "Process"), SelectChoice(4, "Skills")])


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


def test_what_is_typed_gets_its_one_form_but_not_a_password(filled):
    form = filled(name="\ufeffJose\u0301  A\xadvery", password="a\u200b  b")
    assert (form.name.data, form.password.data) == ("José Avery", "a\u200b  b")


def test_spaces_alone_are_nothing(filled):
    assert filled(name="   ").errors == {"name": ["Enter a name."]}


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("day", "09.03.2026", "This is not a date. Write it like 2026-03-09."),
        ("day", "2026-02-30", "This is not a date. Write it like 2026-03-09."),
        ("day", "1899-12-31", "This is too long ago, or too far ahead."),
        ("day", "9999-12-31", "This is too long ago, or too far ahead."),
        ("start", "25:00", "This is not a time. Write it like 09:05."),
        ("start", "9 o'clock", "This is not a time. Write it like 09:05."),
        ("seats", "twelve", "This is not a whole number."),
        ("seats", "1.5", "This is not a whole number."),
        ("room", "3", "Choose one from the list."),
        ("room", "", "Choose one from the list."),
        ("groups", "5", "Choose from the list."),
        ("groups", "all", "Choose from the list."),
    ],
)
def test_nonsense_gets_a_sentence_and_stays_in_its_field(filled, field, typed, sentence):
    form = filled(**{field: typed})
    assert form.errors == {field: [sentence]}
    if field not in {"room", "groups"}:
        assert form[field]._value() == typed


class Stay(Form):
    """Its second checks break where the first ones have not been passed."""

    first = Day("First day", validators=[InputRequired("Enter a day.")])
    last = Day("Last day", validators=[Optional()])
    nights = Number("Nights", validators=[Optional(), Between(1, 7)])

    def validate_first(self, field):
        if self.last.data and self.last.data < field.day:
            raise ValidationError("It ends before it begins.")

    def validate_nights(self, field):
        if field.data > 2:
            raise ValidationError("Two nights at most.")


@pytest.fixture
def stay(app):
    def typed(method="POST", **sent):
        with app.test_request_context("/", method=method, **sent):
            form = Stay(meta={"csrf": False})
            form.validate()
            return form

    return typed


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"first": "2026-03-09"}, {}),
        ({"first": "2026-03-09", "last": "2026-03-08"}, {"first": ["It ends before it begins."]}),
        ({"first": "soon", "last": "2026-03-08"}, {"first": [NOT_A_DAY]}),
        ({"first": "", "last": "2026-03-08"}, {"first": ["Enter a day."]}),
        ({"first": "2026-03-09", "last": "soon"}, {"last": [NOT_A_DAY]}),
        ({"first": "2026-03-09", "last": " ", "nights": " "}, {}),
        ({"first": " "}, {"first": [NOT_A_DAY]}),
        ({"first": "2026-03-09", "nights": "many"}, {"nights": [NOT_A_NUMBER]}),
        ({"first": "2026-03-09", "nights": "8"}, {"nights": ["Enter a number from 1 to 7."]}),
        ({"first": "2026-03-09", "nights": "3"}, {"nights": ["Two nights at most."]}),
        ({"first": "2026-03-09", "nights": ["1", "2"]}, {"nights": [TWICE]}),
        ({"first": "2026-03-09", "nights": ["", "2"]}, {"nights": [TWICE]}),
        ({"first": ["2026-03-09", "2026-03-09"]}, {"first": [TWICE]}),
    ],
)
def test_what_failed_its_first_check_is_not_checked_again(stay, typed, errors):
    assert stay(data=typed).errors == errors


def test_a_file_or_json_is_nothing_that_was_typed(stay):
    missing = {"first": ["Enter a day."]}
    assert stay(data={"first": (io.BytesIO(b"2026-03-09"), "day.txt")}).errors == missing
    assert stay(json={"first": 5}).errors == missing
    assert stay(method="GET", query_string={"first": "2026-03-09"}).errors == missing


class Papers(Form):
    name = StringField("Name")
    file = FileField("File")


def test_a_file_is_taken_where_one_is_asked_for(app):
    def sent(name):
        return {name: (io.BytesIO(b"x"), "list.csv")}

    for typed, names in (({"name": "Jo"} | sent("file"), ("Jo", "list.csv")), (sent("name"), None)):
        with app.test_request_context("/", method="POST", data=typed):
            form = Papers(meta={"csrf": False})
            file = form.file.data
            assert (form.name.data, file and file.filename) == (names or (None, None))


class Wish(Form):
    part = Choice("Part", coerce=str, choices={"am": "Morning", "pm": "Evening"}, default="am")


@pytest.mark.parametrize("typed", ["night", ""])
def test_what_is_not_on_a_known_list_does_not_become_the_value(app, typed):
    with app.test_request_context("/", method="POST", data={"part": typed}):
        form = Wish(meta={"csrf": False})
        assert form.part.data == "am"
        assert not form.validate()
    assert form.errors == {"part": ["Choose one from the list."]}


@pytest.mark.parametrize("text", ["soon", "0001-01-01", "9999-12-31"])
def test_a_day_that_no_clinic_plans_for_is_no_choice(text):
    with pytest.raises(ValueError):
        day_from(text)
    assert day_from("2026-03-09") == day_from(date(2026, 3, 9)) == date(2026, 3, 9)


def test_a_rules_no_stands_above_the_form(filled):
    form = filled()
    form.refuse("The room is full.")
    assert form.form_errors == ["The room is full."]


def test_an_act_is_done_or_its_refusal_stands_at_its_field(filled):
    done = []

    def refuse(sentence, field=None):
        def act():
            make.site(key=sentence)
            raise Refused(sentence, field)

        return act

    form = filled()
    assert form.attempt(lambda: done.append(1))
    assert (done, form.errors) == ([1], {})
    assert not form.attempt(refuse("There are too few seats.", "seats"))
    assert not form.attempt(refuse("The room is full.", "no field of this form"))
    assert not form.attempt(refuse("It is too late."))
    assert form.errors == {
        "seats": ["There are too few seats."],
        "": ["The room is full.", "It is too late."],
    }
    assert db.scalars(select(Site.key)).all() == []


@pytest.mark.parametrize("typed", ["x; drop table", "99999999999999999999", "-1"])
def test_an_id_that_no_record_can_have_is_not_a_choice(filled, typed):
    form = filled(room=typed)
    assert list(form.errors) == ["room"]
    assert form.room.data is None


def test_the_fields_of_the_page_tell_browsers_what_they_hold(filled):
    form = filled()
    assert [field.widget.input_type for field in (form.day, form.start, form.seats)] == [
        "date",
        "time",
        "number",
    ]


def test_a_time_of_day_is_minutes_since_midnight():
    assert [minute_of(time(0)), minute_of(time(9, 5)), minute_of(time(23, 59))] == [0, 545, 1439]


def test_any_number_of_a_list_is_chosen(filled):
    assert filled().groups.data == []
    assert filled(groups=["3", "4"]).groups.data == [3, 4]
    boxes = list(filled(groups="4").groups)
    assert [(box.data, box.checked, box.widget.input_type) for box in boxes] == [
        (3, False, "checkbox"),
        (4, True, "checkbox"),
    ]


class Seats(Form):
    seats = Number("Seats", validators=[Between(1, 12)])


@pytest.mark.parametrize(
    ("typed", "sentences"),
    [
        ("1", []),
        ("12", []),
        ("0", ["Enter a number from 1 to 12."]),
        ("13", ["Enter a number from 1 to 12."]),
        ("many", ["This is not a whole number."]),
    ],
)
def test_a_number_is_within_its_bounds(app, typed, sentences):
    with app.test_request_context("/", method="POST", data={"seats": typed}):
        form = Seats(meta={"csrf": False})
        form.validate()
    assert list(form.seats.errors) == sentences


def test_nothing_is_chosen_before_somebody_chooses_unless_there_is_only_one():
    two = [(1, "Room 1"), (2, "Room 2")]
    assert to_choose(two) == [("", "Choose…"), *two]
    assert to_choose(iter(two[:1])) == two[:1]
    assert to_choose([]) == [("", "Choose…")]
