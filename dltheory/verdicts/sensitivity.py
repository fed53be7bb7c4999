"""The exact sign-flip test, reported as a p-value beside Student's t. It changes no verdict.

As a condition for a verdict it was simulated and dropped. It lowers power (with seven seeds and an
effect of 1.5 standard deviations from 0.76 to 0.59), and it hardly helps against skewed errors,
because both tests assume symmetry.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dltheory.statistics import (
    EquivalenceEvidence,
    Evidence,
    MeanEvidence,
    OppositeEvidence,
    WeakestEvidence,
    sign_flip,
)
from dltheory.verdicts.claim import Criterion, Verdict


@dataclass(frozen=True, kw_only=True)
class Sensitivity:
    """The name of another test of the same verdict, and its p-value."""

    name: str
    p: float


def sign_flips(evidence: Evidence, criterion: Criterion, verdict: Verdict) -> list[Sensitivity]:
    """The p-value of the sign-flip test for this verdict, the largest if several tests must agree.

    The list is empty for INCONCLUSIVE and for evidence that is not made of means.
    """
    p_values: list[float] = []
    if verdict in ("CONFIRMED", "SMALLER"):
        p_values += [sign_flip(values) for values in _above(evidence, criterion.null)]
    if verdict in ("REFUTED", "SMALLER"):
        p_values += _refuting(evidence, criterion.refutation_line)
    return [Sensitivity(name="exact sign-flip", p=max(p_values))] if p_values else []


def _refuting(evidence: Evidence, line: float) -> list[float]:
    """The p-values of sign-flip tests of θ < line."""
    if isinstance(evidence, WeakestEvidence):
        # One part below the line is enough, so the part with the smallest p-value is tested.
        lowest = min(evidence.parts, key=lambda part: part.p_below(line))
        return [min(1.0, len(evidence.parts) * p) for p in _refuting(lowest, line)]
    if isinstance(evidence, OppositeEvidence):
        return [sign_flip(values) for values in _above(evidence.inner, -line)]
    if isinstance(evidence, EquivalenceEvidence):
        side = 1.0 if evidence.inner.estimate >= evidence.centre else -1.0
        reach = evidence.margin - line
        beyond = side * (np.asarray(evidence.inner.values) - evidence.centre) - reach
        return [sign_flip(beyond)] if isinstance(evidence.inner, MeanEvidence) else []
    if isinstance(evidence, MeanEvidence):
        return [sign_flip(line - np.asarray(evidence.values))]
    return []


def _above(evidence: Evidence, null: float) -> Iterator[np.ndarray]:
    """Yield the numbers per seed that have a positive mean if θ > null, for each test needed."""
    if isinstance(evidence, MeanEvidence):
        yield np.asarray(evidence.values) - null
    elif isinstance(evidence, WeakestEvidence):
        for part in evidence.parts:
            yield from _above(part, null)
    elif isinstance(evidence, OppositeEvidence) and isinstance(evidence.inner, MeanEvidence):
        yield -np.asarray(evidence.inner.values) - null
    elif isinstance(evidence, EquivalenceEvidence) and isinstance(evidence.inner, MeanEvidence):
        inner, reach = np.asarray(evidence.inner.values) - evidence.centre, evidence.margin - null
        yield reach - inner
        yield reach + inner
