"""What changed between two reports: findings, words, what they count, criteria, numbers, forms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dltheory.reporting import telling
from dltheory.reporting.facts import said
from dltheory.reporting.findings import findings
from dltheory.reporting.numerals import interval, short
from dltheory.reporting.page import papers_of, tiers
from dltheory.reporting.papers import read_papers
from dltheory.reporting.records import read_verdicts
from dltheory.reporting.schema import About, Record

Form = tuple[str, str, str]

TITLES = {
    "findings": "Findings that flipped",
    "flips": "Words that flipped",
    "standings": "Words that count otherwise",
    "criteria": "Criteria that changed",
    "numbers": "Numbers that changed under the same word",
    "came": "Forms that came",
    "went": "Forms that went",
}
"""The kinds of change, in the order in which they are told."""

GRAVE = ("findings", "flips", "went")
"""The kinds that a continuous integration should stop for."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing that changed: its name, and what it was and is."""

    name: str
    was: str = ""
    now: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a comparison needs of a report folder, or of a folder of them."""

    records: tuple[Record, ...]
    papers: tuple[About, ...]


def read_report(path: Path) -> Report:
    """The records and papers of a report folder, or of all report folders within."""
    path = Path(path)
    if (path / "verdicts.jsonl").exists() or not any(path.glob("[!.]*/verdicts.jsonl")):
        records = read_verdicts(path / "verdicts.jsonl")
        return Report(records=records, papers=read_papers(path, records))
    records = tuple(record for found in tiers(path).values() for record in found)
    return Report(records=records, papers=papers_of(path))


def changes(old: Report, new: Report) -> dict[str, list[Change]]:
    """What changed from the old to the new report, by the kinds of `TITLES`; none is left out."""
    was, now = _by_form(old.records), _by_form(new.records)
    found: dict[str, list[Change]] = {kind: [] for kind in TITLES}
    found["findings"] = _findings(old, new)
    for form in sorted(was.keys() | now.keys()):
        before, after = was.get(form), now.get(form)
        if before is None and after is not None:
            found["came"].append(Change(name=_name(form), now=said(after)))
        elif after is None and before is not None:
            found["went"].append(Change(name=_name(form), was=said(before)))
        elif before is not None and after is not None:
            _compare(form, before, after, found)
    return found


def grave(found: dict[str, list[Change]]) -> bool:
    """Whether a finding or a word flipped, or a form went."""
    return any(found[kind] for kind in GRAVE)


def _by_form(records: Iterable[Record]) -> dict[Form, Record]:
    return {(record.claim, record.case, record.tier): record for record in records}


def _name(form: Form) -> str:
    claim, case, tier = form
    return f"{claim} · {case} ({tier})" if case else f"{claim} ({tier})"


def _findings(old: Report, new: Report) -> list[Change]:
    """The conclusions of which something else holds now."""
    was, now = _words(old), _words(new)
    return [
        Change(name=name, was=was.get(name, "not told"), now=word)
        for name, word in now.items()
        if was.get(name) != word and name in was
    ]


def _words(report: Report) -> dict[str, str]:
    return {
        f"{about.paper.key}: {found.conclusion.conclusion}": telling.headline(found)
        for about in report.papers
        for found in findings(about, report.records)
    }


def _compare(form: Form, before: Record, after: Record, found: dict[str, list[Change]]) -> None:
    """Put what changed of one form under its first kind; a changed criterion is told beside."""
    name, criteria = _name(form), _criteria(before, after)
    if before.word != after.word:
        note = "its criterion changed too" if criteria else ""
        numbers = f"{_numbers(before)} to {_numbers(after)}"
        notes = "; ".join(part for part in (numbers, note) if part)
        found["flips"].append(Change(name=name, was=said(before), now=said(after), note=notes))
    elif before.standing != after.standing:
        was, now = (f"{said(r)}, {r.standing or 'in full'}" for r in (before, after))
        found["standings"].append(Change(name=name, was=was, now=now))
    elif _numbers(before) != _numbers(after):
        found["numbers"].append(Change(name=name, was=_numbers(before), now=_numbers(after)))
    found["criteria"] += [
        Change(name=f"{name}: {what}", was=old, now=new) for what, old, new in criteria
    ]


def _numbers(record: Record) -> str:
    evidence = record.evidence
    if evidence is None:
        return "no number"
    numbers = interval(evidence.estimate, evidence.lower, evidence.upper)
    return f"{numbers}, n = {evidence.n}" if evidence.n else numbers


def _criteria(before: Record, after: Record) -> Sequence[tuple[str, str, str]]:
    """What was fixed before measuring and is another now: name, old and new."""
    pairs = {
        "θ₀": (short(before.criterion.null), short(after.criterion.null)),
        "δ": (short(before.criterion.smallest_effect), short(after.criterion.smallest_effect)),
        "slack": (short(before.criterion.slack), short(after.criterion.slack)),
        "α": (short(before.criterion.alpha), short(after.criterion.alpha)),
        "looks": (_listed(before.criterion.looks), _listed(after.criterion.looks)),
        "sentence": (before.asserted, after.asserted),
        "bearing": (before.bearing, after.bearing),
        "expected": (before.expected, after.expected),
        "plan": (before.plan, after.plan),
    }
    return [(name, old, new) for name, (old, new) in pairs.items() if old != new]


def _listed(looks: Sequence[int]) -> str:
    return ", ".join(map(str, looks)) or "none"
