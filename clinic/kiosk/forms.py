"""What did the kiosk send?"""

import json
import re
from datetime import datetime
from typing import Any, NamedTuple

from clinic import clock
from clinic.errors import BadInput
from clinic.kiosk import rules
from clinic.kiosk.rules import Tap
from clinic.participants.queries import pin_digest
from clinic.tokens import keyed

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PIN = re.compile(r"[0-9]{1,20}")

NOT_OF_THE_FORM = 'The body must be JSON of the form {"check_ins": […]}.'
SENT_AT_IS_TEXT = "sent_at must be a text."
WAITING_IS_A_NUMBER = "waiting must be a whole number."
TOO_MANY = f"At most {rules.MOST_TAPS} check-ins may be sent at once."


class Upload(NamedTuple):
    """Taps in their order, each with its id as it came: so it goes back.

    And how many more the kiosk still has, and when by its clock it sent them, if it says so.
    """

    taps: list[tuple[Any, Tap]]
    waiting: int | None = None
    sent_at: datetime | None = None


def upload_of(body: bytes) -> Upload:
    """Return what was sent, its taps readable or not; raise `BadInput` when it is no upload."""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        raise BadInput(NOT_OF_THE_FORM) from None
    items = sent.get("check_ins") if isinstance(sent, dict) else None
    if not isinstance(items, list):
        raise BadInput(NOT_OF_THE_FORM)
    if not isinstance(sent.get("sent_at", ""), str):
        raise BadInput(SENT_AT_IS_TEXT)
    if len(items) > rules.MOST_TAPS:
        raise BadInput(TOO_MANY)
    waiting, sent_at = _number(sent.get("waiting")), _instant(sent.get("sent_at"))
    return Upload([_sent(item) for item in items], waiting, sent_at)


def _number(waiting: Any) -> int | None:
    # To Python true is a number, too.
    if waiting is None or (type(waiting) is int and 0 <= waiting <= rules.MOST_WAITING):
        return waiting
    raise BadInput(WAITING_IS_A_NUMBER)


def _sent(item: Any) -> tuple[Any, Tap]:
    fields = item if isinstance(item, dict) else {}
    sent_id, pin, at = fields.get("id"), fields.get("pin"), _instant(fields.get("at"))
    uuid = _uuid(sent_id)
    if uuid is None:
        problem = "its id is not a UUID"
    elif not (isinstance(pin, str) and PIN.fullmatch(pin)):
        problem = "its PIN is not a text of digits"
    elif at is None:
        problem = "its time is not ISO 8601 with an offset"
    else:
        return sent_id, Tap(uuid, keyed("tap", f"{pin} {at}"), pin_digest(pin), at)
    asked = keyed("tap", json.dumps(item, sort_keys=True))
    return sent_id, Tap(
        uuid or rules.spare_id(asked),
        asked,
        at=at,
        problem=f"The kiosk sent a tap that cannot be read: {problem}.",
        reason=rules.MALFORMED,
    )


def _uuid(text: Any) -> str | None:
    uuid = text.lower() if isinstance(text, str) else ""
    return uuid if UUID.fullmatch(uuid) else None


def _instant(text: Any) -> datetime | None:
    return clock.instant_from(text) if isinstance(text, str) else None
