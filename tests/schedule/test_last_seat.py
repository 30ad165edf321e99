"""Two clerks fill the last seat at once: one wins, the other reads a plain refusal.

10 rounds as a rule; in `make torture` 200, and 200 of eight clerks at once.
"""

from datetime import date

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from clinic.db import db, transaction
from clinic.enrollment.queries import get_enrollment
from clinic.schedule.actions import rosters
from clinic.schedule.actions.series import lay_out
from clinic.schedule.models import Booking, RosterEntry, Session, Status
from clinic.schedule.queries.rosters import get_roster_entry
from clinic.schedule.queries.series import get_series
from clinic.trail import SYSTEM
from tests import make
from tests.chance import TORTURE
from tests.html import Page
from tests.race import race

pytestmark = pytest.mark.torture
ROUNDS = 200 if TORTURE else 10
NOW = make.instant("2026-03-02 09:00")
FULL = "Process group has no free seat on Mon, Mar 9."


def group(*, seats=2, **facts):
    """One session, a week ahead, with one seat left."""
    facts = {"from_on": "2026-03-09", "until_on": "2026-03-09"} | facts
    series = make.series(seats=seats, **facts)
    lay_out(series, by=SYSTEM, now=NOW)
    for _ in range(seats - 1):
        rosters.put_on(make.enrollment(), series, from_on=date(2026, 3, 9), by=SYSTEM, now=NOW)
    return series


def putting_on(enrollment, series):
    enrollment_id, series_id = enrollment.id, series.id

    def put_on():
        with transaction():
            rosters.put_on(
                get_enrollment(enrollment_id),
                get_series(series_id),
                from_on=date(2026, 3, 9),
                by=SYSTEM,
                now=NOW,
            )

    return put_on


def seat_numbers():
    return sorted(db.scalars(select(Booking.seat_no)))


def undo(people):
    """Take the winner off again, before it began."""
    entries = db.scalars(
        select(RosterEntry.id).where(RosterEntry.enrollment_id.in_([each.id for each in people]))
    ).all()
    for entry_id in entries:
        rosters.take_off(get_roster_entry(entry_id), last_on=date(2026, 3, 2), by=SYSTEM, now=NOW)


@pytest.mark.parametrize("clerks", [2, 8] if TORTURE else [2])
def test_of_clerks_who_put_somebody_on_the_last_seat_at_once_one_wins(app, clerks):
    series = group()
    people = [make.enrollment() for _ in range(clerks)]
    for _ in range(ROUNDS):
        answers = race(app, *[putting_on(person, series) for person in people])
        said = [getattr(answer, "sentence", answer) for answer in answers]
        assert sorted(said, key=str) == [None, *[FULL] * (clerks - 1)]
        assert seat_numbers() == [1, 2]
        assert len(db.scalars(select(RosterEntry)).all()) == 2
        undo(people)


def test_of_clerks_who_press_the_button_at_once_one_reads_a_refusal(app, at, signed_in):
    at("2026-03-02 09:00")
    series = group()
    people = [make.enrollment() for _ in range(2)]
    clerks = [signed_in("coordinator") for _ in people]
    make.saved()
    tokens = [clerk.token() for clerk in clerks]

    def pressing(clerk, token, enrollment):
        path = f"/enrollments/{enrollment.id}/groups"
        typed = {"series": str(series.id), "from_on": "2026-03-09", "csrf_token": token}
        seen = Page(clerk.client.post(path, data=typed).text).value("shown")
        return lambda: clerk.client.post(path, data=typed | {"step": "save", "shown": seen})

    calls = list(map(pressing, clerks, tokens, people))
    for _ in range(ROUNDS):
        answers = race(app, *calls)
        assert sorted(answer.status_code for answer in answers) == [302, 422]
        (loser,) = [answer for answer in answers if answer.status_code == 422]
        assert loser.text.count(FULL) == 2  # at the top, and why the group is greyed by now
        assert Page(loser.text).value("series") == str(series.id)
        assert seat_numbers() == [1, 2]
        undo(people)


def test_of_two_groups_at_the_same_time_somebody_gets_one(app):
    one, other = group(title="Skills"), group(title="Yoga", start="10:30", end="11:30")
    jo = make.enrollment()
    for _ in range(ROUNDS):
        answers = race(app, putting_on(jo, one), putting_on(jo, other))
        said = [getattr(answer, "sentence", answer) for answer in answers]
        clash = "Skills and Yoga are at the same time on Mon, Mar 9."
        assert sorted(said, key=str) == [None, clash]
        undo([jo])


def test_putting_the_same_person_on_twice_at_once_does_it_once(app):
    series, jo = group(), make.enrollment()
    for _ in range(ROUNDS):
        answers = race(app, putting_on(jo, series), putting_on(jo, series))
        assert answers.count(None) == 1
        (loser,) = [answer for answer in answers if answer is not None]
        assert getattr(loser, "sentence", loser) == "They are on this group already."
        assert seat_numbers() == [1, 2]
        undo([jo])


# The application's own checks left out: the database alone holds the seats.


def booking(session, enrollment, seat_no, **facts):
    return {
        "session_id": session.id,
        "seats": session.seats,
        "seat_no": seat_no,
        "enrollment_id": enrollment.id,
        "status": Status.EXPECTED,
    } | facts


def test_of_two_who_take_the_last_seat_past_the_application_one_wins(app):
    series = group()
    session = db.scalars(select(Session).where(Session.series_id == series.id)).one()
    people = [make.enrollment() for _ in range(2)]
    rows = [booking(session, person, 2) for person in people]

    def taking(row):
        def take():
            with transaction():
                db.execute(insert(Booking), [row])

        return take

    for _ in range(ROUNDS):
        answers = race(app, *map(taking, rows))
        assert [type(answer) for answer in sorted(answers, key=bool)] == [
            type(None),
            IntegrityError,
        ]
        assert seat_numbers() == [1, 2]
        db.execute(delete(Booking).where(Booking.seat_no == 2))


@pytest.mark.parametrize(
    ("seat_no", "facts"),
    [
        (1, {}),  # somebody has it
        (3, {}),  # there are two
        (0, {}),
        (3, {"seats": 3}),  # there are two, whatever the booking says
        (None, {}),  # whoever is expected needs one
    ],
)
def test_the_database_refuses_a_seat_that_is_none(app, seat_no, facts):
    series = group()
    session = db.scalars(select(Session).where(Session.series_id == series.id)).one()
    with pytest.raises(IntegrityError), db.begin_nested():
        db.execute(insert(Booking), [booking(session, make.enrollment(), seat_no, **facts)])
    assert seat_numbers() == [1]


def test_the_database_refuses_fewer_seats_than_are_taken(app):
    series = group(seats=3)
    session = db.scalars(select(Session).where(Session.series_id == series.id)).one()
    fewer = update(Session).where(Session.id == session.id).values(seats=1)
    with pytest.raises(IntegrityError), db.begin_nested():
        db.execute(fewer)
    db.refresh(session)
    assert session.seats == 3
