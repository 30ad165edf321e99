"""Passwords: which are taken, how they are kept, and how one is recognised."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn_rs_py import zxcvbn

SHORTEST: Final = 15  # a password is the only thing that a sign-in asks for
LONGEST: Final = 1000
LEAST_GUESSES: Final = 10  # their power of ten: from there on the library calls it hard to guess
WORD: Final = 3  # shorter ones are in every text
NOT_ENOUGH: Final = (
    "Little is left of it without your name, your e-mail address, what this place is called or"
    " does, and phrases that everybody knows."
)
DISGUISE: Final = str.maketrans("@$!|01345789", "asiioleastbg")

# What the library's lists cannot know: words of a clinic; and lines that everybody thinks of.
KNOWN: Final = frozenset(
    {
        *("behavioral", "clinic", "clinician", "counseling", "counselor", "healthcare", "health"),
        *("intensive", "outpatient", "participant", "patient", "program", "recovery", "rehab"),
        *("sober", "sobriety", "therapist", "therapy", "treatment", "wellness"),
        *("correcthorsebatterystaple", "maytheforcebewithyou", "onceuponatime"),
        *("thequickbrownfoxjumpsoverthelazydog", "thequickbrownfox", "loremipsumdolorsitamet"),
        "tobeornottobethatisthequestion",
    }
)

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
    why = _why_easy(text, sorted({*_words(own), *KNOWN}, key=len, reverse=True))
    return f"This is too easy to guess. {why} Take other words, or add some." if why else None


def _why_easy(text: str, known: list[str]) -> str | None:
    """Look at a password without all that others know, as it is, and as letters alone."""
    letters = _letters(text)
    for look in (letters, _letters(text.translate(DISGUISE))):
        rest = _without(known, look)
        if rest != look and zxcvbn(rest, known).guesses_log10 < LEAST_GUESSES:
            return NOT_ENOUGH
    for look in filter(None, (text, letters)):
        guessed = zxcvbn(look)
        if guessed.guesses_log10 < LEAST_GUESSES:
            warning = guessed.feedback and guessed.feedback.warning
            return str(warning) if warning else "It is made of what many people use."
    return None


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _without(words: Iterable[str], text: str) -> str:
    for word in words:
        text = text.replace(word, " ")
    return text


def _words(own: Iterable[str]) -> Iterator[str]:
    for text in own:
        yield from (word for word in re.split(r"[\W_]+", text.casefold()) if len(word) >= WORD)


def _stable(password: str) -> str:
    return unicodedata.normalize("NFKC", password)
