from datetime import date

import pytest
from sqlalchemy import select

from clinic.accounts.models import Account, SignIn, Staff
from clinic.db import db, savepoint
from clinic.errors import BadInput
from clinic.exchange.queries.names import find_staff
from clinic.participants.models import Consent, Contact, Participant, RetiredPin, Scope
from clinic.participants.queries import contacts_of, find_participant, pin_digest
from clinic.participants.rules import PIN_TAKEN
from clinic.permissions import Role
from tests import make
from tests.dump import changed, dump
from tests.exchange.files import ABSENT, LATER, bring, part, person, riverside


def staff(**facts):
    return part(riverside(), staff=[{"key": "rivera", "name": "Ana Rivera"} | facts])


def people(*entries):
    return part(riverside(), participants=list(entries))


def problems(data):
    before = dump()
    with pytest.raises(BadInput) as bad, savepoint():
        bring(data)
    assert changed(before, dump()) == set()
    return list(bad.value.problems)


def account_of(model, key):
    return db.scalars(
        select(Account)
        .join(model, model.account_id == Account.id)
        .where(model.key == key)
        .execution_options(populate_existing=True)
    ).one()


def test_somebody_may_have_a_key_and_a_name_only(app):
    chen = {"key": "chen", "name": "Lee Chen"}
    done = bring(part(riverside(), staff=[chen], participants=[person(2)]))
    assert (done["staff"], done["participants"]) == ({"created": 1}, {"created": 1})
    for model, key, roles in (
        (Staff, "chen", set()),
        (Participant, "p-002", {Role.PARTICIPANT}),
    ):
        account = account_of(model, key)
        assert (account.email, account.roles) == (None, roles)


def test_staff_change_and_keep_what_the_file_does_not_say(app):
    bring(riverside())
    assert bring(staff(), now=LATER)["staff"] == {"unchanged": 1}
    assert bring(staff(name="Ana Rivera-Cruz", credentials="LMHC"))["staff"] == {"changed": 1}
    assert bring(staff(name="Ana Rivera-Cruz", roles=["clinician", "admin"]))["staff"] == {
        "changed": 1
    }
    ana = db.scalars(select(Staff)).one()
    assert (ana.name, ana.credentials) == ("Ana Rivera-Cruz", "LMHC")
    account = account_of(Staff, "rivera")
    assert (account.email, account.roles) == (
        "rivera@example.org",
        {Role.CLINICIAN, Role.ADMIN},
    )


def test_roles_can_all_be_taken_away_and_end_what_they_opened(app):
    bring(riverside())
    make.sign_in(account_of(Staff, "rivera"))
    assert bring(staff(roles=[]), now=LATER)["staff"] == {"changed": 1}
    assert account_of(Staff, "rivera").roles == frozenset()
    assert db.scalars(select(SignIn.ended_at)).one() == LATER


def test_participants_change_and_keep_what_the_file_does_not_say(app):
    bring(riverside())
    before = dump()
    assert bring(people({"key": "p-001", "name": "Jordan Avery"}))["participants"] == {
        "unchanged": 1
    }
    assert changed(before, dump()) == set()
    changes = {
        "key": "p-001",
        "name": "Jordan A.",
        "preferred_name": "Jordie",
        "birth_date": date(1990, 2, 4),
        "email": "Jordan@example.org",
        "pin": "135790",
    }
    assert bring(people(changes))["participants"] == {"changed": 1}
    jo = find_participant("p-001")
    assert (jo.name, jo.preferred_name, jo.birth_on, jo.account.email, jo.pin_digest) == (
        "Jordan A.",
        "Jordie",
        date(1990, 2, 4),
        "jordan@example.org",
        pin_digest("135790"),
    )


def test_an_import_without_a_pin_keeps_it(app):
    bring(riverside())
    bring(riverside({"participants[0].pin": ABSENT, "participants[0].name": "Jordan A."}))
    assert find_participant("p-001").pin_digest == pin_digest("482913")


def test_what_belongs_to_somebody_else_is_refused_at_the_path(app):
    bring(riverside())
    email = "This e-mail address belongs to somebody else already."
    pin = "This PIN is someone else’s, or was. Choose another."
    assert problems(people(person(2, email="RIVERA@example.org"), person(3, pin="482913"))) == [
        f"participants[0].email: {email}",
        f"participants[1].pin: {pin}",
    ]
    assert problems(staff(email="jo@example.org")) == [f"staff[0].email: {email}"]
    chen = {"key": "chen", "name": "Lee Chen", "email": "jo@example.org"}
    assert problems(part(riverside(), staff=[chen])) == [f"staff[0].email: {email}"]


