from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select

from clinic import trail
from clinic.accounts.models import Staff
from clinic.days import DAY, WEEK, Range, WeeklyTime, week_of, why_not_range
from clinic.db import db
from clinic.enrollment import queries, rules
from clinic.enrollment.models import (
    Amendment,
    EndReason,
    Enrollment,
    Leave,
    Outcome,
    Target,
    TransitionWeek,
    Unavailability,
)
from clinic.errors import Refused, refuse_if
from clinic.participants.models import Participant
from clinic.participants.queries import IS_LISTED
from clinic.participants.rules import MERGED
from clinic.programs.models import DayPart, Program
from clinic.programs.queries import get_organization
from clinic.trail import Actor


class Hours(NamedTuple):
    """Prescribed minutes a week; without service days those in force before, or the program's."""

    min_minutes: int
    max_minutes: int
    min_service_days: int | None = None


def enroll(
    participant: Participant,
    program: Program,
    *,
    key: str | None = None,
    from_on: date,
    until_on: date | None = None,
    clinician: Staff | None = None,
    target: Hours | None = None,
    wished_part: DayPart | None = None,
    unavailable: Iterable[WeeklyTime] = (),
    continues: Enrollment | None = None,
    by: Actor,
    now: datetime,
) -> Enrollment:
    """Admit somebody to a program from a day on.

    The target is written down with the enrollment, the program's where none is given, so that a
    later change of the program leaves past weeks as they were.
    """
    refuse_if(why_not_range(from_on, until_on), "until_on")
    target = _whole(target, program)
    refuse_if(rules.why_not_target(target.min_minutes, target.max_minutes), "target")
    _lock_person(participant.id)
    others = queries.ranges_in(program.id, participant.id)
    refuse_if(rules.why_not_enroll(from_on, until_on, others=others))
    enrollment = Enrollment(
        key=key or _next_key(),
        participant=participant,
        program=program,
        clinician=clinician,
        from_on=from_on,
        until_on=until_on,
        wished_part=wished_part,
        continues_id=continues.id if continues else None,
        targets=[Target(from_on=from_on, **target._asdict())],
        leaves=[],
        transition_weeks=[],
        unavailabilities=_unavailabilities(unavailable),
    )
    db.add(enrollment)
    db.flush()
    facts = {"from_on": from_on, "until_on": until_on, "continues": enrollment.continues_id}
    ids = {"participant": participant.id, "program": program.id}
    _record("enrollment.began", enrollment, by=by, now=now, **ids, **facts)
    return enrollment


def _whole(target: Hours | None, program: Program) -> Hours:
    """Return the target with what the program prescribes where nothing else is."""
    if target is None:
        return Hours(program.min_minutes, program.max_minutes, program.min_service_days)
    if target.min_service_days is None:
        return target._replace(min_service_days=program.min_service_days)
    return target


def change_target(
    enrollment: Enrollment,
    *,
    from_on: date,
    target: Hours,
    amends: str | None = None,
    on_entry: bool = False,
    by: Actor,
    now: datetime,
) -> Enrollment:
    """Prescribe other hours from a day on; later targets stay as they are.

    `on_entry`, here and below: noted with an enrollment that is entered just now, so that it
    rewrites nobody's week, and may lie after an end that came earlier than was planned.
    """
    lock(enrollment, on_entry=on_entry)
    refuse_if(rules.why_not_target(target.min_minutes, target.max_minutes), "target")
    _refuse_outside(enrollment, from_on, "from_on", on_entry=on_entry)
    before = {one.from_on: one for one in enrollment.targets}
    in_force = max(day for day in before if day <= from_on)
    days = target.min_service_days
    if days is None:
        days = before[in_force].min_service_days
    one = before.get(from_on)
    wanted = (target.min_minutes, target.max_minutes, days)
    if one and wanted == (one.min_minutes, one.max_minutes, one.min_service_days):
        return enrollment
    verb = "enrollment.target_changed"
    if not on_entry:
        judged = _judged_from(enrollment, from_on)
        _reach_back(enrollment, judged, verb, amends=amends, by=by, now=now)
    if one is None:
        one = Target(from_on=from_on)
        enrollment.targets.append(one)
    one.min_minutes, one.max_minutes, one.min_service_days = wanted
    db.flush()
    minutes = {"min_minutes": target.min_minutes, "max_minutes": target.max_minutes}
    _record(verb, enrollment, by=by, now=now, from_on=from_on, **minutes)
    return enrollment


