from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from clinic.attendance import forms
from clinic.attendance.forms import MarkForm
from clinic.attendance.rules import Press
from clinic.schedule.models import Identity, Mode, Status

NEW_YORK = ZoneInfo("America/New_York")
MONDAY, SPRING, AUTUMN = date(2026, 3, 2), date(2026, 3, 8), date(2026, 11, 1)


@pytest.fixture(autouse=True)
def asked() -> Iterator[None]:
    """Forms are read in a request."""
    bare = Flask("bare")
    bare.config |= {"SECRET_KEY": "s", "WTF_CSRF_ENABLED": False}
    with bare.test_request_context(method="POST"):
        yield


def marked(
    typed: dict[str, Any],
    *,
    word: str = "present",
    at: datetime | None = None,
    day: date = MONDAY,
    known: datetime | None = None,
    before: Status = Status.EXPECTED,
    reason: str | None = None,
) -> MarkForm:
    starts_at = datetime(day.year, day.month, day.day, 9, tzinfo=NEW_YORK).astimezone(UTC)
    session = SimpleNamespace(
        day=day,
        site=SimpleNamespace(zone=NEW_YORK),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        grace_minutes=5,
    )
    booking = SimpleNamespace(
        id=12,
        arrived_at=known,
        left_at=known,
        session=session,
        status=before,
        reason=reason,
        reason_for=before,
    )
    sent = MultiDict({f"12-{name}": text for name, text in typed.items()})
    form = MarkForm(booking, word, at=at, formdata=sent)
    form.validate()
    return form


def moment(
    text: str, day: date = MONDAY, known: datetime | None = None
) -> tuple[datetime | None, str | None]:
    """The instant that a typed time means, or why it means none."""
    form = marked({"arrived": text}, day=day, known=known)
    return form.arrived_at, form.problem if form.errors else None


def test_a_button_says_whose_it_is_and_what_it_marks():
    assert forms.pressed({"mark": "12.3.late-cancel"}) == (12, 3, "late-cancel")
    assert forms.pressed({"mark": "12.3.late-10"}) == (12, 3, "late-10")


@pytest.mark.parametrize(
    "rubbish",
    [
        "",
        "x",
        "x.3.present",
        "12.-1.present",
        f"{'9' * 10}.1.present",
        "1.².present",
        "1.2.late-100",
    ],
)
def test_a_button_that_is_none_is_read_as_nothing(rubbish):
    assert forms.pressed({"mark": rubbish}) == (0, 0, "")
    assert forms.pressed({}) == (0, 0, "")


def test_a_row_is_read_and_trimmed():
    form = marked({"arrived": " 09:05 ", "left": "", "reason": " overslept\x00\n "})
    assert (form.arrived.data, form.left.data, form.reason.data) == ("09:05", "", "overslept")
    assert marked({}).reason.data == ""


def test_a_row_needs_a_button_and_a_short_reason():
    assert marked({"reason": "x" * 200}, word="excused").errors == {}
    too_long = marked({"reason": "x" * 201}, word="excused")
    assert too_long.problem == "The reason is too long: 200 letters at most."
    for word in ("", "dancing", "save"):
        nothing = marked({}, word=word)
        assert not nothing.validate()
        assert nothing.problem == "Press one of the buttons of the row."


def test_a_row_differs_by_what_was_typed_in_it():
    known = datetime(2026, 3, 2, 14, 5, 37, tzinfo=UTC)
    shown = {"arrived": "09:05", "left": "09:05", "reason": ""}
    assert not marked(shown, known=known).differs(NEW_YORK)
    assert not marked({"arrived": "", "left": ""}).differs(NEW_YORK)
    assert not marked({}).differs(NEW_YORK)
    for name in ("arrived", "left", "reason"):
        assert marked(shown | {name: "09:06"}, known=known).differs(NEW_YORK)


@pytest.mark.parametrize(
    ("before", "pressed", "typed", "given"),
    [
        (Status.EXPECTED, Status.EXCUSED, "sick", "sick"),
        (Status.EXPECTED, Status.EXPECTED, "sick", "sick"),  # which a rule refuses
        (Status.EXPECTED, Status.PRESENT, "", None),
        (Status.EXCUSED, Status.EXCUSED, "hospital", "hospital"),
        (Status.EXCUSED, Status.EXCUSED, "", ""),
        (Status.EXCUSED, Status.LATE_CANCEL, "sick", "sick"),
        (Status.EXCUSED, Status.LATE_CANCEL, "", None),
        (Status.EXCUSED, Status.PRESENT, "sick", None),
        (Status.EXCUSED, Status.PRESENT, "bus", "bus"),
        (Status.EXCUSED, Status.EXPECTED, "hospital", None),
        (Status.PRESENT, Status.NO_SHOW, "sick", None),
    ],
)
def test_a_reason_is_for_the_button_that_was_pressed(before, pressed, typed, given):
    shown = None if before is Status.EXPECTED else "sick"
    assert marked(
        {"reason": typed}, word=pressed.value, before=before, reason=shown
    ).given_reason == (given)


def test_a_row_that_sends_no_reason_leaves_it_alone():
    form = marked({}, word="excused", before=Status.EXCUSED, reason="sick")
    assert form.given_reason is None


def test_a_time_is_that_of_the_sessions_day_and_place():
    assert moment("09:05") == (datetime(2026, 3, 2, 14, 5, tzinfo=UTC), None)
    assert moment("9:05") == moment("09:05")
    assert moment("") == (None, None)


