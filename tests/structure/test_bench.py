import subprocess
import sys
from pathlib import Path


def test_the_benchmark_knows_what_it_measures():
    """Its rows import what they measure: what moves there must be found again."""
    asked = [sys.executable, "-m", "bench", "--rows", "0"]
    answer = subprocess.run(
        asked, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False
    )
    assert (answer.returncode, answer.stderr.startswith("There is no row 0")) == (2, True)
