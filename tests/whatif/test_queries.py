from datetime import date

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
