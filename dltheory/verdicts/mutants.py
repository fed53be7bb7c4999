"""Mutants: deliberately broken experiments that the rule must not confirm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dltheory.statistics import (
    EquivalenceEvidence,
    Evidence,
    OppositeEvidence,
    RateEvidence,
    WeakestEvidence,
    WelchEvidence,
)
from dltheory.verdicts.claim import Verdict

# Numbers are equal if they differ by at most this share of the largest absolute value.
_SAME = 1e-9


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A broken variant of the experiment, and the verdict of the same bounds on it.

    `counts` is false for the real numbers with reversed sign and for constant numbers. Such mutants
    could not have been confirmed, so catching them shows nothing.
    """

    name: str
    verdict: Verdict
    counts: bool = True

    @property
    def caught(self) -> bool:
        """Whether the mutant's verdict is neither CONFIRMED nor SMALLER."""
        return self.verdict not in ("CONFIRMED", "SMALLER")


def counts(mutant: Evidence, evidence: Evidence) -> bool:
    """Whether a mutant could have been confirmed: not constant, and not the evidence reversed."""
    if isinstance(mutant, RateEvidence):
        return True  # runs that all fail are no constant
    broken, real = _numbers(mutant), _numbers(evidence)
    if broken is None or real is None:
        return True
    if len(broken) > 1 and np.ptp(broken) <= _SAME * np.max(np.abs(broken)):
        return False
    if broken.shape != real.shape or _statistical(evidence) != _statistical(mutant):
        return True
    # If the mutant is the evidence reflected about any point, the sum of both is constant.
    together = broken + real
    size = np.max(np.abs(real)) + np.max(np.abs(broken))
    return not (len(real) > 1 and np.ptp(together) <= _SAME * size)


def _statistical(evidence: Evidence) -> bool:
    return evidence.sd is not None


def _numbers(evidence: Evidence) -> np.ndarray | None:
    """All numbers behind the evidence, in a fixed order; None if it has no numbers per unit."""
    if isinstance(evidence, OppositeEvidence):
        inner = _numbers(evidence.inner)
        return None if inner is None else -inner
    if isinstance(evidence, EquivalenceEvidence):
        return _numbers(evidence.inner)
    if isinstance(evidence, WeakestEvidence):
        parts = [_numbers(part) for part in evidence.parts]
        return None if any(p is None for p in parts) else np.concatenate([*parts])  # type: ignore[list-item]
    if isinstance(evidence, WelchEvidence):
        return np.asarray([*evidence.a, *(-b for b in evidence.b)])
    rows = getattr(evidence, "rows", None)
    if rows is not None:
        return np.asarray(rows, dtype=float).ravel()
    return np.asarray(evidence.values, dtype=float) if len(evidence.values) else None
