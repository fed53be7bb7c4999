"""Lines, ranks and gaps over nets, seed by seed, against the same by other means."""

import math

import numpy as np
import pytest
from scipy import stats

from claims.liao2020puzzles import recipes, relations
from claims.liao2020puzzles.relations import (
    lines,
    margins_alone,
    rank_correlations,
    relative_gap,
    residuals,
)
from dltheory.models import ConvNet
from tests.mutation import mutant

DRAWS = np.random.default_rng(5)
X = DRAWS.normal(size=(4, 7))
Y = 0.8 * X + 0.3 + 0.1 * DRAWS.normal(size=(4, 7))


def lines_are_least_squares(module):
    slope, intercept, explained = module.lines(X, Y)
    left = module.residuals(X, Y)

    for i, (x, y) in enumerate(zip(X, Y, strict=True)):
        expected = stats.linregress(x, y)
        np.testing.assert_allclose(
            [slope[i], intercept[i], explained[i]],
            [expected.slope, expected.intercept, expected.rvalue**2],
        )
        np.testing.assert_allclose(left[i], y - expected.slope * x - expected.intercept)


def test_lines_are_least_squares():
    lines_are_least_squares(relations)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("(dx * dx).sum(axis=1), otherwise=0.0", "(dy * dy).sum(axis=1), otherwise=0.0"),
        ("(dy * dy).sum(axis=1), otherwise=1.0", "(y * y).sum(axis=1), otherwise=1.0"),
        ("slope * x.mean(axis=1)", "slope * x.mean()"),
    ],
)
def test_faults_in_lines_are_noticed(healthy, faulty):
    with pytest.raises(AssertionError):
        lines_are_least_squares(mutant(relations, healthy, faulty))


def test_rank_correlations_are_spearmans():
    expected = [stats.spearmanr(x, y).statistic for x, y in zip(X.round(), Y.round(), strict=True)]

    np.testing.assert_allclose(rank_correlations(X.round(), Y.round()), expected)
    assert rank_correlations(np.ones((2, 3)), X[:2, :3]).tolist() == [0, 0]


def test_nets_that_are_all_alike_have_no_line():
    slope, _, explained = lines(np.ones((2, 3)), X[:2, :3])

    assert slope.tolist() == explained.tolist() == [0, 0]


def test_the_relative_gap_is_0_for_no_loss_and_1_for_chance():
    chance = math.log(10)
    train = np.array([[1.0, 1.0, 2.0, chance]])
    test = np.array([[1.0, chance, (2 + chance) / 2, chance]])

    np.testing.assert_allclose(relative_gap(train, test, 10), [[0, 1, 0.5, 1]])


def test_margins_alone_lie_on_the_line_of_their_ratio_through_chance():
    """Whatever they are divided by: with one ratio for all nets there is nothing to learn."""
    margins, sizes = np.abs(X) + 0.1, DRAWS.normal(size=X.shape) + 5

    slope, intercept, explained = lines(*margins_alone(margins, 0.7 * margins, sizes, 10))

    np.testing.assert_allclose(slope, 0.7)
    np.testing.assert_allclose(intercept, 0.3 * math.log(10))
    np.testing.assert_allclose(explained, 1)
    assert np.abs(residuals(margins, 0.7 * margins)).max() < 1e-12


@pytest.mark.parametrize(
    ("net", "widths", "shape", "expected"),
    [
        (recipes.small_net, recipes.WIDTHS, (1, 8, 8), recipes.SMALL_PARAMETERS),
        (ConvNet.ten_thousand, recipes.CIFAR_WIDTHS, (3, 32, 32), recipes.CIFAR_PARAMETERS),
    ],
)
def test_parameters_on_the_axis_are_those_of_the_nets(net, widths, shape, expected):
    counts = [sum(p.numel() for p in net(w).build(shape, 10).parameters()) for w in widths]

    assert tuple(counts) == expected
