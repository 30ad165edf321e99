from datetime import date

from sqlalchemy import select

from clinic.days import Range
from clinic.db import db
from clinic.rosters import queries
from clinic.schedule.actions.rosters import fill
from clinic.schedule.actions.series import lay_out
from clinic.schedule.models import Session
from clinic.trail import SYSTEM
from tests import make

NOON = make.instant("2026-03-04 12:00")  # a Wednesday
FROM = Range(date(2026, 3, 4), None)


def group(*people, **facts):
    series = make.series(**{"weekdays": "2", "until_on": "2026-03-18"} | facts)
    lay_out(series, by=SYSTEM, now=NOON)
    for person in people:
        make.roster_entry(series, person)
    fill(series.id)
    return series


def people_for(series, scope=None, words="", chosen=(), days=FROM):
    found, rows, _ = queries.people_to_choose(
        series, days=days, words=words, chosen=chosen, scope=scope, now=NOON
    )
    assert [each.id for each in found] == [row.id for row in rows]
    return {each.words: each.why_not for each in found}


def test_a_guest_of_a_full_session_has_a_seat_in_it(app):
    jo = make.enrollment()
    series = group(seats=1, start="15:00", end="16:00")
    sessions = series_sessions(series)
    make.booking(sessions[0], jo)
    assert people_for(series) == {"Jordan Avery": None}


def series_sessions(series):
    upcoming = (Session.series_id == series.id) & (Session.day >= date(2026, 3, 4))
    return db.scalars(select(Session).where(upcoming).order_by(Session.day)).all()


def test_leaders_may_put_on_their_group_who_is_in_its_program_or_in_sight(app):
    ana, _, day = make.staff(), make.program(), make.program(name="Day IOP")
    series = group(leaders=[ana], start="15:00", end="16:00")
    own, hers, other = (
        make.enrollment(make.participant(name=name), program, clinician=clinician)
        for name, program, clinician in (
            ("Own", None, None),
            ("Hers", day, ana),
            ("Other", day, None),
        )
    )
    far = make.enrollment(make.participant(name="Far"), make.program(make.site()), clinician=ana)
    everybody = [each.id for each in (own, hers, other, far)]
    assert people_for(series, ana.id) == {"Own": None}
    assert people_for(series, ana.id, chosen=everybody) == {"Hers, Day IOP": None, "Own": None}
    assert people_for(series, ana.id, words="hers") == {"Hers, Day IOP": None, "Own": None}
    assert people_for(series, chosen=everybody) == {
        "Hers, Day IOP": None,
        "Other, Day IOP": None,
        "Own": None,
    }


def test_whoever_is_not_enrolled_then_is_shown_where_chosen_or_looked_for_alone(app):
    jo = make.enrollment(until_on="2026-03-10")
    series = group()
    later, no = Range(date(2026, 3, 11), None), "The enrollment ends before that day."
    assert people_for(series, days=later) == {}
    assert people_for(series, days=later, chosen=[jo.id]) == {"Jordan Avery": no}
    assert people_for(series, days=later, words="jordan") == {"Jordan Avery": no}
    over = make.enrollment(make.participant(name="Over"), until_on="2026-03-03")
    assert people_for(series, words="over", chosen=[over.id]) == {"Jordan Avery": None}


def test_a_name_that_is_nobodys_is_known_to_be(app):
    make.enrollment()
    series = group()

    def is_nobody(words):
        facts = {"days": FROM, "chosen": (), "scope": None, "now": NOON}
        return queries.people_to_choose(series, words=words, **facts)[2]

    assert [is_nobody(words) for words in ("", "jordan", "xyz")] == [False, False, True]


def test_only_sessions_that_they_would_come_to_are_in_the_way(app):
    kit = make.enrollment()
    full = group(kit, seats=1, start="15:00", end="16:00")
    guest = make.enrollment()
    assert list(people_for(full, chosen=[guest.id]).values())[-1] == (
        "Process group has no free seat on Wed, Mar 4; Wed, Mar 11; Wed, Mar 18."
    )


def test_a_group_that_does_not_meet_in_their_days_says_so(app):
    make.enrollment(until_on="2026-03-10")
    series = group(weekdays="3", start="15:00", end="16:00")
    no = "The group does not meet in that time."
    assert people_for(series, days=Range(date(2026, 3, 6), None)) == {"Jordan Avery": no}
