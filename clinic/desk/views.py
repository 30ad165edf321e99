"""Somebody at the desk or on the telephone: what is next, who has come, who does not come."""

import json
from collections.abc import Collection, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.arrivals import actions as arrivals
from clinic.attendance import actions as attendance
from clinic.attendance.forms import change as change_typed
from clinic.attendance.queries import FARTHEST, last_call, names_on
from clinic.bookings.queries import events_of, recorded_by
from clinic.bookings.rules import why_not_put_back
from clinic.consequences import Consequences
from clinic.coverage.queries import covers_of
from clinic.days import DAY, week_of
from clinic.db import AnyRow
from clinic.desk import actions, queries, rules
from clinic.desk.forms import AbsenceForm, SessionForm
from clinic.enrollment.models import Enrollment
from clinic.enrollment.queries import enrollments_of
from clinic.errors import NotFound, Refused
from clinic.hours.queries import EnrollmentWeek
from clinic.makeups.rules import OFFERED, Place
from clinic.offers.queries import email_of, history_of, stay_for
from clinic.offers.rules import stay_words
from clinic.participants.models import Participant
from clinic.participants.queries import get_participant
from clinic.permissions import Permission
from clinic.preview import Shown, consider, is_asked
from clinic.programs.queries import Clinic, Home, find_clinic, get_organization
from clinic.programs.views import own_home
from clinic.records.queries import weeks_now
from clinic.schedule.models import ANNOUNCED, Method, Status
from clinic.schedule.queries.bookings import came_in, next_of
from clinic.schedule.queries.people import get_in_scope
from clinic.schedule.queries.sessions import get_session, leaders_of
from clinic.schedule.rules.sessions import opens_at
from clinic.schedule.rules.words import opening
from clinic.web import (
    back_to,
    day_asked,
    flash_undo,
    form_page,
    looked_at,
    page,
    reads_first,
    requires,
    roster_scope,
    scope,
)

bp = Blueprint("desk", __name__)

SHOWN = 8  # sessions after today
SHOWN_OFFERS = 4
KNOWN_OFFERS = 50  # that keep a seat from being offered again


@bp.get("/participants/<int:participant_id>/desk")
@requires(Permission.SEE_SCHEDULE)
def person(participant_id: int) -> ResponseReturnValue:
    """Somebody's next session, today and the days after, for whoever answers the telephone."""
    kept_id = get_in_scope(participant_id, scope())
    if kept_id != participant_id:
        return redirect(url_for("desk.person", participant_id=kept_id))
    now, may = clock.now(), current_user.permissions
    looked_at([participant_id])
    clinic = find_clinic()
    here, enrollments = own_home(now, clinic), enrollments_of([participant_id])
    first = rules.today_of(enrollments, home=here.today, now=now)
    visits = queries.visits_of(enrollments, min(first, here.today))
    may_mark = Permission.RECORD_ATTENDANCE in may
    own = queries.own_of(visits, enrollments, scope()) if may_mark else set()
    coming = next_of([participant_id], now=now)
    todays, open_now = rules.todays(visits, now), _open(visits, own, clinic, now=now)
    weeks = weeks_now(enrollments, this=here.week, now=now, programs=clinic.programs)
    short = {each for each, week in weeks.items() if week.missing}
    away, free, seats = (
        _seats(enrollments, visits, here, short, now=now)
        if may_mark
        else (None, rules.Free([], {}), [])
    )
    sessions = {row.session_id for row in (*visits, *coming.values())} | free.joined_by.keys()
    undo = _undo(participant_id, visits) if may_mark else None
    calls = queries.called_off(enrollments, first, scope(), now=now) if may_mark else {}
    if undo:
        calls.pop(undo["change"], None)
    offers = history_of([each.id for each in enrollments], most=KNOWN_OFFERS)
    asked = {row.session_id for row in offers if row.outcome is None}
    seats = [place for place in seats if place.session_id not in asked]  # it has its own line
    may_withdraw = _may_withdraw(offers) if may_mark else set()
    covers = covers_of({*free.joined_by.values()}, clinic, now=now) if free.places else {}
    uncovered = queries.uncovered_of(free, covers)
    return page(
        "desk/person.html",
        person=get_participant(participant_id),
        enrollments=enrollments,
        weeks=weeks if Permission.SEE_HOURS in may else {},
        coming=coming.get(participant_id),
        todays=todays,
        later=rules.later(visits, now)[:SHOWN],
        came=came_in(visits, now=now),
        open_now=open_now,
        opens=_opens(todays, clinic, now=now) if own and not open_now else {},
        is_call_likely=not open_now and rules.is_call_likely(coming.get(participant_id), todays),
        may_join=rules.may_join_on(first, enrollments),
        leaders=leaders_of(sessions),
        joined_by=free.joined_by,
        own_seats=queries.led_of(free.places, scope()),
        may_place=_may_place(free, enrollments),
        uncovered=uncovered,
        has_page=bool(seats) and email_of(participant_id) is not None,
        offers=sorted(offers, key=lambda row: row.outcome is not None)[:SHOWN_OFFERS],
        is_asked=bool(asked),
        why_no_offers=rules.why_no_offers(seats, free.joined_by, offers, now=now),
        may_withdraw=may_withdraw,
        may_take_back=may_withdraw & rules.may_take_back(offers, visits, now=now),
        seats=rules.best_first(seats, queries.best_of(free, weeks, offers, uncovered, now=now)),
        first=OFFERED,
        walk_ins=rules.todays(free.places, now),
        away=away,
        undo=undo,
        calls=calls,
        called_by=recorded_by([rows[0].booking_id for rows in calls.values()]),
        home=here,
        now=now,
    )


