from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, TypeVar

from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.addresses import safe_next
from clinic.authorizations.views import why_beyond
from clinic.consequences import Change, Consequences
from clinic.db import AnyRow
from clinic.effects.views import beside
from clinic.errors import refuse_if
from clinic.formats import counted, day_long, day_short, time_range
from clinic.forms import Form
from clinic.groups.views import beside_group
from clinic.offers import actions as offers
from clinic.offers.views import say_as_before
from clinic.permissions import Permission
from clinic.preview import Shown, consider, is_asked, typed_changes
from clinic.programs.queries import get_program
from clinic.programs.views import own_home
from clinic.schedule.actions import by_hand, one_offs, undoing
from clinic.schedule.actions import changes as actions
from clinic.schedule.actions.by_hand import Concerned
from clinic.schedule.models import Session
from clinic.schedule.queries.bookings import who_is_on
from clinic.schedule.queries.changes import is_signed, last_undoable
from clinic.schedule.queries.offers import leaders_to_offer, rooms_to_offer
from clinic.schedule.queries.people import caseload_of, found_people, met_in, people_to_plan
from clinic.schedule.queries.sessions import get_planned, get_session
from clinic.schedule.rules.changes import SIGNED
from clinic.schedule.rules.words import session_name
from clinic.sessions import queries, rules
from clinic.sessions.forms import CancelForm, ReinstateForm, SessionForm
from clinic.web import (
    flash_link,
    flash_undo,
    form_page,
    looked_at,
    page,
    reads_first,
    requires,
    scope,
)

bp = Blueprint("sessions", __name__)

AnyForm = TypeVar("AnyForm", bound=Form)


class Told(list[Concerned]):
    """Whom an act concerns, once it is done, and whether they are told by e-mail."""

    def __init__(self, *, tell: bool = False) -> None:
        super().__init__()
        self.tell = tell


FORM = "sessions/form.html"
FOUND = 12  # people that a search by name shows
NOT_CHANGES = ("find", "reason", "tell")  # fields that say nothing about the session itself


@bp.route("/sessions/book", methods=["GET", "POST"])
@requires(Permission.PLAN_SESSIONS)
@reads_first
def book() -> ResponseReturnValue:
    """The form of a one-off session; the address fills it in."""
    now = clock.now()
    form = SessionForm() if request.method == "POST" else SessionForm(request.args)
    is_search = _is_search(form)
    people = _people(form, is_search=is_search, now=now)
    form.offer(
        rooms=rooms_to_offer(people[0].site_id if people else None),
        leaders=leaders_to_offer(),
        no_room="Any that is free",
    )
    if people:
        form.zone = clock.zone(get_program(people[0].program_id).site.timezone)
    if not form.is_submitted() or is_search:
        whose = people[0].clinician_id if people else None
        form.propose(people, leader_ids=[whose, current_user.staff_id])
    form.choose_room(people)
    save = "Plan session" if len(people) > 1 else "Plan anyway"
    shown = Shown("Plan a session", *_back(people), save=save)
    its = partial(beside, [one.participant_id for one in people], form.day.data, now=now)

    def ask() -> ResponseReturnValue:
        facts: dict[str, Any] = {"session": None, "group": None, "fixed": None, "differing": ()}
        return form_page(FORM, form, shown=shown, beside=its(), **facts)

    if is_search or not is_asked(form):
        return ask()
    program = get_program(people[0].program_id)
    facts: dict[str, Any] = {
        "title": form.title.data,
        "day": form.day.day,
        "people": [person.id for person in people],
    }
    planned = form.plan(break_minutes=0)
    doubts = one_offs.doubts(program, planned, day=form.day.day, people=facts["people"])
    made: list[Session] = []

    def book_it() -> Concerned:
        made.append(one_offs.book(program, planned, **facts, by=current_user.actor, now=now))
        return Concerned([], [])

    compared = compare_weeks(
        book_it,
        Told(),
        reached=facts["people"],
        days=(form.day.day,),
        heading="The session",
        changes=typed_changes(form, *NOT_CHANGES),
        doubts=doubts,
        now=now,
    )

    def plan() -> Consequences | None:
        """One person's week stands beside the form; of several it is shown whose becomes what."""
        found = compared()
        return found if len(people) > 1 or doubts or (found and found.beyond) else None

    def done(_found: Consequences | None) -> ResponseReturnValue:
        text = f"{form.title.data} is planned for {form.when}."
        if len(people) > 1:
            _say_planned(f"{text} {len(people)} people are on it.", made[-1])
            return _to_session(made[-1])
        flash(text)
        (person,) = people
        return redirect(url_for("records.participant", participant_id=person.participant_id))

    reason = why_beyond(now)
    return consider(form, plan, shown=shown, ask=ask, done=done, beside=its, reason=reason)


