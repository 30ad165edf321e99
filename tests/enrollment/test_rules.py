from datetime import date
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.days import Range
from clinic.enrollment import rules
from clinic.enrollment.models import EndReason, Enrollment, Leave, Outcome, Target

days = st.integers(1, 28).map(lambda number: date(2026, 3, number))
ranges = st.tuples(days, days | st.none()).filter(lambda r: r[1] is None or r[0] <= r[1])


def day(text):
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("least", "most", "sentence"),
    [
        (540, 720, None),
        (0, 0, None),
        (540, 540, None),
        (0, 10080, None),
        (-1, 720, "Weekly hours cannot be negative."),
        (720, 540, "The most hours a week are fewer than the least."),
        (0, 10081, "A week has 168 hours."),
    ],
)
def test_a_target_lies_within_a_week(least, most, sentence):
    assert rules.why_not_target(least, most) == sentence


@given(ranges, st.lists(ranges, max_size=3))
def test_somebody_is_in_a_program_once_at_a_time(wanted, others):
    def covered(a_range):
        return {
            number
            for number in range(1, 29)
            if a_range[0].day <= number and (a_range[1] is None or number <= a_range[1].day)
        }

    is_free = not any(covered(wanted) & covered(other) for other in others)
    sentence = rules.why_not_enroll(Range(*wanted), others=[Range(*other) for other in others])
    assert sentence == (
        None if is_free else "They are enrolled in this program at that time already."
    )


def test_eight_weeks_end_on_the_day_before_the_ninth():
    assert rules.end_after(day("2026-01-12"), 8) == day("2026-03-08")
    assert rules.end_after(day("2026-01-12"), None) is None


def enrolled(until_on="2026-03-08", *leaves, **facts):
    return Enrollment(
        from_on=day("2026-01-12"),
        until_on=until_on and day(until_on),
        leaves=[Leave(from_on=day(first), until_on=day(last)) for first, last in leaves],
        **facts,
    )


def status(on, *leaves, until_on="2026-03-08", **facts):
    return rules.standing(enrolled(until_on, *leaves, **facts), day(on))


def test_the_status_follows_from_the_days():
    assert status("2026-01-11") == "planned"
    assert status("2026-01-12") == "active"
    assert status("2026-03-08") == "active"
    assert status("2026-03-09") == "completed"
    assert status("2030-01-01", until_on=None) == "active"


def test_an_outcome_shows_only_after_the_last_day():
    assert status("2026-03-08", outcome=Outcome.LEFT) == "active"
    assert status("2026-03-09", outcome=Outcome.LEFT) == "left"


def test_leave_shows_only_within_the_enrollment():
    leave = ("2026-01-01", "2026-04-01")
    assert status("2026-02-02", leave) == "on leave"
    assert status("2026-01-11", leave) == "planned"
    assert status("2026-03-09", leave) == "completed"


def test_an_enrollment_runs_also_on_leave_and_is_over_after_its_last_day():
    each = list(rules.Standing)
    running = [one for one in each if one.is_running]
    assert running == [rules.Standing.ACTIVE, rules.Standing.ON_LEAVE]
    assert [one for one in each if one.is_over] == [*map(rules.Standing, Outcome)]


WEEK = day("2026-03-02")


@pytest.mark.parametrize(
    ("from_on", "amends", "sentence"),
    [
        ("2026-03-02", None, None),
        ("2026-03-01", None, rules.NEEDS_AMENDMENT),
        ("2026-03-01", "", rules.NEEDS_AMENDMENT),
        ("2026-03-01", "typed wrongly", None),
    ],
)
def test_weeks_that_are_over_are_changed_with_a_reason_only(from_on, amends, sentence):
    assert rules.why_not_reach_back(day(from_on), week=WEEK, amends=amends) == sentence


@pytest.mark.parametrize(
    ("from_on", "first"),
    [
        ("2026-03-09", "2026-03-09"),
        ("2026-03-10", "2026-03-16"),
        ("2026-03-15", "2026-03-16"),
        ("2026-02-18", "2026-02-18"),
        ("2026-02-17", "2026-02-18"),
    ],
)
def test_a_target_counts_from_the_first_week_that_begins_with_it(from_on, first):
    found = rules.first_week_judged(day(from_on), begins_on=day("2026-02-18"), week_starts=0)
    assert found == day(first)


