"""The enrollments of a clinic file: admitted, or brought to what it says act by act."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import select

from clinic.accounts.models import Staff
from clinic.bulk import counted_off
from clinic.days import Range, WeeklyTime, week_of
from clinic.enrollment import actions
from clinic.enrollment.actions import Hours
from clinic.enrollment.models import Enrollment, Outcome
from clinic.enrollment.queries import WHOLE, find_enrollment
from clinic.errors import refuse_if
from clinic.exchange.actions.run import Run
from clinic.exchange.models.clinic_file import ClinicFile, EnrollmentShape, PlaceShape
from clinic.exchange.queries.names import by_key, people_by_key, rosters_of
from clinic.participants.models import Participant
from clinic.programs.models import Program
from clinic.programs.queries import get_organization
from clinic.schedule.actions import rosters
from clinic.schedule.models import RosterEntry, Series


class Known(NamedTuple):
    """What enrollments refer to, by key, and those that there are by now."""

    programs: Mapping[str, Program]
    people: Mapping[str, Participant]
    staff: Mapping[str, Staff]
    enrollments: dict[str, Enrollment]
    began: Mapping[str, date]  # before the file


def bring_enrollments(run: Run, file: ClinicFile, programs: Mapping[str, Program]) -> Known:
    """Everybody's enrollments with all that is dated, but without their places in groups."""
    shapes = file.enrollments
    found = by_key(WHOLE, {shape.key for shape in shapes})
    before = {key: _facts(one) for key, one in found.items()}
    began = {key: one.from_on for key, one in found.items()}
    people = people_by_key({shape.participant for shape in shapes})
    known = Known(programs, people, by_key(select(Staff)), found, began)
    run.in_turns(
        {
            path: partial(_bring, run, path, shape, known)
            for path, shape in run.lines("enrollments", shapes)
        }
    )
    _continue(run, file, found)
    for key, one in found.items():
        is_same = before.get(key) == _facts(one)
        run.note(
            "enrollments", "unchanged" if is_same else "changed" if key in before else "created"
        )
    return known


def _facts(one: Enrollment) -> Any:
    return (
        (one.program_id, one.clinician_id, one.from_on, one.until_on),
        (one.outcome, one.end_reason, one.wished_part, one.continues_id),
        {(t.from_on, t.min_minutes, t.max_minutes, t.min_service_days) for t in one.targets},
        {(leave.from_on, leave.until_on, leave.reason) for leave in one.leaves},
        {each.week for each in one.transition_weeks},
        set(one.busy),
    )


def _bring(run: Run, path: str, shape: EnrollmentShape, known: Known) -> None:
    """Bring one; raises `Refused` while another enrollment of theirs is in the way."""
    one = known.enrollments.get(shape.key)
    on_entry = one is None
    if one is None:
        one = known.enrollments[shape.key] = _enroll(run, shape, known)
    else:
        refuse_if(_why_not_theirs(shape, one), "participant")
        _let_run(run, one, shape, known)
    _prescribe(run, path, one, shape, on_entry=on_entry)
    _grant_leave(run, path, one, shape, on_entry=on_entry)
    for m, week in enumerate(shape.transition_weeks):
        with run.at(f"{path}.transition_weeks[{m}]"):
            refuse_if(_why_not_week(week))
    weeks = {each.week for each in one.transition_weeks}.union(shape.transition_weeks)
    if len(weeks) > len(one.transition_weeks):
        with run.at(f"{path}.transition_weeks"):
            actions.set_transition_weeks(one, weeks=weeks, on_entry=on_entry, **run.amending)
    with run.at(path):
        _end(run, one, shape)
    if not on_entry:
        _circumstances(run, one, shape, known)


def _enroll(run: Run, shape: EnrollmentShape, known: Known) -> Enrollment:
    opening = _targets(shape).get(shape.from_on)
    return actions.enroll(
        known.people[shape.participant],
        known.programs[shape.program],
        key=shape.key,
        from_on=shape.from_on,
        until_on=shape.until_on,
        clinician=known.staff[shape.clinician] if shape.clinician else None,
        target=opening.hours if opening else None,
        wished_part=shape.wished_part,
        unavailable=_unavailable(shape),
        **run.acting,
    )


