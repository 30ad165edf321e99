from collections import defaultdict
from collections.abc import Mapping
from datetime import time
from typing import Any

from sqlalchemy import select

from clinic.db import session
from clinic.enrollment.models import (
    Enrollment,
    Leave,
    Target,
    TransitionWeek,
    Unavailability,
)
from clinic.enrollment.queries import find_enrollment
from clinic.enrollment.rules import why_not_range, why_not_transition_weeks
from clinic.errors import refuse_if
from clinic.exchange import rules
from clinic.exchange.actions.run import Run
from clinic.exchange.models import SHORT_WEEKDAYS, ClinicFile, EnrollmentShape, PlaceShape
from clinic.exchange.queries import staff_ids
from clinic.participants.queries import find_participant
from clinic.programs.models import Program
from clinic.schedule.models import RosterEntry
from clinic.schedule.queries import find_series
from clinic.schedule.rules import Range, common

GOING_ON = {"planned", "active"}


def bring_enrollment(
    run: Run, shape: EnrollmentShape, programs: Mapping[str, Program]
) -> Enrollment:
    program = programs[shape.program]
    participant = find_participant(shape.participant)
    assert participant is not None
    found = find_enrollment(shape.key)
    if found is not None:
        refuse_if(why_not_range(shape.from_, shape.until or found.until_on))
    values = {
        "key": shape.key,
        "participant_id": participant.id,
        "program_id": program.id,
        "clinician_id": staff_ids([shape.clinician])[0] if shape.clinician else None,
        "from_on": shape.from_,
        "until_on": shape.until,
        "outcome": rules.outcome_of(shape.status),
    }
    if found is None:
        run.put("enrollments", None, Enrollment, values)
        found = find_enrollment(shape.key)
        assert found is not None
        _set_dated_facts(found, shape, program)
        session.flush()
        return found
    before = _dated_facts(found)
    _set_dated_facts(found, shape, program)
    if shape.status in GOING_ON:
        found.outcome = None
    session.flush()
    has_changed = before != _dated_facts(found)
    return run.put("enrollments", found, Enrollment, values, has_changed=has_changed)  # type: ignore[no-any-return]


def _dated_facts(enrollment: Enrollment) -> Any:
    return (
        enrollment.outcome,
        {(t.from_on, t.min_minutes, t.max_minutes) for t in enrollment.targets},
        {(leave.from_on, leave.until_on, leave.reason) for leave in enrollment.leaves},
        {week.week for week in enrollment.transition_weeks},
        {(u.weekday, u.from_minute, u.until_minute) for u in enrollment.unavailabilities},
    )


def _set_dated_facts(enrollment: Enrollment, shape: EnrollmentShape, program: Program) -> None:
    """Targets, leave, transition weeks and unavailable times; those not in the file stay."""
    _set_targets(enrollment, shape, program)
    _set_leaves(enrollment, shape)
    weeks = {week.week for week in enrollment.transition_weeks}
    refuse_if(why_not_transition_weeks(weeks.union(shape.transition_weeks)))
    enrollment.transition_weeks += [
        TransitionWeek(week=week) for week in shape.transition_weeks if week not in weeks
    ]
    times = {(u.weekday, u.from_minute, u.until_minute) for u in enrollment.unavailabilities}
    wanted = {
        (SHORT_WEEKDAYS.index(day), _minute(one.start), _minute(one.end))
        for one in shape.unavailable or []
        for day in one.days
    }
    enrollment.unavailabilities += [
        Unavailability(weekday=weekday, from_minute=first, until_minute=last)
        for weekday, first, last in sorted(wanted - times)
    ]


def _set_targets(enrollment: Enrollment, shape: EnrollmentShape, program: Program) -> None:
    targets = {target.from_on: target for target in enrollment.targets}
    wanted = {target.from_: target.weekly_hours.minutes for target in shape.targets}
    if shape.weekly_hours is not None:
        wanted.setdefault(shape.from_, shape.weekly_hours.minutes)
    elif shape.from_ not in targets:  # the program's of today: a later one leaves the past alone
        wanted.setdefault(shape.from_, (program.min_minutes, program.max_minutes))
    for from_on, (least, most) in wanted.items():
        target = targets.get(from_on)
        if target is None:
            target = Target(from_on=from_on, min_service_days=program.min_service_days)
            enrollment.targets.append(target)
        target.min_minutes, target.max_minutes = least, most


def _set_leaves(enrollment: Enrollment, shape: EnrollmentShape) -> None:
    leaves = {leave.from_on: leave for leave in enrollment.leaves}
    for away in shape.leave:
        leave = leaves.get(away.from_)
        if leave is None:
            leave = Leave(from_on=away.from_)
            enrollment.leaves.append(leave)
        leave.until_on = away.until
        leave.reason = away.reason or leave.reason


def _minute(wall: time) -> int:
    return wall.hour * 60 + wall.minute


def bring_rosters(
    run: Run, file: ClinicFile, enrollments: Mapping[str, Enrollment]
) -> dict[int, str]:
    """Put everyone on the rosters of the file; series ids on them with a path to name them by."""
    touched: dict[int, str] = {}
    for n, shape in enumerate(file.enrollments):
        enrollment = enrollments[shape.key]
        by_key: dict[str, list[tuple[str, PlaceShape]]] = defaultdict(list)
        for m, place in enumerate(shape.series):
            by_key[place.key].append((f"enrollments[{n}].series[{m}]", place))
        for key, places in by_key.items():
            series = find_series(key)
            assert series is not None
            there = list(
                session.scalars(
                    select(RosterEntry)
                    .where(
                        RosterEntry.series_id == series.id,
                        RosterEntry.enrollment_id == enrollment.id,
                    )
                    .order_by(RosterEntry.from_on)
                )
            )
            for path, place in places:
                touched.setdefault(series.id, path)
                entry = _matching(there, place, shape)
                # A place by its key alone leaves the days that somebody has set by hand.
                is_bare = place.from_ is None and place.until is None
                from_on = None if entry and is_bare else place.from_ or shape.from_
                run.put(
                    "rosters",
                    entry,
                    RosterEntry,
                    {
                        "series_id": series.id,
                        "enrollment_id": enrollment.id,
                        "from_on": from_on,
                        "until_on": place.until,
                    },
                )
        for entry in session.scalars(
            select(RosterEntry).where(RosterEntry.enrollment_id == enrollment.id)
        ):  # its days or leave may have changed
            touched.setdefault(entry.series_id, f"enrollments[{n}]")
    return touched


def _matching(
    there: list[RosterEntry], place: PlaceShape, shape: EnrollmentShape
) -> RosterEntry | None:
    """The entry that a place of the file means, taken out of the list: one on the same days."""
    wanted = rules.days_of(place, shape)
    for entry in there:
        if common(Range(entry.from_on, entry.until_on), wanted):
            there.remove(entry)
            return entry
    return None
