from datetime import date

from clinic.desk.queries.participant import lived_by
from clinic.desk.queries.story import story_of
from tests import make

NOON = make.instant("2026-03-04 12:00")


def told(enrollment, **facts):
    enrollments = lived_by(enrollment.participant_id)
    return story_of(enrollments, **{"with_reasons": True, "now": NOON} | facts)


def test_without_an_enrollment_there_is_no_story(app):
    assert story_of([], with_reasons=True, now=NOON) is None


def test_amendments_say_who_made_them_and_on_which_day_there(app):
    ana = make.staff(name="Ana Rivera")
    enrollment = make.enrollment()
    late = make.instant("2026-03-02 23:30")  # the next day already in UTC
    make.amendment(enrollment, ana, made_at=late, reason="The letter came late")
    make.amendment(enrollment, made_at=NOON, reason="From a file")
    make.amendment(make.enrollment(), ana, reason="Of somebody else")
    (episode,) = told(enrollment).episodes
    assert [(line.day, line.note) for line in episode.past[1:]] == [
        (date(2026, 3, 2), "Ana Rivera: “The letter came late”"),
        (date(2026, 3, 4), "Daybook: “From a file”"),
    ]


def test_today_is_the_day_at_the_site(app):
    enrollment = make.enrollment(from_on="2026-03-02", until_on="2026-03-29")
    late = make.instant("2026-03-08 23:30")
    assert told(enrollment, now=late).today == 21.43


def test_reasons_can_be_left_out(app):
    enrollment = make.enrollment()
    make.amendment(enrollment, made_at=NOON, reason="The letter came late")
    (episode,) = told(enrollment, with_reasons=False).episodes
    assert [line.note for line in episode.past[1:]] == ["Daybook"]
