from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.consequences import Consequences, Part
from clinic.days import Span, times_of
from clinic.db import AnyRow
from clinic.errors import Refused, refuse_if
from clinic.formats import day_long, day_short, time_range, wall_range
from clinic.permissions import Permission
from clinic.preview import Shown, consider, is_asked, saved, typed_changes
from clinic.programs.models import Kind
from clinic.programs.queries import get_program, home
from clinic.schedule.actions import one_offs as actions
from clinic.schedule.forms import CancelForm, SessionForm, facts_of, title_of
from clinic.schedule.models import Mode, Session
from clinic.schedule.queries.bookings import who_is_on
from clinic.schedule.queries.free_times import free_rooms
from clinic.schedule.queries.offers import leaders_to_offer, rooms_to_offer
from clinic.schedule.queries.people import caseload_of, found_people, people_to_plan
from clinic.schedule.queries.sessions import get_planned
from clinic.schedule.rules.sessions import why_not_times
from clinic.web import form_page, looked_at, reads_first, requires, scope

bp = Blueprint("sessions", __name__)

USUAL_SEATS = 8
FOUND = 12  # people that a search by name shows


@bp.route("/sessions/book", methods=["GET", "POST"])
@requires(Permission.PLAN_SESSIONS)
@reads_first
def book() -> ResponseReturnValue:
    """The form of a one-off session; the address fills it in."""
    now = clock.now()
    form = SessionForm() if request.method == "POST" else SessionForm(request.args)
    is_search = _is_search(form)
    people = _people(form, is_search=is_search, now=now)
    form.offer(
        rooms=rooms_to_offer(people[0].site_id if people else None),
        leaders=leaders_to_offer(),
        no_room="Any that is free",
    )
    if people:
        form.zone = clock.zone(get_program(people[0].program_id).site.timezone)
    if not form.is_submitted() or is_search:
        _propose(form, people)
    _choose_room(form, people)
    slots = url_for("slots.slots", enrollment=people[0].id) if people else ""
    shown = Shown("Plan a session", slots, "Free times", save="Book all the same")
    ask = partial(_form_page, form, shown)
    if is_search or not is_asked(form):
        return ask()
    program = get_program(people[0].program_id)
    facts = _wanted(form, people)
    planned = form.plan(break_minutes=0)
    doubts = actions.doubts(program, planned, day=form.day.day, people=facts["people"])

    def plan() -> Consequences | None:
        actions.book(program, planned, **facts, by=current_user.actor, now=now)
        return _consequences(form, doubts)

    done = saved(f"{form.title.data} is planned for {_when(form)}.", _person_page(people))
    return consider(form, plan, shown=shown, ask=ask, done=done)


@bp.route("/sessions/<int:session_id>/edit", methods=["GET", "POST"])
@requires(Permission.PLAN_SESSIONS)
@reads_first
def edit(session_id: int) -> ResponseReturnValue:
    now = clock.now()
    session = get_planned(session_id, scope())
    refuse_if(actions.why_not_change(session, now=now))
    on_it = who_is_on(session_id)
    form = SessionForm(data=_typed(session, on_it))
    is_search = _is_search(form)
    people = _people(form, is_search=is_search, now=now, on_it=on_it)
    form.offer(
        rooms=rooms_to_offer(session.site_id, already=session.room_id),
        leaders=leaders_to_offer(session.leader_ids),
    )
    form.zone = session.site.zone
    back = url_for("attendance.sheet", session_id=session_id)
    times = time_range(session.starts_at, session.ends_at, form.zone)
    so_far = f"So far {day_long(session.day)}, {times}"
    heading = f"Move or cancel {session.title}"
    shown = Shown(heading, back, session.title, so_far, save="Save all the same")

    def ask() -> ResponseReturnValue:
        return _form_page(form, shown, get_planned(session_id, scope()))

    if is_search or not is_asked(form):
        return ask()
    program = get_program(session.program_id)
    facts = _wanted(form, people)
    plan = form.plan(break_minutes=session.break_minutes)
    doubts = actions.doubts(program, plan, day=form.day.day, people=facts["people"])

    def move() -> Consequences | None:
        current = get_planned(session_id, scope())
        acting = {"seen": form.seen_number, "by": current_user.actor, "now": now}
        actions.move(current, program, plan, **facts, **acting)
        return _consequences(form, doubts)

    done = saved(f"{form.title.data} is now on {_when(form)}.", _person_page(people))
    return consider(form, move, shown=shown, ask=ask, done=done)


def _consequences(form: SessionForm, doubts: Sequence[str]) -> Consequences | None:
    changes = typed_changes(form, "find")
    return Consequences((Part(changes=changes),), tuple(doubts)) if doubts else None


