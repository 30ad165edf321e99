from datetime import date

from clinic.schedule.queries.rosters import get_roster_entry, members_of, roster_of
from tests import make


def test_the_roster_of_somebody_comes_by_first_day(app):
    jo, other = make.enrollment(), make.enrollment()
    series = make.series(room=make.room(name="Room 1"))
    late = make.roster_entry(series, jo, from_on="2026-03-09")
    early = make.roster_entry(make.series(), jo)
    make.roster_entry(series, other)
    entries = roster_of([jo.id])
    assert entries == [early, late]
    assert [each.series.plan.room.name if each.series.plan.room else "" for each in entries] == [
        "",
        "Room 1",
    ]
    assert get_roster_entry(late.id) is late
    assert (late.series.site.timezone, late.enrollment.participant.name) == (
        make.ZONE,
        "Jordan Avery",
    )


def test_the_members_of_a_group_come_as_people_expect(app):
    series = make.series()
    for name in ("Zoe Bell", "Óscar Ruiz", "amy Diaz", "Álvaro Cruz"):
        make.roster_entry(series, make.enrollment(make.participant(name=name)))
    members = members_of(series.id, today=date(2026, 3, 2))
    assert [row.name for row in members] == ["Álvaro Cruz", "amy Diaz", "Óscar Ruiz", "Zoe Bell"]
