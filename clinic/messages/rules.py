"""How a message is addressed, worded and tried again. Values in, answer out."""

import ipaddress
import re
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Final, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

MOST_ATTEMPTS: Final = 8
FIRST_PAUSE: Final = timedelta(minutes=5)  # longer than one attempt can take
LONGEST_PAUSE: Final = timedelta(hours=24)

PORTS: Final = {"smtp": 25, "smtps": 465}


class Mailbox(NamedTuple):
    """Where messages are handed in, and in whose name."""

    host: str
    port: int
    user: str
    password: str
    sender: str
    is_encrypted: bool  # from the first byte on; otherwise as soon as the server offers it

    @property
    def domain(self) -> str:
        return self.sender.rpartition("@")[2]


def why_not_mail_url(url: str) -> str | None:
    """The reason nothing can be sent by this setting, or None. Empty is fine: nothing is sent."""
    if not url:
        return None
    try:
        mailbox = mailbox_of(url)
    except (KeyError, ValueError):
        mailbox = None
    if mailbox is None or not mailbox.host or not _ADDRESS.fullmatch(mailbox.sender):
        return (
            "CLINIC_MAIL_URL is not understood. Write it like "
            "smtp://user:password@mail.example.org:587?from=notices@example.org."
        )
    return None


def mailbox_of(url: str) -> Mailbox:
    """What `smtp://user:password@host:port?from=address` says.

    Without a sender it is the user, when that is an address, or `no-reply@` the host.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    user = unquote(parts.username or "")
    sender = parse_qs(parts.query).get("from", [user if "@" in user else f"no-reply@{host}"])[0]
    return Mailbox(
        host=host,
        port=parts.port or PORTS[parts.scheme],
        user=user,
        password=unquote(parts.password or ""),
        sender=sender,
        is_encrypted=parts.scheme == "smtps",
    )


def may_have_the_password(mailbox: Mailbox, *, is_encrypted: bool) -> bool:
    """Whether nobody on the way can read it."""
    return is_encrypted or _is_this_machine(mailbox.host)


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def pause_after(attempts: int) -> timedelta:
    """How long to wait before the next attempt: three times as long each time, a day at most."""
    times: int = 3 ** (attempts - 1)
    return min(FIRST_PAUSE * times, LONGEST_PAUSE)


# One address and nothing that could be taken for a second one or another line.
_ADDRESS: Final = re.compile(
    r'[^\s@"(),:;<>\[\]\\\x00-\x1f\x7f]+@[^\s@"(),:;<>\[\]\\\x00-\x1f\x7f]+'
)


def compose(
    mailbox: Mailbox, *, recipient: str, subject: str, body: str, now: datetime
) -> EmailMessage | None:
    """The message as it is handed in; None when it has no address to go to."""
    if not _ADDRESS.fullmatch(recipient):
        return None
    message = EmailMessage()
    message["From"] = _address(mailbox.sender)
    message["To"] = _address(recipient)
    # One line, whatever stands in it: a line break would begin another header.
    message["Subject"] = "".join(
        letter for letter in " ".join(subject.split()) if letter.isprintable()
    )
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain=mailbox.domain)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body)
    return message


def _address(text: str) -> Address:
    name, _, domain = text.rpartition("@")
    return Address(username=name, domain=domain)
