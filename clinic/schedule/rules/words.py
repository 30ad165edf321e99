from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import Flag, StrEnum, auto
from typing import Any
from zoneinfo import ZoneInfo

from clinic.days import SHORT_WEEKDAYS, instant_of
from clinic.formats import (
    clock_time,
    counted,
    day_numeric,
    day_short,
    time_range,
    wall_range,
    wall_time,
    zone_note,
)
from clinic.programs.models import Kind
from clinic.schedule.models import Identity, Method, Mode, Status


class Standing(StrEnum):
    """Where a series stands, in the order in which pages list it."""

    RUNNING = "running"
    COMING = "coming"
    OVER = "over"


MINUTE = timedelta(minutes=1)
NAMED = 3  # days that a sentence lists before it counts the others
KINDS = {  # the title of a session whose own is not shown, or not yet typed
    kind: "Session" if kind is Kind.OTHER else f"{kind.value.capitalize()} session" for kind in Kind
}
ONE_TO_ONE = (Kind.INDIVIDUAL, Kind.FAMILY)
INDIVIDUAL = "Individual"
MOST_WITH = (
    2  # people whom the name of a session has; a family group of eight is called by its title
)

MARKS = {  # what is known of somebody at a session
    Status.EXPECTED: "expected",
    Status.PRESENT: "present",
    Status.EXCUSED: "excused",
    Status.LATE_CANCEL: "late cancel",
    Status.NO_SHOW: "no-show",
}
METHODS = {
    Method.KIOSK: "kiosk",
    Method.PHONE: "phone",
    Method.CARRIED: "carried over, not confirmed",
    Method.STAFF: "staff",
    Method.PAPER: "from paper",
    Method.IMPORT: "import",
}

MODES = {Mode.IN_PERSON: "In the room", Mode.VIRTUAL: "By video"}  # how somebody took part
IDENTITIES = {
    Identity.PIN: "Identified by PIN",
    Identity.KNOWN: "Known here",
    Identity.PHOTO_ID: "Photo ID",
    Identity.BIRTH_DATE: "Name and birth date",
}

_CAPTURED = {  # by whom, where nobody is known to have done it by hand
    Method.KIOSK: "At the kiosk",
    Method.PHONE: "On their phone",
    Method.CARRIED: "Carried over, not confirmed",
    Method.STAFF: "Staff",
    Method.PAPER: "From paper",
    Method.IMPORT: "Imported",
}

NO_BREAK = "\u00a0"  # a day and its time stay on one line
NO_ROW = "That person is no longer on this session, so nothing was saved for them."


def meets(plan: Any) -> str:
    """When a series meets: `Mon, Tue, Thu 6:00 - 9:00 pm`; `plan` has the columns of one."""
    days = ", ".join(SHORT_WEEKDAYS[int(digit)] for digit in plan.weekdays)
    every = f", every {plan.every_weeks} weeks" if plan.every_weeks > 1 else ""
    return f"{days} {wall_range(plan.starts, plan.ends)}{every}"


def session_name(one: Any, whom: Sequence[str] = (), *, with_topics: bool = True) -> str:
    """`Process`, `Individual with Jo A.`: what a session or a group is called to staff.

    `one` has a title and a kind. `whom` are those who come, for whoever may see them, or else who
    leads; only an individual session needs to be told from others by them, and a family's without
    a title of its own.
    """
    title = str(one.title) if with_topics else KINDS[one.kind]
    is_plain = title == KINDS[one.kind]
    is_known_by_whom = one.kind is Kind.INDIVIDUAL or (one.kind is Kind.FAMILY and is_plain)
    if not is_known_by_whom or not whom or len(whom) > MOST_WITH:
        return title
    if one.kind is Kind.INDIVIDUAL and is_plain:
        title = INDIVIDUAL
    return f"{title} {'and' if ' with ' in title else 'with'} {' and '.join(whom)}"


def names_whom(one: Any, whom: Sequence[str], *, with_topics: bool = True) -> bool:
    """Whether what a session is called has these in it already."""
    plain = session_name(one, with_topics=with_topics)
    return session_name(one, whom, with_topics=with_topics) != plain


def group_name(series: Any) -> str:
    """The same of a series with its leaders."""
    return session_name(series, [leader.staff.name for leader in series.plan.leaders])


def led_name(row: Any, *, with_topics: bool = True) -> str:
    """`Individual with Ana Rivera`: the same of a row that has its `lead`, if any."""
    return session_name(row, [row.lead] if row.lead else [], with_topics=with_topics)