def _back(people: Sequence[AnyRow]) -> tuple[str, str]:
    if came_from := safe_next(request.values.get("next")):
        return came_from, "Back"
    if people:
        return url_for("slots.slots", enrollment=people[0].id), "Free times"
    return url_for("today.today"), "Today"


@bp.route("/sessions/<int:session_id>/edit", methods=["GET", "POST"])
@requires(Permission.PLAN_SESSIONS)
@reads_first
def edit(session_id: int) -> ResponseReturnValue:
    """All that can be changed about one session, a group's or one by itself."""
    now = clock.now()
    session = get_planned(session_id, scope())
    form, people, is_search = _form_of(session, now=now)
    shown = shown_of(session, f"Change {title_shown(session)}")

    def ask() -> ResponseReturnValue:
        return _edit_page(session_id, form, shown, now=now)

    if is_search or not is_asked(form):
        return ask()
    wanted = form.wanted(session)
    if wanted["people"] is not None:
        wanted["people"] = [person.id for person in people]
    doubts = by_hand.doubts(session, wanted["plan"], wanted["day"], wanted["people"])

    def change() -> Concerned | None:
        acting = {"by": current_user.actor, "now": now}
        current, seen = get_planned(session_id, scope()), form.seen_number
        concerned = actions.change(current, **wanted, seen=seen, **acting)
        offers.follow(session_id, **acting)  # who is on a one-off session is changed here, too
        return concerned

    told, days = Told(tell=wanted["tell"]), (session.day, wanted["day"])
    act = compare_weeks(
        change,
        told,
        reached=queries.whom_it_reaches(session, wanted["people"] or (), days=days),
        days=days,
        changes=typed_changes(form, *NOT_CHANGES),
        doubts=doubts,
        now=now,
    )
    done = say_done(session_id, "is changed", told, now=now)
    return consider(form, act, shown=shown, ask=ask, done=done, reason=why_beyond(now))


@bp.post("/sessions/<int:session_id>/cancel")
@requires(Permission.PLAN_SESSIONS)
@reads_first
def cancel(session_id: int) -> ResponseReturnValue:
    form = _with_mail(CancelForm())
    return _carry_out(
        session_id,
        form,
        lambda session, acting: actions.cancel(
            session, reason=form.reason.data or None, seen=form.seen_number, **acting
        ),
        heading="Cancel {}",
        says="The session is cancelled. Everyone on it sees that.",
        done="is cancelled",
        save="Cancel this session",
        kind="danger",
        leave="Keep it",
    )


@bp.post("/sessions/<int:session_id>/reinstate")
@requires(Permission.PLAN_SESSIONS)
@reads_first
def reinstate(session_id: int) -> ResponseReturnValue:
    return _carry_out(
        session_id,
        _with_mail(ReinstateForm()),
        lambda session, acting: actions.reinstate(session, **acting),
        heading="Reinstate {}",
        says="The session is back on.",
        done="takes place again",
        save="Reinstate it",
    )


@bp.post("/sessions/<int:session_id>/changes/undo")
@requires(Permission.PLAN_SESSIONS)
def undo(session_id: int) -> ResponseReturnValue:
    act, by, now = request.form.get("change", ""), current_user.actor, clock.now()
    session = queries.get_changed(session_id, scope(), by)
    told = undoing.undo(session, act=act, by=by, now=now)
    over = offers.follow(session_id, undone=act, by=by, now=now)
    return say_undone(session, told, over=over)


def say_undone(
    session: Session, told: int = 0, *, over: Sequence[AnyRow] = ()
) -> ResponseReturnValue:
    """`over` are the offers of seats on it that somebody has no more now."""
    again = f" {counted(told, 'person is', 'people are')} told by e-mail." if told else ""
    said = f"{title_shown(session)} on {day_short(session.day)} is as it was before.{again}"
    say_as_before(said, over)
    return _to_session(session)


