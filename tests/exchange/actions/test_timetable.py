from copy import deepcopy
from datetime import date

import pytest
from sqlalchemy import func, select

from clinic.accounts.models import Staff
from clinic.db import db, savepoint
from clinic.enrollment.models import Enrollment
from clinic.errors import BadInput
from clinic.participants.models import Participant
from clinic.programs.models import Room
from clinic.schedule.models import Booking, Method, Mode, Series, Session, SessionLeader, Status
from clinic.schedule.queries.series import find_series
from clinic.schedule.queries.sessions import find_meeting, find_one_off
from tests import make
from tests.dump import changed, dump
from tests.exchange.files import (
    ABSENT,
    LATER,
    bring,
    enrolled,
    group,
    one_off,
    part,
    person,
    riverside,
)

GROUP = "evening-process"
MARCH = {"series[0].from": date(2026, 3, 2), "series[0].until": date(2026, 3, 31)}


LATER_PLAN = {
    "kind": "group",
    "days": ["fri"],
    "start": "17:00",
    "end": "19:00",
    "room": "room-1",
    "leaders": ["rivera"],
    "seats": 10,
    "mode": "in_person",
    "from": date(2026, 3, 16),
}


def day(text):
    return date.fromisoformat(text)


def march(changes=None, /, **more):
    """The example with the group in March alone, and nobody on leave or stepping down then."""
    calm = {"enrollments[0].until": ABSENT, "enrollments[0].transition_weeks": ABSENT}
    return riverside(MARCH | calm | (changes or {}), **more)


def sessions(key=GROUP):
    found = db.scalars(
        select(Session)
        .outerjoin(Series, Series.id == Session.series_id)
        .where(func.coalesce(Series.key, Session.key) == key)
        .order_by(Session.starts_at)
    ).all()
    for each in found:
        db.refresh(each)
    return found


def on(text, key=GROUP):
    (found,) = [each for each in sessions(key) if each.day == day(text)]
    return found


def days_of(key=GROUP):
    return [str(each.day) for each in sessions(key)]


def local(instant):
    return instant.astimezone(make.clock.zone(make.ZONE)).strftime("%H:%M")


def leaders_of(session):
    return db.scalars(
        select(Staff.key)
        .join(SessionLeader, SessionLeader.staff_id == Staff.id)
        .where(SessionLeader.session_id == session.id)
        .order_by(SessionLeader.position)
    ).all()


def seats_of(session):
    rows = db.execute(
        select(Enrollment.key, Booking.seat_no)
        .join(Enrollment, Enrollment.id == Booking.enrollment_id)
        .where(Booking.session_id == session.id)
    )
    return dict(rows.all())


def versions():
    rows = db.execute(select(Participant.key, Participant.calendar_version)).all()
    return dict([*rows, *db.execute(select(Staff.key, Staff.calendar_version)).all()])


def raised(before):
    return {key for key, version in versions().items() if version > before.get(key, 0)}


def problems(data):
    before = dump()
    with pytest.raises(BadInput) as bad, savepoint():
        bring(data)
    assert changed(before, dump()) == set()
    return list(bad.value.problems)


def mark(session, status=Status.PRESENT):
    booking = db.scalars(select(Booking).where(Booking.session_id == session.id)).first()
    booking.status, booking.method = status, Method.STAFF
    db.flush()


# Series


def test_a_series_keeps_what_the_file_says(app):
    bring(riverside())
    series = find_series(GROUP)
    assert (series.plan.weekdays, series.plan.every_weeks, series.plan.seats, series.plan.mode) == (
        "013",
        1,
        12,
        Mode.IN_PERSON,
    )
    assert (series.from_on, series.until_on, series.laid_out_until) == (
        day("2026-01-05"),
        day("2026-06-26"),
        day("2026-06-26"),
    )
    session = on("2026-03-09")
    assert (local(session.starts_at), local(session.ends_at), leaders_of(session)) == (
        "18:00",
        "21:00",
        ["rivera"],
    )


def test_an_open_ended_series_reaches_26_weeks_ahead(app):
    bring(riverside({"series[1].days": ["mon", "tue"], "series[1].start": "16:00"}))
    assert days_of("individual-jo")[-1] == "2026-08-31"


