from datetime import date

import pytest
from sqlalchemy import select

from clinic.db import db
from clinic.enrollment.models import (
    EndReason,
    Enrollment,
    Outcome,
    Target,
    TransitionWeek,
    Unavailability,
)
from clinic.enrollment.rules import BEGUN, FIRST_TARGET
from clinic.programs.models import DayPart
from clinic.schedule.models import Booking, Method, Session, Status
from clinic.schedule.rules.acts import UNDONE_ALREADY
from tests import make
from tests.admissions.steps import booked_days, on_a_group, save, shown
from tests.dump import changed, dump


def person(enrollment):
    return f"/participants/{enrollment.participant_id}"


def test_all_that_can_change_stands_on_the_page_of_the_person(pages):
    enrollment = make.enrollment(until_on="2026-05-03", clinician=make.staff(name="Ana Rivera"))
    make.target(enrollment, "2026-04-06", min_minutes=360, max_minutes=540, min_service_days=2)
    make.leave(enrollment, "2026-03-16", "2026-03-18", reason="travel")
    make.transition_week(enrollment, "2026-04-27")
    make.unavailability(enrollment, 1)
    (card,) = pages.get(person(enrollment)).page.all("section", class_="enrollment")
    for words in (
        "Jan 5, 2026 – May 3, 2026 · Ana Rivera",
        "9 – 12 hours a week from Jan 5, 2026",
        "6 – 9 hours a week on at least 2 days from Apr 6, 2026 Withdraw",
        "Mar 16, 2026 – Mar 18, 2026 “travel” Change",
        "Transition weeks week of Apr 27, 2026",
        "Tue 8:00 am – 4:00 pm",
    ):
        assert words in card.text
    (menu,) = card.all("details")
    (acts,) = menu.all("div")
    assert [link.text.removesuffix(" in Evening IOP") for link in acts.all("a")] == [
        "Record leave",
        "Change hours",
        "Step down or transfer",
        "Discharge",
        "Change the last day",
        "Transition weeks",
        "Clinician and preferences",
    ]
    backs = {
        pages.get(link.get("href")).page.links[enrollment.participant.name]
        for link in acts.all("a")
    }
    assert backs == {f"{person(enrollment)}#enrollment-{enrollment.id}"}


@pytest.mark.parametrize(
    ("facts", "offered", "missing"),
    [
        ({"from_on": "2026-04-01"}, "Remove", "Step down"),
        (
            {"until_on": "2026-02-28", "outcome": Outcome.LEFT},
            "Reopen",
            "Change the last day",
        ),
    ],
)
def test_only_what_makes_sense_is_offered(pages, facts, offered, missing):
    enrollment = make.enrollment(**facts)
    (card,) = pages.get(person(enrollment)).page.all("section", class_="enrollment")
    words = card.all("details")[0].text
    assert (offered in words, missing in words) == (True, False)


def test_a_target_changes_from_a_day_on(pages):
    enrollment = make.enrollment(min_service_days=3)
    path = f"/enrollments/{enrollment.id}/target"
    so_far = "9 – 12 hours a week on at least 3 days. The weeks before a change stay"
    assert so_far in pages.get(path).page.words
    page = shown(pages, path, from_on="2026-03-09", min_hours="6", max_hours="9")
    assert "Hours from Mar 9, 2026" in page.words
    assert "6 – 9 hours a week on at least 3 days" in page.words
    save(pages, path)
    target = db.scalars(select(Target).where(Target.from_on == date(2026, 3, 9))).one()
    assert (target.min_minutes, target.max_minutes, target.min_service_days) == (360, 540, 3)


def test_a_target_needs_its_hours(pages):
    path = f"/enrollments/{make.enrollment().id}/target"
    page = shown(pages, path, status=422, from_on="2026-03-09", min_hours="", max_hours="9")
    assert "Enter the hours." in page.words


def test_a_change_of_target_can_be_withdrawn_but_not_the_first(pages):
    enrollment = make.enrollment()
    later = make.target(enrollment, "2026-03-16", min_minutes=360, max_minutes=540)
    first = enrollment.targets[0]
    path = f"/enrollments/{enrollment.id}/targets/{first.id}/withdrawal"
    assert FIRST_TARGET in shown(pages, path, status=422).words
    path = f"/enrollments/{enrollment.id}/targets/{later.id}/withdrawal"
    assert "From Mar 16, 2026: 6 – 9 hours a week." in pages.get(path).page.words
    assert "no more" in shown(pages, path).words
    save(pages, path)
    assert [each.id for each in db.scalars(select(Target))] == [first.id]


