"""What a clinic file says of each thing, in the contract's words and order. Values in, values out.

What has its default is left out, so that a file comes back without noise.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, tzinfo
from typing import Protocol

from clinic.accounts.models import Staff
from clinic.days import Range, common
from clinic.enrollment.models import Enrollment, Target
from clinic.exchange.models.clinic_file import ParticipantShape
from clinic.exchange.models.fields import SHORT_WEEKDAYS, WEEKDAYS
from clinic.exchange.rules.words import (
    Quoted,
    Said,
    known_facts,
    line,
    unless,
    wall,
    weekly,
    weekly_hours,
)
from clinic.participants.models import Consent, Contact, Participant, Scope
from clinic.participants.rules import facts_of
from clinic.permissions import Role
from clinic.programs.models import COUNTED, Closure, Kind, Organization, Program, RuleSet, Site
from clinic.schedule.models import RosterEntry, Series, SeriesPlan, Session

DAY_PARTS = (12 * 60, 17 * 60)
DOORS_MINUTES = 15
NOTICE_HOURS = 24
NO_REASON = "no reason given"


class Away(Protocol):
    """A row of days on which somebody is away."""

    @property
    def from_on(self) -> date: ...
    @property
    def until_on(self) -> date: ...
    @property
    def reason(self) -> str | None: ...


def organization(one: Organization) -> Said:
    parts = (one.afternoon_from, one.evening_from)
    policy = {
        "notice_hours": unless(one.notice_hours, NOTICE_HOURS),
        "in_a_row": one.alert_in_a_row,
        "misses": one.alert_misses,
        "days": one.alert_days,
        "in_episode": one.alert_in_episode,
    }
    return known_facts(
        {
            "name": line(one.name),
            "week_starts": WEEKDAYS[one.week_starts],
            "day_parts": None
            if parts == DAY_PARTS
            else {"afternoon": wall(parts[0]), "evening": wall(parts[1])},
            "doors_minutes": unless(one.doors_minutes, DOORS_MINUTES),
            "policy": known_facts(policy) or None,
        }
    )


def site(one: Site) -> Said:
    rooms = [
        known_facts(
            {
                "key": room.key,
                "name": line(room.name),
                "seats": room.seats,
                "active": unless(room.is_active, True),
            }
        )
        for room in sorted(one.rooms, key=lambda room: room.id)
    ]
    return known_facts(
        {
            "key": one.key,
            "name": line(one.name),
            "timezone": one.timezone,
            "rooms": rooms or None,
            "active": unless(one.is_active, True),
        }
    )


def staff(one: Staff) -> Said:
    roles = [role.value for role in Role if role in one.account.roles]
    number, expires = line(one.license_number), one.license_expires_on
    return known_facts(
        {
            "key": one.key,
            "name": line(one.name),
            "credentials": line(one.credentials),
            "roles": [role for role in roles if role != Role.PARTICIPANT.value] or None,
            "email": one.account.email,
            "active": unless(one.account.is_active, True),
            "license": known_facts({"number": number, "expires": expires}) or None,
            "working_hours": weekly(one.working_hours) or None,
            "time_off": [_away(each) for each in one.time_off] or None,
        }
    )


def rule_set(one: RuleSet, copied_from: str | None) -> Said:
    figures = [
        known_facts(
            {
                "measure": rule.measure.value,
                "value": rule.value,
                "population": rule.population and rule.population.value,
                "kind": rule.kind and rule.kind.value,
                "leaders": rule.leaders,
            }
        )
        for rule in one.rules
    ]
    return known_facts(
        {
            "key": one.key,
            "name": line(one.name),
            "jurisdiction": line(one.jurisdiction),
            "citation": line(one.citation),
            "valid_from": one.valid_from,
            "copied_from": copied_from,
            "active": unless(one.is_active, True),
            "rules": figures or None,
        }
    )


def program(one: Program) -> Said:
    days = known_facts({"min": one.min_service_days, "max": one.max_service_days})
    counted = [kind.value for kind in Kind if kind in one.counted_kinds]
    mix = [
        known_facts(
            {
                "kind": item.kind.value,
                "sessions": item.sessions,
                "minutes": unless(item.minutes, 0),
            }
        )
        for item in one.mix
    ]
    level = one.level.value
    return known_facts(
        {
            "key": one.key,
            "name": line(one.name),
            "site": one.site.key,
            "level": Quoted(level) if level[0].isdigit() else level,
            "population": one.population.value,
            "weekly_hours": weekly_hours(one.min_minutes, one.max_minutes),
            "service_days": days or None,
            "weeks": one.weeks,
            "breaks_count": unless(one.breaks_count, False),
            "grace_minutes": unless(one.grace_minutes, 0),
            "part2": unless(one.is_part2, True),
            "counts": None if one.counted_kinds == COUNTED else counted,
            "mix": mix or None,
            "rule_set": one.rule_set.key if one.rule_set else None,
            "active": unless(one.is_active, True),
        }
    )


def series(one: Series) -> Said:
    first, *later = one.plans
    return known_facts(
        {
            "key": one.key,
            "program": one.program.key,
            "title": line(one.title),
            **_plan(first),
            "until": one.until_on,
            "plans": [known_facts(_plan(plan)) for plan in later] or None,
        }
    )


def _plan(plan: SeriesPlan) -> Said:
    return {
        "kind": plan.kind.value,
        "days": [SHORT_WEEKDAYS[int(digit)] for digit in plan.weekdays],
        "start": Quoted(f"{plan.starts:%H:%M}"),
        "end": Quoted(f"{plan.ends:%H:%M}"),
        "break_minutes": unless(plan.break_minutes, 0),
        "room": plan.room.key if plan.room else None,
        "leaders": [leader.staff.key for leader in plan.leaders] or None,
        "seats": plan.seats,
        "mode": plan.mode.value,
        "every_weeks": unless(plan.every_weeks, 1),
        "from": plan.from_on,
    }


def closure(one: Closure, site_key: str) -> Said:
    return {
        "site": site_key,
        "from": one.from_on,
        "until": one.until_on,
        "name": line(one.name),
    }


SHAPE = ParticipantShape.model_fields


def participant(one: Participant, contacts: Sequence[Contact], consents: Iterable[Consent]) -> Said:
    """`contacts` are those who still are one."""
    names = [contact.name for contact in contacts]
    unmistakable = {
        contact.id: line(contact.name) for contact in contacts if names.count(contact.name) == 1
    }
    facts = facts_of(one) | {
        "key": one.key,
        "pin": None,  # it cannot be read back
        "contacts": [_contact(each) for each in contacts] or None,
        "consents": [_consent(each, unmistakable) for each in consents] or None,
    }
    named = {field.alias or fact: facts[fact] for fact, field in SHAPE.items()}
    return known_facts(
        {name: line(fact) if isinstance(fact, str) else fact for name, fact in named.items()}
    )


def _contact(one: Contact) -> Said:
    return known_facts(
        {
            "name": line(one.name),
            "relation": line(one.relation),
            "phone": one.phone,
            "email": one.email,
            "emergency": unless(one.is_for_emergencies, False),
        }
    )


def _consent(one: Consent, contacts: Mapping[int, str | None]) -> Said:
    return known_facts(
        {
            "recipient": line(one.recipient),
            "contact": contacts.get(one.contact_id or 0),
            "purpose": line(one.purpose),
            "scope": [scope.value for scope in Scope if scope in one.scope],
            "given": one.given_on,
            "expires": one.expires_on,
            "revoked": one.revoked_on,
        }
    )


def enrollment(
    one: Enrollment,
    *,
    participant_key: str,
    continues: str | None,
    entries: Iterable[RosterEntry],
) -> Said:
    hours, targets = _targets(one)
    weeks = sorted(each.week for each in one.transition_weeks)
    return known_facts(
        {
            "key": one.key,
            "participant": participant_key,
            "program": one.program.key,
            "from": one.from_on,
            "until": one.until_on,
            "clinician": one.clinician.key if one.clinician else None,
            "weekly_hours": hours,
            "wished_part": one.wished_part and one.wished_part.value,
            "unavailable": weekly(one.unavailabilities) or None,
            "series": [place for each in entries if (place := _place(each, one))] or None,
            "status": one.outcome and one.outcome.value,
            "reason": one.end_reason and one.end_reason.value,
            "continues": continues,
            "targets": targets or None,
            "leave": [_away(each) for each in one.leaves] or None,
            "transition_weeks": weeks or None,
        }
    )


def _targets(one: Enrollment) -> tuple[Said | None, list[Said]]:
    """The hours that it begins with, unless they are the program's, and later targets."""
    in_order = sorted(one.targets, key=lambda target: target.from_on)
    later = [target for target in in_order if target.from_on > one.from_on]
    earlier = in_order[: len(in_order) - len(later)] or later[:1]
    if not earlier:
        return None, []
    first, offered = earlier[-1], one.program
    said = [_target(target, target.from_on, offered) for target in later]
    opening = _target(first, one.from_on, offered)
    if "service_days" in opening:  # which weekly_hours cannot say
        return None, [opening, *said]
    is_theirs = (first.min_minutes, first.max_minutes) == (offered.min_minutes, offered.max_minutes)
    return None if is_theirs else opening["weekly_hours"], said


