from datetime import UTC, date, datetime, timedelta
from importlib import metadata
from itertools import product
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.feeds import rules
from clinic.feeds.rules import Appointment
from tests.feeds import reader

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)

instants = st.datetimes(
    NOW.replace(year=2020, tzinfo=None), NOW.replace(year=2040, tzinfo=None), timezones=st.just(UTC)
)
hostile = [
    *["\r\n", "\n", "\r", "\x0b", "\x00", "\x1c", "\x7f", "\x85", "\u2028", "\u2029", "\ufeff"],
    *[",", ";", ":", "=", '"', "\\", "\\n", " ", "é", "漢", "🧑‍🤝‍🧑", "a" * 60],
    *["BEGIN:VEVENT", "END:VEVENT", "END:VCALENDAR", "ATTENDEE:mailto:a@b.example"],
]
names = st.text(st.characters(codec="utf-8"), max_size=120) | st.lists(
    st.sampled_from(hostile), max_size=40
).map("".join)


def appointment(**facts) -> Appointment:
    """An hour on a Wednesday morning in New York."""
    defaults = {
        "uid": "7d0f3c1e-5a43-4a0e-9b0c-2f1d6a3b8e55",
        "starts_at": datetime(2026, 3, 4, 15, 0, tzinfo=UTC),
        "ends_at": datetime(2026, 3, 4, 16, 0, tzinfo=UTC),
        "zone": NEW_YORK,
        "sequence": 0,
        "changed_at": datetime(2026, 1, 5, 14, 30, 12, 999999, tzinfo=UTC),
        "is_cancelled": False,
        "number": None,
        "place": None,
    }
    return Appointment(**defaults | facts)


def read(*appointments: Appointment, link: str = "") -> list[dict[str, str]]:
    _, events = reader.read(rules.calendar(appointments, link=link))
    return events


def test_a_calendar_is_written_like_this_and_the_format_rises_when_that_changes():
    body = rules.calendar(
        [
            appointment(),
            appointment(uid="b", is_cancelled=True, sequence=2, number=10432, place="Room 1, left"),
        ],
        link="https://our.example/sign-in",
    )

    assert rules.FORMAT == 1
    assert body.decode().split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//schedule//schedule//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "NAME:My schedule",
        "X-WR-CALNAME:My schedule",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
        "BEGIN:VEVENT",
        "SUMMARY:Appointment",
        "DTSTART:20260304T150000Z",
        "DTEND:20260304T160000Z",
        "DTSTAMP:20260105T143012Z",
        "UID:7d0f3c1e-5a43-4a0e-9b0c-2f1d6a3b8e55",
        "SEQUENCE:0",
        "CLASS:PRIVATE",
        "DESCRIPTION:10:00 – 11:00 am\\, New York time\\nDetails: sign in at https:",
        " //our.example/sign-in",
        "LAST-MODIFIED:20260105T143012Z",
        "STATUS:CONFIRMED",
        "TRANSP:OPAQUE",
        "URL:https://our.example/sign-in",
        "END:VEVENT",
        "BEGIN:VEVENT",
        "SUMMARY:Cancelled: Appointment 10432",
        "DTSTART:20260304T150000Z",
        "DTEND:20260304T160000Z",
        "DTSTAMP:20260105T143012Z",
        "UID:b",
        "SEQUENCE:2",
        "CLASS:PRIVATE",
        "DESCRIPTION:10:00 – 11:00 am\\, New York time\\nDetails: sign in at https:",
        " //our.example/sign-in",
        "LAST-MODIFIED:20260105T143012Z",
        "LOCATION:Room 1\\, left",
        "STATUS:CANCELLED",
        "TRANSP:TRANSPARENT",
        "URL:https://our.example/sign-in",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_without_an_address_of_our_own_there_is_no_link():
    assert rules.link_to("") == ""
    assert rules.link_to("https://our.example/") == "https://our.example/sign-in"
    assert read(appointment()) == [
        {
            "UID": "7d0f3c1e-5a43-4a0e-9b0c-2f1d6a3b8e55",
            "SEQUENCE": "0",
            "DTSTAMP": "20260105T143012Z",
            "LAST-MODIFIED": "20260105T143012Z",
            "DTSTART": "20260304T150000Z",
            "DTEND": "20260304T160000Z",
            "SUMMARY": "Appointment",
            "STATUS": "CONFIRMED",
            "TRANSP": "OPAQUE",
            "CLASS": "PRIVATE",
            "DESCRIPTION": "10:00 – 11:00 am, New York time\nDetails: sign in",
        }
    ]


def test_an_empty_calendar_is_a_calendar():
    assert reader.read(rules.EMPTY)[1] == []
    assert list(icalendar.Calendar.from_ical(rules.EMPTY).walk("VEVENT")) == []


