import re
from pathlib import Path

import pytest
from jinja2 import nodes

from clinic.app import create_app
from tests.html import Page

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "clinic" / "templates"
NAMES = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html"))
PAGES = [
    name
    for name in NAMES
    if not name.startswith(("layout", "macros/")) and not Path(name).name.startswith("_")
]


@pytest.fixture(scope="module")
def templates(tmp_path_factory):
    return create_app(instance=tmp_path_factory.mktemp("instance")).jinja_env


def parsed(templates, name):
    return templates.parse((TEMPLATES / name).read_text())


def test_there_are_pages():
    assert "errors/404.html" in PAGES


@pytest.mark.parametrize("name", NAMES)
def test_a_template_compiles(templates, name):
    templates.get_template(name)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_a_title_and_a_layout(templates, name):
    tree = parsed(templates, name)
    assert "title" in [block.name for block in tree.find_all(nodes.Block)]
    assert len(list(tree.find_all(nodes.Extends))) == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_template_has_nothing_inline(name):
    source = (TEMPLATES / name).read_text()
    inline = r"<style|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:|<script(?![^>]*\ssrc=)"
    assert re.findall(inline, source, re.IGNORECASE) == []


@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_seen_begins_with_a_word(name):
    """A browser takes it for a block, and a name would read “Process , 11:30 am”."""
    source = (TEMPLATES / name).read_text()
    assert re.findall(r'class="unseen">\s*[,.:;].*', source) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_template_never_trusts_what_was_typed(name):
    assert re.findall(r"\|\s*safe\b|autoescape", (TEMPLATES / name).read_text()) == []


@pytest.mark.parametrize("name", NAMES)
def test_an_address_says_nothing_that_is_not_so(templates, name):
    """`url_for(…, x=1 if y)` is an address with an empty `x` where `y` is not so."""
    asked = [call.kwargs for call in parsed(templates, name).find_all(nodes.Call)]
    assert [
        kwarg.key
        for kwargs in asked
        for kwarg in kwargs
        if isinstance(kwarg.value, nodes.CondExpr) and kwarg.value.expr2 is None
    ] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_template_uses_what_it_imports(templates, name):
    tree = parsed(templates, name)
    imported = {
        alias[1] if isinstance(alias, tuple) else alias
        for found in tree.find_all(nodes.FromImport)
        for alias in found.names
    } | {found.target for found in tree.find_all(nodes.Import)}
    used = {found.name for found in tree.find_all(nodes.Name) if found.ctx == "load"}
    assert imported - used == set()


def test_every_template_is_used(templates):
    code = "".join(path.read_text() for path in (ROOT / "clinic").rglob("*.py"))
    referred = {
        constant.value
        for name in NAMES
        for kind in (nodes.Extends, nodes.Include, nodes.FromImport, nodes.Import)
        for found in parsed(templates, name).find_all(kind)
        for constant in found.find_all(nodes.Const)
    }
    # Pages of errors are named by their status.
    unused = [
        name
        for name in NAMES
        if name not in referred and f'"{name}"' not in code and not name.startswith("errors/")
    ]
    assert unused == []


def test_scripts_and_styles_load_nothing_from_elsewhere_and_write_no_markup():
    elsewhere = r"@import|url\(\s*[\"']?(?:https?:)?//|\bimport\(|\beval\(|new Function"
    markup = r"(?:inner|outer)HTML\s*\+?=[^=]|insertAdjacentHTML|document\.write"
    wrong = {
        path.name: found
        for path in sorted((ROOT / "clinic" / "static").rglob("*.[cj]s*"))
        if (found := re.findall(f"{elsewhere}|{markup}", path.read_text()))
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("above", "first", "is_right"),
    [
        ("", '<button class="is-primary">Save</button>', True),
        ("", "<button hidden>None</button>", True),
        ("", '<button name="act" value="find">Find</button>', True),
        ("", '<button class="is-danger">Remove</button>', False),
        ('<button form="marks" class="is-primary" formaction="/all">All</button>', "", False),
        ('<button form="marks" hidden>None</button>', "<button>All</button>", True),
        ('<button type="button" >Show</button>', "<button hidden>No</button>", True),
    ],
)
def test_enter_in_a_field_does_nothing_that_nobody_meant(above, first, is_right):
    """Tried on every page that a test asks for; here the rule itself."""
    form = f'<form id="marks" action="/one"><input name="x">{first}<button>Other</button></form>'
    found = [each for each in Page(above + form).problems if each.startswith("Enter")]
    assert (found == []) is is_right


# A time of one place, on a page or part of one site, whose clock stands above.
OF_ONE_SITE = {"slots/_slot.html": "a part of pages that say the site's clock"}


@pytest.mark.parametrize("name", NAMES)
def test_a_time_says_whose_clock_it_is_on(name):
    """Pages about several sites name another clock (`times_at`, `clock_at`); a page of one site
    says it once (`zone_note`); what is said of an account is on the reader's own clock."""
    source = (TEMPLATES / name).read_text()
    if name not in OF_ONE_SITE and "zone_note" not in source:
        unsaid = r"\|\s*(?:time_range|clock_time)\b|\|\s*moment\((?!home\.zone\b)"
        assert re.findall(unsaid, source) == []
