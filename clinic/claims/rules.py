"""What is exported to billing and what a claim says that was, beside what its day is now.

Values in, answer out.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from clinic.days import Range
from clinic.formats import counted, day_numeric, day_short, duration, listed
from clinic.receipts.models import Settled
from clinic.tokens import fingerprint

Key = tuple[int, date]  # an enrollment by its id, and a day

COLUMNS: Final = (  # of the file, by the contract: more come last
    "receipt",
    "day",
    "participant",
    "enrollment",
    "program",
    "payer",
    "authorization",
    "code",
    "units",
    "level",
    "minutes",
    "services",
    "corrects",
    "notice",
)
# 42 CFR 2.32(a)(2): the short notice that goes with records that are disclosed.
NOTICE: Final = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
AUTHORIZED: Final = ("code", "payer", "authorization_number")  # of a day, and of a receipt
MOST_DAYS: Final = 92  # of an export, so that nobody waits for long

NOTHING: Final = "There is nothing here to export: choose other days, or look at what is on hold."
MEANWHILE: Final = (
    "Something has changed meanwhile: attendance, or somebody else has exported some of these days."
    " Look again; nothing is saved yet."
)
SAME: Final = "This claim is as its day is now: there is nothing to settle."
NONE_CHOSEN: Final = "Choose the claims to correct."
WAITS: Final = "Something of this day is not signed or agreed to yet: settle the claim after that."
CHANGED: Final = (
    "Something has changed since you opened this: the day once more, or somebody else has corrected"
    " the claim. Look again."
)
AHEAD: Final = "This day is still ahead: say when the claim was corrected."
TAKEN_BACK: Final = "This has been taken back already."
SINCE: Final = "Something else has been done about this claim since: look at it again."
BEFORE: Final = "The claim was not exported yet on that day."


class Worth(NamedTuple):
    """What a day comes to, or was claimed as."""

    units: int
    level: int
    minutes: int


NONE: Final = Worth(0, 0, 0)


class Day(NamedTuple):
    """Somebody's day as it would be claimed now."""

    enrollment_id: int
    day: date
    worth: Worth
    services: int
    sessions: tuple[int, ...]  # that are counted
    is_billable: bool = True  # it is over, and nothing holds it back
    waits: bool = False  # for a mark, a signature or a second person: it may become another one
    code: str | None = None
    payer: str | None = None
    authorization_number: str | None = None
    is_under: bool = False  # a unit, and nothing brings it to one any more

    @property
    def key(self) -> Key:
        return self.enrollment_id, self.day

    @property
    def digest(self) -> str:
        """A day that comes to the same by other sessions has another one."""
        return fingerprint(repr((self.worth, self.sessions)))[:32]


class Sorted(NamedTuple):
    """The days of a time: to be exported, on hold, and exported before."""

    ready: list[Day]
    held: list[Day]
    claimed: int

    @property
    def under(self) -> int:
        """How many of those on hold are under a unit: nothing frees them."""
        return sum(day.is_under for day in self.held)

    @property
    def digest(self) -> str:
        """What a page carries from showing to saving, to notice when something has changed."""
        return fingerprint(repr(sorted((*day.key, *day[7:], day.digest) for day in self.ready)))


class Twice(NamedTuple):
    """Somebody's day that comes to units in several programs: most payers pay one of them."""

    participant_id: int
    name: str
    day: date
    programs: tuple[str, ...]

    @property
    def words(self) -> str:
        """`Jordan Avery, Tue, Mar 3: Day IOP and Evening IOP`."""
        return f"{self.name}, {day_short(self.day)}: {listed(self.programs)}"


class Settlement(NamedTuple):
    """What was done about a claim, and what its day was then."""

    how: Settled
    worth: Worth


class Claim(NamedTuple):
    """A receipt that nothing follows, with what has been said about it since, the first first, but
    for what was taken back."""

    receipt_id: int
    enrollment_id: int
    day: date
    claimed: Worth
    settlements: tuple[Settlement, ...] = ()

    @property
    def key(self) -> Key:
        return self.enrollment_id, self.day

    @property
    def at_payer(self) -> Worth:
        """What the payer has: as it was claimed, unless it has been corrected there."""
        made = (each.worth for each in self.settlements if each.how is Settled.CORRECTED)
        return next(iter([*made][-1:]), self.claimed)

    @property
    def left(self) -> Worth | None:
        """What the day was when the claim was last left as it is, if it was that last."""
        last = self.settlements[-1:]
        return next((each.worth for each in last if each.how is Settled.LEFT), None)


