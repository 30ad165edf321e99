from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from clinic.enrollment.models import (
    EndReason,
    Enrollment,
    Leave,
    Outcome,
    Target,
    TransitionWeek,
)
from clinic.programs.models import Program, Site
from clinic.records.rules import story, whereabouts
from clinic.schedule.models import Mode, Status

TODAY = date(2026, 3, 4)


def enrolled(from_on="2026-01-05", until_on="2026-05-03", *, number=1, targets=(), **facts):
    first = date.fromisoformat(from_on)
    more = {"leaves": [], "transition_weeks": []} | facts
    return Enrollment(
        id=number,
        program=Program(name="Evening IOP", site=Site(timezone="UTC")),
        from_on=first,
        until_on=until_on and date.fromisoformat(until_on),
        targets=[target(first), *targets],
        **more,
    )


def target(day, least=540, most=720):
    return Target(from_on=day, min_minutes=least, max_minutes=most, min_service_days=None)


def amended(day, by, verb, reason):
    made_at = datetime(2026, 3, day, 12, tzinfo=UTC)
    return SimpleNamespace(id=1, made_at=made_at, by=by, verb=verb, reason=reason)


def told(*enrollments, today=TODAY, amendments=None, with_reasons=True):
    return story(enrollments, amendments or {}, today=today, with_reasons=with_reasons)


def bar_of(found):
    """Where the first enrollment begins, how wide it is, and how much of it is behind."""
    days = found.episodes[0][0][0].days
    return found.at(days.from_on), found.width(days), found.past(days)


def lines(found):
    return [(line.day, line.words, line.note) for _, told in found.episodes for line in told]


def test_nothing_is_told_of_nobody():
    assert told() is None


def test_the_line_reaches_from_the_first_day_to_the_last():
    found = told(enrolled("2026-03-02", "2026-03-29"))
    assert (found.first, found.last) == (date(2026, 3, 2), date(2026, 3, 29))
    assert found.at(found.today) == 7.14
    assert bar_of(found) == (0, 100, 7.14)


def test_today_never_stands_at_the_edge():
    found = told(enrolled("2026-01-05", "2026-02-28"))
    assert found.last == date(2026, 3, 18)
    _, width, past = bar_of(found)
    assert past == width


def test_an_open_end_reaches_beyond_today():
    found = told(enrolled(until_on=None))
    assert found.last == TODAY + timedelta(weeks=8)
    assert bar_of(found)[1] == 100


def test_what_is_to_come_has_nothing_behind_it():
    assert bar_of(told(enrolled("2026-04-06")))[2] == 0


@pytest.mark.parametrize(
    ("from_on", "until_on", "words"),
    [
        ("2026-01-05", "2026-05-03", ["Feb 2026", "Mar", "Apr"]),
        ("2026-01-01", "2026-03-31", ["Jan 2026", "Feb", "Mar"]),
        ("2025-10-06", "2026-05-03", ["Nov 2025", "Jan 2026", "Mar"]),
        ("2020-01-06", "2026-05-03", ["Feb 2020", "Jun 2021", "Oct 2022", "Feb 2024"]),
    ],
)
def test_the_axis_has_few_months_and_says_the_year_where_it_changes(from_on, until_on, words):
    marks = told(enrolled(from_on, until_on)).months
    assert [mark.words for mark in marks] == words
    assert max(mark.x for mark in marks) <= 84


def test_leave_and_transition_weeks_are_spans():
    leave = Leave(from_on=date(2026, 3, 9), until_on=date(2026, 3, 15))
    week = TransitionWeek(week=date(2026, 3, 23))
    found = told(enrolled("2026-03-02", "2026-03-29"))
    assert (found.at(leave.from_on), found.width(leave.days)) == (25, 25)
    assert (found.at(week.week), found.width(week.days)) == (75, 25)


