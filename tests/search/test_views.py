from datetime import date

import pytest
from sqlalchemy import select

from clinic.db import db
from clinic.trail import TrailLook
from tests import make


@pytest.fixture
def now(app, at):
    return at("2026-03-02 08:55")  # a Monday


@pytest.fixture
def ana(now):
    return make.staff(name="Ana Rivera")


@pytest.fixture
def jo(ana):
    """Jordan Avery, on Ana's group at ten; Joan Prior, on nobody's."""
    series = make.series(title="Process group", leaders=[ana], room=make.room(name="Room 1"))
    person = make.participant(name="Jordan Avery", birth_on=date(1990, 2, 3), phone="+12125550101")
    make.booking(make.session(series=series), make.enrollment(person))
    make.participant(name="Joan Prior")
    return person


def found(pages, heading):
    """What stands under a heading of the page that was found, a line each."""
    for section in pages.answer.page.all("section"):
        if section.all("h2")[0].text == heading:
            return [item.text for item in section.all("li")]
    return []


def test_a_caller_is_found_by_two_letters_with_their_next_appointment(jo, signed_in):
    desk = signed_in("front_desk")
    page = desk.get("/search?q=jo").page
    assert found(desk, "People") == [
        "Joan Prior participant-2 No appointment ahead",
        (
            "Jordan Avery participant-1"
            " Today, 10:00 – 11:00 am Group session · Room 1 · with Ana Rivera"
        ),
    ]
    assert page.links["Jordan Avery"] == f"/participants/{jo.id}/desk"
    assert db.scalars(select(TrailLook.participant_ids)).all() == [[jo.id, jo.id + 1]]


def test_who_may_see_the_record_is_led_there_and_to_the_desk(jo, signed_in):
    pages = signed_in("coordinator")
    page = pages.get("/search?q=avery").page
    assert found(pages, "People") == [
        (
            "Jordan Avery participant-1 · born 1990"
            " Today, 10:00 – 11:00 am Process group · Room 1 · with Ana Rivera"
            " At the desk for Jordan Avery"
        )
    ]
    assert page.links["Jordan Avery"] == f"/participants/{jo.id}"
    assert page.links["At the desk for Jordan Avery"] == f"/participants/{jo.id}/desk"


def test_a_phone_number_finds_nobody_for_who_may_not_know_it(jo, signed_in):
    desk, coordinator = signed_in("front_desk"), signed_in("coordinator")
    assert "Nothing found" in desk.get("/search?q=5550101").text
    assert "Jordan Avery" in coordinator.get("/search?q=5550101").text
    assert "Jordan Avery" in desk.get("/search?q=participant-1").text


def test_clinicians_find_their_own_people_and_groups(ana, jo, signed_in):
    pages = signed_in(ana)
    assert "Jordan Avery" in pages.get("/search?q=jo").text
    assert "Joan Prior" not in pages.text
    assert pages.get("/search?q=proc").page.links["Process group"] == "/groups/1"
    other = signed_in("clinician")
    assert "Nothing found" in other.get("/search?q=jordan").text
    assert "Process group" not in other.get("/search?q=proc").text
    assert db.scalars(select(TrailLook.participant_ids)).all() == [[jo.id]]


def test_groups_need_topics_and_pages_are_those_that_one_may_open(jo, signed_in):
    desk, admin = signed_in("front_desk"), signed_in("admin")
    desk.get("/search?q=process")
    assert found(desk, "Groups") == []
    desk.get("/search?q=se")
    assert found(desk, "Sites and pages") == ["Today"]
    admin.get("/search?q=set")
    assert found(admin, "Sites and pages") == [
        "Set up a group",
        "Setup",
        "Organization",
        "Rule sets",
    ]


def test_staff_and_sites_are_found(jo, signed_in):
    make.site(name="Riverside House")
    desk = signed_in("front_desk", name="Grace Adeyemi")
    page = desk.get("/search?q=river").page
    assert found(desk, "Staff") == ["Ana Rivera LCSW · Clinician"]
    assert page.links["Today at Riverside House"] == "/today?site=site-2"


def test_one_letter_and_nothing_are_answered_with_a_sentence(jo, signed_in):
    desk = signed_in("front_desk")
    page = desk.get("/search?q=j").page
    (field,) = page.all("input", id="q")
    assert (field.get("value"), field.get("aria-invalid")) == ("j", "true")
    assert "Type at least two letters of a name." in desk.text
    desk.get("/search")
    assert found(desk, "People") == []
    assert "Two letters are enough" in desk.text
    assert "Nothing found" in desk.get("/search?q=zzzz").text


def test_more_than_a_few_are_counted(now, signed_in):
    for number in range(11):
        make.participant(name=f"Jo {number}")
    desk = signed_in("front_desk")
    desk.get("/search?q=jo")
    assert len(found(desk, "People")) == 8
    assert "And 3 more: type more of the name." in desk.text


def test_the_search_field_is_on_every_page_of_staff_and_on_none_of_participants(jo, signed_in):
    form = signed_in("front_desk").get("/today").page.form("/search")
    assert [each.get("name") for each in form.all("input")] == ["q"]
    assert "/search" not in signed_in(jo).get("/me").text


def test_billing_finds_people_without_their_appointments(jo, signed_in):
    billing = signed_in("billing")
    billing.get("/search?q=avery")
    assert found(billing, "People") == ["Jordan Avery participant-1 · born 1990"]


def test_as_many_statements_for_many_people(jo, signed_in, queries):
    desk = signed_in("front_desk")
    with queries() as one:
        desk.get("/search?q=avery")
    for number in range(6):
        make.booking(
            make.session("2026-03-05"), make.enrollment(make.participant(name=f"Avery {number}"))
        )
    with queries() as many:
        desk.get("/search?q=avery")
    assert many() == one()
