"""Reports as Markdown: the summary of a run, and the verdict table of a README."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dltheory.errors import SpecError
from dltheory.reporting import facts, tally
from dltheory.reporting.numerals import count, interval, moment
from dltheory.reporting.schema import GLYPHS, Cost, Provenance, Record
from dltheory.reporting.visible import visible

SUMMARY_BYTES = 60_000
_SENTENCE = 300


def summary(records: Sequence[Record], provenances: Sequence[Provenance], cost: Cost) -> str:
    """The report in Markdown, at most 60 KB: what needs a look first, then every claim."""
    head = [f"# Claim by claim\n\n{_safe(tally.headline(records))}\n"]
    head.append(f"{_safe(_circumstances(provenances, cost))}\n")
    noticed = tally.worth_a_look(records)
    if noticed:
        head.append("## Worth a look first\n")
        head += [f"* {_code(r.claim, r.case)}: {_safe(why)}" for r, why in noticed[:40]]
        head.append("")
    if records:
        head.append("## Every claim\n")
    return _fitting("\n".join(head) + "\n", _table(records), "index.html")


def verdict_table(records: Sequence[Record]) -> str:
    """How the claims of each paper came out, and below, folded, every one of them.

    A row has the claim, what is asserted, the verdict, and the measured value with its interval.
    """
    papers: dict[str, list[Record]] = {}
    for record in records:
        papers.setdefault(record.paper.key, []).append(record)
    if len(papers) < 2:
        return "\n".join(_table(records)) + "\n"
    words = [word for word in GLYPHS if any(record.word == word for record in records)]
    lines = [
        "| paper | " + " | ".join(f"{GLYPHS[word]} {word}" for word in words) + " |",
        "|---|" + "---:|" * len(words),
    ]
    for found in papers.values():
        counts = (str(sum(record.word == word for record in found)) for word in words)
        lines.append(f"| {_safe(_paper(found[0]))} | " + " | ".join(counts) + " |")
    for found in papers.values():
        name = f"{_safe(_paper(found[0]))}: {count(len(found), 'form')}"
        folded = [f"<details><summary>{name}</summary>", "", *_table(found), "", "</details>"]
        lines += ["", *folded]
    return "\n".join(lines) + "\n"


def _paper(record: Record) -> str:
    """Title and year, or the key where there is no title."""
    paper = record.paper
    return f"{paper.title} ({paper.year})" if paper.title else paper.key


def replaced(readme: str, table: str, *, name: str = "verdicts") -> str:
    """The README with the table between the two markers of this name."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    if readme.count(begin) != 1 or readme.count(end) != 1 or readme.find(begin) > readme.find(end):
        raise SpecError(
            f"The table goes between one {begin} and one {end} after it; the text has "
            f"{readme.count(begin)} and {readme.count(end)}. Put each marker on its own line once."
        )
    before, rest = readme.split(begin)
    return f"{before}{begin}\n{table.strip()}\n{end}{rest.split(end)[1]}"


def _table(records: Sequence[Record]) -> list[str]:
    """Lines of the verdict table; the tier is named where there are several."""
    columns = {"full" if record.tier == "full" else "fast" for record in records}
    lines = ["| claim | what is asserted | verdict | measured |", "|---|---|---|---|"]
    for record in records:
        tier = f" ({record.tier})" if len(columns) > 1 else ""
        name = _code(record.claim, record.case)
        path = record.test.split("::")[0]
        if re.fullmatch(r"[\w./-]+", path):
            name = f"[{name}]({path})"
        verdict = f"{record.glyph} {record.word}{tier}"
        notes = [*record.qualifiers, facts.expectation(record)]
        if any(notes):
            verdict += f" <br>{_safe(', '.join(note for note in notes if note))}"
        lines.append(
            f"| {name} | {_safe(_cut(record.statement))} | {verdict} | {_measured(record)} |"
        )
    return lines


def _measured(record: Record) -> str:
    """Estimate with its interval, unit, n and p; the reason where nothing was measured."""
    evidence = record.evidence
    if evidence is None or evidence.estimate is None:
        return _safe(_cut(record.reason))
    parts = [f"{interval(evidence.estimate, evidence.lower, evidence.upper)} {record.unit}".strip()]
    parts += [part for part in (facts.strength(record), facts.need(record)) if part]
    return _safe(" · ".join(parts))


def _circumstances(provenances: Sequence[Provenance], cost: Cost) -> str:
    """Cost, date and commit in one line."""
    parts = [tally.cost(cost)]
    if provenances:
        latest = provenances[0]
        commit = latest.commit and f"commit {latest.commit}{' (dirty)' if latest.dirty else ''}"
        parts += [part for part in (moment(latest.date), commit) if part]
    return " · ".join(parts)


def _fitting(head: str, table: list[str], elsewhere: str) -> str:
    """Head and table, without the last rows if they would not fit."""
    room = SUMMARY_BYTES - len(head.encode()) - 200
    kept = []
    for line in table:
        room -= len(line.encode()) + 1
        if room < 0:
            break
        kept.append(line)
    left_out = len(table) - len(kept)
    rest = f"\n{count(left_out, 'more claim')} in {elsewhere}.\n" if left_out else ""
    return head + ("\n".join(kept) + "\n" if len(table) > 2 else "") + rest


def _cut(words: str) -> str:
    """A sentence of bounded length."""
    return words if len(words) <= _SENTENCE else words[: _SENTENCE - 1].rstrip() + "…"


def _code(claim: str, case: str) -> str:
    """The claim's name as code; backticks and bars within are dropped."""
    name = f"{claim} · {case}" if case else claim
    return "`" + re.sub(r"[`|<>\s]+", " ", visible(name)).strip() + "`"


def _safe(words: str) -> str:
    """Words in which nothing is markup, on one line."""
    flat = (
        " ".join(visible(words).split())
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
    )
    return re.sub(r"([\\`*_\[\]|~#])", r"\\\1", flat)
