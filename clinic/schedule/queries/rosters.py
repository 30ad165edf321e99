from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment
from clinic.errors import or_not_found
from clinic.participants.models import Participant
from clinic.programs.models import Program
from clinic.schedule.models import RosterEntry, Series, SeriesPlan


def get_roster_entry(entry_id: int) -> RosterEntry:
    return or_not_found(
        db.scalars(
            select(RosterEntry)
            .where(RosterEntry.id == entry_id)
            .options(
                joinedload(RosterEntry.series).joinedload(Series.site),
                joinedload(RosterEntry.enrollment).joinedload(Enrollment.participant),
            )
        ).one_or_none()
    )


def roster_of(enrollment_ids: Collection[int]) -> Sequence[RosterEntry]:
    """Roster entries of enrollments, with their series, by first day."""
    found = db.scalars(
        select(RosterEntry)
        .where(RosterEntry.enrollment_id.in_(enrollment_ids))
        .options(
            joinedload(RosterEntry.series).joinedload(Series.plans).joinedload(SeriesPlan.room)
        )
        .order_by(RosterEntry.from_on, RosterEntry.id)
    )
    return found.unique().all()


def members_of(series_id: int, *, today: date) -> Sequence[AnyRow]:
    """Who is or will be on a series' roster, by name."""
    return db.execute(
        select(
            RosterEntry.id,
            RosterEntry.from_on,
            RosterEntry.until_on,
            Participant.id.label("participant_id"),
            Participant.name,
            Participant.preferred_name,
            Program.name.label("program"),
        )
        .join(Enrollment, Enrollment.id == RosterEntry.enrollment_id)
        .join(Participant, Participant.id == Enrollment.participant_id)
        .join(Program, Program.id == Enrollment.program_id)
        .where(
            RosterEntry.series_id == series_id,
            or_(RosterEntry.until_on.is_(None), RosterEntry.until_on >= today),
            or_(Enrollment.until_on.is_(None), Enrollment.until_on >= today),
        )
        .order_by(Participant.sort_name, RosterEntry.from_on, RosterEntry.id)
    ).all()
