import pytest

from clinic.schedule.actions.rosters import fill
from clinic.schedule.actions.series import lay_out
from clinic.schedule.models import Mode
from clinic.trail import SYSTEM
from tests import make
from tests.dump import changed, dump


@pytest.fixture
def now(app, at):
    return at("2026-03-04 12:00")  # a Wednesday


@pytest.fixture
def evening(now):
    """A group of Thursdays and Fridays, three hours each, with one seat that is taken."""
    program = make.program(min_minutes=360)
    jordan = make.enrollment(make.participant(name="Jordan Avery"), program)
    series = make.series(
        program, weekdays="34", start="18:00", end="21:00", seats=1, mode=Mode.VIRTUAL
    )
    lay_out(series, by=SYSTEM, now=now)
    make.roster_entry(series, jordan)
    fill(series.id)
    make.saved()
    return series, jordan


def test_a_day_off_turns_the_week_and_nothing_is_saved(evening, signed_in):
    _, jordan = evening
    pages, path = signed_in("coordinator"), f"/enrollments/{jordan.id}/what-if"
    before = dump()
    words = pages.get(path).page.words
    assert "The weeks as they are This week, Mar 2 Evening IOP 6 h planned of 6–12 h" in words
    words = pages.submit(path, days_off="4", status=200).page.words
    assert "6 h more would be missing." in words
    assert "before: 6 h planned of 6–12 h On course" in words
    assert "Not coming to Fri, Mar 6, 6:00 – 9:00 pm" in words
    assert pages.answer.page.links["Record an absence"].endswith("/absence")
    words = pages.submit(path, days_off=[], status=422).page.words
    assert "Choose a group, a day off, or times at which they cannot come." in words
    assert changed(before, dump()) <= {"trail_look"}


def test_one_more_seat_turns_the_week_of_whoever_would_have_it(evening, signed_in):
    series, _ = evening
    sam = make.enrollment(make.participant(name="Sam Lee"), series.program)
    make.saved()
    pages, path = signed_in("coordinator"), f"/groups/{series.id}/what-if"
    assert "Sam Lee, 6 h missing in the week of Mar 2" in pages.get(path).page.words
    words = pages.submit(path, enrollment=str(sam.id), status=200).page.words
    assert "Nothing would be missing." in words
    assert "Added Thu, Mar 5, 6:00 – 9:00 pm" in words
    form = next(
        each
        for each in pages.answer.page.all("form")
        if each.get("action", "").startswith("/enrollments")
    )
    assert form.get("action") == f"/enrollments/{sam.id}/groups"


def test_a_room_that_has_no_seat_more_is_said(now, signed_in):
    program = make.program(min_minutes=360)
    room = make.room(seats=1)
    series = make.series(program, weekdays="3", room=room, seats=1)
    lay_out(series, by=SYSTEM, now=now)
    make.roster_entry(series, make.enrollment(program=program))
    fill(series.id)
    sam = make.enrollment(make.participant(name="Sam Lee"), program)
    make.saved()
    pages, path = signed_in("coordinator"), f"/groups/{series.id}/what-if"
    pages.get(path)
    page = pages.submit(path, enrollment=str(sam.id), status=422).page
    assert "1 seat" in page.words
