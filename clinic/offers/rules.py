"""A seat offered to somebody for what they missed: for how long it is held, and what is said of
it. Values in, answer out."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from clinic.days import DAY, Span, instant_of, minute_of
from clinic.formats import clock_time, day_short, moment, notice, times_at
from clinic.losses.rules import Cause, Loss
from clinic.makeups.rules import OFFERED, Missed, Place, Ranked, ranked
from clinic.offers.models import CameOfIt

QUIET_FROM: Final = time(21)  # at night nothing is offered, nobody is written to, no time runs out
QUIET_UNTIL: Final = time(8)
SUBJECT: Final = "Your page"
MISSES: Final = frozenset(Cause) - {Cause.UNCONFIRMED}  # which can be made up for
MAKES_UP: Final = frozenset({None, CameOfIt.PLACED, CameOfIt.TAKEN})
SAID_NO: Final = frozenset({CameOfIt.DECLINED, CameOfIt.RELEASED})

GIVEN_AWAY: Final = "The last free seat was given to somebody else a moment ago. Choose another."
BUSY: Final = "They have another session at that time."
IS_OUT: Final = "They have been offered a seat already. Withdraw that one first."
NO_PAGE: Final = "They do not use their own page yet. Call them, and add them to the session."
HAS_BEGUN: Final = "This session has begun. Choose another."
ANSWERED: Final = "This offer is no longer out: it was answered, or its time is over."
NOT_ON_IT: Final = "They are not on this session any more."

NOT_HELD_ANY_MORE: Final = "The seat that they were offered is not held for them any more."

YOU_HAD_IT: Final = "This seat was given to you already. Your week shows how it stands now."
YOU_HAVE_IT: Final = (
    "This seat was given to you already. If you can’t come, say so beside it in your week."
)
DECLINED: Final = "You have declined the seat. Call us if you would like to come after all."
NOT_HELD: Final = "Thank you. That seat is no longer held for you."
YOU_DECLINED: Final = "You have declined this seat. Call us if you would like to come after all."
NOT_OFFERED: Final = "This seat is no longer offered to you. Call us about another one."
YOU_BEGUN: Final = "This session has begun. Call us about another one."
YOU_CANCELLED: Final = "This session does not take place. Call us about another one."
YOU_MOVED: Final = "This session is at another time now. Call us if you would like to come."
YOU_NOT_THERE: Final = "Your enrollment has changed, so this seat cannot be yours. Call us."
YOU_BUSY: Final = "You have another session at that time. Call us about another one."
YOU_GIVEN_AWAY: Final = "This seat was given to somebody else. Call us about another one."
YOU_SAID: Final = {
    CameOfIt.PLACED: YOU_HAD_IT,
    CameOfIt.TAKEN: YOU_HAD_IT,
    CameOfIt.DECLINED: YOU_DECLINED,
    CameOfIt.WITHDRAWN: NOT_OFFERED,
}


def opens_at(now: datetime, at: ZoneInfo) -> datetime:
    """When somebody is offered a seat: now, or at night the next morning."""
    local = now.astimezone(at)
    if local.time() >= QUIET_FROM:
        return instant_of(local.date() + DAY, QUIET_UNTIL, at)
    return instant_of(local.date(), QUIET_UNTIL, at) if local.time() < QUIET_UNTIL else now


def held_until(opens: datetime, hours: int, at: ZoneInfo, *, starts_at: datetime) -> datetime:
    """Until when a seat is held that is offered from then on: so many hours by day, and no longer
    than until the session begins, or where that is at night, than the evening before."""
    left = timedelta(hours=hours)
    while True:
        day = opens.astimezone(at).date()
        evening = instant_of(day, QUIET_FROM, at)
        morning = instant_of(day + DAY, QUIET_UNTIL, at)
        if opens + left <= evening or starts_at < morning:
            return min(opens + left, evening, starts_at)
        left -= evening - opens
        opens = morning


def why_not_offer(
    starts_at: datetime, at: ZoneInfo, *, is_out: bool, has_page: bool, now: datetime
) -> str | None:
    """Why somebody cannot be offered a seat on their page."""
    if starts_at <= now:
        return HAS_BEGUN
    if is_out:
        return IS_OUT
    if not has_page:
        return NO_PAGE
    opens = opens_at(now, at)
    if opens >= starts_at:
        begins = clock_time(starts_at, at)
        return f"At night nothing is offered, and this session begins at {begins}. Call them."
    return None


def suggested(
    places: Iterable[Place],
    losses: Iterable[Loss],
    offers: Iterable[Any],
    *,
    missing: int,
    is_covered: Callable[[Place], bool] = lambda _place: True,
    most: int | None = OFFERED,
) -> list[Ranked]:
    """What to offer to somebody of the sessions that they could come to: nothing that they have
    been offered before. `losses` are what they missed in that week."""
    offers = list(offers)
    made_up = {each.missed_session_id for each in offers if each.outcome in MAKES_UP}
    missed = [missed_of(each) for each in losses if each.cause in MISSES]
    asked = {each.session_id for each in offers if each.outcome in {None, *SAID_NO}}
    return ranked(
        [place for place in places if place.session_id not in asked],
        [each for each in missed if each.session_id not in made_up],
        missing=missing,
        is_covered=is_covered,
        most=most,
    )


def missed_of(loss: Loss) -> Missed:
    row = loss.booked
    starts = row.starts_at.astimezone(ZoneInfo(row.timezone))
    lost = loss.credit - loss.delivered
    return Missed(
        row.session_id,
        row.title,
        row.kind,
        row.day,
        minute_of(starts),
        lost,
        is_called_off=loss.cause in {Cause.CALLED_OFF, Cause.EXCUSED},
    )


def is_busy(wanted: Span, own: Collection[Any]) -> bool:
    """Whether somebody has something else at a time; `own` have a start and an end."""
    return any(wanted.overlaps(Span(each.starts_at, each.ends_at)) for each in own)


def is_as_told(offer: Any) -> bool:
    """Whether a session is at the time that they were told."""
    return (offer.starts_now, offer.ends_now) == (offer.starts_at, offer.ends_at)


def is_theirs(offer: Any, *, comes: bool) -> bool:
    """Whether a seat is somebody's already, at the time that they were told: to take it once
    more changes nothing."""
    is_right = offer.is_cancelled is False and is_as_told(offer)
    return comes and is_right and offer.outcome in MAKES_UP


def why_not_take(offer: Any, *, now: datetime) -> str | None:
    """Why somebody cannot have a seat that was offered to them, in words for them."""
    if offer.outcome in YOU_SAID:
        return YOU_SAID[offer.outcome]
    if offer.is_cancelled is not False:  # or there is none any more
        return YOU_CANCELLED
    if not is_as_told(offer):
        return YOU_MOVED
    if offer.starts_at <= now:
        return YOU_BEGUN
    if offer.outcome is CameOfIt.RELEASED or offer.held_until <= now:
        until = held_words(offer, now=now)
        return f"This seat was held for you {until}. Call us about another one."
    return None


def why_not_decline(offer: Any) -> str | None:
    """Why somebody cannot say that they do not want a seat, in words for them."""
    return YOU_HAVE_IT if offer.outcome in {CameOfIt.PLACED, CameOfIt.TAKEN} else None


def becomes(offer: Any, *, is_on_it: bool, is_there: bool, now: datetime) -> CameOfIt | None:
    """What comes of an offer that is out by itself: nothing as long as it can be taken.

    `is_on_it` is whether they are on the session by now, `is_there` whether they could come.
    """
    if is_on_it:
        return CameOfIt.PLACED
    if offer.held_until <= now and offer.is_cancelled is False:
        return CameOfIt.RELEASED
    return CameOfIt.WITHDRAWN if not is_there or why_not_take(offer, now=now) else None


def follows(offer: Any, *, is_on_it: bool, now: datetime) -> CameOfIt | None:
    """What an offer becomes as staff put them on its session themselves, or took them off: nothing
    where it says so already, or is of the past."""
    if offer.outcome in {CameOfIt.PLACED, CameOfIt.TAKEN}:
        return None if is_on_it or offer.starts_now <= now else CameOfIt.WITHDRAWN
    return CameOfIt.PLACED if is_on_it else None


def message(link: str) -> str:
    """What is written to whoever is offered a seat; `link` is their page, if that is known."""
    return notice("please look at your page.", link)


def when_words(row: Any, reader: ZoneInfo) -> str:
    """`Thu, Mar 5, 9:00 am – 12:00 pm`: of a session or an offer of one."""
    return time_words(row.starts_at, row.ends_at, ZoneInfo(row.timezone), reader)


def time_words(starts_at: datetime, ends_at: datetime, at: ZoneInfo, reader: ZoneInfo) -> str:
    day = day_short(starts_at.astimezone(at).date())
    return f"{day}, {times_at(starts_at, ends_at, at, reader)}"


def stay_words(
    rows: Iterable[Any],
    reader: ZoneInfo,
    *,
    the: str = "The",
    names: Mapping[int, str] | None = None,
) -> str:
    """That make-ups stay although somebody comes to what they missed after all; `names` by booking
    of that, where it may be anybody's. Each as another sentence, nothing where there are none."""
    said = (
        f" {the} make-up{f' of {names[row.booking_id]}' if names else ''}"
        f" on {time_words(row.starts_now, row.ends_now, ZoneInfo(row.timezone), reader)} stays."
        for row in rows
    )
    return "".join(dict.fromkeys(said))  # they may have been put on it, and again


