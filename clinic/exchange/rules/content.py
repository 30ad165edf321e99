"""What a clinic file says of each thing, in the contract's words and order. Values in, values out.

What has its default is left out, so that a file comes back without noise.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, tzinfo
from typing import Any

from clinic.accounts.models import Staff
from clinic.authorizations.models import Certification
from clinic.coverage.models import Authorization
from clinic.enrollment.models import Enrollment, Target
from clinic.exchange.models.clinic_file import (
    AuthorizationShape,
    AwayShape,
    CertificationShape,
    ClosureShape,
    ConsentShape,
    ContactShape,
    EnrollmentShape,
    MeetingShape,
    MixShape,
    OneOffShape,
    OrganizationShape,
    ParticipantShape,
    PlanShape,
    PolicyShape,
    ProgramShape,
    RoomShape,
    RuleSetShape,
    RuleShape,
    SiteShape,
    StaffShape,
)
from clinic.exchange.models.fields import SHORT_WEEKDAYS, WEEKDAYS, Shape
from clinic.exchange.rules.words import Entry, known_facts, line, wall, weekly, weekly_hours, worded
from clinic.participants.models import Consent, Contact, Participant, Scope
from clinic.permissions import Role
from clinic.programs.models import COUNTED, Closure, Kind, Organization, Program, RuleSet, Site
from clinic.schedule.models import Mode, RosterEntry, Series, SeriesPlan, Session

DAY_PARTS = (12 * 60, 17 * 60)
NO_REASON = "no reason given"


def _facts(shape: type[Shape], row: Any, **own: Any) -> Entry:
    """Return what the columns of a row say of the parts of a shape, without their defaults.

    `own` is what else there is to say, or in another way; None leaves a part out.
    """
    facts = {}
    for name, field in shape.model_fields.items():
        if name in own:
            value = own[name]
        else:
            value = getattr(row, name)
            column = row.__table__.columns.get(name)
            if column is not None and column.default and column.default.arg == value:
                value = None
        if value is not None:
            facts[field.alias or name] = worded(value)
    return facts


def organization(one: Organization) -> Entry:
    parts = (one.afternoon_from, one.evening_from)
    return _facts(
        OrganizationShape,
        one,
        week_starts=WEEKDAYS[one.week_starts],
        day_parts=None
        if parts == DAY_PARTS
        else {"afternoon": wall(parts[0]), "evening": wall(parts[1])},
        policy=_facts(PolicyShape, one) or None,
    )


def site(one: Site) -> Entry:
    rooms = sorted(one.rooms, key=lambda room: room.id)
    shown = [_facts(RoomShape, room) for room in rooms]
    entry = _facts(SiteShape, one, way_in=None, rooms=shown or None)
    return entry | known_facts({"way_in": one.way_in})


def staff(one: Staff) -> Entry:
    roles = [role.value for role in Role if role in one.account.roles]
    number, expires = line(one.license_number), one.license_expires_on
    return _facts(
        StaffShape,
        one,
        roles=[role for role in roles if role != Role.PARTICIPANT.value] or None,
        email=one.account.email,
        is_active=None if one.account.is_active else False,
        license=known_facts({"number": number, "expires": expires}) or None,
        working_hours=weekly(one.working_hours) or None,
        time_off=[_facts(AwayShape, each) for each in one.time_off] or None,
    )


def rule_set(one: RuleSet, copied_from: str | None) -> Entry:
    figures = [_facts(RuleShape, rule) for rule in one.rules]
    return _facts(RuleSetShape, one, copied_from=copied_from, rules=figures or None)


def program(one: Program) -> Entry:
    days = known_facts({"min": one.min_service_days, "max": one.max_service_days})
    counted = [kind.value for kind in Kind if kind in one.counted_kinds]
    return _facts(
        ProgramShape,
        one,
        weekly_hours=weekly_hours(one.min_minutes, one.max_minutes),
        service_days=days or None,
        counted_kinds=None if one.counted_kinds == COUNTED else counted,
        mix=[_facts(MixShape, item) for item in one.mix] or None,
    )


def series(one: Series) -> Entry:
    first, *later = [_plan(plan) for plan in one.plans]
    return known_facts(
        {
            "key": one.key,
            "program": one.program.key,
            "title": line(one.title),
            **first,
            "until": one.until_on,
            "join_link": one.join_link,
            "open_to_make_ups": one.is_open_to_make_ups or None,
            "plans": later or None,
        }
    )


def _plan(plan: SeriesPlan) -> Entry:
    days = [SHORT_WEEKDAYS[int(digit)] for digit in plan.weekdays]
    leaders = [leader.staff.key for leader in plan.leaders]
    return _facts(PlanShape, plan, days=days, leaders=leaders or None)


def closure(one: Closure, site_key: str) -> Entry:
    return _facts(ClosureShape, one, site=site_key)


def participant(
    one: Participant, contacts: Sequence[Contact], consents: Iterable[Consent]
) -> Entry:
    """`contacts` are those who still are one."""
    names = [contact.name for contact in contacts]
    unmistakable = {
        contact.id: line(contact.name) for contact in contacts if names.count(contact.name) == 1
    }
    return _facts(
        ParticipantShape,
        one,
        email=one.account.email,
        pin=None,
        contacts=[_facts(ContactShape, each) for each in contacts] or None,
        consents=[_consent(each, unmistakable) for each in consents] or None,
    )


def _consent(one: Consent, contacts: Mapping[int, str | None]) -> Entry:
    return _facts(
        ConsentShape,
        one,
        contact=contacts.get(one.contact_id or 0),
        scope=[scope.value for scope in Scope if scope in one.scope],
    )


def enrollment(
    one: Enrollment,
    *,
    participant_key: str,
    continues: str | None,
    entries: Iterable[RosterEntry],
    authorizations: Iterable[Authorization] = (),
    certifications: Iterable[Certification] = (),
) -> Entry:
    hours, targets = _targets(one)
    return _facts(
        EnrollmentShape,
        one,
        participant=participant_key,
        weekly_hours=hours,
        unavailable=weekly(one.unavailabilities) or None,
        series=[_place(each, one) for each in entries] or None,
        status=one.outcome,
        reason=one.end_reason,
        continues=continues,
        targets=targets or None,
        leave=[_facts(AwayShape, each) for each in one.leaves] or None,
        transition_weeks=sorted(each.week for each in one.transition_weeks) or None,
        authorizations=[_facts(AuthorizationShape, each) for each in authorizations] or None,
        certifications=[_facts(CertificationShape, each) for each in certifications] or None,
    )


def _targets(one: Enrollment) -> tuple[Entry | None, list[Entry]]:
    """The hours that it begins with, unless they are the program's, and later targets."""
    in_order = sorted(one.targets, key=lambda target: target.from_on)
    later = [target for target in in_order if target.from_on > one.from_on]
    earlier = in_order[: len(in_order) - len(later)] or later[:1]
    if not earlier:
        return None, []
    first, offered = earlier[-1], one.program
    dated = [_target(target, target.from_on, offered) for target in later]
    opening = _target(first, one.from_on, offered)
    if "service_days" in opening:  # which weekly_hours cannot say
        return None, [opening, *dated]
    is_theirs = (first.min_minutes, first.max_minutes) == (offered.min_minutes, offered.max_minutes)
    return None if is_theirs else opening["weekly_hours"], dated


