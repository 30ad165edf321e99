"""Importing this registers everything that is measured."""

from bench.rows import (
    check_in,
    feed,
    health,
    holds,
    hours,
    imports,
    preview,
    sheet,
    signed_in,
    statements,
    verify,
)

__all__ = [
    "check_in",
    "feed",
    "health",
    "holds",
    "hours",
    "imports",
    "preview",
    "sheet",
    "signed_in",
    "statements",
    "verify",
]
