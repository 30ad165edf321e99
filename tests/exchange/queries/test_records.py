from datetime import date

import pytest

from clinic import clock
from clinic.coverage.models import Unit
from clinic.days import Range
from clinic.errors import NotFound
from clinic.exchange.queries import records
from clinic.exchange.queries.records import Which, records_of
from clinic.exchange.rules.records import COLUMNS, Table
from clinic.programs.models import Kind
from clinic.schedule.models import Decision, Identity, Mode, Status
from tests import make

MONDAY = date(2026, 3, 2)


def sessions(first=MONDAY, last=MONDAY, **facts):
    return list(records.session_records(Which(Range(first, last), **facts)))


def attendance(first=MONDAY, last=MONDAY, now="2026-04-01 12:00", **facts):
    which = Which(Range(first, last), **facts)
    return list(records.attendance_records(which, now=make.instant(now)))


# Sessions


def test_before_anything_is_set_up_there_is_nothing_to_export(app):
    with pytest.raises(NotFound):
        sessions()
    assert attendance() == []


def test_a_session_is_told_in_the_columns_of_the_contract(app):
    ana, ben = make.staff(key="ana"), make.staff(key="ben")
    series = make.series(
        key="skills",
        title="Skills",
        kind=Kind.EDUCATION,
        seats=9,
        break_minutes=15,
        start="18:00",
        end="21:00",
        leaders=[ben, ana],
        room=make.room(key="room-1"),
    )
    session = make.session(MONDAY, series=series)
    make.booking(session)
    make.booking(session, status=Status.EXCUSED)
    (record,) = sessions()
    assert record == {
        "start": "2026-03-02T18:00:00-05:00",
        "end": "2026-03-02T21:00:00-05:00",
        "series": "skills",
        "title": "Skills",
        "kind": "education",
        "day_part": "evening",
        "room": "room-1",
        "leaders": "ben;ana",
        "status": "scheduled",
        "booked": 1,
        "seats": 9,
        "credit_minutes": 165,
    }
    assert tuple(record) == COLUMNS[Table.SESSIONS]


def test_a_one_off_or_cancelled_session_shows_its_key_and_state(app):
    session = make.session(MONDAY, key="intake", is_cancelled=True)
    make.booking(session)
    (record,) = sessions()
    told = [record[name] for name in ("series", "room", "leaders", "status", "booked")]
    assert told == ["intake", "", "", "cancelled", 1]


def test_offsets_change_with_the_clocks_and_with_the_site(app):
    west = make.program(make.site(timezone="America/Los_Angeles"))
    east = make.program(make.site())
    make.session("2026-03-07", program=east)
    make.session("2026-03-08", program=east)
    make.session("2026-03-07", program=west)
    found = sessions(date(2026, 3, 7), date(2026, 3, 8))
    assert [record["start"] for record in found] == [
        "2026-03-07T10:00:00-05:00",
        "2026-03-07T10:00:00-08:00",
        "2026-03-08T10:00:00-04:00",
    ]


def test_sessions_are_sorted_by_instant_then_end_then_key(app):
    east = make.program(make.site())
    west = make.program(make.site(timezone="America/Los_Angeles"))
    make.session(MONDAY, "09:00", "10:00", program=west, key="west")
    make.session(MONDAY, "10:00", "11:00", program=east, key="b")
    make.session(MONDAY, "10:00", "11:00", program=east, key="A")
    make.session(MONDAY, "10:00", "10:30", program=east, key="c")
    found = sessions()
    assert [record["series"] for record in found] == ["c", "A", "b", "west"]


@pytest.mark.parametrize(
    ("start", "part"),
    [("11:59", "morning"), ("12:00", "afternoon"), ("16:59", "afternoon"), ("17:00", "evening")],
)
def test_the_part_of_the_day_is_the_organizations(app, start, part):
    make.session(MONDAY, start, "20:00")
    assert sessions()[0]["day_part"] == part
    make.organization(afternoon_from=24 * 60, evening_from=24 * 60)
    assert sessions()[0]["day_part"] == "morning"


def test_an_export_costs_the_same_with_one_and_with_three_sessions(app, queries):
    def number():
        with queries() as count:
            sessions()
            attendance()
        return count()

    make.booking(make.session(leaders=[make.staff()]))
    one = number()
    make.booking(make.session(start="12:00", end="13:00", leaders=[make.staff()]))
    make.booking(make.session(start="14:00", end="15:00"))
    assert number() == one == 6


# Attendance