@pytest.mark.parametrize(
    ("before", "after", "first"),
    [
        (None, None, None),
        ("2026-03-05", "2026-03-05", None),
        ("2026-03-05", None, "2026-03-06"),
        (None, "2026-03-05", "2026-03-06"),
        ("2026-03-05", "2026-03-10", "2026-03-06"),
        ("2026-03-10", "2026-03-05", "2026-03-06"),
    ],
)
def test_another_last_day_makes_a_difference_from_the_day_after_the_earlier(before, after, first):
    before, after, first = (day(text) if text else None for text in (before, after, first))
    assert rules.first_day_changed(before, after) == first


@pytest.mark.parametrize(
    ("asked", "until_on", "sentence"),
    [
        ("2026-03-02", None, None),
        ("2026-03-02", "2026-03-02", None),
        ("2026-03-01", None, "That day is before the enrollment begins, on Mar 2, 2026."),
        ("2026-03-06", "2026-03-05", "That day is after the enrollment ends, on Mar 5, 2026."),
    ],
)
def test_a_day_lies_within_the_enrollment(asked, until_on, sentence):
    until = day(until_on) if until_on else None
    assert rules.why_not_within(day(asked), from_on=WEEK, until_on=until) == sentence


def test_leave_has_days_of_its_own():
    others = [Range(day("2026-03-09"), day("2026-03-11"))]

    def why_not(from_on, until_on):
        return rules.why_not_leave(Range(day(from_on), day(until_on)), others=others)

    taken = "They are on leave from Mar 9, 2026 to Mar 11, 2026 already."
    assert why_not("2026-03-12", "2026-03-12") is None
    assert why_not("2026-03-05", "2026-03-08") is None
    assert why_not("2026-03-05", "2026-03-09") == taken
    assert why_not("2026-03-11", "2026-03-20") == taken


def test_every_way_to_end_has_reasons_of_its_own_and_refuses_the_others():
    assert set(rules.REASONS) == set(Outcome)
    assert {reason for reasons in rules.REASONS.values() for reason in reasons} == set(EndReason)
    for outcome in Outcome:
        allowed = {reason for reason in EndReason if rules.why_not_end(outcome, reason) is None}
        assert allowed == set(rules.REASONS[outcome])


def test_only_what_has_ended_has_a_last_day_for_sure_and_a_reason():
    assert rules.why_not_outcome(None, None) is None
    assert rules.why_not_outcome(Outcome.LEFT, WEEK) is None
    assert rules.why_not_outcome(Outcome.LEFT, None) == (
        "An enrollment that has ended has a last day."
    )
    assert rules.why_not_end(None, None) is None
    assert rules.why_not_end(Outcome.LEFT, None) is None
    assert rules.why_not_end(None, EndReason.OTHER) == (
        "Only an enrollment that has ended has a reason for its end."
    )


def test_what_nobody_knows_before_it_happens_has_not_happened_yet():
    today, tomorrow = date(2026, 3, 4), date(2026, 3, 5)
    refused = {reason for reason in EndReason if rules.why_not_yet(reason, tomorrow, today=today)}
    assert refused == {EndReason.DIED, EndReason.DROPPED_OUT}
    assert not any(rules.why_not_yet(reason, today, today=today) for reason in EndReason)
    assert rules.why_not_yet(None, tomorrow, today=today) is None
    assert rules.why_not_yet(EndReason.DIED, None, today=today) is None


def test_an_enrollment_takes_over_from_an_earlier_one_of_the_same_person():
    def why_not(one, earlier, *, continued_by=None, leads_back=False):
        return rules.why_not_continue(
            one, earlier, continued_by=continued_by, leads_back=leads_back
        )

    facts = {"participant_id": 1, "from_on": WEEK}
    one, earlier = (
        Enrollment(id=number, key=key, **facts) for number, key in ((1, "one"), (2, "earlier"))
    )
    assert why_not(one, earlier) is None
    assert why_not(one, one) == "one does not begin before one."
    assert why_not(one, earlier, leads_back=True) == "earlier continues one in turn."
    assert why_not(one, earlier, continued_by="other") == "other continues earlier already."
    earlier.from_on = day("2026-03-03")
    assert why_not(one, earlier) == "earlier does not begin before one."
    earlier.participant_id = 2
    assert why_not(one, earlier) == "earlier is somebody else's."


