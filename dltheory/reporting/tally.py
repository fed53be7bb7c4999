"""Counts over a report, and the sentences that are made of them. It counts and tests nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dltheory.reporting.facts import expectation
from dltheory.reporting.numerals import count, duration, level, short
from dltheory.reporting.schema import GLYPHS, Cost, Paper, Record

PLURALS = {
    "CONFIRMED": "confirmed",
    "REFUTED": "refuted",
    "INCONCLUSIVE": "inconclusive",
    "ERROR": "error",
    "NOT RUN": "not run",
}


def counts(records: Iterable[Record]) -> dict[str, int]:
    """How many claims ended in each of the five words."""
    words = [record.word for record in records]
    return {word: words.count(word) for word in GLYPHS}


def headline(records: Sequence[Record]) -> str:
    """One sentence: how many claims of how many papers, and how they ended."""
    if not records:
        return "This report holds no claim yet."
    papers = {record.paper.key for record in records}
    ends = [
        f"{number} {PLURALS[word] if word != 'ERROR' or number == 1 else 'errors'}"
        for word, number in counts(records).items()
        if number
    ]
    known = sum(record.known_not_to_hold for record in records)
    sentence = f"{count(len(records), 'claim')} of {count(len(papers), 'paper')}: {listed(ends)}."
    return sentence + (
        f" Of the refuted, {known} {'is' if known == 1 else 'are'} known not to hold."
        if known
        else ""
    )


def by_paper(records: Iterable[Record]) -> dict[str, list[Record]]:
    """Records under their paper's key, papers in order of first appearance."""
    grouped: dict[str, list[Record]] = {}
    for record in records:
        grouped.setdefault(record.paper.key or record.claim.split("/")[0], []).append(record)
    return grouped


def paper_line(paper: Paper) -> str:
    """Authors, venue, year and version, as far as they are given."""
    venue = " ".join(part for part in (paper.venue, paper.year) if part and part != "None")
    version = f"version {paper.version}" if paper.version[:1].isdigit() else paper.version
    return ", ".join(part for part in (paper.authors, venue, version) if part)


def holm_sentence(records: Sequence[Record]) -> str:
    """How many of a paper's claims hold together, counted from their adjusted p-values."""
    adjusted = [r for r in records if r.alpha is not None and r.adjusted is not None]
    ps = [r.adjusted.holm_p for r in adjusted if r.adjusted and r.adjusted.holm_p is not None]
    if not ps:
        return ""
    alpha = min(record.alpha for record in adjusted if record.alpha is not None)
    held = sum(p <= alpha for p in ps)
    amount = f"at least {held} of {len(ps)}" if held else f"none of {len(ps)}"
    noun = "tested claim" if len(ps) == 1 else "tested claims"
    verb = "hold" if held > 1 else "holds"
    return f"Taken together, {amount} {noun} {verb} at family-wise {level(alpha)} (Holm)."


def expected_false(records: Iterable[Record]) -> str:
    """Σα over the judged statistical claims: false confirmations if every claim were false."""
    alphas = [record.alpha for record in records if record.alpha is not None]
    if not alphas:
        return "no statistical claim was judged"
    total = sum(alphas)
    return f"{short(total)} expected if all {len(alphas)} statistical claims were false"


def error_levels(records: Iterable[Record]) -> str:
    """The one-sided error levels in use."""
    alphas = sorted({record.alpha for record in records if record.alpha is not None})
    return f"α = {', '.join(level(alpha) for alpha in alphas)} one-sided" if alphas else ""


def cost(spent: Cost) -> str:
    """Computing time in human units, apart for every kind of device."""
    if not spent.runs:
        return "no training"
    names = {"cpu": "CPU", "cuda": "GPU"}
    parts = [f"{duration(s)} of {names.get(d, d)} time" for d, s in spent.seconds.items()]
    return f"{listed(parts)} in {count(spent.runs, 'run')}"


def worth_a_look(records: Iterable[Record]) -> list[tuple[Record, str]]:
    """Claims that a reader should see first, each with the reason."""
    found = []
    for record in records:
        failed = [control.name for control in record.controls if control.held is False]
        if record.word == "ERROR":
            found.append((record, record.reason or "ended in an error"))
        elif record.surprising:
            found.append((record, f"{record.word.lower()}, where {expectation(record)}"))
        elif failed:
            found.append((record, f"control failed: {listed(failed)}"))
    return found


def listed(parts: Sequence[str]) -> str:
    """Parts joined by commas and a final ``and``."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
