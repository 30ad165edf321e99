from datetime import date

import pytest

from clinic.desk.queries import attention
from clinic.desk.queries.attention import Away, License
from tests import make

TODAY = date(2026, 3, 4)
NOON = make.instant("2026-03-04 12:00")


def noticed(*, site_id=None, scope=None, with_licenses=True):
    return attention.notices(
        TODAY, site_id=site_id, scope=scope, with_licenses=with_licenses, now=NOON
    )


def test_a_leader_who_is_off_while_their_sessions_are_held_is_named(app):
    ana = make.staff(name="Ana Rivera")
    make.time_off(ana, "2026-03-05", "2026-03-09")
    for day in ("2026-03-04", "2026-03-05", "2026-03-06", "2026-03-10"):
        make.session(day, leaders=[ana])
    make.session("2026-03-09", leaders=[make.staff(), ana])
    make.session("2026-03-06", leaders=[ana], is_cancelled=True)
    make.session("2026-03-06", leaders=[make.staff(name="Here")])
    assert noticed().away == [Away("Ana Rivera", date(2026, 3, 5), date(2026, 3, 9), 3)]


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
    assert bool(noticed().away) is is_named


def test_several_are_by_their_first_day(app):
    for name, day in (("Zoe", "2026-03-05"), ("Ana", "2026-03-06"), ("Ben", "2026-03-05")):
        leader = make.staff(name=name)
        make.time_off(leader, day)
        make.session(day, leaders=[leader])
    assert [each.name for each in noticed().away] == ["Ben", "Zoe", "Ana"]


def test_only_those_of_a_site_or_of_a_leaders_own_sessions_are_named_when_asked(app):
    east, west = make.site(key="east"), make.site(key="west")
    ana, ben = make.staff(name="Ana"), make.staff(name="Ben")
    for leader in (ana, ben):
        make.time_off(leader, "2026-03-05")
    make.session("2026-03-05", leaders=[ana], program=make.program(east))
    make.session("2026-03-05", leaders=[ben], program=make.program(west))
    carl = make.staff(name="Carl")
    make.session("2026-03-05", "12:00", "13:00", leaders=[ben, carl], program=make.program(west))
    assert [each.name for each in noticed(site_id=east.id).away] == ["Ana"]
    assert noticed(scope=carl.id).away == [Away("Ben", date(2026, 3, 5), date(2026, 3, 5), 1)]
    assert [each.name for each in noticed(scope=ana.id).away] == ["Ana"]


def test_licenses_that_run_out_within_thirty_days_are_named_the_first_first(app):
    def staff(name, expires_on, **facts):
        return make.staff(name=name, license_expires_on=expires_on, **facts)

    last = staff("Last", date(2026, 4, 3))
    staff("Later", date(2026, 4, 4))
    over = staff("Over", date(2026, 1, 1))
    staff("Gone", date(2026, 3, 10), is_active=False)
    staff("None", None)
    assert noticed().licenses == [
        License(over.id, "Over", date(2026, 1, 1)),
        License(last.id, "Last", date(2026, 4, 3)),
    ]
    assert noticed(with_licenses=False).licenses == []


def test_all_takes_one_statement(app, queries):
    with queries() as count:
        noticed()
    assert count() == 1
