"""The clinic as a clinic file has it: what brings the same clinic into an empty database."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from clinic.accounts.models import Staff
from clinic.authorizations.models import Certification
from clinic.coverage.models import Authorization
from clinic.db import db
from clinic.enrollment.models import Enrollment
from clinic.exchange.rules import content
from clinic.exchange.rules.words import Entry
from clinic.participants.models import Consent, Contact, Participant
from clinic.programs.models import Closure, Program, RuleSet, Site
from clinic.programs.queries import get_organization
from clinic.schedule.models import (
    Booking,
    RosterEntry,
    Series,
    SeriesLeader,
    SeriesPlan,
    Session,
    SessionLeader,
)
from clinic.schedule.rules.series import plan_on


def clinic_content() -> Entry:
    """Every list in the order in which its things came to be; raises `NotFound` before any did."""
    organization = get_organization()
    lists = {
        "sites": [content.site(one) for one in _all(Site, selectinload(Site.rooms))],
        "staff": [content.staff(one) for one in _staff()],
        "rule_sets": _rule_sets(),
        "programs": [content.program(one) for one in _programs()],
        "series": [content.series(one) for one in _series()],
        "closures": _closures(),
        "participants": _participants(),
        "enrollments": _enrollments(),
        "meetings": _meetings(),
        "sessions": _one_offs(),
    }
    return {"clinic": 1, "organization": content.organization(organization)} | {
        name: entries for name, entries in lists.items() if entries
    }


def _all(model: Any, *options: Any, only: Any = True) -> Sequence[Any]:
    found = select(model).where(only).options(*options).order_by(model.id)
    return db.scalars(found).all()


def _staff() -> Sequence[Staff]:
    return _all(
        Staff,
        joinedload(Staff.account),
        selectinload(Staff.working_hours),
        selectinload(Staff.time_off),
    )


def _rule_sets() -> list[Entry]:
    """Those of the clinic's own: the others come with the product."""
    keys = dict(db.execute(select(RuleSet.id, RuleSet.key)).all())
    own = _all(RuleSet, selectinload(RuleSet.rules), only=~RuleSet.is_provided)
    return [content.rule_set(one, keys.get(one.copied_from_id)) for one in own]


def _programs() -> Sequence[Program]:
    return _all(
        Program,
        joinedload(Program.site),
        joinedload(Program.rule_set),
        selectinload(Program.mix),
    )


def _series() -> Sequence[Series]:
    return _all(
        Series,
        joinedload(Series.program),
        selectinload(Series.plans).options(
            joinedload(SeriesPlan.room),
            selectinload(SeriesPlan.leaders).joinedload(SeriesLeader.staff),
        ),
    )


def _closures() -> list[Entry]:
    keys = dict(db.execute(select(Site.id, Site.key)).all())
    return [content.closure(one, keys[one.site_id]) for one in _all(Closure)]


def _participants() -> list[Entry]:
    """Those who are somebody still: what was merged is the other one's."""
    contacts: dict[int, list[Contact]] = defaultdict(list)
    for contact in _all(Contact, only=Contact.ended_at.is_(None)):
        contacts[contact.participant_id].append(contact)
    consents: dict[int, list[Consent]] = defaultdict(list)
    for consent in _all(Consent):
        consents[consent.participant_id].append(consent)
    people = _all(
        Participant,
        joinedload(Participant.account),
        only=Participant.merged_into_id.is_(None),
    )
    return [content.participant(one, contacts[one.id], consents[one.id]) for one in people]


def _enrollments() -> list[Entry]:
    keys = dict(db.execute(select(Enrollment.id, Enrollment.key)).all())
    entries: dict[int, list[RosterEntry]] = defaultdict(list)
    for entry in _all(RosterEntry, joinedload(RosterEntry.series)):
        entries[entry.enrollment_id].append(entry)
    authorizations, certifications = _by_enrollment(Authorization), _by_enrollment(Certification)
    everyone = _all(
        Enrollment,
        joinedload(Enrollment.participant),
        joinedload(Enrollment.program),
        joinedload(Enrollment.clinician),
        selectinload(Enrollment.targets),
        selectinload(Enrollment.leaves),
        selectinload(Enrollment.transition_weeks),
        selectinload(Enrollment.unavailabilities),
    )
    return [
        content.enrollment(
            one,
            participant_key=one.participant.key,
            continues=keys.get(one.continues_id),
            entries=entries[one.id],
            authorizations=authorizations.get(one.id, ()),
            certifications=certifications.get(one.id, ()),
        )
        for one in everyone
    ]


def _by_enrollment(model: Any) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for one in _all(model):
        found[one.enrollment_id].append(one)
    return found


def _meetings() -> list[Entry]:
    """Those that somebody has changed by hand, given a link of their own, or put somebody on: the
    others follow from plans."""
    by_itself = Booking.roster_entry_id.is_(None) & Session.series_id.is_not(None)
    guests = select(Booking.session_id).join(Session, Session.id == Booking.session_id)
    theirs = Session.series_id.is_not(None) & (
        Session.is_changed_by_hand
        | Session.join_link.is_not(None)
        | Session.id.in_(guests.where(by_itself))
    )
    plans = {one.id: one.plans for one in _series()}
    people = _people_on(theirs, Booking.roster_entry_id)
    return [
        content.meeting(one, plan_on(plans[series_id], day), people[one.id])
        for series_id, day, one in sorted(
            (one.series_id or 0, one.planned_on or date.min, one) for one in _sessions(theirs)
        )
    ]


def _one_offs() -> list[Entry]:
    theirs = Session.series_id.is_(None)
    people = _people_on(theirs, Booking.seat_no)
    return [content.one_off(one, people[one.id], one.site.zone) for one in _sessions(theirs)]


def _people_on(sessions: Any, column: Any) -> dict[int, list[tuple[str, bool]]]:
    """Session id to the keys of the enrollments on it, each with whether that column is filled."""
    people: dict[int, list[tuple[str, bool]]] = defaultdict(list)
    for session_id, key, value in db.execute(
        select(Booking.session_id, Enrollment.key, column)
        .join(Session, Session.id == Booking.session_id)
        .join(Enrollment, Enrollment.id == Booking.enrollment_id)
        .where(sessions)
        .order_by(Enrollment.id)
    ):
        people[session_id].append((key, value is not None))
    return people


def _sessions(only: Any) -> Sequence[Session]:
    return _all(
        Session,
        joinedload(Session.program),
        joinedload(Session.site),
        joinedload(Session.room),
        joinedload(Session.series),
        selectinload(Session.leaders).joinedload(SessionLeader.staff),
        only=only,
    )
