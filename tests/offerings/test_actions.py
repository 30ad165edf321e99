import json
from datetime import date
from threading import Event
from time import sleep

import pytest
from sqlalchemy import func, select

from clinic.claims.queries import corrections
from clinic.days import Range
from clinic.db import db, transaction
from clinic.errors import Refused
from clinic.offerings import actions
from clinic.offerings.queries import anew_by
from clinic.offerings.rules import MEANWHILE
from clinic.programs.actions import figures_of
from clinic.programs.models import COUNTED, Kind, Level, Measure, Rule
from clinic.programs.queries import get_program_whole, get_rule_set, rule_sets
from clinic.schedule.models import Session, Status
from clinic.trail import SYSTEM, TrailEvent, last_id
from tests import make
from tests.claims.worlds import LATER, WEEK, attended, biller, exported, paid
from tests.race import race

NOW = make.instant("2026-03-02 10:30")
DONE = {"by": SYSTEM, "now": NOW}


def events():
    rows = db.execute(select(TrailEvent.verb, TrailEvent.facts).order_by(TrailEvent.id))
    return [(verb, json.loads(facts)) for verb, facts in rows]


NO_FAMILY = COUNTED - {Kind.FAMILY}


def facts(program, **others):
    names = ("name", "site_id", "level", "breaks_count", "grace_minutes", "counted_kinds")
    return {name: getattr(program, name) for name in names} | others


@pytest.fixture
def program(app):
    made = make.program(name="IOP")
    make.program(make.site(), name="PHP")
    return get_program_whole(made.id)


def settled():
    rows = db.execute(
        select(Session.title, Session.credit_minutes, Session.grace_minutes, Session.is_counted)
    )
    return {row.title: tuple(row)[1:] for row in rows}


def test_what_counts_changes_for_sessions_that_have_not_begun(program):
    series = make.series(program, break_minutes=15, title="Group")
    make.session("2026-03-02", series=series, title="Begun")
    make.session("2026-03-09", series=series, title="Coming")
    by_hand = make.session("2026-03-16", series=series, title="By hand", is_changed_by_hand=True)
    make.booking(by_hand, make.enrollment(program=program), Status.EXCUSED)
    make.session("2026-03-10", title="Family", kind=Kind.FAMILY, program=program)
    other = get_program_whole(program.id + 1)
    make.session("2026-03-10", title="Another program's", program=other, break_minutes=15)
    changed = facts(program, breaks_count=True, grace_minutes=5, counted_kinds=NO_FAMILY)
    assert actions.change(program, **changed, mix=[], **DONE).sessions == 3
    assert settled() == {
        "Begun": (45, 0, True),
        "Coming": (60, 5, True),
        "By hand": (60, 5, True),
        "Family": (60, 5, False),
        "Another program's": (45, 0, True),
    }
    assert events() == [
        (
            "program.changed",
            {
                "breaks_count": True,
                "counted_kinds": ["education", "group", "individual"],
                "grace_minutes": 5,
                "sessions": 3,
            },
        )
    ]


def test_other_figures_leave_sessions_and_targets_alone(program):
    make.session("2026-03-09", program=program)
    enrollment = make.enrollment(program=program)
    changed = facts(program, name="Day IOP", level=Level.AFTERCARE, min_minutes=360)
    assert actions.change(program, **changed, mix=[], **DONE).sessions == 0
    assert (program.name, program.min_minutes) == ("Day IOP", 360)
    assert enrollment.targets[0].min_minutes == 540
    assert events() == [
        ("program.changed", {"level": "aftercare", "min_minutes": 360, "sessions": 0})
    ]


def test_a_setting_that_no_session_feels_settles_none(program):
    make.session("2026-03-09", program=program)
    changed = facts(program, counted_kinds=NO_FAMILY)
    assert actions.change(program, **changed, mix=[], **DONE).sessions == 0
    assert program.counted_kinds == NO_FAMILY


def test_the_mix_is_what_was_said_last(program):
    mix = [(Kind.INDIVIDUAL, 1, 50), (Kind.FAMILY, 1, 0)]
    actions.change(program, **facts(program), mix=mix, **DONE)
    program = get_program_whole(program.id)
    assert {(item.kind, item.sessions, item.minutes) for item in program.mix} == set(mix)
    actions.change(program, **facts(program), mix=mix[::-1], **DONE)
    assert events() == [("program.changed", {"sessions": 0})]
    actions.change(program, **facts(program), mix=mix[:1], **DONE)
    assert [item.kind for item in program.mix] == [Kind.INDIVIDUAL]


