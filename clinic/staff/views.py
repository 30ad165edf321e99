"""The people who work here: the list, one of them, their access and their time off."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, Final

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.accounts import actions as accounts
from clinic.accounts.models import Staff, TimeOff
from clinic.accounts.queries import admins
from clinic.accounts.rules import why_not_lose_admin, why_not_take_password
from clinic.consequences import Consequences, Part
from clinic.days import DAY, WEEK
from clinic.errors import NotFound
from clinic.formats import ROLE_WORDS, counted, day_short
from clinic.invitations.views import invited, inviting, revoked
from clinic.paging import Filter, order_asked
from clinic.permissions import STAFF_ROLES, Permission
from clinic.preview import Shown, consider, is_asked, saved
from clinic.programs.views import own_home
from clinic.schedule.queries.people import met_in, still_cared_for
from clinic.schedule.queries.staff import led_after, led_between
from clinic.schedule.rules.words import session_name, sessions_words
from clinic.staff import actions, queries, rules
from clinic.staff.forms import StaffForm, TimeOffForm
from clinic.web import flash_undo, form_page, looked_at, page, reads_first, requires

bp = Blueprint("staff", __name__)
bp.add_app_template_filter(rules.access)
bp.add_app_template_filter(rules.is_license_due)

# Whoever sees titles and people without limits.
SEES_ALL: Final = {
    Permission.SEE_WHOLE_CLINIC,
    Permission.SEE_TOPICS,
    Permission.SEE_PARTICIPANTS,
}

NOTHING_CANCELLED = (
    "Nothing is cancelled. They stay on Today, marked as needing attention, until somebody else"
    " leads them."
)


@bp.get("/staff")
@requires(Permission.SEE_STAFF)
def staff() -> ResponseReturnValue:
    now = clock.now()
    words = request.args.get("q", "").strip()
    order = order_asked(request.args.get("sort", ""), queries.COLUMNS, "name")
    if order.by != "name" and Permission.MANAGE_STAFF not in current_user.permissions:
        raise NotFound  # nor is everybody's shown to them
    role = request.args.get("role", "")
    if role and role not in set(STAFF_ROLES):
        raise NotFound
    number = request.args.get("page", 1, type=int)
    people, paging = queries.staff_found(words, page=number, now=now, role=role, order=order)
    options = [(each.value, ROLE_WORDS[each]) for each in STAFF_ROLES]
    return page(
        "staff/staff.html",
        query=words,
        filters=[Filter("role", "Role", "All roles", options, role)],
        order=order,
        people=people,
        paging=paging,
        home=own_home(now),
    )


@bp.get("/staff/<int:staff_id>")
@requires(Permission.SEE_STAFF)
def member(staff_id: int) -> ResponseReturnValue:
    now = clock.now()
    here = own_home(now)
    person = queries.get_row(staff_id, now=now)
    account_id = person.account_id
    time_off = queries.time_off_of(staff_id, since=here.today)
    sees_all = current_user.permissions >= SEES_ALL
    return page(
        "staff/member.html",
        person=person,
        home=here,
        hours=queries.shifts_of(staff_id),
        time_off=time_off,
        to_hand_over=_to_hand_over(staff_id, time_off, now),
        is_self=account_id == current_user.account_id,
        inviting=inviting(queries.get_staff(staff_id).account, now=now),
        left=None if person.is_active or not sees_all else _left_by(staff_id, here.today, now),
        why_not_deactivate=why_not_lose_admin(account_id, admins()),
        why_not_reset=why_not_take_password(account_id, by_id=current_user.account_id),
    )


def _to_hand_over(
    staff_id: int, time_off: Sequence[TimeOff], now: datetime
) -> dict[int, tuple[int, date]]:
    """How many sessions somebody still has ahead on days off, and the first of these days."""
    if not time_off or Permission.MANAGE_SCHEDULE not in current_user.permissions:
        return {}
    last = max(away.until_on for away in time_off)
    ahead = [
        row.day
        for row in led_between(staff_id, min(away.from_on for away in time_off), last)
        if row.ends_at > now
    ]
    found = {
        away.id: [day for day in ahead if away.from_on <= day <= away.until_on] for away in time_off
    }
    return {id_: (len(led), led[0]) for id_, led in found.items() if led}


@bp.route("/staff/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_STAFF)
def new() -> ResponseReturnValue:
    form = StaffForm()
    if form.validate_on_submit() and form.attempt(lambda: _employ(form)):
        person = form.done
        flash(f"{person.name} is added. Next, give them access.")
        return redirect(url_for("staff.member", staff_id=person.id))
    return form_page("staff/new.html", form)


def _employ(form: StaffForm) -> Staff:
    by, now = current_user.actor, clock.now()
    person = actions.employ(
        **form.person, email=form.email.data or None, roles=form.role_set, by=by, now=now
    )
    actions.set_license(person, **form.license, by=by, now=now)
    actions.set_working_hours(person, form.working_hours.data, by=by, now=now)
    return person


@bp.route("/staff/<int:staff_id>/edit", methods=["GET", "POST"])
@requires(Permission.MANAGE_STAFF)
def edit(staff_id: int) -> ResponseReturnValue:
    person = queries.get_staff(staff_id)
    form = StaffForm.of(person)
    if form.validate_on_submit() and form.attempt(lambda: _change(person, form)):
        flash("The details are saved.")
        return redirect(url_for("staff.member", staff_id=staff_id))
    return form_page("staff/edit.html", form, staff_id=staff_id)


def _change(person: Staff, form: StaffForm) -> None:
    by, now = current_user.actor, clock.now()
    accounts.change_account(
        person.account, email=form.email.data or None, roles=form.role_set, by=by, now=now
    )
    actions.change_staff(person, **form.person, by=by, now=now)
    actions.set_license(person, **form.license, by=by, now=now)
    actions.set_working_hours(person, form.working_hours.data, by=by, now=now)


@bp.route("/staff/<int:staff_id>/invitations", methods=["GET", "POST"])
@requires(Permission.MANAGE_STAFF)
def invite(staff_id: int) -> ResponseReturnValue:
    person = queries.get_staff(staff_id)
    return _invited(person)


def _invited(person: Staff) -> ResponseReturnValue:
    back = url_for("staff.member", staff_id=person.id)
    revoke = url_for("staff.revoke_invitation", staff_id=person.id)
    return invited(person.account, person.name, back=back, revoke=revoke)


@bp.post("/staff/<int:staff_id>/invitations/revoke")
@requires(Permission.MANAGE_STAFF)
def revoke_invitation(staff_id: int) -> ResponseReturnValue:
    person = queries.get_staff(staff_id)
    back = url_for("staff.member", staff_id=staff_id)
    return revoked(person.account, person.name, back=back)


@bp.post("/staff/<int:staff_id>/reset")
@requires(Permission.MANAGE_STAFF)
def reset(staff_id: int) -> ResponseReturnValue:
    """Their password holds no longer; another one is set by a new link or code."""
    person = queries.get_staff(staff_id)
    accounts.take_password(person.account, by=current_user.actor, now=clock.now())
    return _invited(person)


@bp.route("/staff/<int:staff_id>/deactivate", methods=["GET", "POST"])
@requires(Permission.MANAGE_STAFF)
def deactivate(staff_id: int) -> ResponseReturnValue:
    now = clock.now()
    person = queries.get_staff(staff_id)
    account = person.account
    if request.method == "POST":
        accounts.deactivate(account, by=current_user.actor, now=now)
        flash(f"{person.name} no longer has access.")
        return redirect(url_for("staff.member", staff_id=staff_id))
    return page(
        "staff/deactivate.html",
        person=person,
        is_self=account.id == current_user.account_id,
        why_not=why_not_lose_admin(account.id, admins()),
        left=_left_by(staff_id, own_home(now).today, now),
    )


def _left_by(staff_id: int, today: date, now: datetime) -> dict[str, Any]:
    """What somebody whose access ends leaves to others: their sessions and their caseload."""
    people, rows = still_cared_for(staff_id, today=today), led_after(staff_id, now)
    met = met_in([row.id for row in rows], by_year=True)
    looked_at(each.participant_id for each in people)
    looked_at(one.participant_id for each in met.values() for one in each)
    return {"sessions": rules.still_led(rows, met), "people": people}


@bp.post("/staff/<int:staff_id>/reactivate")
@requires(Permission.MANAGE_STAFF)
def reactivate(staff_id: int) -> ResponseReturnValue:
    person = queries.get_staff(staff_id)
    accounts.reactivate(person.account, by=current_user.actor, now=clock.now())
    flash(f"{person.name} has access again.")
    return redirect(url_for("staff.member", staff_id=staff_id))


@bp.route("/staff/<int:staff_id>/time-off", methods=["GET", "POST"])
@requires(Permission.MANAGE_SCHEDULE)
@reads_first
def add_time_off(staff_id: int) -> ResponseReturnValue:
    return _time_off(queries.get_staff(staff_id), None)


@bp.route("/time-off/<int:time_off_id>", methods=["GET", "POST"])
@requires(Permission.MANAGE_SCHEDULE)
@reads_first
def change_time_off(time_off_id: int) -> ResponseReturnValue:
    time_off = queries.get_time_off(time_off_id)
    return _time_off(queries.get_staff(time_off.staff_id), time_off)


def _time_off(person: Staff, time_off: TimeOff | None) -> ResponseReturnValue:
    by, now = current_user.actor, clock.now()
    form = TimeOffForm(obj=time_off)
    if time_off is None and not form.is_submitted():  # as often as not a call in the morning
        form.from_on.data = form.until_on.data = own_home(now).today

    about = {"id": person.id, "name": person.name}
    others = _others(person.id, time_off, today=own_home(now).today)
    ask = partial(form_page, "staff/time_off.html", form, person=about, others=others)

    def save() -> Consequences:
        if time_off is None:
            actions.add_time_off(queries.get_staff(person.id), **form.facts, by=by, now=now)
        else:
            current = queries.get_time_off(time_off.id)
            actions.change_time_off(current, **form.facts, by=by, now=now)
        return led

    if not is_asked(form):
        return ask()
    led = _led(person, form.from_on.day, form.until_on.day)
    then = url_for("staff.member", staff_id=person.id)
    done = saved(f"{person.name} is away {_range(form.from_on.day, form.until_on.day)}.", then)
    shown = Shown("Time off", then, person.name, person.name)
    return consider(form, save, shown=shown, ask=ask, done=done)


def _others(staff_id: int, time_off: TimeOff | None, *, today: date) -> dict[str, Any]:
    """What else is known of somebody's days: their other time off, and what they lead then, or in
    the next two weeks."""
    first, last = today, today + 2 * WEEK - DAY
    if time_off:
        first, last = time_off.from_on, time_off.until_on
    known = queries.time_off_of(staff_id, since=today)
    return {
        "is_change": time_off is not None,
        "time_off": [
            (each.from_on, each.until_on, each.reason) for each in known if each is not time_off
        ],
        "days": f"{day_short(first)} – {day_short(last)}",
        "led": _led_words(staff_id, first, last),
    }


def _led_words(staff_id: int, first: date, last: date) -> tuple[str, ...]:
    rows = led_between(staff_id, first, last)
    met = met_in([row.id for row in rows], by_year=True)
    looked_at(one.participant_id for each in met.values() for one in each)
    called = [session_name(row, [one.name for one in met.get(row.id, ())]) for row in rows]
    return tuple(
        f"{words}, {counted(row.expected, 'person', 'people')}"
        for row, words in zip(rows, sessions_words(rows, called), strict=True)
    )


def _led(person: Staff, first: date, last: date) -> Consequences:
    """The sessions that somebody leads on the days when they are away."""
    lines = _led_words(person.id, first, last)
    away = f"{person.name} is away {_range(first, last)}."
    if not lines:
        nothing = f"Nothing {person.name} leads is planned then."
        return Consequences((Part("No sessions on these days", (away, nothing)),))
    heading = f"{counted(len(lines), 'session')} in these days"
    part = Part(heading, (away, NOTHING_CANCELLED), lists=(Part("", lines),))
    return Consequences((part,))


def _range(first: date, last: date) -> str:
    if first == last:
        return f"on {day_short(first)}"
    return f"from {day_short(first)} to {day_short(last)}"


@bp.post("/time-off/<int:time_off_id>/remove")
@requires(Permission.MANAGE_SCHEDULE)
def remove_time_off(time_off_id: int) -> ResponseReturnValue:
    time_off = queries.get_time_off(time_off_id)
    person = queries.get_staff(time_off.staff_id)
    again = {
        "from_on": time_off.from_on.isoformat(),
        "until_on": time_off.until_on.isoformat(),
        "reason": time_off.reason or "",
        "step": "save",
        "shown": _led(person, time_off.from_on, time_off.until_on).digest,
    }
    actions.remove_time_off(time_off, by=current_user.actor, now=clock.now())
    undo = url_for("staff.add_time_off", staff_id=person.id)
    flash_undo(f"{person.name} works on those days.", undo, fields=again, swap="time-off")
    return redirect(url_for("staff.member", staff_id=person.id))
