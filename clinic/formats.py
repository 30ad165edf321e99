"""All wording of times, durations and names in one place: the filters of the templates."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from itertools import zip_longest
from typing import Any, Final
from zoneinfo import ZoneInfo

import segno
from flask import Flask
from markupsafe import Markup
from phonenumbers import PhoneNumberFormat, format_number, parse

from clinic.clock import day_of, zone
from clinic.days import WEEKDAYS, WeeklyTime, wall_at
from clinic.names import folded
from clinic.permissions import Role

NOON = 12  # hours
NAMED = 3  # words that a sentence lists before it counts the others
NOT_TYPED = frozenset({"next", "page", "show", "seen", "act", "tell"})
CHOSEN = re.compile(r"\d{1,6}|[a-z]+(_[a-z]+)+")  # ids, and codes of several words
HOME = 1  # the country code of the numbers that are written without one


def wall_time(wall: time) -> str:
    """`6:00 pm`."""
    half = "am" if wall.hour < NOON else "pm"
    return f"{wall.hour % NOON or NOON}:{wall.minute:02d} {half}"


def clock_time(instant: datetime, at: ZoneInfo) -> str:
    """`6:00 pm`: the wall-clock time of an instant at a place."""
    return wall_time(instant.astimezone(at).time())


def time_range(starts_at: datetime, ends_at: datetime, at: ZoneInfo) -> str:
    """`6:00 – 9:00 pm`, or `11:00 am – 1:00 pm` where the half of the day changes."""
    return wall_range(starts_at.astimezone(at).time(), ends_at.astimezone(at).time())


def times_at(starts_at: datetime, ends_at: datetime, at: ZoneInfo, reader: ZoneInfo) -> str:
    """The same for pages about several places: `3:30 – 5:00 pm, Chicago time`.

    The zone is named where it is not that of the reader's own site.
    """
    return ", ".join(filter(None, (time_range(starts_at, ends_at, at), elsewhere(at, reader))))


def clock_at(instant: datetime, at: ZoneInfo, reader: ZoneInfo) -> str:
    """The same of an instant: `3:30 pm, Chicago time`."""
    return ", ".join(filter(None, (clock_time(instant, at), elsewhere(at, reader))))


def elsewhere(at: ZoneInfo, reader: ZoneInfo) -> str:
    """`Chicago time`, where that is not the reader's own; else nothing."""
    return "" if at.key == reader.key else zone_note(at.key)


def zone_city(timezone: str) -> str:
    """The city that a zone is called by: `New York`."""
    return timezone.rpartition("/")[2].replace("_", " ")


def zone_note(*timezones: str) -> str:
    """Which clock times are on: `New York time`, `Chicago and New York time`."""
    cities = sorted({zone_city(zone) for zone in timezones})
    return f"{' and '.join(cities)} time" if cities else ""


def wall_range(starts: time, ends: time) -> str:
    """The same of two times of the local day."""
    first, last = wall_time(starts), wall_time(ends)
    if first[-2:] == last[-2:]:
        first = first[:-3]
    return f"{first} – {last}"


def weekly_range(times: WeeklyTime) -> str:
    """The same of a time of every week."""
    return wall_range(wall_at(times.from_minute), wall_at(times.until_minute))


def weekday(number: int) -> str:
    """`Monday` for 0."""
    return WEEKDAYS[number]


def field_time(instant: datetime | None, at: ZoneInfo) -> str:
    """`18:05`, as a time field of a form holds it; empty for none."""
    return instant.astimezone(at).strftime("%H:%M") if instant else ""


def iso_local(instant: datetime | None, at: ZoneInfo) -> str:
    """ISO 8601 with the site's offset, as exports write it; empty for none."""
    return instant.astimezone(at).isoformat(timespec="seconds") if instant else ""


def duration(minutes: int) -> str:
    """`2 h 30 min`, `3 h`, `45 min`, `0 min`."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def hours(minutes: int) -> str:
    """Hours with at most two decimals: `9`, `10.5`, `7.25`."""
    return f"{minutes / 60:.2f}".rstrip("0").rstrip(".")


def hours_span(least: int, most: int) -> str:
    """Hours from the least to the most, once where they are the same: `9–12 h`, `9 h`."""
    return f"{hours(least)} h" if least == most else f"{hours(least)}–{hours(most)} h"


def day_long(day: date) -> str:
    """`Monday, March 9`."""
    return f"{day:%A}, {day:%B} {day.day}"


def day_short(day: date) -> str:
    """`Mon, Mar 9`."""
    return f"{day:%a}, {day:%b} {day.day}"


def day_near(day: date, today: date) -> str:
    """`Mon, Mar 9`; with the year where it is not this one: `Fri, Jan 8, 2027`."""
    return day_short(day) if day.year == today.year else f"{day:%a}, {day_numeric(day)}"


def month_day(day: date) -> str:
    """`Mar 9`."""
    return f"{day:%b} {day.day}"


def day_numeric(day: date | None) -> str:
    """`Mar 9, 2026`; an em dash for none."""
    return f"{day:%b} {day.day}, {day.year}" if day else "—"


def moment(instant: datetime, at: ZoneInfo, *, today: date) -> str:
    """`today, 9:05 am`, `Mon, Mar 9, 9:05 am`: when something happened, as people say it."""
    local = instant.astimezone(at)
    day = "today" if local.date() == today else day_short(local.date())
    return f"{day}, {wall_time(local.time())}"


def week_range(week: date, *, this_year: int) -> str:
    """`March 2 – 8`, `March 30 – April 5`; with the year where it is not this one."""
    last = week + timedelta(days=6)
    ends = f"{last.day}" if last.month == week.month else f"{last:%B} {last.day}"
    ends = ends if last.year == this_year else f"{ends}, {last.year}"
    begins = f"{week:%B} {week.day}"
    return f"{begins if week.year == last.year else f'{begins}, {week.year}'} – {ends}"


def short_name(name: str, preferred_name: str | None = None) -> str:
    """`Jo A.`: preferred or first name and the last name's initial."""
    words = name.split()
    first = preferred_name or words[0]
    return f"{first} {words[-1][0].upper()}." if len(words) > 1 else first


