"""Lives of people in programs as chance leads them: as facts for `second`, and as rows."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import yaml
from sqlalchemy import insert, select
from sqlalchemy.orm import joinedload

from clinic import programs
from clinic.accounts.models import Account
from clinic.db import db
from clinic.enrollment.models import Enrollment, Leave, Target, TransitionWeek, Unavailability
from clinic.participants.models import Participant
from clinic.permissions import Role
from clinic.programs.models import (
    Kind,
    Level,
    Measure,
    Organization,
    Population,
    Program,
    Rule,
    RuleSet,
    Site,
)
from clinic.schedule.actions.sessions import values_on
from clinic.schedule.models import (
    Booking,
    Method,
    Mode,
    SeatHold,
    Series,
    SeriesPlan,
    Session,
    Status,
)
from tests.hours import second
from tests.hours.second import MINUTE, Life, Meeting, Offered, Place

ZONES = (
    "America/New_York",
    "America/Phoenix",
    "America/Los_Angeles",
    "Europe/Berlin",
    "Australia/Lord_Howe",  # its clocks go by half an hour
)
# Weeks of which a night has 23 or 25 hours somewhere, and quiet ones.
MIDDLES = (
    date(2026, 3, 4),
    date(2026, 3, 25),
    date(2026, 4, 1),
    date(2026, 5, 20),
    date(2026, 9, 30),
    date(2026, 10, 21),
    date(2026, 10, 28),
)
MEMBERS = [kind.value for kind in Kind]
# Rule sets as they come with the product, and one that asks for all there is.
PROVIDED = Path(programs.__file__).parent / "rule_sets.yaml"
RULES: dict[str, list[dict[str, Any]]] = {
    each["key"]: each["rules"] for each in yaml.safe_load(PROVIDED.read_text())
} | {
    "own": [
        {"measure": "unit_minutes_min", "value": 60},
        {"measure": "unit_services_min", "population": "adolescent", "value": 2},
        {"measure": "unit_step_minutes", "value": 60},
        {"measure": "unit_round_minutes", "value": 45},
        {"measure": "unit_session_minutes", "value": 40},
        {"measure": "unit_session_minutes", "kind": "group", "value": 50},
        {"measure": "units_day_max", "value": 3},
    ]
}
STATUSES = (("present",) * 7, ("expected",) * 4, ("no-show", "excused", "late-cancel"))
WEEKS = 3


class World(NamedTuple):
    """A clinic for some weeks, and the instant at which it is looked at."""

    week_starts: int
    weeks: list[date]
    now: datetime
    meetings: list[Meeting]
    lives: list[Life]


def world(random: Random, *, people: int) -> World:
    week_starts = random.choice((0, 0, 6, 3))
    middle = second.first_of(random.choice(MIDDLES), week_starts)
    weeks = [middle + timedelta(weeks=number) for number in (-1, 0, 1)]
    programs = _programs(random)
    meetings = [
        meeting
        for program in programs
        for meeting in _meetings(random, program, weeks, random.randint(8, 13))
    ]
    for number, meeting in enumerate(meetings, 1):
        meeting.id = number
    lives: list[Life] = []
    for person in range(1, people + 1):
        for program in random.sample(programs, random.choice((1, 1, 1, 2))):
            lives.append(_life(random, program, weeks, person, len(lives) + 1))
    for life in lives:
        _book(random, life, lives, meetings, week_starts)
    _hold(random, lives, meetings)
    return World(week_starts, weeks, _instant(random, middle, meetings), meetings, lives)


def _programs(random: Random) -> list[Offered]:
    found: list[Offered] = []
    for site, zone in enumerate(random.sample(ZONES, 2), 1):
        for _ in range(2):
            counted = frozenset(each for each in MEMBERS if random.random() < 0.8)
            found.append(
                Offered(
                    zone,
                    counted,
                    breaks_count=random.random() < 0.3,
                    grace=random.choice((0, 0, 5, 10)),
                    population=random.choice(("adult", "adolescent")),
                    rules=tuple(RULES[random.choice(sorted(RULES))]),
                    site=site,
                    id=len(found) + 1,
                )
            )
    return found


def _meetings(random: Random, program: Offered, weeks: list[date], number: int) -> list[Meeting]:
    found = []
    for _ in range(number * WEEKS):
        day = weeks[0] + timedelta(days=random.randrange(7 * WEEKS))
        begins = random.choice((30, 60, 90, 105, 120, 180, *(range(8 * 60, 21 * 60, 30))))
        minutes = random.choice((45, 50, 60, 90, 120, 180))
        kind = random.choice(("group", "group", "group", *MEMBERS))
        is_alone = random.random() < 0.2
        found.append(
            Meeting(
                program,
                day,
                _wall(begins),
                _wall(begins + minutes),
                kind,
                break_minutes=random.choice((0, 0, 10, 15, 60)),
                is_cancelled=random.random() < 0.08,
                begun_late=random.choice((*[0] * 8, 3, 20, -10)),
                ended_early=random.choice((*[0] * 8, 4, 15, -10)),
                seats=random.choice((2, 3, 6, 12)),
                is_open=not is_alone and random.random() < 0.3,
                is_alone=is_alone,
            )
        )
    return found


def _wall(minute: int) -> time:
    return time(minute // 60, minute % 60)


def _life(random: Random, program: Offered, weeks: list[date], person: int, number: int) -> Life:
    first, last = weeks[0], weeks[-1] + timedelta(days=6)

    def some_day() -> date:
        return first + timedelta(days=random.randrange(-3, 7 * WEEKS + 3))

    from_on = random.choice((first - timedelta(days=40), first, some_day()))
    until_on = random.choice((None, None, max(from_on, last), max(from_on, some_day())))
    targets = {from_on: random.choice((120, 180, 300, 540))}
    if random.random() < 0.4:
        targets[max(from_on, some_day())] = random.choice((60, 240, 360, 480))
    leaves = []
    if random.random() < 0.2:
        begins = some_day()
        leaves.append((begins, begins + timedelta(days=random.randrange(6))))
    return Life(
        program,
        from_on,
        until_on,
        sorted(targets.items()),
        leaves,
        [random.choice(weeks)] if random.random() < 0.15 else [],
        unavailable=_unavailable(random),
        person=person,
        id=number,
    )


def _unavailable(random: Random) -> list[tuple[int, int, int]]:
    if random.random() < 0.6:
        return []
    begins = random.randrange(8, 20) * 60
    return [(random.randrange(7), begins, begins + random.choice((60, 180, 240)))]


def _book(
    random: Random, life: Life, lives: list[Life], meetings: list[Meeting], week_starts: int
) -> None:
    own = {each.program.site for each in lives if each.person == life.person}
    for meeting in meetings:
        # Who goes to two sites in two zones does not do so as a week ends there and begins here.
        is_at_the_edge = (meeting.day.weekday() - week_starts) % 7 in {0, 6}
        if is_at_the_edge and own != {meeting.program.site}:
            continue
        is_own = meeting.program is life.program
        if random.random() > (0.3 if is_own else 0.04):
            continue
        taken = [p for each in lives for p in each.places if p.meeting is meeting]
        if sum(p.status not in {"excused", "late-cancel"} for p in taken) >= meeting.seats:
            continue
        status = random.choice(random.choice((*STATUSES[:1] * 2, *STATUSES[1:])))
        arrived_at = left_at = None
        if status == "present":
            length = second.scheduled(meeting)
            if random.random() < 0.4:
                late = random.choice((-20, 0, 3, 5, 6, 10, 17, 31, length, length + 5))
                arrived_at = meeting.begins_at + late * MINUTE
            if random.random() < 0.3:
                early = random.choice((-9, 0, 2, 5, 7, 10, 12, 40))
                left_at = meeting.ends_at - early * MINUTE
            if arrived_at and left_at and left_at < arrived_at:
                left_at = arrived_at
        life.places.append(Place(meeting, status, arrived_at, left_at))


def _hold(random: Random, lives: list[Life], meetings: list[Meeting]) -> None:
    """Have some seats offered to somebody, the last one, too."""
    for meeting in meetings:
        taken = [p for each in lives for p in each.places if p.meeting is meeting]
        free = meeting.seats - sum(p.status not in {"excused", "late-cancel"} for p in taken)
        if taken and free and random.random() < 0.15:
            meeting.held = random.randint(1, min(free, len(lives)))


def _instant(random: Random, middle: date, meetings: list[Meeting]) -> datetime:
    """Any, or the very one at which a session or a week begins or ends."""
    meeting = random.choice(meetings)
    return random.choice(
        (
            meeting.begins_at,
            meeting.ends_at,
            second.at(middle + timedelta(days=7), time(0), meeting.program.zone),
            datetime.combine(middle, time(0), UTC) + timedelta(minutes=random.randrange(7 * 1440)),
            datetime.combine(middle, time(0), UTC) + timedelta(minutes=random.randrange(7 * 1440)),
        )
    )


# As rows

ALL = (
    SeatHold,
    Booking,
    Session,
    Series,
    Unavailability,
    TransitionWeek,
    Leave,
    Target,
    Enrollment,
    Program,
    Rule,
    RuleSet,
    Site,
    Participant,
    Account,
    Organization,
)


def store(found: World) -> None:
    """Make these the only rows there are."""
    for table in ALL:
        db.execute(table.__table__.delete())
    _add(Organization, [{"id": 1, "name": "Clinic", "week_starts": found.week_starts}])
    offered = {id(each.program): each.program for each in [*found.meetings, *found.lives]}
    programs = {program.id: program for program in offered.values()}
    _add(
        Site,
        [
            {"id": site, "key": f"site-{site}", "name": f"Site {site}", "timezone": zone}
            for site, zone in {(each.site, each.zone) for each in programs.values()}
        ],
    )
    _store_rules()
    _add(Program, [_program_row(each) for each in programs.values()])
    people = sorted({life.person for life in found.lives})
    _add(Account, [{"id": each, "roles": frozenset({Role.PARTICIPANT})} for each in people])
    _add(
        Participant,
        [
            {
                "id": each,
                "key": f"p-{each}",
                "name": f"Person {each}",
                "sort_name": f"person {each}",
                "account_id": each,
            }
            for each in people
        ],
    )
    _store_lives(found.lives)
    _store_meetings(found)
    _store_places(found.lives)
    db.flush()


def _add(table: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        db.execute(insert(table), rows)


def _store_rules() -> None:
    """Under the ids of their places in `RULES`."""
    text = {"jurisdiction": "Ohio", "citation": "Somewhere"}
    numbered = list(enumerate(RULES.items(), 1))
    _add(RuleSet, [{"id": each, "key": key, "name": key, **text} for each, (key, _) in numbered])
    usual = {"population": None, "kind": None, "leaders": None}
    _add(
        Rule,
        [
            {"rule_set_id": each, **usual, **rule, "measure": Measure(rule["measure"])}
            for each, (_, rules) in numbered
            for rule in rules
        ],
    )


def _rule_set_id(program: Offered) -> int | None:
    """None where a rule set has no figures, as a clinic may have none."""
    known = [each for each, rules in enumerate(RULES.values(), 1) if tuple(rules) == program.rules]
    return known[0] if known else None


def _program_row(program: Offered) -> dict[str, Any]:
    return {
        "id": program.id,
        "key": f"program-{program.id}",
        "name": f"Program {program.id}",
        "site_id": program.site,
        "level": Level.INTENSIVE_OUTPATIENT,
        "population": Population(program.population),
        "rule_set_id": _rule_set_id(program),
        "min_minutes": 540,
        "max_minutes": 720,
        "breaks_count": program.breaks_count,
        "grace_minutes": program.grace,
        "counted_kinds": frozenset(map(Kind, program.counted)),
    }


def _store_lives(lives: list[Life]) -> None:
    _add(
        Enrollment,
        [
            {
                "id": life.id,
                "key": f"e-{life.id:04}",
                "participant_id": life.person,
                "program_id": life.program.id,
                "from_on": life.from_on,
                "until_on": life.until_on,
            }
            for life in lives
        ],
    )
    _add(
        Target,
        [
            {"enrollment_id": life.id, "from_on": day, "min_minutes": least, "max_minutes": 1140}
            for life in lives
            for day, least in life.targets
        ],
    )
    _add(
        Leave,
        [
            {"enrollment_id": life.id, "from_on": first, "until_on": last}
            for life in lives
            for first, last in life.leaves
        ],
    )
    _add(
        TransitionWeek,
        [{"enrollment_id": life.id, "week": week} for life in lives for week in life.transitions],
    )
    _add(
        Unavailability,
        [
            {"enrollment_id": life.id, "weekday": day, "from_minute": first, "until_minute": last}
            for life in lives
            for day, first, last in life.unavailable
        ],
    )


def _store_meetings(found: World) -> None:
    """As the product lays them out from a day, wall-clock times and a program."""
    programs = {
        program.id: program
        for program in db.scalars(select(Program).options(joinedload(Program.site)))
    }
    groups = [each for each in found.meetings if not each.is_alone]
    _add(
        Series,
        [
            {
                "id": each.id,
                "key": f"group-{each.id}",
                "program_id": each.program.id,
                "site_id": each.program.site,
                "title": "Group",
                "from_on": each.day,
                "is_open_to_make_ups": each.is_open,
            }
            for each in groups
        ],
    )
    _add(
        Session,
        [_session_row(each, programs[each.program.id], found) for each in found.meetings],
    )


def _session_row(meeting: Meeting, program: Program, found: World) -> dict[str, Any]:
    plan = SeriesPlan(
        kind=Kind(meeting.kind),
        mode=Mode.IN_PERSON,
        starts=meeting.starts,
        ends=meeting.ends,
        break_minutes=meeting.break_minutes,
        seats=meeting.seats,
    )
    values = values_on(
        meeting.day, plan, program, "Group", week_starts=found.week_starts, closures=()
    )
    held = {}
    if meeting.begun_late or meeting.ended_early:
        held = {
            "held_from": values["starts_at"] + meeting.begun_late * MINUTE,
            "held_until": values["ends_at"] - meeting.ended_early * MINUTE,
        }
    return values | {
        "id": meeting.id,
        "series_id": None if meeting.is_alone else meeting.id,
        "planned_on": None if meeting.is_alone else meeting.day,
        "key": f"session-{meeting.id}" if meeting.is_alone else None,
        "uid": f"uid-{meeting.id}",
        "is_cancelled": meeting.is_cancelled,
        "changed_at": found.now,
        "held_from": held.get("held_from"),
        "held_until": held.get("held_until"),
    }


def _store_places(lives: list[Life]) -> None:
    seats: Counter[int] = Counter()
    rows = []
    for life in lives:
        for place in life.places:
            meeting = place.meeting
            has_seat = place.status not in {"excused", "late-cancel"}
            seats[meeting.id] += has_seat
            rows.append(
                {
                    "session_id": meeting.id,
                    "enrollment_id": life.id,
                    "seats": meeting.seats,
                    "seat_no": seats[meeting.id] if has_seat else None,
                    "status": Status(place.status),
                    "method": None if place.status == "expected" else Method.STAFF,
                    "arrived_at": place.arrived_at,
                    "left_at": place.left_at,
                }
            )
    _add(Booking, rows)
    held = {p.meeting.id: p.meeting for life in lives for p in life.places}
    _add(
        SeatHold,
        [
            {
                "session_id": each.id,
                "seats": each.seats,
                "seat_no": seats[each.id] + number,
                "enrollment_id": lives[number - 1].id,
            }
            for each in held.values()
            for number in range(1, each.held + 1)
        ],
    )
