from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, NamedTuple, Required, TypedDict, Unpack

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


class Acting(TypedDict, total=False):
    """Who acts, and when; and why weeks that are over may be changed."""

    by: Required[Actor]
    now: Required[datetime]
    amends: str | None


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
    """Admit somebody to a program, with a target of their own: the program's may change."""
    refuse_if(why_not_range(from_on, until_on), "until_on")
    target = _whole(target, program)
    lock_person(participant.id)
    refuse_beside(program.id, participant.id, Range(from_on, until_on))
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
    _record("enrollment.began", enrollment, {"by": by, "now": now}, **ids, **facts)
    return enrollment


def _whole(target: Hours | None, program: Program) -> Hours:
    """Return the target with what the program prescribes where nothing else is."""
    hours = target or Hours(program.min_minutes, program.max_minutes)
    refuse_if(rules.why_not_target(hours.min_minutes, hours.max_minutes), "target")
    if hours.min_service_days is None:
        return hours._replace(min_service_days=program.min_service_days)
    return hours


def change_target(
    enrollment: Enrollment,
    *,
    from_on: date,
    target: Hours,
    on_entry: bool = False,
    **acting: Unpack[Acting],
) -> Enrollment:
    """Prescribe other hours from a day on; later targets stay as they are.

    `on_entry`, here and below: noted with an enrollment that is entered just now, so that it
    rewrites nobody's week, and may lie after an end that came earlier than was planned.
    """
    lock(enrollment, on_entry=on_entry)
    refuse_if(rules.why_not_target(target.min_minutes, target.max_minutes), "target")
    _refuse_outside(enrollment, from_on, "from_on", on_entry=on_entry)
    begun = [each for each in enrollment.targets if each.from_on <= from_on]
    one = max(begun, key=lambda each: each.from_on)  # the one in force
    if target.min_service_days is None:
        target = target._replace(min_service_days=one.min_service_days)
    is_new = one.from_on != from_on
    if not is_new and target == (one.min_minutes, one.max_minutes, one.min_service_days):
        return enrollment
    minutes = {"min_minutes": target.min_minutes, "max_minutes": target.max_minutes}
    judged = None if on_entry else _judged_from(enrollment, from_on)
    with _changing(enrollment, "target_changed", judged, acting, from_on=from_on, **minutes):
        if is_new:
            one = Target(from_on=from_on)
            enrollment.targets.append(one)
        one.min_minutes, one.max_minutes, one.min_service_days = target
    return enrollment


def withdraw_target(
    enrollment: Enrollment,
    *,
    from_on: date,
    **acting: Unpack[Acting],
) -> Enrollment:
    """Take a dated target back: the one before it holds on."""
    lock(enrollment)
    one = next((each for each in enrollment.targets if each.from_on == from_on), None)
    if one is None:
        raise Refused(rules.NO_SUCH_TARGET)
    if one is enrollment.targets[0]:
        raise Refused(rules.FIRST_TARGET)
    judged = _judged_from(enrollment, from_on)
    with _changing(enrollment, "target_withdrawn", judged, acting, from_on=from_on):
        enrollment.targets.remove(one)
    return enrollment


def grant_leave(
    enrollment: Enrollment,
    *,
    from_on: date,
    until_on: date,
    reason: str | None = None,
    on_entry: bool = False,
    **acting: Unpack[Acting],
) -> Range:
    """Note that somebody is away for some days of their enrollment; return these days."""
    lock(enrollment, on_entry=on_entry)
    days = Range(from_on, until_on)
    others = [leave.days for leave in enrollment.leaves]
    refuse_if(why_not_range(*days), "until_on")
    refuse_if(rules.why_not_leave(days, others=others), "from_on")
    if not on_entry:
        _refuse_outside(enrollment, from_on, "from_on", "The first day of leave")
        _refuse_outside(enrollment, until_on, "until_on", "The last day of leave")
    since = None if on_entry else from_on
    with _changing(enrollment, "leave_granted", since, acting, **days._asdict()):
        enrollment.leaves.append(Leave(from_on=from_on, until_on=until_on, reason=reason))
    return days


