from datetime import date

import pytest
from sqlalchemy import func, select

from clinic.db import db, savepoint
from clinic.enrollment.models import Amendment, EndReason, Enrollment, Outcome
from clinic.enrollment.queries import find_enrollment
from clinic.enrollment.rules import NEEDS_AMENDMENT
from clinic.errors import BadInput
from clinic.participants.models import Participant
from clinic.programs.models import DayPart
from clinic.schedule.actions import rosters
from clinic.schedule.models import Booking, Method, RosterEntry, Series, Session, Status
from clinic.schedule.queries.rosters import get_roster_entry
from clinic.schedule.queries.series import find_series
from clinic.trail import SYSTEM
from tests import make
from tests.dump import changed, dump
from tests.exchange.files import (
    ABSENT,
    LATER,
    NOW,
    bring,
    enrolled,
    part,
    person,
    riverside,
)

GROUP = "evening-process"
PLACES = "enrollments[0].series"


def day(text):
    return date.fromisoformat(text)


WHY = "The sheets say so."


def again(changes, *, reason=WHY):
    """The enrollment of the example once more, changed, with nothing else."""
    return bring(part(riverside(changes), "enrollments"), reason=reason, now=LATER)


def problems(changes, *, reason=WHY):
    before = dump()
    with pytest.raises(BadInput) as bad, savepoint():
        again(changes, reason=reason)
    assert changed(before, dump()) == set()
    return list(bad.value.problems)


def booked(key=GROUP, enrollment="e-001"):
    return db.scalars(
        select(Session.day)
        .join(Booking, Booking.session_id == Session.id)
        .join(Enrollment, Enrollment.id == Booking.enrollment_id)
        .outerjoin(Series, Series.id == Session.series_id)
        .where(Enrollment.key == enrollment, func.coalesce(Series.key, Session.key) == key)
        .order_by(Session.day)
    ).all()


def entries(key=GROUP):
    found = db.execute(
        select(RosterEntry.from_on, RosterEntry.until_on)
        .join(Series, Series.id == RosterEntry.series_id)
        .where(Series.key == key)
        .order_by(RosterEntry.from_on)
    )
    return [tuple(row) for row in found]


