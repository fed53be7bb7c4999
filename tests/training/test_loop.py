"""The loop for many seeds against plain PyTorch, one seed at a time."""

import math
from dataclasses import replace

import pytest
import torch
from torch.nn import functional

from dltheory.data import CropAndFlip
from dltheory.models import MLP, ResNet
from dltheory.training import SGD, GradientDescent, NormBias, Steps, WeightDecay
from dltheory.training.loop import batch_order, train
from dltheory.training.seed_axis import Stack
from tests.training.plain_loop import BLACK, Recipe, network, plainly_trained, start, trained

SEEDS = (4, 0, 7)
MOMENTUM = SGD(learning_rate=0.1, momentum=0.9, batch_size=7)
MLP_RECIPE = Recipe(
    model=MLP(hidden=(6, 5)),
    optimiser=MOMENTUM,
    schedule=Steps(at=(1, 3), by=0.3),
    penalty=WeightDecay(coefficient=0.02),
)
RESNET_RECIPE = Recipe(
    model=ResNet(width=2, blocks=(1, 1)),
    optimiser=MOMENTUM,
    epochs=2,
    penalty=NormBias(coefficient=0.02, squared_norm=30, as_in="formula"),
    augmentation=CropAndFlip(padding=1),
)
RECIPES = {
    "momentum, decay, steps": MLP_RECIPE,
    "norm-bias as in the code": Recipe(
        model=MLP(hidden=(6,), activation="tanh"),
        optimiser=SGD(learning_rate=0.1, batch_size=10),
        penalty=NormBias(coefficient=0.05, squared_norm=100),
    ),
    "full batch with momentum": Recipe(
        model=MLP(hidden=(6,)), optimiser=GradientDescent(learning_rate=0.2, momentum=0.5)
    ),
    "gradients accumulated over minibatches": Recipe(
        model=MLP(hidden=(6,)),
        optimiser=GradientDescent(learning_rate=0.2, momentum=0.5, batch_size=7),
        penalty=WeightDecay(coefficient=0.01),
    ),
    "batch normalisation, crops, norm-bias": RESNET_RECIPE,
    "batch normalisation of accumulated minibatches": replace(
        RESNET_RECIPE, optimiser=GradientDescent(learning_rate=0.2, batch_size=5)
    ),
}
every_recipe = pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES.keys())
every_seed = pytest.mark.parametrize("position", range(len(SEEDS)))


def examples(dtype=torch.float64, count=20, channels=1):
    generator = torch.Generator().manual_seed(1)
    images = torch.randn(count, channels, 6, 6, generator=generator, dtype=dtype)
    return images, torch.randint(3, (count,), generator=generator)


def assert_same_state(found, expected, *, relative, absolute):
    torch.testing.assert_close(found, dict(expected), rtol=relative, atol=absolute)


def assert_bit_equal(found, expected):
    torch.testing.assert_close(found, expected, rtol=0, atol=0, equal_nan=True)


@every_recipe
@every_seed
def test_each_seed_is_trained_as_plain_pytorch_trains_it(recipe, position):
    found = trained(recipe, examples(), SEEDS).stack.state_of(position)

    expected = plainly_trained(recipe, examples(), SEEDS[position])

    assert_same_state(found, expected, relative=1e-10, absolute=1e-10)


@every_recipe
@pytest.mark.parametrize("channels", [1, 3])
def test_a_lone_network_is_trained_as_plain_pytorch_trains_it(recipe, channels):
    if recipe.augmentation is not None:
        recipe = replace(recipe, augmentation=None)  # its padding is for one channel
    data = examples(channels=channels)

    found = trained(recipe, data, SEEDS[:1], lone=True).stack.state_of(0)

    expected = plainly_trained(recipe, data, SEEDS[0])
    assert_same_state(found, expected, relative=1e-10, absolute=1e-10)


