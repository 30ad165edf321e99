from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from clinic.accounts.models import Staff
from clinic.attendance.rules import by_call, calls_ahead, pulse
from clinic.bookings.queries import ANNOUNCED, ARRIVED, MARKED, UNDONE
from clinic.codes.models import PhoneEvent
from clinic.codes.queries import PHONE_CHECK_IN
from clinic.days import DAY
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment
from clinic.errors import or_not_found
from clinic.formats import told_apart
from clinic.names import sort_key
from clinic.participants.models import Participant
from clinic.participants.queries import TO_TELL_APART
from clinic.programs.models import Measure, Organization, Program, Room, Rule, RuleSet, Site
from clinic.schedule.models import Booking, SeriesPlan, Session, SessionLeader, SignOff
from clinic.schedule.queries.bookings import STANDS, bookings_of
from clinic.schedule.queries.series import is_plan_of
from clinic.schedule.queries.staff import led_by
from clinic.trail import Actor, TrailEvent

FARTHEST = timedelta(days=366)  # ahead, that somebody is called off


def get_booking(session_id: int, booking_id: int | None, *, scope: int | None) -> Booking:
    """A booking on the sheet of that session, with whose it is and where."""
    statement = (
        select(Booking)
        .join(Booking.session)
        .where(Booking.id == booking_id, Booking.session_id == session_id)
        .options(
            joinedload(Booking.session).joinedload(Session.site),
            joinedload(Booking.enrollment).joinedload(Enrollment.participant),
        )
    )
    if scope is not None:
        statement = statement.where(led_by(scope))
    return or_not_found(db.scalars(statement).one_or_none())


def get_session(session_id: int, *, scope: int | None) -> Session:
    statement = select(Session).where(Session.id == session_id)
    if scope is not None:
        statement = statement.where(led_by(scope))
    return or_not_found(db.scalars(statement).one_or_none())


_SESSION = (
    select(
        Session.id,
        Session.title,
        Session.kind,
        Session.day,
        Session.starts_at,
        Session.ends_at,
        Session.seats,
        Session.is_cancelled,
        Session.cancel_reason,
        Session.series_id,
        Session.site_id,
        Session.is_changed_by_hand,
        Session.held_from,
        Session.held_until,
        Session.topic,
        Program.population,
        RuleSet.id.label("rule_set_id"),
        RuleSet.name.label("rule_set"),
        SeriesPlan.starts.label("planned_start"),
        SeriesPlan.ends.label("planned_end"),
        Site.timezone,
        Site.name.label("site_name"),
        Organization.name.label("clinic_name"),
        Room.name.label("room"),
        Session.grace_minutes,
        Session.mode,
        PHONE_CHECK_IN.label("phone_check_in"),
        Organization.doors_minutes,
        Organization.notice_hours,
        Organization.asks_identity,
    )
    .join(Site, Site.id == Session.site_id)
    .join(Program, Program.id == Session.program_id)
    .join(Organization, Organization.id == 1)
    .outerjoin(RuleSet, RuleSet.id == Program.rule_set_id)
    .outerjoin(SeriesPlan, is_plan_of(Session.series_id, Session.planned_on))
    .outerjoin(Room, Room.id == Session.room_id)
    .where(Session.id == bindparam("session_id"))
)
_LEADERS = (
    select(Staff.name, SessionLeader.has_led, SessionLeader.stood_in)
    .join(SessionLeader, SessionLeader.staff_id == Staff.id)
    .where(SessionLeader.session_id == bindparam("session_id"))
    .order_by(SessionLeader.position)
)
_ON_SHEETS = (
    select(
        Booking.id,
        Booking.session_id,
        Booking.version,
        *STANDS,
        Booking.seat_no,
        Booking.took_part,
        Booking.identified_by,
        Booking.roster_entry_id,
        *TO_TELL_APART,
    )
    .join(Enrollment, Enrollment.id == Booking.enrollment_id)
    .join(Participant, Participant.id == Enrollment.participant_id)
)
_ROWS = _ON_SHEETS.where(Booking.session_id == bindparam("session_id"))