def test_a_leave_is_ended_earlier_or_called_off(now, pages):
    enrollment = make.enrollment()
    leave = make.leave(enrollment, "2026-03-09", "2026-03-22")
    on_a_group(now, enrollment)
    path = f"/enrollments/{enrollment.id}/leaves/{leave.id}"
    assert pages.get(path).page.value("last_on") == "2026-03-22"
    assert "1 session more" in shown(pages, path, last_on="2026-03-15").words
    save(pages, path)
    assert "Mar 16" in booked_days(enrollment)
    assert "1 session more" in shown(pages, path, last_on="", is_called_off="y").words
    save(pages, path)
    assert "Mar 9" in booked_days(enrollment)
    pages.get(path, status=404)


def test_a_leave_needs_a_last_day_or_to_be_called_off(pages):
    enrollment = make.enrollment()
    leave = make.leave(enrollment, "2026-03-09", "2026-03-22")
    path = f"/enrollments/{enrollment.id}/leaves/{leave.id}"
    page = shown(pages, path, status=422, last_on="")
    assert "Enter the last day, or cancel the leave." in page.words
    page = shown(pages, path, status=422, last_on="someday")
    assert "cancel the leave" not in page.words


def test_transition_weeks_are_chosen_from_those_around_today(pages):
    enrollment = make.enrollment(until_on="2026-03-22")
    path = f"/enrollments/{enrollment.id}/transition-weeks"
    page = pages.get(path).page
    offered = [box.get("value") for box in page.all("input", name="weeks")]
    assert (offered[0], offered[-1]) == ("2026-01-05", "2026-03-16")
    page = shown(pages, path, weeks="2026-03-16")
    assert "Transition weeks" in page.words
    save(pages, path)
    assert [each.week for each in db.scalars(select(TransitionWeek))] == [date(2026, 3, 16)]
    page = pages.get(path).page
    assert page.value("weeks") == "2026-03-16"


def test_more_than_two_transition_weeks_are_refused(pages):
    path = f"/enrollments/{make.enrollment().id}/transition-weeks"
    pages.get(path)
    typed = {"weeks": ["2026-03-09", "2026-03-16", "2026-03-23"]}
    page = pages.post(path, typed, status=422).page
    assert "At most two weeks can be transition weeks" in page.words
    page = pages.post(path, {"weeks": ["soon"]}, status=422).page
    assert "Choose from the list." in page.words
    page = pages.post(path, {"weeks": ["2031-03-03"]}, status=422).page
    assert "Choose from the list." in page.words


def test_the_planned_end_moves_with_the_bookings(now, pages):
    enrollment = on_a_group(now, make.enrollment(until_on="2026-03-22"))
    path = f"/enrollments/{enrollment.id}/planned-end"
    page = shown(pages, path, until_on="2026-04-05")
    assert "Jan 5, 2026 – Mar 22, 2026 after: Jan 5, 2026 – Apr 5, 2026" in page.words
    assert "2 sessions more" in page.words
    save(pages, path)
    assert booked_days(enrollment)[-1] == "Mar 30"
    assert "4 sessions more" in shown(pages, path, until_on="").words
    save(pages, path)
    assert (enrollment.until_on, booked_days(enrollment)[-1]) == (None, "Apr 27")


@pytest.mark.parametrize(
    ("ending", "outcome", "reason", "words"),
    [
        ("completed:completed", Outcome.COMPLETED, EndReason.COMPLETED, "Completed"),
        ("left:other", Outcome.LEFT, EndReason.OTHER, "Left: other reason"),
        ("discharged:terminated", Outcome.DISCHARGED, EndReason.TERMINATED, "ended by the clinic"),
    ],
)
def test_an_enrollment_ends_with_a_reason(now, pages, ending, outcome, reason, words):
    enrollment = on_a_group(now)
    path = f"/enrollments/{enrollment.id}/end"
    assert pages.get(path).page.value("last_on") == "2026-03-04"
    page = shown(pages, path, last_on="2026-03-15", ending=ending)
    assert words in page.words
    assert "7 sessions fewer" in page.words
    save(pages, path)
    assert (enrollment.until_on, enrollment.outcome, enrollment.end_reason) == (
        date(2026, 3, 15),
        outcome,
        reason,
    )
    assert booked_days(enrollment) == ["Mar 2", "Mar 9"]
    person = pages.follow().page.words
    assert "leaves Evening IOP. The last day is Sun, Mar 15." in person
    assert f"The last day is Sun, Mar 15: {enrollment.outcome.value.capitalize()}" in person
    assert pages.get(path).page.value("ending") == ending


