"""Simulated experiments that are like a given one, with their estimates and bounds.

A *spread* holds what one experiment shows about its errors: standard deviations, the least standard
deviation `floor` that its grid allows, and residuals. `drawn` simulates experiments with a chosen
true θ; they use the same functions as the real one (`standard_error`). Their errors are either
normal, rounded to the grid at random so that means are preserved, or residuals drawn with
replacement. `side` is 1 or −1 and matters only for an equivalence: the side of the centre.

`again` simulates repetitions on fresh seeds, given the result of the experiment. The true mean and
standard deviation are drawn from the posterior under Jeffreys' prior: σ = s·√((n−1)/χ²(n−1)), and
given σ the true mean is N(estimate, σ²/n).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from dltheory.statistics.correlations import CorrelationEvidence
from dltheory.statistics.crossed import CrossedEvidence
from dltheory.statistics.drawn_experiments import Correlated, Counts, Drawn, Together, Turned
from dltheory.statistics.draws import (
    chi_squares,
    normal_moments,
    normal_tables,
    normals,
    places,
    uniforms,
)
from dltheory.statistics.evidence import Evidence, OppositeEvidence
from dltheory.statistics.looks import Looks
from dltheory.statistics.margins import EquivalenceEvidence, Within
from dltheory.statistics.means import MeanEvidence, WelchEvidence
from dltheory.statistics.parts import WeakestEvidence
from dltheory.statistics.rates import RateEvidence
from dltheory.statistics.standard_error import (
    Moments,
    Numbers,
    Students,
    moments_by_look,
    of_moments,
    of_table_sums,
    of_two_moments,
)

Errors = Literal["normal", "own"]

LEAST_OWN = 8
"""Fewer runs have too few residuals to draw from: the t of three of them can be infinite."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How many experiments are simulated, with which looks, and with which errors.

    `judged_on` is the number of seeds of the real experiment. At a look with another number of
    seeds, the number of units changes in proportion.
    """

    looks: Looks
    experiments: int
    errors: Errors
    generator: np.random.Generator
    judged_on: int

    def sizes(self, n: int) -> list[int]:
        """The number of units at each look, for evidence that has n units on `judged_on` seeds."""
        share = n / self.judged_on
        return [max(2, round(share * seeds)) for seeds in self.looks.seeds]


@dataclass(frozen=True, kw_only=True)
class MeanSpread:
    """The errors of a mean of one number per seed."""

    sd: float
    n: int
    floor: float = 0.0
    residuals: tuple[float, ...] = ()
    estimate: float = 0.0

    def drawn(self, theta: float, side: int, plan: Plan) -> Sequence[Students]:
        """Experiments about the mean θ, at each look."""
        del side
        return self.students(theta, plan)

    def students(self, theta: float, plan: Plan) -> list[Students]:
        """Estimates with their standard errors, at each look."""
        errors = _moments(self.sd, self.floor, self.residuals, plan.sizes(self.n), plan)
        return [of_moments(replace(one, mean=theta + one.mean), self.floor) for one in errors]

    def again(self, plan: Plan) -> list[Students]:
        """Repetitions, at each look."""
        sd, n, draw = max(self.sd, self.floor), self.n, plan.generator
        centre, sigma = _arm_again(self.estimate, sd, n, plan)
        runs = normal_moments(draw, plan.experiments, plan.sizes(n))
        return [
            of_moments(
                Moments(n=one.n, mean=centre + sigma * one.mean, sd=sigma * one.sd), self.floor
            )
            for one in runs
        ]


@dataclass(frozen=True, kw_only=True)
class WelchSpread:
    """The errors of two arms of unpaired runs."""

    sds: tuple[float, float]
    sizes: tuple[int, int]
    floor: float = 0.0
    residuals: tuple[tuple[float, ...], tuple[float, ...]] = ((), ())
    estimates: tuple[float, float] = (0.0, 0.0)

    def drawn(self, theta: float, side: int, plan: Plan) -> Sequence[Students]:
        """Experiments about the difference of means θ, at each look."""
        del side
        return self.students(theta, plan)

    def students(self, theta: float, plan: Plan) -> list[Students]:
        """Estimates with their standard errors, at each look."""
        a, b = (
            _errors(sd, self.floor, own, plan.sizes(n)[-1], plan)
            for sd, n, own in zip(self.sds, self.sizes, self.residuals, strict=True)
        )
        return self._compared(a, b, theta, plan)

    def again(self, plan: Plan) -> list[Students]:
        """Repetitions, at each look."""
        (a, centre), (b, other) = (
            self._arm_again(arm, plan)
            for arm in zip(self.estimates, self.sds, self.sizes, strict=True)
        )
        return self._compared(a, b, centre - other, plan)

    def _arm_again(self, arm: tuple[float, float, int], plan: Plan) -> tuple[Numbers, Numbers]:
        """Errors of an arm's runs in repetitions, (n, experiments), and the arm's true means."""
        estimate, sd, n = arm
        centre, sigma = _arm_again(estimate, max(sd, self.floor), n, plan)
        return sigma * normals(plan.generator, plan.experiments, plan.sizes(n)[-1]), centre

    def _compared(
        self, a: Numbers, b: Numbers, difference: Numbers | float, plan: Plan
    ) -> list[Students]:
        """The difference of the arms at each look; a and b are the arms' errors, of mean 0."""
        looks_a, looks_b = (plan.sizes(n) for n in self.sizes)
        unit = _largest(a, b)
        paired = moments_by_look((a - b) / unit, looks_a) if looks_a == looks_b else None
        found = zip(
            moments_by_look(a / unit, looks_a), moments_by_look(b / unit, looks_b), strict=True
        )
        students = (
            of_two_moments(m, n, paired[look].sd if paired else None, self.floor / unit)
            for look, (m, n) in enumerate(found)
        )
        return [
            replace(
                one,
                estimate=difference + unit * one.estimate,
                standard_error=unit * one.standard_error,
            )
            for one in students
        ]


