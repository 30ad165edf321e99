"""One act in all its steps, and granting leave stands for all of them."""

from sqlalchemy import select

from clinic.db import db
from clinic.enrollment.models import Amendment
from clinic.enrollment.rules import NEEDS_AMENDMENT
from clinic.preview import CHANGED
from clinic.schedule.models import Status
from clinic.trail import TrailLook
from tests import make
from tests.admissions.steps import booked_days, on_a_group, save, shown
from tests.dump import changed, dump
from tests.html import fields_of


def test_an_act_is_shown_before_it_is_saved_and_showing_it_changes_nothing(now, pages):
    enrollment = on_a_group(now)
    path = f"/enrollments/{enrollment.id}/leave"
    page = pages.get(path).page
    assert "Their week This week, Mar 2 Evening IOP" in page.words
    before = dump("trail_look")
    page = pages.submit(path, status=200, from_on="2026-03-09", until_on="2026-03-22").page
    assert changed(before, dump("trail_look")) == set()
    for words in (
        "Nothing is saved yet",
        "Leave from Mar 9, 2026",
        "through Mar 22, 2026",
        "2 sessions fewer",
        "Mon, Mar 9, 10:00 – 11:00 am: Process group",
        "Next week, Mar 9",
        "No target",
        "Mon, Mar 9 10:00 – 11:00 am Process group Removed",
    ):
        assert words in page.words
    save(pages, path)
    assert pages.follow().page.words.count("The leave is recorded.") == 1
    assert booked_days(enrollment) == [
        "Mar 2",
        "Mar 23",
        "Mar 30",
        "Apr 6",
        "Apr 13",
        "Apr 20",
        "Apr 27",
    ]


def test_who_came_early_is_checked_in_and_not_yet_present_beside_an_act(now, pages):
    enrollment = make.enrollment()
    session = make.session("2026-03-04", "12:10", "13:00")
    make.booking(session, enrollment, status=Status.PRESENT, arrived="11:51")
    page = pages.get(f"/enrollments/{enrollment.id}/leave").page
    assert "Process group Checked in 11:51 am" in page.words


def test_back_keeps_what_was_typed(now, pages):
    path = f"/enrollments/{on_a_group(now).id}/leave"
    shown(pages, path, from_on="2026-03-09", until_on="2026-03-22", reason="travel")
    form = pages.submit(path, status=200, step="back").page.form(path)
    assert {name: fields_of(form)[name] for name in ("from_on", "until_on", "reason")} == {
        "from_on": "2026-03-09",
        "until_on": "2026-03-22",
        "reason": "travel",
    }


def test_who_saves_what_has_changed_since_is_shown_it_again(now, pages):
    enrollment = on_a_group(now)
    path = f"/enrollments/{enrollment.id}/leave"
    shown(pages, path, from_on="2026-03-09", until_on="2026-03-22")
    make.booking(make.session("2026-03-12"), enrollment)
    page = save(pages, path, status=409).page
    assert CHANGED in page.words
    assert "1 session that no longer takes place Thu, Mar 12" in page.words
    make.read_afresh()
    assert len(booked_days(enrollment)) == 10
    save(pages, path)
    assert "Mar 12" not in booked_days(enrollment)


def test_a_refusal_keeps_what_was_typed(now, pages):
    enrollment = on_a_group(now)
    make.leave(enrollment, "2026-03-16", "2026-03-18")
    path = f"/enrollments/{enrollment.id}/leave"
    page = shown(pages, path, status=422, from_on="2026-03-09", until_on="2026-03-22")
    taken = "They are on leave from Mar 16, 2026 to Mar 18, 2026 already."
    assert page.texts("div", class_="field-error") == [taken]
    assert page.value("until_on") == "2026-03-22"


def test_a_last_day_that_cannot_be_is_said_at_its_field(now, pages):
    enrollment = on_a_group(now)
    leave = make.leave(enrollment, "2026-03-09", "2026-03-11")
    make.leave(enrollment, "2026-03-16", "2026-03-18")
    first, path = "The last day is before the first.", f"/enrollments/{enrollment.id}"
    typed = {"from_on": "2026-03-13", "until_on": "2026-03-12"}
    page = shown(pages, f"{path}/leave", status=422, **typed)
    assert page.texts("div", class_="field-error") == [first]
    page = shown(pages, f"{path}/leaves/{leave.id}", status=422, last_on="2026-03-16")
    assert page.texts("div", class_="field-error") == [
        "They are on leave from Mar 16, 2026 to Mar 18, 2026 already."
    ]
    page = shown(pages, f"{path}/end", status=422, last_on="2025-02-01", ending="left:dropped out")
    assert page.texts("div", class_="field-error") == [first]


def test_bad_input_is_said_at_its_field(pages):
    path = f"/enrollments/{make.enrollment().id}/leave"
    page = shown(pages, path, status=422, from_on="someday", until_on="0001-01-01")
    assert "This is not a date. Write it like 2026-03-09." in page.words
    assert "This is too long ago, or too far ahead." in page.words


def test_reaching_back_into_weeks_that_are_over_asks_why(now, pages):
    enrollment = on_a_group(now)
    path = f"/enrollments/{enrollment.id}/leave"
    page = shown(pages, path, status=422, from_on="2026-02-09", until_on="2026-02-11")
    assert NEEDS_AMENDMENT in page.words
    page = pages.submit(path, status=422, amends=" ").page
    assert page.value("amends") == ""
    pages.submit(path, status=200, amends="Nobody had noted it")
    save(pages, path)
    made = db.scalars(select(Amendment)).one()
    assert (made.reason, made.verb) == ("Nobody had noted it", "enrollment.leave_granted")
    words = pages.follow().page.words
    assert "Amended: leave Elise Moreau: “Nobody had noted it”" in words


def test_a_reason_is_not_asked_for_in_this_week(pages):
    page = pages.get(f"/enrollments/{make.enrollment().id}/leave").page
    assert page.value("amends") is None


def test_what_is_shown_counts_as_a_look(now, pages):
    enrollment = make.enrollment()
    path = f"/enrollments/{enrollment.id}/leave"
    shown(pages, path, from_on="2026-03-09", until_on="2026-03-22")
    looks = db.scalars(select(TrailLook.participant_ids)).all()
    assert looks == [[enrollment.participant_id], [enrollment.participant_id]]


def test_a_save_that_was_sent_twice_shows_that_nothing_is_left_to_do(now, pages):
    path = f"/enrollments/{on_a_group(now).id}/transition-weeks"
    page = shown(pages, path, weeks="2026-03-16")
    typed = {"weeks": "2026-03-16", "step": "save", "shown": page.value("shown")}
    pages.post(path, typed)
    assert CHANGED in pages.post(path, typed, status=409).page.words


def test_a_digest_that_was_made_up_saves_nothing(now, pages):
    enrollment = on_a_group(now)
    path = f"/enrollments/{enrollment.id}/leave"
    typed = {"from_on": "2026-03-09", "until_on": "2026-03-22", "step": "save"}
    before = dump("trail_look")
    pages.post(path, typed, status=409)
    pages.post(path, typed | {"shown": "nonsense"}, status=409)
    assert changed(before, dump("trail_look")) == set()