def test_every_second_week_counts_from_the_week_of_the_first_day(app):
    fortnightly = {"series[0].every_weeks": 2, "series[0].from": day("2026-03-03")}
    bring(march(fortnightly | {"series[0].leaders": []}))
    assert days_of() == [
        "2026-03-03",
        "2026-03-05",
        "2026-03-16",
        "2026-03-17",
        "2026-03-19",
        "2026-03-30",
        "2026-03-31",
    ]


def test_a_series_on_the_night_the_clocks_change_moves_forward(app):
    night = {"series[0].days": ["sun"], "series[0].start": "02:00", "series[0].end": "03:30"}
    bring(march(night))
    assert [(local(each.starts_at), local(each.ends_at)) for each in sessions()] == [
        ("03:00", "04:30"),
        *[("02:00", "03:30")] * 3,
    ]


@pytest.mark.parametrize(
    ("changes", "sequence"),
    [
        ({"series[0].title": "Skills"}, 0),
        ({"series[0].kind": "education"}, 0),
        ({"series[0].seats": 14}, 0),
        ({"series[0].break_minutes": 15}, 0),
        ({"series[0].start": "17:30"}, 1),
        ({"series[0].end": "20:30"}, 1),
        ({"series[0].mode": "virtual", "series[0].room": ABSENT}, 0),
        ({"series[0].room": "room-2"}, 1),
    ],
)
def test_a_changed_series_changes_its_sessions(app, changes, sequence):
    rooms = {"sites[0].rooms[1]": {"key": "room-2", "name": "Room 2", "seats": 20}}
    bring(march(rooms))
    before = {each.id for each in sessions()}
    done = bring(march(rooms | changes), now=LATER)
    assert (done["series"], done["sessions"]) == (
        {"changed": 1, "unchanged": 1},
        {"changed": 14, "unchanged": 1},
    )
    assert {each.id for each in sessions()} == before
    assert {each.sequence for each in sessions()} == {sequence}
    again = dump()
    bring(march(rooms | changes), now=LATER)
    assert changed(again, dump()) == set()


def test_another_room_is_where_the_sessions_are(app):
    rooms = {"sites[0].rooms[1]": {"key": "room-2", "name": "Room 2", "seats": 20}}
    bring(march(rooms))
    bring(march(rooms | {"series[0].room": "room-2"}), now=LATER)
    other = db.scalars(select(Room).where(Room.key == "room-2")).one()
    assert {each.room_id for each in sessions()} == {other.id}
    assert find_series(GROUP).plan.room_id == other.id


def test_another_program_is_whose_sessions_they_are(app):
    program = riverside()["programs"][0] | {"key": "day", "breaks_count": True}
    bring(march({"series[0].break_minutes": 30}))
    bring(march({"series[0].break_minutes": 30, "series[0].program": "day"}, programs=[program]))
    assert {(each.program_id, each.credit_minutes) for each in sessions()} == {(2, 180)}


def test_a_change_is_seen_in_the_calendars_of_those_concerned_alone(app):
    people = {
        "staff": [{"key": "chen", "name": "Lee Chen"}],
        "participants": [person(2)],
        "enrollments": [enrolled(2, "yoga")],
        "series": [group("yoga", leaders=["chen"], **{"from": day("2026-03-02")})],
    }
    bring(march(**people))
    before = versions()
    bring(march({"series[0].start": "17:30"}, **people))
    assert raised(before) == {"p-001", "rivera"}
    before = versions()
    bring(march({"series[0].start": "17:30", "series[0].title": "Skills"}, **people))
    assert raised(before) == set()
    bring(march({"series[0].start": "17:30", "series[0].leaders": ["chen"]}, **people))
    assert raised(before) == {"rivera", "chen"}


def test_other_leaders_lead_from_now_on_and_none_when_the_file_says_so(app):
    chen = {"staff": [{"key": "chen", "name": "Lee Chen"}]}
    bring(march(**chen))
    done = bring(march({"series[0].leaders": ["chen", "rivera"]}, **chen))
    assert done["series"] == {"changed": 1, "unchanged": 1}
    assert leaders_of(on("2026-03-03")) == ["chen", "rivera"]
    assert bring(march({"series[0].leaders": ABSENT}, **chen))["series"] == {"unchanged": 2}
    assert leaders_of(on("2026-03-03")) == ["chen", "rivera"]
    done = bring(march({"series[0].leaders": []}, **chen))
    assert done["series"] == {"changed": 1, "unchanged": 1}
    assert leaders_of(on("2026-03-03")) == []
    assert bring(march({"series[0].leaders": []}, **chen))["series"] == {"unchanged": 2}


