from datetime import date

import pytest
from sqlalchemy import select, update

from clinic import trail
from clinic.claims.queries import corrections
from clinic.db import db
from clinic.outbox import OutboxMessage, enqueue
from clinic.participants.models import Participant
from clinic.programs.models import Measure, Rule, RuleSet
from clinic.receipts.queries import REFIGURED
from clinic.schedule.models import Method, Series, Session, Status
from clinic.told.models import ToldState
from clinic.trail import TrailEvent
from tests import make
from tests.claims.worlds import LATER, attended, exported


@pytest.fixture
def now(app, at):
    return at("2026-03-04 12:00")


def test_tick_lays_open_ended_series_out_26_weeks_ahead(now, command):
    make.series(weekdays="2", from_on="2026-03-04")
    command("tick")
    days = db.scalars(select(Session.day).order_by(Session.day)).all()
    assert (len(days), days[0], days[-1]) == (27, date(2026, 3, 4), date(2026, 9, 2))


def test_asking_twice_does_nothing_twice_and_a_day_later_a_day_more(now, command, at):
    make.series(weekdays="0123456", from_on="2026-03-04")
    command("tick")
    command("tick")
    assert len(db.scalars(select(Session.id)).all()) == 26 * 7 + 1
    at("2026-03-05 12:00")
    command("tick")
    assert len(db.scalars(select(Session.id)).all()) == 26 * 7 + 2


def test_a_series_that_cannot_be_topped_up_holds_up_no_other(now, command):
    full = make.series(weekdays="2", seats=1, title="Too small", from_on="2026-03-04")
    for _ in range(2):
        make.roster_entry(full, make.enrollment())
    other = make.series(weekdays="2", from_on="2026-03-04")
    result = command("tick", status=1)
    assert "Too small has 1 free seat on Wed, Mar 4" in result.stderr
    laid_out = db.scalars(select(Series.id).where(Series.laid_out_until.is_not(None))).all()
    assert laid_out == [other.id]


def test_what_is_said_of_the_week_is_kept_once(at, command):
    booking = make.booking(make.session("2026-03-03", "09:00", "18:00"), make.enrollment())
    for moment, states in (
        ("2026-03-02 09:00", ["on_course"]),
        ("2026-03-03 08:00", ["on_course"]),
        ("2026-03-04 08:00", ["on_course"]),
    ):
        at(moment)
        command("tick")
        command("tick")
        assert db.scalars(select(ToldState.state)).all() == states
    booking.status, booking.method = Status.NO_SHOW, Method.STAFF
    command("tick")
    told = select(ToldState.day, ToldState.missing).order_by(ToldState.number)
    assert db.execute(told).all() == [(date(2026, 3, 2), 0), (date(2026, 3, 4), 540)]


def test_claims_that_a_new_version_of_a_rule_set_makes_something_else_of_are_listed(at, command):
    at("2026-03-12 09:00")
    command("tick")
    h0015 = db.scalars(select(RuleSet.id).where(RuleSet.key == "h0015")).one()
    of_units = Rule.rule_set_id == h0015, Rule.measure == Measure.UNIT_MINUTES_MIN
    db.execute(update(Rule).where(*of_units).values(value=120))
    attended(make.program(rule_set_id=h0015), end="11:00")
    exported()
    db.expunge_all()
    command("tick")
    command("tick")
    (one,) = corrections(now=LATER)
    assert (one.claim.claimed.units, one.now.units) == (1, 0)
    noted = select(TrailEvent.actor_kind).where(TrailEvent.verb == REFIGURED)
    assert db.scalars(noted).all() == ["system"]


def test_without_a_mail_server_messages_wait(now, command):
    enqueue("jo@example.org", subject="Hello", body="Hello,\n", now=now)
    command("tick")


def test_an_untouched_trail_is_whole(now, command):
    person = make.participant()
    trail.record("participant.added", person, by=trail.SYSTEM, now=now)
    whole = "The trail is whole, and what is stored is what it says.\n"
    assert command("audit", "verify").stdout == whole

    value = command("audit", "close").stdout
    assert value.startswith("0-1-")
    assert command("audit", "verify", "--expect", value.strip()).stdout == (
        f"{whole}closed with {value}"
    )


