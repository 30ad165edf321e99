"""Style sheets: no rule or class that nothing uses, none used where its sheet is not loaded."""

import re
from pathlib import Path

CLINIC = Path(__file__).parents[2] / "clinic"
SHEETS = {path.stem: path.read_text() for path in (CLINIC / "static" / "css").glob("*.css")}
TEMPLATES = {
    str(path.relative_to(CLINIC / "templates")): path.read_text()
    for path in (CLINIC / "templates").rglob("*.html")
}
CODE = [path.read_text() for kind in ("*.py", "*.js") for path in CLINIC.rglob(kind)]
FEATURES = {name.split("/")[0] for name in TEMPLATES if "/" in name} - {"macros", "errors"}

# Put together from the value of an enum: `is-{{ status }}` of the sheet, `is-{{ part }}` of a day.
BUILT = {
    *("is-present", "is-expected", "is-late", "is-late-cancel", "is-no-show", "is-excused"),
    *("is-checked-in", "is-left"),
    *("is-morning", "is-afternoon", "is-evening"),
    *("is-done", "is-next", "is-open"),
}


def selected(sheet):
    """The classes that the selectors of a sheet name."""
    plain = re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)
    selectors = [each for each in re.findall(r"([^{};]+)\{", plain) if "@" not in each]
    return {name for each in selectors for name in re.findall(r"\.([a-zA-Z][\w-]*)", each)}


def classes(template):
    """The classes that a template gives: in attributes, and as words of its expressions."""
    return attributes(template) | words(template)


def attributes(template):
    found = set()
    for given in re.findall(r"class=\"((?:\{\{.*?\}\}|\{%.*?%\}|[^\"])*)\"", template):
        found |= set(re.sub(r"\{\{.*?\}\}|\{%.*?%\}", " ", given).split())
    return found


def words(source):
    """What stands in quotes, word by word."""
    quoted = re.findall(r"\"([\w -]*)\"|'([\w -]*)'|`([^`]*)`", source)
    return {word for each in quoted for word in " ".join(each).split()}


def test_every_class_of_a_style_sheet_is_given_somewhere():
    given = set().union(*map(classes, TEMPLATES.values()), *map(words, CODE))
    assert len(SHEETS) > len(FEATURES) / 2
    unused = {
        f"{sheet}.css: .{name}"
        for sheet, source in SHEETS.items()
        for name in selected(source) - given - BUILT
    }
    assert unused == set()


def test_every_class_that_a_template_gives_is_styled_or_read_by_a_script():
    scripts = " ".join(path.read_text() for path in CLINIC.rglob("*.js"))
    known = set().union(*map(selected, SHEETS.values())) | set(re.findall(r"[\w-]+", scripts))
    given = set().union(*map(attributes, TEMPLATES.values()))
    assert len(given) > len(FEATURES)
    assert {each for each in given - known if not each.endswith("-")} == set()


def test_classes_that_are_put_together_are_styled():
    assert set().union(*map(selected, SHEETS.values())) >= BUILT


def test_what_one_feature_styles_no_other_and_no_shared_page_uses():
    shared = set().union(*(selected(SHEETS[sheet]) for sheet in SHEETS.keys() - FEATURES))
    strays = {
        f"{name}: .{each} is in {feature}.css alone"
        for feature in SHEETS.keys() & FEATURES
        for name, template in TEMPLATES.items()
        if name.split("/")[0] != feature
        for each in selected(SHEETS[feature]) - shared
        if each in attributes(template) and not is_styled_for(name, each)
    }
    assert strays == set()


def is_styled_for(name, each):
    return each in selected(SHEETS.get(name.split("/")[0], ""))
