"""All our ways to say no."""

from collections.abc import Sequence
from typing import TypeVar

Found = TypeVar("Found")


class Refused(Exception):
    """A rule says no. The sentence is shown to the person who asked.

    `field` is the fact of the action that it is about, where it is about one; `more` are further
    reasons, where all of them are known.
    """

    def __init__(
        self, sentence: str, field: str | None = None, *, more: Sequence["Refused"] = ()
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field
        self.more = more


class NotFound(Exception):
    """Unknown, or not theirs to know of: answered in the same words."""


class BadInput(Exception):
    """A file or an option that makes no sense: every problem at once, one line each."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def or_not_found(found: Found | None) -> Found:
    """Return what was looked for; raise `NotFound` where there is no such thing."""
    if found is None:
        raise NotFound
    return found


def refuse_if(sentence: str | None, field: str | None = None) -> None:
    """Raise `Refused` with the sentence of a `why_not_…` rule, if it gave one."""
    if sentence is not None:
        raise Refused(sentence, field)


def refuse_any(*found: tuple[str | None, str | None]) -> None:
    """Raise `Refused` with all that these rules said, each with the fact that it is about."""
    refused = [Refused(sentence, field) for sentence, field in found if sentence is not None]
    if refused:
        refused[0].more = refused[1:]
        raise refused[0]
