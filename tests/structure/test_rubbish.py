"""What is sent with a form breaks no page: rubbish goes into every field of every form.

The forms are read off the pages, and what a link asks for in its address counts as one, so a new
page is judged by itself. A field is sent every fifth kind of rubbish, the next field the next
ones, and all of them in `make torture`.
"""

import io
import re
import shutil
from collections import Counter, defaultdict
from contextvars import Context
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from clinic import clock
from clinic.db import database, db
from clinic.drafts import actions as drafts
from clinic.enrollment.models import Enrollment
from clinic.schedule.models import Decision, Status
from tests import make
from tests.chance import TORTURE, share
from tests.pages import Pages
from tests.structure.test_routes import UNSAFE, address, everybody, routes  # noqa: F401 - a fixture

WHO = ("nobody", "admin", "clinician who leads", "participant")  # between them they see all forms
A_FEW, MOST = 2, 6  # pages of a kind at once, and in all
PARTS = 4 if TORTURE else 2
WITHOUT_FORM = {  # sent by scripts and devices, or by a button of what was done, found or kept
    "/account/kiosk-pin/remove",
    "/billing/left-out/undo",
    "/billing/settlements/<int:settlement_id>/take-back",
    "/contacts/<int:contact_id>/resume",
    "/hours/short-weeks/<int:closing_id>/reopen",
    "/kiosk/arrivals",
    "/kiosk/arrivals/undo",
    "/kiosk/check-ins",
    "/kiosk/lock",
    "/kiosk/pairings",
    "/kiosk/room/codes",
    "/kiosk/people",
    "/kiosk/unlock",
    "/kiosk/unpair",
    "/me/absence/undo",
    "/me/sessions/<int:session_id>/coming",
    "/kiosks/undo/back",
    "/make-ups/<int:offer_id>/undo",
    "/me/sessions/<int:session_id>/join",
    "/me/sessions/<int:session_id>/leave",
    "/participants/<int:participant_id>/desk/undo",
    "/participants/<int:participant_id>/groups/undo",
    "/participants/<int:participant_id>/invitations/revoke",
    "/participants/<int:participant_id>/undo",
    "/enrollments/<int:enrollment_id>/authorizations/undo",
    "/groups/<int:series_id>/people/undo",
    "/sessions/<int:session_id>/changes/undo",
    "/sessions/<int:session_id>/departures/undo",
    "/sessions/<int:session_id>/guests/undo",
    "/sessions/<int:session_id>/marks/known",
    "/sessions/<int:session_id>/reinstate",
    "/sessions/<int:session_id>/undo",
    "/tasks/<int:task_id>/reopen",
}
USUAL = {"date": "2026-03-09", "number": "1", "email": "jo@example.org", "tel": "212-555-0101"}
TEXT = ("rubbish" * 100, "a\0b")
RUBBISH = {
    "date": ("rubbish", "0001-01-01", "9999-12-31", "2199-12-31"),
    "time": ("rubbish", "99:99"),
    "number": ("rubbish", "-1", "9" * 20, "NaN"),
    **dict.fromkeys(("text", "search", "email", "tel", "password", "textarea"), TEXT),
}
OTHER_RUBBISH = (
    "rubbish",
    "-1",
    "9" * 20,
    "2199-12-31",
)  # of choices, hidden fields, buttons and addresses


class Form(NamedTuple):
    """A form of a page, who sees it, and what is sent with it when it is filled in."""

    pages: Pages
    method: str
    action: str
    fields: dict[str, Any]
    kinds: dict[str, str]

    @property
    def key(self) -> tuple[object, ...]:
        return self.method, plain(self.action), frozenset(map(plain, self.kinds))


def plain(text):
    return re.sub(r"\d+", "#", text)