def attended(status=Status.PRESENT, *, program=None, day=MONDAY, **facts):
    enrollment = make.enrollment(make.participant(key="p-001"), program=program, key="e-001")
    session = make.session(day, "18:00", "21:00", program=program, key="intake")
    make.booking(session, enrollment, status, **facts)
    (record,) = attendance(day, day)
    return record


def test_attendance_is_told_in_the_columns_of_the_contract(app):
    signed_at = make.instant("2026-03-02 21:15")
    record = attended(arrived="18:30", left="20:30", signed_at=signed_at)
    assert record == {
        "start": "2026-03-02T18:00:00-05:00",
        "series": "intake",
        "enrollment": "e-001",
        "participant": "p-001",
        "status": "present",
        "arrived": "2026-03-02T18:30:00-05:00",
        "left": "2026-03-02T20:30:00-05:00",
        "delivered_minutes": 120,
        "method": "staff",
        "signed_off": "2026-03-02T21:15:00-05:00",
        "mode": "in_person",
        "identity": "",
        "topic": "",
        "held_from": "",
        "held_until": "",
    }
    assert tuple(record) == COLUMNS[Table.ATTENDANCE]


@pytest.mark.parametrize(
    ("mode", "took_part", "status", "told"),
    [
        (Mode.HYBRID, Mode.VIRTUAL, Status.PRESENT, "virtual"),
        (Mode.HYBRID, None, Status.PRESENT, ""),
        (Mode.VIRTUAL, None, Status.PRESENT, "virtual"),
        (Mode.VIRTUAL, None, Status.NO_SHOW, ""),
    ],
)
def test_attendance_tells_how_somebody_took_part(app, mode, took_part, status, told):
    make.booking(make.session(mode=mode), make.enrollment(), status, took_part=took_part)
    assert attendance()[0]["mode"] == told


def test_attendance_tells_how_its_session_took_place_and_topics_to_whom_may_see_them(app):
    held = {"held_from": make.instant("2026-03-02 10:05"), "topic": "Triggers"}
    session = make.session(**held)
    make.booking(session, make.enrollment(), Status.PRESENT, identified_by=Identity.PHOTO_ID)
    (record,) = attendance()
    assert record["identity"] == "photo-id"
    assert (record["held_from"], record["held_until"]) == ("2026-03-02T10:05:00-05:00", "")
    assert record["topic"] == "Triggers"
    assert attendance(with_topics=False)[0]["topic"] == ""


def test_amendments_tell_what_stood_and_what_is_to_stand_and_who_says_so(app, at):
    at("2026-03-05 09:00")
    ana, kim = make.staff(key="ana"), make.staff(key="kim")
    program, other = make.program(make.site()), make.program(make.site())
    session = make.session(MONDAY, "18:00", "21:00", program=program, key="intake")
    person = make.participant(key="p-001")
    booking = make.booking(
        session, make.enrollment(person, program, key="e-001"), Status.PRESENT, arrived="18:30"
    )
    now = clock.now()
    made = {"decision": Decision.MADE, "decided_at": now, "decided_by_id": kim.account_id}
    make.attendance_amendment(booking, ana, Status.NO_SHOW, minutes=-150, **made)
    make.attendance_amendment(booking, ana, None)
    days = Range(MONDAY, MONDAY)
    record, waits = records_of(Table.AMENDMENTS, Which(days), now=now)
    assert record == {
        "start": "2026-03-02T18:00:00-05:00",
        "series": "intake",
        "enrollment": "e-001",
        "participant": "p-001",
        "before_status": "present",
        "before_arrived": "2026-03-02T18:30:00-05:00",
        "before_left": "",
        "after_status": "no-show",
        "after_arrived": "",
        "after_left": "",
        "minutes": -150,
        "reason": "learned_later",
        "asked": "2026-03-05T09:00:00-05:00",
        "asked_by": "ana",
        "decision": "made",
        "decided": "2026-03-05T09:00:00-05:00",
        "decided_by": "kim",
    }
    assert tuple(record) == COLUMNS[Table.AMENDMENTS]
    assert (waits["after_status"], waits["decision"], waits["decided_by"]) == ("", "waiting", "")
    theirs = {"site_id": program.site_id, "program": program, "person": (person.id, "p-001")}
    assert len([*records_of(Table.AMENDMENTS, Which(days, **theirs), now=now)]) == 2
    others = {"site_id": other.site_id, "program": other, "person": (0, "")}
    for name, value in others.items():
        assert [*records_of(Table.AMENDMENTS, Which(days, **{name: value}), now=now)] == []