@bp.post("/sessions/<int:session_id>/cancel")
@requires(Permission.PLAN_SESSIONS)
def cancel(session_id: int) -> ResponseReturnValue:
    session = get_planned(session_id, scope())
    form = CancelForm()
    if not form.validate():
        raise Refused(" ".join(form.reason.errors) or "Open the page again and send it once more.")
    actions.cancel(session, reason=form.reason.data or None, by=current_user.actor, now=clock.now())
    flash(
        {  # type: ignore[arg-type]  # the messages of the layout take a way back, too
            "text": "The session is cancelled. Those booked see it as cancelled.",
            "undo": url_for("sessions.reinstate", session_id=session_id),
            "fields": {},
        }
    )
    return redirect(url_for("sessions.edit", session_id=session_id))


@bp.post("/sessions/<int:session_id>/reinstate")
@requires(Permission.PLAN_SESSIONS)
def reinstate(session_id: int) -> ResponseReturnValue:
    session = get_planned(session_id, scope())
    actions.reinstate(session, by=current_user.actor, now=clock.now())
    flash("The session takes place again.")
    return redirect(url_for("sessions.edit", session_id=session_id))


def _is_search(form: SessionForm) -> bool:
    """Whether a name is looked for; also when nobody is chosen and only a name was typed."""
    is_asked = request.form.get("act") == "find" or not form.people.data
    return form.is_submitted() and bool(form.find.data) and is_asked


def _people(
    form: SessionForm, *, is_search: bool, now: datetime, on_it: Sequence[int] = ()
) -> list[AnyRow]:
    """Those chosen; the form offers them, and whom a search has found."""
    chosen = list(dict.fromkeys(form.people.data or []))
    offered = people_to_plan(chosen, scope=scope())
    if not (chosen or is_search) and form.lead.data and isinstance(form.day.data, date):
        # An empty slot: those come first to mind whose clinician it is.
        offered += caseload_of(form.lead.data, day=form.day.data, scope=scope())
    missing = [each for each in on_it if each not in {row.id for row in offered}]
    offered += people_to_plan(missing, scope=None)
    if is_search:
        found = found_people(
            form.find.data or "", today=home(now).today, scope=scope(), limit=FOUND
        )
        known = {row.id for row in offered}
        new = [row for row in found if row.id not in known]
        form.found = len(new)
        if len(new) == 1 and not chosen:
            chosen = form.people.data = [new[0].id]
        offered += new
    form.offer_people(offered)
    looked_at(row.participant_id for row in offered)
    return [row for row in offered if row.id in chosen]


def _propose(form: SessionForm, people: list[AnyRow]) -> None:
    """Fill in what nobody has chosen yet: what it is called, who leads, and the seats."""
    number = max(1, len(people))
    form.title.data = form.title.data or title_of(form.kind.data)
    own = form.kind.data in {Kind.INDIVIDUAL, Kind.FAMILY}
    form.seats.data = max(form.seats.data or (1 if own else USUAL_SEATS), number)
    leader_ids = [each[0] for each in form.lead.choices or [] if each[0]]
    if form.lead.data not in leader_ids:
        wished = [people[0].clinician_id if people else None, current_user.staff_id]
        form.lead.data = next((one for one in wished if one in leader_ids), None)


def _choose_room(form: SessionForm, people: list[AnyRow]) -> None:
    """The smallest room that is free and fits, where none is chosen and one is needed."""
    day, starts, ends = form.day.data, form.starts.data, form.ends.data
    if form.room.data or form.mode.data == Mode.VIRTUAL or not (people and day and starts and ends):
        return
    if why_not_times(starts, ends):
        return
    assert form.zone is not None
    wanted = Span(*times_of(day, starts, ends, form.zone))
    free = (
        room_id
        for room_id, taken in free_rooms(people[0].site_id, day, day, seats=form.seats.data or 1)
        if not any(wanted.overlaps(each) for each in taken)
    )
    form.room.data = next(free, None)


def _wanted(form: SessionForm, people: list[AnyRow]) -> dict[str, Any]:
    return {
        "title": form.title.data,
        "day": form.day.day,
        "people": [person.id for person in people],
    }


def _typed(session: Session, on_it: list[int]) -> dict[str, Any]:
    """The form of a session as it would be typed."""
    zone = session.site.zone
    return facts_of(session) | {
        "title": session.title,
        "day": session.day,
        "starts": session.starts_at.astimezone(zone).time(),
        "ends": session.ends_at.astimezone(zone).time(),
        "people": on_it,
        "seen": session.sequence,
    }


def _form_page(
    form: SessionForm, shown: Shown, session: Session | None = None
) -> ResponseReturnValue:
    cancel_form = CancelForm(formdata=None)
    return form_page(
        "sessions/form.html", form, shown=shown, session=session, cancel_form=cancel_form
    )


def _when(form: SessionForm) -> str:
    assert form.starts.data is not None
    assert form.ends.data is not None
    return f"{day_short(form.day.day)}, {wall_range(form.starts.data, form.ends.data)}"


def _person_page(people: list[AnyRow]) -> str:
    return url_for("records.participant", participant_id=people[0].participant_id)
