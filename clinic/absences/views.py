"""A participant says that they do not come: to one session, on a day, for a while."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.absences import actions, rules
from clinic.absences.forms import DaysForm, OneForm
from clinic.attendance.forms import change as change_typed
from clinic.attendance.queries import FARTHEST, calls_of, has_announced, last_call
from clinic.consequences import Consequences
from clinic.db import AnyRow
from clinic.desk.queries import visits_of, weeks_until
from clinic.desk.rules import Call, Voice, away_words, beside, consequences
from clinic.enrollment.models import Enrollment
from clinic.enrollment.queries import enrollments_of
from clinic.errors import NotFound, or_not_found
from clinic.offers.queries import stay_for
from clinic.participants.models import Participant
from clinic.participants.queries import find_by_account
from clinic.permissions import Permission
from clinic.portal.rules import site_of
from clinic.preview import Shown, consider, is_asked
from clinic.programs.queries import Home, get_organization, home
from clinic.schedule.queries.sessions import leaders_of
from clinic.schedule.rules.words import notice_hint
from clinic.web import flash_undo, form_page, looked_at, reads_first, requires

bp = Blueprint("absences", __name__)


class Own(NamedTuple):
    """Whose page it is, and where they are."""

    person: Participant
    enrollments: Sequence[Enrollment]
    home: Home

    @property
    def ahead(self) -> Sequence[AnyRow]:
        return visits_of(self.enrollments, self.home.today, self.home.today + FARTHEST)

    def session(self, session_id: int) -> AnyRow:
        found = (row for row in self.ahead if row.session_id == session_id)
        return or_not_found(next(found, None))


def _own(now: datetime) -> Own:
    person = find_by_account(current_user.account_id)
    if person is None:
        raise NotFound
    looked_at([person.id])
    enrollments = enrollments_of([person.id])
    here, site = home(now), site_of(enrollments, now=now)
    if site:
        here = here._replace(zone=site.zone, today=site.today(now))
    return Own(person, enrollments, here)


@bp.route("/me/absence", methods=["GET", "POST"])
@requires(Permission.OWN_WEEK)
@reads_first
def absence() -> ResponseReturnValue:
    now = clock.now()
    own = _own(now)
    asked = request.values.get("session", type=int)
    row = own.session(asked) if asked else None
    form = OneForm(session=asked) if row else DaysForm(from_on=own.home.today)
    back = url_for("portal.week", week=row.day if row else None)
    shown = Shown("I can’t come", back, "My week", save="Announce it")
    leaders = leaders_of({each.session_id for each in own.ahead} if not row else {row.session_id})
    voice = Voice(with_topics=True, home=own.home.zone, leaders=leaders)
    notice_hours = get_organization().notice_hours

    def ask() -> ResponseReturnValue:
        return form_page(
            "absences/absence.html",
            form,
            shown=shown,
            row=row,
            what=voice.words(row) if row else None,
            notice=rules.notice_words(notice_hours),
            hint=_hint(row, notice_hours, now=now) if row else None,
        )

    if not is_asked(form):
        return ask()
    first_on, last_on = (row.day, row.day) if row else (form.from_on.day, form.last_on)
    reason, today = form.reason.data or None, own.home.today
    said = away_words(last_on, first_on=first_on, today=today, reason=reason)
    weeks = weeks_until(own.enrollments, last_on, own.home, now=now)
    calls: list[Call] = []

    def announce() -> Consequences:
        call = actions.announce(
            own.person.id,
            first_on=first_on,
            last_on=last_on,
            session_id=asked,
            reason=reason,
            by=current_user.actor,
            now=now,
        )
        calls.append(call)
        after = weeks_until(own.enrollments, last_on, own.home, now=now)
        return consequences(
            call, beside(weeks, after), None, notice_hours=notice_hours, voice=voice, now=now
        )

    def done(_found: Consequences | None) -> ResponseReturnValue:
        words = rules.done_words(calls[-1], last_on, first_on=first_on, today=today)
        change = last_call(own.person.id, current_user.actor)[0].act
        flash_undo(words, url_for("absences.undo"), fields={"change": change})
        return redirect(back)

    return consider(form, announce, shown=shown._replace(sub=said), ask=ask, done=done)


def _hint(row: AnyRow, notice_hours: int, *, now: datetime) -> str | None:
    return notice_hint(row.starts_at, notice_hours, now=now, zone=clock.zone(row.timezone))


@bp.post("/me/absence/undo")
@requires(Permission.OWN_WEEK)
def undo() -> ResponseReturnValue:
    now = clock.now()
    own, by = _own(now), current_user.actor
    change, ids = change_typed(request.form), [each.id for each in own.enrollments]
    found = calls_of(ids, own.home.today, by=by, now=now).get(change)
    if found is None:  # taken back in another tab, by a second tap, or session by session
        or_not_found(has_announced(change, by) or None)
        flash(rules.NOTHING_LEFT)
        return redirect(url_for("portal.week"))
    stay = actions.come([row.booking_id for row in found], by=by, now=now)
    make_ups = stay_for([row.booking_id for row in found], now=now)
    said = rules.coming_words(found, stay, make_ups, home=own.home.zone)
    flash(said, "warning" if stay else "message")
    return redirect(url_for("portal.week", week=found[0].day))


@bp.post("/me/sessions/<int:session_id>/coming")
@requires(Permission.OWN_WEEK)
def come(session_id: int) -> ResponseReturnValue:
    """Take back an announced absence, until the session begins."""
    now = clock.now()
    own = _own(now)
    row = own.session(session_id)
    actions.come([row.booking_id], by=current_user.actor, now=now)
    make_ups = stay_for([row.booking_id], now=now)
    flash(rules.come_words(row, make_ups, home=own.home.zone))
    return redirect(url_for("portal.week", week=row.day))
