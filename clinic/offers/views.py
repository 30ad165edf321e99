"""A seat for somebody who missed something: given by staff, or offered on their own page."""

from collections.abc import Callable
from datetime import date

from flask import Blueprint, Flask, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.db import AnyRow
from clinic.errors import NotFound, Refused
from clinic.offers import actions, queries, rules
from clinic.offers.forms import PlaceForm
from clinic.participants.queries import find_by_account
from clinic.permissions import Permission
from clinic.programs.queries import get_site
from clinic.programs.views import own_home
from clinic.schedule.models import Session
from clinic.web import back_to, flash_undo, looked_at, page, requires, roster_scope, scope

bp = Blueprint("offers", __name__)
bp.add_app_template_filter(rules.state_words, "offer_state")
bp.add_app_template_filter(rules.held_words, "offer_held")
bp.add_app_template_filter(rules.when_words, "offer_when")


def install(app: Flask, *, is_covered: Callable[[int, date], bool]) -> None:
    """`is_covered`: whether an authorization, where an enrollment has any, covers a day. Higher
    features know it."""
    app.extensions["is_covered"] = is_covered


@bp.post("/enrollments/<int:enrollment_id>/make-ups/place")
@requires(Permission.RECORD_ATTENDANCE)
def place(enrollment_id: int) -> ResponseReturnValue:
    """Put somebody on a session for one that they missed: they have said that they come."""
    now = clock.now()
    form, person, session = _asked(enrollment_id)
    if not current_app.extensions["is_covered"](enrollment_id, session.day):
        flash(rules.not_covered(person.name, session.day), "warning")
        to_the_desk = {"participant_id": person.participant_id, "_anchor": "seats"}
        return redirect(url_for("desk.person", **to_the_desk))
    by = current_user.actor
    placed = actions.place(person, session, missed_id=form.missed.data, by=by, now=now)
    row = queries.get_row(placed.id)
    when = rules.when_words(row, own_home(now).zone)
    undo = url_for("offers.take_back", offer_id=placed.id)
    fields = {"next": request.form.get("next", "")}
    flash_undo(f"{person.name} is added to {when}.", undo, fields=fields)
    return back_to("desk.person", participant_id=person.participant_id)


@bp.post("/enrollments/<int:enrollment_id>/make-ups/offer")
@requires(Permission.RECORD_ATTENDANCE)
def offer(enrollment_id: int) -> ResponseReturnValue:
    """Hold a seat for somebody, and ask them on their page."""
    now = clock.now()
    form, person, session = _asked(enrollment_id)
    base = current_app.config["CLINIC_BASE_URL"]
    offered = actions.offer(
        person,
        session,
        missed_id=form.missed.data,
        goes_on=form.goes_on.data,
        link=f"{base.rstrip('/')}{url_for('portal.week')}" if base else "",
        by=current_user.actor,
        now=now,
    )
    row = queries.get_row(offered.id)
    when, said = rules.when_words(row, own_home(now).zone), rules.state_words(row, now=now)
    undo = url_for("offers.withdraw", offer_id=offered.id)
    fields = {"next": request.form.get("next", "")}
    flash_undo(f"{person.name}: {when}. {said}.", undo, fields=fields)
    return back_to("desk.person", participant_id=person.participant_id)


@bp.post("/make-ups/<int:offer_id>/withdraw")
@requires(Permission.RECORD_ATTENDANCE)
def withdraw(offer_id: int) -> ResponseReturnValue:
    row = _shown(offer_id)
    actions.withdraw(offer_id, by=current_user.actor, now=clock.now())
    flash("The offer is withdrawn, and the seat is free again.")
    return back_to("desk.person", participant_id=row.participant_id)


@bp.post("/make-ups/<int:offer_id>/undo")
@requires(Permission.RECORD_ATTENDANCE)
def take_back(offer_id: int) -> ResponseReturnValue:
    now, row = clock.now(), _shown(offer_id)
    actions.take_back(offer_id, by=current_user.actor, now=now)
    name = queries.get_person(row.enrollment_id, scope=scope()).name
    flash(f"Undone: {name} is not on {rules.when_words(row, own_home(now).zone)} any more.")
    return back_to("desk.person", participant_id=row.participant_id)


@bp.post("/me/offers/<int:offer_id>/take")
@requires(Permission.OWN_WEEK)
def take(offer_id: int) -> ResponseReturnValue:
    own_id, by, now = _own_id(), current_user.actor, clock.now()
    try:
        row = actions.take(offer_id, own_id, by=by, now=now)
    except Refused as refused:
        return _refused(refused, offer_id)
    when = rules.when_words(row, clock.zone(row.timezone))
    flash(f"The seat is yours: {when}.")
    return redirect(url_for("portal.week", week=row.day))


@bp.post("/me/offers/<int:offer_id>/decline")
@requires(Permission.OWN_WEEK)
def decline(offer_id: int) -> ResponseReturnValue:
    own_id, by, now = _own_id(), current_user.actor, clock.now()
    try:
        is_declined = actions.decline(offer_id, own_id, by=by, now=now)
    except Refused as refused:
        return _refused(refused, offer_id)
    flash(rules.DECLINED if is_declined else rules.NOT_HELD)
    return redirect(url_for("portal.week"))


def _refused(refused: Refused, offer_id: int) -> ResponseReturnValue:
    """Say no to whoever was offered a seat, with the number that they are asked to call."""
    phone = get_site(queries.get_row(offer_id).site_id).phone
    return page("offers/refused.html", status=409, sentence=refused.sentence, phone=phone)


def _asked(enrollment_id: int) -> tuple[PlaceForm, AnyRow, Session]:
    """What was typed, whom it is about, and which session."""
    queries.get_person(enrollment_id, scope=scope())
    form = PlaceForm()
    if not form.validate() or form.session.data is None:
        raise Refused("Reload the page and try again.")
    mine = {"scope": scope(), "roster_scope": roster_scope()}
    person, session = queries.get_place(enrollment_id, form.session.data, **mine)
    looked_at([person.participant_id])
    return form, person, session


def _shown(offer_id: int) -> AnyRow:
    row = queries.get_shown(offer_id, scope=scope(), roster_scope=roster_scope())
    looked_at([row.participant_id])
    return row


def _own_id() -> int:
    person = find_by_account(current_user.account_id)
    if person is None:
        raise NotFound
    looked_at([person.id])
    return person.id
