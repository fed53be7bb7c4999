"""The exact sign-flip test beside Student's t: a verdict stands only if both agree."""

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
    smallest_p,
)


@dataclass(frozen=True, kw_only=True)
class Sensitivity:
    """What another test says of the same verdict."""

    name: str
    p: float
    agrees: bool


def confirming(evidence: Evidence, null: float, alpha: float) -> list[Sensitivity]:
    """Sign-flip tests of θ > null, where the evidence is built on per-seed numbers."""
    return [_flip(values, alpha) for values in _above(evidence, null)]


def refuting(evidence: Evidence, line: float, alpha: float) -> list[Sensitivity]:
    """Sign-flip tests of θ < line."""
    if isinstance(evidence, WeakestEvidence):
        # One part below the line is enough, so the part that is lowest speaks for all.
        lowest = min(evidence.parts, key=lambda part: part.p_below(line))
        return refuting(lowest, line, alpha / len(evidence.parts))
    if isinstance(evidence, OppositeEvidence):
        return confirming(evidence.inner, -line, alpha)
    if isinstance(evidence, EquivalenceEvidence):
        side = 1.0 if evidence.inner.estimate >= evidence.centre else -1.0
        reach = evidence.margin - line
        beyond = side * (np.asarray(evidence.inner.values) - evidence.centre) - reach
        return [_flip(beyond, alpha)] if isinstance(evidence.inner, MeanEvidence) else []
    if isinstance(evidence, MeanEvidence):
        return [_flip(line - np.asarray(evidence.values), alpha)]
    return []


def _above(evidence: Evidence, null: float) -> Iterator[np.ndarray]:
    """Per-seed numbers that must have a positive mean if θ > null."""
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


def _flip(deviations: np.ndarray, alpha: float) -> Sensitivity:
    """p of the sign-flip test; where n seeds cannot reach α, all signs must agree."""
    p = sign_flip(deviations)
    attainable = max(alpha, smallest_p(len(deviations)))
    return Sensitivity(name="exact sign-flip", p=p, agrees=p <= attainable)