def targets():
    return [
        (str(each.from_on), each.min_minutes // 60, each.max_minutes // 60)
        for each in find_enrollment("e-001").targets
    ]


def version():
    return db.scalars(select(Participant.calendar_version).where(Participant.key == "p-001")).one()


def mark(text):
    booking = db.scalars(
        select(Booking)
        .join(Session, Session.id == Booking.session_id)
        .where(Session.day == day(text))
        .order_by(Session.starts_at.desc())
    ).first()
    booking.status, booking.method = Status.PRESENT, Method.STAFF
    db.flush()


# Weeks that are over

NEEDS_REASON = f"{NEEDS_AMENDMENT} (--reason TEXT)"
PAST = {  # a change of the example that reaches into weeks that are over: verb, and where it stands
    "enrollments[0].weekly_hours.min": (10, "target_changed", "enrollments[0].weekly_hours"),
    "enrollments[0].targets[0].weekly_hours.min": (
        5,
        "target_changed",
        "enrollments[0].targets[0]",
    ),
    "enrollments[0].targets[1]": (
        {"from": date(2026, 2, 2), "weekly_hours": {"min": 6, "max": 9}},
        "target_changed",
        "enrollments[0].targets[1]",
    ),
    "enrollments[0].leave[0].until": (
        date(2026, 2, 8),
        "leave_moved",
        "enrollments[0].leave[0]",
    ),
    "enrollments[0].leave[1]": (
        {"from": date(2026, 2, 16), "until": date(2026, 2, 17)},
        "leave_granted",
        "enrollments[0].leave[1]",
    ),
    "enrollments[0].transition_weeks[1]": (
        date(2026, 2, 23),
        "transition_weeks_set",
        "enrollments[0].transition_weeks",
    ),
    "enrollments[0].until": (date(2026, 2, 27), "end_moved", "enrollments[0]"),
    "enrollments[0].from": (date(2026, 1, 5), "start_moved", "enrollments[0]"),
    "enrollments[0].program": ("day", "program_changed", "enrollments[0]"),
}
DAY = riverside()["programs"][0] | {"key": "day"}


@pytest.mark.parametrize("path", PAST)
def test_a_line_that_reaches_into_weeks_that_are_over_needs_a_reason_and_keeps_it(app, path):
    bring(riverside(programs=[DAY]))
    value, verb, place = PAST[path]
    assert problems({path: value}, reason=None) == [f"{place}: {NEEDS_REASON}"]
    assert again({path: value})["enrollments"] == {"changed": 1}
    (kept,) = db.scalars(select(Amendment)).all()
    assert (kept.verb, kept.reason, kept.made_at) == (f"enrollment.{verb}", WHY, LATER)
    before = dump()
    assert again({path: value}, reason=None)["enrollments"] == {"unchanged": 1}
    assert changed(before, dump()) == set()


def test_each_line_is_told_and_each_keeps_the_reason(app):
    bring(riverside())
    several = {path: PAST[path][0] for path in list(PAST)[:-2] if "targets" not in path}
    places = [PAST[path][2] for path in several]
    assert problems(several, reason=None) == [f"{place}: {NEEDS_REASON}" for place in places]
    again(several)
    kept = db.scalars(select(Amendment.verb).order_by(Amendment.id)).all()
    assert kept == [f"enrollment.{PAST[path][1]}" for path in several]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (
            "enrollments[0].targets[1]",
            {"from": date(2026, 3, 2), "weekly_hours": {"min": 3, "max": 6}},
        ),
        ("enrollments[0].leave[1]", {"from": date(2026, 3, 2), "until": date(2026, 3, 3)}),
        ("enrollments[0].leave[0].reason", "travel abroad"),
        ("enrollments[0].until", date(2026, 3, 1)),
        ("enrollments[0].wished_part", "evening"),
        ("enrollments[0].unavailable[0].start", "07:00"),
    ],
)
def test_what_changes_this_week_or_none_needs_no_reason_and_a_given_one_is_not_kept(
    app, path, value
):
    bring(riverside({"enrollments[0].transition_weeks": ABSENT}))
    data = part(riverside({"enrollments[0].transition_weeks": ABSENT, path: value}), "enrollments")
    assert bring(data, reason=WHY, now=LATER)["enrollments"] == {"changed": 1}
    assert db.scalars(select(Amendment)).all() == []


def test_whoever_is_admitted_into_the_past_needs_none(app):
    bring(riverside(), now=make.instant("2026-06-01 10:00"))
    newcomer = enrolled(
        2,
        until=day("2026-03-08"),
        status="left",
        targets=[{"from": day("2026-03-30"), "weekly_hours": {"min": 6, "max": 9}}],
        leave=[{"from": day("2026-02-02"), "until": day("2026-04-03")}],
        transition_weeks=[day("2026-03-02"), day("2026-03-09")],
    )
    bring(part(riverside(), participants=[person(2)], enrollments=[newcomer]), reason=WHY)
    assert db.scalars(select(Amendment)).all() == []
    found = find_enrollment("e-002")  # with what was planned for after its end
    assert (found.outcome, len(found.targets), len(found.transition_weeks)) == (Outcome.LEFT, 2, 2)


# Days, targets and the like


def test_a_shorter_enrollment_gives_up_its_bookings_but_none_that_was_attended(app):
    bring(riverside())
    mark("2026-02-26")
    before = version()
    short = {"enrollments[0].until": day("2026-02-15"), "enrollments[0].status": "left"}
    assert again(short)["enrollments"] == {"changed": 1}
    assert booked()[-2:] == [day("2026-02-12"), day("2026-02-26")]
    assert booked("individual-jo")[-1] == day("2026-02-11")
    assert version() > before
    enrollment = find_enrollment("e-001")
    assert (enrollment.until_on, enrollment.outcome) == (day("2026-02-15"), Outcome.LEFT)


def test_a_longer_enrollment_is_booked_on(app):
    bring(riverside())
    again({"enrollments[0].until": day("2026-03-15")})
    assert booked()[-1] == day("2026-03-12")
    assert booked("individual-jo")[-1] == day("2026-03-11")


