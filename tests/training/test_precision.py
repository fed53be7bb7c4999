"""Training in bfloat16 against float32, on one short recipe."""

from dataclasses import replace

import pytest
import torch

from dltheory.data import CropAndFlip
from dltheory.models import MLP, ResNet
from dltheory.training import SGD, WeightDecay, loop
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


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ('enabled=recipe.precision == "bfloat16"', "enabled=False"),
        ('enabled=recipe.precision == "bfloat16"', "enabled=True"),
    ],
)
def test_a_precision_that_is_not_the_asked_for_is_noticed(healthy, faulty):
    recipe = SHORT if "False" in faulty else IN_FLOAT32
    other = IN_FLOAT32 if "False" in faulty else SHORT
    progress = start(recipe, examples()[0], SEEDS)

    mutant(loop, healthy, faulty).train(progress, recipe, *examples(), seeds=SEEDS, black=BLACK)

    expected = moved(trained(recipe, examples(), SEEDS), recipe)
    with pytest.raises(AssertionError):
        torch.testing.assert_close(moved(progress, recipe), expected, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(
        moved(progress, recipe), moved(trained(other, examples(), SEEDS), other), rtol=0.1, atol=0.1
    )
