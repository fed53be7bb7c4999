"""The error rates and the power of a form's procedure, by simulation.

Experiments with a known θ are simulated for each kind of evidence (`statistics.simulated`). They go
through all planned looks and the rule that judges the real experiment (`word`). θ₀ is the null
value, δ the smallest effect, L and U the one-sided bounds, and a *word* is a verdict:

    false confirmation   θ = θ₀, and the word is CONFIRMED or SMALLER
    false refutation     θ = θ₀ + δ, and the word is REFUTED or SMALLER
    power                θ is the alternative of the criterion, and the word is CONFIRMED

Errors are normal, or residuals of this experiment and of its pilots, drawn with replacement. With
residuals, an experiment errs if L > θ₀ (or U < θ₀ + δ) at any look, whatever word ends the plan.
If several situations have the same θ (the two sides of an equivalence, each of several parts), the
one with the largest error rate counts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dltheory.statistics import Evidence, Looks
from dltheory.statistics.drawn_experiments import Drawn
from dltheory.statistics.pilot_spread import (
    cautious,
    held_against,
    joined,
    show_tails,
    spread_from_json,
    widened,
)
from dltheory.statistics.simulated import (
    LEAST_OWN,
    CrossedSpread,
    EquivalenceSpread,
    Errors,
    MeanSpread,
    OppositeSpread,
    Plan,
    Spread,
    WeakestSpread,
    WelchSpread,
    spread_of,
)
from dltheory.verdicts.claim import Criterion, Verdict
from dltheory.verdicts.word import words_of

# The number of simulated experiments for each error rate, and their seed.
EXPERIMENTS = 8_000
_SEED = 20_000
LARGEST_EXCESS = 2.5
"""A word of a plan that errs more than this many times α is not said."""

WITHOUT_PILOTS = 2.0
"""The same where no pilots show the tails of the errors."""

OVERWHELMING = 1.0 / 30.0
"""A p-value below this share of the level says the word all the same."""


@dataclass(frozen=True, kw_only=True)
class Procedure:
    """The plan of a form: its criterion, its looks, and the number of seeds run so far."""

    criterion: Criterion
    looks: Looks
    seeds: int


@dataclass(frozen=True, kw_only=True)
class ErrorRates:
    """Simulated rates of false confirmations and refutations of a whole plan.

    The rates with residuals are None if there are too few residuals. `simulations` is the number of
    simulated experiments.
    """

    false_confirm: float
    false_refute: float
    false_confirm_own_residuals: float | None = None
    false_refute_own_residuals: float | None = None
    simulations: int = EXPERIMENTS

    def own(self, verdict: Verdict) -> float | None:
        """The error rate of this word with residuals; for SMALLER the larger of both rates."""
        confirm, refute = self.false_confirm_own_residuals, self.false_refute_own_residuals
        if verdict == "SMALLER" and confirm is not None and refute is not None:
            return max(confirm, refute)
        return refute if verdict == "REFUTED" else confirm


def error_rates(
    procedure: Procedure, evidence: Evidence, pilots: Spread | None = None
) -> ErrorRates | None:
    """The error rates of this plan, with errors like those of the evidence and of its pilots.

    The result is None for evidence without sampling error.
    """
    spread = spread_of(evidence)
    if spread is None:
        return None
    return _rates(procedure, spread if pilots is None else joined(spread, pilots))


def unreliable(
    procedure: Procedure,
    evidence: Evidence,
    verdict: Verdict,
    rates: ErrorRates,
    pilots: Spread | None = None,
) -> str:
    """The reason why a word is unreliable with errors of this kind; "" if it is reliable.

    With pilots that show tails (at least 16): the word is unreliable if the plan errs in more than
    2.5 α of experiments with the residuals of seeds and pilots. The exception is a p-value of at
    most a thirtieth of the look's level, computed with the pooled standard deviation of seeds and
    pilots if that is larger.

    Without such pilots: the word is unreliable if the plan errs in more than 2 α of experiments
    with its own residuals. The exception is that simulated experiments reach the p-value that was
    seen in at most α/10. This rule is strict: about a quarter of samples of eight normal errors
    fail it.
    """
    tails = pilots is not None and show_tails(pilots)
    limit = LARGEST_EXCESS if tails else WITHOUT_PILOTS
    rate, alpha = rates.own(verdict), procedure.criterion.alpha
    if rate is None or rate <= limit * alpha:
        return ""
    if tails:
        assert pilots is not None
        largest = max(p for _, p in _ways(procedure.criterion, widened(evidence, pilots), verdict))
        overwhelming = largest <= OVERWHELMING * procedure.looks.alpha
    else:
        overwhelming = _reached_by_own_residuals(procedure, evidence, verdict) <= alpha / 10.0
    if overwhelming:
        return ""
    what = "refute" if verdict == "REFUTED" else "confirm"
    whose = "runs and pilots have" if tails else "runs have"
    return (
        f"with errors such as these {whose}, this plan would {what} falsely in {rate:.1%} of "
        f"experiments, more than {limit:g} α = {limit * alpha:.1%}"
    )


def _ways(criterion: Criterion, evidence: Evidence, verdict: Verdict) -> list[tuple[float, float]]:
    """The boundary values of θ at which this word would be false, each with the p-value."""
    ways: list[tuple[float, float]] = []
    if verdict != "REFUTED":
        ways.append((criterion.null, evidence.p_above(criterion.null)))
    if verdict != "CONFIRMED":
        line = criterion.refutation_line
        ways.append((line, evidence.p_below(line)))
    return ways


def _reached_by_own_residuals(procedure: Procedure, evidence: Evidence, verdict: Verdict) -> float:
    """How often experiments with these residuals reach the observed p-value although it is false.

    θ is at the boundary at which the word is false; the largest share over boundaries and sides is
    returned.
    """
    spread, criterion = spread_of(evidence), procedure.criterion
    assert spread is not None
    largest = 0.0
    for theta, p in _ways(criterion, evidence, verdict):
        level = min(0.49, max(p, 1e-300))
        once = replace(procedure, looks=Looks(seeds=(max(2, procedure.seeds),), alpha=level))
        for side in _sides(spread):
            found = _shares(once, spread, theta, side, "own")
            wrong = (
                found.affirmed
                if theta == criterion.null and verdict != "REFUTED"
                else (found.refuted + found.smaller)
            )
            largest = max(largest, wrong)
    return largest


def pilot_spread(pilot: Mapping[str, Any] | None, evidence: Evidence) -> Spread | None:
    """The spread in a line of pilots, with the margins of this evidence.

    The result is None if there is no line, or if the pilots have another kind of evidence.
    """
    if pilot is None or pilot.get("spread") is None:
        return None
    return held_against(spread_from_json(pilot["spread"]), spread_of(evidence))


def planned_power(
    procedure: Procedure, pilot: Mapping[str, Any], evidence: Evidence
) -> float | None:
    """The probability of CONFIRMED at the criterion's alternative, from the spread of pilots.

    Standard deviations are at their upper 80 % bounds; margins are those of the judged evidence.
    The result is None without an alternative, or if the pilots have another kind of evidence.
    """
    alternative, spread = procedure.criterion.alternative, pilot_spread(pilot, evidence)
    if alternative is None or spread is None:
        return None
    seen = replace(procedure, seeds=pilot["pilots"])
    return power_at(seen, alternative, cautious(spread))


def power_at(procedure: Procedure, theta: float, spread: Spread) -> float:
    """The probability of CONFIRMED at this θ with normal errors; the smaller of both sides."""
    return min(
        _shares(procedure, spread, theta, side, "normal").confirmed for side in _sides(spread)
    )


@dataclass(frozen=True, kw_only=True)
class Chances:
    """The probability that each word ends the plan; the remainder is INCONCLUSIVE."""

    confirmed: float
    smaller: float
    refuted: float

    @property
    def affirmed(self) -> float:
        """The probability of CONFIRMED or SMALLER."""
        return self.confirmed + self.smaller

    def of(self, verdict: Verdict) -> float:
        """The probability of this word."""
        words = {"CONFIRMED": self.confirmed, "SMALLER": self.smaller, "REFUTED": self.refuted}
        return words.get(verdict, max(0.0, 1.0 - sum(words.values())))


def chances_again(procedure: Procedure, spread: Spread) -> Chances:
    """The probability of each word for the same plan on fresh seeds, given the observed spread."""
    plan = _plan(procedure, "normal")
    return _counted(*_ended(spread.again(plan), procedure))


@lru_cache(maxsize=512)
def _rates(procedure: Procedure, spread: Spread) -> ErrorRates:
    null, line = procedure.criterion.null, procedure.criterion.refutation_line
    found: dict[str, float | None] = {}
    for errors in ("normal", "own"):
        if errors == "own" and not _has_residuals(spread):
            continue
        end, rates_at = ("_own_residuals", _ever_wrong) if errors == "own" else ("", _wrong_words)
        found[f"false_confirm{end}"] = max(
            rates_at(procedure, part, null, side)[0]
            for part in _parts(spread)
            for side in _sides(part)
        )
        if math.isfinite(line):
            found[f"false_refute{end}"] = max(
                rates_at(procedure, spread, line, side)[1] for side in _sides(spread)
            )
    found.setdefault("false_refute", 0.0)
    return ErrorRates(**found)  # type: ignore[arg-type]


def _wrong_words(
    procedure: Procedure, spread: Spread, theta: float, side: int
) -> tuple[float, float]:
    """How often the plan ends in CONFIRMED or SMALLER, and in REFUTED or SMALLER, at this θ."""
    shares = _shares(procedure, spread, theta, side, "normal")
    return shares.affirmed, shares.refuted + shares.smaller


def _ever_wrong(
    procedure: Procedure, spread: Spread, theta: float, side: int
) -> tuple[float, float]:
    """How often L lies above this θ at some look, and how often U lies below it at some look.

    Errors are residuals. All looks count, even after a word that ends the plan. Otherwise a plan
    that soon refutes θ₀ + δ would hide the effect of a long tail.
    """
    above = below = np.zeros(EXPERIMENTS, dtype=bool)
    alpha = procedure.looks.alpha
    for drawn in spread.drawn(theta, side, _plan(procedure, "own")):
        above, below = above | drawn.above(theta, alpha), below | drawn.below(theta, alpha)
    return float(above.mean()), float(below.mean())


def _shares(
    procedure: Procedure, spread: Spread, theta: float, side: int, errors: Errors
) -> Chances:
    """How often each word ends the plan in simulated experiments with this θ."""
    drawn = spread.drawn(theta, side, _plan(procedure, errors))
    return _counted(*_ended(drawn, procedure))


def _plan(procedure: Procedure, errors: Errors) -> Plan:
    return Plan(
        looks=procedure.looks,
        experiments=EXPERIMENTS,
        errors=errors,
        generator=np.random.default_rng(_SEED),
        judged_on=procedure.seeds,
    )


def _counted(above: NDArray[np.bool_], below: NDArray[np.bool_]) -> Chances:
    return Chances(
        confirmed=float((above & ~below).mean()),
        smaller=float((above & below).mean()),
        refuted=float((below & ~above).mean()),
    )


def _ended(
    looks: Iterable[Drawn], procedure: Procedure
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """For each experiment, whether L > θ₀ and whether U < line, at the look that ended the plan."""
    above = below = np.zeros(1, dtype=bool)
    for drawn in looks:
        ended = above | below
        now_above, now_below = words_of(drawn, procedure.criterion, procedure.looks.alpha)
        above, below = np.where(ended, above, now_above), np.where(ended, below, now_below)
    return above, below


def _parts(spread: Spread) -> tuple[Spread, ...]:
    """The parts of a spread, each to be simulated alone at the null value."""
    return spread.parts if isinstance(spread, WeakestSpread) else (spread,)


def _sides(spread: Spread) -> tuple[int, ...]:
    """The sides to simulate: (1, −1) if the spread contains an equivalence, otherwise (1,)."""
    if isinstance(spread, OppositeSpread):
        return _sides(spread.inner)
    if isinstance(spread, WeakestSpread):
        return max((_sides(part) for part in spread.parts), key=len)
    return (1, -1) if isinstance(spread, EquivalenceSpread) else (1,)


def _has_residuals(spread: Spread) -> bool:
    if isinstance(spread, (OppositeSpread, EquivalenceSpread)):
        return _has_residuals(spread.inner)
    if isinstance(spread, WeakestSpread):
        return all(_has_residuals(part) for part in spread.parts)
    if isinstance(spread, (MeanSpread, CrossedSpread)):
        return len(spread.residuals) >= LEAST_OWN
    if isinstance(spread, WelchSpread):
        return all(len(own) >= LEAST_OWN for own in spread.residuals)
    return False
