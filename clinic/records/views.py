from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import ColumnElement

from clinic import clock
from clinic.days import DAY, WEEK, week_of
from clinic.db import AnyRow
from clinic.enrollment.models import Enrollment
from clinic.enrollment.queries import enrollments_of
from clinic.errors import NotFound
from clinic.forms import Period
from clinic.hours.queries import accounts_of
from clinic.hours.rules import WeekOf
from clinic.invitations.views import invited, inviting, revoked
from clinic.losses.rules import Account
from clinic.offers.queries import history_of
from clinic.paging import Filter, Order, Paging, in_order, order_asked, paged
from clinic.participants import actions
from clinic.participants.forms import ParticipantForm
from clinic.participants.models import Participant
from clinic.participants.queries import (
    consents_of,
    contacts_of,
    found_among,
    get_participant,
    possible_duplicates,
    search,
)
from clinic.participants.rules import RECOGNIZED_BY, value_of
from clinic.permissions import Permission
from clinic.policy.queries import alerts_of, counters_of
from clinic.policy.rules import counters
from clinic.programs.queries import Home, find_clinic, get_organization, program_filter, sites
from clinic.programs.views import own_home, site_asked
from clinic.records import queries, rules
from clinic.schedule.models import Decision
from clinic.schedule.queries.acts import undoable_of
from clinic.schedule.queries.amendments import amendments_of
from clinic.schedule.queries.bookings import came_in, next_of
from clinic.schedule.queries.people import (
    condition_of,
    get_enrollment_in_scope,
    get_participant_in_scope,
)
from clinic.schedule.queries.series import most_taken
from clinic.schedule.queries.sessions import leaders_of
from clinic.schedule.queries.staff import clinician_filter
from clinic.schedule.rules.acts import act_of
from clinic.tasks.queries import tasks_of
from clinic.told.queries import known_since
from clinic.web import form_page, looked_at, page, requires, roster_scope, scope

bp = Blueprint("records", __name__)

SHOWN_DOUBTS = 5
SHOWN_OFFERS = 6


@bp.get("/participants/<int:participant_id>")
@requires(Permission.SEE_PARTICIPANTS)
def participant(participant_id: int) -> ResponseReturnValue:
    person = get_participant_in_scope(participant_id, scope())
    if person.id != participant_id:
        return redirect(url_for("records.participant", participant_id=person.id))
    return _participant_page(person, now=clock.now())


def _participant_page(person: Participant, *, now: datetime) -> ResponseReturnValue:
    participant_id = person.id
    looked_at([participant_id])
    permissions = current_user.permissions
    clinic = find_clinic()  # held on to, or its settings are read anew for the alerts
    here = own_home(now, clinic)
    enrollments = queries.lived_by(participant_id)
    weeks = (
        queries.weeks_so_far(enrollments, this=here.week, now=now, programs=clinic.programs)
        if Permission.SEE_HOURS in permissions
        else {}
    )
    places = queries.places_of(enrollments, now=now)
    groups = {one.series_id: one.series for each in places.values() for one in each}
    visits = queries.visits_of(enrollments, today=here.today, now=now)
    due = visits.due or next_of([participant_id], now=now).get(participant_id)
    rows = [*visits.today, *visits.coming, *visits.past, *([due] if due else [])]
    leaders = leaders_of({row.session_id for row in rows})
    this_week = queries.this_week(enrollments, weeks, now=now)
    can_see_contacts = Permission.SEE_CONTACTS in permissions
    undoable = undoable_of(
        participant_id,
        scope=roster_scope(),
        with_enrollments=Permission.MANAGE_PARTICIPANTS in permissions,
        now=now,
    )
    return page(
        "records/participant.html",
        now=now,
        home=here,
        today=here.today,
        reader=here.zone,
        due=due,
        leaders=leaders,
        sheets=_sheets(rows, leaders),
        person=person,
        inviting=inviting(person.account, now=now),
        enrollments=enrollments,
        current=queries.current(enrollments, now=now),
        where=rules.whereabouts(visits.today, enrollments, now=now, reader=here.zone),
        weeks=weeks,
        this_week=this_week,
        accounts=_accounts(
            {each.id: week for each, week in this_week}, here, booked=visits.all, now=now
        ),
        offers=history_of([each.id for each in enrollments], most=SHOWN_OFFERS)
        if Permission.SEE_HOURS in permissions
        else [],
        known=known_since((one.id, week.week, week.state) for one, week in this_week),
        authorizations=queries.authorizations_of(enrollments, clinic, now=now)
        if Permission.SEE_HOURS in permissions
        else {},
        places=places,
        booked=most_taken(groups, after=now),
        led_by={
            each: [one.staff.name for one in group.plan.leaders] for each, group in groups.items()
        },
        managed=queries.managed(enrollments, places, roster_scope()),
        tasks=tasks_of(participant_id) if Permission.DO_TASKS in permissions else [],
        alerts=alerts_of([participant_id], today=here.today, now=now).get(participant_id, []),
        story=queries.story_of(
            enrollments, with_reasons=Permission.SEE_TOPICS in permissions, now=now
        ),
        undoable=undoable,
        act_of=act_of(undoable),
        visits=visits,
        came=came_in([*visits.today, *visits.coming], now=now),
        contacts=contacts_of(participant_id) if can_see_contacts else [],
        consents=consents_of(participant_id) if can_see_contacts else [],
    )


