from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import joinedload, selectinload

from clinic import clock
from clinic.accounts.models import Staff
from clinic.db import db
from clinic.enrollment.models import Amendment, Enrollment
from clinic.enrollment.queries import enrollments_of, get_enrollment
from clinic.enrollment.rules import (
    status_of,
    target_words,
)
from clinic.errors import NotFound
from clinic.formats import day_numeric, duration, phone, time_range
from clinic.hours import queries as hours
from clinic.hours.queries import weeks_of
from clinic.hours.rules import FLAG_WORDS
from clinic.participants.models import Consent, Contact, Participant
from clinic.participants.queries import IS_LISTED, consents_of, contacts_of
from clinic.participants.rules import consent_state, may_be_told, scope_words
from clinic.programs.models import Program
from clinic.programs.queries import home
from clinic.programs.rules import LEVELS
from clinic.records import rules
from clinic.schedule.models import RosterEntry, Series
from clinic.schedule.queries.people import in_scope
from clinic.schedule.queries.rosters import roster_of
from clinic.schedule.queries.series import most_booked, series_at
from clinic.schedule.rules.words import KINDS, meets, period, seats_words

RUNNING = frozenset({"active", "on leave"})


def condition_of(scope: int | None) -> ColumnElement[bool] | None:
    """The condition that a participant may be known to somebody; none when everyone may."""
    if scope is None:
        return None
    return Participant.id.in_(select(Enrollment.participant_id).where(in_scope(scope)))


def get_in_scope(participant_id: int, scope: int | None) -> int:
    """The id of a participant whom somebody may know of; raises `NotFound` for all others.

    For a record that was merged it is the id of the one that stays.
    """
    kept = select(Participant.merged_into_id).where(Participant.id == participant_id)
    theirs = or_(Participant.id == participant_id, Participant.id == kept.scalar_subquery())
    statement = select(Participant.id).where(theirs, IS_LISTED)
    condition = condition_of(scope)
    if condition is not None:
        statement = statement.where(condition)
    found = db.scalar(statement)
    if found is None:
        raise NotFound
    return found


def get_enrollment_in_scope(enrollment_id: int, scope: int | None) -> Enrollment:
    """An enrollment that somebody may know of; raises `NotFound` for all others."""
    enrollment = get_enrollment(enrollment_id)
    get_in_scope(enrollment.participant_id, scope)
    return enrollment


class Standing(NamedTuple):
    """Where a participant stands today."""

    programs: str
    status: str
    clinician: str
    state: str


def standings(participant_ids: Collection[int], *, now: datetime) -> dict[int, Standing]:
    """Participant id to where they stand, by their running or else latest enrollment."""
    found: dict[int, Standing] = {}
    enrollments = enrollments_of(participant_ids)
    states = _states([enrollment.id for enrollment in enrollments], now=now)
    for enrollment in enrollments:
        today = enrollment.program.site.today(now)
        status = status_of(enrollment, today)
        running = status in RUNNING
        before = found.get(enrollment.participant_id)
        if before is not None and not running:
            continue
        programs = [enrollment.program.name]
        if before is not None and before.status in RUNNING:
            programs.insert(0, before.programs)
        found[enrollment.participant_id] = Standing(
            programs=", ".join(programs),
            status=status,
            clinician=enrollment.clinician.name if enrollment.clinician else "",
            state=states.get(enrollment.id, "") if running else "",
        )
    return found


def _states(enrollment_ids: Collection[int], *, now: datetime) -> dict[int, str]:
    if not enrollment_ids:
        return {}
    week = home(now).week
    weeks = weeks_of(enrollment_ids, now=now, first=week, last=week)
    return {each.person.enrollment_id: each.hours.state.value for each in weeks}


class ContactCard(NamedTuple):
    """Somebody around a participant, and what they may be told today."""

    id: int
    name: str
    relation: str
    phone: str
    dial: str
    email: str
    is_for_emergencies: bool
    told: str
    may_be_told: bool


class ConsentCard(NamedTuple):
    id: int
    recipient: str
    purpose: str
    scope: str
    period: str
    state: str
    can_revoke: bool


class Around(NamedTuple):
    """Those around a participant, and what they allow us to tell whom."""

    contacts: list[ContactCard]
    former: list[str]
    consents: list[ConsentCard]


def around(participant_id: int, *, day: date) -> Around:
    """The contacts and consents of somebody, as of a day."""
    consents = consents_of(participant_id)
    contacts = contacts_of(participant_id)
    return Around(
        contacts=[_contact(each, consents, day) for each in contacts if each.ended_at is None],
        former=[
            " · ".join(filter(None, (each.name, each.relation)))
            for each in contacts
            if each.ended_at is not None
        ],
        consents=[_consent(each, day) for each in consents],
    )


