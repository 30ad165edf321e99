"""Who may sign in, for how long and after how many tries; addresses and invitations."""

import ipaddress
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from email_validator import EmailNotValidError, validate_email

from clinic.names import one_line
from clinic.permissions import Permission, Role

EMAIL_TAKEN: Final = "This e-mail address belongs to somebody else already."
UNKNOWN_EMAIL: Final = "Nobody has this e-mail address."
DEACTIVATED: Final = "This account is deactivated."
NO_EMAIL: Final = (
    "There is no e-mail address yet, and it is what one signs in with. Enter one first."
)
LAST_ADMIN: Final = (
    "Nobody else who has access is an admin. Give another person that role first, "
    "and wait until they have set their password."
)
OWN_PASSWORD: Final = "Change your own password under Password, in the menu with your name."  # noqa: S105 - a sentence

INVITATION_LASTS: Final = timedelta(days=7)
CODE_OPENS_FOR: Final = timedelta(hours=1)  # to set the password in, once a code was entered
SEEN_EVERY: Final = timedelta(minutes=1)  # how exactly we know when somebody was last here


class Limit(NamedTuple):
    """So many tries within a window; a success takes back its own try, or clears them all."""

    tries: int
    window: timedelta
    is_cleared_by_success: bool


PER_PERSON: Final = Limit(5, timedelta(minutes=15), is_cleared_by_success=True)
PER_ADDRESS: Final = Limit(100, timedelta(hours=1), is_cleared_by_success=False)


# How long a sign-in lasts: without being used, and at most.
STAFF_SIGN_IN: Final = timedelta(minutes=15), timedelta(hours=12)
PARTICIPANT_SIGN_IN: Final = timedelta(hours=12), timedelta(days=7)


def is_over(
    roles: frozenset[Role], *, signed_in_at: datetime, seen_at: datetime, now: datetime
) -> bool:
    """Whether a sign-in has ended by itself."""
    idle, longest = PARTICIPANT_SIGN_IN if roles == {Role.PARTICIPANT} else STAFF_SIGN_IN
    return now - seen_at > idle or now - signed_in_at > longest


def first_page(permissions: frozenset[Permission]) -> str:
    """Where somebody begins after signing in."""
    for permission, path in (
        (Permission.OWN_WEEK, "/me"),
        (Permission.SEE_SCHEDULE, "/today"),
        (Permission.SEE_HOURS, "/hours"),
    ):
        if permission in permissions:
            return path
    return "/account/password"


def normal_email(text: str) -> str:
    """One spelling for one address: how it is stored, and how it is looked up."""
    return one_line(text).lower()


def why_not_email(text: str) -> str | None:
    try:
        validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        return "This is not an e-mail address. Write it like name@example.org."
    return None


def invitation_path(token: str) -> str:
    """What somebody opens to set their password."""
    return f"/invitations/{token}"


def network_of(address: str | None) -> str:
    """The client that an address stands for: with IPv6, everybody has a whole /64 of them."""
    if address and ":" in address:
        return str(ipaddress.ip_network(f"{address.partition('%')[0]}/64", strict=False))
    return address or ""


def why_not_invite(email: str | None, *, is_active: bool) -> str | None:
    if not is_active:
        return DEACTIVATED
    return None if email else NO_EMAIL


def why_not_lose_admin(account_id: int, admins: Collection[int]) -> str | None:
    """The reason why this one cannot stop being an admin with access; `admins` are all of them."""
    return LAST_ADMIN if set(admins) == {account_id} else None


def why_not_take_password(account_id: int, *, by_id: int | None) -> str | None:
    return OWN_PASSWORD if account_id == by_id else None


def normal_code(typed: str) -> str:
    """A code as it was made, however it was typed: without dashes, in capitals, and with the
    digits that letters were taken for."""
    letters = "".join(letter for letter in typed.upper() if letter.isalnum())
    return letters.translate(_LOOKALIKES)


_LOOKALIKES: Final = str.maketrans("OIL", "011")
