"""Who may sign in, for how long and after how many tries; addresses and invitations."""

import ipaddress
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from email_validator import EmailNotValidError, validate_email

from clinic.names import one_line
from clinic.permissions import Permission, Role

EMAIL_TAKEN: Final = "This e-mail address belongs to somebody else already."
UNKNOWN_EMAIL: Final = "Nobody has this e-mail address."
LAST_ADMIN: Final = (
    "Nobody else who has access is an admin. Give another person that role first, "
    "and wait until they have set their password."
)
OWN_PASSWORD: Final = "Change your own password in the menu with your name."  # noqa: S105 - a sentence

SEEN_EVERY: Final = timedelta(minutes=1)  # how exactly we know when somebody was last here


# Wrong passwords of one account from one network. So many cost nothing: slips. After each one more
# nothing is tried for a while, twice as long as before; every quarter of an hour one is forgotten.
# So nobody who guesses from elsewhere keeps the owner waiting, and about a hundred a day can be
# guessed from each network: of the ten billion that every password takes.
FREE_TRIES: Final = 5
MOST_TRIES: Final = FREE_TRIES + 10  # that are counted: after them the pause is the longest
FORGOTTEN_EVERY: Final = timedelta(minutes=15)
FIRST_PAUSE: Final = timedelta(seconds=1)
LONGEST_PAUSE: Final = timedelta(minutes=15)
ODD_CLOCK: Final = timedelta(minutes=1)  # a try that lies so far ahead says nothing

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


def device_name(user_agent: str) -> str | None:
    """`Safari on iPhone`: the words that a person knows their browser by, or None for no known one.

    Only words of ours: what a browser says of itself is anything that somebody likes to send.
    """
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), None)
    device = next((name for mark, name in _DEVICES if mark in user_agent), None)
    if device == "Android" and "Mobile" not in user_agent:
        device = "Android tablet"
    if (browser, device) == ("Safari", "Mac"):
        device = "Mac or iPad"  # an iPad says that it is a Mac
    return " on ".join(filter(None, (browser, device))) or None


# In the order in which they are looked for: nearly every browser says that it is Safari, too.
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("Ddg/", "DuckDuckGo"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_DEVICES: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "Chromebook"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


def normal_email(text: str) -> str:
    """One spelling for one address: how it is stored, and how it is looked up."""
    return one_line(text).lower()


def why_not_email(text: str) -> str | None:
    try:
        validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        return "This is not an e-mail address. Write it like name@example.org."
    return None


def network_of(address: str | None) -> str:
    """The network of an address: as many as one customer of a provider easily has, a /24 of the
    old ones, a /56 of the new ones, so that a guesser gains nothing by changing among them."""
    try:
        ip = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return ""
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    size = 24 if isinstance(ip, ipaddress.IPv4Address) else 56
    return str(ipaddress.ip_network((ip, size), strict=False))


def pause(
    tries: int, tried_at: datetime, *, longest: timedelta = LONGEST_PAUSE, now: datetime
) -> timedelta:
    """How long nothing is tried after so many wrong ones, the last of them then."""
    if tries < FREE_TRIES:
        return timedelta(0)
    length = min(FIRST_PAUSE * (1 << tries - FREE_TRIES), longest)
    left = tried_at + length - now
    return left if timedelta(0) < left <= length + ODD_CLOCK else timedelta(0)


def counted_tries(tries: int, tried_at: datetime, *, now: datetime) -> int:
    """How many count after one more."""
    forgotten = max(timedelta(0), now - tried_at) // FORGOTTEN_EVERY
    return min(max(0, tries - forgotten) + 1, MOST_TRIES)


def why_not_lose_admin(account_id: int, admins: Collection[int]) -> str | None:
    """The reason why this one cannot stop being an admin with access; `admins` are all of them."""
    return LAST_ADMIN if set(admins) == {account_id} else None


def why_not_take_password(account_id: int, *, by_id: int | None) -> str | None:
    return OWN_PASSWORD if account_id == by_id else None
