"""The lives of enrollments: who is in what, since when, and what came of it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import cycle
from typing import Any

from clinic.demo.approvals import approvals
from clinic.demo.offers import GROUPS, SITE_OF

# Program, the groups that all come to, and those that every third does.
TRACKS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "morning": ("morning", ("morning-process", "morning-skills"), ("medication", "sunday-relapse")),
    "midday": (
        "morning",
        ("midday-process", "midday-relapse"),
        ("trauma", "saturday-family", "nutrition"),
    ),
    "evening": (
        "evening",
        ("evening-process", "evening-skills"),
        ("family-night", "saturday-mindfulness"),
    ),
    "weekend": (
        "weekend",
        ("friday-process", "friday-skills", "weekend-process", "weekend-skills"),
        (),
    ),
    "teen": ("teen", ("teen-process", "teen-skills", "parents"), ("multi-family",)),
    "aftercare": (
        "aftercare",
        ("alumni-lunch",),
        ("alumni-sunday", "alumni-early", "alumni-saturday"),
    ),
}
CASELOADS = {  # by site; the program at the weekend has its own
    "main": ("rivera", "okafor", "lindqvist", "tran", "castellano"),
    "weekend": ("osei", "reyes"),
    "lakeside": ("halloran", "mbeki"),
}
OFFICES = {
    key: f"office-{n}"
    for n, key in enumerate((one for each in CASELOADS.values() for one in each), start=1)
}
# When each clinician sees people alone: weekday and start, none of it during their groups.
INDIVIDUALS = {
    "rivera": (("tue", "09:00"), ("tue", "10:00"), ("tue", "11:00"), ("thu", "09:00"),
               ("thu", "10:00"), ("fri", "11:00"), ("wed", "15:00"), ("mon", "13:00")),
    "okafor": (("tue", "13:00"), ("tue", "14:00"), ("tue", "15:00"), ("thu", "15:00"),
               ("thu", "16:00"), ("wed", "13:00"), ("fri", "13:00"), ("mon", "16:00")),
    "lindqvist": (("mon", "09:00"), ("mon", "16:30"), ("wed", "09:00"), ("wed", "16:30"),
                  ("thu", "13:00"), ("fri", "10:00"), ("fri", "16:30"), ("tue", "16:30")),
    "tran": (("tue", "13:00"), ("tue", "14:00"), ("thu", "13:00"), ("thu", "14:00"),
             ("tue", "15:30"), ("mon", "16:30"), ("tue", "16:30"), ("thu", "16:30")),
    "castellano": (("wed", "10:00"), ("wed", "11:00"), ("mon", "10:00"), ("tue", "11:00"),
                   ("fri", "09:00"), ("fri", "10:00"), ("thu", "10:00"), ("wed", "13:00")),
    "osei": (("sat", "13:45"), ("sun", "16:00"), ("sat", "14:45"), ("fri", "15:00"),
             ("mon", "09:00"), ("mon", "10:00")),
    "reyes": (("sat", "15:30"), ("sun", "13:45"), ("sun", "14:45"), ("fri", "14:00"),
              ("sun", "15:45")),
    "halloran": (("tue", "15:30"), ("tue", "16:30"), ("fri", "15:30"), ("fri", "16:30")),
    "mbeki": (("tue", "15:30"), ("tue", "16:30"), ("fri", "15:30"), ("fri", "16:30")),
}  # fmt: skip
# Track, weeks since the first day, and what is special: one for each participant in turn.
STAGES = (
    ("morning", 4, ""), ("morning", 7, "target"), ("morning", 6, ""), ("morning", 5, "leave"),
    ("morning", 7, ""), ("morning", 3, "wish"), ("morning", 3, ""), ("morning", 2, ""),
    ("morning", 1, ""), ("morning", 0, ""), ("morning", -1, "planned"),
    ("midday", 7, "transition"), ("midday", 6, ""), ("midday", 5, ""), ("midday", 4, ""),
    ("midday", 3, "away"), ("midday", 2, ""), ("midday", 1, ""), ("midday", 0, ""),
    ("midday", 5, "left"),
    ("evening", 7, ""), ("evening", 6, "works"), ("evening", 6, ""), ("evening", 5, "works"),
    ("evening", 4, ""), ("evening", 3, ""), ("evening", 2, "next target"), ("evening", 2, ""),
    ("evening", 1, "works"), ("evening", 0, ""), ("evening", -1, "planned"),
    ("evening", 5, "discharged"),
    ("evening", 10, "readmitted"), ("evening", 9, "moved"), ("midday", 10, "moved"),
    ("morning", 10, "stepped down"), ("morning", 10, "stepped down"),
    ("midday", 10, "stepped down"), ("midday", 9, "stepped down"),
    ("evening", 10, "stepped down"), ("evening", 10, "stepped down"),
    ("evening", 9, "stepped down"),
    ("morning", 10, "completed"), ("evening", 10, "completed"), ("morning", 9, "completed"),
    ("midday", 9, "completed"), ("morning", 8, "left"), ("evening", 9, "discharged"),
    ("midday", 10, "incarcerated"), ("morning", 6, "asked to leave"),
    ("teen", 7, ""), ("teen", 6, ""), ("teen", 5, "leave"), ("teen", 4, ""), ("teen", 3, ""),
    ("teen", 2, ""), ("teen", 1, ""), ("teen", 6, "left"), ("teen", -1, "planned"),
    ("teen", 10, "completed"),
    ("weekend", 6, ""), ("weekend", 5, "works all week"), ("weekend", 4, ""),
    ("weekend", 3, "works all week"), ("weekend", 2, ""), ("weekend", 1, "works all week"),
    ("weekend", 0, ""), ("weekend", -1, "planned"),
)  # fmt: skip
TEENS = {number for number, stage in enumerate(STAGES, start=1) if stage[0] == "teen"}
LENGTH = 8  # weeks, as planned
ENDS = {  # what is special to how long after the first day, status and reason
    "left": (timedelta(weeks=3, days=3), "left", "dropped out"),
    "discharged": (timedelta(weeks=4, days=2), "discharged", "other"),
    "incarcerated": (timedelta(weeks=2, days=1), "discharged", "incarcerated"),
    "asked to leave": (timedelta(weeks=4, days=3), "discharged", "terminated"),
    "completed": (timedelta(weeks=LENGTH, days=-1), "completed", "completed"),
    "stepped down": (timedelta(weeks=7, days=-1), "transferred", "transferred"),
    "moved": (timedelta(weeks=4, days=-1), "transferred", "transferred"),
    "readmitted": (timedelta(weeks=3, days=-1), "left", "dropped out"),
}
AT_WORK = [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "08:00", "end": "16:30"}]
AT_SCHOOL = [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "08:00", "end": "15:00"}]


def lives(monday: date) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Everyone's enrollments, and the series in which each sees their clinician alone."""
    enrollments, individuals = [], []
    clinicians = {whose: cycle(keys) for whose, keys in CASELOADS.items()}
    slots = {key: list(times) for key, times in INDIVIDUALS.items()}
    for number, (track, weeks, special) in enumerate(STAGES, start=1):
        clinician = next(clinicians[track if track in CASELOADS else SITE_OF[TRACKS[track][0]]])
        first = monday - timedelta(weeks=weeks)
        theirs = _enrollments(number, clinician, first, track, special, monday)
        slot = _free_slot(slots[clinician], theirs[0]["series"])
        if slot is not None and "status" not in theirs[0] and special != "planned":
            slots[clinician].remove(slot)
            individual = _individual(number, clinician, slot, theirs[0])
            individuals.append(individual)
            theirs[0]["series"].append(individual["key"])
        enrollments += [each | approvals(number, each, monday) for each in theirs]
    return enrollments, individuals