@pytest.mark.parametrize(
    ("lone", "seeds", "channels_last"), [(True, 1, True), (False, 1, False), (True, 2, False)]
)
def test_a_lone_network_sees_images_with_their_channels_last(lone, seeds, channels_last):
    class Looking(torch.nn.Module):
        def forward(self, images):
            seen.append(images.stride(1) == 1)
            return images.flatten(1)

    seen: list[bool] = []
    stack = Stack(skeleton=Looking(), parameters={"p": torch.ones(seeds)}, buffers={}, lone=lone)
    images = torch.arange(seeds * 24.0).view(seeds, 2, 3, 2, 2)

    assert torch.equal(stack(images), images.flatten(2))
    assert seen == [channels_last]


@every_recipe
@every_seed
def test_with_rates_each_seed_is_trained_at_its_own(recipe, position):
    rates = (0.3, 0.1, 0.02)

    found = trained(recipe, examples(), SEEDS, rates=rates)

    own = replace(recipe.optimiser, learning_rate=rates[position])
    expected = plainly_trained(replace(recipe, optimiser=own), examples(), SEEDS[position])
    assert_same_state(found.stack.state_of(position), expected, relative=1e-10, absolute=1e-10)


@every_recipe
def test_in_single_precision_the_loop_agrees_with_plain_pytorch_to_rounding(recipe):
    found = trained(recipe, examples(torch.float32), SEEDS).stack.state_of(0)

    expected = plainly_trained(recipe, examples(torch.float32), SEEDS[0])

    assert_same_state(found, expected, relative=1e-3, absolute=1e-4)


@every_recipe
@every_seed
def test_a_seed_alone_comes_out_as_in_a_group(recipe, position):
    group = trained(recipe, examples(), SEEDS)

    alone = trained(recipe, examples(), SEEDS[position : position + 1])

    assert_same_state(
        group.stack.state_of(position), alone.stack.state_of(0), relative=1e-11, absolute=1e-12
    )


@every_recipe
@every_seed
def test_the_losses_of_a_seed_alone_are_those_it_has_in_a_group(recipe, position):
    group = trained(recipe, examples(), SEEDS)

    alone = trained(recipe, examples(), SEEDS[position : position + 1])

    assert [row[position] for row in group.losses] == pytest.approx(
        [row[0] for row in alone.losses], rel=1e-10
    )


def test_running_statistics_move_from_where_they_began():
    before = start(RESNET_RECIPE, examples()[0], SEEDS).stack.buffers["1.running_mean"]

    after = trained(RESNET_RECIPE, examples(), SEEDS).stack.buffers["1.running_mean"]

    assert (before - after).abs().amin() > 0


def test_training_that_goes_on_equals_training_in_one_go():
    progress = trained(replace(RESNET_RECIPE, epochs=1), examples(), SEEDS)
    recipe = replace(RESNET_RECIPE, epochs=3)

    train(progress, recipe, *examples(), seeds=SEEDS, black=BLACK)

    at_once = trained(recipe, examples(), SEEDS)
    assert_bit_equal(progress.stack.parameters, at_once.stack.parameters)
    assert_bit_equal(progress.stack.buffers, at_once.stack.buffers)


# ── divergence ────────────────────────────────────────────────────────────────────────────────


def poisoned(recipe, *, position, after):
    """A training in which one network gets a NaN after this many epochs."""
    progress = start(recipe, examples()[0], SEEDS)

    def poison(progress):
        if progress.epoch == after:
            next(iter(progress.stack.parameters.values())).data[position].view(-1)[0] = torch.nan

    poison(progress)
    return train(progress, recipe, *examples(), seeds=SEEDS, black=BLACK, after_epoch=poison)


@every_recipe
@pytest.mark.parametrize("after", [0, 1])
def test_a_diverging_seed_is_recorded_with_its_epoch(recipe, after):
    assert poisoned(recipe, position=1, after=after).diverged_at == {1: after}


@every_recipe
@pytest.mark.parametrize("position", [0, 2])
def test_a_diverging_seed_leaves_the_bits_of_the_others_alone(recipe, position):
    beside_a_diverging_one = poisoned(recipe, position=1, after=0)

    undisturbed = trained(recipe, examples(), SEEDS)

    assert_bit_equal(
        beside_a_diverging_one.stack.state_of(position), undisturbed.stack.state_of(position)
    )


