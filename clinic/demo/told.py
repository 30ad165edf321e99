"""What was said of the weeks of the demonstration while they ran, as it became so."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import insert

from clinic import clock
from clinic.days import WEEK
from clinic.db import db
from clinic.hours.queries import EnrollmentWeek, losses_of, weeks_between
from clinic.told.models import State, ToldState

TOLD_WEEKS: Final = 8  # before this one: of the older ones nothing was kept yet
SOON: Final = timedelta(minutes=1)


def tell(monday: date, *, now: datetime) -> None:
    """Keep what was said of the last weeks: on course as they began, and at risk from the miss on
    with which what was planned did not suffice any more."""
    weeks: dict[date, list[EnrollmentWeek]] = defaultdict(list)
    for each in weeks_between(monday - TOLD_WEEKS * WEEK, monday, now=now):
        weeks[each.hours.week].append(each)
    rows = []
    for week, theirs in weeks.items():
        losses = losses_of([each.enrollment_id for each in theirs], week, now=now)
        for each in theirs:
            lost = [loss for loss in losses[each.enrollment_id] if loss.booked.ends_at <= now]
            rows += [
                {
                    "enrollment_id": each.enrollment_id,
                    "week": week,
                    "number": number,
                    **said,
                }
                for number, said in enumerate(_said(each, lost), start=1)
            ]
    db.execute(insert(ToldState), rows)


def _said(each: EnrollmentWeek, losses: Sequence[Any]) -> Iterator[dict[str, Any]]:
    zone, least = clock.zone(each.program.site.timezone), each.hours.target.min_minutes
    began = clock.bounds_of(each.hours.week, zone)[0] + SOON
    if each.hours.state is State.PARTIAL:
        yield _row(began, zone.key, State.PARTIAL, 0, each.hours.balance.planned)
        return
    left = each.hours.balance.planned
    is_at_risk = left < least
    state = State.NEEDS_MAKE_UP if is_at_risk else State.ON_COURSE
    yield _row(began, zone.key, state, max(0, least - left), left)
    for loss in sorted(losses, key=lambda loss: loss.booked.ends_at):
        left -= loss.credit - loss.delivered
        if left < least and not is_at_risk:
            is_at_risk = True
            at = loss.booked.ends_at + SOON
            yield _row(at, zone.key, State.NEEDS_MAKE_UP, least - left, left)


def _row(at: datetime, zone: str, state: State, missing: int, reachable: int) -> dict[str, Any]:
    day = clock.day_of(at, clock.zone(zone))
    return {
        "told_at": at,
        "day": day,
        "state": state,
        "missing": missing,
        "reachable": reachable,
    }
