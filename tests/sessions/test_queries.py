import pytest

from clinic.errors import NotFound
from clinic.schedule.actions import changes as actions
from clinic.schedule.queries.sessions import get_session
from clinic.sessions import queries
from clinic.trail import Actor
from tests import make

NOW = make.instant("2026-03-09 12:00")


def test_a_change_reaches_who_is_on_it_on_its_group_and_is_to_come(app):
    series = make.series()
    session = make.session("2026-03-16", series=series)
    member, guest, other = (make.enrollment() for _ in range(3))
    make.roster_entry(series, member)
    make.roster_entry(series, make.enrollment(), until_on="2026-03-15")  # no longer
    make.roster_entry(series, make.enrollment(), from_on="2026-03-19")  # not yet
    make.booking(session, guest)
    days = [session.day, make._day("2026-03-18")]
    found = queries.whom_it_reaches(session, [other.id], days=days)
    assert found == [guest.id, other.id, member.id]
    assert queries.whom_it_reaches(make.session(), days=days) == []


def test_a_picture_has_the_weeks_of_some_days_by_whose_they_are(app):
    jo = make.enrollment(participant=make.participant(name="Jordan Avery"))
    days = [make._day("2026-03-12"), make._day("2026-03-26")]
    picture = queries.picture_of([jo.id], days, with_hours=True, now=NOW)
    assert picture.programs == {jo.id: "Jordan Avery"}
    weeks = [make._day("2026-03-09"), make._day("2026-03-23")]
    assert list(picture.weeks) == [(jo.id, week) for week in weeks]


def test_who_was_the_last_to_change_a_session_may_take_that_back(app):
    ana, kim = make.staff(), make.staff()
    session = make.session("2026-03-12", leaders=[kim])
    by_ana = Actor("account", ana.account_id)
    with pytest.raises(NotFound):
        queries.get_changed(session.id, ana.id, by_ana)
    actions.cancel(get_session(session.id), reason=None, by=by_ana, now=NOW)
    assert queries.get_changed(session.id, ana.id, by_ana).id == session.id
    assert queries.get_changed(session.id, kim.id, Actor("account", kim.account_id)) is not None
    with pytest.raises(NotFound):
        queries.get_changed(session.id, make.staff().id, Actor("account", 99))


def test_whether_somebody_may_still_look_at_it_follows_who_leads(app):
    kim = make.staff()
    session = make.session(leaders=[kim])
    assert queries.is_known(session.id, kim.id)
    assert queries.is_known(session.id, None)
    assert not queries.is_known(session.id, make.staff().id)
