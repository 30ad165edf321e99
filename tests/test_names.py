from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.names import could_be_one, few_lines, folded, one_line, ranked, sort_key, words_of

NAMES = (
    "Jordan Avery|Jo", "Priya Raman|", "Marcus Bell|", "Elena Petrova|Lena", "Tobias Hartmann|",
    "Keisha Monroe|", "Luis Ortega|", "Hannah Weiss|", "Dmitri Volkov|", "Amara Nwosu|",
    "Caleb Sutton|", "Yuki Tanaka|", "Rosa Delgado|", "Owen Gallagher|", "Fatima Haddad|",
    "Theo Marchetti|", "Nadia Karimi|", "Isaac Feldman|Ike", "Brianna Cole|Bri", "Mateo Silva|",
    "Ingrid Solberg|", "Darnell Hughes|", "Chloe Bennett|", "Arjun Mehta|", "Simone Laurent|",
    "Wyatt Kessler|", "Leila Farahani|", "Patrick O'Rourke|Pat", "Mei-Ling Chou|Mei",
    "Gabriel Santos|Gabe", "Tessa Vandermeer|", "Reuben Adler|", "Zora Whitaker|",
    "Nikolai Brandt|", "Esperanza Ruiz|Espe", "Colin Macready|", "Farrah Siddiqui|",
    "Henrik Dahl|", "Joyce Underwood|", "Samir Benali|",
)  # fmt: skip


class Row(NamedTuple):
    id: int
    name: str
    preferred_name: str | None = None
    phone: str | None = None
    key: str = "x"
    email: str | None = None


DEMO = [
    Row(
        number,
        name.split("|")[0],
        name.split("|")[1] or None,
        phone=f"+1202555{1000 + number}",
        key=f"p-{number:03d}",
        email=f"{name.split()[0].lower()}.{number}@example.org",
    )
    for number, name in enumerate(NAMES)
]


def names(typed, rows=DEMO):
    return [row.name for row in ranked(typed, rows)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("Jordan Avery", "Jordan Avery"),
        ("avery jordan", "Jordan Avery"),
        ("AV jor", "Jordan Avery"),
        ("Jordna", "Jordan Avery"),  # transposed
        ("Averry", "Jordan Avery"),  # doubled
        ("Avry", "Jordan Avery"),  # missing
        ("Jordna Averry", "Jordan Avery"),
        ("Lius Ortega", "Luis Ortega"),
        ("petrva", "Elena Petrova"),
        ("Lena Petrova", "Elena Petrova"),
        ("hartman", "Tobias Hartmann"),
        ("Nwsou", "Amara Nwosu"),
        ("Chole", "Chloe Bennett"),
        ("tesa", "Tessa Vandermeer"),
        ("vandrmer", "Tessa Vandermeer"),  # two letters missing of a long name
        ("siddiqi", "Farrah Siddiqui"),
        ("o'rourke", "Patrick O'Rourke"),
        ("O’Rourke", "Patrick O'Rourke"),
        ("orourke", "Patrick O'Rourke"),
        ("rourk", "Patrick O'Rourke"),
        ("mei-ling", "Mei-Ling Chou"),
        ("Mei Ling Chou", "Mei-Ling Chou"),
        ("meiling", "Mei-Ling Chou"),
        ("meilng", "Mei-Ling Chou"),
        ("jordanavery", "Jordan Avery"),
        ("pat", "Patrick O'Rourke"),
        ("p-004", "Tobias Hartmann"),
        ("P-004", "Tobias Hartmann"),
        ("tobias.4@example.org", "Tobias Hartmann"),
        ("tobias.4", "Tobias Hartmann"),
        ("202-555-1004", "Tobias Hartmann"),
        ("(202) 555-1004", "Tobias Hartmann"),
        ("+1 202 555 1004", "Tobias Hartmann"),
        ("1004", "Tobias Hartmann"),
        ("hartmann 1004", "Tobias Hartmann"),
    ],
)
def test_somebody_is_found_by_what_people_type(typed, first):
    found = names(typed)
    assert found[:1] == [first]
    assert len(found) <= 4