def _why_not_theirs(shape: EnrollmentShape, one: Enrollment) -> str | None:
    if one.participant.key == shape.participant:
        return None
    return f"{one.key} is {one.participant.key}'s, and stays theirs"


def _why_not_week(day: date) -> str | None:
    first = week_of(day, get_organization().week_starts)
    return None if day == first else f"{day} begins no week; {first} does"


def _unavailable(shape: EnrollmentShape) -> set[WeeklyTime]:
    return {WeeklyTime(*time) for each in shape.unavailable or [] for time in each.times}


class _Prescribed(NamedTuple):
    """Hours from a day on, and the part of the file that says so."""

    part: str
    hours: Hours


def _targets(shape: EnrollmentShape) -> dict[date, _Prescribed]:
    found = {
        each.from_on: _Prescribed(
            f"targets[{m}]",
            Hours(*each.weekly_hours.minutes, each.service_days.min if each.service_days else None),
        )
        for m, each in enumerate(shape.targets)
    }
    if shape.weekly_hours is not None:
        opening = _Prescribed("weekly_hours", Hours(*shape.weekly_hours.minutes))
        found.setdefault(shape.from_on, opening)
    return found


def _prescribe(
    run: Run, path: str, one: Enrollment, shape: EnrollmentShape, *, on_entry: bool
) -> None:
    """Targets; one without service days keeps those that it has, or has its program's."""
    there = {each.from_on: each for each in one.targets}
    for from_on, (part, hours) in _targets(shape).items():
        target, days = there.get(from_on), hours.min_service_days
        if days is None:
            days = (target or one.program).min_service_days
        wanted = (hours.min_minutes, hours.max_minutes, days)
        if target and wanted == (target.min_minutes, target.max_minutes, target.min_service_days):
            continue
        with run.at(f"{path}.{part}"):
            actions.change_target(
                one,
                from_on=from_on,
                target=hours._replace(min_service_days=days or 0),
                on_entry=on_entry,
                **run.amending,
            )


def _grant_leave(
    run: Run, path: str, one: Enrollment, shape: EnrollmentShape, *, on_entry: bool
) -> None:
    there = {leave.from_on: leave for leave in one.leaves}
    for m, away in enumerate(shape.leave):
        leave = there.get(away.from_on)
        facts = away.facts()
        with run.at(f"{path}.leave[{m}]"):
            if leave is None:
                actions.grant_leave(one, **facts, on_entry=on_entry, **run.amending)
            elif leave.until_on != away.until_on or away.reason not in (None, leave.reason):
                actions.change_leave(one, **facts, **run.amending)


def _let_run(run: Run, one: Enrollment, shape: EnrollmentShape, known: Known) -> None:
    """The days on which an enrollment runs, but for an end that comes earlier than it did.

    What is dated finds its place among them, also what lies behind that end.
    """
    program = known.programs[shape.program]
    if one.program_id != program.id:
        actions.change_program(one, program, **run.amending)
    if shape.until_on and one.until_on and one.until_on < shape.until_on:
        _end(run, one, shape)
    if one.from_on != shape.from_on:
        actions.move_start(one, from_on=shape.from_on, **run.amending)


def _end(run: Run, one: Enrollment, shape: EnrollmentShape) -> None:
    """The last day, and how and why it ended; what the file does not say stays."""
    outcome = one.outcome
    if shape.status is not None:
        outcome = Outcome(shape.status) if shape.status in set(Outcome) else None
    reason = shape.reason or (one.end_reason if outcome is one.outcome else None)
    until_on = shape.until_on or one.until_on
    if (until_on, outcome, reason) != (one.until_on, one.outcome, one.end_reason):
        actions.set_end(one, until_on=until_on, outcome=outcome, reason=reason, **run.amending)