def test_what_the_file_does_not_say_of_a_series_stays(app):
    full = {"series[0].break_minutes": 15, "series[0].every_weeks": 2}
    bring(march(full))
    before = dump()
    unsaid = {
        f"series[0].{name}": ABSENT for name in ("break_minutes", "every_weeks", "until", "leaders")
    }
    bring(march(unsaid), now=LATER)
    assert changed(before, dump()) == set()


def test_sessions_with_attendance_or_changed_by_hand_are_not_touched(app):
    bring(march())
    session, moved = on("2026-03-02"), on("2026-03-10")
    mark(session)
    moved.is_changed_by_hand = True
    db.flush()
    kept = [each for each in dump()["session"] if each.id in {session.id, moved.id}]
    bring(
        march(
            {
                "series[0].start": "17:30",
                "series[0].title": "Skills",
                "series[0].days": ["mon", "thu"],
            }
        )
    )
    assert [each for each in dump()["session"] if each.id in {session.id, moved.id}] == kept
    assert days_of() == [
        "2026-03-02",
        "2026-03-05",
        "2026-03-09",
        "2026-03-10",
        "2026-03-12",
        "2026-03-16",
        "2026-03-19",
        "2026-03-23",
        "2026-03-26",
        "2026-03-30",
    ]
    assert {each.title for each in sessions() if each.id not in {session.id, moved.id}} == {
        "Skills"
    }


def test_a_weekday_taken_out_takes_its_sessions_along_and_one_put_in_is_booked(app):
    bring(march())
    done = bring(march({"series[0].days": ["mon", "fri"]}))
    assert done["sessions"] == {"created": 4, "changed": 9, "unchanged": 1}
    assert {date.fromisoformat(each).weekday() for each in days_of()} == {0, 4}
    assert [seats_of(each) for each in sessions()] == [{"e-001": 1}] * 9


def test_seats_are_not_lowered_below_those_in_use(app):
    people = {
        "participants": [person(2), person(3)],
        "enrollments": [enrolled(number, GROUP) for number in (2, 3)],
    }
    bring(march(**people))
    assert problems(part(march({"series[0].seats": 2}), "series")) == [
        "series[0]: Process group on Mon, Mar 2 has 3 people on its roster, 2 seats."
    ]


def test_lowered_seats_are_numbered_anew(app):
    people = {
        "participants": [person(2), person(3)],
        "enrollments": [enrolled(number, GROUP) for number in (2, 3)],
    }
    bring(march(**people))
    people["enrollments"][0] |= {"until": day("2026-03-15")}
    bring(march({"series[0].seats": 3}, **people))
    assert seats_of(on("2026-03-16")) == {"e-001": 1, "e-003": 3}
    late = {"series[0].seats": 2, "series[0].from": day("2026-03-16")}
    bring(march(late, **people))
    assert seats_of(on("2026-03-16")) == {"e-001": 1, "e-003": 2}


def test_somebody_who_leaves_in_the_same_file_makes_room(app):
    people = {
        "participants": [person(2)],
        "enrollments": [enrolled(2, GROUP)],
    }
    bring(march(**people))
    people["enrollments"][0] |= {"until": day("2026-03-01")}
    bring(march({"series[0].seats": 1}, **people))
    assert seats_of(on("2026-03-02")) == {"e-001": 1}


def test_a_series_cannot_begin_after_the_last_day_it_had(app):
    bring(march())
    late = {"series[0].from": day("2026-04-01"), "series[0].until": ABSENT}
    assert problems(part(march(late), "series")) == [
        "series[0].until: The last day is before the first."
    ]


# What cannot be: the sentences are those of the pages


@pytest.mark.parametrize("path", ["series[0]", "sessions[0]"])
@pytest.mark.parametrize(
    ("end", "break_minutes", "sentence"),
    [
        ("15:00", 0, "The end, 3:00 pm, is not after the start, 3:00 pm."),
        ("09:00", 0, "The end, 9:00 am, is not after the start, 3:00 pm."),
        ("15:30", 30, "A break of 30 minutes leaves nothing of 30."),
    ],
)
def test_an_end_is_after_its_start_and_after_its_break(app, path, end, break_minutes, sentence):
    facts = {f"{path}.start": "15:00", f"{path}.end": end, f"{path}.break_minutes": break_minutes}
    assert problems(riverside(facts)) == [f"{path}.end: {sentence}"]


