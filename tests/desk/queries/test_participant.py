from clinic.desk.queries import participant
from clinic.schedule.models import Method, Status
from tests import make

NOON = make.instant("2026-03-04 12:00")


def cards_of(person, **facts):
    return participant.cards_of(
        participant.lived_by(person.id),
        **{"with_topics": True, "with_hours": True, "to_manage": True, "now": NOON} | facts,
    )


def test_the_target_of_today_is_shown(app):
    enrollment = make.enrollment(min_minutes=540, max_minutes=720)
    make.target(enrollment, "2026-03-01", min_minutes=600, max_minutes=720)
    make.target(enrollment, "2026-04-01", min_minutes=360, max_minutes=540)
    assert cards_of(enrollment.participant)[0].target == "10 – 12 hours a week"


def test_an_enrollment_to_come_shows_the_target_it_begins_with(app):
    enrollment = make.enrollment(from_on="2026-04-01", min_minutes=360, max_minutes=540)
    card = cards_of(enrollment.participant)[0]
    assert (card.status, card.target, card.week) == ("planned", "6 – 9 hours a week", None)


def test_the_last_twelve_weeks_are_shown_with_this_one_at_the_end(app):
    enrollment = make.enrollment(from_on="2025-11-03")
    session = make.session("2026-03-02", "18:00", "21:00")
    make.booking(session, enrollment, status=Status.PRESENT)
    card = cards_of(enrollment.participant)[0]
    assert (len(card.weeks), card.weeks[-1].label, card.week.delivered) == (12, "Mar 2", 180)


def test_without_the_right_to_see_hours_there_are_none(app):
    card = cards_of(make.enrollment().participant, with_hours=False)[0]
    assert (card.week, card.weeks) == (None, [])


def test_groups_that_are_over_are_left_out(app):
    enrollment = make.enrollment()
    make.roster_entry(make.series(title="Running", weekdays="02"), enrollment)
    make.roster_entry(make.series(title="Taken off"), enrollment, until_on="2026-03-03")
    make.roster_entry(make.series(title="Ended", until_on="2026-03-03"), enrollment)
    groups = cards_of(enrollment.participant)[0].groups
    assert [(group.title, group.when, group.seats) for group in groups] == [
        ("Running", "Mon, Wed 10:00 – 11:00 am", "0 of 12")
    ]


def test_the_fullest_coming_session_says_how_many_seats_are_taken(app):
    enrollment, series = make.enrollment(), make.series()
    make.roster_entry(series, enrollment)
    for _ in range(2):
        make.booking(make.session("2026-03-09", series=series) if _ == 0 else None)
    assert cards_of(enrollment.participant)[0].groups[0].seats == "1 of 12"


def test_groups_of_the_own_program_are_offered_first_and_those_at_hand_not_at_all(app):
    enrollment = make.enrollment()
    at_hand = make.series(title="At hand")
    make.roster_entry(at_hand, enrollment)
    other = make.series(make.program(name="Morning IOP"), title="A of another program")
    own = make.series(enrollment.program, title="Z of the own")
    make.series(enrollment.program, title="Over", until_on="2026-03-01")
    choices = participant.groups_for(enrollment, now=NOON)
    assert choices == [
        ("", "Choose…"),
        (own.id, "Z of the own, Mon 10:00 – 11:00 am"),
        (other.id, "A of another program, Mon 10:00 – 11:00 am"),
    ]
    assert cards_of(enrollment.participant)[0].choices == choices


def test_nothing_can_be_changed_on_what_has_ended(app):
    card = cards_of(make.enrollment(until_on="2026-02-28").participant)[0]
    assert (card.can_manage, card.choices, card.status) == (False, [], "completed")


def test_visits_are_told_apart_by_now_the_nearest_first(app):
    enrollment = make.enrollment()
    for day, facts in (
        ("2026-03-02", {"status": Status.PRESENT, "arrived": "10:12", "method": Method.STAFF}),
        ("2026-03-03", {"status": Status.NO_SHOW}),
        ("2026-03-05", {}),
        ("2026-03-06", {}),
        ("2026-06-01", {}),
    ):
        make.booking(make.session(day), enrollment, **facts)
    coming, past = participant.visits_of(
        participant.lived_by(enrollment.participant_id), with_topics=True, now=NOON
    )
    assert [visit.day.day for visit in coming] == [5, 6]
    assert [(visit.day.day, visit.status, visit.label, visit.delivered) for visit in past] == [
        (3, "no-show", "No-show", ""),
        (2, "present", "Late, 12 min", "48 min"),
    ]
