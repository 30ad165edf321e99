from datetime import date, datetime
from types import SimpleNamespace

import pytest

from clinic.accounts.models import Account
from clinic.enrollment.models import Enrollment
from clinic.merge import rules
from clinic.participants.models import Participant
from clinic.programs.models import Kind, Program

DAY = date.fromisoformat


def record(record_id, **facts):
    email = facts.pop("email", None)
    return Participant(id=record_id, account=Account(email=email), **facts)


def test_two_records_of_one_person_can_become_one():
    assert rules.why_not_merge(record(1), record(2)) is None


def test_a_record_becomes_one_with_another_and_only_once():
    itself = "This is the same record. Choose another one."
    merged = "One of the two has been merged already. Reload the page."
    assert rules.why_not_merge(record(1), record(1)) == itself
    assert rules.why_not_merge(record(1, merged_into_id=3), record(2)) == merged
    assert rules.why_not_merge(record(1), record(2, merged_into_id=3)) == merged


def test_records_differ_field_by_field():
    one = record(1, name="Jordan Avery", phone="+12025550123", email="a@example.org")
    other = record(2, name="Jordan Avery", pin_digest="x", email="b@example.org")
    assert list(rules.differing(one, other)) == ["phone", "email", "pin"]
    assert list(rules.differing(one, one)) == []
    assert [rules.value_of(other, field) for field in ("name", "email", "pin")] == [
        "Jordan Avery",
        "b@example.org",
        "x",
    ]


def stay(program, from_on, until_on=None):
    return Enrollment(
        program_id=1 if program == "Evening IOP" else 2,
        program=Program(name=program),
        from_on=DAY(from_on),
        until_on=DAY(until_on) if until_on else None,
    )


@pytest.mark.parametrize(
    ("one", "other", "day"),
    [
        (stay("Evening IOP", "2026-01-05"), stay("Morning IOP", "2026-01-05"), None),
        (stay("Evening IOP", "2026-01-05", "2026-01-31"), stay("Evening IOP", "2026-02-01"), None),
        (stay("Evening IOP", "2026-02-01"), stay("Evening IOP", "2026-01-05", "2026-01-31"), None),
        (
            stay("Evening IOP", "2026-01-05", "2026-02-01"),
            stay("Evening IOP", "2026-02-01"),
            "Feb 1, 2026",
        ),
        (stay("Evening IOP", "2026-01-05"), stay("Evening IOP", "2026-03-01"), "Mar 1, 2026"),
        (stay("Evening IOP", "2026-03-01"), stay("Evening IOP", "2026-01-05"), "Mar 1, 2026"),
    ],
)
def test_one_person_is_in_a_program_once_at_a_time(one, other, day):
    expected = day and (
        f"Both are enrolled in Evening IOP on {day}."
        " First end one of the two enrollments before that day."
    )
    assert rules.why_not_both([one], [other]) == expected


def test_without_enrollments_nothing_overlaps():
    assert rules.why_not_both([], [stay("Evening IOP", "2026-01-05")]) is None


def hour(title, start, end, day="2026-03-02", *, kind=Kind.GROUP):
    at = datetime.fromisoformat
    starts_at, ends_at = at(f"{day}T{start}Z"), at(f"{day}T{end}Z")
    days = {"day": DAY(day), "starts_at": starts_at, "ends_at": ends_at}
    return SimpleNamespace(title=title, kind=kind, lead="Ana Rivera", **days)


def test_one_person_is_at_one_session_at_a_time():
    skills, process = hour("Skills", "10:00", "11:00"), hour("Process", "11:00", "12:00")
    assert rules.why_not_at_once([skills], [process]) is None
    assert rules.why_not_at_once([], [process]) is None
    assert rules.why_not_at_once([process], [hour("Process", "11:00", "12:00")]) == (
        "Both have a place at the same time on Mar 2, 2026, at Process."
        " First remove one of the two, or mark them absent."
    )
    alone = hour("Individual session", "11:00", "12:00", kind=Kind.INDIVIDUAL)
    assert "one at Individual with Ana Rivera." in rules.why_not_at_once([process], [alone])
    later = hour("Skills", "10:30", "11:30", day="2026-03-09")
    family = hour("Family night", "10:45", "11:15"), hour("Lunch", "11:00", "12:00", "2026-03-09")
    assert rules.why_not_at_once([skills, process, later], family) == (
        "Both have a place at the same time on Mar 2, 2026, one at Process, one at Family night,"
        " and 2 more times. First remove one of the two, or mark them absent."
    )