def _target(one: Target, from_on: date, offered: Program) -> Said:
    days = one.min_service_days or 0
    return known_facts(
        {
            "from": from_on,
            "weekly_hours": weekly_hours(one.min_minutes, one.max_minutes),
            "service_days": None if days == (offered.min_service_days or 0) else {"min": days},
        }
    )


def _place(entry: RosterEntry, one: Enrollment) -> Said | str | None:
    """A place on a roster, by its key alone on the days of the enrollment; None outside them."""
    days = common(Range(entry.from_on, entry.until_on), Range(one.from_on, one.until_on))
    if days is None:
        return None
    own = known_facts(
        {
            "from": unless(days.from_on, one.from_on),
            "until": unless(days.until_on, one.until_on),
        }
    )
    return {"key": entry.series.key} | own if own else entry.series.key


def one_off(one: Session, people: Sequence[tuple[str, bool]], zone: tzinfo) -> Said:
    """`people` are the enrollments booked, each with whether it holds a seat."""
    booked = [key for key, _ in people]
    if len(booked) > one.seats:  # some gave theirs back
        booked = [key for key, has_seat in people if has_seat]
    return known_facts(
        {
            "key": one.key,
            "program": one.program.key,
            "title": line(one.title),
            "kind": one.kind.value,
            "date": one.day,
            "start": Quoted(f"{one.starts_at.astimezone(zone):%H:%M}"),
            "end": Quoted(f"{one.ends_at.astimezone(zone):%H:%M}"),
            "break_minutes": unless(one.break_minutes, 0),
            "room": one.room.key if one.room else None,
            "leaders": [leader.staff.key for leader in one.leaders] or None,
            "seats": one.seats,
            "mode": one.mode.value,
            "enrollments": booked or None,
            "cancelled": _why_cancelled(one),
        }
    )


def _why_cancelled(one: Session) -> str | None:
    """Why it does not take place, unless a closure of the file says so."""
    if not one.is_cancelled or one.closure_id is not None:
        return None
    return line(one.cancel_reason) or NO_REASON


def _away(one: Away) -> Said:
    return known_facts({"from": one.from_on, "until": one.until_on, "reason": line(one.reason)})
