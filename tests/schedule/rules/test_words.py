from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from clinic import clock
from clinic.programs.models import Kind
from clinic.schedule.models import Method, SeriesPlan, Status
from clinic.schedule.rules.words import (
    KINDS,
    MARKS,
    METHODS,
    Punctuality,
    attendance_label,
    captured_word,
    change_words,
    checked_in,
    clocks_note,
    group_name,
    is_checked_in,
    leader_words,
    led_name,
    left_words,
    meets,
    names_whom,
    notice_hint,
    opening,
    period,
    punctuality,
    reason_shown,
    recorded_words,
    session_name,
    sessions_words,
    standing,
    times_known,
    why_stale,
)
from tests import make
from tests.bookings.by_hand import MONDAY, NEW_YORK, at

FIRST = date(2026, 1, 1)
EXCUSED = "Reported by Sun, Mar 1, 6:00 pm, an absence is excused; after that it is a late cancel."


def day(text):
    return date.fromisoformat(text)


def test_when_a_group_meets():
    plan = SimpleNamespace(weekdays="013", starts=time(18), ends=time(21), every_weeks=1)
    assert meets(plan) == "Mon, Tue, Thu 6:00 – 9:00 pm"
    plan.every_weeks = 2
    assert meets(plan) == "Mon, Tue, Thu 6:00 – 9:00 pm, every 2 weeks"


@pytest.mark.parametrize(
    ("kind", "title", "whom", "name"),
    [
        (Kind.INDIVIDUAL, "Individual session", ["Jo A."], "Individual with Jo A."),
        (Kind.INDIVIDUAL, "Intake", ["Jo A."], "Intake with Jo A."),
        (Kind.INDIVIDUAL, "Hour with Ana", ["Jo A."], "Hour with Ana and Jo A."),
        (Kind.INDIVIDUAL, "Individual session", [], "Individual session"),
        (
            Kind.FAMILY,
            "Family session",
            ["Jo A.", "Kim A."],
            "Family session with Jo A. and Kim A.",
        ),
        (Kind.FAMILY, "Family session", ["Jo A.", "Kim A.", "Bo C."], "Family session"),
        (Kind.FAMILY, "Family night", ["Jo A."], "Family night"),
        (Kind.GROUP, "Process", ["Jo A."], "Process"),
    ],
)
def test_an_individual_session_is_known_by_whom_it_is_with(kind, title, whom, name):
    assert session_name(SimpleNamespace(title=title, kind=kind), whom) == name


def test_without_topics_a_session_is_known_by_its_kind_and_by_whom_it_is_with():
    one = SimpleNamespace(title="Trauma work", kind=Kind.INDIVIDUAL)
    assert session_name(one, ["Jo A."], with_topics=False) == "Individual with Jo A."


def test_where_no_person_is_named_it_is_called_by_who_leads_it():
    one = SimpleNamespace(title="Individual session", kind=Kind.INDIVIDUAL, lead="Ana Rivera")
    assert led_name(one) == "Individual with Ana Rivera"
    one.plan = SimpleNamespace(leaders=[SimpleNamespace(staff=SimpleNamespace(name="Ben Okafor"))])
    assert group_name(one) == "Individual with Ben Okafor"
    one.lead = None
    assert led_name(one) == "Individual session"


def test_the_days_of_a_group():
    assert period(day("2026-03-09"), None) == "from Mar 9, 2026"
    until = day("2026-05-03")
    assert period(day("2026-03-09"), until) == "Mar 9, 2026 – May 3, 2026"


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2026-03-08", "coming"),
        ("2026-03-09", "running"),
        ("2026-03-20", "running"),
        ("2026-03-21", "over"),
    ],
)
def test_a_group_is_coming_running_or_over(on, expected):
    plan = {"from_on": day("2026-03-09"), "until_on": day("2026-03-20")}
    assert standing(day(on), **plan) == expected


def test_a_group_without_a_last_day_runs_on():
    assert standing(day("2036-01-01"), from_on=FIRST, until_on=None) == "running"


