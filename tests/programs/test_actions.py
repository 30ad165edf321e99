import json

import pytest
from sqlalchemy import select

from clinic.db import db
from clinic.errors import Refused
from clinic.programs import actions, rules
from clinic.programs.models import Kind, Level, Measure, Population, RuleSet
from clinic.programs.queries import find_organization, get_rule_set, rule_sets
from clinic.programs.rules import Figure
from clinic.trail import SYSTEM, TrailEvent
from tests import make

NOW = make.instant("2026-03-02 10:00")
DONE = {"by": SYSTEM, "now": NOW}


def events():
    rows = db.execute(select(TrailEvent.verb, TrailEvent.facts).order_by(TrailEvent.id))
    return [(verb, json.loads(facts)) for verb, facts in rows]


def test_a_clinic_begins_with_its_settings_and_the_rule_sets(app):
    clinic = actions.set_up(name="Riverside", week_starts=6, **DONE)
    assert find_organization() is clinic
    assert (clinic.name, clinic.week_starts, clinic.notice_hours) == ("Riverside", 6, 24)
    assert len(rule_sets()) == 14
    assert events()[0] == ("organization.set_up", {})


def test_a_site_gets_a_key_of_its_name(app):
    make.site(key="main-street", name="Elsewhere")
    site = actions.add_site(name="Main Street", timezone="America/Chicago", **DONE)
    assert (site.key, site.name, site.timezone) == (
        "main-street-2",
        "Main Street",
        "America/Chicago",
    )
    assert events() == [("site.added", {})]
    with pytest.raises(Refused, match="There is a site of this name already"):
        actions.add_site(name="main street", timezone="America/Chicago", **DONE)


def test_a_room_is_added_to_its_site(app):
    site, other = make.site(), make.site()
    make.room(other, name="Room 1")
    room = actions.add_room(site, name="Room 1", seats=8, **DONE)
    assert (room.site_id, room.key, room.seats) == (site.id, "room-1", 8)
    assert events() == [("room.added", {"seats": 8})]
    with pytest.raises(Refused, match="There is a room of this name already"):
        actions.add_room(site, name="Room 1", seats=9, **DONE)


def test_a_program_is_offered(app):
    site = make.site()
    program = actions.add_program(
        name="Evening IOP",
        site_id=site.id,
        level=Level.INTENSIVE_OUTPATIENT,
        population=Population.ADULT,
        min_minutes=540,
        max_minutes=720,
        mix=[(Kind.INDIVIDUAL, 1, 50)],
        **DONE,
    )
    assert (program.key, program.site_id) == ("evening-iop", site.id)
    assert [item.kind for item in program.mix] == [Kind.INDIVIDUAL]
    assert events() == [("program.added", {})]
    with pytest.raises(Refused, match="There is a program of this name already"):
        actions.add_program(name="Evening IOP", **DONE)


def test_the_rule_sets_come_once_and_a_second_time_nothing_changes(app):
    assert actions.provide_rule_sets(**DONE) == 14
    before = events()
    assert actions.provide_rule_sets(**DONE) == 0
    assert events() == before
    assert {found.is_provided for found in rule_sets()} == {True}


def figure(key, measure, **of):
    found = next(each for each in rule_sets() if each.key == key)
    return rules.figure(found.rules, measure, **of)


def test_the_figures_are_those_of_their_sources(app):
    actions.provide_rule_sets(**DONE)
    adult, young = {"population": Population.ADULT}, {"population": Population.ADOLESCENT}
    group = {"kind": Kind.GROUP}
    assert figure("asam-2-1", Measure.WEEK_MINUTES_MIN, **adult) == 9 * 60
    assert figure("asam-2-1", Measure.WEEK_MINUTES_MIN, **young) == 6 * 60
    assert figure("asam-2-1", Measure.WEEK_MINUTES_MAX, **young) == 19 * 60
    assert figure("asam-2-5", Measure.WEEK_MINUTES_MIN) == 20 * 60
    assert figure("asam-1", Measure.WEEK_MINUTES_MAX, **adult) == 9 * 60 - 1
    assert figure("medicare-iop", Measure.CERTIFICATION_DAYS) == 60
    assert figure("h0015", Measure.DAY_MINUTES_MIN) == 3 * 60
    assert figure("virginia", Measure.DAY_MINUTES_MIN, **young) == 2 * 60
    assert figure("north-carolina-saiop", Measure.GAP_DAYS_MAX) == 2
    assert figure("arizona-s9480", Measure.SEATS_MAX, **group) == 8
    assert figure("arizona-s9480", Measure.MIX_SESSIONS_MAX, kind=Kind.INDIVIDUAL) == 3
    assert figure("seats-texas", Measure.SEATS_MAX, kind=Kind.EDUCATION) == 35
    assert figure("seats-texas", Measure.SEATS_MAX, kind=Kind.FAMILY) is None
    assert figure("seats-california", Measure.SEATS_MIN, **group) == 2
    assert figure("seats-wisconsin", Measure.SEATS_MAX, leaders=1, **group, **young) == 10
    assert figure("seats-wisconsin", Measure.SEATS_MAX, leaders=2, **group, **young) == 12
    assert figure("seats-wisconsin", Measure.SEATS_MAX, leaders=2, **group, **adult) is None
    assert figure("seats-matrix", Measure.SEATS_MIN, **group) == 8
    assert figure("new-jersey", Measure.CASELOAD_MAX) == 24