def test_targets_have_words_where_there_is_room():
    one = enrolled(
        "2026-03-02",
        "2026-06-09",  # a hundred days
        targets=[
            target(date(2026, 3, 9), 360, 540),  # too near to the first
            target(date(2026, 4, 1), 300, 330),
            target(date(2026, 5, 26), 60, 60),  # at the right, with room
            target(date(2026, 6, 2), 0, 60),  # and without
        ],
    )
    steps = told(one).steps(one.targets)
    assert [(step.x, step.words, step.anchor) for step in steps] == [
        (0, "9–12 h", "start"),
        (7, "", "start"),
        (30, "5–5.5 h", "start"),
        (85, "1 h", "end"),
        (92, "", "end"),
    ]


def test_it_is_told_in_words_what_was_and_what_will_be():
    found = told(
        enrolled(
            targets=[target(date(2026, 4, 6), 360, 540)],
            leaves=[
                Leave(from_on=date(2026, 2, 2), until_on=date(2026, 2, 6), reason="travel"),
                Leave(from_on=date(2026, 3, 9), until_on=date(2026, 3, 10)),
            ],
            transition_weeks=[TransitionWeek(week=date(2026, 4, 27))],
        )
    )
    assert lines(found) == [
        (date(2026, 1, 5), "Enrolled in Evening IOP", "9 – 12 hours a week"),
        (date(2026, 2, 2), "On leave", "through Feb 6, 2026, travel"),
        (date(2026, 3, 9), "On leave", "through Mar 10, 2026"),
        (date(2026, 4, 6), "Other hours prescribed", "6 – 9 hours a week"),
        (date(2026, 4, 27), "Transition week", "shown, never judged"),
        (date(2026, 5, 3), "Planned end", "Evening IOP"),
    ]


@pytest.mark.parametrize(
    ("until_on", "facts", "words"),
    [
        ("2026-02-28", {}, "Ended as planned"),
        ("2026-03-04", {}, "Planned end"),
        (
            "2026-02-28",
            {"outcome": Outcome.LEFT, "end_reason": EndReason.DROPPED_OUT},
            "Left: dropped out",
        ),
        ("2026-02-28", {"outcome": Outcome.LEFT}, "Left"),
    ],
)
def test_the_end_is_told(until_on, facts, words):
    assert lines(told(enrolled(until_on=until_on, **facts)))[-1][1] == words


def test_an_open_end_is_not_told():
    assert [words for _, words, _ in lines(told(enrolled(until_on=None)))] == [
        "Enrolled in Evening IOP"
    ]


def test_amendments_are_told_with_who_and_why_and_marked():
    amendments = {
        1: [
            amended(3, "Ana Rivera", "enrollment.ended", "The letter came late"),
            amended(4, None, "enrollment.something_else", "A slip"),
        ]
    }
    one = enrolled("2026-03-02", "2026-03-29")
    found = told(one, amendments=amendments)
    assert lines(found)[1:3] == [
        (date(2026, 3, 3), "Amended: the end", "Ana Rivera: “The letter came late”"),
        (date(2026, 3, 4), "Amended: the enrollment", "Daybook: “A slip”"),
    ]
    assert [found.at(act.made_at.date()) for act in found.amendments[1]] == [3.57, 7.14]


def test_reasons_are_only_for_some():
    found = told(
        enrolled(
            until_on="2026-02-28",
            outcome=Outcome.DISCHARGED,
            end_reason=EndReason.INCARCERATED,
            leaves=[Leave(from_on=date(2026, 2, 2), until_on=date(2026, 2, 6), reason="surgery")],
        ),
        amendments={1: [amended(3, "Ana Rivera", "enrollment.ended", "late")]},
        with_reasons=False,
    )
    assert [note for _, _, note in lines(found)[1:]] == [
        "through Feb 6, 2026",
        "Evening IOP",
        "Ana Rivera",
    ]
    assert lines(found)[2][1] == "Discharged"


