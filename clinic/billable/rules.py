"""What somebody's day is worth: units by the figures of a rule set, and what holds them back.

Values in, answer out. Minutes are those of `hours.rules`: nothing counts here that does not there.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

from clinic.formats import counted, duration
from clinic.programs.models import Kind, Measure, Population, Program
from clinic.programs.rules import figure
from clinic.schedule.models import Status
from clinic.signing.rules import is_license_valid


class Hold(StrEnum):
    """Why a day is not billable yet, in the order in which pages say it."""

    NO_FIGURE = "no_figure"  # the rule set does not say what makes a unit
    UNCONFIRMED = "unconfirmed"  # somebody is still expected at a session that has ended
    UNSIGNED = "unsigned"
    AMENDMENT = "amendment"  # one waits for a second person
    NO_AUTHORIZATION = "no_authorization"
    NO_LICENSE = "no_license"  # nobody who led had one on that day
    UNDER = "under"  # the minutes or services of a unit, and nothing can change it but an amendment


class Lost(StrEnum):
    """Why minutes of a session do not count toward a unit."""

    CANCELLED = "cancelled"
    OTHER_KIND = "other_kind"  # one that does not count to the hours
    ABSENT = "absent"
    EXCUSED = "excused"
    UNCONFIRMED = "unconfirmed"
    NOT_THERE = "not_there"  # for a part of it
    TOO_SHORT = "too_short"  # less of it than the rule set asks for
    REST = "rest"  # what is left when the units are full


class Now(StrEnum):
    """How somebody stands in a session that is under way."""

    COUNTING = "counting"  # they are there
    LEFT = "left"  # what they were there for counts once it has ended
    UNMARKED = "unmarked"


class Figures(NamedTuple):
    """What a rule set says about units, for one population."""

    minutes_min: int = 0  # on the day
    services_min: int = 1
    level_services: int | None = None  # from so many on a day is of the higher level
    step: int | None = None  # minutes of a unit; the day is the unit without it
    round_from: int = 0  # minutes of a begun unit that make it a whole one
    units_max: int | None = None
    session_min: tuple[tuple[Kind, int], ...] = ()  # minutes of a session, by kind


class Part(NamedTuple):
    """One session of somebody's day: one of the minutes at most is more than 0."""

    session_id: int
    starts_at: datetime
    kind: Kind
    status: Status
    credit: int  # of somebody who is there all the time; as planned, where it was cancelled
    delivered: int = 0
    unconfirmed: int = 0
    upcoming: int = 0  # that it brings if they stay to the end, as far as is known by now
    now: Now | None = None  # none where it is not under way
    so_far: int = 0  # minutes of what is upcoming that have passed: nothing counts before the end
    is_cancelled: bool = False
    is_counted: bool = True
    is_signed: bool = True
    is_licensed: bool = True
    is_amended: bool = False  # an amendment of it waits
    lead_id: int | None = None  # of the staff: the first who led it
    lead: Any = None  # the same, with their name and license


class Held(NamedTuple):
    """One reason why a day waits, and the session that it is about, if it is about one."""

    hold: Hold
    session_id: int | None = None


class Uncounted(NamedTuple):
    """Minutes of a session that do not count toward a unit, and why."""

    session_id: int | None  # none where it is about the whole day
    minutes: int
    why: Lost


class Next(NamedTuple):
    """What the next unit asks for: so many minutes or services more, and what may bring them."""

    minutes: int
    services: int
    session_id: int | None = None  # the one with which there are enough, of those to come


class BillableDay(NamedTuple):
    """What a day is worth as of an instant. Units are what it comes to, held or not."""

    units: int
    level: int  # 2 where it is of the higher level, 1 where it is not, 0 without units
    minutes: int  # that count
    services: int
    counted: tuple[int, ...]  # sessions, by start
    unconfirmed: int  # minutes
    upcoming: int
    holds: tuple[Held, ...]

    @property
    def reasons(self) -> tuple[Hold, ...]:
        return tuple(dict.fromkeys(held.hold for held in self.holds))

    @property
    def is_billable(self) -> bool:
        return bool(self.units) and not self.holds


