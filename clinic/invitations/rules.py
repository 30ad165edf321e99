"""A link or a code with which somebody sets their password: for whom, for how long, how mailed."""

from datetime import timedelta
from typing import Final

from clinic.formats import AUTOMATIC

DEACTIVATED: Final = "This account is deactivated."
NO_EMAIL: Final = (
    "There is no e-mail address yet, and it is what one signs in with. Enter one first."
)
IN_ANOTHERS_HANDS: Final = (
    "Somebody else may have their phone, and with it their e-mail. Hand them a link or a code."
)
ONLY_FIRST: Final = (
    "They have a password. If they forgot it, they have a link sent to them where one signs in."
)

INVITATION_LASTS: Final = timedelta(days=7)
CODE_OPENS_FOR: Final = timedelta(hours=1)  # to set the password in, once a code was entered
LEAVES_AFTER: Final = timedelta(minutes=1)  # as long as undoing a mailed one keeps it from leaving

SUBJECT: Final = "Choose your password"


def invitation_path(token: str) -> str:
    """What somebody opens to set their password."""
    return f"/invitations/{token}"


def body(link: str) -> str:
    """What the message says; as little as it can about where it comes from."""
    return (
        "Hello,\n\n"
        "an account was made for this e-mail address. With this link you choose its password. It\n"
        "works once, for seven days:\n\n"
        f"{link}\n\n"
        "From then on you sign in with this address and your password. If you did not expect this\n"
        "message, please do not open the link: it ends by itself.\n\n"
        f"{AUTOMATIC}\n"
    )


def why_not_invite(email: str | None, *, is_active: bool) -> str | None:
    if not is_active:
        return DEACTIVATED
    return None if email else NO_EMAIL


def why_not_mail(*, has_password: bool, was_taken: bool) -> str | None:
    """The reason not to send somebody their invitation by mail; `was_taken`: their password."""
    if was_taken:
        return IN_ANOTHERS_HANDS
    return ONLY_FIRST if has_password else None
