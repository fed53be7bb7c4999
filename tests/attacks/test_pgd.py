"""Attacks against closed forms, a grid and a plain loop; seeds, and what is refused."""

from dataclasses import replace

import pytest
import torch
from torch.func import functional_call, stack_module_state
from torch.nn import functional

from dltheory.attacks import Budget, ball, pgd
from dltheory.attacks import fgsm as fgsm_module
from dltheory.errors import SpecError
from dltheory.models import MLP
from dltheory.randomness import stream
from tests.attacks.cases import (
    BUDGETS,
    check_closed_form,
    check_plain_loop,
    data,
    hard_images,
    network,
)
from tests.attacks.plain import LINEAR_BUDGETS, errs, plain_pgd

BOTH = pytest.mark.parametrize("norm", ["linf", "l2"])
EARLY = pytest.mark.parametrize("early_leave", [False, True], ids=["all steps", "early leave"])


@pytest.mark.parametrize("random_start", [False, True])
@pytest.mark.parametrize("name", LINEAR_BUDGETS)
def test_on_a_linear_classifier_pgd_finds_the_closed_form(name, random_start):
    check_closed_form(pgd.pgd, name, random_start=random_start)


@pytest.mark.parametrize("name", LINEAR_BUDGETS)
def test_on_a_linear_classifier_fgsm_finds_the_closed_form(name):
    def attack(logits, images, labels, budget, generator):  # noqa: ARG001
        return fgsm_module.fgsm(logits, images, labels, budget)

    check_closed_form(attack, name, random_start=False)


@EARLY
@pytest.mark.parametrize("name", BUDGETS)
def test_pgd_goes_where_a_plain_loop_goes(name, early_leave):
    check_plain_loop(pgd.pgd, name, early_leave=early_leave)


@pytest.mark.parametrize("name", BUDGETS)
def test_in_the_hard_case_images_fall_at_once_late_and_never(name):
    budget = replace(BUDGETS[name], restarts=1)
    model, images, labels = hard_images(budget)
    draws = ball.random_starts(budget, 30, (2, 6, 6), stream(0, "attack"))

    falls = []
    for n in range(len(labels)):
        iterates = plain_pgd(model, images[n], labels[n], budget, draws[n])
        fooled = [errs(model, x, labels[n]) for x in iterates]
        falls.append(fooled.index(True) if any(fooled) else -1)

    assert {-1, 0} <= set(falls)
    assert any(when > 1 for when in falls)


@BOTH
@pytest.mark.parametrize("box", [None, (0.0, 1.0)], ids=["no box", "box"])
def test_in_two_dimensions_pgd_finds_the_maximum_of_a_grid(norm, box):
    model = network(MLP(hidden=(12, 12), activation="tanh"), shape=(2,), classes=3)
    for parameter in model.parameters():
        parameter.data *= 3
    images, labels = data(8, shape=(2,))
    budget = Budget(norm=norm, epsilon=0.3, step=0.004, steps=150, box=box)
    spacing = 0.6 / 300
    ticks = torch.linspace(-0.3, 0.3, 301, dtype=torch.float64)
    grid = torch.cartesian_prod(ticks, ticks)
    if norm == "l2":
        grid = grid[grid.norm(dim=1) <= 0.3]

    generator = stream(0, "attack")
    found = [pgd.pgd(model, images, labels, budget, generator=generator) for _ in range(6)]
    highest = torch.stack([restart.loss for restart in found]).amax(dim=0)

    for n in range(len(labels)):
        near = images[n] + grid
        if box:
            near = near[((near >= 0) & (near <= 1)).all(dim=1)]
        losses, slope = losses_and_slope(model, near, labels[n])
        # A point of the ball is nearer to one of the grid than 2 spacings, and the last iterate
        # nearer to a maximum than a step in each direction.
        assert float(highest[n]) <= losses.max() + 2 * spacing * slope
        assert float(highest[n]) >= losses.max() - 2**0.5 * budget.step * slope
        assert losses.max() - losses.min() > 10 * budget.step * slope  # else this says little


