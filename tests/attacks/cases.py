"""Networks and images to attack, and checks of an attack that planted faults must not pass."""

from dataclasses import replace

import torch
from torch.nn import functional

from dltheory.attacks import Budget, ball
from dltheory.models import MLP, ResNet
from dltheory.randomness import drawing_from, stream
from tests.attacks.plain import LINEAR_BUDGETS, errs, linear_case, plain_pgd, worst_margins


def network(model=None, seed=1, shape=(2, 6, 6), classes=3):
    with drawing_from(stream(seed, "init")):
        return (model or MLP(hidden=(8,))).build(shape, classes).double().eval()


def data(count=16, shape=(2, 6, 6), classes=3):
    generator = stream(2, "data")
    images = torch.rand(count, *shape, generator=generator, dtype=torch.float64)
    return images, torch.randint(classes, (count,), generator=generator)


def hard_case():
    """A network, its images and a budget such that some images fall at once, some late, some not.

    The labels are the network's own but for every fifth.
    """
    model = network(ResNet(width=2, blocks=(1, 1)))
    images, labels = data(30)
    outputs = model(images)
    model[-1].bias.data -= outputs.detach().mean(0)  # no class wins everywhere
    labels = model(images).argmax(1)
    labels[::5] = (labels[::5] + 1) % 3
    return model, images, labels


BUDGETS = {
    "linf": Budget(epsilon=0.05, step=0.02, steps=4, restarts=3),
    "l2": Budget(norm="l2", epsilon=0.3, step=0.12, steps=4, restarts=3),
    "linf, std": Budget(
        epsilon=0.05, step=0.02, steps=4, restarts=3, mean=(0.1, -0.2), std=(0.9, 1.3)
    ),
    "l2, std": Budget(
        norm="l2", epsilon=0.3, step=0.12, steps=4, restarts=3, mean=(0.1, -0.2), std=(0.9, 1.3)
    ),
}


def hard_images(budget):
    """The images of the hard case as the network sees them: normalised by what the budget says."""
    model, images, labels = hard_case()
    if not budget.std:
        return model, images, labels
    mean, std = (images.new_tensor(v).view(-1, 1, 1) for v in (budget.mean, budget.std))
    pixels = (images * std + mean).clamp(0, 1)
    return model, (pixels - mean) / std, labels


def check_closed_form(attack, name, *, random_start):
    budget = replace(LINEAR_BUDGETS[name], random_start=random_start)
    images, labels, weight, bias = linear_case(budget)

    found = attack(
        lambda x: x @ weight.T + bias, images, labels, budget, generator=stream(0, "attack")
    )

    margins = worst_margins(images, labels, weight, bias, budget)
    torch.testing.assert_close(found.loss, functional.softplus(-margins), rtol=1e-9, atol=1e-12)
    assert torch.equal(found.fooled, margins < 0)


def check_plain_loop(attack, name, *, early_leave):
    budget = BUDGETS[name]
    model, images, labels = hard_images(budget)
    generator = stream(0, "attack")
    draws = [ball.random_starts(budget, 30, (2, 6, 6), generator) for _ in range(budget.restarts)]

    found = attack(
        model, images, labels, budget, generator=stream(0, "attack"), early_leave=early_leave
    )

    for n in range(len(labels)):
        tries = [[images[n]]] if early_leave else []
        for draw in draws:
            iterates = plain_pgd(model, images[n], labels[n], budget, draw[n])
            tries.append(iterates if early_leave else iterates[-1:])
        candidates = [x for iterates in tries for x in iterates]
        fooling = [x for x in candidates if errs(model, x, labels[n])]
        expected = fooling[0] if fooling else candidates[-1]
        torch.testing.assert_close(found.images[n], expected, rtol=0, atol=1e-9)
        assert bool(found.fooled[n]) == bool(fooling)
        loss = functional.cross_entropy(model(expected[None]), labels[n][None])
        torch.testing.assert_close(found.loss[n], loss.detach(), rtol=1e-6, atol=0)


def check_inside(attack, norm, epsilon, std, seed=0):
    budget = Budget(norm=norm, epsilon=epsilon, step=epsilon / 2, steps=3, mean=(0.1, 0.3), std=std)
    pixels, labels = data(6)
    std, mean = (pixels.new_tensor(v).view(-1, 1, 1) for v in (std, budget.mean))

    found = attack(
        network(), (pixels - mean) / std, labels, budget, generator=stream(seed, "attack")
    )

    moved = found.images * std + mean
    order = torch.inf if norm == "linf" else 2
    assert (moved - pixels).flatten(1).norm(p=order, dim=1).max() <= epsilon * (1 + 1e-9) + 1e-15
    assert moved.min() >= -1e-12
    assert moved.max() <= 1 + 1e-12
