from datetime import date, timedelta

import pytest

from clinic.billable.queries import days
from clinic.billable.rules import Hold, Now
from clinic.programs.models import Measure
from clinic.schedule.models import Decision, Status
from tests import make

TUESDAY = date(2026, 3, 3)
LATER = make.instant("2026-04-01 12:00")
PER_DIEM = {Measure.UNIT_MINUTES_MIN: 180, Measure.UNITS_DAY_MAX: 1}


def paid_by(figures=PER_DIEM, **facts):
    """A program whose rule set says so much of units."""
    return make.program(rule_set_id=make.rule_set(figures).id, **facts)


def licensed(until="2027-01-01"):
    return make.staff(license_number="SW-1", license_expires_on=date.fromisoformat(until))


def attended(program, start="09:00", end="12:00", *, is_signed=True, **facts):
    """A session with a licensed leader, and somebody who was there; signed unless told."""
    session = make.session("2026-03-03", start, end, program=program, leaders=[licensed()])
    facts.setdefault("status", Status.PRESENT)
    return make.booking(session, signed_at=session.ends_at if is_signed else None, **facts)


def on(day=TUESDAY, *, now=LATER, **facts):
    return days(day, day, now=now, **facts)


def holds(found):
    return [each.billable.reasons for each in found]


def test_a_day_with_the_minutes_of_its_rule_set_is_a_unit(app):
    program = paid_by()
    booking = attended(program)
    (found,) = on()
    assert (found.enrollment_id, found.day, found.program) == (
        booking.enrollment_id,
        TUESDAY,
        program,
    )
    assert (found.billable.units, found.billable.minutes, found.billable.holds) == (1, 180, ())
    assert found.billable.is_billable


def test_a_day_waits_for_the_signature_of_its_sheet(app):
    booking = attended(paid_by(), is_signed=False)
    assert holds(on()) == [(Hold.UNSIGNED,)]
    booking.signed_at = booking.session.ends_at
    assert holds(on()) == [()]


def test_a_sheet_that_two_sign_waits_for_the_second(app):
    booking = attended(paid_by())
    make.sign_off(booking.session, make.staff(), signatures_min=2)
    assert holds(on()) == [(Hold.UNSIGNED,)]
    make.sign_off(booking.session, make.staff(), signatures_min=2, is_second=True)
    assert holds(on()) == [()]


def test_a_day_waits_for_a_mark_and_is_not_short_before(app):
    attended(paid_by(), status=Status.EXPECTED, is_signed=False)
    (found,) = on()
    assert found.billable.reasons == (Hold.UNCONFIRMED,)
    assert (found.billable.units, found.billable.unconfirmed) == (0, 180)


def test_a_day_waits_for_an_amendment(app):
    booking = attended(paid_by(), "09:00", "10:00")
    asked = make.attendance_amendment(booking, make.staff(), Status.PRESENT)
    assert holds(on()) == [(Hold.AMENDMENT,)]
    asked.decision, asked.decided_at = Decision.DECLINED, LATER
    assert holds(on()) == [(Hold.UNDER,)]


def test_whoever_is_to_be_put_on_a_signed_sheet_waits_for_the_amendment(app):
    program = paid_by()
    other = attended(program)
    added = make.enrollment(program=program)
    make.attendance_amendment(
        other, make.staff(), enrollment_id=added.id, before_status=None, before_version=None
    )
    found = {each.enrollment_id: each.billable for each in on()}
    assert found[added.id].reasons == (Hold.AMENDMENT,)
    assert found[other.enrollment_id].reasons == ()
    alone = on(enrollment_ids=[other.enrollment_id])
    assert [each.enrollment_id for each in alone] == [other.enrollment_id]
    nobody = make.enrollment(program=program)
    assert on(enrollment_ids=[nobody.id]) == []


def test_a_license_is_that_of_whoever_led_on_that_day(app):
    ana, bob = licensed("2026-03-02"), licensed()
    session = make.session("2026-03-03", "09:00", "12:00", program=paid_by(), leaders=[ana, bob])
    make.booking(session, status=Status.PRESENT, signed_at=session.ends_at)
    assert holds(on()) == [()]
    session.leaders[1].has_led = False
    assert holds(on()) == [(Hold.NO_LICENSE,)]
    ana.license_expires_on = TUESDAY
    assert holds(on()) == [()]
    make.sign_off(session, ana, license_expires_on=date(2026, 3, 2))
    assert holds(on()) == [(Hold.NO_LICENSE,)]  # it had run out when they signed


