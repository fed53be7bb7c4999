"""The chance of each verdict on fresh seeds, against the noncentral t and simulation."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

from dltheory.errors import SpecError
from dltheory.statistics import (
    equivalence,
    mean,
    power_of_mean,
    predicted_chances,
    seeds_needed,
    stability,
    verdict_chances,
)

searched = settings(max_examples=40, deadline=None, database=None, derandomize=True)
# (δ, n, θ): confirmed, refuted, inconclusive; α = 0.05, in units of the standard deviation.
OPERATING = [
    (0.5, 5, 0.0, (0.05, 0.24, 0.71)),
    (0.5, 5, 0.25, (0.12, 0.12, 0.76)),
    (0.5, 20, 0.0, (0.05, 0.69, 0.25)),
    (0.5, 20, 0.25, (0.29, 0.28, 0.43)),
    (1.0, 10, 0.5, (0.43, 0.36, 0.21)),
    (1.0, 20, 0.5, (0.69, 0.30, 0.00)),
    (1.0, 10, 2.0, (1.00, 0.00, 0.00)),
]


def simulated(theta, *, n, null, limit, margin=None, runs=1500):
    """The shares of confirmed and refuted verdicts over simulated experiments, α = 0.05."""
    rows = np.random.default_rng(7).normal(theta, 1.0, size=(runs, n))
    kinds = [mean(row) if margin is None else equivalence(mean(row), margin=margin) for row in rows]
    bounds = [evidence.interval(0.05) for evidence in kinds]
    confirmed = np.array([interval.lower > null for interval in bounds])
    refuted = ~confirmed & np.array([interval.upper < limit for interval in bounds])
    return float(np.mean(confirmed)), float(np.mean(refuted))


@pytest.mark.parametrize(("effect", "n", "theta", "chances"), OPERATING)
def test_the_operating_characteristics_are_reproduced(effect, n, theta, chances):
    found = verdict_chances(theta, 1.0, n, 0.0, effect, 0.05)

    assert (found.confirmed, found.refuted, found.inconclusive) == pytest.approx(chances, abs=0.012)


@pytest.mark.parametrize("n", [3, 10, 40])
@pytest.mark.parametrize("effect", [0.0, 0.7, 2.0])
def test_the_chance_of_confirming_is_the_power(effect, n):
    confirmed = verdict_chances(effect, 1.0, n, 0.0, 0.5, 0.01).confirmed

    assert confirmed == pytest.approx(power_of_mean(effect, n, 0.01), abs=1e-4)


def test_at_the_smallest_effect_a_claim_is_refuted_with_the_stated_error():
    # δ so small that hardly a sample with an upper bound below it has a lower bound above 0.
    refuted = verdict_chances(0.01, 1.0, 5, 0.0, 0.01, 0.01).refuted

    assert refuted == pytest.approx(0.01, abs=1e-4)


@pytest.mark.parametrize("d", [0.0, 0.4, 1.2])
def test_chances_of_an_equivalence_agree_with_simulation(d):
    shares = simulated(d, n=8, null=0.0, limit=0.6, margin=1.0)
    found = verdict_chances(1.0 - d, 1.0, 8, 0.0, 0.6, 0.05, margin=1.0)

    assert (found.confirmed, found.refuted) == pytest.approx(shares, abs=4 * 0.5 / math.sqrt(1500))


def test_chances_of_a_mean_agree_with_simulation():
    shares = simulated(0.3, n=8, null=0.0, limit=0.6)
    found = verdict_chances(0.3, 1.0, 8, 0.0, 0.6, 0.05)

    assert (found.confirmed, found.refuted) == pytest.approx(shares, abs=4 * 0.5 / math.sqrt(1500))


def check_prediction(chances, estimate, n, margin):
    """Against fresh seeds about draws of what the truth may be, given estimate and deviation."""
    draws, runs, sd = np.random.default_rng(11), 20_000, 1.3
    sigma = sd * np.sqrt((n - 1) / draws.chisquare(n - 1, runs))
    centre = estimate if margin is None else margin - estimate
    theta = centre + sigma / math.sqrt(n) * draws.standard_normal(runs)
    fresh = theta[:, None] + sigma[:, None] * draws.standard_normal((runs, n))
    at = fresh.mean(axis=1) if margin is None else margin - abs(fresh.mean(axis=1))
    r = student.ppf(0.95, n - 1) * fresh.std(axis=1, ddof=1) / math.sqrt(n)
    confirmed = at - r > 0.0
    refuted = ~confirmed & (at + r < 0.6)

    found = chances(estimate, sd, n, 0.0, 0.6, 0.05, margin=margin)

    slack = 4 * 0.5 / math.sqrt(runs)
    assert found.confirmed == pytest.approx(confirmed.mean(), abs=slack)
    assert found.refuted == pytest.approx(refuted.mean(), abs=slack)


@pytest.mark.parametrize("estimate", [-0.6, 0.3, 1.5])
@pytest.mark.parametrize(("n", "margin"), [(2, None), (4, None), (12, None), (8, 2.0)])
def test_predictions_agree_with_simulation(estimate, n, margin):
    check_prediction(predicted_chances, estimate, n, margin)


def test_estimates_taken_for_the_truth_predict_otherwise():
    with pytest.raises(AssertionError):
        check_prediction(verdict_chances, 1.5, 8, None)


def test_a_prediction_from_many_seeds_is_as_if_spread_were_known():
    theta, n = 0.2, 5000
    known = NormalDist(theta, math.sqrt(2 / n)).cdf

    found = predicted_chances(theta, 1.0, n, theta - 0.05, 0.0, 0.05)

    reach = NormalDist().inv_cdf(0.95) / math.sqrt(n)
    assert found.confirmed == pytest.approx(1 - known(theta - 0.05 + reach), abs=1e-3)


@searched
@given(st.floats(-2, 2), st.floats(0.1, 3), st.integers(2, 50), st.floats(0, 2))
def test_the_chances_sum_to_one(estimate, sd, n, effect):
    found = verdict_chances(estimate, sd, n, 0.0, effect, 0.01)

    assert found.confirmed + found.refuted + found.inconclusive == pytest.approx(1.0)


@searched
@given(st.floats(-2, 2), st.integers(2, 50), st.integers(1, 1000))
def test_the_unit_of_measurement_changes_no_chance(estimate, n, unit):
    plain = verdict_chances(estimate, 1.0, n, 0.1, 0.5, 0.01)
    scaled = verdict_chances(unit * estimate, unit, n, unit * 0.1, unit * 0.5, 0.01)

    assert scaled.confirmed == pytest.approx(plain.confirmed, abs=1e-9)


@pytest.mark.parametrize(
    ("p", "repeats"), [(0.01, 0.53), (0.001, 0.90), (1e-4, 1.00)], ids=["1e-2", "1e-3", "1e-4"]
)
def test_a_p_value_repeats_as_often_as_worked_out(p, repeats):
    estimate = -mean([-1.0, 1.0] * 5).interval(p).lower / mean([-1.0, 1.0] * 5).sd

    assert stability(estimate, 1.0, 10, 0.0, 0.5, 0.01, "confirmed") == pytest.approx(
        repeats, abs=0.02
    )


@pytest.mark.parametrize("verdict", ["confirmed", "refuted", "inconclusive"])
def test_stability_is_the_chance_of_the_verdict_named(verdict):
    chances = verdict_chances(0.3, 1.0, 8, 0.0, 0.6, 0.05)

    assert stability(0.3, 1.0, 8, 0.0, 0.6, 0.05, verdict) == getattr(chances, verdict)


@pytest.mark.parametrize(
    ("estimate", "verdict"),
    [(1.0, "confirmed"), (0.0, "refuted"), (-1.0, "refuted"), (0.2, "confirmed")],
)
def test_runs_that_all_agree_agree_again(estimate, verdict):
    assert stability(estimate, 0.0, 5, 0.0, 0.5, 0.01, verdict) == 1.0


@pytest.mark.parametrize("estimate", [0.0, 0.3, 0.5, 1.0])
def test_the_seeds_needed_are_the_first_that_suffice(estimate):
    def verdict(n):
        chances = verdict_chances(estimate, 1.0, n, 0.0, 0.5, 0.05)
        return chances.confirmed + chances.refuted

    n = seeds_needed(estimate, 1.0, 0.0, 0.5, 0.05)

    assert verdict(n - 1) < 0.8 <= verdict(n)


def test_seeds_needed_agree_with_power_where_only_confirming_is_in_reach():
    assert seeds_needed(1.0, 1.0, 0.0, 0.0, 0.01) == 13


@pytest.mark.parametrize(("margin", "n"), [(0.5, 36), (0.8, 15), (1.0, 10), (1.5, 6), (2.0, 4)])
def test_equivalence_at_no_difference_needs_the_seeds_worked_out(margin, n):
    confirmed = verdict_chances(margin, 1.0, n, 0.0, 0.0, 0.05, margin=margin).confirmed

    assert confirmed == pytest.approx(0.82, abs=0.05)


def test_no_number_of_seeds_decides_what_lies_on_the_edge():
    assert seeds_needed(0.0, 1.0, 0.0, 0.0, 0.01) is None


def test_too_few_seeds_on_offer_give_none():
    assert seeds_needed(0.5, 1.0, 0.0, 0.5, 0.01, largest=20) is None


def test_a_single_seed_is_refused():
    with pytest.raises(SpecError, match="at least 2 seeds; got 1"):
        verdict_chances(1.0, 1.0, 1, 0.0, 0.5, 0.01)


def test_an_unknown_verdict_is_refused():
    with pytest.raises(SpecError, match="got 'maybe'"):
        stability(1.0, 1.0, 5, 0.0, 0.5, 0.01, "maybe")
