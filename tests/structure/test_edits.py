"""Two people who change the same thing: the second is shown what the first has changed."""

from collections.abc import Callable

import pytest

from clinic.forms import CHANGED_SINCE
from tests import make
from tests.html import fields_of
from tests.pages import Pages

# Its page, once it is made; a field of it, and what the first one types there.
EDITS: dict[str, tuple[Callable[[], str], str, str]] = {
    "participant": (lambda: f"/participants/{make.participant().id}/edit", "name", "Alex Cruz"),
    "contact": (
        lambda: f"/contacts/{make.contact(make.participant()).id}/edit",
        "relation",
        "aunt",
    ),
    "staff": (lambda: f"/staff/{make.staff().id}/edit", "credentials", "LPC"),
    "time off": (
        lambda: f"/time-off/{make.time_off(make.staff(), '2026-03-09').id}",
        "reason",
        "a course",
    ),
    "program": (lambda: f"/setup/programs/{make.program().id}", "name", "Late IOP"),
    "rule set": (lambda: f"/setup/rule-sets/{make.rule_set().id}/edit", "name", "Ours"),
    "organization": (lambda: "/setup/organization", "name", "Lakeside"),
    "site": (lambda: f"/setup/sites/{make.site().id}", "name", "Lakeside"),
    "closure": (lambda: f"/setup/closures/{make.closure('2026-05-25').id}", "name", "Snow"),
}


def send(pages: Pages, path: str, **typed: str) -> None:
    """Send the form before somebody, and save it where it is shown first."""
    answer = pages.ask("POST", path, data=fields_of(pages.answer.page.form(path)) | typed)
    if answer.status == 200:
        pages.submit(path, step="save")


@pytest.mark.parametrize("what", EDITS)
def test_the_second_is_told_what_the_first_has_changed_and_loses_nothing(signed_in, at, what):
    at("2026-03-02 10:00")
    make.organization()
    make_it, field, value = EDITS[what]
    path = make_it()
    first, second = signed_in("admin"), signed_in("admin")
    first.get(path)
    second.get(path)
    send(first, path, **{field: value})
    typed = {field: "Another"}
    page = second.submit(path, status=422, **typed).page
    assert CHANGED_SINCE in page.words
    assert f", {value}" in page.words
    assert "Another" in page.value(field)  # one of two with that name on a page with rooms
    send(second, path)
    assert "Another" in first.get(path).page.value(field)


def test_the_second_does_not_undo_what_they_left_alone(signed_in):
    somebody = make.participant(phone="+12125550100")
    path = f"/participants/{somebody.id}/edit"
    first, second = signed_in("admin"), signed_in("admin")
    first.get(path)
    second.get(path)
    send(first, path, phone="(212) 555-0177", birth_on="1990-06-04")
    page = second.submit(path, status=422, pronouns="she/her").page
    assert "Phone, (212) 555-0177" in page.words
    assert page.value("phone") == "(212) 555-0177"
    assert page.value("birth_on") == "1990-06-04"
    send(second, path)
    page = first.get(path).page
    assert page.value("phone") == "(212) 555-0177"
    assert (page.value("birth_on"), page.value("pronouns")) == ("1990-06-04", "she/her")


def test_the_second_who_changes_a_room_is_told_too(signed_in):
    room = make.room()
    page, path = f"/setup/sites/{room.site_id}", f"/setup/rooms/{room.id}"
    first, second = signed_in("admin"), signed_in("admin")
    first.get(page)
    second.get(page)
    first.submit(path, seats="30")
    assert "Now it has: Seats, 30." in second.submit(path, status=422).page.words
