from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.db import savepoint
from clinic.desk import rules
from clinic.desk.forms import PutOnForm, TakeOffForm
from clinic.desk.queries import board, people
from clinic.desk.queries import participant as whole
from clinic.enrollment import actions as enrollment_actions
from clinic.enrollment.forms import EnrollForm
from clinic.enrollment.queries import get_enrollment
from clinic.errors import Refused
from clinic.formats import clock_time, counted, day_numeric, day_short, short_name
from clinic.hours.queries import weeks_on
from clinic.hours.rules import State
from clinic.kiosk.queries import refused_taps
from clinic.participants import actions as participant_actions
from clinic.participants.forms import ParticipantForm
from clinic.participants.queries import get_participant, search
from clinic.permissions import Permission
from clinic.programs.models import Site
from clinic.programs.queries import get_organization, get_program, programs, sites
from clinic.programs.rules import week_of
from clinic.schedule.actions import rosters
from clinic.schedule.queries import get_roster_entry, get_series
from clinic.web import day_asked, looked_at, page, requires, scope

bp = Blueprint("desk", __name__)

INBOX = timedelta(days=7)
IN_DANGER = {
    State.NEEDS_MAKE_UP: ("needs a make-up", "need a make-up"),
    State.OUT_OF_REACH: ("cannot reach their hours", "cannot reach their hours"),
}


@bp.get("/today")
@requires(Permission.SEE_SCHEDULE)
def today() -> ResponseReturnValue:
    now = clock.now()
    places = sites()
    if not places:
        return page("desk/not_set_up.html")
    site = next((place for place in places if place.key == request.args.get("site")), None)
    first_zone = clock.zone((site or places[0]).timezone)
    day_now = clock.day_of(now, first_zone)
    day = day_asked("day", day_now)
    limits = {"site_id": site.id if site else None, "scope": scope()}
    with_topics = Permission.SEE_TOPICS in current_user.permissions
    recent = board.sessions_until(day_now, **limits)
    return page(
        "desk/today.html",
        day=day,
        is_today=day == day_now,
        previous_day=day - timedelta(days=1),
        next_day=day + timedelta(days=1),
        sites=[(place.key, place.name) for place in places],
        site=site.key if site else "",
        zone_note=rules.zone_note(place.timezone for place in ([site] if site else places)),
        parts=board.parts_of(
            recent.get(day) or board.sessions_on(day, **limits),
            with_topics=with_topics,
            sheet_path=url_for("attendance.sheet", session_id=0).removesuffix("0"),
            now=now,
        ),
        attention=_attention(recent, day_now, now, with_topics=with_topics, **limits),
        refused_taps=_refused_taps(site, places, now),
    )


def _attention(
    recent: board.Days,
    day: date,
    now: datetime,
    *,
    site_id: int | None,
    scope: int | None,
    with_topics: bool,
) -> list[dict[str, str]]:
    """What cannot wait: sheets left open, and weeks in danger."""
    items = [
        {
            "css": "doubt",
            "text": f"{sheet.title}, {day_short(sheet.day)}",
            "detail": f"{counted(sheet.unmarked, 'person', 'people')} still unmarked",
            "href": url_for("attendance.sheet", session_id=sheet.id),
        }
        for sheet in board.open_sheets(recent, with_topics=with_topics, now=now)
    ]
    if Permission.SEE_HOURS not in current_user.permissions:
        return items
    week = week_of(day, get_organization().week_starts)
    states = [
        each.hours.state
        for each in weeks_on(week, now=now, scope=scope)
        if site_id is None or each.person.program.site_id == site_id
    ]
    in_danger = [
        {
            "css": "bad",
            "text": f"{counted(number, 'person', 'people')} {one if number == 1 else many}",
            "detail": "Their hours of this week fall short of what is prescribed",
            "href": url_for("hours.week", state=state.value),
        }
        for state, (one, many) in IN_DANGER.items()
        if (number := states.count(state))
    ]
    return in_danger + items


