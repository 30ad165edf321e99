import json
from datetime import date

import pytest
from sqlalchemy import select

from clinic.accounts.models import Staff
from clinic.days import WeeklyTime
from clinic.db import db, transaction
from clinic.errors import Refused
from clinic.permissions import Role
from clinic.staff import actions as staff
from clinic.staff import queries
from clinic.trail import SYSTEM, TrailEvent, digest_of_words
from tests import make
from tests.dump import number_of, who_did_what
from tests.race import race

CLINICIAN = frozenset({Role.CLINICIAN})
NOON = make.instant("2026-03-02 12:00")


def test_staff_are_brought_up_to_date(app):
    ana = make.staff(name="Ana Rivera", credentials="LCSW")
    same = staff.change_staff(ana, name="Ana Rivera", credentials="LCSW", by=SYSTEM, now=NOON)
    other = staff.change_staff(ana, name="Ana Rivera", credentials="PhD", by=SYSTEM, now=NOON)
    assert (same, other, ana.credentials) == (False, True, "PhD")
    assert who_did_what() == [("staff.changed", None)]


def take_on(email="ana.rivera@example.org", role=Role.CLINICIAN):
    return staff.take_on(email=email, name="Ana Rivera", role=role, by=SYSTEM, now=NOON)


def test_somebody_new_gets_an_account_and_a_key_of_their_own(app):
    make.staff(key="ana-rivera")
    make.staff(key="ana-rivera-2")
    account = take_on()
    staff = db.scalars(select(Staff).where(Staff.account_id == account.id)).one()
    assert (staff.key, staff.name, account.roles) == ("ana-rivera-3", "Ana Rivera", CLINICIAN)
    assert [verb for verb, _ in who_did_what()] == ["account.added", "staff.added"]


def test_somebody_known_gets_one_role_more(app):
    known = make.staff(email="ana.rivera@example.org", name="Ana M. Rivera", key="rivera")
    account = take_on("Ana.Rivera@example.org", Role.ADMIN)
    assert account is known.account
    assert account.roles == {Role.CLINICIAN, Role.ADMIN}
    assert (known.name, known.key, number_of(Staff)) == ("Ana M. Rivera", "rivera", 1)


def test_somebody_who_had_left_is_taken_on_again(app):
    former = make.staff(email="ana.rivera@example.org", is_active=False).account
    assert take_on().is_active is True
    assert take_on() is former


def test_a_participant_is_not_taken_on_as_staff(app):
    make.participant(email="jo@example.org")
    with pytest.raises(Refused) as refused:
        take_on("jo@example.org")
    assert refused.value.sentence == (
        "This e-mail address belongs to a participant. Staff need another one."
    )
    assert number_of(Staff) == 0


def employ(**facts):
    return staff.employ(
        **{"name": "Ana Rivera", "email": None, "roles": CLINICIAN} | facts, by=SYSTEM, now=NOON
    )


def test_somebody_who_begins_here_has_an_account_and_a_key_from_address_or_name(app):
    ana = employ(email="ana.r@example.org", credentials="LCSW")
    noor = employ(name="Noor Haddad", roles=frozenset())
    assert (ana.key, ana.credentials, ana.account.email) == ("ana-r", "LCSW", "ana.r@example.org")
    assert (noor.key, noor.account.email, noor.account.roles) == ("noor-haddad", None, frozenset())


def test_nobody_begins_here_with_the_address_of_somebody_else(app):
    make.staff(email="ana@example.org")
    make.participant(email="jo@example.org")
    sentences = []
    for email in ("ana@example.org", "jo@example.org"):
        with pytest.raises(Refused) as refused:
            employ(email=email)
        assert refused.value.field == "email"
        sentences.append(refused.value.sentence)
    assert sentences == [
        "This e-mail address belongs to somebody else already.",
        "This e-mail address belongs to a participant. Staff need another one.",
    ]


def test_a_license_is_written_down_once(app):
    ana = make.staff()
    due = date(2026, 12, 31)
    changed = [
        staff.set_license(ana, number="SW-1", expires_on=due, by=SYSTEM, now=NOON) for _ in "ab"
    ]
    assert (changed, ana.license_number, ana.license_expires_on) == ([True, False], "SW-1", due)
    event = db.scalars(select(TrailEvent)).one()
    assert event.verb == "staff.license_changed"
    digest = digest_of_words("SW-1", "staff", ana.id)
    assert json.loads(event.facts) == {
        "before": {"expires_on": None, "number": None},
        "expires_on": "2026-12-31",
        "number": digest,
    }


MORNING, AFTERNOON = WeeklyTime(0, 540, 720), WeeklyTime(0, 720, 1020)


