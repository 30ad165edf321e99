from datetime import date

import pytest
from sqlalchemy import select

from clinic.db import db
from clinic.participants.models import Consent, Contact, Scope
from clinic.trail import TrailEvent, TrailLook
from tests import make

TODAY = "2026-03-04"


@pytest.fixture
def now(app, at):
    return at(f"{TODAY} 12:00")


@pytest.fixture
def jo(now):
    make.site()
    return make.participant(name="Jordan Avery")


def verbs():
    return list(db.scalars(select(TrailEvent.verb).order_by(TrailEvent.id)))


def around(pages, person):
    page = pages.get(f"/participants/{person.id}").page
    cards = [*page.all("section", id="contacts"), *page.all("section", id="consents")]
    return [card.text for card in cards]


# On the participant's page


def test_the_page_shows_who_is_around_and_what_they_may_be_told(jo, signed_in):
    dana = make.contact(jo, name="Dana Avery", phone="+12025550177", is_for_emergencies=True)
    make.contact(jo, name="Lee Park", email="lee@example.org")
    make.contact(jo, name="Sam Old", ended_at=make.instant("2026-02-01 10:00"))
    make.consent(jo, dana, expires_on="2026-03-20", purpose="family work")
    contacts, consents = around(signed_in("coordinator"), jo)
    for words in (
        "Dana Avery mother For emergencies",
        "(202) 555-0177",
        "May be told today: attendance.",
        "Lee Park",
        "Nothing may be told: no consent in force.",
        "1 former contact",
    ):
        assert words in contacts
    for words in ("Dana Avery Expires soon", "attendance for family work", "through Mar 20, 2026"):
        assert words in consents


def test_contacts_come_with_those_for_emergencies_first_and_the_former_apart(jo, signed_in):
    make.contact(jo, name="Dana Avery", phone="+12025550177", email="dana@example.org")
    make.contact(jo, name="Lee Park", relation=None, is_for_emergencies=True)
    make.contact(jo, name="Sam Old", relation="friend", ended_at=make.instant("2026-02-01 10:00"))
    pages = signed_in("coordinator")
    page = pages.get(f"/participants/{jo.id}").page
    (contacts,) = page.all("section", id="contacts")
    names = [name.text for name in contacts.all("b")]
    assert names == ["Lee Park", "Dana Avery"]
    assert page.links["(202) 555-0177"] == "tel:+12025550177"
    assert page.links["dana@example.org"] == "mailto:dana@example.org"
    assert contacts.text.endswith("1 former contact Sam Old · friend")


def test_a_consent_says_for_whom_for_what_and_how_long(jo, signed_in):
    make.consent(jo, given_on="2026-01-05", scope=list(Scope))
    make.consent(jo, given_on="2026-01-06", expires_on="2026-03-20")
    make.consent(jo, given_on="2026-01-07", revoked_on="2026-02-01")
    pages = signed_in("coordinator")
    (consents,) = pages.get(f"/participants/{jo.id}").page.all("section", id="consents")
    back = "Revoke the consent for County court"
    assert [line.text for line in consents.all("li")] == [
        (
            "County court Revoked attendance for coordination of care"
            " given Jan 7, 2026, revoked Feb 1, 2026"
        ),
        (
            "County court Expires soon attendance for coordination of care"
            f" given Jan 6, 2026, through Mar 20, 2026 {back}"
        ),
        (
            "County court In force enrollment, schedule, attendance, weekly hours"
            f" for coordination of care given Jan 5, 2026 {back}"
        ),
    ]


def test_an_empty_page_says_what_it_means(jo, signed_in):
    contacts, consents = around(signed_in("coordinator"), jo)
    assert "No contacts yet." in contacts
    assert "No consents yet: nothing may be told to anybody outside." in consents


@pytest.mark.parametrize(
    ("role", "sees", "changes"),
    [
        ("coordinator", True, True),
        ("admin", True, True),
        ("auditor", True, False),
        ("billing", False, False),
    ],
)
def test_only_some_see_contacts_and_fewer_change_them(jo, signed_in, role, sees, changes):
    contact, consent = make.contact(jo, name="Dana Avery"), make.consent(jo)
    pages = signed_in(role)
    shown = around(pages, jo)
    assert (len(shown), "Dana Avery" in " ".join(shown)) == ((2, True) if sees else (0, False))
    assert ("Add a contact" in " ".join(shown)) is changes
    for path in (
        f"/participants/{jo.id}/contacts/new",
        f"/contacts/{contact.id}/edit",
        f"/participants/{jo.id}/consents/new",
        f"/consents/{consent.id}/revoke",
    ):
        pages.get(path, status=200 if changes else 403)
    pages.post(f"/contacts/{contact.id}/end", status=302 if changes else 403)
    assert (contact.ended_at is not None) is changes


