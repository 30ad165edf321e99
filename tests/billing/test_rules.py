from collections import Counter
from datetime import UTC, date, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from clinic.billable.rules import (
    BillableDay,
    Figures,
    Held,
    Hold,
    Lost,
    Now,
    Part,
    Uncounted,
    day_of,
)
from clinic.billing import rules
from clinic.billing.models import NotBilled
from clinic.billing.rules import Line, What
from clinic.consequences import Part as Shown
from clinic.programs.models import Kind
from clinic.schedule.models import Status

TUESDAY = date(2026, 3, 3)
PER_DIEM = Figures(minutes_min=180, units_max=1)
UNDER = BillableDay(0, 0, 90, 1, (1,), 0, 0, ())
EVENING = SimpleNamespace(
    id=7, name="Evening IOP", rule_set=SimpleNamespace(name="H0015", is_provided=False), site=None
)


def part(number=1, credit=90, **facts):
    plain = {"delivered": credit, "kind": Kind.GROUP, "status": Status.PRESENT, "credit": credit}
    starts_at = datetime(2026, 3, 3, 12 + number, tzinfo=UTC)
    return Part(session_id=number, starts_at=starts_at, **plain | facts)


def ahead(number=1, credit=90):
    return part(number, credit, delivered=0, status=Status.EXPECTED, upcoming=credit)


def day(
    *parts,
    of=1,
    on=TUESDAY,
    figures=PER_DIEM,
    is_over=True,
    program=EVENING,
    name="Jordan Avery",
    **facts,
):
    worth = day_of(figures, parts, is_over=is_over, **facts)
    return SimpleNamespace(
        name=name,
        enrollment_id=of,
        participant_id=of + 100,
        day=on,
        figures=figures,
        parts=parts,
        program=program,
        billable=worth,
    )


def piles(*days):
    return [(line.what, line.thing_id, dict(line.holds)) for line in rules.lines(days)]


def test_a_sheet_that_holds_several_is_one_line():
    one = day(part(1, 180, is_signed=False), of=1)
    other = day(part(1, 180, is_signed=False), of=2)
    third = day(part(1, 180, delivered=0, unconfirmed=180, status=Status.EXPECTED), of=3)
    (line,) = rules.lines([one, other, third])
    assert (line.what, line.thing_id) == (What.SHEET, 1)
    assert line.holds == {Hold.UNSIGNED: 2, Hold.UNCONFIRMED: 1}
    assert (line.hold, line.people, line.first_on) == (Hold.UNCONFIRMED, 3, TUESDAY)
    assert line.of_days == (one, other, third)
    assert rules.why_words(line) == "1 person not recorded, 2 people not signed"
    assert rules.numbers([one, other, third]) == {Hold.UNSIGNED: 2, Hold.UNCONFIRMED: 1}


def test_the_few_people_of_a_session_are_named_and_nobody_of_many():
    few = [day(part(1, 180, is_signed=False), of=number) for number in (1, 2, 3)]
    (line,) = rules.lines(few)
    assert line.named == few
    (line,) = rules.lines([*few, day(part(1, 180, is_signed=False), of=4)])
    assert line.named == []
    (line,) = rules.lines([day(part(1, 180, is_licensed=False, lead_id=9))])
    assert line.named == []


def test_each_line_is_about_what_frees_it():
    found = piles(
        day(part(1, 180, is_amended=True)),
        day(part(1, 180), is_authorized=False, of=2),
        day(part(1, 180, is_licensed=False, lead_id=9), part(2, is_licensed=False, lead_id=9)),
        day(part(3, 180, is_licensed=False)),
        day(part(1, 90), of=4),
        day(part(1, 90), figures=None),
    )
    assert found == [
        (What.AMENDMENT, 1, {Hold.AMENDMENT: 1}),
        (What.AUTHORIZATION, 2, {Hold.NO_AUTHORIZATION: 1}),
        (What.LICENSE, 9, {Hold.NO_LICENSE: 2}),
        (What.LEADER, 3, {Hold.NO_LICENSE: 1}),
        (What.FIGURE, 7, {Hold.NO_FIGURE: 1}),
        (What.UNDER, 4, {Hold.UNDER: 1}),
    ]


