"""A believable clinic around a day, and how its people come and go: the same for the same day."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import cycle
from random import Random
from typing import Any, NamedTuple

from clinic.schedule.models import Status

WEEKS_BACK = 6  # of attendance
RELIABILITY = (0.74, 0.98)  # shares of days on which people come, from worst to best
LATE, EARLY = 0.09, 0.04  # shares of those who come
LEFT_OPEN = 0.2  # share of people whom the latest sheets say nothing of yet
ABSENCES = (
    Status.EXCUSED,
    Status.EXCUSED,
    Status.LATE_CANCEL,
    Status.NO_SHOW,
    Status.NO_SHOW,
)
ZONE = "America/New_York"
PASSWORD = "demonstration only"  # noqa: S105 - of made-up people

STAFF = (
    ("rivera", "Ana Rivera", "LCSW", ["clinician"]),
    ("okafor", "Daniel Okafor", "LPC", ["clinician"]),
    ("lindqvist", "Maja Lindqvist", "PsyD", ["clinician"]),
    ("tran", "Kim Tran", "LMFT", ["clinician"]),
    ("castellano", "Joe Castellano", "CADC", ["clinician"]),
    ("moreau", "Elise Moreau", None, ["coordinator"]),
    ("whitfield", "Sam Whitfield", None, ["admin"]),
    ("adeyemi", "Grace Adeyemi", None, ["front_desk"]),
    ("novak", "Petra Novak", None, ["billing"]),
    ("brandt", "Lukas Brandt", None, ["auditor"]),
)
ROOMS = (
    ("birch", "Birch room", 14),
    ("cedar", "Cedar room", 14),
    ("maple", "Maple room", 12),
    *((f"office-{n}", f"Office {n}", 4) for n in range(1, 6)),
)
PROGRAMS = (
    ("morning", "Morning IOP", "2.1", (9, 12), 8),
    ("afternoon", "Afternoon IOP", "2.1", (9, 12), 8),
    ("evening", "Evening IOP", "2.1", (9, 12), 8),
    ("weekend", "Weekend IOP", "2.1", (9, 12), 10),
    ("aftercare", "Aftercare", "aftercare", (1, 2), 12),
)
# key, program, title, kind, days, start, end, room, leaders, seats
GROUPS: tuple[tuple[str, str, str, str, str, str, str, str, str, int], ...] = (
    ("morning-process", "morning", "Process group", "group", "mon wed fri", "09:00", "10:30",
     "birch", "rivera okafor", 12),
    ("morning-skills", "morning", "DBT skills", "group", "mon wed fri", "10:45", "12:15",
     "birch", "okafor", 12),
    ("medication", "morning", "Medication education", "education", "tue", "10:00", "11:00",
     "cedar", "lindqvist", 14),
    ("afternoon-process", "afternoon", "Process group", "group", "mon tue thu", "13:00", "14:30",
     "cedar", "tran", 12),
    ("afternoon-relapse", "afternoon", "Relapse prevention", "group", "mon tue thu", "14:45",
     "16:15", "cedar", "castellano", 12),
    ("trauma", "afternoon", "Trauma and recovery", "group", "fri", "13:00", "14:30", "maple",
     "lindqvist", 8),
    ("evening-process", "evening", "Process group", "group", "mon tue thu", "17:30", "19:00",
     "birch", "castellano tran", 12),
    ("evening-skills", "evening", "Coping skills", "group", "mon tue thu", "19:10", "20:40",
     "birch", "tran", 12),
    ("family-night", "evening", "Family night", "family", "wed", "18:30", "20:00", "maple",
     "rivera", 12),
    ("weekend-process", "weekend", "Process group", "group", "sat sun", "09:30", "11:30", "cedar",
     "lindqvist", 10),
    ("weekend-skills", "weekend", "Mindfulness and skills", "group", "sat sun", "12:00", "13:30",
     "cedar", "lindqvist", 10),
    ("midweek", "weekend", "Midweek check-in group", "group", "wed", "18:00", "20:00", "cedar",
     "okafor", 10),
    ("alumni-lunch", "aftercare", "Aftercare circle", "group", "thu", "12:00", "13:00", "maple",
     "castellano", 10),
    ("alumni-sunday", "aftercare", "Sunday aftercare circle", "group", "sun", "17:30", "18:30",
     "maple", "rivera", 10),
)  # fmt: skip
TRACKS = {
    "morning": ("morning-process", "morning-skills"),
    "afternoon": ("afternoon-process", "afternoon-relapse"),
    "evening": ("evening-process", "evening-skills"),
    "weekend": ("weekend-process", "weekend-skills", "midweek"),
    "aftercare": ("alumni-lunch",),
}
EXTRAS = {"morning": "medication", "afternoon": "trauma", "evening": "family-night"}
# When each clinician sees people alone: weekday, start, end, none of it during their groups.
INDIVIDUALS = {
    "rivera": (("tue", "09:00"), ("tue", "10:00"), ("tue", "11:00"), ("thu", "09:00"),
               ("thu", "10:00"), ("fri", "11:00"), ("wed", "15:00"), ("mon", "13:00")),
    "okafor": (("tue", "13:00"), ("tue", "14:00"), ("tue", "15:00"), ("thu", "15:00"),
               ("thu", "16:00"), ("wed", "13:00"), ("fri", "13:00"), ("mon", "16:00")),
    "lindqvist": (("mon", "09:00"), ("mon", "16:30"), ("wed", "09:00"), ("wed", "16:30"),
                  ("thu", "11:00"), ("fri", "10:00"), ("fri", "16:00"), ("tue", "16:30")),
    "tran": (("wed", "14:00"), ("wed", "15:00"), ("wed", "16:30"), ("fri", "15:00"),
             ("fri", "16:00"), ("mon", "16:30"), ("tue", "16:30"), ("thu", "16:30")),
    "castellano": (("wed", "10:00"), ("wed", "11:00"), ("mon", "10:00"), ("tue", "11:00"),
                   ("fri", "09:00"), ("fri", "10:00"), ("thu", "10:00"), ("wed", "13:00")),
}  # fmt: skip
OFFICES = {key: f"office-{n}" for n, key in enumerate(INDIVIDUALS, start=1)}
NAMES = (
    "Jordan Avery|Jo", "Priya Raman|", "Marcus Bell|", "Elena Petrova|Lena", "Tobias Hartmann|",
    "Keisha Monroe|", "Luis Ortega|", "Hannah Weiss|", "Dmitri Volkov|", "Amara Nwosu|",
    "Caleb Sutton|", "Yuki Tanaka|", "Rosa Delgado|", "Owen Gallagher|", "Fatima Haddad|",
    "Theo Marchetti|", "Nadia Karimi|", "Isaac Feldman|Ike", "Brianna Cole|Bri", "Mateo Silva|",
    "Ingrid Solberg|", "Darnell Hughes|", "Chloe Bennett|", "Arjun Mehta|", "Simone Laurent|",
    "Wyatt Kessler|", "Leila Farahani|", "Patrick O'Rourke|Pat", "Mei-Ling Chou|Mei",
    "Gabriel Santos|Gabe", "Tessa Vandermeer|", "Reuben Adler|", "Zora Whitaker|",
    "Nikolai Brandt|", "Esperanza Ruiz|Espe", "Colin Macready|", "Farrah Siddiqui|", "Henrik Dahl|",
    "Joyce Underwood|", "Samir Benali|",
)  # fmt: skip
# Program, weeks since the first day, and what is special, one for each name in turn.
STAGES = (
    ("morning", 7, ""), ("morning", 6, ""), ("morning", 5, "target"), ("morning", 4, ""),
    ("morning", 3, "leave"), ("morning", 3, ""), ("morning", 2, ""), ("morning", 1, ""),
    ("morning", 0, ""), ("morning", -1, "planned"),
    ("afternoon", 7, "transition"), ("afternoon", 6, ""), ("afternoon", 5, ""),
    ("afternoon", 4, ""), ("afternoon", 3, ""), ("afternoon", 2, ""), ("afternoon", 1, ""),
    ("afternoon", 5, "left"),
    ("evening", 7, ""), ("evening", 6, ""), ("evening", 6, ""), ("evening", 5, ""),
    ("evening", 4, ""), ("evening", 3, ""), ("evening", 2, ""), ("evening", 2, ""),
    ("evening", 1, ""), ("evening", 0, ""), ("evening", 4, "discharged"),
    ("evening", -1, "planned"),
    ("weekend", 8, ""), ("weekend", 5, ""), ("weekend", 4, ""), ("weekend", 2, ""),
    ("weekend", 1, ""),
    ("morning", 11, "stepped down"), ("evening", 12, "stepped down"),
    ("evening", 10, "stepped down"), ("afternoon", 11, "stepped down"),
    ("evening", 9, "completed"),
)  # fmt: skip


class Happened(NamedTuple):
    """What became of one person at one session; minutes after its start and before its end."""

    status: Status
    late: int = 0
    early: int = 0


def clinic_on(today: date) -> dict[str, Any]:
    """The clinic file of the demonstration, as of a day."""
    random = Random(today.toordinal())  # noqa: S311 - deterministic on purpose
    monday = today - timedelta(days=today.weekday())
    participants, enrollments, individuals = _people(random, monday)
    return {
        "clinic": 1,
        "organization": {"name": "Riverside Recovery", "week_starts": "monday"},
        "sites": [
            {
                "key": "main",
                "name": "Main Street",
                "timezone": ZONE,
                "rooms": [{"key": k, "name": name, "seats": n} for k, name, n in ROOMS],
            }
        ],
        "staff": [
            {"key": key, "name": name, "roles": roles, "email": f"{key}@example.org"}
            | ({"credentials": letters} if letters else {})
            for key, name, letters, roles in STAFF
        ],
        "programs": [
            {
                "key": key,
                "name": name,
                "site": "main",
                "level": level,
                "population": "adult",
                "weekly_hours": {"min": hours[0], "max": hours[1]},
                "weeks": weeks,
                "grace_minutes": 5,
            }
            | ({"service_days": {"min": 3}} if level == "2.1" else {})
            for key, name, level, hours, weeks in PROGRAMS
        ],
        "series": [*_groups(monday), *individuals],
        "closures": list(_closures(monday)),
        "participants": participants,
        "enrollments": enrollments,
        "sessions": list(_one_offs(monday)),
    }


def _groups(monday: date) -> Iterator[dict[str, Any]]:
    for key, program, title, kind, days, start, end, room, leaders, seats in GROUPS:
        yield {
            "key": key,
            "program": program,
            "title": title,
            "kind": kind,
            "days": days.split(),
            "start": start,
            "end": end,
            "room": room,
            "leaders": leaders.split(),
            "seats": seats,
            "mode": "in_person",
            "from": monday - timedelta(weeks=13),
        }


def _people(
    random: Random, monday: date
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    participants, enrollments, individuals = [], [], []
    pins = random.sample(range(100_000, 1_000_000), len(NAMES))
    clinicians = cycle(INDIVIDUALS)
    slots = {key: list(times) for key, times in INDIVIDUALS.items()}
    for n, (names, (program, weeks, special)) in enumerate(
        zip(NAMES, STAGES, strict=True), start=1
    ):
        name, _, preferred = names.partition("|")
        key, clinician = f"p-{n:03d}", next(clinicians)
        birth = monday - timedelta(days=random.randrange(20 * 365, 62 * 365))
        participants.append(
            {
                "key": key,
                "name": name,
                "birth_date": birth,
                "email": f"{name.split()[0].lower()}.{n}@example.org",
                "pin": str(pins[n - 1]),
            }
            | ({"preferred_name": preferred} if preferred else {})
        )
        theirs = _enrollments(n, key, clinician, monday - timedelta(weeks=weeks), program, special)
        slot = _free_slot(slots[clinician], theirs[0]["series"])
        if slot is not None and special not in {"planned", "completed", "stepped down"}:
            slots[clinician].remove(slot)
            individual = _individual(n, clinician, slot, theirs[0])
            individuals.append(individual)
            theirs[0]["series"].append(individual["key"])
        enrollments += theirs
    return participants, enrollments, individuals


def _enrollments(
    n: int, participant: str, clinician: str, first: date, program: str, special: str
) -> list[dict[str, Any]]:
    """One participant's enrollments, the one that counts now first."""
    one: dict[str, Any] = {
        "key": f"e-{n:03d}",
        "participant": participant,
        "program": program,
        "from": first,
        "clinician": clinician,
        "series": [*TRACKS[program]],
    }
    if n % 3 == 0 and program in EXTRAS:
        one["series"].append(EXTRAS[program])
    end = first + timedelta(weeks=8, days=-1)
    match special:
        case "target":
            later = first + timedelta(weeks=4)
            one["targets"] = [{"from": later, "weekly_hours": {"min": 10, "max": 12}}]
        case "leave":
            away = first + timedelta(weeks=1)
            one["leave"] = [{"from": away, "until": away + timedelta(days=4), "reason": "travel"}]
        case "transition":
            one["transition_weeks"] = [first + timedelta(weeks=7)]
        case "left" | "discharged":
            one |= {"until": first + timedelta(weeks=3, days=4), "status": special}
        case "completed":
            one |= {"until": end, "status": "completed"}
        case "stepped down":
            one |= {"until": end, "status": "transferred"}
            after = one | {
                "key": f"e-{n:03d}-aftercare",
                "program": "aftercare",
                "from": end + timedelta(days=1),
                "series": [*TRACKS["aftercare"], *(["alumni-sunday"] if n % 2 else [])],
            }
            del after["until"], after["status"]
            return [one, after]
    return [one]


