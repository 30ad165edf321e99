from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from clinic.claims import rules
from clinic.claims.rules import NONE, Anew, Claim, Correction, Day, Other, Settlement, Worth
from clinic.days import Range
from clinic.formats import day_short
from clinic.receipts.models import Settled

DAY = date(2026, 3, 2)
UNIT, LONGER, TWO = Worth(1, 1, 180), Worth(1, 1, 200), Worth(2, 1, 360)
HIGHER = Worth(1, 2, 240)


def a_day(worth=UNIT, enrollment=1, sessions=(7,), **facts):
    return Day(enrollment, DAY, worth, len(sessions), sessions, **facts)


def a_claim(*settlements, receipt=5, claimed=UNIT):
    return Claim(receipt, 1, DAY, claimed, tuple(Settlement(*each) for each in settlements))


def test_days_are_ready_or_held_or_were_exported_before():
    ready, held, before = a_day(), a_day(enrollment=2, is_billable=False), a_day(enrollment=3)
    worthless = a_day(NONE, enrollment=4, sessions=())
    found = rules.sort([ready, held, before, worthless], {before.key})
    assert found == rules.Sorted([ready], [held], 1)


@pytest.mark.parametrize(
    "other",
    [
        a_day(LONGER),
        a_day(sessions=(8,)),
        a_day(enrollment=2),
        a_day(code="H0015"),
        a_day(authorization_number="A1"),
    ],
)
def test_what_was_looked_at_is_told_from_anything_else(other):
    assert rules.sort([a_day()], ()).digest != rules.sort([other], ()).digest
    both = [a_day(), a_day(enrollment=2)]
    assert rules.sort(both, ()).digest == rules.sort(both[::-1], ()).digest


@pytest.mark.parametrize(
    ("settlements", "now", "differs"),
    [
        ((), UNIT, False),
        ((), NONE, True),
        ((), LONGER, True),
        ([(Settled.LEFT, NONE)], NONE, False),
        ([(Settled.LEFT, NONE)], UNIT, False),  # as the payer has it
        ([(Settled.LEFT, NONE)], LONGER, True),
        ([(Settled.CORRECTED, NONE)], NONE, False),
        ([(Settled.CORRECTED, NONE)], UNIT, True),  # the payer has none by now
        ([(Settled.LEFT, NONE), (Settled.CORRECTED, LONGER)], NONE, True),
        ([(Settled.CORRECTED, NONE), (Settled.LEFT, UNIT)], UNIT, False),
        ([(Settled.CORRECTED, NONE), (Settled.LEFT, UNIT)], NONE, False),
        ([(Settled.CORRECTED, NONE), (Settled.CORRECTED, UNIT)], NONE, True),
    ],
)
def test_a_claim_is_listed_as_long_as_nobody_has_dealt_with_what_its_day_is(
    settlements, now, differs
):
    claim = a_claim(*settlements)
    found = rules.corrections([claim], {claim.key: a_day(now)})
    assert found == ([Correction(claim, a_day(now))] if differs else [])


def test_claims_of_other_units_come_first_and_a_day_that_is_gone_is_worth_nothing():
    minutes, level, gone = (
        a_claim(receipt=each)._replace(enrollment_id=each) for each in (1, 2, 3)
    )
    days = [a_day(LONGER, enrollment=1), a_day(HIGHER, enrollment=2)]
    found = rules.corrections([minutes, gone, level], {day.key: day for day in days})
    assert [each.claim for each in found] == [level, gone, minutes]
    assert [each.now for each in found] == [HIGHER, NONE, LONGER]


@pytest.mark.parametrize(
    ("claimed", "now", "words"),
    [
        (UNIT, NONE, "Claimed 1 unit, now 0: correct the claim."),
        (TWO, UNIT, "Claimed 2 units, now 1: correct the claim."),
        (UNIT, HIGHER, "Claimed at the lower level, now the higher one: correct the claim."),
        (HIGHER, UNIT, "Claimed at the higher level, now the lower one: correct the claim."),
        (UNIT, LONGER, "Claimed 3 h, now 3 h 20 min; the unit stays."),
        (TWO, TWO._replace(minutes=370), "Claimed 6 h, now 6 h 10 min; the units stay."),
    ],
)
def test_what_differs_is_said(claimed, now, words):
    assert rules.correction_words(Correction(a_claim(claimed=claimed), a_day(now))) == words


