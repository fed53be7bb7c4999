"""Attacks against closed forms, a grid and a plain loop, and faults that these would notice."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from torch.func import functional_call, stack_module_state
from torch.nn import functional

from dltheory.attacks import Budget, ball, pgd
from dltheory.attacks import fgsm as fgsm_module
from dltheory.errors import SpecError
from dltheory.models import MLP, ResNet
from dltheory.randomness import drawing_from, stream
from tests.attacks.plain import LINEAR_BUDGETS, errs, linear_case, plain_pgd, worst_margins
from tests.mutation import mutant

BOTH = pytest.mark.parametrize("norm", ["linf", "l2"])
EARLY = pytest.mark.parametrize("early_leave", [False, True], ids=["all steps", "early leave"])


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


# ── oracles ───────────────────────────────────────────────────────────────────────────────────


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


# ── seeds ─────────────────────────────────────────────────────────────────────────────────────


@EARLY
@pytest.mark.parametrize("name", BUDGETS)
def test_each_seed_gets_what_it_would_get_alone(name, early_leave):
    _, images, labels = hard_images(BUDGETS[name])
    networks = [network(MLP(hidden=(8,)), seed=seed) for seed in range(3)]
    parameters, buffers = stack_module_state(networks)

    def stacked(x):
        return torch.vmap(lambda p, b, x: functional_call(networks[0], (p, b), (x,)))(
            parameters, buffers, x
        )

    together = pgd.pgd(
        stacked,
        images.expand(3, *images.shape),
        labels.expand(3, -1),
        BUDGETS[name],
        generator=stream(0, "attack"),
        early_leave=early_leave,
        batch=20,
    )

    for seed, model in enumerate(networks):
        alone = pgd.pgd(
            model,
            images,
            labels,
            BUDGETS[name],
            generator=stream(0, "attack"),
            early_leave=early_leave,
        )
        torch.testing.assert_close(together.images[seed], alone.images)
        torch.testing.assert_close(together.loss[seed], alone.loss)
        assert torch.equal(together.fooled[seed], alone.fooled)


def test_each_seed_may_have_a_generator_of_its_own():
    _, images, labels = hard_images(BUDGETS["linf"])
    model = network(MLP(hidden=(8,)))

    together = pgd.pgd(
        torch.vmap(model),
        images.expand(2, *images.shape),
        labels.expand(2, -1),
        BUDGETS["linf"],
        generator=[stream(seed, "attack") for seed in range(2)],
        batch=20,
    )

    for seed in range(2):
        draws = stream(seed, "attack")
        alone = pgd.pgd(model, images, labels, BUDGETS["linf"], generator=draws)
        torch.testing.assert_close(together.images[seed], alone.images)


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


def test_a_number_of_channels_that_does_not_fit_is_refused():
    budget = Budget(random_start=False, mean=(0.0,) * 3, std=(1.0,) * 3)

    with pytest.raises(SpecError, match=r"2 channels; got 3"):
        pgd.pgd(network(), *data(), budget)


# ── planted faults ────────────────────────────────────────────────────────────────────────────


def pgd_with(faulty_ball):
    """The attack with another geometry; a copy whose types are not checked."""
    copy = mutant(pgd, "class Attacked(", "class Attacked(")
    copy.ball, copy.random_starts = faulty_ball.ball, faulty_ball.random_starts
    return copy.pgd


def test_a_copy_of_the_attack_without_a_fault_passes_every_check():
    attack = pgd_with(ball)

    check_closed_form(attack, "linf, std, box", random_start=True)
    check_closed_form(attack, "l2, std", random_start=True)
    check_plain_loop(attack, "linf", early_leave=True)
    check_plain_loop(attack, "linf", early_leave=False)


IN_THE_BALL = {
    "step downhill": ("x.add_(gradient.sign_()", "x.sub_(gradient.sign_()", "linf"),
    "no projection": (
        "x.clamp_(lowest, torch.minimum(self.centre + radius, self.high))",
        "x.clamp_(self.low, self.high)",
        "linf",
    ),
    "no box below": (
        "torch.maximum(self.centre - radius, self.low)",
        "self.centre - radius",
        "linf, box",
    ),
    "no box above": (
        "torch.minimum(self.centre + radius, self.high)",
        "self.centre + radius",
        "linf, box",
    ),
    "ε in input units": ("self.budget.epsilon / self.std\n", "self.budget.epsilon\n", "linf, std"),
    "ε times std": (
        "self.budget.epsilon / self.std\n",
        "self.budget.epsilon * self.std\n",
        "linf, std",
    ),
    "box in input units": ("high=(high - mean) / std", "high=high + 0 * std", "linf, std, box"),
    "no projection, l2": ("way.mul_(_over_pixels(shrink", "way.mul_(0 * _over_pixels(shrink", "l2"),
    "gradient per input unit": ("gradient.div_(self.std)", "gradient", "l2, std"),
    "gradient times std": ("gradient.div_(self.std)", "gradient.mul_(self.std)", "l2, std"),
    "radius in input units": ("sub_(self.centre).mul_(self.std)", "sub_(self.centre)", "l2, std"),
}


@pytest.mark.parametrize("fault", IN_THE_BALL)
def test_a_fault_in_the_ball_misses_the_closed_form(fault):
    healthy, faulty, name = IN_THE_BALL[fault]
    attack = pgd_with(mutant(ball, healthy, faulty))

    with pytest.raises(AssertionError):
        check_closed_form(attack, name, random_start=True)


STEPS_AND_STARTS = {
    "step not divided by std": ("self.budget.step / self.std", "self.budget.step", "linf, std"),
    "step not normalised": (
        "self.budget.step / _lengths(uphill,",
        "self.budget.step + 0 * _lengths(uphill,",
        "l2",
    ),
    "start not divided by std": (
        "draws.to(self.centre) / self.std",
        "draws.to(self.centre)",
        "l2, std",
    ),
    "start not in the box": ("torch.clamp(moved, self.low, self.high)", "moved", "linf"),
    "ℓ2 without a box": (".clamp_(self.low, self.high)", "", "l2"),
}


@pytest.mark.parametrize("fault", STEPS_AND_STARTS)
def test_a_fault_in_steps_or_starts_leaves_the_plain_loop(fault):
    healthy, faulty, name = STEPS_AND_STARTS[fault]
    attack = pgd_with(mutant(ball, healthy, faulty))

    with pytest.raises(AssertionError):
        check_plain_loop(attack, name, early_leave=True)


IN_THE_CLIMB = {  # each with the mode, early leave or not, in which it shows
    "early leave forgets whose images they are": (
        "chosen, near, y = chosen[stay]",
        "chosen, near, y = stay",
        True,
    ),
    "early leave keeps the old centres": (
        "near.at(stay), y",
        "near.at(torch.arange(len(stay))), y",
        True,
    ),
    "early leave keeps the old labels": (
        "near.at(stay), y[..., stay]",
        "near.at(stay), y[..., : len(stay)]",
        True,
    ),
    "the images themselves are not tried": (
        "if early_leave and budget.random_start",
        "if early_leave and not budget.random_start",
        True,
    ),
    "restarts forget whom they fooled": ("new = ~self.fooled[..., chosen] & ", "new = ", False),
    "only successes are kept": ("(fools | last)", "fools", True),
    "each restart attacks everyone anew": (
        "draws = None\n",
        "draws = None; climb.best.fooled.zero_()\n",
        False,
    ),
    "the loss counts the right class twice": (
        "scatter(-1, right, -torch.inf)",
        "clone()",
        False,
    ),
    "the first step only": ("range(self.ball.budget.steps)", "range(1)", False),
    "the last iterate is not judged": (
        "outputs = self.logits(x)\n        self.best.keep(chosen, x",
        "pass\n        self.best.keep(chosen, x",
        False,
    ),
}


@pytest.mark.parametrize("fault", IN_THE_CLIMB)
def test_a_fault_in_the_climb_leaves_the_plain_loop(fault):
    healthy, faulty, early_leave = IN_THE_CLIMB[fault]
    attack = mutant(pgd, healthy, faulty).pgd

    with pytest.raises(AssertionError):
        check_plain_loop(attack, "linf", early_leave=early_leave)


def test_a_start_outside_the_ball_is_noticed():
    attack = pgd_with(mutant(ball, "** (1 / max(size, 1))", "** (1 / max(size, 1)) + 1"))

    with pytest.raises(AssertionError):
        check_plain_loop(attack, "l2", early_leave=True)
