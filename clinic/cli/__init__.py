"""The commands of the contract. Each opens one transaction; a rule's no exits 1, bad input 2."""

from flask import Flask

from clinic.cli.accounts import users
from clinic.cli.feeds import feeds
from clinic.cli.files import exports, imports
from clinic.cli.kiosk import kiosk
from clinic.cli.upkeep import audit, demo, doctor, tick


def install(app: Flask) -> None:
    """Put the commands on `flask`."""
    for one in (users, feeds, kiosk, imports, exports, demo, tick, audit, doctor):
        app.cli.add_command(one)
