"""What becomes of two records of one person. Values in, answer out."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import product
from typing import Any

from clinic.consequences import Change, Consequences, Part
from clinic.days import Span, common
from clinic.enrollment.models import Enrollment
from clinic.formats import counted, day_numeric
from clinic.names import sort_key
from clinic.participants.models import Participant
from clinic.participants.rules import LABELS, value_of
from clinic.schedule.rules.words import led_name

NO_WAY_BACK = "Merged records cannot be separated again. Check once more."


def why_not_merge(kept: Participant, other: Participant) -> str | None:
    """Why two records cannot become one."""
    if kept.id == other.id:
        return "This is the same record. Choose another one."
    if kept.merged_into_id is not None or other.merged_into_id is not None:
        return "One of the two has been merged already. Reload the page."
    return None


def differing(one: Participant, other: Participant) -> Iterator[str]:
    """The fields in which two records do not say the same."""
    return (field for field in LABELS if value_of(one, field) != value_of(other, field))


def why_not_both(one: Iterable[Enrollment], other: Iterable[Enrollment]) -> str | None:
    """Why one person cannot have been in the programs of both records."""
    for mine, theirs in product(one, other):
        if mine.program_id == theirs.program_id and (both := common(mine.days, theirs.days)):
            return (
                f"Both are enrolled in {mine.program.name} on {day_numeric(both.from_on)}. "
                "First end one of the two enrollments before that day."
            )
    return None


def why_not_at_once(one: Iterable[Any], other: Iterable[Any]) -> str | None:
    """Why one person cannot have been at the sessions of both records."""
    clashes = [
        (max(mine.day, theirs.day), led_name(mine), led_name(theirs))
        for (mine, here), (theirs, there) in product(_timed(one), _timed(other))
        if here.overlaps(there)
    ]
    if not clashes:
        return None
    day, title, other_title = min(clashes, key=lambda clash: (clash[0], *map(sort_key, clash[1:])))
    what = f"at {title}" if title == other_title else f"one at {title}, one at {other_title}"
    others = len(clashes) - 1
    more = f", and {counted(others, 'more time', 'more times')}" if others else ""
    return (
        f"Both have a place at the same time on {day_numeric(day)}, {what}{more}. "
        "First remove one of the two, or mark them absent."
    )


def _timed(sessions: Iterable[Any]) -> list[tuple[Any, Span]]:
    return [(each, Span(each.starts_at, each.ends_at)) for each in sessions]


def consequences(
    kept: str,
    gone: str,
    *,
    record: Mapping[str, str],
    belongings: Collection[str],
    links: str,
    sign_in: str,
) -> Consequences:
    """What a merge leads to: what the kept record says after it, what comes to it, what ends.

    `kept` and `gone` are the keys of the records; the rest is in words, of the one that goes.
    """
    ends = (
        f"{gone} no longer appears in lists or search. Its page leads to {kept}.",
        f"No one signs in as {gone} any more ({sign_in}).",
        *([f"{links.capitalize()} of {gone} no longer shows anything."] if links else []),
        "Check-ins at the door and the trail keep the number they were made with.",
    )
    nothing = f"Nothing but its history: no enrollment, contact or consent belongs to {gone}."
    return Consequences(
        (
            Part(
                f"{kept} will say",
                changes=tuple(Change(label, words, words) for label, words in record.items()),
            ),
            Part(f"What comes to {kept}", tuple(belongings) or (nothing,)),
            Part("What ends", ends),
        ),
        warnings=(NO_WAY_BACK,),
    )
