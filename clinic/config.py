"""Every setting with its default. Nothing else reads the environment."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import make_url


def settings(instance: Path, environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Flask's configuration, from `CLINIC_…` variables and safe defaults.

    `instance` is this machine's folder for the embedded database and the secret key.
    """
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    base_url = environ.get("CLINIC_BASE_URL", "")
    is_https = base_url.startswith("https://")
    url = environ.get("CLINIC_DATABASE_URL") or f"sqlite:///{instance / 'clinic.db'}"
    _look_for_folder(url, instance)
    return {
        "SECRET_KEY": environ.get("CLINIC_SECRET_KEY") or _kept_secret(instance / "secret.key"),
        "SQLALCHEMY_DATABASE_URI": url,
        "SQLALCHEMY_ENGINE_OPTIONS": _engine_options(url),
        "CLINIC_BIND": environ.get("CLINIC_BIND", "127.0.0.1:8000"),
        "CLINIC_BASE_URL": base_url,
        "CLINIC_PROXIES": _number(environ, "CLINIC_PROXIES"),
        "CLINIC_MAIL_URL": environ.get("CLINIC_MAIL_URL", ""),
        # Never by the name that whoever asks has reached us with: it may be anybody's.
        "CLINIC_MAILS_LINKS": bool(base_url and environ.get("CLINIC_MAIL_URL")),
        "CLINIC_IS_HTTPS": is_https,
        "MAX_CONTENT_LENGTH": 2 * 1024 * 1024,  # of a request; a view may take more
        "WTF_CSRF_SSL_STRICT": False,  # it would ask for the Referer, which our pages do not send
        "WTF_CSRF_TIME_LIMIT": None,  # the token belongs to the account that is signed in
        "SESSION_COOKIE_NAME": "__Host-clinic" if is_https else "clinic",
        "SESSION_COOKIE_SECURE": is_https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
    }


def _number(environ: Mapping[str, str], name: str) -> int:
    text = environ.get(name) or "0"
    if not text.isdecimal():
        raise SystemExit(f"{name}={text} is not a number.")
    return int(text)


def _look_for_folder(url: str, instance: Path) -> None:
    """End with a sentence where the embedded database has no place: all that follows would fail."""
    path = make_url(url).database if url.startswith("sqlite") else None
    if path and not (folder := (instance / path).parent).is_dir():
        raise SystemExit(
            f"The database cannot be there: {folder} does not exist. Make that folder, or name"
            " another one in CLINIC_DATABASE_URL."
        )


def _kept_secret(path: Path) -> str:
    """The secret made on the first start; it must survive, for PINs are recognised by it."""
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    secret = secrets.token_urlsafe(32)
    with os.fdopen(handle, "w") as file:
        file.write(secret)
    return secret


def _engine_options(url: str) -> dict[str, Any]:
    if url.startswith("sqlite"):
        return {"pool_size": 8, "max_overflow": 0, "hide_parameters": True}
    return {
        "hide_parameters": True,  # they are people's data, and errors are logged
        "pool_size": 8,
        "max_overflow": 0,
        "pool_pre_ping": True,
        "connect_args": {
            "options": "-c timezone=UTC -c lock_timeout=5s -c statement_timeout=30s"
            " -c idle_in_transaction_session_timeout=60s"
        },
    }


# Releases between these can corrupt a write-ahead log that several connections reset at once.
_WAL_RESET_BUG = ((3, 7, 0), (3, 51, 3))
_MENDED = {(3, 50): 7, (3, 44): 6}  # older lines that got the repair, from this release on


def worries(settings: Mapping[str, Any], sqlite_version: tuple[int, int, int]) -> list[str]:
    """What should not stay as it is, a sentence each, for whoever runs the clinic."""
    found = []
    host = settings["CLINIC_BIND"].rpartition(":")[0].strip("[]")
    if host not in {"127.0.0.1", "localhost", "::1"} and not settings["CLINIC_IS_HTTPS"]:
        found.append(
            "Others can reach this server, but CLINIC_BASE_URL is no https:// address: the kiosk"
            " and phones need HTTPS, and without it passwords can be read on the way."
        )
    if settings["CLINIC_IS_HTTPS"] and not settings["CLINIC_PROXIES"]:
        found.append(
            "A proxy answers for CLINIC_BASE_URL, and everybody seems to come from it. Have it send"
            " X-Forwarded-For and set CLINIC_PROXIES=1 (how many there are): else whoever guesses a"
            " password keeps its owner waiting on a new device."
        )
    if len(settings["SECRET_KEY"]) < 32:  # noqa: PLR2004 - characters
        found.append("CLINIC_SECRET_KEY is shorter than 32 characters.")
    if not settings["CLINIC_MAIL_URL"]:
        found.append("CLINIC_MAIL_URL is not set: messages wait and are not sent.")
    if settings["SQLALCHEMY_DATABASE_URI"].startswith("sqlite") and _has_wal_bug(sqlite_version):
        version = ".".join(map(str, sqlite_version))
        found.append(
            f"This machine's SQLite {version} can damage its log when several connections reset it"
            " at once; 3.51.3 and newer cannot. Update it, or move to PostgreSQL."
        )
    return found


def _has_wal_bug(version: tuple[int, int, int]) -> bool:
    first, mended = _WAL_RESET_BUG
    return first <= version < mended and version[2] < _MENDED.get(version[:2], version[2] + 1)
