from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from clinic.days import Range, common
from clinic.db import db
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
from clinic.exchange.actions.run import Run
from clinic.exchange.models.clinic_file import ClinicFile, EnrollmentShape, PlaceShape, TargetShape
from clinic.exchange.queries.names import staff_ids
from clinic.exchange.rules.known import days_of, outcome_of
from clinic.participants.queries import find_participant
from clinic.programs.models import Program
from clinic.schedule.models import RosterEntry, Series

GOING_ON = {"planned", "active"}
DATED = ("targets", "leaves", "transition_weeks", "unavailabilities")


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
        "outcome": outcome_of(shape.status),
        "end_reason": shape.reason,
        "wished_part": shape.wished_part,
    }
    if found is None:
        nothing_yet: dict[str, Any] = {name: [] for name in DATED}
        made: Enrollment = run.put("enrollments", None, Enrollment, values | nothing_yet)
        _set_dated_facts(made, shape, program)
        db.flush()
        return made
    before = _dated_facts(found)
    if found.from_on != shape.from_:
        _move_first_day(found, shape)
    _set_dated_facts(found, shape, program)
    if shape.status in GOING_ON:
        found.outcome = found.end_reason = None
    elif values["outcome"] not in (None, found.outcome):
        found.end_reason = None  # of another end; the file may name one for this
    db.flush()
    has_changed = before != _dated_facts(found)
    return run.put("enrollments", found, Enrollment, values, has_changed=has_changed)  # type: ignore[no-any-return]


def bring_continuations(run: Run, file: ClinicFile, enrollments: Mapping[str, Enrollment]) -> None:
    """Which enrollment took over from which, once all of them are there."""
    wanted = {one.key: one.continues for one in file.enrollments if one.continues}
    differing = []
    for key, before in wanted.items():
        earlier = enrollments.get(before) or find_enrollment(before)
        assert earlier is not None
        if enrollments[key].continues_id != earlier.id:
            differing.append((enrollments[key], earlier.id))
            enrollments[key].continues_id = None
    db.flush()  # each is continued once: those that go first make room
    for enrollment, earlier_id in differing:
        enrollment.continues_id = earlier_id
        db.flush()
        run.note_change("enrollments", enrollment)


def _move_first_day(enrollment: Enrollment, shape: EnrollmentShape) -> None:
    """Places on rosters that began with the enrollment, and do in the file, begin with it still."""
    bare = [place.key for place in shape.series if place.from_ is None]
    for entry in db.scalars(
        select(RosterEntry)
        .join(Series, Series.id == RosterEntry.series_id)
        .where(
            RosterEntry.enrollment_id == enrollment.id,
            RosterEntry.from_on == enrollment.from_on,
            Series.key.in_(bare),
        )
    ).all():
        entry.from_on = shape.from_


def _dated_facts(enrollment: Enrollment) -> Any:
    return (
        enrollment.outcome,
        enrollment.end_reason,
        {(t.from_on, t.min_minutes, t.max_minutes, t.min_service_days) for t in enrollment.targets},
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
    wanted = {time for one in shape.unavailable or [] for time in one.times}
    enrollment.unavailabilities += [
        Unavailability(weekday=weekday, from_minute=first, until_minute=last)
        for weekday, first, last in sorted(wanted - times)
    ]


def _set_targets(enrollment: Enrollment, shape: EnrollmentShape, program: Program) -> None:
    targets = {target.from_on: target for target in enrollment.targets}
    wanted: dict[Any, TargetShape | tuple[int, int]] = {one.from_: one for one in shape.targets}
    if shape.weekly_hours is not None:
        wanted.setdefault(shape.from_, shape.weekly_hours.minutes)
    elif shape.from_ not in targets:  # the program's of today: a later one leaves the past alone
        wanted.setdefault(shape.from_, (program.min_minutes, program.max_minutes))
    for from_on, one in wanted.items():
        target = targets.get(from_on)
        if target is None:
            target = Target(from_on=from_on, min_service_days=program.min_service_days)
            enrollment.targets.append(target)
        if isinstance(one, tuple):
            target.min_minutes, target.max_minutes = one
            continue
        target.min_minutes, target.max_minutes = one.weekly_hours.minutes
        if one.service_days is not None:
            target.min_service_days = one.service_days.min


def _set_leaves(enrollment: Enrollment, shape: EnrollmentShape) -> None:
    leaves = {leave.from_on: leave for leave in enrollment.leaves}
    for away in shape.leave:
        leave = leaves.get(away.from_)
        if leave is None:
            leave = Leave(from_on=away.from_)
            enrollment.leaves.append(leave)
        leave.until_on = away.until
        leave.reason = away.reason or leave.reason


def bring_rosters(
    run: Run, file: ClinicFile, enrollments: Mapping[str, Enrollment]
) -> dict[int, str]:
    """Put everyone on the rosters of the file; series ids on them with a path to name them by."""
    touched: dict[int, str] = {}
    series_ids = dict(db.execute(select(Series.key, Series.id)).all())
    entries = _entries([enrollment.id for enrollment in enrollments.values()])
    for n, shape in enumerate(file.enrollments):
        enrollment = enrollments[shape.key]
        there = entries[enrollment.id]
        for m, place in enumerate(shape.series):
            series_id = series_ids[place.key]
            touched.setdefault(series_id, f"enrollments[{n}].series[{m}]")
            found = _matching(there[series_id], place, shape)
            # A place by its key alone leaves the days that somebody has set by hand.
            is_bare = place.from_ is None and place.until is None
            run.put(
                "rosters",
                found,
                RosterEntry,
                {
                    "series_id": series_id,
                    "enrollment_id": enrollment.id,
                    "from_on": None if found and is_bare else place.from_ or shape.from_,
                    "until_on": place.until,
                },
            )
        for series_id in there:  # its days or leave may have changed
            touched.setdefault(series_id, f"enrollments[{n}]")
    return touched


def _entries(enrollment_ids: list[int]) -> dict[int, dict[int, list[RosterEntry]]]:
    """Enrollment id to series id to the entries of the one on the other's roster, by first day."""
    found: dict[int, dict[int, list[RosterEntry]]] = defaultdict(lambda: defaultdict(list))
    for entry in db.scalars(
        select(RosterEntry)
        .where(RosterEntry.enrollment_id.in_(enrollment_ids))
        .order_by(RosterEntry.from_on, RosterEntry.id)
    ):
        found[entry.enrollment_id][entry.series_id].append(entry)
    return found


def _matching(
    there: list[RosterEntry], place: PlaceShape, shape: EnrollmentShape
) -> RosterEntry | None:
    """The entry that a place of the file means, taken out of the list: one on the same days."""
    wanted = days_of(place, shape)
    for entry in there:
        if common(Range(entry.from_on, entry.until_on), wanted):
            there.remove(entry)
            return entry
    return None