@dataclass(frozen=True, kw_only=True)
class CrossedSpread:
    """The errors of a table of seeds and blocks: number = mean + seed + block + rest.

    `seed`, `block` and `rest` are standard deviations. Residuals are of the seeds' means.
    """

    seed: float
    block: float
    rest: float
    n: int
    blocks: int
    floor: float = 0.0
    residuals: tuple[float, ...] = ()
    estimate: float = 0.0

    def drawn(self, theta: float, side: int, plan: Plan) -> Sequence[Students]:
        """Experiments about the mean θ over seeds and blocks, at each look."""
        del side
        return self.students(theta, plan)

    def students(self, theta: float, plan: Plan) -> list[Students]:
        """Estimates with their standard errors, at each look."""
        sizes = plan.sizes(self.n)
        tables = normal_tables(plan.generator, plan.experiments, sizes, self.blocks)
        of_seeds = self.seed * tables.seeds
        if plan.errors == "own" and self.residuals:
            of_seeds = _errors(self.seed, 0.0, self.residuals, sizes[-1], plan)
        by_seed = self.rest * tables.by_seed + of_seeds
        by_seed += self.block * tables.blocks.mean(axis=0)
        found = []
        for look, seed in enumerate(moments_by_look(by_seed, sizes)):
            by_block = self.rest * tables.by_block[look] + self.block * tables.blocks
            [block] = moments_by_look(by_block, [self.blocks])
            rest = self.rest**2 * tables.rest[look]
            found.append(
                of_table_sums(replace(seed, mean=theta + seed.mean), block, rest, self.floor)
            )
        return found

    def again(self, plan: Plan) -> list[Students]:
        """Repetitions, at each look."""
        variance = self.seed**2 / self.n + self.block**2 / self.blocks
        error = math.sqrt(variance + self.rest**2 / (self.n * self.blocks))
        centre = self.estimate + error * plan.generator.standard_normal(plan.experiments)
        found = self.students(0.0, plan)
        return [replace(one, estimate=one.estimate + centre) for one in found]


@dataclass(frozen=True, kw_only=True)
class OppositeSpread:
    """The errors of evidence about −θ."""

    inner: Spread

    def drawn(self, theta: float, side: int, plan: Plan) -> Sequence[Drawn]:
        """Experiments about θ, at each look: those of the inner spread about −θ, sign reversed."""
        return [Turned(inner=one) for one in self.inner.drawn(-theta, side, plan)]

    def again(self, plan: Plan) -> Sequence[Drawn]:
        """Repetitions, at each look."""
        return [Turned(inner=one) for one in self.inner.again(plan)]


