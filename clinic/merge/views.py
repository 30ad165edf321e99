from collections.abc import Iterable
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.consequences import Consequences
from clinic.db import id_from
from clinic.merge import actions, queries, rules
from clinic.merge.forms import MergeForm
from clinic.merge.rules import differing
from clinic.participants.models import Participant
from clinic.participants.queries import (
    find_kept,
    get_participant,
    possible_duplicates,
    search,
)
from clinic.participants.rules import facts_of, value_of
from clinic.permissions import Permission
from clinic.preview import Shown, consider, is_asked, saved
from clinic.web import form_page, looked_at, page, reads_first, requires

bp = Blueprint("merge", __name__)


@bp.route("/participants/<int:participant_id>/merge", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
@reads_first
def merge(participant_id: int) -> ResponseReturnValue:
    """Two records of one person become one: which other one, what is right, what would be."""
    now = clock.now()
    ids = [participant_id, *filter(None, [request.values.get("other", type=id_from)])]
    if kept_id := _merged_into(ids):
        return _to_kept(kept_id)
    this = get_participant(participant_id)
    if len(set(ids)) == 1:
        return _search_page(this)
    other = get_participant(ids[1])
    looked_at(ids)
    form = _form_for(this, other)
    if not form.is_submitted():
        _propose(form, this, other)
    if not is_asked(form):
        return _compare_page(form, ids)
    kept, gone = (this, other) if form.kept.data == this.id else (other, this)
    kept_id, gone_id, keys = kept.id, gone.id, (kept.key, gone.key)
    theirs = _of_record(gone)
    back = url_for("records.participant", participant_id=participant_id)

    def act() -> Consequences:
        merged = actions.merge(kept_id, gone_id, taken=form.taken, by=current_user.actor, now=now)
        record = queries.record_in_words(merged)
        return rules.consequences(*keys, record=record, **theirs)

    return consider(
        form,
        act,
        shown=Shown(f"Merge {gone.key} into {kept.key}", back, this.name, save="Merge"),
        ask=lambda: _compare_page(form, ids),
        done=saved(
            f"The two records are merged. {gone.key} leads here.",
            url_for("records.participant", participant_id=kept_id),
        ),
    )


def _compare_page(form: MergeForm, ids: Iterable[int]) -> ResponseReturnValue:
    if kept_id := _merged_into(ids):
        return _to_kept(kept_id)
    records = [(each, _of_record(each)) for each in map(get_participant, ids)]
    return form_page("merge/choose.html", form, records=records)


def _of_record(record: Participant) -> dict[str, Any]:
    """What belongs to a record, in words."""
    return {
        "belongings": queries.belongings_of(record.id),
        "links": queries.links_of(record.id),
        "sign_in": queries.sign_in_words(record.account),
    }


def _merged_into(ids: Iterable[int]) -> int | None:
    """The id of the record that stays, where one of these has been merged already."""
    return next(filter(None, map(find_kept, ids)), None)


def _to_kept(kept_id: int) -> ResponseReturnValue:
    flash("One of the two has been merged already. This is the record that stays.")
    return redirect(url_for("records.participant", participant_id=kept_id))


def _form_for(this: Participant, other: Participant) -> MergeForm:
    """A form that asks between two records, in what they say differently."""
    both = (this, other)
    form = MergeForm()
    form.offer(
        [(each.id, f"{each.key}, {each.name}") for each in both],
        {
            field: [queries.fact_in_words(each, field) for each in both]
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
        found = [(row, "") for row in rows]
        more = paging.total - len(rows)
    else:
        found = possible_duplicates(facts_of(this), but=this)
        more = 0
    looked_at([this.id, *(row.id for row, _ in found)])
    return page("merge/merge.html", query=words, this=this, found=found, more=more)
