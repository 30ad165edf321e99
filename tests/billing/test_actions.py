from datetime import date
from functools import partial

import pytest
from sqlalchemy import select

from clinic.billing import actions, rules
from clinic.billing.models import NotBilled, UnbilledDay
from clinic.billing.queries import days
from clinic.billing.rules import Seen
from clinic.db import db, transaction
from clinic.errors import NotFound, Refused
from clinic.trail import Actor
from tests import make
from tests.race import race

TUESDAY = date(2026, 3, 3)
NOW = make.instant("2026-03-05 10:00")
LATER = make.instant("2026-03-05 10:20")


@pytest.fixture
def booking(app):
    """Somebody who left after an hour."""
    return make.billable_booking(left="10:00")


@pytest.fixture
def novak(booking):
    return make.staff(name="Petra Novak")


def leave_out(booking, by, *seen, now=NOW, why=NotBilled.UNDER, **options):
    chosen = [Seen(booking.enrollment_id, *one) for one in seen]
    return actions.leave_out(chosen, why=why, by=actor(by), now=now, **options)


def actor(staff):
    return Actor("account", staff.account_id)


def said():
    return [(each.day, each.units, each.minutes, each.why) for each in rows()]


def rows():
    return db.scalars(select(UnbilledDay).order_by(UnbilledDay.id)).all()


def test_a_day_is_left_out_and_billed_after_all(booking, novak):
    assert len(days(TUESDAY, TUESDAY, now=NOW)) == 1
    (left,) = leave_out(booking, novak, (TUESDAY, 0, 60))
    assert (left.enrollment_id, left.day) == (booking.enrollment_id, TUESDAY)
    assert said() == [(TUESDAY, 0, 60, NotBilled.UNDER)]
    assert days(TUESDAY, TUESDAY, now=NOW) == []
    (row,) = rows()
    assert actions.bill(booking.enrollment_id, row.id, by=actor(novak), now=NOW) == TUESDAY
    assert rows() == []
    with pytest.raises(NotFound):
        actions.bill(booking.enrollment_id, row.id, by=actor(novak), now=NOW)


def test_what_was_said_of_a_day_that_has_become_another_one_is_said_anew(booking, novak):
    leave_out(booking, novak, (TUESDAY, 0, 60))
    booking.left_at = make.instant("2026-03-03 10:30")
    assert len(days(TUESDAY, TUESDAY, now=NOW)) == 1
    leave_out(booking, novak, (TUESDAY, 0, 90), why=NotBilled.OTHER)
    assert said() == [(TUESDAY, 0, 90, NotBilled.OTHER)]


def test_a_day_that_somebody_else_has_left_out_meanwhile_keeps_their_reason(booking, novak):
    leave_out(booking, novak, (TUESDAY, 0, 60))
    with pytest.raises(Refused, match="Petra Novak said so meanwhile"):
        leave_out(booking, make.staff(), (TUESDAY, 0, 60), why=NotBilled.OTHER)
    assert said() == [(TUESDAY, 0, 60, NotBilled.UNDER)]


def test_several_are_left_out_all_or_none_and_one_press_undoes_them(booking, novak):
    program = booking.enrollment.program
    other = make.billable_booking(
        enrollment=make.enrollment(make.participant(name="Sam Rowe"), program), left="10:30"
    )
    one, two = (
        Seen(booking.enrollment_id, TUESDAY, 0, 60),
        Seen(other.enrollment_id, TUESDAY, 0, 90),
    )
    facts = {"why": NotBilled.OTHER, "by": actor(novak), "now": NOW}
    with pytest.raises(Refused, match=r"of Sam Rowe has changed .* still chosen"):
        actions.leave_out([one, two._replace(minutes=91)], **facts)
    assert rows() == []
    actions.leave_out([two, one, one], **facts)
    assert [row.enrollment_id for row in rows()] == [booking.enrollment_id, other.enrollment_id]
    with pytest.raises(Refused, match=rules.BILLED):
        actions.undo(NOW, by=actor(make.staff()), now=LATER)  # who has left out nothing
    with pytest.raises(Refused, match=rules.BILLED):
        actions.undo(LATER, by=actor(novak), now=LATER)
    actions.bill(other.enrollment_id, rows()[1].id, by=actor(novak), now=LATER)
    actions.leave_out([two], **facts | {"now": LATER})
    assert actions.undo(NOW, by=actor(novak), now=LATER) == 1  # the other was said anew since
    assert [row.enrollment_id for row in rows()] == [other.enrollment_id]


def test_another_day_that_is_billed_after_all_is_written_down_and_no_more(booking, novak, queries):
    other = make.billable_booking(program=booking.session.program, left="10:30")
    one, two = (
        Seen(booking.enrollment_id, TUESDAY, 0, 60),
        Seen(other.enrollment_id, TUESDAY, 0, 90),
    )
    by, numbers = actor(novak), []
    for chosen in ([one], [one, two]):
        actions.leave_out(chosen, why=NotBilled.OTHER, by=by, now=NOW)
        with queries() as count:
            assert actions.undo(NOW, by=by, now=LATER) == len(chosen)
        numbers.append(count())
    assert numbers[1] - numbers[0] <= 4  # its event, and that it goes


def test_of_two_who_leave_out_the_same_day_at_once_one_does_and_one_is_told(app, booking, novak):
    other = make.staff(name="Lee Marsh")

    def press(by, why):
        with transaction():
            leave_out(booking, by, (TUESDAY, 0, 60), why=why)

    answers = race(
        app, partial(press, novak, NotBilled.UNDER), partial(press, other, NotBilled.OTHER)
    )
    (loser,) = [each for each in answers if each is not None]
    assert isinstance(loser, Refused)
    assert "said so meanwhile" in loser.sentence
    assert len(rows()) == 1


def test_nobody_leaves_out_a_day_of_somebody_they_do_not_know_of(booking, novak):
    with pytest.raises(Refused, match="not there any more"):
        leave_out(booking, novak, (TUESDAY, 0, 60), scope=novak.id)
    assert rows() == []


@pytest.mark.parametrize(
    ("seen", "now", "sentence"),
    [
        ([], "2026-03-05 10:00", rules.NOTHING_CHOSEN),
        ([(TUESDAY, 0, 61)], "2026-03-05 10:00", rules.CHANGED),
        ([(date(2026, 3, 4), 0, 60)], "2026-03-05 10:00", rules.GONE),
        ([(TUESDAY, 0, 60)], "2026-03-03 23:00", rules.NOT_OVER),
    ],
)
def test_what_is_not_as_it_was_seen_or_not_over_is_refused(booking, novak, seen, now, sentence):
    with pytest.raises(Refused, match=sentence):
        leave_out(booking, novak, *seen, now=make.instant(now))
    assert rows() == []
