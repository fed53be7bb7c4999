"""Counts over a report, and the sentences that are made of them. It counts and tests nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from dltheory.reporting.facts import expectation, said
from dltheory.reporting.numerals import count, duration, level, short
from dltheory.reporting.schema import BEARINGS, GLYPHS, Cost, Paper, Record

NOUNS = {
    "claim": "of the claim itself",
    "instance": "of a smaller instance",
    "analogue": "of an analogue in a small world",
}
"""What a count is of, by bearing."""

PLURALS = {
    "CONFIRMED": "confirmed",
    "SMALLER": "smaller than claimed",
    "REFUTED": "refuted",
    "INCONCLUSIVE": "inconclusive",
    "RUNS LOST": "with runs lost",
    "ERROR": "ended in an error",
    "NOT RUN": "not run",
}

SMALL_WORLD = {
    "CONFIRMED": "seen",
    "SMALLER": "smaller than asked",
    "REFUTED": "not seen",
    "INCONCLUSIVE": "open",
}

NAMED = 6
"""So many forms are named under one reason; the others are counted."""

APART = ("provisional", "supports nothing")
"""What is counted apart from the words that count in full."""


def counts(records: Iterable[Record], bearing: str = "claim") -> dict[str, int]:
    """How many forms of this bearing ended in each word that counts in full."""
    words = [r.word for r in records if r.bearing == bearing and not r.standing]
    return {word: words.count(word) for word in GLYPHS}


def apart(records: Iterable[Record], bearing: str = "claim") -> dict[str, int]:
    """How many forms of this bearing are provisional, and how many support nothing."""
    standings = [record.standing for record in records if record.bearing == bearing]
    return {standing: standings.count(standing) for standing in APART}


def of_bearing(records: Sequence[Record]) -> dict[str, dict[str, int]]:
    """Counts of the words in full, and apart, for every bearing that occurs."""
    occurring = {record.bearing for record in records}
    return {b: counts(records, b) | apart(records, b) for b in BEARINGS if b in occurring}


def counted_as(word: str, bearing: str) -> str:
    """What a number of these words is called, in words of their own for analogues."""
    return SMALL_WORLD.get(word, word) if bearing == "analogue" else word


def headline(records: Sequence[Record]) -> str:
    """How many claims of how many papers, and how their forms ended; analogues stand apart.

    What is provisional, supports nothing or is an analogue is in no count of a word here.
    """
    if not records:
        return "This report holds no claim yet."
    papers = {record.paper.key for record in records}
    claims = count(len({record.claim for record in records}), "claim")
    forms = count(len(records), "form")
    sentences = [f"{claims} of {count(len(papers), 'paper')} in {forms}.", *_by_word(records)]
    known = sum(r.known_not_to_hold and not r.standing and not r.analogue for r in records)
    if known:
        verb = "is" if known == 1 else "are"
        sentences.append(f"Of the refuted, {known} {verb} known not to hold.")
    set_apart = {name: sum(apart(records, b)[name] for b in BEARINGS[:2]) for name in APART}
    set_apart["analogues"] = sum(record.bearing == "analogue" for record in records)
    named = [_apart(name, number) for name, number in set_apart.items() if number]
    return " ".join([*sentences, f"Counted apart: {listed(named)}." if named else ""]).strip()


def of_paper(records: Sequence[Record]) -> str:
    """How the forms of one paper ended, by bearing, and what is counted apart."""
    sentences = _by_word(records)
    seen = [
        f"{number} {SMALL_WORLD.get(word, PLURALS[word])}"
        for word, number in counts(records, "analogue").items()
        if number
    ]
    if seen:
        sentences.append(f"Analogues, in small worlds: {listed(seen)}.")
    set_apart = {name: sum(apart(records, b)[name] for b in BEARINGS) for name in APART}
    named = [_apart(name, number) for name, number in set_apart.items() if number]
    return " ".join([*sentences, f"Counted apart: {listed(named)}." if named else ""]).strip()


def _by_word(records: Sequence[Record]) -> list[str]:
    """A sentence on the forms of the claims themselves, and one on instances."""
    sentences = []
    for bearing, whose in (("claim", "The claims themselves"), ("instance", "Instances of them")):
        ends = [f"{n} {PLURALS[word]}" for word, n in counts(records, bearing).items() if n]
        if ends:
            sentences.append(f"{whose}: {listed(ends)}.")
    return sentences


def _apart(name: str, number: int) -> str:
    if name == "analogues":
        return count(number, "analogue")
    if name == "provisional":
        return f"{number} provisional"
    return f"{number} that {'supports' if number == 1 else 'support'} nothing"


def by_claim(records: Iterable[Record]) -> list[list[Record]]:
    """The forms of each claim together, in order of first appearance."""
    grouped: dict[str, list[Record]] = {}
    for record in records:
        grouped.setdefault(record.claim, []).append(record)
    return list(grouped.values())


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
    """How many of a paper's claims hold together, and how many are refuted, with Holm's p-values.

    It counts claims: one of several forms counts once.
    """
    tested = [r for r in records if r.alpha is not None and r.adjusted and not r.analogue]
    holds: dict[tuple[str, str], float] = {}
    falls: dict[tuple[str, str], float] = {}
    for r in tested:
        claim = (r.tier, r.claim)
        if r.adjusted and r.adjusted.holm_p is not None:
            holds[claim] = max(holds.get(claim, 0.0), r.adjusted.holm_p)
        if r.adjusted and r.adjusted.holm_p_refute is not None:
            falls[claim] = max(falls.get(claim, 0.0), r.adjusted.holm_p_refute)
    if not holds:
        return ""
    alpha = min(record.alpha for record in tested if record.alpha is not None)
    held = sum(p <= alpha for p in holds.values())
    fallen = sum(p <= alpha for p in falls.values())
    amount = f"at least {held} of" if held else "none of"
    noun = count(len(holds), "tested claim")
    words = f"Taken together, {amount} {noun} {'hold' if held > 1 else 'holds'}"
    if fallen:
        words += f" and at least {fallen} {'is' if fallen == 1 else 'are'} refuted"
    return f"{words} at family-wise {level(alpha)} (Holm)."


def expected_false(records: Iterable[Record]) -> str:
    """Σα over the judged statistical claims: false confirmations if every claim were false."""
    alphas = [record.alpha for record in records if record.alpha is not None]
    if not alphas:
        return "no statistical form was judged"
    total = sum(alphas)
    return f"{short(total)} expected if all {len(alphas)} statistical forms were false"


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


def worth_a_look(records: Iterable[Record]) -> dict[str, list[Record]]:
    """Forms that a reader should see first, under the reason; what a rule withheld is not here."""
    found: dict[str, list[Record]] = {}
    for record in records:
        failed = any(control.held is False for control in record.controls)
        if record.word in ("ERROR", "RUNS LOST"):
            reason = "Ended in an error" if record.word == "ERROR" else "All runs were lost"
        elif withheld_by(record):
            continue
        elif failed and record.word == "INCONCLUSIVE":
            reason = "A control failed that the word depends on"
        elif record.surprising:
            reason = f"{_ending(record)}, where {expectation(record)}"
        elif failed:
            reason = "A control failed beside the word"
        else:
            continue
        found.setdefault(reason, []).append(record)
    return found


def _ending(record: Record) -> str:
    """How a form ended, without the name of its control or a probability."""
    plain = said(replace(record, provisional=False, qualifiers=())).lower()
    return plain.capitalize() + (f" ({record.standing})" if record.standing else "")


def detail(record: Record) -> str:
    """Why this form is worth a look, beside the reason that it shares with others."""
    if record.word in ("ERROR", "RUNS LOST"):
        return record.reason
    return listed([control.name for control in record.controls if control.held is False] or [""])


def withheld(records: Iterable[Record]) -> dict[str, list[Record]]:
    """Forms whose word was withheld, under each reason; a form may stand under several."""
    found: dict[str, list[Record]] = {}
    for record in records:
        for reason in withheld_by(record):
            found.setdefault(reason, []).append(record)
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def withheld_by(record: Record) -> list[str]:
    """The rules that withheld the word, or that the error rate, the regime or lost runs did."""
    rules = [f"rule “{name}”" for name in re.findall(r"[Rr]ule “([^”]+)”", record.reason)]
    found = (rules or ["rule"]) if "rule" in record.qualifiers else []
    others = ("error rate", "outside the regime", "runs lost")
    return [*dict.fromkeys(found), *(name for name in others if name in record.qualifiers)]


def listed(parts: Sequence[str]) -> str:
    """Parts joined by commas and a final ``and``."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
