"""Worlds with a known θ for every kind of evidence, and how often `judge` is wrong in them.

`python -m tests.verdicts.worlds` prints the whole table. Each experiment goes through the planned
looks and, where its bounds cross, through the whole of `judge`: error rates by simulation, lost
runs and all. Errors have mean 0 in the population, so that θ is what the world says.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from dltheory.statistics import (
    correlation,
    equivalence,
    mean,
    opposite,
    over_seeds_and_images,
    planned,
    rank_correlation,
    success_rate,
    unpaired_difference,
    weakest,
)
from dltheory.statistics.simulated import spread_of
from dltheory.verdicts import Criterion, judge
from dltheory.verdicts.attrition import Attrition
from dltheory.verdicts.word import word_of

ALPHA = 0.01
ONE_LOOK, THREE_LOOKS = (12,), (8, 16, 24)
PILOTS = 16
DELTA = 1.0
MEANS = Criterion(because="made up", smallest_effect=DELTA, alpha=ALPHA)


# ── errors of one run ─────────────────────────────────────────────────────────────────────────────


def normal(draw, shape):
    return draw.standard_normal(shape)


def heavy(draw, shape):
    return draw.standard_t(3, shape) / np.sqrt(3)


def long_left(draw, shape):
    return -long_right(draw, shape)


def long_right(draw, shape):
    return (np.exp(draw.standard_normal(shape)) - np.exp(0.5)) / np.sqrt(np.e * (np.e - 1))


def grid(steps_per_deviation):
    """Normal errors on a grid so coarse that a standard deviation has this many steps."""

    def errors(draw, shape):
        step = 1.0 / steps_per_deviation
        return step * np.floor(draw.standard_normal(shape) / step + draw.random(shape))

    return errors


def rare_steps(draw, shape):
    """Nine runs of ten agree; the tenth is a step up or down."""
    return np.sqrt(10.0) * np.sign(draw.random(shape) - 0.5) * (draw.random(shape) < 0.1)


ERRORS = {
    "normal": normal,
    "t3": heavy,
    "lognormal left": long_left,
    "lognormal right": long_right,
    "grid 1/500": grid(5.0),  # accuracies on 500 images with a standard deviation of 1 %
    "grid 1/100": grid(1.0),
    "rare steps": rare_steps,
}


# ── kinds of evidence ─────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class World:
    """How an experiment is drawn with θ at a value, and its evidence on its first n seeds.

    `lost` draws which runs are lost; they are left out, as the suite does.
    """

    draw: Callable
    evidence: Callable
    criterion: Criterion = MEANS
    lost: float = 0.0
    pilots: int = PILOTS
    looks: tuple[tuple[int, ...], ...] = (ONE_LOOK, THREE_LOOKS)
    names: tuple[str, ...] = field(default=())


def means(errors, turn=mean, pilots=PILOTS):
    return World(
        draw=lambda draw, theta, n: theta + errors(draw, n),
        evidence=lambda drawn, n: turn(drawn[:n]),
        pilots=pilots,
    )


def two_arms(errors):
    return World(
        draw=lambda draw, theta, n: np.stack([theta + errors(draw, n), errors(draw, n)]),
        evidence=lambda drawn, n: unpaired_difference(drawn[0, :n], drawn[1, :n]),
    )


def tables(draw, theta, n):
    rest = draw.standard_normal((n, 10))
    return theta + rest + draw.standard_normal((n, 1)) + 0.5 * draw.standard_normal((1, 10))


def skewed_tables(draw, theta, n):
    rest = draw.standard_normal((n, 10))
    return theta + rest + long_left(draw, (n, 1)) + 0.5 * long_left(draw, (1, 10))


def skewed_pairs(draw, theta, n):
    x, e = long_right(draw, (2, n))
    return np.stack([x, theta * x + np.sqrt(1 - theta**2) * e])


def pairs(draw, theta, n):
    x, e = draw.standard_normal((2, n))
    return np.stack([x, theta * x + np.sqrt(1 - theta**2) * e])


def scale_mixture(draw, theta, n):
    return pairs(draw, theta, n) / np.sqrt(draw.chisquare(3, n) / 3)


def runs_that_may_be_lost(draw, theta, n):
    values = theta + draw.standard_normal(n)
    return np.where(draw.random(n) < 0.1, np.nan, values)


def of_the_runs_that_train(drawn, n):
    seen = drawn[:n]
    return mean(seen[np.isfinite(seen)])


WORLDS = {
    **{f"mean, {name}": means(errors) for name, errors in ERRORS.items()},
    "mean, lognormal left, no pilots": means(long_left, pilots=0),
    "mean, lognormal right, no pilots": means(long_right, pilots=0),
    "mean, exponential left": means(lambda draw, shape: 1.0 - draw.exponential(size=shape)),
    "mean, a tenth of the runs lost": World(
        draw=runs_that_may_be_lost, evidence=of_the_runs_that_train, lost=0.1
    ),
    "opposite, normal": means(normal, lambda values: opposite(mean(-values))),
    "opposite, lognormal left": means(long_left, lambda values: opposite(mean(-values))),
    "weakest of two, normal": World(
        # One part has this θ, and the other is far above.
        draw=lambda draw, theta, n: np.array([[theta], [9.0]]) + draw.standard_normal((2, n)),
        evidence=lambda drawn, n: weakest(mean(drawn[0, :n]), mean(drawn[1, :n])),
    ),
    "equivalence, normal": World(
        draw=lambda draw, theta, n: 2.0 - theta + draw.standard_normal(n),
        evidence=lambda drawn, n: equivalence(mean(drawn[:n]), margin=2.0),
    ),
    "Welch, normal": two_arms(normal),
    "Welch, grid 1/100": two_arms(grid(1.0)),
    "Welch, lognormal left": World(
        draw=lambda draw, theta, n: np.stack([theta + long_left(draw, n), normal(draw, n) / 10]),
        evidence=lambda drawn, n: unpaired_difference(drawn[0, :n], drawn[1, :n]),
    ),
    "Welch, 3 against 10, sd 3 to 1": World(
        draw=lambda draw, theta, _: (
            theta * (np.arange(13) < 3)
            + draw.standard_normal(13) * np.where(np.arange(13) < 3, 3.0, 1.0)
        ),
        evidence=lambda drawn, _: unpaired_difference(drawn[:3], drawn[3:]),
        looks=((3,),),
    ),
    "Welch, arms correlated −0.8": World(
        draw=lambda draw, theta, n: (
            np.linalg.cholesky([[1, -0.8], [-0.8, 1]]) @ draw.standard_normal((2, n))
            + np.array([[theta], [0.0]])
        ),
        evidence=lambda drawn, n: unpaired_difference(drawn[0, :n], drawn[1, :n]),
    ),
    "seeds and images": World(
        draw=tables, evidence=lambda drawn, n: over_seeds_and_images(drawn[:n])
    ),
    "seeds and images, lognormal left": World(
        draw=skewed_tables, evidence=lambda drawn, n: over_seeds_and_images(drawn[:n])
    ),
    "rate": World(
        draw=lambda draw, theta, n: draw.random(n) < theta,
        evidence=lambda drawn, n: success_rate(list(drawn[:n])),
        criterion=Criterion(because="made up", null=0.5, smallest_effect=0.3, alpha=ALPHA),
    ),
    "rank correlation, normal": World(
        draw=pairs,
        evidence=lambda drawn, n: rank_correlation(drawn[0, :n], drawn[1, :n]),
        criterion=Criterion(because="made up", alpha=ALPHA),
    ),
    "rank correlation, lognormal": World(
        draw=skewed_pairs,
        evidence=lambda drawn, n: rank_correlation(drawn[0, :n], drawn[1, :n]),
        criterion=Criterion(because="made up", alpha=ALPHA),
    ),
    "correlation, lognormal": World(
        draw=skewed_pairs,
        evidence=lambda drawn, n: correlation(drawn[0, :n], drawn[1, :n]),
        criterion=Criterion(because="made up", alpha=ALPHA),
    ),
    "correlation, normal": World(
        draw=pairs,
        evidence=lambda drawn, n: correlation(drawn[0, :n], drawn[1, :n]),
        criterion=Criterion(because="made up", alpha=ALPHA),
    ),
    "correlation, t3 mixture": World(
        draw=scale_mixture,
        evidence=lambda drawn, n: correlation(drawn[0, :n], drawn[1, :n]),
        criterion=Criterion(because="made up", alpha=ALPHA),
    ),
}


# ── what is counted ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Rates:
    """Shares of the experiments in a world: false words said, and words that were withheld."""

    false: float
    withheld: float
    experiments: int

    @property
    def standard_error(self):
        return (max(self.false, ALPHA) / self.experiments) ** 0.5


def rates(name, looks, word, experiments, seed=0):
    """How often this word is said where θ makes it false by the least."""
    world, draw = WORLDS[name], np.random.default_rng(seed)
    theta = world.criterion.null if word == "CONFIRMED" else world.criterion.refutation_line
    false = {"CONFIRMED": ("CONFIRMED", "SMALLER"), "REFUTED": ("REFUTED", "SMALLER")}[word]
    words, kept = [], []
    for _ in range(experiments):
        drawn, pilots = world.draw(draw, theta, looks[-1]), _pilots(world, draw, theta)
        said, by_bounds = _last_word(world, drawn, looks, false, pilots)
        words.append(said in false)
        kept.append(by_bounds in false and said not in false)
    return Rates(float(np.mean(words)), float(np.mean(kept)), experiments)


def _pilots(world, draw, theta):
    """What other runs of this world show of its errors."""
    if not world.pilots:
        return None
    return spread_of(world.evidence(world.draw(draw, theta, world.pilots), world.pilots))


def _last_word(world, drawn, looks, false, pilots):
    """The word that ends the plan, and the first word that bounds alone would say.

    A word that is true in this world ends it without the rest of `judge`, which is slow.
    """
    plan, by_bounds = planned(looks, ALPHA), "INCONCLUSIVE"
    for n in looks:
        evidence = world.evidence(drawn, n)
        interval = evidence.interval(plan.alpha)
        bare = word_of(interval.lower, interval.upper, world.criterion)
        if bare == "INCONCLUSIVE":
            continue
        if bare not in false:
            return bare, by_bounds
        by_bounds = bare if by_bounds == "INCONCLUSIVE" else by_bounds
        attrition = []
        if world.lost:
            missing = int(np.isnan(drawn[:n]).sum())
            attrition = [Attrition(arm="treated", diverged=missing, n=n)]
        found = judge(
            world.criterion,
            evidence,
            alpha=plan.alpha,
            looks=plan,
            seeds=n,
            attrition=attrition,
            pilots=pilots,
        )
        if found.verdict != "INCONCLUSIVE":
            return found.verdict, by_bounds
    return "INCONCLUSIVE", by_bounds


def table(experiments):
    """Lines of the whole table, as they are found."""
    error = (ALPHA / experiments) ** 0.5
    yield f"{experiments} experiments each; α = {ALPHA}, with standard error {error:.4f}"
    yield f"{'world':36} {'looks':10} {'false C':>8} {'withheld':>9} {'false R':>8} {'withheld':>9}"
    for name, world in WORLDS.items():
        for looks in world.looks:
            c, r = (rates(name, looks, word, experiments) for word in ("CONFIRMED", "REFUTED"))
            numbers = f"{c.false:8.4f} {c.withheld:9.4f} {r.false:8.4f} {r.withheld:9.4f}"
            yield f"{name:36} {'/'.join(map(str, looks)):10} {numbers}"


if __name__ == "__main__":
    for line in table(int(sys.argv[1]) if len(sys.argv) > 1 else 4_000):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
