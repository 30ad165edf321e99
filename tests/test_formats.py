import re
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from clinic import clock, formats
from clinic.permissions import Role
from tests.make import instant

NEW_YORK = clock.zone("America/New_York")


@pytest.mark.parametrize(
    ("wall", "words"),
    [
        ("00:00", "12:00 am"),
        ("00:05", "12:05 am"),
        ("09:05", "9:05 am"),
        ("11:59", "11:59 am"),
        ("12:00", "12:00 pm"),
        ("13:30", "1:30 pm"),
        ("23:59", "11:59 pm"),
    ],
)
def test_a_time_is_said_as_clocks_on_the_wall_say_it(wall, words):
    assert formats.clock_time(instant(f"2026-03-02 {wall}"), NEW_YORK) == words


def test_a_range_names_the_half_of_the_day_once_where_it_is_the_same():
    def said(start, end):
        return formats.time_range(
            instant(f"2026-03-02 {start}"), instant(f"2026-03-02 {end}"), NEW_YORK
        )

    assert said("18:00", "21:00") == "6:00 – 9:00 pm"
    assert said("11:00", "13:00") == "11:00 am – 1:00 pm"


def test_a_zone_is_named_by_its_city():
    assert formats.zone_note("America/New_York") == "New York time"
    assert formats.zone_note("UTC") == "UTC time"
    assert formats.zone_note("America/New_York", "America/Chicago") == "Chicago and New York time"
    assert formats.zone_note() == ""


def test_a_time_names_its_zone_where_it_is_not_the_readers():
    span = instant("2026-03-02 16:30"), instant("2026-03-02 18:00")
    chicago = clock.zone("America/Chicago")
    assert formats.times_at(*span, NEW_YORK, NEW_YORK) == "4:30 – 6:00 pm"
    assert formats.times_at(*span, chicago, NEW_YORK) == "3:30 – 5:00 pm, Chicago time"
    assert formats.times_at(*span, NEW_YORK, chicago) == "4:30 – 6:00 pm, New York time"
    assert formats.clock_at(span[0], chicago, NEW_YORK) == "3:30 pm, Chicago time"
    assert formats.clock_at(span[0], chicago, chicago) == "3:30 pm"


def test_a_field_holds_a_time_in_24_hours_or_nothing():
    assert formats.field_time(instant("2026-03-02 18:05"), NEW_YORK) == "18:05"
    assert formats.field_time(None, NEW_YORK) == ""


def test_exports_write_the_offset_of_the_place_on_that_day():
    winter = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
    summer = datetime(2026, 3, 9, 14, 0, tzinfo=UTC)
    assert formats.iso_local(winter, NEW_YORK) == "2026-03-02T10:00:00-05:00"
    assert formats.iso_local(summer, NEW_YORK) == "2026-03-09T10:00:00-04:00"
    assert formats.iso_local(None, NEW_YORK) == ""


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "0 min"), (45, "45 min"), (60, "1 h"), (150, "2 h 30 min"), (540, "9 h")],
)
def test_a_duration_is_said_in_hours_and_minutes(minutes, words):
    assert formats.duration(minutes) == words


@pytest.mark.parametrize(
    ("minutes", "words"), [(0, "0"), (540, "9"), (630, "10.5"), (435, "7.25"), (600, "10")]
)
def test_hours_have_no_more_decimals_than_they_need(minutes, words):
    assert formats.hours(minutes) == words


def test_days_are_said_without_leading_zeros():
    day = date(2026, 3, 9)
    assert formats.day_long(day) == "Monday, March 9"
    assert formats.day_short(day) == "Mon, Mar 9"
    assert formats.month_day(day) == "Mar 9"
    assert formats.day_numeric(day) == "Mar 9, 2026"
    assert formats.day_numeric(None) == "—"


@pytest.mark.parametrize(
    ("week", "year", "words"),
    [
        ("2026-03-02", 2026, "March 2 – 8"),
        ("2026-03-30", 2026, "March 30 – April 5"),
        ("2026-03-02", 2027, "March 2 – 8, 2026"),
        ("2026-12-28", 2026, "December 28, 2026 – January 3, 2027"),
        ("2026-12-28", 2027, "December 28, 2026 – January 3"),
    ],
)
def test_a_week_is_named_by_its_first_and_last_day(week, year, words):
    assert formats.week_range(date.fromisoformat(week), this_year=year) == words


@pytest.mark.parametrize(
    ("name", "preferred", "short"),
    [
        ("Jordan Avery", None, "Jordan A."),
        ("Jordan Avery", "Jo", "Jo A."),
        ("jordan van der berg", None, "jordan B."),
        ("Cher", None, "Cher"),
        ("Cher", "C", "C"),
    ],
)
def test_a_short_name_keeps_the_last_names_initial(name, preferred, short):
    assert formats.short_name(name, preferred) == short


def test_a_number_and_its_noun_agree():
    assert formats.counted(1, "session") == "1 session"
    assert formats.counted(0, "session") == "0 sessions"
    assert formats.counted(2, "person", "people") == "2 people"


