"""The organization's week, and the figures of rule sets. Values in, answer out."""

import re
import unicodedata
from collections.abc import Collection
from typing import Final, NamedTuple

from clinic.formats import counted, duration
from clinic.programs.models import (
    Kind,
    Level,
    Measure,
    PhoneCheckIn,
    Population,
    Program,
    Rule,
    RuleSet,
)

LEVELS = {
    Level.OUTPATIENT: "Outpatient (ASAM 1)",
    Level.INTENSIVE_OUTPATIENT: "Intensive outpatient (ASAM 2.1)",
    Level.PARTIAL_HOSPITALIZATION: "Partial hospitalization (ASAM 2.5)",
    Level.AFTERCARE: "Aftercare",
}
PHONE_CHECK_INS: Final = {
    PhoneCheckIn.CODE: "With the code shown in the room",
    PhoneCheckIn.BUTTON: "With one button, no code",
    PhoneCheckIn.OFF: "Not offered",
}
INTENSITY = (  # from the least care to the most
    Level.AFTERCARE,
    Level.OUTPATIENT,
    Level.INTENSIVE_OUTPATIENT,
    Level.PARTIAL_HOSPITALIZATION,
)


class Figure(NamedTuple):
    """One figure of a rule set, as plain values."""

    measure: Measure
    value: int
    population: Population | None = None
    kind: Kind | None = None
    leaders: int | None = None


def figure(
    rules: Collection[Rule],
    measure: Measure,
    *,
    population: Population | None = None,
    kind: Kind | None = None,
    leaders: int | None = None,
) -> int | None:
    """What a rule set says of a measure, or None where it says nothing.

    The most specific figure wins: one for the population before one for everyone, one for the
    kind before one for all kinds, the one for the largest number of leaders not above those
    present. A figure for another population, kind or more leaders does not apply.
    """
    fitting = [
        rule
        for rule in rules
        if rule.measure is measure
        and rule.population in (None, population)
        and rule.kind in (None, kind)
        and (rule.leaders is None or (leaders is not None and rule.leaders <= leaders))
    ]
    if not fitting:
        return None
    best = max(
        fitting,
        key=lambda rule: (rule.population is not None, rule.kind is not None, rule.leaders or 0),
    )
    return best.value


class About(NamedTuple):
    """What a measure says, the unit that people write it in, and what else it may name."""

    words: str
    unit: str  # "hours", "minutes", "days", "weeks", or what is counted
    has_kind: bool = False
    has_leaders: bool = False


MEASURES: Final = {
    Measure.WEEK_MINUTES_MIN: About("Hours a week, at least", "hours"),
    Measure.WEEK_MINUTES_MAX: About("Hours a week, at most", "hours"),
    Measure.AVERAGE_WEEKS: About("Weeks over which the hours are averaged", "weeks"),
    Measure.DAY_MINUTES_MIN: About("Hours of a full day, at least", "hours"),
    Measure.DAY_SERVICES_MIN: About("Services of a full day, at least", "services"),
    Measure.WEEK_DAYS_MIN: About("Full days a week, at least", "days"),
    Measure.WEEK_DAYS_MAX: About("Days a week, at most", "days"),
    Measure.GAP_DAYS_MAX: About("Days in a row without attendance, at most", "days"),
    Measure.MIX_SESSIONS_MIN: About("Sessions a week, at least", "sessions", has_kind=True),
    Measure.MIX_SESSIONS_MAX: About("Sessions a week, at most", "sessions", has_kind=True),
    Measure.MIX_MINUTES_MIN: About("Length of a session, at least", "minutes", has_kind=True),
    Measure.SEATS_MIN: About(
        "People in a session, at least", "people", has_kind=True, has_leaders=True
    ),
    Measure.SEATS_MAX: About(
        "People in a session, at most", "people", has_kind=True, has_leaders=True
    ),
    Measure.CASELOAD_MAX: About("Participants of one clinician, at most", "people"),
    Measure.CERTIFICATION_DAYS: About("Certified again within", "days"),
    Measure.SIGNATURES_MIN: About("Signatures on a sheet, at least", "signatures", has_kind=True),
    Measure.UNIT_MINUTES_MIN: About("Hours on a day for a billable unit, at least", "hours"),
    Measure.UNIT_SERVICES_MIN: About("Services on a day for a billable unit, at least", "services"),
    Measure.UNIT_LEVEL_SERVICES: About(
        "Services on a day for the higher rate, at least", "services"
    ),
    Measure.UNIT_SESSION_MINUTES: About(
        "Attended of a session for it to be billable, at least", "minutes", has_kind=True
    ),
    Measure.UNIT_STEP_MINUTES: About("Length of a billable unit", "minutes"),
    Measure.UNIT_ROUND_MINUTES: About("A begun unit is billable from", "minutes"),
    Measure.UNITS_DAY_MAX: About("Billable units a day, at most", "units"),
}


def why_not_figure(measure: Measure, *, kind: Kind | None, leaders: int | None) -> str | None:
    """Why a figure cannot name a kind or a number of leaders."""
    about = MEASURES[measure]
    if kind is not None and not about.has_kind:
        return f"“{about.words}” is the same for every kind of session."
    if leaders is not None and not about.has_leaders:
        return f"“{about.words}” does not depend on the leaders."
    return None


