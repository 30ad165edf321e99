from collections.abc import Callable
from datetime import datetime

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.db import savepoint
from clinic.errors import Refused
from clinic.permissions import Permission
from clinic.programs import actions as program_actions
from clinic.programs import queries
from clinic.setup import rules
from clinic.setup.actions import sites as actions
from clinic.setup.forms.sites import NewSiteForm, RoomForm, SiteForm
from clinic.setup.queries.overview import rooms_by_site
from clinic.setup.views import bp
from clinic.web import page, requires

FIRST_THE_CLINIC = "Give the clinic its name first; its sites come next."


@bp.get("/setup/sites")
@requires(Permission.SET_UP_CLINIC)
def sites() -> ResponseReturnValue:
    rooms = rooms_by_site()
    return page(
        "setup/sites.html",
        sites=[
            {
                "name": site.name,
                "timezone": site.timezone,
                "is_active": site.is_active,
                "rooms": rooms.get(site.id, []),
                "href": url_for("setup.site", site_id=site.id),
            }
            for site in queries.sites()
        ],
    )


@bp.route("/setup/sites/new", methods=["GET", "POST"])
@requires(Permission.SET_UP_CLINIC)
def site_new() -> ResponseReturnValue:
    now = clock.now()
    if queries.find_organization() is None:
        flash(FIRST_THE_CLINIC, "warning")
        return redirect(url_for("setup.organization"))
    is_first = not queries.sites()
    form = NewSiteForm()
    if form.validate_on_submit():
        try:
            with savepoint():
                site_id = _add(form, now)
        except Refused as refused:
            form.refuse(refused.sentence)
        else:
            flash(f"{form.name.data} is set up.")
            if is_first and form.room.data:
                return redirect(url_for("setup.guide"))
            return redirect(url_for("setup.site", site_id=site_id))
    status = 422 if form.errors else 200
    return page("setup/site_new.html", status=status, form=form)


def _add(form: NewSiteForm, now: datetime) -> int:
    by = current_user.actor
    site = program_actions.add_site(
        name=form.name.data or "", timezone=form.timezone.data, by=by, now=now
    )
    if form.room.data and form.seats.data:
        program_actions.add_room(site, name=form.room.data, seats=form.seats.data, by=by, now=now)
    return site.id


@bp.route("/setup/sites/<int:site_id>", methods=["GET", "POST"])
@requires(Permission.SET_UP_CLINIC)
def site(site_id: int) -> ResponseReturnValue:
    now = clock.now()
    form = SiteForm(obj=queries.get_site(site_id))

    def change() -> str | None:
        site = queries.get_site(site_id)
        moved = actions.change(
            site,
            name=form.name.data or "",
            timezone=form.timezone.data,
            by=current_user.actor,
            now=now,
        )
        return rules.told_of_zone(site.name, site.timezone, sessions=moved)

    if form.validate_on_submit() and form.settle(change):
        flash("The site is saved.")
        return redirect(url_for("setup.site", site_id=site_id))
    return _site_page(site_id, form=form)


def _site_page(
    site_id: int,
    *,
    form: SiteForm | None = None,
    room_form: tuple[int, RoomForm] | None = None,
    refusal: str | None = None,
) -> ResponseReturnValue:
    """A site and its rooms; `room_form` is one that was refused, 0 for a new room."""
    site = queries.get_site(site_id)
    form = form or SiteForm(formdata=None, obj=site)
    forms = {
        room.id: (room.is_active, RoomForm(formdata=None, obj=room))
        for room in queries.rooms_of(site_id)
    }
    new_room = RoomForm(formdata=None)
    if room_form is not None:
        refused_id, refused = room_form
        if refused_id:
            forms[refused_id] = forms[refused_id][0], refused
        else:
            new_room = refused
    has_errors = form.errors or refusal or room_form
    return page(
        "setup/site.html",
        status=422 if has_errors else 200,
        site={"id": site.id, "name": site.name, "is_active": site.is_active},
        form=form,
        rooms=[
            {"id": room_id, "is_active": is_active, "form": form}
            for room_id, (is_active, form) in forms.items()
        ],
        new_room=new_room,
        refusal=refusal,
    )


def _switch(site_id: int, act: Callable[[], None], done: str) -> ResponseReturnValue:
    try:
        with savepoint():
            act()
    except Refused as refused:
        return _site_page(site_id, refusal=refused.sentence)
    flash(done)
    return redirect(url_for("setup.site", site_id=site_id))


@bp.post("/setup/sites/<int:site_id>/deactivate")
@requires(Permission.SET_UP_CLINIC)
def site_deactivate(site_id: int) -> ResponseReturnValue:
    now, by = clock.now(), current_user.actor
    site = queries.get_site(site_id)
    done = f"{site.name} is offered for nothing new."
    return _switch(site_id, lambda: actions.deactivate(site, by=by, now=now), done)


@bp.post("/setup/sites/<int:site_id>/reactivate")
@requires(Permission.SET_UP_CLINIC)
def site_reactivate(site_id: int) -> ResponseReturnValue:
    now, by = clock.now(), current_user.actor
    site = queries.get_site(site_id)
    done = f"{site.name} is in use again."
    return _switch(site_id, lambda: actions.reactivate(site, by=by, now=now), done)


@bp.post("/setup/sites/<int:site_id>/rooms")
@requires(Permission.SET_UP_CLINIC)
def room_new(site_id: int) -> ResponseReturnValue:
    now = clock.now()
    site = queries.get_site(site_id)
    form = RoomForm()
    if form.validate():
        try:
            with savepoint():
                program_actions.add_room(
                    site,
                    name=form.name.data or "",
                    seats=form.seats.data or 0,
                    by=current_user.actor,
                    now=now,
                )
        except Refused as refused:
            form.name.errors = [refused.sentence]
        else:
            flash(f"{form.name.data} is added.")
            return redirect(url_for("setup.site", site_id=site_id))
    return _site_page(site_id, room_form=(0, form))


@bp.post("/setup/rooms/<int:room_id>")
@requires(Permission.SET_UP_CLINIC)
def room(room_id: int) -> ResponseReturnValue:
    now = clock.now()
    room = queries.get_room(room_id)
    site_id = room.site_id
    form = RoomForm()
    if form.validate():
        try:
            with savepoint():
                actions.change_room(
                    room,
                    name=form.name.data or "",
                    seats=form.seats.data or 0,
                    by=current_user.actor,
                    now=now,
                )
        except Refused as refused:
            at = form.seats if "seat" in refused.sentence else form.name
            at.errors = [refused.sentence]
        else:
            flash(f"{form.name.data} is saved.")
            return redirect(url_for("setup.site", site_id=site_id))
    return _site_page(site_id, room_form=(room_id, form))


@bp.post("/setup/rooms/<int:room_id>/deactivate")
@requires(Permission.SET_UP_CLINIC)
def room_deactivate(room_id: int) -> ResponseReturnValue:
    now, by = clock.now(), current_user.actor
    room = queries.get_room(room_id)
    done = f"{room.name} is offered for nothing new."
    return _switch(room.site_id, lambda: actions.deactivate_room(room, by=by, now=now), done)


@bp.post("/setup/rooms/<int:room_id>/reactivate")
@requires(Permission.SET_UP_CLINIC)
def room_reactivate(room_id: int) -> ResponseReturnValue:
    now, by = clock.now(), current_user.actor
    room = queries.get_room(room_id)
    done = f"{room.name} is in use again."
    return _switch(room.site_id, lambda: actions.reactivate_room(room, by=by, now=now), done)
