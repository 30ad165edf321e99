"""What is installed is what is pinned, and nothing that it needs is missing."""

import re
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = ["requirements.txt", "requirements-dev.txt"]
NOT_OURS = {"pip", "setuptools", "uv"}  # what makes the environment, and the locks


def locked(name):
    """What a lock asks for on this machine, by name."""
    lines = re.findall(r"^([a-z0-9].*?) *\\$", (ROOT / name).read_text(), re.MULTILINE)
    asked = [each for each in map(Requirement, lines) if not each.marker or each.marker.evaluate()]
    assert asked != []
    return {canonicalize_name(each.name): each for each in asked}


def needed_by(asked):
    """What an installed distribution needs, with the extras it is asked for."""
    for text in metadata.requires(asked.name) or ():
        need = Requirement(text)
        extras = asked.extras or {""}
        if not need.marker or any(need.marker.evaluate({"extra": extra}) for extra in extras):
            yield need


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_all_that_its_packages_need(name):
    lock = locked(name)
    missing = [
        f"{asked.name} needs {need}"
        for asked in lock.values()
        for need in needed_by(asked)
        if (found := lock.get(canonicalize_name(need.name))) is None
        or not need.specifier.contains(metadata.version(found.name), prereleases=True)
        or not need.extras <= found.extras
    ]
    assert missing == []


def test_what_is_installed_is_what_is_locked():
    lock = locked("requirements-dev.txt")
    installed = {
        canonicalize_name(each.name): each.version
        for each in metadata.distributions()
        if canonicalize_name(each.name) not in NOT_OURS
    }
    assert installed.keys() == lock.keys()
    assert [name for name, at in installed.items() if not lock[name].specifier.contains(at)] == []


def test_both_locks_pin_the_same():
    to_run, to_develop = map(locked, LOCKS)
    assert to_run.items() <= to_develop.items()


def test_every_pin_has_its_hashes():
    for name in LOCKS:
        pins = re.split(r"\n(?=[a-z0-9])", (ROOT / name).read_text())
        assert [pin.splitlines()[0] for pin in pins if "--hash=sha256:" not in pin] == []