def sheet_of(
    session_id: int, scope: int | None
) -> tuple[AnyRow, Sequence[AnyRow], Sequence[AnyRow]]:
    """All that the sheet of a session shows: the session, its leaders, the lead first, and
    a row for each of its bookings. `scope` is whoever must be leading it."""
    statement = _SESSION if scope is None else _SESSION.where(led_by(scope))
    row = db.execute(statement, {"session_id": session_id}).one_or_none()
    return (
        or_not_found(row),
        db.execute(_LEADERS, {"session_id": session_id}).all(),
        sorted(db.execute(_ROWS, {"session_id": session_id}), key=_place),
    )


def held_on(session_ids: Collection[int]) -> dict[int, AnyRow]:
    """Session id to its topic, and when it was really held: rows of id and these."""
    columns = Session.id, Session.held_from, Session.held_until, Session.topic
    rows = db.execute(select(*columns).where(Session.id.in_(session_ids)))
    return {row.id: row for row in rows}


def signatures_on(session_ids: Collection[int]) -> dict[int, list[SignOff]]:
    """Session id to the signatures on its sheet, the first one first."""
    found: dict[int, list[SignOff]] = {each: [] for each in session_ids}
    of_them = select(SignOff).where(SignOff.session_id.in_(session_ids))
    for one in db.scalars(of_them.order_by(SignOff.is_second)):
        found[one.session_id].append(one)
    return found


_FIGURES = select(Rule).where(
    Rule.rule_set_id == bindparam("rule_set_id"),
    Rule.measure.in_([Measure.SEATS_MIN, Measure.SEATS_MAX]),
)


def seat_figures(rule_set_id: int | None) -> Sequence[Rule]:
    """What a rule set says of how many may be in a session."""
    if rule_set_id is None:
        return ()
    return db.scalars(_FIGURES, {"rule_set_id": rule_set_id}).all()


_PULSE = (
    select(
        Session.starts_at,
        Session.ends_at,
        Session.seats,
        Session.is_cancelled,
        Session.held_from,
        Session.held_until,
        Session.topic,
        Organization.doors_minutes,
        select(func.count())
        .where(SessionLeader.session_id == Session.id, SessionLeader.has_led.is_(True))
        .scalar_subquery()
        .label("led"),
        select(func.count())
        .where(PhoneEvent.session_id == Session.id)
        .scalar_subquery()
        .label("phones"),
        func.count(Booking.id).label("rows"),
        func.coalesce(func.sum(Booking.id), 0).label("ids"),
        func.coalesce(func.sum(Booking.version), 0).label("versions"),
    )
    .select_from(Session)
    .join(Organization, Organization.id == 1)
    .outerjoin(Booking, Booking.session_id == Session.id)
    .where(Session.id == bindparam("session_id"))
    .group_by(Session.id, Organization.id)
)


def pulse_of(session_id: int, scope: int | None, *, now: datetime) -> str:
    """What is another as soon as something on a sheet is: one statement, whoever asks how often."""
    statement = _PULSE if scope is None else _PULSE.where(led_by(scope))
    row = or_not_found(db.execute(statement, {"session_id": session_id}).one_or_none())
    on_it = row.rows, int(row.ids), int(row.versions)
    return pulse(row, *on_it, led=row.led, phones=row.phones, now=now)


def rows_on(session_ids: Collection[int]) -> dict[int, list[AnyRow]]:
    """Session id to the rows of its sheet, in their order."""
    found: dict[int, list[AnyRow]] = {each: [] for each in session_ids}
    rows = db.execute(_ON_SHEETS.where(Booking.session_id.in_(session_ids)))
    for row in sorted(rows, key=_place):
        found[row.session_id].append(row)
    return found


def _place(row: AnyRow) -> tuple[str, str, int]:
    """Where somebody stands on the sheet: by what they are called there, or it reads as if in no
    order."""
    return sort_key(row.preferred_name or row.name), sort_key(row.name), row.id


_mark, _undo = aliased(TrailEvent), aliased(TrailEvent)
_LATEST = (
    select(_mark.act)
    .where(
        _mark.subject_kind == Booking.__tablename__,
        _mark.subject_id.in_(
            select(Booking.id).where(Booking.session_id == bindparam("session_id"))
        ),
        _mark.verb == MARKED,
        _mark.actor_kind == bindparam("kind"),
        _mark.actor_id == bindparam("actor_id"),
        ~exists().where(_undo.act == _mark.act, _undo.verb == UNDONE),
    )
    .order_by(_mark.id.desc())
    .limit(1)
)
_CHANGE = select(TrailEvent.act, TrailEvent.subject_id, TrailEvent.facts).where(
    TrailEvent.act == _LATEST.scalar_subquery(), TrailEvent.verb == MARKED
)