def test_training_ends_when_no_seed_is_left():
    recipe = Recipe(model=MLP(hidden=(4,)), optimiser=SGD(learning_rate=1e30), epochs=50)

    progress = trained(recipe, examples(torch.float32), SEEDS)

    assert progress.epoch == len(progress.losses) < 10
    assert set(progress.diverged_at) == {0, 1, 2}


# ── what a step is ────────────────────────────────────────────────────────────────────────────


def test_one_step_of_full_batch_descent_is_the_formula_of_softmax_regression():
    recipe = Recipe(model=MLP(hidden=()), optimiser=GradientDescent(learning_rate=0.3), epochs=1)
    images, labels = examples()
    before = network(recipe, (1, 6, 6), 5, torch.float64)[1]
    x = images.flatten(1)

    after = trained(recipe, (images, labels), (5,)).stack.state_of(0)

    excess = (x @ before.weight.T + before.bias).softmax(1) - functional.one_hot(labels, 3)
    torch.testing.assert_close(after["1.weight"], before.weight.detach() - 0.3 * excess.T @ x / 20)
    torch.testing.assert_close(after["1.bias"], before.bias.detach() - 0.3 * excess.mean(0))


def test_the_loss_of_an_epoch_is_the_mean_over_examples_before_each_step():
    recipe = Recipe(model=MLP(hidden=(4,)), optimiser=SGD(learning_rate=1e-30, batch_size=7))
    images, labels = examples()
    with torch.no_grad():
        logits = network(recipe, (1, 6, 6), 5, torch.float64)(images)

    progress = trained(recipe, (images, labels), (5,))

    expected = float(functional.cross_entropy(logits, labels))
    assert progress.losses == [pytest.approx([expected])] * 4


def test_training_draws_nothing_from_the_global_generator():
    before = torch.get_rng_state()

    trained(RESNET_RECIPE, examples(), SEEDS)

    assert torch.equal(torch.get_rng_state(), before)


def test_an_epoch_shows_every_example_once():
    steps = batch_order(MOMENTUM, 20, SEEDS, epoch=2)

    assert [step.shape for step in steps] == [(3, 7), (3, 7), (3, 6)]
    assert torch.equal(torch.cat(steps, dim=1).sort(dim=1).values, torch.arange(20).expand(3, 20))


@pytest.mark.parametrize(("seed", "epoch"), [(5, 2), (4, 3)], ids=["seed", "epoch"])
def test_batches_depend_on_seed_and_epoch(seed, epoch):
    (one,) = batch_order(SGD(learning_rate=1), 20, (4,), epoch=2)

    (other,) = batch_order(SGD(learning_rate=1), 20, (seed,), epoch=epoch)

    assert not torch.equal(one, other)


def test_stacking_copies_the_networks():
    model = network(MLP_RECIPE, (1, 6, 6), 0, torch.float64)
    stack = start(MLP_RECIPE, examples()[0], (0,)).stack

    stack.parameters["1.weight"].zero_()

    assert model[1].weight.abs().sum() > 0


FAR = 1e200  # finite weights of this size have outputs that are not


def test_a_seed_whose_outputs_overflow_after_the_last_step_has_diverged():
    recipe = replace(MLP_RECIPE, epochs=1, optimiser=GradientDescent(learning_rate=FAR))

    done = trained(recipe, examples(), SEEDS)

    assert all(math.isfinite(loss) for loss in done.losses[0])  # taken before the step
    assert all(bool(p.isfinite().all()) for p in done.stack.parameters.values())
    assert done.diverged_at == {0: 1, 1: 1, 2: 1}


def test_an_overflow_of_one_seed_is_not_that_of_the_others():
    recipe = replace(MLP_RECIPE, epochs=1, optimiser=GradientDescent(learning_rate=0.1))

    done = trained(recipe, examples(), SEEDS, rates=[0.1, FAR, 0.1])

    assert done.diverged_at == {1: 1}