def test_a_value_that_was_kept_is_missed(now, command):
    kept = f"0-1-{'0' * 64}"
    assert command("audit", "verify", "--expect", kept, status=1).stderr == (
        "chain 0: closed at event 1 (kept value), which is not there\n"
    )
    assert command("audit", "verify", "--expect", "1-x", status=2).stderr == (
        "1-x is not a closing value; they read 1-250-9f86d0…\n"
    )


def test_bookings_that_differ_from_the_trail_are_named(now, command):
    booking = make.booking(status=Status.PRESENT, method=Method.STAFF)
    assert command("audit", "verify", status=1).stderr == (
        f"booking {booking.id}: its row says present, its events say expected\n"
    )


def test_bookings_that_the_trail_tells_in_part_are_counted(now, command):
    trail.record("attendance.arrived", make.booking(), by=trail.SYSTEM, now=now)
    assert command("audit", "verify").stdout.splitlines()[1] == (
        "Of 1 bookings it is too old to say whose they are, when they were signed and which reason"
        " they have: that is not checked."
    )


def test_the_first_tick_of_a_day_closes_the_trail(at, command):
    site = make.site()
    for hour, closings in (
        ("2026-03-02 10:00", 1),
        ("2026-03-02 23:59", 1),
        ("2026-03-03 00:01", 2),
    ):
        trail.record("rooms.changed", site, by=trail.SYSTEM, now=at(hour), site_id=site.id)
        command("tick")
        of_it = select(trail.TrailClosing).where(trail.TrailClosing.chain == site.id)
        assert len(db.scalars(of_it).all()) == closings


def test_a_line_that_does_not_follow_is_named(now, command):
    person = make.participant()
    trail.record("participant.added", person, by=trail.SYSTEM, now=now)
    forged = db.scalars(select(trail.TrailEvent)).one()
    copy = {column.name: getattr(forged, column.name) for column in forged.__table__.columns}
    db.add(trail.TrailEvent(**copy | {"id": 99, "number": 2}))
    result = command("audit", "verify", status=1)
    assert result.stderr == "chain 0: event 2 does not follow\n"


def test_the_doctor_says_what_is_missing(now, command, app, monkeypatch):
    monkeypatch.setitem(app.config, "CLINIC_MAIL_URL", "")
    assert "CLINIC_MAIL_URL is not set" in command("doctor", status=1).stderr


def test_the_doctor_is_content_with_a_sound_clinic(now, command, app, monkeypatch):
    for name, value in (
        ("CLINIC_MAIL_URL", "smtp://127.0.0.1"),
        ("SECRET_KEY", "x" * 32),
        ("SQLALCHEMY_DATABASE_URI", "postgresql+psycopg://"),
    ):
        monkeypatch.setitem(app.config, name, value)
    assert command("doctor").stdout == "All is well.\n"


def test_the_demonstration_fills_an_empty_database_once(now, command):
    shown = command("demo").stdout
    assert "jordan.1@example.org" in shown
    assert "it works once the doors open, shortly before a session of that participant" in shown
    assert command("demo", "--if-empty").stdout == ""
    assert command("demo", status=1).stderr == "There is a clinic in this database already.\n"
    assert len(db.scalars(select(Participant.id)).all()) == 68


@pytest.mark.parametrize(
    ("mail", "base", "told"),
    [
        ("smtp://127.0.0.1:9", "https://notes.example.org/", ["https://notes.example.org/sheets"]),
        ("smtp://127.0.0.1:9", "", [""]),
        ("", "https://notes.example.org", []),
    ],
)
def test_who_has_sheets_to_sign_is_told_once_where_there_is_mail(
    now, command, app, monkeypatch, mail, base, told
):
    monkeypatch.setitem(app.config, "CLINIC_MAIL_URL", mail)
    monkeypatch.setitem(app.config, "CLINIC_BASE_URL", base)
    make.booking(make.session("2026-03-03", leaders=[make.staff()]), status=Status.PRESENT)
    command("tick")
    command("tick")
    bodies = db.scalars(select(OutboxMessage.body)).all()
    links = [next((line for line in body.split("\n") if "://" in line), "") for body in bodies]
    assert links == told
