"""What must hold of enrollments: their days, places, targets, and how one leads to the next."""

from collections.abc import Iterator
from itertools import combinations

from clinic.days import common, week_of
from clinic.enrollment.rules import why_not_end
from clinic.exchange.models.clinic_file import ClinicFile, EnrollmentShape
from clinic.exchange.rules.known import Known, days_of, outcome_of
from clinic.exchange.rules.lists import away, repeated, weekly


def problems(file: ClinicFile, known: Known, after: Known) -> Iterator[str]:
    """`known` is from before the file, `after` from when it is in."""
    for n, one in enumerate(file.enrollments):
        path = f"enrollments[{n}]"
        yield from _enrollment(path, one, after)
        there = known.enrollments.get(one.key)
        if there is not None and there.participant != one.participant:
            yield f"{path}.participant: {one.key} is {there.participant}'s, and stays theirs"
        yield from _places(path, one, after)
        yield from _dated(path, one, after)
        yield from _continues(path, one, after)
    yield from _twice_in_a_program(file, after)
    yield from _continued_twice(file, after)


def _enrollment(path: str, one: EnrollmentShape, known: Known) -> Iterator[str]:
    if one.participant not in known.participants:
        yield f"{path}.participant: there is no participant {one.participant}"
    if one.program not in known.program_sites:
        yield f"{path}.program: there is no program {one.program}"
    if one.clinician is not None and one.clinician not in known.staff:
        yield f"{path}.clinician: there is no staff member {one.clinician}"
    if one.until is not None and one.until < one.from_:
        yield f"{path}.until: is before from"
    outcome = outcome_of(one.status)
    if outcome and one.until is None:
        yield f"{path}.until: is missing; an enrollment that is {one.status} has a last day"
    if one.reason is not None and outcome is None:
        yield f"{path}.reason: is why an enrollment ended; its status says that it has not"
    if one.reason is not None and outcome is not None:
        sentence = why_not_end(outcome, one.reason)
        if sentence:
            yield f"{path}.reason: {sentence}"
    if one.weekly_hours is not None and one.weekly_hours.max < one.weekly_hours.min:
        yield f"{path}.weekly_hours: max is less than min"


def _places(path: str, one: EnrollmentShape, known: Known) -> Iterator[str]:
    for m, place in enumerate(one.series):
        if place.key not in known.series:
            yield f"{path}.series[{m}]: there is no series {place.key}"
        if place.until is not None and place.until < (place.from_ or one.from_):
            yield f"{path}.series[{m}].until: is before from"
    for (k, earlier), (m, later) in combinations(enumerate(one.series), 2):
        if earlier.key == later.key and common(days_of(earlier, one), days_of(later, one)):
            yield f"{path}.series[{m}]: {path}.series[{k}] has {later.key} on these days already"


def _dated(path: str, one: EnrollmentShape, known: Known) -> Iterator[str]:
    for m, target in enumerate(one.targets):
        if target.weekly_hours.max < target.weekly_hours.min:
            yield f"{path}.targets[{m}].weekly_hours: max is less than min"
        if target.from_ < one.from_:
            yield f"{path}.targets[{m}].from: is before the enrollment"
    yield from repeated(
        ((f"{path}.targets[{m}].from", target.from_) for m, target in enumerate(one.targets)),
        "{value} is in {first} already",
    )
    yield from away(f"{path}.leave", one.leave)
    yield from repeated(
        ((f"{path}.transition_weeks[{m}]", week) for m, week in enumerate(one.transition_weeks)),
        "{value} is in {first} already",
    )
    for m, week in enumerate(one.transition_weeks):
        first = week_of(week, known.week_starts)
        if week != first:
            yield f"{path}.transition_weeks[{m}]: {week} begins no week; {first} does"
    yield from weekly(f"{path}.unavailable", one.unavailable or [])


def _continues(path: str, one: EnrollmentShape, after: Known) -> Iterator[str]:
    if one.continues is None:
        return
    before = after.enrollments.get(one.continues)
    if before is None:
        yield f"{path}.continues: there is no enrollment {one.continues}"
    elif before.participant != one.participant:
        yield f"{path}.continues: {one.continues} is {before.participant}'s"
    elif one.key == one.continues or before.days.from_on > one.from_:
        yield f"{path}.continues: {one.continues} does not begin before {one.key}"
    elif _leads_back(one.key, after):
        yield f"{path}.continues: {one.continues} continues {one.key} in turn"


def _leads_back(key: str, after: Known) -> bool:
    """Whether whoever goes from one enrollment to the one before comes by again."""
    passed: set[str] = set()
    step = after.enrollments[key].continues
    while step is not None and step in after.enrollments and step not in passed:
        if step == key:
            return True
        passed.add(step)
        step = after.enrollments[step].continues
    return False


def _continued_twice(file: ClinicFile, after: Known) -> Iterator[str]:
    in_file = {one.key: n for n, one in enumerate(file.enrollments)}
    first: dict[str, str] = {}
    for key, one in after.enrollments.items():
        if one.continues is None:
            continue
        other = first.setdefault(one.continues, key)
        place = key if key in in_file else other
        if other != key and place in in_file:
            what = other if place == key else key
            yield f"enrollments[{in_file[place]}].continues: {what} continues {one.continues}"


def _twice_in_a_program(file: ClinicFile, after: Known) -> Iterator[str]:
    """Nobody is in one program twice at a time; told at the later one of the file."""
    theirs: dict[tuple[str, str], list[str]] = {}
    for key, each in after.enrollments.items():
        theirs.setdefault((each.participant, each.program), []).append(key)
    in_file = {one.key: n for n, one in enumerate(file.enrollments)}
    for n, one in enumerate(file.enrollments):
        for key in theirs[one.participant, one.program]:
            is_told_there = in_file.get(key, -1) >= n
            days = after.enrollments[key].days
            if not is_told_there and common(days, after.enrollments[one.key].days):
                yield f"enrollments[{n}]: {key} has {one.participant} in {one.program} then already"
