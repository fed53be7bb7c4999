"""Experiments drawn at random that are like a given one, and the bounds that they would get.

A *spread* holds what the evidence of one experiment tells of its errors: standard deviations, the
step of its grid, its residuals. From it come thousands of experiments with a chosen true θ, judged
by the functions that judge the real one (`standard_error`). Errors are normal, rounded to the grid
at random so that means stay what they are, or the experiment's own residuals, drawn with
replacement.

`again` draws repetitions on fresh seeds instead, given what the experiment showed. Neither its
estimate nor its spread is taken for the truth: with Jeffreys' prior σ = s·√((n−1)/χ²(n−1)), and
given σ the true mean is N(estimate, σ²/n).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from dltheory.statistics.correlations import CorrelationEvidence, bounds_of_correlations
from dltheory.statistics.crossed import CrossedEvidence
from dltheory.statistics.evidence import Evidence, OppositeEvidence
from dltheory.statistics.looks import Looks
from dltheory.statistics.margins import EquivalenceEvidence, equivalence_bounds
from dltheory.statistics.means import MeanEvidence, WelchEvidence
from dltheory.statistics.parts import WeakestEvidence
from dltheory.statistics.rates import RateEvidence, bounds_of_counts
from dltheory.statistics.standard_error import Students, of_differences, of_means, of_tables

Numbers = NDArray[np.float64]
Errors = Literal["normal", "own"]
Bounds = list[tuple[Numbers, Numbers]]
"""Lower and upper bounds of many experiments, a pair for each look."""

LEAST_OWN = 8
"""Fewer runs have too few residuals to draw from: the t of three of them can be infinite."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How many experiments are drawn, when they are looked at, and from which errors.

    `judged_on` is the number of seeds of the experiment that is imitated; looks at other numbers of
    seeds have proportionally as many units.
    """

    looks: Looks
    experiments: int
    errors: Errors
    generator: np.random.Generator
    judged_on: int

    def sizes(self, n: int) -> list[int]:
        """The number of units at each look, of evidence that has n units."""
        share = n / self.judged_on
        return [max(2, round(share * seeds)) for seeds in self.looks.seeds]


@dataclass(frozen=True, kw_only=True)
class MeanSpread:
    """One number a seed."""

    sd: float
    n: int
    floor: float = 0.0
    residuals: tuple[float, ...] = ()
    estimate: float = 0.0

    def bounds(self, theta: float, side: int, plan: Plan) -> Bounds:
        """Bounds of the mean."""
        del side
        return [found.bounds(plan.looks.alpha) for found in self.students(theta, plan)]

    def students(self, theta: float, plan: Plan) -> list[Students]:
        """Estimates with their standard errors, at each look."""
        sizes = plan.sizes(self.n)
        drawn = theta + _errors(self.sd, self.floor, self.residuals, sizes[-1], plan)
        return [of_means(drawn[:, :n], self.floor) for n in sizes]

    def students_again(self, plan: Plan) -> list[Students]:
        """Estimates with their standard errors of repetitions, at each look."""
        sizes = plan.sizes(self.n)
        drawn = _arm_again(self.estimate, max(self.sd, self.floor), self.n, sizes[-1], plan)
        return [of_means(drawn[:, :n], self.floor) for n in sizes]

    def again(self, plan: Plan) -> Bounds:
        """Bounds of repetitions."""
        return [found.bounds(plan.looks.alpha) for found in self.students_again(plan)]


@dataclass(frozen=True, kw_only=True)
class WelchSpread:
    """Two arms of unpaired runs."""

    sds: tuple[float, float]
    sizes: tuple[int, int]
    floor: float = 0.0
    residuals: tuple[tuple[float, ...], tuple[float, ...]] = ((), ())
    estimates: tuple[float, float] = (0.0, 0.0)

    def bounds(self, theta: float, side: int, plan: Plan) -> Bounds:
        """Bounds of the difference of means."""
        del side
        return [found.bounds(plan.looks.alpha) for found in self.students(theta, plan)]

    def students(self, theta: float, plan: Plan) -> list[Students]:
        """Estimates with their standard errors, at each look."""
        arms = [
            (_errors(sd, self.floor, own, plan.sizes(n)[-1], plan), plan.sizes(n))
            for sd, n, own in zip(self.sds, self.sizes, self.residuals, strict=True)
        ]
        (a, sizes_a), (b, sizes_b) = arms
        return [
            of_differences(theta + a[:, :m], b[:, :n], self.floor)
            for m, n in zip(sizes_a, sizes_b, strict=True)
        ]

    def students_again(self, plan: Plan) -> list[Students]:
        """Estimates with their standard errors of repetitions, at each look."""
        looks = [plan.sizes(n) for n in self.sizes]
        a, b = (
            _arm_again(estimate, max(sd, self.floor), n, sizes[-1], plan)
            for estimate, sd, n, sizes in zip(
                self.estimates, self.sds, self.sizes, looks, strict=True
            )
        )
        return [of_differences(a[:, :m], b[:, :n], self.floor) for m, n in zip(*looks, strict=True)]

    def again(self, plan: Plan) -> Bounds:
        """Bounds of repetitions."""
        return [found.bounds(plan.looks.alpha) for found in self.students_again(plan)]


@dataclass(frozen=True, kw_only=True)
class CrossedSpread:
    """A table of seeds and blocks of images: mean + seed + block + rest."""

    seed: float
    block: float
    rest: float
    n: int
    blocks: int
    floor: float = 0.0
    estimate: float = 0.0

    def bounds(self, theta: float, side: int, plan: Plan) -> Bounds:
        """Bounds of the mean over both."""
        del side
        return [found.bounds(plan.looks.alpha) for found in self.students(theta, plan)]

    def students(self, theta: float, plan: Plan) -> list[Students]:
        """Estimates with their standard errors, at each look."""
        sizes, draw = plan.sizes(self.n), plan.generator.standard_normal
        shape = (plan.experiments, sizes[-1], self.blocks)
        tables = self.rest * draw(shape)
        tables += self.seed * draw((*shape[:2], 1)) + self.block * draw((shape[0], 1, shape[2]))
        return [of_tables(theta + tables[:, :n], self.floor) for n in sizes]

    def students_again(self, plan: Plan) -> list[Students]:
        """Estimates with their standard errors of repetitions, at each look."""
        variance = self.seed**2 / self.n + self.block**2 / self.blocks
        error = math.sqrt(variance + self.rest**2 / (self.n * self.blocks))
        centre = self.estimate + error * plan.generator.standard_normal(plan.experiments)
        found = self.students(0.0, plan)
        return [replace(one, estimate=one.estimate + centre) for one in found]

    def again(self, plan: Plan) -> Bounds:
        """Bounds of repetitions."""
        return [found.bounds(plan.looks.alpha) for found in self.students_again(plan)]


@dataclass(frozen=True, kw_only=True)
class OppositeSpread:
    """The inner evidence with its sign turned."""

    inner: Spread

    def bounds(self, theta: float, side: int, plan: Plan) -> Bounds:
        """Bounds of −θ."""
        return [(-upper, -lower) for lower, upper in self.inner.bounds(-theta, side, plan)]

    def again(self, plan: Plan) -> Bounds:
        """Bounds of repetitions."""
        return [(-upper, -lower) for lower, upper in self.inner.again(plan)]


@dataclass(frozen=True, kw_only=True)
class EquivalenceSpread:
    """θ = margin − |d − centre|; d lies above or below the centre by `side`."""

    inner: MeanSpread | WelchSpread | CrossedSpread
    margin: float
    centre: float

    def bounds(self, theta: float, side: int, plan: Plan) -> Bounds:
        """Bounds of θ."""
        d = self.centre + side * (self.margin - theta)
        students = self.inner.students(d, plan)
        return [
            equivalence_bounds(found, self.margin, self.centre, plan.looks.alpha)
            for found in students
        ]

    def again(self, plan: Plan) -> Bounds:
        """Bounds of repetitions."""
        return [
            equivalence_bounds(found, self.margin, self.centre, plan.looks.alpha)
            for found in self.inner.students_again(plan)
        ]


@dataclass(frozen=True, kw_only=True)
class WeakestSpread:
    """Several parts, drawn as if they were independent."""

    parts: tuple[Spread, ...]

    def bounds(self, theta: float, side: int, plan: Plan) -> Bounds:
        """The smallest lower bound at α and the smallest upper bound at α/k, all parts at θ."""
        return self._smallest(plan, lambda part, at: part.bounds(theta, side, at))

    def again(self, plan: Plan) -> Bounds:
        """Bounds of repetitions."""
        return self._smallest(plan, lambda part, at: part.again(at))

    def _smallest(self, plan: Plan, bounds: Callable[[Spread, Plan], Bounds]) -> Bounds:
        k = len(self.parts)
        strict = replace(plan, looks=replace(plan.looks, alpha=plan.looks.alpha / k))
        state = plan.generator.bit_generator.state
        narrow = [bounds(part, plan) for part in self.parts]
        plan.generator.bit_generator.state = state  # the same experiments again
        wide = [bounds(part, strict) for part in self.parts]
        return [
            (
                np.min([part[look][0] for part in narrow], axis=0),
                np.min([part[look][1] for part in wide], axis=0),
            )
            for look in range(len(plan.looks.seeds))
        ]


@dataclass(frozen=True, kw_only=True)
class RateSpread:
    """Successes among independent trials."""

    trials: int
    successes: int = 0

    def bounds(self, theta: float, side: int, plan: Plan) -> Bounds:
        """Exact bounds of the rate θ."""
        del side
        return self._bounds(np.full(plan.experiments, min(1.0, max(0.0, theta))), plan)

    def again(self, plan: Plan) -> Bounds:
        """Bounds of repetitions, the rate drawn from its posterior under Jeffreys' prior."""
        failures = self.trials - self.successes
        rates = plan.generator.beta(self.successes + 0.5, failures + 0.5, plan.experiments)
        return self._bounds(rates, plan)

    def _bounds(self, rates: Numbers, plan: Plan) -> Bounds:
        sizes = plan.sizes(self.trials)
        steps = np.diff([0, *sizes])
        counts = np.cumsum([plan.generator.binomial(n, rates) for n in steps], axis=0)
        return [
            bounds_of_counts(k, n, plan.looks.alpha) for k, n in zip(counts, sizes, strict=True)
        ]


