"""Names as people write and type them: as they are kept, and who is found, slips and all."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, count
from typing import Any, NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

Row = Any  # of id, name, preferred_name, phone, key and email

# How well a word that was typed agrees with a word of somebody's.
SAME, BEGINS, HOLDS, SWAPPED, ONE_SLIP, TWO_SLIPS = 100, 80, 60, 50, 40, 20
JOINED = 5  # less where several words had to be written as one
SHORTEST_PART = 3  # letters or digits; fewer stand in half of all names and numbers
SHORTEST_WITH_A_SLIP = 4
SHORTEST_WITH_TWO = 8

# Letters that are no others with a mark, so that taking marks off leaves them.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "ð": "d", "þ": "th", "ħ": "h"}
)
_APOSTROPHES = re.compile(r"['’‘‛′ʼʻʽʾʿ`´\uff07]")  # of Hawaiian and Arabic, too
_BETWEEN_WORDS = re.compile(r"[\W_]+")
_NO_DIGITS = re.compile(r"\D+", re.ASCII)
_NUMBER = re.compile(r"[\d\s().+/-]+", re.ASCII)

# Nothing is seen of these. Some change how a word is written after the letters of some scripts.
_UNSEEN = (
    r"\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    r"\U000e0000-\U000e0fff"
)
_UNSEEN_AT_ALL = re.compile(f"[{_UNSEEN}]+")
_JOINERS, _VARIANTS = r"\u200c\u200d", r"\ufe00-\ufe0f\U000e0100-\U000e01ef"
_MONGOLIAN, _MONGOLIAN_MARKS = r"[\u1820-\u18aa]", r"\u180b-\u180f"
_JOINED_LETTERS = (  # Arabic, Syriac, those of India, Burmese, Khmer and others
    r"[\u0600-\u07ff\u0840-\u0dff\u0f00-\u109f\u1700-\u180a\u1820-\u18aa\u1a20-\u1aad\u1b00-\u1c4f"
    r"\ua800-\ua8ff\ua930-\uabff\ufb50-\ufdff\ufe70-\ufefc\U00010a00-\U00011fff]"
)
_VIRAMAS = (  # a joiner after one is seen at the end of a word, too
    r"[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca]"
)
_CHINESE = r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
_PICTURES = r"[\u2190-\u2bff\U0001f000-\U0001faff]"
_NEVER_SEEN = re.compile(
    rf"(?![{_JOINERS}{_VARIANTS}{_MONGOLIAN_MARKS}])[{_UNSEEN}]"
    r"|(?![\t-\r\x1c-\x1f\x85])[\x00-\x1f\x7f-\x9f]"
)
_NOT_SEEN_HERE = re.compile(
    rf"(?!(?<={_JOINED_LETTERS})[{_JOINERS}]{_JOINED_LETTERS}|(?<={_VIRAMAS})[{_JOINERS}]"
    rf"|(?<={_PICTURES})\u200d{_PICTURES}|(?<={_PICTURES}\ufe0f)\u200d{_PICTURES}"
    rf"|(?<={_CHINESE})[{_VARIANTS}]|(?<={_PICTURES})[\ufe0e\ufe0f]"
    rf"|(?<={_MONGOLIAN})[{_MONGOLIAN_MARKS}])[{_JOINERS}{_VARIANTS}{_MONGOLIAN_MARKS}]"
)
_JOINERS_IN_A_ROW = re.compile(rf"([{_JOINERS}])[{_JOINERS}]+")


def one_line(text: str) -> str:
    """Return a text in the one form in which it is kept, whichever way it came in.

    It is one line without space around it, with one space where there were several; composed
    (NFC); and without what cannot be seen, but for what a script needs: joiners in Persian or
    Hindi words, variants of Chinese characters and of pictures.
    """
    if not (text.isascii() and text.isprintable()):
        text = _NEVER_SEEN.sub("", unicodedata.normalize("NFC", text))
        text = _NOT_SEEN_HERE.sub("", _JOINERS_IN_A_ROW.sub(r"\1", text))
        text = unicodedata.normalize("NFC", text)
    return " ".join(text.split())


def few_lines(text: str) -> str:
    """Return the same of a text of several lines, without empty ones."""
    return "\n".join(filter(None, map(one_line, text.splitlines())))


def folded(text: str) -> str:
    """Without case, accents and what cannot be seen: what people mean when they type."""
    if text.isascii():
        return text.lower()
    seen = _UNSEEN_AT_ALL.sub("", text)
    marked = unicodedata.normalize("NFKD", seen).casefold().translate(_LETTERS)
    return "".join(letter for letter in marked if not unicodedata.combining(letter))


def words_of(text: str) -> list[str]:
    """The words of a name, folded: `Mei-Ling O'Rourke` has `mei`, `ling` and `orourke`."""
    return _cut(_APOSTROPHES.sub("", text))


def _parts_of(text: str) -> list[str]:
    """The same, cut at apostrophes too: `mei`, `ling`, `o` and `rourke`."""
    return _cut(_APOSTROPHES.sub(" ", text))


def could_be_one(name: str, other: str) -> bool:
    """Whether two names may be one person's: all words of the shorter, or the initials of some,
    are in the other."""
    shorter, longer = sorted((words_of(name), words_of(other)), key=len)
    return all(any(_stands_for(word, known) for known in longer) for word in shorter)


def _stands_for(word: str, known: str) -> bool:
    return word == known or (1 in {len(word), len(known)} and word[0] == known[0])


def _cut(text: str) -> list[str]:
    return [word for word in _BETWEEN_WORDS.split(folded(text)) if word]


def first_free(name: str, taken: Collection[str]) -> str:
    """Return the name, or the first of it with 2, 3 … behind it that nothing is called yet."""
    numbered = (f"{name} {number}" for number in count(2))
    return next(each for each in chain([name], numbered) if each not in taken)


@lru_cache(maxsize=50_000)
def sort_key(name: str) -> str:
    """Return what a name is sorted by, so that Álvaro stands among A and Óscar among O.

    Texts like this are compared by code points: in Python, in SQLite and with the collation C.
    """
    return " ".join(words_of(name)) or name


def ranked(typed: str, rows: Iterable[Row]) -> list[Row]:
    """Return those whom every typed word agrees with, the best first and then by name.

    Whoever is called exactly as typed comes first of all. Somebody is found by the words of name
    and preferred name in any order, with anything or nothing between them, by part of them, by
    them with a small slip, by part of the phone number, by key and by the beginning of the e-mail
    address.
    """
    people = list(rows)
    index = _Index(people)
    found = index.agreeing_with_all(_typed_words(typed))
    exact = " ".join(words_of(typed))

    def order(place: int) -> tuple[int, int, str, int]:
        row, names = people[place], index.names[place]
        is_called = 0 if exact == names[0] else 1 if exact in names else 2
        return is_called, -found[place], names[0], row.id

    return [people[place] for place in sorted(found, key=order)]


class _Word(NamedTuple):
    """Something that was typed, as the different things that it may be."""

    text: str  # folded, as typed
    parts: list[str]  # of a name: several where a hyphen joins them
    digits: str

    @property
    def name(self) -> str:
        return "".join(self.parts)


def _typed_words(typed: str) -> list[_Word]:
    # A number may be written with spaces: it is one thing to look for.
    if _NUMBER.fullmatch(typed) and len(_digits(typed)) >= SHORTEST_PART:
        texts = [typed.strip()]
    else:
        texts = typed.split()
    words = [_Word(folded(text), words_of(text), _digits(text)) for text in texts]
    return [word for word in words if word.parts]


def _digits(text: str) -> str:
    return _NO_DIGITS.sub("", text)


def _runs(number: int) -> list[tuple[int, int]]:
    """From where to where two or more of so many parts follow each other."""
    return [(first, end) for first in range(number) for end in range(first + 2, number + 1)]


Points = dict[int, int]  # by the place of a person among all


class _Index:
    """The words of everybody, each once with those who have it: there are far fewer."""

    def __init__(self, people: Sequence[Row]) -> None:
        self.people = people
        self.names: list[list[str]] = []
        self.single: dict[str, list[int]] = defaultdict(list)
        self.joined: dict[str, list[int]] = defaultdict(list)
        for place, row in enumerate(people):
            self.names.append([])
            for name in filter(None, (row.name, row.preferred_name)):
                words = words_of(name)
                parts = _parts_of(name) if _APOSTROPHES.search(name) else words
                self.names[place].append(" ".join(words))
                for word in {*words, *parts}:
                    self.single[word].append(place)
                for first, end in _runs(len(parts)):
                    self.joined["".join(parts[first:end])].append(place)

    def agreeing_with_all(self, words: Sequence[_Word]) -> Points:
        """Return those whom all words agree with, each by itself or all of them written as one."""
        if not words:
            return {}
        each = _in_all([self._agreeing(word) for word in words], sum)
        if len(words) == 1:
            return each
        as_one = self._by_name("".join(word.name for word in words), is_exact=True)
        return _best(each, {place: points * len(words) for place, points in as_one.items()})

    def _agreeing(self, word: _Word) -> Points:
        found = _best(self._by_name(word.name), self._by_number(word))
        if len(word.parts) == 1:
            return found
        return _best(found, _in_all([self._by_name(part) for part in word.parts], min))

    def _by_name(self, word: str, *, is_exact: bool = False) -> Points:
        found: Points = {}
        for less, index in ((0, self.single), (JOINED, self.joined)):
            parts = not less and not is_exact
            for known, points in _agreements(
                word, index, with_parts=parts, with_slips=not is_exact
            ):
                for place in index[known]:
                    found[place] = max(points - less, found.get(place, 0))
        return found

    def _by_number(self, word: _Word) -> Points:
        is_number = len(word.digits) >= SHORTEST_PART and _NUMBER.fullmatch(word.text)
        is_address = len(word.text) >= SHORTEST_PART
        found: Points = {}
        for place, row in enumerate(self.people):
            points = 0
            if is_number and row.phone and word.digits in row.phone:
                points = SAME if row.phone.endswith(word.digits) else HOLDS
            key = row.key.lower()
            if word.text == key:
                points = SAME
            elif word.digits and word.text in key:
                points = max(points, HOLDS)
            if is_address and row.email and row.email.startswith(word.text):
                points = max(points, SAME if row.email == word.text else HOLDS)
            if points:
                found[place] = points
        return found


def _best(*found: Points) -> Points:
    best: Points = {}
    for points in found:
        for place, number in points.items():
            best[place] = max(number, best.get(place, 0))
    return best


def _in_all(found: Sequence[Points], combine: Callable[[Iterable[int]], int]) -> Points:
    return {
        place: combine([points[place] for points in found])
        for place in found[0]
        if all(place in points for points in found)
    }


def _agreements(
    word: str, known: Iterable[str], *, with_parts: bool, with_slips: bool
) -> Iterator[tuple[str, int]]:
    """Known words that a typed one agrees with, and how well."""
    parts = with_parts and len(word) >= SHORTEST_PART
    for each in known:
        if each.startswith(word):
            yield each, SAME if each == word else BEGINS
        elif parts and word in each:
            yield each, HOLDS
    if with_slips and (slips := _slips(word)) and not word.isdecimal():
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