def _accounts(
    weeks: Mapping[int, WeekOf],
    here: Home,
    *,
    booked: Sequence[AnyRow] | None = None,
    now: datetime,
) -> dict[int, Account]:
    """Enrollment id to what took minutes from its week, where something did; `booked` where it was
    read before."""
    topics = Permission.SEE_TOPICS in current_user.permissions
    found = accounts_of(weeks, booked=booked, with_topics=topics, reader=here.zone, now=now)
    return {enrollment_id: each for enrollment_id, each in found.items() if each.lines}


@bp.get("/participants/<int:participant_id>/attendance")
@requires(Permission.SEE_PARTICIPANTS)
def attendance(participant_id: int) -> ResponseReturnValue:
    """All that was recorded of somebody; what is asked for stands in the address."""
    person = get_participant_in_scope(participant_id, scope())
    if person.id != participant_id:
        return redirect(url_for("records.attendance", participant_id=person.id))
    looked_at([participant_id])
    now = clock.now()
    here = own_home(now)
    enrollments = enrollments_of([participant_id], with_leaves=False)
    ids = [each.id for each in enrollments]
    groups = (
        queries.groups_attended(ids) if Permission.SEE_TOPICS in current_user.permissions else []
    )
    days = Period()
    is_clear = days.validate()
    asked = queries.Asked(
        days.from_on.data,
        days.until_on.data,
        _one_of(groups, request.args.get("group", "")),
        _one_of(rules.ATTENDANCE, request.args.get("status", "")),
    )
    number = request.args.get("page", 1, type=int)
    organization = get_organization()
    if not is_clear:  # nothing is shown that nobody asked for
        ids = []
    rows, paging, numbers = queries.attendance_of(ids, asked, page=number, now=now)
    amended = amendments_of(ids)
    leaders = leaders_of({row.session_id for row in rows})
    weeks = _week_asked(enrollments, asked, here, now=now)
    return form_page(
        "records/attendance.html",
        days,
        days=days,
        person=person,
        programs={each.id: each.program.name for each in enrollments},
        rows=rows,
        amended=amended,
        removed=[
            row
            for row in amended
            if row.after_status is None
            and row.decision is Decision.MADE
            and (asked.from_on or row.day) <= row.day <= (asked.until_on or row.day)
        ],
        paging=paging,
        leaders=leaders,
        sheets=_sheets(rows, leaders),
        weeks=weeks,
        accounts=_accounts({each.id: week for each, week in weeks}, here, now=now),
        asked=asked,
        groups=groups,
        statuses=rules.statuses(numbers),
        counters=counters(numbers),
        counted=counters_of(enrollments, organization, today=here.today, now=now),
        clinic=organization.name,
        reader=here.zone,
        now=now,
        today=here.today,
    )


