"""Where somebody is now, and their enrollments on a timeline, as a picture and in words; the order
and the choice of the list of participants. Values in, answer out."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from clinic.building.rules import presence
from clinic.days import DAY, Range
from clinic.enrollment.models import Enrollment, Target
from clinic.enrollment.rules import Standing, ending_words, episodes, prescribed
from clinic.formats import clock_at, day_numeric, day_short, hours_span
from clinic.hours.rules import WeekOf, danger
from clinic.names import sort_key
from clinic.paging import KeyOf
from clinic.schedule.models import ABSENT, Mode, Status
from clinic.schedule.rules.words import MARKS

AHEAD = timedelta(weeks=8)  # that an open end reaches beyond today
MARGIN = timedelta(weeks=2)  # after today, so that it never stands at the edge
STEPS = (1, 2, 3, 6, 12)  # months between two marks of the axis
MONTHS = 5  # at most, or they touch on a telephone
APART = 17  # percent of the line that a word needs
EDGE = 80  # from there on words end at their place instead of beginning there
LAST = 84  # percent: no mark of the axis is that far right

AMENDED = {  # by the verb of the trail
    "enrollment.target_changed": "the prescribed hours",
    "enrollment.target_withdrawn": "the prescribed hours",
    "enrollment.leave_granted": "leave",
    "enrollment.leave_moved": "leave",
    "enrollment.leave_called_off": "leave",
    "enrollment.transition_weeks_set": "the transition weeks",
    "enrollment.start_moved": "the first day",
    "enrollment.program_changed": "the program",
    "enrollment.end_moved": "the last day",
    "enrollment.ended": "the end",
}


class Whereabouts(NamedTuple):
    """Where somebody is now: a state of the pages, its words, and the session that says so."""

    state: str
    words: str
    stop: Any = None


def whereabouts(
    stops: Iterable[Any], enrollments: Iterable[Enrollment], *, now: datetime, reader: ZoneInfo
) -> Whereabouts:
    """Where somebody is, by what is known of their sessions of today: bookings, by start.

    `reader` is the clock of whoever asks.
    """
    day = [stop for stop in stops if not stop.is_cancelled]
    state, words, at, stop = next(chain(_on_the_way(day, now), _behind(day, now), _NO_STOP))
    if stop is None:
        return next(_on_leave(enrollments, now), Whereabouts(state, words))
    return Whereabouts(state, words.format(clock_at(at, ZoneInfo(stop.timezone), reader)), stop)


_NO_STOP = (("planned", "No session today", None, None),)
_Stop = tuple[str, str, Any, Any]  # state, words, the time in them, the session


def _on_the_way(day: Sequence[Any], now: datetime) -> Iterator[_Stop]:
    if there := presence(day, now=now):
        yield "present", "In the building since {}", there.since, there.stop
    ahead = [stop for stop in day if stop.ends_at > now]
    for stop in ahead:
        has_begun = stop.starts_at <= now
        if stop.status is Status.PRESENT and stop.mode is Mode.VIRTUAL and stop.left_at is None:
            words = "In a virtual session since {}" if has_begun else "Checked in for {}"
            yield "present" if has_begun else "checked in", words, stop.starts_at, stop
    for stop in ahead:
        if stop.status is Status.EXPECTED and stop.starts_at <= now:
            yield "unconfirmed", "Not checked in yet, due at {}", stop.starts_at, stop
        elif stop.status is Status.EXPECTED:
            yield "expected", "Expected at {}", stop.starts_at, stop
    yield from _absent(ahead)


def _behind(day: Sequence[Any], now: datetime) -> Iterator[_Stop]:
    """What is known of today once nothing of it is ahead."""
    for stop in reversed(day):
        if stop.status is Status.PRESENT:
            yield "left", "Was here until {}", min(stop.left_at or stop.ends_at, now), stop
    yield from _absent(day)
    for stop in reversed(day):
        yield "unconfirmed", "Was due at {}, not marked yet", stop.starts_at, stop


def is_due(row: Any, now: datetime) -> bool:
    """Whether somebody is to be at a session next, or now, as `schedule.queries` asks for it where
    their sessions are not at hand."""
    is_over = row.ends_at <= now or row.is_cancelled or row.left_at is not None
    return not is_over and row.status not in ABSENT


def _absent(day: Iterable[Any]) -> Iterator[_Stop]:
    for stop in day:
        if stop.status in ABSENT:
            yield (
                stop.status,
                f"{MARKS[stop.status].capitalize()} today, {{}}",
                stop.starts_at,
                stop,
            )


def _on_leave(enrollments: Iterable[Enrollment], now: datetime) -> Iterator[Whereabouts]:
    for each in enrollments:
        today = each.program.site.today(now)
        for leave in each.leaves:
            if each.days.covers(today) and leave.days.covers(today):
                yield Whereabouts("on leave", f"On leave through {day_short(leave.until_on)}")


ATTENDANCE = (  # by which the attendance of somebody is looked through
    (Status.PRESENT.value, "Attended"),
    (Status.EXCUSED.value, "Excused"),
    (Status.LATE_CANCEL.value, "Late cancel"),
    (Status.NO_SHOW.value, "No-show"),
    (Status.EXPECTED.value, "Unmarked"),
    ("cancelled", "Cancelled"),
)


def statuses(numbers: Mapping[str, int]) -> list[tuple[str, str]]:
    """What can be chosen of so many of each: `No-show 3`."""
    return [(each, f"{word} {numbers[each]}") for each, word in ATTENDANCE if numbers.get(each)]


class Mark(NamedTuple):
    """Words at a place of the line, which is in percent from its left."""

    x: float
    words: str
    anchor: str = "start"


class Line(NamedTuple):
    """Something that happened, or is to come, in words."""

    day: date
    words: str
    note: str = ""
    row: str = ""  # that says so, as `schedule.rules.acts.act_of` calls it


class Story(NamedTuple):
    """A timeline, and what is on it."""

    first: date
    last: date
    today: date
    episodes: Sequence[tuple[Sequence[Enrollment], Sequence[Line]]]
    amendments: Mapping[int, Sequence[Any]]  # by enrollment: rows of made_at, verb, reason, by

    def at(self, day: date) -> float:
        days = (min(max(day, self.first), self.last + DAY) - self.first).days
        return round(100 * days / ((self.last - self.first).days + 1), 2)

    def width(self, days: Range) -> float:
        return round(max(self.at((days.until_on or self.last) + DAY) - self.at(days.from_on), 0), 2)

    def past(self, days: Range) -> float:
        """Return how much of the width is behind today."""
        over = min(self.today, (days.until_on or self.last) + DAY)
        return max(self.at(over) - self.at(days.from_on), 0)

    @property
    def lanes(self) -> list[list[Enrollment]]:
        """The enrollments side by side where one follows the other, else one below the other."""
        lanes: list[list[Enrollment]] = []
        everyone = [each for episode, _ in self.episodes for each in episode]
        for one in sorted(everyone, key=lambda each: (each.from_on, each.id)):
            free = (lane for lane in lanes if not lane[-1].days.overlaps(one.days))
            lane = next(free, None)
            if lane is None:
                lanes.append([one])
            else:
                lane.append(one)
        return lanes

    def names(self, lane: Sequence[Enrollment]) -> list[tuple[Enrollment, float, float]]:
        """Where each name stands above its lane, and how far it may go: up to the next one."""
        begins = [*(self.at(each.from_on) for each in lane), 100.0]
        places = zip(lane, begins, begins[1:], strict=False)
        return [(each, x, round(end - x, 2)) for each, x, end in places]

    @property
    def months(self) -> list[Mark]:
        """The first days of some months, as few as fit beside one another."""
        months = [
            date(number // 12, number % 12 + 1, 1)
            for number in range(
                self.first.year * 12 + self.first.month - (self.first.day == 1),
                self.last.year * 12 + self.last.month,
            )
        ]
        apart = next(
            (step for step in STEPS if len(months) <= step * MONTHS), len(months) // MONTHS + 1
        )
        shown = [month for month in months[::apart] if self.at(month) <= LAST]
        years = [None, *(month.year for month in shown)]
        return [
            Mark(self.at(month), f"{month:%b}" if month.year == year else f"{month:%b %Y}")
            for month, year in zip(shown, years, strict=False)
        ]

    def steps(self, targets: Sequence[Target]) -> list[Mark]:
        """Targets where they begin; with words only where there is room for them."""
        steps: list[Mark] = []
        free = 0.0
        for target in targets:
            x = self.at(target.from_on)
            words = hours_span(target.min_minutes, target.max_minutes)
            if x > EDGE:
                steps.append(Mark(x, words if x - APART >= free else "", "end"))
                free = x
            else:
                steps.append(Mark(x, words if x >= free else ""))
                free = max(free, x + APART)
        return steps


def story(
    enrollments: Sequence[Enrollment],
    amendments: Mapping[int, Sequence[Any]],
    *,
    today: date,
    with_reasons: bool,
) -> Story | None:
    """The latest episode last, as time goes; None where there is nothing to tell."""
    if not enrollments:
        return None
    ends = [each.until_on or today + AHEAD for each in enrollments]
    first = min(each.from_on for each in enrollments)
    return Story(
        first,
        max(*ends, today + MARGIN),
        today,
        [
            (episode, _lines(episode, amendments, today=today, with_reasons=with_reasons))
            for episode in reversed(episodes(enrollments))
        ],
        amendments,
    )


def _lines(
    episode: Sequence[Enrollment],
    amendments: Mapping[int, Sequence[Any]],
    *,
    today: date,
    with_reasons: bool,
) -> list[Line]:
    lines = [
        line
        for each in episode
        for line in (
            *_prescribed(each),
            *_days_off(each, with_reasons=with_reasons),
            *_amended(each, amendments.get(each.id, ()), with_reasons=with_reasons),
            *_end(each, today=today, with_reasons=with_reasons),
        )
    ]
    return sorted(lines, key=lambda line: line.day)


def _prescribed(enrollment: Enrollment) -> Iterator[Line]:
    first, *changes = enrollment.targets
    begins = "Continues in" if enrollment.continues_id else "Enrolled in"
    words, row = f"{begins} {enrollment.program.name}", f"enrollment:{enrollment.id}"
    yield Line(enrollment.from_on, words, prescribed(first), row)
    for target in changes:
        row = f"target:{target.id}"
        yield Line(target.from_on, "Other hours prescribed", prescribed(target), row)


def _days_off(enrollment: Enrollment, *, with_reasons: bool) -> Iterator[Line]:
    for leave in enrollment.leaves:
        reason = f", {leave.reason}" if leave.reason and with_reasons else ""
        note, row = f"through {day_numeric(leave.until_on)}{reason}", f"leave:{leave.id}"
        yield Line(leave.from_on, "On leave", note, row)
    for each in enrollment.transition_weeks:
        row = f"transition_week:{each.id}"
        yield Line(each.week, "Transition week", "shown, never judged", row)


def _amended(enrollment: Enrollment, acts: Sequence[Any], *, with_reasons: bool) -> Iterator[Line]:
    for act in acts:
        what = AMENDED.get(act.verb, "the enrollment")
        reason = f": “{act.reason}”" if with_reasons else ""
        made_on = enrollment.program.site.today(act.made_at)
        note, row = f"{act.by or 'Daybook'}{reason}", f"amendment:{act.id}"
        yield Line(made_on, f"Amended: {what}", note, row)


def _end(enrollment: Enrollment, *, today: date, with_reasons: bool) -> Iterator[Line]:
    if enrollment.until_on is None:
        return
    if enrollment.outcome is not None:
        reason = enrollment.end_reason if with_reasons else None
        words = ending_words(enrollment.outcome, reason)
    else:
        words = "Planned end" if enrollment.until_on >= today else "Ended as planned"
    row = f"enrollment:{enrollment.id} end"
    yield Line(enrollment.until_on, words, enrollment.program.name, row)


class Shown(NamedTuple):
    """An enrollment as the list of participants shows it."""

    id: int
    participant_id: int
    program_key: str
    program: str
    clinician_id: int | None
    clinician: str | None
    standing: Standing
    since: str = ""  # the day that goes with it


def since_words(stands: Standing, days: Range, leaves: Iterable[Range], *, today: date) -> str:
    """The day that goes with where an enrollment stands: it ended then, begins or goes on then."""
    if stands.is_over:
        return day_numeric(days.until_on)
    if stands is Standing.PLANNED:
        return f"from {day_numeric(days.from_on)}"
    away = next((each for each in leaves if each.covers(today)), None)
    return f"through {day_numeric(away.until_on)}" if away else ""


MATCH = "match"  # the usual order of a search: the best first
WEEK = "week"  # for who may see hours
COLUMNS = (MATCH, "name", "program", "clinician", "status", WEEK)
RUNNING = "enrolled"
NOWHERE = "none"  # of those who are enrolled nowhere, nor ever were
STATUSES = [
    (RUNNING, "Enrolled now"),
    *((str(each), each.capitalize()) for each in Standing),
    (NOWHERE, "Never enrolled"),
]


def is_asked(shown: Collection[Shown], chosen: Sequence[str]) -> bool:
    """Whether one of the enrollments that are shown of somebody is as the filters ask.

    `chosen` are a program, a clinician and a status; empty where any will do.
    """
    program, clinician, status = chosen
    if status == NOWHERE:
        return not (shown or program or clinician)
    return not any(chosen) or any(
        program in {"", each.program_key}
        and clinician in {"", str(each.clinician_id)}
        and (status in {"", each.standing} or (status == RUNNING and each.standing.is_running))
        for each in shown
    )


def keys_of(
    enrolled: Mapping[int, Sequence[Shown]], weeks: Mapping[int, WeekOf]
) -> dict[str, KeyOf[Any]]:
    """What the columns of the list sort by; those who are enrolled nowhere have nothing there.

    `weeks` are this week by enrollment, where it is asked for.
    """

    def of(fact: Callable[[Shown], Any]) -> KeyOf[Any]:
        return lambda row: fact(enrolled[row.id][0]) if row.id in enrolled else None

    places = list(Standing)
    return {
        MATCH: lambda _: 0,
        "name": lambda row: sort_key(row.name),
        "program": of(lambda each: sort_key(each.program)),
        "clinician": of(lambda each: sort_key(each.clinician) if each.clinician else None),
        "status": of(lambda each: places.index(each.standing)),
        WEEK: of(lambda each: danger(weeks[each.id]) if each.id in weeks else None),
    }
