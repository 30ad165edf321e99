"""Passwords: which are taken, how they are kept, and how one is recognised."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn_rs_py import zxcvbn

SHORTEST: Final = 15  # a password is the only thing that a sign-in asks for
LONGEST: Final = 1000
LEAST_GUESSES: Final = 9  # its power of ten: three common words in a row are below it
WORD: Final = 3  # shorter ones are in every text
DISGUISE: Final = str.maketrans("@$!|01345789", "asiioleastbg")

# What the library's lists lack: words of a clinic, and lines that everybody thinks of.
EASY: Final = Path(__file__).with_name("easy_words.txt").read_text().split()

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


def why_not_password(password: str, *, own: Iterable[str] = ()) -> str | None:
    """The reason not to take this password, or None. `own` is what others know of the person:
    their name and e-mail address."""
    text = _stable(password)
    if len(text) < SHORTEST:
        return f"Use at least {SHORTEST} characters. Four or five words in a row do well."
    if len(text) > LONGEST:
        return f"Use at most {LONGEST} characters."
    if _guesses(text, own) < LEAST_GUESSES:
        return (
            "This is too easy to guess. Leave out your name, your e-mail address, "
            "common words, repetitions and rows of keys, or add other words."
        )
    return None


def _guesses(text: str, own: Iterable[str]) -> float:
    """Return how many guesses a password takes, as a power of ten.

    It is looked at as it is, and without spaces, signs and every word that is tried first.
    """
    known = sorted({*_words(own), *EASY}, key=len, reverse=True)
    looks = [text, *(_without(known, spelled) for spelled in (text, text.translate(DISGUISE)))]
    return min(zxcvbn(look, known).guesses_log10 for look in looks if look)


def _without(words: Iterable[str], text: str) -> str:
    rest = "".join(letter for letter in text.casefold() if letter.isalnum())
    for word in words:
        rest = rest.replace(word, " ")
    return rest


def _words(own: Iterable[str]) -> Iterator[str]:
    for text in own:
        yield from (word for word in re.split(r"[\W_]+", text.casefold()) if len(word) >= WORD)


def _stable(password: str) -> str:
    return unicodedata.normalize("NFKC", password)
