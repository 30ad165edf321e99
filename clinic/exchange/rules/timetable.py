"""What only a file can get wrong of series and one-off sessions, besides what they name."""

from collections.abc import Iterator

from clinic.exchange.models.clinic_file import ClinicFile, OneOffShape, PlanShape, SeriesShape
from clinic.exchange.rules.known import Known


def problems(file: ClinicFile, known: Known) -> Iterator[str]:
    for n, series in enumerate(file.series):
        yield from _series(f"series[{n}]", series, known)


def one_offs(file: ClinicFile, known: Known) -> Iterator[str]:
    for n, one in enumerate(file.sessions):
        yield from _room(f"sessions[{n}]", one, one.program, known)


def _series(path: str, series: SeriesShape, known: Known) -> Iterator[str]:
    yield from _room(path, series, series.program, known)
    before = series.from_
    for n, plan in enumerate(series.plans or ()):
        yield from _room(f"{path}.plans[{n}]", plan, series.program, known)
        if plan.from_ <= before:
            yield f"{path}.plans[{n}].from: is not after the plan before it"
        before = plan.from_


def _room(path: str, plan: PlanShape | OneOffShape, program: str, known: Known) -> Iterator[str]:
    site = known.program_sites.get(program)
    if site is not None and plan.room is not None and (site, plan.room) not in known.rooms:
        yield f"{path}.room: there is no room {plan.room} at site {site}"
