"""Evidence about a mean that is valid after any number of seeds: the t e-process.

The null hypothesis is mean ≤ θ, with normal errors of unknown standard deviation σ. After n seeds
the t statistic is t = (x̄ − θ)·√n/s, with x̄ the sample mean and s the sample standard deviation.
The e-process is the likelihood ratio of t, averaged over alternatives dⱼ = (mean − θ)/σ with
weights wⱼ:

    e(t) = Σⱼ wⱼ · f(t; n − 1, dⱼ√n) / f(t; n − 1, 0).

Here f(t; k, c) is the density of the noncentral t distribution with k degrees of freedom and
noncentrality c. The expectation of e at any stopping time is at most 1. Therefore
P(e ≥ 1/α after some number of seeds) ≤ α (Ville's inequality; Wang and Ramdas, arXiv 2310.03722;
Pérez-Ortiz et al., arXiv 2208.07610). The bounds at level α enclose all θ with e < 1/α.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from scipy import optimize, stats

from dltheory.errors import SpecError
from dltheory.statistics.evidence import Evidence, OppositeEvidence
from dltheory.statistics.exact import ExactEvidence
from dltheory.statistics.interval import Interval, require_level
from dltheory.statistics.margins import EquivalenceEvidence
from dltheory.statistics.means import MeanEvidence
from dltheory.statistics.parts import WeakestEvidence

ALTERNATIVES = (0.25, 0.5, 1.0, 2.0)
"""Effects in standard deviations, of equal weight: those that 8 to 100 seeds can show."""


@dataclass(frozen=True, kw_only=True)
class AnytimeMeanEvidence(MeanEvidence):
    """Evidence about a mean with bounds that are valid at any stopping time.

    The bounds are x̄ ∓ c · s/√n, where c is the t with e(c) = 1/α.
    """

    method: str = "t e-process on per-seed values, valid at any number of seeds"

    def interval(self, alpha: float) -> Interval:
        """The mean with its two one-sided bounds."""
        t = self._student
        reach = critical_t(self.n, require_level(alpha)) * t.standard_error
        return Interval(estimate=t.estimate, lower=t.estimate - reach, upper=t.estimate + reach)

    def p_above(self, null: float) -> float:
        """1/e, at most 1: a p-value against mean ≤ null."""
        return self._p(self.estimate - null)

    def p_below(self, bound: float) -> float:
        """1/e, at most 1: a p-value against mean ≥ bound."""
        return self._p(bound - self.estimate)

    def _p(self, distance: float) -> float:
        error = self._student.standard_error
        if np.isinf(error):
            return 1.0
        return float(min(1.0, np.exp(-log_e(distance / error, self.n))))


def anytime(evidence: Evidence) -> Evidence:
    """The same evidence with bounds that are valid at any number of seeds.

    It works for means and for opposites, equivalences and weakest parts of means. It raises
    SpecError for rates, correlations, unpaired runs and tables of seeds and images.
    """
    if isinstance(evidence, MeanEvidence):
        return AnytimeMeanEvidence(values=evidence.values, step=evidence.step, scale=evidence.scale)
    if isinstance(evidence, (OppositeEvidence, EquivalenceEvidence)):
        return replace(evidence, inner=anytime(evidence.inner))
    if isinstance(evidence, WeakestEvidence):
        return replace(evidence, parts=tuple(anytime(part) for part in evidence.parts))
    if isinstance(evidence, ExactEvidence):
        return evidence
    raise SpecError(
        "Going on beyond the planned looks needs evidence about means of one number a seed; got "
        f"“{evidence.method}”. Plan more looks for this form instead."
    )


def log_e(t: Any, n: int) -> Any:
    """The natural logarithm of e(t) after n seeds; `t` is a number or an array.

    >>> bool(log_e(3.0, 10) > log_e(2.0, 10))
    True
    """
    ratios = [
        stats.nct.logpdf(t, n - 1, d * np.sqrt(n)) - stats.t.logpdf(t, n - 1) for d in ALTERNATIVES
    ]
    return np.logaddexp.reduce(ratios, axis=0) - np.log(len(ALTERNATIVES))


@lru_cache(maxsize=1024)
def critical_t(n: int, alpha: float) -> float:
    """The t at which e reaches 1/α after n seeds; infinity if no t below 10⁴ reaches it."""
    goal = -np.log(alpha)
    high = 2.0
    while log_e(high, n) < goal:
        high *= 2.0
        if high > 1e4:
            return float("inf")
    found = optimize.root_scalar(lambda t: log_e(t, n) - goal, bracket=(0.0, high))
    return float(found.root)
