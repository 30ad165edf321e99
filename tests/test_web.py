import pytest
from flask import Blueprint, abort, current_app, redirect, url_for
from jinja2 import ChoiceLoader, DictLoader
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError

from clinic import web
from clinic.accounts.models import SignIn
from clinic.db import database, db, transaction
from clinic.errors import NotFound, Refused
from clinic.permissions import Permission
from clinic.programs.models import Site
from clinic.trail import TrailLook
from tests import make
from tests.conftest import app_on
from tests.pages import Pages

PAGE = """{% extends "layout_plain.html" %}{% block title %}Sites{% endblock %}
{% block content %}<h1>Sites</h1><p>{{ is_open() }}</p>{% endblock %}"""


class Deadlock(Exception):
    sqlstate = "40P01"


more = Blueprint("more", __name__)


def add(key="north"):
    db.add(Site(key=key, name="North", timezone="UTC"))
    db.flush()


@more.post("/added")
@web.requires(Permission.ANYONE)
def added():
    add()
    return web.back_to("more.added")


@more.post("/answers/<int:status>")
@web.requires(Permission.ANYONE)
def answers(status):
    add()
    return web.page("errors/404.html", status=status)


@more.get("/look")
@web.requires(Permission.ANYONE)
def look():
    add()
    return web.page("sites.html", is_open=db().in_transaction)


@more.post("/raises/<string:what>")
@web.requires(Permission.ANYONE)
def raises(what):
    add()
    if what == "clash":
        add()
    raise {
        "refused": Refused("The room is full."),
        "not-found": NotFound(),
        "stale": StaleDataError(),
        "unavailable": OperationalError("", {}, Exception("gone")),
        "bug": ZeroDivisionError(),
    }[what]


@more.post("/aborts/<int:status>")
@web.requires(Permission.ANYONE)
def aborts(status):
    abort(status)


@more.post("/deadlocks/<int:times>")
@web.requires(Permission.ANYONE)
def deadlocks(times):
    current_app.tries.append(len(current_app.tries) + 1)
    add()
    if len(current_app.tries) <= times:
        raise OperationalError("", {}, Deadlock())
    return redirect("/done")


@more.post("/keeps")
@web.keeps_own_transactions
@web.requires(Permission.ANYONE)
def keeps():
    with transaction():
        add()
    return web.page("errors/404.html", status=404)


@more.post("/reads-first/<string:then>")
@web.requires(Permission.ANYONE)
@web.reads_first
def reads_first(then):
    add("read")  # before the lock: undone in any case

    def act():
        add("locked")
        current_app.tries.append(then)
        if then == "deadlock" and len(current_app.tries) == 1:
            raise OperationalError("", {}, Deadlock())
        if then == "page":
            return web.page("sites.html", is_open=db().in_transaction)
        if then == "refused":
            raise Refused("The room is full.")
        return redirect("/done")

    return web.locked(act)


@more.get("/shown/<int:id>")
@web.requires(Permission.SEE_PARTICIPANTS)
def participant(id):  # noqa: A002 - the parameter of a path
    web.looked_at([id])
    web.looked_at([id, 2])
    return web.page("sites.html", is_open=db().in_transaction)


@more.post("/much")
@web.takes_up_to(3 * 1024 * 1024)
@web.requires(Permission.ANYONE)
def much():
    return web.back_to("more.added")


@more.post("/typed/<int:id>")
@web.requires(Permission.SEE_PARTICIPANTS)
def typed(id):  # noqa: A002 - the parameter of a path
    add()
    web.looked_at([id])
    return web.page("errors/404.html", status=422)


@more.get("/whose")
@web.requires(Permission.SEE_SCHEDULE)
def whose():
    return {"scope": web.scope()}


@more.get("/day")
@web.requires(Permission.ANYONE)
def day():
    return {"day": web.day_asked("on", make.instant("2026-03-02 10:00").date()).isoformat()}


@more.get("/kept")
@web.requires(Permission.ANYONE)
def kept():
    return current_app.response_class(
        "x", mimetype="text/plain", headers={"Cache-Control": "max-age=60"}
    )


@more.post("/aborts-with-an-answer")
@web.requires(Permission.ANYONE)
def aborts_with_an_answer():
    add()
    abort(current_app.response_class("made by hand", 418, mimetype="text/plain"))


@pytest.fixture(scope="module")
def built(database, tmp_path_factory):
    url = database.app.config["SQLALCHEMY_DATABASE_URI"]
    built = app_on(url, tmp_path_factory.mktemp("house"))
    built.jinja_loader = ChoiceLoader([DictLoader({"sites.html": PAGE}), built.jinja_loader])
    built.register_blueprint(more)
    return built


