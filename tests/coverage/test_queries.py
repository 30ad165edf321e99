from clinic.coverage import queries
from tests import make


def test_authorizations_of_some_enrollments_are_in_the_order_of_their_use(app):
    ours, theirs = make.enrollment(), make.enrollment()
    make.authorization(theirs)
    later = make.authorization(ours, from_on="2026-01-05", until_on="2026-04-30")
    sooner = make.authorization(ours, from_on="2026-02-01", until_on="2026-02-28")
    assert queries.of_enrollments([ours.id]) == {ours.id: [sooner, later]}
