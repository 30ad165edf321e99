from datetime import date

import pytest

from clinic.participants.forms import ConsentForm, ContactForm, ParticipantForm
from clinic.participants.models import Scope
from clinic.participants.rules import LABELS

JO = {
    "name": "  Jordan Avery ",
    "preferred_name": "Jo",
    "birth_on": "1990-02-03",
    "email": "jo@example.org",
    "pin": "482913",
    "pronouns": "they/them",
    "language": "es",
    "phone": "(202) 555-0123",
}
NO_NUMBER = (
    "This is no phone number. Write it like 202-555-0123, or with its country: +44 20 7946 0958."
)


def form(app, kind=ParticipantForm, **typed):
    data = JO | typed if kind is ParticipantForm else typed
    with app.test_request_context(method="POST", data=data):
        made = kind(meta={"csrf": False})
        if kind is ConsentForm:
            made.contact.choices = [("", "Somebody else"), (7, "Dana Avery")]
        made.validate()
        return made


def test_what_was_typed_comes_out_trimmed_as_the_actions_take_it(app):
    made = form(app)
    assert made.errors == {}
    assert made.facts == dict.fromkeys(LABELS) | {
        "name": "Jordan Avery",
        "preferred_name": "Jo",
        "birth_on": date(1990, 2, 3),
        "email": "jo@example.org",
        "pin": "482913",
        "pronouns": "they/them",
        "language": "es",
        "phone": "+12025550123",
    }


def test_only_a_name_is_needed_and_empty_fields_say_nothing(app):
    nothing = dict.fromkeys(JO.keys() - {"name"}, "")
    made = form(app, **nothing | {"preferred_name": " "})
    assert made.errors == {}
    assert made.facts == dict.fromkeys(LABELS) | {"name": "Jordan Avery"}


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("name", "  ", "Enter the person's name."),
        ("name", "x" * 121, "Field cannot be longer than 120 characters."),
        ("birth_on", "3/2/1990", "This is not a date. Write it like 2026-03-09."),
        ("birth_on", "1990-02-30", "This is not a date. Write it like 2026-03-09."),
        ("email", "jo at example", "This is not an e-mail address."),
        ("phone", "555-0123", NO_NUMBER),
        ("phone", "202-555-0123 x4", "Leave out the extension: only the number is kept."),
        ("language", "other", "Write the code of the language below."),
        ("language", "xx", "Choose one from the list."),
        (
            "language_code",
            "Swahili",
            "Write the language as its code of two or three letters: “sw” for Swahili.",
        ),
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
    for sentence, field in (("Taken.", "pin"), ("Theirs.", "email"), ("Not today.", None)):
        refused.refuse(sentence, field)
    assert (refused.pin.errors, refused.email.errors) == (["Taken."], ["Theirs."])
    assert refused.form_errors == ["Not today."]


def test_a_language_that_is_not_listed_is_written_as_its_code(app):
    made = form(app, language="other", language_code="sw")
    assert (made.errors, made.facts["language"]) == ({}, "sw")


@pytest.mark.parametrize(
    ("code", "shown"), [(None, ("", None)), ("es", ("es", None)), ("sw", ("other", "sw"))]
)
def test_the_form_shows_the_language_that_somebody_speaks(app, code, shown):
    with app.test_request_context():
        made = ParticipantForm(meta={"csrf": False})
        made.show_language(code)
        assert (made.language.data, made.language_code.data) == shown


def test_a_contact_needs_a_name_only(app):
    made = form(app, ContactForm, name=" Dana Avery ")
    assert made.errors == {}
    assert made.facts == {
        "name": "Dana Avery",
        "relation": None,
        "phone": None,
        "email": None,
        "is_for_emergencies": False,
    }
    typed = {
        "name": "Dana",
        "relation": "mother",
        "phone": "202 555 0177",
        "email": "dana@example.org",
        "is_for_emergencies": "y",
    }
    assert form(app, ContactForm, **typed).facts == typed | {
        "phone": "+12025550177",
        "is_for_emergencies": True,
    }


def test_what_is_wrong_with_a_contact_is_said_at_its_field(app):
    made = form(app, ContactForm, name=" ", phone="12", email="dana")
    assert made.errors == {
        "name": ["Enter the name of the contact."],
        "phone": [NO_NUMBER],
        "email": ["This is not an e-mail address."],
    }


CONSENT = {
    "contact": "7",
    "purpose": "coordination of care",
    "scope": ["hours", "attendance"],
    "given_on": "2026-01-05",
}


def test_a_consent_is_for_a_contact_or_for_somebody_by_name(app):
    made = form(app, ConsentForm, **CONSENT)
    assert (made.errors, made.contact.data) == ({}, 7)
    assert made.scope.data == [Scope.HOURS, Scope.ATTENDANCE]
    made = form(app, ConsentForm, **CONSENT | {"contact": "", "recipient": "County court"})
    assert (made.errors, made.contact.data) == ({}, None)


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"contact": ""}, {"recipient": ["Choose a contact above, or write who it is."]}),
        ({"contact": "8"}, {"contact": ["Choose one from the list."]}),
        (
            {"recipient": "County court"},
            {"recipient": ["Choose a contact or write a name, not both."]},
        ),
        ({"purpose": " "}, {"purpose": ["Say what it is for."]}),
        ({"scope": []}, {"scope": ["Choose what may be told."]}),
        ({"scope": ["diagnosis"]}, {"scope": ["Choose from the list."]}),
        ({"given_on": ""}, {"given_on": ["Enter the day it was given."]}),
        (
            {"given_on": "", "expires_on": "2026-01-04"},
            {"given_on": ["Enter the day it was given."]},
        ),
        (
            {"expires_on": "2026-01-04"},
            {"expires_on": ["The last day is before the day it was given."]},
        ),
        (
            {"expires_on": "2026-02-30"},
            {"expires_on": ["This is not a date. Write it like 2026-03-09."]},
        ),
    ],
)
def test_what_is_wrong_with_a_consent_is_said_at_its_field(app, typed, errors):
    assert form(app, ConsentForm, **CONSENT | typed).errors == errors