def test_leave_takes_bookings_out_and_its_end_brings_them_back(app):
    bring(riverside())
    long = {"enrollments[0].leave[0].until": day("2026-02-15")}
    assert again(long)["enrollments"] == {"changed": 1}
    assert next(each for each in booked() if each.month == 2) == day("2026-02-16")
    short = {"enrollments[0].leave[0].until": day("2026-02-02")}
    again(short | {"enrollments[0].leave[0].reason": ABSENT})
    assert next(each for each in booked() if each.month == 2) == day("2026-02-03")
    (leave,) = find_enrollment("e-001").leaves
    assert (leave.until_on, leave.reason) == (day("2026-02-02"), "travel")


def test_another_leave_is_added_to_the_one_that_is_there(app):
    bring(riverside())
    again({"enrollments[0].leave": [{"from": day("2026-02-16"), "until": day("2026-02-20")}]})
    assert [each.day for each in booked() if each.month == 2] == [9, 10, 12, 23, 24, 26]


def test_targets_of_a_file_are_dated_and_never_rewrite_the_past_by_themselves(app):
    bring(riverside())
    later = [{"from": day("2026-03-02"), "weekly_hours": {"min": 3, "max": 6}}]
    assert again({"enrollments[0].targets": later})["enrollments"] == {"changed": 1}
    assert targets() == [("2026-01-12", 9, 12), ("2026-02-16", 6, 9), ("2026-03-02", 3, 6)]
    again({"enrollments[0].weekly_hours": {"min": 10, "max": 12}})
    assert targets()[0] == ("2026-01-12", 10, 12)
    again({"enrollments[0].weekly_hours": ABSENT})
    assert targets()[0] == ("2026-01-12", 10, 12)


def test_without_hours_of_its_own_an_enrollment_has_those_its_program_has_then(app):
    unsaid = {"enrollments[0].weekly_hours": ABSENT, "programs[0].weekly_hours.min": 8}
    bring(riverside(unsaid))
    assert targets()[0] == ("2026-01-12", 8, 12)
    bring(riverside(unsaid | {"programs[0].weekly_hours.min": 9}))
    assert targets()[0] == ("2026-01-12", 8, 12)


def test_a_target_from_the_first_day_on_outweighs_the_weekly_hours(app):
    first = [{"from": day("2026-01-12"), "weekly_hours": {"min": 3, "max": 6}}]
    bring(riverside({"enrollments[0].targets": first}))
    assert targets() == [("2026-01-12", 3, 6)]


def test_an_enrollment_that_begins_earlier_has_its_target_from_then_on(app):
    bring(riverside())
    again({"enrollments[0].from": day("2026-01-05")})
    assert targets()[0] == ("2026-01-05", 9, 12)


def test_there_are_at_most_two_transition_weeks_altogether(app):
    bring(riverside())
    weeks = "enrollments[0].transition_weeks"
    assert again({f"{weeks}[0]": day("2026-02-23")})["enrollments"] == {"changed": 1}
    assert [str(each.week) for each in find_enrollment("e-001").transition_weeks] == [
        "2026-02-23",
        "2026-03-02",
    ]
    assert problems({f"{weeks}[0]": day("2026-02-16")}) == [
        (
            "enrollments[0].transition_weeks: At most two weeks can be transition weeks,"
            " not 2026-02-16, 2026-02-23, 2026-03-02."
        )
    ]


def test_unavailable_times_are_added(app):
    bring(riverside())
    more = [{"days": ["mon", "fri"], "start": "08:00", "end": "16:00"}]
    assert again({"enrollments[0].unavailable": more})["enrollments"] == {"changed": 1}
    found = find_enrollment("e-001").unavailabilities
    assert sorted(each.weekday for each in found) == [0, 2, 4]
    assert again({"enrollments[0].unavailable": ABSENT})["enrollments"] == {"unchanged": 1}


def test_an_enrollment_may_have_ended_and_be_taken_up_again(app):
    bring(riverside({"enrollments[0].status": "completed"}))
    assert find_enrollment("e-001").outcome is Outcome.COMPLETED
    assert again({"enrollments[0].status": ABSENT})["enrollments"] == {"unchanged": 1}
    assert find_enrollment("e-001").outcome is Outcome.COMPLETED
    assert again({})["enrollments"] == {"changed": 1}
    assert find_enrollment("e-001").outcome is None


