from datetime import date

import pytest
from sqlalchemy import select

from clinic.attendance import actions as attendance
from clinic.db import db
from clinic.programs.models import Measure
from clinic.schedule.models import Booking, Method, Mode, SignOff, Status
from clinic.signing.forms import CHOICES
from clinic.trail import SYSTEM
from tests import make

NOW = "2026-03-02 12:00"
VALID = {"license_number": "C.1234", "license_expires_on": date(2027, 3, 2)}


@pytest.fixture
def ana(app, at):
    at(NOW)
    return make.staff(name="Ana Rivera", **VALID)


@pytest.fixture
def group(ana):
    return make.session(leaders=[ana])


@pytest.fixture
def pages(signed_in, ana):
    return signed_in(ana)


def person(session, name, **facts):
    enrollment = make.enrollment(make.participant(name=name), session.program)
    return make.booking(session, enrollment, **facts)


def signatures():
    return [(one.name, one.is_second, one.is_on_behalf) for one in db.scalars(select(SignOff))]


def status_of(booking):
    return db.scalar(select(Booking.status).where(Booking.id == booking.id))


def test_what_is_signed_is_shown_and_who_is_unmarked_is_decided(pages, group):
    here = person(group, "Kim Lee", status=Status.PRESENT, took_part=Mode.VIRTUAL)
    jo = person(group, "Jo Avery")
    group.topic, group.held_from = "Refusal skills", make.instant("2026-03-02 10:05")
    page = pages.get(f"/sessions/{group.id}/sign").page
    assert "Kim L. By video" in page.words
    assert "Topic Refusal skills Times Began 10:05 am I led this session." in page.words
    assert "I led this session." in page.words
    assert "License C.1234, valid until Mar 2, 2027." in page.words
    assert "1 person is unmarked" in page.words
    path = f"/sessions/{group.id}/sign"
    assert "Choose what is so." in pages.submit(path, status=422).page.words
    assert signatures() == []
    pages.submit(path, **{f"is-{jo.id}": "no-show"})
    assert signatures() == [("Ana Rivera", False, False)]
    assert (status_of(here), status_of(jo)) == (Status.PRESENT, Status.NO_SHOW)
    sheet = pages.follow().page
    assert "The sheet is signed." in sheet.words
    assert "Signed by Ana Rivera, LCSW, Mon, Mar 2, 12:00 pm. License C.1234" in sheet.words
    printed = pages.get("/today/sheets?day=2026-03-02").page
    assert "Signed by Ana Rivera, LCSW, Mon, Mar 2, 12:00 pm. License C.1234" in printed.words
    assert "Leader’s signature" not in printed.words
    assert len(printed.all("tbody")[0].all("tr")) == 2  # no room to write in somebody else
    again = pages.get(path).page
    assert "Ana Rivera signed this sheet already." in again.words


def test_the_rest_is_present_with_one_press_and_nothing_is_saved_by_it(pages, group):
    one, two = person(group, "Kim Lee"), person(group, "Jo Avery")
    path = f"/sessions/{group.id}/sign"
    pages.get(path)
    pages.submit(path, status=200, rest="present", **{f"is-{one.id}": "excused"})
    assert status_of(two) is Status.EXPECTED
    pages.submit(path)
    assert (status_of(one), status_of(two)) == (Status.EXCUSED, Status.PRESENT)
    assert [*CHOICES] == ["present", "no-show", "excused"]


def test_a_sheet_that_changed_meanwhile_is_looked_at_again(pages, group):
    booking = person(group, "Kim Lee", status=Status.NO_SHOW)
    path = f"/sessions/{group.id}/sign"
    pages.get(path)
    now = make.instant(NOW)
    attendance.mark(booking, status=Status.PRESENT, version=booking.version, by=SYSTEM, now=now)
    answer = pages.submit(path, status=422)
    assert "This sheet has changed since you looked at it." in answer.page.words
    pages.submit(path)
    assert len(signatures()) == 1


def test_a_sheet_is_signed_from_the_list_and_leads_back_there(pages, group):
    person(group, "Kim Lee", status=Status.PRESENT, method=Method.CARRIED)
    path = f"/sessions/{group.id}/sign"
    page = pages.get(f"{path}?next=/sheets").page
    assert "carried over are confirmed by your signature" in page.words
    assert pages.submit(path).location == "/sheets"


def test_a_coordinator_signs_on_behalf_and_is_told_so(signed_in, group):
    person(group, "Kim Lee", status=Status.PRESENT)
    pages = signed_in(make.staff(name="Sam Cole", roles=["coordinator"]))
    page = pages.get(f"/sessions/{group.id}/sign").page
    assert "I did not lead this session." in page.words
    assert "No license is on record. You can sign; the signature keeps this." in page.words
    pages.submit(f"/sessions/{group.id}/sign")
    assert signatures() == [("Sam Cole", False, True)]


