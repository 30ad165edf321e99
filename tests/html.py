"""A page as a small tree, and what every page of the house must be."""

from collections.abc import Iterator
from functools import cached_property
from html.parser import HTMLParser
from typing import Any

VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"]
)
UNLABELLED = frozenset({"hidden", "submit", "button", "reset", "image"})
REFERENCES = ("for", "aria-describedby", "aria-labelledby", "aria-controls", "aria-errormessage")


class Element:
    def __init__(
        self, tag: str, attributes: dict[str, str] | None = None, parent: "Element | None" = None
    ) -> None:
        self.tag = tag
        self.attributes = attributes or {}
        self.parent = parent
        self.children: list[Element | str] = []

    def get(self, name: str, default: str = "") -> str:
        return self.attributes.get(name, default)

    def walk(self) -> list["Element"]:
        """All elements below, in order."""
        return self._below

    @cached_property
    def _below(self) -> list["Element"]:  # kept: a page is asked some forty times
        below: list[Element] = []
        for child in self.children:
            if isinstance(child, Element):
                below.append(child)
                below.extend(child._below)
        return below

    def all(self, *tags: str, **attributes: str) -> list["Element"]:
        """Those below with one of these tags and with these attributes; `class_` is one of many."""
        found = [element for element in self._below if not tags or element.tag in tags]
        return (
            [element for element in found if element._matches(attributes)] if attributes else found
        )

    def is_inside(self, tag: str) -> bool:
        above = self.parent
        while above is not None and above.tag != tag:
            above = above.parent
        return above is not None

    @property
    def text(self) -> str:
        """Its words, with single spaces."""
        return " ".join("".join(self._strings()).split())

    def _strings(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif child.tag not in {"script", "style", "template"}:
                yield from child._strings()
                yield "" if child.tag in {"a", "b", "em", "i", "span", "strong", "time"} else " "

    def _matches(self, attributes: dict[str, str]) -> bool:
        return all(
            value in self.get("class").split()
            if name == "class_"
            else self.attributes.get(name.replace("_", "-")) == value
            for name, value in attributes.items()
        )


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.top = self.open = Element("")
        self.problems: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, self.open)
        self.open.children.append(element)
        if tag not in VOID:
            self.open = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.open.tag != tag or self.open.parent is None:
            self.problems.append(f"</{tag}> closes <{self.open.tag}>")
        else:
            self.open = self.open.parent

    def handle_data(self, data: str) -> None:
        self.open.children.append(data)