def _enrollments(
    number: int, clinician: str, first: date, track: str, special: str, monday: date
) -> list[dict[str, Any]]:
    """One participant's enrollments, in order."""
    one = _enrollment(number, clinician, first, track) | _turn(special, first, monday)
    if special == "transition":
        one["series"] = one["series"][1:]
    if special not in LEADS_TO:
        return [one]
    other = LEADS_TO[special] or ("midday" if track == "evening" else "evening")
    begins = monday - timedelta(weeks=3) if special == "readmitted" else _day_after(one)
    after = _enrollment(number, clinician, begins, other)
    after["key"] = f"{one['key']}-{'again' if special == 'readmitted' else other}"
    if special != "readmitted":  # which begins a new episode
        after["continues"] = one["key"]
    return [one, after]


LEADS_TO = {"stepped down": "aftercare", "moved": None, "readmitted": "midday"}  # a track


def _turn(special: str, first: date, monday: date) -> dict[str, Any]:
    """What an enrollment took a turn by."""
    if special in ENDS:
        length, status, reason = ENDS[special]
        return {"until": first + length, "status": status, "reason": reason}
    less = {"weekly_hours": {"min": 6, "max": 9}, "service_days": {"min": 2}}
    more = {"weekly_hours": {"min": 10, "max": 12}}
    week, day = timedelta(weeks=1), timedelta(days=1)
    turns: dict[str, dict[str, Any]] = {
        "target": {"targets": [{"from": first + 4 * week, **more}]},
        "next target": {"targets": [{"from": monday + week, **less}]},
        "leave": {
            "leave": [{"from": first + week, "until": first + week + 4 * day, "reason": "travel"}]
        },
        "away": {"leave": [{"from": monday, "until": monday + 8 * day, "reason": "surgery"}]},
        "transition": {"transition_weeks": [monday]},
        "wish": {"wished_part": "evening"},
        "works": {"wished_part": "evening", "unavailable": AT_WORK},
        "works all week": {"unavailable": AT_WORK},
    }
    return turns.get(special, {})


