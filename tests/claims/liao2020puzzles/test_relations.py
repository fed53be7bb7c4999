"""Lines, ranks and gaps over nets, seed by seed, against the same by other means."""

import math

import numpy as np
import pytest
from scipy import stats

from claims.liao2020puzzles import recipes, relations
from claims.liao2020puzzles.relations import (
    known_slopes,
    lines,
    margins_alone,
    rank_correlations,
    rank_correlations_within,
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


def test_rank_correlations_leave_out_nets_that_are_unknown():
    lacking = np.where(np.arange(7) == 3, np.nan, X)
    known = np.arange(7) != 3

    np.testing.assert_allclose(
        rank_correlations(lacking, Y), rank_correlations(X[:, known], Y[:, known])
    )


def within_levels_are_spearmans_of_the_columns(module):
    expected = [stats.spearmanr(X[:, i].round(1), Y[:, i]).statistic for i in range(7)]
    shares = module.rank_correlations_within(X.round(1), Y)

    np.testing.assert_allclose(shares.mean(), np.mean(expected))
    assert shares.shape == (4,)


def test_the_mean_share_within_levels_is_the_mean_of_the_levels_correlations():
    within_levels_are_spearmans_of_the_columns(relations)
    with pytest.raises(AssertionError):
        within_levels_are_spearmans_of_the_columns(
            mutant(relations, "a, b = x[:, level], y[:, level]", "a, b = x[:, 0], y[:, level]")
        )


def test_what_levels_differ_by_says_nothing_within_levels():
    shifts = 100.0 * np.arange(7)

    np.testing.assert_allclose(
        rank_correlations_within(X + shifts, Y - shifts), rank_correlations_within(X, Y)
    )


def test_shares_within_levels_leave_out_what_is_unknown():
    lacking = X.copy()
    lacking[0], lacking[1, 2] = np.nan, np.nan

    shares = rank_correlations_within(lacking, Y)

    assert shares.shape == (3,)
    assert np.isfinite(shares).all()


def test_independent_numbers_are_ranked_within_levels_no_more_often_than_the_level_says():
    """At 2.5 %, with x of one seed alike at all levels: 400 draws of 8 seeds at 6 levels."""
    draws = np.random.default_rng(0)
    wrong = 0
    for _ in range(400):
        x = draws.normal(size=(8, 6)) + 2 * draws.normal(size=(8, 1))
        shares = rank_correlations_within(x, draws.normal(size=(8, 6)))
        wrong += stats.ttest_1samp(shares, 0, alternative="greater").pvalue < 0.025

    assert wrong <= 20  # 2.5 % and three standard errors


def test_known_slopes_are_least_squares_over_the_nets_that_are_known():
    lacking = X.copy()
    lacking[:, 6] = np.nan
    lacking[1, 1:] = np.nan
    levels = np.arange(7.0) ** 2

    slopes = known_slopes(lacking, levels)

    assert slopes[0] == pytest.approx(stats.linregress(levels[:6], X[0, :6]).slope)
    assert slopes[1] == 0


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
