import json
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from clinic.billing import actions as billing
from clinic.billing.models import NotBilled, UnbilledDay
from clinic.billing.rules import Seen
from clinic.claims import actions, queries, rules
from clinic.claims.rules import NONE, Worth
from clinic.db import db, savepoint, transaction
from clinic.errors import Refused
from clinic.receipts.models import Receipt, ReceiptSettlement, Settled
from clinic.receipts.queries import claimed_in, differing_since
from clinic.schedule.models import AttendanceAmendment, Status
from clinic.trail import TrailEvent
from tests import make
from tests.claims.worlds import LATER, NOW, WEEK, amend, attended, biller, exported, paid
from tests.race import race

UNIT = Worth(1, 1, 180)


def receipts():
    return db.scalars(select(Receipt).order_by(Receipt.id)).all()


def told(verb):
    events = select(TrailEvent.facts).where(TrailEvent.verb == verb).order_by(TrailEvent.id)
    return [json.loads(facts) for facts in db.scalars(events)]


def test_an_export_leaves_a_receipt_for_each_person_and_day(app):
    program = paid(key="iop")
    booking = attended(program)
    attended(program, booking.enrollment, day="2026-03-05")
    enrollment = booking.enrollment
    make.authorization(enrollment, number="A1", code="H0015", payer="Acme")
    batch = exported()
    first, second = receipts()
    assert (first.day, second.day) == (date(2026, 3, 3), date(2026, 3, 5))
    assert (first.units, first.level, first.minutes, first.services) == (*UNIT, 1)
    assert (first.number, first.follows_id, first.batch_id) == (1, None, batch.id)
    assert (first.code, first.payer, first.authorization_number) == ("H0015", "Acme", "A1")
    assert first.participant_key == enrollment.participant.key
    assert (first.enrollment_key, first.program_key) == (enrollment.key, "iop")
    assert first.is_part2
    (facts,) = told("billing.exported")
    assert (facts["receipts"], facts["units"], facts["is_correction"]) == (2, 2, False)


def test_no_day_is_exported_twice(app):
    attended(paid())
    exported()
    found = queries.to_export(WEEK, now=NOW)
    assert (found.sorted.ready, found.sorted.claimed) == ([], 1)
    with pytest.raises(Refused, match="nothing here to export"):
        exported()


def test_what_changed_since_it_was_looked_at_is_not_exported(app):
    program = paid()
    attended(program)
    seen = queries.to_export(WEEK, now=NOW).sorted.digest
    attended(program)
    with pytest.raises(Refused) as refused:
        actions.export(WEEK, seen=seen, by=biller(), now=NOW)
    assert refused.value.sentence == rules.MEANWHILE
    assert receipts() == []


def test_of_two_who_export_at_once_one_does(app):
    program = paid()
    for _ in range(3):
        attended(program)
    by = biller()

    def press():
        with transaction():
            exported(by=by)

    answers = race(app, press, press)
    (loser,) = [each for each in answers if each is not None]
    assert isinstance(loser, Refused)
    assert len(receipts()) == 3


def test_of_one_who_exports_a_day_and_one_who_leaves_it_out_at_once_one_does(app):
    booking = attended(paid())
    day = Seen(booking.enrollment_id, date(2026, 3, 3), 1, 180)
    by, other = biller(), biller()

    def press():
        with transaction():
            exported(by=by)

    def leave_out():
        with transaction():
            billing.leave_out([day], why=NotBilled.OTHER, by=other, now=NOW)

    answers = race(app, press, leave_out)
    (loser,) = [each for each in answers if each is not None]
    assert isinstance(loser, Refused)
    assert len(receipts()) + len(db.scalars(select(UnbilledDay)).all()) == 1


def test_an_amendment_that_waited_for_an_export_is_one_after_it(app):
    """It was asked for before, and made after: what was exported is not so any more."""
    booking = attended(paid())
    exported(now=LATER)
    amend(booking, now=NOW)
    (amendment,) = db.scalars(select(AttendanceAmendment))
    assert amendment.decided_at == LATER + timedelta(microseconds=1)
    (found,) = queries.corrections(now=LATER)
    assert (found.claim.claimed, found.now) == (UNIT, NONE)
    settle(receipts()[0].id, now=LATER + timedelta(hours=1))
    amend(booking, Status.PRESENT, now=LATER)
    (found,) = queries.corrections(now=LATER)
    assert (found.claim.at_payer, found.now) == (NONE, UNIT)
    (row,) = claimed_in(date(2026, 3, 3), date(2026, 3, 3)).values()
    assert row.is_differing


@pytest.mark.parametrize("table", ["receipt_batch", "receipt", "receipt_settlement"])
def test_the_database_lets_nobody_change_or_delete_a_receipt(app, table):
    booking = attended(paid())
    exported()
    amend(booking)
    settle(receipts()[0].id)
    for change in (f"UPDATE {table} SET id = id + 1", f"DELETE FROM {table}"):
        with pytest.raises(DBAPIError, match="receipts stay as they are"), savepoint():
            db.execute(text(change))


def settle(receipt_id, how=Settled.CORRECTED, *, seen=NONE, now=LATER, **facts):
    usual = {"corrected_on": date(2026, 3, 12), "words": None}
    actions.settle(receipt_id, how=how, seen=seen, by=biller(), now=now, **usual | facts)