def test_later_plans_follow_one_another_and_are_held_to_the_same(app):
    wrong = [LATER_PLAN, LATER_PLAN | {"end": "16:00"}, LATER_PLAN | {"room": "attic"}]
    assert problems(riverside({"series[0].plans": wrong})) == [
        "series[0].plans[1].end: The end, 4:00 pm, is not after the start, 5:00 pm.",
        "series[0].plans[1].from: Begins no later than the plan before it, on Mar 16, 2026.",
        "series[0].plans[2].room: there is no room attic at site main",
    ]


@pytest.mark.parametrize("path", ["series[0]", "series[1]", "sessions[0]"])
def test_a_room_belongs_to_its_site(app, path):
    west = {"key": "west", "name": "W", "timezone": make.ZONE}
    there = west | {"rooms": [{"key": "room-9", "seats": 20}]}
    assert problems(riverside({f"{path}.room": "room-9"}, sites=[there])) == [
        f"{path}.room: there is no room room-9 at site main"
    ]


@pytest.mark.parametrize("mode", ["virtual", "hybrid"])
def test_only_in_person_needs_a_room_and_only_its_seats_are_those_of_the_room(app, mode):
    bring(riverside({"series[0].mode": mode, "series[0].seats": 40}))
    assert find_series(GROUP).plan.seats == 40


@pytest.mark.parametrize("mode", ["virtual", "hybrid"])
def test_who_can_meet_elsewhere_may_do_without_a_room(app, mode):
    bring(riverside({"series[0].mode": mode, "series[0].room": ABSENT}))
    assert find_series(GROUP).plan.room is None


def test_a_one_off_session_may_do_without_a_room(app):
    bring(riverside({"sessions[0].room": ABSENT}))
    assert [each.room_id for each in sessions("intake-jo")] == [None]


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("series[0].until", day("2026-01-04"), "until: The last day is before the first."),
        ("series[0].seats", 15, "seats: The room has 14 seats, not 15."),
        ("sites[0].rooms[0].seats", 11, "seats: The room has 11 seats, not 12."),
        ("series[0].room", ABSENT, "room: Choose a room, or make it virtual."),
    ],
)
def test_ranges_and_limits_of_a_series(app, path, value, sentence):
    assert problems(riverside({path: value})) == [f"series[0].{sentence}"]


def test_a_one_off_session_has_seats_for_its_people(app):
    two = {"sessions[0].enrollments": ["e-001", "e-002"]}
    more = {"participants": [person(2)], "enrollments": [enrolled(2)]}
    assert problems(riverside(two, **more)) == ["sessions[0].seats: 2 people cannot sit on 1 seat."]


@pytest.mark.parametrize(
    ("start", "end", "part", "sentence"),
    [
        ("02:30", "04:00", "start", "02:30 does not exist on {}, 02:30 becomes 03:30."),
        ("01:30", "02:00", "end", "02:00 does not exist on {}, 02:00 becomes 03:00."),
    ],
)
def test_a_one_off_session_is_at_a_time_that_exists(app, start, end, part, sentence):
    night = {"sessions[0].date": day("2026-03-08"), "sessions[0].room": ABSENT}
    night |= {"sessions[0].start": start, "sessions[0].end": end}
    told = sentence.format("2026-03-08: the clocks go forward")
    assert problems(riverside(night)) == [f"sessions[0].{part}: {told}"]


def test_a_time_that_is_jumped_over_is_none_of_a_one_off_session_around_it(app):
    night = {"sessions[0].date": day("2026-03-08"), "sessions[0].room": ABSENT}
    bring(riverside(night | {"sessions[0].start": "01:30", "sessions[0].end": "03:00"}))
    assert days_of("intake-jo") == ["2026-03-08"]


def test_what_cannot_be_is_told_at_once_of_all(app):
    wrong = {
        "series[0].end": "17:00",
        "series[0].seats": 15,
        "series[1].mode": "in_person",
        "series[1].room": ABSENT,
        "enrollments[0].clinician": "nobody",
        "sessions[0].seats": 15,
        "sessions[0].room": "room-1",
        "sessions[0].end": "08:00",
    }
    found = problems(riverside(wrong))
    assert [problem.partition(":")[0] for problem in found] == [
        "enrollments[0].clinician",
        "series[0].end",
        "series[0].seats",
        "series[1].room",
        "sessions[0].end",
        "sessions[0].seats",
    ]


# One-off sessions