def withdraw_target(
    enrollment: Enrollment,
    *,
    from_on: date,
    amends: str | None = None,
    by: Actor,
    now: datetime,
) -> Enrollment:
    """Take a dated target back: the one before it holds on."""
    lock(enrollment)
    one = next((each for each in enrollment.targets if each.from_on == from_on), None)
    if one is None:
        raise Refused(rules.NO_SUCH_TARGET)
    if one is enrollment.targets[0]:
        raise Refused(rules.FIRST_TARGET)
    verb = "enrollment.target_withdrawn"
    _reach_back(enrollment, _judged_from(enrollment, from_on), verb, amends=amends, by=by, now=now)
    enrollment.targets.remove(one)
    db.flush()
    _record(verb, enrollment, by=by, now=now, from_on=from_on)
    return enrollment


def grant_leave(
    enrollment: Enrollment,
    *,
    from_on: date,
    until_on: date,
    reason: str | None = None,
    amends: str | None = None,
    on_entry: bool = False,
    by: Actor,
    now: datetime,
) -> Range:
    """Note that somebody is away for some days of their enrollment; return these days."""
    lock(enrollment, on_entry=on_entry)
    days = Range(from_on, until_on)
    others = [leave.days for leave in enrollment.leaves]
    refuse_if(why_not_range(*days), "until_on")
    refuse_if(rules.why_not_leave(days, others=others), "from_on")
    verb = "enrollment.leave_granted"
    if not on_entry:
        _refuse_outside(enrollment, from_on, "from_on", "The first day of leave")
        _refuse_outside(enrollment, until_on, "until_on", "The last day of leave")
        _reach_back(enrollment, from_on, verb, amends=amends, by=by, now=now)
    leave = Leave(from_on=from_on, until_on=until_on, reason=reason)
    enrollment.leaves.append(leave)
    db.flush()
    _record(verb, enrollment, by=by, now=now, from_on=from_on, until_on=until_on)
    return leave.days


def change_leave(
    enrollment: Enrollment,
    *,
    from_on: date,
    until_on: date,
    reason: str | None = None,
    amends: str | None = None,
    by: Actor,
    now: datetime,
) -> Range:
    """Another last day or reason for the leave that begins on a day; no reason keeps the one.

    Return the days that were leave or are now.
    """
    lock(enrollment)
    leave = _leave_from(enrollment, from_on)
    reason = reason or leave.reason
    if (until_on, reason) == (leave.until_on, leave.reason):
        return leave.days
    others = [other.days for other in enrollment.leaves if other is not leave]
    refuse_if(why_not_range(from_on, until_on), "until_on")
    refuse_if(rules.why_not_leave(Range(from_on, until_on), others=others), "until_on")
    verb = "enrollment.leave_moved"
    touched = Range(from_on, max(leave.until_on, until_on))
    changed = rules.first_day_changed(leave.until_on, until_on)
    if changed is not None:
        _refuse_outside(enrollment, until_on, "until_on", "The last day of leave")
        _reach_back(enrollment, changed, verb, amends=amends, by=by, now=now)
    leave.until_on, leave.reason = until_on, reason
    db.flush()
    _record(verb, enrollment, by=by, now=now, from_on=from_on, until_on=until_on)
    return touched


def end_leave(
    enrollment: Enrollment,
    *,
    from_on: date,
    last_on: date,
    amends: str | None = None,
    by: Actor,
    now: datetime,
) -> Range:
    """Another last day for the leave that begins on a day; one before it calls the leave off.

    Return the days that were leave or are now.
    """
    if last_on >= from_on:
        return change_leave(
            enrollment, from_on=from_on, until_on=last_on, amends=amends, by=by, now=now
        )
    lock(enrollment)
    leave = _leave_from(enrollment, from_on)
    verb = "enrollment.leave_called_off"
    _reach_back(enrollment, from_on, verb, amends=amends, by=by, now=now)
    enrollment.leaves.remove(leave)
    db.flush()
    _record(verb, enrollment, by=by, now=now, from_on=from_on, until_on=last_on)
    return leave.days


def _leave_from(enrollment: Enrollment, from_on: date) -> Leave:
    for leave in enrollment.leaves:
        if leave.from_on == from_on:
            return leave
    raise Refused(rules.NO_SUCH_LEAVE)


