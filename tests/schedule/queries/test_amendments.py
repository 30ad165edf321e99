from clinic.db import db
from clinic.schedule.models import AttendanceAmendment, Decision, Status
from clinic.schedule.queries.amendments import IS_WAITING, amendments, amendments_on
from tests import make


def test_amendments_come_with_whose_they_are_and_who_asked_and_decided(app, at):
    now = at("2026-03-05 09:00")
    ana, kim = make.staff(name="Ana Rivera"), make.staff(name="Kim Tran")
    session, other = make.session(leaders=[ana]), make.session("2026-03-03", leaders=[kim])
    person = make.participant(name="Jordan Avery")
    booking = make.booking(session, make.enrollment(person), Status.NO_SHOW, signed_at=now)
    made = {"decision": Decision.MADE, "decided_at": now, "decided_by_id": kim.account_id}
    first = make.attendance_amendment(booking, ana, **made)
    second = make.attendance_amendment(booking, ana, None)
    row, waits = amendments_on([session.id, other.id])[session.id]
    assert (row.id, waits.id) == (first.id, second.id)
    assert (row.name, row.asked_by, row.decided_by) == ("Jordan Avery", "Ana Rivera", "Kim Tran")
    assert (row.day, row.lead, waits.decided_by) == (session.day, "Ana Rivera", None)
    assert amendments_on([other.id]) == {other.id: []}
    assert [each.id for each in amendments(IS_WAITING)] == [second.id]
    assert [each.id for each in amendments(scope=ana.id)] == [first.id, second.id]
    assert amendments(scope=kim.id) == []
    assert db.get_one(AttendanceAmendment, second.id).after_status is None
