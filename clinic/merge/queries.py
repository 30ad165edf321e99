"""Two records of one person: what belongs to each, and what would become of it."""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import case, func, select

from clinic.accounts.models import Account
from clinic.days import Span
from clinic.db import db
from clinic.enrollment.models import Enrollment
from clinic.enrollment.queries import enrollments_of
from clinic.feeds.models import FeedLink
from clinic.formats import counted, day_numeric, phone
from clinic.merge.rules import Belongings, Hour
from clinic.participants.models import Consent, Contact, Participant
from clinic.participants.rules import LABELS, language_name
from clinic.schedule.models import Booking, Session, Status
from clinic.schedule.rules.words import period

IS_THERE = Booking.status.in_((Status.EXPECTED, Status.PRESENT))


def hours_of(participant_ids: Collection[int]) -> dict[int, list[Hour]]:
    """Participant id to the sessions that each is expected at or was at."""
    found: dict[int, list[Hour]] = defaultdict(list)
    rows = db.execute(
        select(
            Enrollment.participant_id,
            Session.title,
            Session.day,
            Session.starts_at,
            Session.ends_at,
        )
        .join(Booking, Booking.enrollment_id == Enrollment.id)
        .join(Session, Session.id == Booking.session_id)
        .where(Enrollment.participant_id.in_(participant_ids), IS_THERE, ~Session.is_cancelled)
    )
    for row in rows:
        hour = Hour(row.title, row.day, Span(row.starts_at, row.ends_at))
        found[row.participant_id].append(hour)
    return found


def enrolled(participant_ids: Collection[int]) -> dict[int, list[Enrollment]]:
    """Participant id to the enrollments of each, with program, in their order."""
    found: dict[int, list[Enrollment]] = defaultdict(list)
    for enrollment in reversed(enrollments_of(participant_ids)):
        found[enrollment.participant_id].append(enrollment)
    return found


def belongings_of(participant: Participant) -> Belongings:
    """What would move if somebody's record were merged into another; they come with account."""
    marked = func.coalesce(func.sum(case((Booking.status != Status.EXPECTED, 1), else_=0)), 0)
    booked, with_attendance = db.execute(
        select(func.count(), marked)
        .select_from(Booking)
        .join(Enrollment, Enrollment.id == Booking.enrollment_id)
        .where(Enrollment.participant_id == participant.id)
    ).one()
    contacts, consents, links = (
        db.scalar(select(func.count()).select_from(model).where(*theirs)) or 0
        for model, theirs in (
            (Contact, [Contact.participant_id == participant.id]),
            (Consent, [Consent.participant_id == participant.id]),
            (
                FeedLink,
                [FeedLink.participant_id == participant.id, FeedLink.revoked_at.is_(None)],
            ),
        )
    )
    return Belongings(
        enrollments=[
            f"{each.program.name}, {period(each.from_on, each.until_on)}"
            for each in enrolled([participant.id])[participant.id]
        ],
        sessions=f"{counted(booked, 'booked session')}, {with_attendance} of them with attendance"
        if booked
        else "",
        contacts=counted(contacts, "contact") if contacts else "",
        consents=counted(consents, "consent") if consents else "",
        links=counted(links, "calendar link") if links else "",
        sign_in=sign_in_words(participant.account),
    )


def sign_in_words(account: Account) -> str:
    """Whether somebody signs in, and with what."""
    if not account.is_active:
        return "may not sign in"
    if account.password_hash is None:
        return "has no password yet"
    return f"signs in with {account.email}" if account.email else "has a password, but no e-mail"


def said_in(participant: Participant, field: str) -> str:
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


def all_said_in(participant: Participant) -> dict[str, str]:
    """What a record says in each field and of its sign-in, by the label of the field."""
    fields = {label: said_in(participant, field) for field, label in LABELS.items()}
    return fields | {"Sign-in": sign_in_words(participant.account)}
