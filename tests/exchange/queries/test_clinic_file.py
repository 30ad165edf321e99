import pytest

from clinic.db import db
from clinic.errors import NotFound
from clinic.exchange.queries.clinic_file import clinic_content
from clinic.programs.actions import provide_rule_sets
from clinic.schedule.models import Status
from clinic.trail import SYSTEM
from tests import make
from tests.exchange.files import NOW


def content():
    db.flush()
    db.expire_all()
    return clinic_content()


def keys(name):
    return [one["key"] for one in content().get(name, [])]


def test_before_anything_is_set_up_there_is_nothing(app):
    with pytest.raises(NotFound):
        clinic_content()


def test_lists_with_nothing_in_them_are_left_out(app):
    make.organization(name="Riverside", week_starts=6)
    assert content() == {
        "clinic": 1,
        "organization": {"name": "Riverside", "week_starts": "sunday"},
    }


def test_everything_is_in_the_order_in_which_it_came_to_be(app):
    for key in ("b", "a"):
        program = make.program(make.site(key=key), key=key)
        make.staff(key=key)
        make.series(program, key=key)
        make.session(program=program, key=f"one-{key}")
        make.enrollment(make.participant(key=key), program, key=key)
    for name in ("sites", "staff", "programs", "series", "participants", "enrollments"):
        assert keys(name) == ["b", "a"]
    assert keys("sessions") == ["one-b", "one-a"]


def test_whoever_was_merged_is_somebody_else(app):
    make.organization()
    jo = make.participant(key="p-001")
    make.participant(key="p-002", merged_into_id=jo.id)
    assert keys("participants") == ["p-001"]


def test_contacts_who_are_none_any_more_are_left_out(app):
    make.organization()
    jo = make.participant()
    make.contact(jo, name="Maria")
    make.contact(jo, name="Ko", ended_at=NOW)
    (said,) = content()["participants"]
    assert [one["name"] for one in said["contacts"]] == ["Maria"]


def test_rule_sets_that_come_with_the_product_are_left_out(app):
    make.organization()
    provide_rule_sets(by=SYSTEM, now=NOW)
    assert keys("rule_sets") == []
    own = make.rule_set(key="own")
    make.rule_set(key="copy", copied_from_id=own.id)
    assert [(one["key"], one.get("copied_from")) for one in content()["rule_sets"]] == [
        ("own", None),
        ("copy", "own"),
    ]


def test_a_one_off_session_names_its_people_in_their_order(app):
    session = make.session(key="family", seats=3)
    second, first = make.enrollment(key="e-2"), make.enrollment(key="e-1")
    make.booking(session, first)
    make.booking(session, second, status=Status.EXCUSED, method="staff")
    (said,) = content()["sessions"]
    assert said["enrollments"] == ["e-2", "e-1"]


def test_it_costs_the_same_with_one_and_with_many(app, queries):
    def cost():
        db.expire_all()
        db.expunge_all()
        with queries() as count:
            clinic_content()
        return count()

    def more(number):
        site = make.site()
        program = make.program(site, rule_set=make.rule_set())
        leader = make.staff()
        make.working_hours(leader)
        make.time_off(leader, "2026-04-06")
        series = make.series(program, leaders=[leader], room=make.room(site))
        jo = make.participant()
        make.contact(jo)
        make.consent(jo)
        enrollment = make.enrollment(jo, program, clinician=leader)
        make.leave(enrollment, "2026-01-06", "2026-01-07")
        make.unavailability(enrollment)
        make.transition_week(enrollment, "2026-02-02")
        make.roster_entry(series, enrollment)
        make.booking(make.session(program=program, key=f"k-{number}"), enrollment)
        make.closure("2026-05-25", site_id=site.id)
        db.flush()

    more(1)
    one = cost()
    for number in range(2, 5):
        more(number)
    assert cost() == one
