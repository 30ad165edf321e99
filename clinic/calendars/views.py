from typing import Any, NamedTuple

from flask import Blueprint, Response, current_app, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.accounts.models import Staff
from clinic.accounts.views import device_here
from clinic.attendance.queries import sheet_of
from clinic.calendars.forms import LinkForm, NameForm
from clinic.errors import or_not_found, refuse_if
from clinic.feeds import actions, rules
from clinic.feeds.queries import get_appointment, get_link, get_staff, links_of
from clinic.feeds.rules import Appointment
from clinic.participants.models import Participant
from clinic.participants.queries import find_by_account, get_participant
from clinic.permissions import Permission
from clinic.programs.views import own_home
from clinic.schedule.queries.people import get_in_scope
from clinic.web import address_of, form_page, looked_at, page, requires, scope

bp = Blueprint("calendars", __name__)


class Whose(NamedTuple):
    """Somebody's calendar, and where the page of its links is; `name` where it is another's."""

    owner: Participant | Staff
    endpoint: str
    values: dict[str, Any] = {}
    name: str | None = None

    @property
    def is_staffs(self) -> bool:
        return isinstance(self.owner, Staff)


@bp.route("/me/calendar", methods=["GET", "POST"])
@requires(Permission.OWN_WEEK)
def own() -> ResponseReturnValue:
    return _links(_mine())


@bp.post("/me/calendar/<int:link_id>/name")
@requires(Permission.OWN_WEEK)
def own_name(link_id: int) -> ResponseReturnValue:
    return _rename(_mine(), link_id)


@bp.post("/me/calendar/<int:link_id>/end")
@requires(Permission.OWN_WEEK)
def own_end(link_id: int) -> ResponseReturnValue:
    return _end(_mine(), link_id)


@bp.route("/account/calendar", methods=["GET", "POST"])
@requires(Permission.SEE_SCHEDULE)
def staffs() -> ResponseReturnValue:
    """Of the sessions that whoever is signed in leads."""
    return _links(_staffs())


@bp.post("/account/calendar/<int:link_id>/name")
@requires(Permission.SEE_SCHEDULE)
def staffs_name(link_id: int) -> ResponseReturnValue:
    return _rename(_staffs(), link_id)


@bp.post("/account/calendar/<int:link_id>/end")
@requires(Permission.SEE_SCHEDULE)
def staffs_end(link_id: int) -> ResponseReturnValue:
    return _end(_staffs(), link_id)


@bp.route("/participants/<int:participant_id>/calendar", methods=["GET", "POST"])
@requires(Permission.GIVE_CALENDARS)
def given(participant_id: int) -> ResponseReturnValue:
    """Of a participant, made by staff and given to them on paper."""
    return _links(_theirs(participant_id))


@bp.post("/participants/<int:participant_id>/calendar/<int:link_id>/name")
@requires(Permission.GIVE_CALENDARS)
def given_name(participant_id: int, link_id: int) -> ResponseReturnValue:
    return _rename(_theirs(participant_id), link_id)


@bp.post("/participants/<int:participant_id>/calendar/<int:link_id>/end")
@requires(Permission.GIVE_CALENDARS)
def given_end(participant_id: int, link_id: int) -> ResponseReturnValue:
    return _end(_theirs(participant_id), link_id)


@bp.get("/me/sessions/<int:session_id>.ics")
@requires(Permission.OWN_WEEK)
def own_session(session_id: int) -> ResponseReturnValue:
    person = _me()
    appointment = get_appointment(session_id, participant_id=person.id)
    looked_at([person.id])
    return _file(appointment)


@bp.get("/sessions/<int:session_id>.ics")
@requires(Permission.SEE_SCHEDULE)
def session(session_id: int) -> ResponseReturnValue:
    """A session for whoever may see its sheet."""
    _, _, rows = sheet_of(session_id, scope())
    looked_at(row.participant_id for row in rows)
    return _file(get_appointment(session_id))


def _me() -> Participant:
    return or_not_found(find_by_account(current_user.account_id))


def _mine() -> Whose:
    return Whose(_seen(_me().id), "calendars.own")


def _staffs() -> Whose:
    return Whose(get_staff(current_user.staff_id), "calendars.staffs")


def _theirs(participant_id: int) -> Whose:
    person = _seen(get_in_scope(participant_id, scope()))
    return Whose(person, "calendars.given", {"participant_id": person.id}, person.name)


def _seen(participant_id: int) -> Participant:
    looked_at([participant_id])
    return get_participant(participant_id)


def _links(whose: Whose) -> ResponseReturnValue:
    """The links of somebody; where one was asked for it is shown in this answer, nowhere else."""
    now = clock.now()
    form = LinkForm(name=_this_device(whose))
    if form.validate_on_submit() and form.attempt(
        lambda: actions.issue(
            whose.owner,
            name=form.name.data,
            is_full=bool(form.is_full.data),
            by=current_user.actor,
            now=now,
        )
    ):
        address = address_of(rules.path_of(form.done))
        return page(
            "calendars/link.html",
            whose=whose,
            name=form.name.data,
            is_full=form.is_full.data,
            address=address,
            webcal=rules.webcal(address),
        )
    return _links_page(whose, form, None)


def _this_device(whose: Whose) -> str:
    """What the device that asks is called, for whoever makes a link for it; no name twice."""
    device = (device_here() or "").rpartition(" on ")[2] if whose.name is None else ""
    return "" if device in {link.name for link in links_of(whose.owner)} else device


def _links_page(whose: Whose, form: LinkForm, naming: NameForm | None) -> ResponseReturnValue:
    links = links_of(whose.owner)
    is_active = whose.owner.account.is_active
    return form_page(
        "calendars/links.html",
        naming or form,
        whose=whose,
        link_form=form,
        naming=naming,
        links=links,
        why_not=rules.why_not_issue(is_active=is_active, number=len(links)),
        home=own_home(clock.now()),
    )


def _rename(whose: Whose, link_id: int) -> ResponseReturnValue:
    by, now = current_user.actor, clock.now()
    link = get_link(whose.owner, link_id)
    refuse_if(rules.WITHDRAWN if link.revoked_at else None)
    form = NameForm(prefix=str(link_id))
    if form.validate_on_submit() and form.attempt(
        lambda: actions.rename(whose.owner, link, name=form.name.data, by=by, now=now)
    ):
        flash(f"The link is called “{link.name}” now.")
        return redirect(url_for(whose.endpoint, **whose.values))
    return _links_page(whose, LinkForm(formdata=None, name=_this_device(whose)), form)


def _end(whose: Whose, link_id: int) -> ResponseReturnValue:
    link = get_link(whose.owner, link_id)
    actions.end(link, by=current_user.actor, now=clock.now())
    flash(f"The link “{link.name}” has ended. That calendar goes empty the next time it updates.")
    return redirect(url_for(whose.endpoint, **whose.values))


def _file(appointment: Appointment) -> Response:
    link = rules.link_to(current_app.config["CLINIC_BASE_URL"])
    return current_app.response_class(
        rules.calendar([appointment], link=link),
        mimetype="text/calendar",
        headers={"Content-Disposition": 'attachment; filename="appointment.ics"'},
    )
