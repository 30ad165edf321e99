from datetime import date, time, timedelta
from itertools import product
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from clinic.days import Span
from clinic.losses.rules import Cause, Loss
from clinic.offers import rules
from clinic.offers.models import CameOfIt
from clinic.programs.models import Kind
from tests import make
from tests.makeups.test_rules import place

ZONE = ZoneInfo(make.ZONE)
FAR = "2026-03-20 09:00"
MINUTE, LATER = timedelta(minutes=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-03-02 08:00", "2026-03-02 08:00"),
        ("2026-03-02 20:59", "2026-03-02 20:59"),
        ("2026-03-02 21:00", "2026-03-03 08:00"),
        ("2026-03-02 23:59", "2026-03-03 08:00"),
        ("2026-03-03 00:00", "2026-03-03 08:00"),
        ("2026-03-03 07:59", "2026-03-03 08:00"),
        ("2026-03-07 22:00", "2026-03-08 08:00"),  # the clocks go forward that night
    ],
)
def test_at_night_nobody_is_offered_anything(now, opens):
    assert rules.opens_at(make.instant(now), ZONE) == make.instant(opens)


@pytest.mark.parametrize(
    ("opens", "hours", "starts", "until"),
    [
        ("2026-03-02 10:00", 4, FAR, "2026-03-02 14:00"),
        ("2026-03-02 17:00", 4, FAR, "2026-03-02 21:00"),  # to the last minute of the day
        ("2026-03-02 19:00", 4, FAR, "2026-03-03 10:00"),  # two hours, and two in the morning
        ("2026-03-02 08:00", 13, FAR, "2026-03-02 21:00"),
        ("2026-03-02 08:00", 14, FAR, "2026-03-03 09:00"),
        ("2026-03-02 20:00", 48, FAR, "2026-03-06 16:00"),  # three whole days of 13 between
        ("2026-03-07 20:00", 2, FAR, "2026-03-08 09:00"),  # a night of ten hours
        ("2026-03-02 10:00", 4, "2026-03-02 13:00", "2026-03-02 13:00"),  # it begins before
        ("2026-03-02 19:00", 4, "2026-03-03 09:00", "2026-03-03 09:00"),
        ("2026-03-02 20:00", 4, "2026-03-02 20:30", "2026-03-02 20:30"),
        ("2026-03-02 19:00", 4, "2026-03-03 08:00", "2026-03-03 08:00"),
        ("2026-03-02 19:00", 4, "2026-03-02 22:00", "2026-03-02 21:00"),  # it begins at night
        ("2026-03-02 19:00", 4, "2026-03-03 07:30", "2026-03-02 21:00"),
    ],
)
def test_a_seat_is_held_by_day_and_until_the_session_begins(opens, hours, starts, until):
    starts_at = make.instant(starts)
    found = rules.held_until(make.instant(opens), hours, ZONE, starts_at=starts_at)
    assert found == make.instant(until)


@pytest.mark.parametrize("timezone", [make.ZONE, "America/Los_Angeles", "Pacific/Honolulu"])
@pytest.mark.parametrize("day", ["2026-03-07", "2026-03-02", "2026-10-31"])  # the clocks change
def test_no_time_begins_or_ends_at_night_whenever_something_is_offered(day, timezone):
    at, first = ZoneInfo(timezone), make.instant(f"{day} 00:00", timezone)

    def is_at_night(instant):
        return not time(8) <= instant.astimezone(at).time() <= time(21)

    tried = 0
    for asked, hours, lasts in product(range(0, 48 * 60, 20), (1, 4, 13, 30), range(0, 48, 3)):
        now = first + asked * MINUTE
        starts_at = now + lasts * LATER + 10 * MINUTE
        if rules.why_not_offer(starts_at, at, is_out=False, has_page=True, now=now):
            continue
        opens = rules.opens_at(now, at)
        until = rules.held_until(opens, hours, at, starts_at=starts_at)
        assert now <= opens < until <= starts_at
        assert not is_at_night(opens)
        assert not is_at_night(until)
        tried += 1
    assert tried > 5000


