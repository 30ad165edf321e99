import contextlib
from datetime import date, datetime, timedelta
from itertools import cycle
from random import Random
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from clinic import clock
from clinic.absences.actions import announce
from clinic.accounts.models import Account, Staff
from clinic.accounts.queries import has_accounts
from clinic.amendments.actions import make, propose, wait
from clinic.amendments.rules import Stand
from clinic.arrivals.actions import arrive
from clinic.attendance.actions import mark
from clinic.attendance.rules import looked_at
from clinic.bookings.actions import record_history
from clinic.bookings.queries import booked_for
from clinic.codes.actions import set_join_link
from clinic.db import AnyRow, db
from clinic.demo.claimed import claim
from clinic.demo.clinic import PASSWORD, ZONE, clinic_on
from clinic.demo.closings import close_weeks
from clinic.demo.offers import MEETING, WEEKS_BACK
from clinic.demo.seats import offer_seats
from clinic.demo.sessions import (
    LEFT_OPEN,
    LEFT_UNSIGNED,
    RELIABILITY,
    SIGNED_AFTER,
    STAYS_AWAY,
    STEADY,
    Happened,
    how_present,
    is_unmarked,
    what_happened,
)
from clinic.demo.told import tell
from clinic.digest.queries import news, running
from clinic.enrollment.models import Enrollment
from clinic.errors import Refused, refuse_if
from clinic.exchange.actions import clinic_file
from clinic.exchange.models.clinic_file import ClinicFile
from clinic.feeds import actions as feeds
from clinic.feeds.rules import path_of
from clinic.held.actions import record as record_held
from clinic.held.queries import held_of
from clinic.kiosk import actions as kiosk
from clinic.kiosk.queries import devices_at
from clinic.participants.queries import find_participant
from clinic.programs.models import Kind, Organization
from clinic.programs.queries import find_clinic, find_organization, find_site
from clinic.schedule.models import (
    Booking,
    Method,
    Mode,
    Series,
    Session,
    SessionLeader,
    Status,
    Why,
)
from clinic.schedule.queries.sessions import get_session
from clinic.signing.actions import sign
from clinic.signing.queries import unsigned
from clinic.tasks.actions import finish, settle
from clinic.tasks.models import TaskOutcome, TaskState
from clinic.tasks.queries import listed
from clinic.told.actions import keep
from clinic.trail import SYSTEM, Actor

FOLLOWED_UP = 6  # days
CAME_OF_IT = (
    (TaskOutcome.SPOKEN, "The bus was late; comes by car from now on."),
    (TaskOutcome.MESSAGE_LEFT, None),
    (TaskOutcome.PLAN_CHANGED, "Moves to the evening group."),
)

MORE_THAN_ALONE = 60  # minutes
AMENDED = (
    (wait, Status.PRESENT, Why.LEARNED_LATER, "Was in the other room; both leaders remember."),
    (make, Status.EXCUSED, Why.LEARNED_LATER, "The note from the hospital came by mail."),
)
BEGAN_LATE = 25  # one session in so many
TOPICS = {
    Kind.GROUP: (
        "Warning signs, and what to do about them",
        "Riding out an urge",
        "Asking for help",
        "Setting limits with family and friends",
        "Planning the weekend",
    ),
    Kind.EDUCATION: ("Sleep and routines", "What medication does, and what it does not"),
}


class Shown(NamedTuple):
    """What somebody needs to look around."""

    sign_ins: list[tuple[str, str]]  # role and e-mail address
    password: str
    pin: str
    device_key: str
    feed_path: str


def is_empty() -> bool:
    """Whether nothing was set up yet, and nobody is about to."""
    return find_organization() is None and not has_accounts()


def build(*, password_hash: str, now: datetime) -> Shown:
    """Fill an empty database with a clinic in the middle of its work."""
    refuse_if(None if is_empty() else "There is a clinic in this database already.")
    today = clock.day_of(now, clock.zone(ZONE))
    facts = clinic_on(today)
    clinic_file.load(ClinicFile.model_validate(facts), by=SYSTEM, now=now)
    db.execute(update(Account).values(password_hash=password_hash))
    db.execute(update(Organization).values(is_demo=True))
    site = find_site("main")
    assert site is not None
    device_key = kiosk.pair(site, name="Front door", by=SYSTEM, now=now)
    doors = {site.id: Actor("kiosk", devices_at(site.id)[0].id)}
    _say_how_to_join(now)
    _live(today, doors, now=now)
    _announce(today, now=now)
    _amend(now)
    tell(today - timedelta(days=today.weekday()), now=now)
    _follow_up(now)
    close_weeks(now)
    claim(today - timedelta(days=today.weekday()), now=now)
    keep(news(running(find_clinic(), now=now)), now=now)
    somebody = find_participant("p-001")
    assert somebody is not None
    offer_seats(somebody.id, today - timedelta(days=today.weekday()), now=now)
    token = feeds.issue(somebody, by=SYSTEM, now=now)
    return Shown(
        sign_ins=[
            (person["roles"][0], person["email"])
            for person in facts["staff"]
            if person.get("active", True)
        ]
        + [("participant", facts["participants"][0]["email"])],
        password=PASSWORD,
        pin=facts["participants"][0]["pin"],
        device_key=device_key,
        feed_path=path_of(token),
    )


