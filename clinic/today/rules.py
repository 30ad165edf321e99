"""What the board says of sessions and of what cannot wait. Values in, words out."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from clinic.authorizations.rules import Due, What
from clinic.formats import counted, day_numeric, day_short, duration, listed
from clinic.hours.rules import State
from clinic.names import sort_key
from clinic.schedule.rules.sessions import opens_at
from clinic.schedule.rules.words import MINUTE

MOST_LINES = 5  # of what cannot wait, before "more"
FEW_SHEETS = 2  # that are lines of their own
IN_DANGER = {  # of one, of several, and what that means
    State.OUT_OF_REACH: (
        "cannot reach their hours",
        "cannot reach their hours",
        "All free seats of this week that they can take bring too little",
    ),
    State.NEEDS_MAKE_UP: (
        "needs a make-up",
        "need a make-up",
        "Their hours of this week fall short of what is prescribed",
    ),
}
YOURS, NOBODYS = "You", "Nobody leads these"


def sheet_state(session: Any, now: datetime) -> str:
    """How far the attendance of a session is taken; a row with the counts of its sheet.

    Who has checked in or called before it began is not attendance yet.
    """
    if session.is_cancelled:
        return "cancelled"
    if session.listed and session.signed == session.listed:
        return "second signature" if session.waits else "signed"
    if not session.marked or now < session.starts_at:
        return "not started"
    return "complete" if session.marked == session.listed else "partly"


def has_open_doors(session: Any, doors_minutes: int, now: datetime) -> bool:
    """Whether people can have been checked in to a session: before, how many is no news."""
    return opens_at(session.starts_at, doors_minutes) <= now


def next_of(sessions: Iterable[Any], now: datetime) -> Any | None:
    """Of somebody's sessions by start the one that is on, or comes next."""
    return next((one for one in sessions if one.ends_at > now and not one.is_cancelled), None)


def until_words(session: Any, now: datetime) -> str:
    """`Begins in 25 min`, `Began 10 min ago`, `Begins now`."""
    away = abs(session.starts_at - now) // MINUTE
    if not away:
        return "Begins now"
    if session.starts_at > now:
        return f"Begins in {duration(away)}"
    return f"Began {duration(away)} ago"


def place_of_now(sessions: Sequence[Any], now: datetime) -> int:
    """Before which session of its part of the day the line of now is drawn, or below the last."""
    return sum(session.starts_at <= now for session in sessions)


class Pile(NamedTuple):
    """Sheets to finish of one leader."""

    leader: str
    sheets: list[Any]


class Line(NamedTuple):
    """Something that cannot wait, and where it is dealt with: an endpoint and its values."""

    id: str
    tone: str
    text: str
    detail: str
    to: tuple[str, dict[str, Any]] | None = None
    piles: Sequence[Pile] = ()
    tap: str | None = None  # a refused tap, which can be set aside
    is_urgent: bool = False  # before all others but who stands at the door


def tap_lines(
    taps: Iterable[Any], names: Mapping[int, str], time_of: Callable[[Any], str]
) -> Iterator[Line]:
    """That somebody stands at the door whom the kiosk has refused: a line for all taps of one
    person, or of nobody's PIN, at a kiosk. `taps` come the latest first."""
    alike: dict[tuple[int, int | None], list[Any]] = defaultdict(list)
    for tap in taps:
        alike[tap.device_id, tap.participant_id].append(tap)
    for (_, participant_id), (tap, *before) in alike.items():
        name = names[participant_id] if participant_id else "Somebody"
        text = f"{name} was refused at {tap.device}, {time_of(tap)}"
        # Who has nobody's PIN is looked for among those who are due.
        who: dict[str, Any] = {"participant_id": participant_id} if participant_id else {}
        to = ("desk.person" if who else "building.building", who)
        detail = f"{tap.why}{_often(tap, before, time_of)}"
        line = Line(f"tap-{tap.id}", "bad", text, detail, to)
        yield line._replace(tap=tap.id)


