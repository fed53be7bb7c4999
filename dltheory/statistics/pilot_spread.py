"""The errors of a form as its pilot runs show them: stored as JSON and used when it is judged.

Pilots run on seeds of their own. The power of a form is planned from their standard deviations.
Their residuals are added to those of the judged seeds, because few seeds often miss a long tail.
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
    """The same spread with standard deviations at their upper confidence bounds, without residuals.

    The bound is sd · √((n − 1)/χ²), where χ² is the (1 − confidence)-quantile of the χ²
    distribution with n − 1 degrees of freedom. The standard deviation of pilots is used so, because
    it is often too small. Of tables only the standard deviation of seed effects is raised. Rates
    and correlations stay as they are.
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
    """The spread of pilots with the margins and centres of the judged evidence.

    Margins may be chosen after the pilots were run. The result is None if the two spreads are of
    different kinds or have different numbers of parts.
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
    """Whether the pilots have residuals of at least `LEAST_PILOTS` runs in every arm and part."""
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
    """The judged spread, with the residuals of its pilots added to its own.

    Both spreads are of one kind. All residuals are deviations from the mean of their own sample, so
    the mean of the pilots has no influence.
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
    """The evidence with each standard deviation raised to the pooled one, if that is larger.

    With n seeds of standard deviation s and m pilots of standard deviation s_p,
    s' = max(s, √(((n − 1)s² + (m − 1)s_p²)/(n + m − 2))). Degrees of freedom stay as they are. In
    tables, s is the standard deviation of the seeds' means. Evidence of other kinds, and evidence
    with an infinite upper bound, is returned unchanged.
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
    """The raised standard error and its degrees of freedom; (None, 0) for other evidence."""
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


# The fields of a spread that are estimates and are not stored as JSON.
_OF_THE_RUNS = ("estimate", "estimates", "successes")


def spread_as_json(spread: Spread) -> dict[str, Any]:
    """The spread as plain JSON types: standard deviations, sizes, residuals, but no estimates."""
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
