"""What is true of every route: read from the table of routes, so a new one is judged by itself."""

import re
from uuid import UUID

import pytest
from sqlalchemy import delete, select

from clinic.db import Base, db
from clinic.enrollment.models import Enrollment
from clinic.permissions import Permission, Role
from clinic.trail import TrailLook
from tests import make
from tests.chance import share
from tests.pages import Pages

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
# A device key in a header or a code that is good once, no cookie: there is nothing to forge.
WITHOUT_TOKEN = {
    "/kiosk/arrivals",
    "/kiosk/arrivals/undo",
    "/kiosk/check-ins",
    "/kiosk/lock",
    "/kiosk/pairings",
    "/kiosk/people",
    "/kiosk/room/codes",
    "/kiosk/unlock",
    "/kiosk/unpair",
}
# What a look may leave behind: the trail, when the person was last seen, the calendar's cache.
LOOKS = {"trail_look", "feed_body"}


def routes(app):
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def test_every_view_names_its_permission(app):
    unnamed = [
        rule.endpoint
        for rule in routes(app)
        if not isinstance(
            getattr(app.view_functions[rule.endpoint], "permission", None), Permission
        )
    ]
    assert unnamed == []


def test_paths_are_kebab_case_with_typed_parameters(app):
    word = r"[a-z0-9]+(-[a-z0-9]+)*"
    part = rf"({word}|<(int|string|date|uuid):[a-z_]+>(\.[a-z]+)?)"
    assert [
        rule.rule for rule in routes(app) if not re.fullmatch(rf"/|(/{part})+", rule.rule)
    ] == []


def test_no_two_routes_share_a_path_and_a_method(app):
    pairs = [
        (re.sub("<[^>]*>", "<>", rule.rule), method)
        for rule in routes(app)
        for method in rule.methods - {"HEAD", "OPTIONS"}
    ]
    assert sorted(pairs) == sorted(set(pairs))


@pytest.fixture
def everybody(app, at, signed_in):
    """A small clinic in which every parameter finds something, and a browser for each role."""
    at("2026-03-02 10:05")
    lead = make.staff()
    room = make.room()
    series = make.series(leaders=[lead], room=room, start="10:00", end="11:00")
    enrollment = make.enrollment(clinician=lead)
    make.leave(enrollment, "2026-03-03", "2026-03-09")
    entry = make.roster_entry(series, enrollment)
    session = make.session(series=series)
    make.booking(session, enrollment, roster_entry=entry)
    make.consent(enrollment.participant, make.contact(enrollment.participant))
    make.task(enrollment.participant)
    make.week_closing(enrollment)
    make.kiosk_tap(make.kiosk_device())
    make.pairing_code()
    make.feed_link(enrollment.participant, token="a-token")
    make.invitation(lead.account, token="a-token")
    return {
        "nobody": Pages(app),
        "clinician who leads": signed_in(lead),
        "participant": signed_in(enrollment.participant),
        **{role.value: signed_in(role) for role in Role if role is not Role.PARTICIPANT},
    }


def address(rule):
    """The route with something in place of its parameters."""
    given = {"int": "1", "string": "a-token", "date": "2026-03-02", "uuid": str(UUID(int=1))}
    return re.sub(r"<(\w+):\w+>", lambda found: given[found[1]], rule.rule)


def snapshot():
    return {
        table.name: sorted(
            map(str, db.execute(select(*(c for c in table.c if c.name != "seen_at"))).all())
        )
        for table in Base.metadata.sorted_tables
        if table.name not in LOOKS
    }


def test_looking_changes_nothing_and_breaks_nothing(app, everybody):
    looked = [rule for rule in routes(app) if "GET" in rule.methods]
    assert looked != []
    before = snapshot()
    for number, (who, pages) in enumerate(everybody.items()):
        for place, rule in enumerate(looked):
            for method in ("GET", "HEAD", "OPTIONS"):
                if method != "GET" and not share(number + place):
                    continue  # HEAD does what GET does, and is answered without a body
                make.saved()
                path = address(rule)
                status = pages.ask(method, path).status
                assert status in {200, 302, 401, 403, 404, 409}, f"{who}: {method} {path} {status}"
        assert snapshot() == before, who


SHOW_NOBODY = {  # but a code, for all who are in the room, or whether a sheet has changed
    "codes.screen",
    "codes.code_now",
    "codes.join_link",  # of a group
    "attendance.pulse",
}


def test_who_looks_at_somebody_is_recorded(app, everybody, at):
    """Whatever page has a participant, an enrollment or a session in its path."""
    at("2026-03-02 09:50")
    one_off = make.session("2026-03-05", "14:00", "15:00")  # a group's is edited with the group
    make.booking(one_off, db.get_one(Enrollment, 1))
    of_people = [
        rule
        for rule in routes(app)
        if "GET" in rule.methods
        and rule.arguments & {"participant_id", "enrollment_id", "session_id"}
        and rule.endpoint not in SHOW_NOBODY
    ]
    assert len(of_people) > 10
    unseen = []
    for rule in of_people:
        for who in ("coordinator", "admin", "clinician who leads", "participant"):
            db.execute(delete(TrailLook))
            make.saved()
            path = address(rule).replace("/sessions/1/edit", f"/sessions/{one_off.id}/edit")
            if everybody[who].ask("GET", path).status == 200:
                looks = db.scalars(select(TrailLook.participant_ids)).all()
                if looks != [[1]]:
                    unseen.append(f"{who}: {rule.endpoint}: {looks}")
                break
        else:
            unseen.append(f"nobody: {rule.endpoint}")
    assert unseen == []


def test_a_changing_request_without_a_token_of_ones_own_is_refused(app, everybody):
    changing = [
        (rule, method)
        for rule in routes(app)
        for method in rule.methods & UNSAFE
        if rule.rule not in WITHOUT_TOKEN
    ]
    assert changing != []
    before = snapshot()
    for number, (who, pages) in enumerate(everybody.items()):
        stranger = Pages(app).token()
        for place, (rule, method) in enumerate(changing):
            for at, token in enumerate(("", "nonsense", stranger)):
                if not share(number + place + at):
                    continue
                path = address(rule)
                status = pages.ask(method, path, data={"csrf_token": token}).status
                assert status == 400, f"{who}: {method} {path} with {token[:8]!r}: {status}"
        assert snapshot() == before, who


def test_methods_that_a_route_does_not_know_are_refused(app, everybody):
    known = routes(app)
    assert known != []
    for rule in known:
        for method in ("PUT", "PATCH", "DELETE"):
            if method not in rule.methods:
                status = everybody["admin"].ask(method, address(rule)).status
                assert status in {400, 405}, f"{method} {rule.rule}"