def _contact(contact: Contact, consents: Sequence[Consent], day: date) -> ContactCard:
    told = may_be_told(consents, contact, day)
    return ContactCard(
        id=contact.id,
        name=contact.name,
        relation=contact.relation or "",
        phone=phone(contact.phone),
        dial=contact.phone or "",
        email=contact.email or "",
        is_for_emergencies=contact.is_for_emergencies,
        told=f"May be told today: {', '.join(told)}."
        if told
        else "Nothing may be told: no consent in force.",
        may_be_told=bool(told),
    )


def _consent(consent: Consent, day: date) -> ConsentCard:
    period = f"given {day_numeric(consent.given_on)}"
    if consent.expires_on is not None:
        period += f", until {day_numeric(consent.expires_on)}"
    if consent.revoked_on is not None:
        period += f", taken back {day_numeric(consent.revoked_on)}"
    return ConsentCard(
        id=consent.id,
        recipient=consent.recipient,
        purpose=consent.purpose,
        scope=", ".join(scope_words(consent.scope)),
        period=period,
        state=consent_state(consent, day),
        can_revoke=consent.revoked_on is None,
    )


SHOWN_WEEKS = timedelta(weeks=11)
AHEAD = timedelta(weeks=3)
BEHIND = timedelta(weeks=8)
SHOWN_SESSIONS = 12


class Group(NamedTuple):
    """A place on a group's roster."""

    entry_id: int
    title: str
    when: str
    period: str
    seats: str
    series_id: int


class Week(NamedTuple):
    """An enrollment's week, in minutes."""

    label: str
    state: str
    min: int
    max: int
    planned: int
    delivered: int
    unconfirmed: int
    upcoming: int
    missing: int
    flags: list[str]  # what stands beside the state


class EnrollmentCard(NamedTuple):
    id: int
    program: str
    level: str
    period: str
    status: str
    clinician: str
    target: str
    can_manage: bool
    today: date
    week: Week | None
    weeks: list[Week]
    groups: list[Group]
    choices: list[tuple[Any, str]]  # groups to put them on


class Visit(NamedTuple):
    """A session of theirs, coming or past."""

    day: date
    time: str
    title: str
    room: str
    status: str
    label: str
    delivered: str


def lived_by(participant_id: int) -> Sequence[Enrollment]:
    """All enrollments of somebody with their targets, leave and transition weeks, latest first."""
    return db.scalars(
        select(Enrollment)
        .where(Enrollment.participant_id == participant_id)
        .options(
            joinedload(Enrollment.program).joinedload(Program.site),
            joinedload(Enrollment.clinician),
            selectinload(Enrollment.targets),
            selectinload(Enrollment.leaves),
            selectinload(Enrollment.transition_weeks),
        )
        .order_by(Enrollment.from_on.desc(), Enrollment.id.desc())
    ).all()


def cards_of(
    enrollments: Sequence[Enrollment],
    *,
    with_topics: bool,
    with_hours: bool,
    to_manage: bool,
    now: datetime,
) -> list[EnrollmentCard]:
    """These enrollments with their weeks and groups, for whoever may manage them with choices."""
    ids = [enrollment.id for enrollment in enrollments]
    weeks = _weeks_of(enrollments, now=now) if with_hours else {}
    entries = _entries_of(ids)
    booked = most_booked(
        {entry.series_id for each in entries.values() for entry in each}, after=now
    )
    running_series: dict[int, Sequence[Series]] = {}
    cards = []
    for enrollment in enrollments:
        today = enrollment.program.site.today(now)
        status = status_of(enrollment, today)
        can_manage = to_manage and (status in RUNNING or status == "planned")
        site_id = enrollment.program.site_id
        if can_manage and site_id not in running_series:
            running_series[site_id] = series_at(site_id, running_on=today)
        current = [entry for entry in entries[enrollment.id] if not _is_over(entry, today)]
        theirs = weeks.get(enrollment.id, [])
        target = next(
            (one for one in reversed(enrollment.targets) if one.from_on <= today),
            enrollment.targets[0],
        )
        cards.append(
            EnrollmentCard(
                id=enrollment.id,
                program=enrollment.program.name,
                level=LEVELS[enrollment.program.level],
                period=period(enrollment.from_on, enrollment.until_on),
                status=status,
                clinician=enrollment.clinician.name if enrollment.clinician else "",
                target=target_words(target.min_minutes, target.max_minutes),
                can_manage=can_manage,
                today=today,
                week=_week(theirs[-1]) if theirs and status in RUNNING else None,
                weeks=[_week(week) for week in theirs],
                groups=[_group(entry, booked, with_topics=with_topics) for entry in current],
                choices=_choices(enrollment, running_series[site_id], current)
                if can_manage
                else [],
            )
        )
    return cards


def _weeks_of(
    enrollments: Sequence[Enrollment], *, now: datetime
) -> dict[int, list[hours.EnrollmentWeek]]:
    found: dict[int, list[hours.EnrollmentWeek]] = defaultdict(list)
    if enrollments:
        this = home(now).week
        ids = [enrollment.id for enrollment in enrollments]
        for week in hours.weeks_of(ids, now=now, first=this - SHOWN_WEEKS, last=this):
            found[week.person.enrollment_id].append(week)
    return found


