from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.closures import actions, rules
from clinic.closures.forms import ClosureForm, NewClosureForm
from clinic.consequences import Consequences, in_words
from clinic.errors import Refused
from clinic.forms import Form, to_choose
from clinic.names import sort_key
from clinic.paging import KeyOf, in_order, order_asked
from clinic.permissions import Permission
from clinic.preview import Shown, consider, is_asked
from clinic.programs import queries
from clinic.programs.models import Closure, Site
from clinic.programs.views import site_asked
from clinic.schedule.rules.words import Standing, period, standing
from clinic.web import form_page, page, reads_first, requires

bp = Blueprint("closures", __name__)

FIRST_A_SITE = "Set up a site first: a closure is for one site."


class Listed(NamedTuple):
    """A closure with the name of its site, and where it stands there."""

    closure: Closure
    site: str
    standing: Standing


COLUMNS: dict[str, KeyOf[Listed]] = {
    "when": lambda each: (each.closure.from_on, each.closure.until_on),
    "name": lambda each: sort_key(each.closure.name),
    "site": lambda each: sort_key(each.site),
}


@bp.get("/setup/closures")
@requires(Permission.MANAGE_SCHEDULE)
def closures() -> ResponseReturnValue:
    """Those that are on or to come, or those that are over, the latest first."""
    now = clock.now()
    places = queries.sites()
    site = site_asked(places, request.args.get("site"))
    shown = Standing.OVER if request.args.get("show") == Standing.OVER else ""
    order = order_asked(request.args.get("sort", ""), COLUMNS, "-when" if shown else "when")
    listed = _listed(places, site, now=now)
    over = [each for each in listed if each.standing is Standing.OVER]
    ahead = _ahead(listed)
    return page(
        "closures/closures.html",
        sites=[(place.key, place.name) for place in places],
        site=site.key if site else "",
        shown=shown,
        number={"": len(ahead), Standing.OVER: len(over)},
        listed=in_order(over if shown else ahead, COLUMNS, order),
        order=order,
    )


def _listed(places: Iterable[Site], site: Site | None, *, now: datetime) -> list[Listed]:
    by_id = {place.id: place for place in places}
    return [
        Listed(
            closure,
            by_id[closure.site_id].name,
            standing(
                by_id[closure.site_id].today(now),
                from_on=closure.from_on,
                until_on=closure.until_on,
            ),
        )
        for closure in queries.closures(site.id if site else None)
    ]


def _ahead(listed: Iterable[Listed]) -> list[Listed]:
    return [each for each in listed if each.standing is not Standing.OVER]


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
    form.site.choices = to_choose((site.id, site.name) for site in sites)

    def ask() -> ResponseReturnValue:
        others = _ahead(_listed(queries.sites(), None, now=now))
        return form_page("closures/new.html", form, others=others)

    def add() -> Consequences | None:
        site = queries.get_site(form.site.data)
        return _consequences(actions.add(site, **form.facts, by=current_user.actor, now=now))

    if not is_asked(form):
        return ask()
    site_name = next(site.name for site in sites if site.id == form.site.data)
    what = f"{form.name.data}, {site_name}, {_days(form)}"
    shown = _shown("Add a closure", what, save="Close on these days")
    return consider(form, add, shown=shown, ask=ask, done=_done(f"{form.name.data} is a closure."))


@bp.route("/setup/closures/<int:closure_id>", methods=["GET", "POST"])
@requires(Permission.MANAGE_SCHEDULE)
@reads_first
def closure(closure_id: int) -> ResponseReturnValue:
    now = clock.now()
    closure = queries.get_closure(closure_id)
    form = ClosureForm(obj=closure)
    name = closure.name

    def ask() -> ResponseReturnValue:
        closure = queries.get_closure(closure_id)
        site = queries.get_site(closure.site_id)
        today = site.today(now)
        ahead = _ahead(_listed(queries.sites(), None, now=now))
        others = [each for each in ahead if each.closure.id != closure_id]
        facts = {"closure": closure, "site": site, "today": today, "others": others}
        return form_page("closures/closure.html", form, **facts)

    def change() -> Consequences | None:
        closure = queries.get_closure(closure_id)
        return _consequences(actions.change(closure, **form.facts, by=current_user.actor, now=now))

    if not is_asked(form):
        return ask()
    shown = _shown(name, _days(form))
    return consider(form, change, shown=shown, ask=ask, done=_done("The closure is saved."))


@bp.post("/setup/closures/<int:closure_id>/remove")
@requires(Permission.MANAGE_SCHEDULE)
@reads_first
def remove(closure_id: int) -> ResponseReturnValue:
    now = clock.now()
    form = Form()
    closure = queries.get_closure(closure_id)
    name = closure.name

    def ask() -> ResponseReturnValue:
        if form.errors:
            raise Refused(form.form_errors[0])
        return redirect(url_for("closures.closure", closure_id=closure_id))

    def act() -> Consequences | None:
        closure = queries.get_closure(closure_id)
        return _consequences(actions.remove(closure, by=current_user.actor, now=now))

    if not is_asked(form):
        return ask()
    days = period(closure.from_on, closure.until_on)
    shown = _shown(f"Remove {name}", days, save="Remove closure", kind="danger")
    return consider(form, act, shown=shown, ask=ask, done=_done(f"{name} is removed."))


def _shown(heading: str, what: str, **button: str) -> Shown:
    return Shown(heading, url_for("closures.closures"), "Closures", what, **button)


def _days(form: ClosureForm) -> str:
    return period(form.from_on.day, form.until_on.day)


def _consequences(closed: actions.Closed) -> Consequences | None:
    return in_words(rules.closure_sentence(**closed._asdict()))


def _done(sentence: str) -> Callable[[Consequences | None], ResponseReturnValue]:
    def done(found: Consequences | None) -> ResponseReturnValue:
        flash(f"{sentence} {found.words if found else ''}")
        return redirect(url_for("closures.closures"))

    return done
