"""Fisher's z bounds, against closed forms and scipy."""

import math

import numpy as np
import pytest
from scipy import stats

from dltheory.errors import SpecError
from dltheory.statistics import correlation, rank_correlation

X = np.arange(12.0)
Y = np.array([0.3, 1.9, 0.8, 4.0, 2.5, 6.1, 5.0, 5.5, 9.9, 7.0, 12.0, 8.5])


@pytest.mark.parametrize("alpha", [0.01, 0.05])
def test_pearson_bounds_are_the_wider_of_scipys_and_those_of_ranks(alpha):
    oracle = stats.pearsonr(X, Y).confidence_interval(1 - 2 * alpha)
    ranks = rank_correlation(X, Y).interval(alpha)

    interval = correlation(X, Y).interval(alpha)

    wider = min(oracle.low, ranks.lower), max(oracle.high, ranks.upper)
    assert (interval.lower, interval.upper) == pytest.approx(wider, rel=1e-6)


def test_the_estimate_is_pearsons():
    assert correlation(X, Y).estimate == pytest.approx(stats.pearsonr(X, Y).statistic)


def test_the_estimate_on_ranks_is_spearmans():
    assert rank_correlation(X, Y).estimate == pytest.approx(stats.spearmanr(X, Y).statistic)


def test_tied_values_share_their_mean_rank():
    tied = np.round(Y / 3)

    assert rank_correlation(X, tied).estimate == pytest.approx(stats.spearmanr(X, tied).statistic)


def test_ranks_do_not_see_a_monotone_change_of_scale():
    assert rank_correlation(X, np.exp(Y)).interval(0.05) == rank_correlation(X, Y).interval(0.05)


@pytest.mark.parametrize("make", [correlation, rank_correlation])
def test_p_above_is_alpha_at_the_lower_bound(make):
    evidence = make(X, Y)

    assert evidence.p_above(evidence.interval(0.03).lower) == pytest.approx(0.03)


@pytest.mark.parametrize("make", [correlation, rank_correlation])
def test_p_below_is_alpha_at_the_upper_bound(make):
    evidence = make(X, Y)

    assert evidence.p_below(evidence.interval(0.03).upper) == pytest.approx(0.03)


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_extreme_units_leave_the_correlation_alone(scale):
    assert correlation(X, Y * scale).estimate == pytest.approx(correlation(X, Y).estimate)


def test_points_on_a_line_are_no_surer_than_their_order():
    interval = correlation(X, 3 * X + 1).interval(0.01)

    assert interval == rank_correlation(X, X).interval(0.01)


@pytest.mark.parametrize("n", [4, 5, 6, 7, 8])
def test_perfect_order_is_no_surer_than_a_permutation_test(n):
    p = rank_correlation(np.arange(n), np.arange(n)).p_above(0.0)

    assert p >= 1.0 / math.factorial(n)


def test_perfect_order_of_many_points_is_convincing():
    assert rank_correlation(np.arange(20), np.arange(20)).p_above(0.0) < 1e-5


@pytest.mark.parametrize(("null", "p"), [(-1.0, 0.0), (1.0, 1.0), (1.5, 1.0)])
def test_the_ends_of_the_range_are_certain(null, p):
    assert correlation(X, Y).p_above(null) == p


def test_values_that_do_not_vary_are_refused():
    with pytest.raises(SpecError, match=r"needs y to vary; all 4 values are 2\.0"):
        correlation([1.0, 2.0, 3.0, 4.0], [2.0] * 4)


def test_three_models_are_refused():
    with pytest.raises(SpecError, match=r"at least 4 independent runs; got shape \(3,\)"):
        correlation([1.0, 2.0, 3.0], [1.0, 2.0, 4.0])


def test_models_without_a_partner_are_refused():
    with pytest.raises(SpecError, match="need the same length; got 12 and 11"):
        correlation(X, Y[:-1])
