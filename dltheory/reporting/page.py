"""Renders records as one HTML file that needs no network, no script and no other file."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from dltheory.reporting import facts, figures, forest, numerals, specimens, tally
from dltheory.reporting.anchors import anchor, anchors
from dltheory.reporting.markdown import summary
from dltheory.reporting.records import read_measurements, read_verdicts
from dltheory.reporting.schema import GLYPHS, Cost, Provenance, Record
from dltheory.reporting.visible import visible
from dltheory.reporting.writing import write

_TEMPLATES = Path(__file__).parent / "templates"
_COLUMNS = {"static": "fast", "fast": "fast", "full": "full"}


def render(folder: Path) -> None:
    """Write ``index.html`` and ``summary.md`` beside the folder's verdicts and measurements."""
    folder = Path(folder)
    records = read_verdicts(folder / "verdicts.jsonl")
    provenances, cost = read_measurements(folder / "measurements.jsonl")
    write(folder / "index.html", report(records, provenances, cost))
    write(folder / "summary.md", summary(records, provenances, cost))


def join(reports: Path) -> None:
    """Write ``index.html`` over all report folders: fast and full verdicts side by side."""
    write(Path(reports) / "index.html", joined(tiers(Path(reports))))


def tiers(reports: Path) -> dict[str, tuple[Record, ...]]:
    """The records of every report folder within, by the folder's name."""
    found = sorted(reports.glob("[!.]*/verdicts.jsonl"))
    return {path.parent.name: read_verdicts(path) for path in found}


def report(records: Sequence[Record], provenances: Sequence[Provenance], cost: Cost) -> str:
    """The page of one report folder."""
    named = {id(record): name for record, name in zip(records, anchors(records), strict=True)}
    return _page(
        "report.html",
        records=records,
        papers=tally.by_paper(records),
        anchor_of=lambda record: named[id(record)],
        tier=_tier(records),
        latest=provenances[0] if provenances else None,
        earlier=provenances[1:],
        cost=cost,
        script=_text("script.js"),
    )


def joined(folders: dict[str, tuple[Record, ...]]) -> str:
    """The page over all tiers: a row per claim and case, a column per tier."""
    rows: dict[str, dict[str, Any]] = {}
    # a folder named for its tier comes last, so that its verdict is the one shown
    for folder in sorted(folders, key=lambda name: (name in _COLUMNS, name)):
        for record, name in zip(folders[folder], anchors(folders[folder]), strict=True):
            cells = rows.setdefault(anchor(record), {"record": record})
            column = _COLUMNS.get(record.tier, record.tier)
            cells[column] = {"record": record, "href": f"{folder}/index.html#{name}"}
    ordered = [rows[name] for name in sorted(rows)]
    papers: dict[str, list[dict[str, Any]]] = {}
    for cells in ordered:
        papers.setdefault(cells["record"].paper.key, []).append(cells)
    return _page(
        "joined.html",
        papers=papers,
        columns=("fast", "full"),
        forms_of={
            column: [c[column]["record"] for c in ordered if column in c]
            for column in ("fast", "full")
        },
        folders=sorted(folders),
        script="",
    )


def _page(template: str, **context: Any) -> str:
    """A template filled; style and script are inlined and named by hash in the page's policy."""
    style = _text("style.css")
    script = context.pop("script")
    return (
        _environment()
        .get_template(template)
        .render(
            style=Markup(style),
            script=Markup(script),
            style_hash=_hash(style),
            script_hash=_hash(script) if script else "",
            **context,
        )
    )


@cache
def _environment() -> Environment:
    """The templates, with the words and drawings they use; everything else is escaped."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        glyphs=GLYPHS,
        numerals=numerals,
        tally=tally,
        facts=facts,
        forest=forest,
        figures=figures,
        specimens=specimens,
        cell=_cell,
    )
    return environment


def _shown(value: Any) -> Any:
    """What a template prints: text with nothing in it that turns a line round or is half a sign."""
    return visible(value) if type(value) is str else value


def _cell(value: Any) -> str:
    """A table's cell: numbers with sensible digits, everything else as text."""
    if value is None or (isinstance(value, float) and value != value):
        return numerals.ABSENT
    if isinstance(value, bool):
        return "yes" if value else "no"
    return numerals.short(value) if isinstance(value, (int, float)) else str(value)


def _tier(records: Sequence[Record]) -> str:
    """The tiers of the records: ``fast and static tiers``."""
    found = sorted({record.tier for record in records})
    return f"{tally.listed(found)} {'tier' if len(found) == 1 else 'tiers'}" if found else "no tier"


@cache
def _text(name: str) -> str:
    """The text of a template file that is inlined as it stands."""
    return (_TEMPLATES / name).read_text(encoding="utf-8").strip()


def _hash(content: str) -> str:
    """The content's hash as a content security policy wants it."""
    digest = hashlib.sha256(content.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
