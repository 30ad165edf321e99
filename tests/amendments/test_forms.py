import pytest

from clinic.amendments.forms import AmendForm, StandForm
from clinic.amendments.rules import Stand
from clinic.schedule.models import Status, Why
from tests import make

KNOWN = Stand(Status.PRESENT, make.instant("2026-03-02 10:12:40"))


def filled(app, cls=StandForm, day="2026-03-02", known=None, **typed):
    with app.test_request_context(method="POST", data=typed):
        form = cls(make.session(day), known, meta={"csrf": False})
        is_valid = form.validate()
        return form, is_valid and form.stand


@pytest.mark.parametrize(
    ("typed", "stand"),
    [
        ({"attendance": "no-show", "arrived": "10:20"}, Stand(Status.NO_SHOW)),
        ({"attendance": "present", "arrived": ""}, Stand(Status.PRESENT)),
        ({"attendance": "present", "arrived": "10:12"}, KNOWN),  # its seconds stay
        (
            {"attendance": "present", "arrived": "10:13", "left": "10:50"},
            Stand(
                Status.PRESENT,
                make.instant("2026-03-02 10:13"),
                make.instant("2026-03-02 10:50"),
            ),
        ),
    ],
)
def test_what_is_typed_is_what_is_to_stand(app, typed, stand):
    form, found = filled(app, known=KNOWN, why="times", **typed)
    assert found == stand
    assert form.facts == {"why": Why.TIMES, "words": None}


def test_a_time_that_the_clocks_leave_out_is_refused_where_it_was_typed(app):
    typed = {"attendance": "present", "arrived": "02:30", "left": "02:40", "why": "times"}
    form, found = filled(app, day="2026-03-08", **typed)
    assert found is False
    assert "02:30 does not exist" in form.arrived.errors[0]
    assert "02:40 does not exist" in form.left.errors[0]


@pytest.mark.parametrize(("typed", "seen"), [("3", 3), ("", None), ("rubbish", None)])
def test_the_version_that_was_looked_at(app, typed, seen):
    form, found = filled(app, AmendForm, known=KNOWN, attendance="off", why="times", version=typed)
    assert (form.seen, found) == (seen, None)