def figures_of(rules: Collection[Any], population: Population) -> Figures | None:
    """Return what a rule set says about units, or None where it does not say what makes one."""

    def said(measure: Measure) -> int | None:
        return figure(rules, measure, population=population)

    minutes, services = said(Measure.UNIT_MINUTES_MIN), said(Measure.UNIT_SERVICES_MIN)
    step = said(Measure.UNIT_STEP_MINUTES) or None
    if minutes is None and services is None and step is None:
        return None
    round_from = said(Measure.UNIT_ROUND_MINUTES) or step or 0
    by_kind = (
        (kind, figure(rules, Measure.UNIT_SESSION_MINUTES, population=population, kind=kind))
        for kind in Kind
    )
    return Figures(
        minutes_min=minutes or 0,
        services_min=max(services or 1, 1),
        level_services=said(Measure.UNIT_LEVEL_SERVICES),
        step=step,
        round_from=min(round_from, step or 0),
        units_max=said(Measure.UNITS_DAY_MAX),
        session_min=tuple((kind, least) for kind, least in by_kind if least),
    )


def figures_in(program: Program) -> Figures | None:
    """Return the same of the rule set of a program, where it follows one."""
    rule_set = program.rule_set
    return figures_of(rule_set.rules, program.population) if rule_set is not None else None


def is_licensed(leaders: Iterable[Any], day: date) -> bool:
    """Return whether somebody who led a session had a license on that day.

    A license that had run out when its sheet was signed is not made good by a renewal: who signed
    is kept as they were then. What was not on record then goes by what is on record now.
    """
    return any(_had_license(one, day) for one in leaders if one.has_led is not False)


def _had_license(one: Any, day: date) -> bool:
    if one.signed_license_number and one.signed_license_until is not None:
        return bool(one.signed_license_until >= day)
    return is_license_valid(one, day)


def units_of(figures: Figures, minutes: int, services: int) -> int:
    """Return how many units so many minutes in so many services on one day come to."""
    if services < figures.services_min or minutes < figures.minutes_min:
        return 0
    units = 1
    if figures.step:
        whole, rest = divmod(minutes, figures.step)
        units = whole + (rest >= figures.round_from)
    return units if figures.units_max is None else min(units, figures.units_max)


def day_of(
    figures: Figures | None,
    parts: Sequence[Part],
    *,
    is_over: bool,
    is_authorized: bool = True,
) -> BillableDay:
    """Return what a day is worth; `is_over` once the local day is, `parts` by their start."""
    least = dict(figures.session_min) if figures else {}
    having = [
        part for part in parts if part.delivered and part.delivered >= least.get(part.kind, 0)
    ]
    minutes, services = sum(part.delivered for part in having), len(having)
    units = units_of(figures, minutes, services) if figures else 0
    is_higher = bool(figures and figures.level_services and services >= figures.level_services)
    day = BillableDay(
        units=units,
        level=units and 1 + is_higher,
        minutes=minutes,
        services=services,
        counted=tuple(part.session_id for part in having),
        unconfirmed=sum(part.unconfirmed for part in parts),
        upcoming=sum(part.upcoming for part in parts),
        holds=(),
    )
    if not any(part.delivered or part.unconfirmed or part.is_amended for part in parts):
        return day
    found = _holds(parts, day.counted)
    holds = found if figures else [Held(Hold.NO_FIGURE), *found]
    if figures:
        if not is_authorized:
            holds.append(Held(Hold.NO_AUTHORIZATION))
        if not units and is_over and not _may_become_more(figures, day, parts):
            holds = [held for held in holds if held.hold not in _OF_UNITS]
            holds.append(Held(Hold.UNDER))
    return day._replace(holds=tuple(sorted(holds, key=lambda held: _ORDER[held.hold])))


_ORDER: Final = {hold: place for place, hold in enumerate(Hold)}
_OF_UNITS: Final = (Hold.NO_AUTHORIZATION, Hold.NO_LICENSE)  # no work for a day that has none


