"""What may be told about a participant, to whom and when. Values in, answer out."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta

from clinic.formats import day_numeric
from clinic.participants.models import Consent, Contact, Scope

SOON = timedelta(days=30)  # before a consent runs out
SCOPES = {  # what is told, in the order in which it is offered
    Scope.ENROLLMENT: "That they are enrolled here, since when and in what",
    Scope.SCHEDULE: "When they are expected",
    Scope.ATTENDANCE: "Whether they came",
    Scope.HOURS: "Their weekly hours",
}
SHORT = {
    Scope.ENROLLMENT: "enrollment",
    Scope.SCHEDULE: "schedule",
    Scope.ATTENDANCE: "attendance",
    Scope.HOURS: "weekly hours",
}


def why_not_give(
    *, scope: Collection[Scope], given_on: date, expires_on: date | None, today: date
) -> str | None:
    """Why a consent cannot be written down."""
    if not scope:
        return "Choose what may be told."
    if given_on > today:
        return "A consent cannot be given on a day to come."
    if expires_on is not None and expires_on < given_on:
        return "The last day is before the day it was given."
    return None


def why_not_revoke(*, given_on: date, revoked_on: date, today: date) -> str | None:
    """Why a consent cannot be taken back on a day."""
    if revoked_on < given_on:
        return f"It was given on {day_numeric(given_on)}, after this day."
    if revoked_on > today:
        return "A consent cannot be taken back on a day to come."
    return None


def is_in_force(consent: Consent, day: date) -> bool:
    """Whether a consent allows anything on a day; from the day it is taken back it does not."""
    return (
        consent.given_on <= day
        and (consent.expires_on is None or day <= consent.expires_on)
        and (consent.revoked_on is None or day < consent.revoked_on)
    )


def state(consent: Consent, day: date) -> str:
    """Where a consent stands on a day: `in force`, `expires soon`, `expired` or `revoked`."""
    if consent.revoked_on is not None:
        return "revoked"
    if consent.expires_on is None or day + SOON < consent.expires_on:
        return "in force"
    return "expires soon" if day <= consent.expires_on else "expired"


def is_for(consent: Consent, to: Contact | str) -> bool:
    """Whether a consent names this contact, or a person or organization written the same way."""
    if isinstance(to, Contact):
        return consent.contact_id == to.id
    return _plain(consent.recipient) == _plain(to)


def may_be_told(consents: Iterable[Consent], to: Contact | str, day: date) -> list[str]:
    """All that may be told to somebody on a day, in words."""
    allowed = {
        scope
        for consent in consents
        if is_for(consent, to) and is_in_force(consent, day)
        for scope in consent.scope
    }
    return scope_words(allowed)


def scope_words(scope: Collection[Scope]) -> list[str]:
    return [SHORT[each] for each in SCOPES if each in scope]


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
