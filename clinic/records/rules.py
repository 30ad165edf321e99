"""Somebody's enrollments on a line of time, as a picture and in words. Values in, answer out."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from clinic.days import DAY
from clinic.enrollment.models import Enrollment
from clinic.enrollment.rules import ending_words, episodes, is_away, status_on, target_in_words
from clinic.formats import day_numeric, hours
from clinic.schedule.rules.words import period

AHEAD = timedelta(weeks=8)  # that an open end reaches beyond today
MARGIN = timedelta(weeks=2)  # after today, so that it never stands at the edge
STEPS = (1, 2, 3, 6, 12)  # months between two marks of the axis
MARKS = 5  # at most, or they touch on a telephone
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
    "enrollment.end_moved": "the last day",
    "enrollment.ended": "the end",
}


class Amended(NamedTuple):
    """An act that reached back into weeks that were over."""

    made_on: date
    by: str
    verb: str
    reason: str


class Mark(NamedTuple):
    """Words at a place of the line, which is in percent from its left."""

    x: float
    words: str
    anchor: str = "start"


class Span(NamedTuple):
    kind: str  # "leave" or "transition"
    x: float
    width: float


class Bar(NamedTuple):
    """An enrollment on the line."""

    program: str
    period: str
    status: str
    ending: str
    x: float
    width: float
    past: float  # of the width
    spans: list[Span]
    steps: list[Mark]  # its targets
    amended: list[float]


class Line(NamedTuple):
    """Something that happened, or is to come, in words."""

    day: date
    words: str
    note: str = ""


class Episode(NamedTuple):
    title: str  # empty where there is only one
    bars: list[Bar]
    past: list[Line]
    ahead: list[Line]


class Story(NamedTuple):
    marks: list[Mark]
    today: float
    label: str
    episodes: list[Episode]


class _Scale(NamedTuple):
    first: date
    last: date

    def at(self, day: date) -> float:
        days = (min(max(day, self.first), self.last + DAY) - self.first).days
        return round(100 * days / ((self.last - self.first).days + 1), 2)

    def width(self, from_on: date, until_on: date) -> float:
        return round(max(self.at(until_on + DAY) - self.at(from_on), 0), 2)


def story(
    enrollments: Sequence[Enrollment],
    amendments: Mapping[int, Sequence[Amended]],
    *,
    today: date,
    with_reasons: bool,
) -> Story | None:
    """The latest episode last, as time goes; None where there is nothing to tell."""
    if not enrollments:
        return None
    ends = [each.until_on or today + AHEAD for each in enrollments]
    first = min(each.from_on for each in enrollments)
    scale = _Scale(first, max(*ends, today + MARGIN))
    told = list(reversed(episodes(enrollments)))
    return Story(
        marks=_axis(scale),
        today=scale.at(today),
        label=f"Line of time from {day_numeric(first)} to {day_numeric(scale.last)}",
        episodes=[
            _episode(
                each,
                amendments,
                title=f"Episode {number}" if len(told) > 1 else "",
                scale=scale,
                today=today,
                with_reasons=with_reasons,
            )
            for number, each in enumerate(told, start=1)
        ],
    )


def _axis(scale: _Scale) -> list[Mark]:
    """The first days of some months, as few as fit beside one another."""
    months = [
        date(number // 12, number % 12 + 1, 1)
        for number in range(
            scale.first.year * 12 + scale.first.month - (scale.first.day == 1),
            scale.last.year * 12 + scale.last.month,
        )
    ]
    apart = next((step for step in STEPS if len(months) <= step * MARKS), len(months) // MARKS + 1)
    marks = []
    for number, month in enumerate(months[::apart]):
        with_year = number == 0 or month.year != months[::apart][number - 1].year
        if scale.at(month) <= LAST:
            marks.append(Mark(scale.at(month), f"{month:%b %Y}" if with_year else f"{month:%b}"))
    return marks


def _episode(
    enrollments: Sequence[Enrollment],
    amendments: Mapping[int, Sequence[Amended]],
    *,
    title: str,
    scale: _Scale,
    today: date,
    with_reasons: bool,
) -> Episode:
    lines = sorted(
        (
            line
            for each in enrollments
            for line in _lines(each, amendments.get(each.id, ()), today, with_reasons)
        ),
        key=lambda line: line.day,
    )
    return Episode(
        title=title,
        bars=[
            _bar(each, amendments.get(each.id, ()), scale, today, with_reasons)
            for each in enrollments
        ],
        past=[line for line in lines if line.day <= today],
        ahead=[line for line in lines if line.day > today],
    )


def _bar(
    enrollment: Enrollment,
    amended: Sequence[Amended],
    scale: _Scale,
    today: date,
    with_reasons: bool,  # noqa: FBT001 - one of the facts that all parts of a story take
) -> Bar:
    last = enrollment.until_on or scale.last
    return Bar(
        program=enrollment.program.name,
        period=period(enrollment.from_on, enrollment.until_on),
        status=status_on(
            today,
            from_on=enrollment.from_on,
            until_on=enrollment.until_on,
            outcome=enrollment.outcome,
            is_on_leave=is_away(enrollment.leaves, today),
        ),
        ending=_ending(enrollment, with_reasons),
        x=scale.at(enrollment.from_on),
        width=scale.width(enrollment.from_on, last),
        past=max(scale.at(min(today, last + DAY)) - scale.at(enrollment.from_on), 0),
        spans=[
            *(
                Span("leave", scale.at(leave.from_on), scale.width(leave.from_on, leave.until_on))
                for leave in enrollment.leaves
            ),
            *(
                Span("transition", scale.at(each.week), scale.width(each.week, each.week + 6 * DAY))
                for each in enrollment.transition_weeks
            ),
        ],
        steps=_steps(enrollment, scale),
        amended=[scale.at(each.made_on) for each in amended],
    )


def _steps(enrollment: Enrollment, scale: _Scale) -> list[Mark]:
    """Its targets where they begin; words only where there is room for them."""
    steps: list[Mark] = []
    free = 0.0
    for target in enrollment.targets:
        x = scale.at(target.from_on)
        words = f"{hours(target.min_minutes)}–{hours(target.max_minutes)} h"
        if x > EDGE:
            steps.append(Mark(x, words if x - APART >= free else "", "end"))
            free = x
        else:
            steps.append(Mark(x, words if x >= free else ""))
            free = max(free, x + APART)
    return steps


def _ending(enrollment: Enrollment, with_reasons: bool) -> str:  # noqa: FBT001 - as in _bar
    if enrollment.outcome is None:
        return ""
    return ending_words(enrollment.outcome, enrollment.end_reason if with_reasons else None)


def _lines(
    enrollment: Enrollment,
    amended: Sequence[Amended],
    today: date,
    with_reasons: bool,  # noqa: FBT001 - as in _bar
) -> Iterator[Line]:
    name = enrollment.program.name
    first, *changes = enrollment.targets
    begins = "Goes on in" if enrollment.continues_id else "Enrolled in"
    yield Line(
        enrollment.from_on,
        f"{begins} {name}",
        target_in_words(first.min_minutes, first.max_minutes, first.min_service_days),
    )
    for target in changes:
        yield Line(
            target.from_on,
            "Other hours prescribed",
            target_in_words(target.min_minutes, target.max_minutes, target.min_service_days),
        )
    for leave in enrollment.leaves:
        reason = f", {leave.reason}" if leave.reason and with_reasons else ""
        yield Line(leave.from_on, "On leave", f"until {day_numeric(leave.until_on)}{reason}")
    for each in enrollment.transition_weeks:
        yield Line(each.week, "Transition week", "shown, never judged")
    for act in amended:
        what = AMENDED.get(act.verb, "the enrollment")
        reason = f": “{act.reason}”" if with_reasons else ""
        yield Line(act.made_on, f"Amended: {what}", f"{act.by}{reason}")
    if enrollment.until_on is not None:
        if enrollment.outcome is not None:
            words = _ending(enrollment, with_reasons)
        else:
            words = "Planned end" if enrollment.until_on >= today else "Ended as planned"
        yield Line(enrollment.until_on, words, name)