@pytest.mark.parametrize(
    ("status", "word", "minutes", "method"),
    [
        (Status.EXPECTED, "expected", 0, ""),
        (Status.PRESENT, "present", 180, "staff"),
        (Status.EXCUSED, "excused", 0, "staff"),
        (Status.LATE_CANCEL, "late-cancel", 0, "staff"),
        (Status.NO_SHOW, "no-show", 0, "staff"),
    ],
)
def test_each_status_has_its_word_and_minutes(app, status, word, minutes, method):
    record = attended(status)
    told = [record[name] for name in ("status", "delivered_minutes", "method", "arrived", "left")]
    assert told == [word, minutes, method, "", ""]
    assert record["signed_off"] == ""


@pytest.mark.parametrize(
    ("now", "known"),
    [
        ("2026-03-02 17:59", ("expected", "", 0)),
        ("2026-03-02 18:00", ("present", "2026-03-02T18:00:00-05:00", 0)),
        ("2026-03-02 20:59", ("present", "2026-03-02T18:00:00-05:00", 0)),
        ("2026-03-02 21:00", ("present", "2026-03-02T18:00:00-05:00", 180)),
    ],
)
def test_nobody_is_present_before_the_start_and_nothing_is_delivered_before_the_end(
    app, now, known
):
    make.booking(make.session(MONDAY, "18:00", "21:00"), None, Status.PRESENT, arrived="18:00")
    (record,) = attendance(now=now)
    assert (record["status"], record["arrived"], record["delivered_minutes"]) == known


def test_the_grace_of_the_program_counts_as_on_time(app):
    program = make.program(grace_minutes=10)
    assert attended(arrived="18:10", program=program)["delivered_minutes"] == 180


def test_at_a_cancelled_session_nothing_is_delivered(app):
    session = make.session(MONDAY, is_cancelled=True)
    make.booking(session, status=Status.PRESENT)
    (record,) = attendance()
    assert (record["status"], record["delivered_minutes"]) == ("cancelled", 0)


def test_attendance_is_sorted_by_instant_then_series_then_enrollment(app):
    people = {key: make.enrollment(key=key) for key in ("e-2", "E-3", "e-1")}
    late = make.session(MONDAY, "12:00", "13:00", key="a")
    early, beside = (make.session(MONDAY, key=key) for key in ("c", "B"))
    for session in (late, early):
        for enrollment in people.values():
            make.booking(session, enrollment)
    make.booking(beside)
    make.booking(make.session("2026-03-03"))
    found = attendance()
    assert [(record["series"], record["enrollment"]) for record in found[1:]] == [
        ("c", "E-3"),
        ("c", "e-1"),
        ("c", "e-2"),
        ("a", "E-3"),
        ("a", "e-1"),
        ("a", "e-2"),
    ]
    assert found[0]["series"] == "B"


# What is asked for, and who asks


def test_a_long_period_is_read_in_parts_and_stays_in_one_order(app, queries):
    hawaii = make.program(make.site(timezone="Pacific/Honolulu"))
    east = make.program(make.site())
    for day in ("2026-03-01", "2026-03-02", "2026-03-08", "2026-03-09", "2026-03-23"):
        make.booking(make.session(day, "20:00", "21:00", program=hawaii))
        make.booking(make.session(day, "00:30", "01:30", program=east))
    days = MONDAY, date(2026, 3, 22)
    starts = [
        "2026-03-02T00:30:00-05:00",
        "2026-03-02T20:00:00-10:00",
        "2026-03-08T00:30:00-05:00",
        "2026-03-09T00:30:00-04:00",  # 18:30 of the day before in Honolulu
        "2026-03-08T20:00:00-10:00",
        "2026-03-09T20:00:00-10:00",
    ]
    assert [record["start"] for record in sessions(*days)] == starts
    assert [record["start"] for record in attendance(*days)] == starts
    with queries() as count:
        sessions(date(1900, 1, 1), date(2199, 12, 31))
    assert count() < 15  # days on which nothing is are not asked for


def test_one_site_or_one_program_can_be_asked_for(app):
    evening = make.program()
    day = make.program(evening.site)
    elsewhere = make.program(make.site())
    for program, key in ((evening, "a"), (day, "b"), (elsewhere, "c")):
        enrollment = make.enrollment(program=program, key=f"e-{key}")
        make.booking(make.session(MONDAY, program=program, key=key), enrollment)

    def told(**facts):
        hours = records.hours_records(Which(Range(MONDAY, MONDAY), **facts), as_of=now)
        return (
            [each["series"] for each in sessions(**facts)],
            [each["enrollment"] for each in attendance(**facts)],
            [each["enrollment"] for each in hours],
        )

    now = make.instant("2026-03-04 12:00")
    assert told(site_id=evening.site_id) == (["a", "b"], ["e-a", "e-b"], ["e-a", "e-b"])
    assert told(program=elsewhere) == (["c"], ["e-c"], ["e-c"])
    assert told(site_id=evening.site_id, program=elsewhere) == ([], [], [])