def test_a_newer_version_of_a_rule_set_takes_the_place_of_the_older(app):
    actions.provide_rule_sets(**DONE)
    h0015 = next(each for each in rule_sets() if each.key == "h0015")
    h0015.rules[0].value = 60
    h0015.citation = "an older one"
    h0015.is_active = False
    db.flush()
    assert actions.provide_rule_sets(**DONE) == 1
    assert set(actions.figures_of(get_rule_set(h0015.id))) == {
        Figure(Measure.DAY_MINUTES_MIN, 180),
        Figure(Measure.WEEK_DAYS_MIN, 3),
        Figure(Measure.UNIT_MINUTES_MIN, 180),
        Figure(Measure.UNITS_DAY_MAX, 1),
    }
    assert (h0015.citation, h0015.is_active) == ("HCPCS Level II, code H0015", False)
    assert events()[-1] == ("rule_set.provided", {"figures": 4})


def test_a_rule_set_of_the_clinics_own_keeps_its_key(app):
    own = make.rule_set(key="h0015", name="Ours", is_provided=False)
    assert actions.provide_rule_sets(**DONE) == 13
    assert get_rule_set(own.id).name == "Ours"


def test_a_copy_is_the_clinics_own_and_has_the_same_figures(app):
    actions.provide_rule_sets(**DONE)
    arizona = next(each for each in rule_sets() if each.key == "arizona-s9480")
    copy = actions.copy_rule_set(arizona, **DONE)
    assert (copy.key, copy.name) == ("arizona-s9480-our-own", "Arizona S9480 (our own)")
    assert (copy.is_provided, copy.copied_from_id) == (False, arizona.id)
    assert (copy.citation, copy.valid_from) == (arizona.citation, arizona.valid_from)
    assert actions.figures_of(copy) == actions.figures_of(arizona)
    assert events()[-1] == ("rule_set.copied", {"copied_from": arizona.id})
    assert actions.copy_rule_set(arizona, **DONE).key == "arizona-s9480-our-own-2"


def own_rule_set():
    found = RuleSet(key="ours", name="Ours", jurisdiction="Here", citation="A letter", rules=[])
    db.add(found)
    db.flush()
    return found


def test_figures_of_ones_own_rule_set_change(app):
    ours = own_rule_set()
    words = {"name": "Ours", "jurisdiction": "Here", "citation": "A letter", "valid_from": None}
    figures = [Figure(Measure.SEATS_MAX, 9, kind=Kind.GROUP)]
    assert actions.change_rule_set(ours, figures=figures, **words, **DONE)
    assert actions.figures_of(ours) == figures
    assert events() == [("rule_set.changed", {"figures": 1})]
    assert not actions.change_rule_set(ours, figures=figures, **words, **DONE)
    rule = ours.rules[0]
    assert actions.change_rule_set(ours, figures=figures, **words | {"name": "All ours"}, **DONE)
    assert (ours.name, ours.rules) == ("All ours", [rule])
    assert len(events()) == 2


def test_a_provided_rule_set_cannot_be_changed(app):
    actions.provide_rule_sets(**DONE)
    with pytest.raises(Refused, match="Copy it instead"):
        actions.change_rule_set(
            rule_sets()[0],
            name="Mine",
            jurisdiction="",
            citation="",
            valid_from=None,
            figures=[],
            **DONE,
        )


def test_a_rule_set_is_offered_no_more_and_again(app):
    ours = own_rule_set()
    for is_active in (False, False, True, True):
        actions.switch_rule_set(ours, is_active=is_active, **DONE)
        assert ours.is_active is is_active
    assert events() == [("rule_set.deactivated", {}), ("rule_set.reactivated", {})]


def test_what_comes_with_a_key_needs_no_name_of_its_own(app):
    facts = {"timezone": "America/Chicago", **DONE}
    one, other = (actions.add_site(name="Main", key=key, **facts) for key in ("one", "other"))
    assert (one.key, other.key, other.is_active) == ("one", "other", True)
    rooms = [
        actions.add_room(one, name="Room", key=key, seats=9, is_active=False, **DONE)
        for key in "ab"
    ]
    assert [(room.key, room.is_active) for room in rooms] == [("a", False), ("b", False)]


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"min_minutes": 60, "max_minutes": 59}, "most hours a week are fewer"),
        ({"min_service_days": 3, "max_service_days": 2}, "most days a week are fewer"),
    ],
)
def test_a_program_does_not_ask_for_more_than_it_allows(app, facts, sentence):
    with pytest.raises(Refused, match=sentence):
        actions.add_program(name="IOP", **facts, **DONE)


def test_a_rule_set_of_the_clinics_own_begins_with_its_figures(app):
    facts = {"key": "own", "name": "Ours", "jurisdiction": "Ohio", "citation": "Policy 7"}
    figures = [Figure(Measure.SEATS_MAX, 9, kind=Kind.GROUP)]
    ours = actions.add_rule_set(figures=figures, **facts, **DONE)
    assert (ours.is_provided, actions.figures_of(ours)) == (False, figures)
    assert events()[-1] == ("rule_set.added", {"copied_from": None})