@dataclass(frozen=True, kw_only=True)
class CorrelationSpread:
    """Pairs over models, normal in both."""

    n: int
    ranks: bool
    estimate: float = 0.0

    def bounds(self, theta: float, side: int, plan: Plan) -> Bounds:
        """Bounds of the correlation θ."""
        del side
        return self._bounds(np.full(plan.experiments, theta), plan)

    def again(self, plan: Plan) -> Bounds:
        """Bounds of repetitions, Fisher's z of the correlation drawn about the one seen."""
        z = math.atanh(min(0.999, max(-0.999, self.estimate)))
        error = 1.0 / math.sqrt(max(1, self.n - 3))
        return self._bounds(
            np.tanh(z + error * plan.generator.standard_normal(plan.experiments)), plan
        )

    def _bounds(self, correlations: Numbers, plan: Plan) -> Bounds:
        sizes = plan.sizes(self.n)
        rho = np.clip(correlations, -0.999, 0.999)[:, None]
        x, e = plan.generator.standard_normal((2, plan.experiments, sizes[-1]))
        y = rho * x + np.sqrt(1.0 - rho**2) * e
        return [
            bounds_of_correlations(x[:, :n], y[:, :n], plan.looks.alpha, ranks=self.ranks)
            for n in sizes
        ]


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
    """What the evidence tells of its errors; None for exact evidence, which has none."""
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
        return replace(spread, seed=spread.seed * _inflation(spread.n, confidence))
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


