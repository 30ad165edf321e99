from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import aliased

from clinic.accounts.models import Account, Staff
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment
from clinic.errors import or_not_found
from clinic.offers.models import CameOfIt, MakeUpOffer
from clinic.participants.models import Participant
from clinic.programs.models import Program, Room, Site
from clinic.schedule.models import ANNOUNCED, Booking, Session, Status
from clinic.schedule.queries.people import people_to_plan
from clinic.schedule.queries.sessions import get_session
from clinic.schedule.queries.staff import led_by
from clinic.schedule.rules.changes import UNDONE
from clinic.trail import TrailEvent

_missed = aliased(Session)
_OFFERS = (
    select(
        MakeUpOffer.id,
        MakeUpOffer.enrollment_id,
        MakeUpOffer.session_id,
        MakeUpOffer.missed_session_id,
        MakeUpOffer.starts_at,
        MakeUpOffer.ends_at,
        MakeUpOffer.offered_at,
        MakeUpOffer.opens_at,
        MakeUpOffer.held_until,
        MakeUpOffer.goes_on,
        MakeUpOffer.message_id,
        MakeUpOffer.outcome,
        MakeUpOffer.ended_at,
        Enrollment.participant_id,
        Enrollment.clinician_id,
        Site.id.label("site_id"),
        Site.timezone,
        Session.title,
        Session.kind,
        Session.mode,
        Session.day,
        Session.starts_at.label("starts_now"),
        Session.ends_at.label("ends_now"),
        Session.is_cancelled,
        Session.credit_minutes,
        Room.name.label("room"),
        _missed.day.label("missed_on"),
        Staff.name.label("offered_by"),
    )
    .join(Enrollment, Enrollment.id == MakeUpOffer.enrollment_id)
    .join(Program, Program.id == Enrollment.program_id)
    .outerjoin(Session, Session.id == MakeUpOffer.session_id)
    .join(Site, Site.id == func.coalesce(Session.site_id, Program.site_id))
    .outerjoin(Room, Room.id == Session.room_id)
    .outerjoin(_missed, _missed.id == MakeUpOffer.missed_session_id)
    .outerjoin(Staff, Staff.account_id == MakeUpOffer.offered_by_id)
    .order_by(MakeUpOffer.offered_at.desc(), MakeUpOffer.id.desc())
)
_IS_OUT = MakeUpOffer.outcome.is_(None)


def offers_of(
    enrollment_ids: Collection[int], *, first: date, last: date
) -> dict[int, list[AnyRow]]:
    """Enrollment id to the seats on these local days that they were to have, the latest first."""
    found: dict[int, list[AnyRow]] = defaultdict(list)
    if enrollment_ids:
        theirs = MakeUpOffer.enrollment_id.in_(enrollment_ids)
        days = Session.day.between(first, last)
        for row in db.execute(_OFFERS.where(theirs, days)):
            found[row.enrollment_id].append(row)
    return found


def history_of(enrollment_ids: Collection[int], *, most: int) -> Sequence[AnyRow]:
    """The last seats that they were to have, the latest first."""
    theirs = MakeUpOffer.enrollment_id.in_(enrollment_ids)
    return db.execute(_OFFERS.where(theirs).limit(most)).all()


def stay_for(booking_ids: Collection[int], *, now: datetime) -> Sequence[AnyRow]:
    """What somebody comes to, from now on, in place of sessions to which they come after all: by
    these bookings of them (`booking_id`)."""
    missed, instead = aliased(Booking), aliased(Booking)
    return db.execute(
        _OFFERS.add_columns(missed.id.label("booking_id"))
        .join(
            missed,
            and_(
                missed.session_id == MakeUpOffer.missed_session_id,
                missed.enrollment_id == MakeUpOffer.enrollment_id,
            ),
        )
        .join(
            instead,
            and_(
                instead.session_id == MakeUpOffer.session_id,
                instead.enrollment_id == MakeUpOffer.enrollment_id,
            ),
        )
        .where(
            missed.id.in_(booking_ids),
            missed.status == Status.EXPECTED,
            instead.status == Status.EXPECTED,
            MakeUpOffer.outcome.in_([CameOfIt.PLACED, CameOfIt.TAKEN]),
            ~Session.is_cancelled,
            Session.starts_at > now,
        )
        .order_by(None)
        .order_by(Session.starts_at, MakeUpOffer.id)
    ).all()


def asked_now(participant_id: int, *, now: datetime) -> Sequence[AnyRow]:
    """What somebody is offered at the moment, and can take, by start."""
    can_be_taken = and_(
        _IS_OUT,
        MakeUpOffer.opens_at <= now,
        MakeUpOffer.held_until > now,
        ~Session.is_cancelled,
        Session.starts_at == MakeUpOffer.starts_at,
        Session.ends_at == MakeUpOffer.ends_at,
    )
    statement = _OFFERS.where(Enrollment.participant_id == participant_id, can_be_taken)
    return db.execute(statement.order_by(None).order_by(MakeUpOffer.starts_at)).all()


def out_now() -> Sequence[AnyRow]:
    """All that is out, as it is now."""
    return db.execute(_OFFERS.where(_IS_OUT)).all()


