"""What carries a newcomer: nothing forgotten, nothing in a circle, and a map that is true."""

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from clinic.exchange.models.clinic_file import ParticipantShape
from clinic.participants.forms import PersonFields
from clinic.participants.models import Participant
from clinic.participants.rules import LABELS
from clinic.tables import rules as tables

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "clinic" / "templates"
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in (ROOT / "clinic").rglob("*.py")
}

# A column of a participant is asked for wherever people are: in the form, in a merge, in the
# clinic file and in lists. What is none of anybody's business there is excused, with the reason.
EXCUSED = {
    "id": "the database's own name",
    "account_id": "the account is made along with the participant",
    "calendar_version": "counts changes of the calendar; nobody sets it",
    "sort_name": "follows from the name",
    "merged_into_id": "is what a merge leaves behind",
    "pin_since": "follows from the PIN and who had it before",
    "key in the form": "made up with the participant, and stays",
    "key in the merge": "names the record, not the person",
}
CALLED = {
    ("pin_digest", "form"): "pin",
    ("pin_digest", "merge"): "pin",
    ("pin_digest", "file"): "pin",
    ("pin_digest", "list"): "pin",
}


def fields_of_form():
    source = ast.parse((ROOT / "clinic" / "participants" / "forms.py").read_text())
    classes = [node for node in source.body if isinstance(node, ast.ClassDef)]
    return {
        target.id
        for node in classes
        if node.name == PersonFields.__name__
        for line in node.body
        if isinstance(line, ast.Assign)
        for target in line.targets
    }


@pytest.mark.parametrize("column", sorted(column.key for column in Participant.__table__.columns))
@pytest.mark.parametrize(
    ("place", "names"),
    [
        ("form", fields_of_form()),
        ("merge", set(LABELS)),
        ("file", set(ParticipantShape.model_fields)),
        ("list", set(tables.LABELS)),
    ],
)
def test_every_column_of_a_participant_is_wherever_people_are(column, place, names):
    is_there = CALLED.get((column, place), column) in names
    is_excused = column in EXCUSED or f"{column} in the {place}" in EXCUSED
    assert is_there != is_excused


