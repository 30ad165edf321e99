from types import SimpleNamespace

import pytest

from clinic.paper.forms import lines_of
from clinic.schedule.models import Status
from tests import make

TEN = make.instant("2026-03-02 10:00")


def booking(status=Status.EXPECTED, **facts):
    session = SimpleNamespace(
        day=TEN.date(),
        starts_at=TEN,
        grace_minutes=0,
        site=SimpleNamespace(zone=TEN.tzinfo),
    )
    known = {"arrived_at": None, "left_at": None, "reason": None, "reason_for": None}
    return SimpleNamespace(
        id=1, status=status, session=session, signed_at=None, method=None, **known | facts
    )


@pytest.mark.parametrize(
    ("typed", "before", "status", "is_new"),
    [
        ({}, Status.EXPECTED, None, False),
        ({"1-state": "no-show"}, Status.EXPECTED, Status.NO_SHOW, True),
        ({"1-arrived": "10:10"}, Status.EXPECTED, Status.PRESENT, True),
        ({"rest": "1"}, Status.EXPECTED, Status.PRESENT, True),
        ({"rest": "1", "1-state": "excused"}, Status.EXPECTED, Status.EXCUSED, True),
        ({"rest": "1"}, Status.NO_SHOW, Status.NO_SHOW, False),
        ({"1-state": "no-show"}, Status.NO_SHOW, Status.NO_SHOW, False),
        ({"1-state": "present"}, Status.NO_SHOW, Status.PRESENT, True),
    ],
)
def test_a_line_says_what_was_written_on_paper(app, typed, before, status, is_new):
    with app.test_request_context("/", method="POST", data=typed):
        (line,) = lines_of([booking(before)], typed).values()
        assert (line.status, line.is_new) == (status, is_new)


def test_who_is_signed_has_no_line(app):
    with app.test_request_context("/"):
        assert lines_of([booking(), SimpleNamespace(id=2, signed_at=TEN)], {}).keys() == {1}
