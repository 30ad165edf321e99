"""What is looked at on every page that a journey visits."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request

from tests.chance import TORTURE

DESK, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
TABLET = {"width": 820, "height": 1180}

COLOURS = ["color-contrast", "link-in-text-block"]  # the rules of axe that a scheme decides
_AXE = """
(only) => axe.run(document, {resultTypes: ["violations"], ...only}).then(({violations}) =>
  violations.flatMap(({id, nodes}) => nodes.map((node) =>
    `${id}: ${node.target.join(" ")}: ${node.failureSummary.replace(/\\s+/g, " ")}`)))
"""
_TOO_WIDE = """
() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return Array.from(document.querySelectorAll("body *"))
    .filter((element) => element.getBoundingClientRect().right > width + 0.5)
    .map((element) => `reaches beyond the screen: ${element.outerHTML.slice(0, 120)}`);
}
"""
_TOO_NARROW = """
() => Array.from(document.querySelectorAll(".lines li > *"))
  .filter((element) => element.innerText.trim().length > 8)
  .filter((element) => element.checkVisibility() && element.getBoundingClientRect().width < 64)
  .map((element) => `a few letters wide: ${element.outerHTML.slice(0, 120)}`);
"""
_OUT_OF_LINE = """
() => {
  const main = document.querySelector(".is-staff main");
  const left = (element) => element.getBoundingClientRect().left;
  const from = main && left(main) + parseFloat(getComputedStyle(main).paddingLeft);
  const heading = document.querySelector("h1");
  return main && Math.abs(left(heading) - from) > 0.5
    ? [`not where every heading begins: ${heading.outerHTML.slice(0, 120)}`] : [];
}
"""


# By its style: a rule of its own would be refused by the page's policy.
_TEXT = "(size) => { document.documentElement.style.fontSize = size; }"


def _has_room(page: Page) -> list[str]:
    """What reaches beyond this screen or is squeezed together on it; on a phone's also where text
    is twice as large."""
    problems: list[str] = page.evaluate(_TOO_WIDE) + page.evaluate(_TOO_NARROW)
    if page.viewport_size == PHONE:
        page.evaluate(_TEXT, "200%")
        problems += [f"text of twice the size: {each}" for each in page.evaluate(_TOO_WIDE)]
        page.evaluate(_TEXT, "")
    return problems


def look(page: Page) -> None:
    """Nobody is shut out: axe finds nothing, light and dark, on a desk's and on a phone's screen,
    nothing has to be scrolled sideways, also where a phone's text is twice as large, no column of
    a list is too narrow to be read, and the heading begins where that of every page does."""
    size = page.viewport_size
    page.evaluate(AXE_SCRIPT)
    problems = []
    for screen in (DESK, PHONE):
        page.set_viewport_size(screen)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            few = scheme == "dark" and not TORTURE
            found = page.evaluate(_AXE, {"runOnly": COLOURS} if few else {})
            problems += [f"{screen['width']} px, {scheme}: {each}" for each in found]
        problems += _has_room(page) + page.evaluate(_OUT_OF_LINE)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(size)
    assert problems == [], "\n".join([page.url, *problems])


def too_wide(page: Page) -> list[str]:
    """What reaches beyond a desk's and a phone's screen, or is squeezed together on it."""
    size = page.viewport_size
    found = []
    for screen in (DESK, PHONE):
        page.set_viewport_size(screen)
        found += [f"{page.url}, {screen['width']} px: {each}" for each in _has_room(page)]
    page.set_viewport_size(size)
    return found


class Watch:
    """Hears whatever a browser complains of, and sees whom it asks."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.heard: list[str] = []
        self.allowed: set[str] = set()  # what a journey brings about on purpose

    def over(self, context: BrowserContext) -> None:
        context.on("console", self._said)
        context.on("weberror", lambda error: self.heard.append(str(error.error)))
        context.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.heard.append(f"{message.text} ({message.page and message.page.url})")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith(f"{self.url}/"):
            self.heard.append(f"asked {request.url}")

    @property
    def complaints(self) -> list[str]:
        return [each for each in self.heard if not any(one in each for one in self.allowed)]