@dataclass(frozen=True, kw_only=True)
class EquivalenceSpread:
    """The errors of θ = margin − |d − centre|; d is above the centre for side = 1, else below."""

    inner: MeanSpread | WelchSpread | CrossedSpread
    margin: float
    centre: float

    def drawn(self, theta: float, side: int, plan: Plan) -> Sequence[Drawn]:
        """Experiments about θ, at each look."""
        d = self.centre + side * (self.margin - theta)
        return self._within(self.inner.students(d, plan))

    def again(self, plan: Plan) -> Sequence[Drawn]:
        """Repetitions, at each look."""
        return self._within(self.inner.again(plan))

    def _within(self, students: Sequence[Students]) -> Sequence[Drawn]:
        return [Within(found=one, margin=self.margin, centre=self.centre) for one in students]


@dataclass(frozen=True, kw_only=True)
class WeakestSpread:
    """The errors of several parts, which are simulated as if they were independent."""

    parts: tuple[Spread, ...]

    def drawn(self, theta: float, side: int, plan: Plan) -> Sequence[Drawn]:
        """Experiments in which all parts are at θ, at each look."""
        return _together([part.drawn(theta, side, plan) for part in self.parts])

    def again(self, plan: Plan) -> Sequence[Drawn]:
        """Repetitions, at each look."""
        return _together([part.again(plan) for part in self.parts])


@dataclass(frozen=True, kw_only=True)
class RateSpread:
    """The number of independent trials of a rate, and of successes."""

    trials: int
    successes: int = 0

    def drawn(self, theta: float, side: int, plan: Plan) -> Sequence[Drawn]:
        """Experiments about the rate θ, at each look."""
        del side
        return self._counted(np.full(plan.experiments, min(1.0, max(0.0, theta))), plan)

    def again(self, plan: Plan) -> Sequence[Drawn]:
        """Repetitions, where the rate is drawn from its posterior under Jeffreys' prior."""
        failures = self.trials - self.successes
        rates = plan.generator.beta(self.successes + 0.5, failures + 0.5, plan.experiments)
        return self._counted(rates, plan)

    def _counted(self, rates: Numbers, plan: Plan) -> Sequence[Drawn]:
        sizes = plan.sizes(self.trials)
        steps = np.diff([0, *sizes])
        counts = np.cumsum([plan.generator.binomial(n, rates) for n in steps], axis=0)
        return [Counts(successes=k, trials=n) for k, n in zip(counts, sizes, strict=True)]


@dataclass(frozen=True, kw_only=True)
class CorrelationSpread:
    """The number of models of a correlation; pairs are simulated as bivariate normal."""

    n: int
    ranks: bool
    estimate: float = 0.0

    def drawn(self, theta: float, side: int, plan: Plan) -> Sequence[Drawn]:
        """Experiments about the correlation θ, at each look."""
        del side
        return self._correlated(np.full(plan.experiments, theta), plan)

    def again(self, plan: Plan) -> Sequence[Drawn]:
        """Repetitions, where Fisher's z of the correlation is normal about the estimate."""
        z = math.atanh(min(0.999, max(-0.999, self.estimate)))
        error = 1.0 / math.sqrt(max(1, self.n - 3))
        return self._correlated(
            np.tanh(z + error * plan.generator.standard_normal(plan.experiments)), plan
        )

    def _correlated(self, correlations: Numbers, plan: Plan) -> Sequence[Drawn]:
        sizes = plan.sizes(self.n)
        rho = np.clip(correlations, -0.999, 0.999)[:, None]
        x, e = plan.generator.standard_normal((2, plan.experiments, sizes[-1]))
        y = rho * x + np.sqrt(1.0 - rho**2) * e
        return [Correlated(x=x[:, :n], y=y[:, :n], ranks=self.ranks) for n in sizes]


Spread = (
    MeanSpread
    | WelchSpread
    | CrossedSpread
    | OppositeSpread
    | EquivalenceSpread
    | WeakestSpread
    | RateSpread
    | CorrelationSpread
)