def set_transition_weeks(
    enrollment: Enrollment,
    *,
    weeks: Collection[date],
    amends: str | None = None,
    on_entry: bool = False,
    by: Actor,
    now: datetime,
) -> Enrollment:
    """Make these the weeks of stepping down, each by any of its days."""
    lock(enrollment, on_entry=on_entry)
    starts = get_organization().week_starts
    wanted = {week_of(day, starts) for day in weeks}
    refuse_if(rules.why_not_transition_weeks(wanted), "weeks")
    there = {one.week: one for one in enrollment.transition_weeks}
    changed = wanted ^ there.keys()
    if not changed:
        return enrollment
    verb = "enrollment.transition_weeks_set"
    if not on_entry:
        for week in wanted - there.keys():
            day = min(max(week, enrollment.from_on), week + WEEK - DAY)
            _refuse_outside(enrollment, day, "weeks", "That week")
        _reach_back(enrollment, min(changed), verb, amends=amends, by=by, now=now)
    for week in there.keys() - wanted:
        enrollment.transition_weeks.remove(there[week])
    enrollment.transition_weeks += [TransitionWeek(week=week) for week in wanted - there.keys()]
    db.flush()
    _record(verb, enrollment, by=by, now=now, weeks=sorted(map(str, wanted)))
    return enrollment


def set_end(
    enrollment: Enrollment,
    *,
    until_on: date | None,
    outcome: Outcome | None = None,
    reason: EndReason | None = None,
    amends: str | None = None,
    by: Actor,
    now: datetime,
) -> Enrollment:
    """Another last day, planned where there is no outcome; or how and why it ended."""
    lock(enrollment)
    refuse_if(why_not_range(enrollment.from_on, until_on), "until_on")
    refuse_if(rules.why_not_outcome(outcome, until_on), "until_on")
    refuse_if(rules.why_not_end(outcome, reason), "reason")
    wanted = (until_on, outcome, reason)
    if wanted == (enrollment.until_on, enrollment.outcome, enrollment.end_reason):
        return enrollment
    _refuse_beside(enrollment, enrollment.from_on, until_on)
    verb = "enrollment.ended" if outcome else "enrollment.end_moved"
    changed = rules.first_day_changed(enrollment.until_on, until_on)
    if changed is not None:
        _reach_back(enrollment, changed, verb, amends=amends, by=by, now=now)
    enrollment.until_on, enrollment.outcome, enrollment.end_reason = wanted
    db.flush()
    _record(verb, enrollment, by=by, now=now, until_on=until_on, outcome=outcome, reason=reason)
    return enrollment


def move_start(
    enrollment: Enrollment,
    *,
    from_on: date,
    amends: str | None = None,
    by: Actor,
    now: datetime,
) -> Enrollment:
    """Another first day; the target in force on it is the one that the enrollment begins with."""
    lock(enrollment)
    if from_on == enrollment.from_on:
        return enrollment
    refuse_if(why_not_range(from_on, enrollment.until_on), "from_on")
    _refuse_beside(enrollment, from_on, enrollment.until_on)
    verb = "enrollment.start_moved"
    earlier = min(from_on, enrollment.from_on)
    _reach_back(enrollment, earlier, verb, amends=amends, by=by, now=now)
    *before, first = [one for one in enrollment.targets if one.from_on <= from_on] or [
        enrollment.targets[0]
    ]
    for one in before:
        enrollment.targets.remove(one)
    enrollment.from_on = first.from_on = from_on
    db.flush()
    _record(verb, enrollment, by=by, now=now, from_on=from_on)
    return enrollment


def change_program(
    enrollment: Enrollment,
    program: Program,
    *,
    amends: str | None = None,
    by: Actor,
    now: datetime,
) -> Enrollment:
    """Correct in which program somebody is, and was from the first day on."""
    lock(enrollment)
    if program.id == enrollment.program_id:
        return enrollment
    others = queries.ranges_in(program.id, enrollment.participant_id)
    refuse_if(rules.why_not_enroll(enrollment.from_on, enrollment.until_on, others=others))
    verb = "enrollment.program_changed"
    _reach_back(enrollment, enrollment.from_on, verb, amends=amends, by=by, now=now)
    enrollment.program = program
    db.flush()
    _record(verb, enrollment, by=by, now=now, program=program.id)
    return enrollment


