"""Cosines of random directions: closed forms, simulation, and what shapes the minimum."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from dltheory.errors import SpecError
from dltheory.linalg import random_direction_null
from dltheory.linalg.random_direction_null import (
    cosine_density,
    cosine_distribution,
    cosine_quantile,
    effective_dimension,
    minimum_distribution,
    minimum_mean,
    minimum_quantile,
    simulated_minima,
)
from dltheory.randomness import stream
from tests.mutation import mutant

GRID = np.linspace(-0.99, 0.99, 45)
dimensions = st.floats(5, 1e8)  # nearer 2, quantiles crowd at −1 closer than float64 resolves


# ── one cosine ────────────────────────────────────────────────────────────────────────────────


def check_closed_forms(null):
    arcsine = 1 / (math.pi * np.sqrt(1 - GRID**2))
    np.testing.assert_allclose(null.cosine_density(GRID, 2), arcsine, rtol=1e-12)
    np.testing.assert_allclose(null.cosine_density(GRID, 3), 0.5, rtol=1e-12)
    np.testing.assert_allclose(null.cosine_density(GRID, 5), 0.75 * (1 - GRID**2), rtol=1e-12)
    np.testing.assert_allclose(
        null.cosine_distribution(GRID, 2), 0.5 + np.arcsin(GRID) / math.pi, rtol=1e-11
    )
    np.testing.assert_allclose(null.cosine_distribution(GRID, 3), (1 + GRID) / 2, rtol=1e-11)
    np.testing.assert_allclose(null.minimum_mean(3, 4), 2 / 5 - 1, rtol=1e-8)
    uniform = 2 * (1 - 0.9 ** (1 / 7)) - 1
    np.testing.assert_allclose(null.minimum_quantile(0.1, 3, 7), uniform, rtol=1e-11)


def test_circle_sphere_and_five_dimensions_have_their_closed_forms():
    check_closed_forms(random_direction_null)


FAULTS = {
    "exponent (d−2)/2": ("(dimension - 3) / 2", "(dimension - 2) / 2"),
    "exponent (3−d)/2": ("(dimension - 3) / 2", "(3 - dimension) / 2"),
    "not normalised": (" - special.betaln(0.5, (dimension - 1) / 2)", ""),
    "one tail counted twice": ("squared.sf(np.square(t)) / 2", "squared.sf(np.square(t))"),
    "sign of the tails": ("np.where(t <= 0, tail, 1 - tail)", "np.where(t > 0, tail, 1 - tail)"),
    "pairs forgotten": (", dtype=np.float64)) / pairs)", ", dtype=np.float64)))"),
    "maximum for minimum": ("np.where(p <= 0.5, -size, size)", "np.where(p <= 0.5, size, -size)"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_the_closed_forms_show_planted_faults(fault):
    with pytest.raises(AssertionError):
        check_closed_forms(mutant(random_direction_null, *fault))


@pytest.mark.parametrize("dimension", [4, 10, 37])
def test_the_distribution_is_the_integral_of_the_density(dimension):
    integral, _ = integrate.quad(cosine_density, -1, 0.3, args=(dimension,))

    assert integral == pytest.approx(float(cosine_distribution(0.3, dimension)), rel=1e-8)


@pytest.mark.parametrize("dimension", [2, 3, 10, 200])
def test_random_directions_have_this_distribution(dimension):
    one, other = torch.randn(2, 2000, dimension, generator=stream(dimension, "null"))
    cosines = torch.nn.functional.cosine_similarity(one.double(), other.double())

    test = stats.kstest(cosines.numpy(), lambda t: cosine_distribution(t, dimension))

    assert test.pvalue > 1e-3


@settings(max_examples=40)
@given(st.floats(1e-6, 1 - 1e-6), dimensions)
def test_the_quantile_inverts_the_distribution(probability, dimension):
    t = cosine_quantile(probability, dimension)

    assert float(cosine_distribution(t, dimension)) == pytest.approx(probability, rel=1e-6)


def test_many_dimensions_give_a_normal_law():
    t = GRID / 1e3

    np.testing.assert_allclose(cosine_distribution(t, 1e8), stats.norm.cdf(t * 1e4), atol=1e-7)


def test_a_kernel_density_of_random_cosines_is_near_the_density():
    one, other = torch.randn(2, 4000, 30, generator=stream(0, "null"), dtype=torch.float64)
    cosines = torch.nn.functional.cosine_similarity(one, other).numpy()

    estimate = stats.gaussian_kde(cosines)(np.array([-0.2, 0.0, 0.2]))

    # Bias h²f''/2 ≈ 2 % at 0 with Scott's bandwidth h = 0.035; noise √(f/(2√π n h)) ≈ 3 %.
    np.testing.assert_allclose(estimate, cosine_density([-0.2, 0.0, 0.2], 30), rtol=0.12)


# ── the smallest of many ──────────────────────────────────────────────────────────────────────


@settings(max_examples=40)
@given(dimensions, st.integers(1, 10_000), st.floats(0.001, 0.999))
def test_the_quantile_of_the_minimum_inverts_its_distribution(dimension, pairs, probability):
    t = minimum_quantile(probability, dimension, pairs)

    assert float(minimum_distribution(t, dimension, pairs)) == pytest.approx(probability, rel=1e-5)


@settings(max_examples=40)
@given(dimensions, st.integers(1, 1000), st.floats(0.01, 0.99))
def test_the_minimum_falls_with_the_number_of_pairs(dimension, pairs, probability):
    fewer = minimum_quantile(probability, dimension, pairs)

    assert minimum_quantile(probability, dimension, pairs + 1) < fewer


@settings(max_examples=40)
@given(dimensions, st.integers(2, 1000))
def test_the_minimum_rises_with_the_dimension(dimension, pairs):
    lower = minimum_quantile(0.5, dimension, pairs)

    assert lower < minimum_quantile(0.5, 2 * dimension, pairs)


def test_minima_of_independent_pairs_have_this_distribution():
    one, other = torch.randn(2, 1500, 20, 8, generator=stream(1, "null"), dtype=torch.float64)
    minima = torch.nn.functional.cosine_similarity(one, other, dim=-1).amin(dim=1)

    test = stats.kstest(minima.numpy(), lambda t: minimum_distribution(t, 8, 20))

    assert test.pvalue > 1e-3


def test_simulated_minima_of_two_vectors_have_the_law_of_one_pair():
    minima = simulated_minima(torch.ones(7), vectors=2, repeats=1500, generator=stream(2, "null"))

    assert stats.kstest(minima.numpy(), lambda t: cosine_distribution(t, 7)).pvalue > 1e-3


def test_the_mean_over_all_pairs_is_near_that_over_as_many_independent_ones():
    minima = simulated_minima(torch.ones(50), vectors=10, repeats=400, generator=stream(3, "null"))
    error = float(minima.std()) / 20

    assert float(minima.mean()) == pytest.approx(minimum_mean(50, 45), abs=5 * error)


def test_few_large_eigenvalues_make_low_minima():
    flat, steep = torch.ones(200), torch.logspace(0, -4, 200)

    minima = [
        simulated_minima(s, vectors=8, repeats=50, generator=stream(4, "null")).mean()
        for s in (flat, steep)
    ]

    assert minima[1] < 2 * minima[0] < 0


@settings(max_examples=40)
@given(st.floats(1e-6, 1e6))
def test_the_scale_of_a_spectrum_does_not_matter(scale):
    spectrum = torch.logspace(0, -2, 5, dtype=torch.float64)

    both = [
        simulated_minima(s, vectors=4, repeats=3, generator=stream(5, "null"))
        for s in (spectrum, scale * spectrum)
    ]

    torch.testing.assert_close(*both)


# ── effective dimension ───────────────────────────────────────────────────────────────────────


def estimates(null, spectrum, repeats=60, vectors=30, mean=3.0):
    generator, size = stream(6, "null"), spectrum.sqrt()
    values = []
    for _ in range(repeats):
        x = mean + size * torch.randn(vectors, len(size), generator=generator, dtype=torch.float64)
        values.append(1 / null.effective_dimension(x @ x.T))
    return np.array(values)


def check_effective_dimension(null):
    """The mean of 1/d_eff over samples is tr Σ²/(tr Σ)², within five standard errors."""
    for spectrum in (torch.ones(300), torch.linspace(1, 0, 30), torch.tensor([1.0, 1, 0.1])):
        spectrum = spectrum.double()
        values = estimates(null, spectrum)
        true = float(spectrum.square().sum() / spectrum.sum() ** 2)
        assert abs(values.mean() - true) < 5 * values.std() / math.sqrt(len(values)) + 0.02 * true


def test_the_effective_dimension_is_the_participation_ratio_of_the_covariance():
    check_effective_dimension(random_direction_null)


DIMENSION_FAULTS = {
    "not centred": ("(centred.square()", "(g.square()"),
    "plain ratio of the sample": ("(squares - trace**2 / n)", "squares"),
    "ratio upside down": ("- 2 * of_squares / n) / of_squares", ") and of_squares / trace**2"),
}


@pytest.mark.parametrize("fault", DIMENSION_FAULTS.values(), ids=DIMENSION_FAULTS.keys())
def test_known_spectra_show_planted_faults(fault):
    with pytest.raises(AssertionError):
        check_effective_dimension(mutant(random_direction_null, *fault))


def test_vectors_that_are_orthogonal_after_centring_have_infinite_dimension():
    assert effective_dimension(torch.eye(6)) == math.inf


# ── refusals ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("dimension", "pairs"), [(1, 5), (10, 0), (math.nan, 2)])
def test_a_line_has_no_random_directions_and_no_pairs_no_minimum(dimension, pairs):
    with pytest.raises(SpecError, match=f"got {dimension} dimensions and {pairs} pairs"):
        minimum_quantile(0.5, dimension, pairs)


@pytest.mark.parametrize("spectrum", [[-1.0, 2.0], [0.0, 0.0]])
def test_a_spectrum_has_no_negative_eigenvalue_and_is_not_zero(spectrum):
    with pytest.raises(SpecError, match="eigenvalues from"):
        simulated_minima(torch.tensor(spectrum), vectors=3, repeats=1, generator=stream(0, "null"))


def test_two_vectors_have_no_effective_dimension():
    with pytest.raises(SpecError, match="at least 3 vectors; got 2"):
        effective_dimension(torch.eye(2))
