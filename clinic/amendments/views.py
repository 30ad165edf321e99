"""What was signed is changed by amendments: shown first, and large ones agreed to by a second
person."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.amendments import actions, queries, rules
from clinic.amendments.forms import AddForm, AmendForm, DeclineForm
from clinic.amendments.rules import Proposal
from clinic.consequences import Change, Consequences
from clinic.db import AnyRow, tried
from clinic.errors import NotFound
from clinic.formats import told_apart
from clinic.forms import Form
from clinic.guests.queries import chosen_for
from clinic.guests.views import found_and_booked
from clinic.hours.queries import session_of
from clinic.paging import Filter, order_asked
from clinic.participants.queries import called
from clinic.permissions import Permission
from clinic.preview import Shown, consider, is_asked
from clinic.programs.queries import get_organization, get_program_whole
from clinic.programs.views import own_home
from clinic.receipts.queries import claimed_in
from clinic.schedule.actions.by_hand import Concerned
from clinic.schedule.models import Decision, Session
from clinic.schedule.queries.changes import is_signed
from clinic.schedule.queries.people import people_to_plan
from clinic.schedule.queries.sessions import get_session
from clinic.sessions.views import Told, compare_weeks, shown_of, title_shown
from clinic.web import form_page, looked_at, page, reads_first, requires, scope

bp = Blueprint("amendments", __name__)


@bp.route("/bookings/<int:booking_id>/amend", methods=["GET", "POST"])
@requires(Permission.RECORD_ATTENDANCE)
@reads_first
def amend(booking_id: int) -> ResponseReturnValue:
    """What was signed of somebody is said anew, or they are taken off the sheet."""
    now = clock.now()
    booking = queries.get_booking(booking_id, scope())
    session = get_session(booking.session_id)
    form = AmendForm(session, rules.stand_of(booking))
    if form.seen is None:
        form.version.data = str(booking.version)
    name = _called(booking.enrollment.participant_id)
    shown = shown_of(session, f"Amend attendance of {name}", so_far="")

    def ask() -> ResponseReturnValue:
        return form_page(
            "amendments/amend.html",
            form,
            shown=shown,
            session=session,
            booking=booking,
            earlier=queries.earlier(booking),
            unsigned=rules.UNSIGNED if booking.signed_at is None else None,
            home=clock.here(session.site.zone, now),
        )

    if not is_asked(form):
        return ask()

    def propose(current: Session) -> Proposal:
        return actions.propose(
            current,
            booking.enrollment_id,
            form.stand,
            booking_id=booking_id,
            version=form.seen,
            **form.facts,
            now=now,
        )

    return _consider(form, session, propose, shown=shown, ask=ask, now=now)


@bp.route("/sessions/<int:session_id>/amend", methods=["GET", "POST"])
@requires(Permission.RECORD_ATTENDANCE)
@reads_first
def add(session_id: int) -> ResponseReturnValue:
    """Somebody who was there, and is not on the sheet that was signed."""
    now = clock.now()
    session = queries.get_led(session_id, scope())
    form = AddForm(session)
    asked = form.enrollment.data or request.args.get("enrollment", type=int)
    chosen = chosen_for(session, asked, scope=scope())
    form.offer(chosen)
    form.enrollment.data = chosen[0].id if chosen else None
    shown = shown_of(
        session, f"Add somebody to the signed sheet of {title_shown(session)}", so_far=""
    )
    ask = partial(_add_page, session, form, shown)
    if not is_asked(form):
        return ask()
    (person,) = chosen

    def propose(current: Session) -> Proposal:
        return actions.propose(current, person.id, form.stand, **form.facts, now=now)

    return _consider(form, session, propose, shown=shown, ask=ask, now=now)


def _add_page(session: Session, form: AddForm, shown: Shown) -> ResponseReturnValue:
    words = request.args.get("q", "").strip()
    chosen = people_to_plan([form.enrollment.data or 0], scope=None)
    return form_page(
        "amendments/add.html",
        form,
        shown=shown,
        session=session,
        chosen=chosen[0] if chosen else None,
        **found_and_booked(session, words, also=chosen),
        why_not=rules.why_not_add(
            is_cancelled=session.is_cancelled, is_signed=is_signed(session.id)
        ),
    )


@bp.get("/amendments")
@requires(Permission.SEE_SCHEDULE)
def amendments() -> ResponseReturnValue:
    """All amendments that one may see, the latest first."""
    decision = request.args.get("decision", "")
    options = [(each.value, words) for each, words in rules.DECISIONS.items()]
    if decision not in {"", *dict(options)}:
        raise NotFound
    order = order_asked(request.args.get("sort", ""), queries.COLUMNS, "-asked")
    rows, paging = queries.listed(
        Decision(decision) if decision else None,
        order,
        page=request.args.get("page", 1, type=int),
        scope=scope(),
    )
    looked_at(row.participant_id for row in rows)
    return page(
        "amendments/amendments.html",
        rows=rows,
        paging=paging,
        order=order,
        filters=[Filter("decision", "Decision", "All", options, decision)],
        called=_names(rows),
        home=own_home(clock.now()),
    )


@bp.get("/amendments/<int:amendment_id>")
@requires(Permission.SEE_SCHEDULE)
def amendment(amendment_id: int) -> ResponseReturnValue:
    return _amendment_page(amendment_id, DeclineForm(formdata=None))


@bp.post("/amendments/<int:amendment_id>/agree")
@requires(Permission.RECORD_ATTENDANCE)
@reads_first
def agree(amendment_id: int) -> ResponseReturnValue:
    """A second person has an amendment be made, after looking at what it leads to."""
    now = clock.now()
    row = queries.get_amendment(amendment_id, scope())
    if scope() is not None:
        raise NotFound
    session, form = get_session(row.session_id), Form()
    back = url_for("amendments.amendment", amendment_id=amendment_id)
    shown = Shown(f"Agree to amending {_names([row])[row.participant_id]}", back, "The amendment")

    def act() -> Consequences | None:
        current, kept = get_session(row.session_id), queries.hold(amendment_id)
        carry_out = partial(actions.agree, current, kept, by=current_user.actor, now=now)
        return _looked_at(current, rules.proposal_of(row), carry_out, now=now)

    return consider(
        form,
        act,
        shown=shown._replace(save="Agree"),
        ask=partial(_amendment_page, amendment_id, DeclineForm(formdata=None), form),
        done=lambda _: _to_sheet(session, "The attendance is amended."),
    )


@bp.post("/amendments/<int:amendment_id>/decline")
@requires(Permission.RECORD_ATTENDANCE)
def decline(amendment_id: int) -> ResponseReturnValue:
    row = queries.get_amendment(amendment_id, scope())
    if scope() is not None and row.asked_by_id != current_user.actor.id:
        raise NotFound
    session, form = get_session(row.session_id), DeclineForm()
    words, by, now = form.words.data or "", current_user.actor, clock.now()
    if form.validate_on_submit() and form.attempt(
        lambda: actions.decline(session, queries.hold(amendment_id), words=words, by=by, now=now)
    ):
        flash("The amendment is not made. The attendance stays as it was.")
        return redirect(url_for("amendments.amendment", amendment_id=amendment_id))
    return _amendment_page(amendment_id, form)


def _amendment_page(
    amendment_id: int, form: DeclineForm, refused: Form | None = None
) -> ResponseReturnValue:
    """One amendment, with what may be done about it; `refused` is what was asked for in vain."""
    row = queries.get_amendment(amendment_id, scope())
    looked_at([row.participant_id])
    me = current_user.actor.id
    can_decide = Permission.RECORD_ATTENDANCE in current_user.permissions and (
        row.decision is Decision.WAITING
    )
    errors = form.errors or (refused and refused.errors)
    return page(
        "amendments/amendment.html",
        status=422 if errors else 200,
        form=form,
        refused=refused,
        row=row,
        name=_names([row])[row.participant_id],
        can_agree=can_decide and scope() is None and row.asked_by_id != me,
        can_decline=can_decide and (scope() is None or row.asked_by_id == me),
        is_own=row.asked_by_id == me,
        home=clock.here(clock.zone(row.timezone), clock.now()),
    )


def _called(participant_id: int) -> str:
    looked_at([participant_id])
    by_year = Permission.SEE_PARTICIPANTS in current_user.permissions
    return called([participant_id], by_year=by_year)[participant_id]


def _names(rows: Iterable[AnyRow]) -> dict[int, str]:
    by_year = Permission.SEE_PARTICIPANTS in current_user.permissions
    return told_apart(rows, by_year=by_year)


def _to_sheet(session: Session, words: str) -> ResponseReturnValue:
    flash(words)
    return redirect(url_for("attendance.sheet", session_id=session.id, _anchor="amendments"))


def _consider(
    form: Form,
    session: Session,
    propose: Callable[[Session], Proposal],
    *,
    shown: Shown,
    ask: Callable[[], ResponseReturnValue],
    now: datetime,
) -> ResponseReturnValue:
    """Show what an amendment leads to; save it, or keep it until a second person has agreed."""
    by, most = current_user.actor, get_organization().amendment_minutes
    waits: list[bool] = []

    def act() -> Consequences | None:
        current = get_session(session.id)  # under the lock
        proposal = propose(current)
        waits.append(rules.needs_second(proposal.minutes, most))
        sentences = (rules.waits_words(proposal.minutes, most),) if waits[-1] else ()
        carry_out = partial(actions.make, current, proposal, by=by, now=now)
        look = partial(_looked_at, current, proposal, carry_out, sentences, now=now)
        if not waits[-1]:
            return look()
        with tried():
            found = look()
        actions.wait(current, proposal, by=by, now=now)
        return found

    def done(_: Consequences | None) -> ResponseReturnValue:
        waiting = "The amendment is kept. It is made once a second person has agreed to it."
        return _to_sheet(session, waiting if waits[-1] else "The attendance is amended.")

    return consider(form, act, shown=shown, ask=ask, done=done)


def _looked_at(
    session: Session,
    proposal: Proposal,
    carry_out: Callable[[], object],
    sentences: tuple[str, ...] = (),
    *,
    now: datetime,
) -> Consequences | None:
    """Amend, and say what it changes: the attendance, the day, and the hours of the week."""

    def act() -> Concerned:
        carry_out()
        return Concerned([], [])  # nobody is told

    was, will = (
        rules.stand_words(stand, session, session.site.zone)
        for stand in (proposal.before, proposal.after)
    )
    changes = [Change("Attendance", was, will)]
    if proposal.minutes:
        claimed = claimed_in(session.day, session.day, [proposal.enrollment_id]).values()
        sentences += tuple(rules.claimed_words(receipt.units) for receipt in claimed)
    if Permission.SEE_HOURS in current_user.permissions:
        day = queries.delivered_on(session, proposal.enrollment_id, now=now)
        (person,) = people_to_plan([proposal.enrollment_id], scope=None)
        program = get_program_whole(person.program_id)
        with_it = rules.day_with(day, session_of(session), proposal)
        changes.append(rules.day_change(session.day, day, with_it, program))
    return compare_weeks(
        act,
        Told(),
        reached=[proposal.enrollment_id],
        days=(session.day,),
        heading="What is amended",
        sentences=sentences,
        changes=changes,
        now=now,
    )()
