from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, func, or_, select, union

from clinic.accounts.models import Staff
from clinic.billable.queries import PersonDay
from clinic.billable.rules import Figures, Hold, day_of, figures_in
from clinic.billing.queries import days
from clinic.claims import rules
from clinic.claims.rules import Anew, Claim, Correction, Day, Other, Settlement
from clinic.days import DAY, Range
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment
from clinic.errors import or_not_found
from clinic.paging import Paging, paging_of
from clinic.participants.models import Participant
from clinic.programs.models import Program, Site
from clinic.programs.queries import Programs, find_clinic
from clinic.receipts.models import Receipt, ReceiptBatch, ReceiptSettlement
from clinic.receipts.queries import IS_NEWEST, STANDS, amended, claimed_in, newest, refigured
from clinic.schedule.models import Booking, Session

BEHIND = timedelta(days=366)  # payers take no correction of what is older
WAITS = frozenset({Hold.UNCONFIRMED, Hold.UNSIGNED, Hold.AMENDMENT})  # it may come out otherwise


class Which(NamedTuple):
    """Which days are to be exported."""

    days: Range
    site_id: int | None = None
    program_id: int | None = None


class Found(NamedTuple):
    """The days of a time, sorted, with whose they are: enrollment id to one of its days; and those
    on which somebody has units in two programs."""

    sorted: rules.Sorted
    whose: dict[int, PersonDay]
    twice: list[rules.Twice]


def to_export(which: Which, *, programs: Programs | None = None, now: datetime) -> Found:
    """What of these days is to be exported, what is on hold, and what has been exported;
    `programs` are those of the clinic where they were read before."""
    first, last = _ends(which.days)
    of_all = days(first, last, programs=programs, now=now)
    theirs = {
        each.enrollment_id: each
        for each in of_all
        if which.site_id in {None, each.program.site_id}
        and which.program_id in {None, each.program.id}
    }
    claimed = claimed_in(first, last)
    as_claimed = _as_claimed(of_all, now=now)
    found = rules.sort([day for day in as_claimed if day.enrollment_id in theirs], claimed)
    units = {key for key, row in claimed.items() if row.units}  # a claim corrected to none has none
    units |= {day.key for day in rules.sort(as_claimed, claimed).ready}
    return Found(found, theirs, rules.twice(of_all, {day.key for day in found.ready}, units))


def _ends(time: Range) -> tuple[date, date]:
    assert time.until_on is not None
    return time.from_on, time.until_on


def _as_claimed(theirs: Sequence[PersonDay], *, now: datetime) -> list[Day]:
    """Days as claims have them, each with the authorization that it uses units of."""
    found = []
    for each in theirs:
        worth, covered = each.billable, each.authorization
        is_over = each.day < each.program.site.today(now)
        found.append(
            Day(
                each.enrollment_id,
                each.day,
                rules.worth_of(worth),
                worth.services,
                worth.counted,
                is_billable=is_over and not worth.holds,
                waits=not is_over or not WAITS.isdisjoint(worth.reasons),
                code=covered.code if covered else None,
                payer=covered.payer if covered else None,
                authorization_number=covered.number if covered else None,
                is_under=Hold.UNDER in worth.reasons,
            )
        )
    return found


def corrections(*, now: datetime, receipt_ids: Collection[int] | None = None) -> list[Correction]:
    """The claims that are not as their days are now; of these receipts, where they are given.

    Only those are looked at on whose day something was signed or amended after the export, or of
    which it was noted that other figures make something else of it: by nothing else what is signed
    comes to something else.
    """
    changed = union(amended(Receipt.id), _signed(), refigured(Receipt.id))
    claims = _claims(changed if receipt_ids is None else receipt_ids)
    if not claims:
        return []
    their_days = [claim.day for claim in claims]
    ids = {claim.enrollment_id for claim in claims}
    read = days(min(their_days), max(their_days), enrollment_ids=ids, with_all=True, now=now)
    keys = {claim.key for claim in claims}
    theirs = [each for each in read if (each.enrollment_id, each.day) in keys]
    return rules.corrections(claims, {day.key: day for day in _as_claimed(theirs, now=now)})


