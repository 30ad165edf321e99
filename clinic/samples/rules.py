"""Mock audits: which days are drawn, and which link of the record of each is missing. Values in,
answer out."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from math import sqrt
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from clinic.enrollment.rules import weekly_hours
from clinic.formats import clock_time, counted, day_numeric, day_short
from clinic.programs.models import Kind
from clinic.schedule.models import ABSENT, Method, Status
from clinic.schedule.rules.words import (
    IDENTITIES,
    MARKS,
    METHODS,
    NO_BREAK,
    attendance_label,
    recorded_words,
)
from clinic.signing.rules import is_license_valid

USUAL: Final = 30  # days that payers draw, or more
MOST: Final = 200
MOST_DAYS: Final = 366  # a whole year
SURE: Final = 1.959964  # standard deviations that hold 95 of 100
LINKS: Final = {  # of the chain from the door to the hours
    "arrival": "Arrival",
    "identity": "Identity",
    "mark": "Recorded",
    "topic": "Topic",
    "signature": "Signature",
    "license": "Leader’s license",
    "minutes": "Minutes",
    "target": "Target",
}
WITH_TOPIC: Final = frozenset({Kind.GROUP, Kind.EDUCATION})


def why_not_days(first: date, last: date) -> str | None:
    """Why a sample is not drawn from days of this length."""
    number = (last - first).days + 1
    if number <= MOST_DAYS:
        return None
    return f"Draw from {MOST_DAYS} days at most: these are {counted(number, 'day')}."


class Link(NamedTuple):
    """What is there for one question of an audit, in words, or that it is not."""

    words: str
    is_missing: bool = False


class Changed(NamedTuple):
    """A change of somebody's license, as the trail tells it."""

    at: datetime
    facts: Mapping[str, Any]


class Kept(NamedTuple):
    """What is known of a session beside the booking."""

    recorded_by: str | None
    signatures: Sequence[Any]  # the first one first
    leaders: Sequence[Any]  # rows of staff_id, name, has_led and their license, the lead first
    targets: Sequence[Any]  # of the enrollment, by first day
    from_on: date  # the enrollment's days
    until_on: date | None
    minutes: int  # delivered
    difference: str | None  # between what is stored and what was recorded
    licenses: Mapping[int, Sequence[Changed]] = MappingProxyType({})  # by staff id, the first first
    asks_identity: bool = False  # whether sheets did by then
    shows_topic: bool = True


def drawn(days: Iterable[Any], *, seed: str, number: int) -> list[Any]:
    """Return so many of these days of participants, as the seed has it.

    The same seed draws the same ones again, by whatever program: each day has a place, the SHA-256
    of seed, participant's number and day, and the first ones are taken. Days that come or go
    meanwhile move no other.
    """
    return sorted(days, key=lambda each: place_of(each, seed))[:number]


def place_of(each: Any, seed: str) -> str:
    return sha256(f"{seed} {each.key} {each.day}".encode()).hexdigest()


class Interval(NamedTuple):
    low: float
    high: float


def error_interval(errors: int, number: int) -> Interval:
    """Return between which shares the errors of all days are likely to lie, 95 times of 100.

    Those shares for which it would be no surprise to find so many errors among so many days. Unlike
    an equal distance to both sides it says something where none or all are wrong. E. B. Wilson,
    Probable Inference, the Law of Succession, and Statistical Inference, Journal of the American
    Statistical Association 22 (1927), 209-212.
    """
    share, spread = errors / number, SURE**2 / number
    middle = (share + spread / 2) / (1 + spread)
    half = SURE * sqrt(share * (1 - share) / number + spread / (4 * number)) / (1 + spread)
    return Interval(max(middle - half, 0.0), min(middle + half, 1.0))


class Result(NamedTuple):
    """How many days are wrong, which share that is, and what it says of all days."""

    errors: int
    share: str
    low: str
    high: str


def result_of(days: Sequence[Iterable[Mapping[str, Link]]]) -> Result | None:
    """Return what came of a draw, of the chains of its days; None where there are none."""
    if not days:
        return None
    errors = sum(map(is_broken, days))
    shares = (errors / len(days), *error_interval(errors, len(days)))
    return Result(errors, *map(percent, shares))


def percent(share: float) -> str:
    """`13 %`, and `under 1 %` where it is not none."""
    rounded = round(share * 100)
    return f"{rounded} %" if rounded or not share else "under 1 %"


def chain_of(row: Any, kept: Kept, zone: ZoneInfo) -> dict[str, Link]:
    """Return every link of one booking, by its name. `row` has its columns and its session's."""
    return {
        "arrival": _arrival(row, zone),
        "identity": _identity(row, kept),
        "mark": _mark(row, kept, zone),
        "topic": _topic(row, kept),
        "signature": _signature(row, kept, zone),
        "license": _license(row, kept, zone),
        "minutes": _minutes(row, kept),
        "target": _target(row, kept),
    }


def is_broken(chains: Iterable[Mapping[str, Link]]) -> bool:
    """Return whether a link of a day is missing."""
    return any(link.is_missing for chain in chains for link in chain.values())


def _arrival(row: Any, zone: ZoneInfo) -> Link:
    if row.status is Status.EXPECTED:
        return Link("not marked", is_missing=True)
    if row.status in ABSENT:
        return Link(MARKS[row.status].capitalize())
    if row.method is Method.CARRIED and row.signed_at is None:
        return Link(METHODS[Method.CARRIED], is_missing=True)
    when = clock_time(row.arrived_at, zone) if row.arrived_at else "from the start"
    how = "carried over" if row.method is Method.CARRIED else METHODS[row.method]
    return Link(f"{attendance_label(row, row)}: {when}, {how}")