_OF_THE_RUNS = ("residuals", "estimate", "estimates", "successes")


def spread_as_json(spread: Spread) -> dict[str, Any]:
    """The spread as plain JSON types: standard deviations and sizes, no estimates."""
    kind = next(name for name, known in _KINDS.items() if type(spread) is known)
    fields = {k: v for k, v in vars(spread).items() if k not in _OF_THE_RUNS}
    for name, value in fields.items():
        if name == "inner":
            fields[name] = spread_as_json(value)
        elif name == "parts":
            fields[name] = [spread_as_json(part) for part in value]
        elif isinstance(value, tuple):
            fields[name] = list(value)
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
            fields[name] = tuple(value)
    return _KINDS[given["kind"]](**fields)


def _inflation(n: int, confidence: float) -> float:
    return math.sqrt((n - 1) / float(special.chdtri(n - 1, confidence)))


def _residuals(values: Sequence[float]) -> tuple[float, ...]:
    """Deviations from the mean, widened to the variance they estimate: ×√(n/(n−1))."""
    n = len(values)
    if n < LEAST_OWN:
        return ()
    deviations = np.asarray(values) - np.mean(values)
    return tuple((deviations * math.sqrt(n / (n - 1))).tolist())


def _errors(sd: float, floor: float, residuals: tuple[float, ...], n: int, plan: Plan) -> Numbers:
    """Errors of mean 0 in an array (experiments, n)."""
    shape = (plan.experiments, n)
    if plan.errors == "own" and residuals:
        return plan.generator.choice(np.asarray(residuals), shape)
    errors = max(sd, floor) * plan.generator.standard_normal(shape)
    if floor > 0.0:  # to one of the two nearest points of the grid, the mean staying what it is
        step = 2.0 * floor
        errors = step * np.floor(errors / step + plan.generator.random(shape))
    return errors


def _arm_again(estimate: float, sd: float, n: int, size: int, plan: Plan) -> Numbers:
    """Repetitions of an arm of n runs: its mean and its spread are drawn, then the runs."""
    draw = plan.generator
    sigma = sd * np.sqrt((n - 1) / draw.chisquare(n - 1, (plan.experiments, 1)))
    centre = estimate + sigma / math.sqrt(n) * draw.standard_normal((plan.experiments, 1))
    return centre + sigma * draw.standard_normal((plan.experiments, size))


def _crossed(evidence: CrossedEvidence) -> CrossedSpread:
    """Parts of the variance by the mean squares of the two-way table, none below 0."""
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
        estimate=float(table.mean()),
    )
