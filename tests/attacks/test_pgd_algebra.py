"""What holds of attacks for any network: balls, budgets, restarts, starts, vanishing gradients."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from torch.nn import functional

from dltheory.attacks import Budget, ball, pgd
from dltheory.attacks import fgsm as fgsm_module
from dltheory.randomness import stream
from tests.attacks.cases import (
    BUDGETS,
    check_inside,
    data,
    hard_case,
    hard_images,
    network,
)
from tests.attacks.plain import linear_case, worst_margins

BOTH = pytest.mark.parametrize("norm", ["linf", "l2"])
EARLY = pytest.mark.parametrize("early_leave", [False, True], ids=["all steps", "early leave"])


# ── algebra ───────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=40)
@given(
    st.sampled_from(["linf", "l2"]),
    st.floats(0, 2),
    st.tuples(st.floats(0.1, 3), st.floats(0.1, 3)),
    st.integers(0, 99),
)
def test_what_is_found_lies_in_the_ball_and_in_the_box(norm, epsilon, std, seed):
    check_inside(pgd.pgd, norm, epsilon, std, seed)


@EARLY
@BOTH
def test_a_budget_of_zero_leaves_images_and_losses_alone(norm, early_leave):
    model, (images, labels) = network(), data()
    budget = Budget(norm=norm, epsilon=0.0)

    found = pgd.pgd(
        model, images, labels, budget, generator=stream(0, "attack"), early_leave=early_leave
    )

    assert torch.equal(found.images, images)
    assert torch.equal(found.fooled, model(images).argmax(1) != labels)
    expected = functional.cross_entropy(model(images), labels, reduction="none")
    torch.testing.assert_close(found.loss, expected.detach())


@given(st.sampled_from(["linf", "l2"]), st.floats(0, 1), st.floats(0, 1))
def test_a_linear_classifier_loses_more_to_a_larger_budget(norm, one, other):
    images, labels, weight, bias = linear_case(Budget())

    def loss(epsilon):
        budget = Budget(norm=norm, epsilon=epsilon, box=None)
        return fgsm_module.fgsm(lambda x: x @ weight.T + bias, images, labels, budget).loss

    assert (loss(min(one, other)) <= loss(max(one, other)) + 1e-12).all()


@given(st.permutations(range(3)), st.sampled_from(["linf", "l2"]))
def test_renaming_the_classes_changes_nothing(order, norm):
    model, (images, labels) = network(), data()
    order, budget = torch.tensor(order), Budget(norm=norm, epsilon=0.1, step=0.03, steps=5)

    plain = pgd.pgd(model, images, labels, budget, generator=stream(0, "attack"))
    renamed = pgd.pgd(
        lambda x: model(x)[:, order],
        images,
        order.argsort()[labels],
        budget,
        generator=stream(0, "attack"),
    )

    torch.testing.assert_close(renamed.images, plain.images)
    assert torch.equal(renamed.fooled, plain.fooled)


@EARLY
@BOTH
@pytest.mark.parametrize("batch", [1, 7, 29, 30, 1000])
def test_the_batch_does_not_matter(norm, early_leave, batch):
    model, images, labels = hard_case()
    options = {"early_leave": early_leave}

    whole = pgd.pgd(model, images, labels, BUDGETS[norm], generator=stream(0, "attack"), **options)
    parts = pgd.pgd(
        model, images, labels, BUDGETS[norm], generator=stream(0, "attack"), batch=batch, **options
    )

    torch.testing.assert_close(parts, whole)


# ── early leave and restarts ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", BUDGETS)
def test_whom_the_last_iterate_fools_early_leave_fools_too_and_for_less(name):
    model, images, labels = hard_images(BUDGETS[name])
    full, early = (
        pgd.pgd(
            model, images, labels, BUDGETS[name], generator=stream(0, "attack"), early_leave=leave
        )
        for leave in (False, True)
    )

    assert (early.fooled >= full.fooled).all()
    assert early.gradients < full.gradients
    assert full.gradients == 30 * 4 * 3


@EARLY
@BOTH
def test_survivors_of_more_restarts_are_among_those_of_fewer(norm, early_leave):
    model, images, labels = hard_case()
    fooled = [
        pgd.pgd(
            model,
            images,
            labels,
            replace(BUDGETS[norm], steps=1, restarts=restarts),
            generator=stream(0, "attack"),
            early_leave=early_leave,
        ).fooled
        for restarts in (1, 2, 6)
    ]

    assert (fooled[1] >= fooled[0]).all()
    assert (fooled[2] >= fooled[1]).all()
    assert fooled[2].sum() > fooled[0].sum() or early_leave


def test_early_leave_leaves_nothing_to_do_where_everything_is_misclassified():
    model, (images, labels) = network(), data()
    wrong = (model(images).argmax(1) + 1) % 3

    found = pgd.pgd(model, images, wrong, Budget(), generator=stream(0, "attack"), early_leave=True)

    assert found.fooled.all()
    assert found.gradients == 0
    assert torch.equal(found.images, images)
    assert labels.shape == found.fooled.shape


# ── gradients that vanish ─────────────────────────────────────────────────────────────────────


@BOTH
def test_a_saturated_network_in_float32_is_attacked_all_the_same(norm):
    images, labels, weight, bias = linear_case(Budget())
    w, b, x = (1e4 * weight).float(), (1e4 * bias).float(), images.float()
    labels = (x @ w.T + b).argmax(1)
    budget = Budget(norm=norm, epsilon=1.0, step=0.2, random_start=False, box=None)
    leaf = x.clone().requires_grad_()
    functional.cross_entropy(leaf @ w.T + b, labels).backward()
    assert (leaf.grad == 0).all(dim=1).any()  # the cross-entropy itself gives no direction

    found = pgd.pgd(lambda x: x @ w.T + b, x, labels, budget)

    margins = worst_margins(images, labels, 1e4 * weight, 1e4 * bias, budget)
    torch.testing.assert_close(
        found.loss.double(), functional.softplus(-margins), rtol=1e-4, atol=1e-4
    )


def test_a_gradient_of_1e_minus_30_keeps_its_direction():
    images, labels, weight, bias = linear_case(Budget())
    budget = Budget(norm="l2", epsilon=0.1, random_start=False, box=None)

    tiny = pgd.pgd(
        lambda x: 1e-30 * (x @ weight.T.float() + bias.float()), images.float(), labels, budget
    )
    plain = pgd.pgd(lambda x: x @ weight.T + bias, images, labels, budget)

    torch.testing.assert_close(tiny.images.double(), plain.images, rtol=0, atol=1e-6)


@BOTH
@pytest.mark.parametrize("factor", [0.0, torch.inf, torch.nan])
def test_a_gradient_that_is_zero_or_no_number_moves_nothing(norm, factor):
    class Broken(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):  # noqa: ARG004
            return x.clone()

        @staticmethod
        def backward(ctx, gradient):  # noqa: ARG004
            return torch.full_like(gradient, factor)

    model, (images, labels) = network(), data()
    budget = Budget(norm=norm, random_start=False)

    found = pgd.pgd(lambda x: model(Broken.apply(x)), images, labels, budget)

    torch.testing.assert_close(found.images, images, rtol=0, atol=1e-15)


# ── random starts ─────────────────────────────────────────────────────────────────────────────


def test_starts_are_uniform_in_the_cube():
    draws = ball.random_starts(Budget(), 2000, (3,), stream(0, "starts"))

    assert stats.kstest(draws.flatten().double().numpy(), "uniform", (-1, 2)).pvalue > 1e-3


def test_starts_are_uniform_in_the_euclidean_ball():
    draws = ball.random_starts(Budget(norm="l2"), 2000, (3, 2), stream(0, "starts")).flatten(1)
    lengths, first = draws.norm(dim=1), draws[:, 0] / draws.norm(dim=1)

    assert stats.kstest(lengths.double().pow(6).numpy(), "uniform").pvalue > 1e-3
    # one coordinate of a uniform direction in 6 dimensions: (1 + u) / 2 is Beta(5/2, 5/2)
    assert stats.kstest((first.double().numpy() + 1) / 2, "beta", (2.5, 2.5)).pvalue > 1e-3


@BOTH
def test_both_precisions_start_from_the_same_place(norm):
    images, labels = data()
    budget = Budget(norm=norm, epsilon=0.2, step=0.0, steps=1)

    single, double = (
        pgd.pgd(
            network().to(dtype), images.to(dtype), labels, budget, generator=stream(0, "attack")
        )
        for dtype in (torch.float32, torch.float64)
    )

    assert not torch.equal(double.images, images)
    torch.testing.assert_close(single.images.double(), double.images, rtol=0, atol=1e-6)


@BOTH
def test_nothing_but_the_generator_is_drawn_from_or_changed(norm):
    model, (images, labels) = network(), data()
    before, state = images.clone(), torch.get_rng_state()

    pgd.pgd(model, images, labels, BUDGETS[norm], generator=stream(0, "attack"))

    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(images, before)
    assert not images.requires_grad
    assert all(p.grad is None for p in model.parameters())


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@EARLY
@BOTH
def test_a_gpu_finds_the_same(norm, early_leave):
    model, images, labels = hard_case()
    budget = BUDGETS[norm]
    options = {"early_leave": early_leave}

    here = pgd.pgd(model, images, labels, budget, generator=stream(0, "attack"), **options)
    there = pgd.pgd(
        model.cuda(),
        images.cuda(),
        labels.cuda(),
        budget,
        generator=stream(0, "attack"),
        **options,
    )

    torch.testing.assert_close(there.images.cpu(), here.images, rtol=0, atol=1e-6)
    assert torch.equal(there.fooled.cpu(), here.fooled)
