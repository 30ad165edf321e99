"""What an enrollment may be, and where it stands on a day. Values in, answer out."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar

from clinic.days import DAY, WEEK, Range, week_of
from clinic.enrollment.models import EndReason, Enrollment, Outcome, Target
from clinic.formats import counted, day_numeric, hours
from clinic.programs.models import Program
from clinic.programs.rules import why_not_between

TRANSITION_WEEKS = 2  # at most
HANDED_ON = timedelta(weeks=1)  # between the end of a transfer and what it leads to

REASONS = {  # for which an enrollment may end so
    Outcome.COMPLETED: (EndReason.COMPLETED,),
    Outcome.TRANSFERRED: (EndReason.TRANSFERRED,),
    Outcome.LEFT: (EndReason.DROPPED_OUT, EndReason.OTHER),
    Outcome.DISCHARGED: (
        EndReason.TERMINATED,
        EndReason.INCARCERATED,
        EndReason.DIED,
        EndReason.OTHER,
    ),
}
ENDINGS = {
    (Outcome.COMPLETED, EndReason.COMPLETED): "Completed",
    (Outcome.TRANSFERRED, EndReason.TRANSFERRED): "Transferred to another program or clinic",
    (Outcome.LEFT, EndReason.DROPPED_OUT): "Left: dropped out",
    (Outcome.LEFT, EndReason.OTHER): "Left: other reason",
    (Outcome.DISCHARGED, EndReason.TERMINATED): "Discharged: ended by the clinic",
    (Outcome.DISCHARGED, EndReason.INCARCERATED): "Discharged: incarcerated",
    (Outcome.DISCHARGED, EndReason.DIED): "Discharged: died",
    (Outcome.DISCHARGED, EndReason.OTHER): "Discharged: other reason",
}
UNFORESEEN = {  # what nobody knows before it happens
    EndReason.DIED: "This cannot be recorded for a future day.",
    EndReason.DROPPED_OUT: (
        "Dropping out cannot be recorded for a future day. If they plan to leave, choose"
        " “other reason”."
    ),
}
NEEDS_AMENDMENT = (
    "This changes past weeks. Say why: the reason is kept with the enrollment as an amendment."
)
BEGUN = "The enrollment has begun: end it instead."
NOTED_ON = "Something stands on this enrollment, like an authorization. Remove that first."
CONTINUED = "Another enrollment continues this one. Cancel that one first."
ENDED = "The enrollment has ended."
NO_SUCH_LEAVE = "There is no leave that begins on that day."
NO_SUCH_TARGET = "No target begins on that day."
FIRST_TARGET = "The enrollment's first target can be changed, but not removed."
SAME_PROGRAM = "They are in this program already. Choose another one."


class Standing(StrEnum):
    """Where an enrollment stands on a day."""

    PLANNED = "planned"
    ACTIVE = "active"
    ON_LEAVE = "on leave"
    COMPLETED = "completed"
    TRANSFERRED = "transferred"
    LEFT = "left"
    DISCHARGED = "discharged"

    @property
    def is_running(self) -> bool:
        return self in {Standing.ACTIVE, Standing.ON_LEAVE}

    @property
    def is_over(self) -> bool:
        return not self.is_running and self is not Standing.PLANNED


def why_not_target(min_minutes: int, max_minutes: int) -> str | None:
    """Why weekly hours cannot be a target."""
    if min_minutes < 0:
        return "Weekly hours cannot be negative."
    if max_minutes > 7 * 24 * 60:
        return "A week has 168 hours."
    return why_not_between(min_minutes, max_minutes, what="hours")


def why_not_transition_weeks(weeks: Collection[date]) -> str | None:
    """Why these weeks cannot all be weeks of stepping down."""
    if len(weeks) > TRANSITION_WEEKS:
        listed = ", ".join(str(week) for week in sorted(weeks))
        return f"At most two weeks can be transition weeks, not {listed}."
    return None


def why_not_enroll(days: Range, *, others: Iterable[Range]) -> str | None:
    """Why somebody cannot be enrolled in a program for these days; `others` are theirs in it."""
    if any(other.overlaps(days) for other in others):
        return "They are enrolled in this program at that time already."
    return None


def end_after(from_on: date, weeks: int | None) -> date | None:
    """The last day of an enrollment of a planned length; None when it has none."""
    return from_on + timedelta(weeks=weeks, days=-1) if weeks else None


def standing(enrollment: Enrollment, day: date) -> Standing:
    """Where an enrollment stands on a day."""
    if day < enrollment.from_on:
        return Standing.PLANNED
    if enrollment.until_on is not None and day > enrollment.until_on:
        return Standing(enrollment.outcome or Outcome.COMPLETED)
    return Standing.ON_LEAVE if is_away(enrollment, day) else Standing.ACTIVE


def is_away(enrollment: Enrollment, day: date) -> bool:
    """Whether a day is one of their leave."""
    return any(leave.days.covers(day) for leave in enrollment.leaves)


def why_not_reach_back(day: date, *, week: date, amends: str | None) -> str | None:
    """Why an act cannot change things from a day on; `week` is the first day of this week.

    What was shown of a week that is over stays as it was shown, unless somebody says why not.
    """
    return NEEDS_AMENDMENT if day < week and not amends else None


def first_week_judged(from_on: date, *, begins_on: date, week_starts: int) -> date:
    """The first day that a target from a day on has a say in; `begins_on` is the enrollment's.

    A week is judged by the target in force on its first day within the enrollment.
    """
    if from_on <= begins_on:
        return begins_on
    week = week_of(from_on, week_starts)
    return week if week == from_on else week + WEEK


def first_day_changed(before: date | None, after: date | None) -> date | None:
    """The first day for which another last day makes a difference; None when there is none."""
    if before == after:
        return None
    return min(day for day in (before, after) if day is not None) + DAY


def why_not_within(
    day: date, *, from_on: date, until_on: date | None, what: str = "That day"
) -> str | None:
    """Why a day cannot be one of an enrollment's."""
    if day < from_on:
        return f"{what} is before the enrollment begins, on {day_numeric(from_on)}."
    if until_on is not None and day > until_on:
        return f"{what} is after the enrollment ends, on {day_numeric(until_on)}."
    return None