def test_nothing_recorded_lies_after_the_last_day():
    assert rules.why_not_last_day([]) is None
    assert rules.why_not_last_day([day("2026-03-09"), day("2026-03-04")]) == (
        "Attendance was recorded on Mar 9, 2026. The last day cannot be before that."
    )


class Life(NamedTuple):
    id: int
    from_on: date
    until_on: date | None = None
    outcome: Outcome | None = None
    continues_id: int | None = None


def ids(*lives):
    return [[each.id for each in episode] for episode in rules.episodes(lives)]


def test_nobody_enrolled_has_no_episode():
    assert ids() == []


def test_coming_back_begins_a_new_episode():
    first = Life(1, day("2026-01-05"), day("2026-02-01"), Outcome.LEFT)
    assert ids(first, Life(2, day("2026-02-02"))) == [[2], [1]]


def test_what_continues_runs_beside_or_follows_a_transfer_is_the_same_episode():
    first = Life(1, day("2026-01-05"), day("2026-02-01"), Outcome.COMPLETED)
    assert ids(first, Life(2, day("2026-02-02"), continues_id=1)) == [[1, 2]]
    assert ids(first, Life(2, day("2026-02-01"))) == [[1, 2]]
    handed_on = first._replace(outcome=Outcome.TRANSFERRED)
    assert ids(handed_on, Life(2, day("2026-02-08"))) == [[1, 2]]
    assert ids(handed_on, Life(2, day("2026-02-09"))) == [[2], [1]]


def test_one_that_runs_beside_two_joins_them():
    one = Life(1, day("2026-01-05"), day("2026-01-11"), Outcome.LEFT)
    other = Life(2, day("2026-01-19"), day("2026-02-01"), Outcome.LEFT)
    open_one = Life(3, day("2026-01-20"), continues_id=1)
    assert ids(open_one, other, one, Life(4, day("2026-06-01"))) == [[1, 2, 3, 4]]


@given(st.lists(st.tuples(ranges, st.sampled_from([None, *Outcome])), max_size=6))
def test_every_enrollment_is_in_one_episode_and_those_of_a_time_in_the_same(lives):
    lives = [Life(n, *days, outcome) for n, (days, outcome) in enumerate(lives, start=1)]
    found = rules.episodes(lives)
    assert sorted(each.id for episode in found for each in episode) == [life.id for life in lives]
    of = {each.id: n for n, episode in enumerate(found) for each in episode}
    for one in lives:
        for other in lives:
            if rules.why_not_enroll(Range(*one[1:3]), others=[Range(*other[1:3])]):
                assert of[one.id] == of[other.id]


def target(min_minutes, max_minutes, from_on="2026-01-12", min_service_days=None):
    return Target(
        from_on=day(from_on),
        min_minutes=min_minutes,
        max_minutes=max_minutes,
        min_service_days=min_service_days,
    )


def test_a_target_is_a_range_or_one_number():
    assert rules.weekly_hours(target(540, 720)) == "9 – 12 hours a week"
    assert rules.weekly_hours(target(570, 570)) == "9.5 hours a week"
    assert rules.prescribed(target(540, 720)) == "9 – 12 hours a week"
    three = target(540, 720, min_service_days=3)
    assert rules.prescribed(three) == "9 – 12 hours a week on at least 3 days"


def test_the_target_in_force_is_the_latest_that_has_begun_else_the_first():
    first, second = target(540, 720), target(360, 540, "2026-02-02")
    of = Enrollment(targets=[first, second])
    days = ("2026-01-01", "2026-01-12", "2026-02-01", "2026-02-02")
    assert [rules.target_on(of, day(on)) for on in days] == [first, first, first, second]


def test_leave_is_from_its_first_to_its_last_day():
    away = enrolled(None, ("2026-03-09", "2026-03-11"))
    days = [date(2026, 3, day) for day in (8, 9, 11, 12)]
    assert [rules.is_away(away, day) for day in days] == [False, True, True, False]


def test_every_ending_that_may_be_has_its_words():
    assert set(rules.ENDINGS) == {
        (outcome, reason) for outcome, reasons in rules.REASONS.items() for reason in reasons
    }
    assert rules.ending_words(Outcome.LEFT, EndReason.DROPPED_OUT) == "Left: dropped out"
    assert rules.ending_words(Outcome.LEFT, None) == "Left"
    assert rules.ending_words(Outcome.LEFT, EndReason.COMPLETED) == "Left"