def held_words(offer: Any, *, now: datetime) -> str:
    """`until 2:00 pm`, `until Thu, Mar 5, 9:00 am`: how long a seat is held for whoever asks."""
    at = ZoneInfo(offer.timezone)
    today = now.astimezone(at).date()
    if offer.held_until.astimezone(at).date() == today:
        return f"until {clock_time(offer.held_until, at)}"
    return f"until {moment(offer.held_until, at, today=today)}"


def state_words(offer: Any, *, now: datetime) -> str:
    """What has become of an offer, in words for staff."""
    at = ZoneInfo(offer.timezone)
    today = now.astimezone(at).date()
    if offer.outcome is None:
        if now < offer.opens_at:
            opens = moment(offer.opens_at, at, today=today)
            return f"Goes out {opens}; held {held_words(offer, now=now)}"
        return f"Offered, held {held_words(offer, now=now)}"
    is_silent = offer.outcome is CameOfIt.RELEASED  # whenever that was noticed
    when = moment(offer.held_until if is_silent else offer.ended_at, at, today=today)
    is_undone = offer.outcome is CameOfIt.WITHDRAWN and offer.opens_at is None
    return f"{UNDONE if is_undone else ENDED[offer.outcome]} {when}"


UNDONE: Final = "Added, and taken off again"  # by staff: nothing was offered
ENDED: Final = {
    CameOfIt.PLACED: "Added",
    CameOfIt.TAKEN: "Taken",
    CameOfIt.DECLINED: "Declined",
    CameOfIt.RELEASED: "No answer by",
    CameOfIt.WITHDRAWN: "Withdrawn",
}
