"""What a change of one session leads to, in words and weeks. Values in, values out."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from clinic.authorizations.rules import beyond_words, more_beyond
from clinic.consequences import Change, Consequences, Part
from clinic.effects.rules import Picture, hours_warnings, over_warnings, shown
from clinic.formats import counted, listed, month_day, phone
from clinic.names import sort_key

NOBODYS = "Nobody’s hours change."
NO_MAIL = "E-mail is not set up here."


def consequences(
    before: Picture,
    after: Picture,
    *,
    heading: str = "What changes",
    sentences: Sequence[str] = (),
    changes: Sequence[Change] = (),
    doubts: Sequence[str] = (),
    with_hours: bool = True,
    concerned: Part | None = None,
    week: date,
) -> Consequences:
    """What an act leads to, with whose hours become others; `week` is the first day of this one."""
    weeks = tuple(_weeks_changed(before, after))
    beyond = tuple(more_beyond(before.beyond, after.beyond))
    names = before.programs | after.programs
    their_hours = Part("Hours", () if weeks else (NOBODYS,), weeks=weeks)
    return Consequences(
        (
            Part(heading, tuple(sentences), tuple(changes)),
            *([their_hours] if with_hours else []),
            *([concerned] if concerned else []),
        ),
        (
            *doubts,
            *(beyond_words(each, names[each.enrollment_id]) for each in beyond),
            *hours_warnings(before, after, week=week),
            *over_warnings(before, after, week=week),
        ),
        beyond,
    )


def concerned(
    by_mail: Sequence[Any], others: Sequence[Any], *, tell: bool, has_mail: bool = True
) -> Part | None:
    """Whom a change concerns: how many are told by e-mail, and who is to be called.

    Rows of name and phone; None where it is nothing to anybody.
    """
    if not (by_mail or others):
        return None
    can = counted(len(by_mail), "person has", "people have")
    told = counted(len(by_mail), "person is", "people are")
    sentence = f"{told} told by e-mail." if tell else f"Nobody is told by e-mail; {can} an address."
    sentence = sentence if has_mail else NO_MAIL
    to_call = others if tell else [*by_mail, *others]
    lines = tuple(map(_line, sorted(to_call, key=lambda row: sort_key(row.name))))
    heading = "To be called" if tell or not has_mail else "Who is affected"
    lists = (Part(heading, lines),) if lines else ()
    return Part("Who is told", (sentence,), lists=lists)


def told_words(by_mail: Sequence[Any], others: Sequence[Any], *, tell: bool) -> str:
    """The same for the message that it is done."""
    if not tell:
        return ""
    told = counted(len(by_mail), "person is", "people are")
    call = f", call {listed([_line(row) for row in others])}" if others else ""
    return f" {told} told by e-mail{call}."


def _line(row: Any) -> str:
    return f"{row.name}, {phone(row.phone) or 'no phone number'}"


def _weeks_changed(before: Picture, after: Picture) -> Iterator[Change]:
    """The weeks that read otherwise afterwards, by whose they are."""
    names = before.programs | after.programs
    keys = sorted(before.weeks | after.weeks, key=lambda key: (sort_key(names[key[0]]), key))
    for key in keys:
        was, will = before.weeks.get(key), after.weeks.get(key)
        if shown(was) != shown(will):
            yield Change(names[key[0]], was, will, f"week of {month_day(key[1])}")
