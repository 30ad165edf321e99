"""The demonstration, the periodic work, and whether all is well."""

import sqlite3

import click
from flask import current_app
from flask.cli import AppGroup

from clinic import clock, config, passwords, trail
from clinic.accounts import actions as account_actions
from clinic.cli.base import command
from clinic.db import transaction
from clinic.demo import actions as demo_actions
from clinic.demo import rules as demo_rules
from clinic.errors import Refused, refuse_if
from clinic.intake import actions as intake_actions
from clinic.messages import actions as message_actions
from clinic.programs import actions as program_actions
from clinic.schedule.actions import series as series_actions


@command(AppGroup(), "demo")
@click.option("--if-empty", is_flag=True, help="Do nothing when there is a clinic already.")
def demo(if_empty: bool) -> None:  # noqa: FBT001 - an option of the command
    """Fill an empty database with the demonstration clinic."""
    password_hash = passwords.hash_password(demo_rules.PASSWORD)
    with transaction():
        if if_empty and not demo_actions.is_empty():
            return
        shown = demo_actions.build(password_hash=password_hash, now=clock.now())
    click.echo("The demonstration clinic is ready. Everyone's password is:")
    click.echo(f"  {demo_rules.PASSWORD}")
    for role, email in shown.sign_ins:
        click.echo(f"  {role:<12} {email}")
    click.echo(f"Kiosk: open /kiosk and set it up with the device key {shown.device_key}")
    click.echo(f"  then check in with the PIN {shown.pin}")
    click.echo(f"Calendar of that participant: {shown.feed_path}")


@command(AppGroup(), "tick")
def tick() -> None:
    """All periodic work: tops up series, sends, sweeps. Asking twice does nothing twice."""
    now = clock.now()
    with transaction(write=False):
        behind = series_actions.series_behind(now)
    refusals = []
    for series_id in behind:  # each in a transaction of its own: nobody waits for all of them
        try:
            with transaction():
                series_actions.top_up(series_id, now=now)
        except Refused as refused:
            refusals.append(refused.sentence)
    with transaction():
        program_actions.provide_rule_sets(by=trail.SYSTEM, now=now)
        account_actions.sweep(now=now)
        intake_actions.sweep(now=now)
    message_actions.deliver_due(current_app.config["CLINIC_MAIL_URL"], now=now)
    refuse_if("\n".join(refusals) or None)


audit = AppGroup("audit", help="The trail of what was done.")


@command(audit, "verify")
def verify_audit() -> None:
    """Say whether the trail is whole: no event changed, taken out or put in."""
    with transaction(write=False):
        broken = trail.broken_chains()
    refuse_if("\n".join(broken) or None)
    click.echo("The trail is whole.")


@command(AppGroup(), "doctor")
def doctor() -> None:
    """Say what is missing for this clinic to be run safely."""
    refuse_if("\n".join(config.worries(current_app.config, sqlite3.sqlite_version_info)) or None)
    click.echo("All is well.")
