from datetime import date

import pytest

from clinic.enrollment.models import Outcome
from clinic.policy import queries
from clinic.policy.queries import Alerted
from clinic.schedule.models import Status
from tests import make

TODAY = date(2026, 3, 16)
NOW = make.instant("2026-03-16 12:00")
MISSED = Status.NO_SHOW


@pytest.fixture
def policy(app):
    return make.organization(alert_in_a_row=2)


def attended(enrollment, *statuses, first=2):
    """One session a day of March, with what became of each."""
    for number, status in enumerate(statuses):
        session = make.session(f"2026-03-{first + number:02}", program=enrollment.program)
        make.booking(session, enrollment, status)


def names(found):
    return [each.name for each in found]


def test_somebody_who_missed_as_often_as_the_policy_allows_is_named_with_words(policy):
    jordan = make.participant(name="Jordan Avery", preferred_name="Jo")
    attended(make.enrollment(jordan), Status.PRESENT, MISSED, Status.LATE_CANCEL, Status.EXCUSED)
    assert queries.alerts_on(TODAY, now=NOW) == [
        Alerted(
            jordan.id,
            "Jordan Avery",
            "Jo",
            "Evening IOP",
            date(2026, 3, 4),
            ["2 misses in a row"],
        )
    ]


def test_being_there_ends_the_row(policy):
    attended(make.enrollment(), MISSED, MISSED, Status.PRESENT)
    attended(make.enrollment(), MISSED, MISSED, Status.PRESENT, MISSED)
    assert queries.alerts_on(TODAY, now=NOW) == []


def test_who_has_checked_in_to_what_has_not_begun_is_not_there_yet(policy):
    enrollment = make.enrollment()
    attended(enrollment, MISSED, MISSED)
    make.booking(make.session("2026-03-16", "12:30", "13:30"), enrollment, Status.PRESENT)
    assert len(queries.alerts_on(TODAY, now=NOW)) == 1
    assert queries.alerts_on(TODAY, now=make.instant("2026-03-16 12:30")) == []


def test_cancelled_sessions_do_not_count(policy):
    enrollment = make.enrollment()
    attended(enrollment, MISSED)
    off = make.session("2026-03-10", program=enrollment.program, is_cancelled=True)
    make.booking(off, enrollment, MISSED)
    assert queries.alerts_on(TODAY, now=NOW) == []
    attended(enrollment, MISSED, first=11)
    back = make.session("2026-03-12", program=enrollment.program, is_cancelled=True)
    make.booking(back, enrollment, Status.PRESENT)
    assert len(queries.alerts_on(TODAY, now=NOW)) == 1


def test_an_episode_of_care_is_looked_at_as_a_whole_and_an_earlier_one_not_at_all(app):
    make.organization(alert_in_episode=3)
    other = make.program(name="Aftercare")
    jordan = make.participant(name="Jordan Avery")
    long_ago = make.enrollment(
        jordan, from_on="2025-01-06", until_on="2025-03-02", outcome=Outcome.LEFT
    )
    make.booking(make.session("2025-02-03", program=long_ago.program), long_ago, MISSED)
    before = make.enrollment(
        jordan, until_on="2026-03-08", outcome=Outcome.TRANSFERRED, program=other
    )
    attended(before, MISSED, MISSED)
    after = make.enrollment(jordan, from_on="2026-03-09", continues_id=before.id)
    assert queries.alerts_on(TODAY, now=NOW) == []
    attended(after, MISSED, first=9)
    (found,) = queries.alerts_on(TODAY, now=NOW)
    assert found.alerts == ["3 misses in this episode"]
    assert found.last_missed_on == date(2026, 3, 9)


def test_who_is_not_enrolled_any_more_or_not_yet_is_left_out(policy):
    attended(make.enrollment(until_on="2026-03-15"), MISSED, MISSED)
    attended(make.enrollment(from_on="2026-03-17"), MISSED, MISSED)
    assert queries.alerts_on(TODAY, now=NOW) == []


