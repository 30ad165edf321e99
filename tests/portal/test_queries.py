from clinic.portal.queries import site_of_participant
from tests import make


def test_a_participants_site_is_that_of_their_enrollment(app, at):
    now = at("2026-03-04 12:00")
    west = make.program(make.site(timezone="America/Chicago"))
    jordan = make.participant(name="Jordan Avery")
    assert site_of_participant(jordan.account_id, now) is None
    make.enrollment(jordan, west)
    assert site_of_participant(jordan.account_id, now) == west.site_id
    assert site_of_participant(0, now) is None
