from types import SimpleNamespace

import pytest

from clinic import clock
from clinic.losses.rules import Account, Cause, Loss, account, reasons
from clinic.schedule.models import Status
from tests import make

NEW_YORK = clock.zone(make.ZONE)


def why(*losses, planned=540, least=540):
    return reasons(
        losses, planned=planned, least=least, called=lambda row: row.title, reader=NEW_YORK
    )


def test_a_week_that_plans_too_little_says_how_much():
    assert why(planned=360) == ["6 h of 9 h planned"]
    assert why(planned=0) == ["Nothing planned"]
    assert why() == []


def lost(
    cause, delivered=0, *, day="2026-03-02", status=Status.PRESENT, credit=90, title="Skills", **at
):
    """What a session from six to half past seven in the evening did not bring."""
    times = dict.fromkeys(("held_from", "held_until", "arrived_at", "left_at"))
    times |= {name: make.instant(f"{day} {wall}") for name, wall in at.items()}
    starts_at = make.instant(f"{day} 18:00")
    booked = SimpleNamespace(
        session_id=1,
        title=title,
        day=clock.day_of(starts_at, NEW_YORK),
        timezone=make.ZONE,
        starts_at=starts_at,
        ends_at=make.instant(f"{day} 19:30"),
        status=status,
        **times,
    )
    return Loss(cause, booked, delivered, credit)


def told(*losses, planned=540, delivered=0, unconfirmed=0, upcoming=0, reader=NEW_YORK):
    return account(
        losses,
        planned=planned,
        delivered=delivered,
        unconfirmed=unconfirmed,
        upcoming=upcoming,
        called=lambda row: row.title,
        reader=reader,
    )


@pytest.mark.parametrize(
    ("loss", "line"),
    [
        (lost(Cause.MISSED, status=Status.NO_SHOW), "Mon Skills: 0 of 90 min, did not come"),
        (
            lost(Cause.CALLED_OFF, status=Status.LATE_CANCEL),
            "Mon Skills: 0 of 90 min, called off late",
        ),
        (lost(Cause.EXCUSED, status=Status.EXCUSED), "Mon Skills: 0 of 90 min, excused"),
        (lost(Cause.UNCONFIRMED, status=Status.EXPECTED), "Mon Skills: 90 min not recorded yet"),
        (lost(Cause.CANCELLED, credit=0), "Mon Skills: cancelled, so not planned any more"),
        (
            lost(Cause.SHORTENED, 40, arrived_at="18:50"),
            "Mon Skills: 40 of 90 min, arrived 6:50 pm",
        ),
        (
            lost(Cause.SHORTENED, 30, arrived_at="18:30", left_at="19:00"),
            "Mon Skills: 30 of 90 min, arrived 6:30 pm and left 7:00 pm",
        ),
        (
            lost(Cause.SHORTENED, 60, held_from="18:10", held_until="19:10"),
            "Mon Skills: 60 of 90 min, session began 6:10 pm and session ended 7:10 pm",
        ),
    ],
)
def test_each_session_says_what_it_did_not_bring_and_why(loss, line):
    assert told(loss).lines == [line]


def test_what_is_lost_is_told_in_the_order_of_the_week_and_added_up():
    found = told(
        lost(Cause.SHORTENED, 40, day="2026-03-05", arrived_at="18:50"),
        lost(Cause.UNCONFIRMED, day="2026-03-04", status=Status.EXPECTED),
        lost(Cause.MISSED, day="2026-03-03", status=Status.NO_SHOW),
        lost(Cause.CANCELLED, credit=0),
        delivered=220,
        unconfirmed=90,
        upcoming=90,
    )
    assert [line[:3] for line in found.lines] == ["Mon", "Tue", "Wed", "Thu"]
    assert found.total == (
        "9 h planned − 2 h 20 min lost = 3 h 40 min done + 1 h 30 min not recorded"
        " + 1 h 30 min ahead"
    )


@pytest.mark.parametrize(
    ("facts", "total"),
    [
        ({"delivered": 540}, "9 h planned = 9 h done"),
        ({"planned": 0}, "0 min planned = nothing"),
    ],
)
def test_where_nothing_is_lost_the_sum_is_short(facts, total):
    assert told(**facts) == Account([], total)


def test_times_of_another_zone_name_their_clock():
    chicago = clock.zone("America/Chicago")
    (line,) = told(lost(Cause.SHORTENED, 40, arrived_at="18:50"), reader=chicago).lines
    assert line == "Mon Skills: 40 of 90 min, arrived 6:50 pm, New York time"
