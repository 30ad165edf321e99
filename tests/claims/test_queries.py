from datetime import date, timedelta
from itertools import product
from random import Random

import pytest
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from clinic.billable.rules import Figures
from clinic.claims import queries as claims
from clinic.claims.actions import settle, take_back
from clinic.claims.queries import Which
from clinic.claims.rules import Anew, Other, Worth
from clinic.days import Range
from clinic.db import db
from clinic.errors import NotFound
from clinic.receipts.models import Settled
from clinic.receipts.queries import differing_since
from clinic.schedule.models import Booking, Status
from tests import make
from tests.claims import worlds
from tests.claims.worlds import LATER, NOW, WEEK, amend, attended, biller, exported, paid

UNIT = Worth(1, 1, 180)


def test_days_are_exported_of_a_site_and_a_program(app):
    here, there = paid(), paid(site=make.site())
    at_home, away = attended(here), attended(there)
    other = attended(paid(site=here.site))
    for which, bookings in [
        (WEEK, {at_home, away, other}),
        (WEEK._replace(site_id=there.site_id), {away}),
        (WEEK._replace(program_id=here.id), {at_home}),
        (Which(Range(date(2026, 3, 9), date(2026, 3, 15))), set()),
    ]:
        ready = claims.to_export(which, now=NOW).sorted.ready
        assert {day.enrollment_id for day in ready} == {one.enrollment_id for one in bookings}


def test_a_day_that_is_not_over_is_not_exported_although_its_unit_is_reached(app):
    attended(paid())
    on_that_day = make.instant("2026-03-03 18:00")
    assert claims.to_export(WEEK, now=on_that_day).sorted.ready == []
    assert len(claims.to_export(WEEK, now=on_that_day + timedelta(hours=7)).sorted.ready) == 1


def test_what_is_on_hold_is_left_out(app):
    attended(paid(), signed_at=None)
    found = claims.to_export(WEEK, now=NOW).sorted
    assert (found.ready, len(found.held)) == ([], 1)


def test_what_is_signed_after_the_export_asks_for_a_correction(app):
    program = paid()
    booking = attended(program)
    exported()
    late = attended(program, booking.enrollment, start="13:00", end="14:00", signed_at=None)
    assert claims.corrections(now=LATER) == []  # it may still become anything
    late.signed_at = LATER
    db.flush()
    (found,) = claims.corrections(now=LATER)
    assert (found.claim.at_payer, found.now) == (Worth(1, 1, 180), Worth(1, 1, 240))


def test_while_something_else_of_the_day_waits_a_correction_says_so(app):
    program = paid()
    booking = attended(program)
    attended(program, booking.enrollment, start="13:00", end="14:00", status=Status.NO_SHOW)
    exported()
    amend(booking)
    asked = make.attendance_amendment(booking, make.staff(), Status.PRESENT)
    (found,) = claims.corrections(now=LATER)
    assert (found.now.units, found.day.waits) == (0, True)
    db.delete(asked)
    db.flush()
    (found,) = claims.corrections(now=LATER)
    assert not found.day.waits


def test_exports_are_listed_with_what_they_hold_the_latest_first(app):
    program = paid(name="Evening IOP")
    attended(program)
    first = exported(WEEK._replace(program_id=program.id))
    attended(program, day="2026-03-04")
    second = exported()
    rows, paging = claims.batches(page=1, most=1)
    assert ([row.id for row in rows], paging.pages) == ([second.id], 2)
    kept = claims.get_batch(first.id)
    assert (kept.days, kept.units, kept.program, kept.site) == (1, 1, "Evening IOP", None)
    assert kept.exported_by == "Ana Rivera"
    with pytest.raises(NotFound):
        claims.get_batch(99)
    with pytest.raises(NotFound):
        claims.batches(page=3, most=1)
    with pytest.raises(NotFound):
        claims.get_receipt(99)


def test_however_many_claims_differ_as_many_statements(app, queries):
    program = paid()
    numbers = set()
    for _ in range(2):
        for _ in range(3):
            amend(attended_and_exported(program))
        with queries() as count:
            claims.corrections(now=LATER)
            claims.to_export(WEEK, now=LATER)
        numbers.add(count())
    assert len(numbers) == 1
    assert max(numbers) <= 16


