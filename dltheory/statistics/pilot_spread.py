"""What pilots saw of a form's errors: kept as JSON, used for its power and beside its own errors.

Pilots run on seeds of their own. Their standard deviations plan the power of a form; their
residuals, put beside those of the seeds that are judged, show a long tail that few seeds miss.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import numpy as np
from scipy import special

from dltheory.statistics.anytime import AnytimeMeanEvidence
from dltheory.statistics.crossed import CrossedEvidence
from dltheory.statistics.evidence import Evidence, OppositeEvidence
from dltheory.statistics.margins import EquivalenceEvidence
from dltheory.statistics.means import MeanEvidence, WelchEvidence
from dltheory.statistics.parts import WeakestEvidence
from dltheory.statistics.simulated import (
    CorrelationSpread,
    CrossedSpread,
    EquivalenceSpread,
    MeanSpread,
    OppositeSpread,
    RateSpread,
    Spread,
    WeakestSpread,
    WelchSpread,
    spread_of,
)
from dltheory.statistics.student import Student

LEAST_PILOTS = 16
"""Pilots of fewer seeds often miss a long tail too."""


def cautious(spread: Spread, confidence: float = 0.8) -> Spread:
    """The same with each standard deviation at its upper confidence bound.

    sd · √((n − 1)/χ²), χ² the (1 − confidence)-quantile on n − 1 degrees of freedom: what pilots
    saw is as often too small as too large.
    """
    if isinstance(spread, MeanSpread):
        return replace(spread, sd=spread.sd * _inflation(spread.n, confidence), residuals=())
    if isinstance(spread, WelchSpread):
        a, b = (
            sd * _inflation(n, confidence) for sd, n in zip(spread.sds, spread.sizes, strict=True)
        )
        return replace(spread, sds=(a, b), residuals=((), ()))
    if isinstance(spread, CrossedSpread):
        seed = spread.seed * _inflation(spread.n, confidence)
        return replace(spread, seed=seed, residuals=())
    if isinstance(spread, (OppositeSpread, EquivalenceSpread)):
        return replace(spread, inner=cautious(spread.inner, confidence))  # type: ignore[arg-type]
    if isinstance(spread, WeakestSpread):
        return replace(spread, parts=tuple(cautious(part, confidence) for part in spread.parts))
    return spread


def held_against(pilot: Spread, judged: Spread | None) -> Spread | None:
    """The errors of pilots with the margins of what is judged, which may be chosen after them.

    None where the two are of different kinds: such pilots say nothing of what is judged.
    """
    if type(pilot) is not type(judged):
        return None
    if isinstance(pilot, EquivalenceSpread) and isinstance(judged, EquivalenceSpread):
        if held_against(pilot.inner, judged.inner) is None:
            return None
        return replace(pilot, margin=judged.margin, centre=judged.centre)
    if isinstance(pilot, OppositeSpread) and isinstance(judged, OppositeSpread):
        inner = held_against(pilot.inner, judged.inner)
        return None if inner is None else replace(pilot, inner=inner)
    if isinstance(pilot, WeakestSpread) and isinstance(judged, WeakestSpread):
        if len(pilot.parts) != len(judged.parts):
            return None
        parts = tuple(map(held_against, pilot.parts, judged.parts))
        known = tuple(part for part in parts if part is not None)
        return replace(pilot, parts=known) if len(known) == len(parts) else None
    return pilot


def show_tails(pilots: Spread) -> bool:
    """Whether these pilots left residuals of at least sixteen runs in every arm and part."""
    if isinstance(pilots, (OppositeSpread, EquivalenceSpread)):
        return show_tails(pilots.inner)
    if isinstance(pilots, WeakestSpread):
        return all(show_tails(part) for part in pilots.parts)
    if isinstance(pilots, (MeanSpread, CrossedSpread)):
        return len(pilots.residuals) >= LEAST_PILOTS
    if isinstance(pilots, WelchSpread):
        return all(len(own) >= LEAST_PILOTS for own in pilots.residuals)
    return False


def joined(judged: Spread, pilots: Spread) -> Spread:
    """The errors of what is judged, with the residuals of its pilots (of one kind) put to its own.

    Both are deviations from their own means, so that a pilot's mean has no part in them.
    """
    if isinstance(judged, MeanSpread) and isinstance(pilots, MeanSpread):
        return replace(judged, residuals=judged.residuals + pilots.residuals)
    if isinstance(judged, CrossedSpread) and isinstance(pilots, CrossedSpread):
        return replace(judged, residuals=judged.residuals + pilots.residuals)
    if isinstance(judged, WelchSpread) and isinstance(pilots, WelchSpread):
        (a, b), (more_a, more_b) = judged.residuals, pilots.residuals
        return replace(judged, residuals=(a + more_a, b + more_b))
    if isinstance(judged, OppositeSpread) and isinstance(pilots, OppositeSpread):
        return replace(judged, inner=joined(judged.inner, pilots.inner))
    if isinstance(judged, EquivalenceSpread) and isinstance(pilots, EquivalenceSpread):
        return replace(judged, inner=joined(judged.inner, pilots.inner))  # type: ignore[arg-type]
    if isinstance(judged, WeakestSpread) and isinstance(pilots, WeakestSpread):
        return replace(judged, parts=tuple(map(joined, judged.parts, pilots.parts)))
    return judged


def widened(evidence: Evidence, pilots: Spread) -> Evidence:
    """The evidence with each standard deviation no smaller than that of seeds and pilots together.

    s' = max(s, √(((n − 1)s² + (m − 1)s_p²)/(n + m − 2))) for n seeds and m pilots, on degrees of
    freedom as before; of tables, the deviation of the seeds' means. Other evidence stays as it is.
    """
    if isinstance(evidence, OppositeEvidence) and isinstance(pilots, OppositeSpread):
        return replace(evidence, inner=widened(evidence.inner, pilots.inner))
    if isinstance(evidence, EquivalenceEvidence) and isinstance(pilots, EquivalenceSpread):
        return replace(evidence, inner=widened(evidence.inner, pilots.inner))
    if isinstance(evidence, WeakestEvidence) and isinstance(pilots, WeakestSpread):
        of_parts = iter(pilots.parts)  # exact parts have no errors, and are not among them
        parts = tuple(
            part if spread_of(part) is None else widened(part, next(of_parts))
            for part in evidence.parts
        )
        return replace(evidence, parts=parts)
    if isinstance(evidence, AnytimeMeanEvidence) or math.isinf(evidence.interval(0.25).upper):
        return evidence
    error, df = _error_with_pilots(evidence, pilots)
    if error is None:
        return evidence
    return cast(Evidence, Student(estimate=evidence.estimate, standard_error=error, df=df))


def _error_with_pilots(evidence: Evidence, pilots: Spread) -> tuple[float | None, float]:
    """The standard error and its degrees of freedom; None for what is no mean."""
    if isinstance(evidence, MeanEvidence) and isinstance(pilots, MeanSpread):
        own = max(evidence.sd, evidence.floor)
        with_pilots = _at_least_joined(own, evidence.n, pilots.sd, pilots.n)
        return with_pilots / math.sqrt(evidence.n), evidence.n - 1
    if isinstance(evidence, WelchEvidence) and isinstance(pilots, WelchSpread):
        more = 0.0
        for arm, sd, m in zip((evidence.a, evidence.b), pilots.sds, pilots.sizes, strict=True):
            own = max(float(np.std(arm, ddof=1)), evidence.floor)
            more += (_at_least_joined(own, len(arm), sd, m) ** 2 - own**2) / len(arm)
        return math.sqrt(evidence.sd**2 / evidence.n + more), evidence.df
    if isinstance(evidence, CrossedEvidence) and isinstance(pilots, CrossedSpread):
        own = float(np.std(np.mean(evidence.rows, axis=1), ddof=1))
        of_pilots = math.sqrt(pilots.seed**2 + pilots.rest**2 / pilots.blocks)
        more = _at_least_joined(own, evidence.n, of_pilots, pilots.n) ** 2 - own**2
        return math.sqrt((evidence.sd**2 + more) / evidence.n), evidence.df
    return None, 0.0


def _at_least_joined(sd: float, n: int, of_pilots: float, m: int) -> float:
    return max(sd, math.sqrt(((n - 1) * sd**2 + (m - 1) * of_pilots**2) / (n + m - 2)))


_KINDS: dict[str, type] = {
    "mean": MeanSpread,
    "welch": WelchSpread,
    "crossed": CrossedSpread,
    "opposite": OppositeSpread,
    "equivalence": EquivalenceSpread,
    "weakest": WeakestSpread,
    "rate": RateSpread,
    "correlation": CorrelationSpread,
}


_OF_THE_RUNS = ("estimate", "estimates", "successes")


def spread_as_json(spread: Spread) -> dict[str, Any]:
    """The spread as plain JSON types: deviations, sizes and residuals, no estimates."""
    kind = next(name for name, known in _KINDS.items() if type(spread) is known)
    fields = {k: v for k, v in vars(spread).items() if k not in _OF_THE_RUNS}
    for name, value in fields.items():
        if name == "inner":
            fields[name] = spread_as_json(value)
        elif name == "parts":
            fields[name] = [spread_as_json(part) for part in value]
        elif isinstance(value, tuple):
            fields[name] = [list(v) if isinstance(v, tuple) else v for v in value]
    return {"kind": kind, **fields}


def spread_from_json(given: Mapping[str, Any]) -> Spread:
    """The spread that `spread_as_json` wrote."""
    fields = {name: value for name, value in given.items() if name != "kind"}
    for name, value in fields.items():
        if name == "inner":
            fields[name] = spread_from_json(value)
        elif name == "parts":
            fields[name] = tuple(spread_from_json(part) for part in value)
        elif isinstance(value, list):
            fields[name] = tuple(tuple(v) if isinstance(v, list) else v for v in value)
    return _KINDS[given["kind"]](**fields)


def _inflation(n: int, confidence: float) -> float:
    return math.sqrt((n - 1) / float(special.chdtri(n - 1, confidence)))
