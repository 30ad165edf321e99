"""Who the participants of the demonstration are, and what is noted of them."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import cycle
from random import Random
from typing import Any

NAMES = (
    "Jordan Avery|Jo", "Priya Raman|", "Marcus Bell|", "Elena Petrova|Lena", "Tobias Hartmann|",
    "Keisha Monroe|", "Luis Ortega|", "Hannah Weiss|", "Dmitri Volkov|", "Amara Nwosu|",
    "Caleb Sutton|", "Yuki Tanaka|", "Rosa Delgado|", "Owen Gallagher|", "Fatima Haddad|",
    "Theo Marchetti|", "Nadia Karimi|", "Isaac Feldman|Ike", "Brianna Cole|Bri", "Mateo Silva|",
    "Ingrid Solberg|", "Darnell Hughes|", "Chloe Bennett|", "Arjun Mehta|", "Simone Laurent|",
    "Wyatt Kessler|", "Leila Farahani|", "Patrick O'Rourke|Pat", "Mei-Ling Chou|Mei",
    "Gabriel Santos|Gabe", "Tessa Vandermeer|", "Reuben Adler|", "Zora Whitaker|",
    "Nikolai Brandt|", "Esperanza Ruiz|Espe", "Colin Macready|", "Farrah Siddiqui|", "Henrik Dahl|",
    "Joyce Underwood|", "Samir Benali|", "Imani Clarke|", "Viktor Halász|", "Dolores Quintana|Lola",
    "Ethan Brooks|", "Saoirse Flynn|", "Malik Johnson|", "Beatriz Campos|Bea", "Hugo Lindgren|",
    "Noor Aziz|", "Calvin Price|Cal", "Anh Nguyen|", "Rebecca Stein|Becca", "Olu Adebayo|",
    "Marisol Vega|Mari", "Finn Callahan|", "Aaliyah Grant|Lia", "Diego Fuentes|", "Hazel Novotny|",
    "Kai Nakamura|", "Sofia Marino|Sofi", "Bernard Achebe|Bernie", "Lucía Ferrer|",
    "Gareth Lowell|", "Naomi Ishikawa|", "Desmond Okoro|Des", "Paula Winters|", "Ravi Pillai|",
    "Tamsin Doyle|Tam",
)  # fmt: skip
PRONOUNS = {1: "they/them", 6: "she/her", 12: "he/him", 19: "she/her", 33: "she/her",
            44: "he/they", 51: "he/him", 56: "she/her", 59: "they/them"}  # fmt: skip
LANGUAGES = {7: "es", 12: "ja", 13: "es", 15: "ar", 20: "pt", 29: "zh", 35: "es", 43: "es",
             49: "ar", 51: "vi", 54: "es"}  # fmt: skip
RELATIONS = ("partner", "sister", "brother", "mother", "father", "friend")
FIRST_NAMES = ("Alice", "Ben", "Carmen", "David", "Esther", "Frank", "Gloria", "Hector")
COURT = {"recipient": "County drug court", "purpose": "Reports on attendance"}
GIVEN = timedelta(weeks=9)  # ago, the earliest consents


def participants(random: Random, monday: date, teens: set[int]) -> Iterator[dict[str, Any]]:
    """Numbered from 1; `teens` are those in the program for adolescents."""
    pins = random.sample(range(100_000, 1_000_000), len(NAMES))
    relations, first_names = cycle(RELATIONS), cycle(FIRST_NAMES)
    for number, names in enumerate(NAMES, start=1):
        name, _, preferred = names.partition("|")
        is_teen = number in teens
        youngest, oldest = (14 * 365 + 60, 17 * 365) if is_teen else (20 * 365, 62 * 365)
        facts: dict[str, Any] = {
            "key": f"p-{number:03d}",
            "name": name,
            "preferred_name": preferred or None,
            "pronouns": PRONOUNS.get(number),
            "birth_date": monday - timedelta(days=random.randrange(youngest, oldest)),
            "language": LANGUAGES.get(number),
            "email": f"{name.split()[0].lower()}.{number}@example.org".replace("'", ""),
            "phone": _phone("312" if is_teen else "212", number) if number % 6 else None,
            "pin": str(pins[number - 1]),
        }
        consents = []
        if is_teen or number % 3 == 1:
            relation = ("mother", "father")[number % 2] if is_teen else next(relations)
            contact = {
                "name": f"{next(first_names)} {name.split()[-1]}",
                "relation": relation,
                "phone": _phone("312" if is_teen else "646", 100 - number),
                "emergency": True,
            }
            facts["contacts"] = [contact]
            if is_teen or number % 2:
                consents.append(_consent(contact["name"], monday, is_teen=is_teen))
        if number in COURTS:
            consents.append(_court(monday, COURTS[number]))
        yield facts | {"consents": consents}


# Who reports to a court, and until when: days from this Monday.
COURTS: dict[int, dict[str, int]] = {
    3: {"expires": 180},
    14: {"expires": -10},
    22: {"expires": 120, "revoked": -5},
    27: {"expires": 18},
}


def _phone(area: str, number: int) -> str:
    return f"+1{area}5550{number + 100:03d}"


def _court(monday: date, ends: dict[str, int]) -> dict[str, Any]:
    days = {end: monday + timedelta(days=days) for end, days in ends.items()}
    return COURT | {"scope": ["enrollment", "attendance"], "given": monday - GIVEN} | days


def _consent(name: Any, monday: date, *, is_teen: bool) -> dict[str, Any]:
    scope = ["enrollment", "schedule", "attendance"] if is_teen else ["schedule"]
    given = monday - GIVEN
    return {
        "recipient": name,
        "contact": name,
        "purpose": "Care at home" if is_teen else "Family sessions",
        "scope": scope,
        "given": given,
        "expires": given + timedelta(days=364),
    }
