from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.closures import actions, rules
from clinic.closures.forms import ClosureForm, NewClosureForm, OpenForm
from clinic.consequences import Consequences, in_words
from clinic.errors import Refused
from clinic.permissions import Permission
from clinic.preview import Shown, consider, is_asked
from clinic.programs import queries
from clinic.schedule.rules.words import period
from clinic.web import page, reads_first, requires

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
@reads_first
def new() -> ResponseReturnValue:
    now = clock.now()
    sites = queries.sites(active_only=True)
    if not sites:
        flash(FIRST_A_SITE, "warning")
        return redirect(url_for("closures.closures"))
    form = NewClosureForm()
    form.site.choices = [(site.id, site.name) for site in sites]

    def ask() -> ResponseReturnValue:
        return page("closures/new.html", status=422 if form.errors else 200, form=form)

    def add() -> Consequences | None:
        site = queries.get_site(form.site.data)
        return _told(actions.add(site, **form.facts, by=current_user.actor, now=now))

    if not is_asked(form):
        return ask()
    shown = Shown("Add a closure", save="Close on these days")
    return consider(form, add, shown=shown, ask=ask, done=_done(f"{form.name.data} is a closure."))


@bp.route("/setup/closures/<int:closure_id>", methods=["GET", "POST"])
@requires(Permission.MANAGE_SCHEDULE)
@reads_first
def closure(closure_id: int) -> ResponseReturnValue:
    now = clock.now()
    form = ClosureForm(obj=queries.get_closure(closure_id))
    about = _about(closure_id, now)

    def ask() -> ResponseReturnValue:
        status = 422 if form.errors else 200
        return page("closures/closure.html", status=status, form=form, closure=about)

    def change() -> Consequences | None:
        there = queries.get_closure(closure_id)
        return _told(actions.change(there, **form.facts, by=current_user.actor, now=now))

    if not is_asked(form):
        return ask()
    shown = Shown(about["name"], back=url_for("closures.closures"), back_words="Closures")
    return consider(form, change, shown=shown, ask=ask, done=_done("The closure is saved."))


def _about(closure_id: int, now: datetime) -> dict[str, Any]:
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
@reads_first
def remove(closure_id: int) -> ResponseReturnValue:
    now = clock.now()
    form = OpenForm()
    closure = queries.get_closure(closure_id)
    name = closure.name

    def ask() -> ResponseReturnValue:
        if form.errors:
            raise Refused(form.form_errors[0])
        return redirect(url_for("closures.closure", closure_id=closure_id))

    def act() -> Consequences | None:
        there = queries.get_closure(closure_id)
        return _told(actions.remove(there, by=current_user.actor, now=now))

    if not is_asked(form):
        return ask()
    days = period(closure.from_on, closure.until_on)
    shown = Shown(f"Take back {name}", sub=days, save="Take it back", kind="danger")
    return consider(form, act, shown=shown, ask=ask, done=_done(f"{name} is taken back."))


def _told(closed: actions.Closed) -> Consequences | None:
    return in_words(rules.told_of_closure(**closed._asdict()))


def _done(sentence: str) -> Callable[[Consequences | None], ResponseReturnValue]:
    def done(found: Consequences | None) -> ResponseReturnValue:
        flash(f"{sentence} {found.words if found else ''}")
        return redirect(url_for("closures.closures"))

    return done