def spread_of(evidence: Evidence) -> Spread | None:  # noqa: C901  one branch a kind
    """The spread of the evidence; None for exact evidence and for kinds without a simulation."""
    if isinstance(evidence, MeanEvidence):
        return MeanSpread(
            sd=evidence.sd,
            n=evidence.n,
            floor=evidence.floor,
            residuals=_residuals(evidence.values),
            estimate=evidence.estimate,
        )
    if isinstance(evidence, WelchEvidence):
        return WelchSpread(
            sds=(float(np.std(evidence.a, ddof=1)), float(np.std(evidence.b, ddof=1))),
            sizes=(len(evidence.a), len(evidence.b)),
            floor=evidence.floor,
            residuals=(_residuals(evidence.a), _residuals(evidence.b)),
            estimates=(float(np.mean(evidence.a)), float(np.mean(evidence.b))),
        )
    if isinstance(evidence, CrossedEvidence):
        return _crossed(evidence)
    if isinstance(evidence, OppositeEvidence):
        inner = spread_of(evidence.inner)
        return None if inner is None else OppositeSpread(inner=inner)
    if isinstance(evidence, EquivalenceEvidence):
        inner = spread_of(evidence.inner)
        if not isinstance(inner, (MeanSpread, WelchSpread, CrossedSpread)):
            return None
        return EquivalenceSpread(inner=inner, margin=evidence.margin, centre=evidence.centre)
    if isinstance(evidence, WeakestEvidence):
        parts = [spread_of(part) for part in evidence.parts]
        known = tuple(part for part in parts if part is not None)
        return WeakestSpread(parts=known) if known else None  # exact parts have no errors
    if isinstance(evidence, RateEvidence):
        return RateSpread(trials=evidence.trials, successes=evidence.successes)
    if isinstance(evidence, CorrelationEvidence):
        return CorrelationSpread(n=evidence.n, ranks=evidence.ranks, estimate=evidence.estimate)
    return None


def _residuals(values: Sequence[float]) -> tuple[float, ...]:
    """Deviations from the mean × √(n/(n−1)), of unbiased variance; () below `LEAST_OWN` runs."""
    n = len(values)
    if n < LEAST_OWN:
        return ()
    deviations = np.asarray(values) - np.mean(values)
    return tuple((deviations * math.sqrt(n / (n - 1))).tolist())


def _errors(sd: float, floor: float, residuals: tuple[float, ...], n: int, plan: Plan) -> Numbers:
    """Errors of mean 0, shape (n, experiments): residuals drawn with replacement, or normal."""
    draw, experiments = plan.generator, plan.experiments
    if plan.errors == "own" and residuals:
        return np.asarray(residuals)[places(draw, experiments, n, len(residuals))]
    errors = max(sd, floor) * normals(draw, experiments, n)
    if floor > 0.0:  # to one of the two nearest points of the grid, the mean staying what it is
        step = 2.0 * floor
        errors = step * np.floor(errors / step + uniforms(draw, experiments, n))
    return errors


def _moments(
    sd: float, floor: float, residuals: tuple[float, ...], sizes: Sequence[int], plan: Plan
) -> Sequence[Moments]:
    """Means and standard deviations of errors of mean 0 at each look."""
    if floor == 0.0 and not (plan.errors == "own" and residuals):
        found, unit = normal_moments(plan.generator, plan.experiments, sizes), sd
    else:
        errors = _errors(sd, floor, residuals, sizes[-1], plan)
        unit = _largest(errors)
        found = moments_by_look(errors / unit, sizes)
    return [replace(one, mean=unit * one.mean, sd=unit * one.sd) for one in found]


def _largest(*errors: Numbers) -> float:
    """The largest absolute value; dividing by it keeps squares of small numbers from underflow."""
    return max(np.finfo(float).tiny, *(float(np.abs(one).max()) for one in errors))


def _arm_again(estimate: float, sd: float, n: int, plan: Plan) -> tuple[Numbers, Numbers]:
    """True means and standard deviations of repetitions of an arm of n runs, by experiment."""
    sigma = sd * np.sqrt((n - 1) / chi_squares(plan.generator, plan.experiments, n - 1))
    [error] = normals(plan.generator, plan.experiments, 1)
    return estimate + sigma / math.sqrt(n) * error, sigma


def _together(parts: Sequence[Sequence[Drawn]]) -> Sequence[Drawn]:
    return [Together(parts=at) for at in zip(*parts, strict=True)]


def _crossed(evidence: CrossedEvidence) -> CrossedSpread:
    """The spread of a table: variance components from its mean squares, none below 0."""
    table = np.asarray(evidence.rows, dtype=float)
    seeds, blocks = table.shape
    by_seed, by_block = table.mean(axis=1), table.mean(axis=0)
    rest = table - by_seed[:, None] - by_block[None, :] + table.mean()
    left = float((rest**2).sum() / ((seeds - 1) * (blocks - 1)))
    seed = max(0.0, float(by_seed.var(ddof=1)) - left / blocks)
    block = max(0.0, float(by_block.var(ddof=1)) - left / seeds)
    return CrossedSpread(
        seed=math.sqrt(seed),
        block=math.sqrt(block),
        rest=math.sqrt(left),
        n=seeds,
        blocks=blocks,
        floor=evidence.floor,
        residuals=_residuals(by_seed.tolist()),
        estimate=float(table.mean()),
    )