def out_of(participant_id: int) -> Sequence[int]:
    """What somebody is offered, in whatever enrollment."""
    theirs = MakeUpOffer.enrollment_id == Enrollment.id, Enrollment.participant_id == participant_id
    return db.scalars(select(MakeUpOffer.id).where(*theirs, _IS_OUT)).all()


def to_follow(session_id: int, *, undone: str) -> Sequence[int]:
    """What says of somebody that they are on a session or are asked to come, and what no longer
    says so since the act that is `undone`."""
    its = select(TrailEvent.happened_at).where(TrailEvent.act == undone, TrailEvent.verb != UNDONE)
    ended_by_it = (MakeUpOffer.outcome == CameOfIt.WITHDRAWN) & MakeUpOffer.ended_at.in_(its)
    stands = _IS_OUT | MakeUpOffer.outcome.in_([CameOfIt.PLACED, CameOfIt.TAKEN])
    wanted = select(MakeUpOffer.id).where(MakeUpOffer.session_id == session_id)
    return db.scalars(wanted.where(stands | ended_by_it).order_by(MakeUpOffer.id)).all()


def ended_with(placed: AnyRow) -> Sequence[AnyRow]:
    """What somebody was offered elsewhere until they were put on a session."""
    return db.execute(
        _OFFERS.where(
            Enrollment.participant_id == placed.participant_id,
            MakeUpOffer.id != placed.id,
            MakeUpOffer.outcome == CameOfIt.WITHDRAWN,
            MakeUpOffer.opens_at.is_not(None),
            MakeUpOffer.ended_at == placed.ended_at,
        )
    ).all()


def may_offer_again(placed: AnyRow, *, now: datetime) -> bool:
    """Whether somebody who is taken off a session had been offered a seat that is still ahead, and
    that their yes has ended."""
    theirs = [placed] if placed.opens_at is not None else ended_with(placed)
    return any(each.starts_at > now for each in theirs)


def get_row(offer_id: int) -> AnyRow:
    return or_not_found(db.execute(_OFFERS.where(MakeUpOffer.id == offer_id)).one_or_none())


def get_own(offer_id: int, participant_id: int) -> AnyRow:
    """What was offered to somebody."""
    theirs = MakeUpOffer.id == offer_id, Enrollment.participant_id == participant_id
    return or_not_found(db.execute(_OFFERS.where(*theirs)).one_or_none())


def get_shown(offer_id: int, *, scope: int | None, roster_scope: int | None) -> AnyRow:
    """An offer that somebody may withdraw: whoever could have made it."""
    row = get_row(offer_id)
    get_person(row.enrollment_id, scope=scope)
    if row.session_id is not None:
        get_place(row.enrollment_id, row.session_id, scope=scope, roster_scope=roster_scope)
    return row


def hold(offer_id: int) -> MakeUpOffer:
    """An offer as it is now, and as it stays until we are done."""
    return db.get_one(MakeUpOffer, offer_id, with_for_update=True, populate_existing=True)


def get_person(enrollment_id: int, *, scope: int | None) -> AnyRow:
    return or_not_found(next(iter(people_to_plan([enrollment_id], scope=scope)), None))


def get_place(
    enrollment_id: int, session_id: int, *, scope: int | None, roster_scope: int | None
) -> tuple[AnyRow, Session]:
    """Whom somebody may put on which session by themselves: on those that they lead who is in
    their sight, and on all of them their caseload, where they manage its rosters."""
    person = get_person(enrollment_id, scope=scope)
    session = get_session(session_id)
    if scope is not None and not (roster_scope and person.clinician_id == roster_scope):
        its = select(Session.id).where(Session.id == session_id, led_by(scope))
        or_not_found(db.scalar(its))
    return person, session


def email_of(participant_id: int) -> str | None:
    """Where somebody is written to who has signed in to their own page before; else none."""
    return db.scalar(
        select(Account.email)
        .join(Participant, Participant.account_id == Account.id)
        .where(
            Participant.id == participant_id,
            Account.is_active,
            Account.password_hash.is_not(None),
        )
    )


def is_on(session_id: int, participant_id: int, *, comes: bool = False) -> bool:
    """Whether somebody is on a session, by whichever enrollment; and `comes`, as they have not
    called it off."""
    its = select(Booking.id).join(Enrollment, Enrollment.id == Booking.enrollment_id)
    its = its.where(Booking.session_id == session_id, Enrollment.participant_id == participant_id)
    if comes:
        its = its.where(Booking.status.not_in(ANNOUNCED))
    return db.scalar(its.limit(1)) is not None


def own_at(session: Session, participant_id: int) -> Sequence[AnyRow]:
    """What somebody has on the days around a session, and comes to as far as is known."""
    return db.execute(
        select(Session.starts_at, Session.ends_at)
        .join(Booking, Booking.session_id == Session.id)
        .join(Enrollment, Enrollment.id == Booking.enrollment_id)
        .where(
            Enrollment.participant_id == participant_id,
            Session.starts_at < session.ends_at,
            Session.ends_at > session.starts_at,
            Session.id != session.id,
            ~Session.is_cancelled,
            Booking.status.not_in(ANNOUNCED),
        )
    ).all()


def has_missed(session_id: int, enrollment_id: int) -> bool:
    """Whether somebody was to come to a session."""
    its = Booking.session_id == session_id, Booking.enrollment_id == enrollment_id
    return bool(db.scalar(select(exists().where(*its))))