def test_a_one_off_session_of_a_file_changes_with_it(app):
    intake = one_off("picnic", enrollments=["e-001"], leaders=["rivera"])
    assert bring(march(sessions=[intake]))["sessions"]["created"] == 14 + 34 + 2
    before = versions()
    moved = intake | {"start": "10:00", "end": "11:00"}
    assert bring(march(sessions=[moved]), now=LATER)["sessions"] == {"changed": 1, "unchanged": 1}
    session = on("2026-03-06", "picnic")
    assert (local(session.starts_at), session.sequence, session.mode) == (
        "10:00",
        1,
        Mode.IN_PERSON,
    )
    assert raised(before) == {"p-001", "rivera"}


def test_people_and_leaders_of_a_one_off_session_stay_unless_the_file_names_them(app):
    picnic = one_off("picnic", enrollments=["e-001"], leaders=["rivera"])
    bring(march(sessions=[picnic]))
    before = dump()
    bring(march(sessions=[one_off("picnic")]))
    assert changed(before, dump()) == set()
    bring(march(sessions=[one_off("picnic", enrollments=[], leaders=[])]))
    session = on("2026-03-06", "picnic")
    assert (seats_of(session), leaders_of(session)) == ({}, [])


def test_a_one_off_session_with_attendance_is_not_touched(app):
    picnic = one_off("picnic", enrollments=["e-001"])
    bring(march(sessions=[picnic]))
    mark(on("2026-03-06", "picnic"), Status.NO_SHOW)
    before = dump()
    bring(march(sessions=[picnic | {"start": "09:30", "enrollments": []}]))
    assert changed(before, dump()) == set()


def test_a_one_off_session_may_shrink_with_its_people(app):
    people = {"participants": [person(2)], "enrollments": [enrolled(2)]}
    both = one_off("picnic", enrollments=["e-001", "e-002"], seats=2)
    bring(march(sessions=[both], **people))
    bring(march(sessions=[both | {"enrollments": ["e-002"], "seats": 1}], **people))
    assert seats_of(on("2026-03-06", "picnic")) == {"e-002": 1}


def test_a_one_off_session_has_no_more_guests_than_seats(app):
    people = {"participants": [person(2)], "enrollments": [enrolled(2)]}
    picnic = one_off("picnic", enrollments=["e-001", "e-002"], seats=2)
    bring(march(sessions=[picnic], **people))
    fewer = one_off("picnic", seats=1)
    assert problems(part(march(), sessions=[fewer])) == [
        "sessions[0].seats: 2 people cannot sit on 1 seat."
    ]


# The roster of a series that the file does not mention


def test_newcomers_of_a_group_that_is_full_are_told_at_their_place(app):
    bring(march({"series[0].seats": 1}))
    newcomer = part(
        march(), participants=[person(2)], enrollments=[enrolled(2, "individual-jo", GROUP)]
    )
    assert problems(newcomer) == [
        (
            "enrollments[0].series[0]: Individual counseling with Ana Rivera has no free seat"
            " on Wed, Jan 21; Wed, Jan 28; Wed, Feb 11 and 28 more days."
        ),
        (
            "enrollments[0].series[1]: Process group has no free seat on"
            " Mon, Mar 2; Tue, Mar 3; Thu, Mar 5 and 11 more days."
        ),
    ]


# Cancelled one-off sessions


def test_a_one_off_session_may_be_cancelled(app):
    picnic = one_off("picnic", enrollments=["e-001"], cancelled="rain")
    bring(march(sessions=[picnic]))
    session = on("2026-03-06", "picnic")
    assert (session.is_cancelled, session.cancel_reason, seats_of(session)) == (
        True,
        "rain",
        {"e-001": 1},
    )
    before = dump()
    bring(march(sessions=[picnic]), now=LATER)
    bring(march(sessions=[one_off("picnic", title="Another")]), now=LATER)
    assert changed(before, dump()) == set()
    bring(march(sessions=[picnic | {"cancelled": "snow"}]), now=LATER)
    assert on("2026-03-06", "picnic").cancel_reason == "snow"


def test_a_one_off_session_may_be_cancelled_later_unless_it_took_place(app):
    picnic, walk = one_off("picnic"), one_off("walk", enrollments=["e-001"])
    bring(march(sessions=[picnic, walk]))
    mark(on("2026-03-06", "walk"))
    off = {"cancelled": "rain"}
    done = bring(march(sessions=[picnic | off, walk | off]), now=LATER)
    assert done["sessions"] == {"changed": 1, "unchanged": 2}
    assert on("2026-03-06", "picnic").is_cancelled is True
    assert on("2026-03-06", "walk").is_cancelled is False


