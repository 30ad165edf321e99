from datetime import date

import pytest
from sqlalchemy import func, select

from clinic.db import db
from clinic.schedule.actions.rosters import fill
from clinic.schedule.actions.series import lay_out
from clinic.schedule.models import Booking, Method, RosterEntry, Session, Status
from clinic.trail import SYSTEM, TrailEvent
from tests import make
from tests.html import fields_of


@pytest.fixture
def now(app, at):
    return at("2026-03-04 12:00")  # a Wednesday


def laid_out(now, **facts):
    series = make.series(**facts)
    lay_out(series, by=SYSTEM, now=now)
    return series


def count(model):
    return db.scalar(select(func.count()).select_from(model))


def verbs():
    return list(db.scalars(select(TrailEvent.verb).order_by(TrailEvent.id)))


def test_putting_somebody_on_a_group_books_all_its_coming_sessions(now, signed_in):
    series = laid_out(now, until_on="2026-03-31", weekdays="0")
    enrollment = make.enrollment()
    pages = signed_in("coordinator")
    pages.get(f"/participants/{enrollment.participant_id}")
    pages.submit(
        f"/enrollments/{enrollment.id}/groups", series=str(series.id), from_on="2026-03-04"
    )
    days = db.scalars(
        select(Session.day).join(Booking, Booking.session_id == Session.id).order_by(Session.day)
    )
    assert [day.day for day in days] == [9, 16, 23, 30]
    assert "roster.put_on" in verbs()


def test_the_first_day_on_a_group_is_the_site_s_today_late_in_the_evening_too(at, signed_in):
    now = at("2026-03-02 20:30")  # the next day already in UTC
    laid_out(now, until_on="2026-03-31", weekdays="0")
    enrollment = make.enrollment()
    page = signed_in("coordinator").get(f"/participants/{enrollment.participant_id}").page
    form = page.form(f"/enrollments/{enrollment.id}/groups")
    assert fields_of(form)["from_on"] == "2026-03-02"


def test_a_full_group_is_refused_at_the_form_and_nothing_is_half_done(now, signed_in):
    series = laid_out(now, until_on="2026-03-31", weekdays="0", seats=1)
    make.booking(db.scalars(select(Session).where(Session.day == date(2026, 3, 16))).one())
    enrollment = make.enrollment()
    before = count(Booking)
    pages = signed_in("coordinator")
    pages.get(f"/participants/{enrollment.participant_id}")
    page = pages.submit(
        f"/enrollments/{enrollment.id}/groups",
        status=422,
        series=str(series.id),
        from_on="2026-03-04",
    ).page
    assert "Process group has no free seat on Mon Mar 16." in page.words
    assert (count(Booking), count(RosterEntry)) == (before, 0)


def test_a_group_needs_to_be_chosen(now, signed_in):
    make.series()
    enrollment = make.enrollment()
    pages = signed_in("coordinator")
    pages.get(f"/participants/{enrollment.participant_id}")
    page = pages.submit(
        f"/enrollments/{enrollment.id}/groups", status=422, series="", from_on="someday"
    ).page
    assert "Choose a group." in page.words
    assert "This is not a day. Write it like 2026-03-09." in page.words


def test_taking_somebody_off_keeps_what_was_recorded(now, signed_in):
    series = laid_out(now, until_on="2026-03-31", weekdays="0")
    enrollment = make.enrollment()
    entry = make.roster_entry(series, enrollment)
    fill(series.id)
    attended = db.scalars(
        select(Booking).join(Booking.session).where(Session.day == date(2026, 3, 2))
    ).one()
    attended.status, attended.method = Status.PRESENT, Method.STAFF
    pages = signed_in("coordinator")
    pages.get(f"/participants/{enrollment.participant_id}")
    pages.submit(f"/rosters/{entry.id}/end", until_on="2026-03-16")
    left = db.scalars(
        select(Session.day)
        .join(Booking, Booking.session_id == Session.id)
        .where(Session.day >= date(2026, 3, 1))
        .order_by(Session.day)
    )
    assert [day.day for day in left] == [2, 9, 16]


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("", "Enter the last day."),
        ("2026-03-01", "The last day cannot be earlier than yesterday: the past stays as it was."),
    ],
)
def test_a_last_day_that_cannot_be_is_refused_at_its_group(now, signed_in, day, sentence):
    entry = make.roster_entry(laid_out(now), make.enrollment())
    pages = signed_in("coordinator")
    pages.get(f"/participants/{entry.enrollment.participant_id}")
    page = pages.submit(f"/rosters/{entry.id}/end", status=422, until_on=day).page
    assert sentence in page.words
    assert entry.until_on is None


@pytest.mark.parametrize("role", ["clinician", "front_desk", "billing", "auditor"])
def test_only_coordination_changes_who_is_where(now, signed_in, role):
    entry = make.roster_entry(make.series(), make.enrollment())
    pages = signed_in(role)
    pages.post(f"/enrollments/{entry.enrollment_id}/groups", {}, status=403)
    pages.post(f"/rosters/{entry.id}/end", {}, status=403)
