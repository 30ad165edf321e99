from datetime import date

import pytest
from sqlalchemy import select

from clinic.days import Range
from clinic.db import db
from clinic.programs.models import Kind
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


def groups_for(enrollment, scope=None, **facts):
    found = queries.groups_to_choose(
        enrollment, **{"days": FROM, "scope": scope, "now": NOON} | facts
    )
    return {each.words.partition(",")[0]: each.why_not for each in found}


def people_for(series, scope=None, words="", chosen=(), days=FROM):
    found, rows, _ = queries.people_to_choose(
        series, days=days, words=words, chosen=chosen, scope=scope, now=NOON
    )
    assert [each.id for each in found] == [row.id for row in rows]
    return {each.words: each.why_not for each in found}


def test_groups_of_the_own_program_come_first_and_those_that_cannot_be_joined_last(app):
    jo = make.enrollment()
    group(jo, title="At hand")
    group(title="A of another program", program=make.program(), start="18:00", end="19:00")
    group(title="Z of the own", start="19:00", end="20:00")
    group(title="Over", until_on="2026-03-03")
    alone = {"kind": Kind.INDIVIDUAL, "leaders": [make.staff()], "start": "07:00", "end": "08:00"}
    group(title="Alone", **alone)  # of the same title there may be several
    group(title="Elsewhere", program=make.program(make.site()))
    assert list(groups_for(jo).items()) == [
        ("Alone with Ana Rivera", None),
        ("Z of the own", None),
        ("A of another program", None),
        ("At hand", "They are on this group already."),
    ]


def test_only_sessions_that_they_would_come_to_are_in_the_way(app):
    jo, kit = make.enrollment(until_on="2026-03-17"), make.enrollment()
    make.leave(jo, "2026-03-10", "2026-03-12")
    full = group(kit, title="Full", seats=1, start="15:00", end="16:00")
    group(jo, title="Beside", start="09:00", end="10:00")
    make.booking(make.session("2026-03-11", "09:30", "10:30", title="Once"), kit)
    assert groups_for(jo)["Full"] == "Full has no free seat on Wed, Mar 4."
    later = Range(date(2026, 3, 5), None)
    assert groups_for(jo, days=later)["Full"] is None  # on leave, then enrolled no more
    guest = make.enrollment()
    assert people_for(full, chosen=[guest.id])["Jordan Avery (participant-3)"] == (
        "Full has no free seat on Wed, Mar 4; Wed, Mar 11; Wed, Mar 18."
    )


def test_a_group_without_a_meeting_in_their_days_comes_last_with_the_reason(app):
    jo = make.enrollment(until_on="2026-03-10")
    series = group(title="A Thursdays", weekdays="3", start="15:00", end="16:00")
    group(title="Mondays", weekdays="0", start="15:00", end="16:00")
    group(title="Open", weekdays="3", until_on=None, start="17:00", end="18:00")
    days = Range(date(2026, 3, 6), None)
    no = "The group does not meet in that time."
    assert list(groups_for(jo, days=days).items()) == [
        ("Mondays", None),
        ("A Thursdays", no),
        ("Open", no),
    ]
    assert people_for(series, days=days) == {"Jordan Avery": no}
    kit = make.enrollment()
    assert groups_for(kit, days=Range(date(2026, 3, 13), None))["Open"] is None


def test_what_is_on_at_the_same_time_is_named_but_for_the_group_that_is_left(app):
    jo = make.enrollment()
    old, new = (
        group(jo, title="Old", start="13:00", end="14:00"),
        group(title="New", start="13:30", end="15:00"),
    )
    clash = "New and Old are at the same time on Wed, Mar 4; Wed, Mar 11; Wed, Mar 18."
    assert groups_for(jo) == {"Old": "They are on this group already.", "New": clash}
    assert groups_for(jo, but=old.id) == {"New": None}
    assert people_for(new) == {"Jordan Avery": clash}


def test_a_guest_of_a_full_session_has_a_seat_in_it(app):
    jo = make.enrollment()
    series = group(seats=1, start="15:00", end="16:00")
    sessions = series_sessions(series)
    make.booking(sessions[0], jo)
    assert people_for(series) == {"Jordan Avery": None}


def series_sessions(series):
    upcoming = (Session.series_id == series.id) & (Session.day >= date(2026, 3, 4))
    return db.scalars(select(Session).where(upcoming).order_by(Session.day)).all()


@pytest.mark.parametrize("is_hers", [True, False])
def test_a_clinician_s_caseload_goes_on_all_groups_of_its_site_others_on_groups_of_theirs(
    app, is_hers
):
    ana = make.staff()
    jo = make.enrollment(clinician=ana if is_hers else None)
    group(title="Led", leaders=[ana], start="15:00", end="16:00")
    group(title="Not led", start="17:00", end="18:00")
    found = {"Led": None, "Not led": None} if is_hers else {"Led": None}
    assert groups_for(jo, ana.id) == found
    assert groups_for(jo, 0) == {}


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