# What staff may have besides


def rivera():
    db.expire_all()
    return find_staff("rivera")


def test_a_license_and_a_sign_in_that_ends(app):
    bring(riverside())
    assert bring(staff(license={"number": "SW-1"}))["staff"] == {"changed": 1}
    assert bring(staff(license={"expires": date(2027, 1, 31)}, active=False))["staff"] == {
        "changed": 1
    }
    ana = rivera()
    assert (ana.license_number, ana.license_expires_on) == ("SW-1", date(2027, 1, 31))
    assert ana.account.is_active is False
    assert bring(staff())["staff"] == {"unchanged": 1}
    assert bring(staff(active=False))["staff"] == {"unchanged": 1}
    assert bring(staff(active=True))["staff"] == {"changed": 1}
    assert rivera().account.is_active is True


def test_working_hours_are_those_of_the_file(app):
    bring(riverside())
    week = [{"days": ["mon", "tue"], "start": "10:00", "end": "24:00"}]
    assert bring(staff(working_hours=week))["staff"] == {"changed": 1}
    assert bring(staff(working_hours=week))["staff"] == {"unchanged": 1}
    friday = [{"days": ["fri"], "start": "08:00", "end": "12:00"}]
    bring(staff(working_hours=friday))
    hours = [(each.weekday, each.from_minute, each.until_minute) for each in rivera().working_hours]
    assert hours == [(4, 480, 720)]
    assert bring(staff(working_hours=[]))["staff"] == {"changed": 1}
    assert rivera().working_hours == []


def test_time_off_is_added_and_moved_and_never_within_another(app):
    away = {"from": date(2026, 4, 6), "until": date(2026, 4, 10), "reason": "conference"}
    bring(riverside())
    assert bring(staff(time_off=[away]))["staff"] == {"changed": 1}
    assert bring(staff(time_off=[away]))["staff"] == {"unchanged": 1}
    shorter = {"from": date(2026, 4, 6), "until": date(2026, 4, 8)}
    later = {"from": date(2026, 4, 9), "until": date(2026, 4, 9)}
    assert bring(staff(time_off=[shorter, later]))["staff"] == {"changed": 1}
    assert [(each.from_on.day, each.until_on.day, each.reason) for each in rivera().time_off] == [
        (6, 8, "conference"),
        (9, 9, None),
    ]
    (problem,) = problems(staff(time_off=[{"from": date(2026, 4, 8), "until": date(2026, 4, 8)}]))
    assert problem.startswith("staff[0].time_off[0]: There is already time off from ")


def test_somebody_new_may_come_with_everything(app):
    chen = {
        "key": "chen",
        "name": "Lee Chen",
        "active": False,
        "license": {"number": "7"},
        "working_hours": [{"days": ["mon"], "start": "10:00", "end": "12:00"}],
        "time_off": [{"from": date(2026, 4, 6), "until": date(2026, 4, 10)}],
    }
    data = part(riverside(), staff=[chen])
    assert bring(data)["staff"] == {"created": 1}
    before = dump()
    assert bring(data)["staff"] == {"unchanged": 1}
    assert changed(before, dump()) == set()


# What participants may have besides

MOTHER = {"name": "Maria Avery", "relation": "mother", "phone": "(202) 555-0147"}
CONSENT = {
    "recipient": "Maria Avery",
    "contact": "Maria Avery",
    "purpose": "Family sessions",
    "scope": ["schedule"],
    "given": date(2026, 1, 12),
}
JO = {"key": "p-001", "name": "Jordan Avery"}


def of_jo(model):
    db.expire_all()
    return db.scalars(select(model).order_by(model.id)).all()


def test_pronouns_language_and_phone(app):
    bring(riverside())
    more = {"pronouns": "they/them", "language": "es", "phone": "202-555-0123"}
    assert bring(people(JO | more))["participants"] == {"changed": 1}
    assert bring(people(JO))["participants"] == {"unchanged": 1}
    jo = find_participant("p-001")
    assert (jo.pronouns, jo.language, jo.phone) == ("they/them", "es", "+12025550123")