def test_an_enrollment_cannot_begin_after_the_last_day_it_had(app):
    bring(riverside())
    late = {
        "enrollments[0].from": day("2026-04-01"),
        "enrollments[0].until": ABSENT,
        "enrollments[0].targets": ABSENT,
    }
    assert problems(late) == ["enrollments[0].from: The last day is before the first."]


def test_what_the_file_does_not_say_of_an_enrollment_stays(app):
    bring(riverside())
    before = dump()
    unsaid = {
        f"enrollments[0].{name}": ABSENT
        for name in (
            "until",
            "clinician",
            "weekly_hours",
            "unavailable",
            "series",
            "status",
            "targets",
            "leave",
            "transition_weeks",
        )
    }
    assert again(unsaid)["enrollments"] == {"unchanged": 1}
    assert changed(before, dump()) == set()


# Places on rosters


def test_a_place_may_have_its_own_days(app):
    place = {"key": GROUP, "from": day("2026-01-20"), "until": day("2026-01-27")}
    bring(riverside({f"{PLACES}[0]": place}))
    assert [each.day for each in booked()] == [20, 22, 26, 27]
    assert entries() == [(day("2026-01-20"), day("2026-01-27"))]


def test_other_days_move_the_place_that_is_there(app):
    bring(riverside())
    place = {"key": GROUP, "from": day("2026-01-20"), "until": day("2026-01-27")}
    assert again({f"{PLACES}[0]": place})["rosters"] == {"changed": 1, "unchanged": 1}
    assert (entries(), len(booked())) == ([(day("2026-01-20"), day("2026-01-27"))], 4)
    before = dump()
    again({f"{PLACES}[0]": place})
    assert changed(before, dump()) == set()


def test_a_place_by_its_key_alone_leaves_the_days_set_by_hand(app):
    bring(riverside({"enrollments[0].until": day("2026-03-31")}))
    entry_id = db.scalars(
        select(RosterEntry.id).where(RosterEntry.series_id == find_series(GROUP).id)
    ).one()
    rosters.take_off(get_roster_entry(entry_id), last_on=day("2026-03-05"), by=SYSTEM, now=NOW)
    rosters.put_on(
        find_enrollment("e-001"), find_series(GROUP), from_on=day("2026-03-16"), by=SYSTEM, now=NOW
    )
    before = dump()
    done = again({"enrollments[0].until": day("2026-03-31")})
    assert done["rosters"] == {"unchanged": 2}
    assert changed(before, dump()) == set()


def test_a_place_by_its_key_alone_leaves_a_first_day_set_by_hand(app):
    alone = {"enrollments[0].series": []}
    bring(riverside(alone))
    rosters.put_on(
        find_enrollment("e-001"), find_series(GROUP), from_on=day("2026-03-03"), by=SYSTEM, now=NOW
    )
    before = dump()
    assert again({"enrollments[0].series": [GROUP]})["rosters"] == {"unchanged": 1}
    assert changed(before, dump()) == set()


def test_somebody_may_come_back_to_a_group(app):
    gone = {"key": GROUP, "until": day("2026-01-18")}
    bring(riverside({f"{PLACES}[0]": gone}))
    back = {"key": GROUP, "from": day("2026-02-16")}
    assert again({f"{PLACES}[0]": back})["rosters"] == {"created": 1, "unchanged": 1}
    assert entries() == [
        (day("2026-01-12"), day("2026-01-18")),
        (day("2026-02-16"), None),
    ]
    before = dump()
    both = {f"{PLACES}[0]": back, f"{PLACES}[2]": gone}
    assert again(both)["rosters"] == {"unchanged": 3}
    assert changed(before, dump()) == set()


def test_an_earlier_place_is_put_before_the_one_that_is_there(app):
    late = {"key": GROUP, "from": day("2026-02-16")}
    bring(riverside({f"{PLACES}[0]": late}))
    early = {"key": GROUP, "until": day("2026-01-18")}
    again({f"{PLACES}[0]": early, f"{PLACES}[2]": late})
    assert entries() == [
        (day("2026-01-12"), day("2026-01-18")),
        (day("2026-02-16"), None),
    ]


