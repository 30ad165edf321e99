import json
from datetime import date

import pytest
from sqlalchemy import select

from clinic.db import db, savepoint
from clinic.errors import BadInput
from clinic.exchange.actions import attendance_file
from clinic.exchange.forms import read_attendance_file
from clinic.schedule.models import Booking, Method, Session, Status
from clinic.trail import SYSTEM, TrailEvent
from tests import make
from tests.dump import changed, dump
from tests.exchange.files import bring, enrolled, group, one_off, person, riverside

HEADER = "enrollment,series,date,status,arrived,left,reason\n"
GROUP = "evening-process"
NOW = make.instant("2026-04-01 10:00")


def clinic(**more):
    bring(riverside({"enrollments[0].leave": []}, **more))


def record(*lines, now=NOW):
    text = HEADER + "".join(f"{line}\n" for line in lines)
    return dict(attendance_file.load(read_attendance_file(text.encode()), by=SYSTEM, now=now))


def problems(*lines):
    before = dump()
    with pytest.raises(BadInput) as bad, savepoint():
        record(*lines)
    assert changed(before, dump()) == set()
    return list(bad.value.problems)


def booking_on(text):
    booking = db.scalars(
        select(Booking)
        .join(Session, Session.id == Booking.session_id)
        .where(Session.day == date.fromisoformat(text))
        .order_by(Session.starts_at.desc())
        .execution_options(populate_existing=True)
    ).first()
    assert booking is not None
    return booking


@pytest.mark.parametrize(
    ("line", "status", "arrived", "left", "reason"),
    [
        ("present,,,", Status.PRESENT, None, None, None),
        ("present,18:05,,", Status.PRESENT, "18:05", None, None),
        ("present,,20:30,traffic", Status.PRESENT, None, "20:30", "traffic"),
        ("present,18:05,20:30,", Status.PRESENT, "18:05", "20:30", None),
        ("present,17:45,21:10,", Status.PRESENT, "17:45", "21:10", None),
        ("excused,,,ill", Status.EXCUSED, None, None, "ill"),
        ("late-cancel,,,", Status.LATE_CANCEL, None, None, None),
        ("no-show,,,", Status.NO_SHOW, None, None, None),
    ],
)
def test_each_status_is_recorded_as_signed_by_the_import(app, line, status, arrived, left, reason):
    clinic()
    assert record(f"e-001,{GROUP},2026-01-13,{line}") == {"changed": 1}
    booking = booking_on("2026-01-13")
    instants = [make.instant(f"2026-01-13 {wall}") if wall else None for wall in (arrived, left)]
    assert (booking.status, booking.arrived_at, booking.left_at, booking.reason) == (
        status,
        *instants,
        reason,
    )
    assert (booking.method, booking.recorded_at, booking.signed_at) == (Method.IMPORT, NOW, NOW)
    assert booking.seat_no == 1  # it was kept for them


def test_the_trail_tells_each_line_without_its_reason(app):
    clinic()
    record(f"e-001,{GROUP},2026-01-13,excused,,,ill")
    event = db.scalars(select(TrailEvent).where(TrailEvent.verb == "attendance.imported")).one()
    facts = json.loads(event.facts)
    assert (facts["before"]["status"], facts["after"]["status"]) == ("expected", "excused")
    assert "ill" not in event.facts.replace("will", "")


def test_a_second_time_changes_nothing(app):
    clinic()
    lines = [
        f"e-001,{GROUP},2026-01-12,present,18:05,20:30,traffic",
        f"e-001,{GROUP},2026-01-13,excused,,,ill",
        f"e-001,{GROUP},2026-01-15,no-show,,,",
        "e-001,intake-jo,2026-01-12,present,,,",
    ]
    assert record(*lines) == {"changed": 4}
    before = dump()
    assert record(*lines, now=make.instant("2026-05-01 10:00")) == {"unchanged": 4}
    assert changed(before, dump()) == set()


def test_a_one_off_session_is_named_by_its_key(app):
    clinic()
    assert record("e-001,intake-jo,2026-01-12,present,15:05,,") == {"changed": 1}
    booking = db.scalars(select(Booking).where(Booking.status == Status.PRESENT)).one()
    assert booking.arrived_at == make.instant("2026-01-12 15:05")


