from random import Random

from clinic.demo.rules import attendance as rules
from clinic.schedule.models import Status


def test_people_come_as_often_as_they_are_reliable():
    assert rules.what_happened(Random(1), 1.0).status is Status.PRESENT
    assert rules.what_happened(Random(1), 0.0).status in rules.ABSENCES


def test_some_who_come_are_late_or_leave_early():
    random = Random(1)
    ways = [rules.how_present(random) for _ in range(1000)]
    assert {way.status for way in ways} == {Status.PRESENT}
    assert 50 < sum(way.late > 0 for way in ways) < 150
    assert 15 < sum(way.early > 0 for way in ways) < 80
    assert not any(way.late and way.early for way in ways)