def _week(each: hours.EnrollmentWeek) -> Week:
    judged = each.hours
    return Week(
        label=f"{judged.week:%b} {judged.week.day}",
        state=judged.state.value,
        min=judged.target.min_minutes,
        max=judged.target.max_minutes,
        planned=judged.balance.planned,
        delivered=judged.balance.delivered,
        unconfirmed=judged.balance.unconfirmed,
        upcoming=judged.balance.upcoming,
        missing=judged.missing,
        flags=[FLAG_WORDS[flag] for flag in judged.flags],
    )


def _entries_of(enrollment_ids: Collection[int]) -> dict[int, list[RosterEntry]]:
    found: dict[int, list[RosterEntry]] = defaultdict(list)
    for entry in roster_of(enrollment_ids):
        found[entry.enrollment_id].append(entry)
    return found


def _is_over(entry: RosterEntry, today: date) -> bool:
    ends = [day for day in (entry.until_on, entry.series.until_on) if day is not None]
    return bool(ends) and min(ends) < today


def _group(entry: RosterEntry, booked: dict[int, int], *, with_topics: bool) -> Group:
    series = entry.series
    return Group(
        entry_id=entry.id,
        title=series.title if with_topics else KINDS[series.kind],
        when=meets(series),
        period=period(entry.from_on, entry.until_on),
        seats=seats_words(booked.get(series.id, 0), series.seats),
        series_id=series.id,
    )


def _choices(
    enrollment: Enrollment, running: Sequence[Series], current: Sequence[RosterEntry]
) -> list[tuple[Any, str]]:
    """Groups that somebody is not on, those of their own program first."""
    on_already = {entry.series_id for entry in current}
    others = [series for series in running if series.id not in on_already]
    own = [series for series in others if series.program_id == enrollment.program_id]
    rest = [series for series in others if series.program_id != enrollment.program_id]
    return [
        ("", "Choose…"),
        *((series.id, f"{series.title}, {meets(series)}") for series in [*own, *rest]),
    ]


def groups_for(enrollment: Enrollment, *, now: datetime) -> list[tuple[Any, str]]:
    """The groups that an enrollment can be put on, as choices of a form."""
    today = enrollment.program.site.today(now)
    current = [entry for entry in roster_of([enrollment.id]) if not _is_over(entry, today)]
    running = series_at(enrollment.program.site_id, running_on=today)
    return _choices(enrollment, running, current)


def visits_of(
    enrollments: Sequence[Enrollment], *, with_topics: bool, now: datetime
) -> tuple[list[Visit], list[Visit]]:
    """The next sessions of these enrollments, the nearest first, and past ones, latest first."""
    ids = [enrollment.id for enrollment in enrollments]
    today = now.date()
    visits = hours.visits_of(ids, today - BEHIND, today + AHEAD)
    coming = [visit for visit in visits if visit.ends_at > now]
    past = [visit for visit in reversed(visits) if visit.ends_at <= now]
    return (
        [_visit(visit, with_topics=with_topics) for visit in coming[:SHOWN_SESSIONS]],
        [_visit(visit, with_topics=with_topics) for visit in past[:SHOWN_SESSIONS]],
    )


def _visit(visit: hours.Visit, *, with_topics: bool) -> Visit:
    return Visit(
        day=visit.day,
        time=time_range(visit.starts_at, visit.ends_at, visit.zone),
        title=visit.title if with_topics else KINDS[visit.kind],
        room=visit.room,
        status=visit.status,
        label=visit.label,
        delivered=duration(visit.delivered) if visit.delivered else "",
    )


def story_of(
    enrollments: Sequence[Enrollment], *, with_reasons: bool, now: datetime
) -> rules.Story | None:
    """The line of time of these enrollments, which are one person's and come with all their days.

    Reasons are for those who care for people, and for who checks them.
    """
    if not enrollments:
        return None
    today = enrollments[0].program.site.today(now)
    amendments = _amendments_of(enrollments)
    return rules.story(enrollments, amendments, today=today, with_reasons=with_reasons)


def _amendments_of(enrollments: Collection[Enrollment]) -> dict[int, list[rules.Amended]]:
    zones = {each.id: each.program.site.zone for each in enrollments}
    found: dict[int, list[rules.Amended]] = defaultdict(list)
    rows = db.execute(
        select(
            Amendment.enrollment_id,
            Amendment.made_at,
            Amendment.verb,
            Amendment.reason,
            Staff.name,
        )
        .outerjoin(Staff, Staff.account_id == Amendment.account_id)
        .where(Amendment.enrollment_id.in_(zones))
        .order_by(Amendment.made_at, Amendment.id)
    )
    for row in rows:
        made_on: date = clock.day_of(row.made_at, zones[row.enrollment_id])
        by = row.name or "Daybook"
        found[row.enrollment_id].append(rules.Amended(made_on, by, row.verb, row.reason))
    return found
