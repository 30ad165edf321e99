import pytest

from clinic.forms import Form
from clinic.weekly import Row, WeeklyTimes


class Week(Form):
    times = WeeklyTimes("Working hours")


def week(app, typed, known=(), **given):
    with app.test_request_context("/", method="POST", data=typed):
        form = Week(meta={"csrf": False}, times=known, **given)
        form.validate()
        return form.times


def row(number, days, starts, ends):
    return {
        f"times-{number}-days": days,
        f"times-{number}-from": starts,
        f"times-{number}-until": ends,
    }


KNOWN = [(0, 480, 960), (2, 480, 960), (5, 1200, 1440)]


def test_a_row_stands_for_each_of_its_weekdays_and_an_empty_one_for_nothing(app):
    typed = row(0, ["0", "2"], " 8:00 ", "16:00") | row(1, [], " ", "")
    typed |= row(2, ["5"], "20:00", "00:00")
    field = week(app, typed)
    assert (field.errors, field.data) == ([], KNOWN)
    assert field.data[0]._asdict() == {"weekday": 0, "from_minute": 480, "until_minute": 960}


def test_rows_that_say_the_same_count_once(app):
    typed = row(0, ["5"], "20:00", "22:00") | row(1, ["5"], "20:00", "22:00")
    assert week(app, typed).data == [(5, 1200, 1320)]


def test_what_is_known_stands_in_rows_with_days_of_the_same_times_in_one(app):
    with app.test_request_context("/"):
        field = Week(times=KNOWN).times
    assert field.data == KNOWN
    assert field.rows == [
        Row(frozenset("02"), "08:00", "16:00"),
        Row(frozenset("5"), "20:00", "00:00"),
        Row(),
    ]


def test_a_page_without_the_rows_leaves_what_is_known(app):
    assert week(app, {}, known=KNOWN).data == KNOWN
    assert week(app, row(0, ["3"], "", ""), known=KNOWN).data == KNOWN
    assert week(app, row(0, [], "", ""), known=KNOWN).data == []


def test_a_row_to_spare_follows_what_was_typed(app):
    typed = row(0, [], "", "") | row(1, ["1"], "09:00", "12:00")
    typed |= row(2, [], "", "") | row(3, [], "", "") | row(4, [], "", "")
    filled = Row(frozenset("1"), "09:00", "12:00")
    assert week(app, typed).rows == [Row(), filled, Row()]
    more = week(app, typed | {"times-more": "1"})
    assert (more.rows, more.begun) == ([Row(), filled, Row(), Row()], 2)


DAYS = "Choose the days of row 2, or remove it."
BOTH = "Enter from when until when in row 2."
LIKE = "Write the times in row 2 like 09:05."
LATER = "In row 2 the end must be after the start."


@pytest.mark.parametrize(
    ("days", "starts", "ends", "sentence"),
    [
        ([], "08:00", "16:00", DAYS),
        ([], "", "16:00", DAYS),
        (["7"], "08:00", "16:00", DAYS),
        (["1", "x"], "08:00", "16:00", DAYS),
        (["1"], "", "16:00", BOTH),
        (["1"], "08:00", "", BOTH),
        (["1"], "", "", BOTH),
        (["1"], "soon", "16:00", LIKE),
        (["1"], "08:00", "24:00", LIKE),
        (["1"], "16:00", "08:00", LATER),
        (["1"], "08:00", "08:00", LATER),
    ],
)
def test_a_row_that_makes_no_sense_is_named_and_kept(app, days, starts, ends, sentence):
    field = week(app, row(0, [], "", "") | row(1, days, starts, ends))
    assert (field.errors, field.wrong) == ([sentence], {1: sentence})
    assert field.rows[1] == Row(frozenset(days), starts, ends)


@pytest.mark.parametrize(
    ("starts", "ends", "times"),
    [
        ("", "16:00", [(1, 0, 960)]),
        ("16:00", "", [(1, 960, 1440)]),
        ("16:00", "18:00", [(1, 960, 1080)]),
        ("", "", None),
    ],
)
def test_a_new_job_until_four_needs_no_start(starts, ends, times):
    asked = Row(frozenset("1"), starts, ends)
    if times is None:
        with pytest.raises(ValueError, match="Enter from when until when in row 2"):
            asked.times(2, is_open=True)
    else:
        assert asked.times(2, is_open=True) == times


def test_every_row_with_a_mistake_is_named(app):
    typed = row(0, ["1"], "", "12:00") | row(1, ["1"], "09:00", "12:00") | row(2, [], "9", "")
    field = week(app, typed)
    assert list(field.wrong) == [0, 2]
    assert field.errors == list(field.wrong.values())


def test_more_rows_than_anybody_needs_are_refused_and_kept(app):
    typed = {}
    for number in range(100):
        typed |= row(number, ["1"], "08:00", f"{9 + number // 60:02d}:{number % 60:02d}")
    assert len(week(app, typed).data) == 100
    field = week(app, typed | row(100, ["2"], "08:00", "09:00"))
    assert (field.errors, len(field.rows)) == (["100 rows are enough."], 102)
