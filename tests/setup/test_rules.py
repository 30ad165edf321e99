from datetime import date

import pytest

from clinic.setup import rules
from clinic.setup.rules import Use


def test_the_only_site_stays():
    assert rules.why_not_last_site("North", others=1) is None
    assert rules.why_not_last_site("North", others=0) == (
        "North is the only site: a clinic has at least one."
    )


def test_a_site_with_programs_stays():
    assert rules.why_not_without_programs("North", []) is None
    assert rules.why_not_without_programs("North", ["IOP"]) == (
        "IOP is offered at North. Deactivate it first, or choose another site."
    )
    assert rules.why_not_without_programs("North", ["IOP", "PHP"]) == (
        "IOP and PHP are offered at North. Deactivate them first, or choose another site."
    )


def test_what_is_needed_stays_and_names_who_needs_it():
    assert rules.why_not_without("Room 1", []) is None
    assert rules.why_not_without("Room 1", [Use("Group", 0)]) == (
        "Room 1 is still needed by Group. Move them or end them first."
    )
    assert rules.why_not_without("Room 1", [Use("Group", 26), Use("Intake", 1)]) == (
        "Room 1 is still needed by Group and Intake, 27 coming sessions in all."
        " Move them or end them first."
    )


@pytest.mark.parametrize(("seats", "fullest"), [(8, None), (8, ("Group", 8))])
def test_a_room_may_hold_as_many_as_its_largest_group(seats, fullest):
    assert rules.why_not_seats(seats, fullest) is None


def test_a_room_cannot_hold_fewer_than_its_largest_group():
    assert rules.why_not_seats(8, ("Process group", 9)) == (
        "Process group meets there with 9 seats. Give it fewer seats first."
    )


def test_a_program_that_goes_on_stays():
    assert rules.why_not_retire_program("IOP", enrolled=0, groups=[]) is None
    one = rules.why_not_retire_program("IOP", enrolled=1, groups=[])
    assert one == "IOP goes on: 1 person is enrolled."
    groups = [Use("Group", 3)]
    assert rules.why_not_retire_program("IOP", enrolled=2, groups=groups) == (
        "IOP goes on: 2 people are enrolled and Group still runs."
    )
    groups.append(Use("Skills", 0))
    assert rules.why_not_retire_program("IOP", enrolled=0, groups=groups) == (
        "IOP goes on: Group and Skills still run."
    )


def test_a_program_with_groups_stays_at_its_site():
    assert rules.why_not_elsewhere("IOP", []) is None
    assert rules.why_not_elsewhere("IOP", [Use("Group", 3)]) == (
        "Group of IOP meets at its site."
        " End them there first, or offer another program at the other site."
    )
    many = [Use("Group", 3), Use("Skills", 1)]
    assert (rules.why_not_elsewhere("IOP", many) or "").startswith(
        "Group and Skills of IOP meet at"
    )


MONDAY = date(2026, 3, 2)


def test_the_past_is_not_closed():
    assert rules.why_not_closed_from(MONDAY, today=MONDAY) is None
    assert rules.why_not_closed_from(date(2026, 3, 1), today=MONDAY) == (
        "Begin today or later: what is past is settled on the sheets of its sessions."
    )


def test_a_closure_may_end_yesterday_at_the_earliest():
    assert rules.why_not_closed_until(MONDAY, yesterday=MONDAY) is None
    assert rules.why_not_closed_until(date(2026, 3, 1), yesterday=MONDAY) == (
        "Mon, Mar 2 is the earliest last day: the past stays as it was."
    )


def test_days_are_closed_once():
    assert rules.why_not_closed_twice(is_there=False) is None
    assert rules.why_not_closed_twice(is_there=True) == (
        "The site is closed on exactly these days already."
    )


def test_a_closure_that_is_over_stays():
    assert rules.why_not_change_closure(MONDAY, today=MONDAY) is None
    assert rules.why_not_change_closure(MONDAY, today=date(2026, 3, 3)) == (
        "This closure is over: it stays as it was."
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["A"], "A"),
        (["A", "B"], "A and B"),
        (["A", "B", "C"], "A, B and C"),
        (["A", "B", "C", "D", "E"], "A, B, C and 2 more"),
    ],
)
def test_a_few_words_are_listed_and_the_others_counted(words, sentence):
    assert rules.listed(words) == sentence


def test_another_first_weekday_says_what_it_does():
    nothing = {"sessions": 0, "transition_weeks": 0, "laid_anew": 0}
    assert rules.told_of_weeks(6, **nothing) is None
    sorted_anew = (
        "Weeks will begin on Sunday: 1 session, past ones too,"
        " are sorted into these weeks, and the hours of every week are added up anew."
    )
    assert rules.told_of_weeks(6, **nothing | {"sessions": 1}) == sorted_anew
    assert rules.told_of_weeks(6, sessions=1, transition_weeks=1, laid_anew=4) == (
        f"{sorted_anew} 1 transition week moves with them. Groups that do not meet every week may"
        " meet in other ones: 4 of their coming sessions change."
    )
    assert " 2 transition weeks move with" in str(
        rules.told_of_weeks(6, sessions=1, transition_weeks=2, laid_anew=0)
    )


def test_another_time_zone_says_how_many_sessions_move():
    assert rules.told_of_zone("North", "America/Chicago", sessions=0) is None
    assert rules.told_of_zone("North", "America/Chicago", sessions=1) == (
        "1 coming session at North moves, so that the time on the wall stays as it is,"
        " now in America/Chicago. What has begun is left as it was."
    )
    assert "2 coming sessions at North move," in str(
        rules.told_of_zone("North", "America/Chicago", sessions=2)
    )


@pytest.mark.parametrize(
    ("cancelled", "people", "brought_back", "sentence"),
    [
        (0, 0, 0, "No session lies on these days."),
        (1, 1, 0, "1 session is cancelled, with 1 person booked."),
        (3, 8, 0, "3 sessions are cancelled, with 8 people booked."),
        (0, 0, 1, "1 cancelled session comes back."),
        (
            2,
            0,
            4,
            "2 sessions are cancelled, with 0 people booked. 4 cancelled sessions come back.",
        ),
    ],
)
def test_a_closure_says_what_it_does(cancelled, people, brought_back, sentence):
    told = rules.told_of_closure(cancelled=cancelled, people=people, brought_back=brought_back)
    assert told == sentence


def test_the_first_step_that_is_not_done_comes_next():
    done = dict.fromkeys(rules.NEEDS, False)
    states = {step.name: (step.state, step.is_ready) for step in rules.steps(done)}
    assert states == {
        "organization": ("next", True),
        "site": ("open", False),
        "staff": ("open", True),
        "program": ("open", False),
        "group": ("open", False),
        "participant": ("open", True),
        "place": ("open", False),
    }


def test_a_step_waits_for_those_that_it_needs():
    done = dict.fromkeys(rules.NEEDS, True) | {"staff": False, "place": False}
    states = {step.name: (step.state, step.is_ready) for step in rules.steps(done)}
    assert states["staff"] == ("next", True)
    assert states["place"] == ("open", True)
    assert states["group"] == ("done", True)


def test_after_all_steps_none_is_next():
    done = dict.fromkeys(rules.NEEDS, True)
    assert {step.state for step in rules.steps(done)} == {"done"}
