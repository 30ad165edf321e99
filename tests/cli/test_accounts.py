from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic import clock
from clinic.accounts.models import Account, SignIn, Staff
from clinic.db import db
from clinic.invitations import queries
from clinic.permissions import Role
from clinic.trail import TrailEvent
from tests import make

NEW = ("users", "add", "--email", "Ana.Rivera@example.org", "--name", "Ana Rivera", "--role")


def invited_by(path):
    return queries.find_invited(path.removeprefix("/invitations/"), now=clock.now())


def test_adding_a_user_prints_the_path_that_lets_them_in(command, pages):
    path = command(*NEW, "admin").stdout.splitlines()[-1]
    pages.get(path)
    pages.submit(path, password="seven quiet herons", repeated="seven quiet herons")
    assert pages.answer.location == "/today"
    staff = db.scalars(select(Staff)).one()
    assert (staff.key, staff.name) == ("ana-rivera", "Ana Rivera")
    account = db.get_one(Account, staff.account_id)
    assert (account.email, account.roles) == ("ana.rivera@example.org", {Role.ADMIN})
    events = db.scalars(select(TrailEvent).order_by(TrailEvent.id)).all()
    assert [(event.verb, event.actor_kind) for event in events] == [
        ("account.added", "system"),
        ("staff.added", "system"),
        ("account.invited", "system"),
        ("account.password_set", "account"),
        ("account.signed_in", "account"),
    ]


def test_the_first_is_refused_where_there_is_a_clinic_already(command):
    command(*NEW, "admin", "--first")
    refused = command(*NEW, "admin", "--first", status=1)
    assert "There is a clinic in this database already" in refused.stderr
    assert len(db.scalars(select(Account)).all()) == 1


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PARTICIPANT])
def test_every_role_of_staff_can_be_given(command, role):
    command(*NEW, role.value)
    assert db.scalars(select(Account.roles)).all() == [frozenset({role})]


def test_imported_staff_are_the_same_account(command, pages):
    ana = make.staff(email="ana.rivera@example.org", key="rivera")
    command(*NEW, "billing")
    path = command(*NEW, "billing").stdout.strip()
    assert ana.account.roles == {Role.CLINICIAN, Role.BILLING}
    assert invited_by(path).account_id == ana.account.id
    assert db.scalars(select(Staff.key)).all() == ["rivera"]


def test_a_participants_address_is_refused_and_nothing_is_kept(command):
    make.participant(email="ana.rivera@example.org")
    refused = command(*NEW, "clinician", status=1)
    assert (refused.stdout, refused.stderr) == (
        "",
        "This e-mail address belongs to a participant. Staff need another one.\n",
    )
    assert db.scalars(select(Staff)).all() == []


def test_what_makes_no_sense_is_bad_input(command):
    no_address = command(
        "users", "add", "--email", "ana", "--name", "Ana", "--role", "admin", status=2
    )
    assert no_address.stderr == (
        "--email ana: This is not an e-mail address. Write it like name@example.org.\n"
    )
    no_name = command(
        "users", "add", "--email", "a@example.org", "--name", " ", "--role", "admin", status=2
    )
    assert no_name.stderr == "--name: Enter their name.\n"
    command(*NEW, "participant", status=2)
    command(*NEW, "king", status=2)
    command("users", "add", status=2)
    assert db.scalars(select(Account)).all() == []


def test_anybody_with_an_account_can_be_invited_again_and_the_earlier_path_ends(command):
    jordan = make.participant(email="jo@example.org")
    first = command("users", "invite", "--email", "JO@example.org").stdout.strip()
    second = command("users", "invite", "--email", "jo@example.org").stdout.strip()
    assert invited_by(first) is None
    assert invited_by(second).account_id == jordan.account.id


@pytest.mark.parametrize("name", ["invite", "deactivate"])
def test_nobody_has_an_unknown_address(command, name):
    refused = command("users", name, "--email", "nobody@example.org", status=1)
    assert refused.stderr == "Nobody has this e-mail address.\n"


def test_a_deactivated_account_is_out_and_is_not_invited(command, signed_in):
    ana = signed_in("clinician", email="ana@example.org")
    assert command("users", "deactivate", "--email", "ana@example.org").stdout == "Deactivated.\n"
    ana.get("/account/password", status=302)
    assert db.scalars(select(SignIn.ended_at)).one() > clock.now() - timedelta(minutes=1)
    refused = command("users", "invite", "--email", "ana@example.org", status=1)
    assert refused.stderr == "This account is deactivated.\n"


def test_the_last_admin_stays(command, app):
    sam = make.staff(roles=["admin"], email="sam@example.org", password=make.PASSWORD)
    refused = command("users", "deactivate", "--email", "sam@example.org", status=1)
    assert refused.stderr.startswith("Nobody else who has access is an admin.")
    assert sam.account.is_active
