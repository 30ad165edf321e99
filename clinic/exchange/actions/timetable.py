"""Series and one-off sessions of a clinic file: planned as on the pages, but also what is over."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from clinic.accounts.models import Staff
from clinic.bulk import counted_off
from clinic.codes.actions import set_join_link
from clinic.db import db
from clinic.errors import Refused, refuse_any
from clinic.exchange.actions.run import Run
from clinic.exchange.models.clinic_file import (
    ClinicFile,
    MeetingShape,
    OneOffShape,
    PlanShape,
    SeriesShape,
)
from clinic.exchange.queries.names import enrollment_ids, find_room, staff_ids
from clinic.participants.models import Participant
from clinic.programs.models import Program, Room
from clinic.schedule.actions import changes as of_one
from clinic.schedule.actions import groups, meetings, one_offs
from clinic.schedule.actions.rosters import fill
from clinic.schedule.actions.series import is_same, lay_out
from clinic.schedule.actions.sessions import why_not_held
from clinic.schedule.models import Mode, Series, SeriesPlan, Session
from clinic.schedule.queries.bookings import who_is_on
from clinic.schedule.queries.clashes import (
    double_booked_leaders,
    double_booked_participants,
    double_booked_rooms,
    named_doubles,
)
from clinic.schedule.queries.series import find_series
from clinic.schedule.queries.sessions import find_meeting, find_one_off
from clinic.schedule.rules.series import plan_on, plans_since, why_not_after
from clinic.schedule.rules.sessions import clash_sentence, wanted_twice


def bring_series(run: Run, path: str, shape: SeriesShape, program: Program) -> Series | None:
    """Note a series and its dated plans; None where one of these cannot be."""
    found = find_series(shape.key)
    there = plans_since(found.plans, shape.from_on) if found else []
    plans = _plans(run, path, shape, program, there)
    if len(plans) < 1 + len(shape.plans or ()):
        return None
    if shape.plans is None and there and is_same(plans[0], there[0]):
        plans += there[1:]  # which the file does not mention
    is_open = shape.is_open_to_make_ups
    if is_open is None:
        is_open = found is not None and found.is_open_to_make_ups
    wanted = Series(
        key=shape.key,
        program_id=program.id,
        site_id=program.site_id,
        title=shape.title,
        from_on=shape.from_on,
        until_on=shape.until_on or (found.until_on if found else None),
        is_open_to_make_ups=is_open,
        plans=plans,
    )
    series, has_changed = groups.write_down(found, wanted, **run.acting)
    has_changed |= _link(run, series, shape.join_link)
    run.note("series", ("changed" if has_changed else "unchanged") if found else "created")
    return series


def _link(run: Run, meeting: Series | Session, link: str | None) -> bool:
    """Keep how people join by video, where the file says so; whether that is new."""
    return link is not None and set_join_link(meeting, link, **run.acting)


def _plans(
    run: Run, path: str, shape: SeriesShape, program: Program, there: Sequence[SeriesPlan]
) -> list[SeriesPlan]:
    """Those that the file names and that can be; `there` are the series' since its first day."""
    before = {each.from_on: each for each in there} | dict(
        zip([shape.from_on], there, strict=False)
    )
    usual = SeriesPlan(break_minutes=0, every_weeks=1)
    named = [shape, *(shape.plans or ())]
    days = [each.from_on for each in named]
    plans = []
    for n, each in enumerate(named):
        one = before.get(each.from_on, usual)
        with run.at(f"{path}.plans[{n - 1}]" if n else path):
            plan = _plan(each, program, one)
            plan.weekdays, plan.from_on = each.weekdays, each.from_on
            plan.every_weeks = each.every_weeks or one.every_weeks
            needs_room = plan.mode is Mode.IN_PERSON
            refuse_any(
                *why_not_held(plan, program.site_id, needs_room=needs_room),
                (why_not_after(each.from_on, days[:n]), "from_on"),
            )
            plans.append(plan)
    return plans


def _plan(
    shape: PlanShape | OneOffShape | MeetingShape, program: Program, before: SeriesPlan
) -> SeriesPlan:
    """What the file says of a plan; what it leaves out is as it was before."""
    room = find_room(program.site_id, shape.room) if shape.room else before.room
    if shape.room and room is None:
        raise Refused(f"there is no room {shape.room} at site {program.site.key}", "room")
    minutes = before.break_minutes if shape.break_minutes is None else shape.break_minutes
    return SeriesPlan(
        kind=shape.kind,
        mode=shape.mode,
        starts=shape.starts,
        ends=shape.ends,
        break_minutes=minutes,
        seats=shape.seats,
        room=room,
        room_id=room.id if room else None,
        leader_ids=before.leader_ids if shape.leaders is None else staff_ids(shape.leaders),
    )


