import json
from datetime import date

import pytest
from sqlalchemy import select

from clinic.attendance import actions as attendance
from clinic.attendance.queries import get_booking, get_session
from clinic.attendance.rules import NOBODY, NOT_ENDED, SIGNED_BY_IMPORT, looked_at
from clinic.audit.queries import bookings_compared
from clinic.bookings.queries import booked_for
from clinic.bookings.rules import why_signed
from clinic.db import db, transaction
from clinic.errors import Refused
from clinic.outbox import OutboxMessage
from clinic.programs.models import Measure
from clinic.schedule.actions import guests
from clinic.schedule.models import Booking, Method, SignOff, Status
from clinic.schedule.rules.changes import SIGNED as CLOSED
from clinic.signing import actions, rules
from clinic.trail import Actor, TrailEvent, broken_chains
from tests import make
from tests.race import race

NOON = make.instant("2026-03-02 12:00")
VALID = {"license_number": "C.1234", "license_expires_on": date(2026, 3, 2)}


@pytest.fixture
def ana(app):
    return make.staff(name="Ana Rivera", **VALID)


@pytest.fixture
def group(ana):
    return make.session(leaders=[ana])


def sign(session, staff, decided=None, **facts):
    defaults = {"may_for_others": False, "seen": seen(session), "now": NOON}
    by = Actor("account", staff.account_id) if staff else Actor("account", 1)
    staff_id = staff.id if staff else None
    options = defaults | facts
    return actions.sign(session, decided or {}, staff_id=staff_id, by=by, **options)


def seen(session):
    return looked_at(session, booked_for(session.id))


def why_not(*args, **facts):
    with pytest.raises(Refused) as refused:
        sign(*args, **facts)
    return refused.value.sentence


def stored(booking):
    db.refresh(booking, Booking.__table__.columns.keys())
    return booking


def verbs(act=None):
    found = db.scalars(select(TrailEvent).order_by(TrailEvent.id))
    return [event.verb for event in found if act in (None, event.act)]


def test_who_led_it_signs_for_all_on_the_sheet(group, ana):
    there = make.booking(group, status=Status.PRESENT)
    carried = make.booking(group, status=Status.PRESENT, method=Method.CARRIED, arrived="10:00")
    away = make.booking(group, status=Status.NO_SHOW)
    make.saved()
    found = sign(group, ana)
    assert (found.name, found.credentials, found.license_number) == ("Ana Rivera", "LCSW", "C.1234")
    assert (found.is_license_valid, found.is_second, found.is_on_behalf) == (True, False, False)
    assert (found.present, found.absent, found.signatures_min) == (2, 1, 1)
    assert [stored(each).signed_at for each in (there, carried, away)] == [NOON] * 3
    assert carried.method is Method.CARRIED
    event = db.scalars(select(TrailEvent).where(TrailEvent.verb == actions.SIGNED)).one()
    assert (event.subject_kind, event.subject_id) == ("session", group.id)
    assert json.loads(event.facts)["sign_off"] == found.id
    assert "Rivera" not in event.facts
    assert "C.1234" not in event.facts
    assert verbs(event.act) == ["attendance.signed"] * 3 + ["session.signed"]
    assert broken_chains() == []


def test_who_is_unmarked_is_decided_in_the_signature(group, ana):
    here, missed = make.booking(group), make.booking(group)
    make.saved()
    assert why_not(group, ana) == "2 people are still unmarked: choose what is so."
    decided = {here.id: Status.PRESENT}
    assert why_not(group, ana, decided) == "One person is still unmarked: choose what is so."
    db.rollback()
    sign(group, ana, decided | {missed.id: Status.NO_SHOW})
    make.saved()
    assert (stored(here).status, stored(missed).status) == (Status.PRESENT, Status.NO_SHOW)
    assert here.method is Method.STAFF
    assert here.signed_at == NOON
    assert bookings_compared().sentences == []


def test_what_was_decided_of_somebody_who_is_marked_is_not_heard(group, ana):
    here = make.booking(group, status=Status.PRESENT)
    sign(group, ana, {here.id: Status.NO_SHOW})
    assert stored(here).status is Status.PRESENT


def test_a_sheet_that_changed_since_is_not_signed(group, ana):
    booking = make.booking(group, status=Status.NO_SHOW)
    make.saved()
    before = seen(group)
    by = Actor("account", make.staff(name="Lee Park").account_id)
    attendance.mark(booking, status=Status.PRESENT, version=booking.version, by=by, now=NOON)
    assert why_not(group, ana, seen=before) == (
        "This sheet has changed since you looked at it, last by Lee Park. Please look at it again."
    )


