import pytest

from clinic.search.rules import begins, places, why_not_look

TOO_LITTLE = "Type at least two letters of a name."


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("jo", None),
        ("J o", None),
        ("14", None),
        ("李伟", None),
        ("j", TOO_LITTLE),
        ("", TOO_LITTLE),
        ("j-", TOO_LITTLE),
        ("j\u200b", TOO_LITTLE),
        ("--", TOO_LITTLE),
    ],
)
def test_two_letters_are_enough(typed, sentence):
    assert why_not_look(typed) == sentence


@pytest.mark.parametrize(
    ("typed", "text", "is_found"),
    [
        ("main", "Main Street", True),
        ("STR ma", "Main Street", True),
        ("alv", "Álvaro House", True),
        ("al\u00advaro", "Alvaro House", True),
        ("treet", "Main Street", False),
        ("main road", "Main Street", False),
    ],
)
def test_every_typed_word_begins_a_word(typed, text, is_found):
    assert begins(typed, text) is is_found


def test_pages_are_found_by_other_words_too_and_only_those_that_one_may_open():
    assert [place.title for place in places("fire", ["building.building"])] == ["In the building"]
    assert list(places("fire", [])) == []
    titles = [place.title for place in places("set", ["setup.guide", "groups.new"])]
    assert titles == ["Set up a group", "Setup"]
