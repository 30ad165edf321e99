"""Days are exported to billing, each with a receipt that stays; claims that differ are settled."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert

from clinic import clock, trail
from clinic.billable.queries import PersonDay
from clinic.claims import queries, rules
from clinic.claims.queries import Which
from clinic.claims.rules import AUTHORIZED, Anew, Day, Worth
from clinic.db import AnyRow, db
from clinic.errors import refuse_if
from clinic.programs.queries import take_turns
from clinic.receipts.models import Receipt, ReceiptBatch, ReceiptSettlement, Settled
from clinic.receipts.queries import AS_CLAIMED, REFIGURED, claimed_in, is_differing, last_said
from clinic.trail import Actor


def export(which: Which, *, seen: str, by: Actor, now: datetime) -> ReceiptBatch:
    """Leave a receipt for each of the days that are ready, in one batch.

    `seen` is the digest of what was looked at. Raises `Refused` where what is so now is another
    one: somebody has exported one of the days meanwhile, amended it, or left it out.
    """
    take_turns()  # with whoever does one of these
    found = queries.to_export(which, now=now)
    ready = found.sorted.ready
    refuse_if(None if ready else rules.NOTHING)
    refuse_if(None if found.sorted.digest == seen else rules.MEANWHILE)
    batch = ReceiptBatch(
        from_on=which.days.from_on,
        until_on=which.days.until_on,
        site_id=which.site_id,
        program_id=which.program_id,
        exported_at=now,
        exported_by_id=by.id,
    )
    return _kept(
        batch, [_first(day, found.whose[day.enrollment_id]) for day in ready], by=by, now=now
    )


def _first(day: Day, whose: PersonDay) -> dict[str, Any]:
    """The columns of the first receipt of a day."""
    return _values(day) | {
        "number": 1,
        "follows_id": None,
        "participant_key": whose.participant_key,
        "enrollment_key": whose.enrollment_key,
        "program_key": whose.program.key,
        "is_part2": whose.program.is_part2,
    }


def _following(before: AnyRow, day: Day) -> dict[str, Any]:
    """The columns of the receipt that follows one: what nothing says anew is as it was there."""
    names = "participant_key", "enrollment_key", "program_key", "is_part2"
    authorized = {name: getattr(before, name) for name in AUTHORIZED}
    return {
        **_values(day),
        **({} if day.code else authorized),
        **{name: getattr(before, name) for name in names},
        "number": before.number + 1,
        "follows_id": before.id,
    }


def _values(day: Day) -> dict[str, Any]:
    return {
        "enrollment_id": day.enrollment_id,
        "day": day.day,
        **day.worth._asdict(),
        "services": day.services,
        "digest": day.digest,
        **{name: getattr(day, name) for name in AUTHORIZED},
    }


def _kept(
    batch: ReceiptBatch, rows: Sequence[Mapping[str, Any]], *, by: Actor, now: datetime
) -> ReceiptBatch:
    """Keep a batch with its receipts. The database has none twice for a day."""
    db.add(batch)
    db.flush()
    db.execute(insert(Receipt), [{**row, "batch_id": batch.id} for row in rows])
    trail.record(
        "billing.exported",
        batch,
        by=by,
        now=now,
        site_id=batch.site_id,
        from_on=batch.from_on,
        until_on=batch.until_on,
        program=batch.program_id,
        is_correction=batch.is_correction,
        receipts=len(rows),
        units=sum(row["units"] for row in rows),
    )
    return batch


def export_corrections(chosen: Mapping[int, Worth], *, by: Actor, now: datetime) -> ReceiptBatch:
    """Leave another receipt for each of these claims, by their receipt, in one batch.

    The value is what its day was for whoever chose it; raises `Refused` where it is not so now.
    """
    refuse_if(None if chosen else rules.NONE_CHOSEN)
    take_turns()
    differ = {one.claim.receipt_id: one for one in queries.corrections(now=now, receipt_ids=chosen)}
    for receipt_id, seen in chosen.items():
        refuse_if(rules.why_not_settle(differ.get(receipt_id), seen=seen))
    rows = [
        _following(row, differ[receipt_id].day)
        for receipt_id, row in queries.receipts(chosen).items()
    ]
    batch = ReceiptBatch(
        from_on=min(row["day"] for row in rows),
        until_on=max(row["day"] for row in rows),
        is_correction=True,
        exported_at=now,
        exported_by_id=by.id,
    )
    return _kept(batch, rows, by=by, now=now)


def settle(
    receipt_id: int,
    *,
    how: Settled,
    corrected_on: date | None,
    words: str | None,
    seen: Worth | None,
    by: Actor,
    now: datetime,
) -> int:
    """Say what was done about a claim that is not as its day is now; `seen` is what that was.
    Returns by what it can be taken back."""
    row = queries.get_receipt(receipt_id)
    take_turns()
    correction = queries.find_correction(receipt_id, now=now)
    refuse_if(rules.why_not_settle(correction, seen=seen))
    if corrected_on is not None:
        zone = clock.zone(row.timezone)
        exported_on, today = (clock.day_of(each, zone) for each in (row.exported_at, now))
        why_not = rules.why_not_corrected_on(corrected_on, exported_on=exported_on, today=today)
        refuse_if(why_not, "corrected_on")
    assert seen is not None
    said = ReceiptSettlement(receipt_id=receipt_id, how=how, words=words, **seen._asdict())
    said.corrected_on = corrected_on
    return _say(said, "billing.settled", by=by, now=now)


def take_back(settlement_id: int, *, by: Actor, now: datetime) -> int:
    """Have a settlement not count, which was a mistake: the claim is judged as before it. Returns
    the receipt that it was of."""
    row = queries.get_settlement(settlement_id)
    receipt = queries.get_receipt(row.receipt_id)
    take_turns()
    of_day = [each.id for each in queries.receipts_on(receipt.enrollment_id, receipt.day)]
    settlements = queries.settlements_of(of_day)
    refuse_if(rules.why_not_take_back(settlement_id, settlements, newest_id=of_day[-1]))
    said = ReceiptSettlement(receipt_id=receipt.id, how=Settled.TAKEN_BACK, takes_back_id=row.id)
    said.units, said.level, said.minutes = rules.worth_of(row)
    _say(said, "billing.taken_back", by=by, now=now)
    _note_again(receipt.id, by=by, now=now)
    return row.receipt_id


def _say(said: ReceiptSettlement, verb: str, *, by: Actor, now: datetime) -> int:
    assert by.id is not None
    said.settled_at, said.settled_by_id = now, by.id
    db.add(said)
    db.flush()
    digest = trail.digest_of_words(said.words, said.__tablename__, said.id)
    facts: dict[str, Any] = {"receipt": said.receipt_id, "words": digest}
    facts |= rules.worth_of(said)._asdict()
    facts |= {"how": said.how, "corrected_on": said.corrected_on, "takes_back": said.takes_back_id}
    trail.record(verb, said, by=by, now=now, **facts)
    return said.id


def note_anew(anew: Anew, *, by: Actor, now: datetime) -> None:
    """Have the trail say which claims other figures have made something else of, so that they are
    listed, and which are as the payer has them, or as they were left, again."""
    for verb, is_so in ((REFIGURED, True), (AS_CLAIMED, False)):
        ids = [each.receipt_id for each in anew.claims if each.differs is is_so]
        if ids:
            _note(verb, ids, by=by, now=now)


def note_amended(enrollment_id: int, day: date, *, by: Actor, now: datetime) -> None:
    """The same of a claim whose day somebody has amended."""
    for claim in claimed_in(day, day, [enrollment_id]).values():
        _note_again(claim.id, by=by, now=now)


def note_signed(session_ids: Collection[int], *, by: Actor, now: datetime) -> None:
    """The same of claims of whose day a sheet is signed: one that was held without anybody's
    noting it before the export, most of all."""
    for receipt_id in queries.claimed_with(session_ids):
        _note_again(receipt_id, by=by, now=now)


def _note_again(receipt_id: int, *, by: Actor, now: datetime) -> None:
    """Where notes and amendments no longer tell whether a claim is to be corrected, note it."""
    differs = queries.find_correction(receipt_id, now=now) is not None
    if differs != is_differing(receipt_id):
        _note(REFIGURED if differs else AS_CLAIMED, [receipt_id], by=by, now=now)


def _note(verb: str, receipt_ids: Collection[int], *, by: Actor, now: datetime) -> None:
    """Note it now, or just after what was said last by whoever was faster: it knows of that."""
    last = last_said()
    now = now if last is None else max(now, last + clock.MOMENT)
    trail.record_rows(verb, Receipt.__tablename__, receipt_ids, by=by, now=now, facts={})


def note_taken(
    batch_id: int, rows: Collection[AnyRow], *, ending: str, by: Actor, now: datetime
) -> None:
    """Have the trail say who took which receipts away as a file: what is disclosed, and why."""
    facts = {
        "batch": batch_id,
        "as": ending,
        "records": len(rows),
        "part2": sum(row.is_part2 for row in rows),
        "purpose": "payment",
    }
    trail.record_row(
        "billing.disclosed", "receipt_batch", batch_id, by=by, now=now, chain=0, facts=facts
    )
