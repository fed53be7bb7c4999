"""Renders records as one HTML file that needs no network and no other file.

Findings, rows and sentences stand in the file as they are. The cards below the rows are packed, and
unpacked by the page's script when one is opened or printed.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from dltheory.reporting import (
    facts,
    figures,
    forest,
    numerals,
    packed,
    pictures,
    planned,
    specimens,
    tally,
    telling,
)
from dltheory.reporting.anchors import anchor, anchors
from dltheory.reporting.findings import Found, findings
from dltheory.reporting.found_lines import found_text
from dltheory.reporting.markdown import summary
from dltheory.reporting.papers import read_papers
from dltheory.reporting.planned import NotRun, read_not_run
from dltheory.reporting.records import read_measurements, read_verdicts
from dltheory.reporting.schema import GLYPHS, About, Cost, Provenance, Record, Reply
from dltheory.reporting.visible import visible
from dltheory.reporting.writing import write

_TEMPLATES = Path(__file__).parent / "templates"
_COLUMNS = {"static": "fast", "fast": "fast", "full": "full"}


def render(folder: Path) -> None:
    """Write the page, its summary and its findings beside the folder's verdicts.

    ``index.html`` and ``summary.md`` are for readers, ``findings.json`` for programs.
    """
    folder = Path(folder)
    records = read_verdicts(folder / "verdicts.jsonl")
    provenances, cost = read_measurements(folder / "measurements.jsonl")
    papers = read_papers(folder, records)
    not_run = read_not_run(folder, records)
    write(folder / "index.html", report(records, provenances, cost, papers, not_run))
    write(folder / "summary.md", summary(records, provenances, cost, papers))
    write(folder / "findings.json", found_text(papers, records))


def join(reports: Path) -> None:
    """Write the page, and the findings, over all report folders: all tiers side by side."""
    reports = Path(reports)
    folders = tiers(reports)
    papers = papers_of(reports)
    not_run: dict[str, list[NotRun]] = {}
    for name, records in folders.items():
        for key, groups in read_not_run(reports / name, records).items():
            not_run.setdefault(key, []).extend(groups)
    write(reports / "index.html", joined(folders, papers, not_run))
    write(reports / "findings.json", found_text(papers, _all(folders)))


def tiers(reports: Path) -> dict[str, tuple[Record, ...]]:
    """The records of every report folder within, by the folder's name."""
    found = sorted(reports.glob("[!.]*/verdicts.jsonl"))
    return {path.parent.name: read_verdicts(path) for path in found}


def papers_of(reports: Path) -> tuple[About, ...]:
    """The papers of all report folders within; of two lines of a paper, the fuller one."""
    found: dict[str, About] = {}
    for path in sorted(reports.glob("[!.]*/verdicts.jsonl")):
        for about in read_papers(path.parent, read_verdicts(path)):
            old = found.get(about.paper.key)
            if old is None or len(about.findings) >= len(old.findings):
                found[about.paper.key] = about
    return tuple(found[key] for key in sorted(found))


def report(
    records: Sequence[Record],
    provenances: Sequence[Provenance],
    cost: Cost,
    papers: Sequence[About] = (),
    not_run: Mapping[str, Sequence[NotRun]] = MappingProxyType({}),
) -> str:
    """The page of one report folder; `not_run` has what each paper's forms would still cost."""
    names = anchors(records)
    named = {id(record): name for record, name in zip(records, names, strict=True)}
    number = {id(record): index for index, record in enumerate(records)}
    replies = [reply for about in papers for reply in about.replies]
    cards = [_card(record, named[id(record)], replies) for record in records]
    return _page(
        "report.html",
        records=records,
        papers=tally.by_paper(records),
        told=_told(papers, records),
        packs=packed.packed([*cards, _calibration(records, named)]),
        together=packed.TOGETHER,
        index_of=lambda record: number[id(record)],
        anchor_of=lambda record: named[id(record)],
        href=lambda record: f"#{named[id(record)]}",
        forms_of=_forms_of(records),
        not_run=not_run,
        tier=_tier(records),
        latest=provenances[0] if provenances else None,
        earlier=provenances[1:],
        cost=cost,
        script=f"{_text('alone.js')}\n{_text('script.js')}",
    )