def test_nobody_has_died_or_dropped_out_on_a_day_to_come(now, pages):
    enrollment = on_a_group(now)
    path = f"/enrollments/{enrollment.id}/end"
    for ending, words in (
        ("discharged:died", "This cannot be recorded for a future day."),
        ("left:dropped out", "Dropping out cannot be recorded for a future day."),
    ):
        page = shown(pages, path, status=422, last_on="2026-03-05", ending=ending)
        assert f"Last day: {words}" in page.words
        assert page.value("ending") == ending
        assert "Save" in shown(pages, path, last_on="2026-03-04", ending=ending).words


def test_an_end_needs_to_say_how(pages):
    path = f"/enrollments/{make.enrollment().id}/end"
    assert "Choose how it ended." in shown(pages, path, status=422).words
    pages.post(path, {"last_on": "2026-03-15", "ending": "left:died"}, status=422)


def test_what_was_attended_stays_and_a_one_off_session_is_cancelled(now, pages):
    enrollment = on_a_group(now)
    attended = db.scalars(
        select(Booking).join(Booking.session).where(Session.day == date(2026, 3, 2))
    ).one()
    attended.status, attended.method = Status.PRESENT, Method.STAFF
    make.booking(make.session("2026-03-20", title="Family talk", seats=1), enrollment)
    path = f"/enrollments/{enrollment.id}/end"
    page = shown(pages, path, last_on="2026-03-04", ending="left:other")
    assert "1 session that no longer takes place Fri, Mar 20, 10:00 – 11:00 am: Family talk" in (
        page.words
    )
    save(pages, path)
    assert booked_days(enrollment) == ["Mar 2"]


def test_an_end_is_undone_from_the_message_and_from_the_page_of_whom_it_is_about(now, pages):
    enrollment = on_a_group(now)
    before, path = booked_days(enrollment), f"/enrollments/{enrollment.id}/end"
    person = f"/participants/{enrollment.participant_id}"
    for is_message in (True, False):
        shown(pages, path, last_on="2026-03-04", ending="left:other")
        save(pages, path)
        assert booked_days(enrollment) != before
        message = pages.follow().page
        page = message if is_message else pages.get(person).page
        assert "Discharged, today, 12:00 pm, by Elise Moreau" in page.words
        # Beside its line of the timeline, too.
        assert "Undo (Left: other reason, Mar 4, 2026)" in page.words
        assert len(page.all("form", action=f"{person}/undo")) == 2 + is_message
        pages.submit(f"{person}/undo")
        page = pages.follow().page
        assert "Undone." in page.words
        assert page.all("form", action=f"{person}/undo") == []
        assert booked_days(enrollment) == before
    assert UNDONE_ALREADY in pages.post(f"{person}/undo", {"change": "x"}, status=409).page.words


def test_an_enrollment_that_ended_is_opened_again(now, pages):
    enrollment = make.enrollment(
        until_on="2026-03-03", outcome=Outcome.LEFT, end_reason=EndReason.DROPPED_OUT
    )
    on_a_group(now, enrollment)
    path = f"/enrollments/{enrollment.id}/planned-end"
    page = pages.get(path).page
    assert (page.heading, page.value("until_on")) == ("Reopen the enrollment", "")
    assert "Left: dropped out" in shown(pages, path, until_on="2026-03-22").words
    save(pages, path)
    assert (enrollment.outcome, enrollment.end_reason) == (None, None)
    assert "Mar 9" in booked_days(enrollment)


def test_circumstances_are_changed_row_by_row(pages):
    ana = make.staff(name="Ana Rivera")
    enrollment = make.enrollment()
    make.unavailability(enrollment, 1)
    path = f"/enrollments/{enrollment.id}/circumstances"
    page = pages.get(path).page
    assert page.value("unavailable-0-from") == "08:00"
    typed = {
        "clinician": str(ana.id),
        "wished_part": "evening",
        "unavailable-0-days": ["0", "2"],
        "unavailable-0-from": "09:00",
        "unavailable-0-until": "12:30",
        "unavailable-1-from": "",
        "unavailable-1-until": "",
        "unavailable-2-days": "5",
        "unavailable-2-from": "20:00",
        "unavailable-2-until": "00:00",
    }
    page = pages.post(path, typed, status=200).page
    for words in ("Ana Rivera", "Evening", "Mon, Wed 9:00 am – 12:30 pm; Sat 8:00 pm – 12:00 am"):
        assert words in page.words
    saved = page.value("shown")
    pages.post(path, typed | {"step": "save", "shown": saved})
    assert (enrollment.clinician_id, enrollment.wished_part) == (ana.id, DayPart.EVENING)
    times = db.scalars(select(Unavailability).order_by(Unavailability.weekday)).all()
    assert [(one.weekday, one.from_minute, one.until_minute) for one in times] == [
        (0, 540, 750),
        (2, 540, 750),
        (5, 1200, 1440),
    ]
    assert pages.get(path).page.value("unavailable-1-until") == "00:00"


