import json
from datetime import date, time

import pytest

from clinic.attendance import actions, queries
from clinic.db import db
from clinic.errors import NotFound
from clinic.schedule.models import Booking, Session, Status
from clinic.trail import SYSTEM, Actor
from tests import make

ANA = Actor("account", 7)
BEN = Actor("account", 8)
TEN_PAST = make.instant("2026-03-02 10:10")


def person(session: Session, name: str, **facts: str) -> Booking:
    return make.booking(session, make.enrollment(make.participant(name=name, **facts)))


def mark(booking: Booking, status: Status, by: Actor = ANA) -> None:
    actions.mark(booking, status=status, version=booking.version, by=by, now=TEN_PAST)


def test_a_booking_is_found_on_the_sheet_of_its_session_only(app):
    ana = make.staff()
    session = make.session(leaders=[ana])
    booking = make.booking(session)
    assert queries.get_booking(session.id, booking.id, scope=None) is booking
    assert queries.get_booking(session.id, booking.id, scope=ana.id) is booking
    for session_id, booking_id, scope in (
        (make.session().id, booking.id, None),
        (session.id, booking.id + 1, None),
        (session.id, booking.id, ana.id + 1),
    ):
        with pytest.raises(NotFound):
            queries.get_booking(session_id, booking_id, scope=scope)


def test_a_booking_that_is_gone_is_nobody_elses_later(app):
    session = make.session()
    gone = make.booking(session)
    gone_id = gone.id
    db.delete(gone)
    db.flush()
    assert make.booking(session).id > gone_id
    with pytest.raises(NotFound):
        queries.get_booking(session.id, gone_id, scope=None)


def test_a_session_is_found_by_who_leads_it(app):
    ana, ben = make.staff(), make.staff()
    session = make.session(leaders=[ana, ben])
    assert queries.get_session(session.id, scope=None) is session
    assert queries.get_session(session.id, scope=ben.id) is session
    with pytest.raises(NotFound):
        queries.get_session(session.id, scope=make.staff().id)
    with pytest.raises(NotFound):
        queries.get_session(session.id + 1, scope=None)


def test_a_sheet_has_its_session_its_leaders_and_everybody_by_what_they_go_by(app):
    ana, ben = make.staff(name="Ana Rivera"), make.staff(name="Ben Cole")
    session = make.session(leaders=[ben, ana])
    person(session, "Max Brandt")
    person(session, "Jordan Avery", preferred_name="Jo")
    person(session, "Elena Petrova", preferred_name="Lena")
    row, leaders, rows = queries.sheet_of(session.id, None)
    assert (row.title, row.timezone) == ("Process group", make.ZONE)
    assert [each.name for each in leaders] == ["Ben Cole", "Ana Rivera"]
    assert [(row.name, row.preferred_name) for row in rows] == [
        ("Jordan Avery", "Jo"),
        ("Elena Petrova", "Lena"),
        ("Max Brandt", None),
    ]
    assert queries.sheet_of(session.id, ana.id)[0].id == session.id


def test_a_sheet_is_in_the_order_that_people_expect(app):
    session = make.session()
    for name in ("Zoe Bell", "Óscar Ruiz", "amy Diaz", "Álvaro Cruz"):
        person(session, name)
    person(session, "Zoran Bell", preferred_name="Bo")
    _, _, rows = queries.sheet_of(session.id, None)
    assert [row.preferred_name or row.name for row in rows] == [
        *("Álvaro Cruz", "amy Diaz", "Bo", "Óscar Ruiz", "Zoe Bell")
    ]


def test_a_sheet_has_the_times_that_were_planned_for_its_day(app):
    series = make.series(from_on="2026-03-02", start="10:00", end="11:00")
    plan = make.series_plan(series, "2026-03-09", starts=time(9), ends=time(10))
    for day, starts in (("2026-03-02", time(10)), ("2026-03-09", time(9))):
        session, *_ = queries.sheet_of(make.session(day, series=series).id, scope=None)
        assert session.planned_start == starts
    assert plan.from_on == date(2026, 3, 9)


def test_a_sheet_out_of_scope_is_not_found(app):
    session = make.session(leaders=[make.staff()])
    with pytest.raises(NotFound):
        queries.sheet_of(session.id, make.staff().id)
    with pytest.raises(NotFound):
        queries.sheet_of(session.id + 1, None)


def test_the_last_change_on_a_sheet_is_the_persons_own(app):
    session = make.session()
    jo, max_ = person(session, "Jordan Avery"), person(session, "Max Brandt")
    assert queries.last_change(session.id, ANA) == []
    mark(jo, Status.NO_SHOW)
    mark(max_, Status.NO_SHOW, by=BEN)
    actions.mark_rest(session, by=SYSTEM, now=TEN_PAST)
    (change,) = queries.last_change(session.id, ANA)
    assert change.subject_id == jo.id
    assert json.loads(change.facts)["after"]["status"] == "no-show"
    assert queries.last_change(make.session().id, ANA) == []


def test_a_change_is_everything_done_in_one_go(app):
    session = make.session()
    people = [person(session, "Jordan Avery"), person(session, "Max Brandt")]
    actions.mark_rest(session, by=ANA, now=TEN_PAST)
    change = queries.last_change(session.id, ANA)
    assert [event.subject_id for event in change] == [each.id for each in people]
    assert len({event.act for event in change}) == 1


def test_what_has_been_undone_is_no_change_any_more(app):
    session = make.session()
    jo = person(session, "Jordan Avery")
    mark(jo, Status.EXCUSED)
    (first,) = queries.last_change(session.id, ANA)
    mark(jo, Status.NO_SHOW)
    (second,) = queries.last_change(session.id, ANA)
    actions.undo(session, change=second.act, by=BEN, now=TEN_PAST)
    assert queries.last_change(session.id, ANA) == [first]
    actions.undo(session, change=first.act, by=ANA, now=TEN_PAST)
    assert queries.last_change(session.id, ANA) == []


def test_names_on_a_sheet_are_short_and_tell_people_apart(app):
    session = make.session()
    jo = person(session, "Jordan Avery", preferred_name="Jo")
    maria, other = person(session, "Maria Garcia"), person(session, "María Gomez")
    assert queries.names_on(session.id) == {
        jo.id: "Jo A.",
        maria.id: "Maria Ga.",
        other.id: "María Go.",
    }
    elsewhere = make.booking(make.session(), jo.enrollment)
    assert queries.names_on(session.id, [elsewhere.id])[elsewhere.id] == "Jo A."


def test_the_rows_of_several_sheets_are_each_in_their_order(app):
    first, second, empty = make.session(), make.session("2026-03-03"), make.session("2026-03-04")
    for name in ("Zoe Lind", "Álvaro Ruiz"):
        enrollment = make.enrollment(make.participant(name=name))
        make.booking(first, enrollment)
        make.booking(second, enrollment)
    found = queries.rows_on([first.id, second.id, empty.id])
    assert {each: [row.name for row in rows] for each, rows in found.items()} == {
        first.id: ["Álvaro Ruiz", "Zoe Lind"],
        second.id: ["Álvaro Ruiz", "Zoe Lind"],
        empty.id: [],
    }


def test_the_signatures_of_a_sheet_come_in_their_order(app):
    session, other = make.session(), make.session("2026-03-03")
    one, two = make.staff(name="Ana Rivera"), make.staff(name="Sam Cole")
    second = make.sign_off(session, two, is_second=True)
    first = make.sign_off(session, one)
    make.sign_off(other, one)
    found = queries.signatures_on([session.id])[session.id]
    assert [each.id for each in found] == [first.id, second.id]