def losses_and_slope(model, x, label):
    """The losses at many points and the largest norm of their gradients."""
    x = x.clone().requires_grad_()
    losses = functional.cross_entropy(model(x), label.expand(len(x)), reduction="none")
    (gradients,) = torch.autograd.grad(losses.sum(), x)
    return losses.detach(), float(gradients.norm(dim=1).max())


# ── seeds ─────────────────────────────────────────────────────────────────────────────────────


def three_networks():
    """Networks that differ by seed, alone and as one function of images with a seeds axis."""
    networks = [network(MLP(hidden=(8,)), seed=seed) for seed in range(3)]
    parameters, buffers = stack_module_state(networks)

    def stacked(x):
        return torch.vmap(lambda p, b, x: functional_call(networks[0], (p, b), (x,)))(
            parameters, buffers, x
        )

    return networks, stacked


@EARLY
@pytest.mark.parametrize("generators", [1, 3], ids=["one for all", "one a seed"])
@pytest.mark.parametrize("name", BUDGETS)
def test_each_seed_gets_what_it_would_get_alone(name, generators, early_leave):
    _, images, labels = hard_images(BUDGETS[name])
    networks, stacked = three_networks()
    shared = [stream(seed if generators == 3 else 0, "attack") for seed in range(3)]

    together = pgd.pgd(
        stacked,
        images.expand(3, *images.shape),
        labels.expand(3, -1),
        BUDGETS[name],
        generator=shared if generators == 3 else shared[0],
        early_leave=early_leave,
        batch=20,
    )

    for seed, model in enumerate(networks):
        alone = pgd.pgd(
            model,
            images,
            labels,
            BUDGETS[name],
            generator=stream(seed if generators == 3 else 0, "attack"),
            early_leave=early_leave,
        )
        torch.testing.assert_close(together.images[seed], alone.images)
        torch.testing.assert_close(together.loss[seed], alone.loss)
        assert torch.equal(together.fooled[seed], alone.fooled)


# ── what is refused ───────────────────────────────────────────────────────────────────────────


def test_a_random_start_without_a_generator_is_refused():
    with pytest.raises(SpecError, match=r"random_start=True and none"):
        pgd.pgd(network(), *data(), Budget())


def test_images_and_labels_of_different_counts_are_refused():
    images, labels = data()

    with pytest.raises(SpecError, match=r"shape \(16, 2, 6, 6\) and labels of shape \(15,\)"):
        pgd.pgd(network(), images, labels[:15], Budget(random_start=False))


def test_normalised_images_taken_for_pixels_are_refused():
    images, labels = data()

    with pytest.raises(SpecError, match=r"box \[0, 1\]; got pixels from .* to 2\.9"):
        pgd.pgd(network(), 3 * images, labels, Budget(random_start=False))


def test_a_pixel_that_is_no_number_is_not_in_the_box():
    images, labels = data()
    images = images.clamp(0, 1)
    images[3, 1, 2, 2] = torch.nan

    with pytest.raises(SpecError, match=r"box \[0, 1\]; got pixels from nan to nan"):
        pgd.pgd(network(), images, labels, Budget(random_start=False))


@pytest.mark.parametrize("early_leave", [False, True])
def test_outputs_that_are_not_finite_are_neither_fooled_nor_withstood(early_leave):
    images, labels = data()
    images[3] = torch.nan
    budget = Budget(random_start=False, box=None, steps=2)

    found = pgd.pgd(network(), images, labels, budget, early_leave=early_leave)

    assert found.withstood.isnan().nonzero().flatten().tolist() == [3]
    assert not found.fooled[3]
    assert found.loss.isnan().nonzero().flatten().tolist() == [3]


def test_a_number_of_channels_that_does_not_fit_is_refused():
    budget = Budget(random_start=False, mean=(0.0,) * 3, std=(1.0,) * 3)

    with pytest.raises(SpecError, match=r"2 channels; got 3"):
        pgd.pgd(network(), *data(), budget)


def test_generators_that_are_not_one_a_seed_are_refused():
    images, labels = data()

    with pytest.raises(SpecError, match=r"got 2 and labels with leading axes \(3,\)"):
        pgd.pgd(
            three_networks()[1],
            images.expand(3, *images.shape),
            labels.expand(3, -1),
            Budget(),
            generator=[stream(0, "attack"), stream(1, "attack")],
        )
