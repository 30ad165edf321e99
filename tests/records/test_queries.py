from datetime import date

import pytest

from clinic.errors import NotFound
from clinic.participants.models import Scope
from clinic.records import queries
from clinic.records.queries import ContactCard, Standing, lived_by, story_of
from clinic.schedule.models import Method, Status
from tests import make

NOON = make.instant("2026-03-04 12:00")


def standing_of(person):
    return queries.standings([person.id], now=NOON).get(person.id)


def test_the_running_enrollment_counts_before_a_later_one_to_come(app):
    jordan, ana = make.participant(), make.staff(name="Ana Rivera")
    make.enrollment(jordan, make.program(name="Evening IOP"), clinician=ana)
    make.enrollment(jordan, make.program(name="Aftercare"), from_on="2026-06-01")
    assert standing_of(jordan) == Standing("Evening IOP", "active", "Ana Rivera", "needs_make_up")


def test_two_that_run_at_once_are_both_named(app):
    jordan = make.participant()
    make.enrollment(jordan, make.program(name="Evening IOP"))
    make.enrollment(jordan, make.program(name="Family program"), from_on="2026-02-02")
    assert standing_of(jordan).programs == "Family program, Evening IOP"


def test_of_those_that_have_ended_the_latest_counts(app):
    jordan = make.participant()
    evening, aftercare = make.program(name="Evening IOP"), make.program(name="Aftercare")
    make.enrollment(jordan, evening, until_on="2026-01-31")
    make.enrollment(jordan, aftercare, from_on="2026-02-01", until_on="2026-02-28")
    assert standing_of(jordan) == Standing("Aftercare", "completed", "", "")


def test_nobody_enrolled_stands_anywhere(app):
    make.site()
    assert standing_of(make.participant()) is None


def test_whoever_is_out_of_scope_is_not_found(app):
    ana = make.staff()
    hers = make.enrollment(clinician=ana).participant
    other = make.enrollment().participant
    assert queries.get_in_scope(hers.id, ana.id) == hers.id
    assert queries.get_in_scope(other.id, None) == other.id
    for unknown in (other.id, 99):
        with pytest.raises(NotFound):
            queries.get_in_scope(unknown, ana.id)


def test_whoever_was_merged_leads_to_the_record_that_stays(app):
    ana = make.staff()
    kept = make.enrollment(clinician=ana).participant
    gone = make.participant(merged_into_id=kept.id)
    assert queries.get_in_scope(gone.id, None) == kept.id
    assert queries.get_in_scope(gone.id, ana.id) == kept.id
    with pytest.raises(NotFound):
        queries.get_in_scope(gone.id, make.staff().id)


TODAY = date(2026, 3, 4)


def test_a_contact_says_what_they_may_be_told_today(app):
    jo = make.participant()
    dana = make.contact(jo, phone="+12025550177", email="dana@example.org")
    lee = make.contact(jo, name="Lee Park", relation=None, is_for_emergencies=True)
    make.contact(jo, name="Sam Old", relation="friend", ended_at=NOON)
    make.consent(jo, dana, scope=[Scope.HOURS, Scope.ATTENDANCE])
    make.consent(jo, lee, revoked_on="2026-03-04")
    around = queries.around(jo.id, day=TODAY)
    assert around.contacts == [
        ContactCard(
            id=lee.id,
            name="Lee Park",
            relation="",
            phone="",
            dial="",
            email="",
            is_for_emergencies=True,
            told="Nothing may be told: no consent in force.",
            may_be_told=False,
        ),
        ContactCard(
            id=dana.id,
            name="Dana Avery",
            relation="mother",
            phone="(202) 555-0177",
            dial="+12025550177",
            email="dana@example.org",
            is_for_emergencies=False,
            told="May be told today: attendance, weekly hours.",
            may_be_told=True,
        ),
    ]
    assert around.former == ["Sam Old · friend"]


def test_a_consent_says_for_whom_for_what_and_how_long(app):
    jo = make.participant()
    make.consent(jo, given_on="2026-01-05", scope=list(Scope))
    make.consent(jo, given_on="2026-01-06", expires_on="2026-03-20")
    make.consent(jo, given_on="2026-01-07", revoked_on="2026-02-01")
    assert [each[1:] for each in queries.around(jo.id, day=TODAY).consents] == [
        (
            "County court",
            "coordination of care",
            "attendance",
            "given Jan 7, 2026, taken back Feb 1, 2026",
            "revoked",
            False,
        ),
        (
            "County court",
            "coordination of care",
            "attendance",
            "given Jan 6, 2026, until Mar 20, 2026",
            "expires soon",
            True,
        ),
        (
            "County court",
            "coordination of care",
            "enrollment, schedule, attendance, weekly hours",
            "given Jan 5, 2026",
            "in force",
            True,
        ),
    ]


def cards_of(person, **facts):
    return queries.cards_of(
        queries.lived_by(person.id),
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
    choices = queries.groups_for(enrollment, now=NOON)
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
    coming, past = queries.visits_of(
        queries.lived_by(enrollment.participant_id), with_topics=True, now=NOON
    )
    assert [visit.day.day for visit in coming] == [5, 6]
    assert [(visit.day.day, visit.status, visit.label, visit.delivered) for visit in past] == [
        (3, "no-show", "No-show", ""),
        (2, "present", "Late, 12 min", "48 min"),
    ]


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
