from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from clinic.billable import rules
from clinic.billable.rules import Figures, Held, Hold, Lost, Next, Part, Uncounted
from clinic.programs.actions import _provided
from clinic.programs.models import Kind, Measure, Population, Rule
from clinic.schedule.models import Status

TUESDAY = date(2026, 3, 3)
PER_DIEM = Figures(minutes_min=180, units_max=1)
QUARTERS = Figures(step=15, round_from=8)
BY_EIGHT = ((0, 0), (7, 0), (8, 1), (22, 1), (23, 2), (37, 2), (38, 3), (53, 4), (240, 16))
SERVICES = Figures(level_services=4, units_max=1)


def part(number=1, credit=90, **facts):
    """One that somebody attended to the end."""
    plain = {"delivered": credit, "kind": Kind.GROUP, "status": Status.PRESENT, "credit": credit}
    starts_at = datetime(2026, 3, 3, 8 + number, tzinfo=UTC)
    return Part(session_id=number, starts_at=starts_at, **plain | facts)


def missed(number=1, credit=90, status=Status.NO_SHOW):
    return part(number, credit, delivered=0, status=status)


def to_record(number=1, credit=90):
    return part(number, credit, delivered=0, status=Status.EXPECTED, unconfirmed=credit)


def ahead(number=1, credit=90, **facts):
    return part(
        number, credit, **{"delivered": 0, "status": Status.EXPECTED, "upcoming": credit} | facts
    )


def day(*parts, figures=PER_DIEM, is_over=True, **facts):
    return rules.day_of(figures, parts, is_over=is_over, **facts)


@pytest.mark.parametrize(
    ("figures", "minutes", "services", "units"),
    [
        (PER_DIEM, 179, 3, 0),
        (PER_DIEM, 180, 1, 1),
        (PER_DIEM, 600, 5, 1),
        (SERVICES, 30, 0, 0),
        (SERVICES, 30, 1, 1),
        (SERVICES, 300, 5, 1),
        (Figures(minutes_min=60, services_min=2), 120, 1, 0),
        (Figures(minutes_min=60, services_min=2), 59, 2, 0),
        (Figures(minutes_min=60, services_min=2), 60, 2, 1),
        *((QUARTERS, minutes, 1, units) for minutes, units in BY_EIGHT),
        (QUARTERS._replace(units_max=4), 240, 1, 4),
        (QUARTERS._replace(minutes_min=30), 29, 1, 0),
        (QUARTERS._replace(minutes_min=30), 30, 1, 2),
        (Figures(step=60, round_from=60), 119, 1, 1),
        (Figures(step=60, round_from=60), 120, 1, 2),
    ],
)
def test_minutes_and_services_of_a_day_become_units(figures, minutes, services, units):
    assert rules.units_of(figures, minutes, services) == units


def rule(measure, value, population=None, kind=None):
    return Rule(measure=measure, value=value, population=population, kind=kind)


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ([], None),
        ([(Measure.DAY_MINUTES_MIN, 180)], None),
        ([(Measure.UNITS_DAY_MAX, 1)], None),
        ([(Measure.UNIT_STEP_MINUTES, 0)], None),
        ([(Measure.UNIT_MINUTES_MIN, 180), (Measure.UNITS_DAY_MAX, 1)], PER_DIEM),
        ([(Measure.UNIT_MINUTES_MIN, 120, Population.ADOLESCENT)], None),
        ([(Measure.UNIT_STEP_MINUTES, 15), (Measure.UNIT_ROUND_MINUTES, 8)], QUARTERS),
        ([(Measure.UNIT_STEP_MINUTES, 60)], Figures(step=60, round_from=60)),
        (
            [(Measure.UNIT_STEP_MINUTES, 15), (Measure.UNIT_ROUND_MINUTES, 20)],
            Figures(step=15, round_from=15),
        ),
        (
            [(Measure.UNIT_STEP_MINUTES, 15), (Measure.UNIT_ROUND_MINUTES, 0)],
            Figures(step=15, round_from=15),
        ),
        (
            [
                (Measure.UNIT_SERVICES_MIN, 0),
                (Measure.UNIT_LEVEL_SERVICES, 4),
                (Measure.UNITS_DAY_MAX, 1),
                (Measure.UNIT_SESSION_MINUTES, 50, None, Kind.INDIVIDUAL),
            ],
            SERVICES._replace(session_min=((Kind.INDIVIDUAL, 50),)),
        ),
    ],
)
def test_a_rule_set_says_what_makes_a_unit_or_does_not(figures, said):
    found = rules.figures_of([rule(*each) for each in figures], Population.ADULT)
    assert found == said