def test_working_hours_become_what_was_said(app):
    ana = make.staff()
    said = [[AFTERNOON, MORNING], [MORNING, AFTERNOON], [AFTERNOON._replace(until_minute=1080)], []]
    changed = []
    for shifts in said:
        changed.append(staff.set_working_hours(ana, shifts, by=SYSTEM, now=NOON))
        assert queries.shifts_of(ana.id) == sorted(shifts)
    assert changed == [True, False, True, True]
    assert [verb for verb, _ in who_did_what()] == ["staff.working_hours_changed"] * 3
    assert db.scalars(select(TrailEvent.facts).order_by(TrailEvent.id)).first() == (
        '{"shifts":[[0,540,720],[0,720,1020]]}'
    )


def test_working_hours_at_the_same_time_are_refused(app):
    ana = make.staff()
    twice = [MORNING, MORNING._replace(from_minute=600)]
    with pytest.raises(Refused) as refused:
        staff.set_working_hours(ana, twice, by=SYSTEM, now=NOON)
    assert refused.value.sentence == "Two of the working hours are at the same time on Monday."
    assert queries.shifts_of(ana.id) == []


def test_an_account_that_nobody_works_by_yet_gets_its_person(app):
    known = make.account(roles=[], email="ana.rivera@example.org")
    assert take_on() is known
    assert db.scalars(select(Staff.account_id)).all() == [known.id]


TAKEN = "There is already time off from Mar 9, 2026 to Mar 13, 2026. Change that instead."


def days(first, last, reason=None):
    return {
        "from_on": date.fromisoformat(first),
        "until_on": date.fromisoformat(last),
        "reason": reason,
        "by": SYSTEM,
        "now": NOON,
    }


def kept(staff):
    return [
        (str(away.from_on), str(away.until_on), away.reason)
        for away in queries.time_off_of(staff.id)
    ]


def trail():
    events = db.scalars(select(TrailEvent).order_by(TrailEvent.id))
    return [(event.verb, event.facts) for event in events]


def test_time_off_is_kept_and_its_reason_is_not_in_the_trail(app):
    ana = make.staff()
    staff.add_time_off(ana, **days("2026-03-09", "2026-03-13", "surgery"))
    assert kept(ana) == [("2026-03-09", "2026-03-13", "surgery")]
    facts = f'{{"from_on":"2026-03-09","staff":{ana.id},"until_on":"2026-03-13"}}'
    assert trail() == [("time_off.added", facts)]


def test_days_off_overlap_only_with_those_of_others(app):
    ana, ben = make.staff(), make.staff()
    make.time_off(ana, "2026-03-09", "2026-03-13")
    with pytest.raises(Refused) as refused:
        staff.add_time_off(ana, **days("2026-03-13", "2026-03-20"))
    assert (refused.value.sentence, refused.value.field) == (TAKEN, "from_on")
    staff.add_time_off(ana, **days("2026-03-14", "2026-03-14"))
    staff.add_time_off(ben, **days("2026-03-13", "2026-03-20"))
    assert (len(kept(ana)), len(kept(ben))) == (2, 1)


def test_the_last_day_is_not_before_the_first(app):
    with pytest.raises(Refused) as refused:
        staff.add_time_off(make.staff(), **days("2026-03-13", "2026-03-09"))
    assert refused.value.sentence == "The last day is before the first."
    assert refused.value.field == "until_on"


def test_time_off_is_shortened_and_the_same_again_changes_nothing(app):
    ana = make.staff()
    away = make.time_off(ana, "2026-03-09", "2026-03-13")
    shorter = days("2026-03-09", "2026-03-10", "course")
    assert [staff.change_time_off(away, **shorter) for _ in range(2)] == [True, False]
    assert kept(ana) == [("2026-03-09", "2026-03-10", "course")]
    assert [verb for verb, _ in trail()] == ["time_off.changed"]


def test_time_off_is_not_moved_onto_other_days_off(app):
    ana = make.staff()
    make.time_off(ana, "2026-03-09", "2026-03-13")
    away = make.time_off(ana, "2026-03-20")
    with pytest.raises(Refused) as refused:
        staff.change_time_off(away, **days("2026-03-10", "2026-03-10"))
    assert refused.value.sentence == TAKEN


def test_removed_time_off_is_gone(app):
    ana = make.staff()
    staff.remove_time_off(make.time_off(ana, "2026-03-09"), by=SYSTEM, now=NOON)
    assert kept(ana) == []
    assert trail() == [("time_off.removed", f'{{"staff":{ana.id}}}')]


def test_the_same_days_are_noted_once_also_when_two_do_it_together(app):
    ana = make.staff()

    def add(first):
        def call():
            with transaction():
                person = db.get(Staff, ana.id)
                staff.add_time_off(person, **days(first, "2026-03-13"))

        return call

    answers = race(app, add("2026-03-09"), add("2026-03-10"))
    assert sorted(type(answer).__name__ for answer in answers) == ["NoneType", "Refused"]
    assert len(kept(ana)) == 1
