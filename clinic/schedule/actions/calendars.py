from collections.abc import Collection

from sqlalchemy import ColumnElement, select, update

from clinic.accounts.models import Staff
from clinic.db import db
from clinic.enrollment.models import Enrollment
from clinic.participants.models import Participant
from clinic.schedule.models import Booking, SessionLeader


def raise_versions(session_ids: Collection[int]) -> None:
    """Have the calendars of everyone in these sessions written anew at their next fetch."""
    booked = select(Booking.enrollment_id).where(Booking.session_id.in_(session_ids))
    _raise_enrolled(Enrollment.id.in_(booked))
    raise_leaders_of(session_ids)


def raise_booked(enrollment_ids: Collection[int]) -> None:
    """The same for those who were put in or taken out."""
    if enrollment_ids:
        _raise_enrolled(Enrollment.id.in_(enrollment_ids))


def raise_participant(participant_id: int) -> None:
    _raise_participants(Participant.id == participant_id)


def raise_leaders(staff_ids: Collection[int]) -> None:
    """The same for those who lead now, or no longer."""
    if staff_ids:
        _raise_staff(Staff.id.in_(staff_ids))


def raise_leaders_of(session_ids: Collection[int]) -> None:
    leaders = select(SessionLeader.staff_id).where(SessionLeader.session_id.in_(session_ids))
    _raise_staff(Staff.id.in_(leaders))


def _raise_enrolled(those: ColumnElement[bool]) -> None:
    _raise_participants(Participant.id.in_(select(Enrollment.participant_id).where(those)))


def _raise_participants(those: ColumnElement[bool]) -> None:
    db.execute(
        update(Participant).where(those).values(calendar_version=Participant.calendar_version + 1),
        execution_options={"synchronize_session": False},
    )


def _raise_staff(those: ColumnElement[bool]) -> None:
    db.execute(
        update(Staff).where(those).values(calendar_version=Staff.calendar_version + 1),
        execution_options={"synchronize_session": False},
    )
