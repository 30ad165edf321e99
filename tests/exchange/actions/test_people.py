from datetime import date

import pytest
from sqlalchemy import select

from clinic.accounts.models import Account, SignIn, Staff
from clinic.db import savepoint, session
from clinic.errors import BadInput
from clinic.participants.models import Participant
from clinic.participants.queries import find_participant, pin_digest
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
    return session.scalars(
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
    ana = session.scalars(select(Staff)).one()
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
    assert session.scalars(select(SignIn.ended_at)).one() == LATER


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
    pin = "Someone else has this PIN already. Choose another."
    assert problems(people(person(2, email="RIVERA@example.org"), person(3, pin="482913"))) == [
        f"participants[0]: {email}",
        f"participants[1]: {pin}",
    ]
    assert problems(staff(email="jo@example.org")) == [f"staff[0]: {email}"]
    chen = {"key": "chen", "name": "Lee Chen", "email": "jo@example.org"}
    assert problems(part(riverside(), staff=[chen])) == [f"staff[0]: {email}"]