def test_the_oldest_comes_first_what_nothing_frees_last_and_a_day_counts_once_for_a_line():
    early = day(part(2, 90, is_signed=False), on=date(2026, 3, 2), of=1)
    late = day(part(1, 180, is_licensed=False, lead_id=9), part(3, is_licensed=False, lead_id=9))
    found = rules.lines([early, late])
    assert [line.what for line in found] == [What.SHEET, What.LICENSE, What.UNDER]
    assert [len(line.of_days) for line in found] == [1, 1, 1]
    sheets_and_licenses = rules.ids_of(found, What.SHEET, What.LICENSE)
    assert sheets_and_licenses == {2, 9}
    assert rules.lines([day(part(1, 180))]) == []


@pytest.mark.parametrize(
    ("one", "may_be"),
    [
        (day(part(1, 180, is_signed=False)), True),
        (day(part(1, 180), is_authorized=False), True),
        (day(part(1, 90)), False),
        (day(part(1, 90, is_signed=False)), False),  # signed, it is under a unit still
        (day(part(1, 180)), False),  # nothing holds it
    ],
)
def test_a_day_under_a_unit_is_freed_by_nothing(one, may_be):
    assert rules.may_be_freed(one.billable) is may_be


def line(what, holds, *days):
    return Line(what, 1, Counter(holds), days)


def of_march(*days):
    return [SimpleNamespace(day=date(2026, 3, each), program=EVENING) for each in days]


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (line(What.SHEET, {Hold.UNSIGNED: 1}), "1 person not signed"),
        (line(What.SHEET, {Hold.UNCONFIRMED: 2}), "2 people not recorded"),
        (line(What.AMENDMENT, {}), "An amendment waits for a second person"),
        (line(What.LICENSE, {}), "No license that was valid on the day is on record"),
        (line(What.LEADER, {}), "Nobody is on record who led it"),
        (line(What.AUTHORIZATION, {}, *of_march(3)), "Tue, Mar 3"),
        (line(What.UNDER, {}, *of_march(2, 3, 4)), "Mon, Mar 2, Tue, Mar 3 and Wed, Mar 4"),
        (
            line(What.UNDER, {}, *of_march(2, 3, 4, 5, 6)),
            "Mon, Mar 2, Tue, Mar 3, Wed, Mar 4 and 2 more",
        ),
        (
            line(What.FIGURE, {}, *of_march(2)),
            "Rule set H0015 does not say what makes a unit. Add it under Setup, Rule sets.",
        ),
    ],
)
def test_a_line_says_why_its_days_wait(one, words):
    assert rules.why_words(one) == words


def test_a_program_without_a_rule_set_is_told_to_have_one():
    program = SimpleNamespace(name="Aftercare", rule_set=None)
    assert rules.figure_words(program) == (
        "Aftercare follows no rule set. Choose one under Setup, Programs."
    )


def test_a_rule_set_that_came_with_the_product_is_to_be_copied():
    provided = SimpleNamespace(name="ASAM level 2.1", is_provided=True)
    assert rules.figure_words(SimpleNamespace(name="Weekend IOP", rule_set=provided)) == (
        "Rule set ASAM level 2.1 does not say what makes a unit. Copy it under Setup, Rule sets,"
        " add it there, and choose the copy for Weekend IOP under Setup, Programs."
    )


@pytest.mark.parametrize(
    ("said", "is_so"), [(None, False), ((0, 90), True), ((0, 80), False), ((1, 90), False)]
)
def test_a_day_is_not_billed_as_long_as_it_is_as_it_was_when_somebody_said_so(said, is_so):
    row = said and SimpleNamespace(units=said[0], minutes=said[1])
    assert rules.is_as_said(UNDER, row) == is_so


