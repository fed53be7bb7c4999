"""A training of a few milliseconds an epoch, engines, and processes that work on a store."""

import os
import subprocess
import sys
from pathlib import Path

import torch

from dltheory.data import Digits
from dltheory.experiments import Experiment, Training, quantity
from dltheory.experiments.local import LocalEngine
from dltheory.experiments.plan import plan
from dltheory.experiments.run import Run
from dltheory.experiments.store import Store
from dltheory.models import MLP
from dltheory.training import SGD

SEEDS = 2
ACCURACY, NORM = quantity("accuracy", on="test"), quantity("squared_norm")
TINY = Training(
    data=Digits(train=50, validation=0, test=20),
    model=MLP(hidden=(4,)),
    epochs=6,
    optimiser=SGD(learning_rate=0.1, momentum=0.9, batch_size=10),
)
NEVER = 1e9  # seconds between checkpoints


def groups(*recipes, seeds=SEEDS):
    """The plan of one experiment with these arms, TINY alone if none is named."""
    arms = {f"arm {i}": recipe for i, recipe in enumerate(recipes or (TINY,))}
    return plan([(Experiment(arms=arms, seeds=seeds, measure=(ACCURACY, NORM)), seeds)])


def make(folder, *recipes, seeds=SEEDS, **options):
    """The store after everything of these recipes was made."""
    return made(folder, *groups(*recipes, seeds=seeds), **options)


def made(folder, *parts, **options):
    """The store after these groups were made."""
    options = {"checkpoint_seconds": NEVER, "data_root": Path("/nonexistent")} | options
    engine = LocalEngine(store=Store(folder), **options)
    engine.make(parts)
    return engine.store


def final_states(store, recipe=TINY, seeds=SEEDS):
    return [store.final_state(Run(recipe, seed)) for seed in range(seeds)]


def values(store, recipe=TINY, seeds=SEEDS):
    """What was measured, seed by seed."""
    runs = [Run(recipe, seed) for seed in range(seeds)]
    return [[store.measured(run, q).value for q in (ACCURACY, NORM)] for run in runs]


def assert_same_bits(one, other):
    torch.testing.assert_close(one, other, rtol=0, atol=0)


def leftovers(store):
    """Folders of runs that are neither finished runs nor set aside for inspection."""
    return [path.name for path in (store.folder / "runs").glob(".*.tmp")]


def process(code, *arguments):
    """A fresh interpreter that runs this code with the project on its path."""
    root = Path(__file__).parents[2]
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=root,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        text=True,
    )
