import json
from datetime import date

import pytest
from sqlalchemy import select

from clinic.db import db, transaction
from clinic.errors import NotFound, Refused
from clinic.outbox import OutboxMessage
from clinic.schedule.models import Status
from clinic.shortweeks import actions, queries, rules
from clinic.shortweeks.rules import Name
from clinic.told.models import GoesOn, Offered, ShortBy, WeekClosing
from clinic.trail import SYSTEM, Actor, TrailEvent
from tests import make
from tests.race import race

MONDAY = make.instant("2026-03-09 08:00")
CAME, MISSED = Status.PRESENT, Status.NO_SHOW


@pytest.fixture
def ana(app):
    make.organization()
    return make.staff(name="Ana Rivera")


@pytest.fixture
def jo(ana):
    """Planned for two sessions of an hour with a minimum of two; came to one, missed one."""
    enrollment = make.enrollment(
        make.participant(name="Jordan Avery"),
        clinician=ana,
        from_on="2026-03-02",
        until_on="2026-03-08",
        min_minutes=120,
        max_minutes=180,
    )
    for day, status in (("2026-03-03", CAME), ("2026-03-04", MISSED)):
        make.booking(make.session(day), enrollment, status)
    db.flush()
    return enrollment


def rows():
    found = db.execute(select(WeekClosing.enrollment_id, WeekClosing.week, WeekClosing.closed_at))
    return [(one.enrollment_id, one.week.isoformat(), one.closed_at) for one in found]


def verbs():
    about = TrailEvent.subject_kind == "week_closing"
    return list(db.scalars(select(TrailEvent.verb).where(about).order_by(TrailEvent.id)))


def settle(now=MONDAY):
    was_behind = actions.is_behind(now)
    actions.settle(now)
    assert not actions.is_behind(now)
    return was_behind


def close(closing_id=1, *, scope=None, by=None, now=MONDAY, **said):
    usual = {
        "short_by": ShortBy.WORK,
        "offered": Offered.MAKE_UP,
        "goes_on": GoesOn.AS_BEFORE,
        "note": None,
    }
    actions.close(closing_id, **usual | said, scope=scope, by=by or Actor("account", 1), now=now)


def amended(enrollment, status):
    booking = db.scalars(
        select(make.Booking).where(make.Booking.enrollment_id == enrollment.id).order_by("id")
    ).all()[-1]
    booking.status, booking.recorded_at = status, MONDAY
    db.flush()


def test_before_anything_is_set_up_there_is_nothing_to_close(app):
    assert not actions.is_behind(MONDAY)


def test_a_week_is_raised_once_when_nothing_can_bring_it_and_taken_off_when_something_has(jo):
    make.session("2026-03-08", "09:00", "10:00")
    assert not settle(make.instant("2026-03-08 08:59"))  # it needs a make-up until then
    assert settle(make.instant("2026-03-08 09:00"))
    assert not settle()
    assert rows() == [(jo.id, "2026-03-02", None)]
    event = db.scalars(select(TrailEvent).where(TrailEvent.subject_kind == "week_closing")).one()
    assert json.loads(event.facts)["enrollment"] == jo.id
    amended(jo, CAME)
    assert settle()
    assert rows() == []
    assert verbs() == ["week.fell_short", "week.not_short"]


def test_an_older_week_is_raised_when_something_was_recorded_lately(jo):
    later = make.instant("2026-03-24 08:00")
    assert not settle(later)  # nobody is told of what is long over
    booking = db.scalars(select(make.Booking)).first()
    booking.recorded_at = later
    db.flush()
    assert settle(later)
    assert rows() == [(jo.id, "2026-03-02", None)]
    assert not settle(make.instant("2026-04-20 08:00"))  # it stays until it is closed


def test_a_week_that_the_enrollment_is_not_in_any_more_is_taken_off(jo):
    settle()
    jo.from_on, jo.until_on = date(2026, 1, 5), date(2026, 2, 1)
    db.flush()
    assert settle()
    assert rows() == []


def test_closing_keeps_who_said_what_and_how_far_the_week_had_come(jo, ana):
    settle()
    close(by=Actor("account", ana.account_id), note="Shifts changed")
    row = db.get_one(WeekClosing, 1)
    assert (row.short_by, row.offered, row.goes_on) == (
        ShortBy.WORK,
        Offered.MAKE_UP,
        GoesOn.AS_BEFORE,
    )
    assert (row.note, row.closed_at, row.closed_by_id) == (
        "Shifts changed",
        MONDAY,
        ana.account_id,
    )
    assert (row.delivered_minutes, row.min_minutes) == (60, 120)
    assert "Shifts" not in "".join(db.scalars(select(TrailEvent.facts)))
    assert not settle()  # closed stays closed, also when an amendment makes it reached
    amended(jo, CAME)
    assert not settle()
    actions.reopen(1, scope=None, by=Actor("account", ana.account_id), now=MONDAY)
    assert (row.short_by, row.note, row.closed_by_id, row.min_minutes) == (None,) * 4
    assert verbs() == ["week.fell_short", "week.closed", "week.reopened"]


def test_what_cannot_be_closed_is_refused_in_words(jo):
    settle()
    with pytest.raises(Refused) as refused:
        close(short_by=ShortBy.OTHER)
    assert (refused.value.sentence, refused.value.field) == (rules.SAY_WHAT, "note")
    with pytest.raises(Refused) as refused:
        actions.reopen(1, scope=None, by=Actor("account", 1), now=MONDAY)
    assert refused.value.sentence == rules.NOT_CLOSED
    amended(jo, CAME)
    with pytest.raises(Refused) as refused:
        close()
    assert refused.value.sentence == rules.NOT_SHORT


def test_it_is_somebody_elses_caseload(jo):
    settle()
    other = make.staff()
    for act in (
        lambda: close(scope=other.id),
        lambda: actions.reopen(1, scope=other.id, by=Actor("account", 1), now=MONDAY),
    ):
        with pytest.raises(NotFound):
            act()


def test_of_two_who_close_a_week_the_second_is_told(app, jo):
    settle()

    def press():
        with transaction():
            close(by=SYSTEM)

    answers = race(app, press, press)
    (lost,) = [each for each in answers if each is not None]
    assert lost.sentence == rules.CLOSED_ALREADY
    assert verbs() == ["week.fell_short", "week.closed"]


def chase(wall):
    return actions.chase(link="", now=make.instant(wall))


def test_the_clinician_is_written_to_in_the_morning_once_a_day_as_long_as_it_is_new(jo, ana):
    settle(make.instant("2026-03-09 00:01"))
    assert chase("2026-03-09 06:59") == 0
    assert chase("2026-03-09 07:00") == 1
    assert chase("2026-03-09 07:01") == 0
    ((to, body),) = db.execute(select(OutboxMessage.recipient, OutboxMessage.body)).all()
    assert to == ana.account.email
    assert "you have 1 week to close." in body
    assert "Avery" not in body
    assert chase("2026-03-10 07:00") == 1
    assert chase("2026-03-17 07:00") == 0
    close()
    assert chase("2026-03-11 07:00") == 0


def test_of_a_week_that_is_not_over_nobody_is_written_to(jo):
    make.week_closing(jo, "2026-03-09")
    assert chase("2026-03-10 08:00") == 0
    assert queries.closings_of([jo.id]).keys() == {Name(jo.id, date(2026, 3, 9))}