@pytest.mark.parametrize("now", ["2026-03-02 10:30", NOW])
def test_the_sheet_leads_to_the_signature_once_its_session_has_ended(pages, group, at, now):
    person(group, "Kim Lee", status=Status.PRESENT)
    at(now)
    assert (f"/sessions/{group.id}/sign" in pages.get(f"/sessions/{group.id}").text) is (now == NOW)
    said = "A sheet is signed when its session has ended."
    assert (said in pages.get(f"/sessions/{group.id}/sign").page.words) is (now != NOW)


def test_several_sheets_are_signed_in_one_go_and_what_changed_is_told(pages, ana):
    monday, tuesday = make.session(leaders=[ana]), make.session("2026-03-01", leaders=[ana])
    unmarked, others = make.session("2026-02-28", leaders=[ana]), make.session("2026-02-27")
    old = make.session("2025-12-01", leaders=[ana])
    first = person(monday, "Kim Lee", status=Status.PRESENT)
    for each in (tuesday, others, old):
        person(each, "Jo Avery", status=Status.PRESENT)
    person(unmarked, "Dana Cruz")
    page = pages.get("/sheets").page
    assert "3 sheets of sessions that have ended in the last 60 days" in page.words
    assert "Led by you" in page.words
    boxes = [value for name, value in ticks(page) if name == "sheets"]
    assert {int(value.partition(".")[0]) for value in boxes} == {monday.id, tuesday.id}
    pages.submit("/sheets", status=422)
    again = pages.post("/sheets", {"sheets": boxes, "step": "back"}, status=200).page
    assert [each.get("value") for each in again.all("input", checked="")] == boxes
    assert signatures() == []
    now = make.instant(NOW)
    attendance.mark(first, status=Status.NO_SHOW, version=first.version, by=SYSTEM, now=now)
    theirs = f"{others.id}.{'0' * 24}"
    pages.post("/sheets", {"sheets": [*boxes, theirs]})
    said = pages.follow().page.words
    assert "Process group, Sun, Mar 1: the sheet is signed." in said
    assert "Process group, Mon, Mar 2: This sheet has changed since you looked at it." in said
    assert "This session is no longer there." in said
    assert [one.session_id for one in db.scalars(select(SignOff))] == [tuesday.id]
    assert "4 sheets" not in pages.get("/sheets?since=all").page.words
    assert "3 sheets of sessions" in pages.get("/sheets?since=all").page.words
    pages.get("/sheets?since=never", status=404)
    pages.post("/sheets", {"sheets": "nonsense"}, status=422)


def ticks(page):
    return [(each.get("name"), each.get("value")) for each in page.all("input", type="checkbox")]


def test_coordinators_see_all_by_leader_and_narrow_them_down(signed_in, ana):
    sam = make.staff(name="Sam Cole")
    for leaders in ([ana], [sam], []):
        person(make.session("2026-03-01", leaders=leaders), "Kim Lee", status=Status.PRESENT)
    pages = signed_in(make.staff(roles=["coordinator"]))
    words = pages.get("/sheets").page.words
    assert words.index("Ana Rivera") < words.index("Sam Cole") < words.index("Nobody leads these")
    assert "1 sheet of sessions" in pages.get(f"/sheets?leader={sam.id}").page.words
    pages.get("/sheets?leader=999", status=404)
    pages.get("/sheets?leader=x", status=404)


def test_coordinators_see_the_sheets_of_one_site(signed_in, ana):
    sites = make.site(), make.site(key="north")
    for program in map(make.program, sites):
        session = make.session("2026-03-01", leaders=[ana], program=program)
        person(session, "Kim Lee", status=Status.PRESENT)
    pages = signed_in(make.staff(roles=["coordinator"]))
    assert "2 sheets of sessions" in pages.get("/sheets").page.words
    page = pages.get("/sheets?site=north&since=all").page
    assert "1 sheet of sessions" in page.words
    assert page.links["All sites"] == "/sheets?since=all"


def test_where_two_sign_the_second_is_another_person(pages, signed_in, group):
    group.program.rule_set_id = make.rule_set({Measure.SIGNATURES_MIN: 2}).id
    person(group, "Kim Lee", status=Status.PRESENT)
    path = f"/sessions/{group.id}/sign"
    pages.get(path)
    pages.submit(path)
    assert "You have signed this sheet. It needs another person, too." in pages.get(path).page.words
    assert "You have signed it. It needs another person, too." in pages.get("/sheets").page.words
    other = signed_in(make.staff(name="Sam Cole", roles=["coordinator"]))
    assert "Second signature" in other.get("/sheets").page.words
    assert "which somebody else has signed, and I agree" in other.get(path).page.words
    other.submit(path)
    assert signatures() == [("Ana Rivera", False, False), ("Sam Cole", True, True)]
    assert "All sheets are signed" in other.get("/sheets").page.words


def test_before_there_is_a_site_there_is_no_sheet(app, at, signed_in):
    at(NOW)
    pages = signed_in(make.staff(roles=["admin"]))
    assert "All sheets are signed" in pages.get("/sheets").page.words
