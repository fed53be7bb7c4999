"""Keys of runs: the same description, the same key; any difference, another key."""

from dataclasses import dataclass, fields, replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dltheory.data import CropAndFlip, Digits
from dltheory.experiments import Training, compute, run
from dltheory.experiments.run import Run, canonical_json, digest
from dltheory.models import MLP, ResNet
from dltheory.training import GradientDescent, NormBias, Steps, WeightDecay
from tests.experiments.tiny import TINY, process

SQUARE = "tests.experiments.calculations:seed_squared"
RECIPES = {
    "as it is": TINY,
    "data": TINY.but(data=Digits(train=51, validation=0, test=20)),
    "model": TINY.but(model=MLP(hidden=(5,))),
    "depth": TINY.but(model=MLP(hidden=(4, 4))),
    "activation": TINY.but(model=MLP(hidden=(4,), activation="tanh")),
    "initialisation": TINY.but(model=MLP(hidden=(4,), initialisation="lecun")),
    "architecture": TINY.but(model=ResNet(width=4, blocks=(1,))),
    "epochs": TINY.but(epochs=7),
    "learning rate": TINY.but(optimiser=replace(TINY.optimiser, learning_rate=0.2)),
    "momentum": TINY.but(optimiser=replace(TINY.optimiser, momentum=0.8)),
    "batch": TINY.but(optimiser=replace(TINY.optimiser, batch_size=11)),
    "optimiser": TINY.but(optimiser=GradientDescent(learning_rate=0.1, momentum=0.9)),
    "schedule": TINY.but(schedule=Steps(at=(3,))),
    "step": TINY.but(schedule=Steps(at=(3,), by=0.2)),
    "penalty": TINY.but(penalty=WeightDecay(coefficient=0.1)),
    "coefficient": TINY.but(penalty=WeightDecay(coefficient=0.2)),
    "norm-bias": TINY.but(penalty=NormBias(coefficient=0.1, squared_norm=4)),
    "norm": TINY.but(penalty=NormBias(coefficient=0.1, squared_norm=5)),
    "formula": TINY.but(penalty=NormBias(coefficient=0.1, squared_norm=4, as_in="formula")),
    "augmentation": TINY.but(augmentation=CropAndFlip(padding=1)),
    "flips": TINY.but(augmentation=CropAndFlip(padding=1, flip=False)),
    "computation": compute(SQUARE),
    "options": compute(SQUARE, times=2),
    "version": compute(SQUARE, version=2),
}


@pytest.mark.parametrize(("one", "other"), list(combinations(RECIPES, 2)))
def test_recipes_that_differ_have_different_keys(one, other):
    assert Run(RECIPES[one], 0).key != Run(RECIPES[other], 0).key


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES.keys())
def test_seeds_that_differ_have_different_keys(recipe):
    assert len({Run(recipe, seed).key for seed in range(20)}) == 20


@pytest.mark.parametrize("seed", [0, 17, np.int64(3_000)])
@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES.keys())
def test_a_key_is_the_digest_of_recipe_seed_and_version(recipe, seed):
    described = {"recipe": recipe, "seed": seed, "version": run.RECIPE_VERSION}

    assert Run(recipe, seed).key == digest(described)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES.keys())
def test_equal_recipes_have_equal_keys(recipe):
    assert Run(replace(recipe), 3).key == Run(recipe, 3).key


def test_the_recipe_version_is_part_of_the_key(monkeypatch):
    before = Run(TINY, 0).key

    monkeypatch.setattr(run, "RECIPE_VERSION", run.RECIPE_VERSION + 1)

    assert Run(TINY, 0).key != before


@dataclass(frozen=True, kw_only=True)
class OtherDecay:
    coefficient: float


def test_types_that_differ_have_different_descriptions():
    assert canonical_json(OtherDecay(coefficient=0.1)) != canonical_json(
        WeightDecay(coefficient=0.1)
    )


@pytest.mark.parametrize("field", [f.name for f in fields(Training)])
def test_every_field_of_a_training_is_part_of_its_description(field):
    assert field in run.plain(TINY.but(alone=True))


def test_the_order_in_which_options_are_given_does_not_matter():
    assert Run(compute(SQUARE, a=1, b=2), 0).key == Run(compute(SQUARE, b=2, a=1), 0).key


def test_keys_are_the_same_in_another_process():
    code = (
        "from dltheory.experiments.run import Run\n"
        "from tests.experiments.test_run_keys import RECIPES\n"
        "print(*[Run(recipe, 3).key for recipe in RECIPES.values()])"
    )

    printed, _ = process(code).communicate(timeout=60)

    assert printed.split() == [Run(recipe, 3).key for recipe in RECIPES.values()]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(json_values)
def test_canonical_json_depends_on_the_value_alone(value):
    turned = dict(reversed(value.items())) if isinstance(value, dict) else value

    assert canonical_json(turned) == canonical_json(value)


@given(json_values)
def test_a_digest_is_twenty_hexadecimal_digits(value):
    assert len(digest(value)) == 20
    assert int(digest(value), 16) >= 0
