from clinic.paper.queries import bookings_of
from tests import make


def test_the_bookings_of_a_session_come_with_what_a_mark_needs(app, queries):
    session = make.session()
    mine = [make.booking(session, make.enrollment()) for _ in range(2)]
    make.booking(make.session(), make.enrollment())
    make.saved()
    with queries() as count:
        found = bookings_of(session.id)
        assert {(each.session.site.id, each.enrollment.participant.id) for each in found} == {
            (session.site_id, each.enrollment.participant_id) for each in mine
        }
        assert count() == 1