def value_words(measure: Measure, value: int) -> str:
    """`9 h`, `50 min`, `3 days`, `16 people`."""
    unit = MEASURES[measure].unit
    if unit in {"hours", "minutes"}:
        return duration(value)
    if unit == "people":
        return counted(value, "person", "people")
    return counted(value, unit.removesuffix("s"))


def lines_of(rules: Collection[Rule]) -> list[tuple[str, str, str]]:
    """Return the lines of a rule set: what is measured, for adults and for those under 18."""
    order = list(MEASURES)
    groups = {(rule.measure, rule.kind, rule.leaders) for rule in rules}
    return [
        (_line_words(measure, kind, leaders), *_by_population(rules, measure, kind, leaders))
        for measure, kind, leaders in sorted(
            groups, key=lambda group: (order.index(group[0]), group[1] or "", group[2] or 0)
        )
    ]


def _line_words(measure: Measure, kind: Kind | None, leaders: int | None) -> str:
    words = MEASURES[measure].words
    if kind is not None:
        words += f": {kind.value}"
    return f"{words}, with {leaders} leaders or more" if leaders is not None else words


def _by_population(
    rules: Collection[Rule], measure: Measure, kind: Kind | None, leaders: int | None
) -> tuple[str, str]:
    same = [
        rule
        for rule in rules
        if (rule.measure, rule.kind, rule.leaders) == (measure, kind, leaders)
    ]

    def words(population: Population) -> str:
        value = figure(same, measure, population=population, kind=kind, leaders=leaders)
        return "—" if value is None else value_words(measure, value)

    return words(Population.ADULT), words(Population.ADOLESCENT)


def warnings(program: Program, rule_set: RuleSet) -> list[str]:
    """Where a program is outside the rule set it follows: a sentence each, with the citation.

    They warn and never refuse: the clinic may know better.
    """

    def figure_for(measure: Measure, kind: Kind | None = None) -> int | None:
        return figure(rule_set.rules, measure, population=program.population, kind=kind)

    mix = {item.kind: item for item in program.mix}
    hours_a_week = [
        _too_little("prescribed a week", program.min_minutes, figure_for(Measure.WEEK_MINUTES_MIN)),
        _too_much("a week at most", program.max_minutes, figure_for(Measure.WEEK_MINUTES_MAX)),
    ]
    days = [
        _too_few_of("days a week", program.min_service_days, figure_for(Measure.WEEK_DAYS_MIN)),
        _too_many_of("days a week", program.max_service_days, figure_for(Measure.WEEK_DAYS_MAX)),
    ]
    kinds = []
    for kind in Kind:
        item = mix.get(kind)
        what = f"{kind.value} sessions a week"
        sessions = item.sessions if item else None
        kinds += [
            _too_few_of(what, sessions, figure_for(Measure.MIX_SESSIONS_MIN, kind)),
            _too_many_of(what, sessions, figure_for(Measure.MIX_SESSIONS_MAX, kind)),
        ]
        if item:
            length = figure_for(Measure.MIX_MINUTES_MIN, kind)
            kinds.append(_too_little(f"for each {kind.value} session", item.minutes, length))
    source = f"by {rule_set.name} ({rule_set.citation})"
    return [f"{found} {source}." for found in (*hours_a_week, *days, *kinds) if found]


def _too_little(what: str, minutes: int, least: int | None) -> str | None:
    if least is None or minutes >= least:
        return None
    return f"{duration(minutes)} {what} is less than the {duration(least)} asked for"


def _too_much(what: str, minutes: int, most: int | None) -> str | None:
    if most is None or minutes <= most:
        return None
    return f"{duration(minutes)} {what} is more than the {duration(most)} allowed"


def _too_few_of(what: str, number: int | None, least: int | None) -> str | None:
    if least is None or (number is not None and number >= least):
        return None
    has = "No number of" if number is None else number
    return f"{has} {what} is less than the {least} asked for"


def _too_many_of(what: str, number: int | None, most: int | None) -> str | None:
    if number is None or most is None or number <= most:
        return None
    return f"{number} {what} is more than the {most} allowed"


def key_of(name: str, taken: Collection[str], *, otherwise: str) -> str:
    """A key for something with this name, that nothing else has; it stays when the name changes."""
    plain = unicodedata.normalize("NFKD", name)
    stem = re.sub(r"[^a-z0-9]+", "-", plain.encode("ascii", "ignore").decode().lower()).strip("-")
    key = stem = stem or otherwise
    number = 1
    while key in taken:
        number += 1
        key = f"{stem}-{number}"
    return key


def why_not_name(name: str, others: Collection[str], *, what: str) -> str | None:
    """Why something cannot have a name that others of its kind have."""
    if name.casefold() in {other.casefold() for other in others}:
        return f"There is a {what} of this name already."
    return None


def why_not_between(least: int | None, most: int | None, *, what: str) -> str | None:
    """Why a week cannot have from so many to so many of something."""
    if least is not None and most is not None and most < least:
        return f"The most {what} a week are fewer than the least."
    return None


PROVIDED: Final = "This rule set is provided for everyone and cannot be changed. Copy it instead."
