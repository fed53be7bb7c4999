"""Time our way and its peers in turns, and write down what came out.

Methods take turns in one process, so that a busy machine slows all of them; each round gives one
ratio of times, and the table shows the median and the extremes of the ratios. Before anything is
timed, results are compared with a float64 reference. Peak memory is what a call adds to the
process (CPU) or to the allocator (GPU) at its highest.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import json
import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import torch

from dltheory.experiments.provenance import provenance

RESULTS = Path(__file__).parent / "results"
Method = Callable[[], Any]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One case of a benchmark against one peer; the ratio is peer over ours, larger is better.

    `error` is our largest relative deviation from the float64 reference. A peer that could not
    be run has no seconds and no ratio, and its reason stands in `note`.
    """

    benchmark: str
    case: str
    device: str
    ours_seconds: float
    peer: str
    peer_seconds: float | None = None
    ratio: float | None = None
    runs: int
    ratio_min: float | None = None
    ratio_max: float | None = None
    ours_peak_mib: float
    peer_peak_mib: float | None = None
    error: float
    note: str = ""
    made: str


def compare(
    benchmark: str,
    case: str,
    ours: Method,
    peers: Mapping[str, Method],
    *,
    error: float,
    rounds: int = 7,
    device: str = "cpu",
    absent: Mapping[str, str] | None = None,
    notes: Mapping[str, str] | None = None,
    times: Mapping[str, float] | None = None,
) -> list[Row]:
    """One row a peer: every method warmed up once, then all in turn for this many rounds.

    `absent` names peers that could not be run, each with its reason. A peer whose call does only
    a part of the work counts as often as `times` says; say so in its note.
    """
    methods = {"ours": ours, **peers}
    peaks = {name: peak_mib(method, device) for name, method in methods.items()}
    seconds: dict[str, list[float]] = {name: [] for name in methods}
    for _ in range(rounds):
        for name, method in methods.items():
            seconds[name].append(once(method, device) * (times or {}).get(name, 1))
    common: dict[str, Any] = {
        "benchmark": benchmark,
        "case": case,
        "device": device_name(device),
        "ours_seconds": statistics.median(seconds["ours"]),
        "runs": rounds,
        "ours_peak_mib": peaks["ours"],
        "error": error,
        "made": made(),
    }
    rows = []
    for peer in peers:
        ratios = [p / o for p, o in zip(seconds[peer], seconds["ours"], strict=True)]
        rows.append(
            Row(
                **common,
                peer=peer,
                peer_seconds=statistics.median(seconds[peer]),
                ratio=statistics.median(ratios),
                ratio_min=min(ratios),
                ratio_max=max(ratios),
                peer_peak_mib=peaks[peer],
                note=(notes or {}).get(peer, ""),
            )
        )
    rows += [Row(**common, peer=peer, note=why) for peer, why in (absent or {}).items()]
    for row in rows:
        print(line(row), flush=True)
    return rows


def once(method: Method, device: str = "cpu") -> float:
    """Wall seconds of one call, everything on the device finished."""
    _synchronise(device)
    began = time.perf_counter()
    method()
    _synchronise(device)
    return time.perf_counter() - began


def peak_mib(method: Method, device: str = "cpu") -> float:
    """MiB that one call adds at its highest: of resident memory, or of GPU memory."""
    gc.collect()
    if device != "cpu":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        method()
        _synchronise(device)
        return (torch.cuda.max_memory_allocated() - before) / 2**20
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # forget the old peak
    before_kib = _status("VmRSS")
    method()
    return max(0.0, _status("VmHWM") - before_kib) / 2**10


def _status(field: str) -> float:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return float(next(line for line in lines if line.startswith(field + ":")).split()[1])


def _synchronise(device: str) -> None:
    if device != "cpu":
        torch.cuda.synchronize()


def device_name(device: str) -> str:
    """The name of a GPU, or the number of threads of the CPU."""
    if device == "cpu":
        return f"cpu, {torch.get_num_threads()} threads"
    return torch.cuda.get_device_name()


def relative_error(found: torch.Tensor, reference: torch.Tensor) -> float:
    """max |found − reference| / max |reference|, in float64 on the CPU."""
    found, reference = found.detach().double().cpu(), reference.detach().double().cpu()
    return float((found - reference).abs().max() / reference.abs().max())


def line(row: Row) -> str:
    """A row as people read it."""
    start = (
        f"{row.case:32} {row.peer:34} ours {row.ours_seconds:9.4f} s {row.ours_peak_mib:7.0f} MiB"
    )
    if row.ratio is None or row.peer_seconds is None:
        return f"{start}   not run: {row.note}"
    return (
        f"{start}   peer {row.peer_seconds:9.4f} s {row.peer_peak_mib or 0:7.0f} MiB   "
        f"ratio {row.ratio:8.2f} [{row.ratio_min:.2f}, {row.ratio_max:.2f}]   "
        f"error {row.error:.1e}"
    )


def options(description: str) -> argparse.Namespace:
    """The command line that every benchmark has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rounds", type=int, default=7, help="turns that each method gets")
    parser.add_argument("--device", default="cpu", help="cpu (default) or cuda")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results")
    return parser.parse_args()


def write(name: str, rows: Sequence[Row], folder: Path = RESULTS) -> Path:
    """The rows as `<name>.json`, or `<name>-<GPU>.json` where they were made on one."""
    folder.mkdir(parents=True, exist_ok=True)
    gpus = sorted({row.device for row in rows if not row.device.startswith("cpu")})
    path = folder / "-".join([name, *(gpu.replace(" ", "_") for gpu in gpus)])
    path = path.with_suffix(".json")
    path.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8")
    return path


def made() -> str:
    """When, at which commit and on what, and how many programs wanted its cores, in one line."""
    date = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    facts = provenance(root=Path(__file__).parents[1], gpus=[], command="", date=date)
    commit = facts["commit"][:10] + ("+" if facts["dirty"] else "")
    torch_version = facts["versions"]["torch"]
    shared = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    return f"{facts['date'][:10]}, commit {commit}, torch {torch_version}, {facts['cpu']}, {shared}"