def attended_and_exported(program):
    booking = attended(program)
    exported()
    return booking


def test_a_day_is_claimed_under_the_authorization_that_has_units_left(app):
    booking = attended(paid())
    first = {"number": "A1", "units": 1, "until_on": "2026-03-31"}
    make.authorization(booking.enrollment, **first)
    make.authorization(booking.enrollment, number="A2", until_on="2026-04-30")
    attended(booking.session.program, booking.enrollment, day="2026-03-05")
    ready = claims.to_export(WEEK, now=NOW).sorted.ready
    assert [day.authorization_number for day in ready] == ["A1", "A2"]
    last = Which(Range(date(2026, 3, 4), date(2026, 3, 8)))  # what was used before counts, too
    (day,) = claims.to_export(last, now=NOW).sorted.ready
    assert day.authorization_number == "A2"


def of_four_hours(program):
    return {program.id: Figures(minutes_min=240)}


def test_other_figures_make_something_else_of_claimed_days_and_of_the_rest(app):
    program, other = paid(), paid()
    for each in (program, other):
        attended(each)
    exported()
    attended(program, day="2026-03-05")
    attended(program, day="2026-03-06", end="13:00")  # four hours, with any of the figures
    attended(program, day="2026-03-12", start="06:00", end="09:00")  # is not over
    found = claims.judged_anew(of_four_hours(program), now=LATER)
    (receipt,) = [one for one in claims.receipts_in(1) if one.program == program.name][:1]
    assert found.claims == (Other(receipt.id, Worth(1, 1, 180), Worth(0, 0, 180)),)
    assert found.unclaimed == 1
    same = {program.id: Figures(minutes_min=180, units_max=1)}
    assert claims.judged_anew(same, now=LATER) == Anew()
    assert claims.judged_anew({program.id: None}, now=LATER).claims == found.claims
    long_ago = make.instant("2027-06-01 09:00")  # payers take no corrections any more
    assert claims.judged_anew(of_four_hours(program), now=long_ago) == Anew()


def test_however_many_days_are_judged_anew_as_many_statements(app, queries):
    program = paid()
    numbers = set()
    for _ in range(2):
        for _ in range(3):
            attended(program)
        exported()
        with queries() as count:
            claims.judged_anew(of_four_hours(program), now=LATER)
        numbers.add(count())
    assert len(numbers) == 1
    assert max(numbers) <= 12


@pytest.fixture
def program(app):
    """One of which a day of three hours is claimed."""
    made = paid()
    attended(made)
    exported()
    return made


@pytest.fixture
def set_to(program):
    """Have a day take so many minutes to be a unit; what the claims to correct are now."""

    def set_to(minutes, now=LATER):
        worlds.set_to(program, minutes, now=now)
        return [one.now for one in claims.corrections(now=now)]

    return set_to


def waiting():
    return len(db.execute(differing_since(None)).all())


def test_a_claim_that_was_corrected_is_judged_by_what_the_payer_has(set_to):
    none, day, after = Worth(0, 0, 180), timedelta(days=1), LATER
    set_to(240)
    facts = {"corrected_on": LATER.date(), "words": None, "seen": none}
    settle(1, how=Settled.CORRECTED, **facts, by=biller(), now=LATER)
    after += day
    assert set_to(180, after) == [Worth(1, 1, 180)]
    assert waiting() == 1
    after += day
    assert set_to(240, after) == []
    assert waiting() == 0


def test_a_claim_that_was_left_is_not_listed_again_for_what_it_was_left_as(set_to):
    set_to(240)
    facts = {"corrected_on": None, "words": "The payer knows.", "seen": Worth(0, 0, 180)}
    settle(1, how=Settled.LEFT, **facts, by=biller(), now=LATER)
    for number, minutes in enumerate((180, 240), 1):
        assert set_to(minutes, LATER + timedelta(days=number)) == []
        assert waiting() == 0