def _refused_taps(site: Site | None, places: Any, now: datetime) -> list[dict[str, str]]:
    if Permission.SEE_KIOSK_INBOX not in current_user.permissions:
        return []
    zones = {place.id: clock.zone(place.timezone) for place in places}
    taps = refused_taps(site.id if site else None, now - INBOX)
    looked_at(tap.participant_id for tap in taps if tap.participant_id)
    return [
        {
            "id": tap.id,
            "time": _moment(tap.at or tap.received, zones[tap.site_id], now),
            "device": tap.device,
            "why": f"{short_name(tap.name, tap.preferred_name)}: {tap.why}"
            if tap.name
            else tap.why,
        }
        for tap in taps
    ]


def _moment(at: datetime, zone: Any, now: datetime) -> str:
    if clock.day_of(at, zone) == clock.day_of(now, zone):
        return clock_time(at, zone)
    return f"{day_short(clock.day_of(at, zone))}, {clock_time(at, zone)}"


@bp.get("/participants")
@requires(Permission.SEE_PARTICIPANTS)
def participants() -> ResponseReturnValue:
    now = clock.now()
    words = request.args.get("q", "").strip()
    number = request.args.get("page", 1, type=int)
    rows, paging = search(words, page=number, only=people.condition_of(scope()))
    looked_at(row.id for row in rows)
    standings = people.standings([row.id for row in rows], now=now)
    prefix = url_for("desk.participant", participant_id=0).removesuffix("0")
    nowhere = people.Standing("", "", "", "")
    can_see_hours = Permission.SEE_HOURS in current_user.permissions
    found = []
    for row in rows:
        standing = standings.get(row.id, nowhere)
        found.append(
            {
                "name": row.name,
                "key": row.key,
                "href": f"{prefix}{row.id}",
                "programs": standing.programs,
                "status": standing.status,
                "clinician": standing.clinician,
                "state": standing.state if can_see_hours else "",
            }
        )
    return page("desk/participants.html", query=words, people=found, paging=paging)


@bp.get("/participants/<int:participant_id>")
@requires(Permission.SEE_PARTICIPANTS)
def participant(participant_id: int) -> ResponseReturnValue:
    people.get_in_scope(participant_id, scope())
    return _participant_page(participant_id, now=clock.now())


def _participant_page(
    participant_id: int,
    *,
    now: datetime,
    status: int = 200,
    put_on_form: tuple[int, PutOnForm] | None = None,
    take_off_form: tuple[int, TakeOffForm] | None = None,
) -> ResponseReturnValue:
    """The participant's page, with the form that was refused as it was typed."""
    looked_at([participant_id])
    person = get_participant(participant_id)
    permissions = current_user.permissions
    with_topics = Permission.SEE_TOPICS in permissions
    cards = whole.cards_of(
        participant_id,
        with_topics=with_topics,
        with_hours=Permission.SEE_HOURS in permissions,
        now=now,
    )
    coming, past = whole.visits_of(participant_id, with_topics=with_topics, now=now)
    return page(
        "desk/participant.html",
        status=status,
        person={
            "id": person.id,
            "name": person.name,
            "preferred_name": person.preferred_name,
            "key": person.key,
            "birth": day_numeric(person.birth_on) if person.birth_on else "",
            "email": person.account.email or "",
            "has_pin": person.pin_digest is not None,
        },
        enrollments=[_with_forms(card, put_on_form, take_off_form) for card in cards],
        sessions=coming,
        history=past,
    )


def _with_forms(
    card: whole.EnrollmentCard,
    put_on_form: tuple[int, PutOnForm] | None,
    take_off_form: tuple[int, TakeOffForm] | None,
) -> dict[str, Any]:
    if put_on_form is not None and put_on_form[0] == card.id:
        form = put_on_form[1]
    else:
        form = PutOnForm(formdata=None, from_on=card.today)
        form.series.choices = card.choices
    groups = [group._asdict() for group in card.groups]
    for group in groups:
        if take_off_form is not None and take_off_form[0] == group["entry_id"]:
            field = take_off_form[1].until_on
            group |= {
                "error": field.errors[0],
                "typed": field.raw_data[0] if field.raw_data else "",
            }
    return card._asdict() | {"groups": groups, "put_on_form": form}