def change_leave(
    enrollment: Enrollment,
    *,
    from_on: date,
    until_on: date,
    reason: str | None = None,
    **acting: Unpack[Acting],
) -> Range:
    """Another last day or reason for the leave that begins on a day; no reason keeps the one.

    Return the days that were leave or are now.
    """
    lock(enrollment)
    leave = _leave_from(enrollment, from_on)
    reason = reason or leave.reason
    if (until_on, reason) == (leave.until_on, leave.reason):
        return leave.days
    days = Range(from_on, until_on)
    others = [other.days for other in enrollment.leaves if other is not leave]
    refuse_if(why_not_range(*days), "until_on")
    refuse_if(rules.why_not_leave(days, others=others), "until_on")
    touched = Range(from_on, max(leave.until_on, until_on))
    changed = rules.first_day_changed(leave.until_on, until_on)
    if changed is not None:
        _refuse_outside(enrollment, until_on, "until_on", "The last day of leave")
    with _changing(enrollment, "leave_moved", changed, acting, **days._asdict()):
        leave.until_on, leave.reason = until_on, reason
    return touched


def end_leave(
    enrollment: Enrollment,
    *,
    from_on: date,
    last_on: date,
    **acting: Unpack[Acting],
) -> Range:
    """Another last day for the leave that begins on a day; one before it calls the leave off.

    Return the days that were leave or are now.
    """
    if last_on >= from_on:
        return change_leave(enrollment, from_on=from_on, until_on=last_on, **acting)
    lock(enrollment)
    leave = _leave_from(enrollment, from_on)
    facts = {"from_on": from_on, "until_on": last_on}
    with _changing(enrollment, "leave_called_off", from_on, acting, **facts):
        enrollment.leaves.remove(leave)
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
    on_entry: bool = False,
    **acting: Unpack[Acting],
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
    new = wanted - there.keys()
    for week in () if on_entry else new:
        day = min(max(week, enrollment.from_on), week + WEEK - DAY)
        _refuse_outside(enrollment, day, "weeks", "That week")
    since, listed = None if on_entry else min(changed), sorted(map(str, wanted))
    with _changing(enrollment, "transition_weeks_set", since, acting, weeks=listed):
        for week in there.keys() - wanted:
            enrollment.transition_weeks.remove(there[week])
        enrollment.transition_weeks += [TransitionWeek(week=week) for week in new]
    return enrollment


def set_end(
    enrollment: Enrollment,
    *,
    until_on: date | None,
    outcome: Outcome | None = None,
    reason: EndReason | None = None,
    **acting: Unpack[Acting],
) -> Enrollment:
    """Another last day, planned where there is no outcome; or how and why it ended."""
    lock(enrollment)
    refuse_if(why_not_range(enrollment.from_on, until_on), "until_on")
    refuse_if(rules.why_not_outcome(outcome, until_on), "until_on")
    refuse_if(rules.why_not_end(outcome, reason), "reason")
    wanted = (until_on, outcome, reason)
    if wanted == (enrollment.until_on, enrollment.outcome, enrollment.end_reason):
        return enrollment
    today = enrollment.program.site.today(acting["now"])
    refuse_if(rules.why_not_yet(reason, until_on, today=today), "until_on")
    days, person_id = Range(enrollment.from_on, until_on), enrollment.participant_id
    refuse_beside(enrollment.program_id, person_id, days, but=enrollment.id)
    verb = "ended" if outcome else "end_moved"
    changed = rules.first_day_changed(enrollment.until_on, until_on)
    facts = {"until_on": until_on, "outcome": outcome, "reason": reason}
    with _changing(enrollment, verb, changed, acting, **facts):
        enrollment.until_on, enrollment.outcome, enrollment.end_reason = wanted
    return enrollment


def move_start(
    enrollment: Enrollment,
    *,
    from_on: date,
    **acting: Unpack[Acting],
) -> Enrollment:
    """Another first day; the target in force on it is the one that the enrollment begins with."""
    lock(enrollment)
    if from_on == enrollment.from_on:
        return enrollment
    refuse_if(why_not_range(from_on, enrollment.until_on), "from_on")
    days, person_id = Range(from_on, enrollment.until_on), enrollment.participant_id
    refuse_beside(enrollment.program_id, person_id, days, but=enrollment.id)
    earlier = min(from_on, enrollment.from_on)
    begun = [one for one in enrollment.targets if one.from_on <= from_on]
    *before, first = begun or enrollment.targets[:1]
    with _changing(enrollment, "start_moved", earlier, acting, from_on=from_on):
        for one in before:
            enrollment.targets.remove(one)
        enrollment.from_on = first.from_on = from_on
    return enrollment


