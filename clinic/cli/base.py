"""What every command shares: the exit codes of the contract."""

import functools
from collections.abc import Callable
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import OperationalError

from clinic.db import why_not_ready
from clinic.errors import BadInput, NotFound, Refused, refuse_if


def command(
    group: click.Group, name: str, about: str | None = None
) -> Callable[[Callable[..., None]], click.Command]:
    """Register a command under a group, with the exit codes of the contract.

    Its help is what is said `about` it, or the function's docstring. None of them works with a
    database that is behind.
    """

    def register(function: Callable[..., None]) -> click.Command:
        @functools.wraps(function)
        def answering(*args: Any, **kwargs: Any) -> None:
            try:
                refuse_if(why_not_ready())
                function(*args, **kwargs)
            except Refused as refused:
                click.echo(refused.sentence, err=True)
                raise SystemExit(1) from None
            except NotFound:
                click.echo("There is no clinic in the database yet.", err=True)
                raise SystemExit(1) from None
            except OperationalError as error:
                click.echo(f"The database is out of reach. {_reason(error)}", err=True)
                raise SystemExit(1) from None
            except BadInput as bad:
                for problem in bad.problems:
                    click.echo(problem, err=True)
                raise SystemExit(2) from None

        return group.command(name, help=about)(with_appcontext(answering))

    return register


def _reason(error: OperationalError) -> str:
    return str(error.orig).strip().partition("\n")[0]