def test_what_can_be_offered():
    def why_not(now="2026-03-02 10:00", *, is_out=False, has_page=True, starts="2026-03-02 18:00"):
        return rules.why_not_offer(
            make.instant(starts), ZONE, is_out=is_out, has_page=has_page, now=make.instant(now)
        )

    assert why_not() is None
    assert why_not("2026-03-02 18:00") == rules.HAS_BEGUN
    assert why_not(is_out=True) == rules.IS_OUT
    assert why_not(has_page=False) == rules.NO_PAGE
    assert why_not("2026-03-01 22:00") is None
    assert why_not("2026-03-02 06:00", starts="2026-03-02 07:30") == (
        "At night nothing is offered, and this session begins at 7:30 am. Call them."
    )


def offer(**facts):
    defaults = {
        "outcome": None,
        "starts_at": make.instant("2026-03-05 09:00"),
        "ends_at": make.instant("2026-03-05 12:00"),
        "is_cancelled": False,
        "opens_at": make.instant("2026-03-03 10:00"),
        "held_until": make.instant("2026-03-03 14:00"),
        "ended_at": None,
        "timezone": make.ZONE,
    }
    found = SimpleNamespace(**defaults | facts)
    found.starts_now = facts.get("starts_now", found.starts_at)
    found.ends_now = facts.get("ends_now", found.ends_at)
    return found


NOW = make.instant("2026-03-03 11:00")


@pytest.mark.parametrize(
    ("facts", "why_not"),
    [
        ({}, None),
        ({"outcome": CameOfIt.TAKEN}, rules.YOU_HAD_IT),
        ({"outcome": CameOfIt.PLACED}, rules.YOU_HAD_IT),
        ({"outcome": CameOfIt.DECLINED}, rules.YOU_DECLINED),
        ({"outcome": CameOfIt.WITHDRAWN}, rules.NOT_OFFERED),
        ({"is_cancelled": True}, rules.YOU_CANCELLED),
        ({"is_cancelled": None}, rules.YOU_CANCELLED),  # there is none any more
        ({"starts_now": make.instant("2026-03-05 10:00")}, rules.YOU_MOVED),
        ({"ends_now": make.instant("2026-03-05 11:00")}, rules.YOU_MOVED),
        ({"starts_at": NOW, "held_until": NOW}, rules.YOU_BEGUN),
        (
            {"held_until": NOW},
            "This seat was held for you until 11:00 am. Call us about another one.",
        ),
        (
            {"outcome": CameOfIt.RELEASED},
            "This seat was held for you until 2:00 pm. Call us about another one.",
        ),
        (
            {"outcome": CameOfIt.RELEASED, "held_until": make.instant("2026-03-02 14:00")},
            "This seat was held for you until Mon, Mar 2, 2:00 pm. Call us about another one.",
        ),
    ],
)
def test_what_somebody_can_take(facts, why_not):
    assert rules.why_not_take(offer(**facts), now=NOW) == why_not


@pytest.mark.parametrize(
    ("facts", "comes", "theirs"),
    [
        ({"outcome": CameOfIt.TAKEN}, True, True),
        ({"outcome": CameOfIt.PLACED}, True, True),
        ({}, True, True),  # they were put on it by hand
        ({"outcome": CameOfIt.TAKEN}, False, False),
        ({"outcome": CameOfIt.DECLINED}, True, False),
        ({"outcome": CameOfIt.TAKEN, "is_cancelled": True}, True, False),
        ({"outcome": CameOfIt.TAKEN, "starts_now": make.instant("2026-03-05 10:00")}, True, False),
    ],
)
def test_a_seat_is_theirs_as_they_were_told(facts, comes, theirs):
    assert rules.is_theirs(offer(**facts), comes=comes) is theirs


def test_what_somebody_can_decline():
    for free in (None, CameOfIt.DECLINED, CameOfIt.RELEASED, CameOfIt.WITHDRAWN):
        assert rules.why_not_decline(offer(outcome=free)) is None
    for theirs in (CameOfIt.TAKEN, CameOfIt.PLACED):
        assert rules.why_not_decline(offer(outcome=theirs)) == rules.YOU_HAVE_IT


