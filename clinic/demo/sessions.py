"""The sessions of the demonstration that belong to no group, and how people come to all."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple

from clinic.demo.lives import OFFICES, TEENS, Times
from clinic.demo.offers import SHORT_DAYS, works
from clinic.programs.models import Kind
from clinic.schedule.models import Session, Status

INTAKE = ("11:00", "11:45"), ("12:30", "13:15"), ("14:45", "15:30"), ("16:30", "17:15")
FAMILY = ("16:30", "17:20"), ("12:30", "13:20"), ("14:45", "15:35"), ("18:30", "19:20")
REVIEW = ("13:00", "13:45"), ("16:15", "17:00"), ("11:15", "12:00"), ("15:30", "16:15")
FAMILIES = (1, 53, 4, 25, 13, 51, 7, 55, 16, 22)  # of these participants, one after the other
REVIEWS = (2, 12, 21, 3, 52, 14, 24, 54)
SUNDAY = 6
CANCELLED = 6  # of the family sessions, counted from the first
RELIABILITY = (0.74, 0.98)  # shares of days on which people come, from worst to best
LATE, EARLY = 0.09, 0.04  # shares of those who come
LEFT_OPEN = 0.2  # share of people whom the latest sheets say nothing of yet
LEFT_UNSIGNED = 0.08  # share of complete sheets that nobody has signed yet
SIGNED_AFTER = timedelta(hours=16)  # so yesterday evening's are still to be signed
STEADY = {37, 61, 63}  # participants who miss nothing
UNMARKED = {61, 63}  # of whom Sunday's sheets say nothing, in this week and the one before
STAYS_AWAY = {  # for how many days from today, and what they say of it
    "p-009": (6, "travel"),
    "p-026": (6, "work"),
    "p-054": (6, "school trip"),
}
ABSENCES = (
    Status.EXCUSED,
    Status.EXCUSED,
    Status.LATE_CANCEL,
    Status.NO_SHOW,
    Status.NO_SHOW,
)


def one_offs(
    monday: date, enrollments: Sequence[dict[str, Any]], busy: Times
) -> Iterator[dict[str, Any]]:
    """Three weeks back and two ahead, each where its people have time."""
    by_key = {one["key"]: one for one in enrollments}
    planner = _Planner(busy)
    begun = monday - timedelta(weeks=3)
    for one in enrollments:
        first = one["from"]
        if "continues" not in one and begun <= first <= monday + timedelta(weeks=1):
            yield from planner.find(one, first, "Intake", "individual", INTAKE, seats=1)
    for kind, numbers, times in (("family", FAMILIES, FAMILY), ("individual", REVIEWS, REVIEW)):
        title = "Family session" if kind == "family" else "Plan review"
        for n, number in enumerate(numbers):
            day = monday + timedelta(days=-19 + 4 * n + (kind == "family"))
            one = by_key[f"e-{number:03d}"]
            seats = 4 if kind == "family" else 1
            for found in planner.find(one, day, title, kind, times, seats=seats):
                is_off = kind == "family" and n == CANCELLED
                yield found | ({"cancelled": "family could not come"} if is_off else {})


class _Planner:
    """Gives times to sessions so that nobody is wanted twice."""

    def __init__(self, busy: Times) -> None:
        self.busy = busy
        self.dated: list[tuple[str, date, str, str]] = []

    def find(
        self,
        one: dict[str, Any],
        wished: date,
        title: str,
        kind: str,
        times: Sequence[tuple[str, str]],
        *,
        seats: int,
    ) -> Iterator[dict[str, Any]]:
        """The first time from a day on that suits, within a week and the enrollment; or none."""
        clinician, participant = one["clinician"], one["participant"]
        for days in range(7):
            day = wished + timedelta(days=days)
            if not one["from"] <= day <= one["until"] or _is_away(one, day):
                continue
            for start, end in times:
                if int(participant[2:]) in TEENS and start < "15:00":
                    continue
                people = (clinician, participant)
                if works(clinician, day, start, end) and all(
                    self._is_free(each, day, start, end) for each in people
                ):
                    self.dated += [(each, day, start, end) for each in people]
                    what = {"title": title, "kind": kind, "seats": seats}
                    yield what | _dated(one, title, day, start, end)
                    return

    def _is_free(self, who: str, day: date, start: str, end: str) -> bool:
        weekday = SHORT_DAYS[day.weekday()]
        weekly = ((first, last) for name, first, last in self.busy[who] if name == weekday)
        dated = ((first, last) for key, on, first, last in self.dated if (key, on) == (who, day))
        return all(end <= first or last <= start for first, last in (*weekly, *dated))


def _dated(one: dict[str, Any], title: str, day: date, start: str, end: str) -> dict[str, Any]:
    clinician = one["clinician"]
    return {
        "key": f"{title.lower().partition(' ')[0]}-{one['key']}-{day}",
        "program": one["program"],
        "date": day,
        "start": start,
        "end": end,
        "room": OFFICES[clinician],
        "leaders": [clinician],
        "mode": "in_person",
        "enrollments": [one["key"]],
    }


def _is_away(one: dict[str, Any], day: date) -> bool:
    return any(leave["from"] <= day <= leave["until"] for leave in one.get("leave", []))


class Happened(NamedTuple):
    """What became of one person at one session; minutes after its start and before its end."""

    status: Status
    late: int = 0
    early: int = 0


def is_unmarked(number: int, session: Session) -> bool:
    """Whether a sheet of the last two weeks says nothing of that participant."""
    return number in UNMARKED and session.day.weekday() == SUNDAY and session.kind is Kind.GROUP


def what_happened(random: Random, reliability: float) -> Happened:
    """Whether one person comes on a day, and else what it is that keeps them away."""
    if random.random() < reliability:
        return Happened(Status.PRESENT)
    return Happened(random.choice(ABSENCES))


def how_present(random: Random) -> Happened:
    """How somebody who comes is there at one session."""
    late = random.randrange(6, 26) if random.random() < LATE else 0
    early = random.randrange(10, 36) if random.random() < EARLY else 0
    return Happened(Status.PRESENT, late, 0 if late else early)  # not both, in a short session