def told_apart(people: Iterable[Any], *, by_year: bool = False) -> dict[int, str]:
    """Participant id to `Jo A.`; those who share that have more of the name: `Maria Ga.`.

    Whose names are the same have the year of their birth, where the reader may know it, or else
    their number. `people` are rows of participant_id, name, preferred_name, key and birth_on.
    """
    alike: dict[str, dict[int, Any]] = defaultdict(dict)
    found: dict[int, str] = {}
    for person in people:
        found[person.participant_id] = short_name(person.name, person.preferred_name)
        alike[folded(found[person.participant_id])][person.participant_id] = person
    for group in alike.values():
        if len(group) > 1:
            found |= _apart({who: _fuller(each, by_year=by_year) for who, each in group.items()})
    return found


def _apart(names: Mapping[int, list[str]]) -> dict[int, str]:
    """Of what each can be called the first that nobody else is called at the same length."""
    found: dict[int, str] = {}
    for step in zip_longest(*names.values(), fillvalue=""):
        times = Counter(map(folded, step))
        for who, name in zip(names, step, strict=True):
            if name and times[folded(name)] == 1:
                found.setdefault(who, name)
    return found


def _fuller(person: Any, *, by_year: bool) -> list[str]:
    """What somebody can be called, shortest first, up to what nobody else is called."""
    words = person.name.split()
    first, last = person.preferred_name or words[0], words[-1] if len(words) > 1 else ""
    part = [f"{first} {last[0].upper()}{last[1:n]}." for n in range(1, max(2, len(last))) if last]
    full = f"{first} {last}".strip()
    by_law = person.name if person.preferred_name is None else f"{full} ({person.name})"
    year = [f"{full}, {person.birth_on.year}"] if by_year and person.birth_on else []
    return [*part, full, by_law, *year, f"{full}, {person.key}"]


def phone(number: str | None) -> str:
    """`(202) 555-0123`, or `+44 20 7946 0958` from another country; empty for none."""
    if not number:
        return ""
    parsed = parse(number)
    at_home = parsed.country_code == HOME
    return format_number(
        parsed, PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    )


AUTOMATIC = "This message was sent automatically; nobody reads answers to it."


def notice(sentence: str, link: str) -> str:
    """A whole message that says no more than that; `link` is where to go on, if that is known."""
    where = f"\n{link}\n" if link else ""
    return f"Hello,\n\n{sentence}\n{where}\n{AUTOMATIC}\n"


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """`1 session`, `3 sessions`, `2 people`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def field_words(name: str) -> str:
    """What a field is called, as far as its name says it: `12-birth_on` is “Birth”."""
    words = " ".join(part for part in re.split(r"[-_.\d]+", name.removesuffix("_on")) if part)
    return words.capitalize() or name


def readable(typed: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """What somebody knows again of what they typed: no ids and codes of what was chosen."""
    return [
        (name, text)
        for name, text in typed
        if text.strip() and name not in NOT_TYPED and not CHOSEN.fullmatch(text)
    ]


def form_words(path: str) -> str:
    """What a form is called, as far as its address says it: `/groups/4/edit` is “Groups, edit”."""
    parts = [part for part in path.partition("?")[0].split("/") if not part.isdecimal()]
    return ", ".join(part.replace("-", " ") for part in parts if part).capitalize()


def qr(text: str) -> Markup:
    """The square that a camera reads a text from, to stand in a page; black on white, in any light.

    Never a picture of its own: its address would be one more place for a secret to lie around.
    """
    code = segno.make_qr(text, error="m")
    drawn = code.svg_inline(
        border=4, dark="black", light="white", omitsize=True, svgclass=None, lineclass=None
    )
    return Markup(drawn)  # noqa: S704 - written by the library, of lines alone


ROLE_WORDS: Final = {
    Role.ADMIN: "Admin",
    Role.COORDINATOR: "Coordinator",
    Role.CLINICIAN: "Clinician",
    Role.FRONT_DESK: "Front desk",
    Role.BILLING: "Billing",
    Role.AUDITOR: "Auditor",
    Role.PARTICIPANT: "Participant",
}


def roles(given: Collection[Role]) -> str:
    """`Coordinator, Clinician`, in the order of the table."""
    return ", ".join(word for role, word in ROLE_WORDS.items() if role in given)


def listed(words: Collection[str]) -> str:
    """`A`, `A and B`, `A, B and C`, `A, B, C and 2 more`."""
    shown = list(words)[:NAMED]
    more = len(words) - len(shown)
    if more:
        return f"{', '.join(shown)} and {more} more"
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))


FILTERS = (
    zone,
    clock_at,
    clock_time,
    elsewhere,
    time_range,
    times_at,
    weekly_range,
    weekday,
    field_time,
    duration,
    hours,
    hours_span,
    day_long,
    day_short,
    month_day,
    day_numeric,
    moment,
    roles,
    week_range,
    short_name,
    zone_city,
    zone_note,
    phone,
    counted,
    field_words,
    form_words,
    readable,
    qr,
    day_of,
)


def install(app: Flask) -> None:
    for filter_ in FILTERS:
        app.add_template_filter(filter_)