def test_every_format_is_a_filter_of_the_templates(app):
    assert [app.jinja_env.filters[made.__name__] for made in formats.FILTERS] == list(
        formats.FILTERS
    )


def test_a_moment_is_told_as_people_say_it():
    late = datetime(2026, 3, 10, 1, 5, tzinfo=UTC)  # the ninth, there
    assert formats.moment(late, NEW_YORK, today=date(2026, 3, 9)) == "today, 9:05 pm"
    assert formats.moment(late, NEW_YORK, today=date(2026, 3, 10)) == "Mon, Mar 9, 9:05 pm"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("+12025550123", "(202) 555-0123"),
        ("+442079460958", "+44 20 7946 0958"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_phone_number_is_said_as_it_is_dialed_from_here(number, words):
    assert formats.phone(number) == words


def test_roles_are_said_in_the_order_of_the_table():
    roles = frozenset({Role.CLINICIAN, Role.FRONT_DESK, Role.ADMIN})
    assert formats.roles(roles) == "Admin, Clinician, Front desk"
    assert formats.roles(frozenset()) == ""
    assert set(formats.ROLE_WORDS) == set(Role)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["A"], "A"),
        (["A", "B"], "A and B"),
        (["A", "B", "C"], "A, B and C"),
        (["A", "B", "C", "D", "E"], "A, B, C and 2 more"),
    ],
)
def test_a_few_words_are_listed_and_the_others_counted(words, sentence):
    assert formats.listed(words) == sentence


def called(*people: tuple[str, str | None, int | None], by_year: bool = True) -> list[str]:
    """What people are called beside each other: names, preferred names and years of birth."""
    rows = [
        SimpleNamespace(
            participant_id=number,
            name=name,
            preferred_name=preferred,
            key=f"p-{number}",
            birth_on=date(year, 5, 1) if year else None,
        )
        for number, (name, preferred, year) in enumerate(people)
    ]
    return list(formats.told_apart(rows, by_year=by_year).values())


@pytest.mark.parametrize(
    ("people", "names"),
    [
        ([("Jordan Avery", "Jo", None), ("Cher", None, None)], ["Jo A.", "Cher"]),
        ([("Maria Garcia", None, None), ("María Gomez", None, None)], ["Maria Ga.", "María Go."]),
        (
            [("Maria Gomez", None, 0), ("Maria Gomes", None, 0), ("Maria Go", None, 0)],
            ["Maria Gomez", "Maria Gomes", "Maria Go"],
        ),
        ([("Al B", None, None), ("Al Bond", None, None)], ["Al B", "Al Bo."]),
        ([("Lu Chen", None, None), ("Li Chen", "Lu", None)], ["Lu Chen", "Lu Chen (Li Chen)"]),
        ([("Ann May Dow", None, 1990), ("Ann Dow", None, 1990)], ["Ann May Dow", "Ann Dow"]),
        ([("Ann Dow", None, 1990), ("ann dow", None, 1968)], ["Ann Dow, 1990", "ann dow, 1968"]),
        ([("Ann Dow", None, 1990), ("Ann Dow", None, 1990)], ["Ann Dow, p-0", "Ann Dow, p-1"]),
        ([("Cher", None, None), ("Cher", None, 1946)], ["Cher, p-0", "Cher, 1946"]),
    ],
)
def test_people_with_the_same_short_name_are_told_apart(people, names):
    assert called(*people) == names


def test_who_may_not_know_the_year_of_a_birth_is_told_the_number():
    people = ("Ann Dow", None, 1990), ("Ann Dow", None, 1968)
    assert called(*people, by_year=False) == ["Ann Dow, p-0", "Ann Dow, p-1"]


def test_somebody_who_is_there_twice_is_one_person():
    row = SimpleNamespace(participant_id=1, name="Ann Dow", preferred_name=None)
    assert formats.told_apart([row, row]) == {1: "Ann D."}


def test_a_square_for_cameras_is_lines_in_the_page_and_nothing_of_the_text():
    address = "webcal://our.example/feeds/<script>.ics"
    drawn = str(formats.qr(address))
    assert re.fullmatch(r'<svg viewBox="0 0 \d+ \d+">(<path [^<>]*/>)+</svg>', drawn)
    assert "script" not in drawn
    assert drawn != str(formats.qr("another"))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("birth_on", "Birth"),
        ("weekly_hours", "Weekly hours"),
        ("611-arrived", "Arrived"),
        ("times-0-from", "Times from"),
        ("12", "12"),
    ],
)
def test_a_field_is_called_what_its_name_says(name, words):
    assert formats.field_words(name) == words


def test_of_what_was_typed_ids_codes_and_what_the_page_put_there_is_not_shown():
    typed = [("seen", "1"), ("mode", "in_person"), ("room", "12"), ("act", "book")]
    said = [("title", "Intake"), ("day", "2026-03-09"), ("phone", "5551234567")]
    assert formats.readable([*typed, *said, ("reason", " ")]) == said


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/groups/4/edit", "Groups, edit"),
        ("/staff/12/time-off?month=2026-03", "Staff, time off"),
    ],
)
def test_a_form_is_called_what_its_address_says(path, words):
    assert formats.form_words(path) == words
