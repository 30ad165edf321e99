from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.accounts import queries as accounts
from clinic.accounts import rules
from clinic.accounts.actions.accounts import change_account
from clinic.accounts.actions.staff import change_staff, employ, set_license, set_working_hours
from clinic.accounts.forms import StaffForm
from clinic.accounts.models import Staff
from clinic.db import savepoint
from clinic.errors import Refused
from clinic.permissions import Permission
from clinic.setup.queries.staff import member, staff_found, staff_lines
from clinic.setup.views import bp
from clinic.web import page, requires


@bp.get("/staff")
@requires(Permission.SEE_STAFF)
def staff() -> ResponseReturnValue:
    words = request.args.get("q", "").strip()
    rows, paging = staff_found(words, page=request.args.get("page", 1, type=int))
    may_manage = Permission.MANAGE_STAFF in current_user.permissions
    people = staff_lines(rows, with_last_seen=may_manage, now=clock.now())
    prefix = url_for("setup.staff_member", staff_id=0).removesuffix("0")
    return page(
        "setup/staff.html",
        query=words,
        people=[person | {"href": f"{prefix}{person['id']}"} for person in people],
        paging=paging,
    )


@bp.get("/staff/<int:staff_id>")
@requires(Permission.SEE_STAFF)
def staff_member(staff_id: int) -> ResponseReturnValue:
    now = clock.now()
    person = accounts.get_staff(staff_id)
    account = person.account
    return page(
        "setup/staff_member.html",
        person=member(person, now=now),
        is_self=account.id == current_user.account_id,
        why_not_invite=rules.why_not_invite(account.email, is_active=account.is_active),
        why_not_deactivate=rules.why_not_lose_admin(account.id, accounts.admins()),
        why_not_reset=rules.why_not_take_password(account.id, by_id=current_user.account_id),
    )


@bp.route("/staff/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_STAFF)
def staff_new() -> ResponseReturnValue:
    form = StaffForm()
    if form.validate_on_submit():
        facts: dict[str, Any] = {"by": current_user.actor, "now": clock.now()}
        try:
            with savepoint():
                person = employ(
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
            return redirect(url_for("setup.staff_member", staff_id=person.id))
    status = 422 if form.errors else 200
    return page("setup/staff_new.html", status=status, form=form)


@bp.route("/staff/<int:staff_id>/edit", methods=["GET", "POST"])
@requires(Permission.MANAGE_STAFF)
def staff_edit(staff_id: int) -> ResponseReturnValue:
    person = accounts.get_staff(staff_id)
    account = person.account
    form = StaffForm(
        name=person.name,
        credentials=person.credentials,
        email=account.email,
        roles=account.roles,
        license_number=person.license_number,
        license_expires_on=person.license_expires_on,
        working_hours=accounts.shifts_of(person.id),
    )
    if form.validate_on_submit():
        facts: dict[str, Any] = {"by": current_user.actor, "now": clock.now()}
        try:
            with savepoint():
                change_account(account, email=form.email.data or None, roles=form.role_set, **facts)
                change_staff(
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
            return redirect(url_for("setup.staff_member", staff_id=staff_id))
    status = 422 if form.errors else 200
    return page("setup/staff_edit.html", status=status, form=form, staff_id=staff_id)


def _practise(person: Staff, form: StaffForm, facts: dict[str, Any]) -> None:
    set_license(
        person,
        number=form.license_number.data or None,
        expires_on=form.license_expires_on.data,
        **facts,
    )
    set_working_hours(person, form.working_hours.data, **facts)
