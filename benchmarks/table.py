"""The table of measured speed in the README, made from the committed results.

python -m benchmarks.table README.md [--check]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.harness import RESULTS
from dltheory.reporting.markdown import replaced

HEAD = (
    "| benchmark | case | ours | peer | ratio \\[min, max\\] | memory, ours / peer |",
    "|---|---|---|---|---|---|",
)


def table(rows: Iterable[dict[str, Any]]) -> str:
    """One line for every case and peer that was run; a ratio above 1 is in our favour."""
    return "\n".join([*HEAD, *(_line(row) for row in rows if row["ratio"] is not None)])


def _line(row: dict[str, Any]) -> str:
    ratio = f"{row['ratio']:.3g} \\[{row['ratio_min']:.3g}, {row['ratio_max']:.3g}\\]"
    memory = f"{row['ours_peak_mib']:.0f} / {row['peer_peak_mib']:.0f} MiB"
    device = "" if row["device"].startswith("cpu") else f" ({row['device']})"
    return (
        f"| {row['benchmark']}{device} | {row['case']} | {_seconds(row['ours_seconds'])} | "
        f"{row['peer']} {_seconds(row['peer_seconds'])} | {ratio} | {memory} |"
    )


def _seconds(seconds: float) -> str:
    return f"{seconds:.3g} s" if seconds >= 0.1 else f"{seconds * 1e3:.3g} ms"


def results(folder: Path = RESULTS) -> list[dict[str, Any]]:
    """All committed rows, by file."""
    files = sorted(folder.glob("*.json"))
    return [row for file in files for row in json.loads(file.read_text(encoding="utf-8"))]


def main() -> int:
    """Exit status: 0; with --check, 1 if the README is not up to date."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("readme", type=Path)
    parser.add_argument("--check", action="store_true", help="write nothing")
    given = parser.parse_args()
    text = given.readme.read_text(encoding="utf-8")
    fresh = replaced(text, table(results()), name="benchmarks")
    if not given.check:
        given.readme.write_text(fresh, encoding="utf-8")
    return int(given.check and fresh != text)


if __name__ == "__main__":
    sys.exit(main())
