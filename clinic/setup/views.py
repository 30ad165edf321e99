from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.consequences import Consequences, in_words
from clinic.db import savepoint
from clinic.errors import Refused
from clinic.formats import counted
from clinic.permissions import Permission
from clinic.preview import Shown, consider, is_asked, saved
from clinic.programs import actions as program_actions
from clinic.programs import queries
from clinic.setup import actions, rules
from clinic.setup.forms import NewSiteForm, OrganizationForm, RoomForm, SiteForm
from clinic.setup.queries import Overview, overview, rooms_by_site
from clinic.web import page, reads_first, requires

bp = Blueprint("setup", __name__)

FIRST_THE_CLINIC = "Give the clinic its name first; its sites come next."


@bp.get("/setup")
@requires(Permission.SET_UP_CLINIC)
def guide() -> ResponseReturnValue:
    there = overview()
    steps = rules.steps(
        {
            "organization": there.organizations > 0,
            "site": there.rooms > 0,
            "staff": there.clinicians > 0,
            "program": there.programs > 0,
            "group": there.series > 0,
            "participant": there.participants > 0,
            "place": there.places > 0,
        }
    )
    return page(
        "setup/guide.html",
        steps=[{**step._asdict(), "href": _href(step.name, there)} for step in steps],
        done=sum(step.state == "done" for step in steps),
        cards=_cards(there) if there.organizations else [],
    )


def _href(step: str, there: Overview) -> str:
    """The page on which a step is taken."""
    place = "/participants"
    if there.newcomer:
        place = f"/participants/{there.newcomer}/enroll"
    elif there.enrolled:
        place = f"/participants/{there.enrolled}"
    return {
        "organization": url_for("setup.organization"),
        "site": url_for("setup.sites" if there.sites else "setup.site_new"),
        "staff": "/staff/new",
        "program": url_for("offerings.program_new"),
        "group": "/groups/new",
        "participant": "/participants/new",
        "place": place,
    }[step]


def _cards(there: Overview) -> list[dict[str, Any]]:
    rooms = counted(there.rooms, "room")
    return [
        _card(
            "Organization", "Name, week, parts of the day, attendance policy", "setup.organization"
        ),
        _card("Sites and rooms", f"{counted(there.sites, 'site')}, {rooms}", "setup.sites"),
        _card("Programs", counted(there.programs, "program"), "offerings.programs"),
        _card("Rule sets", counted(there.rule_sets, "rule set"), "offerings.rule_sets"),
        _card("Closures", counted(there.closures, "closure"), "closures.closures"),
        {"title": "Staff", "text": counted(there.staff, "person", "people"), "href": "/staff"},
        {"title": "Groups", "text": counted(there.series, "group"), "href": "/groups"},
    ]


def _card(title: str, text: str, endpoint: str) -> dict[str, Any]:
    return {"title": title, "text": text, "href": url_for(endpoint)}


@bp.route("/setup/organization", methods=["GET", "POST"])
@requires(Permission.SET_UP_CLINIC)
@reads_first
def organization() -> ResponseReturnValue:
    now = clock.now()
    found = queries.find_organization()
    form = OrganizationForm.of(found)

    def ask() -> ResponseReturnValue:
        status = 422 if form.errors else 200
        return page("setup/organization.html", status=status, form=form, is_new=found is None)

    def begin() -> None:
        program_actions.set_up(by=current_user.actor, now=now, **form.settings)

    def change() -> Consequences | None:
        regrouped = actions.change_organization(
            queries.get_organization(), settings=form.settings, by=current_user.actor, now=now
        )
        starts = form.settings["week_starts"]
        return in_words(rules.told_of_weeks(starts, **regrouped._asdict()))

    if not is_asked(form):
        return ask()
    shown = Shown("Organization", save="Save and sort the weeks anew")
    if found is None:
        done = saved(f"{form.name.data} begins. Its first site comes next.", url_for("setup.guide"))
        return consider(form, begin, shown=shown, ask=ask, done=done)
    done = saved("The settings are saved.", url_for("setup.organization"))
    return consider(form, change, shown=shown, ask=ask, done=done)


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
@reads_first
def site(site_id: int) -> ResponseReturnValue:
    now = clock.now()
    site = queries.get_site(site_id)
    form = SiteForm(obj=site)
    facts = {"name": form.name.data or "", "timezone": form.timezone.data}

    def change() -> Consequences | None:
        there = queries.get_site(site_id)
        moved = actions.change_site(there, **facts, by=current_user.actor, now=now)
        return in_words(rules.told_of_zone(there.name, there.timezone, sessions=moved))

    ask = partial(_site_page, site_id, form=form)
    if not is_asked(form):
        return ask()
    shown = Shown(site.name, save="Save and move the sessions")
    done = saved("The site is saved.", url_for("setup.site", site_id=site_id))
    return consider(form, change, shown=shown, ask=ask, done=done)


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
    return _switch(site_id, lambda: actions.deactivate_site(site, by=by, now=now), done)


@bp.post("/setup/sites/<int:site_id>/reactivate")
@requires(Permission.SET_UP_CLINIC)
def site_reactivate(site_id: int) -> ResponseReturnValue:
    now, by = clock.now(), current_user.actor
    site = queries.get_site(site_id)
    done = f"{site.name} is in use again."
    return _switch(site_id, lambda: actions.reactivate_site(site, by=by, now=now), done)


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