def _free_slot(slots: list[tuple[str, str]], groups: list[str]) -> tuple[str, str] | None:
    """The first time at which somebody on these groups can come for an hour."""
    busy = [
        (day, group[5], group[6])
        for group in GROUPS
        if group[0] in groups
        for day in group[4].split()
    ]
    for day, start in slots:
        end = f"{int(start[:2]) + 1:02d}{start[2:]}"
        if all(day != other or end <= begins or ends <= start for other, begins, ends in busy):
            return day, start
    return None


def _individual(
    n: int, clinician: str, slot: tuple[str, str], enrollment: dict[str, Any]
) -> dict[str, Any]:
    day, start = slot
    hour, minute = start.split(":")
    end = f"{hour}:50" if minute == "00" else f"{int(hour) + 1}:20"
    return {
        "key": f"individual-{n:03d}",
        "program": enrollment["program"],
        "title": "Individual session",
        "kind": "individual",
        "days": [day],
        "start": start,
        "end": end,
        "room": OFFICES[clinician],
        "leaders": [clinician],
        "seats": 1,
        "mode": "in_person",
        "from": enrollment["from"],
    } | ({"until": enrollment["until"]} if "until" in enrollment else {})


def _closures(monday: date) -> Iterator[dict[str, Any]]:
    day = monday + timedelta(weeks=2, days=4)
    yield {"site": "main", "from": day, "until": day, "name": "Staff training day"}