def set_continued(
    enrollment: Enrollment, earlier: Enrollment | None, *, by: Actor, now: datetime
) -> Enrollment:
    """Note which enrollment this one took over from, in the same episode of care; or that none."""
    continues_id = earlier.id if earlier else None
    if enrollment.continues_id == continues_id:
        return enrollment
    lock(enrollment)
    if earlier is not None:
        refuse_if(
            rules.why_not_continue(
                enrollment,
                earlier,
                continued_by=queries.continued_by(earlier.id),
                leads_back=enrollment.id in queries.continued_from(earlier.id),
            )
        )
    enrollment.continues_id = continues_id
    db.flush()
    _record("enrollment.continued", enrollment, by=by, now=now, continues=continues_id)
    return enrollment


def change_circumstances(
    enrollment: Enrollment,
    *,
    clinician: Staff | None,
    wished_part: DayPart | None,
    unavailable: Sequence[WeeklyTime],
    by: Actor,
    now: datetime,
) -> Enrollment:
    """Who cares for somebody first, when they would like to come and when they cannot."""
    lock(enrollment)
    there = {one.time: one for one in enrollment.unavailabilities}
    wanted = set(unavailable)
    clinician_id = clinician.id if clinician else None
    before = (enrollment.clinician_id, enrollment.wished_part, set(there))
    if before == (clinician_id, wished_part, wanted):
        return enrollment
    for gone in there.keys() - wanted:
        enrollment.unavailabilities.remove(there[gone])
    db.flush()
    enrollment.unavailabilities += _unavailabilities(wanted - there.keys())
    enrollment.clinician = clinician
    enrollment.wished_part = wished_part
    db.flush()
    verb = "enrollment.circumstances_changed"
    _record(verb, enrollment, by=by, now=now, clinician=clinician_id)
    return enrollment


def lock(enrollment: Enrollment, *, on_entry: bool = False) -> None:
    """Let nobody else change this person's enrollments meanwhile, and see what was changed.

    On entry it is locked and fresh already.
    """
    if on_entry:
        return
    _lock_person(enrollment.participant_id)
    db.flush()
    queries.read_afresh(enrollment.id)


def _lock_person(participant_id: int) -> None:
    found = db.scalar(
        select(Participant.id).where(Participant.id == participant_id, IS_LISTED).with_for_update()
    )
    refuse_if(None if found else MERGED)


def _unavailabilities(times: Iterable[WeeklyTime]) -> list[Unavailability]:
    return [
        Unavailability(weekday=weekday, from_minute=first, until_minute=last)
        for weekday, first, last in sorted(set(times))
    ]


def _refuse_beside(enrollment: Enrollment, from_on: date, until_on: date | None) -> None:
    others = queries.ranges_in(enrollment.program_id, enrollment.participant_id, but=enrollment.id)
    refuse_if(rules.why_not_enroll(from_on, until_on, others=others))


def _refuse_outside(
    enrollment: Enrollment, day: date, field: str, what: str = "That day", *, on_entry: bool = False
) -> None:
    until_on = None if on_entry else enrollment.until_on
    within = rules.why_not_within(day, from_on=enrollment.from_on, until_on=until_on, what=what)
    refuse_if(within, field)


def _judged_from(enrollment: Enrollment, from_on: date) -> date:
    return rules.first_week_judged(
        from_on,
        begins_on=enrollment.from_on,
        week_starts=get_organization().week_starts,
    )


def _reach_back(
    enrollment: Enrollment, day: date, verb: str, *, amends: str | None, by: Actor, now: datetime
) -> None:
    """Refuse to change weeks that are over, or keep why they are changed all the same."""
    today = enrollment.program.site.today(now)
    week = week_of(today, get_organization().week_starts)
    refuse_if(rules.why_not_reach_back(day, week=week, amends=amends), "amends")
    if day >= week or amends is None:
        return
    db.add(
        Amendment(
            enrollment_id=enrollment.id,
            made_at=now,
            account_id=by.id if by.kind == "account" else None,
            verb=verb,
            reason=amends,
        )
    )
    db.flush()
    _record("enrollment.amended", enrollment, by=by, now=now, from_on=day)


def _record(verb: str, enrollment: Enrollment, *, by: Actor, now: datetime, **facts: Any) -> None:
    site_id = enrollment.program.site_id
    trail.record(verb, enrollment, by=by, now=now, site_id=site_id, **facts)


def _next_key() -> str:
    number = (db.scalar(select(func.max(Enrollment.id))) or 0) + 1
    taken = queries.keys_in_use()
    while f"e-{number:03d}" in taken:
        number += 1
    return f"e-{number:03d}"