def test_a_series_says_when_it_meets():
    series = SeriesPlan(weekdays="013", starts=time(18), ends=time(21), every_weeks=1)
    assert meets(series) == "Mon, Tue, Thu 6:00 – 9:00 pm"
    series.every_weeks = 2
    assert meets(series) == "Mon, Tue, Thu 6:00 – 9:00 pm, every 2 weeks"


def test_a_period_has_an_end_or_says_since_when():
    assert period(date(2026, 3, 9), None) == "from Mar 9, 2026"
    assert period(date(2026, 3, 9), date(2026, 5, 3)) == "Mar 9, 2026 – May 3, 2026"
    assert period(date(2026, 3, 9), date(2026, 3, 9)) == "Mar 9, 2026"


def clocks(on, starts, ends, planned):
    session = SimpleNamespace(
        day=day(on),
        starts_at=make.instant(f"{on} {starts}"),
        ends_at=make.instant(f"{on} {ends}"),
        planned_start=planned and time.fromisoformat(planned[0]),
        planned_end=planned and time.fromisoformat(planned[1]),
    )
    return clocks_note(session, clock.zone(make.ZONE))


def test_an_occurrence_moved_by_the_change_of_clocks_says_so():
    assert clocks("2026-03-08", "03:30", "04:30", ("02:30", "03:30")) == (
        "Clocks change: moved from 2:30 am to 3:30 am"
    )
    assert clocks("2026-03-08", "01:30", "03:30", ("01:30", "02:30")) == (
        "Clocks change: ends at 3:30 am instead of 2:30 am"
    )


def test_an_occurrence_at_its_planned_time_or_moved_by_hand_says_nothing():
    assert clocks("2026-03-02", "18:00", "21:00", ("18:00", "21:00")) is None
    assert clocks("2026-03-02", "17:00", "20:00", ("18:00", "21:00")) is None
    assert clocks("2026-03-02", "17:00", "20:00", None) is None


def test_every_kind_has_words_that_name_no_topic():
    assert set(KINDS) == set(Kind)


def mark_and_session(
    status: Status, arrived: str = "", left: str = "", grace: int = 0
) -> tuple[Any, Any]:
    def at(wall: str) -> datetime:
        return make.instant(f"2026-03-02 {wall}")

    mark = SimpleNamespace(
        status=status,
        arrived_at=at(arrived) if arrived else None,
        left_at=at(left) if left else None,
    )
    session = SimpleNamespace(starts_at=at("10:00"), ends_at=at("11:00"), grace_minutes=grace)
    return mark, session


def label_of(status: Status, *facts: str, grace: int = 0) -> str:
    return attendance_label(*mark_and_session(status, *facts, grace=grace))


def test_a_mark_has_a_label():
    assert [label_of(status) for status in Status] == [
        "Expected",
        "Present",
        "Excused",
        "Late cancel",
        "No-show",
    ]
    assert label_of(Status.PRESENT, "09:50", "11:05") == "Present"
    assert label_of(Status.PRESENT, "10:12") == "Late, 12 min"
    assert label_of(Status.PRESENT, "10:12:50") == "Late, 12 min"
    assert label_of(Status.PRESENT, "10:00:50") == "Present"
    assert label_of(Status.PRESENT, "", "10:30") == "Left early"
    assert label_of(Status.PRESENT, "10:12", "10:30") == "Late, 12 min, left early"


def test_within_the_grace_nobody_is_late_or_early():
    assert label_of(Status.PRESENT, "10:05", "10:55", grace=5) == "Present"
    assert label_of(Status.PRESENT, "10:06", grace=5) == "Late, 6 min"
    assert label_of(Status.PRESENT, "", "10:54", grace=5) == "Left early"


