from datetime import date

import pytest

from clinic.db import db
from clinic.errors import NotFound
from clinic.permissions import Role
from clinic.schedule.models import Status
from clinic.staff import queries
from tests import make


@pytest.fixture
def now(app, at):
    return at("2026-03-04 12:00")


def names(words="", page=1):
    rows, paging = queries.staff_found(words, page=page)
    return [row.name for row in rows], paging


def test_staff_are_found_by_name_letters_address_and_role_without_accents(now):
    make.staff(name="José Álvarez", credentials="LPC", roles=[Role.FRONT_DESK])
    make.staff(name="Ana Rivera", credentials="LCSW", email="ana@example.org")
    assert names("jose alv")[0] == ["José Álvarez"]
    assert [names(words)[0] for words in ("lcsw", "ana@", "clini")] == [["Ana Rivera"]] * 3
    assert names("front desk")[0] == ["José Álvarez"]
    assert names("ana front")[0] == []


def test_a_long_list_has_pages(now):
    for number in range(30):
        make.staff(name=f"Person {number:02d}")
    (first, paging), (second, _) = names(), names(page=2)
    assert (len(first), len(second), paging) == (25, 5, (1, 2, 30))
    assert names(page=0)[0] == first
    with pytest.raises(NotFound):
        queries.staff_found("", page=3)


def test_the_list_says_how_everybody_stands(now):
    make.site()
    facts = {"roles": [Role.BILLING], "password": make.PASSWORD}
    here = make.staff(name="A", license_expires_on=date(2026, 4, 1), **facts)
    make.sign_in(here.account)
    invited = make.staff(name="B", license_expires_on=date(2026, 3, 1))
    make.invitation(invited.account)
    make.staff(name="C", license_expires_on=date(2027, 3, 1))
    make.staff(name="D", is_active=False)
    rows, _ = queries.staff_found("", page=1)
    lines = queries.staff_lines(rows, with_last_seen=True, now=now)
    assert [(line["roles"], line["access"], line["seen"]) for line in lines] == [
        ("Billing", "has access", "today, 12:00 pm"),
        ("Clinician", "invited", ""),
        ("Clinician", "no access yet", ""),
        ("Clinician", "access ended", ""),
    ]
    assert [line["license"] and line["license"]["is_over"] for line in lines] == [
        False,
        True,
        None,
        None,
    ]
    lines = queries.staff_lines(rows, with_last_seen=False, now=now)
    assert [line["seen"] for line in lines] == ["", "", "", ""]


def test_a_person_is_shown_with_hours_and_coming_time_off(now):
    make.site()
    ana = make.staff(name="Ana Rivera")
    make.working_hours(ana, 1, "13:00", "17:00")
    make.working_hours(ana, 1, "09:00", "12:00")
    make.working_hours(ana, 0)
    make.time_off(ana, "2026-02-02")
    away = make.time_off(ana, "2026-03-02", "2026-03-04", reason="course")
    make.invitation(ana.account)
    shown = queries.member(ana, now=now)
    assert shown["hours"] == [
        ("Monday", "9:00 am – 5:00 pm"),
        ("Tuesday", "9:00 am – 12:00 pm, 1:00 – 5:00 pm"),
    ]
    assert [(line["id"], line["reason"]) for line in shown["time_off"]] == [(away.id, "course")]
    assert (shown["access"], shown["invited_until"], shown["seen"]) == (
        "invited",
        "Wed, Mar 11, 1:00 pm",
        "",
    )


def test_what_somebody_leads_meanwhile_comes_with_the_number_expected(now):
    ana = make.staff()
    session = make.session("2026-03-09", leaders=[make.staff(), ana], title="Process group")
    make.booking(session)
    make.booking(session)
    make.booking(session, status=Status.EXCUSED)
    make.session("2026-03-09", leaders=[ana], is_cancelled=True)
    make.session("2026-03-09")
    make.session("2026-03-14", leaders=[ana])
    assert queries.led_meanwhile(ana.id, date(2026, 3, 9), date(2026, 3, 13)) == [
        {
            "id": session.id,
            "title": "Process group",
            "day": date(2026, 3, 9),
            "time": "10:00 – 11:00 am",
            "expected": 2,
        }
    ]


def test_what_somebody_is_still_to_lead_is_told_by_title(now):
    ana = make.staff()
    for day in ("2026-03-04", "2026-03-05", "2026-03-12"):
        make.session(day, leaders=[ana], title="Process group")
    make.session("2026-03-06", leaders=[ana], title="Intake")
    make.session("2026-03-06", leaders=[ana], title="Intake", is_cancelled=True)
    assert queries.still_to_lead(ana.id, now=now) == [
        {"title": "Process group", "number": 2, "next": date(2026, 3, 5)},
        {"title": "Intake", "number": 1, "next": date(2026, 3, 6)},
    ]


def test_staff_are_found_by_key_and_by_account(app):
    ana = make.staff(key="rivera")
    assert queries.find_staff("rivera") is ana
    assert queries.find_staff("nobody") is None
    assert queries.find_staff_of(ana.account) is ana
    assert queries.find_staff_of(make.participant().account) is None


def test_somebody_unknown_is_not_found(app):
    for get in (queries.get_staff, queries.get_time_off):
        with pytest.raises(NotFound):
            get(99)


def test_time_off_is_found_by_its_number(app):
    away = make.time_off(make.staff(), "2026-03-09")
    assert queries.get_time_off(away.id) is away


def test_somebody_is_found_with_hours_and_time_off(app):
    ana = make.staff()
    make.working_hours(ana, 2, "13:00", "17:00")
    make.working_hours(ana, 0)
    make.time_off(ana, "2026-03-09")
    db.expire_all()
    found = queries.get_staff(ana.id)
    assert [hours.weekday for hours in found.working_hours] == [0, 2]
    assert queries.shifts_of(ana.id) == [(0, 540, 1020), (2, 780, 1020)]
    assert [away.from_on for away in found.time_off] == [date(2026, 3, 9)]
    assert found.account.roles == {Role.CLINICIAN}


def test_everybody_is_listed_by_name_and_those_who_left_come_last(app):
    for name, is_active in (("Zoe", True), ("Adam", False), ("ben", True)):
        make.staff(name=name, is_active=is_active)
    assert [row.name for row in queries.staff_rows()] == ["ben", "Zoe", "Adam"]
