"""The hold list: what waits, grouped by the act that frees it. Values in, answer out."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from clinic.billable.rules import (
    BillableDay,
    Figures,
    Held,
    Hold,
    Lost,
    Now,
    Uncounted,
    lacking_words,
    next_unit,
)
from clinic.billing.models import NotBilled
from clinic.consequences import Part
from clinic.formats import clock_at, counted, day_short, duration, listed
from clinic.names import sort_key
from clinic.signing.rules import is_license_valid


class Seen(NamedTuple):
    """Somebody's day, with its units and minutes as it was looked at."""

    enrollment_id: int
    day: date
    units: int
    minutes: int


class What(StrEnum):
    """What an act is about that frees days."""

    SHEET = "sheet"  # to be recorded and signed
    AMENDMENT = "amendment"
    AUTHORIZATION = "authorization"  # of an enrollment
    LICENSE = "license"  # of somebody on the staff
    LEADER = "leader"  # of a session that nobody led
    FIGURE = "figure"  # of a program's rule set
    UNDER = "under"  # days of an enrollment


HOLDS: Final = {
    Hold.NO_FIGURE: "No figure for a unit",
    Hold.UNCONFIRMED: "Not recorded",
    Hold.UNSIGNED: "Not signed",
    Hold.AMENDMENT: "Amendment waits",
    Hold.NO_AUTHORIZATION: "No authorization",
    Hold.NO_LICENSE: "No valid license",
    Hold.UNDER: "Under a unit",
}
SHAPES: Final = {  # in icons.svg, and the tone
    Hold.NO_FIGURE: ("question", "doubt"),
    Hold.UNCONFIRMED: ("open", "warn"),
    Hold.UNSIGNED: ("signed", "warn"),
    Hold.AMENDMENT: ("clock", "warn"),
    Hold.NO_AUTHORIZATION: ("stop", "bad"),
    Hold.NO_LICENSE: ("absent", "bad"),
    Hold.UNDER: ("short", "quiet"),
}
NOT_BILLED: Final = {
    NotBilled.UNDER: "Too little was attended for a unit",
    NotBilled.NO_AUTHORIZATION: "No authorization",
    NotBilled.NO_LICENSE: "No valid license on that day",
    NotBilled.OTHER_PAYER: "Another payer, or the participant, pays",
    NotBilled.OTHER: "Another reason",
}
UNDER_WAY: Final = {  # as a badge: its shape in icons.svg, the tone, and what it says
    Now.COUNTING: ("clock", "steady", "Counting now"),
    Now.LEFT: ("pause", "quiet", "Left; counts when it ends"),
    Now.UNMARKED: ("open", "warn", "Under way, not recorded yet"),
}
LOST: Final = {
    Lost.CANCELLED: "cancelled",
    Lost.OTHER_KIND: "of a kind that does not count",
    Lost.ABSENT: "not attended",
    Lost.EXCUSED: "excused",
    Lost.UNCONFIRMED: "not recorded yet",
    Lost.NOT_THERE: "late, left early, or held shorter",
    Lost.TOO_SHORT: "too little of the session",
    Lost.REST: "beyond the last whole unit",
}

MOST_NAMED: Final = 3  # of the people of a session, so that a line stays a line

AGAIN: Final = "Nothing is saved yet; what else you chose is still chosen."
CHANGED: Final = "has changed since you looked at it: look at it again"
GONE: Final = "A day is not there any more: look at the list again."
NOTHING_CHOSEN: Final = "Choose the days that are not to be billed."
CLAIMED: Final = "has been claimed: correct the claim, if it is not to be billed"
BILLED: Final = "These days are to be billed already."
NOT_OVER: Final = "is not over: it can be left out tomorrow"