@pytest.fixture
def house(app, built):
    """The application with a few more pages, on the test's database."""
    built.tries = []
    yield built
    with built.app_context():
        database.engine.dispose()


@pytest.fixture
def visitor(house):
    return Pages(house)


def sites():
    return list(db.scalars(select(Site.key)))


def test_an_answer_below_400_keeps_what_the_request_did(visitor):
    visitor.post("/added")
    assert sites() == ["north"]


@pytest.mark.parametrize("status", [400, 404, 409, 422, 500])
def test_an_answer_of_400_or_more_undoes_it(visitor, status):
    visitor.post(f"/answers/{status}", status=status)
    assert sites() == []


@pytest.mark.parametrize("then", ["redirect", "deadlock"])
def test_a_view_that_reads_first_changes_what_it_does_with_the_lock(visitor, then):
    assert visitor.post(f"/reads-first/{then}").location == "/done"
    assert sites() == ["locked"]


@pytest.mark.parametrize(("then", "status"), [("page", 200), ("refused", 409)])
def test_a_page_that_it_shows_instead_undoes_it(visitor, then, status):
    visitor.post(f"/reads-first/{then}", status=status)
    assert sites() == []


def test_a_look_changes_nothing_and_is_rendered_after_its_transaction(visitor):
    assert visitor.get("/look").page.texts("p")[-1] == "False"
    assert sites() == []


@pytest.mark.parametrize(
    ("what", "status", "heading"),
    [
        ("refused", 409, "That is not possible"),
        ("not-found", 404, "This is no longer here"),
        ("clash", 409, "This has just been changed"),
        ("stale", 409, "This has just been changed"),
        ("unavailable", 503, "One moment, please"),
    ],
)
def test_everything_that_can_go_wrong_has_its_page_and_leaves_nothing(
    visitor, what, status, heading
):
    answer = visitor.post(f"/raises/{what}", status=status)
    assert answer.page.heading == heading
    assert sites() == []


def test_a_refusal_says_its_sentence(visitor):
    answer = visitor.post("/raises/refused", status=409)
    assert answer.page.texts("p")[1] == "The room is full."


@pytest.mark.parametrize(
    ("what", "status"), [("refused", 409), ("not-found", 404), ("clash", 409), ("stale", 409)]
)
def test_a_no_leads_back_to_the_page_that_was_sent(visitor, what, status):
    page = visitor.post(f"/raises/{what}", {"next": "/look?week=2"}, status=status).page
    assert page.links["Go back to where you were"] == "/look?week=2"
    page = visitor.post(f"/raises/{what}", {"next": "https://else.example"}, status=status).page
    assert "Go back to where you were" not in page.links


def test_an_unavailable_database_says_when_to_come_back(visitor):
    assert visitor.post("/raises/unavailable", status=503).headers["Retry-After"] == "5"


def test_a_bug_gets_an_apology_without_a_trace(house, visitor, monkeypatch):
    monkeypatch.setitem(house.config, "PROPAGATE_EXCEPTIONS", False)
    answer = visitor.post("/raises/bug", status=500)
    assert "ZeroDivisionError" not in answer.text
    assert sites() == []


@pytest.mark.parametrize(
    ("aborted", "answered"),
    [
        (400, 400),
        (403, 403),
        (404, 404),
        (405, 405),
        (406, 400),
        (413, 413),
        (429, 429),
        (501, 500),
    ],
)
def test_every_error_of_http_has_a_page(visitor, aborted, answered):
    assert visitor.post(f"/aborts/{aborted}", status=answered).page.heading != ""


def test_an_answer_made_by_hand_is_given_as_it_is_and_undoes_too(visitor):
    assert visitor.post("/aborts-with-an-answer", status=418).text == "made by hand"
    assert sites() == []


def test_what_was_stopped_for_a_deadlock_is_tried_three_times(house, visitor):
    visitor.post("/deadlocks/2")
    assert (house.tries, sites()) == ([1, 2, 3], ["north"])


def test_what_is_stopped_again_and_again_is_given_up(house, visitor):
    visitor.post("/deadlocks/9", status=503)
    assert (house.tries, sites()) == ([1, 2, 3], [])


def test_a_view_may_keep_something_although_it_refuses(visitor):
    visitor.post("/keeps", status=404)
    assert sites() == ["north"]


def test_who_is_not_signed_in_is_asked_to_and_comes_back(visitor):
    answer = visitor.get("/shown/1", status=302)
    assert answer.location == "/sign-in?next=/shown/1"


