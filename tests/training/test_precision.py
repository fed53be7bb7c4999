"""Training in bfloat16 against float32, on one short recipe."""

from dataclasses import replace
from typing import ClassVar

import pytest
import torch
from torch import nn

from dltheory.attacks import Budget
from dltheory.data import CropAndFlip
from dltheory.models import MLP, ResNet
from dltheory.training import SGD, WeightDecay, loop, products
from tests.mutation import mutant
from tests.training.plain_loop import BLACK, Recipe, start, trained

SEEDS = (4, 0)
SHORT = Recipe(
    model=ResNet(width=4, blocks=(1, 1)),
    optimiser=SGD(learning_rate=0.05, momentum=0.9, batch_size=20),
    epochs=2,
    penalty=WeightDecay(coefficient=0.01),
    augmentation=CropAndFlip(padding=1),
    precision="bfloat16",
)
IN_FLOAT32 = replace(SHORT, precision="float32")


def examples():
    generator = torch.Generator().manual_seed(1)
    images = torch.randn(40, 1, 6, 6, generator=generator)
    return images, torch.randint(3, (40,), generator=generator)


def moved(progress, recipe):
    """How far each seed went from its start, one flat vector a seed."""
    before = start(recipe, examples()[0], SEEDS).stack.parameters
    steps = [progress.stack.parameters[k].detach() - v for k, v in before.items()]
    return torch.cat([step.flatten(1) for step in steps], dim=1)


@pytest.mark.parametrize("model", [SHORT.model, MLP(hidden=(16,))], ids=["ResNet", "MLP"])
def test_a_short_training_goes_the_same_way_in_both_precisions(model):
    half, full = (replace(r, model=model) for r in (SHORT, IN_FLOAT32))

    found, expected = (moved(trained(r, examples(), SEEDS), r) for r in (half, full))

    # bfloat16 has 8 bits: each product is off by up to 2⁻⁹ of itself, over four steps.
    off = (found - expected).norm(dim=1) / expected.norm(dim=1)
    assert 0 < float(off.max()) < 0.1


def test_parameters_statistics_and_losses_stay_in_single_precision():
    progress = trained(SHORT, examples(), SEEDS)

    kinds = {v.dtype for v in progress.state_of(0).values() if v.is_floating_point()}
    assert kinds == {torch.float32}
    assert {v.dtype for v in progress.velocity} == {torch.float32}


def test_a_seed_alone_comes_out_as_in_a_group():
    group = trained(SHORT, examples(), SEEDS)

    alone = trained(SHORT, examples(), SEEDS[1:])

    torch.testing.assert_close(group.state_of(1), alone.state_of(0), rtol=0.05, atol=0.02)


@pytest.mark.parametrize("half", [False, True])
def test_a_precision_that_is_not_the_asked_for_is_noticed(half, monkeypatch):
    recipe, other = (IN_FLOAT32, SHORT) if half else (SHORT, IN_FLOAT32)
    progress = start(recipe, examples()[0], SEEDS)
    broken = mutant(products, 'return precision == "bfloat16"', f"return {half}")

    with monkeypatch.context() as patch:
        patch.setattr(loop, "recorded_in", broken.recorded_in)
        loop.train(progress, recipe, *examples(), seeds=SEEDS, black=BLACK)

    expected = moved(trained(recipe, examples(), SEEDS), recipe)
    with pytest.raises(AssertionError):
        torch.testing.assert_close(moved(progress, recipe), expected, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(
        moved(progress, recipe), moved(trained(other, examples(), SEEDS), other), rtol=0.1, atol=0.1
    )


class Watched(nn.Linear):
    """Notes in which numbers each of its passes is made."""

    passes: ClassVar = []

    def forward(self, x):
        half = torch.is_autocast_enabled("cpu")
        allowed = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
        self.passes.append((half, *allowed))
        return super().forward(x.flatten(1))


class WatchedModel:
    def build(self, shape, classes):
        return Watched(shape[0] * shape[1] * shape[2], classes)


ALL_PASSES = {  # whether in bfloat16, matrices in TF32, convolutions in TF32
    "float32": (False, False, False),
    "tf32": (False, True, True),
    "bfloat16": (True, False, False),
}


@pytest.mark.parametrize("precision", ALL_PASSES)
@pytest.mark.parametrize("attack", [None, Budget(epsilon=0.1, steps=3, box=None)])
def test_every_pass_of_a_step_is_made_in_the_precision_asked_for(precision, attack):
    recipe = replace(
        SHORT, model=WatchedModel(), precision=precision, attack=attack, augmentation=None, epochs=1
    )
    progress = start(recipe, examples()[0], SEEDS)
    flags = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    Watched.passes.clear()

    loop.train(progress, recipe, *examples(), seeds=SEEDS)

    steps, closing = 2, Watched.passes.pop()  # the last looks at the outputs, outside of any step
    assert Watched.passes == [ALL_PASSES[precision]] * steps * (1 + (4 if attack else 0))
    assert closing == (False, *ALL_PASSES[precision][1:])
    assert (torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32) == flags
