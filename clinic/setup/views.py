from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.consequences import Consequences, in_words
from clinic.permissions import Permission
from clinic.preview import Shown, consider, is_asked, saved
from clinic.programs import actions as program_actions
from clinic.programs import queries
from clinic.programs.models import Site
from clinic.setup import actions, rules
from clinic.setup.forms import NewSiteForm, OrganizationForm, RoomForm, SiteForm
from clinic.setup.queries import overview, rooms_by_site
from clinic.web import flash_undo, form_page, page, reads_first, requires

bp = Blueprint("setup", __name__)

FIRST_THE_CLINIC = "Give the clinic its name first; its sites come next."
NOTHING_NEW = "is retired."
IN_USE = "is in use again."


@bp.get("/setup")
@requires(Permission.SET_UP_CLINIC)
def guide() -> ResponseReturnValue:
    found = overview()
    return page("setup/guide.html", found=found, steps=rules.steps(found))


@bp.route("/setup/organization", methods=["GET", "POST"])
@requires(Permission.SET_UP_CLINIC)
@reads_first
def organization() -> ResponseReturnValue:
    now = clock.now()
    found = queries.find_organization()
    form = OrganizationForm.of(found)

    ask = partial(form_page, "setup/organization.html", form, is_new=found is None)

    def begin() -> None:
        program_actions.set_up(by=current_user.actor, now=now, **form.settings)

    def change() -> Consequences | None:
        regrouped = actions.change_organization(
            queries.get_organization(), **form.settings, by=current_user.actor, now=now
        )
        return in_words(rules.weeks_sentence(form.settings["week_starts"], *regrouped))

    if not is_asked(form):
        return ask()
    back = url_for("setup.guide")
    shown = Shown("Organization", back, "Setup", save="Save and regroup the weeks")
    if found is None:
        done = saved(f"{form.name.data} begins. Its first site comes next.", back)
        return consider(form, begin, shown=shown, ask=ask, done=done)
    done = saved("The settings are saved.", url_for("setup.organization"))
    return consider(form, change, shown=shown, ask=ask, done=done)


@bp.get("/setup/sites")
@requires(Permission.SET_UP_CLINIC)
def sites() -> ResponseReturnValue:
    return page("setup/sites.html", sites=queries.sites(), rooms=rooms_by_site())


@bp.route("/setup/sites/new", methods=["GET", "POST"])
@requires(Permission.SET_UP_CLINIC)
def site_new() -> ResponseReturnValue:
    if queries.find_organization() is None:
        flash(FIRST_THE_CLINIC, "warning")
        return redirect(url_for("setup.organization"))
    is_first = not queries.sites()
    form = NewSiteForm()
    if form.validate_on_submit() and form.attempt(lambda: _add(form)):
        flash(f"{form.name.data} is set up.")
        if is_first and form.room.data:
            return redirect(url_for("setup.guide"))
        return redirect(url_for("setup.site", site_id=form.done.id))
    return form_page("setup/site_new.html", form)


def _add(form: NewSiteForm) -> Site:
    by, now = current_user.actor, clock.now()
    site = program_actions.add_site(**form.facts, by=by, now=now)
    if form.room.data and form.seats.data:
        program_actions.add_room(site, name=form.room.data, seats=form.seats.data, by=by, now=now)
    return site


@bp.route("/setup/sites/<int:site_id>", methods=["GET", "POST"])
@requires(Permission.SET_UP_CLINIC)
@reads_first
def site(site_id: int) -> ResponseReturnValue:
    now = clock.now()
    site = queries.get_site(site_id)
    form = SiteForm(obj=site)

    def change() -> Consequences | None:
        site = queries.get_site(site_id)
        moved = actions.change_site(site, **form.facts, by=current_user.actor, now=now)
        return in_words(rules.zone_sentence(site.name, site.timezone, sessions=moved))

    ask = partial(_site_page, site_id, form=form)
    if not is_asked(form):
        return ask()
    back = url_for("setup.sites")
    shown = Shown(site.name, back, "Sites and rooms", save="Save and move the sessions")
    done = saved("The site is saved.", url_for("setup.site", site_id=site_id))
    return consider(form, change, shown=shown, ask=ask, done=done)


