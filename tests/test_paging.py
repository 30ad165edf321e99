import pytest

from clinic.errors import NotFound
from clinic.paging import Paging, paged


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