def test_rule_sets_that_come_with_the_product_say_it_where_somebody_pays_by_them():
    said = {
        shape["key"]: rules.figures_of([rule(*each[:4]) for each in shape["rules"]], population)
        for shape in _provided()
        for population in [Population.ADOLESCENT]
    }
    assert {key: found for key, found in said.items() if found} == {
        "medicare-iop": SERVICES,
        "h0015": PER_DIEM,
        "virginia": PER_DIEM._replace(minutes_min=120),
        "north-carolina-saiop": PER_DIEM,
        "arizona-s9480": PER_DIEM,
        "units-15-minutes": QUARTERS,
    }


def test_a_day_adds_up_its_sessions():
    found = day(part(1), missed(2), part(3, 100))
    assert found == rules.BillableDay(
        units=1,
        level=1,
        minutes=190,
        services=2,
        counted=(1, 3),
        unconfirmed=0,
        upcoming=0,
        holds=(),
    )
    assert found.is_billable


@pytest.mark.parametrize(("services", "level"), [(0, 0), (1, 1), (3, 1), (4, 2), (5, 2)])
def test_more_services_are_paid_at_a_higher_rate(services, level):
    sessions = [part(number, 45) for number in range(services)]
    assert day(*sessions, figures=SERVICES).level == level


def test_a_session_of_which_too_little_was_attended_is_no_service():
    figures = SERVICES._replace(session_min=((Kind.INDIVIDUAL, 50),))
    short = part(1, 60, delivered=40, kind=Kind.INDIVIDUAL)
    found = day(short, part(2, 40), figures=figures)
    assert (found.services, found.minutes, found.counted) == (1, 40, (2,))
    assert rules.uncounted(figures, [short, part(2, 40)], found) == [
        Uncounted(1, 20, Lost.NOT_THERE),
        Uncounted(1, 40, Lost.TOO_SHORT),
    ]


@pytest.mark.parametrize(
    ("parts", "facts", "holds"),
    [
        ([part(1, 180)], {}, []),
        ([missed(1, 180)], {}, []),
        ([ahead(1, 180)], {"is_over": False}, []),
        ([], {}, []),
        ([part(1, 180, is_signed=False)], {}, [(Hold.UNSIGNED, 1)]),
        ([part(1, 180), missed(2)._replace(is_signed=False)], {}, []),
        ([part(1, 180), to_record(2)], {}, [(Hold.UNCONFIRMED, 2)]),
        ([part(1, 90), to_record(2)], {}, [(Hold.UNCONFIRMED, 2)]),
        ([part(1, 90), to_record(2, 60)], {}, [(Hold.UNCONFIRMED, 2), (Hold.UNDER, None)]),
        ([part(1, 90)], {}, [(Hold.UNDER, None)]),
        ([part(1, 90)], {"is_over": False}, []),
        ([part(1, 90, is_amended=True)], {}, [(Hold.AMENDMENT, 1)]),
        ([missed(1)._replace(is_amended=True)], {}, [(Hold.AMENDMENT, 1)]),
        ([part(1, 180, is_licensed=False)], {}, [(Hold.NO_LICENSE, 1)]),
        ([part(1, 180), missed(2)._replace(is_licensed=False)], {}, []),
        (
            [part(1, 180), part(2, 40, is_licensed=False)],
            {"figures": PER_DIEM._replace(session_min=((Kind.GROUP, 50),))},
            [],
        ),
        ([part(1, 180)], {"is_authorized": False}, [(Hold.NO_AUTHORIZATION, None)]),
        ([part(1, 180)], {"figures": None}, [(Hold.NO_FIGURE, None)]),
        ([part(1, 60)], {"figures": None, "is_authorized": False}, [(Hold.NO_FIGURE, None)]),
        (
            [part(1, 60, is_signed=False, is_licensed=False), to_record(2)],
            {"is_authorized": False, "is_over": False},
            [
                (Hold.UNCONFIRMED, 2),
                (Hold.UNSIGNED, 1),
                (Hold.NO_AUTHORIZATION, None),
                (Hold.NO_LICENSE, 1),
            ],
        ),
        (  # without a unit, nobody has to find an authorization or a license
            [part(1, 60, is_signed=False, is_licensed=False), to_record(2)],
            {"is_authorized": False},
            [(Hold.UNCONFIRMED, 2), (Hold.UNSIGNED, 1), (Hold.UNDER, None)],
        ),
    ],
)
def test_what_holds_a_day_back(parts, facts, holds):
    found = day(*parts, **facts)
    assert found.holds == tuple(Held(*each) for each in holds)
    assert found.reasons == tuple(hold for hold, _ in holds)
    assert found.is_billable == (bool(found.units) and not holds)


