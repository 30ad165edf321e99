"""What the demonstration clinic offers: sites, staff, programs and groups around a week."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

WEEKS_BACK = 10  # since when the clinic works with this
ZONES = {"main": "America/New_York", "lakeside": "America/Chicago"}
SITES = {"main": "Main Street", "lakeside": "Lakeside"}
WHERE = {
    "main": {
        "address": "214 Main Street, Albany, NY 12207",
        "phone": "+15185550142",
        "way_in": "Blue door by the bakery; ring once.\nSecond floor; the elevator is on the left.",
    },
    "lakeside": {
        "address": "80 Lakeside Drive, Evanston, IL 60201",
        "phone": "+18475550176",
        "way_in": "Parking behind the house. The entrance is at the side.",
    },
}
ROOMS = {
    "main": (
        ("birch", "Birch room", 14),
        ("cedar", "Cedar room", 14),
        ("maple", "Maple room", 12),
        *((f"office-{n}", f"Office {n}", 4) for n in range(1, 8)),
    ),
    "lakeside": (
        ("heron", "Heron room", 12),
        ("egret", "Egret room", 14),
        *((f"office-{n}", f"Office {n}", 5) for n in range(8, 10)),
    ),
}


class Works(NamedTuple):
    """Somebody who works here; times as "mon-fri 08:00-17:00"."""

    key: str
    name: str
    credentials: str | None
    role: str
    times: tuple[str, ...]
    license: str | None = None


STAFF = (
    Works("rivera", "Ana Rivera", "LCSW", "clinician",
          ("mon tue thu fri 08:00-16:30", "wed 08:30-12:00", "wed 14:30-20:30",
           "sun 17:00-19:00"), "SW-20118"),
    Works("okafor", "Daniel Okafor", "LPC", "clinician", ("mon-fri 08:00-17:00",), "PC-48210"),
    Works("lindqvist", "Maja Lindqvist", "PsyD", "clinician",
          ("mon-fri 08:30-18:00", "sat 09:00-12:30"), "PSY-7731"),
    Works("tran", "Kim Tran", "LMFT", "clinician",
          ("mon tue thu 12:30-21:00", "wed fri 12:30-17:30"), "MFT-90554"),
    Works("castellano", "Joe Castellano", "CADC", "clinician",
          ("mon tue thu 09:30-19:30", "wed fri 08:30-17:00"), "CADC-1182"),
    Works("halloran", "Nora Halloran", "LCSW", "clinician",
          ("mon-fri 11:00-20:00", "sat 09:30-13:30"), "IL-149-0172"),
    Works("mbeki", "Thandi Mbeki", "LCPC", "clinician",
          ("mon-fri 11:00-20:00", "sat 09:30-13:30"), "IL-180-0049"),
    Works("osei", "Ruth Osei", "LCSW", "clinician",
          ("mon 07:00-12:00", "fri 12:00-21:00", "sat sun 09:30-18:00"), "SW-33074"),
    Works("reyes", "Paolo Reyes", "LMHC", "clinician",
          ("fri 13:00-21:00", "sat sun 09:30-18:00"), "MH-60915"),
    Works("moreau", "Elise Moreau", None, "coordinator", ("mon-fri 08:30-17:00",)),
    Works("ibarra", "Tomás Ibarra", None, "coordinator", ("mon-fri 10:00-18:30",)),
    Works("whitfield", "Sam Whitfield", None, "admin", ("mon-fri 09:00-17:00",)),
    Works("adeyemi", "Grace Adeyemi", None, "front_desk", ("mon-fri 08:00-16:30",)),
    Works("kowalski", "Piotr Kowalski", None, "front_desk", ("mon-fri 12:00-20:00",)),
    Works("vance", "Greta Vance", None, "front_desk", ("sat sun 09:00-18:30",)),
    Works("novak", "Petra Novak", None, "billing", ("mon tue wed thu 09:00-15:00",)),
    Works("brandt", "Lukas Brandt", None, "auditor", ()),
)  # fmt: skip
LEFT = Works("greer", "Alan Greer", "LPC", "clinician", ())  # works here no more
TIME_OFF = {  # days from this Monday to the first, how many, and why
    "tran": (21, 5, "vacation"),
    "okafor": (10, 2, "conference"),
    "kowalski": (-18, 3, "sick leave"),
}
SHORT_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

# key, name, site, level, population, hours, weeks, service days, rule set
PROGRAMS: tuple[
    tuple[str, str, str, str, str, tuple[int, int], int, int | None, str | None], ...
] = (
    ("morning", "Day IOP", "main", "2.1", "adult", (9, 12), 8, 3, "our-iop"),
    ("evening", "Evening IOP", "main", "2.1", "adult", (9, 12), 8, 3, "our-iop"),
    ("weekend", "Weekend IOP", "main", "2.1", "adult", (9, 12), 8, 3, "asam-2-1"),
    ("teen", "Adolescent IOP", "lakeside", "2.1", "adolescent", (6, 12), 10, 3, "our-iop"),
    ("aftercare", "Aftercare", "main", "aftercare", "adult", (1, 2), 12, None, None),
)
MIX = {
    "morning": [{"kind": "group", "sessions": 2, "minutes": 50}],
    "teen": [
        {"kind": "group", "sessions": 2, "minutes": 50},
        {"kind": "family", "sessions": 1, "minutes": 50},
    ],
}
OWN_RULES = {
    "key": "our-iop",
    "name": "Our intensive outpatient figures",
    "jurisdiction": "Riverside Recovery",
    "citation": "Clinical policy 7; after The ASAM Criteria, level 2.1",
    "copied_from": "asam-2-1",
    "rules": [
        {"measure": "week_minutes_min", "value": 540, "population": "adult"},
        {"measure": "week_minutes_min", "value": 360, "population": "adolescent"},
        {"measure": "week_minutes_max", "value": 1140},
        {"measure": "day_minutes_min", "value": 180, "population": "adult"},
        {"measure": "day_minutes_min", "value": 120, "population": "adolescent"},
        {"measure": "gap_days_max", "value": 3},
        {"measure": "average_weeks", "value": 4},
        {"measure": "seats_max", "value": 12, "kind": "group"},
        {"measure": "seats_max", "value": 10, "population": "adolescent", "kind": "group"},
        {"measure": "caseload_max", "value": 16},
        {"measure": "unit_minutes_min", "value": 180, "population": "adult"},
        {"measure": "unit_minutes_min", "value": 120, "population": "adolescent"},
        {"measure": "units_day_max", "value": 1},
    ],
}


class Group(NamedTuple):
    """A series that many come to."""

    key: str
    program: str
    title: str
    kind: str
    days: str
    start: str
    end: str
    room: str | None
    leaders: str
    seats: int
    every_weeks: int = 1
    mode: str = "in_person"


# They meet so that somebody is in the building from ten to six on every day of the week.
GROUPS = (
    Group("morning-process", "morning", "Process group", "group", "mon wed fri", "09:00", "10:30",
          "birch", "rivera okafor", 12),
    Group("morning-skills", "morning", "DBT skills", "group", "mon wed fri", "10:45", "12:15",
          "birch", "okafor", 12),
    Group("medication", "morning", "Medication education", "education", "tue", "10:00", "11:00",
          None, "lindqvist", 14, mode="virtual"),
    Group("trauma", "morning", "Trauma and recovery", "group", "thu", "10:00", "11:30", "maple",
          "lindqvist", 8),
    Group("midday-process", "morning", "Midday process group", "group", "mon wed fri", "13:00",
          "14:30", "cedar", "tran", 12),
    Group("midday-relapse", "morning", "Relapse prevention", "group", "mon wed fri", "14:45",
          "16:15", "cedar", "castellano", 12),
    Group("evening-process", "evening", "Evening process group", "group", "mon tue thu", "17:30",
          "19:00", "birch", "castellano tran", 12),
    Group("evening-skills", "evening", "Coping skills", "group", "mon tue thu", "19:10", "20:40",
          "birch", "tran", 12),
    Group("family-night", "evening", "Family night", "family", "wed", "18:30", "20:00", "maple",
          "rivera", 12),
    Group("saturday-mindfulness", "evening", "Mindfulness", "group", "sat", "09:30", "11:00",
          "cedar", "lindqvist", 10),
    Group("nutrition", "morning", "Nutrition and sleep", "education", "tue", "12:00", "13:00",
          "maple", "castellano", 12),
    Group("saturday-family", "morning", "Family workshop", "family", "sat", "14:00", "15:30",
          "cedar", "reyes", 12),
    Group("sunday-relapse", "morning", "Sunday relapse prevention", "group", "sun", "13:45",
          "15:15", "cedar", "osei", 12),
    Group("friday-process", "weekend", "Friday process group", "group", "fri", "17:30", "19:00",
          "birch", "osei reyes", 12),
    Group("friday-skills", "weekend", "Friday coping skills", "group", "fri", "19:10", "20:40",
          "birch", "reyes", 12),
    Group("weekend-process", "weekend", "Weekend process group", "group", "sat sun", "10:00",
          "11:30", "birch", "osei reyes", 12),
    Group("weekend-skills", "weekend", "Weekend coping skills", "group", "sat sun", "11:45",
          "13:15", "birch", "reyes", 12),
    Group("teen-process", "teen", "Teen process group", "group", "mon wed thu", "15:30", "17:00",
          "heron", "halloran", 10),
    Group("teen-skills", "teen", "Teen DBT skills", "group", "mon wed thu", "17:10", "18:10",
          "heron", "mbeki", 10),
    Group("parents", "teen", "Parents' group", "family", "wed", "18:30", "19:30", None,
          "halloran", 12, mode="virtual"),
    Group("multi-family", "teen", "Multi-family group", "family", "sat", "10:00", "11:30",
          "egret", "mbeki halloran", 14, every_weeks=2),
    Group("alumni-lunch", "aftercare", "Aftercare circle", "group", "thu", "12:00", "13:00",
          "maple", "castellano", 12),
    Group("alumni-early", "aftercare", "Before-work circle", "group", "mon", "07:30", "08:30",
          None, "osei", 12, mode="virtual"),
    Group("alumni-saturday", "aftercare", "Saturday aftercare circle", "group", "sat", "16:30",
          "17:30", "maple", "osei", 12),
    Group("alumni-sunday", "aftercare", "Sunday aftercare circle", "group", "sun", "17:30",
          "18:30", "maple", "rivera", 12, mode="hybrid"),
)  # fmt: skip
OPEN = {"weekend-skills"}  # to make-ups from other programs
MEETING = "https://video.example.org/"  # where the virtual ones meet
RAN_OUT = "reyes"  # a license that nobody has renewed
SITE_OF = {program[0]: program[2] for program in PROGRAMS}


def sites() -> list[dict[str, Any]]:
    return [
        {
            "key": key,
            "name": name,
            "timezone": ZONES[key],
            **WHERE[key],
            "rooms": [{"key": k, "name": room, "seats": n} for k, room, n in ROOMS[key]],
        }
        for key, name in SITES.items()
    ]


def staff(monday: date) -> Iterator[dict[str, Any]]:
    for number, one in enumerate((*STAFF, LEFT)):
        expires = monday + timedelta(days=25 + 97 * number)  # some licenses run out soon
        if one.key == RAN_OUT:
            expires = monday - timedelta(days=10)
        facts: dict[str, Any] = {
            "key": one.key,
            "name": one.name,
            "email": f"{one.key}@example.org",
            "credentials": one.credentials,
            "roles": [one.role],
            "active": one is not LEFT,
            "license": {"number": one.license, "expires": expires} if one.license else None,
            "working_hours": [_weekly(times) for times in one.times] or None,
        }
        if one.key in TIME_OFF:
            days, length, reason = TIME_OFF[one.key]
            first = monday + timedelta(days=days)
            until = first + timedelta(days=length - 1)
            facts["time_off"] = [{"from": first, "until": until, "reason": reason}]
        yield facts


def _weekly(times: str) -> dict[str, Any]:
    *days, hours = times.split()
    start, _, end = hours.partition("-")
    named = list(SHORT_DAYS[:5]) if days == ["mon-fri"] else days
    return {"days": named, "start": start, "end": end}


def works(clinician: str, day: date, start: str, end: str) -> bool:
    """Whether somebody works here from that time on a day to the other."""
    times = next(one.times for one in STAFF if one.key == clinician)
    weekly = [_weekly(each) for each in times]
    return any(
        SHORT_DAYS[day.weekday()] in each["days"] and each["start"] <= start and end <= each["end"]
        for each in weekly
    )


def programs() -> Iterator[dict[str, Any]]:
    for key, name, site, level, population, hours, weeks, days, rule_set in PROGRAMS:
        yield {
            "key": key,
            "name": name,
            "site": site,
            "level": level,
            "population": population,
            "weekly_hours": {"min": hours[0], "max": hours[1]},
            "weeks": weeks,
            "grace_minutes": 5,
            "service_days": {"min": days} if days else None,
            "mix": MIX.get(key),
            "rule_set": rule_set,
        }


def groups(monday: date) -> Iterator[dict[str, Any]]:
    for one in GROUPS:
        facts: dict[str, Any] = one._asdict()
        facts["days"], facts["leaders"] = one.days.split(), one.leaders.split()
        facts["open_to_make_ups"] = one.key in OPEN or None
        yield facts | {"from": monday - timedelta(weeks=WEEKS_BACK)}


def closures(monday: date) -> Iterator[dict[str, Any]]:
    day = monday + timedelta(weeks=2, days=4)
    yield {"site": "main", "from": day, "until": day, "name": "Staff training day"}
