"""The people who work here: the list, one of them, their access and their time off."""

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.accounts import rules
from clinic.accounts.actions import (
    change_account,
    take_password,
)
from clinic.accounts.actions import (
    deactivate as end_access,
)
from clinic.accounts.actions import (
    reactivate as give_access_back,
)
from clinic.accounts.models import Staff, TimeOff
from clinic.accounts.queries import admins
from clinic.accounts.views import invited
from clinic.db import savepoint, trial
from clinic.errors import Refused
from clinic.formats import day_short
from clinic.participants.queries import get_participant
from clinic.permissions import Permission
from clinic.staff import actions, queries
from clinic.staff.forms import StaffForm, TimeOffForm
from clinic.web import looked_at, page, requires

bp = Blueprint("staff", __name__)


@bp.get("/staff")
@requires(Permission.SEE_STAFF)
def staff() -> ResponseReturnValue:
    words = request.args.get("q", "").strip()
    rows, paging = queries.staff_found(words, page=request.args.get("page", 1, type=int))
    may_manage = Permission.MANAGE_STAFF in current_user.permissions
    people = queries.staff_lines(rows, with_last_seen=may_manage, now=clock.now())
    prefix = url_for("staff.member", staff_id=0).removesuffix("0")
    return page(
        "staff/staff.html",
        query=words,
        people=[person | {"href": f"{prefix}{person['id']}"} for person in people],
        paging=paging,
    )


@bp.get("/staff/<int:staff_id>")
@requires(Permission.SEE_STAFF)
def member(staff_id: int) -> ResponseReturnValue:
    now = clock.now()
    person = queries.get_staff(staff_id)
    account = person.account
    return page(
        "staff/member.html",
        person=queries.member(person, now=now),
        is_self=account.id == current_user.account_id,
        why_not_invite=rules.why_not_invite(account.email, is_active=account.is_active),
        why_not_deactivate=rules.why_not_lose_admin(account.id, admins()),
        why_not_reset=rules.why_not_take_password(account.id, by_id=current_user.account_id),
    )