def _site_page(
    site_id: int,
    *,
    form: SiteForm | None = None,
    new_room: RoomForm | None = None,
    changed_room: tuple[int, RoomForm] | None = None,
) -> ResponseReturnValue:
    """A site and its rooms, with a form that was refused: the site's, or the one of a room."""
    site = queries.get_site(site_id)
    form = form or SiteForm(formdata=None, obj=site)
    rooms = queries.rooms_of(site_id)
    forms = {room.id: RoomForm(formdata=None, obj=room) for room in rooms}
    forms |= dict([changed_room] if changed_room else [])
    return page(
        "setup/site.html",
        status=422 if form.errors or new_room or changed_room else 200,
        site=site,
        form=form,
        rooms=rooms,
        forms=forms,
        new_room=new_room or RoomForm(formdata=None),
    )


@bp.post("/setup/sites/<int:site_id>/deactivate")
@requires(Permission.SET_UP_CLINIC)
def site_deactivate(site_id: int) -> ResponseReturnValue:
    return _switch(site_id, actions.deactivate_site, NOTHING_NEW)


@bp.post("/setup/sites/<int:site_id>/reactivate")
@requires(Permission.SET_UP_CLINIC)
def site_reactivate(site_id: int) -> ResponseReturnValue:
    return _switch(site_id, actions.reactivate_site, IN_USE)


def _switch(site_id: int, act: Callable[..., None], done: str) -> ResponseReturnValue:
    site = queries.get_site(site_id)
    form = SiteForm(formdata=None, obj=site)
    if not form.attempt(partial(act, site, **_asked())):
        return _site_page(site_id, form=form)
    flash(f"{site.name} {done}")
    return redirect(url_for("setup.site", site_id=site_id))


@bp.post("/setup/rooms/<int:room_id>/deactivate")
@requires(Permission.SET_UP_CLINIC)
def room_deactivate(room_id: int) -> ResponseReturnValue:
    room = queries.get_room(room_id)
    form = RoomForm(obj=room)
    if not form.attempt(partial(actions.deactivate_room, room, **_asked())):
        return _site_page(room.site_id, changed_room=(room_id, form))
    again = url_for("setup.room_reactivate", room_id=room_id)
    flash_undo(f"{room.name} {NOTHING_NEW}", again, swap="rooms")
    return _rooms_of(room.site_id)


@bp.post("/setup/rooms/<int:room_id>/reactivate")
@requires(Permission.SET_UP_CLINIC)
def room_reactivate(room_id: int) -> ResponseReturnValue:
    room = queries.get_room(room_id)
    actions.reactivate_room(room, **_asked())
    flash(f"{room.name} {IN_USE}")
    return _rooms_of(room.site_id)


def _asked() -> dict[str, Any]:
    """Who asks, and when, as actions take it."""
    return {"by": current_user.actor, "now": clock.now()}


def _rooms_of(site_id: int, line: str = "rooms") -> ResponseReturnValue:
    return redirect(url_for("setup.site", site_id=site_id, _anchor=line))


@bp.post("/setup/sites/<int:site_id>/rooms")
@requires(Permission.SET_UP_CLINIC)
def room_new(site_id: int) -> ResponseReturnValue:
    site = queries.get_site(site_id)
    form = RoomForm()
    add = partial(program_actions.add_room, site, **_asked())
    if form.validate() and form.attempt(lambda: add(**form.facts)):
        flash(f"{form.name.data} is added.")
        return _rooms_of(site_id, "room-new-name")
    return _site_page(site_id, new_room=form)


@bp.post("/setup/rooms/<int:room_id>")
@requires(Permission.SET_UP_CLINIC)
def room(room_id: int) -> ResponseReturnValue:
    room = queries.get_room(room_id)
    form = RoomForm(obj=room)
    change = partial(actions.change_room, room, **_asked())
    if form.validate() and form.attempt(lambda: change(**form.facts)):
        flash(f"{form.name.data} is saved.")
        return _rooms_of(room.site_id)
    return _site_page(room.site_id, changed_room=(room_id, form))