def test_contacts_are_known_by_their_names(app):
    bring(riverside())
    aunt = {"name": "Maria Avery", "relation": "aunt"}
    assert bring(people(JO | {"contacts": [MOTHER, aunt]}))["contacts"] == {"created": 2}
    assert bring(people(JO | {"contacts": [MOTHER, aunt]}))["contacts"] == {"unchanged": 2}
    grown = MOTHER | {"relation": "mom", "emergency": True}
    assert bring(people(JO | {"contacts": [grown]}))["contacts"] == {"changed": 1}
    assert [(each.relation, each.phone, each.is_for_emergencies) for each in of_jo(Contact)] == [
        ("mom", "+12025550147", True),
        ("aunt", None, False),
    ]


def test_whoever_is_no_contact_any_more_is_not_taken_for_one(app):
    bring(riverside({"participants[0].contacts": [MOTHER]}))
    (mother,) = of_jo(Contact)
    mother.ended_at = LATER
    db.flush()
    assert bring(people(JO | {"contacts": [MOTHER]}))["contacts"] == {"created": 1}


def test_a_consent_is_known_by_recipient_purpose_and_day(app):
    jo = JO | {"contacts": [MOTHER], "consents": [CONSENT]}
    bring(riverside({"participants[0]": jo}))
    assert bring(people(jo))["consents"] == {"unchanged": 1}
    (given,) = of_jo(Consent)
    assert (given.contact_id, given.scope) == (of_jo(Contact)[0].id, {Scope.SCHEDULE})
    back = CONSENT | {"revoked": date(2026, 2, 1), "scope": ["schedule", "hours"]}
    assert bring(people(jo | {"consents": [back]}))["consents"] == {"changed": 1}
    (given,) = of_jo(Consent)
    assert (given.revoked_on, len(given.scope)) == (date(2026, 2, 1), 2)
    court = {"recipient": "Drug court", "purpose": "Reports", "scope": ["hours"]}
    again = court | {"given": date(2026, 1, 12)}
    assert bring(people(JO | {"consents": [again, again]}))["consents"] == {"created": 2}
    assert bring(people(JO | {"consents": [again, again]}))["consents"] == {"unchanged": 2}
    assert of_jo(Consent)[-1].contact_id is None


# What passes from one to another


def test_addresses_and_pins_may_change_hands_within_a_file(app):
    blake = person(2, email="blake@example.org", pin="135790")
    bring(riverside(participants=[blake]))
    swapped = [
        JO | {"email": "blake@example.org", "pin": "135790"},
        person(2, email="rivera@example.org", pin="482913"),
    ]
    data = part(
        riverside(),
        staff=[{"key": "rivera", "name": "Ana Rivera", "email": "jo@example.org"}],
        participants=swapped,
    )
    done = bring(data)
    assert (done["staff"], done["participants"]) == ({"changed": 1}, {"changed": 2})
    assert [account_of(Participant, key).email for key in ("p-001", "p-002")] == [
        "blake@example.org",
        "rivera@example.org",
    ]
    assert account_of(Staff, "rivera").email == "jo@example.org"
    assert find_participant("p-001").pin_digest == pin_digest("135790")
    assert find_participant("p-002").pin_digest == pin_digest("482913")
    had = db.scalars(select(RetiredPin)).all()
    assert {find_participant(key).pin_since for key in ("p-001", "p-002")} == {
        each.retired_at for each in had
    }
    assert {(db.get_one(Participant, each.participant_id).key, each.digest) for each in had} == {
        ("p-001", pin_digest("482913")),
        ("p-002", pin_digest("135790")),
    }
    before = dump()
    bring(data)
    assert changed(before, dump()) == set()


def test_what_changes_hands_ends_where_it_goes_to_somebody_new(app):
    bring(riverside())
    newcomer = person(2, email="jo@example.org", pin="482913")
    done = bring(people(JO | {"email": "other@example.org", "pin": "135790"}, newcomer))
    assert done["participants"] == {"created": 1, "changed": 1}


def test_times_of_staff_do_not_overlap(app):
    bring(riverside())
    week = [
        {"days": ["mon", "tue"], "start": "09:00", "end": "12:00"},
        {"days": ["tue", "wed"], "start": "11:59", "end": "24:00"},
    ]
    assert problems(staff(working_hours=week)) == [
        "staff[0].working_hours: Two of the working hours are at the same time on Tuesday."
    ]
    week[1]["start"] = "12:00"
    assert bring(staff(working_hours=week))["staff"] == {"changed": 1}
    away = {"from": date(2026, 3, 9), "until": date(2026, 3, 13)}
    backwards = {"from": date(2026, 3, 9), "until": date(2026, 3, 8)}
    assert problems(staff(time_off=[backwards])) == [
        "staff[0].time_off[0]: The last day is before the first."
    ]
    (problem,) = problems(staff(time_off=[away, away | {"from": date(2026, 3, 2)}]))
    assert problem.startswith("staff[0].time_off[1]: There is already time off from ")


