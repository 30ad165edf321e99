"""What an act on somebody's enrollments changed, and whether it can be undone. Values in, answer
out.

A state is the rows of one person by table and id, `leave:7`, each with its values as the trail
writes them.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from clinic.enrollment.rules import first_day_changed, first_week_judged
from clinic.formats import listed, moment
from clinic.schedule.rules.changes import UNDO
from clinic.schedule.rules.words import listed as days_listed

State: TypeAlias = dict[str, dict[str, Any]]

ENROLLMENT, ROSTER = "enrollment", "roster"  # what an act is about
ADDED = "put_on"
CHANGED = ("enrollment.changed", "roster.changed")  # verbs of the trail
UNDONE = ("enrollment.undone", "roster.undone")
ACTS = {  # what can be undone, in words
    "enroll": "Enrolled",
    "step_down": "Stepped down",
    "change_target": "Hours changed",
    "withdraw_target": "Change of hours withdrawn",
    "grant_leave": "Leave recorded",
    "end_leave": "Leave changed",
    "set_transition_weeks": "Transition weeks set",
    "move_end": "Planned end moved",
    "end": "Discharged",
    "change_circumstances": "Schedule preferences changed",
    "call_off": "Enrollment removed",
    ADDED: "Added to group",
    "take_off": "Removed from group",
    "move": "Moved to another group",
}
WORDS = ("reason",)  # columns that hold words of somebody's
PARTS = {  # by table: what somebody may have changed since
    "enrollment": "the enrollment",
    "target": "the prescribed hours",
    "leave": "the leave",
    "transition_week": "the transition weeks",
    "unavailability": "the times they cannot come",
    "roster_entry": "their groups",
    "booking": "who comes to a session",
    "session": "an individual session",
}
UNDONE_ALREADY = "This has been undone already."
TOO_LATE = "This can be undone for 24 hours. Change the enrollment itself."
WEEK_OVER = "The week that this changes is over. Change the enrollment itself and say why."
GONE_ON = "Another enrollment continues this one. Undo that first."
STAYS_OFF = "A session that would have begun by now stays cancelled."


class Difference(NamedTuple):
    """What differs between two states: whole rows that came or went, else the values that do."""

    before: dict[str, dict[str, Any] | None]
    after: dict[str, dict[str, Any] | None]

    @property
    def created(self) -> list[str]:
        return [key for key, values in self.before.items() if values is None]

    @property
    def gone(self) -> list[str]:
        return [key for key, values in self.after.items() if values is None]

    @property
    def changed(self) -> list[str]:
        return [key for key in self.before if key not in {*self.created, *self.gone}]


def table_of(key: str) -> str:
    return key.partition(":")[0]


def id_of(key: str) -> int:
    return int(key.partition(":")[2])


def ids_in(keys: Collection[str], table: str) -> list[int]:
    return [id_of(key) for key in keys if table_of(key) == table]


def difference(before: State, after: State) -> Difference:
    found = Difference({}, {})
    for key in sorted(before.keys() | after.keys()):
        was, will = before.get(key), after.get(key)
        if was is not None and will is not None:
            names = [name for name in was if was[name] != will[name]]
            was, will = ({name: each[name] for name in names} for each in (was, will))
        if was != will:
            found.before[key], found.after[key] = was, will
    return found


def lists_of(state: State) -> dict[str, list[int]]:
    """The ids of the rows that stand beside one another, by what they are of: `leave 12`."""
    found: dict[str, list[int]] = defaultdict(list)
    for key, values in state.items():
        table = table_of(key)
        if table in {"enrollment", "booking", "session"}:
            continue
        group = f" {values['series_id']}" if table == "roster_entry" else ""
        found[f"{table} {values['enrollment_id']}{group}"].append(id_of(key))
    return {name: sorted(ids) for name, ids in found.items()}


def lists_touched(before: State, after: State, keys: Collection[str]) -> dict[str, list[int]]:
    """The lists that a difference is in, as they are after it."""
    rows = {key: after.get(key) or before[key] for key in keys}
    there = lists_of(after)
    return {name: there.get(name, []) for name in lists_of(rows)}


def rows_gone(found: Difference) -> State:
    return {key: dict(found.before[key] or {}) for key in found.gone}


def enrollments_in(rows: State, found: Difference) -> set[int]:
    """The enrollments that a difference is in; `rows` has the whole of each of its rows."""
    own = {*ids_in(found.before, "enrollment")}
    return own | {each for key in found.before if (each := rows[key].get("enrollment_id"))}


def program_in(rows: State, found: Difference) -> int:
    """The program of the first of these enrollments."""
    first = min(enrollments_in(rows, found))
    return int(rows[f"enrollment:{first}"]["program_id"])


def places_in(before: State, after: State, keys: Collection[str]) -> list[tuple[int, int]]:
    """The group and enrollment of each place on a roster that a difference is in."""
    rows = (after.get(key) or before[key] for key in keys if table_of(key) == "roster_entry")
    return sorted({(row["series_id"], row["enrollment_id"]) for row in rows})


def is_managed(
    places: Collection[Collection[int]], *, led: Collection[int], cared_for: Collection[int]
) -> bool:
    """Whether somebody may undo what was done to these places, as they might do it: in groups that
    they lead, and for their caseload."""
    return all(
        series_id in led or enrollment_id in cared_for for series_id, enrollment_id in places
    )


def act_words(part: Any, zone: ZoneInfo, today: date) -> str:
    """What was done, when and by whom: `Leave recorded, today, 9:05 am, by Ana Rivera`."""
    by = f", by {part.by}" if part.by else ""
    what = ACTS[json.loads(part.facts)["what"]]
    return f"{what}, {moment(part.happened_at, zone, today=today)}{by}"


ENDS = {"until_on", "outcome", "end_reason"}  # columns of an enrollment


def act_of(parts: Iterable[Any]) -> dict[str, Any]:
    """By what was brought or changed the last act on it: `leave:7`, `amendment:3`, `enrollment:5`
    for one that began, and `enrollment:5 end` for how or when it ends. The last act comes first."""
    found: dict[str, Any] = {}
    for part in parts:
        facts = json.loads(part.facts)
        for key, was in facts["before"].items():
            if was is None or table_of(key) != "enrollment":
                found.setdefault(key, part)
            elif ENDS & was.keys():
                found.setdefault(f"{key} end", part)
        if facts["amendment"]:
            found.setdefault(f"amendment:{facts['amendment']}", part)
    return found


def without_words(found: Difference) -> tuple[Difference, dict[str, dict[str, Any]]]:
    """A difference without the words of anybody's, and those by column: `before leave:7 reason`."""
    words: dict[str, dict[str, Any]] = {}
    sides = {side: dict(rows) for side, rows in found._asdict().items()}
    for side, rows in sides.items():
        for key, values in rows.items():
            taken = {name: values[name] for name in WORDS if values and name in values}
            if values and taken:
                rows[key] = {name: each for name, each in values.items() if name not in taken}
                if any(taken.values()):
                    words.setdefault(side, {})[key] = taken
    return Difference(**sides), words