@pytest.mark.parametrize(
    ("arrived", "left", "found"),
    [
        ("", "", Punctuality.ON_TIME),
        ("10:05:59", "10:55", Punctuality.ON_TIME),
        ("10:06", "", Punctuality.LATE),
        ("", "10:54", Punctuality.LEFT_EARLY),
        ("10:06", "10:54", Punctuality.LATE | Punctuality.LEFT_EARLY),
    ],
)
def test_being_late_and_leaving_early_are_told_apart_by_the_times(arrived, left, found):
    facts = mark_and_session(Status.PRESENT, arrived, left, grace=5)
    assert punctuality(*facts) == found


def test_every_status_and_method_has_a_word():
    assert set(MARKS) == set(Status)
    assert set(METHODS) == set(Method)


def test_until_a_session_begins_whoever_came_is_checked_in():
    ten = datetime(2026, 3, 2, 15, tzinfo=UTC)
    at_851 = datetime(2026, 3, 2, 13, 51, tzinfo=UTC)
    session = SimpleNamespace(starts_at=ten)
    came = SimpleNamespace(
        status=Status.PRESENT, method=Method.KIOSK, arrived_at=at_851, recorded_at=ten
    )
    assert is_checked_in(came, session, ten - timedelta(seconds=1))
    assert not is_checked_in(came, session, ten)
    assert not is_checked_in(SimpleNamespace(status=Status.EXCUSED), session, at_851)
    assert checked_in(came, NEW_YORK) == "Checked in 8:51 am"
    by_staff = SimpleNamespace(method=Method.STAFF, arrived_at=None, recorded_at=at_851)
    assert checked_in(by_staff, NEW_YORK) == "Checked in 8:51 am"
    carried = SimpleNamespace(method=Method.CARRIED, arrived_at=ten, recorded_at=ten)
    assert checked_in(carried, NEW_YORK) == "Checked in"
    assert checked_in(carried, NEW_YORK, at_851) == "Checked in 8:51 am"


def test_what_is_known_of_when_somebody_came_and_left():
    came, left = (datetime(2026, 3, 2, hour, 6, tzinfo=UTC) for hour in (14, 15))
    both = SimpleNamespace(method=Method.KIOSK, arrived_at=came, left_at=left)
    assert times_known(both, NEW_YORK) == "arrived 9:06 am, left 10:06 am"
    carried = SimpleNamespace(method=Method.CARRIED, arrived_at=came, left_at=None)
    assert times_known(carried, NEW_YORK) == ""


def test_a_reason_is_shown_with_the_mark_that_it_was_given_for():
    sick = SimpleNamespace(status=Status.EXCUSED, reason="sick", reason_for=Status.EXCUSED)
    assert reason_shown(sick) == "sick"
    sick.status = Status.PRESENT
    assert reason_shown(sick) is None


def test_a_sheet_says_when_check_in_opens():
    doors_at = at("17:45")
    assert opening(doors_at, now=at("17:44"), zone=NEW_YORK) == (
        "Check-in opens at 5:45 pm. Until then only absences can be marked."
    )
    assert opening(doors_at, now=at("17:45"), zone=NEW_YORK) is None


@pytest.mark.parametrize(
    ("day", "wall", "hours", "hint"),
    [
        (date(2026, 3, 1), "17:59", 24, EXCUSED),
        (date(2026, 3, 1), "18:00", 24, EXCUSED),
        (
            date(2026, 3, 1),
            "18:01",
            24,
            "With less than 24 hours of notice, an absence reported now is a late cancel.",
        ),
        (
            MONDAY,
            "17:30",
            1,
            "With less than 1 hour of notice, an absence reported now is a late cancel.",
        ),
        (MONDAY, "18:00", 24, None),
        (MONDAY, "12:00", 0, None),  # no notice is asked for
    ],
)
def test_before_the_start_the_notice_says_what_an_absence_counts_as(day, wall, hours, hint):
    now = at(wall, day)
    assert notice_hint(at("18:00"), hours, now=now, zone=NEW_YORK) == hint


