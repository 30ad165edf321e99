"""What must hold between the parts of a clinic file. Values in, problems out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from typing import Any
from zoneinfo import ZoneInfo

from clinic.enrollment.models import Outcome
from clinic.exchange.models import (
    WEEKDAYS,
    ClinicFile,
    EnrollmentShape,
    OneOffShape,
    PlaceShape,
    SeriesShape,
)
from clinic.programs.rules import week_of
from clinic.schedule.models import Mode
from clinic.schedule.rules import Range, common, why_not_times, why_not_wall_time


def outcome_of(status: str | None) -> Outcome | None:
    """How an enrollment of that status in a file ended, or None while it has not."""
    return Outcome(status) if status in set(Outcome) else None


def days_of(place: PlaceShape, enrollment: EnrollmentShape) -> Range:
    """The days of somebody's place on a roster: the enrollment's, where it has none of its own."""
    return Range(place.from_ or enrollment.from_, place.until or enrollment.until)


@dataclass(frozen=True)
class Known:
    """What the database holds already, which a file may build on."""

    staff: frozenset[str] = frozenset()
    series: frozenset[str] = frozenset()
    one_offs: frozenset[str] = frozenset()
    participants: frozenset[str] = frozenset()
    enrollments: frozenset[str] = frozenset()
    program_sites: dict[str, str] = field(default_factory=dict)  # program key to site key
    rooms: dict[tuple[str, str], int] = field(default_factory=dict)  # site and room key to seats
    zones: dict[str, str] = field(default_factory=dict)  # site key to time zone
    week_starts: int = 0


def with_file(known: Known, file: ClinicFile) -> Known:
    """What will be known once the file is in."""
    starts = file.organization.week_starts
    return Known(
        staff=known.staff | {staff.key for staff in file.staff},
        series=known.series | {series.key for series in file.series},
        one_offs=known.one_offs | {one.key for one in file.sessions},
        participants=known.participants | {one.key for one in file.participants},
        enrollments=known.enrollments | {one.key for one in file.enrollments},
        program_sites=known.program_sites | {one.key: one.site for one in file.programs},
        rooms=known.rooms
        | {(site.key, room.key): room.seats for site in file.sites for room in site.rooms},
        zones=known.zones | {site.key: site.timezone for site in file.sites},
        week_starts=WEEKDAYS.index(starts) if starts else known.week_starts,
    )


def problems(file: ClinicFile, known: Known) -> list[str]:
    """Every problem of a well-formed file, `path: sentence` each; `known` is from before it."""
    after = with_file(known, file)
    return [
        *_twice(file),
        *_one_name_each(file, known),
        *_people_twice(file),
        *_programs(file, after),
        *(problem for n, one in enumerate(file.series) for problem in _series(n, one, after)),
        *_closures(file, after),
        *(
            problem
            for n, one in enumerate(file.enrollments)
            for problem in _enrollment(n, one, after)
        ),
        *(problem for n, one in enumerate(file.sessions) for problem in _one_off(n, one, after)),
    ]


def _twice(file: ClinicFile) -> Iterator[str]:
    lists: dict[str, Iterable[Any]] = {
        "sites": file.sites,
        "staff": file.staff,
        "programs": file.programs,
        "series": file.series,
        "participants": file.participants,
        "enrollments": file.enrollments,
        "sessions": file.sessions,
    }
    lists |= {f"sites[{n}].rooms": site.rooms for n, site in enumerate(file.sites)}
    for name, entries in lists.items():
        yield from _repeated(
            ((f"{name}[{n}].key", entry.key) for n, entry in enumerate(entries)),
            "{value} is the key of {first} already",
        )
    yield from _repeated(
        (
            (f"closures[{n}]", (one.site, one.from_, one.until))
            for n, one in enumerate(file.closures)
        ),
        "these days are in {first} already",
    )


def _one_name_each(file: ClinicFile, known: Known) -> Iterator[str]:
    """Attendance files name series and one-off sessions in one column."""
    series = known.series | {one.key for one in file.series}
    for n, session in enumerate(file.sessions):
        if session.key in series:
            yield f"sessions[{n}].key: {session.key} is the key of a series already"
    for n, one in enumerate(file.series):
        if one.key in known.one_offs:
            yield f"series[{n}].key: {one.key} is the key of a one-off session already"


def _people_twice(file: ClinicFile) -> Iterator[str]:
    emails = [
        *((f"staff[{n}].email", one.email) for n, one in enumerate(file.staff)),
        *((f"participants[{n}].email", one.email) for n, one in enumerate(file.participants)),
    ]
    yield from _repeated(emails, "{value} is the e-mail address in {first} already")
    pins = [(f"participants[{n}].pin", one.pin) for n, one in enumerate(file.participants)]
    yield from _repeated(pins, "{first} has this PIN already")


def _repeated(places: Iterable[tuple[str, Any]], sentence: str) -> Iterator[str]:
    first: dict[Any, str] = {}
    for path, value in places:
        if value is None:
            continue
        if value in first:
            yield f"{path}: {sentence.format(value=value, first=first[value])}"
        first.setdefault(value, path.removesuffix(".key"))


def _programs(file: ClinicFile, known: Known) -> Iterator[str]:
    for n, program in enumerate(file.programs):
        if program.site not in known.zones:
            yield f"programs[{n}].site: there is no site {program.site}"
        if program.weekly_hours.max < program.weekly_hours.min:
            yield f"programs[{n}].weekly_hours: max is less than min"


def _series(n: int, series: SeriesShape, known: Known) -> Iterator[str]:
    path = f"series[{n}]"
    yield from _held(path, series, known)
    if series.until is not None and series.until < series.from_:
        yield f"{path}.until: is before from"


def _held(path: str, plan: SeriesShape | OneOffShape, known: Known) -> Iterator[str]:
    """What a series and a one-off session have in common."""
    times = why_not_times(plan.start, plan.end, break_minutes=plan.break_minutes or 0)
    if times:
        yield f"{path}.end: {times}"
    leaders = plan.leaders or []
    for m, leader in enumerate(leaders):
        if leader not in known.staff:
            yield f"{path}.leaders[{m}]: there is no staff member {leader}"
    if len(set(leaders)) < len(leaders):
        yield f"{path}.leaders: names someone twice"
    site = known.program_sites.get(plan.program)
    if site is None:
        yield f"{path}.program: there is no program {plan.program}"
    elif plan.room is not None:
        room_seats = known.rooms.get((site, plan.room))
        if room_seats is None:
            yield f"{path}.room: there is no room {plan.room} at site {site}"
        elif plan.mode is Mode.IN_PERSON and room_seats < plan.seats:
            yield f"{path}.seats: room {plan.room} has {room_seats} seats, not {plan.seats}"
    elif plan.mode is Mode.IN_PERSON and not isinstance(plan, OneOffShape):
        yield f"{path}.room: is missing; only a virtual series can do without"


def _closures(file: ClinicFile, known: Known) -> Iterator[str]:
    for n, closure in enumerate(file.closures):
        if closure.site not in known.zones:
            yield f"closures[{n}].site: there is no site {closure.site}"
        if closure.until < closure.from_:
            yield f"closures[{n}].until: is before from"


def _enrollment(n: int, one: EnrollmentShape, known: Known) -> Iterator[str]:
    path = f"enrollments[{n}]"
    if one.participant not in known.participants:
        yield f"{path}.participant: there is no participant {one.participant}"
    if one.program not in known.program_sites:
        yield f"{path}.program: there is no program {one.program}"
    if one.clinician is not None and one.clinician not in known.staff:
        yield f"{path}.clinician: there is no staff member {one.clinician}"
    if one.until is not None and one.until < one.from_:
        yield f"{path}.until: is before from"
    if outcome_of(one.status) and one.until is None:
        yield f"{path}.until: is missing; an enrollment that is {one.status} has a last day"
    if one.weekly_hours is not None and one.weekly_hours.max < one.weekly_hours.min:
        yield f"{path}.weekly_hours: max is less than min"
    yield from _places(path, one, known)
    yield from _dated(path, one, known)


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
    yield from _repeated(
        ((f"{path}.targets[{m}].from", target.from_) for m, target in enumerate(one.targets)),
        "{value} is in {first} already",
    )
    yield from _leave(path, one)
    yield from _repeated(
        ((f"{path}.transition_weeks[{m}]", week) for m, week in enumerate(one.transition_weeks)),
        "{value} is in {first} already",
    )
    for m, week in enumerate(one.transition_weeks):
        first = week_of(week, known.week_starts)
        if week != first:
            yield f"{path}.transition_weeks[{m}]: {week} begins no week; {first} does"
    for m, time in enumerate(one.unavailable or []):
        if time.end <= time.start:
            yield f"{path}.unavailable[{m}].end: is not after start"


def _leave(path: str, one: EnrollmentShape) -> Iterator[str]:
    for m, leave in enumerate(one.leave):
        if leave.until < leave.from_:
            yield f"{path}.leave[{m}].until: is before from"
    for earlier, later in pairwise(sorted(one.leave, key=lambda leave: leave.from_)):
        if later.from_ <= earlier.until:
            yield f"{path}.leave: {earlier.from_} and {later.from_} overlap"


def _one_off(n: int, one: OneOffShape, known: Known) -> Iterator[str]:
    path = f"sessions[{n}]"
    yield from _held(path, one, known)
    people = one.enrollments or []
    for m, key in enumerate(people):
        if key not in known.enrollments:
            yield f"{path}.enrollments[{m}]: there is no enrollment {key}"
    if len(set(people)) < len(people):
        yield f"{path}.enrollments: names someone twice"
    if len(people) > one.seats:
        yield f"{path}.seats: {one.seats} for {len(people)} enrollments"
    zone = known.zones.get(known.program_sites.get(one.program, ""))
    if zone is not None:
        for name, wall in (("start", one.start), ("end", one.end)):
            sentence = why_not_wall_time(one.date, wall, ZoneInfo(zone))
            if sentence:
                yield f"{path}.{name}: {sentence}"
