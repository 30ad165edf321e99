from datetime import date, timedelta

import pytest

from clinic.programs.models import Kind
from clinic.schedule.models import Decision, Method, Status
from clinic.today import queries
from tests import make

NOON = make.instant("2026-03-04 12:00")
DAY = date(2026, 3, 4)


def sessions(**limits):
    return queries.sessions_on(DAY, **{"site_id": None, "scope": None} | limits)


def parts():
    return queries.parts_of(sessions(), make.organization())


@pytest.mark.parametrize(
    ("start", "part"),
    [("11:59", "morning"), ("12:00", "afternoon"), ("16:59", "afternoon"), ("17:00", "evening")],
)
def test_the_part_of_the_day_is_that_of_the_local_start(app, start, part):
    session = make.session(DAY, start, "23:00")
    found = {name: [row.id for row in rows] for name, rows in parts().items()}
    assert found == {"morning": [], "afternoon": [], "evening": []} | {part: [session.id]}


def test_open_sheets_are_those_that_are_over_with_people_unmarked(app):
    left_open = make.session("2026-03-03")
    make.booking(left_open)
    make.booking(left_open, status=Status.NO_SHOW)
    make.booking(make.session("2026-03-02"), status=Status.PRESENT, method=Method.STAFF)
    make.booking(make.session("2026-03-02", "13:00", "14:00", is_cancelled=True))
    make.booking(make.session("2026-03-04", "11:30", "12:30"))
    make.booking(make.session("2026-02-24"))  # longer ago than is looked back
    make.session("2026-03-03", "15:00", "16:00")  # nobody was expected
    recent = queries.board(DAY - queries.LOOK_BACK, DAY, site_id=None, scope=None, own=None)
    (found,) = queries.open_sheets(recent.sessions, until_signed=False, now=NOON)
    assert (found.id, found.title, found.day) == (left_open.id, "Process group", date(2026, 3, 3))
    assert found.listed - found.marked == 1
    signs = queries.open_sheets(recent.sessions, until_signed=True, now=NOON)
    assert [one.day for one in signs] == [date(2026, 3, 2), date(2026, 3, 3)]


def test_a_sheet_is_open_until_as_many_have_signed_as_were_asked_for(app):
    once, waits, twice = (make.session(f"2026-03-0{day}") for day in (1, 2, 3))
    one, two = make.staff(), make.staff()
    for each in (once, waits, twice):
        make.booking(each, status=Status.PRESENT, signed_at=NOON)
        make.sign_off(each, one, signatures_min=1 if each is once else 2)
    make.sign_off(twice, two, is_second=True, signatures_min=2)
    recent = queries.board(DAY - queries.LOOK_BACK, DAY, site_id=None, scope=None, own=None)
    (found,) = queries.open_sheets(recent.sessions, until_signed=True, now=NOON)
    assert found.id == waits.id
    assert queries.open_sheets(recent.sessions, until_signed=False, now=NOON) == []


def test_only_the_sessions_of_a_site_and_of_a_leader_are_there_when_asked(app):
    east, west = make.site(key="east"), make.site(key="west")
    ana = make.staff()
    hers = make.session(DAY, program=make.program(east), leaders=[ana])
    other = make.session(DAY, program=make.program(west), leaders=[make.staff()])

    def found(**limits):
        return [row.id for row in sessions(**limits)]

    assert found(site_id=None, scope=None) == [hers.id, other.id]
    assert found(site_id=west.id, scope=None) == [other.id]
    assert found(site_id=None, scope=ana.id) == [hers.id]