def lay_out_all(
    run: Run, file: ClinicFile, series: Mapping[str, Series], rosters: Mapping[int, str]
) -> None:
    """Bring the sessions of the file's series to it, and to others who is on them."""
    for n, shape in enumerate(counted_off("sessions of series", file.series)):
        with run.at(f"series[{n}]"):
            _note(run, lay_out(series[shape.key], by_file=True, **run.acting))
    done = {one.id for one in series.values()}
    for series_id, path in rosters.items():
        if series_id not in done:
            with run.at(path):
                fill(series_id)


def _note(run: Run, laid: tuple[int, int, int]) -> None:
    made, changed, gone = laid
    run.counts["sessions"].update({"created": made, "changed": changed + gone})


def bring_meeting(run: Run, shape: MeetingShape) -> None:
    """Have one meeting of a series be what the file says of it."""
    series = find_series(shape.series)
    assert series is not None  # all series that the file names are there by now
    planned = plan_on(series.plans, shape.planned)
    plan = _plan(
        shape, series.program, SeriesPlan(break_minutes=planned.break_minutes, leader_ids=[])
    )
    plan.kind = shape.kind or planned.kind
    outcome = meetings.bring(
        series,
        shape.planned,
        plan,
        title=shape.title or series.title,
        day=shape.date,
        guests=enrollment_ids(shape.guests or ()),
        cancelled=shape.cancelled,
        **run.acting,
    )
    session = find_meeting(series.id, shape.planned)
    # One that it was given by hand stays.
    is_linked = session and session.join_link is None and _link(run, session, shape.join_link)
    run.note("meetings", "changed" if is_linked and outcome == "unchanged" else outcome)


def bring_one_off(run: Run, shape: OneOffShape, program: Program) -> None:
    """Plan a session by itself, or bring it to what the file says of it."""
    session = find_one_off(shape.key)
    outcome = "unchanged" if session else "created"
    changes = []
    if session is None:
        wanted = _one_off(shape, program) | run.acting
        session = one_offs.book(program, **wanted, key=shape.key, by_file=True)
    elif not (session.is_cancelled and shape.cancelled):
        wanted = _one_off(shape, program, session) | run.acting
        changes.append(of_one.change_by_file(session, program=program, **wanted))
    if shape.cancelled is not None:
        off = of_one.cancel_by_file(session, reason=shape.cancelled, **run.acting)
        changes.append(off)
    changes.append(_link(run, session, shape.join_link))
    run.note("sessions", "changed" if any(changes) and outcome == "unchanged" else outcome)


def _one_off(
    shape: OneOffShape, program: Program, session: Session | None = None
) -> dict[str, Any]:
    """What the file says of a session by itself; leaders and people that it leaves out stay."""
    leader_ids, people = (session.leader_ids, who_is_on(session.id)) if session else ([], [])
    before = SeriesPlan(break_minutes=0, leader_ids=leader_ids)
    return {
        "plan": _plan(shape, program, before),
        "title": shape.title,
        "day": shape.date,
        "people": people if shape.enrollments is None else enrollment_ids(shape.enrollments),
    }


def clashes(file: ClinicFile) -> list[str]:
    """Rooms, leaders and participants that this file wants twice at a time."""
    paths = {one.key: f"series[{n}]" for n, one in enumerate(file.series)}
    paths |= {one.key: f"sessions[{n}]" for n, one in enumerate(file.sessions)}
    paths = {one.series: f"meetings[{n}]" for n, one in enumerate(file.meetings)} | paths
    enrolled = {one.participant: f"enrollments[{n}]" for n, one in enumerate(file.enrollments)}
    days = [one.from_on for one in file.series] + [one.date for one in file.sessions]
    days += [one.from_on for one in file.enrollments] + [one.date for one in file.meetings]
    if not days:
        return []
    first = min(days)
    rooms = dict(db.execute(select(Room.id, Room.name)).all())
    staff = dict(db.execute(select(Staff.id, Staff.name)).all())
    people = dict(db.execute(select(Participant.id, Participant.key)).all())
    found: dict[tuple[str, str], list[date]] = defaultdict(list)
    for names, doubles in (
        (rooms, double_booked_rooms(first)),
        (staff, double_booked_leaders(first)),
        (people, double_booked_participants(first)),
    ):
        for day, resource_id, one, other in named_doubles(doubles):
            name = names[resource_id]
            path = paths.get(other.key) or paths.get(one.key)
            if names is people:
                path = path or enrolled.get(name)
            if path:  # else it is none of this file's making
                found[path, wanted_twice(name, one.key, other.key)].append(day)
    return [f"{path}: {clash_sentence(what, days)}" for (path, what), days in found.items()]