def _identity(row: Any, kept: Kept) -> Link:
    if row.status is not Status.PRESENT:
        return Link("not present")
    if row.identified_by is not None:
        return Link(IDENTITIES[row.identified_by])
    if row.method is Method.IMPORT:
        return Link("imported without it")
    is_missing = kept.asks_identity
    return Link("not recorded" if is_missing else "was not asked for", is_missing=is_missing)


def _topic(row: Any, kept: Kept) -> Link:
    if row.kind not in WITH_TOPIC:
        return Link("not asked of this kind")
    if row.topic:
        return Link(row.topic if kept.shows_topic else "recorded")
    # A fact and no error: there is no figure by which a rule set asks for a topic.
    return Link("imported without it" if row.method is Method.IMPORT else "not recorded")


def _mark(row: Any, kept: Kept, zone: ZoneInfo) -> Link:
    if kept.difference:
        return Link(f"stored otherwise than recorded: {kept.difference}", is_missing=True)
    words = recorded_words(row, kept.recorded_by, zone).replace(NO_BREAK, " ")
    return Link(words or "not recorded", is_missing=not words)


def _signature(row: Any, kept: Kept, zone: ZoneInfo) -> Link:
    if row.signed_at is None:
        return Link("not signed", is_missing=True)
    if not kept.signatures:
        is_import = row.method is Method.IMPORT
        words = "signed by the import" if is_import else "marked as signed, by nobody"
        return Link(words, is_missing=not is_import)
    if len(kept.signatures) < max(one.signatures_min for one in kept.signatures):
        return Link("the second signature is not there", is_missing=True)
    return Link("; ".join(_signed_words(one, zone) for one in kept.signatures))


def _signed_words(one: Any, zone: ZoneInfo) -> str:
    who = ", ".join(filter(None, (one.name, one.credentials)))
    when = one.signed_at.astimezone(zone).date()
    return f"{who}, {day_short(when)}, {clock_time(one.signed_at, zone)}"


def _license(row: Any, kept: Kept, zone: ZoneInfo) -> Link:
    leading = [each for each in kept.leaders if each.has_led is not False]
    if not leading:
        return Link("nobody led it", is_missing=True)
    lead = next((each for each in leading if each.has_led), leading[0])
    # Whoever signed is known as they were then; of others, what was on record that day.
    known = next((one for one in kept.signatures if one.staff_id == lead.staff_id), None)
    changes = kept.licenses.get(lead.staff_id, ())
    known, since = (known, "") if known else license_then(lead, changes, row.day, zone)
    words = f"{lead.name}, {_license_words(known, row.day)}{since}"
    return Link(words, is_missing=not is_license_valid(known, row.day))


class License(NamedTuple):
    """What is on record of somebody's license."""

    license_number: str | None
    license_expires_on: date | None


def license_then(
    leader: Any, changes: Sequence[Changed], day: date, zone: ZoneInfo
) -> tuple[License, str]:
    """Return what was on record of a leader's license on a day, and words where it is not what is
    now.

    Of whom nothing was on record yet it is what was recorded first. Older changes do not tell
    whether the number was another.
    """
    now = License(leader.license_number, leader.license_expires_on)
    earlier = [each for each in changes if each.at.astimezone(zone).date() <= day]
    later = changes[len(earlier) :]
    if not later:
        return now, ""
    first = later[0].facts
    then, since = earlier[-1].facts if earlier else first.get("before", {}), ", on record that day"
    if not earlier and not any(then.values()):
        then = first
        since = f", recorded {day_numeric(later[0].at.astimezone(zone).date())}"
    number = now.license_number
    if "number" in then and then["number"] != changes[-1].facts.get("number"):
        number = "with another number" if then["number"] else None
    expires_on = then.get("expires_on")
    return License(number, date.fromisoformat(expires_on) if expires_on else None), since


def _license_words(known: Any, day: date) -> str:
    if not known.license_number:
        return "no license on record"
    if known.license_expires_on is None:
        return f"license {known.license_number}, nobody knows until when"
    until = "until" if known.license_expires_on >= day else "expired"
    return f"license {known.license_number}, {until} {day_numeric(known.license_expires_on)}"


def _minutes(row: Any, kept: Kept) -> Link:
    if not row.is_counted:
        return Link("does not count to the hours")
    is_missing = row.status is Status.PRESENT and not kept.minutes
    return Link(f"{kept.minutes} of {row.credit_minutes} min", is_missing=is_missing)


def _target(row: Any, kept: Kept) -> Link:
    if row.day < kept.from_on or (kept.until_on is not None and kept.until_on < row.day):
        return Link("not enrolled that day", is_missing=True)
    begun = [target for target in kept.targets if target.from_on <= row.day]
    return Link(weekly_hours(begun[-1])) if begun else Link("no target", is_missing=True)


def missing_words(chain: Mapping[str, Link]) -> str:
    """`Signature; Target`: the links that are missing."""
    return "; ".join(word for name, word in LINKS.items() if chain[name].is_missing)


def links_asked(*, asks_identity: bool) -> dict[str, str]:
    """Return the links that a page has a column for, with their words."""
    return {name: word for name, word in LINKS.items() if name != "identity" or asks_identity}
