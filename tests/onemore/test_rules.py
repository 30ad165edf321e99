from datetime import date, timedelta
from itertools import combinations
from random import Random

import pytest

from clinic.clock import zone
from clinic.days import DAY, Span, WeeklyTime, times_of, wall_at
from clinic.onemore import rules
from clinic.onemore.rules import Chance, Hall, Person
from tests.make import ZONE, instant

MONDAY = date(2026, 3, 2)


def span(day: int, start: float, end: float) -> Span:
    midnight = instant(f"{MONDAY + day * DAY} 00:00")
    return Span(midnight + timedelta(hours=start), midnight + timedelta(hours=end))


def chance(day: int = 0, start: float = 9, end: float = 12, **facts: object) -> Chance:
    on = MONDAY + day * DAY
    minutes = [round(hour * 60) for hour in (start, end)]
    made = Chance(
        1, 1, False, on, *span(day, start, end), WeeklyTime(on.weekday(), *minutes),
        minutes[1] - minutes[0], 8, ((1, 4), (2, 8)), (7,),
    )  # fmt: skip
    return made._replace(**facts)


def person(number: int = 1, missing: int = 180, **facts: object) -> Person:
    return Person(number, number, f"Person {number}", None, 1, 1, missing)._replace(**facts)


@pytest.mark.parametrize(
    ("facts", "can"),
    [
        ({}, True),
        ({"program_id": 2}, False),
        ({"away": frozenset({MONDAY})}, False),
        ({"away": frozenset({MONDAY + DAY})}, True),
        ({"busy": (span(0, 11, 13),)}, False),
        ({"busy": (span(0, 12, 13), span(1, 9, 12))}, True),
        ({"unavailable": (WeeklyTime(0, 0, 10 * 60),)}, False),
        ({"unavailable": (WeeklyTime(0, 0, 9 * 60),)}, True),
    ],
)
def test_who_is_of_its_program_and_free_can_come(facts, can):
    assert rules.can_come(person(**facts), chance()) is can


def test_one_open_to_make_ups_is_for_other_programs_of_its_site():
    other = person(program_id=2)
    assert rules.can_come(other, chance(is_open=True))
    assert not rules.can_come(other._replace(site_id=2), chance(is_open=True))


def test_seats_go_first_to_who_reaches_their_hours_by_it_then_to_whom_it_brings_the_most():
    people = [person(1, 240), person(2, 30), person(3, 180), person(4, 300)]
    found = rules.coming(chance(seats=3), people)
    assert [each.enrollment_id for each in found.reach] == [3, 2]
    assert [each.enrollment_id for each in found.closer] == [1]
    assert found.minutes == 180 + 30 + 180


def test_a_person_of_two_enrollments_comes_for_the_one_that_it_helps_more():
    people = [person(1, 240), person(2, 180, participant_id=1)]
    found = rules.coming(chance(), people)
    assert [each.enrollment_id for each in found.people] == [2]


def test_who_leads_has_most_of_them_in_their_caseload_and_the_room_is_the_smallest_for_them():
    people = [person(number, clinician_id=9 if number > 2 else 8) for number in range(1, 6)]
    found = rules.coming(chance(leaders=(7, 8, 9)), people)
    assert (found.lead_id, found.room) == (9, (2, 8))
    few = rules.coming(chance(leaders=(7, 9)), people[:2])
    assert (few.lead_id, few.room) == (7, (1, 4))


def test_of_several_that_bring_as_much_it_is_the_earliest_and_the_shortest():
    people = [person(1, 60), person(2, 60)]
    late, early = chance(1, 9, 10), chance(0, 9, 10)
    longer = chance(0, 9, 11)
    assert rules.best([late, longer, early], people).chance == early
    most = chance(4, 9, 12)
    assert rules.best([early, most], [person(1, 60), person(2, 180)]).chance == most
    closer = rules.best([early, chance(1, 9, 11)], [*people[:1], person(2, 180)])
    assert closer.chance.day == MONDAY + DAY


def test_where_nobody_reaches_their_hours_there_is_none():
    assert rules.best([chance(0, 9, 10)], [person(1, 90)]) is None
    assert rules.best([], [person()]) is None


def brute_force(chances: list[Chance], people: list[Person]) -> tuple[int, int]:
    """The most people who reach their hours, and the most minutes with so many: every set of
    people on every chance."""
    most = (0, 0)
    for each in chances:
        able = []
        for one in people:
            is_free = not any(
                taken.starts_at < each.ends_at and each.starts_at < taken.ends_at
                for taken in one.busy
            )
            if is_free and one.program_id == each.program_id and each.day not in one.away:
                able.append(one)
        for size in range(1, min(each.seats, len(able)) + 1):
            for group in combinations(able, size):
                if len({one.participant_id for one in group}) == size:
                    reach = sum(one.missing <= each.credit for one in group)
                    minutes = sum(min(one.missing, each.credit) for one in group)
                    most = max(most, (reach, minutes))
    return most


def test_nothing_brings_more_people_or_minutes_than_what_is_found():
    drawn = Random(7)
    for _ in range(150):
        people = [
            person(
                number,
                drawn.choice([30, 60, 90, 150, 200]),
                participant_id=drawn.choice([number, 1]),
                program_id=drawn.choice([1, 1, 2]),
                busy=tuple(span(drawn.randrange(2), hour, hour + 2) for hour in (8, 11))[
                    : drawn.randrange(3)
                ],
                away=frozenset({MONDAY} if drawn.random() < 0.2 else ()),
            )
            for number in range(1, 6)
        ]
        chances = [
            chance(
                drawn.randrange(2),
                start := drawn.choice([8, 9, 10.5]),
                start + drawn.choice([1, 1.5, 2]),
                seats=drawn.randrange(1, 4),
                program_id=drawn.choice([1, 2]),
            )
            for _ in range(4)
        ]
        found = rules.best(chances, people)
        most = brute_force(chances, people)
        assert (len(found.reach), found.minutes) == most if found else most[0] == 0


def hours_of(found):
    at = instant(f"{MONDAY} 00:00")
    return {
        ((each[0].starts_at - at).seconds / 3600, (each[0].ends_at - at).seconds / 3600): each[2:]
        for each in found
    }


def test_times_are_those_at_which_somebody_and_a_room_are_free():
    free = {1: [span(0, 9.25, 11)], 2: [span(0, 10, 11.5)]}
    halls = [Hall(5, 4, [span(0, 10.5, 12)]), Hall(6, 8, [span(0, 9, 10)])]
    assert hours_of(rules.times(MONDAY, free, halls, at=zone(ZONE))) == {
        (9.5, 10.5): (((5, 4),), (1,)),
        (10, 11): (((6, 8),), (1, 2)),
        (10, 11.5): (((6, 8),), (2,)),
        (10.5, 11.5): (((6, 8),), (2,)),
    }


def test_a_time_is_on_the_clock_of_its_site():
    ((_, at, _, _),) = rules.times(MONDAY, {1: [span(0, 9, 10)]}, [Hall(5, 4, [])], at=zone(ZONE))
    assert at == WeeklyTime(0, 9 * 60, 10 * 60)


def test_a_time_on_the_night_of_the_clocks_is_what_its_walls_say():
    night = date(2026, 11, 1)
    free = [Span(instant(f"{night} 00:30"), instant(f"{night} 03:00"))]
    found = [each[:2] for each in rules.times(night, {1: free}, [Hall(5, 4, [])], at=zone(ZONE))]
    assert found
    for one, at in found:
        walls = wall_at(at.from_minute), wall_at(at.until_minute)
        assert times_of(night, *walls, zone(ZONE)) == one
