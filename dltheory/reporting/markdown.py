"""Reports as Markdown: the summary of a run, and the findings of a README."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dltheory.errors import SpecError
from dltheory.reporting import facts, tally, telling
from dltheory.reporting.findings import findings
from dltheory.reporting.numerals import count, interval, moment
from dltheory.reporting.schema import GLYPHS, About, Cost, Provenance, Record
from dltheory.reporting.visible import visible

SUMMARY_BYTES = 400_000
"""What a summary takes at most; GitHub shows a Markdown file of this size."""
_SENTENCE = 300


def summary(
    records: Sequence[Record],
    provenances: Sequence[Provenance],
    cost: Cost,
    papers: Sequence[About] = (),
) -> str:
    """The report in Markdown, at most 400 KB: findings, what needs a look, every form.

    `papers` are those whose conclusions are told.
    """
    head = [f"# Claim by claim\n\n{_safe(tally.headline(records))}\n"]
    head.append(f"{_safe(_circumstances(provenances, cost))}\n")
    told = findings_table(records, papers)
    head += ["## Findings\n", told] if told else []
    head += _noticed(records)
    head += _withheld(records)
    if records:
        head += ["## Every claim\n", *_counted({"": records}), ""]
    return _fitting("\n".join(head) + "\n", _table(records), "index.html")


def _noticed(records: Sequence[Record]) -> list[str]:
    """What is worth a look first, a line per reason."""
    found = tally.worth_a_look(records)
    if not found:
        return []
    return [
        "## Worth a look first\n",
        *(f"* {_safe(why)}: {_names(f)}" for why, f in found.items()),
        "",
    ]


def _withheld(records: Sequence[Record]) -> list[str]:
    """The forms whose word was withheld, a line per reason."""
    found = tally.withheld(records)
    if not found:
        return []
    forms = len({id(record) for group in found.values() for record in group})
    head = f"## Words withheld: {count(forms, 'form')}\n"
    lines = [f"* {_safe(why)}, {count(len(f), 'form')}: {_names(f)}" for why, f in found.items()]
    return [head, *lines, ""]


def _names(records: Sequence[Record]) -> str:
    """The names of the first forms, and how many more there are."""
    named = ", ".join(_code(record.claim, record.case) for record in records[: tally.NAMED])
    more = len(records) - tally.NAMED
    return f"{named} and {more} more" if more > 0 else named


def findings_table(records: Sequence[Record], papers: Sequence[About]) -> str:
    """What each paper concludes, whether it holds, at which scale, and by how many claims."""
    lines = ["| conclusion | holds? | at which scale | why |", "|---|---|---|---|"]
    for about in papers:
        found = findings(about, records)
        if not found:
            continue
        title = f"{about.paper.title} ({about.paper.year}, {about.paper.version})"
        lines.append(f"| **{_safe(title)}** | {_safe(telling.counted(found))} | | |")
        for one in found:
            word = f"{one.sign} {one.word.removesuffix(telling.WHERE)}"
            scale, why = _safe(telling.scale(one)), _safe(telling.reasons(one))
            lines.append(f"| {_safe(one.conclusion.conclusion)} | {word} | {scale} | {why} |")
    return "\n".join(lines) + "\n" if len(lines) > 2 else ""


def verdict_table(records: Sequence[Record]) -> str:
    """How the claims of each paper came out, and below, folded, every one of them.

    A row has the form, what it asserts, the verdict, and the measured value with its interval.
    """
    papers: dict[str, list[Record]] = {}
    for record in records:
        papers.setdefault(record.paper.key, []).append(record)
    if len(papers) < 2:
        return "\n".join(_table(records)) + "\n"
    lines = _counted({_paper(found[0]): found for found in papers.values()})
    for found in papers.values():
        name = f"{_safe(_paper(found[0]))}: {count(len(found), 'form')}"
        folded = [f"<details><summary>{name}</summary>", "", *_table(found), "", "</details>"]
        lines += ["", *folded]
    return "\n".join(lines) + "\n"


def _counted(groups: dict[str, Sequence[Record]]) -> list[str]:
    """Lines of a table of counts: a row per paper and bearing, a column per word.

    A column of a word holds those that count in full; the others stand in columns of their own.
    """
    rows = [
        (name, bearing, table)
        for name, records in groups.items()
        for bearing, table in tally.of_bearing(records).items()
    ]
    columns = [word for word in (*GLYPHS, *tally.APART) if any(t[word] for *_, t in rows)]
    titles = [f"{GLYPHS[c]} {c}" if c in GLYPHS else c for c in columns]
    first = ["paper", "forms"] if any(groups) else ["forms"]
    lines = [
        "| " + " | ".join([*first, *titles]) + " |",
        "|" + "---|" * len(first) + "---:|" * len(columns),
    ]
    for name, bearing, table in rows:
        cells = [_safe(name)] if any(groups) else []
        cells += [tally.NOUNS[bearing], *(str(table[column]) for column in columns)]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _paper(record: Record) -> str:
    """Title and year, or the key where there is no title."""
    paper = record.paper
    return f"{paper.title} ({paper.year})" if paper.title else paper.key


def replaced(readme: str, table: str, *, name: str = "findings") -> str:
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
    """Lines of the verdict table; the tier is named where there are several.

    What the paper asserts stands once, above the forms of the claim.
    """
    columns = {"full" if record.tier == "full" else "fast" for record in records}
    lines = ["| form | what it asserts | verdict | measured |", "|---|---|---|---|"]
    for forms in tally.by_claim(records):
        first = forms[0]
        place = f" ({_safe(first.locator)})" if first.locator else ""
        lines.append(f"| | **{_safe(_cut(first.statement or first.claim))}**{place} | | |")
        lines += [_row(record, tiers=len(columns) > 1) for record in forms]
    return lines


def _row(record: Record, *, tiers: bool) -> str:
    """One form: its name, what it asserts, its word, and what was measured."""
    name = _code(record.claim, record.case)
    path = record.test.split("::")[0]
    if re.fullmatch(r"[\w./-]+", path):
        name = f"[{name}]({path})"
    verdict = f"{record.glyph} {_safe(facts.said(record))}"
    if tiers:
        verdict += f" ({record.tier})"
    notes = [*facts.qualifiers(record), facts.expectation(record)]
    if any(notes):
        verdict += f" <br>{_safe(', '.join(note for note in notes if note))}"
    return f"| {name} | {_safe(_cut(record.asserted))} | {verdict} | {_measured(record)} |"


def _measured(record: Record) -> str:
    """Estimate with its interval, unit, n and p; the reason where nothing was measured."""
    evidence = record.evidence
    if evidence is None or evidence.estimate is None:
        return _safe(_cut(record.reason))
    parts = [f"{interval(evidence.estimate, evidence.lower, evidence.upper)} {record.unit}".strip()]
    parts += [facts.strength(record)] if facts.strength(record) else []
    parts += ["more seeds may decide it"] if record.more_seeds else []
    reason = f"{_cut(record.reason)} " if tally.withheld_by(record) else ""
    return _safe(reason + " · ".join(parts))


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
    left_out = sum(not line.startswith("| | ") for line in table[len(kept) :])
    if kept and kept[-1].startswith("| | "):
        kept.pop()
    rest = f"\n{count(left_out, 'more form')} in {elsewhere}.\n" if left_out else ""
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
