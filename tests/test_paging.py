import pytest

from clinic.errors import NotFound
from clinic.paging import Order, Paging, filter_asked, in_order, order_asked, order_of, paged


def test_a_list_read_whole_is_cut_into_pages():
    assert paged("abcde", page=1, most=2) == ("ab", Paging(1, 3, 5))
    assert paged("abcde", page=3, most=2) == ("e", Paging(3, 3, 5))
    assert paged("", page=1, most=2) == ("", Paging(1, 1, 0))
    for beyond in (0, 4):
        with pytest.raises(NotFound):
            paged("abcde", page=beyond, most=2)


def test_a_page_has_one_before_and_one_after_it_but_at_the_ends():
    places = [Paging(page, pages=3, total=5) for page in (1, 2, 3)]
    assert [(each.previous, each.next) for each in places] == [(None, 2), (1, 3), (2, None)]


KEYS = {"name": str.lower, "length": lambda each: len(each) or None}


@pytest.mark.parametrize(
    ("asked", "listed"),
    [
        ("", ["", "a", "B", "cc"]),
        ("-name", ["cc", "B", "a", ""]),
        ("length", ["B", "a", "cc", ""]),
        ("-length", ["cc", "B", "a", ""]),
    ],
)
def test_a_list_is_sorted_by_a_column_with_nothing_last_and_equals_as_they_come(asked, listed):
    order = order_asked(asked, KEYS, "name")
    assert str(order) == (asked or "name")
    assert in_order(["B", "", "cc", "a"], KEYS, order) == listed


@pytest.mark.parametrize("rubbish", ["size", "-", "--name", "name "])
def test_a_column_that_a_list_does_not_have_is_no_address(rubbish):
    with pytest.raises(NotFound):
        order_asked(rubbish, KEYS, "name")


def test_a_second_press_on_a_column_turns_it_round():
    assert order_of("name").after("-length") == Order("length", is_down=True)
    assert order_of("-length").after("-length") == Order("length")
    assert order_of("length").after("-length") == Order("length", is_down=True)


def test_a_filter_offers_what_is_in_the_list_by_name_and_what_is_asked_for():
    pairs = [(2, "Zoe"), (1, "ana"), (2, "Zoe"), (None, None)]

    def asked(text):
        return filter_asked("by", "By", "All", pairs, asked=text, called={"3": "Mia"}.__getitem__)

    assert asked("").options == asked("2").options == [("1", "ana"), ("2", "Zoe")]
    assert asked("3").options == [("1", "ana"), ("3", "Mia"), ("2", "Zoe")]
    with pytest.raises(KeyError):
        asked("4")