class Line(NamedTuple):
    """What holds days back until one act frees them."""

    what: What
    thing_id: int  # a session, a member of the staff, an enrollment or a program
    holds: Counter[Hold]  # days
    of_days: tuple[Any, ...]  # the days with whose they are, by day

    @property
    def hold(self) -> Hold:
        """The reason that comes first."""
        return min(self.holds, key=_ORDER.__getitem__)

    @property
    def first_on(self) -> date:
        day: date = self.of_days[0].day
        return day

    @property
    def one(self) -> Any:
        """One of the days: with whose it is, where the line is about one person or program."""
        return self.of_days[0]

    @property
    def named(self) -> list[Any]:
        """A day of each of the few people whom a line is about."""
        if self.what in {What.LICENSE, What.FIGURE}:
            return []
        theirs = {each.participant_id: each for each in self.of_days}
        return list(theirs.values()) if len(theirs) <= MOST_NAMED else []

    @property
    def people(self) -> int:
        return len({each.participant_id for each in self.of_days})


class Group(NamedTuple):
    """Days under a unit in one program, a line for each enrollment, the oldest first."""

    program: Any
    lines: tuple[Line, ...]

    @property
    def first_on(self) -> date:
        return self.lines[0].first_on

    @property
    def days(self) -> int:
        return sum(len(line.of_days) for line in self.lines)

    @property
    def people(self) -> int:
        return len({line.one.participant_id for line in self.lines})


_ORDER: Final = {hold: place for place, hold in enumerate(Hold)}
_ABOUT: Final = {
    Hold.UNCONFIRMED: What.SHEET,
    Hold.UNSIGNED: What.SHEET,
    Hold.AMENDMENT: What.AMENDMENT,
    Hold.NO_AUTHORIZATION: What.AUTHORIZATION,
    Hold.NO_FIGURE: What.FIGURE,
    Hold.UNDER: What.UNDER,
}


def lines(days: Iterable[Any]) -> list[Line]:
    """Return what holds these days back: a line for each act that frees some, the oldest first.

    Last comes what is under a unit: nothing frees that, it is only said not to be billed.
    """
    holds: dict[tuple[What, int], Counter[Hold]] = defaultdict(Counter)
    held: dict[tuple[What, int], list[Any]] = defaultdict(list)
    for each in days:
        for one in each.billable.holds:
            key = _thing(each, one)
            holds[key][one.hold] += 1
            if not held[key] or held[key][-1] is not each:
                held[key].append(each)
    found = [Line(*key, holds[key], tuple(theirs)) for key, theirs in held.items()]
    return sorted(found, key=_place)


def _place(line: Line) -> tuple[bool, date, int, int]:
    return line.what is What.UNDER, line.first_on, _PLACE[line.what], line.thing_id


_PLACE: Final = {what: place for place, what in enumerate(What)}


def _thing(each: Any, held: Held) -> tuple[What, int]:
    session_id = held.session_id or 0
    if held.hold is Hold.NO_LICENSE:
        led = next(part.lead_id for part in each.parts if part.session_id == session_id)
        return (What.LEADER, session_id) if led is None else (What.LICENSE, led)
    what = _ABOUT[held.hold]
    if what in {What.SHEET, What.AMENDMENT}:
        return what, session_id
    return what, each.program.id if what is What.FIGURE else each.enrollment_id


def groups(found: Iterable[Line]) -> list[Group]:
    """Return the days under a unit by their program, the one with the oldest first."""
    by_program: dict[int, list[Line]] = defaultdict(list)
    for line in found:
        if line.what is What.UNDER:
            by_program[line.one.program.id].append(line)
    return [Group(theirs[0].one.program, tuple(theirs)) for theirs in by_program.values()]


def numbers(days: Iterable[Any]) -> Counter[Hold]:
    """How many days are held for each reason: one that is held for two counts with both."""
    return Counter(hold for each in days for hold in each.billable.reasons)


def may_be_freed(day: BillableDay) -> bool:
    """Return whether a day is held by what somebody can do something about."""
    return bool(day.holds) and Hold.UNDER not in day.reasons


