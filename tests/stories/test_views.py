from clinic.attendance import actions
from clinic.schedule.models import Method, Status
from clinic.trail import SYSTEM
from tests import make


def test_the_story_of_a_booking_from_the_list_of_attendance(app, at, signed_in):
    now = at("2026-03-02 21:30")
    booking = make.booking(make.session(title="Relapse prevention"), make.enrollment())
    pages = signed_in("billing")
    path = f"/bookings/{booking.id}"
    assert "Nothing was recorded yet" in pages.get(path).text
    actions.mark(booking, status=Status.NO_SHOW, reason="Ill.", version=1, by=SYSTEM, now=now)
    attendance = f"/participants/{booking.enrollment.participant_id}/attendance"
    assert path in pages.get(attendance).page.links.values()
    text = pages.get(path).text
    assert "first value" in text
    assert "What is stored is what was recorded, 1 entry" in text
    assert "Relapse prevention" not in text  # billing sees no topics
    assert "Ill." not in text
    assert "Amendments" not in pages.get(path).page.links
    auditor = signed_in("auditor")
    assert auditor.get(path).page.links["Amendments"] == "/amendments"
    assert "“Ill.”" in auditor.get(path).text
    assert "Signed by" not in auditor.text
    booking.signed_at, booking.method = now, Method.IMPORT
    assert "Signed by the import: nobody signed it here." in auditor.get(path).text
    booking.method = Method.STAFF
    assert "Signed by" not in auditor.get(path).text
    make.sign_off(booking.session, make.staff(name="Ben Wu"))
    booking.signed_at = now
    auditor.get(path)
    assert "Signed by Ben Wu" in auditor.text
    assert "is signed: yes" in auditor.text  # no event tells of it
