from functools import partial
from types import SimpleNamespace

from clinic.programs.models import Kind
from clinic.taps import rules
from tests.bookings.by_hand import NEW_YORK, at

EXPECTED = {"status": "expected", "arrived_at": None}
ABSENT = {"status": "no-show", "arrived_at": None}


def here(wall):
    return {"status": "present", "arrived_at": at(wall).isoformat()}


def event(booking, before, after, **facts):
    session = {"title": "Process", "kind": Kind.GROUP, "lead": None, "starts_at": at("09:00")}
    session["tapped_at"] = at("09:05")
    told = {"before": before, "after": after, "is_new_reason": False, **facts}
    return SimpleNamespace(subject_id=booking, participant_id=booking, facts=told, **session)


def test_several_taps_of_one_booking_are_one_change_unless_somebody_came_in_between():
    late, early = here("09:05"), here("09:01")
    one, other, third = rules.joined(
        [
            event(1, EXPECTED, late, reason_for="excused"),
            event(2, EXPECTED, late),
            event(1, late, early, reason_for=None),
            event(3, EXPECTED, late),
            event(3, ABSENT, early),
        ]
    )
    assert one.facts["before"] == EXPECTED
    assert (one.facts["after"], one.facts["reason_for"]) == (early, "excused")
    assert other.facts == {"before": EXPECTED, "after": late, "is_new_reason": False}
    assert third.facts is None


def test_what_is_undone_and_what_stays_in_words():
    arrivals = rules.joined(
        [
            event(1, EXPECTED, here("09:05")),
            event(2, ABSENT, here("09:06")),
            event(3, EXPECTED, {"status": "present", "arrived_at": None}),
        ]
    )
    names = {1: "Jo A.", 2: "Kim T.", 3: "Sam L."}
    told = partial(rules.consequences, names=names, zone=NEW_YORK, with_topics=True)
    found = told(arrivals, {2: "signed since"})
    undone, stays = found.parts
    assert undone.heading == "2 check-ins undone"
    first, second = undone.changes
    assert (first.what, first.before, first.after) == ("Jo A.", "Checked in 9:05 am", "Expected")
    assert (first.of, second.before) == ("Process, 9:00 am", "Present")
    assert stays.sentences == ("Kim T., 9:00 am: signed since.",)
    assert rules.all_stay(found) == "Nobody can be put back. Kim T., 9:00 am: signed since."
    (alone,) = told(arrivals[:1], {}).parts
    assert alone.heading == "1 check-in undone"


def test_a_tap_for_a_later_session_is_of_its_own_time_and_no_topic_is_told_to_the_front_desk():
    first, later = event(1, EXPECTED, here("09:05")), event(2, EXPECTED, here("10:45"))
    later.participant_id, later.starts_at = 1, at("10:45")
    told = partial(rules.consequences, rules.joined([first, later]), {}, {1: "Jo A."}, NEW_YORK)
    (undone,) = told(with_topics=False).parts
    assert undone.heading == "2 check-ins of 1 person undone"
    assert [(each.of, each.before, each.after) for each in undone.changes] == [
        ("Group session, 9:00 am", "Checked in 9:05 am", "Expected"),
        ("Group session, 10:45 am", "Checked in 9:05 am", "Expected"),
    ]
    assert told(with_topics=True).parts[0].changes[1].of == "Process, 10:45 am"
