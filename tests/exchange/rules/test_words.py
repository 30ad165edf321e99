import pytest

from clinic.exchange.rules import words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, None),
        ("Ana\u00a0Rivera", "Ana Rivera"),
        ("two\r\nlines ", "two lines"),
        ("a\u202eb", "ab"),
    ],
)
def test_a_text_is_said_on_one_line(text, said):
    assert words.line(text) == said


def test_hours_come_back_as_the_same_minutes():
    for minutes in range(7 * 24 * 60 + 1):
        assert round(words.weekly_hours(minutes, minutes)["min"] * 60) == minutes


@pytest.mark.parametrize(("minute", "said"), [(0, "00:00"), (545, "09:05"), (1440, "24:00")])
def test_a_day_ends_at_its_midnight(minute, said):
    assert words.wall(minute) == said
