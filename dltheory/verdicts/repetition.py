"""What the same experiment with fresh seeds would say: the chance of each verdict."""

from __future__ import annotations

from dataclasses import dataclass

from dltheory.statistics import (
    EquivalenceEvidence,
    Evidence,
    WeakestEvidence,
    predicted_chances,
)
from dltheory.verdicts.claim import Verdict


@dataclass(frozen=True, kw_only=True)
class Repetition:
    """Bounds on the chances to be confirmed and refuted; equal unless parts are involved."""

    confirmed: tuple[float, float]
    refuted: tuple[float, float]

    def stability(self, verdict: Verdict) -> float:
        """The least chance of this verdict."""
        if verdict == "INCONCLUSIVE":
            return max(0.0, 1.0 - self.confirmed[1] - self.refuted[1])
        return (self.confirmed if verdict == "CONFIRMED" else self.refuted)[0]


def repetition(
    evidence: Evidence, null: float, smallest_effect: float, alpha: float
) -> Repetition | None:
    """Chances on as many fresh seeds, given what these showed.

    Of k parts all must be confirmed at α, and one must be refuted at α/k. How parts depend on each
    other is not known, so their chances are bounded: P(all) ≥ 1 − Σ P(not one), P(any) ≥ max P.
    Exact evidence repeats itself. None for what has no variance: rates and correlations.
    """
    if isinstance(evidence, WeakestEvidence):
        return _of_parts(evidence.parts, null, smallest_effect, alpha)
    if evidence.sd is None:
        interval = evidence.interval(alpha)
        if interval.lower < interval.upper:
            return None
        sd, n = 0.0, max(2, evidence.n)
    else:
        sd, n = float(evidence.sd), evidence.n
    if n < 2:
        return None
    margin = evidence.margin if isinstance(evidence, EquivalenceEvidence) else None
    rule = (null, smallest_effect, alpha)
    found = predicted_chances(evidence.estimate, sd, n, *rule, margin=margin)
    return Repetition(
        confirmed=(found.confirmed, found.confirmed), refuted=(found.refuted, found.refuted)
    )


def _of_parts(
    parts: tuple[Evidence, ...], null: float, smallest_effect: float, alpha: float
) -> Repetition | None:
    k = len(parts)
    narrow = [repetition(part, null, smallest_effect, alpha) for part in parts]
    wide = [repetition(part, null, smallest_effect, alpha / k) for part in parts]
    if None in narrow:
        return None
    confirmed = [found.confirmed for found in narrow if found]
    refuted = [found.refuted for found in wide if found]
    return Repetition(
        confirmed=(
            max(0.0, 1.0 - sum(1.0 - low for low, _ in confirmed)),
            min(high for _, high in confirmed),
        ),
        refuted=(max(low for low, _ in refuted), min(1.0, sum(high for _, high in refuted))),
    )
