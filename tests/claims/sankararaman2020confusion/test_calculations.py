"""What the claims on gradient confusion calculate with, against oracles."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from claims.dealt import dealt
from claims.sankararaman2020confusion import architecture_trends, concentration
from claims.sankararaman2020confusion.architecture_trends import (
    Sweep,
    all_train,
    epochs_to_half,
    lowest_at_random,
    lowest_of_blocks,
    near_one_loss,
)
from claims.sankararaman2020confusion.convolutional_sweeps import FULL_EFFECTS, judge_sweep
from claims.sankararaman2020confusion.paper import room
from claims.sankararaman2020confusion.recipes import (
    KINDS_OF_BLOCK,
    cnn,
    convolutional_parameters,
    mlp_parameters,
    mlp_weights,
)
from claims.sankararaman2020confusion.sgd_bounds import world
from claims.sankararaman2020confusion.test_cifar100 import (
    test_depth_confuses_and_width_clears_cnns_on_cifar100 as cifar100,
)
from claims.sankararaman2020confusion.test_confusion_speed import rank_correlations
from claims.sankararaman2020confusion.unit_networks import draw_weights, network, random_confusion
from dltheory.experiments import Context
from dltheory.linalg.random_direction_null import minimum_quantile
from dltheory.models import MLP, Initialised, Orthogonal
from dltheory.randomness import stream
from dltheory.statistics import trend
from tests.claims.planted import verdict_on
from tests.mutation import mutant


@pytest.mark.parametrize(("dimension", "pairs"), [(3, 1), (50, 100), (10_000, 1000)])
def test_the_lowest_cosine_of_random_directions_has_its_known_median(dimension, pairs):
    expected = float(minimum_quantile(0.5, dimension, pairs))

    assert lowest_at_random(dimension, pairs) == pytest.approx(expected, rel=1e-12)


def count(model, shape, classes):
    return sum(p.numel() for p in model.build(shape, classes).parameters())


def test_parameters_are_counted_as_networks_have_them():
    weights = MLP(hidden=(7,) * 5).build((1, 8, 8), 10).named_parameters()
    assert mlp_weights(7, 5, 64) == sum(p.numel() for name, p in weights if "weight" in name)
    assert mlp_parameters(7, 5, 64) == count(MLP(hidden=(7,) * 5), (1, 8, 8), 10)
    for depth, widening in ((10, 1), (16, 3)):
        for norm, skips in KINDS_OF_BLOCK.values():
            kind = {"batch_norm": norm, "skips": skips}
            built = count(cnn(depth, widening, **kind), (3, 8, 8), 100)
            assert convolutional_parameters(widening, depth, 16, (3, 100), **kind) == built


def test_networks_near_one_loss_are_told_from_others():
    losses = np.array([[1.4, 1.2], [1.5, 1.32], [1.45, 1.22], [1.5, 1.29]])

    assert near_one_loss(losses).held
    assert not near_one_loss(losses + np.array([0.0, 0.9])).held


def test_orthogonal_weights_keep_lengths():
    model = Initialised(model=MLP(hidden=(16,) * 4, activation="identity"), by=Orthogonal())
    layers = [
        layer
        for layer in model.build((1, 4, 4), 16).modules()
        if isinstance(layer, torch.nn.Linear)
    ]

    for layer in layers:
        torch.testing.assert_close(layer.weight @ layer.weight.T, torch.eye(16))
        assert not layer.bias.any()


@pytest.mark.parametrize("number", range(8))
def test_problems_have_the_constants_that_are_claimed(number):
    problem = world(3, number)
    w = torch.randn(2000, problem.x.shape[1], dtype=torch.float64) * 3
    losses, slopes = problem.losses(w), problem.slopes(w)
    squares = problem.x.square().sum(dim=1)

    assert bool((slopes.square() * squares >= 2 * problem.pl * losses * (1 - 1e-12)).all())
    curved = torch.func.vmap(torch.func.jacrev(lambda v: problem.slopes(v[None])[0]))(w[:50])
    lipschitz = (curved.norm(dim=2) * squares.sqrt()).max()
    assert float(lipschitz) <= problem.smoothness * (1 + 1e-12)
    gradient = torch.func.grad(lambda v: problem.losses(v[None]).mean())(w[0])
    torch.testing.assert_close(slopes[0] @ problem.x / len(problem.x), gradient)


def test_the_least_loss_of_a_problem_is_below_all_others():
    problem = world(3, 1)

    assert problem.least <= float(
        problem.losses(torch.randn(5000, problem.x.shape[1], dtype=torch.float64)).mean(dim=1).min()
    )


@pytest.mark.parametrize("drawn", ["gaussian", "orthogonal", "aligned", "balanced"])
def test_drawn_weights_have_norm_one(drawn):
    for weight in draw_weights(drawn, 5, 12, 3, stream(0, "data")):
        assert float(torch.linalg.matrix_norm(weight, 2)) == pytest.approx(1, rel=1e-12)


def test_confusion_of_a_random_network_is_that_of_its_gradients_one_by_one(tmp_path):
    context = Context(data_root=tmp_path, cache=tmp_path)
    found = random_confusion(1, context, depth=2, width=4, weights="variance", inputs=3, points=5)
    generator = stream(1, "data")

    def normal(rows):
        drawn = torch.randn(rows, 3, generator=generator, dtype=torch.float64)
        return torch.nn.functional.normalize(drawn, dim=1)

    x, u = normal(5), normal(1)[0]
    weights = [w.requires_grad_() for w in network("variance", 3, 4, 2, stream(1, "init"))]
    rows = []
    for point in x:
        z = point
        for weight in weights:
            z = torch.tanh(weight @ z)
        parts = torch.autograd.grad((u @ point - z[0]) ** 2 / 2, weights)
        rows.append(torch.cat([part.flatten() for part in parts]))
    inner = torch.stack(rows) @ torch.stack(rows).T
    inner.fill_diagonal_(math.inf)

    assert found["confusion"] == pytest.approx(-float(inner.min()), rel=1e-9)


def test_a_promise_is_kept_with_probability_one_half():
    eta = concentration.smallest_promised(50, 20, 3)

    assert concentration.violation(50, 20, 3, eta) == pytest.approx(0.5)
    assert concentration.violation(50, 20, 3, eta / 2) == 1.0


def rising(seeds=6):
    """Runs in which depth raises loss and spread and lowers the lowest cosine."""
    noise = np.random.default_rng(0).normal(0, 0.01, (seeds, 3, 20))
    cosines = np.linspace(-1, 1, 20) * np.array([0.1, 0.2, 0.3])[None, :, None] + noise
    losses = np.array([0.1, 0.2, 0.4]) + noise[:, :, 0]
    return {"losses": losses, "cosines": cosines, "levels": (2, 4, 8), "parameters": (500,) * 3}


@pytest.mark.parametrize("what", ["loss", "confusion", "spread"])
def test_depth_and_width_claim_opposite_trends(what):
    depth = Sweep(factor="depth", **rising()).evidence(what)
    width = Sweep(factor="width", **rising()).evidence(what)

    assert depth.interval(0.01).lower > 0
    assert width.estimate == pytest.approx(-depth.estimate)


def test_a_network_that_stays_puts_a_sweep_outside_the_setting_of_the_paper():
    runs = Sweep(factor="depth", **rising(seeds=8))
    assert all_train(runs).held

    runs.losses[:5, 2] = np.log(10)
    assert not all_train(runs).held
    assert runs.evidence("confusion").n == 8


def test_losses_are_compared_in_decades():
    runs = Sweep(factor="width", **rising())
    runs.losses[:] = [1e-1, 1e-2, 1e-3]

    assert runs.evidence("loss").estimate == pytest.approx(1)


def test_levels_that_are_dealt_at_random_keep_their_numbers_and_lose_their_trend():
    values = np.tile(np.arange(4.0), (400, 1))
    mixed = dealt(values)

    assert (np.sort(mixed, axis=1) == values).all()
    assert abs(trend(mixed, range(4)).estimate) < 0.1


def test_rank_correlations_are_spearmans():
    a, b = np.random.default_rng(3).normal(size=(2, 5, 11))

    expected = [stats.spearmanr(x, y)[0] for x, y in zip(a, b, strict=True)]
    assert rank_correlations(a, b) == pytest.approx(expected)


def test_a_lowest_cosine_that_moves_with_width_is_not_unmoved():
    def of_slope(slope):
        noise = np.random.default_rng(0).normal(0, 0.002, (8, 5, 4))
        lowest = -0.13 + slope * np.log2([2, 3, 4, 5, 6])[:, None] + noise
        losses = np.linspace(0.1, 0.11, 8) ** 1.5

        def measured(name, **_):
            return {
                str(level): losses if name.startswith("loss") else lowest[:, i]
                for i, level in enumerate((2, 3, 4, 5, 6))
            }

        return verdict_on(cifar100, "full-cifar100-width-unmoved", measured)

    assert of_slope(0.0) == "CONFIRMED"
    assert of_slope(0.1) == "REFUTED"


def test_the_lowest_cosine_of_blocks_is_averaged():
    cosines = np.array([[-0.5, 0.1, -0.1, 0.3, 9.0]])

    assert lowest_of_blocks(cosines, 2) == pytest.approx(-0.3)
    assert lowest_of_blocks(cosines) == pytest.approx(-0.5)


def test_the_epochs_to_half_of_the_first_loss_are_read_off_lines_between_epochs():
    first = np.log(10)
    curves = first * np.array([[0.9, 0.6, 0.4, 0.2], [0.9, 0.9, 0.8, 0.51], [0.4, 0.2, 0.1, 0.1]])

    assert epochs_to_half(curves) == pytest.approx([2.0, 4.0, 0.5 * 0.5 / 0.6])


def test_the_smallest_effects_are_at_most_half_of_what_the_axes_have_room_for():
    depths, wide = np.log2(100 / 16), np.log2(6 / 2)

    loss = min(room("training loss", "Fig. 4", depths), room("training loss", "Fig. 10", wide))
    figures = {"Fig. 11": depths, "Fig. 12": depths, "Fig. 13": wide}
    cosine = min(room("lowest cosine", figure, over) for figure, over in figures.items())
    assert FULL_EFFECTS["loss"][0] <= loss / 2
    assert FULL_EFFECTS["confusion"][0] <= cosine / 2
    assert FULL_EFFECTS["accuracy"][0] <= room("test accuracy", "Fig. 8", wide) / 2


def test_a_trend_of_the_dimension_alone_is_taken_off():
    null = [lowest_at_random(d, 20) for d in (8, 32, 128)]
    cosines = np.array(null)[None, :, None] * np.ones((6, 1, 20))
    cosines[:, :, 1:] = 0
    given = {**rising(), "cosines": cosines, "parameters": (8, 32, 128)}
    runs = Sweep(factor="width", **given)

    assert runs.evidence("confusion").estimate > 0.01
    assert runs.beyond_dimension("confusion").estimate == pytest.approx(0, abs=1e-12)


def test_a_fault_in_the_sign_of_a_width_claim_is_noticed():
    faulty = mutant(architecture_trends, 'return 1 if self.factor == "depth" else -1', "return 1")
    healthy = Sweep(factor="width", **rising()).evidence("loss").estimate

    assert faulty.Sweep(factor="width", **rising()).evidence("loss").estimate == -healthy


@pytest.mark.parametrize(
    ("case", "skips", "levels"),
    [("cifar100-depth-confusion", False, 5), ("cifar10-width-loss", True, 5)],
)
def test_full_sweeps_judge_the_direction_that_is_claimed(case, skips, levels):
    """Planted: networks of every level in reverse order."""
    order = range(levels) if "depth" in case else range(levels)[::-1]
    arms = (16, 22, 28, 34, 40) if "depth" in case else (2, 3, 4, 5, 6)
    noise = np.random.default_rng(1).normal(0, 0.005, (4, levels))

    def measured(order):
        def of(name, **_):
            one = {
                str(a): np.array(i * 0.1 + noise[:, i]) for i, a in zip(order, arms, strict=True)
            }
            if name.startswith("loss"):
                return one
            return {a: np.stack([-v, v], axis=1) for a, v in one.items()}

        return of

    estimates = []
    for given in (order, list(order)[::-1]):
        judge_sweep(
            measured(given),
            lambda evidence, **_: estimates.append(evidence.interval(0.01).lower),
            case,
            skips=skips,
        )

    assert estimates[0] > 0 > estimates[1]
