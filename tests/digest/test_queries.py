from datetime import date

import pytest

from clinic.digest import queries
from clinic.programs.queries import find_clinic
from clinic.schedule.models import Method, Status
from clinic.told.models import State
from tests import make

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)


@pytest.fixture
def two_places(app):
    """Sunday evening in Los Angeles, and Monday already in New York."""
    found = []
    for zone in ("America/New_York", "America/Los_Angeles"):
        program = make.program(make.site(timezone=zone))
        found.append(make.enrollment(program=program))
    return found


@pytest.fixture
def missed(app):
    """Somebody on a caseload who missed the only session of a week."""
    ana = make.staff(email="ana@example.org")
    enrollment = make.enrollment(clinician=ana)
    session = make.session("2026-03-02", "09:00", "18:00")
    make.booking(session, enrollment, Status.NO_SHOW, method=Method.STAFF)
    return enrollment


def running(now, **options):
    return queries.running(find_clinic(), now=now, **options)


def due(moment):
    now = make.instant(moment)
    return [tuple(each)[1:] for each in queries.due(running(now), now=now)]


def test_of_two_sites_each_has_the_week_that_runs_there(two_places):
    here, there = two_places
    found = running(make.instant("2026-03-02 01:00"))
    assert {one.week.enrollment_id: (one.week.hours.week, one.today) for one in found} == {
        here.id: (MONDAY, MONDAY),
        there.id: (date(2026, 2, 23), date(2026, 3, 1)),
    }


def test_news_is_what_was_not_kept_last(missed):
    other = make.enrollment(min_minutes=0)
    now = make.instant("2026-03-03 12:00")
    make.told_state(other, "2026-03-02", State.REACHED)
    make.told_state(missed, "2026-03-02", State.ON_COURSE)
    (said,) = queries.news(running(now))
    assert said[:3] == (missed.id, MONDAY, TUESDAY)
    assert (said.missing, said.reachable) == (540, 0)
    assert said.state in {State.NEEDS_MAKE_UP, State.OUT_OF_REACH}


def test_a_clinic_without_anybody_has_no_news(app):
    assert queries.news(running(make.instant("2026-03-03 12:00"))) == []


def test_in_danger_are_those_of_ones_own_caseload_and_of_the_site_asked_for(missed):
    rivera, other = missed.clinician, make.staff()
    session = make.session("2026-03-03", leaders=[other])
    make.booking(session, missed)
    make.enrollment(min_minutes=0, clinician=rivera)
    now, site_id = make.instant("2026-03-03 12:00"), missed.program.site_id
    for asked, found in (
        ({"scope": None}, [missed.id]),
        ({"scope": rivera.id}, [missed.id]),
        ({"scope": other.id}, []),  # leads a session of theirs: that is no caseload
        ({"scope": None, "site_id": site_id}, [missed.id]),
        ({"scope": None, "site_id": make.site().id}, []),
    ):
        ran = running(now, scope=asked["scope"])
        listed = queries.in_danger(ran, **{"site_id": None} | asked)
        assert [each.week.enrollment_id for each in listed] == found


def test_who_is_written_to_and_when(missed):
    since = make.instant("2026-03-03 00:00")
    assert due("2026-03-03 06:59") == []
    assert due("2026-03-03 07:00") == [("ana@example.org", 1, since)]
    assert due("2026-03-03 12:00") == []
    assert due("2026-03-08 08:00") == []  # a Sunday on which nobody meets
    make.booking(make.session("2026-03-08", "15:00", "16:00"), missed)
    assert due("2026-03-08 08:00") == [("ana@example.org", 1, make.instant("2026-03-08 00:00"))]
    make.closure("2026-03-03")
    assert due("2026-03-03 08:00") == []


def test_nobody_is_written_to_who_has_no_access_or_where_the_clinic_does_not_want_it(missed):
    organization = make.organization(sends_digest=False)
    assert due("2026-03-03 08:00") == []
    organization.sends_digest = True
    missed.clinician.account.is_active = False
    assert due("2026-03-03 08:00") == []
    missed.clinician = None
    assert due("2026-03-03 08:00") == []
