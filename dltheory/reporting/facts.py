"""Sentences on one claim, put together from those of its fields that are there."""

from __future__ import annotations

from collections.abc import Sequence

from dltheory.reporting.numerals import count, level, number, p_value, probability, rate, short
from dltheory.reporting.schema import (
    Adjusted,
    Attrition,
    Calibration,
    Control,
    Evidence,
    Record,
)

_IN_A_SMALL_WORLD = {
    "CONFIRMED": "confirmed in this small world",
    "SMALLER": "smaller than asked in this small world",
    "REFUTED": "not seen in this small world",
    "INCONCLUSIVE": "open in this small world",
}
_NAMED = {"no mutant": "no mutant that counts"}
MOST_SEEDS = 1000


def said(record: Record) -> str:
    """The word with all that limits it: whose world it is about, and how sure it is."""
    words = record.word
    if record.analogue:
        words = _IN_A_SMALL_WORLD[words]
    elif record.bearing == "instance" and words == "REFUTED":
        words = "refuted here (instance)"
    passing = [c.name for c in record.controls if c.held is False and c.when_failed == "vacuous"]
    if "vacuous" in record.qualifiers:
        also = " and ".join(passing) or "a null model"
        words = f"{words if record.analogue else words.lower()}, and so does {also}"
    if not record.provisional:
        return words
    stability = record.calibration.stability if record.calibration else None
    chance = "" if stability is None else f", {probability(stability)}"
    return f"{words} (provisional{chance})"


def qualifiers(record: Record) -> list[str]:
    """What is told beside the word; that it is vacuous is told by the word itself."""
    named = [_NAMED.get(word, word) for word in record.qualifiers if word != "vacuous"]
    return [*named, *(["supports nothing"] if record.standing == "supports nothing" else [])]


def need(record: Record) -> str:
    """How to look at more seeds where they alone may decide an open form; "" elsewhere."""
    if not record.more_seeds:
        return ""
    seeds = max(len(set(record.seeds)), *record.criterion.looks, 8)
    command = record.command or "pytest"
    return f"More seeds may decide it: {command} --more-seeds={min(2 * seeds, MOST_SEEDS)}"


def strength(record: Record) -> str:
    """How much was looked at, and the p-value of the verdict that was reached."""
    evidence = record.evidence
    if evidence is None:
        return ""
    refuted = record.word == "REFUTED" and evidence.p_refute is not None
    p = p_value(evidence.p_refute) + " to refute" if refuted else p_value(evidence.p_confirm)
    several = isinstance(evidence.cases, int) and not isinstance(evidence.cases, bool)
    cases = evidence.cases if several else None
    alike = cases is not None and cases in (evidence.n, 1)
    parts = [
        f"n\u00a0=\u00a0{evidence.n}" if evidence.n is not None and not alike else "",
        count(cases, "case") if cases is not None and cases > 1 else "",
        p,
    ]
    return " · ".join(part for part in parts if part)


def in_unit(unit: str) -> str:
    """The unit at the end of a sentence: ``, in points``, or ``, per doubling of the width``."""
    if not unit:
        return ""
    return f", {unit}" if unit.startswith("per ") else f", in {unit}"


def sensitivity(record: Record) -> list[str]:
    """Second tests, each name once: those of several parts with the range of their p-values."""
    by_name: dict[str, list[float | None]] = {}
    for one in record.sensitivity:
        by_name.setdefault(one.name, []).append(one.p)
    return [_second(name, ps) for name, ps in by_name.items()]


def _second(name: str, ps: Sequence[float | None]) -> str:
    known = sorted(p for p in ps if p is not None)
    parts = f" of {len(ps)} parts" if len(ps) > 1 else ""
    if not known:
        return f"{name}{parts}"
    ends = dict.fromkeys(p_value(p) for p in (known[0], known[-1]))
    return f"{name}{parts}, {' to '.join(ends)}"


def expectation(record: Record) -> str:
    """How the verdict compares with the one that the claim's file expects."""
    if record.known_not_to_hold:
        return "known not to hold at this scale"
    if record.surprising:
        return f"{record.expected.lower()} was expected"
    return ""


def consequence(control: Control) -> str:
    """What it means for the verdict that a control failed."""
    if control.held is not False or not control.when_failed:
        return ""
    return f"so the claim is {control.when_failed}"


def how(record: Record) -> str:
    """Method, number of seeds, spread and p-values of a measurement."""
    evidence = record.evidence or Evidence()
    adjusted = record.adjusted or Adjusted()
    several = isinstance(evidence.cases, int) and not isinstance(evidence.cases, bool)
    parts = [
        evidence.method,
        "" if evidence.n is None else f"n = {evidence.n}",
        count(evidence.cases, "case") if several else "",
        "" if evidence.sd is None else f"standard deviation {number(evidence.sd, 2)}",
        _p("to confirm", evidence.p_confirm),
        _p("to refute", evidence.p_refute),
        _p("that the claim holds, within the paper (Holm)", adjusted.holm_p),
        _p("that the claim is refuted (Holm)", adjusted.holm_p_refute),
        _p("within the suite", adjusted.q).replace("p\u00a0", "q\u00a0"),
    ]
    return _sentence("; ".join(part for part in parts if part))


