from datetime import timedelta

import pytest

from clinic.amendments import rules
from clinic.amendments.rules import DayOf, Proposal, Stand
from clinic.bookings.rules import ARRIVED_AFTER_END, CANCELLED, LEFT_BEFORE_ARRIVED, TO_COME
from clinic.hours.rules import TimedSession
from clinic.programs.models import Measure, Population, Program, Rule, RuleSet
from clinic.schedule.models import Decision, Method, Status, Why
from clinic.trail import Actor
from tests.bookings.by_hand import MONDAY, NEW_YORK, NOON, TEN, at, so_marked

PRESENT, MISSED = Stand(Status.PRESENT), Stand(Status.NO_SHOW)
SIGNED = TEN._replace(**so_marked(Status.NO_SHOW), signed_at=NOON)
HOUR = TimedSession(at("10:00"), at("11:00"), MONDAY, 60, timedelta(0))
LATER = NOON + timedelta(days=30)


@pytest.mark.parametrize(
    ("booked", "stand", "version", "why_not"),
    [
        (SIGNED, PRESENT, 1, None),
        (SIGNED, None, 1, None),
        (SIGNED._replace(is_cancelled=True), PRESENT, 1, (CANCELLED, None)),
        (TEN, PRESENT, 1, (rules.UNSIGNED, None)),
        (SIGNED, PRESENT, 2, (rules.STALE, None)),
        (SIGNED, PRESENT, None, (rules.STALE, None)),
        (SIGNED, MISSED, 1, (rules.SAME, "attendance")),
        (
            SIGNED,
            Stand(Status.PRESENT, at("11:30")),
            1,
            (ARRIVED_AFTER_END, "arrived"),
        ),
        (
            SIGNED,
            Stand(Status.PRESENT, at("10:30"), at("10:20")),
            1,
            (LEFT_BEFORE_ARRIVED, "left"),
        ),
        (
            SIGNED,
            Stand(Status.PRESENT, None, LATER + timedelta(hours=1)),
            1,
            (TO_COME, "left"),
        ),
    ],
)
def test_why_an_attendance_is_not_amended(booked, stand, version, why_not):
    assert rules.why_not_amend(booked, stand, version=version, now=LATER) == why_not


def test_what_is_amended_stays_signed_as_it_was_and_is_recorded_by_staff():
    after = rules.amended(SIGNED, Stand(Status.PRESENT, at("10:10")), now=LATER)
    assert (after.status, after.arrived_at, after.left_at) == (Status.PRESENT, at("10:10"), None)
    assert (after.signed_at, after.recorded_at, after.method) == (NOON, LATER, Method.STAFF)
    assert rules.amended(TEN, PRESENT, now=LATER).signed_at == LATER  # who is added


@pytest.mark.parametrize(
    ("is_cancelled", "is_signed", "why_not"),
    [
        (True, True, CANCELLED),
        (False, False, rules.SHEET_OPEN),
        (False, True, None),
    ],
)
def test_why_nobody_is_added(is_cancelled, is_signed, why_not):
    assert rules.why_not_add(is_cancelled=is_cancelled, is_signed=is_signed) == why_not


class Row:
    """As an amendment is kept."""

    def __init__(self, before=MISSED, after=PRESENT, **facts):
        for name, stand in (("before", before), ("after", after)):
            for part in ("status", "arrived_at", "left_at", "method"):
                setattr(self, f"{name}_{part}", stand and getattr(stand, part))
        self.session_id, self.enrollment_id, self.booking_id = 1, 2, 3
        self.before_version = 4 if before else None
        self.minutes, self.why, self.words = 60, Why.TIMES, "Typed wrong"
        self.decision, self.asked_by_id = Decision.WAITING, 7
        self.starts_at, self.ends_at, self.grace_minutes = at("10:00"), at("11:00"), 5
        self.timezone = NEW_YORK.key
        vars(self).update(facts)


def test_a_proposal_is_kept_whole():
    kiosk = Stand(Status.PRESENT, at("10:12"), at("10:40"), Method.KIOSK)
    row = Row(kiosk, MISSED)
    assert rules.proposal_of(row) == Proposal(
        1, 2, 3, 4, kiosk, MISSED, 60, Why.TIMES, "Typed wrong"
    )
    assert rules.proposal_of(Row(None)).before is None
    assert rules.proposal_of(Row(after=None)).after is None
    assert rules.before_words(row) == "Late, 12 min, left early (arrived 10:12 am, left 10:40 am)"
    assert rules.after_words(row) == "No-show"
    assert rules.after_words(Row(after=None)) == "Not on the sheet"