def test_the_same_reason_twice_is_said_once():
    found = day(part(1, is_signed=False), part(2, is_signed=False))
    assert (len(found.holds), found.reasons) == (2, (Hold.UNSIGNED,))


@pytest.mark.parametrize(
    ("figures", "one", "lost"),
    [
        (PER_DIEM, part(1, 90, is_cancelled=True, delivered=0), [(1, 90, Lost.CANCELLED)]),
        (PER_DIEM, part(1, 60, is_counted=False, delivered=0), [(1, 60, Lost.OTHER_KIND)]),
        (PER_DIEM, missed(1), [(1, 90, Lost.ABSENT)]),
        (PER_DIEM, missed(1, status=Status.LATE_CANCEL), [(1, 90, Lost.ABSENT)]),
        (PER_DIEM, missed(1, status=Status.EXCUSED), [(1, 90, Lost.EXCUSED)]),
        (PER_DIEM, to_record(1), [(1, 90, Lost.UNCONFIRMED)]),
        (PER_DIEM, ahead(1), []),
        (PER_DIEM, part(1, 90, delivered=0), [(1, 90, Lost.NOT_THERE)]),
        (PER_DIEM, part(1, 240), []),
        (None, part(1, 90, delivered=80), [(1, 10, Lost.NOT_THERE)]),
        (QUARTERS, part(1, 66), [(None, 6, Lost.REST)]),
        (QUARTERS, part(1, 68), []),
        (QUARTERS._replace(units_max=2), part(1, 60), [(None, 30, Lost.REST)]),
    ],
)
def test_minutes_that_do_not_count_say_why(figures, one, lost):
    found = day(one, figures=figures)
    expected = [Uncounted(*each) for each in lost]
    assert rules.uncounted(figures, [one], found) == expected


@pytest.mark.parametrize(
    ("figures", "parts", "lacking"),
    [
        (PER_DIEM, [part(1, 180)], None),
        (Figures(minutes_min=180), [part(1, 180)], None),
        (PER_DIEM, [part(1, 130)], Next(50, 0)),
        (PER_DIEM, [part(1, 130), ahead(2, 30), ahead(3, 60)], Next(50, 0, 3)),
        (PER_DIEM, [], Next(180, 0)),
        (SERVICES, [], Next(0, 1)),
        (QUARTERS, [part(1, 60)], Next(8, 0)),
        (QUARTERS, [part(1, 60), ahead(2, 7)], Next(8, 0)),
        (QUARTERS, [part(1, 60), ahead(2, 8)], Next(8, 0, 2)),
        (QUARTERS._replace(units_max=4), [part(1, 60)], None),
        (
            SERVICES._replace(services_min=2, session_min=((Kind.GROUP, 50),)),
            [part(1, 60), ahead(2, 45), ahead(3, 50)],
            Next(0, 1, 3),
        ),
    ],
)
def test_what_the_next_unit_asks_for(figures, parts, lacking):
    found = day(*parts, figures=figures, is_over=False)
    assert rules.next_unit(figures, parts, found) == lacking


@pytest.mark.parametrize(
    ("lacking", "words"),
    [
        (Next(50, 0), "50 min"),
        (Next(0, 1), "1 service"),
        (Next(130, 2), "2 h 10 min and 2 services"),
    ],
)
def test_what_is_lacking_is_said_in_words(lacking, words):
    assert rules.lacking_words(lacking) == words


@pytest.mark.parametrize(
    ("leader", "is_licensed"),
    [
        ({}, False),
        ({"license_number": "SW-1"}, False),
        ({"license_number": "SW-1", "license_expires_on": TUESDAY}, True),
        ({"license_number": "SW-1", "license_expires_on": date(2026, 3, 2)}, False),
        ({"license_number": "SW-1", "license_expires_on": TUESDAY, "has_led": False}, False),
        ({"signed_license_number": "SW-1", "signed_license_until": TUESDAY}, True),
        (
            {
                "license_number": "SW-1",
                "license_expires_on": date(2027, 1, 1),
                "signed_license_number": "SW-1",
                "signed_license_until": date(2026, 3, 2),
            },
            False,
        ),
        (
            {
                "license_number": "SW-1",
                "license_expires_on": date(2027, 1, 1),
                "signed_license_number": "SW-1",
            },
            True,
        ),
    ],
)
def test_a_license_is_judged_as_it_was_when_the_sheet_was_signed(leader, is_licensed):
    names = "license_number license_expires_on signed_license_number signed_license_until has_led"
    row = SimpleNamespace(**dict.fromkeys(names.split()) | leader)
    assert rules.is_licensed([row], TUESDAY) == is_licensed
    assert rules.is_licensed([], TUESDAY) is False