def test_events_written_one_by_one_are_what_the_library_writes_at_once():
    appointments = [appointment(uid=str(number), number=number) for number in range(5)]
    body = rules.calendar(appointments, link="https://our.example/sign-in")

    assert icalendar.Calendar.from_ical(body).to_ical() == body


def test_the_same_appointments_give_the_same_bytes_also_without_what_is_remembered():
    first = rules.calendar([appointment(place="Room 1")], link="")
    rules.event.cache_clear()

    assert rules.calendar([appointment(place="Room 1")], link="") == first


@pytest.mark.parametrize(
    ("utc", "words"),
    [
        ("2026-03-07T15:00", "10:00 – 11:00 am, New York time"),  # the day before the change
        ("2026-03-08T06:30", "1:30 – 3:30 am, New York time"),  # an hour over the change
        ("2026-03-08T14:00", "10:00 – 11:00 am, New York time"),
        ("2026-11-01T05:30", "1:30 – 1:30 am, New York time"),  # from the first to the second 1:30
        ("2026-11-01T06:30", "1:30 – 2:30 am, New York time"),
        ("2026-11-01T15:00", "10:00 – 11:00 am, New York time"),
    ],
)
def test_local_words_follow_the_clocks_and_times_stay_in_utc(utc, words):
    starts_at = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    (event,) = read(appointment(starts_at=starts_at, ends_at=starts_at + timedelta(hours=1)))

    assert event["DTSTART"] == f"{starts_at:%Y%m%dT%H%M00Z}"
    assert event["DESCRIPTION"] == f"{words}\nDetails: sign in"


@pytest.mark.parametrize(
    ("zone", "city"),
    [
        ("America/Indiana/Indianapolis", "Indianapolis"),
        ("America/Argentina/Buenos_Aires", "Buenos Aires"),
        ("UTC", "UTC"),
    ],
)
def test_a_zone_is_named_by_its_city(zone, city):
    (event,) = read(appointment(zone=ZoneInfo(zone)))

    assert event["DESCRIPTION"].split(", ")[1] == f"{city} time\nDetails: sign in"


@given(names)
def test_no_name_of_a_room_breaks_out_of_its_place(name):
    body = rules.calendar([appointment(place=name), appointment(uid="next")], link="")

    _, (event, after) = reader.read(body)
    line = rules.plain(name)[:100]
    assert set(event) == (reader.ALWAYS | {"LOCATION"} if line else reader.ALWAYS)
    assert event.get("LOCATION", "") == line
    assert after["UID"] == "next"
    parsed = list(icalendar.Calendar.from_ical(body).walk("VEVENT"))
    assert [str(each.get("LOCATION", "")) for each in parsed] == [line, ""]
    assert [str(each["UID"]) for each in parsed] == [event["UID"], "next"]


def test_names_of_every_length_are_folded_by_the_book():
    for escaped, length in product([",", ";", "é,", "🧑,", "a;"], range(100)):
        (event,) = read(appointment(place="x" * length + escaped * 40))
        assert event["LOCATION"] == ("x" * length + escaped * 40)[:100]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("Room 1", "Room 1"),
        ("  Room \t 1 ", "Room 1"),
        ("Room\r\nATTENDEE:x", "Room ATTENDEE:x"),
        ("a\x0bb\x00c\x7fd\x85e\u2028f", "a b c d e f"),
        ("C:\\new", "C:/new"),
        ("\ufeffRoom 1", "Room 1"),
        ("\r\n", ""),
        ("Zoë 🧑‍🤝‍🧑", "Zoë 🧑‍🤝‍🧑"),
    ],
)
def test_a_name_becomes_one_plain_line(name, line):
    assert rules.plain(name) == line


def test_a_cancelled_appointment_stays_until_its_day_is_over_at_its_place():
    cancelled = appointment(is_cancelled=True, changed_at=NOW)
    midnight = datetime(2026, 3, 5, 5, 0, tzinfo=UTC)

    assert rules.leaves_at(cancelled) == midnight
    assert rules.shown([cancelled], now=midnight - timedelta(seconds=1)) == [cancelled]
    assert rules.shown([cancelled], now=midnight) == []


def test_a_cancelled_appointment_stays_at_most_fourteen_days():
    later = NOW + timedelta(days=60)
    cancelled = appointment(is_cancelled=True, changed_at=NOW, starts_at=later, ends_at=later)

    assert rules.leaves_at(cancelled) == NOW + timedelta(days=14)
    assert rules.shown([cancelled], now=NOW + timedelta(days=14, seconds=-1)) == [cancelled]
    assert rules.shown([cancelled], now=NOW + timedelta(days=14)) == []


