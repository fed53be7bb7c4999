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

HEAD = ("| benchmark | case | ours | peer: its time over ours [min, max] |", "|---|---|---|---|")


def table(rows: Iterable[dict[str, Any]]) -> str:
    """One line a case; a ratio above 1 is in our favour."""
    cases: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in rows:
        cases.setdefault((row["benchmark"], row["device"], row["case"]), []).append(row)
    return "\n".join([*HEAD, *(_line(*case, peers) for case, peers in cases.items())])


def _line(benchmark: str, device: str, case: str, peers: list[dict[str, Any]]) -> str:
    where = "" if device.startswith("cpu") else f" ({device})"
    seconds = " … ".join(dict.fromkeys(_seconds(t) for t in _ends(peers, "ours_seconds")))
    mib = " … ".join(dict.fromkeys(f"{m:.0f}" for m in _ends(peers, "ours_peak_mib")))
    against = "<br>".join(_against(peer) for peer in peers)
    return f"| {benchmark}{where} | {case} | {seconds}, {mib} MiB | {against} |"


def _against(row: dict[str, Any]) -> str:
    if row["ratio"] is None:
        return f"{row['peer']}: not run, {row['note']}"
    memory = "" if row["peer_peak_mib"] is None else f", {row['peer_peak_mib']:.0f} MiB"
    spread = f" \\[{row['ratio_min']:.3g}, {row['ratio_max']:.3g}\\]" if row["runs"] > 1 else ""
    return f"{row['peer']}: **{row['ratio']:.3g}**{spread}{memory}"


def _ends(rows: list[dict[str, Any]], key: str) -> tuple[float, float]:
    values = [row[key] for row in rows]
    return min(values), max(values)


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
