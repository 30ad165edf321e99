from datetime import date

from clinic.authorizations import queries
from clinic.authorizations.rules import Beyond, More, What
from clinic.coverage.models import Unit
from clinic.enrollment.queries import get_enrollment
from clinic.programs.models import Measure, Population
from clinic.programs.queries import find_clinic
from clinic.schedule.models import Status
from tests import make

NOW = make.instant("2026-03-05 12:00")  # a Thursday


def attended(enrollment, facts):
    """A session on each of these days of March, with what became of it."""
    for number, status in facts.items():
        session = make.session(f"2026-03-{number:02}", program=enrollment.program)
        make.booking(session, enrollment, status)


def line(enrollment):
    """What is used, not recorded and booked of its one authorization."""
    (found,) = queries.approvals_of([enrollment], find_clinic(), now=NOW)
    (reach,) = found.outlook.reaches
    return reach.used, reach.open, reach.booked


def test_what_somebody_attended_uses_units_what_they_missed_does_not(app):
    enrollment = make.enrollment()
    make.authorization(enrollment)
    attended(
        enrollment,
        {
            2: Status.PRESENT,
            3: Status.NO_SHOW,
            4: Status.EXPECTED,
            5: Status.EXCUSED,
            6: Status.EXPECTED,
            9: Status.PRESENT,  # checked in ahead
            10: Status.EXCUSED,
        },
    )
    off = make.session("2026-03-11", is_cancelled=True, program=enrollment.program)
    other = make.session("2026-03-12", is_counted=False, program=enrollment.program)
    for session in (off, other):
        make.booking(session, enrollment)
    assert line(enrollment) == (1, 1, 2)


def test_allowed_absences_use_units_where_the_clinic_says_so(app):
    enrollment = make.enrollment()
    make.authorization(enrollment)
    attended(enrollment, {2: Status.PRESENT, 3: Status.EXCUSED, 4: Status.LATE_CANCEL})
    attended(enrollment, {6: Status.EXCUSED})
    assert line(enrollment) == (1, 0, 0)
    make.organization(excused_use_units=True)
    assert line(enrollment) == (2, 0, 1)


def test_hours_are_the_minutes_that_were_delivered(app):
    enrollment = make.enrollment()
    make.authorization(enrollment, unit=Unit.HOUR)
    late = make.session("2026-03-02", start="10:00", end="12:00")
    make.booking(late, enrollment, Status.PRESENT, arrived_at=make.instant("2026-03-02 10:40"))
    gone = make.session("2026-03-03", start="10:00", end="12:00")
    make.booking(gone, enrollment, Status.PRESENT, arrived_at=make.instant("2026-03-03 12:30"))
    short = make.session("2026-03-04", start="10:00", end="12:00")
    short.held_until = make.instant("2026-03-04 11:00")
    make.booking(short, enrollment, Status.PRESENT)
    assert line(enrollment) == (80 + 60, 0, 0)


def test_sessions_ahead_that_nothing_covers_are_known_by_their_ids(app):
    enrollment, without = make.enrollment(), make.enrollment()
    make.authorization(enrollment, number="A7", until_on="2026-03-09")
    attended(enrollment, {2: Status.PRESENT, 9: Status.EXPECTED, 10: Status.EXPECTED})
    attended(without, {10: Status.EXPECTED})
    both = [enrollment.id, without.id]
    assert queries.beyond_of([without.id], find_clinic(), now=NOW) == {}
    assert queries.beyond_of(both, find_clinic(), now=NOW) == {
        enrollment.id: Beyond("A7", {3: date(2026, 3, 10)})
    }


def test_coming_to_a_session_besides_is_authorized_or_not(app):
    enrollment, free = make.enrollment(), make.enrollment()
    make.authorization(enrollment, unit=Unit.SESSION, units=2, number="A7")
    attended(enrollment, {4: Status.EXPECTED})
    second, third = make.session("2026-03-05"), make.session("2026-04-01")
    assert queries.if_coming(enrollment.id, second, now=NOW) is None
    found = queries.if_coming(enrollment.id, third, now=NOW)
    assert found.warnings == ("1 session on Wed, Apr 1 is beyond authorization A7.",)
    assert found.beyond == (More(enrollment.id, "A7", 1, date(2026, 4, 1)),)
    attended(enrollment, {6: Status.EXPECTED})
    found = queries.if_coming(enrollment.id, second, now=NOW)  # it takes the unit of another one
    assert found.beyond == (More(enrollment.id, "A7", 1, date(2026, 3, 6)),)
    assert queries.if_coming(free.id, third, now=NOW) is None
    uncounted = make.session("2026-04-01", is_counted=False)
    assert queries.if_coming(enrollment.id, uncounted, now=NOW) is None


def test_what_is_due_is_of_a_site_and_of_ones_own_caseload(app):
    here, there = make.program(make.site()), make.program(make.site())
    ana = make.staff()
    for program, clinician in ((here, ana), (there, None), (here, None)):
        enrollment = make.enrollment(program=program, clinician=clinician)
        make.authorization(enrollment, until_on="2026-03-10")
    ended = make.enrollment(until_on="2026-03-01", program=here)
    make.authorization(ended, until_on="2026-03-10")

    def found(**limits):
        return [
            (each.row.id, each.due.what, each.due.on)
            for each in queries.dues_on(NOW, find_clinic(), **limits)
        ]

    end = What.RUNNING_OUT, date(2026, 3, 11)
    assert found() == [(1, *end), (2, *end), (3, *end)]
    assert found(site_id=there.site_id) == [(2, *end)]
    assert found(scope=ana.id) == [(1, *end)]


def test_nothing_is_due_before_there_is_a_clinic(app):
    assert queries.dues_on(NOW, find_clinic()) == []


def test_a_rule_set_says_for_how_long_a_certification_holds(app):
    figures = make.rule_set({Measure.CERTIFICATION_DAYS: 30})
    youth = make.rule_set({Measure.CERTIFICATION_DAYS: 45}, population=Population.ADOLESCENT)
    for rule_set in (figures, youth, None):
        program = make.program(rule_set_id=rule_set and rule_set.id)
        certified = make.enrollment(program=program)
        make.certification(certified, "2026-02-20")
        make.certification(certified, "2026-01-20")
        make.enrollment(program=program)
    enrollments = [get_enrollment(each) for each in range(1, 7)]
    found = queries.approvals_of(enrollments, find_clinic(), now=NOW)
    assert [each.certify_by for each in found] == [
        date(2026, 3, 22),
        date(2026, 1, 5),
        date(2026, 4, 21),  # of another population: the default
        None,
        date(2026, 4, 21),
        None,
    ]
    assert [one.certified_on for one in found[0].certifications] == [
        date(2026, 2, 20),
        date(2026, 1, 20),
    ]
