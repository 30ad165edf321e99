from datetime import date

import pytest

from clinic.accounts.rules import EMAIL_TAKEN
from clinic.participants.forms import ParticipantForm
from clinic.participants.rules import PIN_TAKEN

JO = {
    "name": "  Jordan Avery ",
    "preferred_name": "Jo",
    "birth_on": "1990-02-03",
    "email": "jo@example.org",
    "pin": "482913",
}


def form(app, **typed):
    with app.test_request_context(method="POST", data=JO | typed):
        made = ParticipantForm(meta={"csrf": False})
        made.validate()
        return made


def test_what_was_typed_comes_out_trimmed_as_the_actions_take_it(app):
    made = form(app)
    assert made.errors == {}
    assert made.facts == {
        "name": "Jordan Avery",
        "preferred_name": "Jo",
        "birth_on": date(1990, 2, 3),
        "email": "jo@example.org",
        "pin": "482913",
    }


def test_only_a_name_is_needed_and_empty_fields_say_nothing(app):
    made = form(app, preferred_name=" ", birth_on="", email="", pin="")
    assert made.errors == {}
    assert made.facts == {
        "name": "Jordan Avery",
        "preferred_name": None,
        "birth_on": None,
        "email": None,
        "pin": None,
    }


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("name", "  ", "Enter the person's name."),
        ("name", "x" * 121, "Field cannot be longer than 120 characters."),
        ("birth_on", "3/2/1990", "This is not a day. Write it like 2026-03-09."),
        ("birth_on", "1990-02-30", "This is not a day. Write it like 2026-03-09."),
        ("email", "jo at example", "This is not an e-mail address."),
        ("pin", "123", "A PIN is 4 to 10 digits."),
        ("pin", "1234abc", "A PIN is 4 to 10 digits."),
        ("pin", "12345678901", "A PIN is 4 to 10 digits."),
        ("pin", "1111", "A PIN of one repeated digit is too easy to guess."),
    ],
)
def test_each_field_says_what_is_wrong_and_keeps_what_was_typed(app, field, typed, sentence):
    made = form(app, **{field: typed})
    assert made.errors == {field: [sentence]}
    assert made[field].raw_data == [typed]


def test_a_no_stands_at_the_field_that_it_is_about(app):
    refused = form(app)
    for sentence in (PIN_TAKEN, EMAIL_TAKEN, "Not today."):
        refused.refuse(sentence)
    assert (refused.pin.errors, refused.email.errors) == ([PIN_TAKEN], [EMAIL_TAKEN])
    assert refused.form_errors == ["Not today."]
