"""What must hold of series, closures and one-off sessions."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from clinic.days import why_not_wall_time
from clinic.exchange.models.clinic_file import ClinicFile, OneOffShape, PlanShape, SeriesShape
from clinic.exchange.rules.known import Known
from clinic.schedule.models import Mode
from clinic.schedule.rules.sessions import why_not_times


def problems(file: ClinicFile, known: Known) -> Iterator[str]:
    for n, series in enumerate(file.series):
        yield from _series(f"series[{n}]", series, known)


def one_offs(file: ClinicFile, known: Known) -> Iterator[str]:
    for n, one in enumerate(file.sessions):
        yield from _one_off(f"sessions[{n}]", one, known)


def _series(path: str, series: SeriesShape, known: Known) -> Iterator[str]:
    yield from _held(path, series, series.program, known)
    before = series.from_
    for n, plan in enumerate(series.plans or ()):
        yield from _held(f"{path}.plans[{n}]", plan, series.program, known)
        if plan.from_ <= before:
            yield f"{path}.plans[{n}].from: is not after the plan before it"
        before = plan.from_
    if series.until is not None and series.until < series.from_:
        yield f"{path}.until: is before from"


def _held(path: str, plan: PlanShape | OneOffShape, program: str, known: Known) -> Iterator[str]:
    """What a series and a one-off session have in common."""
    times = why_not_times(plan.start, plan.end, break_minutes=plan.break_minutes or 0)
    if times:
        yield f"{path}.end: {times}"
    site = known.program_sites.get(program)
    if site is None:
        return
    if plan.room is not None:
        room_seats = known.rooms.get((site, plan.room))
        if room_seats is None:
            yield f"{path}.room: there is no room {plan.room} at site {site}"
        elif plan.mode is Mode.IN_PERSON and room_seats < plan.seats:
            yield f"{path}.seats: room {plan.room} has {room_seats} seats, not {plan.seats}"
    elif plan.mode is Mode.IN_PERSON and not isinstance(plan, OneOffShape):
        yield f"{path}.room: is missing; only a virtual series can do without"


def _one_off(path: str, one: OneOffShape, known: Known) -> Iterator[str]:
    yield from _held(path, one, one.program, known)
    people = one.enrollments or []
    if len(people) > one.seats:
        yield f"{path}.seats: {one.seats} for {len(people)} enrollments"
    zone = known.zones.get(known.program_sites.get(one.program, ""))
    if zone is not None:
        for name, wall in (("start", one.start), ("end", one.end)):
            sentence = why_not_wall_time(one.date, wall, ZoneInfo(zone))
            if sentence:
                yield f"{path}.{name}: {sentence}"
