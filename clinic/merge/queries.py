"""Two records of one person: what belongs to each, and what would become of it."""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import ColumnElement, case, func, select

from clinic.accounts.models import Account
from clinic.db import AnyRow, Base, db
from clinic.enrollment.models import Enrollment
from clinic.enrollment.queries import enrollments_of
from clinic.feeds.models import FeedLink
from clinic.formats import counted, day_numeric, phone
from clinic.participants.models import Consent, Contact, Participant
from clinic.participants.rules import LABELS, language_name
from clinic.schedule.models import Booking, Session, Status
from clinic.schedule.queries.staff import lead_of
from clinic.schedule.rules.words import period

IS_THERE = Booking.status.in_((Status.EXPECTED, Status.PRESENT))


def sessions_of(participant_ids: Collection[int]) -> dict[int, list[AnyRow]]:
    """Participant id to the sessions that each is expected at or was at: title, kind,
    lead, day, starts_at, ends_at."""
    found: dict[int, list[AnyRow]] = defaultdict(list)
    for row in db.execute(
        select(
            Enrollment.participant_id,
            Session.title,
            Session.kind,
            lead_of(),
            Session.day,
            Session.starts_at,
            Session.ends_at,
        )
        .join(Booking, Booking.enrollment_id == Enrollment.id)
        .join(Session, Session.id == Booking.session_id)
        .where(Enrollment.participant_id.in_(participant_ids), IS_THERE, ~Session.is_cancelled)
    ):
        found[row.participant_id].append(row)
    return found


def enrolled(participant_ids: Collection[int]) -> dict[int, list[Enrollment]]:
    """Participant id to the enrollments of each, with program, in their order."""
    found: dict[int, list[Enrollment]] = defaultdict(list)
    for enrollment in reversed(enrollments_of(participant_ids)):
        found[enrollment.participant_id].append(enrollment)
    return found


def belongings_of(participant_id: int) -> list[str]:
    """What would move if a record were merged into another, in words."""
    marked = func.coalesce(func.sum(case((Booking.status != Status.EXPECTED, 1), else_=0)), 0)
    booked, with_attendance = db.execute(
        select(func.count(), marked)
        .select_from(Booking)
        .join(Enrollment, Enrollment.id == Booking.enrollment_id)
        .where(Enrollment.participant_id == participant_id)
    ).one()
    sessions = f"{counted(booked, 'booked session')}, {with_attendance} of them with attendance"
    contacts = _number(Contact, Contact.participant_id == participant_id)
    consents = _number(Consent, Consent.participant_id == participant_id)
    return [
        *(
            f"{each.program.name}, {period(each.from_on, each.until_on)}"
            for each in enrolled([participant_id])[participant_id]
        ),
        *([sessions] if booked else []),
        *([counted(contacts, "contact")] if contacts else []),
        *([counted(consents, "consent")] if consents else []),
    ]


def links_of(participant_id: int) -> str:
    """The calendar links of a record that still show something, in words; empty for none."""
    links = _number(
        FeedLink, FeedLink.participant_id == participant_id, FeedLink.revoked_at.is_(None)
    )
    return counted(links, "calendar link") if links else ""


def _number(of: type[Base], *where: ColumnElement[bool]) -> int:
    return db.scalar(select(func.count()).select_from(of).where(*where)) or 0


def sign_in_words(account: Account) -> str:
    """Whether somebody signs in, and with what."""
    if not account.is_active:
        return "may not sign in"
    if account.password_hash is None:
        return "has no password yet"
    return f"signs in with {account.email}" if account.email else "has a password, but no e-mail"


def fact_in_words(participant: Participant, field: str) -> str:
    """What a record says in a field, as people read it; they come with account."""
    match field:
        case "email":
            return participant.account.email or "none"
        case "pin":
            return f"the PIN of {participant.key}" if participant.pin_digest else "no PIN"
        case "birth_on":
            return day_numeric(participant.birth_on) if participant.birth_on else "not known"
        case "phone":
            return phone(participant.phone) or "none"
        case "language":
            return language_name(participant.language) or "not known"
        case _:
            return getattr(participant, field) or "none"


def record_in_words(participant: Participant) -> dict[str, str]:
    """What a record says in each field and of its sign-in, by the label of the field."""
    fields = {label: fact_in_words(participant, field) for field, label in LABELS.items()}
    return fields | {"Sign-in": sign_in_words(participant.account)}
