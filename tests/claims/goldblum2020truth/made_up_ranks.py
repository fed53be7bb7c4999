"""Accuracies and effective ranks of no network, with chosen means, for claims on rank."""

import numpy as np

from claims.goldblum2020truth.rank_worlds import RANKS

SEEDS, BLOCKS = 24, 50


def accuracies(means, *, seed):
    """By arm (seeds × blocks) with these means; all arms share the images' difficulty."""
    generator = np.random.default_rng(seed)
    hard = generator.normal(scale=0.05, size=(SEEDS, BLOCKS))
    own = {arm: generator.normal(scale=0.01, size=(SEEDS, BLOCKS)) for arm in means}
    return {arm: center(hard + own[arm]) + mean for arm, mean in means.items()}


def center(values):
    """The values with mean 0 over all."""
    return values - values.mean()


def measured_in(world, ranks, **by_attack):
    """What `measured` returns: `ranks` by arm, and accuracies by attack and arm, all as means."""
    tables = {
        name: accuracies(means, seed=place) for place, (name, means) in enumerate(by_attack.items())
    }
    generator = np.random.default_rng(99)
    layers = 1 + max(world.layers)
    found = {getattr(world, name).name: table for name, table in tables.items()}
    found["accuracy on test"] = {arm: v.mean(axis=1) for arm, v in tables["clean"].items()}
    found[RANKS.name] = {
        arm: rank * np.exp(generator.normal(scale=0.01, size=(SEEDS, layers)))
        for arm, rank in ranks.items()
    }

    def measured(name, **_):
        return {arm: values.copy() for arm, values in found[name].items()}

    return measured
