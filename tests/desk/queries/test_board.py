from datetime import date

import pytest

from clinic.desk.queries import board
from clinic.schedule.models import Method, Status
from tests import make

NOON = make.instant("2026-03-04 12:00")
DAY = date(2026, 3, 4)


def parts(rows, **facts):
    asked = {"with_topics": True, "sheet_path": "/sessions/", "now": NOON} | facts
    return board.parts_of(rows, **asked)


def test_a_card_says_what_there_is_to_know_of_a_session(app):
    ana, daniel = make.staff(name="Ana Rivera"), make.staff(name="Daniel Okafor")
    session = make.session(
        DAY, "11:30", "13:00", leaders=[ana, daniel], room=make.room(name="Birch room")
    )
    make.booking(session, status=Status.PRESENT)
    make.booking(session)
    make.booking(session, status=Status.EXCUSED)
    rows = board.sessions_on(DAY, site_id=None, scope=None)
    assert parts(rows)[0].cards == [
        board.Card(
            id=session.id,
            time="11:30 am – 1:00 pm",
            title="Process group",
            room="Birch room",
            leaders="Ana Rivera, Daniel Okafor",
            kind="group",
            mode="in_person",
            arrived=1,
            expected=2,
            sheet="partly",
            is_cancelled=False,
            cancel_reason="",
            is_now=True,
            href=f"/sessions/{session.id}",
        )
    ]


@pytest.mark.parametrize(
    ("start", "part"), [("11:59", 0), ("12:00", 1), ("16:59", 1), ("17:00", 2)]
)
def test_the_part_of_the_day_is_that_of_the_local_start(app, start, part):
    make.session(DAY, start, "23:00")
    rows = board.sessions_on(DAY, site_id=None, scope=None)
    assert [len(each.cards) for each in parts(rows)] == [int(n == part) for n in range(3)]


def test_without_topics_a_session_goes_by_its_kind(app):
    make.session(DAY, title="Relapse prevention")
    rows = board.sessions_on(DAY, site_id=None, scope=None)
    assert parts(rows, with_topics=False)[0].cards[0].title == "Group session"


def test_open_sheets_are_those_that_are_over_with_people_unmarked(app):
    left_open = make.session("2026-03-03")
    make.booking(left_open)
    make.booking(left_open, status=Status.NO_SHOW)
    make.booking(make.session("2026-03-02"), status=Status.PRESENT, method=Method.STAFF)
    make.booking(make.session("2026-03-02", "13:00", "14:00", is_cancelled=True))
    make.booking(make.session("2026-03-04", "11:30", "12:30"))
    make.booking(make.session("2026-02-24"))  # longer ago than is looked back
    make.session("2026-03-03", "15:00", "16:00")  # nobody was expected
    recent = board.sessions_until(DAY, site_id=None, scope=None)
    assert board.open_sheets(recent, with_topics=True, now=NOON) == [
        board.OpenSheet(left_open.id, "Process group", date(2026, 3, 3), 1)
    ]


def test_only_the_sessions_of_a_site_and_of_a_leader_are_there_when_asked(app):
    east, west = make.site(key="east"), make.site(key="west")
    ana = make.staff()
    hers = make.session(DAY, program=make.program(east), leaders=[ana])
    other = make.session(DAY, program=make.program(west), leaders=[make.staff()])

    def found(**limits):
        return [row.id for row in board.sessions_on(DAY, **limits)]

    assert found(site_id=None, scope=None) == [hers.id, other.id]
    assert found(site_id=west.id, scope=None) == [other.id]
    assert found(site_id=None, scope=ana.id) == [hers.id]


def test_the_clinic_is_its_organization_and_its_sites(app):
    assert board.find_clinic() is None
    organization = make.organization()
    assert board.find_clinic() is None
    east, west = make.site(), make.site()
    assert board.find_clinic() == board.Clinic(organization, [east, west])