def why_not_leave(days: Range, *, others: Iterable[Range]) -> str | None:
    """Why somebody cannot be on leave for these days; `others` are their other leave."""
    for other in others:
        if other.overlaps(days):
            return (
                f"They are on leave from {day_numeric(other.from_on)}"
                f" to {day_numeric(other.until_on)} already."
            )
    return None


def why_not_outcome(outcome: Outcome | None, until_on: date | None) -> str | None:
    """Why an enrollment cannot have ended so, with that last day."""
    if outcome is not None and until_on is None:
        return "An enrollment that has ended has a last day."
    return None


def why_not_end(outcome: Outcome | None, reason: EndReason | None) -> str | None:
    """Why an enrollment cannot have ended so for that reason."""
    if reason is None:
        return None
    if outcome is None:
        return "Only an enrollment that has ended has a reason for its end."
    return None if reason in REASONS[outcome] else "That reason does not go with how it ended."


def why_not_yet(reason: EndReason | None, until_on: date | None, *, today: date) -> str | None:
    """Why an enrollment cannot have ended for that reason with that last day."""
    is_ahead = until_on is not None and until_on > today
    return UNFORESEEN.get(reason) if reason and is_ahead else None


def why_not_continue(
    one: Enrollment, earlier: Enrollment, *, continued_by: str | None, leads_back: bool
) -> str | None:
    """Why one enrollment cannot have taken over from another, or None.

    `continued_by` is the key of the one that did already.
    """
    if one.participant_id != earlier.participant_id:
        return f"{earlier.key} is somebody else's."
    if one.id == earlier.id or one.from_on < earlier.from_on:
        return f"{earlier.key} does not begin before {one.key}."
    if leads_back:
        return f"{earlier.key} continues {one.key} in turn."
    return f"{continued_by} continues {earlier.key} already." if continued_by else None


def why_not_last_day(recorded: Collection[date]) -> str | None:
    """Why a day cannot be the last one, given later days with attendance."""
    if not recorded:
        return None
    return (
        f"Attendance was recorded on {day_numeric(max(recorded))}."
        " The last day cannot be before that."
    )


class _Enrolled(Protocol):
    """What episodes are told by; an Enrollment has it."""

    id: int
    from_on: date
    until_on: date | None
    outcome: Outcome | None
    continues_id: int | None


E = TypeVar("E", bound=_Enrolled)


def episodes(enrollments: Iterable[E]) -> list[list[E]]:
    """One person's enrollments as episodes of care, the latest first; inside, the earliest first.

    An enrollment belongs to the episode of the one it continues, of one that runs at the same
    time, and of one that ended by a transfer within the week before.
    """
    found: list[list[E]] = []
    for one in sorted(enrollments, key=lambda each: (each.from_on, each.id)):
        mine = [episode for episode in found if _belongs(one, episode)]
        rest = [episode for episode in found if episode not in mine]
        joined = [earlier for episode in mine for earlier in episode]
        found = [*rest, [*sorted(joined, key=lambda each: (each.from_on, each.id)), one]]
    return sorted(found, key=lambda episode: (episode[0].from_on, episode[0].id), reverse=True)


def _belongs(one: _Enrolled, episode: Sequence[_Enrolled]) -> bool:
    return any(
        one.continues_id == earlier.id
        or earlier.until_on is None
        or one.from_on <= earlier.until_on
        or (earlier.outcome is Outcome.TRANSFERRED and one.from_on <= earlier.until_on + HANDED_ON)
        for earlier in episode
    )


def target_on(enrollment: Enrollment, day: date) -> Target:
    """The target in force on a day; before the enrollment begins, the one that it begins with."""
    begun = [target for target in enrollment.targets if target.from_on <= day]
    return begun[-1] if begun else enrollment.targets[0]


def weekly_hours(by: Target | Program) -> str:
    """`9 – 12 hours a week`."""
    least, most = hours(by.min_minutes), hours(by.max_minutes)
    return f"{least} hours a week" if least == most else f"{least} – {most} hours a week"


def prescribed(by: Target | Program) -> str:
    """`9 – 12 hours a week on at least 3 days`."""
    days = f" on at least {counted(by.min_service_days, 'day')}" if by.min_service_days else ""
    return f"{weekly_hours(by)}{days}"


def ending_words(outcome: Outcome, reason: EndReason | None) -> str:
    """How an enrollment ended: `Left: dropped out`, or `Left` where nobody noted why."""
    words = ENDINGS.get((outcome, reason)) if reason else None
    return words or outcome.value.capitalize()
