from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select, update

from clinic import trail
from clinic.accounts.models import Staff
from clinic.days import why_not_range
from clinic.db import db
from clinic.errors import refuse_if
from clinic.exchange.actions.run import Run
from clinic.exchange.models.clinic_file import ClinicFile, OneOffShape, PlanShape, SeriesShape
from clinic.exchange.queries.names import enrollment_ids, find_room_id, staff_ids
from clinic.participants.models import Participant
from clinic.programs.models import Program, Room
from clinic.schedule.actions import sessions
from clinic.schedule.actions.rosters import fill
from clinic.schedule.actions.series import PLANNED, SessionChanges, begin_on, lay_out, plan_from
from clinic.schedule.models import Series, SeriesPlan, Session
from clinic.schedule.queries.bookings import has_attendance
from clinic.schedule.queries.clashes import (
    double_booked_leaders,
    double_booked_participants,
    double_booked_rooms,
)
from clinic.schedule.queries.series import find_series, get_series
from clinic.schedule.queries.sessions import find_one_off, named
from clinic.schedule.rules.sessions import clash_sentence, wanted_twice


def bring_series(run: Run, shape: SeriesShape, programs: Mapping[str, Program]) -> Series:
    program = programs[shape.program]
    found = find_series(shape.key)
    if found is not None:
        refuse_if(why_not_range(shape.from_, shape.until or found.until_on))
    values: dict[str, Any] = {
        "key": shape.key,
        "program_id": program.id,
        "site_id": program.site_id,
        "title": shape.title,
        "from_on": shape.from_,
        "until_on": shape.until,
    }
    planned_anew = found is not None and _plan(found, shape, program.site_id)
    if found is None:
        values["plans"] = []
    put: Series = run.put("series", found, Series, values, has_changed=planned_anew)
    if found is None:
        _plan(put, shape, program.site_id)
    db.expire(put, ["program", "site", "plans"])  # the ids may be others now
    return get_series(put.id)


def _plan(series: Series, shape: SeriesShape, site_id: int) -> bool:
    """Give a series the plans that the file names; whether they are others than before.

    Where the file names no later ones, those that follow its first plan stay.
    """
    if series.plans and series.plans[0].from_on != shape.from_:
        begin_on(series, shape.from_)
    before = {plan.from_on: plan for plan in series.plans}
    wanted = {
        each.from_: _planned(each, site_id, before.get(each.from_))
        for each in (shape, *(shape.plans or ()))
    }
    kept = series.plans if shape.plans is not None else series.plans[:1]
    if wanted == {plan.from_on: _facts_of(plan) for plan in kept}:
        return False
    series.plans.clear()
    db.flush()
    for day, facts in wanted.items():
        plan_from(series, day, **facts)
    return True


def _planned(shape: PlanShape, site_id: int, before: SeriesPlan | None) -> dict[str, Any]:
    """What the file says of a plan; what it leaves out is as it was, or as usual."""
    there = _facts_of(before) if before else {"leader_ids": [], **PLANNED}
    given = {
        "kind": shape.kind,
        "mode": shape.mode,
        "weekdays": shape.weekdays,
        "starts": shape.start,
        "ends": shape.end,
        "break_minutes": shape.break_minutes,
        "seats": shape.seats,
        "every_weeks": shape.every_weeks,
        "room_id": find_room_id(site_id, shape.room),
        "leader_ids": None if shape.leaders is None else staff_ids(shape.leaders),
    }
    return there | {name: value for name, value in given.items() if value is not None}


def _facts_of(plan: SeriesPlan) -> dict[str, Any]:
    leader_ids = [leader.staff_id for leader in plan.leaders]
    return {"leader_ids": leader_ids} | {name: getattr(plan, name) for name in PLANNED}


def lay_out_all(
    run: Run, file: ClinicFile, series: Mapping[str, Series], rosters: Mapping[int, str]
) -> None:
    """Bring the sessions of the file's series to it, and to others who is on them."""
    for n, shape in enumerate(file.series):
        with run.at(f"series[{n}]"):
            _note(run, lay_out(series[shape.key], rewrites_past=True, by=run.by, now=run.now))
    done = {one.id for one in series.values()}
    for series_id, path in rosters.items():
        if series_id not in done:
            with run.at(path):
                fill(series_id)


def _note(run: Run, laid: SessionChanges) -> None:
    run.counts["sessions"].update({"created": laid.created, "changed": laid.changed + laid.removed})


def bring_one_off(run: Run, shape: OneOffShape, programs: Mapping[str, Program]) -> None:
    program = programs[shape.program]
    room = db.get(Room, find_room_id(program.site_id, shape.room)) if shape.room else None
    there = find_one_off(shape.key)
    if there is not None and there.is_cancelled and shape.cancelled is not None:
        run.note("sessions", "changed" if _call_off(run, there, shape.cancelled) else "unchanged")
        return
    led_by = [leader.staff_id for leader in there.leaders] if there else []
    plan = sessions.Plan(
        program=program,
        title=shape.title,
        kind=shape.kind,
        mode=shape.mode,
        room=room,
        starts=shape.start,
        ends=shape.end,
        break_minutes=shape.break_minutes or 0,
        seats=shape.seats,
        leader_ids=led_by if shape.leaders is None else staff_ids(shape.leaders),
    )
    people = None if shape.enrollments is None else enrollment_ids(shape.enrollments)
    outcome = sessions.plan_one_off(shape.key, shape.date, plan, people, by=run.by, now=run.now)
    if shape.cancelled is not None:
        session = find_one_off(shape.key)
        assert session is not None
        is_off = _call_off(run, session, shape.cancelled)
        outcome = "changed" if is_off and outcome == "unchanged" else outcome
    run.note("sessions", outcome)


def _call_off(run: Run, session: Session, reason: str) -> bool:
    """Cancel a one-off session, also one that is over; whether that changed anything.

    One with attendance took place.
    """
    is_so = session.is_cancelled and session.closure_id is None and session.cancel_reason == reason
    if is_so or has_attendance(session.id):
        return False
    there = {name: getattr(session, name) for name in sessions.COLUMNS}
    values = there | {"is_cancelled": True, "cancel_reason": reason, "closure_id": None}
    sessions.change({session.id: values}, {session.id: session}, now=run.now)
    db.execute(  # as if by hand: what a closure says is not asked again
        update(Session).where(Session.id == session.id).values(is_changed_by_hand=True),
        execution_options={"synchronize_session": False},
    )
    db.expire(session)
    trail.record("session.cancelled", session, by=run.by, now=run.now)
    return True


def clashes(file: ClinicFile) -> list[str]:
    """Rooms, leaders and participants that this file wants twice at a time."""
    paths = {one.key: f"series[{n}]" for n, one in enumerate(file.series)}
    paths |= {one.key: f"sessions[{n}]" for n, one in enumerate(file.sessions)}
    enrolled = {one.participant: f"enrollments[{n}]" for n, one in enumerate(file.enrollments)}
    days = [one.from_ for one in file.series] + [one.date for one in file.sessions]
    days += [one.from_ for one in file.enrollments]
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
        clashing = named({one_id for clash in doubles for one_id in (clash.one_id, clash.other_id)})
        for clash in doubles:
            name = names[clash.resource_id]
            one, other = clashing[clash.one_id].key, clashing[clash.other_id].key
            path = paths.get(other) or paths.get(one)
            if names is people:
                path = path or enrolled.get(name)
            if path:  # else it is none of this file's making
                found[path, wanted_twice(name, one, other)].append(clash.day)
    return [f"{path}: {clash_sentence(what, days)}" for (path, what), days in found.items()]