def change_program(
    enrollment: Enrollment, program: Program, **acting: Unpack[Acting]
) -> Enrollment:
    """Correct in which program somebody is, and was from the first day on."""
    lock(enrollment)
    if program.id == enrollment.program_id:
        return enrollment
    since = enrollment.from_on
    refuse_beside(program.id, enrollment.participant_id, Range(since, enrollment.until_on))
    with _changing(enrollment, "program_changed", since, acting, program=program.id):
        enrollment.program = program
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
    with _changing(enrollment, "continued", None, {"by": by, "now": now}, continues=continues_id):
        enrollment.continues_id = continues_id
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
    acting: Acting = {"by": by, "now": now}
    with _changing(enrollment, "circumstances_changed", None, acting, clinician=clinician_id):
        for gone in there.keys() - wanted:
            enrollment.unavailabilities.remove(there[gone])
        db.flush()
        enrollment.unavailabilities += _unavailabilities(wanted - there.keys())
        enrollment.clinician, enrollment.wished_part = clinician, wished_part
    return enrollment


def lock(enrollment: Enrollment, *, on_entry: bool = False) -> None:
    """Let nobody else change this person's enrollments meanwhile, and see what was changed.

    On entry it is locked and fresh already.
    """
    if on_entry:
        return
    lock_person(enrollment.participant_id)
    db.flush()
    queries.read_afresh(enrollment.id)


def lock_person(participant_id: int) -> None:
    found = db.scalar(
        select(Participant.id).where(Participant.id == participant_id, IS_LISTED).with_for_update()
    )
    refuse_if(None if found else MERGED)


def _unavailabilities(times: Iterable[WeeklyTime]) -> list[Unavailability]:
    return [
        Unavailability(weekday=weekday, from_minute=first, until_minute=last)
        for weekday, first, last in sorted(set(times))
    ]


def refuse_beside(
    program_id: int, participant_id: int, days: Range, *, but: int | None = None
) -> None:
    others = queries.ranges_in(program_id, participant_id, but=but)
    refuse_if(rules.why_not_enroll(days, others=others))


def _refuse_outside(
    enrollment: Enrollment, day: date, field: str, what: str = "That day", *, on_entry: bool = False
) -> None:
    until_on = None if on_entry else enrollment.until_on
    within = rules.why_not_within(day, from_on=enrollment.from_on, until_on=until_on, what=what)
    refuse_if(within, field)


def _judged_from(enrollment: Enrollment, from_on: date) -> date:
    starts = get_organization().week_starts
    return rules.first_week_judged(from_on, begins_on=enrollment.from_on, week_starts=starts)


@contextmanager
def _changing(
    enrollment: Enrollment, verb: str, since: date | None, acting: Acting, **facts: Any
) -> Iterator[None]:
    """Change an enrollment, from a day on where that can rewrite weeks, and write it down."""
    verb = f"enrollment.{verb}"
    if since is not None:
        reach_back(enrollment, since, verb, acting)
    yield
    db.flush()
    _record(verb, enrollment, acting, **facts)


def reach_back(enrollment: Enrollment, day: date, verb: str, acting: Acting) -> None:
    """Refuse to change weeks that are over, or keep why they are changed all the same."""
    by, now, amends = acting["by"], acting["now"], acting.get("amends")
    week = week_of(enrollment.program.site.today(now), get_organization().week_starts)
    refuse_if(rules.why_not_reach_back(day, week=week, amends=amends), "amends")
    if day >= week or amends is None:
        return
    account_id = by.id if by.kind == "account" else None
    facts = {"enrollment_id": enrollment.id, "made_at": now, "account_id": account_id}
    db.add(Amendment(verb=verb, reason=amends, **facts))
    db.flush()
    _record("enrollment.amended", enrollment, acting, from_on=day)


def _record(verb: str, enrollment: Enrollment, acting: Acting, **facts: Any) -> None:
    by, now, site_id = acting["by"], acting["now"], enrollment.program.site_id
    trail.record(verb, enrollment, by=by, now=now, site_id=site_id, **facts)


def free_key(key: str) -> str:
    """This key, or another one where somebody else has it by now."""
    return _next_key() if queries.is_key_taken(key) else key


def _next_key() -> str:
    number = (db.scalar(select(func.max(Enrollment.id))) or 0) + 1
    while queries.is_key_taken(f"e-{number:03d}"):
        number += 1
    return f"e-{number:03d}"