def last_change(session_id: int, actor: Actor) -> Sequence[AnyRow]:
    """The last thing that somebody did on a sheet in one go and that has not been undone.

    Rows of act, subject_id and facts, one for each booking; none when there is nothing to undo.
    """
    values = {"session_id": session_id, "kind": actor.kind, "actor_id": actor.id}
    return db.execute(_CHANGE, values).all()


_LATEST_OF = (
    select(_mark.act)
    .where(
        _mark.subject_kind == Booking.__tablename__,
        _mark.subject_id.in_(
            select(Booking.id)
            .join(Enrollment, Enrollment.id == Booking.enrollment_id)
            .where(Enrollment.participant_id == bindparam("participant_id"))
        ),
        _mark.verb.in_([ARRIVED, ANNOUNCED]),
        _mark.act.is_not(None),
        _mark.actor_kind == bindparam("kind"),
        _mark.actor_id == bindparam("actor_id"),
        ~exists().where(_undo.act == _mark.act, _undo.verb == UNDONE),
    )
    .order_by(_mark.id.desc())
    .limit(1)
)
_CALL = select(TrailEvent.act, TrailEvent.verb, TrailEvent.subject_id, TrailEvent.facts).where(
    TrailEvent.act == _LATEST_OF.scalar_subquery()
)


def last_call(participant_id: int, actor: Actor) -> Sequence[AnyRow]:
    """The last arrival or announced absence of somebody that this one noted, and has not undone.

    Rows of act, verb, subject_id and facts, one for each booking.
    """
    values = {"participant_id": participant_id, "kind": actor.kind, "actor_id": actor.id}
    return db.execute(_CALL, values).all()


def announced(booking_ids: Collection[int], *, by: Actor | None = None) -> dict[int, AnyRow]:
    """Booking id to the absence that this one, or anybody, announced, where nothing has happened
    to it since.

    Rows of act, subject_id and facts.
    """
    later = aliased(TrailEvent)
    statement = select(TrailEvent.act, TrailEvent.subject_id, TrailEvent.facts).where(
        TrailEvent.subject_kind == Booking.__tablename__,
        TrailEvent.subject_id.in_(booking_ids),
        TrailEvent.verb == ANNOUNCED,
        ~exists().where(
            later.subject_kind == Booking.__tablename__,
            later.subject_id == TrailEvent.subject_id,
            later.id > TrailEvent.id,
        ),
    )
    if by is not None:
        statement = statement.where(TrailEvent.actor_kind == by.kind, TrailEvent.actor_id == by.id)
    return {row.subject_id: row for row in db.execute(statement)}


def calls_of(
    enrollment_ids: Collection[int], today: date, *, by: Actor | None = None, now: datetime
) -> dict[str, list[AnyRow]]:
    """What somebody was called off in and could still come to, by the act of this one, or of
    anybody, that did."""
    rows = calls_ahead(bookings_of(enrollment_ids, today - DAY, today + FARTHEST), now=now)
    return by_call(rows, announced([row.booking_id for row in rows], by=by)) if rows else {}


def has_announced(act: str, by: Actor) -> bool:
    """Whether this one announced absences in that act, whatever has become of them."""
    its = TrailEvent.act == act, TrailEvent.verb == ANNOUNCED
    theirs = TrailEvent.actor_kind == by.kind, TrailEvent.actor_id == by.id
    return bool(db.scalar(select(exists().where(*its, *theirs))))


def names_on(session_id: int, others: Collection[int] = ()) -> dict[int, str]:
    """Booking id to what its person is called on the sheet of that session; those of `others` too.

    An act on a sheet reaches bookings of the same people elsewhere.
    """
    rows = db.execute(
        select(
            Booking.id,
            *TO_TELL_APART,
        )
        .join(Enrollment, Enrollment.id == Booking.enrollment_id)
        .join(Participant, Participant.id == Enrollment.participant_id)
        .where(or_(Booking.session_id == session_id, Booking.id.in_(others)))
    ).all()
    names = told_apart(rows)
    return {row.id: names[row.participant_id] for row in rows}
