"""Trace and density from random vectors: exact cases, known moments and planted faults."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dltheory.linalg import stochastic_lanczos as module
from dltheory.linalg.stochastic_lanczos import spectral_density, stochastic_trace
from dltheory.randomness import stream
from tests.mutation import mutant

FLOAT64 = torch.float64


def symmetric(n, seed=0):
    A = torch.randn(n, n, generator=stream(seed, "test"), dtype=FLOAT64)
    return A + A.T + torch.diag(torch.arange(float(n)).double())


def traces_are_right(solver):
    """Exact for a low rank; within four standard errors, and those no larger than they must be."""
    A = symmetric(40)
    low = A[:, :3] @ A[:, :3].T
    exact = solver(lambda v: low @ v, 40, generator=stream(1, "test"), products=12)
    assert exact.trace == pytest.approx(float(low.trace()), rel=1e-10)
    assert exact.products == 12
    for method, products in (("hutchinson", 20), ("hutch++", 60)):
        found = [
            solver(
                lambda v: A @ v, 40, generator=stream(s, "test"), products=products, method=method
            )
            for s in range(30)
        ]
        values = np.array([f.trace for f in found])
        spread = values.std(ddof=1)
        assert abs(values.mean() - float(A.trace())) < 4 * spread / math.sqrt(30)
        said = math.sqrt(np.mean([f.standard_error**2 for f in found]))
        assert 0.6 < said / spread < 1.6  # a deviation from 30 values errs by a third at most
        # the variance of Hutchinson's mean is 2 Σ_{i≠j} A_ij² / products
        if method == "hutchinson":
            off = A - torch.diag(A.diagonal())
            assert said == pytest.approx(float(off.norm()) * math.sqrt(2 / products), rel=0.15)


def test_traces_are_right():
    traces_are_right(stochastic_trace)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("return Trace(exact + float(np.mean(rest))", "return Trace(float(np.mean(rest))"),
        ("exact + float(np.mean(rest))", "exact + float(np.sum(rest))"),
        ("/ math.sqrt(count)", "/ count"),
        ("g = g - (Q @ g) @ Q", "g = g + 0"),
        (
            "torch.randint(2, (n,), generator=generator) - 1",
            "torch.rand(n, generator=generator) - 1",
        ),
    ],
    ids=["sketch forgotten", "sum", "error of the mean", "not projected", "no signs"],
)
def test_faults_in_traces_are_noticed(healthy, faulty):
    with pytest.raises(AssertionError):
        traces_are_right(mutant(module, healthy, faulty).stochastic_trace)


def densities_are_right(solver):
    """A run reproduces vᵀ Aᵏ v for k below twice the steps."""
    A = symmetric(25, seed=2) / 20
    density = solver(lambda v: A @ v, 25, generator=stream(4, "test"), steps=5, runs=2)
    draws = stream(4, "test")
    for nodes, weights in density:
        v = torch.randn(25, generator=draws, dtype=FLOAT64)
        v /= v.norm()
        for power in range(10):
            truth = float(v @ torch.linalg.matrix_power(A, power) @ v)
            assert float((weights * nodes**power).sum()) == pytest.approx(truth, abs=1e-11)


def test_densities_are_right():
    densities_are_right(spectral_density)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("vectors[0] ** 2", "vectors[-1] ** 2"),
        ("vectors[0] ** 2", "vectors[:, 0] ** 2"),
        ("vectors[0] ** 2", "np.abs(vectors[0])"),
        ("density[run, 1, : len(values)]", "density[0, 1, : len(values)]"),
    ],
    ids=["last entries", "entries of the first vector", "not squared", "one run"],
)
def test_faults_in_densities_are_noticed(healthy, faulty):
    with pytest.raises(AssertionError):
        densities_are_right(mutant(module, healthy, faulty).spectral_density)


@given(st.integers(1, 12), st.integers(1, 20), st.integers(0, 10**6))
def test_weights_are_a_probability_and_nodes_lie_inside_the_spectrum(n, steps, seed):
    A = symmetric(n, seed)
    eigenvalues = torch.linalg.eigvalsh(A)

    nodes, weights = spectral_density(
        lambda v: A @ v, n, generator=stream(seed, "test"), steps=steps
    )[0]

    assert float(weights.sum()) == pytest.approx(1)
    assert bool((weights >= 0).all())
    slack = 1e-12 * float(eigenvalues.abs().max())
    assert float(eigenvalues[0]) - slack <= float(nodes.min())
    assert float(nodes.max()) <= float(eigenvalues[-1]) + slack
