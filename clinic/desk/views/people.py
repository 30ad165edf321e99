from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.db import savepoint
from clinic.desk.queries import people as queries
from clinic.desk.views import bp
from clinic.errors import Refused
from clinic.formats import day_numeric, phone
from clinic.participants.actions import people as participant_actions
from clinic.participants.forms import ParticipantForm
from clinic.participants.queries import get_participant, possible_duplicates, search
from clinic.participants.rules.duplicates import Likeness, particulars_of
from clinic.permissions import Permission
from clinic.web import looked_at, page, requires, scope

SHOWN_DOUBTS = 5


@bp.get("/participants")
@requires(Permission.SEE_PARTICIPANTS)
def participants() -> ResponseReturnValue:
    now = clock.now()
    words = request.args.get("q", "").strip()
    number = request.args.get("page", 1, type=int)
    rows, paging = search(words, page=number, only=queries.condition_of(scope()))
    looked_at(row.id for row in rows)
    standings = queries.standings([row.id for row in rows], now=now)
    prefix = url_for("desk.participant", participant_id=0).removesuffix("0")
    nowhere = queries.Standing("", "", "", "")
    can_see_contacts = Permission.SEE_CONTACTS in current_user.permissions
    can_see_hours = Permission.SEE_HOURS in current_user.permissions
    found = []
    for row in rows:
        standing = standings.get(row.id, nowhere)
        found.append(
            {
                "name": row.name,
                "preferred_name": row.preferred_name or "",
                "key": row.key,
                "phone": phone(row.phone) if can_see_contacts else "",
                "href": f"{prefix}{row.id}",
                "programs": standing.programs,
                "status": standing.status,
                "clinician": standing.clinician,
                "state": standing.state if can_see_hours else "",
            }
        )
    return page("desk/participants.html", query=words, people=found, paging=paging)


@bp.route("/participants/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
def participant_new() -> ResponseReturnValue:
    form = ParticipantForm()
    doubts: list[Likeness] = []
    if form.validate_on_submit():
        doubts = possible_duplicates(form.particulars)
        if not doubts or form.is_somebody_else.data:
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
    return page(
        "desk/participant_new.html",
        status=422 if form.errors or doubts else 200,
        form=form,
        doubts=_shown(doubts),
    )


@bp.route("/participants/<int:participant_id>/edit", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
def participant_edit(participant_id: int) -> ResponseReturnValue:
    person = get_participant(participant_id)
    looked_at([person.id])
    form = ParticipantForm(obj=person, email=person.account.email)
    doubts: list[Likeness] = []
    if not form.is_submitted():
        form.show_language(person.language)
        form.phone.data = phone(person.phone)
    elif form.validate():
        if form.particulars != particulars_of(person):
            doubts = possible_duplicates(form.particulars, but=person)
        if not doubts or form.is_somebody_else.data:
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
    return page(
        "desk/participant_edit.html",
        status=422 if form.errors or doubts else 200,
        form=form,
        doubts=_shown(doubts),
    )


def _shown(doubts: list[Likeness]) -> list[dict[str, Any]]:
    """Those who may be the person that was typed: a few, the likeliest first."""
    shown = doubts[:SHOWN_DOUBTS]
    looked_at(doubt.row.id for doubt in shown)
    return [
        {
            "name": doubt.row.name,
            "key": doubt.row.key,
            "birth": day_numeric(doubt.row.birth_on) if doubt.row.birth_on else "",
            "reason": doubt.reason,
            "href": url_for("desk.participant", participant_id=doubt.row.id),
        }
        for doubt in shown
    ]
