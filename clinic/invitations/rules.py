"""A link or a code with which somebody sets their password: for whom, for how long."""

from datetime import timedelta
from typing import Final

DEACTIVATED: Final = "This account is deactivated."


NO_EMAIL: Final = (
    "There is no e-mail address yet, and it is what one signs in with. Enter one first."
)


INVITATION_LASTS: Final = timedelta(days=7)


CODE_OPENS_FOR: Final = timedelta(hours=1)  # to set the password in, once a code was entered


def invitation_path(token: str) -> str:
    """What somebody opens to set their password."""
    return f"/invitations/{token}"


def why_not_invite(email: str | None, *, is_active: bool) -> str | None:
    if not is_active:
        return DEACTIVATED
    return None if email else NO_EMAIL
