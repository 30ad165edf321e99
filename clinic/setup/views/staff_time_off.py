from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.accounts import queries as accounts
from clinic.accounts.actions.time_off import add_time_off, change_time_off, remove_time_off
from clinic.accounts.forms import TimeOffForm
from clinic.accounts.models import Staff, TimeOff
from clinic.db import savepoint, trial
from clinic.errors import Refused
from clinic.formats import day_short
from clinic.permissions import Permission
from clinic.setup.queries.staff import led_meanwhile
from clinic.setup.views import bp
from clinic.web import page, requires


@bp.route("/staff/<int:staff_id>/time-off", methods=["GET", "POST"])
@requires(Permission.MANAGE_SCHEDULE)
def add_staff_time_off(staff_id: int) -> ResponseReturnValue:
    return _time_off(accounts.get_staff(staff_id), None)


@bp.route("/time-off/<int:time_off_id>", methods=["GET", "POST"])
@requires(Permission.MANAGE_SCHEDULE)
def change_staff_time_off(time_off_id: int) -> ResponseReturnValue:
    time_off = accounts.get_time_off(time_off_id)
    return _time_off(accounts.get_staff(time_off.staff_id), time_off)


def _time_off(person: Staff, time_off: TimeOff | None) -> ResponseReturnValue:
    """First the sessions of those days are shown; sent again for the same days, it is saved."""
    time_off_id = time_off.id if time_off else None
    form = TimeOffForm(obj=time_off)
    sessions = None
    if form.validate_on_submit():
        is_seen = form.seen.data == form.days
        try:
            with savepoint() if is_seen else trial():
                _save(person, time_off, form)
        except Refused as refused:
            form.refuse(refused.sentence)
        else:
            if is_seen:
                flash(f"{person.name} is away {_range(form)}.")
                return redirect(url_for("setup.staff_member", staff_id=person.id))
            sessions = led_meanwhile(person.id, form.from_on.day, form.until_on.day)
            form.seen.data = form.days
    if sessions is None:
        form.seen.data = ""
    return page(
        "setup/staff_time_off.html",
        status=422 if form.errors else 200,
        form=form,
        person={"id": person.id, "name": person.name},
        time_off_id=time_off_id,
        sessions=sessions,
    )


def _save(person: Staff, time_off: TimeOff | None, form: TimeOffForm) -> None:
    facts: dict[str, Any] = {
        "from_on": form.from_on.day,
        "until_on": form.until_on.day,
        "reason": form.reason.data or None,
        "by": current_user.actor,
        "now": clock.now(),
    }
    if time_off is None:
        add_time_off(person, **facts)
    else:
        change_time_off(time_off, **facts)


def _range(form: TimeOffForm) -> str:
    first, last = day_short(form.from_on.day), day_short(form.until_on.day)
    return f"on {first}" if first == last else f"from {first} to {last}"


@bp.post("/time-off/<int:time_off_id>/remove")
@requires(Permission.MANAGE_SCHEDULE)
def remove_staff_time_off(time_off_id: int) -> ResponseReturnValue:
    time_off = accounts.get_time_off(time_off_id)
    person = accounts.get_staff(time_off.staff_id)
    again = {
        "from_on": time_off.from_on.isoformat(),
        "until_on": time_off.until_on.isoformat(),
        "reason": time_off.reason or "",
        "seen": f"{time_off.from_on}/{time_off.until_on}",
    }
    remove_time_off(time_off, by=current_user.actor, now=clock.now())
    undo = url_for("setup.add_staff_time_off", staff_id=person.id)
    message = {"text": f"{person.name} works on those days.", "undo": undo, "fields": again}
    flash(message)  # type: ignore[arg-type]  # macros/parts.html knows more than text
    return redirect(url_for("setup.staff_member", staff_id=person.id))
