"""Secrets that we hand out, and how we recognise them without keeping them."""

import hashlib
import hmac
import secrets

from flask import current_app


def new_token() -> str:
    """256 random bits, 43 characters fit for a path."""
    return secrets.token_urlsafe(32)


def fingerprint(token: str) -> str:
    """What we keep of a random token: SHA-256, in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def keyed(purpose: str, text: str) -> str:
    """HMAC-SHA-256 under this clinic's secret, in hexadecimal.

    For what is too short to hash alone, such as a PIN: without the key, which is not in
    the database, trying all PINs against a stolen copy leads nowhere. Each purpose has a key
    of its own, so that a value made for one never matches another.
    """
    key = hashlib.sha256(f"{purpose}:{current_app.config['SECRET_KEY']}".encode()).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
