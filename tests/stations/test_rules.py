from datetime import timedelta
from types import SimpleNamespace

import pytest

from clinic.kiosk.models import Station
from clinic.permissions import TABLE, Role
from clinic.schedule.models import Status
from clinic.stations import rules
from tests.bookings.by_hand import NEW_YORK, TEN, at, booked

NOW = at("09:50")


def visit(start="10:00", end="11:00", **facts):
    return booked(start, end, room="Room 1")._replace(**facts)


def test_whoever_marks_who_is_here_opens_a_kiosk_and_whoever_sees_its_inbox_unpairs_it():
    opens = {role for role in Role if rules.may_unlock(TABLE[role])}
    assert opens == {Role.ADMIN, Role.COORDINATOR, Role.CLINICIAN, Role.FRONT_DESK}
    assert opens - {role for role in opens if rules.may_unpair(TABLE[role])} == {Role.CLINICIAN}


@pytest.mark.parametrize(
    ("idle", "since", "is_so"),
    [(300, 300, False), (301, 301, True), (0, 4 * 3600, False), (0, 4 * 3600 + 1, True)],
)
def test_a_kiosk_locks_itself(idle, since, is_so):
    used, opened = (NOW - timedelta(seconds=each) for each in (idle, since))
    assert rules.is_over(SimpleNamespace(used_at=used, unlocked_at=opened), now=NOW) is is_so


@pytest.mark.parametrize(
    ("kind", "typed", "sentence"),
    [
        (Station.SEARCH, "jo", None),
        (Station.SEARCH, "J O", None),
        (Station.SEARCH, "j", rules.TYPE_MORE),
        (Station.SEARCH, " - ", rules.TYPE_MORE),
        (Station.KEYPAD, "jo", rules.NOT_A_SEARCH),
        (Station.ROOM, "jo", rules.NOT_A_SEARCH),
    ],
)
def test_people_are_found_by_two_letters_at_the_front_desk_alone(kind, typed, sentence):
    assert rules.why_not_search(kind, typed) == sentence


@pytest.mark.parametrize(
    ("typed", "is_so"),
    [("jo", True), ("av jo", True), ("AVE", True), ("or", False), ("jo b", False), ("mai", True)],
)
def test_somebody_is_found_by_how_the_words_of_their_names_begin(typed, is_so):
    assert rules.is_called(typed, "Jordan Avery", None, "Maïa") is is_so


@pytest.mark.parametrize(
    ("visits", "now", "words"),
    [
        ([visit()], NOW, ("10:00 am · Room 1", "", True)),
        ([visit(room=None)], at("09:44"), ("10:00 am", "Check-in opens at 9:45 am", False)),
        ([visit()], at("11:01"), ("10:00 am · Room 1", "Over", False)),
        (
            [visit(status=Status.PRESENT, arrived_at=at("09:52"))],
            at("10:05"),
            ("10:00 am · Room 1", "Checked in at 9:52 am", False),
        ),
        (
            [visit(status=Status.PRESENT)],
            at("10:05"),
            ("10:00 am · Room 1", "Checked in at 10:00 am", False),
        ),
        ([visit(status=Status.EXCUSED)], NOW, ("10:00 am · Room 1", "Excused", True)),
        (
            [visit(status=Status.PRESENT), visit("10:30", "12:00")],
            at("10:20"),
            ("10:30 am · Room 1", "", True),
        ),
    ],
)
def test_a_kiosk_shows_which_session_of_theirs_and_how_it_stands(visits, now, words):
    shown = rules.person_words(7, "Jo A.", visits, zone=NEW_YORK, now=now)
    assert (shown["session"], shown["state"], shown["can_check_in"]) == words
    assert (shown["id"], shown["name"]) == (7, "Jo A.")


def test_what_has_been_done_is_said():
    places = [visit(), visit("11:15", "12:00", room=None)]
    said = "Jo A. is checked in: 10:00 am, Room 1; 11:15 am."
    assert rules.checked_in_words("Jo A.", places, zone=NEW_YORK, is_new=True) == said
    again = rules.checked_in_words("Jo A.", [TEN], zone=NEW_YORK, is_new=False)
    assert again == "Jo A. was already checked in: 10:00 am."


def test_whoever_has_to_wait_is_told_how_long():
    assert rules.too_many(timedelta(seconds=1.2)).endswith("Please try again in 2 seconds.")