def _week_asked(
    enrollments: Sequence[Enrollment], asked: queries.Asked, here: Home, *, now: datetime
) -> list[tuple[Enrollment, WeekOf]]:
    """Where one week is asked for, by day alone: the enrollments with that week."""
    first, last, *narrower = asked
    if first is None or any(narrower) or Permission.SEE_HOURS not in current_user.permissions:
        return []
    if week_of(first, here.week_starts) != first or last != first + WEEK - DAY:
        return []
    found = queries.weeks_so_far(enrollments, this=first, now=now, back=0)
    return [(each, found[each.id][-1]) for each in enrollments if each.id in found]


def _one_of(offered: Iterable[tuple[str, str]], asked: str) -> str:
    """What was asked for, if it is one of what is offered."""
    return asked if asked in dict(offered) else ""


def _sheets(rows: Iterable[AnyRow], leaders: Mapping[int, Iterable[AnyRow]]) -> set[int]:
    """The sessions, of these, whose sheet whoever asks may open."""
    if Permission.SEE_SCHEDULE not in current_user.permissions:
        return set()
    only = scope()
    return {
        row.session_id
        for row in rows
        if only is None or any(each.staff_id == only for each in leaders[row.session_id])
    }


@bp.get("/enrollments/<int:enrollment_id>")
@requires(Permission.SEE_PARTICIPANTS)
def enrollment(enrollment_id: int) -> ResponseReturnValue:
    """What lies above the forms of acts on an enrollment: the page of whose it is."""
    found = get_enrollment_in_scope(enrollment_id, scope())
    return _participant_page(get_participant(found.participant_id), now=clock.now())


def place_of(enrollment: Enrollment) -> str:
    """The address of an enrollment on the page of whose it is."""
    anchor = f"enrollment-{enrollment.id}"
    return url_for("records.participant", participant_id=enrollment.participant_id, _anchor=anchor)


@bp.get("/participants")
@requires(Permission.SEE_PARTICIPANTS)
def participants() -> ResponseReturnValue:
    now = clock.now()
    words = request.args.get("q", "").strip()
    places = sites()
    site = site_asked(places, request.args.get("site"))
    only = condition_of(scope(), site_id=site.id if site else None)
    usual = rules.MATCH if words else "name"
    columns = [each for each in rules.COLUMNS if each != rules.WEEK or _sees_hours()]
    order = order_asked(request.args.get("sort", ""), columns, usual)
    found = _whole_list if order.by != usual or any(map(request.args.get, CHOICES)) else _one_page
    rows, paging, enrolled, filters, weeks = found(words, only, order, now)
    looked_at(row.id for row in rows)
    return page(
        "records/participants.html",
        sites=[(place.key, place.name) for place in places],
        site=site.key if site else "",
        query=words,
        filters=filters,
        is_filtered=any(each.chosen for each in filters),
        order=order,
        people=rows,
        paging=paging,
        enrolled=enrolled,
        weeks=weeks,
    )


def _sees_hours() -> bool:
    return Permission.SEE_HOURS in current_user.permissions


CHOICES = ("program", "clinician", "status")
Enrolled = dict[int, list[rules.Shown]]
Weeks = dict[int, WeekOf]  # by enrollment
Listed = tuple[Sequence[AnyRow], Paging, Enrolled, list[Filter], Weeks]


def _one_page(words: str, only: ColumnElement[bool] | None, order: Order, now: datetime) -> Listed:
    """A page of everybody, by name; of a search, the best first."""
    number = request.args.get("page", 1, type=int)
    rows, paging = search(words, page=number, only=only, is_down=order.is_down)
    enrolled = queries.shown_of([row.id for row in rows], scope(), now=now)
    return rows, paging, enrolled, _filters(queries.offers_of(scope())), _weeks(enrolled, now)