def _say_how_to_join(now: datetime) -> None:
    by_video = select(Session.series_id).where(Session.mode != Mode.IN_PERSON)
    for group in db.scalars(select(Series).where(Series.id.in_(by_video))):
        set_join_link(group, f"{MEETING}{group.key}", by=SYSTEM, now=now)


def _announce(today: date, *, now: datetime) -> None:
    """Have a few people say themselves that they do not come these days."""
    for key, (days, reason) in STAYS_AWAY.items():
        person = find_participant(key)
        assert person is not None
        with contextlib.suppress(Refused):  # who has nothing left to come to
            announce(
                person.id,
                first_on=today,
                last_on=today + timedelta(days=days),
                reason=reason,
                by=Actor("account", person.account_id),
                now=now,
            )


def _live(today: date, doors: dict[int, Actor], *, now: datetime) -> None:
    """Let the past weeks happen, session by session, up to this moment; `doors` are the kiosks by
    their site."""
    random = Random(today.toordinal() + 1)  # noqa: S311 - deterministic on purpose
    monday = today - timedelta(days=today.weekday())
    on_paper_until = monday - timedelta(weeks=1)  # older weeks came in from paper sheets
    leads = _leads()
    reliability: dict[int, float] = {}
    days: dict[tuple[int, date], Happened] = {}  # who misses one session misses the day
    for booking in _past_bookings(monday - timedelta(weeks=WEEKS_BACK), now):
        session, person_id = booking.session, booking.enrollment.participant_id
        number = int(booking.enrollment.participant.key[2:])
        if session.day >= on_paper_until and is_unmarked(number, session):
            continue
        share = reliability.setdefault(person_id, random.uniform(*RELIABILITY))
        day = days.setdefault((person_id, session.day), what_happened(random, share))
        door = _door(booking, doors)
        what = day if day.status is not Status.PRESENT else how_present(random)
        if number in STEADY:
            what = Happened(Status.PRESENT)
        is_left_open = session.day >= today - timedelta(days=1) and random.random() < LEFT_OPEN
        if session.day < on_paper_until:
            _write_down(booking, what, now=now)
        elif session.ends_at > now or is_left_open:
            if what.status is Status.PRESENT and _arrival(booking, what) <= now:
                _walk_in(booking, what, by=door)
        else:
            lead = leads.get(session.id)
            staff = Actor("account", lead.account_id) if lead else SYSTEM
            _record(booking, what, door=door, by=staff)
    _sign(leads, random, since=on_paper_until, now=now)


def _sign(leads: dict[int, AnyRow], random: Random, *, since: date, now: datetime) -> None:
    """Have leaders sign what is complete, but for a few, and for what ended a few hours ago."""
    for sheet in unsigned(since=since, scope=None, now=now - SIGNED_AFTER):
        lead = leads.get(sheet.id)
        if lead is None or sheet.unmarked or random.random() < LEFT_UNSIGNED:
            continue
        session, by = get_session(sheet.id), Actor("account", lead.account_id)
        signed_at = sheet.ends_at + timedelta(minutes=sheet.id % 20 + 2)
        _tell(session, by=by, now=signed_at)
        sign(
            session,
            {},
            staff_id=lead.staff_id,
            seen=looked_at(session, booked_for(sheet.id)),
            may_for_others=False,
            by=by,
            now=signed_at,
        )


def _tell(session: Session, *, by: Actor, now: datetime) -> None:
    """Have leaders of groups say what was covered, and of a few that they began late."""
    if session.kind not in TOPICS:
        return
    topics = TOPICS[session.kind]
    held = held_of(session.id)._replace(topic=topics[session.id % len(topics)])
    if session.id % BEGAN_LATE == 0:
        held = held._replace(held_from=session.starts_at + timedelta(minutes=5))
    record_held(session, held, by=by, now=now)