def test_an_occurrence_is_named_by_the_day_it_was_first_planned_for(app):
    clinic()
    booking = booking_on("2026-01-13")
    session = db.get_one(Session, booking.session_id)
    session.day = date(2026, 1, 14)
    session.starts_at, session.ends_at = (
        make.instant(f"2026-01-14 {wall}") for wall in ("19:00", "20:00")
    )
    db.flush()
    assert record(f"e-001,{GROUP},2026-01-13,present,19:05,,") == {"changed": 1}
    db.refresh(booking)
    assert booking.arrived_at == make.instant("2026-01-14 19:05")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (f"e-001,{GROUP},2026-01-14,present,,,", f"there is no session of {GROUP} on 2026-01-14"),
        ("e-001,yoga,2026-01-13,present,,,", "there is no session of yoga on 2026-01-13"),
        (
            "e-001,intake-jo,2026-01-13,present,,,",
            "there is no session of intake-jo on 2026-01-13",
        ),
        (
            f"e-001,{GROUP},2026-01-06,present,,,",
            f"e-001 is not on the roster of {GROUP} on 2026-01-06",
        ),
        (
            f"e-999,{GROUP},2026-01-13,present,,,",
            f"e-999 is not on the roster of {GROUP} on 2026-01-13",
        ),
        (
            f"e-001,{GROUP},2026-01-13,present,21:30,,",
            "They cannot have arrived after the session had ended.",
        ),
        (
            f"e-001,{GROUP},2026-01-13,present,,17:30,",
            "They cannot have left before the session began.",
        ),
    ],
)
def test_a_line_that_leads_nowhere_is_told_with_its_number(app, line, sentence):
    clinic()
    good = f"e-001,{GROUP},2026-01-12,present,,,"
    assert problems(good, line) == [f"line 3: {sentence}"]


def test_all_lines_are_looked_at_before_any_is_kept(app):
    clinic()
    assert problems(
        f"e-001,{GROUP},2026-01-12,present,,,",
        "e-001,yoga,2026-01-13,present,,,",
        f"e-001,{GROUP},2026-01-12,no-show,,,",
        f"e-001,{GROUP},2026-01-15,present,,,",
        f"e-002,{GROUP},2026-01-15,present,,,",
    ) == [
        "line 3: there is no session of yoga on 2026-01-13",
        "line 4: is about the same person and session as line 2",
        f"line 6: e-002 is not on the roster of {GROUP} on 2026-01-15",
    ]


def test_what_has_been_signed_otherwise_is_refused(app):
    clinic()
    record(f"e-001,{GROUP},2026-01-13,present,,,")
    assert problems(f"e-001,{GROUP},2026-01-13,no-show,,,") == [
        "line 2: This attendance has been signed: only an amendment can change it."
    ]


def test_nobody_was_at_a_cancelled_session(app):
    clinic(
        closures=[
            {
                "site": "main",
                "from": date(2026, 1, 13),
                "until": date(2026, 1, 13),
                "name": "Snow",
            }
        ]
    )
    assert problems(f"e-001,{GROUP},2026-01-13,present,,,") == [
        "line 2: This session has been cancelled."
    ]


def test_a_time_that_the_clocks_jump_over_is_refused(app):
    night = group("vigil", days=["sun"], start="01:00", end="05:00")
    clinic(series=[night], participants=[person(2)], enrollments=[enrolled(2, "vigil")])
    missing = "02:30 does not exist on 2026-03-08: the clocks go forward, 02:30 becomes 03:30."
    for times in ("02:30,", ",02:30"):
        assert problems(f"e-002,vigil,2026-03-08,present,{times},") == [f"line 2: {missing}"]
    record("e-002,vigil,2026-03-08,present,01:30,04:00,")
    booking = db.scalars(select(Booking).where(Booking.status == Status.PRESENT)).one()
    assert (booking.left_at - booking.arrived_at).seconds == 90 * 60


def test_times_are_those_of_the_site(app):
    west = {"key": "west", "name": "West", "timezone": "America/Los_Angeles"}
    program = riverside()["programs"][0] | {"key": "west", "site": "west"}
    picnic = one_off("picnic", program="west", enrollments=["e-001"])
    clinic(sites=[west], programs=[program], sessions=[picnic])
    record("e-001,picnic,2026-03-06,present,09:05,,")
    booking = db.scalars(select(Booking).where(Booking.status == Status.PRESENT)).one()
    assert booking.arrived_at == make.instant("2026-03-06 09:05", "America/Los_Angeles")


def test_what_has_not_begun_has_no_attendance_yet(app):
    clinic()
    before = make.instant("2026-01-13 17:59")
    text = HEADER + f"e-001,{GROUP},2026-01-13,present,,,\n"
    with pytest.raises(BadInput) as bad:
        attendance_file.load(read_attendance_file(text.encode()), by=SYSTEM, now=before)
    assert list(bad.value.problems) == [
        f"line 2: the session of {GROUP} on 2026-01-13 has not begun yet"
    ]
    at_its_start = make.instant("2026-01-13 18:00")
    assert record(f"e-001,{GROUP},2026-01-13,present,,,", now=at_its_start) == {"changed": 1}