def test_without_topics_sessions_have_a_number_and_their_kind_the_same_in_both(app):
    series = make.series(title="Trauma", key="trauma", kind=Kind.EDUCATION)
    group = make.session(MONDAY, series=series)
    alone = make.session(MONDAY, title="Relapse", key="relapse", kind=Kind.INDIVIDUAL)
    make.booking(group)
    make.booking(alone)
    told = [(each["series"], each["title"]) for each in sessions(with_topics=False)]
    numbers = [f"series-{series.id}", f"session-{alone.id}"]
    titles = ["Education session", "Individual session"]
    assert sorted(told) == sorted(zip(numbers, titles, strict=True))
    found = attendance(with_topics=False)
    assert sorted(each["series"] for each in found) == sorted(numbers)
    assert set(found[0]) == set(COLUMNS[Table.ATTENDANCE])


# Hours


def test_hours_have_a_line_for_each_week_and_enrollment(app):
    evening = make.program(key="evening")
    jordan = make.enrollment(make.participant(key="p-1"), evening, key="e-1")
    make.enrollment(make.participant(key="p-2"), make.program(key="day"), key="e-2")
    for day, status in (
        ("2026-03-02", Status.PRESENT),
        ("2026-03-03", Status.EXPECTED),
        ("2026-03-04", Status.EXPECTED),
        ("2026-03-05", Status.NO_SHOW),
    ):
        make.booking(make.session(day, "18:00", "21:00", program=evening), jordan, status)
    now = make.instant("2026-03-04 12:00")
    jordans = (MONDAY, "e-1", "p-1", "evening", 540, 720, 720, 180, 180, 180, 540, 1, "on_course")
    others = (MONDAY, "e-2", "p-2", "day", 540, 720, 0, 0, 0, 0, 0, 0, "out_of_reach")
    columns = COLUMNS[Table.HOURS]
    lines = [dict(zip(columns, each, strict=True)) for each in (jordans, others)]
    week = Range(date(2026, 3, 4), date(2026, 3, 4))
    assert list(records.records_of(Table.HOURS, Which(week), now=now)) == lines
    longer = Which(Range(MONDAY, date(2026, 3, 9)))
    found = list(records.hours_records(longer, as_of=now))
    assert [(each["week"].day, each["enrollment"]) for each in found] == [
        (2, "e-1"),
        (2, "e-2"),
        (9, "e-1"),
        (9, "e-2"),
    ]


def test_participants_are_found_by_the_keys_of_records(app):
    jordan, _ = make.participant(key="p-1"), make.participant(key="p-2")
    assert records.participants_with({"p-1", ""}) == [jordan.id]
    assert records.participants_with(set()) == []


def test_authorizations_tell_what_is_used_of_them_and_how_far_they_reach(app, at):
    at("2026-03-05 09:00")
    program, other = make.program(make.site()), make.program(make.site())
    person = make.participant(key="p-001")
    enrollment = make.enrollment(person, program, key="e-001")
    short = make.session(MONDAY, "18:00", "18:50", program=program)
    make.booking(short, enrollment, Status.PRESENT)
    hours = {"unit": Unit.HOUR, "from_on": "2026-03-01", "until_on": "2026-03-04"}
    make.authorization(enrollment, number="A7", **hours, review_on="2026-03-03")
    make.authorization(enrollment, from_on="2026-03-03", until_on="2026-03-31")
    days, now = Range(MONDAY, MONDAY), clock.now()
    (record,) = records_of(Table.AUTHORIZATIONS, Which(days), now=now)
    assert record == {
        "enrollment": "e-001",
        "participant": "p-001",
        "program": program.key,
        "payer": "Blue Plan",
        "number": "A7",
        "code": "H0015",
        "unit": "hour",
        "units": 20,
        "from": date(2026, 3, 1),
        "until": date(2026, 3, 4),
        "review": date(2026, 3, 3),
        "used": 0.83,
        "not_recorded": 0,
        "booked": 0,
        "runs_out": "",
    }
    assert tuple(record) == COLUMNS[Table.AUTHORIZATIONS]
    theirs = {"site_id": program.site_id, "program": program, "person": (person.id, "p-001")}
    assert len([*records_of(Table.AUTHORIZATIONS, Which(days, **theirs), now=now)]) == 1
    others = {"site_id": other.site_id, "program": other, "person": (0, "")}
    for name, value in others.items():
        which = Which(days, **{name: value})
        assert [*records_of(Table.AUTHORIZATIONS, which, now=now)] == []