def of_consent(contacts, **facts):
    return people(JO | {"contacts": contacts, "consents": [CONSENT | facts]})


def test_a_consent_holds_from_the_day_it_was_given(app):
    bring(riverside())
    same = {"expires": date(2026, 1, 12), "revoked": date(2026, 1, 12)}
    before, place = date(2026, 1, 11), "participants[0].consents[0]"
    for _ in range(2):
        (problem,) = problems(of_consent([MOTHER], expires=before))
        assert problem.endswith("The last day is before the day it was given.")
        assert problems(of_consent([MOTHER], revoked=before)) == [
            f"{place}.revoked: It was given on Jan 12, 2026, after this day."
        ]
        bring(of_consent([MOTHER], **same))
    later = {"given": date(2031, 1, 1), "revoked": date(2032, 1, 1)}
    assert bring(of_consent([MOTHER], **later))["consents"] == {"created": 1}


def test_a_consent_names_one_contact(app):
    bring(riverside())
    place = "participants[0].consents[0].contact"
    assert problems(of_consent([])) == [f"{place}: there is no contact Maria Avery"]
    aunt = MOTHER | {"relation": "aunt"}
    assert problems(of_consent([MOTHER, aunt])) == [f"{place}: two contacts are called Maria Avery"]


def test_a_consent_may_call_a_contact_otherwise(app):
    bring(riverside())
    bring(of_consent([MOTHER], recipient="Ms. Avery"))
    (given,) = of_jo(Consent)
    assert (given.recipient, given.contact_id) == ("Ms. Avery", of_jo(Contact)[0].id)


def test_whoever_was_merged_is_somebody_else_now(app):
    bring(riverside())
    jo, other = find_participant("p-001"), make.participant(key="p-007")
    jo.merged_into_id = other.id
    db.flush()
    assert problems(people(JO | {"name": "Another"})) == [
        "participants[0].key: This record has been merged into another one. Look for it there."
    ]


def test_two_people_of_a_file_do_not_share_an_address_or_a_pin(app):
    bring(riverside())
    blake = person(2, email="rivera@example.org", pin="482913")
    assert problems(riverside(participants=[blake])) == [
        "participants[1].email: This e-mail address belongs to somebody else already."
    ]
    blake = person(2, pin="482913")
    assert problems(riverside(participants=[blake])) == [
        "participants[1].pin: This PIN is someone else’s, or was. Choose another."
    ]


# Many at once


def many(number, first=100, **facts):
    return [
        person(first + n, email=f"p{first + n}@example.org", pin=f"{first + n}77", **facts)
        for n in range(number)
    ]


def test_many_who_are_new_come_in_together(app, queries):
    bring(riverside())
    numbers = []
    for first, number in ((100, 30), (200, 90)):
        people = many(number, first, language="es")
        people[3]["contacts"] = [{"name": "Maria Cruz"}]
        data = part(riverside(), participants=people)
        with queries() as count:
            assert bring(data)["participants"] == {"created": number}
            numbers.append(count())
    assert numbers[0] == numbers[1]
    one = find_participant("p-203")
    assert (one.account.email, one.language) == ("p203@example.org", "es")
    assert one.pin_digest == pin_digest("20377")
    assert [each.name for each in contacts_of(one.id)] == ["Maria Cruz"]
    assert bring(data)["participants"] == {"unchanged": 90}


@pytest.mark.parametrize(
    ("fact", "value", "sentence"),
    [
        ("pin", "482913", f"pin: {PIN_TAKEN}"),
        ("pin", "12177", f"pin: {PIN_TAKEN}"),
        ("email", "p121@example.org", "email: This e-mail address belongs to somebody else"),
        ("birth_date", date(2027, 1, 1), "birth_date: This day is in the future."),
    ],
)
def test_who_of_many_is_refused_is_told_by_line(app, fact, value, sentence):
    bring(riverside())
    people = many(30)
    people[25][fact] = value
    with pytest.raises(BadInput) as bad:
        bring(part(riverside(), participants=people))
    (problem,) = bad.value.problems
    assert problem.startswith(f"participants[25].{sentence}")
