from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from clinic.consequences import Change, Consequences, Part
from clinic.days import Range
from clinic.desk import rules
from clinic.desk.rules import Call, Voice
from clinic.offers.models import CameOfIt
from clinic.programs.models import Kind
from clinic.schedule.models import Status

NEW_YORK = ZoneInfo("America/New_York")
MONDAY, THURSDAY = date(2026, 3, 2), date(2026, 3, 5)
VOICE = Voice(with_topics=True, home=NEW_YORK)


def at(wall: str, zone: str = "America/New_York") -> datetime:
    return datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


NOW = at("2026-03-02 08:55")


def row(day: str = "2026-03-02", start: str = "10:00", end: str = "11:00", **facts: Any) -> Any:
    zone = facts.get("timezone", "America/New_York")
    defaults = {
        "booking_id": 1,
        "session_id": 1,
        "program_id": 1,
        "day": date.fromisoformat(day),
        "starts_at": at(f"{day} {start}", zone),
        "ends_at": at(f"{day} {end}", zone),
        "timezone": zone,
        "title": "Process group",
        "kind": Kind.GROUP,
        "room": "Room 1",
        "is_cancelled": False,
        "status": Status.EXPECTED,
        "signed_at": None,
    }
    return SimpleNamespace(**defaults | facts)


def test_a_session_is_spoken_of_as_far_as_one_may_know():
    far = row(timezone="America/Chicago", room=None)
    assert VOICE.words(row()) == "Mon, Mar 2, 10:00 – 11:00 am: Process group, Room 1"
    assert VOICE.words(far) == "Mon, Mar 2, 10:00 – 11:00 am, Chicago time: Process group"
    desk = VOICE._replace(with_topics=False)
    assert desk.words(row()) == "Mon, Mar 2, 10:00 – 11:00 am: Group session, Room 1"
    alone = row(kind=Kind.INDIVIDUAL, title="Trauma work", room=None)
    led = desk._replace(leaders={1: [SimpleNamespace(name="Ana Rivera")]})
    assert led.words(alone) == "Mon, Mar 2, 10:00 – 11:00 am: Individual with Ana Rivera"


def test_who_is_not_enrolled_or_on_leave_can_be_added_to_nothing():
    ended = SimpleNamespace(days=Range(date(2026, 1, 5), date(2026, 2, 27)), leaves=[])
    leave = SimpleNamespace(days=Range(MONDAY, date(2026, 3, 4)))
    paused = SimpleNamespace(days=Range(date(2026, 2, 2), date(2026, 5, 1)), leaves=[leave])
    assert not rules.may_join_on(MONDAY, [])
    assert not rules.may_join_on(MONDAY, [ended, paused])
    assert rules.may_join_on(THURSDAY, [ended, paused])


def test_a_call_is_likely_from_who_is_expected_and_has_not_come():
    here = row(status=Status.PRESENT)
    assert rules.is_call_likely(row(), [row()])
    assert not rules.is_call_likely(row(), [row(), here])
    assert not rules.is_call_likely(None, [])


def test_today_is_the_day_where_a_session_is():
    late = at("2026-03-03 00:30")
    here, there = row("2026-03-02"), row("2026-03-02", timezone="America/Chicago")
    tomorrow = row("2026-03-03", timezone="America/Chicago")
    assert rules.todays([here, there, tomorrow], late) == [there]
    assert rules.later([here, there, tomorrow], late) == [tomorrow]


def test_today_is_the_day_of_the_place_where_somebody_is_served():
    def served(day: date) -> Any:
        site = SimpleNamespace(today=lambda _now: day)
        return SimpleNamespace(program=SimpleNamespace(site=site))

    tuesday = date(2026, 3, 3)
    assert rules.today_of([], home=tuesday, now=NOW) == tuesday
    theirs = [served(tuesday), served(MONDAY)]
    assert rules.today_of(theirs, home=THURSDAY, now=NOW) == MONDAY


@pytest.mark.parametrize(
    ("now", "facts", "is_awaited"),
    [
        ("09:45", {}, True),
        ("09:44", {}, False),
        ("11:00", {}, True),
        ("11:01", {}, False),
        ("09:50", {"status": Status.LATE_CANCEL}, True),
        ("09:50", {"status": Status.PRESENT}, False),
        ("09:50", {"status": Status.NO_SHOW}, False),
        ("09:50", {"is_cancelled": True}, False),
        ("09:50", {"signed_at": NOW}, False),
    ],
)
def test_who_is_not_here_yet_can_be_checked_in_while_the_doors_are_open(now, facts, is_awaited):
    visit = row(**facts)
    found = rules.is_awaited(visit, opens_at=at("2026-03-02 09:45"), now=at(f"2026-03-02 {now}"))
    assert found is is_awaited


