from datetime import date

from clinic.programs.models import Kind
from clinic.schedule.models import Status
from clinic.whatif import queries
from tests import make

MONDAY = date(2026, 3, 2)
NOW = make.instant("2026-03-04 12:00")


def test_whoever_lacks_hours_and_is_not_on_the_group_is_to_choose_this_week_first(app):
    program, other = make.program(min_minutes=60), make.program(min_minutes=60)
    series = make.series(program)
    make.saved()
    ana, ben, cleo, dan = (make.enrollment(program=program, key=key) for key in "abcd")
    make.enrollment(program=other, key="e")
    for person in (ben, dan):
        for day in ("2026-03-05", "2026-03-12"):
            make.booking(make.session(day, program=program), person, Status.EXPECTED)
    make.booking(make.session("2026-03-05", program=program), cleo, Status.EXPECTED)
    make.roster_entry(series, make.enrollment(program=program, key="f"))
    make.saved()
    found = queries.short_of(series, this=MONDAY, scope=None, now=NOW)
    assert [(each.enrollment_key, each.hours.week) for each in found] == [
        ("a", MONDAY),
        ("c", date(2026, 3, 9)),
    ]
    assert ana.id == found[0].enrollment_id
    nobody = make.staff()
    assert queries.short_of(series, this=MONDAY, scope=nobody.id, now=NOW) == []


def test_no_group_is_tried_that_is_theirs_or_somebody_elses_alone(app):
    program = make.program()
    ana, ben = (make.enrollment(program=program, key=key) for key in "ab")
    theirs, left, free = (make.series(program) for _ in range(3))
    talks = [make.series(program, kind=Kind.INDIVIDUAL, seats=1) for _ in range(3)]
    make.roster_entry(theirs, ana)
    make.roster_entry(left, ana, until_on="2026-03-03")
    for talk, person in zip(talks, (ana, ben), strict=False):
        make.roster_entry(talk, person)
        make.booking(make.session("2026-03-09", series=talk, seats=1), person)
    make.session("2026-03-09", series=talks[2], seats=1)
    make.saved()
    found = queries.groups_to_try(ana, scope=None, today=date(2026, 3, 4), now=NOW)
    assert [one.id for one in found] == [left.id, free.id, talks[2].id]
