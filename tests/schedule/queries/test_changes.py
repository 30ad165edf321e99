from datetime import date, timedelta

from clinic.db import db
from clinic.schedule.actions import changes as actions
from clinic.schedule.models import SessionChange, Status
from clinic.schedule.queries import changes as queries
from clinic.schedule.queries.sessions import get_session
from clinic.trail import Actor
from tests import make

NOW = make.instant("2026-03-09 12:00")


def cancelled(session, by, now=NOW):
    actions.cancel(get_session(session.id), reason="Snow", by=by, now=now)


def test_changes_come_with_who_made_them_the_last_first(app):
    ana = make.staff(name="Ana Rivera")
    session = make.session("2026-03-12")
    cancelled(session, Actor("account", ana.account_id))
    actions.reinstate(get_session(session.id), by=Actor("system", None), now=NOW)
    found = queries.changes_of(session.id)
    assert [(each.verb, each.by, each.happened_at) for each in found] == [
        ("session.reinstated", None, NOW),
        ("session.cancelled", "Ana Rivera", NOW),
    ]
    assert queries.changes_of(make.session().id) == []


def test_only_the_last_change_can_be_undone_and_for_a_day(app):
    session = make.session("2026-03-12")
    starts_at = session.starts_at
    assert queries.last_undoable(session.id, starts_at, now=NOW) is None
    cancelled(session, Actor("account", 7))
    last = queries.last_undoable(session.id, starts_at, now=NOW)
    assert last.act == queries.changes_of(session.id)[0].act
    assert queries.last_undoable(session.id, starts_at, now=NOW + timedelta(hours=25)) is None


def test_the_words_of_a_change_go_with_their_session(app):
    session = make.session("2026-03-12")
    cancelled(session, Actor("account", 7))
    db.delete(session)
    db.flush()
    assert db.query(SessionChange).count() == 0


def test_guests_are_on_it_without_a_roster(app):
    series = make.series()
    session = make.session(series=series)
    member, guest = make.enrollment(), make.enrollment()
    make.booking(session, member, roster_entry=make.roster_entry(series, member))
    make.booking(session, guest)
    assert queries.guests_of(session.id) == [guest.id]


def test_who_called_off_has_not_attended(app):
    session = make.session()
    assert (queries.is_attended(session.id), queries.is_signed(session.id)) == (False, False)
    off = make.enrollment(participant=make.participant(name="Blake Ortiz"))
    make.booking(session, off, Status.LATE_CANCEL)
    assert (queries.is_attended(session.id), queries.called_off(session.id)) == (
        False,
        ["Blake Ortiz"],
    )
    make.booking(session, None, Status.NO_SHOW, signed_at=NOW)
    assert (queries.is_attended(session.id), queries.is_signed(session.id)) == (True, True)


def test_the_days_changed_by_hand_are_those_to_come(app):
    series = make.series()
    for day, facts in (
        ("2026-03-09", {}),
        ("2026-03-16", {}),
        ("2026-03-23", {"is_cancelled": True}),
        ("2026-03-30", {"is_changed_by_hand": False}),
        ("2026-04-06", {}),
    ):
        make.session(day, series=series, **{"is_changed_by_hand": True} | facts)
    coming = [date(2026, 3, 16), date(2026, 3, 23), date(2026, 4, 6)]
    assert queries.days_by_hand(series.id, now=NOW) == coming
    after = queries.days_by_hand(series.id, now=NOW, after=date(2026, 3, 16))
    assert after == [date(2026, 4, 6)]
