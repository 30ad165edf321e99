"""People who sign in."""

import click
from flask.cli import AppGroup

from clinic import clock, trail
from clinic.accounts import actions, queries, rules
from clinic.accounts.models import Account
from clinic.cli.base import command
from clinic.db import transaction
from clinic.errors import BadInput, Refused, refuse_if
from clinic.invitations.actions import invite
from clinic.invitations.rules import invitation_path
from clinic.names import one_line
from clinic.permissions import STAFF_ROLES, Role
from clinic.staff import actions as staff

NOT_FIRST = (
    "There is a clinic in this database already, perhaps the demonstration. Move the folder"
    " instance away, or name another database in CLINIC_DATABASE_URL."
)

users = AppGroup("users", help="People who sign in.")
_email = click.option(
    "--email", type=one_line, required=True, metavar="E", help="Their e-mail address."
)


@command(users, "add")
@_email
@click.option(
    "--name", type=one_line, required=True, metavar="N", help="Their name, as colleagues know them."
)
@click.option("--role", required=True, type=click.Choice([role.value for role in STAFF_ROLES]))
@click.option("--first", is_flag=True, help="Refuse where anybody has an account already.")
def add_user(email: str, name: str, role: str, first: bool) -> None:  # noqa: FBT001 - an option
    """Give somebody a role here, and print the path on which they set their password."""
    if why_not := rules.why_not_email(email):
        raise BadInput(f"--email {email}: {why_not}")
    if not name:
        raise BadInput("--name: Enter their name.")
    now = clock.now()
    with transaction():
        refuse_if(NOT_FIRST if first and queries.has_accounts() else None)
        account = staff.take_on(email=email, name=name, role=Role(role), by=trail.SYSTEM, now=now)
        token = invite(account, by=trail.SYSTEM, now=now)
    click.echo(invitation_path(token))


@command(users, "invite")
@_email
def invite_user(email: str) -> None:
    """Print a new path for setting a password; earlier ones end. For participants, too."""
    now = clock.now()
    with transaction():
        token = invite(_account_of(email), by=trail.SYSTEM, now=now)
    click.echo(invitation_path(token))


@command(users, "deactivate")
@_email
def deactivate_user(email: str) -> None:
    """Let somebody in no longer, from their next request on."""
    now = clock.now()
    with transaction():
        actions.deactivate(_account_of(email), by=trail.SYSTEM, now=now)
    click.echo("Deactivated.")


def _account_of(email: str) -> Account:
    account = queries.find_account(email)
    if account is None:
        raise Refused(rules.UNKNOWN_EMAIL)
    return account