@pytest.mark.parametrize(
    ("authorized", "since"),
    [
        ([], 10),
        ([(1, 9)], 10),
        ([(1, 10)], 1),
        ([(12, 20)], 10),
        ([(2, 5), (4, 20)], 2),
        ([(4, 20), (2, 5), (1, 1)], 2),
        ([(5, 20), (2, 4)], 5),
    ],
)
def test_what_was_used_of_authorizations_that_overlap_matters_from_the_first_on(authorized, since):
    rows = [
        SimpleNamespace(from_on=date(2026, 3, first), until_on=date(2026, 3, last))
        for first, last in authorized
    ]
    assert rules.used_since(date(2026, 3, 10), rows) == date(2026, 3, since)


SEEN = rules.Seen(1, TUESDAY, 0, 90)
NOVAK = "Petra Novak said so meanwhile"
SOMEBODY = "somebody else said so meanwhile"
MEANWHILE = SimpleNamespace(units=0, minutes=90, by="Petra Novak")


@pytest.mark.parametrize(
    ("facts", "why_not"),
    [
        ({}, None),
        ({"said": SimpleNamespace(units=0, minutes=80, by="Petra Novak")}, None),  # of another day
        ({"found": None}, "A day is not there any more: look at the list again."),
        (
            {"found": day(part(1, 80))},
            "Tue, Mar 3 of Jordan Avery has changed since you looked at it: look at it again.",
        ),
        (
            {"today": 3},
            "Tue, Mar 3 of Jordan Avery is not over: it can be left out tomorrow.",
        ),
        (
            {"is_claimed": True, "found": day(part(1, 80))},
            f"Tue, Mar 3 of Jordan Avery {rules.CLAIMED}.",
        ),
        (
            {"said": MEANWHILE},
            f"Tue, Mar 3 of Jordan Avery is not to be billed already: {NOVAK}.",
        ),
        (
            {"said": SimpleNamespace(units=0, minutes=90, by=None), "others": 2},
            f"Tue, Mar 3 of Jordan Avery is not to be billed already: {SOMEBODY}. {rules.AGAIN}",
        ),
    ],
)
def test_a_day_is_left_out_as_it_was_looked_at_and_once_it_is_over(facts, why_not):
    usual = {
        "found": day(part(1, 90)),
        "is_claimed": False,
        "said": None,
        "today": 4,
        "others": 0,
    } | facts
    found, today = usual.pop("found"), date(2026, 3, usual.pop("today"))
    assert rules.why_not_left_out(found, SEEN, today=today, **usual) == why_not


def test_days_under_a_unit_are_folded_by_program_the_oldest_first():
    aftercare = SimpleNamespace(id=8, name="Aftercare", rule_set=EVENING.rule_set, site=None)
    lines = rules.lines(
        [
            day(part(1, 180, is_signed=False), of=9),
            day(part(1, 90), of=1, on=date(2026, 3, 2), program=aftercare),
            day(part(1, 90), of=2, on=date(2026, 3, 3)),
            day(part(1, 90), of=3, on=date(2026, 3, 4), program=aftercare),
            day(part(1, 80), of=1, on=date(2026, 3, 5), program=aftercare),
        ]
    )
    first, second = rules.groups(lines)
    assert (first.program, first.days, first.people) == (aftercare, 3, 2)
    assert (first.first_on, [line.thing_id for line in first.lines]) == (date(2026, 3, 2), [1, 3])
    assert (second.program, second.days, second.first_on) == (EVENING, 1, TUESDAY)


def test_what_is_left_out_is_shown_by_person():
    days = [
        day(part(1, 90), of=2, name="Sam Rowe"),
        day(part(1, 180), of=1, on=date(2026, 3, 4)),
        day(part(1, 80), of=2, on=date(2026, 3, 5), name="Sam Rowe"),
    ]
    heading = "3 days of 2 people will not be billed: another reason"
    lists = (
        Shown("Jordan Avery, Evening IOP", ("Wed, Mar 4: 1 unit, 3 h",)),
        Shown("Sam Rowe, Evening IOP", ("Tue, Mar 3: 1 h 30 min", "Thu, Mar 5: 1 h 20 min")),
    )
    first, last = rules.left_out_parts(days, NotBilled.OTHER)
    assert first == Shown(heading, lists=lists)
    assert last == Shown(sentences=(rules.COMES_BACK,))
    assert rules.left_out_words(days[:1]) == "1 day will not be billed."
    assert rules.left_out_words(days) == "3 days of 2 people will not be billed."


