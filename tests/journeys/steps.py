"""What people do on several journeys, in their words."""

from datetime import datetime

from playwright.sync_api import Locator, Page, Route, expect

from tests.journeys.live import LiveClinic

PASSWORD = "four slow rivers bend"


def heading(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def row(page: Page, words: str) -> Locator:
    """The innermost entry of a list that says this."""
    return page.get_by_role("listitem").filter(has_text=words).last


def said(at: datetime) -> str:
    """`6:05 pm`, as the pages say it."""
    return f"{at:%I:%M %p}".lstrip("0").lower()


def invite(clinic: LiveClinic, name: str, role: str) -> str:
    """Take somebody on; gives the path on which they set their password."""
    email = f"{name.partition(' ')[0].lower()}@example.org"
    return clinic.flask("users", "add", "--email", email, "--name", name, "--role", role)[-1]


def accept_invitation(page: Page, path: str) -> None:
    page.goto(path)
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("New password again").fill(PASSWORD)
    page.get_by_role("button", name="Set password and sign in").click()


_KEYS: dict[str, str] = {}


def kiosk_key(clinic: LiveClinic) -> str:
    """The key of a kiosk there; of the same one until it is revoked."""
    if clinic.url not in _KEYS:
        _KEYS[clinic.url] = clinic.flask("kiosk", "pair", "--site", "main")[-1]
    return _KEYS[clinic.url]


def revoke_kiosks(clinic: LiveClinic) -> None:
    clinic.flask("kiosk", "revoke", "--site", "main")
    _KEYS.pop(clinic.url, None)


# By now the page could be opened without a line.
_INSTALLED = "async () => { await navigator.serviceWorker?.ready; }"


def set_up_kiosk(page: Page, clinic: LiveClinic) -> str:
    """Give it the key of a kiosk, which is returned."""
    key = kiosk_key(clinic)
    page.goto("/kiosk")
    expect(page.get_by_text("This kiosk is not set up.")).to_be_visible()
    page.get_by_text("I have a device key").click()
    page.get_by_label("Device key").fill(key)
    page.get_by_role("button", name="Set up").click()
    see_kiosk_ready(page)
    return key


def see_kiosk_ready(page: Page) -> None:
    expect(page.get_by_text("Please enter your PIN.")).to_be_visible()
    page.evaluate(_INSTALLED)


def tap(kiosk: Page, pin: str) -> None:
    for digit in pin:
        kiosk.get_by_role("button", name=digit, exact=True).click()
    kiosk.get_by_role("button", name="OK").click()


def held_back(page: Page, path: str) -> list[Route]:
    """Requests to that path, as they come; each waits for its `continue_()`."""
    routes: list[Route] = []

    def hold(route: Route) -> None:
        routes.append(route)

    page.route(path, hold)
    return routes


# By the page itself: a browser never lets go of a request that outlives its page and was held.
_HOLD = """() => {
  const send = window.fetch;
  window.held = [];
  window.letThrough = () => (window.fetch = send);
  window.fetch = (url, options) => options?.method !== "POST" ? send(url, options)
    : new Promise((answer) => held.push(() => send(url, options).then(answer)));
}"""
_LET_GO = "async () => { letThrough(); while (held.length) await held.pop()(); }"


def hold(page: Page) -> None:
    """Keep what the page sends from now on."""
    page.evaluate(_HOLD)


def let_go(page: Page) -> None:
    """Send what was kept one by one, the last first."""
    page.evaluate(_LET_GO)
