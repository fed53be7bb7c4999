"""The numbers of `kernel_change` of no network, chosen arm by arm, for claims on the kernel."""

import numpy as np

from claims.goldblum2020truth import kernel_recipes as recipes

SEEDS = 8
USUAL = {
    recipes.CHANGE: 1.0,
    recipes.CORRELATION: 0.5,
    recipes.COSINE: 0.8,
    recipes.FACTOR: 1.5,
    recipes.SHARE: 0.5,
    recipes.CHANCE_SHARE: 0.2,
    recipes.NORM_BEFORE: 10.0,
    recipes.NORM_AFTER: 20.0,
}


def kernels(arms, number, *, place=0, **also):
    """By arm (seeds, 8): `number` has the values in `arms`, the others are usual ones.

    Values differ from seed to seed by a hundredth of themselves. `place` chooses the noise; `also`
    maps names of further numbers, such as NORM_AFTER, to their values by arm.
    """
    generator = np.random.default_rng(place)
    found = {}
    for arm, value in arms.items():
        means = {**USUAL, number: value}
        means |= {getattr(recipes, name): values[arm] for name, values in also.items()}
        noise = generator.normal(scale=0.01, size=(SEEDS, len(means)))
        found[arm] = np.array([means[k] for k in range(len(means))]) * (1 + noise)
    return found


def trained(arms, accuracy=1.0):
    """The training accuracy of each arm, the same in every seed."""
    return {arm: np.full(SEEDS, accuracy) for arm in arms}


def measured_as(**named):
    """What `measured(name, worst=…)` returns, from {name of a quantity: samples by arm}."""
    return lambda name, **_: {arm: np.array(v) for arm, v in named[name].items()}
