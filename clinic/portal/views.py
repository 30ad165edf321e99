from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import partial

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock, devices
from clinic.attendance.queries import calls_of
from clinic.attendance.rules import calls_ahead
from clinic.codes.queries import own_today
from clinic.codes.rules import SENTENCES, asks_code
from clinic.days import DAY, WEEK, week_of
from clinic.db import AnyRow
from clinic.enrollment.models import Enrollment
from clinic.enrollment.queries import enrollments_of
from clinic.errors import NotFound
from clinic.formats import week_range
from clinic.hours.queries import EnrollmentWeek, weeks_of
from clinic.offers.queries import asked_now
from clinic.participants.models import Participant
from clinic.participants.queries import find_by_account
from clinic.permissions import Permission
from clinic.policy.queries import counters_of
from clinic.portal import actions, rules
from clinic.portal.forms import CodeForm
from clinic.programs.queries import get_organization, get_site, home
from clinic.schedule.queries.bookings import bookings_of, came_in, next_of
from clinic.schedule.queries.sessions import leaders_of
from clinic.web import day_asked, looked_at, page, requires

bp = Blueprint("portal", __name__)


@bp.get("/me")
@requires(Permission.OWN_WEEK)
def week() -> ResponseReturnValue:
    return _week(CodeForm())


@bp.post("/me/check-ins")
@requires(Permission.OWN_WEEK)
def check_in() -> ResponseReturnValue:
    """One button, in the room; with its code where one is asked for."""
    now = clock.now()
    person = _person()
    form = CodeForm()
    act = partial(
        actions.check_in,
        person.id,
        code=form.code.data or None,
        device=devices.name_here(),
        by=current_user.actor,
        now=now,
    )
    if not form.validate_on_submit() or not form.attempt(act):
        return _week(form)
    answer = form.done
    if answer.refused:
        flash(SENTENCES[answer.refused], "warning")
    if answer.places:
        zone = clock.zone(answer.timezone)
        flash(rules.checked_in_words(answer.places, zone=zone, is_new=answer.is_new))
    return redirect(url_for("portal.week"))


@bp.post("/me/sessions/<int:session_id>/join")
@requires(Permission.OWN_WEEK)
def join(session_id: int) -> ResponseReturnValue:
    """Check in to a meeting by video, and lead on to it."""
    now = clock.now()
    device, by = devices.name_here(), current_user.actor
    meeting = actions.join(_person().id, session_id, device=device, by=by, now=now)
    if meeting.join_link:
        return page("portal/joining.html", link=meeting.join_link)
    flash("You are checked in. Ask whoever leads it how to join.")
    return redirect(url_for("portal.week"))


@bp.post("/me/sessions/<int:session_id>/leave")
@requires(Permission.OWN_WEEK)
def leave(session_id: int) -> ResponseReturnValue:
    """Note that they have left a meeting by video."""
    actions.leave(_person().id, session_id, by=current_user.actor, now=clock.now())
    flash("You have left the meeting. If that was a slip, join again.")
    return redirect(url_for("portal.week"))


def _person() -> Participant:
    person = find_by_account(current_user.account_id)
    if person is None:
        raise NotFound
    return person


def _week(form: CodeForm) -> ResponseReturnValue:
    now = clock.now()
    person = _person()
    looked_at([person.id])
    at_home = home(now)
    enrollments = enrollments_of([person.id])
    site = rules.site_of(enrollments, now=now)
    today = site.today(now) if site else at_home.today
    own_zone = site.zone if site else at_home.zone
    this = week_of(today, at_home.week_starts)
    first = week_of(day_asked("week", this), at_home.week_starts)
    ids = [enrollment.id for enrollment in enrollments]
    is_current = first == this
    visits = bookings_of(ids, first, first + timedelta(days=13 if is_current else 6))
    coming = next_of([person.id], now=now).get(person.id) if is_current else None
    todays = own_today(person.id, now=now) if is_current else []
    waiting = rules.waiting(todays, now=now)
    form.code.flags.required = all(asks_code(row) for row in waiting)
    form.code.flags.optional = not form.code.flags.required
    offers = asked_now(person.id, now=now) if is_current else []
    days = _by_day(visits, first)
    ahead = [day for day in days if day >= today or not is_current]
    return page(
        "portal/week.html",
        status=422 if form.errors else 200,
        form=form,
        waiting=waiting,
        offers=offers,
        meetings=rules.meetings(todays, now=now),
        asks_code=any(asks_code(row) for row in waiting),
        now=now,
        today=today,
        week_label=week_range(first, this_year=this.year),
        previous_week=first - WEEK,
        next_week=first + WEEK,
        is_current=is_current,
        name=person.preferred_name or person.name.split()[0],
        courses=_courses(enrollments, first, offers, today=today, now=now),
        kept=_kept(enrollments, today, now=now) if is_current and enrollments else None,
        news=rules.news(enrollments, now=now) if is_current and not coming else None,
        is_over=rules.over(enrollments, now=now) is not None,
        is_past=first < this,
        came=came_in(visits, now=now),
        called_off=_called_off(ids, visits, today, now=now),
        leaders=leaders_of({each.session_id for each in (*visits, *filter(None, [coming]))}),
        coming=coming,
        site=get_site(coming.site_id) if coming else site,
        reader=own_zone,
        ahead=[(day, days[day]) for day in ahead if days[day]],
        earlier=[(day, theirs) for day, theirs in days.items() if theirs and day not in ahead],
        free=rules.free_words([day for day in ahead if not days[day]], today=today),
        following=_following(visits, first + WEEK, now=now),
    )


def _kept(enrollments: Sequence[Enrollment], today: date, *, now: datetime) -> str | None:
    known = counters_of(enrollments, get_organization(), today=today, now=now)
    return rules.kept_words(known.since, known.counters) if known else None


def _called_off(
    enrollment_ids: Collection[int], visits: Iterable[AnyRow], today: date, *, now: datetime
) -> dict[str, list[AnyRow]]:
    """What they have called off themselves and may take back, by the act that did; where some of
    it is among these, all of it."""
    shown = {row.booking_id for row in calls_ahead(visits, now=now)}
    calls = calls_of(enrollment_ids, today, by=current_user.actor, now=now) if shown else {}
    return {
        act: rows
        for act, rows in calls.items()
        if not shown.isdisjoint(row.booking_id for row in rows)
    }


def _by_day(visits: Iterable[AnyRow], week: date) -> dict[date, list[AnyRow]]:
    days: dict[date, list[AnyRow]] = {week + number * DAY: [] for number in range(7)}
    for visit in visits:
        if visit.day in days:
            days[visit.day].append(visit)
    return days


def _following(
    visits: Sequence[AnyRow], week: date, *, now: datetime
) -> list[tuple[date, list[AnyRow]]]:
    """The days of the week that comes next, once nothing of this one is still to come."""
    if any(visit.day < week and visit.ends_at > now for visit in visits):
        return []
    return [(day, theirs) for day, theirs in _by_day(visits, week).items() if theirs]


def _courses(
    enrollments: Sequence[Enrollment],
    first: date,
    offers: Sequence[AnyRow],
    *,
    today: date,
    now: datetime,
) -> list[tuple[EnrollmentWeek, str]]:
    """That week of each enrollment, and where it stands in a sentence."""
    by_id = {enrollment.id: enrollment for enrollment in enrollments}
    weeks = weeks_of([*by_id], now=now, first=first, last=first) if by_id else []
    return [
        (
            week,
            rules.sentence(week.hours, by_id[week.enrollment_id], offers=offers, today=today),
        )
        for week in weeks
    ]
