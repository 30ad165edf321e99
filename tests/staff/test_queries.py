from datetime import date

import pytest

from clinic.db import db
from clinic.errors import NotFound
from clinic.permissions import Role
from clinic.staff import queries
from tests import make

NOW = make.instant("2026-03-04 12:00")
LATER = make.instant("2026-03-05 12:00")


def names(words="", page=1):
    rows, paging = queries.staff_found(words, page=page, now=NOW)
    return [row.name for row in rows], paging


def test_staff_are_found_by_name_letters_address_and_role_without_accents(app):
    make.staff(name="José Álvarez", credentials="LPC", roles=[Role.FRONT_DESK])
    make.staff(name="Ana Rivera", credentials="LCSW", email="ana@example.org")
    assert names("jose alv")[0] == ["José Álvarez"]
    assert [names(words)[0] for words in ("lcsw", "ana@", "clini")] == [["Ana Rivera"]] * 3
    assert names("front desk")[0] == ["José Álvarez"]
    assert names("ana front")[0] == []


@pytest.mark.parametrize(
    "words",
    [
        "Anne-Marie-Louise O'Rourke",
        "anne marie louise orourke",
        "AnneMarieLouise O’Rourke",
        "marie-louise",
        "rourke",
    ],
)
def test_staff_are_found_however_hyphens_and_apostrophes_are_typed(app, words):
    make.staff(name="Anne-Marie-Louise O'Rourke")
    make.staff(name="Ana Rivera")
    assert names(words)[0] == ["Anne-Marie-Louise O'Rourke"]


def test_a_long_list_has_pages(app):
    for number in range(30):
        make.staff(name=f"Person {number:02d}")
    (first, paging), (second, _) = names(), names(page=2)
    assert (len(first), len(second), paging) == (25, 5, (1, 2, 30))
    assert names(page=0)[0] == first
    with pytest.raises(NotFound):
        queries.staff_found("", page=3, now=NOW)


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
    with pytest.raises(NotFound):
        queries.get_row(99, now=NOW)


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
    assert names()[0] == ["ben", "Zoe", "Adam"]


def test_open_invitations_stand_with_whom_they_invite(app):
    ana, ben, cem = (make.staff(name=name) for name in ("Ana", "Ben", "Cem"))
    make.invitation(ana.account, token="1", expires_at=LATER)
    make.invitation(ben.account, token="2", expires_at=NOW)
    make.invitation(cem.account, token="3", expires_at=LATER, used_at=NOW)
    rows, _ = queries.staff_found("", page=1, now=NOW)
    assert [row.invited_until for row in rows] == [LATER, None, None]


def test_somebody_was_last_seen_wherever_they_were_last(app):
    ana = make.staff(name="Ana")
    ben = make.staff(name="Ben")
    make.sign_in(ana.account, signed_in_at=NOW, seen_at=NOW)
    make.sign_in(ana.account, signed_in_at=NOW, seen_at=LATER, ended_at=LATER)
    assert queries.get_row(ana.id, now=NOW).seen_at == LATER
    assert queries.get_row(ben.id, now=NOW).seen_at is None


def test_time_off_that_is_over_may_be_left_out(app):
    ana = make.staff(name="Ana Rivera")
    over = make.time_off(ana, "2026-02-02")
    away = make.time_off(ana, "2026-03-02", "2026-03-04", reason="course")
    assert queries.time_off_of(ana.id) == [over, away]
    assert queries.time_off_of(ana.id, since=date(2026, 3, 4)) == [away]