def test_a_board_has_who_leads_and_whom_individual_sessions_are_with(app):
    east, west = make.site(key="east"), make.site(key="west")
    ana, kim = make.staff(name="Ana"), make.staff(name="Kim")
    group = make.session(DAY, program=make.program(east), leaders=[kim, ana])
    alone = make.session(DAY, program=make.program(west), leaders=[ana], kind=Kind.INDIVIDUAL)
    empty = make.session(DAY, "12:00", "13:00", program=alone.program)
    jo = make.booking(alone, make.enrollment(make.participant(name="Jo Avery"), alone.program))
    make.booking(group)

    def board(**limits):
        limits = {"site_id": None, "scope": None, "own": None} | limits
        return queries.board(DAY, DAY, **limits)

    found = board()
    assert {each.id for each in found.sessions} == {group.id, alone.id, empty.id}
    assert [row.name for row in found.leaders[group.id]] == ["Kim", "Ana"]
    assert {one: [row.participant_id for row in rows] for one, rows in found.people.items()} == {
        alone.id: [jo.enrollment.participant_id]
    }
    assert (found.led_by(kim.id), found.led_by(ana.id)) == ({group.id}, {group.id, alone.id})
    assert [each.id for each in board(site_id=east.id).sessions] == [group.id]
    assert {each.id for each in board(site_id=east.id, own=ana.id).sessions} == {group.id, alone.id}
    assert [each.id for each in board(scope=kim.id).sessions] == [group.id]


TODAY = date(2026, 3, 4)


def noticed(
    *, site_id=None, scope=None, with_caseloads=True, with_licenses=True, with_tasks=False, **more
):
    return queries.notices(
        TODAY,
        site_id=site_id,
        scope=scope,
        with_caseloads=with_caseloads,
        with_licenses=with_licenses,
        with_tasks=with_tasks,
        now=NOON,
        **more,
    )


def of(about, **facts):
    rows = [each for each in noticed(**facts) if each.about == about]
    return [(each.name, each.first, each.last, each.number) for each in rows]


def test_claims_that_were_amended_since_are_known_until_somebody_has_dealt_with_them(app):
    here = make.program()
    lead, told = make.staff(), {"with_claims": True}
    for day in ("2026-02-24", "2026-02-26"):
        session = make.session(day, program=here)
        ended = {"signed_at": session.ends_at}
        booking = make.booking(session, status=Status.NO_SHOW, **ended)
        make.receipt(booking.enrollment, lead, day, exported_at=NOON - timedelta(days=2))
        made = {"decision": Decision.MADE, "decided_at": NOON - timedelta(days=1)}
        make.attendance_amendment(booking, lead, **made)
    found = [("", date(2026, 2, 24), date(2026, 2, 26), 2)]
    assert of("claim", **told) == of("claim", site_id=here.site_id, **told) == found
    assert of("claim", site_id=make.site().id, **told) == of("claim") == []


def away(**facts):
    return of("away", **facts)


def licenses(**facts):
    rows = [each for each in noticed(**facts) if each.about == "license"]
    return [(each.id, each.name, each.first) for each in rows]


def test_a_leader_who_is_off_while_their_sessions_are_held_is_named(app):
    ana = make.staff(name="Ana Rivera")
    make.time_off(ana, "2026-03-05", "2026-03-09")
    for day in ("2026-03-04", "2026-03-05", "2026-03-06", "2026-03-10"):
        make.session(day, leaders=[ana])
    make.session("2026-03-09", leaders=[make.staff(), ana])
    make.session("2026-03-06", leaders=[ana], is_cancelled=True)
    make.session("2026-03-06", leaders=[make.staff(name="Here")])
    assert away() == [("Ana Rivera", date(2026, 3, 5), date(2026, 3, 9), 3)]


@pytest.mark.parametrize(
    ("day", "start", "is_named"),
    [
        ("2026-03-04", "10:00", False),  # over by now
        ("2026-03-04", "11:30", True),
        ("2026-03-11", "10:00", True),
        ("2026-03-12", "10:00", False),
        ("2026-03-03", "10:00", False),
    ],
)
def test_today_and_the_next_seven_days_count(app, day, start, is_named):
    ana = make.staff()
    make.time_off(ana, "2026-03-01", "2026-03-31")
    make.session(day, start, f"{int(start[:2]) + 1}{start[2:]}", leaders=[ana])
    assert bool(away()) is is_named


def test_several_are_by_their_first_day(app):
    for name, day in (("Zoe", "2026-03-05"), ("Ana", "2026-03-06"), ("Ben", "2026-03-05")):
        leader = make.staff(name=name)
        make.time_off(leader, day)
        make.session(day, leaders=[leader])
    assert [name for name, *_ in away()] == ["Ben", "Zoe", "Ana"]