def _target(one: Target, from_on: date, offered: Program) -> Entry:
    days = one.min_service_days or 0
    return known_facts(
        {
            "from": from_on,
            "weekly_hours": weekly_hours(one.min_minutes, one.max_minutes),
            "service_days": None if days == (offered.min_service_days or 0) else {"min": days},
        }
    )


def _place(entry: RosterEntry, one: Enrollment) -> Entry | str:
    """A place on a roster, by its key alone for as long as the enrollment runs.

    Else with its days as they are stored, which may reach beyond the enrollment's: it may be moved.
    """
    from_on = None if entry.from_on == one.from_on else entry.from_on
    own = known_facts({"from": from_on, "until": entry.until_on})
    return {"key": entry.series.key} | own if own else entry.series.key


def one_off(one: Session, people: Sequence[tuple[str, bool]], zone: tzinfo) -> Entry:
    """`people` are the enrollments booked, each with whether it holds a seat."""
    booked = [key for key, _ in people]
    if len(booked) > one.seats:  # some gave theirs back
        booked = [key for key, has_seat in people if has_seat]
    return _facts(
        OneOffShape,
        one,
        date=one.day,
        starts=one.starts_at.astimezone(zone).time(),
        ends=one.ends_at.astimezone(zone).time(),
        leaders=[leader.staff.key for leader in one.leaders] or None,
        enrollments=booked or None,
        cancelled=_why_cancelled(one),
    )


def meeting(one: Session, plan: SeriesPlan, people: Sequence[tuple[str, bool]]) -> Entry:
    """`plan` is its series' on the day for which it was planned; `people` are the enrollments that
    are on it, each with whether its roster says so."""
    guests = [key for key, is_of_roster in people if not is_of_roster]
    room_seats = one.room.seats if one.room else None
    seats = max(one.seats, len(people))  # who called off will want theirs where that is not known
    if room_seats is not None and one.mode is Mode.IN_PERSON and room_seats < seats:
        guests = guests[: max(0, len(guests) - len(people) + one.seats)]
        seats = one.seats
    zone = one.site.zone
    return _facts(
        MeetingShape,
        one,
        series=one.series.key if one.series else None,
        planned=one.planned_on,
        title=None if one.series and one.title == one.series.title else one.title,
        kind=None if one.kind is plan.kind else one.kind,
        break_minutes=None if one.break_minutes == plan.break_minutes else one.break_minutes,
        date=one.day,
        starts=one.starts_at.astimezone(zone).time(),
        ends=one.ends_at.astimezone(zone).time(),
        leaders=[leader.staff.key for leader in one.leaders] or None,
        seats=seats,
        guests=guests or None,
        cancelled=_why_cancelled(one),
    )


def _why_cancelled(one: Session) -> str | None:
    """Why it does not take place, unless a closure of the file says so."""
    if not one.is_cancelled or one.closure_id is not None:
        return None
    return line(one.cancel_reason) or NO_REASON
