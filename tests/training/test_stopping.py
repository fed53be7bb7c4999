"""Seeds that stop where they fit the training set, beside seeds that go on."""

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dltheory.attacks import Budget
from dltheory.data import CropAndFlip
from dltheory.errors import SpecError
from dltheory.models import MLP, ResNet
from dltheory.training import (
    SGD,
    AtTrainAccuracy,
    AtTrainLoss,
    LastEpoch,
    RankProjection,
    loop,
)
from dltheory.training.fit import training_fit
from tests.mutation import mutant
from tests.training.plain_loop import Recipe, start, trained

SEEDS = (4, 0, 7)
LONG = Recipe(
    model=MLP(hidden=(12,)),
    optimiser=SGD(learning_rate=0.3, momentum=0.5, batch_size=5),
    epochs=60,
    stopping=AtTrainAccuracy(share=1.0),
)


def examples(count=20):
    generator = torch.Generator().manual_seed(1)
    images = torch.randn(count, 1, 4, 4, generator=generator, dtype=torch.float64)
    return images, torch.randint(3, (count,), generator=generator)


@pytest.fixture(scope="module")
def stopped():
    return trained(LONG, examples(), SEEDS)


def unstopped(epochs, seed):
    return trained(replace(LONG, epochs=epochs, stopping=LastEpoch()), examples(), (seed,))


def accuracy_after(epochs, seed):
    return float(training_fit(unstopped(epochs, seed).stack, *examples())[1])


def test_every_seed_stops_and_not_all_at_once(stopped):
    assert set(stopped.stopped_at) == {0, 1, 2}
    assert len(set(stopped.stopped_at.values())) > 1


@pytest.mark.parametrize("position", range(3))
def test_a_seed_stops_at_the_first_epoch_at_which_all_examples_are_classified(stopped, position):
    epoch, seed = stopped.stopped_at[position], SEEDS[position]

    assert accuracy_after(epoch, seed) == 1
    assert all(accuracy_after(earlier, seed) < 1 for earlier in range(epoch))


@pytest.mark.parametrize("position", range(3))
def test_a_seed_keeps_the_state_in_which_it_stopped(stopped, position):
    alone = unstopped(stopped.stopped_at[position], SEEDS[position])

    torch.testing.assert_close(
        stopped.state_of(position), alone.state_of(0), rtol=1e-11, atol=1e-12
    )


@pytest.mark.parametrize("position", range(3))
def test_a_seed_goes_on_as_if_the_others_had_not_stopped(stopped, position):
    epochs = stopped.stopped_at[position]
    alone = unstopped(epochs, SEEDS[position])

    losses = [row[position] for row in stopped.losses]

    assert losses[:epochs] == pytest.approx([row[0] for row in alone.losses], rel=1e-10)
    assert all(math.isnan(loss) for loss in losses[epochs:])


DRAWN = {
    "augmentation": replace(LONG, augmentation=CropAndFlip(padding=1)),
    "attack": replace(LONG, attack=Budget(epsilon=0.1, step=0.04, steps=2, box=None)),
    "projection": replace(
        LONG,
        projection=RankProjection(
            rank="max", level=0.5, after=tuple(range(1, 60)), layers="linear", direction="random"
        ),
    ),
}


def last_to_stop(group):
    """The epoch at which the last seed stopped, and its position; others had stopped before."""
    epochs, position = max((epoch, position) for position, epoch in group.stopped_at.items())
    assert min(group.stopped_at.values()) < epochs < LONG.epochs
    return epochs, position


@pytest.mark.parametrize("recipe", DRAWN.values(), ids=DRAWN.keys())
def test_a_seed_that_goes_on_keeps_its_own_random_numbers(recipe):
    recipe = replace(recipe, stopping=AtTrainLoss(loss=0.8))
    group = trained(recipe, examples(), SEEDS)
    epochs, position = last_to_stop(group)

    alone = trained(recipe, examples(), (SEEDS[position],))

    assert alone.stopped_at == {0: epochs}
    torch.testing.assert_close(group.state_of(position), alone.state_of(0), rtol=1e-9, atol=1e-10)


RATES = (0.6, 0.3, 0.1)


def check_rates(module):
    """A seed that goes on keeps the learning rate of its own."""
    recipe = replace(LONG, stopping=AtTrainLoss(loss=0.8))
    images, labels = examples()
    begun = start(recipe, images, SEEDS)
    group = module.train(begun, recipe, images, labels, seeds=SEEDS, rates=RATES)
    epochs, position = last_to_stop(group)

    own = replace(LONG.optimiser, learning_rate=RATES[position])
    alone = trained(replace(recipe, optimiser=own), examples(), (SEEDS[position],))

    assert alone.stopped_at == {0: epochs}
    torch.testing.assert_close(group.state_of(position), alone.state_of(0), rtol=1e-9, atol=1e-10)


def test_a_seed_that_goes_on_keeps_its_own_learning_rate():
    check_rates(loop)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        (
            "for position in progress.positions]\n    some",
            "for position in range(progress.stack.seeds)]\n    some",
        ),
    ],
)
def test_a_fault_in_the_rates_is_noticed(healthy, faulty):
    with pytest.raises(AssertionError):
        check_rates(mutant(loop, healthy, faulty))