def _one_offs(monday: date) -> Iterator[dict[str, Any]]:
    """Family sessions and intakes of this week and the next, on each day one."""
    people = cycle(("e-002", "e-012", "e-020", "e-031", "e-005", "e-023"))
    for n in range(-7, 14):
        day = monday + timedelta(days=n)
        enrollment = next(people)
        family = n % 2 == 0
        yield {
            "key": f"{'family' if family else 'review'}-{day.isoformat()}",
            "program": "evening",
            "title": "Family session" if family else "Plan review",
            "kind": "family" if family else "individual",
            "date": day,
            "start": "16:15" if family else "08:00",
            "end": "17:15" if family else "08:45",
            "room": "maple",
            "leaders": [],
            "seats": 4 if family else 1,
            "mode": "in_person",
            "enrollments": [enrollment],
        }


def what_happened(random: Random, reliability: float) -> Happened:
    """Whether one person comes on a day, and else what it is that keeps them away."""
    if random.random() < reliability:
        return Happened(Status.PRESENT)
    return Happened(random.choice(ABSENCES))


def how_present(random: Random) -> Happened:
    """How somebody who comes is there at one session."""
    late = random.randrange(6, 26) if random.random() < LATE else 0
    early = random.randrange(10, 36) if random.random() < EARLY else 0
    return Happened(Status.PRESENT, late, early)
