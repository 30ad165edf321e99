"""Calendar links."""

import click
from flask.cli import AppGroup

from clinic import clock, formats, trail
from clinic.accounts.models import Staff
from clinic.cli.base import command
from clinic.db import transaction
from clinic.errors import BadInput
from clinic.feeds import actions as feed_actions
from clinic.feeds import queries as feed_queries
from clinic.feeds import rules as feed_rules
from clinic.participants import queries as participant_queries
from clinic.participants.models import Participant

feeds = AppGroup("feeds", help="Secret links to people's calendars.")
_participant_key = click.option("--participant", metavar="KEY", help="A participant's calendar.")
_staff_key = click.option("--staff", metavar="KEY", help="A staff member's calendar.")


@command(feeds, "issue")
@_participant_key
@_staff_key
@click.option("--name", metavar="N", help="The device it is for; Calendar, Calendar 2 … without.")
def issue_feed(participant: str | None, staff: str | None, name: str | None) -> None:
    """Print the path of a new link to somebody's calendar, this once."""
    now = clock.now()
    with transaction():
        owner = _calendar_owner(participant, staff)
        token = feed_actions.issue(owner, name=name, by=trail.SYSTEM, now=now)
    click.echo(feed_rules.path_of(token))


@command(feeds, "revoke")
@_participant_key
@_staff_key
def revoke_feeds(participant: str | None, staff: str | None) -> None:
    """Withdraw every link to somebody's calendar."""
    now = clock.now()
    with transaction():
        number = feed_actions.revoke(_calendar_owner(participant, staff), by=trail.SYSTEM, now=now)
    click.echo(f"{formats.counted(number, 'link')} revoked.")


def _calendar_owner(participant: str | None, staff: str | None) -> Participant | Staff:
    if (participant is None) == (staff is None):
        raise BadInput("Give one of --participant KEY and --staff KEY.")
    if participant is not None:
        owner: Participant | Staff | None = participant_queries.find_participant(participant)
        unknown = f"--participant {participant}: no participant has this key."
    else:
        owner = feed_queries.find_staff(staff or "")
        unknown = f"--staff {staff}: no staff member has this key."
    if owner is None:
        raise BadInput(unknown)
    return owner
