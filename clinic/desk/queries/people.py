from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, or_, select

from clinic.accounts.models import Account, Staff
from clinic.db import db
from clinic.enrollment.models import Enrollment
from clinic.enrollment.queries import enrollments_of
from clinic.enrollment.rules import is_away, status_on
from clinic.errors import NotFound
from clinic.formats import day_numeric, phone
from clinic.hours.queries import weeks_of
from clinic.participants.models import Consent, Contact, Participant
from clinic.participants.queries import IS_LISTED, consents_of, contacts_of
from clinic.participants.rules.consents import may_be_told, scope_words, state
from clinic.permissions import Role
from clinic.programs.queries import home
from clinic.schedule.queries.people import in_scope

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
        status = status_on(
            today,
            from_on=enrollment.from_on,
            until_on=enrollment.until_on,
            outcome=enrollment.outcome,
            is_on_leave=is_away(enrollment.leaves, today),
        )
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
        state=state(consent, day),
        can_revoke=consent.revoked_on is None,
    )


def clinicians() -> list[Staff]:
    """Staff who may be somebody's primary clinician, by name."""
    return [
        staff
        for staff, account in db.execute(
            select(Staff, Account)
            .join(Account, Account.id == Staff.account_id)
            .where(Account.is_active)
            .order_by(Staff.name)
        )
        if Role.CLINICIAN in account.roles
    ]