@pytest.mark.parametrize(
    ("figures", "units", "level", "words"),
    [
        (PER_DIEM, 0, 0, "no unit"),
        (PER_DIEM, 1, 1, "1 unit"),
        (Figures(step=15, round_from=8), 12, 1, "12 units"),
        (Figures(level_services=4), 1, 1, "1 unit"),
        (Figures(level_services=4), 1, 2, "1 unit at the higher rate"),
    ],
)
def test_what_a_day_comes_to_is_said_in_units(figures, units, level, words):
    assert rules.worth_words(figures, UNDER._replace(units=units, level=level)) == words


@pytest.mark.parametrize(
    ("one", "is_over", "words"),
    [
        (day(part(1, 180)), True, None),
        (day(part(1, 90), figures=None), True, None),
        (day(part(1, 130)), True, "50 min short of a unit"),
        (
            day(part(1, 130), ahead(2, 60), is_over=False),
            False,
            "50 min to a unit; the 9:00 am group brings it",
        ),
        (
            day(part(1, 130), ahead(2, 30), is_over=False),
            False,
            "50 min to a unit; what is booked does not bring it",
        ),
        (
            day(part(1, 60), figures=Figures(step=15, round_from=8)),
            True,
            "8 min short of another unit",
        ),
        (day(part(1, 130), is_over=False), False, "50 min short of a unit"),
        (day(figures=Figures(minutes_min=0, services_min=1), is_over=False), False, None),
    ],
)
def test_what_the_next_unit_asks_for_is_said_while_the_day_runs_and_after(one, is_over, words):
    if words is None and not one.parts:
        words = "1 service short of a unit"
    zone = ZoneInfo("America/New_York")

    def called(number):
        starts_at = next(each.starts_at for each in one.parts if each.session_id == number)
        return rules.at_words(starts_at, zone, "group")

    assert rules.lacking_to(one, called=called, is_over=is_over) == words


def test_every_reason_has_its_words():
    assert set(rules.HOLDS) == set(rules.SHAPES) == set(Hold)
    assert set(rules.NOT_BILLED) == set(NotBilled)
    assert set(rules.LOST) == set(Lost)
    assert rules.lost_words(Uncounted(1, 20, Lost.NOT_THERE)) == (
        "20 min late, left early, or held shorter"
    )
    assert Held(Hold.UNDER).session_id is None


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        (PER_DIEM, "A unit is a day with 3 h or more."),
        (Figures(services_min=1), "A unit is a day with 1 service or more."),
        (
            Figures(minutes_min=60, services_min=2),
            "A unit is a day with 1 h or more, in 2 services or more.",
        ),
        (
            Figures(level_services=4, units_max=1),
            "A unit is a day with 1 service or more, at the higher rate from 4 services on.",
        ),
        (
            Figures(step=15, round_from=8),
            "A unit is 15 min, a begun one counts from 8 min on.",
        ),
        (
            Figures(step=60, round_from=60, minutes_min=120, units_max=4),
            "A unit is 1 h, with 2 h or more on the day, at most 4 units a day.",
        ),
    ],
)
def test_what_makes_a_unit_is_said_in_a_sentence(figures, words):
    assert rules.figures_words(figures) == words


def test_minutes_that_do_not_count_yet_are_told_by_what_becomes_of_them():
    there = {"delivered": 0, "upcoming": 60}
    counting = part(2, 60, **there, now=Now.COUNTING, so_far=25)
    left = part(3, 60, **there, now=Now.LEFT, so_far=55)  # within what is forgiven at the end
    unmarked = part(4, 60, **there, now=Now.UNMARKED)
    unrecorded = part(1, 90, delivered=0, unconfirmed=90)
    of_day = day(unrecorded, counting, left, unmarked, ahead(5), is_over=False)
    assert rules.besides(of_day) == [
        (90, "not recorded"),
        (25, "counting now"),
        (60, "when it ends"),
        (35 + 60 + 90, "ahead"),
    ]
    assert rules.besides(day(left)) == [(60, "when it ends")]
    assert rules.besides(day(part())) == []