@bp.route("/participants/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
def participant_new() -> ResponseReturnValue:
    form = ParticipantForm()
    if form.validate_on_submit():
        try:
            with savepoint():
                added = participant_actions.add(
                    **form.facts, by=current_user.actor, now=clock.now()
                )
        except Refused as refused:
            form.refuse(refused.sentence)
        else:
            flash(f"{added.name} is on the list.")
            return redirect(url_for("desk.participant", participant_id=added.id))
    status = 422 if form.errors else 200
    return page("desk/participant_new.html", status=status, form=form)


@bp.route("/participants/<int:participant_id>/edit", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
def participant_edit(participant_id: int) -> ResponseReturnValue:
    person = get_participant(participant_id)
    looked_at([person.id])
    form = ParticipantForm(obj=person, email=person.account.email)
    if form.validate_on_submit():
        try:
            with savepoint():
                participant_actions.change(
                    person, **form.facts, by=current_user.actor, now=clock.now()
                )
        except Refused as refused:
            form.refuse(refused.sentence)
        else:
            flash("The details are saved.")
            return redirect(url_for("desk.participant", participant_id=participant_id))
    status = 422 if form.errors else 200
    return page("desk/participant_edit.html", status=status, form=form)


@bp.route("/participants/<int:participant_id>/enroll", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
def enroll(participant_id: int) -> ResponseReturnValue:
    now = clock.now()
    person = get_participant(participant_id)
    looked_at([person.id])
    form = EnrollForm()
    clinicians = people.clinicians()
    form.program.choices = [("", "Choose…"), *((one.id, one.name) for one in programs())]
    form.clinician.choices = [("", "None yet"), *((one.id, one.name) for one in clinicians)]
    if not form.is_submitted():
        form.from_on.data = clock.day_of(now, clock.zone(sites()[0].timezone))
    elif form.validate():
        try:
            with savepoint():
                enrollment_actions.enroll(
                    person,
                    get_program(form.program.data),
                    from_on=form.from_on.day,
                    until_on=form.until_on.data,
                    clinician=next((c for c in clinicians if c.id == form.clinician.data), None),
                    target=form.target,
                    by=current_user.actor,
                    now=now,
                )
        except Refused as refused:
            form.refuse(refused.sentence)
        else:
            flash(f"{person.name} is enrolled. Put them on their groups next.")
            return redirect(url_for("desk.participant", participant_id=person.id))
    status = 422 if form.errors else 200
    return page("desk/enroll.html", status=status, form=form, person=person)


@bp.post("/enrollments/<int:enrollment_id>/groups")
@requires(Permission.MANAGE_PARTICIPANTS)
def put_on(enrollment_id: int) -> ResponseReturnValue:
    now = clock.now()
    form = PutOnForm()
    enrollment = get_enrollment(enrollment_id)
    form.series.choices = whole.groups_for(enrollment, now=now)
    if form.validate():
        series = get_series(form.series.data)
        try:
            with savepoint():
                rosters.put_on(
                    enrollment, series, from_on=form.from_on.day, by=current_user.actor, now=now
                )
        except Refused as refused:
            form.refuse(refused.sentence)
        else:
            flash(f"{enrollment.participant.name} is on {series.title}.")
            return redirect(url_for("desk.participant", participant_id=enrollment.participant_id))
    return _participant_page(
        enrollment.participant_id, now=now, status=422, put_on_form=(enrollment_id, form)
    )


@bp.post("/rosters/<int:entry_id>/end")
@requires(Permission.MANAGE_PARTICIPANTS)
def take_off(entry_id: int) -> ResponseReturnValue:
    now = clock.now()
    form = TakeOffForm()
    entry = get_roster_entry(entry_id)
    person = entry.enrollment.participant
    if form.validate():
        try:
            with savepoint():
                rosters.take_off(entry, last_on=form.until_on.day, by=current_user.actor, now=now)
        except Refused as refused:
            form.until_on.errors = [refused.sentence]
        else:
            flash(
                f"{person.name} is off {entry.series.title} after {day_short(form.until_on.day)}."
            )
            return redirect(url_for("desk.participant", participant_id=person.id))
    return _participant_page(person.id, now=now, status=422, take_off_form=(entry_id, form))