def test_two_programs_do_not_share_a_name(program):
    with pytest.raises(Refused, match="There is a program of this name already"):
        actions.change(program, **facts(program, name="php"), mix=[], **DONE)


def test_a_program_without_groups_moves_to_another_site(program):
    elsewhere = make.site()
    actions.change(program, **facts(program, site_id=elsewhere.id), mix=[], **DONE)
    assert program.site_id == elsewhere.id
    make.series(program, title="Process group")
    with pytest.raises(Refused, match="Process group of IOP meets at its site"):
        actions.change(program, **facts(program, site_id=1), mix=[], **DONE)
    assert program.site_id == elsewhere.id


def test_a_program_is_taken_out_of_use_and_used_again(program):
    for _ in range(2):
        actions.deactivate(program, **DONE)
    assert not program.is_active
    for _ in range(2):
        actions.reactivate(program, **DONE)
    assert program.is_active
    assert events() == [("program.deactivated", {}), ("program.reactivated", {})]


def test_a_program_that_goes_on_stays_in_use(program):
    make.enrollment(program=program)
    make.series(program, title="Process group")
    sentence = "IOP goes on: 1 person is enrolled and Process group still runs"
    with pytest.raises(Refused, match=sentence):
        actions.deactivate(program, **DONE)
    assert program.is_active


def test_a_file_leaves_alone_what_has_attendance_or_was_changed_by_hand(program):
    make.session("2026-03-09", program=program, title="Coming", break_minutes=15)
    make.session("2026-03-16", program=program, title="By hand", is_changed_by_hand=True)
    marked = make.session("2026-03-17", program=program, title="Marked")
    make.booking(marked, make.enrollment(program=program), Status.EXCUSED)
    changed = facts(program, grace_minutes=5)
    assert actions.change(program, **changed, mix=[], by_file=True, **DONE).sessions == 1
    assert {title: grace for title, (_, grace, _) in settled().items()} == {
        "Coming": 5,
        "By hand": 0,
        "Marked": 0,
    }


def test_a_program_moves_with_the_groups_and_sessions_that_go_along(program):
    elsewhere = make.site()
    series = make.series(program, key="group", until_on=None)
    make.session("2026-03-09", series=series)
    make.session("2026-03-10", program=program, key="intake", title="Intake")
    move = facts(program, site_id=elsewhere.id)
    with pytest.raises(Refused, match="Intake of IOP meets at its site"):
        actions.change(program, **move, mix=[], along={"group"}, **DONE)
    actions.change(program, **move, mix=[], along={"group", "intake"}, **DONE)
    assert program.site_id == elsewhere.id


def test_another_rule_set_of_a_program_has_its_claims_looked_at(app):
    program = paid()
    attended(program)
    exported()
    long_days = make.rule_set({Measure.UNIT_MINUTES_MIN: 240})
    when = {"by": SYSTEM, "now": LATER}
    program = get_program_whole(program.id)
    for rule_set_id, units in ((long_days.id, [0]), (program.rule_set_id, []), (None, [0])):
        actions.change(program, mix=(), rule_set_id=rule_set_id, **when)
        assert [one.now.units for one in corrections(now=LATER)] == units


def test_a_rule_set_of_a_file_has_claims_looked_at(app):
    program = paid()
    attended(program)
    exported()
    (minutes, most), when = figures_of(program.rule_set), {"by": SYSTEM, "now": LATER}
    when["seen"] = [minutes, most]
    assert not actions.change_rule_set(program.rule_set, figures=[minutes, most], **when)
    longer = [minutes._replace(value=240), most]
    assert actions.change_rule_set(program.rule_set, figures=longer, **when)
    assert len(corrections(now=LATER)) == 1


def test_what_was_exported_since_other_figures_were_looked_at_is_looked_at_too(app):
    program = paid()
    attended(program)
    program = get_program_whole(program.id)
    minutes, most = figures_of(program.rule_set)
    longer = [minutes._replace(value=240), most]
    before = last_id(), anew_by([(program.rule_set, longer)], now=LATER)
    exported()
    when = {"by": SYSTEM, "now": LATER, "before": before, "seen": [minutes, most]}
    anew = actions.change_rule_set(program.rule_set, figures=longer, **when)
    assert [each.will.units for each in anew.claims] == [0]
    assert len(corrections(now=LATER)) == 1