def _card(record: Record, name: str, replies: Sequence[Reply]) -> str:
    """What opens below a row."""
    names = (record.claim, f"{record.claim} · {record.case}")
    its = [reply for reply in replies if reply.claim in names]
    return _environment().get_template("opened.html").render(r=record, id=name, replies=its)


def _calibration(records: Sequence[Record], named: dict[int, str]) -> str:
    """The table of error rates."""
    template = _environment().get_template("calibration.html")
    return template.render(records=records, anchor_of=lambda record: named[id(record)])


def _told(
    papers: Sequence[About], records: Sequence[Record]
) -> list[tuple[About, tuple[Found, ...]]]:
    """Each paper that has a record here or conclusions, with what holds of them."""
    return [(about, findings(about, records)) for about in papers]


def _forms_of(records: Sequence[Record]) -> Callable[[str], list[Record]]:
    """The forms of a claim, or of the case that the name ends in."""

    def forms_of(name: str) -> list[Record]:
        claim, _, case = name.partition(" · ")
        return [r for r in records if r.claim == claim and case in ("", r.case)]

    return forms_of


def _all(folders: dict[str, tuple[Record, ...]]) -> tuple[Record, ...]:
    """The records of all folders that are named for a tier; of all where none is."""
    names = [name for name in folders if name in _COLUMNS] or list(folders)
    return tuple(record for name in names for record in folders[name])


def joined(
    folders: dict[str, tuple[Record, ...]],
    about: Sequence[About] = (),
    not_run: Mapping[str, Sequence[NotRun]] = MappingProxyType({}),
) -> str:
    """The page over all tiers: the findings, then a row per claim and case, a column per tier."""
    rows: dict[str, dict[str, Any]] = {}
    hrefs: dict[int, str] = {}
    # a folder named for its tier comes last, so that its verdict is the one shown
    for folder in sorted(folders, key=lambda name: (name in _COLUMNS, name)):
        for record, name in zip(folders[folder], anchors(folders[folder]), strict=True):
            hrefs[id(record)] = f"{folder}/index.html#{name}"
            cells = rows.setdefault(anchor(record), {"record": record})
            column = _COLUMNS.get(record.tier, record.tier)
            cells[column] = {"record": record, "href": hrefs[id(record)]}
    ordered = [rows[name] for name in sorted(rows)]
    papers: dict[str, list[dict[str, Any]]] = {}
    for cells in ordered:
        papers.setdefault(cells["record"].paper.key, []).append(cells)
    columns = [
        "fast",
        *sorted({_COLUMNS.get(r.tier, r.tier) for r in _all(folders)} - {"fast", "full"}),
        "full",
    ]
    return _page(
        "joined.html",
        papers=papers,
        told=_told(about, _all(folders)),
        href=lambda record: hrefs[id(record)],
        forms_of=_forms_of(_all(folders)),
        not_run=not_run,
        columns=columns,
        tallied={
            column: [c[column]["record"] for c in ordered if column in c] for column in columns
        },
        folders=sorted(folders),
        script=_text("alone.js"),
    )


def page_of(template: str, **context: Any) -> str:
    """A page without a script, from a template and what it tells."""
    return _page(template, script="", **context)


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
        pictures=pictures,
        planned=planned,
        telling=telling,
        finding_id=_finding_id,
        cell=_cell,
    )
    return environment


def _shown(value: Any) -> Any:
    """What a template prints: text with nothing in it that turns a line round or is half a sign."""
    return visible(value) if type(value) is str else value


def _finding_id(about: About, found: Found) -> str:
    """The address of a finding within a page."""
    return f"finding/{about.paper.key}/{found.conclusion.name}"


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