def test_a_clinician_sees_the_contacts_of_their_caseload_only(jo, signed_in):
    ana = make.staff()
    make.enrollment(jo, clinician=ana)
    make.contact(jo, name="Dana Avery")
    contacts, _ = around(signed_in(ana), jo)
    assert ("Dana Avery" in contacts, "Change" in contacts) == (True, False)
    signed_in("clinician").get(f"/participants/{jo.id}", status=404)


def test_the_page_of_whoever_was_merged_leads_to_the_record_that_stays(jo, signed_in):
    gone = make.participant(merged_into_id=jo.id)
    answer = signed_in("coordinator").get(f"/participants/{gone.id}", status=302)
    assert answer.location == f"/participants/{jo.id}"
    signed_in("clinician").get(f"/participants/{gone.id}", status=404)


# Contacts


def test_a_contact_is_added(jo, signed_in):
    pages = signed_in("coordinator")
    path = f"/participants/{jo.id}/contacts/new"
    pages.get(path)
    pages.submit(path, name=" Dana ", relation="mother", phone="2025550177", is_for_emergencies="y")
    assert "Dana is a contact of Jordan Avery." in pages.follow().page.words
    dana = db.scalars(select(Contact)).one()
    assert (dana.participant_id, dana.name, dana.phone) == (jo.id, "Dana", "+12025550177")
    assert (dana.is_for_emergencies, verbs()) == (True, ["contact.added"])


def test_what_is_wrong_with_a_contact_is_said_and_what_was_typed_is_kept(jo, signed_in):
    pages = signed_in("coordinator")
    path = f"/participants/{jo.id}/contacts/new"
    pages.get(path)
    page = pages.submit(path, status=422, name="Dana", phone="12").page
    assert "This is no phone number." in page.words
    assert {box.get("value") for box in page.all("input") if box.get("type") != "hidden"} >= {
        "Dana",
        "12",
    }
    assert db.scalars(select(Contact)).all() == []


def test_a_contact_is_changed(jo, signed_in):
    dana = make.contact(jo, phone="+12025550177")
    pages = signed_in("coordinator")
    path = f"/contacts/{dana.id}/edit"
    page = pages.get(path).page
    assert [box.get("value") for box in page.all("input", name="phone")] == ["(202) 555-0177"]
    pages.submit(path, status=422, name="")
    pages.get(path)
    pages.submit(path, relation="aunt")
    assert (dana.relation, dana.phone, verbs()) == ("aunt", "+12025550177", ["contact.changed"])


def test_a_contact_ends_and_is_kept(jo, signed_in):
    dana = make.contact(jo)
    pages = signed_in("coordinator")
    pages.post(f"/contacts/{dana.id}/end")
    assert dana.ended_at is not None
    text = pages.follow().page.words
    assert ("is no longer a contact" in text, "still in force" in text) == (True, False)
    assert "1 former contact" in text
    pages.submit(f"/contacts/{dana.id}/resume")
    assert dana.ended_at is None
    assert "Dana Avery is a contact again." in pages.follow().page.words


def test_an_end_says_that_a_consent_is_still_in_force(jo, signed_in):
    dana = make.contact(jo)
    make.consent(jo, dana)
    pages = signed_in("coordinator")
    pages.post(f"/contacts/{dana.id}/end")
    assert "A consent for Dana Avery is still in force." in pages.follow().page.words


# Consents


def test_a_consent_for_a_contact_is_written_down(jo, signed_in):
    dana = make.contact(jo)
    make.contact(jo, name="Gone", ended_at=make.instant("2026-02-01 10:00"))
    make.contact(jo, name="Lee", relation=None)
    pages = signed_in("coordinator")
    path = f"/participants/{jo.id}/consents/new"
    page = pages.get(path).page
    options = [option.text for option in page.all("select", name="contact")[0].all("option")]
    assert options == ["Somebody else", "Dana Avery, mother", "Lee"]
    pages.submit(
        path,
        contact=dana.id,
        purpose="family work",
        scope=["hours", "schedule"],
        expires_on="2026-06-30",
    )
    given = db.scalars(select(Consent)).one()
    assert (given.contact_id, given.recipient, given.purpose) == (
        dana.id,
        "Dana Avery",
        "family work",
    )
    assert given.scope == {Scope.HOURS, Scope.SCHEDULE}
    assert (given.given_on, given.expires_on) == (date(2026, 3, 4), date(2026, 6, 30))
    assert verbs() == ["consent.given"]
    assert "May be told today: schedule, weekly hours." in pages.follow().page.words


