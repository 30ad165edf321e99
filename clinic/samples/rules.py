"""Mock audits: which days are drawn, and which link of the record of each is missing. Values in,
answer out."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from hashlib import sha256
from math import sqrt
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from clinic.enrollment.rules import weekly_hours
from clinic.formats import clock_time, day_numeric, day_short
from clinic.schedule.models import ABSENT, Method, Status
from clinic.schedule.rules.words import MARKS, METHODS, NO_BREAK, attendance_label, recorded_words

USUAL: Final = 30  # days that payers draw, or more
MOST: Final = 200
SURE: Final = 1.959964  # standard deviations that hold 95 of 100
LINKS: Final = {  # of the chain from the door to the hours
    "arrival": "Arrival",
    "mark": "Recorded",
    "signature": "Signature",
    "license": "Leader’s license",
    "minutes": "Minutes",
    "target": "Target",
}


class Link(NamedTuple):
    """What is there for one question of an audit, in words, or that it is not."""

    words: str
    is_missing: bool = False


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
        "mark": _mark(row, kept, zone),
        "signature": _signature(row, kept, zone),
        "license": _license(row, kept),
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


def _license(row: Any, kept: Kept) -> Link:
    leading = [each for each in kept.leaders if each.has_led is not False]
    if not leading:
        return Link("nobody led it", is_missing=True)
    lead = next((each for each in leading if each.has_led), leading[0])
    # Whoever signed is known as they were then; of others there is only what is known now.
    known = next((one for one in kept.signatures if one.staff_id == lead.staff_id), lead)
    expires_on = known.license_expires_on
    is_valid = bool(known.license_number) and expires_on is not None and expires_on >= row.day
    return Link(f"{lead.name}, {_license_words(known, row.day)}", is_missing=not is_valid)


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


def missing_words(chain: Mapping[str, Link], names: Collection[str] = tuple(LINKS)) -> str:
    """`Signature; Target`: the links that are missing."""
    return "; ".join(LINKS[name] for name in names if chain[name].is_missing)
