"""Kiosks at the door."""

import click
from flask.cli import AppGroup

from clinic import clock, trail
from clinic.cli.base import command
from clinic.db import transaction
from clinic.errors import BadInput
from clinic.formats import counted
from clinic.kiosk import actions
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
def pair_kiosk(site: str, name: str | None) -> None:
    """Print the key of a new kiosk, this once. It is typed in on the kiosk's page."""
    now = clock.now()
    with transaction():
        key = actions.pair(_site_of(site), name=name, by=trail.SYSTEM, now=now)
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