def test_a_seed_that_has_stopped_is_trained_no_more():
    left = []

    progress = trained(
        LONG, examples(), SEEDS, after_epoch=lambda progress: left.append(progress.stack.seeds)
    )

    done = sorted(progress.stopped_at.values())
    assert left == [sum(epoch > at for epoch in done) for at in range(1, done[-1] + 1)]


def test_the_training_ends_with_its_last_seed(stopped):
    assert stopped.epoch == max(stopped.stopped_at.values()) < LONG.epochs


def test_a_network_that_is_there_already_is_not_trained():
    recipe = replace(LONG, stopping=AtTrainLoss(loss=100.0))
    before = start(recipe, examples()[0], SEEDS)

    after = trained(recipe, examples(), SEEDS)

    assert after.stopped_at == {0: 0, 1: 0, 2: 0}
    torch.testing.assert_close(after.state_of(1), before.state_of(1), rtol=0, atol=0)


def test_a_goal_that_is_not_reached_leaves_all_epochs():
    progress = trained(replace(LONG, epochs=3, stopping=AtTrainLoss(loss=1e-9)), examples(), SEEDS)

    assert (progress.epoch, progress.stopped_at) == (3, {})


def test_looks_are_as_far_apart_as_asked():
    recipe = replace(LONG, stopping=AtTrainAccuracy(share=1.0, every=7))

    progress = trained(recipe, examples(), SEEDS)

    assert {epoch % 7 for epoch in progress.stopped_at.values()} == {0}


def test_a_seed_stops_where_its_loss_is_low_enough():
    recipe = replace(LONG, stopping=AtTrainLoss(loss=0.2))

    progress = trained(recipe, examples(), SEEDS[:1])

    epoch = progress.stopped_at[0]
    losses = [
        float(training_fit(unstopped(e, SEEDS[0]).stack, *examples())[0])
        for e in (epoch - 1, epoch)
    ]
    assert losses[1] <= 0.2 < losses[0]


def test_a_diverged_seed_is_not_said_to_have_stopped():
    recipe = replace(LONG, optimiser=SGD(learning_rate=1e30, batch_size=5))

    progress = trained(recipe, examples(), SEEDS)

    assert set(progress.diverged_at) == {0, 1, 2}
    assert progress.stopped_at == {}


# ── the fit ───────────────────────────────────────────────────────────────────────────────────

MODELS = {"MLP": MLP(hidden=(6,)), "ResNet": ResNet(width=2, blocks=(1,))}


def check_fit(fit, model, batch):
    """Loss and accuracy of each seed are those of its network in evaluation mode."""
    images, labels = examples()
    stack = start(replace(LONG, model=model), images, SEEDS).stack
    stack.skeleton.train()
    stack(images.expand(3, *images.shape))  # running statistics of their own
    losses, accuracies = fit(stack, images, labels, batch=batch)
    for position in range(3):
        network = model.build((1, 4, 4), 3).double().eval()
        network.load_state_dict(stack.state_of(position))
        with torch.no_grad():
            logits = network(images)
        loss = torch.nn.functional.cross_entropy(logits, labels)
        accuracy = (logits.argmax(1) == labels).double().mean()
        torch.testing.assert_close(losses[position], loss, rtol=1e-10, atol=0)
        torch.testing.assert_close(accuracies[position], accuracy, rtol=0, atol=1e-12)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS.keys())
@pytest.mark.parametrize("batch", [3, 20, 1000])
def test_the_fit_is_that_of_each_network_in_evaluation_mode(model, batch):
    check_fit(training_fit, model, batch)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("stack.skeleton.eval()", "stack.skeleton.train()"),
        ("losses_of_examples(logits, targets)", "losses_of_examples(0.9 * logits, targets)"),
        ("correct(logits, targets)", "correct(-logits, targets)"),
        ("return losses / len(labels)", "return losses / batch"),
    ],
)
def test_a_fault_in_the_fit_is_noticed(healthy, faulty):
    from dltheory.training import fit

    with pytest.raises(AssertionError):
        check_fit(mutant(fit, healthy, faulty).training_fit, MODELS["ResNet"], 3)


def test_measuring_the_fit_leaves_the_training_mode_on():
    stack = start(LONG, examples()[0], SEEDS).stack

    training_fit(stack, *examples())

    assert stack.skeleton.training


# ── values ────────────────────────────────────────────────────────────────────────────────────


@given(st.floats(max_value=0) | st.floats(min_value=1, exclude_min=True, allow_nan=False))
def test_a_share_outside_0_to_1_is_refused(share):
    with pytest.raises(SpecError, match="above 0 and up to 1"):
        AtTrainAccuracy(share=share)


@pytest.mark.parametrize("loss", [0.0, -1.0, float("nan")])
def test_a_loss_that_cannot_be_reached_is_refused(loss):
    with pytest.raises(SpecError, match="a loss above 0"):
        AtTrainLoss(loss=loss)


@pytest.mark.parametrize(
    "stopping", [AtTrainAccuracy, lambda every: AtTrainLoss(loss=1, every=every)]
)
def test_looks_less_than_an_epoch_apart_are_refused(stopping):
    with pytest.raises(SpecError, match="every 0"):
        stopping(every=0)
