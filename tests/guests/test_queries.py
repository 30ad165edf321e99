import pytest

from clinic.errors import NotFound
from clinic.guests import queries
from tests import make


def test_whom_a_search_finds_is_enrolled_that_day_and_not_on_it_yet(app):
    session = make.session("2026-03-12", seats=2)
    people = {
        name: make.enrollment(from_on=from_on, participant=make.participant(name=name))
        for name, from_on in (("Jo On", "2026-02-01"), ("Jo Off", "2026-02-01"))
    }
    make.enrollment(from_on="2026-04-01", participant=make.participant(name="Jo Later"))
    make.booking(session, people["Jo On"])
    found = queries.found_for(session, "jo", scope=None, limit=9)
    assert [row.name for row in found] == ["Jo Off"]
    assert (queries.free_seats_of(session), queries.seats_held_on(session)) == (1, 0)
    make.offer(people["Jo Off"], session)
    assert (queries.free_seats_of(session), queries.seats_held_on(session)) == (0, 1)


def test_whoever_is_on_leave_that_day_is_away(app):
    session = make.session("2026-03-12")
    away, back = make.enrollment(), make.enrollment()
    make.leave(away, "2026-03-10", "2026-03-12")
    make.leave(back, "2026-03-10", "2026-03-11")
    assert queries.away_on(session, [away.id, back.id]) == {away.id}


def test_a_session_is_led_whole(app):
    kim = make.staff()
    session = make.session(leaders=[kim])
    assert queries.get_led(session.id, kim.id).site.timezone == make.ZONE
    with pytest.raises(NotFound):
        queries.get_led(session.id, make.staff().id)