def test_a_place_that_ends_before_the_day_set_by_hand_goes_back_to_the_first_day(app):
    bring(riverside())
    entry = db.scalars(
        select(RosterEntry).where(RosterEntry.series_id == find_series(GROUP).id)
    ).one()
    entry.from_on = day("2026-02-16")
    db.flush()
    until = {"key": GROUP, "until": day("2026-01-18")}
    again({f"{PLACES}[0]": until})
    assert [each.day for each in booked() if each.month == 1] == [12, 13, 15]


def test_people_already_there_keep_their_seats_and_calendars(app):
    bring(riverside())
    before = version()
    bring(part(riverside(), participants=[person(2)], enrollments=[enrolled(2, GROUP)]))
    assert version() == before
    newcomer = db.scalars(
        select(Participant.calendar_version).where(Participant.key == "p-002")
    ).one()
    assert newcomer == 1


# What else a file may say of an enrollment


def test_a_wish_and_why_it_ended(app):
    ended = {
        "enrollments[0].wished_part": "evening",
        "enrollments[0].status": "left",
        "enrollments[0].reason": "other",
    }
    bring(riverside(ended))
    found = find_enrollment("e-001")
    assert (found.wished_part, found.end_reason) == (DayPart.EVENING, EndReason.OTHER)
    assert again({"enrollments[0].status": "left"})["enrollments"] == {"unchanged": 1}
    assert find_enrollment("e-001").end_reason is EndReason.OTHER
    assert again({"enrollments[0].status": "completed"})["enrollments"] == {"changed": 1}
    found = find_enrollment("e-001")
    assert (found.outcome, found.end_reason) == (Outcome.COMPLETED, None)
    again(ended)
    assert again({})["enrollments"] == {"changed": 1}  # active again
    found = find_enrollment("e-001")
    assert (found.outcome, found.end_reason) == (None, None)


def days_of_targets():
    return [each.min_service_days for each in find_enrollment("e-001").targets]


def test_a_target_may_have_service_days_of_its_own(app):
    first = {"from": day("2026-01-12"), "weekly_hours": {"min": 9, "max": 12}}
    later = {"from": day("2026-02-16"), "weekly_hours": {"min": 6, "max": 9}}
    targets = "enrollments[0].targets"
    bring(riverside({targets: [first, later | {"service_days": {"min": 2}}]}))
    assert days_of_targets() == [3, 2]
    assert again({targets: [first, later]})["enrollments"] == {"unchanged": 1}
    assert days_of_targets() == [3, 2]
    again({targets: [first | {"service_days": {"min": 0}}]})
    assert days_of_targets() == [0, 2]


def continuing(**more):
    """A second enrollment of the same person, in the place of a third."""
    after = enrolled(2, participant="p-001", **{"from": day("2026-03-09")})
    return part(riverside(), enrollments=[after | more])


def continued(key):
    db.expire_all()
    found = find_enrollment(key).continues_id
    return found and db.scalars(select(Enrollment.key).where(Enrollment.id == found)).one()


def test_an_enrollment_may_continue_another(app):
    bring(riverside())
    assert bring(continuing(continues="e-001"), now=LATER)["enrollments"] == {"created": 1}
    assert continued("e-002") == "e-001"
    assert bring(continuing(continues="e-001"))["enrollments"] == {"unchanged": 1}
    assert bring(continuing())["enrollments"] == {"unchanged": 1}
    assert continued("e-002") == "e-001"
    zero = enrolled(3, participant="p-001", until=day("2026-01-11"), **{"from": day("2026-01-05")})
    other = continuing(continues="e-003")
    other["enrollments"].append(zero)
    assert bring(other)["enrollments"] == {"created": 1, "changed": 1}
    assert continued("e-002") == "e-003"


