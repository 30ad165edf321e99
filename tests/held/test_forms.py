from clinic.held.forms import HeldForm
from clinic.schedule.queries.offers import leaders_to_offer
from tests import make


def test_a_time_that_the_clocks_jump_over_is_none(app):
    make.organization()
    session = make.session("2026-03-08", "01:00", "04:00")
    typed = {"held_from": "02:30", "held_until": "03:30"}
    with app.test_request_context(method="POST", data=typed):
        form = HeldForm(session, leaders_to_offer(), with_topics=True, meta={"csrf": False})
        assert not form.validate()
        assert form.errors == {
            "held_from": [
                "02:30 does not exist on 2026-03-08: the clocks go forward, 02:30 becomes 03:30."
            ]
        }


def test_a_time_that_is_sent_as_it_was_shown_keeps_its_seconds(app):
    make.organization()
    began = make.instant("2026-03-02 10:05").replace(second=17)
    session = make.session(held_from=began)
    with app.test_request_context(method="POST", data={"held_from": "10:05", "topic": "Coping"}):
        form = HeldForm(session, (), with_topics=True, meta={"csrf": False})
        assert form.validate()
        assert form.typed == form.held._replace(topic="Coping")
