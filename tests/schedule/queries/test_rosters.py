from clinic.schedule.queries.rosters import get_roster_entry, roster_of
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