def timed_name(row: Any) -> str:
    """`Group session at 9:00 am`: the same for the front desk, too, which does not know what a
    session is about."""
    starts = clock_time(row.starts_at, ZoneInfo(row.timezone))
    return f"{led_name(row, with_topics=False)} at {starts}"


def session_words(row: Any, *, with_zone: bool = False, called: str | None = None) -> str:
    """`Mon, Mar 9, 6:00 - 9:00 pm: Process`; of a session with its timezone, and its `lead` where
    it is not `called` by who comes."""
    times = time_range(row.starts_at, row.ends_at, ZoneInfo(row.timezone))
    zone = f", {zone_note(row.timezone)}" if with_zone else ""
    return f"{day_short(row.day)}, {times}{zone}: {called or led_name(row)}"


def sessions_words(rows: Iterable[Any], called: Sequence[str] | None = None) -> list[str]:
    """The same of several: which clock each is on, where that is not the same for all."""
    found = list(rows)
    with_zone = len({row.timezone for row in found}) > 1
    names: Sequence[str | None] = called or [None] * len(found)
    return [
        session_words(row, with_zone=with_zone, called=name)
        for row, name in zip(found, names, strict=True)
    ]


def period(from_on: date, until_on: date | None) -> str:
    """`Mar 9, 2026 - May 3, 2026`, or `from Mar 9, 2026`."""
    if until_on is None:
        return f"from {day_numeric(from_on)}"
    if from_on == until_on:
        return day_numeric(from_on)
    return f"{day_numeric(from_on)} – {day_numeric(until_on)}"


def session_changes(created: int, changed: int, removed: int) -> list[str]:
    """What another plan does to sessions: `3 sessions are made.`"""
    verbs = (
        (created, "", ("is made", "are made")),
        (changed, " to come", ("changes", "change")),
        (removed, " to come", ("goes", "go")),
    )
    return [f"{counted(n, 'session')}{which} {words[n != 1]}." for n, which, words in verbs if n]


def standing(day: date, *, from_on: date, until_on: date | None) -> Standing:
    """Where a series stands on a day."""
    if day < from_on:
        return Standing.COMING
    return Standing.OVER if until_on is not None and until_on < day else Standing.RUNNING


def listed(days: list[date]) -> str:
    """`Mon, Mar 9; Tue, Mar 10`, and how many more."""
    shown = "; ".join(map(day_short, days[:NAMED]))
    more = len(days) - NAMED
    return shown if more <= 0 else f"{shown} and {counted(more, 'more day')}"


def clocks_note(session: Any, zone: ZoneInfo) -> str | None:
    """What the night on which the clocks go forward did to an occurrence of a series.

    `session` has the day and the instants of a session and the wall times of its series, if any.
    """
    for planned, instant, words in (
        (session.planned_start, session.starts_at, "moved from {} to {}"),
        (session.planned_end, session.ends_at, "ends at {1} instead of {0}"),
    ):
        if planned is None or instant != instant_of(session.day, planned, zone):
            continue  # of no series, or moved by somebody
        shown = instant.astimezone(zone).time()
        if shown != planned:
            return f"Clocks change: {words.format(wall_time(planned), wall_time(shown))}"
    return None


class Punctuality(Flag):
    """How the times of somebody who was present differ from the session's, beyond its grace."""

    ON_TIME = 0
    LATE = auto()
    LEFT_EARLY = auto()


def punctuality(marked: Any, session: Any) -> Punctuality:
    """`marked` has the columns of a booking, `session` its times and the program's grace."""
    found = Punctuality.ON_TIME
    if is_late(marked, session):
        found |= Punctuality.LATE
    if marked.left_at and (session.ends_at - marked.left_at) // MINUTE > session.grace_minutes:
        found |= Punctuality.LEFT_EARLY
    return found


def is_late(marked: Any, session: Any) -> bool:
    """Whether somebody came after the start, beyond the grace of the program."""
    return bool(marked.arrived_at) and minutes_late(marked, session) > session.grace_minutes


def minutes_late(marked: Any, session: Any) -> int:
    return (marked.arrived_at - session.starts_at) // MINUTE  # type: ignore[no-any-return]


def is_checked_in(marked: Any, session: Any, now: datetime) -> bool:
    """Whether somebody has come for a session that has not begun: nobody is present at it yet."""
    return marked.status is Status.PRESENT and now < session.starts_at


