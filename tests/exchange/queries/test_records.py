from datetime import date

import pytest

from clinic.errors import NotFound
from clinic.exchange.queries import records
from clinic.programs.models import Kind
from clinic.schedule.models import Status
from tests import make

MONDAY = date(2026, 3, 2)


# Sessions


def test_before_anything_is_set_up_there_is_nothing_to_export(app):
    with pytest.raises(NotFound):
        records.session_records(MONDAY, MONDAY)
    assert records.attendance_records(MONDAY, MONDAY) == []


def test_a_session_is_told_in_the_columns_of_the_contract(app):
    ana, ben = make.staff(key="ana"), make.staff(key="ben")
    series = make.series(
        key="skills",
        title="Skills",
        kind=Kind.EDUCATION,
        seats=9,
        break_minutes=15,
        start="18:00",
        end="21:00",
        leaders=[ben, ana],
        room=make.room(key="room-1"),
    )
    session = make.session(MONDAY, series=series)
    make.booking(session)
    make.booking(session, status=Status.EXCUSED)
    (record,) = records.session_records(MONDAY, MONDAY)
    assert record == {
        "start": "2026-03-02T18:00:00-05:00",
        "end": "2026-03-02T21:00:00-05:00",
        "series": "skills",
        "title": "Skills",
        "kind": "education",
        "day_part": "evening",
        "room": "room-1",
        "leaders": "ben;ana",
        "status": "scheduled",
        "booked": 1,
        "seats": 9,
        "credit_minutes": 165,
    }
    assert tuple(record) == records.SESSION_COLUMNS


def test_a_one_off_or_cancelled_session_shows_its_key_and_state(app):
    session = make.session(MONDAY, key="intake", is_cancelled=True)
    make.booking(session)
    (record,) = records.session_records(MONDAY, MONDAY)
    told = [record[name] for name in ("series", "room", "leaders", "status", "booked")]
    assert told == ["intake", "", "", "cancelled", 1]


def test_offsets_change_with_the_clocks_and_with_the_site(app):
    west = make.program(make.site(timezone="America/Los_Angeles"))
    east = make.program(make.site())
    make.session("2026-03-07", program=east)
    make.session("2026-03-08", program=east)
    make.session("2026-03-07", program=west)
    found = records.session_records(date(2026, 3, 7), date(2026, 3, 8))
    assert [record["start"] for record in found] == [
        "2026-03-07T10:00:00-05:00",
        "2026-03-07T10:00:00-08:00",
        "2026-03-08T10:00:00-04:00",
    ]


def test_sessions_are_sorted_by_instant_then_end_then_key(app):
    east = make.program(make.site())
    west = make.program(make.site(timezone="America/Los_Angeles"))
    make.session(MONDAY, "09:00", "10:00", program=west, key="west")
    make.session(MONDAY, "10:00", "11:00", program=east, key="b")
    make.session(MONDAY, "10:00", "11:00", program=east, key="A")
    make.session(MONDAY, "10:00", "10:30", program=east, key="c")
    found = records.session_records(MONDAY, MONDAY)
    assert [record["series"] for record in found] == ["c", "A", "b", "west"]


@pytest.mark.parametrize(
    ("start", "part"),
    [("11:59", "morning"), ("12:00", "afternoon"), ("16:59", "afternoon"), ("17:00", "evening")],
)
def test_the_part_of_the_day_is_the_organizations(app, start, part):
    make.session(MONDAY, start, "20:00")
    assert records.session_records(MONDAY, MONDAY)[0]["day_part"] == part
    make.organization(afternoon_from=24 * 60, evening_from=24 * 60)
    assert records.session_records(MONDAY, MONDAY)[0]["day_part"] == "morning"


def test_an_export_costs_the_same_with_one_and_with_three_sessions(app, queries):
    def number():
        with queries() as count:
            records.session_records(MONDAY, MONDAY)
            records.attendance_records(MONDAY, MONDAY)
        return count()

    make.booking(make.session(leaders=[make.staff()]))
    one = number()
    make.booking(make.session(start="12:00", end="13:00", leaders=[make.staff()]))
    make.booking(make.session(start="14:00", end="15:00"))
    assert number() == one == 4


# Attendance


def attended(status=Status.PRESENT, *, program=None, day=MONDAY, **facts):
    enrollment = make.enrollment(make.participant(key="p-001"), program=program, key="e-001")
    session = make.session(day, "18:00", "21:00", program=program, key="intake")
    make.booking(session, enrollment, status, **facts)
    (record,) = records.attendance_records(day, day)
    return record


def test_attendance_is_told_in_the_columns_of_the_contract(app):
    signed_at = make.instant("2026-03-02 21:15")
    record = attended(arrived="18:30", left="20:30", signed_at=signed_at)
    assert record == {
        "start": "2026-03-02T18:00:00-05:00",
        "series": "intake",
        "enrollment": "e-001",
        "participant": "p-001",
        "status": "present",
        "arrived": "2026-03-02T18:30:00-05:00",
        "left": "2026-03-02T20:30:00-05:00",
        "delivered_minutes": 120,
        "method": "staff",
        "signed_off": "2026-03-02T21:15:00-05:00",
    }
    assert tuple(record) == records.ATTENDANCE_COLUMNS


@pytest.mark.parametrize(
    ("status", "word", "minutes", "method"),
    [
        (Status.EXPECTED, "expected", 0, ""),
        (Status.PRESENT, "present", 180, "staff"),
        (Status.EXCUSED, "excused", 0, "staff"),
        (Status.LATE_CANCEL, "late-cancel", 0, "staff"),
        (Status.NO_SHOW, "no-show", 0, "staff"),
    ],
)
def test_each_status_has_its_word_and_minutes(app, status, word, minutes, method):
    record = attended(status)
    told = [record[name] for name in ("status", "delivered_minutes", "method", "arrived", "left")]
    assert told == [word, minutes, method, "", ""]
    assert record["signed_off"] == ""


def test_the_grace_of_the_program_counts_as_on_time(app):
    program = make.program(grace_minutes=10)
    assert attended(arrived="18:10", program=program)["delivered_minutes"] == 180


def test_at_a_cancelled_session_nothing_is_delivered(app):
    session = make.session(MONDAY, is_cancelled=True)
    make.booking(session, status=Status.PRESENT)
    (record,) = records.attendance_records(MONDAY, MONDAY)
    assert (record["status"], record["delivered_minutes"]) == ("cancelled", 0)


def test_attendance_is_sorted_by_instant_then_series_then_enrollment(app):
    people = {key: make.enrollment(key=key) for key in ("e-2", "E-3", "e-1")}
    late = make.session(MONDAY, "12:00", "13:00", key="a")
    early, beside = (make.session(MONDAY, key=key) for key in ("c", "B"))
    for session in (late, early):
        for enrollment in people.values():
            make.booking(session, enrollment)
    make.booking(beside)
    make.booking(make.session("2026-03-03"))
    found = records.attendance_records(MONDAY, MONDAY)
    assert [(record["series"], record["enrollment"]) for record in found[1:]] == [
        ("c", "E-3"),
        ("c", "e-1"),
        ("c", "e-2"),
        ("a", "E-3"),
        ("a", "e-1"),
        ("a", "e-2"),
    ]
    assert found[0]["series"] == "B"
