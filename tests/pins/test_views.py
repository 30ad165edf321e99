import re
from typing import NamedTuple
from uuid import UUID

import pytest
from sqlalchemy import select

from clinic.accounts.models import Staff
from clinic.db import db
from clinic.participants.models import Participant
from clinic.participants.queries import pin_digest
from clinic.permissions import Role
from clinic.schedule.models import Booking, Status
from clinic.trail import TrailEvent, TrailLook
from tests import make
from tests.pages import Answer, Pages


class Clinic(NamedTuple):
    ana: Staff
    jordan: Participant
    booking: Booking
    other: Participant


@pytest.fixture
def clinic(app, at):
    """Ana cares for Jordan, whose session begins in five minutes; the PIN is 482913."""
    at("2026-03-02 09:55")
    make.kiosk_device()
    ana = make.staff(name="Ana Rivera")
    jordan = make.participant(name="Jordan Avery", pin="482913")
    booking = make.booking(make.session(leaders=[ana]), make.enrollment(jordan, clinician=ana))
    other = make.enrollment(make.participant(name="Robin Vale")).participant
    return Clinic(ana, jordan, booking, other)


def path_of(person: Participant) -> str:
    return f"/participants/{person.id}/pin"


def make_pin(pages: Pages, person: Participant) -> tuple[str, Answer]:
    pages.get(path_of(person))
    answer = pages.submit(path_of(person), status=200)
    return re.search(r'handout-code">(\d{6})<', answer.text)[1], answer


def tap(pages: Pages, number: int, pin: str) -> str:
    sent = {"id": str(UUID(int=number)), "pin": pin, "at": "2026-03-02T09:55:00-05:00"}
    headers = {"Authorization": "Bearer a-device-key"}
    answer = pages.post("/kiosk/check-ins", json={"check_ins": [sent]}, headers=headers, status=200)
    return answer.json["results"][0]["result"]


def test_the_front_desk_makes_a_pin_that_opens_and_the_old_one_ends(clinic, signed_in, pages):
    desk = signed_in("front_desk")
    page = desk.get(f"/participants/{clinic.jordan.id}/desk").page
    assert page.links["New PIN"] == path_of(clinic.jordan)
    assert "Next appointment Today, 10:00" in desk.get(path_of(clinic.jordan)).page.words

    pin, answer = make_pin(desk, clinic.jordan)

    assert tap(pages, 1, "482913") == "refused"
    assert clinic.booking.status is Status.EXPECTED
    assert tap(pages, 2, pin) == "checked_in"
    assert clinic.booking.status is Status.PRESENT
    assert "For Jordan Avery" in answer.page.texts(class_="on-screen")[0]
    assert pin not in desk.get(path_of(clinic.jordan)).text
    assert answer.headers["Cache-Control"] == "no-store"
    events = db.execute(select(TrailEvent.verb, TrailEvent.facts, TrailEvent.actor_id)).all()
    assert ("participant.pin_renewed", "{}", desk.account.id) in [tuple(row) for row in events]
    looks = db.scalars(select(TrailLook.participant_ids).where(TrailLook.page == "pins.pin"))
    assert set(map(tuple, looks)) == {(clinic.jordan.id,)}


def test_on_paper_the_pin_says_nothing_of_them_or_of_the_place(clinic, signed_in):
    pin, answer = make_pin(signed_in("coordinator"), clinic.jordan)
    (sheet,) = answer.page.all("div", class_="handout")
    on_paper = sheet.text
    for each in sheet.all(class_="on-screen"):
        on_paper = on_paper.replace(each.text, "")
    telling = r"(?i)jordan|avery|group|\biop\b|therap|clinic|treat|recover|session|program|check"
    assert re.findall(telling, on_paper) == []
    assert pin in on_paper
    assert answer.page.title == "Your PIN · Daybook"


def test_whoever_pressed_on_an_older_page_is_told_and_can_press_again(clinic, signed_in):
    first, second = signed_in("front_desk"), signed_in("coordinator")
    second.get(path_of(clinic.jordan))
    pin, _ = make_pin(first, clinic.jordan)

    told = second.submit(path_of(clinic.jordan), status=422)

    assert "A new PIN was made since you opened this page." in told.text
    assert clinic.jordan.pin_digest == pin_digest(pin)
    again = second.submit(path_of(clinic.jordan), status=200)
    assert clinic.jordan.pin_digest != pin_digest(pin)
    assert again.page.heading == "Your PIN"


def test_who_has_none_yet_gets_a_first_one(clinic, signed_in):
    desk = signed_in("front_desk")
    assert "They have no PIN yet." in desk.get(path_of(clinic.other)).text
    pin, _ = make_pin(desk, clinic.other)
    assert clinic.other.pin_digest == pin_digest(pin)


def test_a_clinician_makes_pins_for_their_own_people_alone(clinic, signed_in):
    pages = signed_in(clinic.ana)
    assert pages.get(f"/participants/{clinic.jordan.id}").page.links["New PIN"]
    make_pin(pages, clinic.jordan)
    pages.get(path_of(clinic.other), status=404)
    pages.post(path_of(clinic.other), status=404)
    assert clinic.other.pin_digest is None


@pytest.mark.parametrize("role", [Role.BILLING, Role.AUDITOR, Role.PARTICIPANT])
def test_others_make_none(clinic, signed_in, role):
    signed_in(role).post(path_of(clinic.jordan), status=403)
    assert clinic.jordan.pin_digest == pin_digest("482913")


def test_whoever_was_merged_is_looked_for_where_they_are_now(clinic, signed_in):
    gone = make.participant(merged_into_id=clinic.jordan.id)
    answer = signed_in("front_desk").get(path_of(gone), status=302)
    assert answer.location == path_of(clinic.jordan)
