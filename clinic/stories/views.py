from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.attendance.queries import signatures_on
from clinic.permissions import Permission
from clinic.schedule.models import AttendanceAmendment
from clinic.schedule.queries.amendments import amendments
from clinic.schedule.queries.sessions import leaders_of
from clinic.stories import queries, rules
from clinic.web import looked_at, page, requires, scope

bp = Blueprint("stories", __name__)


@bp.get("/bookings/<int:booking_id>")
@requires(Permission.SEE_PARTICIPANTS)
def booking(booking_id: int) -> ResponseReturnValue:
    """Who did what to somebody's attendance, when it happened and was recorded, and with what."""
    now = clock.now()
    row = queries.get_told(booking_id, scope=scope())
    looked_at([row.participant_id])
    zone = clock.zone(row.timezone)
    signed = signatures_on([row.session_id])[row.session_id]
    knows_topics = Permission.SEE_TOPICS in current_user.permissions
    return page(
        "stories/booking.html",
        row=row,
        zone=zone,
        leaders=leaders_of({row.session_id}),
        steps=rules.steps(
            queries.events_of(row), row, zone, reason=row.reason if knows_topics else None
        ),
        signatures=[rules.signed_words(one, row.day, zone) for one in signed]
        if row.signed_at
        else [],
        amendments=amendments(AttendanceAmendment.booking_id == booking_id),
        home=clock.here(zone, now),
        difference=queries.difference_of(booking_id),
        now=now,
    )