def test_only_whoever_was_present_came_and_went():
    form = marked({"arrived": "09:05", "left": "rubbish"}, word="no-show")
    assert (form.arrived_at, form.left_at, form.errors) == (None, None, {})


def test_the_time_that_the_sheet_showed_keeps_its_seconds():
    known = datetime(2026, 3, 2, 14, 5, 37, tzinfo=UTC)
    assert moment("09:05", known=known) == (known, None)
    assert moment("09:06", known=known) == (datetime(2026, 3, 2, 14, 6, tzinfo=UTC), None)


@pytest.mark.parametrize("text", ["24:00", "09:60", "nine", "09.05", "0905", "-9:05", "٠٩:٠٥"])
def test_what_is_no_time_gets_a_sentence(text: Any):
    assert moment(text) == (None, "This is not a time. Write it like 09:05.")


NINE = datetime(2026, 3, 2, 14, tzinfo=UTC)  # when it begins


def test_late_is_now_or_so_many_minutes_after_the_start():
    at = NINE + timedelta(minutes=12, seconds=30)
    for word, arrived in (("late", at), ("late-now", at), ("late-10", NINE.replace(minute=10))):
        form = marked({}, word=word, at=at)
        assert (form.status, form.arrived_at, form.errors) == (Status.PRESENT, arrived, {})
    early = marked({}, word="late", at=NINE)
    assert early.problem == "Nobody is late before the session has begun."


@pytest.mark.parametrize(
    ("minutes", "known", "asks"),
    [(12, None, False), (61, None, True), (12, 6, True), (12, 5, False)],
)
def test_late_asks_where_it_cannot_mean_now(minutes, known, asks):
    came = None if known is None else NINE + timedelta(minutes=known)
    at = NINE + timedelta(minutes=minutes)
    assert marked({}, word="late", at=at, known=came).asks is asks
    assert not marked({}, word="late-now", at=at, known=came).asks


def test_present_is_on_time_unless_something_is_typed():
    known = NINE + timedelta(minutes=6)
    shown = {"arrived": "09:06", "left": "09:06", "reason": ""}
    assert marked(shown, known=known).arrived_at is None
    assert marked(shown | {"left": "09:50"}, known=known).arrived_at == known
    assert marked(shown, known=known, word="save", before=Status.PRESENT).arrived_at == known
    assert marked({"arrived": "09:07"}, word="save").status is Status.PRESENT
    assert marked({}, word="save", before=Status.EXCUSED).status is Status.EXCUSED


def test_a_press_that_was_sent_again_says_how_long_ago_it_was():
    assert forms.pressed_at({"ago": "90"}, NINE) == NINE - timedelta(seconds=90)
    for rubbish in ({}, {"ago": "-1"}, {"ago": "99999"}, {"ago": "²"}):
        assert forms.pressed_at(rubbish, NINE) == NINE


def test_a_time_that_the_clocks_jump_over_is_refused():
    assert moment("02:30", SPRING)[1] == (
        "02:30 does not exist on 2026-03-08: the clocks go forward, 02:30 becomes 03:30."
    )
    assert moment("03:30", SPRING) == (datetime(2026, 3, 8, 7, 30, tzinfo=UTC), None)


def test_a_repeated_time_means_the_first_unless_the_sheet_showed_the_second():
    first, second = (datetime(2026, 11, 1, hour, 30, tzinfo=UTC) for hour in (5, 6))
    assert moment("01:30", AUTUMN) == (first, None)
    assert moment("01:30", AUTUMN, known=second) == (second, None)


def test_a_press_has_the_name_of_its_page_and_a_number():
    assert forms.press({"press": "0123456789abcdef.12"}) == Press("0123456789abcdef", 12)
    for rubbish in ("", "12", "0123456789abcdef.", "0123456789ABCDEF.1", "0123456789abcdef.²"):
        assert forms.press({"press": rubbish}) is None
    assert forms.press({}) is None


def test_rows_at_work_are_numbers():
    sent = MultiDict([("open", "12"), ("open", "x"), ("open", "13"), ("busy", "14"), ("busy", "")])
    assert forms.at_work(sent) == ({12, 13}, {14})


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


CAME = datetime(2026, 3, 2, 14, 5, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("word", "facts"),
    [
        ("video", {"took_part": Mode.VIRTUAL}),
        ("room", {"took_part": Mode.IN_PERSON}),
        ("id-photo-id", {"identified_by": Identity.PHOTO_ID}),
    ],
)
def test_a_button_notes_how_somebody_took_part_and_keeps_their_times(word, facts):
    form = marked({}, word=word, known=CAME, before=Status.PRESENT)
    assert (form.errors, form.noted, form.status) == ({}, facts, Status.PRESENT)
    assert (form.arrived_at, form.left_at) == (CAME, CAME)
    typed = marked({"arrived": "09:10", "left": ""}, word=word, known=CAME, before=Status.PRESENT)
    assert (typed.arrived_at, typed.left_at) == (CAME.replace(minute=10, second=0), None)


@pytest.mark.parametrize("word", ["video", "id-known", "id-pin"])
def test_nobody_took_part_who_is_not_present_and_nobody_types_a_pin(word):
    form = marked({}, word=word, before=Status.EXPECTED)
    assert (form.status, form.problem) == (None, forms.NO_STATUS)
