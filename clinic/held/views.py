"""How a session took place: when it began and ended, what was covered, and who led it."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.attendance.queries import get_session as get_attended
from clinic.consequences import Consequences
from clinic.formats import day_short
from clinic.held import actions, queries, rules
from clinic.held.forms import HeldForm
from clinic.held.rules import Held
from clinic.hours.queries import session_of
from clinic.hours.rules import delivered
from clinic.permissions import Permission
from clinic.preview import consider, is_asked
from clinic.schedule.actions.by_hand import Concerned
from clinic.schedule.models import Session
from clinic.schedule.queries.bookings import who_is_on
from clinic.schedule.queries.offers import leaders_to_offer
from clinic.schedule.queries.people import people_to_plan
from clinic.schedule.queries.sessions import get_session
from clinic.sessions.views import Told, compare_weeks, shown_of, title_shown
from clinic.web import form_page, looked_at, reads_first, requires, scope

bp = Blueprint("held", __name__)


@bp.route("/sessions/<int:session_id>/held", methods=["GET", "POST"])
@requires(Permission.RECORD_ATTENDANCE)
@reads_first
def held(session_id: int) -> ResponseReturnValue:
    now = clock.now()
    session = _get_led(session_id)
    with_topics = Permission.SEE_TOPICS in current_user.permissions
    form = HeldForm(session, leaders_to_offer(), with_topics=with_topics)
    shown = shown_of(session, f"How {title_shown(session)} took place", so_far="Planned for ")
    looked_at(each.participant_id for each in people_to_plan(who_is_on(session_id), scope=None))
    why_not = queries.why_not_record(session, now=now)

    def ask() -> ResponseReturnValue:
        return form_page("held/held.html", form, shown=shown, session=session, why_not=why_not)

    if not is_asked(form):
        return ask()

    def done(_found: Consequences | None) -> ResponseReturnValue:
        flash(f"{title_shown(session)}, {day_short(session.day)}: how it took place is saved.")
        return redirect(url_for("attendance.sheet", session_id=session_id, _anchor="held"))

    act = _act(session, form.held, form.typed, now=now)
    return consider(form, act, shown=shown, ask=ask, done=done)


def _get_led(session_id: int) -> Session:
    get_attended(session_id, scope=scope())
    return get_session(session_id)


def _act(
    session: Session, before: Held, after: Held, *, now: datetime
) -> Callable[[], Consequences | None]:
    """Recording it; where it counts otherwise then, that is looked at first."""

    def record() -> Concerned | None:
        current = _get_led(session.id)
        is_new = actions.record(current, after, by=current_user.actor, now=now)
        return Concerned([], []) if is_new and after.times != before.times else None

    whole = session_of(session)
    minutes = delivered(
        whole._replace(held_from=after.held_from, held_until=after.held_until), None, None
    )
    return compare_weeks(
        record,
        Told(),
        reached=who_is_on(session.id),
        days=(session.day,),
        sentences=(
            *rules.changes_words(before, after, session.site.zone),
            rules.counts_words(minutes, whole.credit),
        ),
        now=now,
    )
