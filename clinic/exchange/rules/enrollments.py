"""What only a file can get wrong of enrollments: what they refer to, and what it says twice."""

from collections.abc import Iterator

from clinic.days import week_of
from clinic.exchange.models.clinic_file import ClinicFile, EnrollmentShape
from clinic.exchange.rules.known import Known
from clinic.exchange.rules.lists import repeated, weekly


def problems(file: ClinicFile, known: Known) -> Iterator[str]:
    for n, one in enumerate(file.enrollments):
        path = f"enrollments[{n}]"
        yield from _references(path, one, known)
        yield from _dated(path, one, known)


def _references(path: str, one: EnrollmentShape, known: Known) -> Iterator[str]:
    if one.participant not in known.participants:
        yield f"{path}.participant: there is no participant {one.participant}"
    if one.program not in known.program_sites:
        yield f"{path}.program: there is no program {one.program}"
    if one.clinician is not None and one.clinician not in known.staff:
        yield f"{path}.clinician: there is no staff member {one.clinician}"
    for m, place in enumerate(one.series):
        if place.key not in known.series:
            yield f"{path}.series[{m}]: there is no series {place.key}"
    if one.continues is not None and one.continues not in known.enrollments:
        yield f"{path}.continues: there is no enrollment {one.continues}"


def _dated(path: str, one: EnrollmentShape, known: Known) -> Iterator[str]:
    yield from repeated(
        ((f"{path}.targets[{m}].from", target.from_) for m, target in enumerate(one.targets)),
        "{value} is in {first} already",
    )
    yield from repeated(
        ((f"{path}.transition_weeks[{m}]", week) for m, week in enumerate(one.transition_weeks)),
        "{value} is in {first} already",
    )
    for m, week in enumerate(one.transition_weeks):
        first = week_of(week, known.week_starts)
        if week != first:
            yield f"{path}.transition_weeks[{m}]: {week} begins no week; {first} does"
    yield from weekly(f"{path}.unavailable", one.unavailable or [])
