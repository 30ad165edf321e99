from clinic.held import queries
from clinic.held.rules import Held, Led
from clinic.schedule.rules.changes import SIGNED
from tests import make


def test_what_is_known_of_how_a_session_took_place(app):
    ana = make.staff(name="Ana Rivera")
    began = make.instant("2026-03-02 10:05")
    session = make.session(leaders=[ana], held_from=began, topic="Coping")
    known = Led(ana.id, "Ana Rivera", has_led=None, stood_in=False)
    assert queries.held_of(session.id) == Held(began, None, "Coping", (known,))
    assert queries.held_of(make.session().id) == Held(None, None, None, ())


def test_what_is_signed_stays_as_it_was_recorded(app):
    make.organization()
    session, now = make.session(), make.instant("2026-03-02 11:00")
    booking = make.booking(session)
    assert queries.why_not_record(session, now=now) is None
    booking.signed_at = now
    make.saved()
    assert queries.why_not_record(session, now=now) == SIGNED
