"""What an act leads to, as it is shown before it is saved: values to compare and to render."""

from typing import Any, NamedTuple

from clinic.tokens import fingerprint


class Change(NamedTuple):
    """One thing before and after, in words or as a week; nothing where it is not there."""

    what: str
    before: Any
    after: Any
    of: str = ""  # the program that it is in, where there may be several

    @property
    def is_same(self) -> bool:
        return bool(self.before == self.after)


class Link(NamedTuple):
    """A thing that is named, where it is found, and what is said of it."""

    name: str
    address: str
    words: str = ""


class Part(NamedTuple):
    """What is shown under one heading."""

    heading: str = ""
    sentences: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    lists: tuple["Part", ...] = ()  # of sessions that become more or fewer
    weeks: tuple[Change, ...] = ()
    links: tuple[Link, ...] = ()
    more: str = ""  # of a list: what it does not name


class Consequences(NamedTuple):
    """What an act leads to and nothing else: done again on the same clinic, it is the same."""

    parts: tuple[Part, ...] = ()
    warnings: tuple[str, ...] = ()
    beyond: tuple[Any, ...] = ()  # what it goes beyond: a reason is asked for

    @property
    def words(self) -> str:
        """Its sentences alone, for the message that it is done."""
        return " ".join(sentence for part in self.parts for sentence in part.sentences)

    @property
    def digest(self) -> str:
        """What the page carries from showing to saving, to notice when something has changed."""
        return fingerprint(repr(self))


def in_words(sentence: str | None) -> Consequences | None:
    """Return what a sentence says, or None where there is none."""
    return Consequences((Part(sentences=(sentence,)),)) if sentence else None
