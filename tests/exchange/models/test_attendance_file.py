from datetime import date, time

from clinic.exchange.models.attendance_file import AttendanceLine
from clinic.schedule.models import Status


def test_a_line_says_who_was_where_and_when():
    line = AttendanceLine(
        enrollment="e-001",
        series="skills",
        date="2026-03-02",
        status="present",
        arrived="18:05",
        left="",
    )
    assert (line.date, line.status, line.arrived, line.left, line.reason) == (
        date(2026, 3, 2),
        Status.PRESENT,
        time(18, 5),
        None,
        None,
    )