def why_words(line: Line) -> str:
    """Return what is the matter with a line, in words."""
    if line.what is What.SHEET:
        return _sheet_words(line.holds)
    if line.what is What.FIGURE:
        return figure_words(line.one.program)
    return _WHY.get(line.what) or _named(line)


_WHY: Final = {
    What.AMENDMENT: "An amendment waits for a second person",
    What.LICENSE: "No license that was valid on the day is on record",
    What.LEADER: "Nobody is on record who led it",
}


def signed_without(line: Line, leader: Any) -> list[Any]:
    """Return the days that wait for a license although the leader has one: it had run out when they
    signed, and a renewal changes nothing about that."""
    return [each for each in line.of_days if is_license_valid(leader, each.day)]


def _sheet_words(holds: Counter[Hold]) -> str:
    unmarked, unsigned = holds[Hold.UNCONFIRMED], holds[Hold.UNSIGNED]
    words = [f"{counted(unmarked, 'person', 'people')} not recorded"] if unmarked else []
    words += [f"{counted(unsigned, 'person', 'people')} not signed"] if unsigned else []
    return ", ".join(words)


def _named(line: Line) -> str:
    return listed([day_short(each.day) for each in line.of_days])


def figure_words(program: Any) -> str:
    """Return what a program lacks for its days to have units, and where it is mended."""
    if program.rule_set is None:
        return f"{program.name} follows no rule set. Choose one under Setup, Programs."
    lacks = f"Rule set {program.rule_set.name} does not say what makes a unit."
    if program.rule_set.is_provided:  # never changed itself
        return (
            f"{lacks} Copy it under Setup, Rule sets, add it there,"
            f" and choose the copy for {program.name} under Setup, Programs."
        )
    return f"{lacks} Add it under Setup, Rule sets."


def is_as_said(worth: BillableDay, said: Any | None) -> bool:
    """Return whether somebody has said that a day is not billed, and it is as it was then."""
    return said is not None and (said.units, said.minutes) == (worth.units, worth.minutes)


def used_since(first: date, authorizations: Iterable[Any]) -> date:
    """Return the day from which what was used matters for days from `first` on.

    That of the authorizations of these days, and of those that they overlap: the one that ends
    first is used first.
    """
    for one in sorted(authorizations, key=lambda one: one.until_on, reverse=True):
        if one.until_on >= first:
            first = min(first, one.from_on)
    return first


def why_not_left_out(
    found: Any | None, seen: Seen, *, is_claimed: bool, said: Any | None, today: date, others: int
) -> str | None:
    """Why a day that somebody looked at cannot be left out.

    `said` is what was said of it meanwhile, and `others` how many more days were chosen.
    """
    if found is None:
        return GONE
    worth = found.billable
    if is_claimed:
        why = CLAIMED
    elif (worth.units, worth.minutes) != (seen.units, seen.minutes):
        why = CHANGED
    elif found.day >= today:
        why = NOT_OVER
    elif said is not None and is_as_said(worth, said):
        why = f"is not to be billed already: {said.by or 'somebody else'} said so meanwhile"
    else:
        return None
    return f"{day_short(found.day)} of {found.name} {why}.{f' {AGAIN}' if others else ''}"


def left_out_parts(days: Collection[Any], why: NotBilled) -> tuple[Part, ...]:
    """What leaving days out leads to: a line for each person."""
    theirs: dict[int, list[Any]] = defaultdict(list)
    for each in days:
        theirs[each.enrollment_id].append(each)
    people = sorted(theirs.values(), key=lambda their: (sort_key(their[0].name), their[0].day))
    heading = f"{_days_of(days)} will not be billed: {NOT_BILLED[why].lower()}"
    lists = tuple(
        Part(f"{their[0].name}, {their[0].program.name}", tuple(map(_had_words, their)))
        for their in people
    )
    return Part(heading, lists=lists), Part(sentences=(COMES_BACK,))