@pytest.mark.parametrize(
    "typed", ["", "  ", "%", "_", "'", "zzz", "Jordan Hartmann", "99999", "jo 1004", "@", "ary"]
)
def test_nobody_is_found_by_what_agrees_with_nobody(typed):
    assert names(typed) == []


@pytest.mark.parametrize(
    ("typed", "most"), [("a", 5), ("al", 2), ("mar", 4), ("exam", 0), ("p", 6), ("an", 2)]
)
def test_a_short_word_finds_names_that_begin_with_it_and_not_half_the_clinic(typed, most):
    found = names(typed)
    assert len(found) <= most
    rows = [words_of(f"{row.name} {row.preferred_name or ''}") for row in ranked(typed, DEMO)]
    assert [words for words in rows if not any(typed in word for word in words)] == []


def test_nothing_that_one_types_of_a_name_finds_half_the_clinic():
    parts = {row.name[:length] for row in DEMO for length in range(2, 9)}
    assert max(len(names(part)) for part in parts) <= 6


def test_the_better_somebody_agrees_the_earlier_they_come():
    rows = [
        Row(1, "Marcos Bello"),  # two slips of letters
        Row(2, "Bellamy Marcusson"),  # begins
        Row(3, "Jean Marcus Bell"),  # the words, among others
        Row(4, "Zoe Marcus", "Bell"),  # by the preferred name
        Row(5, "Marcus Bell"),
        Row(6, "Somebody Else"),
    ]
    assert [row.id for row in ranked("marcus bell", rows)] == [5, 3, 4, 2, 1]
    assert [row.id for row in ranked("bell", rows)] == [4, 3, 5, 2, 1]


def test_equals_come_by_name():
    rows = [Row(3, "Ada Lane"), Row(2, "Zed Lane"), Row(1, "Zed Lane"), Row(4, "Bo Lane")]
    assert [row.id for row in ranked("lane", rows)] == [3, 4, 1, 2]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Élodie", "Elodie Martin"),
        ("ELODIE", "Élodie Zoë Martin"),
        ("zoe", "Élodie Zoë Martin"),
        ("lod", "Élodie Martin"),
        ("soren", "Søren Åberg"),
        ("aberg", "Søren Åberg"),
        ("strasse", "Anna Straße"),
        ("lukasz", "Łukasz Nowak"),
        ("李", "李 明"),
        ("мария", "Мария Иванова"),
    ],
)
def test_accents_and_case_do_not_matter(typed, name):
    assert names(typed, [Row(1, "Nobody Else"), Row(2, name)]) == [name]


def test_digits_are_looked_for_as_they_are_and_not_with_a_slip():
    rows = [Row(1, "A B", phone="+12025550123"), Row(2, "C D", phone="+12025550132")]
    assert [row.id for row in ranked("0123", rows)] == [1]
    assert [row.id for row in ranked("5550", rows)] == [1, 2]
    assert ranked("01", rows) == []
    assert ranked("0124", rows) == []


def test_a_number_at_the_end_of_a_phone_number_comes_before_one_within():
    rows = [Row(1, "A B", phone="+12025501230"), Row(2, "C D", phone="+12025550123")]
    assert [row.id for row in ranked("0123", rows)] == [2, 1]


def test_a_number_may_be_a_key_as_well():
    rows = [Row(1, "A B", phone="+12020010000"), Row(2, "C D", key="p-001")]
    assert {row.id for row in ranked("001", rows)} == {1, 2}


LONG = Row(1, "Anne-Marie-Louise Dubois", "Malou")


