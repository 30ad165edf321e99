"""Letting people in and out: invitations by link or on paper, of participants too."""

from datetime import datetime

from flask import current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.accounts import queries as accounts
from clinic.accounts import rules
from clinic.accounts.actions.accounts import deactivate, reactivate
from clinic.accounts.actions.invitations import invite, invite_by_code
from clinic.accounts.actions.passwords import take_password
from clinic.accounts.models import Account
from clinic.formats import moment
from clinic.participants.queries import get_participant
from clinic.permissions import Permission
from clinic.programs.queries import home
from clinic.setup.queries.staff import still_to_lead
from clinic.setup.views import bp
from clinic.web import looked_at, page, requires


@bp.post("/staff/<int:staff_id>/invitations")
@requires(Permission.MANAGE_STAFF)
def invite_staff(staff_id: int) -> ResponseReturnValue:
    person = accounts.get_staff(staff_id)
    back = url_for("setup.staff_member", staff_id=staff_id)
    return _invited(person.account, person.name, back=back)


@bp.post("/participants/<int:participant_id>/invitations")
@requires(Permission.MANAGE_PARTICIPANTS)
def invite_participant(participant_id: int) -> ResponseReturnValue:
    person = get_participant(participant_id)
    looked_at([person.id])
    back = url_for("desk.participant", participant_id=participant_id)
    return _invited(person.account, person.name, back=back)


@bp.post("/staff/<int:staff_id>/reset")
@requires(Permission.MANAGE_STAFF)
def reset_staff(staff_id: int) -> ResponseReturnValue:
    """Their password holds no longer; another one is set by a new link or code."""
    person = accounts.get_staff(staff_id)
    take_password(person.account, by=current_user.actor, now=clock.now())
    back = url_for("setup.staff_member", staff_id=staff_id)
    return _invited(person.account, person.name, back=back)


def _invited(account: Account, name: str, *, back: str) -> ResponseReturnValue:
    """The link or the code, shown in this answer and nowhere else."""
    now = clock.now()
    until = _until(now)
    if request.form.get("by") == "code":
        code = invite_by_code(account, by=current_user.actor, now=now)
        where = _address(url_for("accounts.code"))
        return page(
            "setup/staff_code.html", code=code, where=where, name=name, until=until, back=back
        )
    link = _address(rules.invitation_path(invite(account, by=current_user.actor, now=now)))
    return page("setup/staff_link.html", link=link, name=name, until=until, back=back)


def _until(now: datetime) -> str:
    at, today, *_ = home(now)
    return moment(now + rules.INVITATION_LASTS, at, today=today)


def _address(path: str) -> str:
    # As whoever asks has reached us, where nobody said under which name others do.
    base = current_app.config["CLINIC_BASE_URL"] or request.host_url
    return f"{base.rstrip('/')}{path}"


@bp.route("/staff/<int:staff_id>/deactivate", methods=["GET", "POST"])
@requires(Permission.MANAGE_STAFF)
def deactivate_staff(staff_id: int) -> ResponseReturnValue:
    now = clock.now()
    person = accounts.get_staff(staff_id)
    account = person.account
    if request.method == "POST":
        deactivate(account, by=current_user.actor, now=now)
        flash(f"{person.name} has no access any more.")
        return redirect(url_for("setup.staff_member", staff_id=staff_id))
    return page(
        "setup/staff_deactivate.html",
        person={"id": person.id, "name": person.name, "is_active": account.is_active},
        is_self=account.id == current_user.account_id,
        why_not=rules.why_not_lose_admin(account.id, accounts.admins()),
        sessions=still_to_lead(staff_id, now=now),
    )


@bp.post("/staff/<int:staff_id>/reactivate")
@requires(Permission.MANAGE_STAFF)
def reactivate_staff(staff_id: int) -> ResponseReturnValue:
    person = accounts.get_staff(staff_id)
    reactivate(person.account, by=current_user.actor, now=clock.now())
    flash(f"{person.name} may come in again.")
    return redirect(url_for("setup.staff_member", staff_id=staff_id))
