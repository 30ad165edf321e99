"""The demonstration, the periodic work, and whether all is well."""

import sqlite3
from collections.abc import Callable

import click
from flask import current_app
from flask.cli import AppGroup

from clinic import clock, config, passwords, trail
from clinic.accounts import actions as account_actions
from clinic.audit import actions as audit_actions
from clinic.audit import queries as audit_queries
from clinic.cli.base import command
from clinic.db import analyze, transaction
from clinic.demo import actions as demo_actions
from clinic.demo.clinic import PASSWORD
from clinic.digest import actions as digest_actions
from clinic.digest import queries as digest_queries
from clinic.drafts import actions as drafts_actions
from clinic.errors import BadInput, Refused, refuse_if
from clinic.intake import actions as intake_actions
from clinic.messages import actions as message_actions
from clinic.offerings import actions as offering_actions
from clinic.offers import actions as offer_actions
from clinic.programs.queries import find_clinic, home
from clinic.schedule.actions import acts
from clinic.schedule.actions import series as series_actions
from clinic.shortweeks import actions as short_week_actions
from clinic.signing import actions as signing_actions
from clinic.tasks import actions as task_actions
from clinic.told import actions as told_actions
from clinic.turns import actions as turn_actions

SOON_READ = 20_000  # events or bookings that nobody waits for


@command(AppGroup(), "demo")
@click.option("--if-empty", is_flag=True, help="Do nothing when there is a clinic already.")
def demo(if_empty: bool) -> None:  # noqa: FBT001 - an option of the command
    """Fill an empty database with the demonstration clinic."""
    password_hash = passwords.hash_password(PASSWORD)
    with transaction():
        if if_empty and not demo_actions.is_empty():
            return
        shown = demo_actions.build(password_hash=password_hash, now=clock.now())
    analyze()
    click.echo("The demonstration clinic is ready. Everyone's password is:")
    click.echo(f"  {PASSWORD}")
    for role, email in shown.sign_ins:
        click.echo(f"  {role:<12} {email}")
    click.echo(f"Kiosk: open /kiosk and set it up with the device key {shown.device_key}")
    click.echo(f"  then check in with the PIN {shown.pin}")
    click.echo("  (it works once the doors open, shortly before a session of that participant;")
    click.echo("  before that the kiosk asks them to see the front desk)")
    click.echo(f"Calendar of that participant: {shown.feed_path}")


@command(AppGroup(), "tick")
def tick() -> None:
    """All periodic work: tops up series, sends, sweeps. Asking twice does nothing twice."""
    now = clock.now()
    with transaction(write=False):
        behind = series_actions.series_behind(now)
        has_tasks = task_actions.is_behind(now)
        running = digest_queries.running(find_clinic(), now=now)
        said, due = digest_queries.news(running), digest_queries.due(running, now=now)
        has_short_weeks = short_week_actions.is_behind(now)
        newer = offering_actions.newer_figures(now)
        has_offers = offer_actions.is_behind() or turn_actions.is_behind(now)
    if newer:  # with a new version of the product
        with transaction():
            offering_actions.provide_rule_sets(before=newer, by=trail.SYSTEM, now=now)
    refusals = []
    for series_id in behind:  # each in a transaction of its own: nobody waits for all of them
        try:
            with transaction():
                series_actions.top_up(series_id, now=now)
        except Refused as refused:
            refusals.append(refused.sentence)
    with transaction():
        account_actions.sweep(now=now)
        intake_actions.sweep(now=now)
        drafts_actions.sweep(now=now)
        acts.sweep(now=now)
        if has_tasks:
            task_actions.settle(now)
        told_actions.keep(said, now=now)
        if has_short_weeks:
            short_week_actions.settle(now)
        if has_offers:
            offer_actions.settle(now)
            turn_actions.go_on(link=_address("/me"), now=now)
        if current_app.config["CLINIC_MAIL_URL"]:  # else they would pile up, day by day
            signing_actions.remind(link=_address("/sheets"), now=now)
            digest_actions.remind(due, link=_address("/hours/digest"), now=now)
            short_week_actions.chase(link=_address("/hours/short-weeks?whose=own"), now=now)
            task_actions.tell(link=_address("/tasks?whose=own"), now=now)
        zone, today, *_ = home(now)
        audit_actions.close_the_day(now=now, since=clock.bounds_of(today, zone)[0])
    message_actions.deliver_due(current_app.config["CLINIC_MAIL_URL"], now=now)
    refuse_if("\n".join(refusals) or None)


def _address(path: str) -> str:
    """A path of ours as a message names it; empty where nobody said under which name we are."""
    base = current_app.config["CLINIC_BASE_URL"]
    return f"{base.rstrip('/')}{path}" if base else ""


def _progress(what: str, total: int) -> Callable[[int], None]:
    """Return what tells on standard error, where it takes long, each time a tenth more is done."""
    done = 0

    def tell(more: int) -> None:
        nonlocal done
        before, done = done, done + more
        if total > SOON_READ and before * 10 // total < done * 10 // total:
            click.echo(f"{done:,} of {total:,} {what}", err=True)

    return tell


audit = AppGroup("audit", help="The trail of what was done.")


@command(audit, "verify")
@click.option("--expect", multiple=True, metavar="VALUE", help="A closing value kept elsewhere.")
def verify_audit(expect: tuple[str, ...]) -> None:
    """Say whether the trail is whole, and whether bookings are what it says."""
    if problems := list(filter(None, map(trail.why_not_a_closing, expect))):
        raise BadInput(*problems)
    with transaction(write=False):
        broken = trail.broken_chains(kept=expect, tell=_progress("events", trail.length()))
        bookings = audit_queries.bookings_compared(
            tell=_progress("bookings", audit_queries.bookings())
        )
        others = audit_queries.others_compared()
        values = [closing.value for closing in trail.newest_closings()]
    refuse_if("\n".join([*broken, *bookings.sentences, *others]) or None)
    click.echo("The trail is whole, and what is stored is what it says.")
    if bookings.in_part:
        click.echo(
            f"Of {bookings.in_part} bookings it is too old to say whose they are, when they were"
            " signed and which reason they have: that is not checked."
        )
    for value in values:
        click.echo(f"closed with {value}")


@command(audit, "close")
def close_audit() -> None:
    """Close the trail where it ends now, and print the values: keep them somewhere else."""
    with transaction():
        closings = trail.close(now=clock.now())
    for closing in closings:
        click.echo(closing.value)


@command(AppGroup(), "doctor")
def doctor() -> None:
    """Say what is missing for this clinic to be run safely."""
    refuse_if("\n".join(config.worries(current_app.config, sqlite3.sqlite_version_info)) or None)
    click.echo("All is well.")
