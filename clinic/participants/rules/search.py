"""Finding somebody by what was typed, slips and all. Plain values in, an order out."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

Row = Any  # of id, name, preferred_name, phone, key and email

# How well a word that was typed agrees with a word of somebody's.
SAME, BEGINS, HOLDS, SWAPPED, ONE_SLIP, TWO_SLIPS = 100, 80, 60, 50, 40, 20
JOINED = 5  # less where two words had to be written as one
SHORTEST_PART = 3  # letters or digits; fewer stand in half of all names and numbers
SHORTEST_WITH_A_SLIP = 4
SHORTEST_WITH_TWO = 8

# Letters that are no others with a mark, so that taking marks off leaves them.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "ð": "d", "þ": "th", "ħ": "h"}
)
_APOSTROPHES = re.compile(r"['’‘ʼ`´]")
_BETWEEN_WORDS = re.compile(r"[\W_]+")
_NO_DIGITS = re.compile(r"\D+", re.ASCII)
_NUMBER = re.compile(r"[\d\s().+/-]+", re.ASCII)


def folded(text: str) -> str:
    """Without case and accents: what people mean when they type."""
    if text.isascii():
        return text.lower()
    marked = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return "".join(letter for letter in marked if not unicodedata.combining(letter))


def words_of(text: str) -> list[str]:
    """The words of a name, folded: `Mei-Ling O'Rourke` has `mei`, `ling` and `orourke`."""
    plain = _APOSTROPHES.sub("", folded(text))
    return [word for word in _BETWEEN_WORDS.split(plain) if word]


def ranked(typed: str, rows: Iterable[Row]) -> list[Row]:
    """Those whom every typed word agrees with, the best first and then by name.

    Whoever is called exactly as typed comes first of all. Somebody is found by the words of name
    and preferred name in any order, by part of them, by them with a small slip, by part of the
    phone number, by key and by the beginning of the e-mail address.
    """
    people = list(rows)
    asked = _asked(typed)
    if not asked:
        return []
    index = _Index(people)
    found: dict[int, int] | None = None
    for word in asked:
        agreeing = index.agreeing(word)
        if found is None:
            found = agreeing
        else:
            found = {
                place: found[place] + points for place, points in agreeing.items() if place in found
            }
    exact = " ".join(words_of(typed))

    def order(place: int) -> tuple[int, int, str, int]:
        row, names = people[place], index.names[place]
        is_called = 0 if exact == names[0] else 1 if exact in names else 2
        return is_called, -(found or {})[place], names[0], row.id

    return [people[place] for place in sorted(found or {}, key=order)]


class _Word(NamedTuple):
    """Something that was typed, as the different things that it may be."""

    text: str  # folded, as typed
    name: str  # letters and digits alone
    digits: str


def _asked(typed: str) -> list[_Word]:
    # A number may be written with spaces: it is one thing to look for.
    if _NUMBER.fullmatch(typed) and len(_digits(typed)) >= SHORTEST_PART:
        parts = [typed.strip()]
    else:
        parts = typed.split()
    words = [_Word(folded(part), "".join(words_of(part)), _digits(part)) for part in parts]
    return [word for word in words if word.name]


def _digits(text: str) -> str:
    return _NO_DIGITS.sub("", text)


class _Index:
    """The words of everybody, each once with those who have it: there are far fewer."""

    def __init__(self, people: Sequence[Row]) -> None:
        self.people = people
        self.names: list[list[str]] = []
        self.single: dict[str, list[int]] = defaultdict(list)
        self.joined: dict[str, list[int]] = defaultdict(list)
        for place, row in enumerate(people):
            called = [words_of(name) for name in (row.name, row.preferred_name) if name]
            self.names.append([" ".join(words) for words in called])
            for words in called:
                for word in words:
                    self.single[word].append(place)
                for one, next_one in pairwise(words):
                    self.joined[one + next_one].append(place)

    def agreeing(self, word: _Word) -> dict[int, int]:
        """Place to points of those whom a word agrees with."""
        found: dict[int, int] = {}
        for place, points in self._agreeing(word):
            if points > found.get(place, 0):
                found[place] = points
        return found

    def _agreeing(self, word: _Word) -> Iterator[tuple[int, int]]:
        for less, index in ((0, self.single), (JOINED, self.joined)):
            for known, points in _agreements(word.name, index, with_parts=not less):
                for place in index[known]:
                    yield place, points - less
        yield from self._by_number(word)

    def _by_number(self, word: _Word) -> Iterator[tuple[int, int]]:
        is_number = len(word.digits) >= SHORTEST_PART and _NUMBER.fullmatch(word.text)
        is_key = bool(word.digits)
        is_address = len(word.text) >= SHORTEST_PART
        for place, row in enumerate(self.people):
            if is_number and row.phone and word.digits in row.phone:
                yield place, SAME if row.phone.endswith(word.digits) else HOLDS
            key = row.key.lower()
            if key == word.text:
                yield place, SAME
            elif is_key and word.text in key:
                yield place, HOLDS
            if is_address and row.email and row.email.startswith(word.text):
                yield place, SAME if row.email == word.text else HOLDS


def _agreements(word: str, known: Iterable[str], *, with_parts: bool) -> Iterator[tuple[str, int]]:
    """Known words that a typed one agrees with, and how well."""
    parts = with_parts and len(word) >= SHORTEST_PART
    for each in known:
        if each.startswith(word):
            yield each, SAME if each == word else BEGINS
        elif parts and word in each:
            yield each, HOLDS
    if (slips := _slips(word)) and not word.isdecimal():
        for each, distance, _ in process.extract(
            word, list(known), scorer=OSA.distance, score_cutoff=slips, limit=None
        ):
            if distance and _slips(each) >= distance:
                yield each, _points(word, each, distance)


def _points(word: str, known: str, distance: int) -> int:
    if distance > 1:
        return TWO_SLIPS
    return SWAPPED if sorted(word) == sorted(known) else ONE_SLIP


def _slips(word: str) -> int:
    """How many letters of a word may be wrong for it to be meant all the same."""
    if len(word) < SHORTEST_WITH_A_SLIP:
        return 0
    return 1 if len(word) < SHORTEST_WITH_TWO else 2