@pytest.mark.parametrize(
    "typed",
    [
        "Anne-Marie-Louise Dubois",
        "Anne Marie Louise Dubois",
        "ANNEMARIELOUISE DUBOIS",
        "annemarielouisedubois",
        "Anne-Marie-Louise",
        "Anne‑Marie–Louise",  # with the hyphens of word processors
        "anne marie-louise",
        "Dubois, Anne-Marie-Louise",
        "Dubois Marie-Louise",
        "Anne-Louise Dubois",
        "annemarie",
        "marielouise",
        "Marie-Luise Dubois",  # a slip
        "annemarieluise",
        "malou dubois",
    ],
)
def test_a_name_of_many_parts_is_found_however_they_are_joined(typed):
    assert ranked(typed, [Row(2, "Nobody Else"), LONG]) == [LONG]


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Meili Chou", "Mei Li"),
        ("Meili Chou", "Mei Li Chou"),
        ("Le'Ao Na'i", "Ao"),
        ("Le'Ao Na'i", "Le Ao Na i"),
        ("Kaʻiulani Ka`ai", "Ka'iulani Kaai"),
        ("Kaʻiulani Ka`ai", "kaiulani ka ai"),
        ("J.R. van der Meer", "JR Vandermeer"),
        ("Robert (Bob) St. John-Smith, Jr.", "Bob St John Smith Jr"),
        ("Robert (Bob) St. John-Smith, Jr.", "stjohnsmith"),
        ("Ǿystein Ðạng", "oystein dang"),  # two marks on one letter
        ("\ufb01nn \u210cale", "Finn Hale"),  # a ligature, a letter of another style
        ("मरियम खान", "मरियम खान"),
    ],
)
def test_punctuation_and_marks_hide_nobody(name, typed):
    assert names(typed, [Row(1, "Zed Zulu"), Row(2, name)]) == [name]


def test_short_names_written_as_one_are_not_taken_for_others():
    assert names("Li Wu", [Row(1, "Li Wo"), Row(2, "Al Iwu")]) == []


LETTERS = st.text(st.sampled_from("abcdeßéøÅ'- "), min_size=1, max_size=12)
NAME = LETTERS.filter(words_of)


@given(st.lists(st.tuples(NAME, st.none() | NAME), min_size=1, max_size=12), st.data())
def test_an_exact_name_is_always_first(called, data):
    rows = [Row(number, *each) for number, each in enumerate(called)]
    wanted = data.draw(st.sampled_from(rows))
    first = ranked(wanted.name, rows)[0]
    assert words_of(first.name) == words_of(wanted.name)


WORD = st.text(st.sampled_from("abcdeßéøǿÅmn李"), min_size=1, max_size=6)
BETWEEN = st.sampled_from(["-", "'", "’", "ʻ", "´", " ", ". ", "–", "/"])


@st.composite
def compound_names(draw):
    """A name with what stands between its parts: `[Anne, -, Marie, -, Louise,  , Dubois]`."""
    pieces = [draw(WORD)]
    for _ in range(draw(st.integers(0, 5))):
        pieces += [draw(BETWEEN), draw(WORD)]
    return pieces


@given(
    st.lists(st.tuples(compound_names(), st.none() | compound_names()), min_size=1, max_size=6),
    st.data(),
)
def test_everybody_is_found_by_their_names_with_and_without_punctuation_and_by_each_part(
    called, data
):
    rows = [
        Row(number, "".join(name), preferred and "".join(preferred))
        for number, (name, preferred) in enumerate(called)
    ]
    row, names = data.draw(st.sampled_from(list(zip(rows, called, strict=True))))
    pieces = data.draw(st.sampled_from([name for name in names if name]))
    parts = pieces[::2]
    first, end = sorted(data.draw(st.lists(st.integers(0, len(parts) - 1), min_size=2, max_size=2)))
    other = data.draw(BETWEEN)
    for typed in (
        "".join(pieces),
        "".join(parts),
        other.join(parts),
        other.join(parts).upper(),
        " ".join(reversed(parts)),
        other.join(parts[first : end + 1]),
        "".join(parts[first : end + 1]),
        *parts,
    ):
        assert row in ranked(typed, rows), typed


@given(st.lists(NAME, min_size=1, max_size=8), st.text(max_size=12))
def test_whatever_is_typed_everybody_is_found_once_at_most(called, typed):
    rows = [Row(number, name, phone="+12025550123") for number, name in enumerate(called)]
    found = [row.id for row in ranked(typed, rows)]
    assert sorted(found) == sorted(set(found))