@pytest.mark.parametrize(
    ("decision", "who", "why_not"),
    [
        (Decision.WAITING, 8, None),
        (Decision.WAITING, 7, rules.ANOTHER_PERSON),
        (Decision.MADE, 8, rules.DECIDED),
        (Decision.DECLINED, 7, rules.DECIDED),
    ],
)
def test_a_second_person_decides_once(decision, who, why_not):
    assert rules.why_not_decide(Row(decision=decision), Actor("account", who)) == why_not


@pytest.mark.parametrize(
    ("booked", "before", "is_changed"),
    [
        (SIGNED, MISSED, False),
        (SIGNED, MISSED._replace(method=Method.KIOSK), False),  # what stands counts
        (SIGNED, PRESENT, True),
        (None, MISSED, True),  # taken off meanwhile
        (None, None, False),
        (SIGNED, None, True),  # added meanwhile
    ],
)
def test_what_was_asked_for_is_of_what_stood_then(booked, before, is_changed):
    assert (rules.why_changed(booked, before) is not None) == is_changed


@pytest.mark.parametrize(
    ("stand", "minutes"),
    [
        (PRESENT, 60),
        (Stand(Status.PRESENT, at("10:15")), 45),
        (Stand(Status.PRESENT, None, at("10:30")), 30),
        (MISSED, 0),
        (Stand(Status.EXCUSED), 0),
        (None, 0),
    ],
)
def test_minutes_that_count_of_what_stands(stand, minutes):
    assert rules.minutes_of(HOUR, stand) == minutes


@pytest.mark.parametrize(
    ("minutes", "most", "needed"),
    [
        (60, 60, False),
        (61, 60, True),
        (-61, 60, True),
        (0, 0, False),
        (1, 0, True),
        (-60, 60, False),
    ],
)
def test_large_amendments_need_a_second_person(minutes, most, needed):
    assert rules.needs_second(minutes, most) == needed


def test_minutes_in_words():
    assert rules.minutes_words(90) == "1 h 30 min more"
    assert rules.minutes_words(-45) == "45 min fewer"
    assert rules.minutes_words(0) == "no minutes more or fewer"
    assert rules.waits_words(-90, 60).startswith(
        "This changes more than 1 h (1 h 30 min fewer): a second person has to agree"
    )
    assert rules.waits_words(90, 0).startswith("This changes hours (1 h 30 min more):")


@pytest.mark.parametrize(("units", "as_what"), [(1, "1 unit:"), (4, "4 units:"), (0, "no unit:")])
def test_that_a_day_was_claimed_is_said_before_it_is_amended(units, as_what):
    words = rules.claimed_words(units)
    assert words.startswith(f"This day has been exported to billing as {as_what}")


def program(*figures):
    rules = [Rule(measure=measure, value=value) for measure, value in figures]
    rule_set = RuleSet(name="H0015", rules=rules) if figures else None
    return Program(population=Population.ADULT, rule_set=rule_set)


def test_a_day_is_told_by_the_minutes_and_services_of_its_sessions():
    day = rules.day_of([60, 0, 90])
    assert day == DayOf(150, 2)
    more = Proposal(1, 2, 3, 4, MISSED, PRESENT, 60, Why.TIMES, None)
    assert rules.day_with(day, HOUR, more) == DayOf(210, 3)
    fewer = more._replace(before=PRESENT, after=None)
    assert rules.day_with(day, HOUR, fewer) == DayOf(90, 1)
    shorter = more._replace(before=PRESENT, after=Stand(Status.PRESENT, at("10:30")))
    assert rules.day_with(day, HOUR, shorter) == DayOf(120, 2)


@pytest.mark.parametrize(
    ("day", "figures", "words"),
    [
        (DayOf(0, 0), [(Measure.DAY_MINUTES_MIN, 180)], "none: 0 min"),
        (DayOf(90, 1), [], "1 h 30 min"),
        (DayOf(90, 1), [(Measure.WEEK_DAYS_MIN, 3)], "1 h 30 min"),
        (
            DayOf(90, 1),
            [(Measure.DAY_MINUTES_MIN, 180)],
            "1 h 30 min, but H0015 asks for 3 h",
        ),
        (
            DayOf(90, 1),
            [(Measure.DAY_MINUTES_MIN, 180), (Measure.DAY_SERVICES_MIN, 3)],
            "1 h 30 min, but H0015 asks for 3 h and 3 services",
        ),
        (DayOf(180, 3), [(Measure.DAY_MINUTES_MIN, 180)], "3 h, enough for H0015"),
    ],
)
def test_a_service_day_by_what_the_rule_set_asks_of_one(day, figures, words):
    change = rules.day_change(MONDAY, day, DayOf(0, 0), program(*figures))
    assert (change.what, change.before) == ("The whole day, Mon, Mar 2", words)
    assert change.after == "none: 0 min"