def _amend(now: datetime) -> None:
    """Amend one attendance that was signed, and ask for a change that a second person decides."""
    missed = db.execute(
        select(Booking.id, Booking.version, Booking.session_id, Booking.enrollment_id)
        .join(Session, Session.id == Booking.session_id)
        .where(
            Booking.signed_at.is_not(None),
            Booking.status == Status.NO_SHOW,
            Session.credit_minutes > MORE_THAN_ALONE,
        )
        .order_by(Session.starts_at.desc(), Booking.id)
        .limit(len(AMENDED))
    )
    leads = _leads()
    for row, (do, status, why, words) in zip(missed.all(), AMENDED, strict=False):
        session, lead = get_session(row.session_id), leads[row.session_id]
        which = {"booking_id": row.id, "version": row.version, "why": why, "words": words}
        proposal = propose(session, row.enrollment_id, Stand(status), **which, now=now)
        do(session, proposal, by=Actor("account", lead.account_id), now=now)


def _past_bookings(first: date, now: datetime) -> list[Booking]:
    return list(
        db.scalars(
            select(Booking)
            .join(Booking.session)
            .where(Session.starts_at <= now, Session.day >= first, ~Session.is_cancelled)
            .options(
                joinedload(Booking.session).joinedload(Session.site),
                joinedload(Booking.enrollment).joinedload(Enrollment.participant),
            )
            .order_by(Session.starts_at, Session.id, Booking.id)
        )
    )


def _leads() -> dict[int, AnyRow]:
    """Who marks and signs the sheet of each session: rows of staff_id and account_id."""
    rows = db.execute(
        select(SessionLeader.session_id, SessionLeader.staff_id, Staff.account_id)
        .join(Staff, Staff.id == SessionLeader.staff_id)
        .where(SessionLeader.position == 0)
    )
    return {row.session_id: row for row in rows}


def _write_down(booking: Booking, what: Happened, *, now: datetime) -> None:
    record_history(
        booking,
        status=what.status,
        arrived_at=_arrival(booking, what) if what.late else None,
        left_at=_departure(booking, what),
        reason=None,
        by=SYSTEM,
        now=now,
    )


def _record(booking: Booking, what: Happened, *, door: Actor, by: Actor) -> None:
    if what.status is Status.PRESENT:
        _walk_in(booking, what, by=door)
        if not what.early:
            return
    db.refresh(booking)  # the session before may have carried them on to this one
    mark(
        booking,
        status=what.status,
        arrived_at=booking.arrived_at if what.status is Status.PRESENT else None,
        left_at=_departure(booking, what),
        version=booking.version,
        by=by,
        now=booking.session.ends_at,
    )


def _door(booking: Booking, doors: dict[int, Actor]) -> Actor:
    """Who checks somebody in: they themselves where a session is joined by video."""
    if booking.session.mode is Mode.VIRTUAL:
        return Actor("account", booking.enrollment.participant.account_id)
    return doors.get(booking.session.site_id, SYSTEM)


def _walk_in(booking: Booking, what: Happened, *, by: Actor) -> None:
    at = _arrival(booking, what)
    is_joined = booking.session.mode is Mode.VIRTUAL
    with contextlib.suppress(Refused):  # somebody who was marked absent the session before
        arrive(
            booking.enrollment.participant_id,
            booking.session.site,
            at=at,
            method=Method.PHONE if is_joined else Method.KIOSK,
            among={booking.session_id} if is_joined else None,
            by=by,
            now=at,
        )


def _arrival(booking: Booking, what: Happened) -> datetime:
    """When they came: late, or some minutes before the start, a little otherwise each time."""
    start = booking.session.starts_at
    if what.late:
        return start + timedelta(minutes=what.late)
    return start - timedelta(minutes=booking.id * 7 % 13 + 1)


def _departure(booking: Booking, what: Happened) -> datetime | None:
    return booking.session.ends_at - timedelta(minutes=what.early) if what.early else None


def _follow_up(now: datetime) -> None:
    """Have the tasks of the last days raised as they came up, and some of them done."""
    for days in range(FOLLOWED_UP, -1, -1):
        settle(now - timedelta(days=days))
    done = cycle(CAME_OF_IT)
    for row in listed(TaskState.OPEN, scope=None)[::3]:
        member = db.get(Staff, row.owner_id) if row.owner_id else None
        by = Actor("account", member.account_id) if member else SYSTEM
        outcome, words = next(done)
        finish(row.id, outcome=outcome, words=words, scope=None, by=by, now=now)
