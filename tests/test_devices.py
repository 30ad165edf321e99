import pytest
from flask import Response

from clinic import devices


@pytest.fixture
def browser(app):
    """`browser("ana@example.org")` remembers somebody; `browser.cookie` is what it holds."""
    return Browser(app)


class Browser:
    def __init__(self, app):
        self.app, self.cookie, self.sent = app, "", ""

    def _request(self):
        return self.app.test_request_context(headers={"Cookie": f"clinic-device={self.cookie}"})

    def signs_in(self, email):
        with self._request():
            response = Response()
            devices.remember(response, email)
        self.sent = response.headers["Set-Cookie"]
        self.cookie = self.sent.partition(";")[0].partition("=")[2]

    def known_for(self, email):
        with self._request():
            return devices.known_for(email)


def test_a_browser_is_known_for_those_who_have_signed_in_with_it(browser):
    assert browser.known_for("ana@example.org") is None
    browser.signs_in("ana@example.org")
    browser.signs_in("jo@example.org")
    name = browser.known_for("ana@example.org")
    assert (len(name), browser.known_for("jo@example.org")) == (43, name)
    assert browser.known_for("eve@example.org") is None


def test_the_cookie_says_nothing_of_who(browser, app):
    browser.signs_in("ana@example.org")
    other = Browser(app)
    other.signs_in("ana@example.org")
    assert "ana" not in browser.sent
    assert not set(browser.cookie.split(".")) & set(other.cookie.split("."))
    assert browser.sent.endswith("; Max-Age=15552000; HttpOnly; Path=/; SameSite=Lax") or (
        "Max-Age=15552000" in browser.sent
        and "HttpOnly" in browser.sent
        and "SameSite=Lax" in browser.sent
    )


def test_a_cookie_that_was_made_up_is_known_for_nobody(browser):
    browser.signs_in("ana@example.org")
    name, mark = browser.cookie.split(".")
    for forged in (name, f"x{name}.{mark}", f"{name}.{mark[:-1]}", f".{mark}", "..", "é.é", mark):
        browser.cookie = forged
        assert browser.known_for("ana@example.org") is None


def test_of_many_people_the_last_are_known(browser):
    everybody = [f"person-{number}@example.org" for number in range(25)]
    for email in [*everybody, "person-6@example.org"]:
        browser.signs_in(email)
    known = [email for email in everybody if browser.known_for(email)]
    assert known == everybody[5:]
    assert len(browser.cookie) < 1000
