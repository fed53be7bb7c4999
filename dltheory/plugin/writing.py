"""The files of a report: verdicts, measurements, JUnit, and their renderings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dltheory.experiments.sealed import write_atomically
from dltheory.plugin.options import Settings
from dltheory.plugin.source import read_lines
from dltheory.plugin.suite import Suite
from dltheory.reporting import join, render
from dltheory.verdicts import adjust
from dltheory.verdicts.record import in_order, line

Record = dict[str, Any]
Identity = tuple[str, str, str]

REPORTS = Path("reports")


@dataclass(kw_only=True)
class Collected:
    """Records and measurements as they arrive, from this process or from workers."""

    records: dict[Identity, Record] = field(default_factory=dict)
    measurements: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    provenances: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    written: list[Path] = field(default_factory=list)
    replications: list[Mapping[str, Any]] = field(default_factory=list)
    pilots: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)

    def add(
        self,
        record: Record,
        lines: Iterable[Mapping[str, Any]],
        provenances: Iterable[Mapping[str, Any]],
    ) -> None:
        """Take one claim's record with the measurements it rests on."""
        self.records[identity(record)] = record
        self.measurements.update({(m["run"], m["quantity"]): m for m in lines})
        self.provenances.update({p["provenance"]: p for p in provenances})

    def in_order(self) -> list[Record]:
        """The records by claim."""
        return in_order(list(self.records.values()))


def identity(record: Mapping[str, Any]) -> Identity:
    """Which form of which claim a record is about."""
    return record["claim"], record["case"], record["tier"]


def write_reports(suite: Suite, collected: Collected, *, whole: AbstractSet[str]) -> list[Path]:
    """Write one folder for the quick tiers and one for the full; the pages that were written.

    A claim that was not selected this time keeps the record and the measurements it had, unless
    the whole report was run: then what is not there any more goes.
    """
    written = []
    for tier in ("fast", "full"):
        records = [r for r in collected.records.values() if folder_of(r["tier"]) == tier]
        if records:
            folder = _folder(suite, tier, collected)
            settings = suite.settings
            keep = settings.out is None and (tier not in whole or settings.smoke)
            _write(folder, records, collected, keep=keep)
            render(folder)
            written.append(folder / "index.html")
    if written and suite.settings.out is None:
        join(REPORTS)
        written.append(REPORTS / "index.html")
    return written


def folder_of(tier: str) -> str:
    """Static audits are reported with the fast tier."""
    return "full" if tier == "full" else "fast"


def report_folder(settings: Settings, asked: str) -> Path:
    """Where the report of a marker expression goes: --out, or the tier's folder in reports/."""
    if settings.out is not None:
        return settings.out
    tier = "full" if asks_for_full(asked) else "fast"
    return REPORTS / ("smoke" if settings.smoke else tier)


def asks_for_full(expression: str) -> bool:
    """Whether a marker expression selects the full tier."""
    return "full" in expression.replace("not full", "")


def _folder(suite: Suite, tier: str, collected: Collected) -> Path:
    several = len({folder_of(r["tier"]) for r in collected.records.values()}) > 1
    folder = report_folder(suite.settings, tier)
    return folder / tier if several and suite.settings.out is not None else folder


def _write(folder: Path, records: list[Record], collected: Collected, *, keep: bool) -> None:
    old_records, old_lines = _earlier(folder) if keep else ([], [])
    fresh = {identity(record) for record in records}
    kept = [record for record in old_records if identity(record) not in fresh]
    everything = adjust(in_order([*records, *kept]))
    runs = {run for record in everything for run in record["runs"]}

    lines = {(m["run"], m["quantity"]): m for m in old_lines if "run" in m and m["run"] in runs}
    lines |= {key: m for key, m in collected.measurements.items() if key[0] in runs}
    known = {p["provenance"]: p for p in old_lines if "run" not in p} | collected.provenances
    used = {m["provenance"] for m in lines.values()}
    provenances = [known[i] for i in sorted(used) if i in known]
    measurements = [lines[key] for key in sorted(lines)]

    folder.mkdir(parents=True, exist_ok=True)
    _write_lines(folder / "verdicts.jsonl", [line(record) for record in everything])
    _write_lines(
        folder / "measurements.jsonl",
        [line(m) for m in [*provenances, *measurements]],
    )


def _earlier(folder: Path) -> tuple[list[Record], list[dict[str, Any]]]:
    paths = folder / "verdicts.jsonl", folder / "measurements.jsonl"
    if not all(path.is_file() for path in paths):
        return [], []
    return read_lines(paths[0]), read_lines(paths[1])


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    write_atomically(path, "".join(f"{text}\n" for text in lines).encode())