COMES_BACK: Final = (
    "They leave the hold list. One comes back by itself if it comes to something else later."
)


def left_out_words(days: Collection[Any]) -> str:
    """`1 day will not be billed.`, `4 days of 2 people will not be billed.`"""
    return f"{_days_of(days)} will not be billed."


def _days_of(days: Collection[Any]) -> str:
    people = len({each.participant_id for each in days})
    return counted(len(days), "day") + (f" of {people} people" if people > 1 else "")


def _had_words(each: Any) -> str:
    units = f"{counted(each.billable.units, 'unit')}, " if each.billable.units else ""
    return f"{day_short(each.day)}: {units}{duration(each.billable.minutes)}"


def worth_words(figures: Figures, worth: BillableDay) -> str:
    """`1 unit`, `1 unit at the higher rate`, `no unit`: what a day comes to."""
    if not worth.units:
        return "no unit"
    is_higher = figures.level_services is not None and worth.level > 1
    return f"{counted(worth.units, 'unit')}{' at the higher rate' if is_higher else ''}"


def besides(each: Any) -> list[tuple[int, str]]:
    """The minutes of a day beside those that count, and what is the matter with them."""
    there = {now: [part for part in each.parts if part.now is now] for now in Now}
    counting = sum(part.so_far for part in there[Now.COUNTING])
    left = sum(part.upcoming for part in there[Now.LEFT])  # no minute of it is ahead
    found = (
        (each.billable.unconfirmed, "not recorded"),
        (counting, "counting now"),
        (left, "when it ends"),
        (each.billable.upcoming - counting - left, "ahead"),
    )
    return [one for one in found if one[0]]


def lacking_to(each: Any, *, called: Callable[[int], str], is_over: bool) -> str | None:
    """`50 min to the unit; the 1 pm group brings it`: what the next unit of a day asks for.

    `called` names a session of the day.
    """
    if each.figures is None:
        return None
    lacking = next_unit(each.figures, each.parts, each.billable)
    if lacking is None or not (words := lacking_words(lacking)):
        return None
    which = "another unit" if each.billable.units else "a unit"
    if is_over or not each.billable.upcoming:
        return f"{words} short of {which}"
    if lacking.session_id is None:
        return f"{words} to {which}; what is booked does not bring it"
    return f"{words} to {which}; {called(lacking.session_id)} brings it"


def lost_words(lost: Uncounted) -> str:
    """`20 min late, left early, or held shorter`."""
    return f"{duration(lost.minutes)} {LOST[lost.why]}"


def at_words(starts_at: Any, zone: ZoneInfo, name: str) -> str:
    """`the 1:00 pm Process group`."""
    return f"the {clock_at(starts_at, zone, zone)} {name}"


def figures_words(figures: Figures) -> str:
    """Return what makes a unit, in a sentence."""
    words = []
    if figures.step:
        words.append(f"A unit is {duration(figures.step)}")
        if figures.round_from < figures.step:
            words.append(f"a begun one counts from {duration(figures.round_from)} on")
    elif figures.minutes_min:
        words.append(f"A unit is a day with {duration(figures.minutes_min)} or more")
    else:
        words.append(f"A unit is a day with {counted(figures.services_min, 'service')} or more")
    if figures.step and figures.minutes_min:
        words.append(f"with {duration(figures.minutes_min)} or more on the day")
    if figures.minutes_min and figures.services_min > 1:
        words.append(f"in {figures.services_min} services or more")
    if figures.level_services:
        words.append(f"at the higher rate from {counted(figures.level_services, 'service')} on")
    if figures.step and figures.units_max is not None:
        words.append(f"at most {counted(figures.units_max, 'unit')} a day")
    return f"{', '.join(words)}."


def ids_of(found: Sequence[Line], *whats: What) -> Collection[int]:
    """The ids of what these lines are about, of those of some sorts."""
    return {line.thing_id for line in found if line.what in whats}
