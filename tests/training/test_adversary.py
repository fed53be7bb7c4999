"""Training on what an attack finds."""

from dataclasses import replace

import pytest
import torch
from torch.nn import functional

from dltheory.attacks import Budget
from dltheory.attacks.pgd import pgd
from dltheory.models import MLP, ResNet
from dltheory.randomness import stream
from dltheory.training import SGD, adversary, loop
from tests.mutation import mutant
from tests.training.plain_loop import Recipe, network, start, trained

SEEDS = (4, 0, 7)
BUDGET = Budget(epsilon=0.1, step=0.04, steps=3)
ATTACKED = Recipe(
    model=ResNet(width=2, blocks=(1,)),
    optimiser=SGD(learning_rate=0.1, momentum=0.9, batch_size=7),
    epochs=2,
    attack=BUDGET,
)
MLP_ATTACKED = replace(ATTACKED, model=MLP(hidden=(6,)))


def examples():
    generator = torch.Generator().manual_seed(1)
    images = torch.rand(20, 1, 4, 4, generator=generator, dtype=torch.float64)
    return images, torch.randint(3, (20,), generator=generator)


def plainly_trained(recipe, seed):
    """One network, torch.optim.SGD, and an attack on it before every step."""
    images, labels = examples()
    model = network(recipe, (1, 4, 4), seed, torch.float64)
    sgd = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    for epoch in range(recipe.epochs):
        draws = stream(seed, f"attack/{epoch}")
        order = torch.randperm(20, generator=stream(seed, f"batches/{epoch}"))
        for batch in order.split(7):
            x = pgd(model, images[batch], labels[batch], recipe.attack, generator=draws).images
            sgd.zero_grad()
            functional.cross_entropy(model(x), labels[batch]).backward()
            sgd.step()
    return model.state_dict()


def check_plain(train, recipe, position=1):
    progress = start(recipe, examples()[0], SEEDS)
    train(progress, recipe, *examples(), seeds=SEEDS)
    expected = dict(plainly_trained(recipe, SEEDS[position]))
    torch.testing.assert_close(progress.state_of(position), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("recipe", [ATTACKED, MLP_ATTACKED], ids=["ResNet", "MLP"])
@pytest.mark.parametrize("position", range(3))
def test_each_seed_is_trained_on_attacks_on_its_own_network(recipe, position):
    check_plain(loop.train, recipe, position)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("if recipe.attack is not None:", "if recipe.attack is None:"),
        ('f"attack/{progress.epoch}"', 'f"attack/{progress.epoch + 1}"'),
        ("attacked(progress.stack, x, y,", "attacked(progress.stack, images[chosen] * 0.9, y,"),
    ],
)
def test_a_fault_in_the_loop_is_noticed(healthy, faulty):
    with pytest.raises((AssertionError, TypeError)):
        check_plain(mutant(loop, healthy, faulty).train, ATTACKED)


def test_one_generator_for_all_seeds_is_noticed(monkeypatch):
    faulty = mutant(adversary, "generator=generators", "generator=generators[0]")
    monkeypatch.setattr(loop, "attacked", faulty.attacked)

    with pytest.raises(AssertionError):
        check_plain(loop.train, MLP_ATTACKED)


def test_the_attack_leaves_the_parameters_alone():
    stack = start(ATTACKED, examples()[0], SEEDS).stack
    before = {k: p.clone() for k, p in stack.parameters.items()}
    images, labels = examples()
    stack.skeleton.train()

    adversary.attacked(
        stack,
        images.expand(3, *images.shape),
        labels.expand(3, -1),
        BUDGET,
        [stream(seed, "attack") for seed in SEEDS],
    )

    torch.testing.assert_close(stack.parameters, before, rtol=0, atol=0)


def test_a_network_trained_on_attacks_withstands_them_better():
    images, labels = examples()
    long = replace(MLP_ATTACKED, epochs=60, optimiser=SGD(learning_rate=0.3, batch_size=20))

    def fooled(recipe):
        stack = trained(recipe, (images, labels), SEEDS).stack
        found = pgd(
            stack,
            images.expand(3, *images.shape),
            labels.expand(3, -1),
            replace(BUDGET, steps=20, random_start=False),
        )
        return int(found.fooled.sum())

    assert fooled(long) < fooled(replace(long, attack=None))
