from clinic import clock
from clinic.losses.rules import reasons
from tests import make

NEW_YORK = clock.zone(make.ZONE)


def why(*losses, planned=540, least=540):
    return reasons(
        losses, planned=planned, least=least, called=lambda row: row.title, reader=NEW_YORK
    )


def test_a_week_that_plans_too_little_says_how_much():
    assert why(planned=360) == ["6 h of 9 h planned"]
    assert why(planned=0) == ["Nothing planned"]
    assert why() == []
