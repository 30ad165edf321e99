"""All check-ins of one kiosk in some minutes, undone in one go."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.consequences import Consequences
from clinic.errors import refuse_if
from clinic.formats import told_apart
from clinic.permissions import Permission
from clinic.preview import Shown, consider, is_asked
from clinic.programs.views import own_home
from clinic.taps import actions, queries, rules
from clinic.taps.forms import TapsForm
from clinic.web import flash_undo, form_page, looked_at, reads_first, requires

bp = Blueprint("taps", __name__)


@bp.route("/kiosks/undo", methods=["GET", "POST"])
@requires(Permission.SEE_KIOSK_INBOX)
@reads_first
def undo() -> ResponseReturnValue:
    now = clock.now()
    form = TapsForm() if request.method == "POST" else TapsForm(request.args)
    if not form.day.data and not form.is_submitted():
        form.day.data = own_home(now).today
    form.offer(queries.devices())
    shown = Shown("Undo check-ins of a kiosk", url_for("today.today"), "Today", save="Undo them")

    def ask() -> ResponseReturnValue:
        return form_page("taps/undo.html", form, shown=shown)

    if not is_asked(form):
        return ask()
    by, acts = current_user.actor, list[str]()

    def act() -> Consequences:
        device = queries.get_device(form.device.data)
        arrivals = rules.joined(queries.arrivals(device, *form.window))
        refuse_if(None if arrivals else rules.NOTHING)
        rows = [each.row for each in arrivals]
        looked_at(row.participant_id for row in rows)
        may = current_user.permissions
        names = told_apart(rows, by_year=Permission.SEE_PARTICIPANTS in may)
        name, left_alone = actions.undo(device, arrivals, by=by, now=now)
        acts.append(name)
        found = rules.consequences(
            arrivals,
            left_alone,
            names,
            device.site.zone,
            with_topics=Permission.SEE_TOPICS in may,
        )
        refuse_if(None if len(left_alone) < len(arrivals) else rules.all_stay(found))
        return found

    def done(_: Consequences | None) -> ResponseReturnValue:
        fields = {"change": acts[-1]}
        flash_undo("The check-ins are undone.", url_for("taps.undo_back"), fields=fields)
        return redirect(url_for("today.today"))

    return consider(form, act, shown=shown, ask=ask, done=done)


@bp.post("/kiosks/undo/back")
@requires(Permission.SEE_KIOSK_INBOX)
def undo_back() -> ResponseReturnValue:
    by = current_user.actor
    flash(actions.undo_back(request.form.get("change", ""), by=by, now=clock.now()))
    return redirect(url_for("today.today"))