def test_a_claim_is_judged_anew_by_what_is_left_of_what_was_said_of_it(set_to):
    """Which other figures made what of it was noted with what was said: it is noted anew."""
    none = Worth(0, 0, 180)
    facts = {"corrected_on": LATER.date(), "words": None, "seen": none}
    after = [LATER + timedelta(days=number) for number in range(9)]
    set_to(240, after[0])
    said = settle(1, how=Settled.CORRECTED, **facts, by=biller(), now=after[1])
    assert set_to(180, after[2]) == [Worth(1, 1, 180)]
    take_back(said, by=biller(), now=after[3])
    assert (claims.corrections(now=after[3]), waiting()) == ([], 0)
    assert set_to(240, after[4]) == [none]
    said = settle(1, how=Settled.CORRECTED, **facts, by=biller(), now=after[5])
    set_to(180, after[6])
    assert set_to(240, after[7]) == []
    take_back(said, by=biller(), now=after[8])
    assert ([one.now for one in claims.corrections(now=after[8])], waiting()) == ([none], 1)


def test_whatever_is_taken_back_a_claim_is_judged_as_if_it_had_never_been_said(program, set_to):
    """The same a second time: what was said, as a list off which the last is taken."""
    random, at, said, asked, there = Random(1), LATER, [], 180, 180
    seen = set()
    for _ in range(100):
        at += timedelta(days=1)
        day = Worth(1, 1, there) if there >= asked else Worth(0, 0, there)
        payer = next((each[2] for each in said[::-1] if each[1] is Settled.CORRECTED), UNIT)
        left = said[-1][2] if said and said[-1][1] is Settled.LEFT else None
        listed = [day] * (day not in (payer, left))
        found = claims.corrections(now=at)
        assert ([one.now for one in found], waiting()) == (listed, len(listed))
        act = random.choice(["figures", "amend", "settle", "take back"])
        if act == "figures":
            set_to(asked := random.choice([180, 240]), at)
        elif act == "amend":
            there = 300 - there
            booking = db.scalars(select(Booking).options(joinedload(Booking.session))).one()
            left_at = None if there == 180 else make.instant("2026-03-03 11:00")
            amend(booking, Status.PRESENT, left_at=left_at, now=at)
        elif act == "settle" and listed:
            how = random.choice([Settled.CORRECTED, Settled.LEFT])
            on = LATER.date() if how is Settled.CORRECTED else None
            facts = {"corrected_on": on, "words": None if on else "Small", "seen": day}
            said.append((settle(1, how=how, **facts, by=biller(), now=at), how, day))
        elif act == "take back" and said:
            take_back(said.pop()[0], by=biller(), now=at)
        else:
            continue
        seen.add((act, bool(listed)))
    others = product(("figures", "amend", "take back"), (True, False))
    assert seen == {("settle", True), *others}


def test_figures_that_waited_for_a_settlement_come_after_it(set_to):
    set_to(240)
    facts = {"corrected_on": None, "words": "Small", "seen": Worth(0, 0, 180)}
    settle(1, how=Settled.LEFT, **facts, by=biller(), now=LATER + timedelta(seconds=30))
    begun = LATER + timedelta(seconds=10)  # before that, and saved when it was done
    assert (len(set_to(180, begun)), waiting()) == (0, 0)
    claim_all = {"corrected_on": LATER.date(), "words": None, "seen": Worth(0, 0, 180)}
    set_to(240, LATER + timedelta(seconds=40))
    assert waiting() == 0  # it is as it was left
    take_back(1, by=biller(), now=LATER + timedelta(seconds=50))
    settle(1, how=Settled.CORRECTED, **claim_all, by=biller(), now=LATER + timedelta(seconds=70))
    assert (len(set_to(180, LATER + timedelta(seconds=60))), waiting()) == (1, 1)


def test_a_claim_that_other_figures_made_something_else_is_listed_until_it_is_as_claimed(
    program, set_to
):
    assert set_to(240) == [Worth(0, 0, 180)]
    assert len(db.execute(differing_since(None)).all()) == 1
    assert len(db.execute(differing_since(program.site_id)).all()) == 1
    assert db.execute(differing_since(program.site_id + 1)).all() == []
    assert set_to(180) == []
    assert db.execute(differing_since(None)).all() == []
    assert len(set_to(200)) == 1
    facts = {"corrected_on": LATER.date(), "words": None, "seen": Worth(0, 0, 180)}
    settle(1, how=Settled.CORRECTED, **facts, by=biller(), now=LATER)
    assert claims.corrections(now=LATER) == []
    assert db.execute(differing_since(None)).all() == []
