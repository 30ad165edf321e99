from datetime import date

import pytest
from sqlalchemy import func, select

from clinic.db import session
from clinic.enrollment.models import Enrollment, Target
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
    return session.scalar(select(func.count()).select_from(model))


def verbs():
    return list(session.scalars(select(TrailEvent.verb).order_by(TrailEvent.id)))


def test_enrolling_writes_the_programs_target_down(now, signed_in):
    jordan, program = make.participant(), make.program(min_minutes=540, max_minutes=720)
    pages = signed_in("coordinator")
    path = f"/participants/{jordan.id}/enroll"
    assert 'value="2026-03-04"' in pages.get(path).text
    pages.submit(path, program=str(program.id), from_on="2026-03-09", clinician="")
    enrollment = session.scalars(select(Enrollment)).one()
    target = session.scalars(select(Target)).one()
    assert (enrollment.key, str(enrollment.from_on)) == ("e-001", "2026-03-09")
    assert (target.min_minutes, target.max_minutes) == (540, 720)
    assert verbs() == ["enrollment.began"]


def test_enrolling_takes_hours_and_a_clinician_of_their_own(now, signed_in):
    jordan, program = make.participant(), make.program()
    ana = make.staff()
    pages = signed_in("coordinator")
    path = f"/participants/{jordan.id}/enroll"
    pages.get(path)
    pages.submit(
        path,
        program=str(program.id),
        from_on="2026-03-09",
        clinician=str(ana.id),
        min_hours="10.5",
        max_hours="12",
    )
    target = session.scalars(select(Target)).one()
    assert (target.min_minutes, target.max_minutes) == (630, 720)
    assert session.scalars(select(Enrollment)).one().clinician_id == ana.id


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"program": ""}, "Choose a program."),
        ({"program": "99"}, "Choose one from the list."),
        ({"from_on": ""}, "Enter the first day."),
        ({"until_on": "2026-03-01"}, "The last day is before the first."),
        ({"min_hours": "nine"}, "This is not a number of hours. Write it like 9 or 10.5."),
        ({"min_hours": "9"}, "Enter both, the least and the most hours, or neither."),
        (
            {"min_hours": "12", "max_hours": "9"},
            "The most hours a week are fewer than the least.",
        ),
        (
            {"from_on": "2026-02-01"},
            "They are enrolled in this program at that time already.",
        ),
    ],
)
def test_an_enrollment_that_cannot_be_is_refused(now, signed_in, typed, sentence):
    earlier = make.enrollment(until_on="2026-02-28")
    pages = signed_in("coordinator")
    path = f"/participants/{earlier.participant_id}/enroll"
    pages.get(path)
    filled = {"program": str(earlier.program_id), "from_on": "2026-03-09"} | typed
    assert sentence in pages.submit(path, status=422, **filled).page.words
    assert count(Enrollment) == 1


# Groups


def test_putting_somebody_on_a_group_books_all_its_coming_sessions(now, signed_in):
    series = laid_out(now, until_on="2026-03-31", weekdays="0")
    enrollment = make.enrollment()
    pages = signed_in("coordinator")
    pages.get(f"/participants/{enrollment.participant_id}")
    pages.submit(
        f"/enrollments/{enrollment.id}/groups", series=str(series.id), from_on="2026-03-04"
    )
    days = session.scalars(
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
    make.booking(session.scalars(select(Session).where(Session.day == date(2026, 3, 16))).one())
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
    lay_out(series, by=SYSTEM, now=now)
    attended = session.scalars(
        select(Booking).join(Booking.session).where(Session.day == date(2026, 3, 2))
    ).one()
    attended.status, attended.method = Status.PRESENT, Method.STAFF
    pages = signed_in("coordinator")
    pages.get(f"/participants/{enrollment.participant_id}")
    pages.submit(f"/rosters/{entry.id}/end", until_on="2026-03-16")
    left = session.scalars(
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
    pages.get("/participants/new", status=403)
    pages.get(f"/participants/{entry.enrollment.participant_id}/edit", status=403)
    pages.get(f"/participants/{entry.enrollment.participant_id}/enroll", status=403)
    pages.post(f"/enrollments/{entry.enrollment_id}/groups", {}, status=403)
    pages.post(f"/rosters/{entry.id}/end", {}, status=403)