def find_correction(receipt_id: int, *, now: datetime) -> Correction | None:
    """The same of one claim; None where it is as its day is now, or another receipt follows it."""
    return next(iter(corrections(now=now, receipt_ids=[receipt_id])), None)


def claimed_with(session_ids: Collection[int]) -> Sequence[int]:
    """The newest receipts of the days of whoever is on one of these sessions."""
    theirs = Booking.enrollment_id == Receipt.enrollment_id
    on_that_day = (Session.id == Booking.session_id) & (Session.day == Receipt.day)
    found = newest(Receipt.id).join(Booking, theirs).join(Session, on_that_day)
    found = found.where(Booking.session_id.in_(session_ids))
    return db.scalars(found.distinct().order_by(Receipt.id)).all()


def judged_anew(figures: Mapping[int, Figures | None], *, now: datetime) -> Anew:
    """What other figures of units, by program, make of days: of those of the last year, and in a
    few statements for however many."""
    offered = find_clinic().programs
    others = {each: asked for each, asked in figures.items() if asked != figures_in(offered[each])}
    last = now.date() + DAY
    first = last - BEHIND
    ids = db.scalars(
        select(Enrollment.id).where(
            Enrollment.program_id.in_(others),
            Enrollment.from_on <= last,
            or_(Enrollment.until_on.is_(None), Enrollment.until_on >= first),
        )
    ).all()
    if not ids:
        return Anew()
    theirs = select(Receipt.id).where(
        Receipt.enrollment_id.in_(ids), Receipt.day.between(first, last)
    )
    claimed = {claim.key: claim for claim in _claims(theirs)}
    judge, claims, number = cache(day_of), [], 0
    for each in days(first, last, enrollment_ids=ids, with_all=True, programs=offered, now=now):
        is_over = each.day < each.program.site.today(now)
        will = rules.worth_of(judge(others[each.program.id], each.parts, is_over=is_over))
        if will == rules.worth_of(each.billable):
            continue
        if claim := claimed.get((each.enrollment_id, each.day)):
            claims.append(Other(claim.receipt_id, claim.at_payer, will, claim.left))
        elif is_over:
            number += will[:2] != rules.worth_of(each.billable)[:2]
    return Anew(tuple(claims), number)


def _signed() -> Select[*tuple[Any, ...]]:
    """Those of days on which something was signed after they were made.

    Through the index of sessions by site and day: those of other days cost nothing.
    """
    all_days = select(func.min(Receipt.day)), select(func.max(Receipt.day))
    first, last = (each.scalar_subquery() for each in all_days)
    since = select(func.min(ReceiptBatch.exported_at)).scalar_subquery()
    theirs = (Booking.session_id == Session.id) & (Booking.enrollment_id == Receipt.enrollment_id)
    return (
        newest(Receipt.id)
        .join(Session, Session.day == Receipt.day)
        .join(Booking, theirs)
        .where(
            Session.site_id.in_(select(Site.id)),
            Session.day.between(first, last),
            Booking.signed_at > since,
            Booking.signed_at > ReceiptBatch.exported_at,
        )
    )


def _claims(receipt_ids: Any) -> list[Claim]:
    """Of these receipts, which may be a statement, those that nothing follows."""
    settled: dict[int, list[Settlement]] = defaultdict(list)
    found: dict[int, AnyRow] = {}
    said = (
        select(
            Receipt.id,
            Receipt.enrollment_id,
            Receipt.day,
            Receipt.units,
            Receipt.level,
            Receipt.minutes,
            ReceiptSettlement,
        )
        .outerjoin(ReceiptSettlement, (ReceiptSettlement.receipt_id == Receipt.id) & STANDS)
        .where(Receipt.id.in_(receipt_ids), IS_NEWEST)
        .order_by(Receipt.id, ReceiptSettlement.id)
    )
    for row in db.execute(said):
        found[row.id] = row
        if (one := row.ReceiptSettlement) is not None:
            settled[row.id].append(Settlement(one.how, rules.worth_of(one)))
    return [
        Claim(row.id, row.enrollment_id, row.day, rules.worth_of(row), tuple(settled[row.id]))
        for row in found.values()
    ]


