"""A seat for somebody who missed something: given by staff, or offered on their own page."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from flask import Blueprint, Flask, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.addresses import safe_next
from clinic.consequences import Consequences, Part
from clinic.db import AnyRow
from clinic.errors import NotFound, Refused
from clinic.forms import Form
from clinic.offers import actions, queries, rules
from clinic.offers.forms import PlaceForm
from clinic.offers.models import MakeUpOffer
from clinic.participants.queries import find_by_account
from clinic.permissions import Permission
from clinic.preview import Reason, Shown, consider
from clinic.programs.queries import get_site
from clinic.programs.views import own_home
from clinic.schedule.models import Session
from clinic.schedule.queries.people import people_to_plan
from clinic.sent import only_shown
from clinic.web import (
    back_to,
    flash_link,
    flash_undo,
    looked_at,
    page,
    reads_first,
    requires,
    roster_scope,
    scope,
)

bp = Blueprint("offers", __name__)
bp.add_app_template_filter(rules.state_words, "offer_state")
bp.add_app_template_filter(rules.held_words, "offer_held")
bp.add_app_template_filter(rules.when_words, "offer_when")


def install(
    app: Flask,
    *,
    if_coming: Callable[..., Consequences | None],
    why_beyond: Callable[[datetime], Reason],
) -> None:
    """`if_coming`: what nothing authorizes if somebody comes to a session besides; `why_beyond`:
    what is asked for then. Higher features know it."""
    app.extensions["if_coming"], app.extensions["why_beyond"] = if_coming, why_beyond


@bp.post("/enrollments/<int:enrollment_id>/make-ups/place")
@requires(Permission.RECORD_ATTENDANCE)
@reads_first
def place(enrollment_id: int) -> ResponseReturnValue:
    """Put somebody on a session for one that they missed: they have said that they come."""
    now, by = clock.now(), current_user.actor
    asked = _asked(enrollment_id, now=now)
    says = f"{asked.person.name} is added to {asked.when}."

    def act(session: Session) -> MakeUpOffer:
        missed_id = asked.form.missed.data
        return actions.place(asked.person, session, missed_id=missed_id, by=by, now=now)

    def done(placed: MakeUpOffer) -> None:
        undo = url_for("offers.take_back", offer_id=placed.id)
        fields = {"next": request.form.get("next", "")}
        flash_undo(" ".join([says, *_ended_with(placed, now=now)]), undo, fields=fields)

    return _consider(asked, act, done, f"Add {asked.person.name}", says, save="Add", now=now)


@bp.post("/enrollments/<int:enrollment_id>/make-ups/offer")
@requires(Permission.RECORD_ATTENDANCE)
@reads_first
def offer(enrollment_id: int) -> ResponseReturnValue:
    """Hold a seat for somebody, and ask them on their page."""
    now, by = clock.now(), current_user.actor
    asked, base = _asked(enrollment_id, now=now), current_app.config["CLINIC_BASE_URL"]

    def act(session: Session) -> MakeUpOffer:
        return actions.offer(
            asked.person,
            session,
            missed_id=asked.form.missed.data,
            goes_on=asked.form.goes_on.data,
            link=f"{base.rstrip('/')}{url_for('portal.week')}" if base else "",
            by=by,
            now=now,
        )

    def done(offered: MakeUpOffer) -> None:
        said = rules.state_words(queries.get_row(offered.id), now=now)
        undo = url_for("offers.withdraw", offer_id=offered.id)
        fields = {"next": request.form.get("next", "")}
        flash_undo(f"{asked.person.name}: {asked.when}. {said}.", undo, fields=fields)

    says = f"A seat on {asked.when} is held for {asked.person.name}, who is asked on their page."
    heading = f"Offer a seat to {asked.person.name}"
    return _consider(asked, act, done, heading, says, save="Offer", now=now)


def say_undone(
    said: str, booking_ids: Collection[int], names: Mapping[int, str], *, now: datetime
) -> None:
    """Say that what was marked on these bookings is undone, and which make-ups stay for whoever
    comes after all."""
    rows = queries.stay_for(booking_ids, now=now)
    said += rules.stay_words(rows, own_home(now).zone, names=names)
    people = {row.participant_id for row in rows}
    if len(people) == 1:
        to_them = url_for("desk.person", participant_id=people.pop())
        flash_link(said, "Their sessions", to_them)
    else:
        flash(said)


def say_as_before(said: str, over: Sequence[AnyRow]) -> None:
    """Say that who is on a session is as it was, and of whom `over` is, that the seat is not held
    for them any more that they had been offered."""
    looked_at(row.participant_id for row in over)
    ids = [row.enrollment_id for row in over]
    for person in people_to_plan(ids, scope=None):
        said += f" {person.name} is not on it any more. {rules.NOT_HELD_ANY_MORE}"
    people = {row.participant_id for row in people_to_plan(ids, scope=scope())}
    if len(people) == 1:
        _flash_again(said, people.pop())
    else:
        flash(said)


def _flash_again(said: str, participant_id: int) -> None:
    seats = url_for("desk.person", participant_id=participant_id, _anchor="seats")
    flash_link(said, "Offer it again", seats)


class _Asked(NamedTuple):
    """What was typed, whom it is about, and which session."""

    form: PlaceForm
    person: AnyRow
    session_id: int
    when: str


def _asked(enrollment_id: int, *, now: datetime) -> _Asked:
    queries.get_person(enrollment_id, scope=scope())  # else there is nothing to say of the form
    form = PlaceForm()
    if not (form.validate() or only_shown()) or form.session.data is None:
        raise Refused("Reload the page and try again.")
    person, session = _place(enrollment_id, form.session.data)
    looked_at([person.participant_id])
    times = session.starts_at, session.ends_at
    when = rules.time_words(*times, session.site.zone, own_home(now).zone)
    return _Asked(form, person, session.id, when)


def _place(enrollment_id: int, session_id: int) -> tuple[AnyRow, Session]:
    mine = {"scope": scope(), "roster_scope": roster_scope()}
    return queries.get_place(enrollment_id, session_id, **mine)


def _consider(
    asked: _Asked,
    act: Callable[[Session], MakeUpOffer],
    done: Callable[[MakeUpOffer], None],
    heading: str,
    says: str,
    *,
    save: str,
    now: datetime,
) -> ResponseReturnValue:
    """Do it at once, or, where nothing authorizes it, once somebody has seen that and said why."""
    person, form = asked.person, asked.form
    to_the_desk = {"participant_id": person.participant_id}
    back = safe_next(request.form.get("next")) or url_for("desk.person", **to_the_desk)
    if only_shown():
        return redirect(back)
    made: list[MakeUpOffer] = []

    def carry_out() -> Consequences | None:
        _, session = _place(person.id, asked.session_id)
        may_know = Permission.SEE_HOURS in current_user.permissions
        if_coming = current_app.extensions["if_coming"]
        found = if_coming(person.id, session, with_number=may_know, now=now)
        made.append(act(session))
        sentences = says, *_ended_with(made[-1], now=now)
        return found._replace(parts=(Part(sentences=sentences),)) if found else None

    def no() -> ResponseReturnValue:
        raise Refused(_sentences(form))

    def finish(_found: Consequences | None) -> ResponseReturnValue:
        done(made[-1])
        return redirect(back)

    reason = current_app.extensions["why_beyond"](now)
    shown = Shown(heading, back, "Back", save=save)
    return consider(form, carry_out, shown=shown, ask=no, done=finish, reason=reason)


def _ended_with(placed: MakeUpOffer, *, now: datetime) -> list[str]:
    """That somebody is not asked any more what they were, now that they have said yes."""
    home = own_home(now).zone
    rows = queries.ended_with(queries.get_row(placed.id))
    return [f"What they were offered on {rules.when_words(row, home)}, ends." for row in rows]


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
    is_over = queries.may_offer_again(row, now=now)
    actions.take_back(offer_id, by=current_user.actor, now=now)
    name = queries.get_person(row.enrollment_id, scope=scope()).name
    said = f"Undone: {name} is not on {rules.when_words(row, own_home(now).zone)} any more."
    if is_over:
        _flash_again(f"{said} {rules.NOT_HELD_ANY_MORE}", row.participant_id)
    else:
        flash(said)
    return back_to("desk.person", participant_id=row.participant_id)


@bp.post("/me/offers/<int:offer_id>/take")
@requires(Permission.OWN_WEEK)
def take(offer_id: int) -> ResponseReturnValue:
    own_id, by, now, form = _own_id(), current_user.actor, clock.now(), Form()
    if not form.attempt(lambda: actions.take(offer_id, own_id, by=by, now=now)):
        return _refused(form, offer_id)
    row = form.done
    when = rules.when_words(row, clock.zone(row.timezone))
    flash(f"The seat is yours: {when}.")
    return redirect(url_for("portal.week", week=row.day))


@bp.post("/me/offers/<int:offer_id>/decline")
@requires(Permission.OWN_WEEK)
def decline(offer_id: int) -> ResponseReturnValue:
    own_id, by, now, form = _own_id(), current_user.actor, clock.now(), Form()
    if not form.attempt(lambda: actions.decline(offer_id, own_id, by=by, now=now)):
        return _refused(form, offer_id)
    flash(rules.DECLINED if form.done else rules.NOT_HELD)
    return redirect(url_for("portal.week"))


def _refused(form: Form, offer_id: int) -> ResponseReturnValue:
    """Say no to whoever was offered a seat, with the number that they are asked to call."""
    phone = get_site(queries.get_row(offer_id).site_id).phone
    return page("offers/refused.html", status=409, sentence=_sentences(form), phone=phone)


def _sentences(form: Form) -> str:
    return " ".join(chain.from_iterable(form.errors.values()))


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
