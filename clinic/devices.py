"""On which browsers somebody has signed in before: a cookie that tells nothing of who it was.

It holds a random name of the browser and, for each person, a digest of both, made with this
clinic's secret: whoever has the cookie learns nothing from it, and nobody can make one.
"""

import hmac
from typing import Final

from flask import Response, current_app, request

from clinic.tokens import keyed, new_token

MOST: Final = 20  # people of one browser, those who signed in last; a front desk has one for all
MARK: Final = 32  # characters of a digest: 128 bits
LASTS: Final = 180 * 24 * 60 * 60  # seconds, from the last time on


def known_for(email: str) -> str | None:
    """The name of this browser, if whoever has this address has signed in with it before."""
    name, *marks = _kept()
    mark = _mark(name, email)
    known = [hmac.compare_digest(mark.encode(), each.encode()) for each in marks]
    return name if any(known) else None


def name_here() -> str | None:
    """The name of this browser, if somebody has signed in with it."""
    return _kept()[0] or None


def remember(response: Response, email: str) -> None:
    """Have this browser known for whoever has this address."""
    name, *marks = _kept()
    name = name or new_token()
    mark = _mark(name, email)
    marks = [mark, *(each for each in marks if each != mark)][:MOST]
    response.set_cookie(
        _cookie(),
        ".".join([name, *marks]),
        max_age=LASTS,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )


def _kept() -> list[str]:
    return request.cookies.get(_cookie(), "").split(".")[: MOST + 1]


def _mark(name: str, email: str) -> str:
    return keyed("device", f"{name}:{email}")[:MARK]


def _cookie() -> str:
    return f"{current_app.config['SESSION_COOKIE_NAME']}-device"