def _may_withdraw(offers: Collection[AnyRow]) -> set[int]:
    """The offers, of these, that one may withdraw: those that one could have made."""
    led = queries.led_of(offers, scope())
    cared_for = {row.id for row in offers if roster_scope() in {None, row.clinician_id}}
    return cared_for | {row.id for row in offers if row.session_id in led}


def _may_place(free: rules.Free, enrollments: Sequence[Enrollment]) -> set[int]:
    """The sessions, of these, that one may give them a seat on: those that one leads, and for
    one's caseload all of them."""
    cared_for = {each.id for each in enrollments if roster_scope() in {None, each.clinician_id}}
    theirs = {session_id for session_id, each in free.joined_by.items() if each in cared_for}
    return theirs | queries.led_of(free.places, scope())


def _seats(
    enrollments: Sequence[Enrollment],
    visits: Collection[AnyRow],
    here: Home,
    short: Collection[int],
    *,
    now: datetime,
) -> tuple[date | None, rules.Free, list[Place]]:
    """Their last day away, where the address says so; the free seats of this week, and of those
    in which they miss something up to then; and which of them they can be offered."""
    today = rules.today_of(enrollments, home=here.today, now=now)
    away = min(day_asked("away", date.min), today + FARTHEST)
    called_off = {row.day for row in visits if row.status in ANNOUNCED}
    days = {*_days(max(day_asked("since", today), today), away)}
    missed = called_off & days if days else set()
    weeks = {here.week, *(week_of(day, here.week_starts) for day in missed)}
    free = queries.free_seats(enrollments, weeks, short=short, now=now)
    return away if days else None, free, rules.to_offer(free.places, called_off | days, now=now)


def _days(first: date, last: date) -> list[date]:
    return [first + n * DAY for n in range((last - first).days + 1)]


def _open(
    visits: Collection[AnyRow],
    own: Collection[int],
    clinic: Clinic,
    *,
    now: datetime,
) -> set[int]:
    """The bookings that one can check in now."""
    doors = clinic.organization.doors_minutes if clinic.organization else 0
    return {
        row.booking_id
        for row in visits
        if row.session_id in own
        and rules.is_awaited(row, opens_at=opens_at(row.starts_at, doors), now=now)
    }


def _opens(todays: Sequence[AnyRow], clinic: Clinic, *, now: datetime) -> dict[int, str | None]:
    """From when somebody can be checked in to the first session that they are expected at."""
    doors = clinic.organization.doors_minutes if clinic.organization else 0
    waiting = (row for row in todays if row.status is Status.EXPECTED and not row.is_cancelled)
    row = next((row for row in waiting if row.starts_at > now), None)
    if row is None:
        return {}
    at = opens_at(row.starts_at, doors)
    return {row.booking_id: opening(at, now=now, zone=ZoneInfo(row.timezone))}


def _undo(participant_id: int, visits: Collection[AnyRow]) -> dict[str, str] | None:
    """What one has done here last, if it can still be undone."""
    call = last_call(participant_id, current_user.actor)
    facts = {each.subject_id: json.loads(each.facts) for each in call}
    rows = [row for row in visits if row.booking_id in facts]
    if all(why_not_put_back(row, facts[row.booking_id]) for row in rows):
        return None
    return {"text": rules.undo_words(facts.values()), "change": call[0].act}


@bp.post("/participants/<int:participant_id>/arrivals")
@requires(Permission.RECORD_ATTENDANCE)
def arrive(participant_id: int) -> ResponseReturnValue:
    """Check somebody in at the desk, as the kiosk would: to what is open, and what follows it."""
    now = clock.now()
    someone, session_id = _about(participant_id)
    enrollments = enrollments_of([participant_id])
    visits = queries.visits_of(enrollments, own_home(now).today)
    own = queries.own_of(visits, enrollments, scope())
    if session_id not in own:
        raise NotFound
    act = uuid4().hex
    arrival = arrivals.arrive(
        participant_id,
        get_session(session_id).site,
        at=now,
        method=Method.STAFF,
        among=own,
        act=act,
        by=current_user.actor,
        now=now,
    )
    came_from = request.form.get("next")  # the page of the person has a way to undo of its own
    places = {row.session_id: row.booking_id for row in visits}
    name = names_on(session_id)[places[session_id]] if came_from else someone.name
    sentence = f"{name} {'is checked in' if arrival.is_new else 'was already checked in'}."
    if came_from and arrival.is_new:
        undo = url_for("desk.undo", participant_id=participant_id)
        flash_undo(sentence, undo, fields={"change": act, "next": came_from})
    else:
        flash(sentence)
    return back_to("desk.person", participant_id=participant_id)