def test_everybody_is_listed_by_name_or_those_of_a_site_or_of_a_clinician(policy):
    ana = make.staff()
    east, west = make.site(key="east"), make.site(key="west")
    for name, site, clinician in (("zoe B", east, ana), ("Adam C", west, None)):
        enrollment = make.enrollment(
            make.participant(name=name), make.program(site), clinician=clinician
        )
        attended(enrollment, MISSED, MISSED)
    assert names(queries.alerts_on(TODAY, now=NOW)) == ["Adam C", "zoe B"]
    assert names(queries.alerts_on(TODAY, now=NOW, site_id=east.id)) == ["zoe B"]
    assert names(queries.alerts_on(TODAY, now=NOW, scope=ana.id)) == ["zoe B"]
    assert names(queries.alerts_on(TODAY, now=NOW, site_id=west.id, scope=ana.id)) == []


def test_a_few_peoples_alerts_are_there_by_their_id(policy):
    make.site()
    missed, came = make.enrollment(), make.enrollment()
    attended(missed, MISSED, MISSED)
    attended(came, Status.PRESENT)
    ids = [missed.participant_id, came.participant_id]
    assert queries.alerts_of(ids, today=TODAY, now=NOW) == {
        missed.participant_id: ["2 misses in a row"]
    }
    assert queries.alerts_of([came.participant_id], today=TODAY, now=NOW) == {}
    assert queries.alerts_of([], today=TODAY, now=NOW) == {}


def test_of_several_episodes_the_one_that_runs_is_looked_at(policy):
    make.site()
    jordan = make.participant()
    make.enrollment(jordan, until_on="2026-02-01", outcome=Outcome.LEFT)
    attended(make.enrollment(jordan, from_on="2026-03-02", until_on="2026-03-31"), MISSED, MISSED)
    make.enrollment(jordan, from_on="2026-05-04")
    gone = make.enrollment(until_on="2026-03-10")
    attended(gone, MISSED, MISSED)
    ids = [jordan.id, gone.participant_id]
    assert queries.alerts_of(ids, today=TODAY, now=NOW) == {jordan.id: ["2 misses in a row"]}


def test_where_nothing_is_set_up_nobody_has_alerts(app):
    assert queries.alerts_of([1], today=TODAY, now=NOW) == {}


def test_a_clinic_whose_policy_asks_for_nothing_is_not_looked_through(app, queries_sent):
    make.organization()
    attended(make.enrollment(), MISSED, MISSED)
    assert queries.alerts_on(TODAY, now=NOW) == []
    assert queries_sent(lambda: queries.alerts_on(TODAY, now=NOW)) <= 1


def test_the_alerts_of_many_take_one_statement(policy, queries_sent):
    sent = []
    for _ in range(3):
        attended(make.enrollment(), MISSED, MISSED, Status.PRESENT, MISSED, MISSED)
        organization = make.organization()
        sent.append(queries_sent(lambda: queries.alerts_on(TODAY, now=NOW)))
        assert organization.alert_in_a_row == 2
    assert sent == [1] * 3


@pytest.fixture
def queries_sent(queries):
    """How many statements a call sends."""

    def counted(call):
        with queries() as count:
            call()
        return count()

    return counted


def test_the_counters_are_of_the_episode_that_runs_and_of_what_has_begun(policy):
    jordan = make.participant()
    long_ago = make.enrollment(
        jordan, from_on="2025-01-06", until_on="2025-03-02", outcome=Outcome.LEFT
    )
    make.booking(make.session("2025-02-03"), long_ago, MISSED)
    enrollment = make.enrollment(jordan, from_on="2026-03-02")
    attended(enrollment, Status.PRESENT, Status.EXCUSED, MISSED)
    make.booking(make.session("2026-03-17"), enrollment, Status.LATE_CANCEL)
    both = [long_ago, enrollment]
    found = queries.counters_of(both, policy, today=TODAY, now=NOW)
    assert found == (date(2026, 3, 2), (1, 1, 0, 1), ["1 miss in a row (alert at 2)"])
    assert queries.counters_of(both, policy, today=date(2025, 6, 1), now=NOW) is None
