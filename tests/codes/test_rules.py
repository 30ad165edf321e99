from types import SimpleNamespace
from typing import Any

import pytest

from clinic.codes import rules
from clinic.codes.models import Refusal
from clinic.codes.rules import Judged
from clinic.programs.models import PhoneCheckIn
from clinic.schedule.models import Mode
from tests.bookings.by_hand import NEW_YORK, at

TRIED = (
    "Sam B. tried to check in with the code of another session at 10:03 am, and is not checked in."
)
NAMES = {1: "Jo A.", 2: "Sam B.", 3: "Lee C."}


def code_of(session_id: int, minute: int) -> str:
    """A code that says of which session and minute it is."""
    return f"{session_id}{minute % 100000:05d}"


def session(session_id: int = 1, start: str = "10:00", end: str = "11:00", **facts: Any) -> Any:
    defaults = {
        "doors_minutes": 15,
        "is_cancelled": False,
        "mode": Mode.IN_PERSON,
        "phone_check_in": PhoneCheckIn.CODE,
    }
    times = {"starts_at": at(start), "ends_at": at(end)}
    return SimpleNamespace(session_id=session_id, **times, **defaults | facts)


def judged(typed: str, wall: str, *own: Any, others: tuple[int, ...] = ()) -> Judged:
    return rules.judge(typed, own or [session()], others, codes=code_of, now=at(wall))


def shown(wall: str, session_id: int = 1) -> str:
    return code_of(session_id, rules.minute_of(at(wall)))


def test_a_code_has_six_digits_and_follows_from_its_digest():
    assert rules.digits_of("0f") == "000015"
    assert rules.digits_of(f"{10**6 + 7:x}") == "000007"


def test_a_code_is_shown_for_its_minute():
    assert rules.minute_of(at("10:01:59")) == rules.minute_of(at("10:01")) == 1772463660 // 60
    assert [rules.seconds_left(at(wall)) for wall in ("10:01:00", "10:01:59")] == [60, 1]


@pytest.mark.parametrize(
    ("typed_at", "gone"), [("10:01:00", 0), ("10:01:59", 0), ("10:02:00", 0), ("10:02:59", 59)]
)
def test_a_code_is_good_in_its_minute_and_the_next(typed_at, gone):
    assert judged(shown("10:01"), typed_at) == Judged(1, gone)


def test_of_two_sessions_of_theirs_the_code_says_which():
    both = [session(1, "9:00".zfill(5), "10:10"), session(2)]
    assert judged(shown("10:01", 2), "10:01", *both) == Judged(2)


@pytest.mark.parametrize(
    ("typed", "refused"),
    [
        (shown("10:01"), Refusal.RUN_OUT),  # passed on after its time
        (shown("09:45"), Refusal.RUN_OUT),
        (shown("09:44"), Refusal.WRONG),  # before it was ever shown
        (shown("10:20", 7), Refusal.ELSEWHERE),  # the next room's, or the next session's
        (shown("10:19", 7), Refusal.ELSEWHERE),
        (shown("10:18", 7), Refusal.WRONG),
        (shown("10:20", 9), Refusal.WRONG),  # of a session whose doors are closed: yesterday's
        ("999999", Refusal.WRONG),
    ],
)
def test_any_other_code_is_refused_in_words_of_its_own(typed, refused):
    assert judged(typed, "10:20", others=(7,)) == Judged(1, refused=refused)
    assert rules.SENTENCES[refused].endswith(".")


def test_what_is_refused_is_told_to_the_leader_of_the_session_that_began_first():
    both = [session(5, "10:00"), session(4, "09:30", "10:30")]
    assert judged("999999", "10:20", *both) == Judged(4, refused=Refusal.WRONG)


def test_nobody_finds_a_code_by_trying():
    assert rules.why_not_try(rules.TRIES - 1) is None
    assert rules.why_not_try(rules.TRIES) == rules.TOO_MANY


@pytest.mark.parametrize(
    ("facts", "wall", "why_not"),
    [
        ({}, "09:44:59", "The code is shown from 9:45 am."),
        ({}, "09:45", None),
        ({}, "11:00", None),
        ({}, "11:00:01", "This session is over."),
        ({"is_cancelled": True}, "10:00", "This session has been cancelled."),
        ({"mode": Mode.VIRTUAL}, "10:00", "No code is needed for this session."),
        ({"phone_check_in": PhoneCheckIn.BUTTON}, "10:00", "No code is needed for this session."),
        ({"mode": Mode.HYBRID}, "10:00", None),
    ],
)
def test_a_code_is_shown_while_people_check_in_to_a_session_with_a_room(facts, wall, why_not):
    one = session(**facts)
    assert rules.why_not_shown(one, zone=NEW_YORK, now=at(wall)) == why_not
    assert rules.is_open(session(), now=at("09:45"))
    assert not rules.is_open(session(is_cancelled=True), now=at("10:00"))


def phone(participant_id: int, wall: str = "09:55", **facts: Any) -> Any:
    defaults = {"device": None, "gone_seconds": 0, "refused": None, "left_at": None}
    return SimpleNamespace(participant_id=participant_id, at=at(wall), **defaults | facts)


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ([phone(1, device="a"), phone(2, device="b"), phone(3), phone(9, device="a")], []),
        (
            [phone(1, device="a"), phone(2, device="a"), phone(1, device="a")],
            ["Jo A. and Sam B. checked in on the same device."],
        ),
        ([phone(1, device="a"), phone(2, device="a", refused=Refusal.WRONG)], ["Sam"]),
        ([phone(1, gone_seconds=29)], []),
        (
            [phone(1, gone_seconds=30)],
            ["Jo A. entered a code that had been gone for 30 seconds."],
        ),
        (
            [
                phone(2, "10:02", refused=Refusal.RUN_OUT),
                phone(2, "10:03", refused=Refusal.ELSEWHERE),
            ],
            [TRIED],
        ),
        ([phone(1, refused=Refusal.WRONG), phone(1)], []),  # found the right one
        (
            [phone(1, left_at=at("10:20")), phone(3, "10:21"), phone(1, "10:30")],
            ["Jo A. left at 10:20 am and joined again at 10:30 am."],
        ),
        ([phone(1, left_at=at("10:20")), phone(1, "10:30", refused=Refusal.WRONG)], []),
    ],
)
def test_the_leader_is_told_what_is_worth_a_look(events, said):
    found = rules.notes(events, NAMES, {1, 3}, zone=NEW_YORK)
    if said == ["Sam"]:
        assert [note.startswith("Sam B. tried") for note in found] == [True]
    else:
        assert found == said


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("https://video.example.org/j/123?pwd=abc", True),
        ("http://video.example.org/j/123", False),
        ("https://localhost", False),
        ("https://me@video.example.org/j", False),
        ("javascript:alert(1)", False),
        ("https://video.example.org/a b", False),
        ("https://vidéo.example.org", False),
        ("123 456 789", False),
    ],
)
def test_people_are_led_to_a_whole_link_alone(text, is_one):
    assert rules.why_not_link(text) == (None if is_one else rules.NOT_A_LINK)
