from collections import Counter
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from clinic.accounts.models import Account
from clinic.claims.queries import Which, corrections, to_export
from clinic.days import WEEK, Range
from clinic.db import db
from clinic.demo import actions
from clinic.demo.claimed import AMENDED
from clinic.demo.clinic import PASSWORD
from clinic.demo.offers import WEEKS_BACK
from clinic.demo.queries import SHOWN, sign_ins
from clinic.demo.told import TOLD_WEEKS
from clinic.digest.queries import news, running
from clinic.errors import Refused
from clinic.exchange.queries.clinic_file import clinic_content
from clinic.participants.models import Participant
from clinic.passwords import hash_password, is_password
from clinic.programs.models import Site
from clinic.programs.queries import find_clinic
from clinic.receipts.models import Receipt
from clinic.schedule.models import (
    AttendanceAmendment,
    Booking,
    Decision,
    Method,
    Series,
    Session,
    SignOff,
    Status,
)
from clinic.signing.queries import unsigned
from clinic.told.models import State, ToldState
from clinic.trail import TrailEvent
from clinic.trends.queries import weeks_of_all
from clinic.trends.rules import by_clinician, by_program, weeks_back
from tests import make
from tests.claims.recount import recount
from tests.exchange.files import bring
from tests.trends.recount import recount as weeks_recounted

NOW = make.instant("2026-11-18 15:00")  # a Wednesday
MONDAY = date(2026, 11, 16)


def test_a_clinic_in_the_middle_of_its_work(app):
    shown = actions.build(password_hash=hash_password(PASSWORD), now=NOW)

    # Ten weeks and more in which most people came, some late, and some did not.
    known = select(Booking.status).join(Booking.session)
    statuses = Counter(db.scalars(known.where(Booking.status != Status.EXPECTED)))
    assert set(statuses) == set(Status) - {Status.EXPECTED}
    assert 0.70 <= statuses[Status.PRESENT] / statuses.total() <= 0.95
    assert len(set(db.scalars(attended(Session.week)))) == WEEKS_BACK + 1
    late = attended(Booking.id).where(Booking.arrived_at > Session.starts_at)
    assert 50 < len(db.scalars(late).all()) < 300
    assert db.scalar(select(func.count(Participant.id))) == 68
    at_sites = attended(Site.key).join(Site, Site.id == Session.site_id).distinct()
    assert set(db.scalars(at_sites)) == {"main", "lakeside"}

    # Nothing that is over long since is left open: last week two were forgotten on Sunday.
    open_ones = known.where(
        Booking.status == Status.EXPECTED,
        Session.day < MONDAY - WEEK,
        ~Session.is_cancelled,
    )
    assert db.scalars(open_ones).all() == []

    # The older weeks came in from paper; this one was taken at the door and by staff, up to now.
    paper = attended(Booking.method).where(Session.day < MONDAY - WEEK).distinct()
    assert db.scalars(paper).all() == [Method.IMPORT]
    signed = list(db.scalars(select(SignOff)))
    assert 30 < len(signed) < 300
    waiting = unsigned(since=None, scope=None, now=NOW)
    assert {False, True} == {one.unmarked > 0 for one in waiting}
    assert any(one.day == NOW.date() - timedelta(days=1) for one in waiting)
    decisions = db.scalars(select(AttendanceAmendment.decision)).all()
    assert set(decisions) == {Decision.WAITING, Decision.MADE}
    this_week = attended(Booking.method).where(Session.day >= MONDAY).distinct()
    assert set(db.scalars(this_week)) == {Method.KIOSK, Method.CARRIED, Method.STAFF, Method.PHONE}
    taps = select(TrailEvent.subject_id).where(TrailEvent.actor_kind == "kiosk")
    assert len(db.scalars(taps).all()) > 50
    told = db.execute(select(Session.topic, Session.held_from).where(Session.topic.is_not(None)))
    assert {False, True} == {row.held_from is not None for row in told}
    assert {False, True} == {one.is_license_valid for one in signed}
    announced = known.where(Session.starts_at > NOW, Booking.method == Method.PHONE)
    assert Status.EXCUSED in db.scalars(announced).all()
    assert len(set(db.scalars(select(Series.join_link)))) > 2
    to_come = attended(Booking.method).where(Session.starts_at > NOW + timedelta(minutes=15))
    assert set(db.scalars(to_come)) <= {Method.CARRIED}

    compare_with_a_plain_recount()
    compare_trends_with_a_plain_recount()

    # What was said of the weeks while they ran is kept, and what is so now.
    said = select(ToldState.week).where(ToldState.state == State.NEEDS_MAKE_UP).distinct()
    assert len(db.scalars(said).all()) > TOLD_WEEKS / 2
    assert news(running(find_clinic(), now=NOW)) == []

    # Its sign-in page offers its roles.
    assert [role for role, *_ in sign_ins()] == [*SHOWN]

    # Everyone can sign in, but whoever works here no more.
    hashes = set(db.scalars(select(Account.password_hash)))
    assert [is_password(PASSWORD, stored) for stored in hashes] == [True]
    assert ("participant", "jordan.1@example.org") in shown.sign_ins
    assert ("admin", "whitfield@example.org") in shown.sign_ins
    assert "greer@example.org" not in dict(map(reversed, shown.sign_ins))


def compare_with_a_plain_recount():
    """What was exported is what was attended, but for what was amended since; so is the rest."""
    counted = recount()
    claimed = {
        (row.enrollment_key, row.day): (row.units, row.minutes)
        for row in db.scalars(select(Receipt))
    }
    assert len(claimed) > 50
    others = [key for key, worth in claimed.items() if counted.get(key, (0, 0)) != worth]
    assert len(others) == AMENDED
    assert len(corrections(now=NOW)) == AMENDED - 1
    week = to_export(Which(Range(MONDAY - WEEK, MONDAY - timedelta(days=1))), now=NOW)
    ready = {
        (week.whose[each.enrollment_id].enrollment_key, each.day): (
            each.worth.units,
            each.worth.minutes,
        )
        for each in week.sorted.ready
    }
    assert len(ready) > 20
    assert ready.items() <= counted.items()


def compare_trends_with_a_plain_recount():
    """How many weeks were reached, of each program and clinician."""
    weeks = weeks_back(MONDAY)
    rows = weeks_of_all(weeks, now=NOW, site_id=None, scope=None)
    counted = weeks_recounted(weeks)
    for what, lines in (
        ("program", by_program(rows, weeks)),
        ("clinician", by_clinician(rows, weeks)),
    ):
        assert {line.name: line.whole._asdict() for line in lines} == {
            name: {"reached": 0, "short": 0, "open": 0} | states
            for (asked, name), states in counted.items()
            if asked == what
        }


def attended(column):
    return select(column).join(Booking.session).where(Booking.status == Status.PRESENT)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_it_comes_out_as_a_file_that_makes_the_same_clinic(app, database):
    actions.build(password_hash="", now=NOW)
    content = clinic_content()
    again = bring(content, reason="Read again", now=NOW)
    assert {word for what in again.values() for word in what} == {"unchanged"}
    db.rollback()
    db.remove()
    database.empty()
    bring(content, now=NOW)
    db.expire_all()
    assert clinic_content() == content


def test_a_database_with_a_clinic_or_its_first_admin_is_left_alone(app):
    assert actions.is_empty()
    account = make.account(roles=["admin"])
    assert not actions.is_empty()
    db.delete(account)
    make.organization()
    assert not actions.is_empty()
    with pytest.raises(Refused, match="There is a clinic in this database already"):
        actions.build(password_hash="", now=NOW)
