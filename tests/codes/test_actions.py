from clinic.codes import actions
from clinic.codes.queries import get_session
from clinic.db import db
from clinic.trail import Actor, TrailEvent
from tests import make

ANA = Actor("account", 7)
NOW = make.instant("2026-03-02 09:50")


def set_link(meeting, link):
    return actions.set_join_link(meeting, link, by=ANA, now=NOW)


def test_a_meeting_has_a_link_of_its_own_or_that_of_its_group(app):
    session = make.session(series=make.series())
    assert set_link(session.series, "https://video.example.org/all")
    assert get_session(session.id).join_link == "https://video.example.org/all"
    assert set_link(session, "https://video.example.org/one")
    assert not set_link(session, "https://video.example.org/one")
    assert get_session(session.id).join_link == "https://video.example.org/one"
    set_link(session, None)
    assert get_session(session.id).join_link == "https://video.example.org/all"
    verbs = db.scalars(TrailEvent.__table__.select().with_only_columns(TrailEvent.verb)).all()
    assert verbs == ["series.join_link_set", "session.join_link_set", "session.join_link_removed"]
    facts = db.scalars(TrailEvent.__table__.select().with_only_columns(TrailEvent.facts)).all()
    assert "video.example.org" not in "".join(facts)
