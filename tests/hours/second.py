"""The arithmetic of weeks a second time: plain Python over lists, written from the definitions
alone and slow on purpose. It shares no line with the product, not even how a wall-clock time
becomes an instant."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@dataclass
class Offered:
    """A program: how its time is counted."""

    zone: str
    counted: frozenset[str]
    breaks_count: bool = False
    grace: int = 0
    population: str = "adult"
    rules: tuple[dict[str, Any], ...] = ()  # of its rule set, as they are written down
    site: int = 0
    id: int = 0


@dataclass
class Meeting:
    """A session as somebody wrote it down: a day and two wall-clock times of its site."""

    program: Offered
    day: date
    starts: time
    ends: time
    kind: str = "group"
    break_minutes: int = 0
    is_cancelled: bool = False
    begun_late: int = 0  # minutes, as it was really held
    ended_early: int = 0
    seats: int = 10
    held: int = 0  # of them by offers, to the first so many enrollments
    is_open: bool = False  # to make-ups of other programs
    is_alone: bool = False  # by itself, of no group
    id: int = 0

    @property
    def begins_at(self) -> datetime:
        return at(self.day, self.starts, self.program.zone)

    @property
    def ends_at(self) -> datetime:
        """A start that the clocks jump over moves the whole session by the gap."""
        gap = wall(self.begins_at, self.program.zone) - datetime.combine(self.day, self.starts)
        ends = datetime.combine(self.day, self.ends) + gap
        return at(ends.date(), ends.time(), self.program.zone)


@dataclass
class Place:
    """One person's booking in one session."""

    meeting: Meeting
    status: str = "expected"
    arrived_at: datetime | None = None
    left_at: datetime | None = None


@dataclass
class Life:
    """An enrollment with all that was agreed, and all its bookings."""

    program: Offered
    from_on: date
    until_on: date | None
    targets: list[tuple[date, int]]
    leaves: list[tuple[date, date]] = field(default_factory=list)
    transitions: list[date] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    unavailable: list[tuple[int, int, int]] = field(default_factory=list)
    person: int = 0
    id: int = 0


@dataclass(frozen=True)
class Answer:
    """What is said of one week."""

    planned: int
    delivered: int
    unconfirmed: int
    upcoming: int
    make_up: int
    service_days: int
    minimum: int
    missing: int
    state: str


@cache
def at(day: date, clock: time, zone: str) -> datetime:
    """The instant of a wall-clock time: of two the first; of none, as much later as the gap.

    Found by looking: the first minute of two days whose clock, in that zone, shows that time.
    """
    local = ZoneInfo(zone)
    sought = datetime.combine(day, clock)
    for hours in range(-15, 16):  # every offset that a place on earth has, in quarters of an hour
        for quarter in range(4):
            guess = sought.replace(tzinfo=UTC) + timedelta(hours=hours, minutes=15 * quarter)
            if guess.astimezone(local).replace(tzinfo=None) == sought:
                return guess
    before = at(day, (sought - timedelta(hours=2)).time(), zone)  # nothing: the clocks went forward
    return before + timedelta(hours=2)


def wall(instant: datetime, zone: str) -> datetime:
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def scheduled(meeting: Meeting) -> int:
    return (meeting.ends_at - meeting.begins_at) // MINUTE


def credit(meeting: Meeting) -> int:
    if meeting.is_cancelled or meeting.kind not in meeting.program.counted:
        return 0
    if meeting.program.breaks_count:
        return scheduled(meeting)
    return max(0, scheduled(meeting) - meeting.break_minutes)


