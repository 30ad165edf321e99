from datetime import date

import pytest
from sqlalchemy import update

from clinic.db import db
from clinic.errors import NotFound
from clinic.paging import Paging
from clinic.participants import queries as participant_queries
from clinic.participants.models import Participant
from clinic.participants.rules import RECOGNIZED_BY
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


def test_nobody_else_on_the_list_is_called_the_same(app):
    maria = make.participant(name="Maria Garcia")
    ann = make.participant(name="Ann Dow", birth_on=date(1990, 5, 1))
    make.participant(name="Mariana Gomez", preferred_name="Maria")
    make.participant(name="Ann Dow", birth_on=date(1968, 5, 1))
    ids = [maria.id, ann.id]
    called = participant_queries.called(ids, by_year=True)
    assert called == {maria.id: "Maria Ga.", ann.id: "Ann Dow, 1990"}
    called = participant_queries.called(ids, by_year=False)
    assert called[ann.id] == f"Ann Dow, {ann.key}"
    assert participant_queries.called([], by_year=True) == {}


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


def test_keys_for_newcomers_are_those_that_nobody_has_or_is_to_get(app):
    make.participant(key="p-004")
    make.participant(key="jo")
    free = participant_queries.free_keys(but={"p-005"})
    assert [next(free), next(free)] == ["p-003", "p-006"]


IN_ORDER = ["Álvaro Cruz", "amy Diaz", "Bo Park", "İlknur Demir", "Óscar Ruiz", "Zoe Bell"]


def test_people_are_listed_as_people_expect_and_after_a_new_name(app):
    for name in sorted(IN_ORDER[1:]):
        make.participant(name=name)
    make.participant(name="Zuzu").name = "Álvaro Cruz"
    assert names("")[0] == IN_ORDER


def test_a_search_looks_for_every_word_in_names_and_key(app):
    make.participant(name="Jordan Avery", preferred_name="Jo", key="p-001")
    make.participant(name="avery Jones", key="p-002")
    make.participant(name="Blake_Avery 50%", key="x-003")
    everybody = ["avery Jones", "Blake_Avery 50%", "Jordan Avery"]
    assert names("") == (everybody, Paging(page=1, pages=1, total=3))
    assert names("AVERY")[0] == everybody
    assert names("avery jo")[0] == ["Jordan Avery", "avery Jones"]
    assert names("jones p-00")[0] == ["avery Jones"]
    assert names("p-00")[0] == ["avery Jones", "Jordan Avery"]
    assert names("jo jordan p-001")[0] == ["Jordan Avery"]
    assert names("nobody") == ([], Paging(page=1, pages=1, total=0))


@pytest.mark.parametrize("words", ["Élodie", "élodie", "ÉLODIE", "lod", "zoë", "Zoë"])
def test_a_search_knows_letters_with_accents(app, words):
    make.participant(name="Élodie Zoë Martin")
    make.participant(name="Elena Zoller")
    assert names(words)[0] == ["Élodie Zoë Martin"]


def test_a_search_takes_signs_for_nothing(app):
    make.participant(name="Blake_Avery 50%")
    make.participant(name="Jordan Avery")
    assert [names(word)[0] for word in ("_", "%", "\\", "50%", "blake avery")] == [
        [],
        [],
        [],
        ["Blake_Avery 50%"],
        ["Blake_Avery 50%"],
    ]


def test_somebody_is_found_by_part_of_a_phone_number_but_never_by_a_pin(app):
    make.participant(name="Jordan Avery", phone="+12025550123", pin="482913")
    make.participant(name="Priya Raman", phone="+12025559999")
    assert names("(202) 555-0123")[0] == ["Jordan Avery"]
    assert names("555")[0] == ["Jordan Avery", "Priya Raman"]
    assert names("482913")[0] == []


def test_found_people_have_pages_too(app):
    for number in range(participant_queries.PAGE + 1):
        make.participant(name=f"Avery {number:02d}")
    make.participant(name="Blake Lane")
    assert names("avry", page=2) == (["Avery 25"], Paging(2, 2, 26))
    with pytest.raises(NotFound):
        names("avry", page=3)


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