def _of_batch(figure: Any, name: str) -> Any:
    return select(figure).where(Receipt.batch_id == ReceiptBatch.id).scalar_subquery().label(name)


_BATCHES = (
    select(
        ReceiptBatch.id,
        ReceiptBatch.from_on,
        ReceiptBatch.until_on,
        ReceiptBatch.is_correction,
        ReceiptBatch.exported_at,
        Staff.name.label("exported_by"),
        Site.name.label("site"),
        Program.name.label("program"),
        _of_batch(func.count(), "days"),
        _of_batch(func.coalesce(func.sum(Receipt.units), 0), "units"),
    )
    .outerjoin(Staff, Staff.account_id == ReceiptBatch.exported_by_id)
    .outerjoin(Site, Site.id == ReceiptBatch.site_id)
    .outerjoin(Program, Program.id == ReceiptBatch.program_id)
)


def batches(*, page: int, most: int) -> tuple[Sequence[AnyRow], Paging]:
    """A page of all exports, the latest first; raises `NotFound` beyond the last page."""
    total = db.scalar(select(func.count()).select_from(ReceiptBatch)) or 0
    paging = paging_of(total, page=page, most=most)
    latest_first = _BATCHES.order_by(ReceiptBatch.id.desc())
    return db.execute(latest_first.offset((page - 1) * most).limit(most)).all(), paging


def get_batch(batch_id: int) -> AnyRow:
    """One export; raises `NotFound`."""
    return or_not_found(db.execute(_BATCHES.where(ReceiptBatch.id == batch_id)).one_or_none())


_LISTED = (
    select(
        *Receipt.__table__.c,
        ReceiptBatch.exported_at,
        Site.timezone,
        Program.name.label("program"),
        Participant.id.label("participant_id"),
        Participant.name,
    )
    .join(ReceiptBatch, ReceiptBatch.id == Receipt.batch_id)
    .join(Enrollment, Enrollment.id == Receipt.enrollment_id)
    .join(Participant, Participant.id == Enrollment.participant_id)
    .join(Program, Program.id == Enrollment.program_id)
    .join(Site, Site.id == Program.site_id)
    .order_by(Receipt.day, Receipt.id)
)


def receipts_in(batch_id: int) -> Sequence[AnyRow]:
    """The receipts of one export, with whose they are, by day."""
    return db.execute(_LISTED.where(Receipt.batch_id == batch_id)).all()


def receipts(receipt_ids: Collection[int]) -> dict[int, AnyRow]:
    """Receipt id to the receipt, with whose it is."""
    rows = db.execute(_LISTED.where(Receipt.id.in_(receipt_ids)))
    return {row.id: row for row in rows}


def get_receipt(receipt_id: int) -> AnyRow:
    """One receipt, with whose it is; raises `NotFound`."""
    return or_not_found(receipts([receipt_id]).get(receipt_id))


def receipts_on(enrollment_id: int, day: date) -> Sequence[AnyRow]:
    """All receipts of somebody's day, the first first."""
    theirs = Receipt.enrollment_id == enrollment_id, Receipt.day == day
    return db.execute(_LISTED.where(*theirs)).all()


def settlements_of(receipt_ids: Collection[int]) -> Sequence[AnyRow]:
    """What was said of claims that were not as their days had become, with who said it."""
    columns = *ReceiptSettlement.__table__.c, Staff.name.label("settled_by")
    said = select(*columns).outerjoin(Staff, Staff.account_id == ReceiptSettlement.settled_by_id)
    these = ReceiptSettlement.receipt_id.in_(receipt_ids)
    return db.execute(said.where(these).order_by(ReceiptSettlement.id)).all()


def get_settlement(settlement_id: int) -> ReceiptSettlement:
    """One of them; raises `NotFound`."""
    return or_not_found(db.get(ReceiptSettlement, settlement_id))