@pytest.mark.parametrize(
    ("facts", "on_it", "there", "becomes"),
    [
        ({}, False, True, None),
        ({}, True, True, CameOfIt.PLACED),
        ({"held_until": NOW}, True, True, CameOfIt.PLACED),
        ({"held_until": NOW}, False, True, CameOfIt.RELEASED),
        ({"held_until": NOW, "is_cancelled": True}, False, True, CameOfIt.WITHDRAWN),
        ({}, False, False, CameOfIt.WITHDRAWN),
        ({"is_cancelled": None}, False, False, CameOfIt.WITHDRAWN),
        ({"starts_now": NOW + LATER}, False, True, CameOfIt.WITHDRAWN),
    ],
)
def test_what_comes_of_an_offer_by_itself(facts, on_it, there, becomes):
    assert rules.becomes(offer(**facts), is_on_it=on_it, is_there=there, now=NOW) is becomes


def test_what_is_suggested():
    missed, unknown = (
        Loss(
            cause,
            SimpleNamespace(
                session_id=number,
                title="Process",
                kind=Kind.GROUP,
                day=date(2026, 3, 2),
                starts_at=make.instant("2026-03-02 18:00"),
                timezone=make.ZONE,
            ),
            30,
            180,
        )
        for number, cause in ((80, Cause.MISSED), (81, Cause.UNCONFIRMED))
    )
    assert rules.missed_of(missed) == (
        *(80, "Process", Kind.GROUP, date(2026, 3, 2)),
        *(18 * 60, 150, False),
    )
    assert rules.missed_of(missed._replace(cause=Cause.CALLED_OFF)).is_called_off
    thursday, friday = place(3, session_id=1), place(4, session_id=2)

    def suggested(*offers):
        facts = ({"session_id": 9, "missed_session_id": None} | each for each in offers)
        offers = [offer(**each) for each in facts]
        found = rules.suggested([thursday, friday], [unknown, missed], offers, missing=60)
        return [(each.place.session_id, each.missed and each.missed.session_id) for each in found]

    assert suggested() == [(1, 80), (2, 80)]
    assert suggested({"session_id": 1, "outcome": CameOfIt.DECLINED}) == [(2, 80)]
    assert suggested({"missed_session_id": 80, "outcome": CameOfIt.RELEASED}) == [(1, 80), (2, 80)]
    for made_up in (None, CameOfIt.TAKEN, CameOfIt.PLACED):
        assert suggested({"missed_session_id": 80, "outcome": made_up}) == [(1, None), (2, None)]


def test_two_things_at_a_time():
    wanted = Span(NOW, NOW + LATER)
    assert not rules.is_busy(wanted, [])
    before = SimpleNamespace(starts_at=NOW - LATER, ends_at=NOW)
    assert not rules.is_busy(wanted, [before])  # they touch
    across = SimpleNamespace(starts_at=NOW - LATER, ends_at=NOW + LATER / 2)
    assert rules.is_busy(wanted, [before, across])


def test_words():
    assert rules.when_words(offer(), ZONE) == "Thu, Mar 5, 9:00 am – 12:00 pm"
    chicago = ZoneInfo("America/Chicago")
    assert rules.when_words(offer(), chicago).endswith("12:00 pm, New York time")
    assert rules.held_words(offer(), now=NOW) == "until 2:00 pm"
    tomorrow = make.instant("2026-03-04 10:00")
    assert rules.held_words(offer(held_until=tomorrow), now=NOW) == "until Wed, Mar 4, 10:00 am"
    assert rules.state_words(offer(), now=NOW) == "Offered, held until 2:00 pm"
    assert rules.state_words(offer(opens_at=NOW + LATER), now=NOW) == (
        "Goes out today, 12:00 pm; held until 2:00 pm"
    )
    silent = offer(outcome=CameOfIt.RELEASED, ended_at=NOW + LATER, held_until=NOW)
    assert rules.state_words(silent, now=NOW) == "No answer by today, 11:00 am"
    declined = offer(outcome=CameOfIt.DECLINED, ended_at=NOW)
    assert rules.state_words(declined, now=NOW) == "Declined today, 11:00 am"
    withdrawn = {"outcome": CameOfIt.WITHDRAWN, "ended_at": NOW}
    assert rules.state_words(offer(**withdrawn), now=NOW) == "Withdrawn today, 11:00 am"
    undone = offer(**withdrawn, opens_at=None, held_until=None)  # they were not offered it
    assert rules.state_words(undone, now=NOW) == "Added, and taken off again today, 11:00 am"


def test_a_message_says_nothing():
    assert rules.message("") == (
        "Hello,\n\nplease look at your page.\n\n"
        "This message was sent automatically; nobody reads answers to it.\n"
    )