def _often(tap: Any, before: Sequence[Any], time_of: Callable[[Any], str]) -> str:
    if not before:
        return ""
    first, last = time_of(before[-1]), time_of(tap)
    return f" {len(before) + 1} times{'' if first == last else f' since {first}'}."


def sheet_lines(
    sheets: Sequence[Any],
    leaders: Mapping[int, Sequence[Any]],
    own: Collection[int],
    call: Callable[[Any], str],
    time_of: Callable[[Any], str],
    *,
    signs: bool,
    today: date,
) -> Iterator[Line]:
    """Sheets to finish, or to sign for whoever `signs`: a few by themselves, many by leader; `call`
    says what a session is, and `time_of` when it begins: one may know two of a day by that alone.
    """
    if len(sheets) <= FEW_SHEETS:
        for each in sheets:
            yield Line(
                f"sheet-{each.id}",
                "doubt",
                f"{call(each)}, {'today' if each.day == today else day_short(each.day)}"
                f" at {time_of(each)}",
                sheet_needs(each),
                ("signing.sign" if signs else "attendance.sheet", {"session_id": each.id}),
            )
        return
    piles = _piles(sheets, leaders, own)
    whose = listed([f"{pile.leader} {len(pile.sheets)}" for pile in piles])
    text = f"{counted(len(sheets), 'sheet')} to {'sign' if signs else 'finish'}"
    yield Line("sheets", "doubt", text, whose, piles=piles)


def sheet_needs(session: Any) -> str:
    """What the sheet of a session that is over waits for; a row with its counts."""
    if session.marked < session.listed:
        return f"{counted(session.listed - session.marked, 'person', 'people')} still unmarked"
    return "A second person signs" if session.waits else "Complete, and not signed"


def _piles(
    sheets: Iterable[Any], leaders: Mapping[int, Sequence[Any]], own: Collection[int]
) -> list[Pile]:
    """By who leads: the reader's own first, those that nobody leads last."""
    found: dict[tuple[int, str, str], list[Any]] = defaultdict(list)
    for each in sheets:
        led = leaders.get(each.id)
        if each.id in own:
            found[0, "", YOURS].append(each)
        elif led:
            found[1, sort_key(led[0].name), led[0].name].append(each)
        else:
            found[2, "", NOBODYS].append(each)
    return [Pile(key[-1], found[key]) for key in sorted(found)]


def hours_lines(states: Collection[State], values: Mapping[str, Any]) -> Iterator[Line]:
    """How many weeks are in danger; `values` are of the address of the list."""
    for state, (of_one, of_several, meaning) in IN_DANGER.items():
        number = sum(1 for each in states if each is state)
        if number:
            verb = of_one if number == 1 else of_several
            yield Line(
                state.value,
                "bad",
                f"{counted(number, 'person', 'people')} {verb}",
                meaning,
                ("hours.week", {"state": state.value, **values}),
            )


def missed_line(number: int, values: Mapping[str, Any]) -> Line:
    return Line(
        "missed",
        "warn",
        f"{counted(number, 'person', 'people')} missed too often",
        "As many misses as the attendance policy allows, or more",
        ("today.attendance_alerts", dict(values)),
    )


def authorization_lines(dues: Iterable[Due], values: Mapping[str, Any]) -> Iterator[Line]:
    """What of authorizations and certifications is due, a line for each kind."""
    found: dict[What, list[Due]] = defaultdict(list)
    for due in dues:
        found[due.what].append(due)
    for what, those in found.items():
        number = counted(len(those), "person", "people")
        text, tone = {
            What.ENDED: (f"{number} without authorization", "bad"),
            What.RUNNING_OUT: (f"Authorization of {number} runs out", "warn"),
            What.CERTIFICATION: (f"Certification of {number} due", "warn"),
            What.REVIEW: (f"Review of {number} due", "warn"),
        }[what]
        first = min(due.on for due in those)
        detail = f"{'The first' if len(those) > 1 else 'On'} {day_short(first)}"
        to = ("authorizations.due", {"what": what.value, **values})
        yield Line(f"authorization-{what.name.lower()}", tone, text, detail, to)