def test_an_amendment_after_the_export_asks_for_a_correction_until_it_is_settled(app):
    booking = attended(paid())
    exported()
    assert queries.corrections(now=LATER) == []
    amend(booking)
    (found,) = queries.corrections(now=LATER)
    assert rules.correction_words(found) == "Claimed 1 unit, now 0: correct the claim."
    settle(found.claim.receipt_id)
    assert queries.corrections(now=LATER) == []
    (facts,) = told("billing.settled")
    assert (facts["how"], facts["corrected_on"], facts["units"]) == ("corrected", "2026-03-12", 0)
    make.read_afresh()
    amend(booking, status=booking.status.PRESENT, now=LATER + timedelta(hours=1))
    (again,) = queries.corrections(now=LATER)  # the payer has been told of no unit by now
    assert rules.correction_words(again) == "Claimed 0 units, now 1: correct the claim."


def test_a_claim_is_left_as_it_is_with_a_reason_of_which_the_trail_has_a_digest(app):
    booking = attended(paid())
    exported()
    amend(booking)
    (receipt,) = receipts()
    settle(receipt.id, Settled.LEFT, corrected_on=None, words="Paid by the clinic.")
    (kept,) = db.scalars(select(ReceiptSettlement))
    assert (kept.how, kept.words, kept.units) == (Settled.LEFT, "Paid by the clinic.", 0)
    (facts,) = told("billing.settled")
    assert len(facts["words"]) == 32
    with pytest.raises(Refused) as refused:
        settle(receipt.id)
    assert refused.value.sentence == rules.SAME


def test_what_was_said_of_a_claim_by_mistake_is_taken_back(app):
    booking = attended(paid())
    exported()
    amend(booking)
    (before,) = queries.corrections(now=LATER)
    settle(1)
    settlement = db.scalars(select(ReceiptSettlement)).one()
    actions.take_back(settlement.id, by=biller(), now=LATER)
    assert queries.corrections(now=LATER) == [before]
    assert db.execute(differing_since(None)).all() != []
    (row,) = claimed_in(date(2026, 3, 3), date(2026, 3, 3)).values()
    assert row.is_differing
    (facts,) = told("billing.taken_back")
    assert (facts["receipt"], facts["takes_back"], facts["how"]) == (1, 1, "taken back")
    with pytest.raises(Refused) as refused:
        actions.take_back(settlement.id, by=biller(), now=LATER)
    assert refused.value.sentence == rules.TAKEN_BACK


def test_what_was_said_of_a_claim_before_it_was_exported_anew_stays(app):
    booking = attended(paid())
    exported()
    amend(booking)
    settle(1)
    amend(booking, Status.PRESENT, now=LATER + timedelta(hours=1))
    actions.export_corrections({1: UNIT}, by=biller(), now=LATER)
    with pytest.raises(Refused) as refused:
        actions.take_back(1, by=biller(), now=LATER)
    assert refused.value.sentence == rules.SINCE


def test_of_two_who_take_it_back_at_once_one_does(app):
    booking = attended(paid())
    exported()
    amend(booking)
    settle(1)
    by = biller()

    def press():
        with transaction():
            actions.take_back(1, by=by, now=LATER)

    (loser,) = [each for each in race(app, press, press) if each is not None]
    assert isinstance(loser, Refused)
    assert len(db.scalars(select(ReceiptSettlement)).all()) == 2


@pytest.mark.parametrize(
    ("facts", "sentence", "field"),
    [
        ({"corrected_on": date(2026, 3, 13)}, rules.AHEAD, "corrected_on"),
        ({"corrected_on": date(2026, 3, 9)}, rules.BEFORE, "corrected_on"),
        ({"seen": UNIT}, rules.CHANGED, None),
        ({"seen": None}, rules.CHANGED, None),
    ],
)
def test_what_cannot_be_so_of_a_claim_is_refused(app, facts, sentence, field):
    booking = attended(paid())
    exported()
    amend(booking)
    with pytest.raises(Refused) as refused:
        settle(receipts()[0].id, **facts)
    assert (refused.value.sentence, refused.value.field) == (sentence, field)


def test_a_correction_is_another_receipt_that_follows_the_first(app):
    booking = attended(paid(), day="2026-03-03")
    make.authorization(booking.enrollment, number="A1", code="H0015")
    exported()
    amend(booking)
    (first,) = receipts()
    batch = actions.export_corrections({first.id: NONE}, by=biller(), now=LATER)
    _, second = receipts()
    assert (batch.is_correction, batch.from_on) == (True, date(2026, 3, 3))
    assert (second.follows_id, second.number, second.units, second.minutes) == (first.id, 2, 0, 0)
    assert (second.code, second.authorization_number) == ("H0015", "A1")
    assert second.participant_key == first.participant_key
    assert queries.corrections(now=LATER) == []
    assert queries.to_export(WEEK, now=LATER).sorted.ready == []
    with pytest.raises(Refused) as refused:  # of two who correct it at once, too
        actions.export_corrections({first.id: NONE}, by=biller(), now=LATER)
    assert refused.value.sentence == rules.SAME
    amend(booking, status=booking.status.PRESENT, now=LATER + timedelta(hours=1))
    actions.export_corrections({second.id: UNIT}, by=biller(), now=LATER)
    *_, third = receipts()
    assert (third.follows_id, third.number, third.units) == (second.id, 3, 1)
    assert [row.id for row in queries.receipts_on(third.enrollment_id, third.day)] == [
        first.id,
        second.id,
        third.id,
    ]


def test_none_chosen_is_said(app):
    with pytest.raises(Refused, match="Choose the claims"):
        actions.export_corrections({}, by=biller(), now=LATER)


def test_who_takes_the_file_is_disclosed_in_the_trail(app):
    attended(paid())
    batch = exported()
    rows = queries.receipts_in(batch.id)
    actions.note_taken(batch.id, rows, ending="csv", by=biller(), now=NOW)
    assert told("billing.disclosed") == [
        {"as": "csv", "batch": batch.id, "part2": 1, "purpose": "payment", "records": 1}
    ]
