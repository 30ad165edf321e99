from datetime import datetime
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.db import savepoint
from clinic.desk.forms import PutOnForm, TakeOffForm
from clinic.desk.queries import participant as whole
from clinic.desk.queries import people
from clinic.desk.views import bp
from clinic.errors import Refused
from clinic.formats import day_numeric
from clinic.participants import actions as participant_actions
from clinic.participants.forms import ParticipantForm
from clinic.participants.queries import get_participant, search
from clinic.permissions import Permission
from clinic.web import looked_at, page, requires, scope


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
    return participant_page(participant_id, now=clock.now())


def participant_page(
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
