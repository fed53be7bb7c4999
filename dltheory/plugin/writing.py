"""The files of a report: verdicts, measurements, JUnit, and their renderings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dltheory.errors import MissingMeasurements
from dltheory.experiments.sealed import write_atomically
from dltheory.plugin.options import Settings
from dltheory.plugin.report_lock import alone_in
from dltheory.plugin.seals import sealed
from dltheory.plugin.selection import Selection
from dltheory.plugin.source import read_lines
from dltheory.reporting import join, papers, render
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
        if lines_of := list(lines):
            runs = dict.fromkeys([*record["runs"], *(m["run"] for m in lines_of)])
            record = {**record, "runs": list(runs)}
        if record["status"] == "not run":
            self.records.setdefault(identity(record), record)
        else:
            self.records[identity(record)] = record
        self.measurements.update({(m["run"], m["quantity"]): m for m in lines_of})
        self.provenances.update({p["provenance"]: p for p in provenances})

    def in_order(self) -> list[Record]:
        """The records by claim."""
        return in_order(list(self.records.values()))


def identity(record: Mapping[str, Any]) -> Identity:
    """Which form of which claim a record is about."""
    return record["claim"], record["case"], record["tier"]


def write_reports(settings: Settings, collected: Collected, selection: Selection) -> list[Path]:
    """Write one folder for the quick tiers and one for the full; the pages that were written.

    A claim that was not judged this time keeps the record and the measurements that it had there,
    unless it is gone. Sessions that end together write one after the other.
    """
    written = []
    reports = sorted({folder_of(r["tier"]) for r in collected.records.values()})
    for report in reports:
        folder = report_folder(settings, report)
        if settings.out is not None and len(reports) > 1:
            folder = folder / report
        records = [r for r in collected.records.values() if folder_of(r["tier"]) == report]
        with alone_in(folder):
            told = _papers(folder, records, selection.root)
            _write(folder, records, collected, lambda old, of=report: selection.is_gone(old, of))
            _write_papers(folder, told)
            render(folder)
        written.append(folder / "index.html")
    if written and settings.out is None:
        with alone_in(REPORTS):
            join(REPORTS)
        written.append(REPORTS / "index.html")
    return written


def folder_of(tier: str) -> str:
    """Static audits are reported with the fast tier."""
    return "full" if tier == "full" else "fast"


def report_folder(settings: Settings, report: str) -> Path:
    """Where a report goes: --out, or the report's folder in reports/."""
    if settings.out is not None:
        return settings.out
    return REPORTS / ("smoke" if settings.smoke else report)


def as_lines(objects: Iterable[Mapping[str, Any]]) -> bytes:
    r"""One JSON object a line. Half a character, which UTF-8 cannot say, is an escape: \udc80."""
    text = "".join(f"{line(one)}\n" for one in objects)
    return _HALF.sub(lambda found: f"\\u{ord(found.group()):04x}", text).encode()


_HALF = re.compile("[\ud800-\udfff]")


def _write(
    folder: Path,
    records: list[Record],
    collected: Collected,
    is_gone: Callable[[Record], bool],
) -> None:
    old_records, old_lines = _earlier(folder)
    old = {identity(record): record for record in old_records}
    fresh = {identity(r): _upon(old.get(identity(r)), _without_findings(r)) for r in records}
    kept = {name: r for name, r in old.items() if name not in fresh and not is_gone(r)}
    everything = adjust(in_order([*kept.values(), *fresh.values()]))
    runs = {run for record in everything for run in record["runs"]}

    lines = {(m["run"], m["quantity"]): m for m in old_lines if "run" in m and m["run"] in runs}
    lines |= {key: m for key, m in collected.measurements.items() if key[0] in runs}
    known = {p["provenance"]: p for p in old_lines if "run" not in p} | collected.provenances
    used = sorted({m["provenance"] for m in lines.values()})
    provenances = [known.get(i) or sealed(_unknown(i)) for i in used]
    measurements = [lines[key] for key in sorted(lines)]

    write_atomically(folder / "verdicts.jsonl", as_lines(everything))
    write_atomically(folder / "measurements.jsonl", as_lines([*provenances, *measurements]))


def _papers(folder: Path, records: list[Record], root: Path) -> dict[str, Mapping[str, Any]]:
    """The lines of papers, by key: those of these records anew, the others as they were."""
    told: dict[str, Mapping[str, Any]] = {
        line["paper"]["key"]: line for line in _lines_if_there(folder / papers.FILE)
    }
    for record in records:
        path = root / record["test"].split("::")[0]
        told[record["paper"]["key"]] = papers.as_line(
            record["paper"], papers.read_replies(path.parent)
        )
    return told


def _write_papers(folder: Path, told: Mapping[str, Mapping[str, Any]]) -> None:
    """Write the lines of those papers of which the folder has a verdict."""
    held = {record["paper"]["key"] for record in read_lines(folder / "verdicts.jsonl")}
    text = papers.as_text(line for key, line in told.items() if key in held)
    write_atomically(folder / papers.FILE, text.encode())


def _without_findings(record: Record) -> Record:
    """The record without what ``papers.jsonl`` has of its paper."""
    paper = {k: v for k, v in record["paper"].items() if k not in ("findings", "beside")}
    return {**record, "paper": paper}


def _upon(old: Record | None, fresh: Record) -> Record:
    """The record to keep: a test that was skipped leaves what was judged, an error its runs."""
    if old is None or fresh["status"] not in ("not run", "error"):
        return fresh
    if fresh["status"] == "not run":
        return old
    return {**fresh, "runs": list(dict.fromkeys([*fresh["runs"], *old["runs"]]))}


def _unknown(identifier: str) -> dict[str, Any]:
    """A provenance that nobody can read any more."""
    return {"schema": 1, "provenance": identifier, "commit": "unknown", "date": ""}


def _lines_if_there(path: Path) -> list[dict[str, Any]]:
    try:
        return read_lines(path)
    except FileNotFoundError:
        return []


def _earlier(folder: Path) -> tuple[list[Record], list[dict[str, Any]]]:
    paths = folder / "verdicts.jsonl", folder / "measurements.jsonl"
    records, lines = map(_lines_if_there, paths)
    for path, objects, names in (
        (paths[0], records, ("claim", "case", "tier", "status", "runs")),
        (paths[1], lines, ("provenance",)),
    ):
        for number, one in enumerate(objects, 1):
            if any(name not in one for name in names):
                raise MissingMeasurements(
                    f"{path} must hold what this library wrote; record {number} lacks one of "
                    f"{', '.join(names)}. Take the file from version control again, or name "
                    "another folder with --out=DIR."
                )
    return records, lines