@pytest.fixture
def clinic(app, everybody, monkeypatch):  # noqa: F811 - the fixture
    """The small clinic, with what its further forms are about."""
    monkeypatch.setitem(app.config, "CLINIC_MAILS_LINKS", True)
    monkeypatch.setitem(app.config, "CLINIC_BASE_URL", "http://localhost")
    admin = everybody["admin"].account
    for _ in range(2):  # elsewhere
        make.sign_in(admin)
    drafts.keep(admin.id, "/groups/new", [("title", "Too late")], now=clock.now())
    make.feed_link(everybody["admin"].person, token="admin")
    make.contact(make.participant(email="dana@example.org"))
    enrolled = make.enrollment()
    make.enrollment(from_on="2026-04-06")
    make.target(enrolled, "2026-02-02")
    make.authorization(enrolled)
    make.certification(enrolled)
    make.booking(make.session("2026-03-05", "14:00", "15:00"), enrolled)
    person = everybody["participant"].person
    with_page = make.staff(password=make.PASSWORD).account
    for number, one in enumerate((person, enrolled.participant)):  # who are offered seats there
        one.account.email = f"me-{number}@example.org"
        one.account.password_hash = with_page.password_hash
    asked = db.scalars(select(Enrollment).where(Enrollment.participant_id == person.id)).one()
    later = make.session("2026-03-02", "14:00", "15:00")
    make.session("2026-03-02", "16:00", "17:00")
    make.offer(asked, later, opens_at=make.instant("2026-03-02 09:00"))
    here = make.session("2026-03-02", "09:00", "12:00")
    make.booking(here, enrolled, Status.PRESENT, arrived="09:00")
    ended = make.session("2026-02-26", leaders=[everybody["clinician who leads"].person])
    missed = make.booking(ended, enrolled, Status.NO_SHOW, signed_at=ended.ends_at)
    make.attendance_amendment(missed, make.staff())
    claimed = make.booking(
        make.session("2026-02-24"), enrolled, Status.NO_SHOW, signed_at=ended.ends_at
    )
    make.receipt(enrolled, everybody["admin"].person, "2026-02-24", exported_at=ended.ends_at)
    made = {"decision": Decision.MADE, "decided_at": clock.now()}
    make.attendance_amendment(claimed, make.staff(), **made)
    unsigned = make.session("2026-02-25", leaders=[everybody["clinician who leads"].person])
    make.booking(unsigned, enrolled)
    short = make.billable_booking("2026-02-24", left="10:00")
    again = {"program": short.session.program, "enrollment": short.enrollment, "left": "10:00"}
    make.billable_booking("2026-02-25", **again)
    make.booking(make.session("2026-02-27"), enrolled, Status.PRESENT, arrived="09:00")
    for whose, day in ((short.enrollment, "2026-02-25"), (enrolled, "2026-02-27")):
        make.unbilled_day(whose, day, everybody["admin"].person)
    make.closure("2026-03-20", "2026-03-21")
    make.time_off(make.staff(password=make.PASSWORD), "2026-03-20", "2026-03-21")
    make.staff(is_active=False)
    make.site(is_active=False)
    make.room(is_active=False)
    make.program()
    make.program(is_active=False)
    make.rule_set()
    make.rule_set(is_active=False)
    make.upload(admin)
    names = [[make.participant(name=name).name] for name in ("Kim Lee", "Sam Ray")]
    make.upload(admin, ["Name"], *names)  # are they the same people?
    return {who: everybody[who] for who in WHO}


def forms(app, clinic):
    """Every form once, and every name that an address asks for something by."""
    found, asked = {}, defaultdict(set)
    for pages in clinic.values():
        for page in pages_of(app, pages):
            for form in sent_by(page, pages):
                if form.method in {"GET", "POST"} and form.action != "/sign-out":
                    found.setdefault(form.key, form)
            for link in page.all("a"):
                form = asked_by(link.get("href"), pages)
                names = asked[plain(form.action)]
                if form.method and not form.fields.keys() <= names:
                    names.update(form.fields)
                    found.setdefault(form.key, form)
    return list(found.values())


def sent_by(page, pages):
    """Its forms, and those again that a button of theirs sends elsewhere."""
    for form in page.all("form"):
        yield form_of(form, pages)
        outside = page.all("button", form=form.get("id") or "none")
        for button in (*outside, *form.all("button")):
            if not (action := button.get("formaction", "#")).startswith("#"):
                yield form_of(form, pages)._replace(action=action)


def pages_of(app, pages):
    """Those of every route, and what they lead to: of a kind the first and the last few."""
    known = app.url_map.bind("localhost")
    level = [address(rule) for rule in routes(app) if "GET" in rule.methods]
    seen, asked = set(), Counter()
    while level:
        by_kind = defaultdict(list)
        for path in dict.fromkeys(level):
            kind = kind_of(known, path)
            if kind and path not in seen:
                by_kind[kind].append(path)
        seen.update(level)
        level = []
        for kind, paths in by_kind.items():
            for path in dict.fromkeys([*paths[:A_FEW], *paths[-A_FEW:]]):
                if all(asked[each] >= MOST for each in kind):
                    break
                asked.update(kind)
                answer = pages.ask("GET", path)
                if answer.is_page and answer.status == 200:
                    yield answer.page
                    level += [link.get("href") for link in answer.page.all("a")]