@pytest.mark.parametrize(
    ("last_on", "ends", "sentence"),
    [
        (MONDAY, [None], None),
        (THURSDAY, [THURSDAY], None),
        (THURSDAY, [MONDAY, None], None),
        (date(2026, 3, 1), [None], "That day is over. Choose today or a later day."),
        (
            date(2026, 3, 6),
            [THURSDAY, MONDAY],
            "Their enrollment ends on Mar 5, 2026. Choose that day or an earlier one.",
        ),
        (
            MONDAY,
            [date(2026, 2, 27)],
            "They are not enrolled today or later, so there is nothing to cancel.",
        ),
        (
            MONDAY,
            [],
            "They are not enrolled today or later, so there is nothing to cancel.",
        ),
        (date(2036, 3, 3), [None], "That day is more than five years ahead."),
    ],
)
def test_until_when_somebody_can_be_away(last_on, ends, sentence):
    assert rules.why_not_away(last_on, today=MONDAY, ends=ends) == sentence


@pytest.mark.parametrize(
    ("facts", "is_own", "why_not"),
    [
        ({}, True, None),
        ({}, False, "led by somebody else"),
        ({"is_cancelled": True}, True, "cancelled by the clinic"),
        ({"status": Status.PRESENT}, True, "checked in already"),
        ({"status": Status.EXCUSED}, False, "marked excused already"),
    ],
)
def test_what_a_call_leaves_alone(facts, is_own, why_not):
    assert rules.why_left_alone(row(**facts), is_own=is_own, now=NOW) == why_not


def test_a_call_that_changes_nothing_says_why():
    assert rules.why_nothing([], MONDAY, today=MONDAY) == ("They have no sessions today.")
    left = [(row(), "checked in already"), (row(), "checked in already")]
    assert rules.why_nothing(left, THURSDAY, today=MONDAY) == (
        "Nothing left to cancel through Thu, Mar 5: checked in already."
    )


def week(minutes: int, first: str = "2026-03-02") -> Any:
    """Hours of a week, of which only what is compared matters."""
    return SimpleNamespace(week=date.fromisoformat(first), planned=minutes)


def of(hours: Any) -> Any:
    return SimpleNamespace(hours=hours, program=SimpleNamespace(name="Evening IOP"))


def test_what_a_call_leads_to_is_told_by_session_week_and_free_seat():
    begun = row(start="08:00", end="09:00")
    call = Call(
        [
            (begun, Status.LATE_CANCEL),
            (row(), Status.LATE_CANCEL),
            (row("2026-03-04"), Status.EXCUSED),
        ],
        [(row("2026-03-03"), "checked in already")],
    )
    weeks = [(of(week(540)), week(360))]
    seats = [row("2026-03-06", title=f"Skills {n}") for n in range(7)]
    found = rules.consequences(call, weeks, seats, notice_hours=24, voice=VOICE, now=NOW)
    expected = "Process group, Room 1"
    assert found == Consequences(
        (
            Part(
                "3 sessions called off",
                (
                    "With less than 24 hours of notice, an absence reported now is a late cancel.",
                    "A session that has begun counts as a late cancel and keeps its seat.",
                ),
                (
                    Change(
                        f"Mon, Mar 2, 8:00 – 9:00 am: {expected}",
                        "Expected, has begun",
                        "Late cancel",
                    ),
                    Change(f"Mon, Mar 2, 10:00 – 11:00 am: {expected}", "Expected", "Late cancel"),
                    Change(f"Wed, Mar 4, 10:00 – 11:00 am: {expected}", "Expected", "Excused"),
                ),
            ),
            Part(
                "Not changed",
                lists=(
                    Part(
                        "",
                        (f"Tue, Mar 3, 10:00 – 11:00 am: {expected} (checked in already)",),
                    ),
                ),
            ),
            Part(
                "Hours",
                weeks=(Change("Week of Mar 2", week(540), week(360), "Evening IOP"),),
            ),
            Part(
                "Free seats to offer",
                lists=(
                    Part(
                        "",
                        tuple(
                            f"Fri, Mar 6, 10:00 – 11:00 am: Skills {n}, Room 1" for n in range(6)
                        ),
                        more="and 1 more",
                    ),
                ),
            ),
        )
    )


def test_what_there_is_nothing_to_say_of_is_left_out():
    call = Call([(row("2026-03-04"), Status.EXCUSED)], [])
    unchanged = [(of(week(540)), week(540))]
    found = rules.consequences(call, unchanged, [], notice_hours=24, voice=VOICE, now=NOW)
    assert [(part.heading, part.sentences) for part in found.parts] == [
        ("1 session called off", ()),
        ("Free seats to offer", (rules.NO_SEATS,)),
    ]