def fixed(record: Record) -> str:
    """What was declared before measuring, and why the smallest effect is what it is."""
    criterion, look = record.criterion, record.evidence.look if record.evidence else None
    seeds = ", ".join(str(seed) for seed in criterion.looks)
    looks = "looks" if len(criterion.looks) > 1 else "one look"
    at = f" (judged at look {look})" if look and len(criterion.looks) > 1 else ""
    parts = [
        "" if criterion.null is None else f"θ₀ = {short(criterion.null)}",
        "" if criterion.smallest_effect is None else f"δ = {short(criterion.smallest_effect)}",
        f"slack {short(criterion.slack)}" if criterion.slack else "",
        "" if criterion.alpha is None else f"α = {level(criterion.alpha)} one-sided",
        f"{looks} at {seeds} seeds{at}" if criterion.looks else "",
    ]
    declared = ", ".join(part for part in parts if part)
    words = f"Fixed before measuring: {declared}." if declared else ""
    if criterion.printed_effect is not None:
        words = f"{words} The printed effect is {short(criterion.printed_effect)}.".strip()
    return (
        f"{words} Why these numbers: {_sentence(criterion.because)}" if criterion.because else words
    )


def seeds(record: Record) -> str:
    """The seeds, neighbours put together: ``16 seeds: 100–115``."""
    ranges: list[list[int]] = []
    for seed in sorted(set(record.seeds)):
        if ranges and seed == ranges[-1][-1] + 1:
            ranges[-1][1:] = [seed]
        else:
            ranges.append([seed])
    listed = ", ".join("–".join(str(end) for end in ends) for ends in ranges)
    return f"{count(len(set(record.seeds)), 'seed')}: {listed}" if ranges else ""


def calibrated(calibration: Calibration) -> str:
    """How often the form's procedure errs either way, and whether its verdict may gate."""
    k = calibration
    words = [_errs(k)] if k.false_confirm is not None else []
    if k.power is not None:
        words.append(f"Planned power at δ: {probability(k.power)} (pilots).")
    elif k.power_unknown:
        words.append(f"Power not planned: {k.power_unknown}.")
    if k.stability is not None:
        chance = rate(k.stability)
        words.append(f"Fresh seeds would return the same verdict with probability {chance}.")
    elif k.gates is not None:
        words.append("It is not known how often fresh seeds would return the same verdict.")
    if k.gates is not None:
        verb = "gates" if k.gates else "does not gate"
        words.append(f"The claim {verb} continuous integration.")
    return " ".join(words)


def _errs(k: Calibration) -> str:
    """How often the procedure errs with normal errors and, in parentheses, its own residuals."""
    kinds = (
        ("confirms falsely", k.false_confirm, k.false_confirm_own_residuals),
        ("refutes falsely", k.false_refute, k.false_refute_own_residuals),
    )
    own = any(drawn is not None for *_, drawn in kinds)
    rates = [
        f"{name} {rate(normal)}" + (f" ({rate(drawn)})" if drawn is not None else "")
        for name, normal, drawn in kinds
        if normal is not None
    ]
    runs = f"{number(k.simulations)} simulations" if k.simulations else "simulations"
    with_own = " (own residuals)" if own else ""
    return f"In {runs} with normal errors{with_own} it {' and '.join(rates)} of the time."


def lost(arm: Attrition) -> str:
    """How many runs of an arm were lost, with the largest rate that they leave possible."""
    bound = "" if arm.rate_upper is None else f"; a rate up to {rate(arm.rate_upper)} is possible"
    return f"{arm.arm}: {number(arm.diverged or 0)} of {number(arm.n)} lost{bound}"


def none_lost(arms: Sequence[Attrition]) -> str:
    """That no run was lost, with the largest rate of losses that any arm leaves possible."""
    runs = number(sum(arm.n or 0 for arm in arms))
    bounds = [arm.rate_upper for arm in arms if arm.rate_upper is not None]
    aside = f" A rate up to {rate(max(bounds))} in an arm is possible." if bounds else ""
    return f"No run of {runs} was lost.{aside}"


def _p(name: str, p: float | None) -> str:
    """A p-value with what it is for, or nothing."""
    return "" if p is None else f"{name} {p_value(p)}"


def _sentence(words: str) -> str:
    """The words with a full stop."""
    return words if not words or words.endswith((".", "!", "?")) else f"{words}."