def test_episodes_are_told_one_after_the_other():
    first = enrolled("2025-01-06", "2025-02-28", number=1, outcome=Outcome.LEFT)
    second = enrolled("2025-10-06", "2025-11-30", number=2, outcome=Outcome.TRANSFERRED)
    third = enrolled("2025-12-01", None, number=3, continues_id=2)
    found = told(third, second, first)
    assert [enrollments for enrollments, _ in found.episodes] == [[first], [second, third]]
    assert "Continues in Evening IOP" in [words for _, words, _ in lines(found)]
    assert len(told(third, second).episodes) == 1


NINE, TEN = datetime(2026, 3, 4, 9, tzinfo=UTC), datetime(2026, 3, 4, 10, tzinfo=UTC)


def stop(starts_at=NINE, status=Status.EXPECTED, **facts):
    """Three quarters of an hour in the building, unless it says otherwise."""
    return SimpleNamespace(
        **{
            "booking_id": starts_at.hour,
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(minutes=45),
            "status": status,
            "mode": Mode.IN_PERSON,
            "is_cancelled": False,
            "arrived_at": None,
            "left_at": None,
            "doors_minutes": 15,
            "timezone": "UTC",
        }
        | facts
    )


ONLINE = {"mode": Mode.VIRTUAL, "status": Status.PRESENT}
HERE = {"status": Status.PRESENT, "arrived_at": NINE - timedelta(minutes=9)}


@pytest.mark.parametrize(
    ("day", "at", "state", "words"),
    [
        ([], "9:10", "planned", "No session today"),
        ([stop(is_cancelled=True)], "9:10", "planned", "No session today"),
        ([stop()], "8:00", "expected", "Expected at 9:00 am"),
        ([stop()], "9:10", "unconfirmed", "Not checked in yet, due at 9:00 am"),
        ([stop()], "12:00", "unconfirmed", "Was due at 9:00 am, not marked yet"),
        ([stop(**HERE)], "9:10", "present", "In the building since 8:51 am"),
        ([stop(**HERE)], "12:00", "left", "Was here until 9:45 am"),
        ([stop(**HERE, left_at=TEN)], "12:00", "left", "Was here until 10:00 am"),
        ([stop(**HERE), stop(TEN)], "9:50", "present", "In the building since 8:51 am"),
        ([stop(status=Status.EXCUSED), stop(TEN)], "9:50", "expected", "Expected at 10:00 am"),
        ([stop(status=Status.NO_SHOW)], "12:00", "no-show", "No-show today, 9:00 am"),
        ([stop(TEN, Status.LATE_CANCEL)], "9:00", "late-cancel", "Late cancel today, 10:00 am"),
        ([stop(**ONLINE)], "8:55", "checked in", "Checked in for 9:00 am"),
        ([stop(**ONLINE)], "9:10", "present", "In a virtual session since 9:00 am"),
        (
            [stop(timezone="America/Chicago")],
            "8:00",
            "expected",
            "Expected at 3:00 am, Chicago time",
        ),
    ],
)
def test_where_somebody_is_follows_from_their_sessions_of_today(day, at, state, words):
    hour, minute = map(int, at.split(":"))
    now = NINE.replace(hour=hour, minute=minute)
    found = whereabouts(day, [], now=now, reader=ZoneInfo("UTC"))
    assert (found.state, found.words) == (state, words)


@pytest.mark.parametrize(
    ("away", "words"),
    [
        (("2026-03-02", "2026-03-06"), "On leave through Fri, Mar 6"),
        (("2026-03-05", "2026-03-06"), "No session today"),
    ],
)
def test_who_has_no_session_today_may_be_on_leave(away, words):
    leave = Leave(from_on=date.fromisoformat(away[0]), until_on=date.fromisoformat(away[1]))
    enrollment = enrolled(leaves=[leave])
    assert whereabouts([], [enrollment], now=NINE, reader=ZoneInfo("UTC")).words == words