def test_many_weeks_are_counted():
    weeks = [
        (of(week(540, str(MONDAY + timedelta(weeks=n)))), week(0, str(MONDAY + timedelta(weeks=n))))
        for n in range(5)
    ]
    call = Call([(row("2026-03-04"), Status.EXCUSED)], [])
    found = rules.consequences(call, weeks, [], notice_hours=24, voice=VOICE, now=NOW)
    hours = found.parts[1]
    assert (len(hours.weeks), hours.sentences) == (3, ("2 more weeks with fewer hours.",))


def test_a_saved_call_is_told_in_one_sentence():
    call = Call([(row(), Status.EXCUSED)], [])
    done = rules.done_words("Jo", call, THURSDAY, today=MONDAY)
    assert done == "Jo is not expected through Thu, Mar 5: 1 session called off."
    assert rules.away_words(MONDAY, today=MONDAY) == "Today"
    assert rules.away_words(THURSDAY, today=MONDAY) == "Through Thu, Mar 5"
    new_year = date(2027, 1, 8)
    assert rules.away_words(new_year, first_on=THURSDAY, today=MONDAY) == (
        "From Thu, Mar 5 through Fri, Jan 8, 2027"
    )
    assert rules.away_words(MONDAY, today=MONDAY, reason="flu") == "Today: “flu”"


def test_what_can_be_undone_is_told_by_what_was_done():
    def fact(status: Status) -> dict[str, Any]:
        return {"after": {"status": status.value}}

    absent = [fact(Status.EXCUSED), fact(Status.LATE_CANCEL)]
    assert rules.undo_words(absent) == "You called off 2 sessions."
    assert rules.undo_words([fact(Status.PRESENT)]) == "You checked them in."


def test_what_has_begun_and_days_of_an_absence_are_not_offered():
    begun, today, friday = row(start="08:00", end="09:30"), row(), row("2026-03-06")
    assert rules.to_offer([begun, today, friday], [], now=NOW) == [today, friday]
    assert rules.to_offer([begun, today, friday], [MONDAY], now=NOW) == [friday]


@pytest.mark.parametrize(
    ("offer", "facts", "found"),
    [
        ({}, {}, {7}),
        ({"outcome": CameOfIt.TAKEN}, {}, set()),  # their own word, on their own page
        ({"outcome": None}, {}, set()),
        ({"session_id": 2}, {}, set()),
        ({"enrollment_id": 2}, {}, set()),
        ({}, {"status": Status.EXCUSED}, set()),
        ({}, {"is_cancelled": True}, set()),
        ({}, {"start": "08:55"}, set()),
    ],
)
def test_a_make_up_that_somebody_was_put_on_is_taken_back_until_it_begins(offer, facts, found):
    made = {"id": 7, "enrollment_id": 1, "session_id": 1, "outcome": CameOfIt.PLACED} | offer
    visits = [row(enrollment_id=1, **facts)]
    assert rules.may_take_back([SimpleNamespace(**made)], visits, now=NOW) == found


def test_what_to_offer_first_stands_first_and_the_rest_in_its_order():
    one, two, three, four, gone, five = (row(session_id=number) for number in range(1, 7))
    best = [SimpleNamespace(place=each) for each in (gone, five, four, three, one)]
    found = rules.best_first([one, two, three, four], best[:3])
    assert found == [(four, best[2]), (one, None), (two, None), (three, None)]
    found = rules.best_first([one, two, three, four, five], best)
    assert found == [
        (five, best[1]),
        (four, best[2]),
        (three, best[3]),
        (one, best[4]),
        (two, None),
    ]


def test_why_a_seat_is_not_offered():
    def offer(session_id, outcome, enrollment_id=7, ended="2026-03-02 08:30"):
        facts = {"session_id": session_id, "enrollment_id": enrollment_id, "outcome": outcome}
        times = {"ended_at": at(ended), "held_until": at(ended)}
        return SimpleNamespace(**times, timezone="America/New_York", **facts)

    seats = [row("2026-03-05", session_id=number) for number in range(1, 6)]
    early = row("2026-03-03", "07:00", "07:50", session_id=6)
    offers = [
        offer(1, CameOfIt.DECLINED),
        offer(1, CameOfIt.RELEASED, ended="2026-03-01 09:00"),
        offer(2, CameOfIt.RELEASED),
        offer(3, CameOfIt.DECLINED, 8),  # with another enrollment
        offer(4, CameOfIt.WITHDRAWN),
        offer(5, None),
    ]
    joined_by = dict.fromkeys(range(1, 7), 7)
    said = {
        1: "Declined today, 8:30 am. To ask again, call them.",
        2: "No answer by today, 8:30 am. To ask again, call them.",
    }
    assert rules.why_no_offers([*seats, early], joined_by, offers, now=NOW) == said
    early_words = "At night nothing is offered, and this session begins at 7:00 am. Call them."
    late = at("2026-03-02 21:30")
    assert rules.why_no_offers([early], joined_by, offers, now=late) == {6: early_words}
