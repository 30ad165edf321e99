"""Kiosks at the door."""

import click
from flask.cli import AppGroup

from clinic import clock, trail
from clinic.cli.base import command
from clinic.db import transaction
from clinic.errors import BadInput
from clinic.formats import counted
from clinic.kiosk import actions
from clinic.kiosk.models import Station
from clinic.names import one_line
from clinic.programs.models import Site
from clinic.programs.queries import find_site

kiosk = AppGroup("kiosk", help="Kiosks that check people in at a site's door.")

_site_key = click.option("--site", metavar="KEY", required=True, help="The site it stands at.")


@command(kiosk, "pair")
@_site_key
@click.option(
    "--name", type=one_line, metavar="N", help="What staff call it; Kiosk, Kiosk 2 … without."
)
@click.option(
    "--kind",
    type=click.Choice([each.value for each in Station]),
    default=Station.KEYPAD.value,
    help="A keypad for participants, a search by name for the front desk, or the screen in a room.",
)
def pair_kiosk(site: str, name: str | None, kind: str) -> None:
    """Print the key of a new kiosk, this once. It is typed in on the kiosk's page."""
    now = clock.now()
    with transaction():
        place, by = _site_of(site), trail.SYSTEM
        key = actions.pair(place, name=name, kind=Station(kind), by=by, now=now)
    click.echo(key)


@command(kiosk, "revoke")
@_site_key
@click.option("--name", type=one_line, metavar="N", help="Only the kiosk of that name.")
def revoke_kiosks(site: str, name: str | None) -> None:
    """Shut out the kiosks of a site."""
    now = clock.now()
    with transaction():
        number = actions.revoke(_site_of(site), name=name, by=trail.SYSTEM, now=now)
    click.echo(f"{counted(number, 'kiosk')} revoked.")


def _site_of(key: str) -> Site:
    site = find_site(key)
    if site is None:
        raise BadInput(f"--site {key}: no site has this key.")
    return site
