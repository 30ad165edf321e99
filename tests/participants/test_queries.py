import pytest

from clinic.errors import NotFound
from clinic.participants import queries as participant_queries
from clinic.participants.queries import Paging
from tests import make


def names(words, page=1):
    rows, paging = participant_queries.search(words, page=page)
    return [row.name for row in rows], paging


def test_somebody_is_found_by_id_key_and_account(app):
    jo = make.participant(key="p-001")
    make.participant(key="p-002")
    assert participant_queries.get_participant(jo.id) is jo
    assert participant_queries.find_participant("p-001") is jo
    assert participant_queries.find_by_account(jo.account_id) is jo
    assert participant_queries.get_participant(jo.id).account.email == jo.account.email


def test_nobody_is_found_by_what_is_nobodys(app):
    for participant_id in (None, 0, 7):
        with pytest.raises(NotFound):
            participant_queries.get_participant(participant_id)
    assert participant_queries.find_participant("p-001") is None
    assert participant_queries.find_by_account(7) is None


def test_a_pin_is_taken_by_somebody_else_only(app):
    jo = make.participant(pin="482913")
    assert participant_queries.is_pin_taken("482913")
    assert not participant_queries.is_pin_taken("482913", but=jo)
    assert not participant_queries.is_pin_taken("482914")


def test_a_pin_is_kept_so_that_it_cannot_be_read_back(app):
    digest = participant_queries.pin_digest("482913")
    assert (len(digest), "482913" in digest) == (64, False)
    assert digest == participant_queries.pin_digest("482913")
    assert digest != participant_queries.pin_digest("482914")


def test_keys_in_use_are_all_keys(app):
    make.participant(key="p-001")
    make.participant(key="jo")
    assert participant_queries.keys_in_use() == {"p-001", "jo"}


def test_a_search_looks_for_every_word_in_names_and_key(app):
    make.participant(name="Jordan Avery", preferred_name="Jo", key="p-001")
    make.participant(name="avery Jones", key="p-002")
    make.participant(name="Blake_Avery 50%", key="x-003")
    everybody = ["avery Jones", "Blake_Avery 50%", "Jordan Avery"]
    assert names("") == (everybody, Paging(page=1, pages=1, total=3))
    assert names("AVERY")[0] == everybody
    assert names("avery jo")[0] == ["avery Jones", "Jordan Avery"]
    assert names("p-00")[0] == ["avery Jones", "Jordan Avery"]
    assert names("jo jordan p-001")[0] == ["Jordan Avery"]
    assert names("nobody") == ([], Paging(page=1, pages=1, total=0))


@pytest.mark.parametrize("words", ["Élodie", "élodie", "ÉLODIE", "lod", "zoë", "Zoë"])
def test_a_search_knows_letters_with_accents(app, words):
    make.participant(name="Élodie Zoë Martin")
    make.participant(name="Elena Zoller")
    assert names(words)[0] == ["Élodie Zoë Martin"]


def test_a_search_takes_signs_of_patterns_as_they_are(app):
    make.participant(name="Blake_Avery 50%")
    make.participant(name="Jordan Avery")
    assert [names(word)[0] for word in ("_", "%", "\\")] == [
        ["Blake_Avery 50%"],
        ["Blake_Avery 50%"],
        [],
    ]


def test_a_search_can_be_limited(app):
    jo = make.participant(name="Jordan Avery")
    make.participant(name="Blake Avery")
    rows, paging = participant_queries.search(
        "avery", page=1, only=participant_queries.Participant.id == jo.id
    )
    assert ([row.id for row in rows], paging.total) == ([jo.id], 1)
    assert rows[0].email == jo.account.email


def test_a_long_list_has_pages(app):
    for number in range(participant_queries.PAGE + 1):
        make.participant(name=f"Avery {number:02d}")
    first, paging = names("")
    assert (len(first), paging, paging.previous, paging.next) == (25, Paging(1, 2, 26), None, 2)
    last, paging = names("", page=2)
    assert (last, paging, paging.previous, paging.next) == (["Avery 25"], Paging(2, 2, 26), 1, None)
    assert names("", page=-3)[1].page == 1
    with pytest.raises(NotFound):
        names("", page=3)


def test_a_page_of_people_costs_the_same_with_one_and_with_three(app, queries):
    def number():
        with queries() as count:
            names("")
        return count()

    make.participant()
    one = number()
    make.participant()
    make.participant()
    assert number() == one == 1
