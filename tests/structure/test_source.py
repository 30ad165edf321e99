"""What can be read off the source: who commits, who reads the clock, whose test is missing."""

import ast
import importlib
import re
import subprocess
from pathlib import Path

import sqlalchemy as sa

from clinic.db import Base

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "clinic").rglob("*.py"))
CODE = [path for path in SOURCES if path.name not in {"__init__.py", "models.py", "blueprint.py"}]
PERSONAL_TYPES = (sa.String, sa.Date, sa.DateTime, sa.Time, sa.JSON, sa.LargeBinary)


def who_says(pattern):
    return {
        str(path.relative_to(ROOT))
        for path in SOURCES
        if re.search(pattern, path.read_text(), re.MULTILINE)
    }


def test_only_one_file_commits():
    assert who_says(r"\.commit\(|\.begin_nested\(\)\.commit") == {"clinic/db.py"}


def test_only_one_file_reads_the_wall_clock():
    reads = r"\.(now|utcnow|today)\((UTC)?\)|\btime\.time\(|func\.now|current_timestamp"
    assert who_says(rf"(?<!clock){reads}") == {"clinic/clock.py"}


def test_the_clock_is_asked_by_name_so_that_a_test_can_set_it():
    assert who_says(r"from clinic\.clock import .*\bnow\b") == set()


def test_only_one_file_writes_seats():
    writers = {
        str(path.relative_to(ROOT))
        for path in SOURCES
        if path != ROOT / "clinic/schedule/models.py"
        and any(map(writes_seats, ast.walk(ast.parse(path.read_text()))))
    }
    assert writers == {"clinic/schedule/actions/seats.py"}


def writes_seats(node):
    """Whether this makes or deletes bookings, or names the column of the seat other than to read.

    `_replace(seat_no=…)` makes a value that nobody stores by itself.
    """
    match node:
        case ast.Call(func=ast.Name(id="insert" | "delete"), args=[ast.Name(id="Booking")]):
            return True
        case ast.Call(func=ast.Name(id="Booking")):
            return True
        case ast.Call(func=ast.Attribute(attr="_replace")):
            return False
        case ast.Call(keywords=keywords):
            return any(each.arg == "seat_no" for each in keywords) and not is_seats(node.func)
        case ast.Attribute(attr="seat_no", ctx=ast.Store()) | ast.Constant(value="seat_no"):
            return True
    return False


def is_seats(function):
    return ast.unparse(function).startswith("seats.")


NAMES = {"name", "preferred_name", "title"}
ORDERS = {"sorted", "sort", "order_by"}


def test_whatever_has_a_name_is_sorted_by_the_one_key():
    others = {
        f"{path.relative_to(ROOT)}: {ast.unparse(node)}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and called(node) in ORDERS and is_by_the_name_itself(node)
    }
    assert others == set()


def called(call):
    return getattr(call.func, "attr", getattr(call.func, "id", None))


def is_by_the_name_itself(order):
    """Whether names are compared as they are, by their code points or as a database pleases."""
    keys = [each.value for each in order.keywords if each.arg == "key"] or order.args
    return any(map(reads_name, keys))


def reads_name(node):
    match node:
        case ast.Call(func=ast.Name(id="sort_key")):
            return False
        case ast.Attribute(attr=name) | ast.Constant(value=name) if name in NAMES:
            return True
    return any(map(reads_name, ast.iter_child_nodes(node)))


def test_files_come_in_through_the_actions_of_the_pages():
    writes = r"db\.(add|add_all|delete)\(|(?<!\.)\b(insert|update|delete)\(|trail\.record"
    who_notes_what_goes_out = {"clinic/exchange/actions/records.py"}
    found = {path for path in who_says(writes) if path.startswith("clinic/exchange")}
    assert found == who_notes_what_goes_out


def test_only_one_file_reads_the_environment():
    assert who_says(r"\bos\.environ|\bgetenv") == {"clinic/config.py"}


# What a feature holds; the two large ones, the commands and the demonstration's data have folders.
KINDS = {f"{kind}.py" for kind in ("models", "rules", "queries", "actions", "forms", "views")}
WITH_FOLDERS = {"schedule", "exchange", "cli", "demo"}


def test_a_feature_is_at_most_six_files():
    features = [
        path.parent
        for path in (ROOT / "clinic").glob("*/__init__.py")
        if path.parent.name not in WITH_FOLDERS
    ]
    assert len(features) > 10
    others = {
        str(path.relative_to(ROOT))
        for feature in features
        for path in feature.iterdir()
        if path.name not in KINDS | {"__init__.py", "__pycache__"}
    }
    assert others == {"clinic/programs/rule_sets.yaml"}


def test_every_file_has_its_test():
    missing = [
        f"{path.relative_to(ROOT)} needs {twin.relative_to(ROOT)}"
        for path in CODE
        if not (twin := twin_of(path)).exists()
    ]
    assert missing == [], "\n".join(missing)


def twin_of(path):
    """`clinic/schedule/actions/series.py` is tested by `tests/schedule/actions/test_series.py`."""
    inside = path.relative_to(ROOT / "clinic")
    return ROOT / "tests" / inside.parent / f"test_{inside.name}"


def test_every_column_that_may_say_something_of_somebody_is_marked():
    for path in (ROOT / "clinic").glob("*/models.py"):
        importlib.import_module(f"clinic.{path.parent.name}.models")
    unmarked = [
        str(column)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if is_telling(column.type) and not isinstance(column.info.get("personal"), bool)
    ]
    assert unmarked == []


def is_telling(kind):
    plain = kind.impl if isinstance(kind, sa.types.TypeDecorator) else kind
    return isinstance(plain, PERSONAL_TYPES) and not isinstance(plain, sa.Enum)


def test_every_exception_to_the_linter_says_why():
    silent = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in SOURCES
        for line in path.read_text().splitlines()
        if re.search(r"#\s*(noqa|pragma)", line)
        and not re.search(r"# (noqa: [A-Z0-9, ]+|pragma: no cover) - \w", line)
    ]
    assert silent == []


def test_nothing_is_left_for_later():
    left = r"\b(TODO|FIXME|XXX|HACK|NotImplementedError)\b|(?i:coming soon|not implemented)"
    assert who_says(left) == set()


def test_nothing_is_committed_that_is_to_be_ignored():
    git = ("git", "ls-files", "--cached", "--ignored", "--exclude-standard")
    listed = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0:  # an archive has no repository
        assert listed.stdout == ""