@bp.route("/staff/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_STAFF)
def new() -> ResponseReturnValue:
    form = StaffForm()
    if form.validate_on_submit():
        facts: dict[str, Any] = {"by": current_user.actor, "now": clock.now()}
        try:
            with savepoint():
                person = actions.employ(
                    name=form.name.data or "",
                    email=form.email.data or None,
                    roles=form.role_set,
                    credentials=form.credentials.data or None,
                    **facts,
                )
                _practise(person, form, facts)
        except Refused as refused:
            form.refuse(refused.sentence)
        else:
            flash(f"{person.name} is on the list. Give them access next.")
            return redirect(url_for("staff.member", staff_id=person.id))
    status = 422 if form.errors else 200
    return page("staff/new.html", status=status, form=form)


@bp.route("/staff/<int:staff_id>/edit", methods=["GET", "POST"])
@requires(Permission.MANAGE_STAFF)
def edit(staff_id: int) -> ResponseReturnValue:
    person = queries.get_staff(staff_id)
    account = person.account
    form = StaffForm(
        name=person.name,
        credentials=person.credentials,
        email=account.email,
        roles=account.roles,
        license_number=person.license_number,
        license_expires_on=person.license_expires_on,
        working_hours=queries.shifts_of(person.id),
    )
    if form.validate_on_submit():
        facts: dict[str, Any] = {"by": current_user.actor, "now": clock.now()}
        try:
            with savepoint():
                change_account(account, email=form.email.data or None, roles=form.role_set, **facts)
                actions.change_staff(
                    person,
                    name=form.name.data or "",
                    credentials=form.credentials.data or None,
                    **facts,
                )
                _practise(person, form, facts)
        except Refused as refused:
            form.refuse(refused.sentence)
        else:
            flash("The details are saved.")
            return redirect(url_for("staff.member", staff_id=staff_id))
    status = 422 if form.errors else 200
    return page("staff/edit.html", status=status, form=form, staff_id=staff_id)


def _practise(person: Staff, form: StaffForm, facts: dict[str, Any]) -> None:
    actions.set_license(
        person,
        number=form.license_number.data or None,
        expires_on=form.license_expires_on.data,
        **facts,
    )
    actions.set_working_hours(person, form.working_hours.data, **facts)


@bp.post("/staff/<int:staff_id>/invitations")
@requires(Permission.MANAGE_STAFF)
def invite(staff_id: int) -> ResponseReturnValue:
    person = queries.get_staff(staff_id)
    back = url_for("staff.member", staff_id=staff_id)
    return invited(person.account, person.name, back=back)


@bp.post("/participants/<int:participant_id>/invitations")
@requires(Permission.MANAGE_PARTICIPANTS)
def invite_participant(participant_id: int) -> ResponseReturnValue:
    person = get_participant(participant_id)
    looked_at([person.id])
    back = url_for("records.participant", participant_id=participant_id)
    return invited(person.account, person.name, back=back)


@bp.post("/staff/<int:staff_id>/reset")
@requires(Permission.MANAGE_STAFF)
def reset(staff_id: int) -> ResponseReturnValue:
    """Their password holds no longer; another one is set by a new link or code."""
    person = queries.get_staff(staff_id)
    take_password(person.account, by=current_user.actor, now=clock.now())
    back = url_for("staff.member", staff_id=staff_id)
    return invited(person.account, person.name, back=back)


@bp.route("/staff/<int:staff_id>/deactivate", methods=["GET", "POST"])
@requires(Permission.MANAGE_STAFF)
def deactivate(staff_id: int) -> ResponseReturnValue:
    now = clock.now()
    person = queries.get_staff(staff_id)
    account = person.account
    if request.method == "POST":
        end_access(account, by=current_user.actor, now=now)
        flash(f"{person.name} has no access any more.")
        return redirect(url_for("staff.member", staff_id=staff_id))
    return page(
        "staff/deactivate.html",
        person={"id": person.id, "name": person.name, "is_active": account.is_active},
        is_self=account.id == current_user.account_id,
        why_not=rules.why_not_lose_admin(account.id, admins()),
        sessions=queries.still_to_lead(staff_id, now=now),
    )


@bp.post("/staff/<int:staff_id>/reactivate")
@requires(Permission.MANAGE_STAFF)
def reactivate(staff_id: int) -> ResponseReturnValue:
    person = queries.get_staff(staff_id)
    give_access_back(person.account, by=current_user.actor, now=clock.now())
    flash(f"{person.name} may come in again.")
    return redirect(url_for("staff.member", staff_id=staff_id))


@bp.route("/staff/<int:staff_id>/time-off", methods=["GET", "POST"])
@requires(Permission.MANAGE_SCHEDULE)
def add_time_off(staff_id: int) -> ResponseReturnValue:
    return _time_off(queries.get_staff(staff_id), None)


@bp.route("/time-off/<int:time_off_id>", methods=["GET", "POST"])
@requires(Permission.MANAGE_SCHEDULE)
def change_time_off(time_off_id: int) -> ResponseReturnValue:
    time_off = queries.get_time_off(time_off_id)
    return _time_off(queries.get_staff(time_off.staff_id), time_off)


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
                return redirect(url_for("staff.member", staff_id=person.id))
            sessions = queries.led_meanwhile(person.id, form.from_on.day, form.until_on.day)
            form.seen.data = form.days
    if sessions is None:
        form.seen.data = ""
    return page(
        "staff/time_off.html",
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
        actions.add_time_off(person, **facts)
    else:
        actions.change_time_off(time_off, **facts)


def _range(form: TimeOffForm) -> str:
    first, last = day_short(form.from_on.day), day_short(form.until_on.day)
    return f"on {first}" if first == last else f"from {first} to {last}"


@bp.post("/time-off/<int:time_off_id>/remove")
@requires(Permission.MANAGE_SCHEDULE)
def remove_time_off(time_off_id: int) -> ResponseReturnValue:
    time_off = queries.get_time_off(time_off_id)
    person = queries.get_staff(time_off.staff_id)
    again = {
        "from_on": time_off.from_on.isoformat(),
        "until_on": time_off.until_on.isoformat(),
        "reason": time_off.reason or "",
        "seen": f"{time_off.from_on}/{time_off.until_on}",
    }
    actions.remove_time_off(time_off, by=current_user.actor, now=clock.now())
    undo = url_for("staff.add_time_off", staff_id=person.id)
    message = {"text": f"{person.name} works on those days.", "undo": undo, "fields": again}
    flash(message)  # type: ignore[arg-type]  # macros/parts.html knows more than text
    return redirect(url_for("staff.member", staff_id=person.id))
