from datetime import date

import pytest
from sqlalchemy import select

from clinic.accounts.models import TimeOff
from clinic.db import db
from clinic.permissions import STAFF_ROLES, Role
from clinic.trail import TrailEvent
from tests import make

TYPED = {"from_on": "2026-03-09", "until_on": "2026-03-13", "reason": "course"}
SEEN = TYPED | {"seen": "2026-03-09/2026-03-13"}


@pytest.fixture
def now(app, at):
    make.site()
    return at("2026-03-04 12:00")


def kept():
    rows = db.scalars(select(TimeOff).order_by(TimeOff.id))
    return [(str(away.from_on), str(away.until_on), away.reason) for away in rows]


@pytest.mark.parametrize("role", STAFF_ROLES)
def test_who_plans_the_schedule_notes_time_off(now, signed_in, role):
    ana = make.staff()
    away = make.time_off(ana, "2026-04-01")
    pages = signed_in(role)
    may = role in {Role.ADMIN, Role.COORDINATOR}
    for path in (f"/staff/{ana.id}/time-off", f"/time-off/{away.id}"):
        pages.get(path, status=200 if may else 403)
        pages.post(path, TYPED, status=200 if may else 403)
    pages.post(f"/time-off/{away.id}/remove", status=302 if may else 403)
    assert kept() == ([] if may else [("2026-04-01", "2026-04-01", None)])


def test_the_sessions_of_those_days_are_shown_before_anything_is_saved(now, signed_in):
    ana = make.staff(name="Ana Rivera")
    session = make.session("2026-03-10", leaders=[ana], title="Process group")
    make.booking(session)
    make.session("2026-03-16", leaders=[ana], title="Later group")
    pages = signed_in("coordinator")
    path = f"/staff/{ana.id}/time-off"
    pages.get(path)
    page = pages.submit(path, status=200, **TYPED).page
    assert "1 session in these days" in page.words
    assert "Tue, Mar 10 10:00 – 11:00 am Process group 1 person" in page.words
    assert (kept(), db.scalars(select(TrailEvent)).all()) == ([], [])
    assert page.value("reason") == "course"
    pages.submit(path)
    assert pages.answer.location == f"/staff/{ana.id}"
    assert kept() == [("2026-03-09", "2026-03-13", "course")]
    assert "Ana Rivera is away from Mon, Mar 9 to Fri, Mar 13." in pages.follow().page.words
    assert not session.is_cancelled


def test_other_days_than_the_ones_seen_are_shown_first(now, signed_in):
    ana = make.staff(name="Ana Rivera")
    pages = signed_in("coordinator")
    path = f"/staff/{ana.id}/time-off"
    page = pages.post(path, SEEN | {"until_on": "2026-03-20"}, status=200).page
    assert "Nothing that Ana Rivera leads is planned for them." in page.words
    assert kept() == []


def test_a_single_day_is_said_as_one(now, signed_in):
    ana = make.staff(name="Ana Rivera")
    pages = signed_in("coordinator")
    one = {"from_on": "2026-03-09", "until_on": "2026-03-09", "seen": "2026-03-09/2026-03-09"}
    pages.post(f"/staff/{ana.id}/time-off", one)
    assert "Ana Rivera is away on Mon, Mar 9." in pages.follow().page.words


def test_what_makes_no_sense_is_said_at_its_field(now, signed_in):
    pages = signed_in("coordinator")
    ana = make.staff()
    path = f"/staff/{ana.id}/time-off"
    page = pages.post(path, SEEN | {"until_on": "2026-03-01"}, status=422).page
    assert page.texts("div", class_="field-error") == ["The last day is before the first."]
    assert (page.value("from_on"), page.value("reason")) == ("2026-03-09", "course")
    page = pages.post(path, {"from_on": "soon"}, status=422).page
    assert page.texts("div", class_="field-error") == [
        "This is not a day. Write it like 2026-03-09.",
        "Enter the last day.",
    ]


def test_days_that_are_off_already_are_refused_before_the_sessions_are_shown(now, signed_in):
    ana = make.staff()
    make.time_off(ana, "2026-03-13", "2026-03-20")
    page = signed_in("coordinator").post(f"/staff/{ana.id}/time-off", TYPED, status=422).page
    assert "There is time off from Mar 13, 2026 to Mar 20, 2026 already." in page.words
    assert page.value("seen") == ""


def test_time_off_is_shortened(now, signed_in):
    away = make.time_off(make.staff(), "2026-03-09", "2026-03-13", reason="course")
    pages = signed_in("coordinator")
    path = f"/time-off/{away.id}"
    assert pages.get(path).page.value("until_on") == "2026-03-13"
    pages.submit(path, status=200, until_on="2026-03-10")
    assert away.until_on == date(2026, 3, 13)
    pages.submit(path)
    assert kept() == [("2026-03-09", "2026-03-10", "course")]


def test_removing_can_be_undone(now, signed_in):
    ana = make.staff(name="Ana Rivera")
    away = make.time_off(ana, "2026-03-09", "2026-03-13", reason="course")
    pages = signed_in("coordinator")
    pages.get(f"/staff/{ana.id}")
    pages.submit(f"/time-off/{away.id}/remove")
    assert kept() == []
    pages.follow()
    pages.submit(f"/staff/{ana.id}/time-off")
    assert kept() == [("2026-03-09", "2026-03-13", "course")]


def test_unknown_time_off_and_people_are_not_found(now, signed_in):
    pages = signed_in("coordinator")
    for path in ("/staff/99/time-off", "/time-off/99"):
        pages.get(path, status=404)
        pages.post(path, SEEN, status=404)
    pages.post("/time-off/99/remove", status=404)