def test_who_continues_whom_may_change_places_within_a_file(app):
    second = enrolled(
        2, participant="p-001", until=day("2026-03-31"), **{"from": day("2026-03-09")}
    )
    third = enrolled(3, participant="p-001", **{"from": day("2026-04-01")})
    both = [second | {"continues": "e-001"}, third | {"continues": "e-002"}]
    bring(riverside(enrollments=both))
    swapped = [third | {"continues": "e-001"}, second | {"program": "evening"}]
    with pytest.raises(BadInput, match="e-002 continues e-001"), savepoint():
        bring(part(riverside(), enrollments=swapped))
    assert (continued("e-002"), continued("e-003")) == ("e-001", "e-002")


def test_an_earlier_first_day_takes_the_places_along_that_began_with_it(app):
    bring(riverside())
    moved = again({"enrollments[0].from": day("2026-01-05")})
    assert moved["rosters"] == {"changed": 1, "unchanged": 1}
    assert booked()[0] == day("2026-01-05")
    assert entries() == [(day("2026-01-05"), None)]
    assert entries("individual-jo") == [(day("2026-01-19"), None)]


def test_a_place_with_a_first_day_of_its_own_keeps_it(app):
    place = {"key": GROUP, "from": day("2026-01-12")}
    bring(riverside({f"{PLACES}[0]": place}))
    again({f"{PLACES}[0]": place, "enrollments[0].from": day("2026-01-05")})
    assert entries() == [(day("2026-01-12"), None)]


def test_an_end_once_given_is_not_taken_back_by_silence(app):
    bring(riverside())
    again({"enrollments[0].until": ABSENT})
    assert find_enrollment("e-001").until_on == day("2026-03-08")


# What the actions of enrollments and rosters refuse


def told(changes=None, /, **more):
    """What is said against the example with these changes, in an empty database."""
    before = dump()
    with pytest.raises(BadInput) as bad, savepoint():
        bring(riverside(changes, **more))
    db.expunge_all()
    assert changed(before, dump()) == set()
    return list(bad.value.problems)


BEFORE = "The last day is before the first."
FEWER = "The most hours a week are fewer than the least."


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("enrollments[0].until", date(2026, 1, 11), f"enrollments[0].until: {BEFORE}"),
        (
            "enrollments[0].series[1].until",
            date(2026, 1, 18),
            f"enrollments[0].series[1].until: {BEFORE}",
        ),
        (
            "enrollments[0].leave[0].until",
            date(2026, 2, 1),
            f"enrollments[0].leave[0].until: {BEFORE}",
        ),
        (
            "enrollments[0].targets[0].from",
            date(2026, 1, 11),
            (
                "enrollments[0].targets[0].from: That day is before the enrollment begins,"
                " on Jan 12, 2026."
            ),
        ),
        ("enrollments[0].weekly_hours.max", 8, f"enrollments[0].weekly_hours: {FEWER}"),
        (
            "enrollments[0].targets[0].weekly_hours.max",
            5,
            f"enrollments[0].targets[0].weekly_hours: {FEWER}",
        ),
        (
            "enrollments[0].leave[1]",
            {"from": date(2026, 2, 6), "until": date(2026, 2, 8)},
            (
                "enrollments[0].leave[1].from: They are on leave from Feb 2, 2026"
                " to Feb 6, 2026 already."
            ),
        ),
        (
            "enrollments[0].series[2]",
            {"key": GROUP, "from": date(2026, 2, 16)},
            "enrollments[0].series[2]: They are on this group already.",
        ),
        (
            "enrollments[0].reason",
            "died",
            "enrollments[0].reason: Only an enrollment that has ended has a reason for its end.",
        ),
    ],
)
def test_what_makes_no_sense_is_told_at_its_place(app, path, value, problem):
    assert told({path: value}) == [problem]


def test_leaves_and_places_may_stand_side_by_side_in_any_order(app):
    away = {"from": day("2026-01-26"), "until": day("2026-02-01")}
    first = {"key": GROUP, "until": day("2026-02-15")}
    again = {"key": GROUP, "from": day("2026-02-16")}
    bring(
        riverside({"enrollments[0].leave[1]": away, f"{PLACES}[0]": first, f"{PLACES}[2]": again})
    )
    assert len(find_enrollment("e-001").leaves) == 2
    assert len(entries()) == 2