def _enrollment(number: int, clinician: str, first: date, track: str) -> dict[str, Any]:
    program, groups, extras = TRACKS[track]
    one: dict[str, Any] = {
        "key": f"e-{number:03d}",
        "participant": f"p-{number:03d}",
        "program": program,
        "from": first,
        "until": first + timedelta(weeks=12 if program == "aftercare" else LENGTH, days=-1),
        "clinician": clinician,
        "series": [*groups, *extras[number % 3 : number % 3 + 1]],
    }
    if program == "teen":
        one |= {"wished_part": "afternoon", "unavailable": AT_SCHOOL}
        one["until"] = first + timedelta(weeks=10, days=-1)
    return one


def _day_after(one: dict[str, Any]) -> date:
    until: date = one["until"]
    return until + timedelta(days=1)


def _free_slot(slots: Sequence[tuple[str, str]], groups: list[str]) -> tuple[str, str] | None:
    """The first time at which somebody on these groups can come for an hour."""
    busy = [
        (day, group.start, group.end)
        for group in GROUPS
        if group.key in groups
        for day in group.days.split()
    ]
    for day, start in slots:
        end = f"{int(start[:2]) + 1:02d}{start[2:]}"
        if all(day != other or end <= begins or ends <= start for other, begins, ends in busy):
            return day, start
    return None


def _individual(
    number: int, clinician: str, slot: tuple[str, str], enrollment: dict[str, Any]
) -> dict[str, Any]:
    day, start = slot
    hour, minute = divmod(int(start[:2]) * 60 + int(start[3:]) + 50, 60)
    return {
        "key": f"individual-{number:03d}",
        "program": enrollment["program"],
        "title": "Individual session",
        "kind": "individual",
        "days": [day],
        "start": start,
        "end": f"{hour:02d}:{minute:02d}",
        "room": OFFICES[clinician],
        "leaders": [clinician],
        "seats": 1,
        "mode": "in_person",
        "from": enrollment["from"],
        "until": enrollment["until"],
    }


Times = dict[str, list[tuple[str, str, str]]]  # who, and on which weekdays from when to when


def busy_times(enrollments: Sequence[dict[str, Any]], series: Sequence[dict[str, Any]]) -> Times:
    """When participants and staff have groups and individual sessions, by key."""
    by_key = {one["key"]: one for one in series}
    busy: Times = defaultdict(list)
    for one in series:
        for leader in one["leaders"]:
            busy[leader] += _times(one)
    for enrollment in enrollments:
        for key in enrollment["series"]:
            busy[enrollment["participant"]] += _times(by_key[key])
    return busy


def _times(series: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    return ((day, series["start"], series["end"]) for day in series["days"])