@pytest.mark.parametrize(
    ("worth", "words"),
    [
        (NONE, "no unit"),
        (UNIT, "1 unit, 3 h"),
        (TWO, "2 units, 6 h"),
        (HIGHER, "1 unit of the higher level, 4 h"),
    ],
)
def test_what_a_day_is_worth_is_said(worth, words):
    assert rules.worth_words(worth) == words
    assert rules.day_words(worth) == ("3 h" if worth == UNIT else words)


def test_a_claim_is_settled_as_its_day_was_looked_at():
    found = Correction(a_claim(), a_day(NONE))
    assert rules.why_not_settle(found, seen=NONE) is None
    assert rules.why_not_settle(found, seen=LONGER) == rules.CHANGED
    assert rules.why_not_settle(found, seen=None) == rules.CHANGED
    assert rules.why_not_settle(None, seen=NONE) == rules.SAME
    waiting = Correction(a_claim(), a_day(NONE, waits=True))
    assert rules.why_not_settle(waiting, seen=NONE) == rules.WAITS


@pytest.mark.parametrize(
    ("how", "on", "worth", "words"),
    [
        (Settled.LEFT, None, NONE, "Left as it is, though the day came to no unit"),
        (Settled.LEFT, None, LONGER, "Left as it is, though the day came to 1 unit, 3 h 20 min"),
        (
            Settled.CORRECTED,
            date(2026, 3, 12),
            NONE,
            "Corrected with the payer on Mar 12, 2026: no unit",
        ),
    ],
)
def test_what_the_payer_has_and_what_a_day_came_to_are_told_apart(how, on, worth, words):
    said = SimpleNamespace(how=how, corrected_on=on, **worth._asdict())
    assert rules.settled_words(said) == words


def test_what_became_of_a_claim_is_told_in_the_order_in_which_it_was_done():
    first, left, taken, after = (datetime(2026, 3, day, tzinfo=UTC) for day in (10, 11, 12, 13))
    receipts = [SimpleNamespace(id=5, exported_at=first), SimpleNamespace(id=6, exported_at=after)]
    settlements = [
        SimpleNamespace(id=1, takes_back_id=None, settled_at=left),
        SimpleNamespace(id=2, takes_back_id=1, settled_at=taken),
    ]
    assert rules.history(receipts, settlements) == [receipts[0], settlements[0], receipts[1]]


def said(number, takes_back_id=None, receipt_id=5):
    return SimpleNamespace(id=number, takes_back_id=takes_back_id, receipt_id=receipt_id)


@pytest.mark.parametrize(
    ("settlements", "receipt_id", "last"),
    [
        ([], 5, None),
        ([said(1), said(2)], 5, 2),
        ([said(1), said(2), said(3, takes_back_id=2)], 5, 1),
        ([said(1), said(2), said(3, takes_back_id=2), said(4, takes_back_id=1)], 5, None),
        ([said(1), said(2, takes_back_id=1), said(3)], 5, 3),
        ([said(1)], 6, None),  # it was exported anew since
        ([said(1), said(2, receipt_id=6)], 6, 2),
    ],
)
def test_what_was_said_last_of_a_claim_is_what_can_be_taken_back(settlements, receipt_id, last):
    found = rules.last_standing(settlements, receipt_id)
    assert (found.id if found else None) == last
    taken = {each.takes_back_id for each in settlements}
    for each in settlements:
        why_not = rules.why_not_take_back(each.id, settlements, newest_id=receipt_id)
        if each.id == last:
            assert why_not is None
        else:
            assert why_not == (rules.TAKEN_BACK if each.id in taken else rules.SINCE)