class Page:
    """What a browser would show."""

    def __init__(self, html: str) -> None:
        builder = _Builder()
        builder.feed(html)
        builder.close()
        self.top = builder.top
        self._unbalanced = builder.problems
        if builder.open is not builder.top:
            self._unbalanced.append(f"<{builder.open.tag}> is never closed")

    @property
    def title(self) -> str:
        return next((title.text for title in self.top.all("title")), "")

    @property
    def heading(self) -> str:
        return next((heading.text for heading in self.top.all("h1")), "")

    @property
    def words(self) -> str:
        """All that can be read on it."""
        return " ".join(body.text for body in self.top.all("body"))

    @property
    def rows(self) -> list[list[str]]:
        """The texts of the cells of all tables, without their headings."""
        return [
            [cell.text for cell in row.all("td", "th")]
            for row in self.top.all("tr")
            if not row.is_inside("thead")
        ]

    @property
    def links(self) -> dict[str, str]:
        return {link.text or link.get("aria-label"): link.get("href") for link in self.top.all("a")}

    def all(self, *tags: str, **attributes: str) -> list[Element]:
        return self.top.all(*tags, **attributes)

    def texts(self, *tags: str, **attributes: str) -> list[str]:
        return [element.text for element in self.all(*tags, **attributes)]

    def form(self, action: str) -> Element:
        """The form that posts there; a form without an action of its own posts to its page."""
        return next(form for form in self.top.all("form") if form.get("action") == action)

    def value(self, name: str) -> str | None:
        """What stands in a field, or is chosen; None where nothing is."""
        return fields_of(self.top).get(name)

    @cached_property
    def problems(self) -> list[str]:
        """Every house rule that this page breaks, as a sentence."""
        return [
            *self._unbalanced,
            *self._wrong_outline(),
            *self._wrong_fields(),
            *self._wrong_forms(),
            *self._inline(),
        ]

    def _wrong_outline(self) -> Iterator[str]:
        if [html.get("lang") for html in self.top.all("html")] in ([], [""]):
            yield "<html> without lang"
        if len(self.top.all("main")) != 1:
            yield f"{len(self.top.all('main'))} main landmarks"
        if len(self.top.all("h1")) != 1:
            yield f"{len(self.top.all('h1'))} h1"
        if not self.heading or not self.title.startswith(self.heading):
            yield f"the title {self.title!r} does not begin with the h1 {self.heading!r}"
        ids = [element.get("id") for element in self.top.walk() if "id" in element.attributes]
        yield from (f"id {name!r} twice" for name in sorted(set(ids)) if ids.count(name) > 1)
        for element in self.top.walk():
            for name in REFERENCES:
                for referred in element.get(name).split():
                    if referred not in ids:
                        yield f"{name}={referred!r} leads nowhere"

    def _wrong_fields(self) -> Iterator[str]:
        labelled = {label.get("for") for label in self.top.all("label")}
        for field in self.top.all("input", "select", "textarea"):
            if field.tag == "input" and field.get("type") in UNLABELLED:
                continue
            if not (
                field.get("aria-label")
                or field.get("aria-labelledby")
                or (field.get("id") and field.get("id") in labelled)
                or field.is_inside("label")
            ):
                yield f"{field.tag} {field.get('name')!r} without a label"
        for select in self.top.all("select"):
            first, *others = select.all("option")
            if others and first.get("value") and not select.all("option", selected=""):
                yield f"{select.get('name')!r} is {first.text!r} before anybody chose"
        for button in self.top.all("button", "a"):
            if not (button.text or button.get("aria-label")):
                yield f"{button.tag} without words"
        yield from ("img without alt" for img in self.top.all("img") if "alt" not in img.attributes)

    def _wrong_forms(self) -> Iterator[str]:
        for form in self.top.all("form"):
            if not form.get("action"):
                yield "form without an action"
            if form.get("method").lower() == "post" and not fields_of(form).get("csrf_token"):
                yield f"form to {form.get('action')!r} without a token"

            if sentence := self._wrong_enter(form):
                yield sentence

    def _wrong_enter(self, form: Element) -> str | None:
        """What Enter in a field would do that nobody meant: it presses the form's first button,
        which also may stand above the form."""
        buttons = [each for each in self.top.all("button") if _form_of(each, self.top) is form]
        typed = (each for each in form.all("input") if each.get("type") != "hidden")
        if len(buttons) < 2 or not any(typed) or _may_be_first(buttons[0]):
            return None
        return f"Enter in the form to {form.get('action')!r} presses {buttons[0].text!r}"

    def _inline(self) -> Iterator[str]:
        yield from ("a style element" for _ in self.top.all("style"))
        for element in self.top.walk():
            if element.tag == "script" and not element.get("src"):
                yield "a script without src"
            if "style" in element.attributes:
                yield f"a style attribute on {element.tag}"
            if element.get("href").lower().startswith("javascript:"):
                yield "a script as a link"
            yield from (
                f"{name} on {element.tag}" for name in element.attributes if name.startswith("on")
            )


def _form_of(button: Element, top: Element) -> Element | None:
    """The form that a button sends."""
    if button.get("type", "submit") != "submit":
        return None
    if name := button.get("form"):
        return next(iter(top.all("form", id=name)), None)
    above = button.parent
    while above is not None and above.tag != "form":
        above = above.parent
    return above


def _may_be_first(button: Element) -> bool:
    """Whether it does nothing, only looks for something, or is what its form is there for."""
    does_nothing = "hidden" in button.attributes or button.get("value") == "find"
    return does_nothing or ("is-primary" in button.get("class") and not button.get("formaction"))


def fields_of(form: Element) -> dict[str, Any]:
    """What a browser would send with a form, but for its buttons; a list of what has one name."""
    sent: dict[str, list[str]] = {}
    for field in form.all("input", "select", "textarea"):
        name, kind = field.get("name"), field.get("type", "text")
        if not name or "disabled" in field.attributes or kind in {"submit", "button", "image"}:
            continue
        if field.tag == "select":
            options = field.all("option")
            chosen = [option for option in options if "selected" in option.attributes]
            values = [option.get("value", option.text) for option in (chosen or options)[:1]]
        elif field.tag == "textarea":
            texts = (child for child in field.children if isinstance(child, str))
            values = ["".join(texts).strip()]
        elif kind not in {"radio", "checkbox"}:
            values = [field.get("value")]
        else:
            values = [field.get("value", "on")] if "checked" in field.attributes else []
        if values:
            sent.setdefault(name, []).extend(values)
    return {name: values if len(values) > 1 else values[0] for name, values in sent.items()}
