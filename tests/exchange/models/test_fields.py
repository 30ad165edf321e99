import pytest
from pydantic import TypeAdapter, ValidationError

from clinic.exchange.models import fields


def read(kind, value):
    return TypeAdapter(kind).validate_python(value)


def said(kind, value):
    with pytest.raises(ValidationError) as bad:
        read(kind, value)
    (error,) = bad.value.errors()
    return error["msg"]


def test_only_the_whole_number_is_the_version():
    assert read(fields.Version, 1) == 1
    for other in (True, 1.0):
        assert said(fields.Version, other) == "must be one of 1"
    for other in (2, "1", None):
        assert said(fields.Version, other) == "Input should be 1"


@pytest.mark.parametrize(
    ("text", "minute"), [("00:00", 0), ("08:30", 510), ("23:59", 1439), ("24:00", 1440)]
)
def test_a_minute_of_the_day_may_be_its_last(text, minute):
    assert read(fields.MinuteOfDay, text) == minute


@pytest.mark.parametrize("text", ["24:01", "8:30", "noon"])
def test_other_texts_are_no_times(text):
    assert said(fields.MinuteOfDay, text) == 'must be a time like "18:00"'


def test_a_name_may_hold_what_names_hold():
    for name in ("می\u200cخواهم", "O'Rourke", "山田", "\ue000"):
        assert read(fields.Text, name) == name


@pytest.mark.parametrize("character", ["\n", "\t", "\u2028", "\u0085"])
def test_a_text_is_one_line_of_what_can_be_seen(character):
    words = "must be one line without control characters"
    assert said(fields.Text, f"Ana{character}Rivera") == words


def test_lines_get_their_one_form_each():
    assert read(fields.Lines, " Side  door.\n\n \nRing\u200b. \n") == "Side door.\nRing."
    for text in ("", "\n", "\u200b"):
        assert said(fields.Lines, text) == "must not be empty"
    assert said(fields.Lines, "a\x07b") == "must be one line without control characters"
    assert said(fields.Lines, 5) == "must be text; put it in quotes"


def test_a_text_gets_its_one_form():
    assert read(fields.Text, " Ana\u00a0 Mari\u0301\u200ba ") == "Ana María"
    assert said(fields.Text, "\u200b") == "must not be empty"


@pytest.mark.parametrize("key", ["a b", "a;b", "a\u00a0b"])
def test_a_key_has_no_spaces(key):
    assert said(fields.Key, key) == "must not hold spaces or semicolons"


def test_a_telephone_number_is_kept_in_one_form():
    assert read(fields.Phone, "(202) 555-0123") == "+12025550123"
    assert said(fields.Phone, "555").startswith("This is no phone number.")


def test_a_link_is_whole_and_not_without_end():
    link = "https://video.example.org/j/1"
    assert read(fields.Link, link) == link
    assert said(fields.Link, "video.example.org") == "must be a whole link: https://…"
    assert said(fields.Link, f"{link}{'0' * 500}") == "is too long"


def test_a_language_is_a_code():
    assert read(fields.Language, "es") == "es"
    assert said(fields.Language, "Spanish").startswith("Write the language as its code")