@pytest.mark.parametrize("status", ["completed", "transferred", "left", "discharged"])
def test_whoever_has_left_has_a_last_day(app, status):
    assert told({"enrollments[0].status": status, "enrollments[0].until": ABSENT}) == [
        "enrollments[0].until: An enrollment that has ended has a last day."
    ]


def test_a_reason_fits_how_it_ended(app):
    assert told({"enrollments[0].status": "completed", "enrollments[0].reason": "died"}) == [
        "enrollments[0].reason: That reason does not go with how it ended."
    ]


def test_what_nobody_foresees_is_not_told_of_a_day_to_come(app):
    died = {"enrollments[0].status": "discharged", "enrollments[0].reason": "died"}
    assert told({**died, "enrollments[0].until": day("2026-03-03")}) == [
        "enrollments[0].until: This cannot be recorded for a future day."
    ]
    bring(riverside({**died, "enrollments[0].until": day("2026-03-02")}))
    assert find_enrollment("e-001").end_reason is EndReason.DIED


def test_an_enrollment_stays_with_its_participant(app):
    bring(riverside(participants=[person(2)]))
    assert problems({"enrollments[0].participant": "p-002"}) == [
        "enrollments[0].participant: e-001 is p-001's, and stays theirs"
    ]


TAKEN = "They are enrolled in this program at that time already."


def theirs(number, first, last=None, **facts):
    """One more enrollment of the same person."""
    days = {"from": day(first)} | ({"until": day(last)} if last else {})
    return enrolled(number, participant="p-001", **days | facts)


def test_nobody_is_in_a_program_twice_at_a_time(app):
    assert told(enrollments=[theirs(2, "2026-03-08")]) == [f"enrollments[1]: {TAKEN}"]
    bring(riverside(enrollments=[theirs(2, "2026-03-09")]))
    assert problems({"enrollments[0].until": day("2026-03-09")}) == [f"enrollments[0]: {TAKEN}"]
    with pytest.raises(BadInput, match=TAKEN):
        bring(part(riverside(), enrollments=[theirs(3, "2026-03-01", "2026-03-08")]))


def test_whoever_makes_room_may_stand_behind_whom_they_make_it_for(app):
    bring(riverside())
    sooner = part(riverside({"enrollments[0].until": day("2026-03-02")}), "enrollments")
    sooner["enrollments"].insert(0, theirs(2, "2026-03-03"))
    assert bring(sooner)["enrollments"] == {"created": 1, "changed": 1}


def test_an_enrollment_continues_an_earlier_one_of_the_same_person(app):
    place = "enrollments[1].continues"
    itself = theirs(2, "2026-03-09", continues="e-002")
    assert told(enrollments=[itself]) == [f"{place}: e-002 does not begin before e-002."]
    others = enrolled(3, until=day("2026-03-08"))
    people = [person(3)]
    after = theirs(2, "2026-03-09", continues="e-003")
    assert told(enrollments=[after, others], participants=people) == [
        f"{place}: e-003 is somebody else's."
    ]
    earlier = theirs(2, "2026-01-05", "2026-01-11", continues="e-001")
    assert told(enrollments=[earlier]) == [f"{place}: e-001 does not begin before e-002."]


def test_no_enrollment_continues_itself_by_a_detour_and_each_is_continued_once(app):
    there = theirs(2, "2026-01-12", program="day", continues="e-001")
    assert told({"enrollments[0].continues": "e-002"}, programs=[DAY], enrollments=[there]) == [
        "enrollments[1].continues: e-001 continues e-002 in turn."
    ]
    second = theirs(2, "2026-03-09", "2026-04-30", continues="e-001")
    third = theirs(3, "2026-05-04", continues="e-001")
    assert told(enrollments=[second, third]) == [
        "enrollments[2].continues: e-002 continues e-001 already."
    ]


def test_the_first_weekday_of_a_transition_week_is_the_organizations(app):
    sunday = {
        "organization.week_starts": "sunday",
        "enrollments[0].transition_weeks": [date(2026, 3, 1), date(2026, 3, 2)],
    }
    assert told(sunday) == [
        "enrollments[0].transition_weeks[1]: 2026-03-02 begins no week; 2026-03-01 does"
    ]