@pytest.mark.parametrize("changes", ["a rule set", "a program"])
def test_figures_wait_for_an_export_that_is_under_way(app, changes):
    make.organization()
    program, by = paid(), biller()
    attended(program)
    program_id, rule_set_id = program.id, program.rule_set_id
    stricter = make.rule_set({Measure.UNIT_MINUTES_MIN: 240}).id
    is_begun, when = Event(), {"by": SYSTEM, "now": LATER}

    def export():
        with transaction():
            exported(by=by)
            is_begun.set()
            sleep(0.5)  # the others would have looked by then

    def change():
        is_begun.wait()
        with transaction():
            if changes == "a program":
                whole = get_program_whole(program_id)
                actions.change(whole, mix=(), rule_set_id=stricter, **when)
            else:
                rule_set = get_rule_set(rule_set_id)
                minutes, most = figures_of(rule_set)
                longer = [minutes._replace(value=240), most]
                actions.change_rule_set(rule_set, figures=longer, seen=[minutes, most], **when)

    assert race(app, export, change) == [None, None]
    assert len(corrections(now=LATER)) == 1


def test_of_two_who_change_figures_at_once_one_is_told(app):
    make.organization()
    rule_set_id = make.rule_set({Measure.UNIT_MINUTES_MIN: 180}).id
    seen, is_changed = figures_of(get_rule_set(rule_set_id)), Event()

    def change(value):
        longer = {"figures": [seen[0]._replace(value=value)], "seen": seen}
        actions.change_rule_set(get_rule_set(rule_set_id), **longer, by=SYSTEM, now=LATER)

    def first():
        with transaction():
            change(240)
            is_changed.set()
            sleep(0.5)  # the other has read by then what was there before

    def second():
        is_changed.wait()
        with transaction():
            change(300)

    done, refused = race(app, first, second)
    assert (done, str(refused)) == (None, MEANWHILE)
    assert [each.value for each in figures_of(get_rule_set(rule_set_id))] == [240]


@pytest.fixture
def older(app):
    """A day of two hours, claimed when two hours made a unit by a rule set of the product's."""
    actions.provide_rule_sets(**DONE)
    (found,) = [each for each in rule_sets() if each.key == "h0015"]
    (minutes,) = [each for each in found.rules if each.measure is Measure.UNIT_MINUTES_MIN]
    minutes.value = 120
    program = make.program(rule_set_id=found.id)
    for day in ("2026-03-03", "2026-03-05"):
        attended(program, day=day, end="11:00")
    exported(WEEK._replace(days=Range(date(2026, 3, 2), date(2026, 3, 4))))
    assert corrections(now=LATER) == []
    return program


def test_of_two_servers_with_a_new_version_one_provides_its_rule_sets(app, older):
    rules, told = select(func.count(Rule.id)), select(func.count(TrailEvent.id))
    told = told.where(TrailEvent.verb == "rule_set.provided")
    before = db.scalar(rules), db.scalar(told)
    make.saved()
    is_done = Event()

    def first():
        with transaction():
            actions.provide_rule_sets(by=SYSTEM, now=LATER)
            is_done.set()
            sleep(0.5)  # the other has read by then what was there before

    def second():
        is_done.wait()
        with transaction():
            actions.provide_rule_sets(by=SYSTEM, now=LATER)

    assert race(app, first, second) == [None, None]
    assert (db.scalar(rules), db.scalar(told)) == (before[0], before[1] + 1)


def test_rule_sets_of_a_new_version_have_claims_looked_at(older):
    _, anew = actions.newer_figures(LATER)
    assert ([each.will.units for each in anew.claims], anew.unclaimed) == ([0], 1)
    when = {"by": SYSTEM, "now": LATER}
    actions.provide_rule_sets(**when)
    assert [one.now.units for one in corrections(now=LATER)] == [0]
    *_, (verb, _) = events()
    assert verb == "billing.refigured"
    before = last_id()
    assert actions.newer_figures(LATER) is None
    actions.provide_rule_sets(**when)
    assert last_id() == before


def test_what_was_exported_since_a_new_version_was_looked_at_is_looked_at_too(older):
    before = actions.newer_figures(LATER)
    exported()
    actions.provide_rule_sets(before=before, by=SYSTEM, now=LATER)
    assert [one.now.units for one in corrections(now=LATER)] == [0, 0]


def test_what_was_looked_at_is_not_worked_out_again_while_nothing_happens(older, queries):
    before = actions.newer_figures(LATER)
    make.saved()
    with queries() as count:
        actions.provide_rule_sets(before=before, by=SYSTEM, now=LATER)
    assert count() <= 16  # 10 more to work it out
    assert len(corrections(now=LATER)) == 1