def test_only_those_of_a_site_or_of_a_leaders_own_sessions_are_named_when_asked(app):
    east, west = make.site(key="east"), make.site(key="west")
    ana, ben = make.staff(name="Ana"), make.staff(name="Ben")
    for leader in (ana, ben):
        make.time_off(leader, "2026-03-05")
    make.session("2026-03-05", leaders=[ana], program=make.program(east))
    make.session("2026-03-05", leaders=[ben], program=make.program(west))
    carl = make.staff(name="Carl")
    make.session("2026-03-05", "12:00", "13:00", leaders=[ben, carl], program=make.program(west))
    assert [name for name, *_ in away(site_id=east.id)] == ["Ana"]
    assert away(scope=carl.id) == [("Ben", date(2026, 3, 5), date(2026, 3, 5), 1)]
    assert [name for name, *_ in away(scope=ana.id)] == ["Ana"]


def test_a_leader_without_access_is_named_while_sessions_of_theirs_are_ahead(app):
    ana = make.staff(name="Ana Rivera", is_active=False)
    make.time_off(ana, "2026-03-05")  # once is enough
    led = [
        make.session(day, leaders=[make.staff(), ana])
        for day in ("2026-03-03", "2026-03-05", "2026-08-31")
    ]
    make.session("2026-03-06", leaders=[ana], is_cancelled=True)
    make.session("2026-03-06", leaders=[make.staff(name="Here")])
    found = [("Ana Rivera", date(2026, 3, 5), date(2026, 8, 31), 2)]
    assert (of("gone"), away()) == (found, [])
    assert of("gone", site_id=make.site().id) == []
    assert of("gone", scope=led[2].leader_ids[0]) == [
        ("Ana Rivera", date(2026, 8, 31), date(2026, 8, 31), 1)
    ]
    ana.account.is_active = True
    assert of("gone") == []


def test_a_room_out_of_use_is_named_while_sessions_are_ahead_in_it(app):
    blue = make.room(name="Blue", is_active=False)
    ana = make.staff()
    make.session("2026-03-03", room=blue)
    make.session("2026-03-05", room=blue, leaders=[ana])
    make.session("2026-04-05", room=blue)
    make.session("2026-03-06", room=blue, is_cancelled=True)
    make.session("2026-03-06", room=make.room())
    assert of("room") == [("Blue", date(2026, 3, 5), date(2026, 4, 5), 2)]
    assert of("room", scope=ana.id) == [("Blue", date(2026, 3, 5), date(2026, 3, 5), 1)]
    assert of("room", site_id=blue.site_id + 1) == []


def test_people_whose_clinician_has_no_access_are_counted(app):
    ana = make.staff(name="Ana Rivera", is_active=False)
    for until in (None, "2026-03-04", "2026-03-03"):
        make.enrollment(clinician=ana, until_on=until)
    make.enrollment(clinician=make.staff(name="Here"))
    found = [("Ana Rivera", TODAY, TODAY, 2)]
    assert of("caseload") == found
    assert of("caseload", site_id=ana.id + 1) == []
    assert of("caseload", site_id=1) == found
    assert of("caseload", with_caseloads=False) == []


def test_licenses_that_run_out_within_thirty_days_are_named_the_first_first(app):
    def staff(name, expires_on, **facts):
        return make.staff(name=name, license_expires_on=expires_on, **facts)

    last = staff("Last", date(2026, 4, 3))
    staff("Later", date(2026, 4, 4))
    over = staff("Over", date(2026, 1, 1))
    staff("Gone", date(2026, 3, 10), is_active=False)
    staff("None", None)
    assert licenses() == [
        (over.id, "Over", date(2026, 1, 1)),
        (last.id, "Last", date(2026, 4, 3)),
    ]
    assert licenses(with_licenses=False) == []


def test_all_takes_one_statement(app, queries):
    with queries() as count:
        noticed()
    assert count() == 1


def test_tasks_that_are_due_are_there_for_who_does_them(app):
    make.task(make.enrollment().participant, due_on=TODAY)
    assert noticed(with_tasks=False) == []
    ((about, first),) = [(row.about, row.first) for row in noticed(with_tasks=True)]
    assert (about, first) == ("task", TODAY)