def test_a_consent_for_somebody_by_name_is_written_down(jo, signed_in):
    pages = signed_in("coordinator")
    path = f"/participants/{jo.id}/consents/new"
    assert "No contacts yet" in pages.get(path).page.words
    pages.submit(path, recipient="County court", purpose="a report", scope="attendance")
    given = db.scalars(select(Consent)).one()
    assert (given.contact_id, given.recipient) == (None, "County court")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"recipient": ""}, "Choose a contact above, or write who it is."),
        ({"scope": []}, "Choose what may be told."),
        ({"given_on": "2026-03-05"}, "A consent cannot be given on a future date."),
        ({"expires_on": "2026-01-01"}, "The last day is before the day it was given."),
    ],
)
def test_a_consent_that_cannot_be_is_refused(jo, signed_in, typed, sentence):
    pages = signed_in("coordinator")
    path = f"/participants/{jo.id}/consents/new"
    pages.get(path)
    facts = {"recipient": "County court", "purpose": "a report", "scope": ["hours"]}
    page = pages.submit(path, status=422, **facts | typed).page
    assert sentence in page.words
    assert [box.get("value") for box in page.all("input", name="purpose")] == ["a report"]
    assert db.scalars(select(Consent)).all() == []


def test_nobody_gives_a_consent_for_the_contact_of_somebody_else(jo, signed_in):
    other = make.contact(make.participant())
    pages = signed_in("coordinator")
    path = f"/participants/{jo.id}/consents/new"
    pages.get(path)
    page = pages.submit(path, status=422, contact=other.id, purpose="x", scope="hours").page
    assert "Choose one from the list." in page.words


def test_a_consent_is_taken_back_and_stays_on_record(jo, signed_in):
    consent = make.consent(jo, scope=[Scope.HOURS])
    pages = signed_in("coordinator")
    path = f"/consents/{consent.id}/revoke"
    words = pages.get(path).page.words
    assert "County court may be told about weekly hours for coordination of care" in words
    assert "Enter the day." in pages.submit(path, status=422, revoked_on="").page.words
    page = pages.submit(path, status=422, revoked_on="2026-01-04").page
    assert "It was given on Jan 5, 2026, after this day." in page.words
    pages.get(path)
    pages.submit(path)
    assert consent.revoked_on == date(2026, 3, 4)
    assert verbs() == ["consent.revoked"]
    _, consents = around(pages, jo)
    assert "County court Revoked" in consents


def test_a_consent_is_not_taken_back_twice(jo, signed_in):
    consent = make.consent(jo, revoked_on="2026-02-01")
    pages = signed_in("coordinator")
    pages.post(f"/consents/{consent.id}/revoke", {"revoked_on": TODAY})
    assert "This consent was revoked on Feb 1, 2026." in pages.follow().page.words
    assert (consent.revoked_on, verbs()) == (date(2026, 2, 1), [])


def test_what_is_nobodys_is_not_found(jo, signed_in):
    pages = signed_in("coordinator")
    for path in (
        "/participants/99/contacts/new",
        "/participants/99/consents/new",
        "/contacts/99/edit",
        "/consents/99/revoke",
    ):
        pages.get(path, status=404)
    for act in ("end", "resume"):
        pages.post(f"/contacts/99/{act}", status=404)


def test_every_page_about_somebody_is_a_look_at_them(jo, signed_in):
    contact, consent = make.contact(jo), make.consent(jo)
    pages = signed_in("coordinator")
    paths = {
        "contacts.contact_new": f"/participants/{jo.id}/contacts/new",
        "contacts.contact_edit": f"/contacts/{contact.id}/edit",
        "contacts.consent_new": f"/participants/{jo.id}/consents/new",
        "contacts.consent_revoke": f"/consents/{consent.id}/revoke",
    }
    for path in paths.values():
        pages.get(path)
    looks = db.query(TrailLook).order_by(TrailLook.id).all()
    assert [(look.page, look.participant_ids) for look in looks] == [
        (endpoint, [jo.id]) for endpoint in paths
    ]


def test_the_cards_need_the_same_statements_for_one_contact_and_for_many(jo, signed_in, queries):
    pages = signed_in("coordinator")
    path = f"/participants/{jo.id}"
    make.consent(jo, make.contact(jo))
    pages.get(path)
    with queries() as one:
        pages.get(path)
    for _ in range(6):
        make.consent(jo, make.contact(jo))
    with queries() as many:
        pages.get(path)
    assert many() == one()