def test_folding_takes_marks_and_case_off():
    assert folded("ÉLODIE Straße Ångström Łódź") == "elodie strasse angstrom lodz"
    assert words_of("Mei-Ling  O'Rourke_2") == ["mei", "ling", "orourke", "2"]


# The form in which a line is kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Jo Avery", "Jo Avery"),
        ("  Jo \t\n Avery\u00a0", "Jo Avery"),
        ("Jose\u0301", "José"),
        ("\ufeffJo\xadhn\u200b \u200eAve\u2060ry\u202c", "John Avery"),
        ("Jo\x07hn\x7f", "John"),
        ("Jo\u200dhn\u200c\ufe0f", "John"),
        ("\u2067علي\u2069", "علي"),
        ("\u3164", ""),
        # Persian, Hindi and Malayalam words with their joiners, but not twice or at a word's end
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("می\u200c\u200cخواهم\u200c", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("രാജന്\u200d", "രാജന്\u200d"),
        # variants of a Japanese name, a Mongolian letter and of a picture
        ("葛\U000e0100城", "葛\U000e0100城"),
        ("ᠨ\u180b", "ᠨ\u180b"),
        ("❤\ufe0f\u200d🔥 Evening", "❤\ufe0f\u200d🔥 Evening"),
        ("👩\u200d👧 Family", "👩\u200d👧 Family"),
    ],
)
def test_a_line_is_kept_in_one_form(text, kept):
    assert one_line(text) == kept


UNSEEN = "\xad\u034f\u061c\u180b\u180e\u200b\u200c\u200d\u200e\u202e\u2069\ufe0f\ufeff\U000e0100"
LETTERS = "aé\u0301\u0338بی\u0915\u094d\u0d28葛\u2203\u2329=👩\u1820\u1100\u1161 \t\u2028"


@given(st.text(st.sampled_from(UNSEEN + LETTERS) | st.characters(), max_size=12))
def test_what_is_kept_is_kept_as_it_is(text):
    kept = one_line(text)
    assert one_line(kept) == kept


@pytest.mark.parametrize("unseen", UNSEEN)
def test_somebody_is_found_with_and_without_what_cannot_be_seen(unseen):
    typed, known = f"Jor{unseen}dan Ave{unseen}ry", Row(1, "Jordan Avery")
    assert ranked(typed, [known]) == [known]
    assert ranked("jordan avery", [known._replace(name=typed)]) == [known._replace(name=typed)]
    assert words_of(typed) == ["jordan", "avery"]


def test_names_are_sorted_as_people_expect():
    names = [
        "Zoe",
        "Óscar",
        "alma",
        "İlknur",
        "Łukasz",
        "Álvaro",
        "Mia",
        "O’Neil",
        "Öz",
        "山田",
        "Ian",
    ]
    assert sorted(names, key=sort_key) == [
        *("alma", "Álvaro", "Ian", "İlknur", "Łukasz", "Mia"),
        *("O’Neil", "Óscar", "Öz", "Zoe", "山田"),
    ]
    assert sort_key("!?") == "!?"


@pytest.mark.parametrize(
    ("name", "other", "could_be"),
    [
        ("Jordan Avery", "AVERY, Jordán", True),
        ("J. Avery", "Jordan Avery", True),
        ("Jordan Avery", "Jordan Avery-Cruz", True),
        ("Jordan Q. Avery", "Jordan Quentin Avery", True),
        ("Jordan", "Jordan Avery", True),
        ("Ana Lopez", "Eva Lopez", False),
        ("Jon Smith", "John Smith", False),
        ("Jordan Avery", "Jordan Cruz", False),
        ("K. Avery", "Jordan Avery", False),
    ],
)
def test_names_could_be_one_persons_where_one_has_all_words_of_the_other(name, other, could_be):
    assert could_be_one(name, other) == could_be_one(other, name) == could_be


def test_a_few_lines_get_their_one_form_each_without_empty_ones():
    typed = " Side  door.\r\n\r\n\u200b\nJose\u0301 opens. "
    assert few_lines(typed) == "Side door.\nJosé opens."
    assert few_lines(" \n") == ""