def with_words(found: Difference, words: str | None) -> Difference:
    kept = json.loads(words) if words else {}
    return Difference(
        *(
            {
                key: {**values, **kept.get(side, {}).get(key, {})} if values else None
                for key, values in rows.items()
            }
            for side, rows in found._asdict().items()
        )
    )


def why_not_lately(done_at: datetime, *, now: datetime) -> str | None:
    return TOO_LATE if now - done_at > UNDO else None


def why_not_as_left(
    after: Mapping[str, Mapping[str, Any] | None],
    there: State,
    lists: Mapping[str, Collection[int]],
) -> str | None:
    """Why an act cannot be undone: something that it changed has been changed since."""
    others = {table_of(key) for key, left in after.items() if not _is_as_left(left, there.get(key))}
    now = lists_of(there)
    others |= {name.split()[0] for name, ids in lists.items() if now.get(name, []) != [*ids]}
    if not others:
        return None
    return _changed_since(others)


def _is_as_left(left: Mapping[str, Any] | None, there: Mapping[str, Any] | None) -> bool:
    if left is None or there is None:
        return left is there
    return all(there[name] == value for name, value in left.items())


def why_not_attached(created: Collection[int], after: Collection[str], there: State) -> str | None:
    """Why enrollments that an act began cannot be taken away: they have become more since."""
    more = {
        table_of(key)
        for key, values in there.items()
        if values.get("enrollment_id") in created and key not in after
    }
    return _changed_since(more) if more else None


def _changed_since(tables: Collection[str]) -> str:
    what = listed([PARTS[table] for table in PARTS if table in tables])
    return f"Since then somebody has changed {what}. Look at it again."


def why_not_lost(days: Collection[date]) -> str | None:
    """Why something cannot be undone: attendance, or a plan, of these days would go with it."""
    if not days:
        return None
    on = days_listed(sorted(set(days)))
    return f"Since then attendance was recorded or a session planned on {on}. It stays as it is."


def first_day(
    found: Difference, there: State, *, begins: Mapping[int, date], week_starts: int
) -> date | None:
    """The first day on which undoing this makes a difference; None where it makes none."""
    days = [
        day
        for key, was in found.before.items()
        for day in _days(key, was, found.after[key], there, begins, week_starts)
        if day is not None
    ]
    return min(days, default=None)


def _days(
    key: str,
    was: Mapping[str, Any] | None,
    will: Mapping[str, Any] | None,
    there: State,
    begins: Mapping[int, date],
    week_starts: int,
) -> Iterator[date | None]:
    table, whole = table_of(key), was is None or will is None
    row = dict(there.get(key) or was or {})
    if table == "transition_week":
        yield date.fromisoformat(row["week"])
    elif table == "target":
        begin = begins.get(row["enrollment_id"], date.max)
        from_on = date.fromisoformat(row["from_on"])
        yield first_week_judged(from_on, begins_on=min(begin, from_on), week_starts=week_starts)
    elif table in {"enrollment", "leave", "roster_entry"}:
        if whole:
            yield date.fromisoformat(row["from_on"])
        elif was and will and "until_on" in was:
            yield first_day_changed(_day(was["until_on"]), _day(will["until_on"]))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