def title_shown(session: Session) -> str:
    may = current_user.permissions
    with_whom = met_in([session.id], by_year=Permission.SEE_PARTICIPANTS in may)[session.id]
    looked_at(one.participant_id for one in with_whom)
    whom = [one.name for one in with_whom]
    return session_name(session, whom, with_topics=Permission.SEE_TOPICS in may)


def _carry_out(
    session_id: int,
    form: CancelForm | ReinstateForm,
    act: Callable[[Session, dict[str, Any]], Concerned | None],
    *,
    heading: str,
    says: str,
    done: str,
    **buttons: str,
) -> ResponseReturnValue:
    """The pages of an act on a whole session, which is read anew under the lock."""
    now = clock.now()
    session = get_planned(session_id, scope())
    shown = shown_of(session, heading.format(title_shown(session)))._replace(**buttons)

    def ask() -> ResponseReturnValue:
        return _edit_page(
            session_id, None, shown_of(session, f"Change {title_shown(session)}"), form, now=now
        )

    if not is_asked(form):
        return ask()
    told = Told(tell=bool(form.tell and form.tell.data))
    acting = {"tell": told.tell, "by": current_user.actor, "now": now}
    carry_out = compare_weeks(
        lambda: act(get_planned(session_id, scope()), acting),
        told,
        reached=queries.whom_it_reaches(session, days=[session.day]),
        days=(session.day,),
        sentences=(says,),
        now=now,
    )
    say = say_done(session_id, done, told, now=now)
    return consider(form, carry_out, shown=shown, ask=ask, done=say, reason=why_beyond(now))


def compare_weeks(
    act: Callable[[], Concerned | None],
    told: Told,
    *,
    reached: Sequence[int],
    days: Sequence[date],
    now: datetime,
    **words: Any,
) -> Callable[[], Consequences | None]:
    """An act that says whose hours become others and whom it concerns; where it changes nothing,
    there is nothing to say. `reached` are the enrollments looked at, the first time now."""
    this_week = own_home(now).week
    with_hours = Permission.SEE_HOURS in current_user.permissions
    looked_at(row.participant_id for row in people_to_plan(reached, scope=None))
    picture = partial(queries.picture_of, reached, days, with_hours=with_hours, now=now)
    before = picture()

    def carry_out() -> Consequences | None:
        concerned = act()
        if concerned is None:
            return None
        told.append(concerned)
        return rules.consequences(
            before,
            picture(),
            with_hours=with_hours,
            concerned=rules.concerned(*concerned, tell=told.tell, has_mail=_has_mail()),
            week=this_week,
            **words,
        )

    return carry_out


def say_done(
    session_id: int, what: str, told: Told, *, undone_by: str = "sessions.undo", now: datetime
) -> Callable[[Consequences | None], ResponseReturnValue]:
    """For `consider`: say what was done, with the way to undo it for whoever did it."""

    def done(found: Consequences | None) -> ResponseReturnValue:
        session = get_session(session_id)
        if found is None:
            flash("Nothing has changed.")
            return _to_session(session)
        words = rules.told_words(*told[-1], tell=told.tell)
        text = f"{title_shown(session)}, {day_short(session.day)}, {what}.{words}"
        last = last_undoable(session_id, session.starts_at, now=now)
        if last is None:
            flash(text)
        else:
            undo = url_for(undone_by, session_id=session_id)
            fields = {"change": last.act, "next": request.form.get("next", "")}
            flash_undo(text, undo, fields=fields)
        return _to_session(session)

    return done


def _to_session(session: Session) -> ResponseReturnValue:
    """To where one came from, to its page, or to its day where it is somebody else's by now."""
    if target := safe_next(request.form.get("next")):
        return redirect(target)
    if queries.is_known(session.id, scope()):
        return redirect(url_for("attendance.sheet", session_id=session.id))
    return redirect(url_for("today.today", day=session.day))


def _say_planned(text: str, session: Session) -> None:
    """With the way to its sheet, where one is led back to what it was planned from."""
    if safe_next(request.form.get("next")) and queries.is_known(session.id, scope()):
        flash_link(text, "Its sheet", url_for("attendance.sheet", session_id=session.id))
    else:
        flash(text)


