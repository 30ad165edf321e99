from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from clinic.accounts.models import Staff
from clinic.db import session
from clinic.enrollment.rules import why_not_range
from clinic.errors import refuse_if
from clinic.exchange.actions.run import Run
from clinic.exchange.models import ClinicFile, OneOffShape, SeriesShape
from clinic.exchange.queries import enrollment_ids, find_room_id, staff_ids
from clinic.participants.models import Participant
from clinic.programs.models import Program, Room
from clinic.schedule.actions import sessions
from clinic.schedule.actions.rosters import fill
from clinic.schedule.actions.series import lay_out
from clinic.schedule.models import Series, SeriesLeader
from clinic.schedule.queries import (
    double_booked_leaders,
    double_booked_participants,
    double_booked_rooms,
    find_one_off,
    find_series,
    get_series,
    named,
)
from clinic.schedule.rules import clash_sentence


def bring_series(run: Run, shape: SeriesShape, programs: Mapping[str, Program]) -> Series:
    program = programs[shape.program]
    found = find_series(shape.key)
    if found is not None:
        refuse_if(why_not_range(shape.from_, shape.until or found.until_on))
    values: dict[str, Any] = {
        "key": shape.key,
        "program_id": program.id,
        "site_id": program.site_id,
        "room_id": find_room_id(program.site_id, shape.room),
        "title": shape.title,
        "kind": shape.kind,
        "mode": shape.mode,
        "weekdays": shape.weekdays,
        "starts": shape.start,
        "ends": shape.end,
        "break_minutes": shape.break_minutes,
        "seats": shape.seats,
        "every_weeks": shape.every_weeks,
        "from_on": shape.from_,
        "until_on": shape.until,
    }
    led_anew = found is not None and _lead(found, shape)
    put: Series = run.put("series", found, Series, values, has_changed=led_anew)
    session.expire(put, ["program", "site", "room"])  # the ids may be others now
    series = get_series(put.id)
    if found is None:
        _lead(series, shape)
        session.flush()
    return series


def _lead(series: Series, shape: SeriesShape) -> bool:
    """Give a series the leaders that the file names; whether they are others than before."""
    if shape.leaders is None:
        return False
    leader_ids = staff_ids(shape.leaders)
    if leader_ids == [leader.staff_id for leader in series.leaders]:
        return False
    series.leaders.clear()
    session.flush()  # positions are unique: the old ones go first
    series.leaders += [
        SeriesLeader(staff_id=staff_id, position=n) for n, staff_id in enumerate(leader_ids)
    ]
    return True


def lay_out_all(
    run: Run, file: ClinicFile, series: Mapping[str, Series], rosters: Mapping[int, str]
) -> None:
    for n, shape in enumerate(file.series):
        with run.at(f"series[{n}]"):
            laid = lay_out(series[shape.key], rewrites_past=True, by=run.by, now=run.now)
            run.counts["sessions"].update(
                {"created": laid.created, "changed": laid.changed + laid.removed}
            )
    in_file = {one.id for one in series.values()}
    for series_id, path in rosters.items():
        if series_id not in in_file:
            with run.at(path):
                fill(get_series(series_id))


def bring_one_off(run: Run, shape: OneOffShape, programs: Mapping[str, Program]) -> None:
    program = programs[shape.program]
    room = session.get(Room, find_room_id(program.site_id, shape.room)) if shape.room else None
    there = find_one_off(shape.key)
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
    run.note("sessions", outcome)


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
    rooms = dict(session.execute(select(Room.id, Room.name)).all())
    staff = dict(session.execute(select(Staff.id, Staff.name)).all())
    people = dict(session.execute(select(Participant.id, Participant.key)).all())
    found: dict[tuple[str, str], list[date]] = defaultdict(list)
    for names, doubles in (
        (rooms, double_booked_rooms(first)),
        (staff, double_booked_leaders(first)),
        (people, double_booked_participants(first)),
    ):
        held = named({one_id for clash in doubles for one_id in (clash.one_id, clash.other_id)})
        for clash in doubles:
            name = names[clash.resource_id]
            one, other = held[clash.one_id].key, held[clash.other_id].key
            path = paths.get(other) or paths.get(one)
            if names is people:
                path = path or enrolled.get(name)
            if path:  # else it is none of this file's making
                found[path, f"{name} is wanted twice: {one} and {other}"].append(clash.day)
    return [f"{path}: {clash_sentence(what, days)}" for (path, what), days in found.items()]
