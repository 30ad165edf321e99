"""A browser for tests: it checks every page against the house rules and keeps its cookies."""

from contextvars import Context
from functools import cached_property
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import generate_csrf
from werkzeug.test import TestResponse

from clinic.accounts.models import Account, Staff
from clinic.participants.models import Participant
from tests import make
from tests.html import Page, fields_of

REDIRECTS = range(300, 400)


class Answer:
    """What came back: `.status`, `.text`, `.json`, `.location`, `.headers`, and as a `.page`."""

    def __init__(self, response: TestResponse) -> None:
        self.status = response.status_code
        self.headers = response.headers
        self.location = response.headers.get("Location", "")
        self.data = response.data
        self.json = response.get_json(silent=True)
        self.is_page = (
            response.mimetype == "text/html" and self.status not in REDIRECTS and bool(self.data)
        )  # an answer to HEAD has no body

    @property
    def text(self) -> str:
        return self.data.decode(errors="replace")

    @cached_property
    def page(self) -> Page:
        return Page(self.text)


class Pages:
    """`pages.get("/today")`, `pages.post("/sign-out")`, `pages.submit("/sign-in", email=…)`.

    Each gives the `Answer`, and fails unless its status is the expected one.
    """

    person: Staff | Participant
    account: Account

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = app.test_client()
        self.answer: Answer | None = None

    @property
    def status(self) -> int:
        return self._last.status

    @property
    def text(self) -> str:
        return self._last.text

    def get(self, path: str, *, status: int = 200, **options: Any) -> Answer:
        return self._ask("GET", path, status, options)

    def post(
        self,
        path: str,
        data: dict[str, Any] | None = None,
        *,
        status: int = 302,
        token: str | None = None,
        **options: Any,
    ) -> Answer:
        """With this browser's token, unless another one is given; `""` sends none."""
        if "json" not in options:
            token = self.token() if token is None else token
            options["data"] = (data or {}) | ({"csrf_token": token} if token else {})
        return self._ask("POST", path, status, options)

    def submit(self, action: str, *, status: int = 302, **typed: Any) -> Answer:
        """Send the form of the page before us, with its token and all that stands in it."""
        form = self._last.page.form(action)
        return self._ask(
            form.get("method", "get").upper(), action, status, {"data": fields_of(form) | typed}
        )

    def follow(self) -> Answer:
        """Go where the last answer sends us."""
        return self.get(self._last.location)

    def sign_in(self, person: Staff | Participant, token: str) -> None:
        """Carry the cookie of that sign-in."""
        self.person = person
        self.account = person.account
        self._sign_in = token
        with self.client.session_transaction() as cookie:
            cookie["_user_id"] = token

    def on(self, app: Flask) -> "Pages":
        """The same sign-in at another application on the same database."""
        pages = Pages(app)
        pages.sign_in(self.person, self._sign_in)
        return pages

    def token(self) -> str:
        """A token against forged requests, as a page of this browser would hold it."""
        with self.client.session_transaction() as cookie:
            raw = dict(cookie)
            signed = Context().run(self._signed, raw)
            cookie.update(raw)
        return signed

    def _signed(self, cookie: dict[str, Any]) -> str:
        with self.app.test_request_context() as context:
            assert isinstance(self.app.session_interface, SecureCookieSessionInterface)
            context.session.update(cookie)
            token: str = generate_csrf()
            cookie.update(context.session)
            return token

    @property
    def _last(self) -> Answer:
        assert self.answer is not None, "nothing has been asked for yet"
        return self.answer

    def ask(self, method: str, path: str, **options: Any) -> Answer:
        """Any request; what comes back is still checked, but for its status."""
        make.saved()
        # A context of its own: what the application keeps for a request stays out of the test.
        response = Context().run(self.client.open, path, method=method, **options)
        make.read_afresh()
        self.answer = Answer(response)
        if self.answer.is_page:
            assert self.answer.page.problems == [], f"{method} {path}"
        return self.answer

    def _ask(self, method: str, path: str, status: int, options: dict[str, Any]) -> Answer:
        answer = self.ask(method, path, **options)
        said = answer.page.words if answer.is_page else answer.text
        assert answer.status == status, f"{method} {path} answered {answer.status}: {said[:400]}"
        return answer
