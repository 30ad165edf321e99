"""Passwords, limits, addresses, and the people who work here: what is allowed, what follows."""

import ipaddress
import re
import unicodedata
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from email_validator import EmailNotValidError, validate_email

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

SHORTEST: Final = 15  # a password is the only thing that a sign-in asks for
LONGEST: Final = 1000
UNGUESSABLE: Final = 10  # characters that must remain when all that is easy to guess is gone


class Limit(NamedTuple):
    """So many tries within a window; a success takes back its own try, or clears them all."""

    tries: int
    window: timedelta
    is_cleared_by_success: bool


PER_PERSON: Final = Limit(5, timedelta(minutes=15), is_cleared_by_success=True)
PER_ADDRESS: Final = Limit(100, timedelta(hours=1), is_cleared_by_success=False)


class Lasting(NamedTuple):
    """How long a sign-in lasts: without being used, and at most."""

    idle: timedelta
    longest: timedelta


STAFF_SIGN_IN: Final = Lasting(timedelta(minutes=15), timedelta(hours=12))
PARTICIPANT_SIGN_IN: Final = Lasting(timedelta(hours=12), timedelta(days=7))


def is_over(
    roles: frozenset[Role], *, signed_in_at: datetime, seen_at: datetime, now: datetime
) -> bool:
    """Whether a sign-in has ended by itself."""
    lasting = PARTICIPANT_SIGN_IN if roles == {Role.PARTICIPANT} else STAFF_SIGN_IN
    return now - seen_at > lasting.idle or now - signed_in_at > lasting.longest


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
    return unicodedata.normalize("NFC", text.strip()).lower()


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


HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

# The hash of a random text that nobody has kept. Whoever has no password is checked against it,
# so that an unknown e-mail address costs the same time as a known one.
NOBODY: Final = (
    "$argon2id$v=19$m=19456,t=2,p=1"
    "$aeGAIuZLAYxKgfJFMeWToQ$La34E4QOAVIR/5cQ+/cIAXiE60KxPgZkc2NIarBpJeg"
)


def hash_password(password: str) -> str:
    """What is stored of a password. Takes tens of milliseconds: never while holding a lock."""
    return HASHER.hash(_stable(password))


def is_password(password: str, stored: str | None, *, hasher: PasswordHasher = HASHER) -> bool:
    """Whether this is the password behind a stored hash; the same work when there is none."""
    try:
        hasher.verify(stored or NOBODY, _stable(password))
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def better_hash(password: str, stored: str) -> str | None:
    """A new hash of a right password, when the stored one was made with other costs."""
    return hash_password(password) if HASHER.check_needs_rehash(stored) else None


def _stable(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def why_not_password(password: str, *, own: Iterable[str] = ()) -> str | None:
    """The reason not to take this password, or None. `own` is what others know of the person:
    their name and e-mail address."""
    text = _stable(password)
    if len(text) < SHORTEST:
        return f"Use at least {SHORTEST} characters. Four or five words in a row do well."
    if len(text) > LONGEST:
        return f"Use at most {LONGEST} characters."
    if _unguessable(text, own) < UNGUESSABLE:
        return (
            "This is too easy to guess. Leave out your name, your e-mail address, "
            "common words, repetitions and rows of keys, or add other words."
        )
    return None


_COMMON: Final = (
    # whole sentences and lines that everybody thinks of
    "correcthorsebatterystaple",
    "thequickbrownfoxjumpsoverthelazydog",
    "thequickbrownfox",
    "tobeornottobethatisthequestion",
    "loremipsumdolorsitamet",
    "maytheforcebewithyou",
    "onceuponatime",
    "opensesame",
    "trustnoone",
    "whatever",
    "thisismypassword",
    "mypasswordis",
    "passphrase",
    "password",
    "passwort",
    "contrasena",
    "changeme",
    "changethis",
    "letmein",
    "iloveyou",
    "ihateyou",
    "welcome",
    "secret",
    "sunshine",
    "princess",
    "football",
    "baseball",
    "superman",
    "starwars",
    "dragon",
    "monkey",
    "master",
    "shadow",
    "summer",
    "winter",
    "spring",
    "autumn",
    "hello",
    "login",
    "admin",
    "administrator",
    "computer",
    "internet",
    "google",
    "facebook",
    # words of a clinic
    "behavioral",
    "clinic",
    "clinician",
    "counseling",
    "counselor",
    "healthcare",
    "health",
    "intensive",
    "outpatient",
    "participant",
    "patient",
    "program",
    "recovery",
    "rehab",
    "sober",
    "sobriety",
    "therapist",
    "therapy",
    "treatment",
    "wellness",
)
_ROWS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "q1w2e3r4t5y6u7i8o9p0",
)
_ROW: Final = 4  # that many neighbours make a row
_WORD: Final = 3  # shorter ones are in every text
_DISGUISE: Final = str.maketrans("@$!|01345789", "asiioleastbg")
_GONE: Final = "\0"


def _unguessable(text: str, own: Iterable[str]) -> int:
    """How many characters remain when everything easy to guess is taken out."""
    known = sorted({*_COMMON, *_words(own)}, key=len, reverse=True)
    plain = _letters(text)
    disguised = _letters(text.casefold().translate(_DISGUISE))
    return min(_remaining(plain, known), _remaining(disguised, known))


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _words(own: Iterable[str]) -> Iterable[str]:
    for text in own:
        yield from (word for word in re.split(r"[\W_]+", text.casefold()) if len(word) >= _WORD)


def _remaining(text: str, known: Iterable[str]) -> int:
    for word in known:
        text = text.replace(word, _GONE)
    text = _without_rows(text)
    text = re.sub(r"(19|20)\d\d", _GONE, text)
    # "abcabcabc" says no more than "abc", "aaaa" no more than "a".
    text = re.sub(r"(.+?)\1+", r"\1", text)
    return len(text.replace(_GONE, ""))


def _without_rows(text: str) -> str:
    rows = _ROWS + tuple(row[::-1] for row in _ROWS)
    kept, at = [], 0
    while at < len(text):
        length = _row_at(text, at, rows)
        kept.append(_GONE if length else text[at])
        at += length or 1
    return "".join(kept)


def _row_at(text: str, at: int, rows: Iterable[str]) -> int:
    """How many characters of a row of keys begin here; 0 for none."""
    longest = 0
    for row in rows:
        length = _ROW
        while length <= len(text) - at and text[at : at + length] in row:
            longest = max(longest, length)
            length += 1
    return longest
