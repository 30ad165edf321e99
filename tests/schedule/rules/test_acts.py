import json
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from clinic import clock
from clinic.schedule.rules import acts as rules
from tests import make

PLACE = {"id": 3, "enrollment_id": 1, "series_id": 2, "from_on": "2026-03-02", "until_on": None}
LEAVE = {"id": 7, "enrollment_id": 1, "from_on": "2026-03-09", "until_on": "2026-03-10"}
DONE_AT = datetime(2026, 3, 4, 17, tzinfo=UTC)


def test_a_difference_has_whole_rows_that_came_or_went_and_else_the_values_that_differ():
    before = {"roster_entry:3": PLACE, "leave:7": LEAVE}
    after = {"roster_entry:3": PLACE | {"until_on": "2026-03-05"}, "leave:8": LEAVE}
    found = rules.difference(before, after)
    assert (found.created, found.gone, found.changed) == (
        ["leave:8"],
        ["leave:7"],
        ["roster_entry:3"],
    )
    assert found.after["roster_entry:3"] == {"until_on": "2026-03-05"}


def test_words_are_kept_apart_and_found_again():
    found = rules.Difference({"leave:7": LEAVE | {"reason": "Travel"}}, {"leave:7": None})
    plain, words = rules.without_words(found)
    assert plain.before == {"leave:7": LEAVE}
    assert words == {"before": {"leave:7": {"reason": "Travel"}}}
    kept = '{"before": {"leave:7": {"reason": "Travel"}}}'
    assert rules.with_words(plain, kept) == found
    assert rules.with_words(plain, None) == plain


@pytest.mark.parametrize(
    ("places", "is_managed"),
    [([], True), ([(2, 1)], True), ([(9, 5)], True), ([(2, 1), (9, 1)], False)],
)
def test_places_are_managed_by_who_leads_the_group_or_cares_for_the_person(places, is_managed):
    assert rules.is_managed(places, led={2}, cared_for={5}) is is_managed


def test_it_can_be_undone_for_24_hours():
    assert rules.why_not_lately(DONE_AT, now=DONE_AT + timedelta(hours=24)) is None
    assert rules.why_not_lately(DONE_AT, now=DONE_AT + timedelta(hours=25)) == rules.TOO_LATE


def test_the_first_day_is_that_of_what_came_went_or_ends_otherwise():
    was = {"roster_entry:3": {"until_on": None}, "leave:7": None}
    will = {"roster_entry:3": {"until_on": "2026-03-05"}, "leave:7": LEAVE}
    facts = {"begins": {1: date(2026, 1, 5)}, "week_starts": 0}
    there = {"roster_entry:3": PLACE, "leave:7": LEAVE}
    found = rules.Difference(was, will)
    assert rules.first_day(found, there, **facts) == date(2026, 3, 6)
    nothing = rules.Difference({"booking:1": {"roster_entry_id": 3}}, {"booking:1": {}})
    assert rules.first_day(nothing, {}, **facts) is None


def test_an_act_is_found_by_what_it_brought_or_changed_and_the_last_one_counts():
    def part(before, amendment=None):
        return SimpleNamespace(facts=json.dumps({"before": before, "amendment": amendment}))

    moved = part({"leave:7": {"until_on": "2026-03-10"}})
    ended = part({"enrollment:1": {"outcome": None}, "roster_entry:3": {"until_on": None}}, 4)
    cared_for = part({"enrollment:1": {"clinician_id": 2}})
    began = part({"leave:7": None, "enrollment:1": None})
    assert rules.act_of([moved, ended, cared_for, began]) == {
        "leave:7": moved,
        "enrollment:1 end": ended,
        "roster_entry:3": ended,
        "amendment:4": ended,
        "enrollment:1": began,
    }


@pytest.mark.parametrize(("by", "words"), [("Ana Rivera", ", by Ana Rivera"), (None, "")])
def test_an_act_in_words(by, words):
    part = SimpleNamespace(facts='{"what": "grant_leave"}', happened_at=DONE_AT, by=by)
    said = rules.act_words(part, clock.zone(make.ZONE), date(2026, 3, 4))
    assert said == f"Leave recorded, today, 12:00 pm{words}"
