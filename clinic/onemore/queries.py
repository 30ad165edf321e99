"""Whose week lacks minutes, and what could be planned for them: as many statements for all."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, or_, select, union
from sqlalchemy.orm import aliased

from clinic.days import DAY, Range, Span
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment
from clinic.hours.queries import EnrollmentWeek
from clinic.makeups.queries import booked_of, place, with_free
from clinic.makeups.rules import seekers
from clinic.onemore.rules import Chance, Hall, Person, times
from clinic.programs.models import Kind, Measure, Program, Room, Rule, Site
from clinic.programs.queries import closures_of
from clinic.programs.rules import figure
from clinic.schedule.models import ANNOUNCED, Booking, SeatHold, Session, SessionLeader
from clinic.schedule.queries.bookings import SEATS_TAKEN
from clinic.schedule.queries.free_times import spans_of_rooms
from clinic.schedule.queries.offers import leaders_to_offer, rooms_to_offer
from clinic.schedule.queries.people import busy_of, leaves_of
from clinic.schedule.queries.staff import AROUND, hours_of, lead_of, time_off_of
from clinic.schedule.rules.availability import working_hours
from clinic.schedule.rules.sessions import closure_on
from clinic.schedule.rules.slots import free_of, spans_on
from clinic.schedule.rules.words import ONE_TO_ONE

MINUTE = timedelta(minutes=1)
AHEAD = timedelta(hours=2)  # who is to come is asked first, and has to get there


def people_short(weeks: Collection[EnrollmentWeek], days: Range, *, now: datetime) -> list[Person]:
    """Those whose weeks, of these, lack minutes, and when they cannot come on its days."""
    short = {each.enrollment_id: each for each in weeks if each.hours.missing}
    if not short:
        return []
    first, last = days
    assert last is not None
    rows = db.execute(
        select(Enrollment.id, Enrollment.from_on, Enrollment.until_on).where(
            Enrollment.id.in_(short)
        )
    )
    busy: dict[int, set[Span]] = defaultdict(set)
    for row in booked_of(short, first, last, now=now):
        busy[row.enrollment_id].add(Span(row.starts_at, row.ends_at))
    for enrollment_id, *span in db.execute(  # a seat that is held for them may be theirs soon
        select(SeatHold.enrollment_id, Session.starts_at, Session.ends_at)
        .join(Session, Session.id == SeatHold.session_id)
        .where(SeatHold.enrollment_id.in_(short))
    ):
        busy[enrollment_id].add(Span(*span))
    off = _days_off(short, days)
    found = seekers(
        [
            (row.id, short[row.id].program.id, short[row.id].program.site_id, Range(*row[1:]))
            for row in rows
        ],
        (),
        days=days,
        others={},
        leaves=leaves_of(short),
        unavailable=busy_of(short),
    )
    return [
        Person(
            enrollment_id,
            each.participant_id,
            each.name,
            each.clinician_id,
            each.program.id,
            each.program.site_id,
            each.hours.missing,
            tuple(sorted(busy[enrollment_id])),
            found[enrollment_id].unavailable,
            found[enrollment_id].away | off[enrollment_id],
        )
        for enrollment_id, each in short.items()
    ]


def _days_off(enrollment_ids: Collection[int], days: Range) -> dict[int, set[date]]:
    """The days of which they have called something off, in whatever enrollment: nobody counts on
    them then, at another hour either."""
    asked = aliased(Enrollment)
    rows = db.execute(
        select(asked.id, Session.day)
        .join(Enrollment, Enrollment.participant_id == asked.participant_id)
        .join(Booking, Booking.enrollment_id == Enrollment.id)
        .join(Session, Session.id == Booking.session_id)
        .where(
            asked.id.in_(enrollment_ids),
            Session.day.between(*days),
            ~Session.is_cancelled,
            Booking.status.in_(ANNOUNCED),
        )
    )
    found: dict[int, set[date]] = defaultdict(set)
    for enrollment_id, day in rows:
        found[enrollment_id].add(day)
    return found


def new_sessions(
    site: Site, days: Range, programs: Collection[Program], *, now: datetime
) -> list[Chance]:
    """The groups that could be planned at a site for these programs, from soon on."""
    first, last = days
    assert last is not None
    taken = spans_of_rooms(site.id, first, last)
    halls = [Hall(row.id, row.seats, taken.get(row.id, [])) for row in rooms_to_offer(site.id)]
    counted = [one for one in programs if one.is_active and Kind.GROUP in one.counted_kinds]
    if not (halls and counted and site.is_active):
        return []
    most = _most_seats(counted)
    largest = max(hall.seats for hall in halls)
    closures = closures_of(site.id)
    leaders = _leaders(site, first, last, now=now)
    free_on = {
        day: free
        for number in range((last - first).days + 1)
        if not closure_on(day := first + number * DAY, closures)
        if (free := leaders(day))
    }
    return [
        Chance(
            program.id,
            site.id,
            False,
            day,
            *span,
            at,
            (span.ends_at - span.starts_at) // MINUTE,
            min(max(seats for _, seats in rooms), most(program, 1) or largest),
            rooms,
            who,
        )
        for day, free in free_on.items()
        for span, at, rooms, who in times(day, free, halls, at=site.zone)
        for program in counted
    ]


def full_sessions(
    site: Site, days: Range, programs: Collection[Program], *, now: datetime
) -> list[Chance]:
    """The sessions of a site that could have a seat more: full now, in a room that has it, and not
    with as many already as the rule set allows."""
    count = (
        select(func.count())
        .where(SessionLeader.session_id == Session.id)
        .correlate(Session)
        .scalar_subquery()
    )
    columns = (
        Session.id,
        Session.week,
        Session.day,
        Session.starts_at,
        Session.ends_at,
        Session.credit_minutes,
        Session.kind,
        Session.seats,
    )
    rows = db.execute(
        with_free(select(*columns), Session.seats - SEATS_TAKEN)
        .add_columns(lead_of(), count.label("leaders"))
        .where(
            Session.site_id == site.id,
            Session.day.between(*days),
            Session.starts_at > now,
            Session.is_counted,
            ~Session.is_cancelled,
            Session.credit_minutes > 0,
            Session.kind.not_in(ONE_TO_ONE),
            Session.seats <= SEATS_TAKEN,
            or_(Room.id.is_(None), Room.seats > Session.seats),
        )
        .order_by(Session.starts_at, Session.id)
    ).all()
    by_id = {one.id: one for one in programs}
    most = _most_seats(programs)

    def has_a_seat_more(row: AnyRow) -> bool:
        program = by_id.get(row.program_id)
        allowed = most(program, row.leaders, row.kind) if program else None
        return allowed is None or row.seats < allowed

    return [
        Chance(
            there.program_id,
            there.site_id,
            there.is_open,
            there.day,
            there.starts_at,
            there.ends_at,
            there.at,
            there.credit,
            1,
            session=row,
        )
        for row in rows
        if has_a_seat_more(row)
        for there in [place(row)]
    ]


def _most_seats(programs: Collection[Program]) -> Any:
    """What the rule set of a program allows in a session of a kind with so many leaders."""
    rules: dict[int, list[Rule]] = defaultdict(list)
    ids = {one.rule_set_id for one in programs}
    for rule in db.scalars(select(Rule).where(Rule.rule_set_id.in_(ids)).order_by(Rule.id)):
        rules[rule.rule_set_id].append(rule)

    def most(program: Program, leaders: int, kind: Kind = Kind.GROUP) -> int | None:
        its = rules[program.rule_set_id or 0]
        about: dict[str, Any] = {"population": program.population, "kind": kind}
        return figure(its, Measure.SEATS_MAX, leaders=leaders, **about)

    return most


def _leaders(site: Site, first: date, last: date, *, now: datetime) -> Any:
    """Who works at a site, by name, and when they are free to lead on a day, from soon on.

    Not on days on which they lead elsewhere.
    """
    led = (
        select(SessionLeader.staff_id)
        .join(Session, Session.id == SessionLeader.session_id)
        .where(
            Session.site_id == site.id,
            Session.starts_at.between(now - AROUND, now + AROUND),
            ~Session.is_cancelled,
        )
    )
    cared_for = (
        select(Enrollment.clinician_id)
        .join(Program, Program.id == Enrollment.program_id)
        .where(
            Program.site_id == site.id,
            or_(Enrollment.until_on.is_(None), Enrollment.until_on >= site.today(now)),
        )
    )
    works_here = set(db.scalars(union(led, cared_for)))
    ids = [row.id for row in leaders_to_offer() if row.id in works_here]
    busy: Mapping[int, list[Span]] = defaultdict(list)
    elsewhere = set()
    for row in db.execute(
        select(
            SessionLeader.staff_id,
            Session.starts_at,
            Session.ends_at,
            Session.day,
            Session.site_id,
        )
        .join(Session, Session.id == SessionLeader.session_id)
        .where(
            SessionLeader.staff_id.in_(ids),
            Session.day.between(first - DAY, last + DAY),
            ~Session.is_cancelled,
        )
    ):
        busy[row.staff_id].append(Span(row.starts_at, row.ends_at))
        if row.site_id != site.id:
            elsewhere.add((row.staff_id, row.day))
    hours, off = hours_of(ids), time_off_of(ids)
    past = Span(datetime.combine(first - DAY, time.min, UTC), now + AHEAD)

    def free(day: date) -> dict[int, Sequence[Span]]:
        here = (
            each
            for each in ids
            if (each, day) not in elsewhere and not any(one.covers(day) for one in off[each])
        )
        return {
            each: free_of(spans_on(day, working_hours(hours[each]), site.zone), [past, *busy[each]])
            for each in here
        }

    return free
