import pytest

from clinic.building.queries import buildings
from clinic.formats import clock_time, short_name
from clinic.programs.queries import sites
from clinic.schedule.models import Mode, Status
from tests import make

DAY = "2026-03-04"
NOW = make.instant(f"{DAY} 09:30")


@pytest.fixture
def place(app):
    return make.site(name="Main Street")


def now_in(*, now=NOW, scope=None):
    return buildings(sites(), now=now, scope=scope)


def person(name, session, status=Status.PRESENT, **facts):
    enrollment = make.enrollment(make.participant(name=name), session.program)
    return make.booking(session, enrollment, status, **facts)


def names(people):
    rows = [getattr(each, "stop", each) for each in people]
    return [short_name(row.name, row.preferred_name) for row in rows]


def test_whoever_has_arrived_is_there_with_room_and_since_when(place):
    session = make.session(DAY, "09:00", "10:00", room=make.room(name="Birch room"))
    jordan = make.participant(name="Jordan Avery", preferred_name="Jo")
    booking = make.booking(
        session, make.enrollment(jordan, session.program), Status.PRESENT, arrived="08:52"
    )
    (only,) = now_in()
    (here,) = only.here
    assert (here.stop.participant_id, here.stop.name) == (jordan.id, "Jordan Avery")
    assert names(only.here) == ["Jo A."]
    assert (here.stop.room, clock_time(here.since, place.zone)) == ("Birch room", "8:52 am")
    assert here.leaves_from.booking_id == booking.id
    assert only.site == place


def test_people_are_by_name_and_those_who_have_not_come_apart(place):
    session = make.session(DAY, "09:00", "10:00")
    person("Zoe Adams", session)
    person("adam Zorn", session)
    person("Left Already", session, left="09:20")
    person("Late Lucy", session, Status.EXPECTED)
    person("Absent Andy", session, Status.NO_SHOW)
    person("Excused Eli", session, Status.EXCUSED)
    (only,) = now_in()
    assert names(only.here) == ["adam Z.", "Zoe A."]
    assert names(only.due) == ["Late L."]
    assert (only.due[0].room, clock_time(only.due[0].starts_at, place.zone)) == (None, "9:00 am")


def test_sessions_by_video_cancelled_ones_and_other_days_bring_nobody(place):
    person("At home", make.session(DAY, "09:00", "10:00", mode=Mode.VIRTUAL))
    person("Called off", make.session(DAY, "09:00", "10:00", is_cancelled=True))
    person("Yesterday", make.session("2026-03-03", "09:00", "10:00"))
    person("Hybrid One", make.session(DAY, "09:00", "10:00", mode=Mode.HYBRID))
    (only,) = now_in()
    assert names(only.here) == ["Hybrid O."]


def test_somebody_with_two_places_is_there_once(place):
    program = make.program()
    jordan = make.participant(name="Jordan Avery")
    first = make.session(DAY, "08:00", "09:10", program=program)
    second = make.session(DAY, "09:15", "10:00", program=program, room=make.room(name="Cedar"))
    enrollment = make.enrollment(jordan, program)
    make.booking(first, enrollment, Status.PRESENT, arrived="07:55")
    make.booking(second, enrollment, Status.EXPECTED)
    (only,) = now_in()
    assert (names(only.here), names(only.due)) == (["Jordan A."], [])
    (there,) = only.here
    assert (there.stop.room, clock_time(there.since, place.zone)) == (None, "7:55 am")


def test_leaders_of_what_is_held_now_are_there(place):
    ana, ben = make.staff(name="Ana Rivera"), make.staff(name="Ben Okafor")
    room = make.room(name="Birch room")
    make.session(DAY, "09:00", "10:00", leaders=[ben, ana], room=room)
    make.session(DAY, "09:30", "10:00", leaders=[make.staff(name="Carl")])
    make.session(DAY, "08:00", "09:30", leaders=[make.staff(name="Before")])
    make.session(DAY, "09:31", "10:00", leaders=[make.staff(name="After")])
    make.session(DAY, "09:00", "10:00", leaders=[make.staff(name="Off")], is_cancelled=True)
    make.session(DAY, "09:00", "10:00", leaders=[make.staff(name="Home")], mode=Mode.VIRTUAL)
    (only,) = now_in()
    found = [(row.name, row.room, clock_time(row.ends_at, place.zone)) for row in only.leading]
    assert found == [
        ("Ana Rivera", "Birch room", "10:00 am"),
        ("Ben Okafor", "Birch room", "10:00 am"),
        ("Carl", None, "10:00 am"),
    ]


def test_each_site_has_its_own_people_its_own_day_and_its_own_clock(app):
    east = make.site(key="east")
    west = make.site(key="west", timezone="America/Los_Angeles")
    late = make.instant(f"{DAY} 23:30", "America/Los_Angeles")  # the fifth in New York
    person("Eastern One", make.session(DAY, "21:00", "23:59", program=make.program(east)))
    at_west = make.session(DAY, "22:00", "23:45", program=make.program(west))
    person("Western One", at_west)
    one, other = now_in(now=late)
    assert (names(one.here), names(other.here)) == ([], ["Western O."])


def test_whoever_is_in_one_building_is_awaited_in_no_other(app):
    east, west = make.site(key="east"), make.site(key="west")
    jordan = make.participant(name="Jordan Avery")
    here = make.session(DAY, "09:00", "10:00", program=make.program(east))
    there = make.session(DAY, "09:00", "10:00", program=make.program(west))
    make.booking(here, make.enrollment(jordan, here.program), Status.PRESENT)
    make.booking(there, make.enrollment(jordan, there.program), Status.EXPECTED)
    one, other = now_in()
    assert (names(one.here), names(other.due)) == (["Jordan A."], [])


def test_only_a_leader_may_note_that_somebody_left_where_sight_is_limited(place):
    ana = make.staff()
    person("Hers One", make.session(DAY, "09:00", "10:00", leaders=[ana]))
    person("Other One", make.session(DAY, "09:00", "10:00", leaders=[make.staff()]))
    (only,) = now_in(scope=ana.id)
    assert [(each.stop.name, each.leaves_from.can_mark) for each in only.here] == [
        ("Hers One", True),
        ("Other One", False),
    ]


def test_many_people_take_as_many_statements_as_one(place, queries):
    session = make.session(DAY, "09:00", "10:00", seats=70, leaders=[make.staff()])
    sent = []
    for number in (1, 59):
        for _ in range(number):
            person("Jordan Avery", session)
        places = sites()
        with queries() as count:
            (only,) = buildings(places, now=NOW)
        sent.append((len(only.here), count()))
    assert sent == [(1, 2), (60, 2)]
