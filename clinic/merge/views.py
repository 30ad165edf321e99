from functools import partial

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.db import savepoint, trial
from clinic.errors import Refused
from clinic.merge import actions, queries
from clinic.merge.forms import MergeForm
from clinic.merge.rules import FIELDS, differing, value_of
from clinic.participants.models import Participant
from clinic.participants.queries import (
    find_kept,
    get_participant,
    possible_duplicates,
    search,
)
from clinic.participants.rules import Likeness, particulars_of
from clinic.permissions import Permission
from clinic.web import looked_at, page, requires

bp = Blueprint("merge", __name__)


@bp.route("/participants/<int:participant_id>/merge", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
def merge(participant_id: int) -> ResponseReturnValue:
    """Two records of one person become one: which other one, what is right, what would be."""
    other_id = request.values.get("other", type=int)
    for each in filter(None, (participant_id, other_id)):
        if kept_id := find_kept(each):
            flash("One of the two has been merged already. This is the record that stays.")
            return redirect(url_for("records.participant", participant_id=kept_id))
    this = get_participant(participant_id)
    if other_id in {None, this.id}:
        return _search_page(this)
    other = get_participant(other_id)
    looked_at([this.id, other.id])
    form = _form_for(this, other)
    records = [(each, queries.belongings_of(each)) for each in (this, other)]
    name = this.name
    if not form.is_submitted():
        _propose(form, this, other)
    elif request.form.get("step") != "back" and form.validate():
        kept, gone = (this, other) if form.kept.data == this.id else (other, this)
        try:
            return _carry_out(form, kept, gone)
        except Refused as refused:
            form.refuse(refused.sentence)
    status = 422 if form.errors else 200
    return page("merge/choose.html", status=status, form=form, records=records, name=name)


def _carry_out(form: MergeForm, kept: Participant, gone: Participant) -> ResponseReturnValue:
    """Save it, or do it and undo it to show what it leads to."""
    now = clock.now()
    ids, key = (kept.id, gone.id), gone.key
    do = partial(actions.merge, *ids, taken=form.taken, by=current_user.actor, now=now)
    if request.form.get("step") == "save":
        with savepoint():
            do()
        flash(f"The two records are one now. {key} leads here.")
        return redirect(url_for("records.participant", participant_id=ids[0]))
    belongings = queries.belongings_of(gone)
    with trial():
        merged = do()
        said = [(label, queries.said_in(merged, field)) for field, label in FIELDS.items()]
        said.append(("Sign-in", queries.sign_in_words(merged.account)))
        kept_key = merged.key
    return page(
        "merge/preview.html",
        form=form,
        key=key,
        kept_key=kept_key,
        said=said,
        belongings=belongings,
    )


def _form_for(this: Participant, other: Participant) -> MergeForm:
    """A form that asks between two records, in what they say differently."""
    both = (this, other)
    form = MergeForm()
    form.offer(
        [(each.id, f"{each.key}, {each.name}") for each in both],
        {
            field: [queries.said_in(each, field) for each in both]
            for field in differing(this, other)
        },
    )
    form.other.data = str(other.id)
    return form


def _propose(form: MergeForm, this: Participant, other: Participant) -> None:
    """What one begins with: this record, and what the other one says where this one is silent."""
    form.kept.data = this.id
    for field in form.asked:
        is_silent = value_of(this, field.name) is None
        field.data = other.id if is_silent else this.id


def _search_page(this: Participant) -> ResponseReturnValue:
    words = request.args.get("q", "").strip()
    if words:
        rows, paging = search(words, page=1, only=Participant.id != this.id)
        found = [Likeness(row, "") for row in rows]
        more = paging.total - len(rows)
    else:
        found = possible_duplicates(particulars_of(this), but=this)
        more = 0
    looked_at([this.id, *(each.row.id for each in found)])
    return page("merge/merge.html", query=words, this=this, found=found, more=more)
