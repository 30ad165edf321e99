import pytest

from clinic.codes.queries import code_of, screen_key
from clinic.codes.rules import minute_of
from clinic.db import db
from clinic.programs.models import PhoneCheckIn
from clinic.schedule.models import Mode
from tests import make

NOW = "2026-03-02 09:50:20"


@pytest.fixture
def session(app, at):
    at(NOW)
    return make.session(room=make.room(name="Maple room"), leaders=[make.staff(name="Ana Rivera")])


def code(session, wall="2026-03-02 09:50"):
    return code_of(session.id, minute_of(make.instant(wall)))


def bearer(key):
    return {"headers": {"Authorization": f"Bearer {key}"}}


def test_the_screen_shows_the_code_of_the_minute_and_nobody_and_nothing_else(session, signed_in):
    make.booking(session, make.enrollment(make.participant(name="Jordan Avery")))
    leader = session.leaders[0].staff
    pages = signed_in(leader)
    page = pages.get(f"/sessions/{session.id}/code").page
    shown = code(session)
    assert page.texts(class_="screen-digits") == [f"{shown[:3]} {shown[3:]}"]
    assert page.texts(class_="screen-what") == ["10:00 – 11:00 am New York time · Maple room"]
    assert len(page.all("svg")) == 2  # the square, and the way back
    for secret in ("Jordan", "Process group", "Rivera"):
        assert secret not in page.words


def test_a_screen_goes_on_by_its_own_key(session, signed_in, at):
    leader = session.leaders[0].staff
    pages = signed_in(leader)
    page = pages.get(f"/sessions/{session.id}/code").page
    path = f"/sessions/{session.id}/code/now"
    (screen,) = page.all("div", data_screen=path)
    key = screen.get("data-key")
    assert key == screen_key(session.id, leader.account_id)
    pages.client.delete_cookie("session")
    at("2026-03-02 10:31:00")
    answer = pages.get(path, **bearer(key)).json
    assert (answer["code"], answer["left"]) == (code(session, "2026-03-02 10:31"), 60)
    assert answer["square"].startswith("<svg")
    assert pages.get(path, status=401).json == {"error": "This screen may not show the code."}
    at("2026-03-02 11:01")
    over = pages.get(path, **bearer(key)).json
    assert (over["code"], over["square"], over["why_not"]) == (None, None, "This session is over.")
    db.delete(session)
    assert pages.get(path, **bearer(key)).json["why_not"] == "This session is gone."


def test_where_no_code_is_asked_for_none_is_shown_or_offered(session, signed_in):
    make.booking(session, make.enrollment())
    make.organization(phone_check_in=PhoneCheckIn.BUTTON)
    pages = signed_in(session.leaders[0].staff)
    page = pages.get(f"/sessions/{session.id}/code").page
    assert "No code is needed for this session." in page.words
    assert "Code for phones" not in pages.get(f"/sessions/{session.id}").page.links
    make.organization(phone_check_in=PhoneCheckIn.CODE)
    assert "Code for phones" in pages.get(f"/sessions/{session.id}").page.links


def test_whoever_leads_a_meeting_by_video_says_how_to_join(app, at, signed_in):
    at(NOW)
    ana = make.staff(name="Ana Rivera")
    series = make.series(leaders=[ana])
    session = make.session(series=series, mode=Mode.VIRTUAL, leaders=[ana])
    pages = signed_in(ana)
    path = pages.get(f"/sessions/{session.id}").page.links["How to join"]
    pages.get(path)
    pages.submit(path, link="https://video.example.org/j/1", reach="2")
    assert (series.join_link, session.join_link) == ("https://video.example.org/j/1", None)
    assert pages.get(path).page.value("link") == "https://video.example.org/j/1"
    pages.submit(path, link="video.example.org", reach="1", status=422)
    assert pages.answer.page.value("link") == "video.example.org"
    pages.submit(path, link="", reach="2")
    assert "There is no link any more." in pages.follow().text
