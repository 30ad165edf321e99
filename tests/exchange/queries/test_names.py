from datetime import date

import pytest

from clinic.exchange.queries import names
from tests import make
from tests.exchange.files import knowing

MONDAY = date(2026, 3, 2)


def test_nothing_is_known_of_an_empty_database(app):
    assert names.known() == knowing()


def test_what_the_database_holds_is_known(app):
    site = make.site(key="main")
    room = make.room(site, key="room-1", seats=14)
    program = make.program(site, key="evening")
    series = make.series(program, key="skills", room=room)
    make.session(series=series)
    make.session(key="intake")
    make.staff(key="rivera")
    jo = make.participant(key="p-001")
    for key in ("e-001", "e-002"):
        make.enrollment(jo, key=key)
    make.participant(key="p-002")
    make.rule_set(key="own")
    assert names.known() == knowing(
        sites=["main"],
        staff=["rivera"],
        rule_sets=["own"],
        programs=["evening"],
        series=["skills"],
        sessions=["intake"],
        participants=["p-001", "p-002"],
        enrollments=["e-001", "e-002"],
    )


def test_ids_are_found_by_keys(app):
    site, other = make.site(key="main"), make.site(key="west")
    room = make.room(site, key="room-1")
    ana, ben = make.staff(key="ana"), make.staff(key="ben")
    jo = make.enrollment(key="e-001")
    assert names.get_site("west") == other
    with pytest.raises(KeyError):
        names.get_site("nowhere")
    assert names.staff_ids(["ben", "ana"]) == [ben.id, ana.id]
    assert names.staff_ids([]) == []
    assert names.enrollment_ids(["e-001", "e-002"]) == [jo.id]
    assert names.find_room(site.id, "room-1") is room
    assert names.find_room(other.id, "room-1") is None


def test_a_booking_is_found_by_series_or_key_and_day(app):
    series = make.series(key="skills")
    of_series, one_off = make.session(MONDAY, series=series), make.session(MONDAY, key="intake")
    jo = make.enrollment(key="e-001")
    mine = [make.booking(session, jo) for session in (of_series, one_off)]
    make.booking(of_series)
    find = names.find_booking
    assert [find(key, MONDAY, "e-001") for key in ("skills", "intake")] == mine
    assert find("skills", date(2026, 3, 9), "e-001") is None
    assert find("yoga", MONDAY, "e-001") is None
    assert find("skills", MONDAY, "e-999") is None
    assert names.is_there_a_session("skills", MONDAY)
    assert names.is_there_a_session("intake", MONDAY)
    assert not names.is_there_a_session("intake", date(2026, 3, 9))
    assert not names.is_there_a_session("yoga", MONDAY)
