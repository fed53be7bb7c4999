"""What a session of pytest costs beside its trainings, against the version before.

    python -m benchmarks.session_cost [--before 152dca5] [--rounds 3]

Both versions run the same command in processes of their own, in turns, on their own claims and
their own committed measurements, which must be those of their recipes. What is compared is
processor time, user and system, of the command and all its children: other programs on the machine
change it less than the clock.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.harness import RESULTS, Row, line, made, write

ROOT = Path(__file__).parents[1]
BEFORE = "152dca5"
"""The commit before sessions were made cheaper."""

COMMANDS: Mapping[str, Sequence[str]] = {
    "fast tier from its measurements": ("-m", "fast", "--from-measurements=reports/fast"),
    "one claim from its measurements": (
        "-m",
        "fast",
        "--from-measurements=reports/fast",
        "claims/liu2020bad/test_norms.py",
    ),
    "--plan of the full tier": ("-m", "full", "--plan"),
    "--collect-only of the fast tier": ("-m", "fast", "--collect-only"),
}


def processor_seconds(folder: Path, words: Sequence[str]) -> float:
    """User and system seconds of pytest with these words, in the folder of a version."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    with TemporaryDirectory() as out:
        places = [f"--out={out}/report", f"--store={out}/runs"]
        before = os.times()
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words, *places],
            cwd=folder,
            env=environment | {"PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1"},
            stdout=subprocess.DEVNULL,
            check=False,  # claims that are refused are no failure of the benchmark
        )
        after = os.times()
    used = after.children_user + after.children_system
    return used - before.children_user - before.children_system


@contextmanager
def checkout(commit: str):
    """A folder with the files of a commit."""
    with TemporaryDirectory() as folder:
        place = Path(folder) / "before"
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", str(place), commit], check=True)
        try:
            processor_seconds(place, COMMANDS["--collect-only of the fast tier"])  # writes bytecode
            yield place
        finally:
            subprocess.run([*git, "remove", "--force", str(place)], check=True)


def row(
    case: str, words: Sequence[str], places: tuple[Path, Path], commit: str, rounds: int
) -> Row:
    """Seconds of both versions in turns."""
    theirs, ours = zip(
        *([processor_seconds(place, words) for place in places] for _ in range(rounds)), strict=True
    )
    ratios = [old / new for old, new in zip(theirs, ours, strict=True)]
    return Row(
        benchmark="session_cost",
        case=case,
        device="cpu, processor time",
        ours_seconds=statistics.median(ours),
        peer=f"commit {commit}",
        peer_seconds=statistics.median(theirs),
        ratio=statistics.median(ratios),
        runs=rounds,
        ratio_min=min(ratios),
        ratio_max=max(ratios),
        ours_peak_mib=0.0,
        error=0.0,
        note="user and system seconds of the whole command",
        made=made(),
    )


def main() -> None:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--before", default=BEFORE, help="the commit to compare with")
    parser.add_argument("--rounds", type=int, default=3, help="turns that each version gets")
    parser.add_argument("--only", default="", help="cases whose name contains this")
    parser.add_argument("--device", default="cpu", help="cpu; others are not used")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results")
    given = parser.parse_args()
    rows = []
    with checkout(given.before) as before:
        processor_seconds(ROOT, COMMANDS["--collect-only of the fast tier"])
        for case, words in COMMANDS.items():
            if given.only in case:
                rows.append(row(case, words, (before, ROOT), given.before, given.rounds))
                print(line(rows[-1]), flush=True)
    write("session_cost", rows, given.out)


if __name__ == "__main__":
    main()
