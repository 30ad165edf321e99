import pytest

from clinic.errors import NotFound, Refused
from clinic.exchange.actions.run import Run
from clinic.trail import Actor
from tests import make
from tests.exchange.files import NOW

DESK = Actor("account", 7)


def a_run():
    return Run(by=DESK, now=NOW)


def test_a_thing_is_added_or_changed_by_the_actions_of_its_feature(app):
    run, site, facts = a_run(), make.site(name="Main Street"), {"name": "Main Street", "key": None}
    done = []

    def add(**facts):
        done.append(("add", facts))
        return site

    def change(found, **facts):
        done.append((found, facts))

    assert run.bring("sites", None, facts, add=add, change=change) is site
    assert run.bring("sites", site, facts, add=add, change=change) is site
    assert run.bring("sites", site, {"name": "Main St"}, add=add, change=change) is site
    acting = {"by": DESK, "now": NOW}
    assert done == [
        ("add", {"name": "Main Street"} | acting),
        (site, {"name": "Main St"} | acting),
    ]
    assert dict(run.counts["sites"]) == {"created": 1, "unchanged": 1, "changed": 1}


def test_what_is_still_in_the_way_waits_until_all_is_in():
    run, free, done = a_run(), set(), []

    def shrink():
        if "group" not in free:
            raise Refused("Process group meets there.", "seats")
        done.append("room")

    run.now_or_later("sites[0].rooms[0]", shrink)
    run.now_or_later("sites[0].rooms[1]", lambda: done.append("other"))
    assert (done, run.problems) == (["other"], [])
    free.add("group")
    run.catch_up()
    assert (done, run.problems) == (["other", "room"], [])
    free.clear()
    run = a_run()
    run.now_or_later("sites[0].rooms[0]", shrink)
    run.catch_up()
    assert run.problems == ["sites[0].rooms[0].seats: Process group meets there."]


def test_what_goes_out_of_use_does_so_when_all_is_in(app):
    run, site, done = a_run(), make.site(name="Main Street"), []
    switch = (lambda *_, **__: done.append("off"), lambda *_, **__: done.append("on"))
    for is_active in (False, True, None):
        facts = {"name": "Main Street", "is_active": is_active}
        run.bring("sites[0]", site, facts, add=done.append, change=done.append, switch=switch)
    assert (done, dict(run.counts["sites"])) == ([], {"changed": 1, "unchanged": 2})
    run.catch_up()
    assert done == ["off"]
    new = {"name": "Elsewhere", "is_active": False}
    add = lambda **facts: facts["is_active"]  # noqa: E731
    assert run.bring("sites[1]", None, new, add=add, change=add, switch=switch) is False


def test_a_rules_no_becomes_a_problem_of_its_place_and_a_bug_does_not():
    run = a_run()
    with run.at("series[2]"):
        raise Refused("This group is full.")
    with run.at("series[3]"):
        pass
    assert run.problems == ["series[2]: This group is full."]
    with pytest.raises(NotFound), run.at("series[4]"):
        raise NotFound


def test_a_line_that_waits_for_another_comes_in_after_it():
    run, free = a_run(), set()

    def second():
        if "first" not in free:
            raise Refused("Not yet.")

    run.in_turns({"lines[0]": second, "lines[1]": lambda: free.add("first")})
    assert run.problems == []
    free.clear()
    run.in_turns({"lines[0]": second})
    assert run.problems == ["lines[0]: Not yet."]


def test_a_line_with_a_problem_is_left_out_and_what_refers_to_it_is_no_problem():
    run = a_run()
    run.leave_out(["lines[1].key: is wrong", "organization.policy: is wrong"])
    assert list(run.lines("lines", "abc")) == [("lines[0]", "a"), ("lines[2]", "c")]
    assert run.left_out == {"lines[1]", "organization"}
    with run.at("lines[2]"):
        raise KeyError
    run.in_turns({"lines[2]": {}.popitem})
    assert len(run.problems) == 2
    with pytest.raises(KeyError):
        a_run().in_turns({"lines[2]": {}.popitem})


def test_a_refusal_names_the_part_of_the_line_that_it_is_about():
    run = a_run()
    for path, field in (("a[0]", "until_on"), ("a[1].from", "from_on"), ("a[2]", "amends")):
        with run.at(path):
            raise Refused("No.", field)
    assert run.problems == ["a[0].until: No.", "a[1].from: No.", "a[2]: No. (--reason TEXT)"]


def test_a_run_has_changed_once_something_is_created_or_changed():
    run = a_run()
    assert not run.has_changed
    run.note("sites", "unchanged")
    assert not run.has_changed
    run.note("rooms", "changed")
    assert run.has_changed
    other = a_run()
    other.note("rooms", "created")
    assert other.has_changed
