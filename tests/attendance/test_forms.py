from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from clinic.attendance import forms
from clinic.attendance.forms import Moment, Typed
from clinic.schedule.models import Status

NEW_YORK = ZoneInfo("America/New_York")
MONDAY, SPRING, AUTUMN = date(2026, 3, 2), date(2026, 3, 8), date(2026, 11, 1)


def moment(text: str, day: date = MONDAY, known: datetime | None = None) -> Moment:
    return forms.moment(text, day=day, zone=NEW_YORK, known=known)


def test_a_row_is_read_and_trimmed():
    sent = {
        "booking": "12",
        "version": "3",
        "status": "late-cancel",
        "arrived": " 09:05 ",
        "left": "",
        "reason": " overslept\x00\n ",
    }
    assert forms.typed(sent) == Typed(12, 3, Status.LATE_CANCEL, "09:05", "", "overslept")


def test_a_row_that_is_none_is_read_as_nothing():
    nothing = Typed(0, 0, None, "", "", "")
    assert forms.typed({}) == nothing
    assert forms.typed({"booking": "x", "version": "-1", "status": "here"}) == nothing
    assert forms.typed({"booking": "9" * 10, "version": "²", "status": "Present"}) == nothing


def test_a_row_needs_a_button_and_a_short_reason():
    typed = forms.typed({"status": "excused", "reason": "x" * 200})
    assert forms.problem(typed) is None
    assert forms.problem(typed._replace(reason="x" * 201)) == (
        "The reason is too long: 200 letters at most."
    )
    assert forms.problem(typed._replace(status=None)) == "Press one of the buttons of the row."


def test_a_time_is_that_of_the_sessions_day_and_place():
    assert moment("09:05") == Moment(datetime(2026, 3, 2, 14, 5, tzinfo=UTC))
    assert moment("9:05") == moment("09:05")
    assert moment("") == Moment(None)


def test_the_time_that_the_sheet_showed_keeps_its_seconds():
    known = datetime(2026, 3, 2, 14, 5, 37, tzinfo=UTC)
    assert moment("09:05", known=known) == Moment(known)
    assert moment("09:06", known=known) == Moment(datetime(2026, 3, 2, 14, 6, tzinfo=UTC))


@pytest.mark.parametrize("text", ["24:00", "09:60", "nine", "09.05", "0905", "-9:05", "٠٩:٠٥"])
def test_what_is_no_time_gets_a_sentence(text: Any):
    assert moment(text) == Moment(problem="This is not a time. Write it like 09:05.")


def test_a_time_that_the_clocks_jump_over_is_refused():
    assert moment("02:30", SPRING).problem == (
        "02:30 does not exist on 2026-03-08: the clocks go forward, 02:30 becomes 03:30."
    )
    assert moment("03:30", SPRING) == Moment(datetime(2026, 3, 8, 7, 30, tzinfo=UTC))


def test_a_repeated_time_means_the_first_unless_the_sheet_showed_the_second():
    first, second = (datetime(2026, 11, 1, hour, 30, tzinfo=UTC) for hour in (5, 6))
    assert moment("01:30", AUTUMN) == Moment(first)
    assert moment("01:30", AUTUMN, known=second) == Moment(second)


def test_only_the_name_of_a_change_is_taken_for_one():
    name = "0123456789abcdef" * 2
    assert forms.change({"change": name}) == name
    assert [forms.change({"change": text}) for text in ("", name.upper(), name + "0", "\x00")] == [
        "",
        "",
        "",
        "",
    ]
    assert forms.change({}) == ""