def test_whoever_was_slower_reads_what_is_so():
    assert why_stale("Jo A.", Status.PRESENT) == ("Jo A. has just been marked present. Look again.")
    assert why_stale("Jo A.", Status.PRESENT, has_begun=False) == (
        "Jo A. has just been checked in. Look again."
    )
    assert why_stale("Jo A.", Status.LATE_CANCEL) == (
        "Jo A. has just been marked late cancel. Look again."
    )
    assert why_stale("Jo A.", Status.EXPECTED) == (
        "Jo A. has just been put back to expected. Look again."
    )


def test_a_change_has_a_sentence():
    assert change_words(["Jo A."], Status.NO_SHOW) == "Marked Jo A. no-show."
    assert change_words(["Jo A.", "Max B."], Status.PRESENT) == "Marked 2 people present."
    assert change_words(["Jo A."], Status.PRESENT, has_begun=False) == "Jo A. is checked in."
    late = change_words(["Jo A."], Status.PRESENT, label="Late, 5 min")
    assert late == "Marked Jo A. late, 5 min."
    assert change_words(["Jo A."], Status.EXPECTED) == "Put Jo A. back to expected."


def test_rows_that_were_left_are_counted():
    assert left_words(1) == "1 row is left as before: still open, and not saved yet."
    assert left_words(2) == "2 rows are left as before: still open, and not saved yet."


def test_a_leader_without_access_is_marked_where_leaders_are_chosen():
    words = [leader_words(SimpleNamespace(name="Ana", is_active=each)) for each in (True, False)]
    assert words == ["Ana", "Ana (access ended)"]


def test_sessions_say_which_clock_they_are_on_where_that_is_not_the_same_for_all():
    here = SimpleNamespace(
        day=MONDAY,
        starts_at=at("16:30"),
        ends_at=at("18:00"),
        timezone="America/New_York",
        title="Process",
        kind=Kind.GROUP,
        lead=None,
    )
    there = SimpleNamespace(**vars(here) | {"timezone": "America/Chicago"})
    assert sessions_words([here, here]) == ["Mon, Mar 2, 4:30 – 6:00 pm: Process"] * 2
    assert sessions_words([here, there]) == [
        "Mon, Mar 2, 4:30 – 6:00 pm, New York time: Process",
        "Mon, Mar 2, 3:30 – 5:00 pm, Chicago time: Process",
    ]


@pytest.mark.parametrize(
    ("method", "by", "words"),
    [
        (Method.STAFF, "Ana Rivera", "Ana Rivera"),
        (Method.STAFF, None, "Staff"),
        (Method.KIOSK, None, "At the kiosk"),
        (Method.CARRIED, None, "Carried over, not confirmed"),
        (Method.IMPORT, "Ana Rivera", "Imported by Ana Rivera"),
    ],
)
def test_an_attendance_says_who_recorded_it_and_when(method, by, words):
    recorded_at = datetime(2026, 3, 4, 14, 5, tzinfo=UTC)
    marked = SimpleNamespace(method=method, recorded_at=recorded_at, signed_at=None)
    told = recorded_words(marked, by, NEW_YORK).replace("\u00a0", " ")
    assert told == f"{words}, Mar 4, 2026, 9:05 am"
    assert recorded_words(SimpleNamespace(recorded_at=None), None, NEW_YORK) == ""


def test_a_signature_confirms_what_was_carried_over():
    carried = SimpleNamespace(method=Method.CARRIED, recorded_at=at("10:00"), signed_at=None)
    assert captured_word(carried) == "carried over, not confirmed"
    carried.signed_at = at("12:00")
    assert captured_word(carried) == "carried over, confirmed"
    assert recorded_words(carried, None, NEW_YORK).startswith("Carried over, confirmed, ")
    assert captured_word(SimpleNamespace(method=Method.KIOSK, signed_at=None)) == "kiosk"


def test_who_leads_is_in_the_name_of_some_sessions_only():
    family = SimpleNamespace(title="Parents' group", kind=Kind.FAMILY)
    alone = SimpleNamespace(title="Individual session", kind=Kind.INDIVIDUAL)
    assert names_whom(alone, ["Ana Rivera"])
    assert not names_whom(family, ["Ana Rivera"])
    assert names_whom(family, ["Ana Rivera"], with_topics=False)