def kind_of(known, path):
    """What is asked for, without ids: the endpoint, with each name that the address says."""
    parts = urlsplit(path)
    try:
        endpoint, _ = known.match(parts.path, "GET")
    except (HTTPException, RequestRedirect):
        return ()
    return tuple((endpoint, name) for name in ("", *parse_qs(parts.query)))


def asked_by(href, pages):
    parts = urlsplit(href)
    fields = parse_qs(parts.query)
    is_one = bool(fields) and href.startswith("/")
    return Form(pages, "GET" if is_one else "", parts.path, fields, dict.fromkeys(fields, "link"))


def form_of(element, pages):
    fields, kinds = {}, {}
    for field in element.all("input", "select", "textarea", "button"):
        if name := field.get("name"):
            kind = field.get("type", "text") if field.tag == "input" else field.tag
            if value := filled_in(field, kind, f"{10 + len(fields)}:00"):
                fields.setdefault(name, value)
            kinds.setdefault(name, kind)
    return Form(pages, element.get("method").upper(), element.get("action"), fields, kinds)


def filled_in(field, kind, time):
    """What somebody sends who fills in what has to be; nothing for what is left alone."""
    if kind in {"radio", "checkbox"}:
        is_needed = field.is_inside("fieldset") and not is_optional(field)
        return [field.get("value", "on")] if is_needed or "checked" in field.attributes else []
    is_needed = "required" in field.attributes
    value = field.get("value")
    if kind == "select":
        options = field.all("option")
        chosen = [each for each in options if "selected" in each.attributes] or options
        value = chosen[0].get("value") or (options[-1].get("value") if is_needed else "")
    if not value and is_needed:
        value = time if kind == "time" else USUAL.get(kind, "Something")
    return [value]


def is_optional(field):
    while field.tag != "fieldset":
        field = field.parent
    return bool(field.all("span", class_="optional"))


def sendings(form):
    """What is sent: nothing wrong, saved unseen, and rubbish in one field after the other."""
    yield "filled in", form.fields
    yield "saved unseen", form.fields | {"step": ["save"], "shown": ["rubbish"]}
    done, name_of_file, number = {"csrf_token"}, "csrf_token", len(form.fields)
    for name, kind in form.kinds.items():
        if plain(name) not in done:
            done.add(plain(name))
            for words, values in rubbish_for(form.fields.get(name, []), kind):
                number += 1
                if share(number, among=5):
                    yield f"{name}: {words}", form.fields | {name: values}
            name_of_file = name
    if form.method == "POST":
        yield "a file", form.fields | {name_of_file: (io.BytesIO(b"x"), "x.txt")}


def rubbish_for(good, kind):
    rubbish = RUBBISH.get(kind, OTHER_RUBBISH)
    for each in rubbish:
        yield each, [each]
    yield "nothing", []
    yield "empty", [""]
    yield "twice", good * 2
    yield "good and rubbish", [*good, rubbish[0]]
    yield "rubbish and good", [rubbish[0], *good]
    yield "empty and rubbish", ["", rubbish[0]]


@pytest.fixture
def put_back(clinic):
    """Have the database be as it was when this was asked for."""
    make.saved()
    database.engine.dispose()
    path = Path(database.engine.url.database)
    kept = path.with_name("kept.db")
    shutil.copy(path, kept)

    def again():
        database.engine.dispose()
        for left_over in path.parent.glob("clinic.db*"):
            left_over.unlink()
        shutil.copy(kept, path)

    yield again
    kept.unlink()


def send(form, sent):
    """The status of the answer."""
    if form.method == "GET":
        options = {"query_string": sent}
    else:
        options = {"data": sent | {"csrf_token": form.pages.token()}}
    open_path = partial(form.pages.client.open, form.action, method=form.method, **options)
    return Context().run(open_path).status_code


@pytest.mark.parametrize("part", range(PARTS))  # side by side: none takes long
def test_rubbish_in_a_form_is_answered_politely(app, clinic, put_back, monkeypatch, part):
    known = app.url_map.bind("localhost")
    all_forms = forms(app, clinic)
    targets = {
        known.match(urlsplit(form.action).path, form.method, return_rule=True)[0].rule
        for form in all_forms
    }
    changing = {rule.rule for rule in routes(app) if rule.methods & UNSAFE} - {"/sign-out"}
    assert changing - targets == WITHOUT_FORM
    put_back()
    monkeypatch.setitem(app.config, "TESTING", False)  # what breaks is answered, and logged
    broken = []
    for form in all_forms[part::PARTS]:
        for words, sent in sendings(form):
            status = send(form, sent)
            if status >= 500:
                broken.append(f"{form.method} {form.action}, {words}: {status}")
            if form.method == "POST" and status in {200, 302}:
                put_back()
    assert broken == []
