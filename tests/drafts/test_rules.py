import pytest
from wtforms import PasswordField

from clinic.drafts import rules
from clinic.forms import Form


@pytest.mark.parametrize(
    ("name", "is_secret"),
    [
        ("name", False),
        ("spinning", False),
        ("person-pin", True),
        ("pin", True),
        ("current", True),
        ("password", True),
        ("people-3-PIN", True),
        ("611arrived", False),
    ],
)
def test_secrets_are_told_by_the_names_of_their_fields(name, is_secret):
    assert rules.is_secret(name) is is_secret
    kept = [] if is_secret else [(name, "4711")]
    assert rules.kept_of([(name, "4711")]) == kept


def test_what_is_kept_reads_as_it_was_typed():
    typed = [("day", "1"), ("day", "2"), ("note", "“Ana”\r\n\u2028é😀"), ("", "")]
    assert rules.read(rules.written(typed)) == typed


def test_a_form_is_kept_up_to_a_size():
    assert rules.why_not_keep([("note", "x" * 99_996)]) is None
    assert rules.why_not_keep([("note", "x" * 99_997)]) == "This is too large to be kept."


def forms(kind=Form):
    for each in kind.__subclasses__():
        yield each
        yield from forms(each)


def test_every_field_for_a_secret_has_a_name_that_says_so():
    fields = {
        name: field.field_class
        for form in forms()
        for name, field in vars(form).items()
        if hasattr(field, "field_class")
    }
    secret = {name for name, kind in fields.items() if issubclass(kind, PasswordField)}
    assert secret == {"current", "password", "repeated"}
    assert all(map(rules.is_secret, secret))