def test_a_row_more_or_less_changes_nothing_but_the_form(pages):
    enrollment = make.enrollment()
    make.unavailability(enrollment, 1)
    path = f"/enrollments/{enrollment.id}/circumstances"
    before = dump("trail_look")
    pages.get(path)
    page = pages.submit(path, status=200, **{"unavailable-more": "1"}).page
    rows = [row.get("aria-label") for row in page.all("div", role="group")]
    assert (page.value("unavailable-0-from"), rows) == ("08:00", ["Row 1", "Row 2", "Row 3"])
    page = pages.submit(path, status=200, **{"unavailable-0-drop": "1"}).page
    assert page.value("unavailable-0-from") == ""
    assert changed(before, dump("trail_look")) == set()


def test_a_row_of_times_that_makes_no_sense_is_said_and_kept(pages):
    path = f"/enrollments/{make.enrollment().id}/circumstances"
    typed = {
        "unavailable-0-days": "1",
        "unavailable-0-from": "16:00",
        "unavailable-0-until": "08:00",
    }
    page = pages.post(path, typed, status=422).page
    assert "In row 1 the end must be after the start." in page.words
    assert page.value("unavailable-0-from") == "16:00"


def test_a_clinician_who_left_stays_until_another_is_chosen(pages):
    gone = make.staff(name="Bo Lund", is_active=False)
    enrollment = make.enrollment(clinician=gone)
    assert pages.get(f"/enrollments/{enrollment.id}/circumstances").page.value("clinician") == str(
        gone.id
    )


def test_an_enrollment_that_never_began_is_called_off(now, pages):
    enrollment = on_a_group(now, make.enrollment(from_on="2026-03-16"))
    path = f"/enrollments/{enrollment.id}/call-off"
    page = shown(pages, path)
    assert "7 sessions fewer" in page.words
    assert "no more" in page.words
    person = enrollment.participant_id
    db.expunge_all()
    assert save(pages, path).location == f"/participants/{person}"
    assert db.scalars(select(Enrollment)).all() == []
    assert "Enrollment removed, today, 12:00 pm, by Elise Moreau" in pages.follow().page.words
    pages.submit(f"/participants/{person}/undo")
    (enrollment,) = db.scalars(select(Enrollment)).all()
    assert len(booked_days(enrollment)) == 7


def test_one_that_has_begun_is_not_called_off(pages):
    path = f"/enrollments/{make.enrollment().id}/call-off"
    assert BEGUN in shown(pages, path, status=422).words


# Who may, and what is not there

ACTS = (
    "/target",
    "/leave",
    "/transition-weeks",
    "/planned-end",
    "/end",
    "/circumstances",
    "/call-off",
    "/step-down",
    "/targets/1/withdrawal",
    "/leaves/1",
)


@pytest.mark.parametrize("role", ["clinician", "front_desk", "billing", "auditor"])
def test_only_coordination_changes_the_life_of_an_enrollment(now, signed_in, role):
    enrollment = make.enrollment()
    make.leave(enrollment, "2026-03-16", "2026-03-18")
    pages = signed_in(role)
    before = dump()
    for act in ACTS:
        pages.get(f"/enrollments/{enrollment.id}{act}", status=403)
    for act in ACTS:
        pages.post(f"/enrollments/{enrollment.id}{act}", {}, status=403)
    assert changed(before, dump()) <= {"account_sign_in", "sign_in"}


def test_what_is_not_there_is_not_found(pages):
    enrollment = make.enrollment()
    other = make.enrollment()
    leave = make.leave(other, "2026-03-16", "2026-03-18")
    for act in ACTS:
        pages.get(f"/enrollments/99{act}", status=404)
    pages.get(f"/enrollments/{enrollment.id}/leaves/{leave.id}", status=404)
    pages.get(f"/enrollments/{enrollment.id}/targets/{other.targets[0].id}/withdrawal", status=404)
