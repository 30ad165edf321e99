from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.closures import actions, rules
from clinic.closures.forms import ClosureForm, NewClosureForm, OpenForm
from clinic.permissions import Permission
from clinic.programs import queries
from clinic.web import page, requires

bp = Blueprint("closures", __name__)

FIRST_A_SITE = "Set up a site first: closures are for one."


@bp.get("/setup/closures")
@requires(Permission.MANAGE_SCHEDULE)
def closures() -> ResponseReturnValue:
    now = clock.now()
    found = queries.closures_by_site()
    return page(
        "closures/closures.html",
        sites=[
            {"name": site.name, **_listed(found.get(site.id, []), site.timezone, now)}
            for site in queries.sites()
        ],
    )


def _listed(closures: Any, timezone: str, now: datetime) -> dict[str, Any]:
    """Those that are coming or running by first day, and those that are over, latest first."""
    today = clock.day_of(now, clock.zone(timezone))
    rows = [
        {
            "name": closure.name,
            "from_on": closure.from_on,
            "until_on": closure.until_on,
            "href": url_for("closures.closure", closure_id=closure.id),
            "is_over": closure.until_on < today,
            "is_now": closure.from_on <= today <= closure.until_on,
        }
        for closure in closures
    ]
    return {
        "coming": [row for row in rows if not row["is_over"]],
        "past": [row for row in reversed(rows) if row["is_over"]],
    }


@bp.route("/setup/closures/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_SCHEDULE)
def new() -> ResponseReturnValue:
    now = clock.now()
    sites = queries.sites(active_only=True)
    if not sites:
        flash(FIRST_A_SITE, "warning")
        return redirect(url_for("closures.closures"))
    form = NewClosureForm()
    form.site.choices = [(site.id, site.name) for site in sites]

    def add() -> str:
        closed = actions.add(
            queries.get_site(form.site.data),
            from_on=form.from_on.day,
            until_on=form.until_on.day,
            name=form.name.data or "",
            by=current_user.actor,
            now=now,
        )
        return rules.told_of_closure(**closed._asdict())

    if form.validate_on_submit() and form.settle(add):
        flash(f"{form.name.data} is a closure. {form.told}")
        return redirect(url_for("closures.closures"))
    status = 422 if form.errors else 200
    return page("closures/new.html", status=status, form=form)


@bp.route("/setup/closures/<int:closure_id>", methods=["GET", "POST"])
@requires(Permission.MANAGE_SCHEDULE)
def closure(closure_id: int) -> ResponseReturnValue:
    now = clock.now()
    found = queries.get_closure(closure_id)
    form = ClosureForm(obj=found)
    shown = _shown(closure_id, now)

    def change() -> str:
        closed = actions.change(
            queries.get_closure(closure_id),
            from_on=form.from_on.day,
            until_on=form.until_on.day,
            name=form.name.data or "",
            by=current_user.actor,
            now=now,
        )
        return rules.told_of_closure(**closed._asdict())

    if form.validate_on_submit() and form.settle(change):
        flash(f"The closure is saved. {form.told}")
        return redirect(url_for("closures.closures"))
    status = 422 if form.errors else 200
    return page("closures/closure.html", status=status, form=form, closure=shown)


def _shown(closure_id: int, now: datetime) -> dict[str, Any]:
    closure = queries.get_closure(closure_id)
    site = queries.get_site(closure.site_id)
    today = site.today(now)
    return {
        "id": closure.id,
        "name": closure.name,
        "site": site.name,
        "from_on": closure.from_on,
        "until_on": closure.until_on,
        "is_over": closure.until_on < today,
        "has_begun": closure.from_on < today,
    }


@bp.post("/setup/closures/<int:closure_id>/remove")
@requires(Permission.MANAGE_SCHEDULE)
def remove(closure_id: int) -> ResponseReturnValue:
    """First it is told what follows; sent once more, it happens."""
    now = clock.now()
    form = OpenForm()
    shown = _shown(closure_id, now)

    def act() -> str:
        closed = actions.remove(queries.get_closure(closure_id), by=current_user.actor, now=now)
        return rules.told_of_closure(**closed._asdict())

    if form.validate() and form.settle(act):
        flash(f"{shown['name']} is taken back. {form.told}")
        return redirect(url_for("closures.closures"))
    status = 409 if form.errors else 200
    return page("closures/remove.html", status=status, form=form, closure=shown)