def task_lines(due: Collection[bool], values: Mapping[str, Any]) -> Iterator[Line]:
    """How many tasks are due; whether each is overdue."""
    if not due:
        return
    overdue = sum(due)
    text = f"{counted(len(due), 'task')} due today"
    if overdue == len(due):
        text = f"{counted(overdue, 'task')} overdue"
    elif overdue:
        text = f"{counted(len(due), 'task')} due, {overdue} of them overdue"
    detail = "A word to have with somebody after misses"
    tone = "bad" if overdue else "warn"
    yield Line("tasks", tone, text, detail, ("tasks.tasks", dict(values)))


def short_weeks_line(row: Any, values: Mapping[str, Any]) -> Line:
    text = f"{counted(row.number, 'short week')} to close"
    first = f"The week of {day_short(row.first)}"
    detail = first if row.first == row.last else f"{first}, the oldest"
    return Line("short-weeks", "warn", text, detail, ("shortweeks.short_weeks", dict(values)))


def notice_line(row: Any, today: date, cards: Mapping[int, int]) -> Line:
    """What is to be known of staff and rooms; a row of `queries.notices`.

    `cards` has the first session of today of whoever is away.
    """
    sessions, first = counted(row.number, "session"), day_short(row.first)
    is_one_day = row.first == row.last
    member: tuple[str, dict[str, Any]] = ("staff.member", {"staff_id": row.id})
    day: tuple[str, dict[str, Any]] = ("today.today", {"day": row.first})
    id_ = f"{row.about}-{row.id}"
    if row.about in _AMENDED:
        (one, several), to = _AMENDED[row.about]
        text = f"{counted(row.number, row.about)} {one if row.number == 1 else several}"
        days = first if is_one_day else f"{first} to {day_short(row.last)}"
        return Line(id_, "warn", text, f"Attendance of {days}", to)
    if row.about == "gone":
        days = f"on {first}" if is_one_day else f"from {first} on"
        text = f"{row.name} no longer has access"
        return Line(id_, "bad", text, f"{sessions} of theirs {days}", member)
    if row.about == "caseload":
        people = counted(row.number, "person", "people")
        text = f"{row.name} no longer has access"
        return Line(id_, "bad", text, f"{people} on their caseload", member)
    if row.about == "room":
        return Line(id_, "bad", f"{row.name} is retired", f"{sessions} there from {first} on", day)
    if row.about == "away":
        return _away_line(id_, row, today, cards.get(row.id))
    is_over = row.first < today
    detail = f"{'Expired' if is_over else 'Expires'} on {day_numeric(row.first)}"
    return Line(id_, "bad" if is_over else "doubt", f"{row.name}: license", detail, member)


_AMENDED: Mapping[str, tuple[tuple[str, str], tuple[str, dict[str, Any]]]] = {
    "amendment": (
        ("waits for a second person", "wait for a second person"),
        ("amendments.amendments", {"decision": "waiting"}),
    ),
    "claim": (
        ("has changed since its export", "have changed since their export"),
        ("claims.corrections", {}),
    ),
}


def _away_line(id_: str, row: Any, today: date, card: int | None) -> Line:
    """A leader who is away; today it comes first, and leads to the first of their sessions."""
    is_now = row.first == today
    first = "today" if is_now else day_short(row.first)
    days = f"from {first} to {day_short(row.last)}"
    if row.first == row.last:
        days = first if is_now else f"on {first}"
    detail = f"{counted(row.number, 'session')} of theirs {days}"
    anchor = {"_anchor": f"session-{card}"} if card else {}
    to: tuple[str, dict[str, Any]] = ("today.today", {"day": row.first, **anchor})
    text, tone = f"{row.name} is away", "bad" if is_now else "warn"
    return Line(id_, tone, text, detail, to, is_urgent=is_now)
