"""Bounds miss as often as they say: simulated experiments, each side counted apart.

A side of level α = 0.025 is missed by a share p of experiments with standard deviation
√(α(1 − α)/experiments); four of them are allowed.
"""

import math

import numpy as np
import pytest

from dltheory.statistics import (
    RateEvidence,
    correlation,
    equivalence,
    mean,
    rank_correlation,
    unpaired_difference,
)

ALPHA = 0.025
EXPERIMENTS = 8_000
SLACK = 4 * math.sqrt(ALPHA * (1 - ALPHA) / EXPERIMENTS)


def misses(evidences, truth, alpha=ALPHA):
    """The shares of intervals that lie wholly above the truth, and wholly below it."""
    intervals = [evidence.interval(alpha) for evidence in evidences]
    above = np.mean([interval.lower > truth for interval in intervals])
    below = np.mean([interval.upper < truth for interval in intervals])
    return float(above), float(below)


def normals(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal((EXPERIMENTS, *shape))


def related(n, r):
    """Pairs of normal variables of correlation r."""
    x, y = normals(n, seed=n), normals(n, seed=n + 1)
    return zip(x, r * x + math.sqrt(1 - r**2) * y, strict=True)


@pytest.mark.parametrize("n", [3, 5, 10, 20])
def test_each_bound_of_a_mean_is_missed_at_its_level(n):
    shares = misses([mean(1.5 + 2.0 * row) for row in normals(n, seed=n)], truth=1.5)

    assert shares == pytest.approx((ALPHA, ALPHA), abs=SLACK)


@pytest.mark.parametrize("n", [5, 10, 20])
def test_no_bound_of_welch_is_missed_more_often_than_its_level(n):
    rows = normals(n + 5, seed=n)
    pairs = [unpaired_difference(1.0 + 3.0 * row[:n], row[n:]) for row in rows]

    # Arms of different sizes have the degrees of freedom of the smaller one, which are too few.
    assert max(misses(pairs, truth=1.0)) <= ALPHA + SLACK


def test_welch_on_three_runs_errs_on_the_safe_side():
    pairs = [unpaired_difference(row[:3], row[3:]) for row in normals(6)]

    assert max(misses(pairs, truth=0.0)) <= ALPHA + SLACK


@pytest.mark.parametrize("n", [3, 5, 10, 20])
@pytest.mark.parametrize("rate", [0.1, 0.5, 0.95])
def test_no_bound_of_a_rate_is_missed_more_often_than_its_level(n, rate):
    counts = np.random.default_rng(n).binomial(n, rate, size=EXPERIMENTS)
    rates = [RateEvidence(successes=int(k), trials=n) for k in counts]

    assert max(misses(rates, truth=rate)) <= ALPHA + SLACK


@pytest.mark.parametrize("n", [5, 10, 20])
@pytest.mark.parametrize("r", [0.0, 0.6])
def test_a_correlation_is_missed_no_more_often_than_its_level(n, r):
    shares = misses([correlation(x, y) for x, y in related(n, r)], truth=r)

    # Fisher's z leans by r/(2(n − 1)): the sides differ, their sum does not.
    assert sum(shares) <= 2 * ALPHA + 4 * math.sqrt(0.05 * 0.95 / EXPERIMENTS)


@pytest.mark.parametrize("r", [0.0, 0.6])
def test_a_rank_correlation_is_missed_at_about_its_level(r):
    truth = 6 / math.pi * math.asin(r / 2)
    pairs = list(related(20, r))[:3000]

    shares = misses([rank_correlation(x, y) for x, y in pairs], truth=truth)

    assert sum(shares) == pytest.approx(2 * ALPHA, abs=0.015)


@pytest.mark.parametrize("d", [0.0, 0.1, 0.3, 1.0])
def test_no_bound_of_an_equivalence_is_missed_more_often_than_its_level(d):
    rows = [equivalence(mean(d + row), margin=0.5) for row in normals(6, seed=6)]

    assert max(misses(rows, truth=0.5 - d)) <= ALPHA + SLACK


def test_an_equivalence_at_no_difference_is_refuted_at_its_level():
    rows = [equivalence(mean(row), margin=0.5) for row in normals(6, seed=6)]

    assert misses(rows, truth=0.5)[1] == pytest.approx(ALPHA, abs=SLACK)