def test_somebody_put_on_the_sheet_changes_it_too(group, ana):
    make.booking(group, status=Status.PRESENT)
    before = seen(group)
    make.booking(group, status=Status.PRESENT)
    assert why_not(group, ana, seen=before) == rules.why_changed(None)


def test_signing_twice_is_one_signature(group, ana):
    make.booking(group, status=Status.PRESENT)
    before = seen(group)
    first = sign(group, ana, seen=before)
    assert sign(group, ana, seen=before).id == first.id
    assert verbs().count("session.signed") == 1


def test_a_coordinator_signs_on_behalf_and_nobody_else_does(group, ana):
    make.booking(group, status=Status.PRESENT)
    other = make.staff(name="Sam Cole")
    assert why_not(group, other) == rules.NOT_YOURS
    assert why_not(group, None, may_for_others=True) == rules.NO_STAFF
    found = sign(group, other, may_for_others=True)
    assert (found.is_on_behalf, found.is_license_valid, found.name) == (True, False, "Sam Cole")
    assert why_not(group, ana) == "Sam Cole signed this sheet already."


def test_a_session_that_runs_or_has_nobody_is_not_signed(group, ana):
    assert why_not(group, ana) == NOBODY
    make.booking(group, status=Status.PRESENT)
    assert why_not(group, ana, now=make.instant("2026-03-02 10:59")) == NOT_ENDED


def test_history_that_was_brought_in_is_signed_already(group, ana):
    make.booking(group, status=Status.PRESENT, method=Method.IMPORT, signed_at=NOON)
    assert why_not(group, ana) == SIGNED_BY_IMPORT
    by_hand = make.booking(group, status=Status.PRESENT)
    sign(group, ana)
    assert stored(by_hand).signed_at == NOON


def test_where_two_are_asked_for_another_person_signs_after(group, ana):
    figures = make.rule_set({Measure.SIGNATURES_MIN: 2})
    group.program.rule_set_id = figures.id
    booking = make.booking(group, status=Status.PRESENT)
    first = sign(group, ana)
    assert (first.signatures_min, stored(booking).signed_at) == (2, NOON)
    assert sign(group, ana).id == first.id
    other, third = make.staff(name="Sam Cole"), make.staff(name="Kim Lee")
    second = sign(group, other, may_for_others=True, now=make.instant("2026-03-02 13:00"))
    assert (second.is_second, second.name) == (True, "Sam Cole")
    assert stored(booking).signed_at == NOON
    said = "Ana Rivera and Sam Cole signed this sheet already."
    assert why_not(group, third, may_for_others=True) == said
    assert len(db.scalars(select(SignOff)).all()) == 2


def test_after_the_signature_nothing_is_marked_or_undone(group, ana):
    booking = make.booking(group)
    make.saved()
    by = Actor("account", ana.account_id)
    attendance.mark(booking, status=Status.PRESENT, version=booking.version, by=by, now=NOON)
    change = db.scalars(select(TrailEvent.act).order_by(TrailEvent.id.desc())).first()
    sign(group, ana)
    for refused in (
        lambda: attendance.undo(group, change=change, by=by, now=NOON),
        lambda: attendance.mark(
            booking, status=Status.NO_SHOW, version=stored(booking).version, by=by, now=NOON
        ),
    ):
        with pytest.raises(Refused) as found:
            refused()
        assert found.value.sentence in {
            why_signed(["Ana Rivera"]),
            "Not undone: Jordan A. (signed since).",
        }


def remind(wall):
    return actions.remind(link="", now=make.instant(wall))


def messages():
    return [(one.recipient, one.body) for one in db.scalars(select(OutboxMessage))]


def test_the_next_morning_leaders_are_told_how_many_sheets_they_have_to_sign(ana):
    make.organization()
    other, gone = make.staff(email="sam@example.org"), make.staff(is_active=False)
    for day, leaders, facts in (
        ("2026-03-02", [ana, other], {}),
        ("2026-02-28", [ana], {}),
        ("2025-12-01", [ana], {}),  # too long ago
        ("2026-03-01", [gone], {}),
        ("2026-03-01", [other], {"is_cancelled": True}),
        ("2026-03-03", [other], {}),  # today's
    ):
        session = make.session(day, leaders=leaders, **facts)
        make.booking(session, status=Status.PRESENT)
    signed = make.session("2026-02-27", leaders=[other])
    make.booking(signed, status=Status.PRESENT, signed_at=NOON)
    assert remind("2026-03-03 06:59") == 0
    assert remind("2026-03-03 07:00") == 1
    assert remind("2026-03-03 07:01") == 0
    ((to, body),) = messages()
    assert to == ana.account.email
    assert "you have 2 sheets to sign" in body
    assert "Rivera" not in body
    assert remind("2026-03-04 07:00") == 2
    assert verbs().count("staff.reminded") == 3


