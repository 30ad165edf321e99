"""Guests and walk-ins: who is on one session alone, beside its roster."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.authorizations.views import why_beyond
from clinic.db import AnyRow
from clinic.guests import queries
from clinic.guests.forms import GuestForm
from clinic.names import sort_key
from clinic.offers import actions as offers
from clinic.participants.queries import called
from clinic.permissions import Permission
from clinic.preview import Shown, consider, is_asked
from clinic.schedule.actions import by_hand, undoing
from clinic.schedule.actions import guests as actions
from clinic.schedule.actions.by_hand import Concerned
from clinic.schedule.models import Session
from clinic.schedule.queries.bookings import who_is_on
from clinic.schedule.queries.changes import guests_of
from clinic.schedule.queries.people import people_to_plan
from clinic.schedule.rules import changes as rules
from clinic.sessions.views import (
    FOUND,
    Told,
    compare_weeks,
    say_done,
    say_undone,
    shown_of,
    title_shown,
)
from clinic.web import form_page, looked_at, reads_first, requires, scope

bp = Blueprint("guests", __name__)


@bp.get("/sessions/<int:session_id>/guests")
@requires(Permission.RECORD_ATTENDANCE)
def guests(session_id: int) -> ResponseReturnValue:
    """Who is on this session alone, and a search for a guest for that day, or a walk-in."""
    session = queries.get_led(session_id, scope())
    shown = shown_of(session, f"Add somebody to {title_shown(session)}", so_far="")
    return _guests_page(session_id, GuestForm(formdata=None), shown)


@bp.post("/sessions/<int:session_id>/guests/add")
@requires(Permission.RECORD_ATTENDANCE)
@reads_first
def add(session_id: int) -> ResponseReturnValue:
    now = clock.now()
    session = queries.get_led(session_id, scope())
    form = GuestForm()
    chosen = queries.chosen_for(session, form.enrollment.data, scope=scope())
    form.offer(chosen)
    shown = shown_of(session, f"Add somebody to {title_shown(session)}", so_far="")
    ask = partial(_guests_page, session_id, form, shown)
    if not is_asked(form):
        return ask()
    (person,) = chosen
    free = queries.free_seats_of(session)

    def act(current: Session) -> None:
        reason, by = form.reason.data or None, current_user.actor
        actions.put_on(current, person.id, reason=reason, by=by, now=now)
        offers.follow(session_id, by=by, now=now)

    return _carry_out(
        form,
        act,
        session=session,
        person=person,
        says=rules.put_on_in_words(person.name, seats=session.seats, free=free),
        done=f"now has {person.name}",
        doubts=actions.doubts(session, person.id),
        shown=shown,
        ask=ask,
        now=now,
    )


@bp.post("/sessions/<int:session_id>/guests/end")
@requires(Permission.RECORD_ATTENDANCE)
@reads_first
def take_off(session_id: int) -> ResponseReturnValue:
    now = clock.now()
    session = queries.get_led(session_id, scope())
    form = GuestForm()
    on_it = people_to_plan(guests_of(session_id), scope=None)
    form.offer(on_it)
    shown = shown_of(session, f"Remove somebody from {title_shown(session)}")
    ask = partial(_guests_page, session_id, form, shown)
    if not is_asked(form):
        return ask()
    (person,) = [each for each in on_it if each.id == form.enrollment.data]

    def act(current: Session) -> None:
        actions.take_off(current, person.id, by=current_user.actor, now=now)
        offers.follow(session_id, by=current_user.actor, now=now)

    return _carry_out(
        form,
        act,
        session=session,
        person=person,
        says=f"{person.name} is removed from this session.",
        done=f"no longer has {person.name}",
        shown=shown,
        ask=ask,
        now=now,
    )


@bp.post("/sessions/<int:session_id>/guests/undo")
@requires(Permission.RECORD_ATTENDANCE)
def undo(session_id: int) -> ResponseReturnValue:
    """Undo that somebody was added or removed, for whoever may do that, where nobody has recorded
    anything of them since."""
    session = queries.get_led(session_id, scope())
    act, by, now = request.form.get("change", ""), current_user.actor, clock.now()
    undoing.undo(session, act=act, verbs=rules.GUESTS, by=by, now=now)
    return say_undone(session, over=offers.follow(session_id, undone=act, by=by, now=now))


def _carry_out(
    form: GuestForm,
    act: Callable[[Session], None],
    *,
    session: Session,
    person: AnyRow,
    says: str,
    done: str,
    doubts: Sequence[str] = (),
    shown: Shown,
    ask: Callable[[], ResponseReturnValue],
    now: datetime,
) -> ResponseReturnValue:
    """What an act on a session, which is read anew under the lock, leads to for one person."""
    session_id = session.id

    def carry_out() -> Concerned:
        act(queries.get_led(session_id, scope()))
        return Concerned([], [])  # they are here

    compared = compare_weeks(
        carry_out,
        told := Told(),
        reached=[person.id],
        days=(session.day,),
        sentences=(says,),
        doubts=doubts,
        now=now,
    )
    say = say_done(session_id, done, told, undone_by="guests.undo", now=now)
    return consider(form, compared, shown=shown, ask=ask, done=say, reason=why_beyond(now))


def found_and_booked(
    session: Session, words: str, *, also: Iterable[AnyRow] = ()
) -> dict[str, Any]:
    """For a page: who is on a session, whom a search finds who could be, and how they and others
    that it names are called. It is noted that they were looked at."""
    on_it = people_to_plan(who_is_on(session.id), scope=None)
    found = queries.found_for(session, words, scope=scope(), limit=FOUND) if words else []
    ids = [row.participant_id for row in [*on_it, *found, *also]]
    looked_at(ids)
    names = called(ids, by_year=Permission.SEE_PARTICIPANTS in current_user.permissions)
    on_it = sorted(on_it, key=lambda row: sort_key(names[row.participant_id]))
    return {"query": words, "found": found, "on_it": on_it, "called": names}


def _guests_page(session_id: int, form: GuestForm, shown: Shown) -> ResponseReturnValue:
    """Who is on a session alone, and whom a search finds who could be."""
    session = queries.get_led(session_id, scope())
    words = request.args.get("q", request.form.get("q", "")).strip()
    by_themselves = {*guests_of(session_id)} if session.series_id is not None else set()
    found_and_on_it = found_and_booked(session, words)
    return form_page(
        "guests/guests.html",
        form,
        shown=shown,
        session=session,
        zone=session.site.zone,
        guests=by_themselves,
        **found_and_on_it,
        away=queries.away_on(session, [row.id for row in found_and_on_it["found"]]),
        free=queries.free_seats_of(session),
        held=queries.seats_held_on(session),
        why_not=by_hand.why_not_touch(session),
    )
