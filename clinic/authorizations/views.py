"""What payers authorized and physicians certified: on an enrollment, and what of it is due."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.authorizations import actions, queries, rules
from clinic.authorizations.forms import AuthorizationForm, CertificationForm, UndoForm
from clinic.authorizations.models import Certification, GoingOn
from clinic.authorizations.rules import What
from clinic.consequences import Consequences
from clinic.coverage.models import Authorization
from clinic.enrollment.models import Enrollment
from clinic.errors import NotFound, Refused
from clinic.paging import paged
from clinic.permissions import Permission
from clinic.preview import Reason
from clinic.programs.queries import find_clinic
from clinic.programs.views import own_home, site_asked
from clinic.schedule.queries.people import get_enrollment_in_scope
from clinic.web import flash_undo, form_page, looked_at, page, requires, scope

bp = Blueprint("authorizations", __name__)
bp.add_app_template_filter(rules.line_words, "authorization_words")
bp.add_app_template_filter(rules.due_words, "due_words")

MOST_ROWS = 200  # on a page


def why_beyond(now: datetime) -> Reason:
    """What is asked for before somebody is booked beyond what is authorized."""
    by = current_user.actor

    def keep(found: Consequences, why: str) -> None:
        for more in found.beyond:
            actions.go_on(more, GoingOn(why), by=by, now=now)

    choices = {each.value: words for each, words in rules.GOING_ON.items()}
    return Reason("Why you go on beyond what is authorized", choices, keep)


@bp.get("/authorizations")
@requires(Permission.SEE_HOURS)
def due() -> ResponseReturnValue:
    """What is to be done about authorizations and certifications, the most pressing first."""
    now = clock.now()
    clinic = find_clinic()
    places = clinic.sites
    site = site_asked(places, request.args.get("site"))
    what = request.args.get("what", "")
    if what not in {"", *What}:
        raise NotFound
    found = queries.dues_on(now, clinic, site_id=site.id if site else None, scope=scope())
    asked = [each for each in found if what in {"", each.due.what}]
    rows, paging = paged(asked, page=request.args.get("page", 1, type=int), most=MOST_ROWS)
    looked_at(each.row.participant_id for each in rows)
    kinds = [each.due.what for each in found]
    return page(
        "authorizations/due.html",
        rows=rows,
        paging=paging,
        sites=[(place.key, place.name) for place in places],
        site=site.key if site else "",
        what=what,
        totals=[(each, words, kinds.count(each)) for each, words in rules.WHATS.items()],
        number=len(found),
        today=own_home(now, clinic).today,
    )


@bp.get("/enrollments/<int:enrollment_id>/authorizations")
@requires(Permission.SEE_HOURS)
def enrollment(enrollment_id: int) -> ResponseReturnValue:
    """All of one enrollment, the latest first."""
    now = clock.now()
    found = get_enrollment_in_scope(enrollment_id, scope())
    looked_at([found.participant_id])
    clinic = find_clinic()
    (theirs,) = queries.approvals_of([found], clinic, now=now)
    return page(
        "authorizations/enrollment.html",
        enrollment=found,
        theirs=theirs,
        gone_on=queries.gone_on_of(found.id),
        reasons=rules.GOING_ON,
        home=own_home(now, clinic),
        today=found.program.site.today(now),
    )


@bp.route("/enrollments/<int:enrollment_id>/authorizations/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_AUTHORIZATIONS)
def authorize(enrollment_id: int) -> ResponseReturnValue:
    found = get_enrollment_in_scope(enrollment_id, scope())
    (theirs,) = queries.approvals_of([found], find_clinic(), now=clock.now())
    form = AuthorizationForm(data=rules.follow_up(theirs.outlook))
    return _form(
        found,
        form,
        actions.authorize,
        template="authorizations/authorization.html",
        done="The authorization is added.",
    )


@bp.route("/authorizations/<int:authorization_id>", methods=["GET", "POST"])
@requires(Permission.MANAGE_AUTHORIZATIONS)
def authorization(authorization_id: int) -> ResponseReturnValue:
    one = queries.get_authorization(authorization_id)
    found = get_enrollment_in_scope(one.enrollment_id, scope())
    form = AuthorizationForm(obj=one)
    return _form(
        found,
        form,
        actions.authorize,
        one=one,
        template="authorizations/authorization.html",
        done="The authorization is saved.",
    )


@bp.post("/authorizations/<int:authorization_id>/remove")
@requires(Permission.MANAGE_AUTHORIZATIONS)
def remove_authorization(authorization_id: int) -> ResponseReturnValue:
    one = queries.get_authorization(authorization_id)
    return _remove(one, "The authorization is removed.", now=clock.now())


@bp.route("/enrollments/<int:enrollment_id>/certifications/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_AUTHORIZATIONS)
def certify(enrollment_id: int) -> ResponseReturnValue:
    found = get_enrollment_in_scope(enrollment_id, scope())
    form = CertificationForm()
    return _form(
        found,
        form,
        actions.certify,
        template="authorizations/certification.html",
        done="The certification is added.",
    )


@bp.route("/certifications/<int:certification_id>", methods=["GET", "POST"])
@requires(Permission.MANAGE_AUTHORIZATIONS)
def certification(certification_id: int) -> ResponseReturnValue:
    one = queries.get_certification(certification_id)
    found = get_enrollment_in_scope(one.enrollment_id, scope())
    form = CertificationForm(obj=one)
    return _form(
        found,
        form,
        actions.certify,
        one=one,
        template="authorizations/certification.html",
        done="The certification is saved.",
    )


@bp.post("/certifications/<int:certification_id>/remove")
@requires(Permission.MANAGE_AUTHORIZATIONS)
def remove_certification(certification_id: int) -> ResponseReturnValue:
    one = queries.get_certification(certification_id)
    return _remove(one, "The certification is removed.", now=clock.now())


@bp.post("/enrollments/<int:enrollment_id>/authorizations/undo")
@requires(Permission.MANAGE_AUTHORIZATIONS)
def undo(enrollment_id: int) -> ResponseReturnValue:
    found = get_enrollment_in_scope(enrollment_id, scope())
    form = UndoForm()
    if not form.validate_on_submit():
        raise Refused(rules.UNDONE_ALREADY)
    actions.undo(found, form.change.data or "", by=current_user.actor, now=clock.now())
    flash("Undone.")
    return redirect(url_for("authorizations.enrollment", enrollment_id=enrollment_id))


def _form(
    found: Enrollment,
    form: AuthorizationForm | CertificationForm,
    act: Callable[..., str | None],
    *,
    one: Authorization | Certification | None = None,
    template: str,
    done: str,
) -> ResponseReturnValue:
    """The form of an authorization or certification, or what it asks for."""
    looked_at([found.participant_id])
    by, now = current_user.actor, clock.now()
    if form.validate_on_submit() and form.attempt(
        lambda: act(found, one, **form.facts, by=by, now=now)
    ):
        return _done(found, done if form.done else "Nothing has changed.", form.done)
    return form_page(template, form, enrollment=found, one=one)


def _remove(one: Authorization | Certification, done: str, *, now: datetime) -> ResponseReturnValue:
    found = get_enrollment_in_scope(one.enrollment_id, scope())
    return _done(found, done, actions.remove(found, one, by=current_user.actor, now=now))


def _done(found: Enrollment, sentence: str, act: str | None) -> ResponseReturnValue:
    if act:
        undo = url_for("authorizations.undo", enrollment_id=found.id)
        flash_undo(sentence, undo, fields={"change": act})
    else:
        flash(sentence)
    return redirect(url_for("authorizations.enrollment", enrollment_id=found.id))
