"""What must hold of the clinic itself: its settings, sites, rule sets and programs."""

from collections.abc import Iterator

from clinic.exchange.models.clinic_file import ClinicFile, ProgramShape, RuleSetShape, RuleShape
from clinic.exchange.rules.known import Known
from clinic.exchange.rules.lists import repeated
from clinic.programs.rules import why_not_figure
from clinic.schedule.models import Mode


def problems(file: ClinicFile, known: Known, after: Known) -> Iterator[str]:
    """`known` is from before the file, `after` from when it is in."""
    yield from _organization(file)
    yield from _rooms(file, known)
    for n, rule_set in enumerate(file.rule_sets):
        yield from _rule_set(f"rule_sets[{n}]", rule_set, after)
    for n, program in enumerate(file.programs):
        yield from _program(f"programs[{n}]", program, after)
        if known.program_sites.get(program.key, program.site) != program.site:
            yield from _moved(f"programs[{n}]", program, file, known)


def _organization(file: ClinicFile) -> Iterator[str]:
    parts, policy = file.organization.day_parts, file.organization.policy
    if parts and parts.evening < parts.afternoon:
        yield "organization.day_parts.evening: is before afternoon"
    if policy and (policy.misses is None) != (policy.days is None):
        yield "organization.policy: misses and days go together: so many within so many days"


def _rooms(file: ClinicFile, known: Known) -> Iterator[str]:
    """A room made smaller holds the series that the file does not bring anew."""
    in_file = {one.key for one in file.series}
    others = {key: one for key, one in known.series.items() if key not in in_file}
    for n, site in enumerate(file.sites):
        for m, room in enumerate(site.rooms):
            if room.seats >= known.rooms.get((site.key, room.key), 0):
                continue
            for key, one in others.items():
                is_here = (one.site, one.room, one.mode) == (site.key, room.key, Mode.IN_PERSON)
                if is_here and one.seats > room.seats:
                    yield f"sites[{n}].rooms[{m}].seats: {key} has {one.seats} seats in this room"


def _rule_set(path: str, rule_set: RuleSetShape, known: Known) -> Iterator[str]:
    if known.rule_sets[rule_set.key]:
        yield f"{path}.key: {rule_set.key} comes with the product; copy it under a key of your own"
    if rule_set.copied_from == rule_set.key:
        yield f"{path}.copied_from: is the rule set itself"
    elif rule_set.copied_from is not None and rule_set.copied_from not in known.rule_sets:
        yield f"{path}.copied_from: there is no rule set {rule_set.copied_from}"
    for m, rule in enumerate(rule_set.rules or []):
        sentence = why_not_figure(rule.measure, kind=rule.kind, leaders=rule.leaders)
        if sentence:
            yield f"{path}.rules[{m}]: {sentence}"
    yield from repeated(
        ((f"{path}.rules[{m}]", _what(rule)) for m, rule in enumerate(rule_set.rules or [])),
        "{first} says this already",
    )


def _what(rule: RuleShape) -> tuple[object, ...]:
    return rule.measure, rule.population, rule.kind, rule.leaders


def _program(path: str, program: ProgramShape, known: Known) -> Iterator[str]:
    if program.site not in known.zones:
        yield f"{path}.site: there is no site {program.site}"
    if program.weekly_hours.max < program.weekly_hours.min:
        yield f"{path}.weekly_hours: max is less than min"
    days = program.service_days
    if days and days.min is not None and days.max is not None and days.max < days.min:
        yield f"{path}.service_days: max is less than min"
    if program.rule_set is not None and program.rule_set not in known.rule_sets:
        yield f"{path}.rule_set: there is no rule set {program.rule_set}"
    yield from repeated(
        ((f"{path}.counts[{m}]", kind) for m, kind in enumerate(program.counts or [])),
        "{value} is in {first} already",
    )
    yield from repeated(
        ((f"{path}.mix[{m}].kind", one.kind) for m, one in enumerate(program.mix or [])),
        "{value} is in {first} already",
    )


def _moved(path: str, program: ProgramShape, file: ClinicFile, known: Known) -> Iterator[str]:
    """A program moves to another site with its series, each of which then needs a room there."""
    in_file = {one.key for one in file.series}
    for key, one in known.series.items():
        if one.program == program.key and key not in in_file:
            yield f"{path}.site: {key} is a series of this program at {one.site}, not in the file"
