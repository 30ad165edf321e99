"""A forgotten password, set again by a mailed link: to whom, for how long, in which words."""

from datetime import timedelta
from typing import Final

from clinic.formats import AUTOMATIC

LINK_LASTS: Final = timedelta(hours=1)
SUBJECT: Final = "Set a new password"


def may_be_mailed(*, is_active: bool, has_password: bool) -> bool:
    """Whether a link may go to an address that somebody has.

    Not before the first password, nor after it was taken away: whoever has a lost phone has its
    mail as well, so then only a hand that gives a link or a code helps.
    """
    return is_active and has_password


def body(link: str) -> str:
    """What the message says; as little as it can about where it comes from."""
    return (
        "Hello,\n\n"
        "somebody, probably you, asked to set a new password for this e-mail address. This link\n"
        "works once, for an hour:\n\n"
        f"{link}\n\n"
        "If it was not you, there is nothing to do: your password stays as it is.\n\n"
        f"{AUTOMATIC}\n"
    )
