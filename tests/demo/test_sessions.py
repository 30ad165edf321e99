from datetime import date, timedelta
from random import Random

from clinic.demo import sessions
from clinic.demo.lives import busy_times, lives
from clinic.demo.offers import SHORT_DAYS, groups, works
from clinic.demo.sessions import one_offs
from clinic.schedule.models import Status

MONDAY = date(2026, 11, 16)
ENROLLMENTS, INDIVIDUALS = lives(MONDAY)
SERIES = [*groups(MONDAY), *INDIVIDUALS]
SESSIONS = list(one_offs(MONDAY, ENROLLMENTS, busy_times(ENROLLMENTS, SERIES)))


def test_there_are_intakes_family_sessions_and_reviews():
    assert {one["title"] for one in SESSIONS} == {"Intake", "Family session", "Plan review"}
    assert {one["kind"] for one in SESSIONS} == {"individual", "family"}
    assert len({one["key"] for one in SESSIONS}) == len(SESSIONS) > 20


def test_each_lies_within_the_enrollment_and_the_clinician_s_hours():
    by_key = {one["key"]: one for one in ENROLLMENTS}
    for one in SESSIONS:
        (key,) = one["enrollments"]
        enrollment = by_key[key]
        assert enrollment["from"] <= one["date"] <= enrollment["until"]
        assert one["leaders"] == [enrollment["clinician"]]
        assert works(enrollment["clinician"], one["date"], one["start"], one["end"])


def test_some_are_over_some_to_come_and_one_is_cancelled():
    assert any(one["date"] < MONDAY for one in SESSIONS)
    assert any(one["date"] > MONDAY + timedelta(days=6) for one in SESSIONS)
    assert [one["cancelled"] for one in SESSIONS if "cancelled" in one] == ["family could not come"]


def test_nobody_is_asked_to_come_while_they_are_away_or_in_another_session():
    whole_days = [(day, "00:00", "23:59") for day in SHORT_DAYS]
    everyone = {one[who] for one in ENROLLMENTS for who in ("clinician", "participant")}
    assert list(one_offs(MONDAY, ENROLLMENTS, dict.fromkeys(everyone, whole_days))) == []
    leave = [{"from": MONDAY - timedelta(weeks=12), "until": MONDAY + timedelta(weeks=52)}]
    away = [one | {"leave": leave} for one in ENROLLMENTS]
    assert list(one_offs(MONDAY, away, busy_times(ENROLLMENTS, SERIES))) == []


def test_people_come_as_often_as_they_are_reliable():
    assert sessions.what_happened(Random(1), 1.0).status is Status.PRESENT
    assert sessions.what_happened(Random(1), 0.0).status in sessions.ABSENCES


def test_some_who_come_are_late_or_leave_early():
    random = Random(1)
    ways = [sessions.how_present(random) for _ in range(1000)]
    assert {way.status for way in ways} == {Status.PRESENT}
    assert 50 < sum(way.late > 0 for way in ways) < 150
    assert 15 < sum(way.early > 0 for way in ways) < 80
    assert not any(way.late and way.early for way in ways)