class Correction(NamedTuple):
    """A claim that is not as its day is now."""

    claim: Claim
    day: Day

    @property
    def now(self) -> Worth:
        return self.day.worth

    @property
    def is_of_units(self) -> bool:
        """Whether the claim asks for another number of units, or another level."""
        return self.claim.at_payer[:2] != self.now[:2]


class Other(NamedTuple):
    """A claim, by its receipt, of whose day other figures make something else."""

    receipt_id: int
    at_payer: Worth
    will: Worth
    left: Worth | None = None  # as which it was left

    @property
    def differs(self) -> bool:
        """Whether the claim is to be corrected then."""
        return self.will not in {self.at_payer, self.left}


class Anew(NamedTuple):
    """What other figures make of days: of those that were claimed, and of how many of the rest that
    are over another number of units, or another level."""

    claims: Sequence[Other] = ()
    unclaimed: int = 0


def worth_of(day: Any) -> Worth:
    return Worth(day.units, day.level, day.minutes)


def anew_words(anew: Anew) -> list[str]:
    """`3 claimed days come to something else (2 to fewer units): …`, `No claimed day …`."""
    other = [each for each in anew.claims if each.differs]
    fewer = sum(each.will.units < each.at_payer.units for each in other)
    more = sum(each.will.units > each.at_payer.units for each in other)
    parts = [f"{n} to {what} units" for n, what in ((fewer, "fewer"), (more, "more")) if n]
    of_them = f" ({listed(parts)})" if parts else ""
    comes = counted(len(other), "claimed day comes", "claimed days come")
    are = "it is" if len(other) == 1 else "they are"
    sentences = ["No claimed day comes to something else."]
    if other:
        sentences = [f"{comes} to something else{of_them}: {are} then listed under Corrections."]
    if back := len(anew.claims) - len(other):
        sentences.append(f"{counted(back, 'day is', 'days are')} as claimed or settled again.")
    if anew.unclaimed:
        rest = counted(anew.unclaimed, "day that is", "days that are")
        comes = "comes" if anew.unclaimed == 1 else "come"
        sentences.append(f"{rest} over and not exported {comes} to other units than now.")
    return sentences


def sort(days: Iterable[Day], claimed: Collection[Key]) -> Sorted:
    """Return which of these days are to be exported: no day twice, and none on hold."""
    ready, held, before = [], [], 0
    for day in days:
        if day.key in claimed:
            before += 1
        elif not day.is_billable:
            held.append(day)
        elif day.worth.units:
            ready.append(day)
    return Sorted(ready, held, before)


def twice(theirs: Iterable[Any], ready: Collection[Key], units: Collection[Key]) -> list[Twice]:
    """Return the days, of those that are ready, on which somebody has units elsewhere, too."""
    by_day: dict[tuple[int, date], list[Any]] = defaultdict(list)
    for each in theirs:
        if (each.enrollment_id, each.day) in units:
            by_day[each.participant_id, each.day].append(each)
    return [
        Twice(whose, of_day[0].name, day, tuple(each.program.name for each in of_day))
        for (whose, day), of_day in by_day.items()
        if len(of_day) > 1 and any((each.enrollment_id, day) in ready for each in of_day)
    ]


def corrections(claims: Iterable[Claim], days: Mapping[Key, Day]) -> list[Correction]:
    """Return the claims that are not as their days are now, those of other units first."""
    found = []
    for claim in claims:
        day = days.get(claim.key) or Day(*claim.key, NONE, 0, ())
        if day.worth not in {claim.at_payer, claim.left}:
            found.append(Correction(claim, day))
    return sorted(found, key=_urgency)


def _urgency(one: Correction) -> tuple[bool, date, int]:
    return not one.is_of_units, one.claim.day, one.claim.receipt_id


def worth_words(worth: Any) -> str:
    """`1 unit, 3 h`, `1 unit of the higher level, 4 h`, `no unit`; of a receipt, too."""
    if not worth.units:
        return "no unit"
    level = " of the higher level" if worth.level > 1 else ""
    return f"{counted(worth.units, 'unit')}{level}, {duration(worth.minutes)}"


