from datetime import date

from clinic.days import Range
from clinic.exchange.queries import names
from clinic.exchange.rules.known import Enrolled, Known, Running
from tests import make

MONDAY = date(2026, 3, 2)


def test_nothing_is_known_of_an_empty_database(app):
    assert names.known() == Known()


def test_what_the_database_holds_is_known(app):
    make.organization(week_starts=6)
    site = make.site(key="main")
    room = make.room(site, key="room-1", seats=14)
    program = make.program(site, key="evening")
    series = make.series(program, key="skills", room=room)
    make.session(series=series)
    make.session(key="intake")
    make.staff(key="rivera")
    jo = make.participant(key="p-001")
    first = make.enrollment(jo, key="e-001")
    make.enrollment(
        jo, key="e-002", from_on="2026-03-02", until_on="2026-04-05", continues_id=first.id
    )
    make.participant(key="p-002", merged_into_id=jo.id)
    make.rule_set(key="own")
    assert names.known() == Known(
        staff=frozenset(["rivera"]),
        series={"skills": Running("evening", "main", "room-1", 12)},
        one_offs=frozenset(["intake"]),
        participants=frozenset(["p-001", "p-002"]),
        merged={"p-002": "p-001"},
        rule_sets={"own": False},
        enrollments={
            "e-001": Enrolled("p-001", "evening", Range(date(2026, 1, 5), None)),
            "e-002": Enrolled(
                "p-001", "evening", Range(date(2026, 3, 2), date(2026, 4, 5)), "e-001"
            ),
        },
        program_sites={"evening": "main"},
        rooms={("main", "room-1"): 14},
        zones={"main": make.ZONE},
        week_starts=6,
    )


def test_ids_are_found_by_keys(app):
    site, other = make.site(key="main"), make.site(key="west")
    room = make.room(site, key="room-1")
    ana, ben = make.staff(key="ana"), make.staff(key="ben")
    jo = make.enrollment(key="e-001")
    assert names.get_site_id("west") == other.id
    assert names.staff_ids(["ben", "ana"]) == [ben.id, ana.id]
    assert names.staff_ids([]) == []
    assert names.enrollment_ids(["e-001", "e-002"]) == [jo.id]
    assert names.find_room_id(site.id, "room-1") == room.id
    assert names.find_room_id(other.id, "room-1") is None
    assert names.find_room_id(site.id, None) is None


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