def test_what_nobody_led_has_no_license(app):
    session = make.session("2026-03-03", "09:00", "12:00", program=paid_by())
    make.booking(session, status=Status.PRESENT, signed_at=session.ends_at)
    assert holds(on()) == [(Hold.NO_LICENSE,)]


def test_a_rule_set_that_does_not_say_what_makes_a_unit_holds_the_days_of_its_programs(app):
    attended(paid_by({Measure.WEEK_MINUTES_MIN: 540}))
    (found,) = on()
    assert (found.figures, found.billable.reasons) == (None, (Hold.NO_FIGURE,))
    assert found.billable.units == 0


def test_a_program_without_a_rule_set_has_no_units(app):
    attended(make.program())
    assert holds(on()) == [(Hold.NO_FIGURE,)]


def test_a_day_is_only_short_once_it_is_over_at_the_site(app):
    attended(paid_by(site=make.site(timezone="America/Los_Angeles")), "09:00", "10:00")
    assert holds(on(now=make.instant("2026-03-03 23:59", "America/Los_Angeles"))) == [()]
    assert holds(on(now=make.instant("2026-03-04 00:00", "America/Los_Angeles"))) == [(Hold.UNDER,)]


def test_days_to_come_and_days_of_absence_are_there_only_when_all_are_asked_for(app):
    program = paid_by()
    absent = attended(program, status=Status.NO_SHOW)
    ahead = make.booking(
        make.session("2026-04-02", "09:00", "12:00", program=program), absent.enrollment
    )
    until = TUESDAY + timedelta(weeks=6)
    assert days(TUESDAY, until, now=LATER) == []
    found = days(TUESDAY, until, now=LATER, enrollment_ids=[ahead.enrollment_id], with_all=True)
    assert [(each.day, each.billable.upcoming) for each in found] == [
        (TUESDAY, 0),
        (date(2026, 4, 2), 180),
    ]


def test_days_can_be_those_of_a_site_of_some_people_or_in_the_sight_of_somebody(app):
    here = attended(paid_by())
    there = attended(paid_by(site=make.site()))
    assert {each.enrollment_id for each in on()} == {here.enrollment_id, there.enrollment_id}
    at = there.enrollment.program.site_id
    assert [each.enrollment_id for each in on(site_id=at)] == [there.enrollment_id]
    chosen = on(enrollment_ids=[here.enrollment_id])
    assert [each.enrollment_id for each in chosen] == [here.enrollment_id]
    assert on(scope=make.staff().id) == []


def test_minutes_are_those_of_the_hours(app):
    attended(paid_by(), "09:00", "13:00", arrived="09:30", left="12:45")
    (found,) = on()
    assert (found.billable.minutes, found.billable.units) == (195, 1)


@pytest.mark.parametrize(
    ("now", "facts", "told"),
    [
        ("08:59", {}, (None, 0, 180)),
        ("09:00", {}, (Now.COUNTING, 0, 180)),
        ("09:40", {}, (Now.COUNTING, 40, 180)),
        ("09:40", {"arrived": "09:30"}, (Now.COUNTING, 10, 150)),  # all that it can bring by now
        ("11:40", {"left": "10:00"}, (Now.LEFT, 60, 60)),
        ("09:40", {"left": "10:00"}, (Now.COUNTING, 40, 60)),
        ("09:40", {"status": Status.EXPECTED}, (Now.UNMARKED, 0, 180)),
        ("09:40", {"status": Status.EXCUSED}, (None, 0, 0)),
        ("12:00", {}, (None, 0, 0)),
    ],
)
def test_a_session_that_is_under_way_says_what_has_passed_and_counts_nothing_yet(
    app, now, facts, told
):
    attended(paid_by(), **facts)
    (found,) = on(now=make.instant(f"2026-03-03 {now}"), with_all=True)
    (part,) = found.parts
    assert (part.now, part.so_far, part.upcoming) == told
    is_over = now == "12:00"
    assert (part.delivered, found.billable.units) == ((180, 1) if is_over else (0, 0))


def test_a_session_of_a_kind_that_does_not_count_counts_nothing_while_it_runs(app):
    attended(paid_by()).session.is_counted = False
    (found,) = on(now=make.instant("2026-03-03 09:40"), with_all=True)
    assert (found.parts[0].now, found.parts[0].so_far) == (None, 0)