def _holds(parts: Collection[Part], counted: Collection[int]) -> list[Held]:
    """What holds a day back session by session: only those that bring minutes, or may yet."""
    holds = []
    for part in parts:
        if part.unconfirmed:
            holds.append(Held(Hold.UNCONFIRMED, part.session_id))
        if part.delivered and not part.is_signed:
            holds.append(Held(Hold.UNSIGNED, part.session_id))
        if part.is_amended:
            holds.append(Held(Hold.AMENDMENT, part.session_id))
        if part.session_id in counted and not part.is_licensed:
            holds.append(Held(Hold.NO_LICENSE, part.session_id))
    return holds


def _may_become_more(figures: Figures, day: BillableDay, parts: Collection[Part]) -> bool:
    """Whether marks that are still to be made, or an amendment that waits, may bring a unit."""
    if any(part.is_amended for part in parts):
        return True
    more = [part for part in parts if part.unconfirmed]
    minutes = day.minutes + day.unconfirmed
    return bool(more) and units_of(figures, minutes, day.services + len(more)) > 0


def uncounted(
    figures: Figures | None, parts: Collection[Part], day: BillableDay
) -> list[Uncounted]:
    """Return the minutes of a day that do not count toward a unit and why, by session."""
    found = []
    for part in parts:
        found += _uncounted(part, is_counted=part.session_id in day.counted)
    if figures and day.units and (rest := _rest(figures, day)):
        found.append(Uncounted(None, rest, Lost.REST))
    return found


def _uncounted(part: Part, *, is_counted: bool) -> list[Uncounted]:
    if part.is_cancelled:
        return [Uncounted(part.session_id, part.credit, Lost.CANCELLED)]
    if not part.is_counted:
        return [Uncounted(part.session_id, part.credit, Lost.OTHER_KIND)]
    if part.status in _ABSENT:
        return [Uncounted(part.session_id, part.credit, _ABSENT[part.status])]
    if part.unconfirmed:
        return [Uncounted(part.session_id, part.unconfirmed, Lost.UNCONFIRMED)]
    if part.upcoming:
        return []
    found = []
    if part.delivered < part.credit:
        missed = part.credit - part.delivered
        found.append(Uncounted(part.session_id, missed, Lost.NOT_THERE))
    if part.delivered and not is_counted:
        found.append(Uncounted(part.session_id, part.delivered, Lost.TOO_SHORT))
    return found


_ABSENT: Final = {
    Status.NO_SHOW: Lost.ABSENT,
    Status.LATE_CANCEL: Lost.ABSENT,
    Status.EXCUSED: Lost.EXCUSED,
}


def _rest(figures: Figures, day: BillableDay) -> int:
    """Minutes that are attended and make no further unit."""
    if figures.step:
        return max(0, day.minutes - day.units * figures.step)
    return 0


def next_unit(figures: Figures, parts: Collection[Part], day: BillableDay) -> Next | None:
    """Return what the next unit asks for, or None where a day can have no more."""
    if figures.units_max is not None and day.units >= figures.units_max:
        return None
    if not figures.step and day.units:
        return None
    minutes = figures.minutes_min
    if figures.step:
        minutes = max(minutes, day.units * figures.step + figures.round_from)
    lacking = max(0, minutes - day.minutes)
    services = max(0, figures.services_min - day.services)
    if lacking and figures.services_min == 1:
        services = 0  # whoever attends so long attends one
    least = dict(figures.session_min)
    had, number = day.minutes, day.services
    for part in parts:
        if part.upcoming and part.upcoming >= least.get(part.kind, 0):
            had, number = had + part.upcoming, number + 1
            if units_of(figures, had, number) > day.units:
                return Next(lacking, services, part.session_id)
    return Next(lacking, services)


def lacking_words(lacking: Next) -> str:
    """`50 min`, `1 service`, `50 min and 1 service`: what the next unit asks for."""
    words = [duration(lacking.minutes)] if lacking.minutes else []
    words += [counted(lacking.services, "service")] if lacking.services else []
    return " and ".join(words)
