"""Secrets that we hand out, and how we recognise them without keeping them."""

import functools
import hashlib
import hmac
import secrets
import string
from typing import Final

from flask import current_app

# Each of these is told from the others in any hand and by any voice: no I, L, O or U.
CODE_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH: Final = 12  # letters of five bits each


def new_token() -> str:
    """256 random bits, 43 characters fit for a path."""
    return secrets.token_urlsafe(32)


def new_code(length: int = CODE_LENGTH) -> str:
    """60 random bits as letters fit for paper, in groups of four: `7K3M-9QXW-2DHT`."""
    letters = "".join(secrets.choice(CODE_LETTERS) for _ in range(length))
    return "-".join(letters[at : at + 4] for at in range(0, length, 4))


def new_digits(length: int) -> str:
    """Random digits, for what is typed on a keypad."""
    return "".join(secrets.choice(string.digits) for _ in range(length))


def fingerprint(token: str) -> str:
    """What we keep of a random token: SHA-256, in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def keyed(purpose: str, text: str) -> str:
    """HMAC-SHA-256 under this clinic's secret, in hexadecimal.

    For what is too short to hash alone, such as a PIN: without the key, which is not in
    the database, trying all PINs against a stolen copy leads nowhere. Each purpose has a key
    of its own, so that a value made for one never matches another.
    """
    key = _key(purpose, current_app.config["SECRET_KEY"])
    return hmac.digest(key, text.encode(), "sha256").hex()


@functools.lru_cache(maxsize=64)
def _key(purpose: str, secret: str) -> bytes:
    return hashlib.sha256(f"{purpose}:{secret}".encode()).digest()


def normal_code(typed: str) -> str:
    """A code as it was made, however it was typed: without dashes, in capitals, and with the
    digits that letters were taken for."""
    letters = "".join(letter for letter in typed.upper() if letter.isalnum())
    return letters.translate(_LOOKALIKES)


_LOOKALIKES: Final = str.maketrans("OIL", "011")