def _whole_list(
    words: str, only: ColumnElement[bool] | None, order: Order, now: datetime
) -> Listed:
    """A page of those who are chosen, or of another order: the whole list is read for it."""
    enrolled = queries.shown_of(None, scope(), now=now)
    filters = _filters(list(chain.from_iterable(enrolled.values())))
    chosen = [each.chosen for each in filters]
    people = found_among(words, only=only)
    listed = [row for row in people if rules.is_asked(enrolled.get(row.id, []), chosen)]
    number = max(1, request.args.get("page", 1, type=int))
    weeks = _weeks(enrolled, now) if order.by == rules.WEEK else {}
    rows, paging = paged(in_order(listed, rules.keys_of(enrolled, weeks), order), page=number)
    shown = {row.id: enrolled.get(row.id, []) for row in rows}
    return rows, paging, enrolled, filters, weeks or _weeks(shown, now)


def _weeks(enrolled: Enrolled, now: datetime) -> Weeks:
    shown = chain.from_iterable(enrolled.values())
    return queries.weeks_shown(shown, this=own_home(now).week, now=now)


def _filters(offers: Sequence[Any]) -> list[Filter]:
    """The programs and clinicians among these, and where somebody may stand."""
    program, clinician, status = (request.args.get(name, "") for name in CHOICES)
    if status and status not in dict(rules.STATUSES):
        raise NotFound
    programs = ((each.program_key, each.program) for each in offers)
    clinicians = ((each.clinician_id, each.clinician) for each in offers)
    return [
        program_filter(programs, asked=program),
        clinician_filter(clinicians, asked=clinician, own=current_user.staff_id),
        Filter("status", "Status", "Any status", rules.STATUSES, status),
    ]


@bp.route("/participants/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
def participant_new() -> ResponseReturnValue:
    form = ParticipantForm()
    doubts: list[tuple[AnyRow, str]] = []
    if form.validate_on_submit():
        doubts = possible_duplicates(form.facts)
        if (not doubts or form.is_somebody_else.data) and form.attempt(
            lambda: actions.add_participant(**form.facts, by=current_user.actor, now=clock.now())
        ):
            flash(f"{form.done.name} is on the list.")
            goes_on = request.form.get("then") == "enroll"
            then = "admissions.enroll" if goes_on else "records.participant"
            return redirect(url_for(then, participant_id=form.done.id))
    return _details_page("records/participant_new.html", form, doubts)


@bp.route("/participants/<int:participant_id>/edit", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
def participant_edit(participant_id: int) -> ResponseReturnValue:
    person = get_participant(participant_id)
    looked_at([person.id])
    form = ParticipantForm(obj=person, email=person.account.email)
    doubts: list[tuple[AnyRow, str]] = []
    if not form.is_submitted():
        form.show_language(person.language)
    elif form.validate():
        if any(form.facts[fact] != value_of(person, fact) for fact in RECOGNIZED_BY):
            doubts = possible_duplicates(form.facts, but=person)
        by, now = current_user.actor, clock.now()
        if (not doubts or form.is_somebody_else.data) and form.attempt(
            lambda: actions.change_participant(person, **form.facts, by=by, now=now)
        ):
            flash("The details are saved.")
            return redirect(url_for("records.participant", participant_id=participant_id))
    return _details_page("records/participant_edit.html", form, doubts)


def _details_page(
    template: str, form: ParticipantForm, doubts: Sequence[tuple[AnyRow, str]]
) -> ResponseReturnValue:
    """The form, with a few who may be the person that was typed, the likeliest first."""
    shown = doubts[:SHOWN_DOUBTS]
    looked_at(person.id for person, _ in shown)
    return page(template, status=422 if form.errors or doubts else 200, form=form, doubts=shown)


@bp.route("/participants/<int:participant_id>/invitations", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
def invite(participant_id: int) -> ResponseReturnValue:
    person = get_participant(participant_id)
    looked_at([person.id])
    back = url_for("records.participant", participant_id=participant_id)
    revoke = url_for("records.revoke_invitation", participant_id=participant_id)
    return invited(person.account, person.name, back=back, revoke=revoke)


@bp.post("/participants/<int:participant_id>/invitations/revoke")
@requires(Permission.MANAGE_PARTICIPANTS)
def revoke_invitation(participant_id: int) -> ResponseReturnValue:
    person = get_participant(participant_id)
    looked_at([person.id])
    back = url_for("records.participant", participant_id=participant_id)
    return revoked(person.account, person.name, back=back)
