"""The table of measured speed, and the ratios of the README, made from the committed results.

python -m benchmarks.table docs/speed.md README.md [--check]
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

RATIOS = (
    ("seed_axis", "digits MLP 64-64-64-64-10, 16 seeds", "lone runs"),
    ("seed_axis", "digits ResNet, 8 filters, 16 seeds", "lone runs"),
    ("training_speed", "ResNet-18, epoch of 256 images", "plain loop, DataLoader"),
    ("tangent_kernel", "WRN-16-2", "neural-tangents, structured"),
    ("tangent_kernel", "WRN-16-2", "authors' loop over pairs"),
    ("hessian_extremes", "2.1 M parameters, trained", "pyhessian density, 27 steps"),
    ("hessian_extremes", "2.1 M parameters, trained", "authors, 2 × 500 power steps"),
    ("convolution_singular_values", "64 channels, 32×32", "NumPy, Sedghi, Gupta and Long 2019"),
    ("minibatch_gradients", "ResNet, 8 filters, 16×16, 1,000 images", "loop of autograd.grad"),
    ("pgd", "PGD-20, linf 8/255", "torchattacks"),
)
"""Benchmark, case and peer of the ratios that matter most: what a session spends its time on."""


def ratios(rows: Iterable[dict[str, Any]]) -> str:
    """One line a ratio of `RATIOS`; above 1 is in our favour."""
    found = {(row["benchmark"], row["case"], row["peer"]): row for row in reversed([*rows])}
    lines = [
        f"| {benchmark.replace('_', ' ')}, {case} | {_against(found[benchmark, case, peer])} |"
        for benchmark, case, peer in RATIOS
        if (benchmark, case, peer) in found
    ]
    return "\n".join(["| ours | peer: its time over ours [min, max] |", "|---|---|", *lines])


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
    """Exit status: 0; with --check, 1 if a file is not up to date."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("speed", type=Path, help="the file of the whole table")
    parser.add_argument("readme", type=Path, help="the file of the ten ratios")
    parser.add_argument("--check", action="store_true", help="write nothing")
    given = parser.parse_args()
    rows = results()
    outdated = 0
    for path, content in ((given.speed, table(rows)), (given.readme, ratios(rows))):
        text = path.read_text(encoding="utf-8")
        fresh = replaced(text, content, name="benchmarks")
        outdated += fresh != text
        if not given.check:
            path.write_text(fresh, encoding="utf-8")
    return int(given.check and bool(outdated))


if __name__ == "__main__":
    sys.exit(main())