def test_rows_begin_the_paths_of_records_as_their_route_does(house):
    with house.test_request_context(base_url="http://localhost/under"):
        path = house.jinja_env.globals["path_before_id"]("more.participant")
        assert f"{path}7" == url_for("more.participant", id=7) == "/under/shown/7"


def test_who_is_not_allowed_or_lost_is_told_so_and_keeps_the_navigation(house, signed_in):
    desk = signed_in("front_desk").on(house)
    for path, status in (("/shown/1", 403), ("/nowhere", 404)):
        (main,) = desk.get(path, status=status).page.all("nav")
        assert "Today" in [link.text for link in main.all("a")]


def test_a_page_that_shows_participants_is_in_the_trail_once(house, signed_in):
    ana = signed_in("clinician").on(house)
    ana.get("/shown/7")
    look = db.scalars(select(TrailLook)).one()
    assert (look.page, look.participant_ids) == ("more.participant", [2, 7])
    assert (look.actor_kind, look.actor_id) == ("account", ana.account.id)


def test_a_page_that_was_refused_was_looked_at_too_and_undid_the_rest(house, signed_in):
    signed_in("clinician").on(house).post("/typed/7", status=422)
    assert [look.participant_ids for look in db.scalars(select(TrailLook))] == [[7]]
    assert sites() == []


def test_a_clinician_is_limited_to_their_own_and_the_desk_is_not(house, signed_in):
    ana, desk = signed_in("clinician").on(house), signed_in("front_desk").on(house)
    assert ana.get("/whose").json == {"scope": ana.person.id}
    assert desk.get("/whose").json == {"scope": None}


def test_a_day_in_the_address_is_a_day_or_unknown(visitor):
    asked = ["/day", "/day?on=", "/day?on=2026-02-28"]
    assert [visitor.get(path).json["day"] for path in asked] == [
        "2026-03-02",
        "2026-03-02",
        "2026-02-28",
    ]
    for nonsense in ("yesterday", "2026-02-30", "0001-01-01", "9999-12-31"):
        visitor.get(f"/day?on={nonsense}", status=404)


def test_an_address_is_the_one_that_others_reach_us_by(house, monkeypatch):
    with house.test_request_context(base_url="http://192.0.2.7:8000"):
        assert web.address_of("/me") == "http://192.0.2.7:8000/me"
        monkeypatch.setitem(house.config, "CLINIC_BASE_URL", "https://our.example/")
        assert web.address_of("/me") == "https://our.example/me"


def test_a_form_sends_back_to_the_page_it_came_from(visitor):
    assert visitor.post("/added", {"next": "/look"}).location == "/look"


def test_a_form_from_elsewhere_sends_to_our_own_page(visitor):
    assert visitor.post("/added", {"next": "https://elsewhere.example"}).location == "/added"


def test_every_answer_has_strict_headers(visitor):
    headers = visitor.get("/look").headers
    assert headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Vary"] == "Cookie"
    assert "Strict-Transport-Security" not in headers


def test_browsers_are_held_to_https_where_it_is_there(house, visitor, monkeypatch):
    monkeypatch.setitem(house.config, "CLINIC_IS_HTTPS", True)
    assert visitor.get("/look").headers["Strict-Transport-Security"] == "max-age=31536000"


def test_a_view_may_say_itself_how_long_it_can_be_kept(visitor):
    assert visitor.get("/kept").headers["Cache-Control"] == "max-age=60"


def test_errors_have_the_same_headers(visitor):
    headers = visitor.get("/nowhere", status=404).headers
    assert (headers["Cache-Control"], headers["X-Content-Type-Options"]) == ("no-store", "nosniff")


def test_too_much_at_once_is_refused_unless_a_view_takes_more(visitor):
    much = {"next": "x" * (2 * 1024 * 1024)}
    visitor.post("/added", much, status=413)
    body = {
        "data": b"x" * (2 * 1024 * 1024 + 1),
        "content_type": "text/csv",
        "headers": {"X-CSRFToken": visitor.token()},
    }
    assert visitor.ask("POST", "/added", **body).status == 413
    assert visitor.ask("POST", "/much", **body).status == 302


def test_who_signs_out_elsewhere_is_out_here_on_the_next_request(house, signed_in):
    ana = signed_in("clinician").on(house)
    ana.get("/whose")
    db.execute(text("UPDATE sign_in SET ended_at = seen_at"))
    ana.get("/whose", status=302)
    assert db.scalars(select(SignIn)).one().ended_at is not None