def day_words(worth: Worth) -> str:
    """The same of a day beside others, of which most are one unit: `3 h`, `2 units, 6 h`."""
    return duration(worth.minutes) if worth[:2] == (1, 1) else worth_words(worth)


def correction_words(correction: Correction) -> str:
    """`Claimed 1 unit, now 0: correct the claim.`"""
    (units, level, minutes), now = correction.claim.at_payer, correction.now
    if units != now.units:
        return f"Claimed {counted(units, 'unit')}, now {now.units}: correct the claim."
    if level != now.level:
        heights = "higher" if level > 1 else "lower", "higher" if now.level > 1 else "lower"
        return f"Claimed at the {heights[0]} level, now the {heights[1]} one: correct the claim."
    return (
        f"Claimed {duration(minutes)}, now {duration(now.minutes)};"
        f" the {'unit stays' if units == 1 else 'units stay'}."
    )


def settled_words(said: Any) -> str:
    """`Corrected with the payer on Mar 12, 2026: no unit`: what was done about a claim, with what
    the payer has now, or what its day came to when it was left."""
    if said.how is Settled.LEFT:
        return f"Left as it is, though the day came to {worth_words(said)}"
    return f"Corrected with the payer on {day_numeric(said.corrected_on)}: {worth_words(said)}"


def history(receipts: Iterable[Any], settlements: Iterable[Any]) -> list[Any]:
    """What was claimed of a day, and what was said of it, in the order in which that was done."""
    said = [(each.settled_at, each) for each in settlements if not each.takes_back_id]
    both = [(each.exported_at, each) for each in receipts] + said
    return [each for _, each in sorted(both, key=lambda one: one[0])]


def taken_back(settlements: Iterable[Any]) -> dict[int, Any]:
    """Settlement id to the one that takes it back."""
    return {each.takes_back_id: each for each in settlements if each.takes_back_id}


def last_standing(settlements: Sequence[Any], receipt_id: int) -> Any:
    """What was said last about a receipt and stands: it alone can be taken back, or None."""
    taken = taken_back(settlements)
    said = (each for each in settlements if each.receipt_id == receipt_id)
    standing = [each for each in said if not each.takes_back_id and each.id not in taken]
    return standing[-1] if standing else None


def why_not_take_back(
    settlement_id: int, settlements: Sequence[Any], *, newest_id: int
) -> str | None:
    """Why a settlement, of all that was said of a day, is not taken back; `newest_id` is the
    receipt that nothing follows."""
    if settlement_id in taken_back(settlements):
        return TAKEN_BACK
    last = last_standing(settlements, newest_id)
    return None if last and last.id == settlement_id else SINCE


def why_not_days(days: Range) -> str | None:
    """Why days of this length are not exported together."""
    assert days.until_on is not None
    number = (days.until_on - days.from_on).days + 1
    if number <= MOST_DAYS:
        return None
    return f"Export {MOST_DAYS} days at most: these are {counted(number, 'day')}."


def why_not_settle(correction: Correction | None, *, seen: Worth | None) -> str | None:
    """Why a claim is not settled; `seen` is what its day was for whoever does it."""
    if correction is None:
        return SAME
    if correction.now != seen:
        return CHANGED
    return WAITS if correction.day.waits else None


def why_not_corrected_on(day: date, *, exported_on: date, today: date) -> str | None:
    """Why a claim was not corrected with the payer on that day."""
    if day > today:
        return AHEAD
    return BEFORE if day < exported_on else None


def record_of(row: Any) -> dict[str, Any]:
    """A receipt as the file has it, by what was kept of it."""
    return {
        "receipt": row.id,
        "day": row.day,
        "participant": row.participant_key,
        "enrollment": row.enrollment_key,
        "program": row.program_key,
        "payer": row.payer or "",
        "authorization": row.authorization_number or "",
        "code": row.code or "",
        "units": row.units,
        "level": row.level,
        "minutes": row.minutes,
        "services": row.services,
        "corrects": row.follows_id or "",
        "notice": NOTICE if row.is_part2 else "",
    }


def file_name(batch_id: int, ending: str) -> str:
    """What the file is called on somebody's desktop: neither whose it is nor the clinic's trade."""
    return f"batch-{batch_id}.{ending}"
