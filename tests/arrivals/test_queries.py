from clinic import trail
from clinic.arrivals.queries import changed_since
from clinic.db import db
from tests import make


def test_what_was_changed_about_sessions_since_a_moment_comes_the_first_first():
    session, other = make.session("2026-03-02"), make.session("2026-03-03")
    for hour, facts in (("08:00", {"n": 1}), ("09:00", {"n": 2}), ("10:00", {"n": 3})):
        now = make.instant(f"2026-03-02 {hour}")
        trail.record("session.changed", session, by=trail.SYSTEM, now=now, **facts)
    db.flush()
    changes = changed_since({session.id, other.id}, make.instant("2026-03-02 08:00"))
    assert [each["n"] for each in changes[session.id]] == [2, 3]
    assert changes[other.id] == []