def test_what_takes_place_is_shown_whenever_it_is():
    past = appointment(starts_at=NOW - timedelta(days=36), ends_at=NOW - timedelta(days=36))
    coming = appointment(uid="b", starts_at=NOW + timedelta(days=300))

    assert rules.shown([past, coming], now=NOW) == [past, coming]


def test_somebody_with_two_enrollments_in_one_session_sees_it_once():
    assert rules.shown([appointment(), appointment()], now=NOW) == [appointment()]


def test_beyond_two_thousand_events_the_farthest_give_way():
    many = [appointment(uid=str(number)) for number in range(2001)]

    assert rules.shown(many, now=NOW) == many[:2000]


def test_time_alone_changes_a_calendar_when_the_next_cancelled_one_leaves():
    soon = appointment(is_cancelled=True, changed_at=NOW)
    later = appointment(is_cancelled=True, changed_at=NOW, starts_at=NOW + timedelta(days=9))

    assert rules.expires_at([]) is None
    assert rules.expires_at([appointment()]) is None
    assert rules.expires_at([later, soon, appointment()]) == rules.leaves_at(soon)


@given(instants)
def test_a_calendar_looks_back_thirty_days_and_moves_by_whole_weeks(now):
    first = datetime.combine(rules.week_shown_from(now), datetime.min.time(), UTC)

    assert first.weekday() == 0
    assert timedelta(days=30) <= now - first < timedelta(days=37)


@given(st.lists(instants, min_size=1))
def test_the_date_of_change_never_goes_back_nor_stays_within_its_second(moments):
    before = None
    for now in moments:
        after = rules.changed_at(now, before=before)
        assert after.microsecond == 0
        assert after >= now.replace(microsecond=0)
        assert before is None or after >= before + timedelta(seconds=1)
        before = after


def test_a_body_is_kept_while_nothing_it_was_made_from_has_changed():
    week, build = date(2026, 2, 2), "1 7.3.0 2026.6 "
    facts = {
        "version": 3,
        "calendar_version": 3,
        "window": week,
        "build": build,
        "expires_at": NOW + timedelta(seconds=1),
    }

    def kept(**changed) -> bool:
        return rules.is_kept(SimpleNamespace(**facts | changed), week=week, build=build, now=NOW)

    assert kept()
    assert kept(expires_at=None)
    assert not kept(expires_at=NOW)
    assert not kept(calendar_version=4)
    assert not kept(version=None)
    assert not kept(window=date(2026, 1, 26))
    assert not kept(build="another")


def test_what_a_body_is_written_with_differs_by_every_part(monkeypatch):
    build = rules.build("Room 1 UTC", link="https://our.example/sign-in")

    assert build.startswith(f"{rules.FORMAT} {metadata.version('icalendar')} ")
    assert rules.build("Room 1 UTC", link="https://our.example/sign-in") == build
    assert rules.build("Room 2 UTC", link="https://our.example/sign-in") != build
    assert rules.build("Room 1 UTC", link="") != build
    monkeypatch.setattr(rules, "MADE_BY", "another")
    assert rules.build("Room 1 UTC", link="https://our.example/sign-in") != build


def test_a_withdrawn_link_answers_for_ninety_days():
    ninety = NOW + timedelta(days=90)

    assert not rules.is_over(None, now=NOW)
    assert not rules.is_over(NOW, now=ninety - timedelta(seconds=1))
    assert rules.is_over(NOW, now=ninety)


def test_a_closed_account_gets_no_link():
    assert rules.why_not_issue(is_active=True, number=0) is None
    closed = "This account is closed: its calendars stay empty."
    assert rules.why_not_issue(is_active=False, number=20) == closed


def test_twenty_links_are_the_most():
    assert rules.why_not_issue(is_active=True, number=19) is None
    enough = "20 links are the most. End one first."
    assert rules.why_not_issue(is_active=True, number=20) == enough


def test_a_name_in_use_is_taken_and_none_asks_for_the_next_free_one():
    taken = {"iPhone", "Calendar", "Calendar 2"}
    in_use = "A link named “iPhone” is in use. Choose another name, or end that one first."
    assert rules.why_not_name("iPhone", taken=taken) == in_use
    assert rules.why_not_name("iPad", taken=taken) is None
    assert rules.why_not_name(None, taken=taken) is None
    assert rules.free_name(()) == "Calendar"
    assert rules.free_name(taken) == "Calendar 3"


def test_a_fetch_is_noted_once_an_hour():
    assert rules.is_worth_noting(None, now=NOW)
    assert not rules.is_worth_noting(NOW, now=NOW + timedelta(minutes=59))
    assert rules.is_worth_noting(NOW, now=NOW + timedelta(hours=1))


def test_an_address_to_subscribe_to_is_the_same_one_by_another_name():
    assert rules.webcal("https://our.example/feeds/a.ics") == "webcal://our.example/feeds/a.ics"