def _circumstances(run: Run, one: Enrollment, shape: EnrollmentShape, known: Known) -> None:
    clinician = known.staff[shape.clinician] if shape.clinician else one.clinician
    wished, busy = shape.wished_part or one.wished_part, set(one.busy) | _unavailable(shape)
    if (clinician, wished, busy) != (one.clinician, one.wished_part, set(one.busy)):
        actions.change_circumstances(
            one, clinician=clinician, wished_part=wished, unavailable=sorted(busy), **run.acting
        )


def _continue(run: Run, file: ClinicFile, found: Mapping[str, Enrollment]) -> None:
    """Which took over from which; those that go over to another one make room first."""
    differing = {}
    for n, shape in enumerate(file.enrollments):
        one = found.get(shape.key)
        if one is None or shape.continues is None:
            continue
        earlier = found.get(shape.continues) or find_enrollment(shape.continues)
        if earlier is not None and one.continues_id != earlier.id:
            differing[f"enrollments[{n}].continues"] = one, earlier
    for one, _ in differing.values():
        actions.set_continued(one, None, **run.acting)
    for path, (one, earlier) in differing.items():
        with run.at(path):
            actions.set_continued(one, earlier, **run.acting)


def bring_rosters(
    run: Run, file: ClinicFile, known: Known, series: Mapping[str, Series]
) -> dict[int, str]:
    """Note everybody's places in groups; series ids on them with a path to name them by."""
    touched: dict[int, str] = {}
    places = rosters_of(known.enrollments.values())
    for n, shape in enumerate(counted_off("rosters", file.enrollments)):
        one = known.enrollments[shape.key]
        there = places[one.id]
        matched = _matching(there, series, shape)
        for m, (place, entry) in enumerate(zip(shape.series, matched, strict=True)):
            group, path = series[place.key], f"enrollments[{n}].series[{m}]"
            touched.setdefault(group.id, path)
            days = _days(place, shape, entry, began=known.began.get(shape.key))
            others = [Range(each.from_on, each.until_on) for each in there[group.id]]
            is_same = entry is not None and days == (entry.from_on, entry.until_on)
            run.note("rosters", "unchanged" if is_same else "changed" if entry else "created")
            with run.at(path):
                there[group.id].append(
                    rosters.write_down(one, group, days, entry=entry, others=others, **run.acting)
                )
        for series_id in there:  # its days or leave may have changed
            touched.setdefault(series_id, f"enrollments[{n}]")
    return touched


def _matching(
    there: Mapping[int, list[RosterEntry]], series: Mapping[str, Series], shape: EnrollmentShape
) -> list[RosterEntry | None]:
    """The entries that the places of the file mean, taken out of the lists.

    One from the same day on, else one that shares some days.
    """
    found: dict[int, RosterEntry] = {}
    for is_meant in _begins_as, _shares_days:
        for m, place in enumerate(shape.series):
            entries = there[series[place.key].id]
            entry = next((each for each in entries if is_meant(each, place, shape)), None)
            if m not in found and entry:
                entries.remove(entry)
                found[m] = entry
    return [found.get(m) for m in range(len(shape.series))]


def _begins_as(entry: RosterEntry, place: PlaceShape, shape: EnrollmentShape) -> bool:
    return entry.from_on == (place.from_on or shape.from_on)


def _shares_days(entry: RosterEntry, place: PlaceShape, shape: EnrollmentShape) -> bool:
    wanted = Range(place.from_on or shape.from_on, place.until_on or shape.until_on)
    return Range(entry.from_on, entry.until_on).overlaps(wanted)


def _days(
    place: PlaceShape, shape: EnrollmentShape, entry: RosterEntry | None, *, began: date | None
) -> Range:
    """The days of a place. By its key alone it leaves those that somebody has set by hand."""
    from_on = place.from_on or shape.from_on
    is_bare = place.from_on is None and place.until_on is None
    if entry is None:
        return Range(from_on, place.until_on)
    if is_bare and entry.from_on != began:
        from_on = entry.from_on
    return Range(from_on, place.until_on or entry.until_on)
