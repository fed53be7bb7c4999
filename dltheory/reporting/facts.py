"""Sentences on one claim, put together from those of its fields that are there."""

from __future__ import annotations

from dltheory.reporting.numerals import count, level, number, p_value, rate, short
from dltheory.reporting.schema import Adjusted, Calibration, Control, Evidence, Record


def need(record: Record) -> str:
    """What an inconclusive claim would need for a verdict."""
    if record.word != "INCONCLUSIVE" or not record.needs_seeds:
        return ""
    return f"A verdict needs about {count(record.needs_seeds, 'more seed')}."


def strength(record: Record) -> str:
    """How much was looked at, and the p-value of the verdict that was reached."""
    evidence = record.evidence
    if evidence is None:
        return ""
    refuted = record.word == "REFUTED" and evidence.p_refute is not None
    p = p_value(evidence.p_refute) + " to refute" if refuted else p_value(evidence.p_confirm)
    several = isinstance(evidence.cases, int) and not isinstance(evidence.cases, bool)
    parts = [
        f"n\u00a0=\u00a0{evidence.n}" if evidence.n is not None else "",
        count(evidence.cases, "case") if several else "",
        p,
    ]
    return " · ".join(part for part in parts if part)


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
        _named("to confirm", evidence.p_confirm),
        _named("to refute", evidence.p_refute),
        _named("within the paper (Holm)", adjusted.holm_p),
        _named("within the suite", adjusted.q).replace("p\u00a0", "q\u00a0"),
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
        "" if criterion.alpha is None else f"α = {level(criterion.alpha)} one-sided",
        f"{looks} at {seeds} seeds{at}" if criterion.looks else "",
    ]
    declared = ", ".join(part for part in parts if part)
    words = f"Fixed before measuring: {declared}." if declared else ""
    return f"{words} Why this δ: {_sentence(criterion.because)}" if criterion.because else words


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
    """How often the claim's procedure errs, and whether its verdict may gate."""
    words = []
    if calibration.false_confirm is not None:
        runs = "simulations"
        if calibration.simulations:
            runs = f"{number(calibration.simulations)} simulations"
        own = calibration.false_confirm_own_residuals
        aside = "" if own is None else f" ({rate(own)} with its own residuals)"
        words.append(f"Confirms falsely in {rate(calibration.false_confirm)} of {runs}{aside}.")
    if calibration.power is not None:
        words.append(f"Power at δ is {rate(calibration.power)}.")
    if calibration.stability is not None:
        chance = rate(calibration.stability)
        words.append(f"Fresh seeds would return the same verdict with probability {chance}.")
    elif calibration.gates is not None:
        words.append("It is not known how often fresh seeds would return the same verdict.")
    if calibration.gates is not None:
        verb = "gates" if calibration.gates else "does not gate"
        words.append(f"The claim {verb} continuous integration.")
    return " ".join(words)


def _named(name: str, p: float | None) -> str:
    """A p-value with what it is for, or nothing."""
    return "" if p is None else f"{name} {p_value(p)}"


def _sentence(words: str) -> str:
    """The words with a full stop."""
    return words if not words or words.endswith((".", "!", "?")) else f"{words}."