def test_somebody_who_did_not_lead_is_not_reminded(ana):
    make.organization()
    session = make.session("2026-03-02", leaders=[ana])
    make.booking(session)
    session.leaders[0].has_led = False
    assert remind("2026-03-03 08:00") == 0


def test_whoever_stood_in_is_reminded(ana):
    make.organization()
    stand_in = make.staff(email="sam@example.org")
    session = make.session("2026-03-02", leaders=[ana, stand_in])
    make.booking(session)
    session.leaders[0].has_led, session.leaders[1].has_led = False, True
    assert remind("2026-03-03 08:00") == 1
    assert [to for to, _ in messages()] == ["sam@example.org"]


def test_who_was_put_on_the_sheet_since_is_signed_for(group, ana):
    make.booking(group, status=Status.PRESENT)
    first = sign(group, ana)
    late = make.booking(group)
    assert why_not(group, ana) == "One person is still unmarked: choose what is so."
    later = make.instant("2026-03-03 12:00")
    assert sign(group, ana, {late.id: Status.NO_SHOW}, now=later).id == first.id
    assert (stored(late).status, late.signed_at) == (Status.NO_SHOW, later)
    assert verbs().count("session.signed_added") == 1
    assert first.signed_at == NOON
    assert why_not(group, make.staff(), may_for_others=True) == (
        "Ana Rivera signed this sheet already."
    )


def test_nobody_is_put_on_or_taken_off_a_signed_sheet(group, ana):
    guest = make.booking(group, status=Status.PRESENT)
    other = make.enrollment(program=group.program)
    sign(group, ana)
    by = Actor("account", ana.account_id)
    for act in (guests.put_on, guests.take_off):
        person = other if act is guests.put_on else guest.enrollment
        with pytest.raises(Refused) as refused:
            act(group, person.id, by=by, now=NOON)
        assert refused.value.sentence == CLOSED


def test_of_two_who_sign_at_once_one_does_and_the_other_is_told(app, group, ana):
    booking = make.booking(group, status=Status.PRESENT)
    sam = make.staff(name="Sam Cole")
    shown, session_id, ana_id, sam_id = seen(group), group.id, ana.id, sam.id

    def signing(staff_id):
        def call():
            with transaction():
                found = actions.sign(
                    get_session(session_id, scope=None),
                    {},
                    staff_id=staff_id,
                    seen=shown,
                    may_for_others=True,
                    by=Actor("account", staff_id),
                    now=NOON,
                )
                return found.name

        return call

    answers = race(app, signing(ana_id), signing(sam_id), signing(ana_id), signing(sam_id))
    names = {answer for answer in answers if isinstance(answer, str)}
    told = {answer.sentence for answer in answers if isinstance(answer, Refused)}
    assert len(names) == 1
    assert told == {f"{names.pop()} signed this sheet already."}
    assert len(db.scalars(select(SignOff)).all()) == 1
    assert (stored(booking).version, verbs().count("session.signed")) == (2, 1)


def test_who_marks_from_before_the_signature_is_told_of_it(group, ana):
    booking = make.booking(group, status=Status.PRESENT)
    sign(group, ana)
    by = Actor("account", ana.account_id)
    with pytest.raises(Refused) as refused:
        attendance.mark(booking, status=Status.NO_SHOW, version=1, by=by, now=NOON)
    assert refused.value.sentence == why_signed(["Ana Rivera"])


def test_a_mark_and_a_signature_at_once_agree(app, group, ana):
    booking = make.booking(group, status=Status.NO_SHOW)
    shown, session_id, booking_id, staff_id = seen(group), group.id, booking.id, ana.id
    by = Actor("account", ana.account_id)

    def signing():
        with transaction():
            session = get_session(session_id, scope=None)
            options = {"staff_id": staff_id, "seen": shown, "may_for_others": False}
            return actions.sign(session, {}, **options, by=by, now=NOON).absent

    def marking():
        with transaction():
            found = get_booking(session_id, booking_id, scope=None)
            marked = attendance.mark(found, status=Status.PRESENT, version=1, by=by, now=NOON)
            return marked.status

    signed, marked = race(app, signing, marking)
    ways = {
        (1, why_signed(["Ana Rivera"]), Status.NO_SHOW),
        (rules.why_changed(None), Status.PRESENT, Status.PRESENT),
    }
    told = [getattr(answer, "sentence", answer) for answer in (signed, marked)]
    assert (*told, stored(booking).status) in ways
    assert broken_chains() == []