@pytest.mark.parametrize(
    ("day", "sentence"), [(1, rules.BEFORE), (2, None), (9, None), (10, rules.AHEAD)]
)
def test_a_claim_is_corrected_between_its_export_and_today(day, sentence):
    exported_on, today = date(2026, 3, 2), date(2026, 3, 9)
    on = date(2026, 3, day)
    assert rules.why_not_corrected_on(on, exported_on=exported_on, today=today) == sentence


def test_an_export_has_a_quarter_at_most():
    first = date(2026, 1, 1)
    assert rules.why_not_days(Range(first, date(2026, 4, 2))) is None
    too_long = "Export 92 days at most: these are 93 days."
    assert rules.why_not_days(Range(first, date(2026, 4, 3))) == too_long


@pytest.mark.parametrize("is_part2", [True, False])
def test_a_line_of_the_file_has_what_was_kept_and_the_notice_where_it_is_due(is_part2):
    names = {"participant_key": "p-1", "enrollment_key": "e-1", "program_key": "iop"}
    kept = {"id": 9, "day": DAY, **names, **UNIT._asdict(), "services": 2, "is_part2": is_part2}
    nothing = {"code": None, "payer": None, "authorization_number": None, "follows_id": None}
    record = rules.record_of(SimpleNamespace(**kept, **nothing))
    assert tuple(record) == rules.COLUMNS
    assert record | {"notice": ""} == {
        "receipt": 9,
        "day": DAY,
        "participant": "p-1",
        "enrollment": "e-1",
        "program": "iop",
        "payer": "",
        "authorization": "",
        "code": "",
        "units": 1,
        "level": 1,
        "minutes": 180,
        "services": 2,
        "corrects": "",
        "notice": "",
    }
    assert record["notice"] == (rules.NOTICE if is_part2 else "")
    assert rules.file_name(3, "csv") == "batch-3.csv"


def test_somebody_with_units_in_two_programs_on_one_day_is_named():
    def of(enrollment_id, participant_id, program, day=DAY):
        program = SimpleNamespace(name=program)
        return SimpleNamespace(
            enrollment_id=enrollment_id,
            participant_id=participant_id,
            name="Jordan Avery",
            day=day,
            program=program,
        )

    days = [of(1, 7, "Day IOP"), of(2, 7, "Evening IOP"), of(3, 8, "Day IOP")]
    first, second, other = [(each.enrollment_id, DAY) for each in days]
    both = rules.Twice(7, "Jordan Avery", DAY, ("Day IOP", "Evening IOP"))
    everything = {first, second, other}
    assert rules.twice(days, everything, everything) == [both]
    assert rules.twice(days, {second}, everything) == [both]  # one of them was exported before
    assert rules.twice(days, {other}, everything) == []  # both were
    assert rules.twice(days, {first, other}, {first, other}) == []  # the second is no unit
    later = of(2, 7, "Evening IOP", DAY + timedelta(1))
    assert rules.twice([days[0], later], {first}, {first, (2, later.day)}) == []
    assert both.words == f"Jordan Avery, {day_short(DAY)}: Day IOP and Evening IOP"


def test_what_other_figures_make_of_days_is_said_in_words():
    claims = [Other(1, UNIT, NONE), Other(2, UNIT, TWO), Other(3, UNIT, LONGER)]
    assert rules.anew_words(Anew()) == ["No claimed day comes to something else."]
    assert rules.anew_words(Anew(claims[:1], 1)) == [
        (
            "1 claimed day comes to something else (1 to fewer units):"
            " it is then listed under Corrections."
        ),
        "1 day that is over and not exported comes to other units than now.",
    ]
    back = Other(4, UNIT, UNIT), Other(5, UNIT, TWO, left=TWO)
    assert rules.anew_words(Anew([*claims, *back], 2)) == [
        (
            "3 claimed days come to something else (1 to fewer units and 1 to more units):"
            " they are then listed under Corrections."
        ),
        "2 days are as claimed or settled again.",
        "2 days that are over and not exported come to other units than now.",
    ]
    assert rules.anew_words(Anew([claims[2]])) == [
        "1 claimed day comes to something else: it is then listed under Corrections."
    ]
