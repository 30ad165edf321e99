from types import SimpleNamespace

import pytest

from clinic.programs.models import Kind
from clinic.schedule.models import Mode
from clinic.sessions.forms import CancelForm, SessionForm
from tests import make

FREE = {"csrf": False}
PEOPLE = [SimpleNamespace(id=5, name="Jordan Avery", program="Evening IOP")]


def filled(app, kind, typed, session=None, **options):
    with app.test_request_context(method="POST", data=typed):
        form = kind(meta=FREE) if session is None else kind.of(session, [5], meta=FREE, **options)
        if kind is SessionForm:
            leaders = [SimpleNamespace(id=7, name="Ana Rivera", is_active=True)]
            form.offer(rooms=[], leaders=leaders)
            if "people" in form:
                form.offer_people(PEOPLE)
        form.validate()
        return form


@pytest.mark.parametrize(("seen", "number"), [("3", 3), ("", None), ("x", None), ("-1", None)])
def test_the_number_that_was_seen_is_a_number_or_nothing(app, seen, number):
    for kind in (SessionForm, CancelForm):
        assert filled(app, kind, {"seen": seen}).seen_number == number


def test_a_reason_is_short(app):
    assert filled(app, CancelForm, {"reason": " Snow "}).reason.data == "Snow"
    assert filled(app, CancelForm, {"reason": "x" * 201}).reason.errors == ["At most 200 letters."]


TYPED = {"day": "2026-03-13", "starts": "09:00", "ends": "09:30", "mode": "virtual", "lead": "7"}
TYPED |= {"seats": "4", "reason": " ", "title": "Review", "kind": "family", "people": ["5"]}


def test_a_one_off_session_is_wanted_as_typed(app):
    session = make.session("2026-03-12", break_minutes=5)
    wanted = filled(app, SessionForm, TYPED, session, is_fixed=False).wanted(session)
    plan = wanted.pop("plan")
    assert wanted == {"title": "Review", "day": make._day("2026-03-13"), "people": [5]} | {
        "reason": None,
        "tell": False,
    }
    assert (plan.kind, plan.mode, plan.seats, plan.leader_ids) == (
        Kind.FAMILY,
        Mode.VIRTUAL,
        4,
        [7],
    )
    assert (str(plan.starts), str(plan.ends), plan.break_minutes) == ("09:00:00", "09:30:00", 5)


def test_a_meeting_keeps_what_is_its_groups_and_what_has_begun_its_time(app):
    session = make.session("2026-03-12", series=make.series())
    meeting = filled(app, SessionForm, TYPED, session, is_fixed=False).wanted(session)
    assert (meeting["title"], meeting["people"], meeting["plan"].kind) == (
        session.title,
        None,
        Kind.GROUP,
    )
    assert str(meeting["day"]) == "2026-03-13"
    begun = filled(app, SessionForm, TYPED, session, is_fixed=True).wanted(session)
    assert (begun["day"], begun["plan"].mode) == (session.day, Mode.IN_PERSON)
    assert (str(begun["plan"].starts), begun["plan"].leader_ids) == ("10:00:00", [7])