@pytest.mark.parametrize("words", ["", "jordan"])
def test_a_page_of_people_costs_the_same_with_one_and_with_three(app, queries, words):
    def number():
        with queries() as count:
            names(words)
        return count()

    make.participant()
    one = number()
    make.participant()
    make.participant()
    assert number() == one == 1


def merged(name="Jordon Avery", **facts):
    kept = make.participant(name="Jordan Avery", key="p-001")
    return kept, make.participant(name=name, merged_into_id=kept.id, **facts)


def test_whoever_was_merged_is_in_no_list_and_in_no_search(app):
    _, gone = merged(key="p-002", phone="+12025550123")
    assert names("") == (["Jordan Avery"], Paging(1, 1, 1))
    assert [names(word)[0] for word in ("jordon", "p-002", "0123")] == [["Jordan Avery"], [], []]
    with pytest.raises(NotFound):
        participant_queries.get_participant(gone.id)
    person = dict.fromkeys(RECOGNIZED_BY) | {"name": "Jordon Avery", "phone": "+12025550123"}
    assert participant_queries.possible_duplicates(person) == []


def test_a_key_or_an_id_of_whoever_was_merged_leads_to_the_record_that_stays(app):
    kept, gone = merged(key="p-002")
    assert participant_queries.find_participant("p-002") is kept
    assert participant_queries.find_kept(gone.id) == kept.id
    assert participant_queries.find_kept(kept.id) is None
    assert participant_queries.find_kept(99) is None


def test_records_are_held_as_they_are_now_in_the_order_of_their_ids(app):
    kept, gone = merged()
    db.execute(update(Participant).values(name="Somebody"))
    found = participant_queries.hold([gone.id, kept.id, 99])
    assert [(each.id, each.name, each.account.is_active) for each in found] == [
        (kept.id, "Somebody", True),
        (gone.id, "Somebody", True),
    ]


def test_possible_duplicates_are_others(app):
    jo = make.participant(name="Jordan Avery", phone="+12025550123")
    other = make.participant(name="Priya Raman", phone="+12025550123")
    person = dict.fromkeys(RECOGNIZED_BY) | {"name": "Jordan Avery", "phone": "+12025550123"}
    found = participant_queries.possible_duplicates(person)
    assert [(each.id, reason) for each, reason in found] == [
        (jo.id, "the same name and the same phone number"),
        (other.id, "the same phone number"),
    ]
    found = participant_queries.possible_duplicates(person, but=jo)
    assert [each.id for each, _ in found] == [other.id]


def test_contacts_come_for_emergencies_first_and_those_of_the_past_last(app):
    jo = make.participant()
    for name, facts in (
        ("Zed", {}),
        ("Past", {"ended_at": make.instant("2026-02-01 10:00"), "is_for_emergencies": True}),
        ("ada", {}),
        ("Urgent", {"is_for_emergencies": True}),
    ):
        make.contact(jo, name=name, **facts)
    make.contact(make.participant())
    found = participant_queries.contacts_of(jo.id)
    assert [contact.name for contact in found] == ["Urgent", "ada", "Zed", "Past"]


def test_consents_come_latest_first(app):
    jo = make.participant()
    days = ("2026-01-05", "2026-02-05", "2026-01-05")
    first, second, third = (make.consent(jo, given_on=day) for day in days)
    make.consent(make.participant())
    assert participant_queries.consents_of(jo.id) == [second, third, first]


def test_a_contact_or_consent_is_found_by_id(app):
    jo = make.participant()
    contact, consent = make.contact(jo), make.consent(jo)
    assert participant_queries.get_contact(contact.id) is contact
    assert participant_queries.get_consent(consent.id) is consent
    for get in (participant_queries.get_contact, participant_queries.get_consent):
        for unknown in (None, 99):
            with pytest.raises(NotFound):
                get(unknown)


def test_names_that_others_would_try_are_those_of_person_and_clinic(app):
    ana = make.staff(name="Ana Rivera")
    jordan = make.participant(name="Jordan Avery", preferred_name="Jo")
    assert participant_queries.known_of(ana.account.id) == ["Ana Rivera"]
    make.organization(name="Larkspur House")
    assert participant_queries.known_of(ana.account.id) == ["Ana Rivera", "Larkspur House"]
    assert participant_queries.known_of(jordan.account.id) == [
        "Jordan Avery",
        "Jo",
        "Larkspur House",
    ]