def checked_in(marked: Any, zone: ZoneInfo, came_at: datetime | None = None) -> str:
    """`Checked in 8:51 am`; `came_at` is when they came, where the arrival was carried on."""
    at = came_at
    if at is None and marked.method is not Method.CARRIED:
        at = marked.arrived_at or marked.recorded_at
    return f"Checked in {clock_time(at, zone)}" if at else "Checked in"


def reason_shown(marked: Any) -> str | None:
    """The reason of an attendance, where it was given for what stands now."""
    return marked.reason if marked.reason_for is marked.status else None


def attendance_label(marked: Any, session: Any) -> str:
    """An attendance in words: `Present`, `Late, 12 min`, `Left early`, `No-show`."""
    found = punctuality(marked, session)
    words = []
    if Punctuality.LATE in found:
        words.append(f"Late, {minutes_late(marked, session)} min")
    if Punctuality.LEFT_EARLY in found:
        words.append("left early" if words else "Left early")
    return ", ".join(words) or MARKS[marked.status].capitalize()


def times_known(marked: Any, zone: ZoneInfo) -> str:
    """`arrived 9:10 am, left 10:06 am`: what is known of the times of an attendance."""
    arrived = None if marked.method is Method.CARRIED else marked.arrived_at
    known = (("arrived", arrived), ("left", marked.left_at))
    return ", ".join(f"{verb} {clock_time(at, zone)}" for verb, at in known if at)


def captured_word(marked: Any) -> str:
    """`kiosk`: how an attendance came to be known. A signature confirms what was carried over."""
    if marked.method is Method.CARRIED and marked.signed_at:
        return "carried over, confirmed"
    return METHODS[marked.method]


def recorded_words(marked: Any, by: str | None, zone: ZoneInfo) -> str:
    """`Ana Rivera, Nov 9, 2026, 12:20 pm`: who recorded an attendance, and when."""
    if not marked.recorded_at:
        return ""
    who = _CAPTURED[marked.method]
    if marked.method is Method.CARRIED:
        who = captured_word(marked).capitalize()
    if by:
        is_copied = marked.method in {Method.IMPORT, Method.PAPER}
        who = f"{who} by {by}" if is_copied else by
    at = marked.recorded_at.astimezone(zone)
    moment = f"{day_numeric(at.date())}, {wall_time(at.time())}"
    return f"{who}, {moment.replace(' ', NO_BREAK)}"


def opening(opens_at: datetime, *, now: datetime, zone: ZoneInfo) -> str | None:
    """What to know before the doors are open."""
    if now >= opens_at:
        return None
    return (
        f"Check-in opens at {clock_time(opens_at, zone)}. Until then only absences can be marked."
    )


def notice_hint(
    starts_at: datetime, notice_hours: int, *, now: datetime, zone: ZoneInfo
) -> str | None:
    """What an absence that is announced now counts as, by the policy; None after the start."""
    if now >= starts_at or not notice_hours:
        return None
    last = starts_at - timedelta(hours=notice_hours)
    asked = counted(notice_hours, "hour")
    if now > last:
        return f"With less than {asked} of notice, an absence reported now is a late cancel."
    until = f"{day_short(last.astimezone(zone).date())}, {clock_time(last, zone)}"
    return f"Reported by {until}, an absence is excused; after that it is a late cancel."


def leader_words(row: Any) -> str:
    """A leader to choose; a row with name and is_active."""
    return str(row.name) if row.is_active else f"{row.name} (access ended)"


def why_stale(name: str, status: Status, *, by: str | None = None, has_begun: bool = True) -> str:
    """Why a mark cannot be set from a page that no longer shows what is so; `by` is whoever has
    changed it."""
    done = f"marked {MARKS[status]}"
    if status is Status.PRESENT and not has_begun:
        done = "checked in"
    elif status is Status.EXPECTED:
        done = "put back to expected"
    return f"{name} has just been {done}{f' by {by}' if by else ''}. Look again."


def change_words(
    names: Sequence[str], status: Status, *, has_begun: bool = True, label: str | None = None
) -> str:
    """A change in words, beside the button that undoes it; `label` says more than the status."""
    who = names[0] if len(names) == 1 else counted(len(names), "person", "people")
    if status is Status.EXPECTED:
        return f"Put {who} back to expected."
    if status is Status.PRESENT and not has_begun:
        return f"{who} {'is' if len(names) == 1 else 'are'} checked in."
    return f"Marked {who} {label.lower() if label else MARKS[status]}."


def left_words(number: int) -> str:
    """What marking the rest has left alone, because somebody is at work in it."""
    are = "is" if number == 1 else "are"
    return f"{counted(number, 'row')} {are} left as before: still open, and not saved yet."