def attended(place: Place) -> int:
    """Minutes that one booking brings."""
    meeting = place.meeting
    if place.status != "present":
        return 0
    began, ended = meeting.begins_at, meeting.ends_at
    came = max(place.arrived_at or began, began + meeting.begun_late * MINUTE)
    went = min(place.left_at or ended, ended - meeting.ended_early * MINUTE)
    if came >= went:
        return 0  # nobody was there, and grace makes nothing of it
    if came <= began + meeting.program.grace * MINUTE:
        came = began
    if went >= ended - meeting.program.grace * MINUTE:
        went = ended
    there = max(timedelta(0), min(went, ended) - max(came, began))
    if there == ended - began:
        return credit(meeting)
    return int(credit(meeting) * there.total_seconds() // (ended - began).total_seconds())


def first_of(day: date, week_starts: int) -> date:
    while day.weekday() != week_starts:
        day -= timedelta(days=1)
    return day


def is_judged(life: Life, week: date) -> bool:
    """Whether all seven days are inside the enrollment, with no leave and no transition."""
    days = [week + timedelta(days=n) for n in range(7)]
    if week in life.transitions:
        return False
    for day in days:
        if day < life.from_on or (life.until_on is not None and day > life.until_on):
            return False
        if any(first <= day <= last for first, last in life.leaves):
            return False
    return True


def minimum(life: Life, week: date) -> int:
    """The target in force on the week's first day, within the enrollment."""
    asked = max(week, life.from_on)
    known = [target for target in life.targets if target[0] <= asked] or [min(life.targets)]
    return max(known)[1]


def is_possible(life: Life, lives: list[Life], meeting: Meeting, now: datetime) -> bool:
    """Whether somebody may make up in a session that they are not in."""
    taken = [p for each in lives for p in each.places if p.meeting is meeting]
    own = [p for each in lives if each.person == life.person for p in each.places]
    is_off = meeting.begins_at <= now or credit(meeting) == 0 or is_somebodys(meeting, taken)
    seats = sum(place.status not in {"excused", "late-cancel"} for place in taken)
    held = meeting.held - any(each is life for each in lives[: meeting.held])
    if is_off or seats + held >= meeting.seats or not is_for(life, meeting):
        return False
    if any(place.meeting is meeting for place in own):
        return False
    is_busy = any(clash(place.meeting, meeting) for place in own if not place.meeting.is_cancelled)
    return not is_busy and not any(is_away(each, meeting) for each in life.unavailable)


def is_for(life: Life, meeting: Meeting) -> bool:
    """Whether it is one of their program, or open to it, on a day on which they are there."""
    is_near = meeting.program.site == life.program.site
    is_theirs = meeting.program.id == life.program.id or (meeting.is_open and is_near)
    is_enrolled = life.from_on <= meeting.day <= (life.until_on or date.max)
    is_on_leave = any(first <= meeting.day <= last for first, last in life.leaves)
    return is_theirs and is_enrolled and not is_on_leave


def is_somebodys(meeting: Meeting, taken: list[Place]) -> bool:
    """Whether it is one person's; a family group has several."""
    if meeting.kind not in {"individual", "family"}:
        return False
    most = 2 if meeting.kind == "family" else len(taken)
    return meeting.is_alone or 0 < len(taken) <= most


def is_away(unavailable: tuple[int, int, int], meeting: Meeting) -> bool:
    weekday, first, last = unavailable
    begins = wall(meeting.begins_at, meeting.program.zone)
    ends = wall(meeting.ends_at, meeting.program.zone)
    if begins.weekday() != weekday:
        return False
    minutes = (begins.hour * 60 + begins.minute, ends.hour * 60 + ends.minute)
    return minutes[0] < last and first < minutes[1]


def clash(one: Meeting, other: Meeting) -> bool:
    return one.begins_at < other.ends_at and other.begins_at < one.ends_at


def best(meetings: list[Meeting]) -> int:
    """The most minutes of meetings of which no two are at the same time: every set is tried."""
    if not meetings:
        return 0
    first, *others = meetings
    beside = [each for each in others if not clash(first, each)]
    return max(best(others), credit(first) + best(beside))


def answer(
    life: Life,
    week: date,
    *,
    now: datetime,
    lives: list[Life],
    meetings: list[Meeting],
) -> Answer:
    days = [week + timedelta(days=n) for n in range(7)]
    own = [place for place in life.places if place.meeting.day in days]
    ended = [place for place in own if place.meeting.ends_at <= now]
    ahead = [place for place in own if place.meeting.ends_at > now]
    delivered = sum(attended(place) for place in ended)
    unconfirmed = sum(credit(p.meeting) for p in ended if p.status == "expected")
    upcoming = sum(credit(p.meeting) for p in ahead if p.status in {"expected", "present"})
    possible = [
        each for each in meetings if each.day in days and is_possible(life, lives, each, now)
    ]
    make_up = best(possible)
    least, judged = minimum(life, week), is_judged(life, week)
    return Answer(
        planned=sum(credit(place.meeting) for place in own),
        delivered=delivered,
        unconfirmed=unconfirmed,
        upcoming=upcoming,
        make_up=make_up,
        service_days=len({p.meeting.day for p in ended if attended(p) > 0}),
        minimum=least,
        missing=max(0, least - delivered - unconfirmed - upcoming) if judged else 0,
        state=state(
            least,
            delivered,
            unconfirmed,
            upcoming,
            make_up,
            judged=judged,
            is_over=now >= at(week + timedelta(days=7), time(0), life.program.zone),
        ),
    )


def state(
    least: int,
    delivered: int,
    unconfirmed: int,
    upcoming: int,
    make_up: int,
    *,
    judged: bool,
    is_over: bool,
) -> str:
    if not judged:
        return "partial"
    if delivered >= least:
        return "reached"
    if is_over:
        return "unconfirmed" if delivered + unconfirmed >= least else "short"
    booked = delivered + unconfirmed + upcoming
    if booked >= least:
        return "on course"
    return "needs make-up" if booked + make_up >= least else "out of reach"


# What a day is worth


@dataclass(frozen=True)
class Worth:
    """What is said of somebody's day."""

    minutes: int = 0
    services: int = 0
    units: int = 0


def worth(life: Life, day: date, *, now: datetime) -> Worth:
    ended = [p for p in life.places if p.meeting.day == day and p.meeting.ends_at <= now]
    attended_to = [(p.meeting.kind, attended(p)) for p in ended if attended(p) > 0]
    counted = [
        minutes
        for kind, minutes in attended_to
        if minutes >= (asked(life.program, "unit_session_minutes", kind) or 0)
    ]
    minutes, services = sum(counted), len(counted)
    return Worth(minutes, services, units(life.program, minutes, services))


def units(program: Offered, minutes: int, services: int) -> int:
    """Begun units are tried one after the other: does it have the minutes that make it count?"""
    least, least_services, step = (
        asked(program, measure)
        for measure in ("unit_minutes_min", "unit_services_min", "unit_step_minutes")
    )
    if (least, least_services, step) == (None, None, None):
        return 0
    if minutes < max(1, least or 0) or services < max(1, least_services or 0):
        return 0
    found = 1
    if step:
        begun = asked(program, "unit_round_minutes") or step
        found = 0
        while minutes >= found * step + begun:
            found += 1
    most = asked(program, "units_day_max")
    return found if most is None else min(found, most)


def asked(program: Offered, measure: str, kind: str | None = None) -> int | None:
    """What a rule set says; of some people or kinds before what it says of all."""
    fitting = [
        rule
        for rule in program.rules
        if rule["measure"] == measure
        and rule.get("population") in {None, program.population}
        and rule.get("kind") in {None, kind}
    ]
    fitting.sort(key=lambda rule: ("population" in rule, "kind" in rule))
    return fitting[-1]["value"] if fitting else None