def shown_of(session: Session, heading: str, *, so_far: str = "So far ") -> Shown:
    times = time_range(session.starts_at, session.ends_at, session.site.zone)
    back = url_for("attendance.sheet", session_id=session.id)
    when = f"{so_far}{day_long(session.day)}, {times}"
    return Shown(heading, back, title_shown(session), when)


def _form_of(session: Session, *, now: datetime) -> tuple[SessionForm, list[AnyRow], bool]:
    """The form of a session, the people chosen in it, and whether somebody is looked for."""
    refuse_if(SIGNED if is_signed(session.id) and not session.is_cancelled else None)
    on_it = who_is_on(session.id)
    fixed = by_hand.why_fixed(session, now=now)
    form = _with_mail(SessionForm.of(session, on_it, is_fixed=fixed is not None))
    form.offer(
        rooms=rooms_to_offer(session.site_id, already=session.room_id),
        leaders=leaders_to_offer(session.leader_ids),
    )
    if "people" not in form:
        return form, [], False
    is_search = _is_search(form)
    return form, _people(form, is_search=is_search, now=now, on_it=on_it), is_search


def _edit_page(
    session_id: int,
    form: SessionForm | None,
    shown: Shown,
    act_form: Form | None = None,
    *,
    now: datetime,
) -> ResponseReturnValue:
    """The page of a session's change, with the form that was refused as it was typed."""
    session = get_planned(session_id, scope())
    form = form or _form_of(session, now=now)[0]
    is_cancel = isinstance(act_form, CancelForm)
    is_old = act_form is None and form.seen_number not in {None, session.sequence}
    differing = _looked_again(session, form, now=now) if is_old else ()
    errors = form.errors or (act_form.errors if act_form else None)
    return page(
        FORM,
        status=422 if errors else 200,
        form=form,
        beside=None,
        group=beside_group(session.series_id, now=now) if session.series_id else None,
        shown=shown,
        session=session,
        fixed=by_hand.why_fixed(session, now=now),
        why_not_cancel=by_hand.why_not_cancel(session, now=now),
        differing=differing,
        cancel_form=act_form if is_cancel else _with_mail(CancelForm(formdata=None)),
        reinstate_form=act_form
        if act_form and not is_cancel
        else _with_mail(ReinstateForm(formdata=None)),
    )


def _looked_again(session: Session, form: SessionForm, *, now: datetime) -> tuple[Change, ...]:
    """What is typed beside the session as somebody else has made it, which the form is of now."""
    form.seen.data = str(session.sequence)
    return typed_changes(_form_of(session, now=now)[0], *NOT_CHANGES)


def _has_mail() -> bool:
    return bool(current_app.config["CLINIC_MAIL_URL"])


def _with_mail(form: AnyForm) -> AnyForm:
    """The form, without the tick to tell people where there is no mail to tell them by."""
    if not _has_mail():
        del form["tell"]
    return form


def _is_search(form: SessionForm) -> bool:
    """Whether a name is looked for; also when nobody is chosen and only a name was typed."""
    is_asked = request.form.get("act") == "find" or not form.people.data
    return form.is_submitted() and bool(form.find.data) and is_asked


def _people(
    form: SessionForm, *, is_search: bool, now: datetime, on_it: Sequence[int] = ()
) -> list[AnyRow]:
    """Those chosen; the form offers them, and whom a search has found."""
    chosen = list(dict.fromkeys(form.people.data or []))
    offered = people_to_plan(chosen, scope=scope())
    if not (chosen or is_search) and form.lead.data and isinstance(form.day.data, date):
        # An empty slot: those come first to mind whose clinician it is.
        offered += caseload_of(form.lead.data, day=form.day.data, scope=scope())
    missing = [each for each in on_it if each not in {row.id for row in offered}]
    offered += people_to_plan(missing, scope=None)
    if is_search:
        found = found_people(
            form.find.data or "", today=own_home(now).today, scope=scope(), limit=FOUND
        )
        known = {row.id for row in offered}
        new = [row for row in found if row.id not in known]
        form.found = len(new)
        if len(new) == 1 and not chosen:
            chosen = form.people.data = [new[0].id]
        offered += new
    form.offer_people(offered)
    looked_at(row.participant_id for row in offered)
    return [row for row in offered if row.id in chosen]
