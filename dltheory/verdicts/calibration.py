"""The checker checked: how often the rule errs on data that look like the claim's own.

Simulated with the claim's n, α, looks, null and smallest effect: the rate of false confirmations
at θ = θ0 (the A/A rate) and of false refutations at θ = θ0 + δ, under normal errors and under the
claim's own residuals drawn with replacement; power from the noncentral t; and stability, the
probability that the same experiment with fresh seeds returns the same verdict, predicted from what
these seeds showed. Claims of several parts have stability alone, from below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dltheory.statistics import (
    EquivalenceEvidence,
    Evidence,
    Looks,
    OppositeEvidence,
    verdict_chances,
)
from dltheory.statistics.student import t_quantile
from dltheory.verdicts.claim import Criterion, Verdict
from dltheory.verdicts.control import Control
from dltheory.verdicts.repetition import repetition
from dltheory.verdicts.stability import stability

SIMULATIONS = 20_000
STABLE = 0.99
"""A fast claim gates only if an identical run would return the same verdict this often."""


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """Measured error rates and chances of one claim's procedure; None where there is none.

    The rate under the claim's own residuals needs one number a seed, so unpaired runs have none;
    power needs a finite smallest effect or `power_at`.
    """

    stability: float | None
    gates: bool
    false_confirm: float | None = None
    false_confirm_own_residuals: float | None = None
    false_refute: float | None = None
    simulations: int = 0
    power: float | None = None


def calibrate(
    criterion: Criterion,
    evidence: Evidence,
    verdict: Verdict,
    looks: Looks,
    controls: Sequence[Control] = (),
    mutants: Sequence[Evidence] = (),
) -> Calibration:
    """Error rates, power and stability of this claim's test."""
    alpha = looks.alpha_at(len(looks.seeds) - 1)
    again, *broken = [
        repetition(of, criterion.null, criterion.smallest_effect, alpha)
        for of in (evidence, *mutants)
    ]
    same = None if again is None else stability(verdict, again, controls, broken)
    plain = Calibration(stability=same, gates=same is not None and same >= STABLE)
    if again is None or evidence.sd is None:
        return plain
    inner, margin = _per_seed_part(evidence)
    n, sd = looks.seeds[-1], float(evidence.sd)
    generator = np.random.default_rng(20_000)
    normal = generator.standard_normal((SIMULATIONS, n))
    return replace(
        plain,
        false_confirm=crossing_rate(normal, looks),
        false_confirm_own_residuals=_own_rate(inner.values, looks, generator),
        false_refute=crossing_rate(-normal, looks),
        simulations=SIMULATIONS,
        power=_power(criterion, sd, n, alpha, margin),
    )


def _own_rate(
    values: Sequence[float], looks: Looks, generator: np.random.Generator
) -> float | None:
    """False confirmations under residuals drawn with replacement; None if there are none."""
    if len(set(values)) < 2:
        return None
    residuals = np.asarray(values) - np.mean(values)
    return crossing_rate(generator.choice(residuals, (SIMULATIONS, looks.seeds[-1])), looks)


def _power(
    criterion: Criterion, sd: float, n: int, alpha: float, margin: float | None
) -> float | None:
    """The chance to confirm at `power_at`, by default at the smallest effect."""
    at = criterion.refutation_line if criterion.power_at is None else criterion.power_at
    if not np.isfinite(at):
        return None
    rule = (criterion.null, criterion.smallest_effect, alpha)
    return verdict_chances(at, sd, n, *rule, margin=margin).confirmed


def crossing_rate(errors: NDArray[np.float64], looks: Looks) -> float:
    """The share of experiments (rows) whose t exceeds its critical value at any planned look.

    The errors have mean zero in the population, so every crossing is an error of the rule.
    """
    crossed = np.zeros(len(errors), dtype=bool)
    for index, n in enumerate(looks.seeds):
        seen = errors[:, :n]
        spread = seen.std(axis=1, ddof=1)
        bound = t_quantile(1.0 - looks.alpha_at(index), n - 1) * spread / np.sqrt(n)
        crossed |= seen.mean(axis=1) > bound
    return float(crossed.mean())


def planned(looks: Sequence[int], alpha: float) -> Looks:
    """Looks at these numbers of seeds that spend α in all; several looks are Haybittle–Peto's.

    A single run, as of an audit or a certificate, has a level but no test: it is planned as two.
    """
    if len(looks) == 1:
        return Looks(seeds=(max(2, looks[0]),), early_alpha=alpha, final_alpha=alpha)
    return Looks(seeds=tuple(looks), early_alpha=alpha / 10, final_alpha=0.85 * alpha)


def _per_seed_part(evidence: Evidence) -> tuple[Evidence, float | None]:
    """The evidence whose values are one number a seed, and the margin around it if there is one."""
    if isinstance(evidence, EquivalenceEvidence):
        return evidence.inner, evidence.margin
    if isinstance(evidence, OppositeEvidence):
        return evidence.inner, None
    return evidence, None
