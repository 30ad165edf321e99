"""What is kept of a form that came too late, how long, and how it is called."""

import json
import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

LASTS: Final = timedelta(hours=12)
LARGEST: Final = 100_000  # letters of a form; none of ours is half as long
MOST: Final = 10  # of one person, the last ones

SECRETS: Final = frozenset({"password", "repeated", "current", "pin", "code"})  # never kept

Typed = list[tuple[str, str]]


def kept_of(sent: Iterable[tuple[str, str]]) -> Typed:
    """What may be kept of what was sent."""
    return [(name, text) for name, text in sent if not is_secret(name)]


def is_secret(name: str) -> bool:
    """Whether a field of this name, or of a line of a form, holds a secret."""
    return not SECRETS.isdisjoint(re.split(r"[-_.\d]+", name.lower()))


def why_not_keep(typed: Typed) -> str | None:
    size = sum(len(name) + len(text) for name, text in typed)
    return "This is too large to be kept." if size > LARGEST else None


def written(typed: Typed) -> str:
    return json.dumps(typed, ensure_ascii=False, separators=(",", ":"))


def read(text: str) -> Typed:
    return [(name, value) for name, value in json.loads(text)]
