from datetime import date

import pytest

from clinic.days import Range, WeeklyTime
from clinic.placing import queries
from clinic.placing.queries import Leaving, Who
from clinic.programs.models import Kind
from clinic.schedule.actions.rosters import fill
from clinic.schedule.actions.series import lay_out
from clinic.trail import SYSTEM
from tests import make

NOON = make.instant("2026-03-04 12:00")  # a Wednesday
TODAY = date(2026, 3, 4)
FROM = Range(TODAY, None)
ALREADY = "They are on this group already."


def group(*people, **facts):
    series = make.series(**{"weekdays": "2", "until_on": "2026-03-18"} | facts)
    lay_out(series, by=SYSTEM, now=NOON)
    for person in people:
        make.roster_entry(series, person)
    fill(series.id)
    return series


def week_for(who, groups, program, **facts):
    goal = queries.goal_in(program, least=540, most=720)
    facts = {"program": program, "days": FROM, "now": NOON} | facts
    return queries.week_to_choose(groups, who, goal, **facts)


def groups_for(enrollment, scope=None, but=None, **facts):
    """What can be chosen, and why the rest cannot."""
    groups = queries.groups_for(enrollment, scope=scope, running_on=TODAY, but=but)
    leaving = Leaving(series_id=but)
    return whys(week_for(enrollment, groups, enrollment.program, leaving=leaving, **facts))


def whys(week):
    blocks = {one.id: one for day in week.days for one in day.blocks}
    blocks |= {one.id: one for one in week.closed}
    return {one.name: one.why_not for one in sorted(blocks.values(), key=lambda one: one.name)}


def test_the_week_has_what_can_be_joined_and_the_rest_is_folded(app):
    jo = make.enrollment()
    group(jo, title="At hand")
    other = make.program(name="Day IOP")
    group(title="Of another program", program=other, start="18:00", end="19:00")
    group(title="Of the own", start="19:00", end="20:00")
    group(title="Over", until_on="2026-03-03")
    alone = {"kind": Kind.INDIVIDUAL, "leaders": [make.staff()], "start": "07:00", "end": "08:00"}
    group(title="Individual session", **alone)
    group(title="Elsewhere", program=make.program(make.site()))
    groups = queries.groups_for(jo, scope=None, running_on=TODAY)
    week = week_for(jo, groups, jo.program)
    (wednesday,) = [day for day in week.days if day.blocks]
    assert (wednesday.name, [one.name for one in wednesday.blocks]) == (
        "Wednesday",
        ["Individual with Ana Rivera", "At hand", "Of another program", "Of the own"],
    )
    assert [one.name for one in wednesday.blocks if one.is_theirs] == ["At hand"]
    assert [(leader, [one.times for one in all_]) for leader, all_ in week.single] == [
        ("Ana Rivera", ["7:00 – 8:00 am"])
    ]
    assert [(one.name, one.program) for one in week.elsewhere] == [
        ("Of another program", "Day IOP")
    ]
    assert week.closed == []
    own = queries.groups_of(jo.program, running_on=TODAY)
    assert {one.title for one in own} == {"At hand", "Individual session", "Of the own"}


def test_only_sessions_that_they_would_come_to_are_in_the_way(app):
    jo, kit = make.enrollment(until_on="2026-03-17"), make.enrollment()
    make.leave(jo, "2026-03-10", "2026-03-12")
    group(kit, title="Full", seats=1, start="15:00", end="16:00")
    group(jo, title="Beside", start="09:00", end="10:00")
    make.booking(make.session("2026-03-11", "09:30", "10:30", title="Once"), kit)
    assert groups_for(jo)["Full"] == "Full has no free seat on Wed, Mar 4."
    later = Range(date(2026, 3, 5), None)
    assert groups_for(jo, days=later)["Full"] is None  # on leave, then enrolled no more


def test_a_group_without_a_meeting_in_their_days_says_so(app):
    jo = make.enrollment(until_on="2026-03-10")
    group(title="Thursdays", weekdays="3", start="15:00", end="16:00")
    group(title="Mondays", weekdays="0", start="15:00", end="16:00")
    group(title="Open", weekdays="3", until_on=None, start="17:00", end="18:00")
    no = "The group does not meet in that time."
    assert groups_for(jo, days=Range(date(2026, 3, 6), None)) == {
        "Mondays": None,
        "Open": no,
        "Thursdays": no,
    }
    assert groups_for(make.enrollment(), days=Range(date(2026, 3, 13), None))["Open"] is None


def test_what_is_on_at_the_same_time_is_named_but_for_what_is_left(app):
    jo = make.enrollment()
    old = group(jo, title="Old", start="13:00", end="14:00")
    new = group(title="New", start="13:30", end="15:00")
    clash = "New and Old are at the same time on Wed, Mar 4; Wed, Mar 11; Wed, Mar 18."
    assert groups_for(jo) == {"New": clash, "Old": ALREADY}
    assert groups_for(jo, but=old.id) == {"New": None}
    still = Who(jo.participant_id, TODAY, None)  # an enrollment that is to be
    assert whys(week_for(still, [new], jo.program)) == {"New": clash}
    leaving = Leaving(enrollment_id=jo.id)
    assert whys(week_for(still, [new], jo.program, leaving=leaving)) == {"New": None}


def test_a_time_when_they_cannot_come_speaks_against_a_group(app):
    jo = make.enrollment()
    series = group(start="15:00", end="16:00")
    week = week_for(jo, [series], jo.program, busy=[WeeklyTime(2, 900, 930)], chosen=[series.id])
    (block,) = week.doubted
    assert (block.doubt, block.is_chosen) == ("They cannot come at that time on Wed.", True)


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


def test_what_somebody_is_on_counts_whoever_leads_it(app):
    jo, ana = make.enrollment(), make.staff()
    led = group(title="Led", leaders=[ana], start="15:00", end="16:00")
    theirs = group(jo, title="Theirs", start="17:00", end="18:00")
    left = group(jo, title="Left", start="18:00", end="19:00")
    group(title="Not theirs", start="19:00", end="20:00")
    offered = queries.groups_for(jo, scope=ana.id, running_on=TODAY)
    asked = {"days": FROM, "running_on": TODAY}
    assert offered == [led]
    everything = queries.with_theirs(offered, jo, **asked, but=None)
    assert sorted(one.id for one in everything) == sorted([led.id, theirs.id, left.id])
    groups = queries.with_theirs(offered, jo, **asked, but=left.id)
    week = week_for(jo, groups, jo.program)
    (day,) = [day for day in week.days if day.blocks]
    assert [(one.title, one.is_theirs, one.minutes) for one in day.blocks] == [
        ("Led", False, 60),
        ("Theirs", True, 60),
    ]


def test_a_week_of_their_own_has_only_groups_that_they_are_on(app):
    jo = make.enrollment()
    group(jo, title="Theirs")
    group(title="Not theirs", start="15:00", end="16:00")
    (day,) = queries.own_week(jo, running_on=TODAY, now=NOON)
    assert (day.name, [one.title for one in day.blocks]) == ("Wednesday", ["Theirs"])


def test_the_goal_has_the_mix_of_the_program(app):
    program = make.program(min_service_days=3)
    make.mix_item(program, Kind.INDIVIDUAL, sessions=1, minutes=50)
    goal = queries.goal_in(program, least=540, most=720)
    assert (goal.min_days, goal.mix_words) == (3, "individual:1:50")
    assert queries.goal_in(program, least=540, most=720, min_days=2).min_days == 2