def imports_of(module):
    """The modules of the clinic that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(MODULES[module].read_text())):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names if alias.name in MODULES)
            case ast.ImportFrom(module=str(name), names=names):
                for alias in names:
                    whole = f"{name}.{alias.name}"
                    yield from [whole] if whole in MODULES else [name] if name in MODULES else []


# By 1 the houses' folders and files, by 2 the files of features, by 3 those of inner folders.
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_imports_make_no_circle(depth):
    def place(module):
        return ".".join(module.split(".")[: depth + 1])

    graph = {}
    for module in MODULES.keys() - {"clinic"}:
        others = {place(name) for name in imports_of(module) if name != "clinic"}
        graph.setdefault(place(module), set()).update(others - {place(module)})
    assert sum(map(len, graph.values())) > 100
    TopologicalSorter(graph).prepare()  # a CycleError names the circle


def test_every_folder_of_the_clinic_is_on_the_map():
    readme = (ROOT / "README.md").read_text()
    drawn = readme.partition("## Map of the code")[2].partition("```")[2].partition("```")[0]
    folders = {path.parent.name for path in (ROOT / "clinic").glob("*/__init__.py")}
    files = {path.stem for path in (ROOT / "clinic").glob("*.py")} - {"__init__"}
    named = set(re.findall(r"(?:^|\s{2}|· )([a-z]+)(?=\s{2}| ·|$)", drawn, re.MULTILINE))
    assert named == folders | files


def test_no_view_catches_or_reads_a_refusal():
    views = [path for name, path in MODULES.items() if re.search(r"\.views\b", name)]
    assert len(views) > 10
    words = r"except [^:]*Refused|refused\.sentence"
    assert [path for path in views if re.search(words, path.read_text())] == []


def reads_words(node):
    """Whether this is a text for people: written out, or one that a rule or an action gave."""
    match node:
        case ast.Constant(value=str(text)):
            return " " in text.strip()
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name in {"sentence", "sentences", "words"}
    return False


def decisions_by_words(tree):
    """Comparisons with a text for people, and looks into one."""
    for node in ast.walk(tree):
        match node:
            case ast.Compare(left=left, comparators=[*others]):
                if any(map(reads_words, [left, *others])) and "None" not in map(
                    ast.unparse, others
                ):
                    yield node
            case ast.Call(func=ast.Attribute(attr="startswith" | "endswith" | "find", value=of)):
                if reads_words(of):
                    yield node


ANOTHERS_WORDS = {"'end of data' in str(error)"}  # the csv module says it in no other way


def test_nobody_decides_by_words():
    """What a sentence says is for people: code decides by enums, columns and fields."""
    trees = {name: ast.parse(path.read_text()) for name, path in MODULES.items()}
    assert len(trees) > 100
    found = [
        (name, ast.unparse(each)) for name in trees for each in decisions_by_words(trees[name])
    ]
    assert [(name, each) for name, each in found if each not in ANOTHERS_WORDS] == []
    sample = (
        "a.sentence == b; 'seat' in sentence; words.startswith('Late'); x == 'on leave'; a in b"
    )
    assert len(list(decisions_by_words(ast.parse(sample)))) == 4


def template_decisions_by_words(template):
    """Comparisons with what is shown, not with a key; and looks into a text.

    A class of a field is none of it, nor is the name of an endpoint.
    """
    for node in template.find_all(nodes.Compare):
        sides = [node.expr, *(each.expr for each in node.ops)]
        consts = [each.value for each in sides if isinstance(each, nodes.Const)]
        texts = [value for value in consts if isinstance(value, str)]
        is_type = any(isinstance(each, nodes.Getattr) and each.attr == "type" for each in sides)
        is_look_into = isinstance(node.expr, nodes.Const) and node.ops[0].op in {"in", "notin"}
        is_shown = any(" " in text or text[:1].isupper() for text in texts)
        if is_look_into or (is_shown and not is_type):
            yield node
    for call in template.find_all(nodes.Call):
        match call.node:
            case nodes.Getattr(attr="startswith" | "endswith" | "find", node=of):
                if getattr(of, "name", None) != "here":
                    yield call


def test_no_template_decides_by_words():
    parse = Environment(autoescape=True).parse
    sources = {path: path.read_text() for path in sorted(TEMPLATES.rglob("*.html"))}
    assert len(sources) > 80
    found = [
        f"{path.relative_to(TEMPLATES)}:{each.lineno}"
        for path, source in sources.items()
        for each in template_decisions_by_words(parse(source))
    ]
    assert found == []
    sample = (
        "{{ a == 'On leave', 'seat' in b, label.startswith('Late'), x == 'late', f.type == 'Day' }}"
    )
    assert len(list(template_decisions_by_words(parse(sample)))) == 3


def loops_that_assert(tree):
    """Loops with an assertion over something that could be empty, so that nothing is tried."""
    for test in ast.walk(tree):
        if isinstance(test, ast.FunctionDef) and is_of_cases(test):
            full = {arg.arg for arg in test.args.args} | names_in_assertions(test)
            for loop in ast.walk(test):
                if isinstance(loop, ast.Assign) and is_full(loop.value, full):
                    full |= names_in(*loop.targets)
            for loop in ast.walk(test):
                if isinstance(loop, ast.For) and asserts(loop) and not is_full(loop.iter, full):
                    yield loop


def asserts(loop):
    return any(isinstance(node, ast.Assert) for node in ast.walk(loop))


def is_of_cases(test):
    """A property may well be tried with nothing, among other things."""
    return test.name.startswith("test_") and not any(
        ast.unparse(decorator).startswith("given(") for decorator in test.decorator_list
    )


def names_in(*nodes):
    return {name.id for node in nodes for name in ast.walk(node) if isinstance(name, ast.Name)}


def names_in_assertions(test):
    """What is asserted about outside of loops: a list of nothing would show there."""
    loops = [loop for loop in ast.walk(test) if isinstance(loop, ast.For)]
    inside = {id(node) for loop in loops for node in ast.walk(loop)}
    asserts = [node for node in ast.walk(test) if isinstance(node, ast.Assert)]
    return names_in(*(node for node in asserts if id(node) not in inside))


def is_full(iterated, full):
    """Whether this has members: written out, a constant, an argument, or asserted about."""
    match iterated:
        case (
            ast.Tuple(elts=[_, *_])
            | ast.List(elts=[_, *_])
            | ast.Dict(keys=[_, *_])
            | ast.Set()
            | ast.Constant()
            | ast.Call(func=ast.Name(id="range"))
        ):
            return True
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name[0].isupper() or name in full
        case ast.ListComp(generators=[ast.comprehension(iter=of, ifs=[])]):
            return is_full(of, full)
        case ast.Call(func=ast.Name(id="zip" | "enumerate" | "sorted" | "product"), args=args):
            return all(is_full(arg, full) for arg in args)
        case ast.Call(func=ast.Attribute(attr="items" | "values" | "split", value=of)):
            return is_full(of, full)
    return False


def test_a_loop_that_asserts_goes_over_something():
    doubtful = [
        f"{path.relative_to(ROOT)}:{loop.lineno}: for … in {ast.unparse(loop.iter)}"
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for loop in loops_that_assert(ast.parse(path.read_text()))
    ]
    assert doubtful == []
