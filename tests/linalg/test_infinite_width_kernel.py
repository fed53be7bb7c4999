"""The infinite-width kernel against quadrature and against wide networks."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import dblquad

from dltheory.errors import SpecError
from dltheory.linalg import infinite_width_kernel as module
from dltheory.linalg.infinite_width_kernel import infinite_width_kernel, relu_expectations
from dltheory.models.ntk_mlp import NTKMLP
from dltheory.probes.tangent_kernel import tangent_kernel
from dltheory.randomness import drawing_from, stream
from tests.mutation import mutant

POINTS, INPUTS = 3, 5


def points(seed=0):
    return torch.randn(POINTS, INPUTS, generator=stream(seed, "data"), dtype=torch.float64)


def by_quadrature(covariance):
    """E[f(u) f(v)] and E[f'(u) f'(v)]: over the quadrant u, v > 0, in Cartesian coordinates."""
    precision, scale = torch.linalg.inv(covariance), 2 * math.pi * covariance.det().sqrt()
    (a, b), (_, c) = precision.tolist()

    def density(v, u):
        return math.exp(-(a * u * u + 2 * b * u * v + c * v * v) / 2) / float(scale)

    far = [10 * float(s) for s in covariance.diagonal().sqrt()]
    limits = (0, far[0], 0, far[1])
    product, _ = dblquad(lambda v, u: u * v * density(v, u), *limits, epsabs=1e-10)
    derivative, _ = dblquad(density, *limits, epsabs=1e-10)
    return product, derivative


@pytest.mark.parametrize("correlation", [-0.9, -0.3, 0.0, 0.5, 0.95])
def test_expectations_are_those_of_quadrature(correlation):
    covariance = torch.tensor([[2.0, 0], [0, 0.5]], dtype=torch.float64)
    covariance[0, 1] = covariance[1, 0] = correlation  # √(2 · 0.5) = 1

    products, derivatives = relu_expectations(covariance)

    product, derivative = by_quadrature(covariance)
    assert float(products[0, 1]) == pytest.approx(product, abs=1e-8)
    assert float(derivatives[0, 1]) == pytest.approx(derivative, abs=1e-8)
    torch.testing.assert_close(products.diagonal(), covariance.diagonal() / 2)
    torch.testing.assert_close(derivatives.diagonal(), torch.full((2,), 0.5).double())


def gap_of_sampled_kernels(analytic, width, *, seeds=12, hidden_layers=2):
    """Largest |mean over seeds − analytic| in standard errors, and the spread of one kernel."""
    model = NTKMLP(hidden=(width,) * hidden_layers, weight_scale=1.3, bias_scale=0.6)
    sampled = []
    for seed in range(seeds):
        with drawing_from(stream(seed, "init")):
            network = model.build((INPUTS,), 2).double()
        sampled.append(tangent_kernel(network, points(), torch.zeros(POINTS, dtype=torch.int64)))
    kernels = torch.stack(sampled)
    limit = analytic(points(), hidden_layers=hidden_layers, weight_scale=1.3, bias_scale=0.6)
    gap = kernels - limit[:, :, None, None] * torch.eye(2)
    spread = kernels.std(dim=0)
    errors = spread / seeds**0.5
    return float((gap.mean(dim=0).abs() / errors).max()), float(gap.square().mean().sqrt())


def require_limit(analytic):
    # 36 entries of which 21 differ, each Student's t with 11 degrees: beyond 8 for one in 3000.
    # Finite width biases the mean by O(1/width), here a hundredth of its standard error.
    errors, _ = gap_of_sampled_kernels(analytic, 512)
    assert errors < 8


def test_wide_networks_have_the_infinite_kernel_on_average():
    require_limit(infinite_width_kernel)


def test_the_distance_of_one_network_falls_like_one_over_the_root_of_its_width():
    widths = [16, 64, 256]

    gaps = [gap_of_sampled_kernels(infinite_width_kernel, width, seeds=24)[1] for width in widths]

    # A root mean square over 24 seeds has a relative error of about 1/√48 = 0.14; the slope over
    # a factor of 16 that of √2 · 0.14 / ln 16 = 0.07, and four of these are allowed.
    slope = math.log(gaps[-1] / gaps[0]) / math.log(16)
    assert slope == pytest.approx(-0.5, abs=0.28)


FAULTS = {
    "no derivative": ("derivatives * kernel", "kernel"),
    "no variance of weights": ("weight_scale**2 * derivatives", "derivatives"),
    "bias forgotten inside": ("* products + bias_scale**2", "* products"),
    "bias forgotten in front": ("x.shape[1] + bias_scale**2", "x.shape[1]"),
    "covariance alone": ("kernel = covariance + ", "kernel = "),
    "a layer too many": ("range(hidden_layers)", "range(hidden_layers + 1)"),
    "half of the angle": (
        "varies, math.pi - angle",
        "varies, math.pi + angle",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_noticed(fault):
    with pytest.raises(AssertionError):
        require_limit(mutant(module, *FAULTS[fault]).infinite_width_kernel)


def test_without_hidden_layers_it_is_exact():
    model = NTKMLP(hidden=(), weight_scale=1.3, bias_scale=0.6).build((INPUTS,), 1).double()

    found = tangent_kernel(model, points(), torch.zeros(POINTS, dtype=torch.int64))[..., 0, 0]

    expected = infinite_width_kernel(points(), hidden_layers=0, weight_scale=1.3, bias_scale=0.6)
    torch.testing.assert_close(found, expected)


@settings(max_examples=30)
@given(st.integers(0, 1000), st.integers(0, 5))
def test_the_kernel_is_symmetric_and_positive_semidefinite(seed, depth):
    kernel = infinite_width_kernel(points(seed), hidden_layers=depth)

    torch.testing.assert_close(kernel, kernel.T)
    assert torch.linalg.eigvalsh(kernel).min() >= -1e-12 * kernel.trace()


@settings(max_examples=30)
@given(st.floats(0.1, 10), st.integers(0, 4))
def test_without_biases_the_kernel_is_homogeneous_of_degree_two(factor, depth):
    kernel = infinite_width_kernel(points(), hidden_layers=depth, bias_scale=0.0)

    scaled = infinite_width_kernel(factor * points(), hidden_layers=depth, bias_scale=0.0)

    torch.testing.assert_close(scaled, factor**2 * kernel)


@pytest.mark.parametrize("depth", [0, 1, 4])
def test_with_the_scale_of_he_a_point_has_the_kernel_of_all_layers_alike(depth):
    x = points()

    kernel = infinite_width_kernel(x, hidden_layers=depth, bias_scale=0.0)

    # Σ_l(x, x) stays 2|x|²/inputs, and Θ_l = Σ_l + Θ_{l−1} there.
    size = 2 * x.square().sum(dim=1) / INPUTS
    torch.testing.assert_close(kernel.diagonal(), (depth + 1) * size)


@pytest.mark.parametrize("depth", [0, 1, 4])
def test_without_biases_a_point_at_0_has_kernel_0_with_every_other(depth):
    x = points()
    others = infinite_width_kernel(x[1:], hidden_layers=depth, bias_scale=0.0)
    x[0] = 0

    kernel = infinite_width_kernel(x, hidden_layers=depth, bias_scale=0.0)

    assert kernel[0].tolist() == kernel[:, 0].tolist() == [0.0] * POINTS
    assert torch.equal(kernel[1:, 1:], others)


def test_what_does_not_vary_has_no_expectations():
    covariance = torch.diag(torch.tensor([0.0, 2.0], dtype=torch.float64))

    products, derivatives = relu_expectations(covariance)

    torch.testing.assert_close(products, torch.diag(covariance.diagonal() / 2))
    torch.testing.assert_close(derivatives, torch.tensor([[0.0, 0.0], [0.0, 0.5]]).double())


def test_a_negative_depth_is_refused():
    with pytest.raises(SpecError, match="no fewer than 0 hidden layers; got -1"):
        infinite_width_kernel(points(), hidden_layers=-1)
