"""`python -m bench`: every real thing beside its floor, in one run."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import bench.rows  # noqa: F401 - what is measured registers itself
from bench.measure import SUBJECTS, Bench, Result, record, table

OUTPUT = Path("bench.json")


def main() -> int:
    asked = _asked()
    numbers = {row.number for subject in SUBJECTS for row in subject.rows}
    wanted = set(asked.rows or numbers)
    if unknown := wanted - numbers:
        sys.stderr.write(f"There is no row {min(unknown)}; there are {sorted(numbers)}.\n")
        return 2
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="clinic-bench-") as folder:
        bench = Bench(Path(folder), asked.rounds, asked.seconds)
        for subject in SUBJECTS:
            if wanted & {row.number for row in subject.rows}:
                began = time.monotonic()
                results += subject.run(bench)
                told = ", ".join(row.what for row in subject.rows)
                print(f"{time.monotonic() - began:5.1f} s  {told}", file=sys.stderr, flush=True)
    results.sort(key=lambda result: result.row.number)
    OUTPUT.write_text(record(results, bench))
    print(table(results, rounds=asked.rounds))
    missed = [each for each in results if not each.skipped and not each.is_met]
    return int(asked.strict and any(each.row.is_steady for each in missed))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--rows",
        type=lambda text: [int(number) for number in text.split(",")],
        help="numbers of the rows to measure, with commas; all by default",
    )
    parser.add_argument("--rounds", type=int, default=7, help="of each pair (7)")
    parser.add_argument(
        "--seconds", type=float, default=1.0, help="of a round over HTTP; of CPU a quarter (1)"
    )
    parser.add_argument(
        "--strict",
        action="store_true",
        help="exit 1 when a row of CPU, growth or counts misses its goal",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
