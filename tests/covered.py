"""Whether the tests covered enough: `python -m tests.covered .coverage.json` tells what is missing.

The parts that decide and change are covered wholly, each line and branch; of the rest a little may
be missing.
"""

import json
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

WHOLLY = (
    "clinic/names.py",
    *(f"clinic/*/{part}" for part in ("rules.py", "rules/*", "actions.py", "actions/*")),
    "clinic/hours/*",
)
PERCENT_OF_ALL = 95


def main(file: str) -> int:
    """The exit code: 1 when something is missing."""
    measured: dict[str, Any] = json.loads(Path(file).read_text())
    missing = {
        name: (one["missing_lines"], one["missing_branches"])
        for name, one in measured["files"].items()
        if any(fnmatch(name, pattern) for pattern in WHOLLY)
        and (one["missing_lines"] or one["missing_branches"])
    }
    for name, (lines, branches) in sorted(missing.items()):
        jumps = [f"{before} to {after}" for before, after in branches]
        sys.stdout.write(f"{name} is not covered: {', '.join([*map(str, lines), *jumps])}\n")
    percent = measured["summary"]["percent_covered"]
    sys.stdout.write(f"{percent:.1f} % of all is covered; {PERCENT_OF_ALL} % have to be.\n")
    return int(bool(missing) or percent < PERCENT_OF_ALL)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