@bp.route("/participants/<int:participant_id>/absence", methods=["GET", "POST"])
@requires(Permission.RECORD_ATTENDANCE)
@reads_first
def absence(participant_id: int) -> ResponseReturnValue:
    """One call, one act: somebody does not come from now through a day."""
    now = clock.now()
    get_in_scope(participant_id, scope())
    someone = get_participant(participant_id)
    looked_at([participant_id])
    here, enrollments = own_home(now), enrollments_of([participant_id])
    today = rules.today_of(enrollments, home=here.today, now=now)
    form = AbsenceForm(from_on=today, until_on=today)
    back = url_for("desk.person", participant_id=participant_id)
    shown = Shown(f"{someone.name} is not coming", back, someone.name)
    ask = partial(_ask_last_day, form, participant_id, shown, here, today, now=now)
    if not is_asked(form):
        return ask()
    first_on, last_on, reason = form.from_on.data, form.until_on.day, form.reason.data or None
    said = rules.away_words(last_on, first_on=first_on, today=today, reason=reason)
    weeks = _weeks(enrollments, last_on, here, now=now)
    days: dict[str, Any] = {"first_on": first_on, "last_on": last_on}
    acting: dict[str, Any] = {"scope": scope(), "by": current_user.actor, "now": now}
    calls: list[rules.Call] = []

    def call_off() -> Consequences:
        call = actions.call_off(participant_id, **days, reason=reason, **acting)
        calls.append(call)
        away = _days(max(first_on or today, here.today), last_on)
        after = _weeks(enrollments, last_on, here, now=now)
        return _consequences(call, enrollments, (weeks, after), away, here, now=now)

    def done(_found: Consequences | None) -> ResponseReturnValue:
        flash(rules.done_words(someone.name, calls[-1], **days, today=today))
        since = first_on if first_on and first_on > today else None
        values: dict[str, Any] = {"participant_id": participant_id, "since": since, "away": last_on}
        return redirect(url_for("desk.person", **values))

    return consider(form, call_off, shown=shown._replace(sub=said), ask=ask, done=done)


def _ask_last_day(
    form: AbsenceForm,
    participant_id: int,
    shown: Shown,
    here: Home,
    today: date,
    *,
    now: datetime,
) -> ResponseReturnValue:
    coming = next_of([participant_id], now=now)
    return form_page(
        "desk/absence.html",
        form,
        shown=shown,
        back_on=rules.back_on(today),
        coming=coming.get(participant_id),
        leaders=leaders_of([row.session_id for row in coming.values()]),
        home=here,
        now=now,
    )


def _weeks(
    enrollments: Sequence[Enrollment], last_on: date, here: Home, *, now: datetime
) -> list[EnrollmentWeek]:
    """The weeks up to a day, for who may see hours."""
    if Permission.SEE_HOURS not in current_user.permissions:
        return []
    return queries.weeks_until(enrollments, last_on, here, now=now)


def _consequences(
    call: rules.Call,
    enrollments: Sequence[Enrollment],
    weeks: tuple[Sequence[EnrollmentWeek], Sequence[EnrollmentWeek]],
    away: Sequence[date],
    here: Home,
    *,
    now: datetime,
) -> Consequences:
    missed = (week_of(row.day, here.week_starts) for row, _ in call.called_off)
    return rules.consequences(
        call,
        rules.beside(*weeks),
        rules.to_offer(
            queries.free_seats(enrollments, {here.week, *missed}, now=now).places, away, now=now
        ),
        notice_hours=get_organization().notice_hours,
        voice=rules.Voice(
            Permission.SEE_TOPICS in current_user.permissions,
            here.zone,
            leaders_of([row.session_id for row, _ in (*call.called_off, *call.left_alone)]),
        ),
        now=now,
    )


@bp.post("/participants/<int:participant_id>/desk/undo")
@requires(Permission.RECORD_ATTENDANCE)
def undo(participant_id: int) -> ResponseReturnValue:
    get_in_scope(participant_id, scope())
    change = change_typed(request.form)
    by, now = current_user.actor, clock.now()

    def called_off() -> list[int]:
        enrollments = enrollments_of([participant_id])
        calls = queries.called_off(enrollments, own_home(now).today, scope(), now=now)
        return [row.booking_id for row in calls.get(change, ())]

    acting: dict[str, Any] = {"called_off": called_off, "by": by, "now": now}
    said = attendance.take_back(participant_id, change=change, **acting)
    stay = stay_for({event.subject_id for event in events_of(change)}, now=now)
    flash(said + stay_words(stay, own_home(now).zone))
    return back_to("desk.person", participant_id=participant_id)


def _about(participant_id: int) -> tuple[Participant, int]:
    """Whom and which session a button is about."""
    get_in_scope(participant_id, scope())
    form = SessionForm()
    if not form.validate():
        raise Refused(" ".join(form.session.errors) or "Reload the page and try again.")
    assert form.session.data is not None
    return get_participant(participant_id), form.session.data