def test_what_is_cancelled_is_in_nobodys_way_in_the_same_file(app):
    at_once = {"leaders": ["rivera"], "enrollments": ["e-001"]}
    both = [one_off("picnic", cancelled="rain", **at_once), one_off("walk", **at_once)]
    assert bring(march(sessions=both))["sessions"]["created"] == 51


# How a group met at the time


def plans():
    db.expire_all()
    return [(plan.from_on.day, plan.weekdays, plan.seats) for plan in find_series(GROUP).plans]


def test_a_group_meets_by_its_plan_of_the_day(app):
    bring(march({"series[0].plans": [LATER_PLAN]}))
    assert plans() == [(2, "013", 12), (16, "4", 10)]
    assert days_of()[:5] == ["2026-03-02", "2026-03-03", "2026-03-05", "2026-03-09", "2026-03-10"]
    assert days_of()[5:] == ["2026-03-12", "2026-03-20", "2026-03-27"]
    assert {(local(each.starts_at), each.seats) for each in sessions()[6:]} == {("17:00", 10)}


def test_plans_that_the_file_does_not_name_stay_so_long_as_it_says_what_it_said(app):
    bring(march({"series[0].plans": [LATER_PLAN]}))
    before = dump()
    assert bring(march(), now=LATER)["series"] == {"unchanged": 2}
    assert changed(before, dump()) == set()
    bring(march({"series[0].seats": 11}), now=LATER)
    assert plans() == [(2, "013", 11)]


def test_plans_in_the_file_are_the_whole_list(app):
    bring(march({"series[0].plans": [LATER_PLAN]}))
    other = {name: value for name, value in LATER_PLAN.items() if name != "leaders"}
    other["from"] = date(2026, 3, 23)
    bring(march({"series[0].plans": [other]}), now=LATER)
    assert plans() == [(2, "013", 12), (23, "4", 10)]
    bring(march({"series[0].plans": []}), now=LATER)
    assert plans() == [(2, "013", 12)]


def test_another_first_day_is_that_of_the_first_plan(app):
    bring(march({"series[0].plans": [LATER_PLAN]}))
    bring(march({"series[0].from": date(2026, 3, 9)}), now=LATER)
    assert plans() == [(9, "013", 12), (16, "4", 10)]


def test_how_people_join_by_video_comes_with_the_file_and_one_set_by_hand_stays(app):
    links = [f"https://video.example.org/j/{number}" for number in range(4)]
    meeting = {
        "series": GROUP,
        "planned": day("2026-03-05"),
        "date": day("2026-03-05"),
        "start": "18:00",
        "end": "21:00",
        "room": "room-1",
        "leaders": ["rivera"],
        "seats": 12,
        "mode": "in_person",
    }
    plain = march() | {"meetings": [meeting], "sessions": [one_off("talk")]}
    bring(plain)
    linked = deepcopy(plain)
    for what, link in zip(("series", "meetings", "sessions"), links, strict=False):
        linked[what][0]["join_link"] = link
    done = bring(linked, now=LATER)
    assert [done[what]["changed"] for what in ("series", "meetings", "sessions")] == [1, 1, 1]
    series, talk = find_series(GROUP), find_one_off("talk")
    own = find_meeting(series.id, day("2026-03-05"))
    assert [each.join_link for each in (series, own, talk)] == links[:3]
    assert all("changed" not in outcomes for outcomes in bring(linked, now=LATER).values())
    own.join_link = links[3]
    bring(linked, now=LATER)
    bring(plain, now=LATER)  # says nothing of it
    assert [each.join_link for each in (series, own, talk)] == [links[0], links[3], links[2]]


def test_a_group_is_open_to_make_ups_where_the_file_says_so(app):
    plain, opened, closed = (march() for _ in range(3))
    opened["series"][0]["open_to_make_ups"] = True
    closed["series"][0]["open_to_make_ups"] = False
    bring(plain)
    assert not find_series(GROUP).is_open_to_make_ups
    assert bring(opened, now=LATER)["series"]["changed"] == 1
    bring(plain, now=LATER)  # says nothing of it
    assert find_series(GROUP).is_open_to_make_ups
    bring(closed, now=LATER)
    assert not find_series(GROUP).is_open_to_make_ups
