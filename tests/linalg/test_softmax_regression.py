"""The linear classifier of smallest cross-entropy, and the proof of how small that is."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from torch.nn import functional

from dltheory.linalg import softmax_regression
from dltheory.linalg.softmax_regression import certified_minimum, linear_minimiser
from dltheory.randomness import stream
from tests.mutation import mutant


def problem(points=60, inputs=4, classes=3, seed=0):
    """Points whose labels no linear classifier gets all right."""
    generator = stream(seed, "data")
    x = torch.randn(points, inputs, generator=generator, dtype=torch.float64)
    return x, torch.randint(classes, (points,), generator=generator)


def cross_entropy(x, y, weight, bias):
    return functional.cross_entropy(x @ weight.T + bias, y)


def lowest_by_bfgs(x, y, classes):
    """A second algorithm, on the same function."""

    def value_and_slope(flat):
        W = torch.from_numpy(flat).view(classes, -1).requires_grad_()
        value = cross_entropy(x, y, W[:, :-1], W[:, -1])
        (slope,) = torch.autograd.grad(value, W)
        return float(value.detach()), slope.flatten().numpy()

    start = torch.zeros(classes * (x.shape[1] + 1)).double().numpy()
    options = {"gtol": 1e-10, "ftol": 1e-16, "maxiter": 5000}
    return minimize(value_and_slope, start, jac=True, method="L-BFGS-B", options=options).fun


def finds_the_minimum(linear_minimiser):
    for seed in range(3):
        x, y = problem(seed=seed)
        W = [part.requires_grad_() for part in linear_minimiser(x, y, 3, steps=8)]

        value = cross_entropy(x, y, *W)

        slopes = torch.autograd.grad(value, W)
        assert max(float(slope.abs().max()) for slope in slopes) < 1e-12
        assert float(value.detach()) == pytest.approx(lowest_by_bfgs(x, y, 3), rel=1e-9)


def test_the_minimiser_is_there_in_a_few_steps_and_as_low_as_by_quasi_newton():
    finds_the_minimum(linear_minimiser)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("float(a == b) - p[:, b]", "float(a == b) + p[:, b]"),
        ("(p - one_hot).T @ z / len(z)\n        if", "(one_hot - p).T @ z / len(z)\n        if"),
        ("for _ in range(steps)", "for _ in range(steps // 3)"),
        ("return W[:, :-1], W[:, -1]", "return W[:, :-1], 0 * W[:, -1]"),
        ("curvature = p[:, a] * (", "curvature = ("),
        ("W = W - size * step", "W = W - 0.5 * step"),
    ],
    ids=[
        "sign in the Hessian",
        "uphill",
        "too few steps",
        "bias lost",
        "weight in the Hessian",
        "damped",
    ],
)
def test_faults_in_the_minimiser_are_noticed(healthy, faulty):
    broken = mutant(softmax_regression, healthy, faulty).linear_minimiser

    with pytest.raises(AssertionError):
        finds_the_minimum(broken)


def test_with_no_inputs_that_matter_the_minimum_is_the_entropy_of_the_labels():
    y = torch.tensor([0, 0, 0, 1])
    x = torch.zeros(4, 2, dtype=torch.float64)

    found = certified_minimum(x, y, *linear_minimiser(x, y, 2))

    entropy = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    assert found.upper == pytest.approx(entropy, rel=1e-14)
    assert found.lower == pytest.approx(entropy, rel=1e-14)


def test_classes_that_can_be_separated_have_the_infimum_0():
    x = torch.tensor([[-1.0], [-2.0], [1.0], [3.0]]).double()
    y = torch.tensor([0, 0, 1, 1])

    found = certified_minimum(x, y, *linear_minimiser(x, y, 2))

    assert 0 <= found.lower <= found.upper < 1e-12


# ── the certificate ───────────────────────────────────────────────────────────────────────────


def certificate_is_true_and_tight(certified_minimum):
    """Never above the minimum, from wherever it is asked, and nearly at it from nearby."""
    for seed in range(5):
        x, y = problem(seed=seed)
        weight, bias = linear_minimiser(x, y, 3)
        minimum = float(cross_entropy(x, y, weight, bias))
        away = torch.randn(3, 5, generator=stream(seed, "away"), dtype=torch.float64)
        for distance in (0, 1e-3, 0.03, 0.3, 3, 30):
            W = weight + distance * away[:, :-1], bias + distance * away[:, -1]

            found = certified_minimum(x, y, *W)

            assert found.upper == pytest.approx(float(cross_entropy(x, y, *W)), rel=1e-12)
            assert found.lower <= minimum * (1 + 1e-14)
            assert found.lower >= (minimum - 30 * distance**2) * (1 - 1e-13)
    _true_where_the_hessian_cannot_tell(certified_minimum)


def _true_where_the_hessian_cannot_tell(certified_minimum):
    """An input 10⁻⁹ as large as the others curves the loss by less than rounding, yet helps."""
    x, y = problem()
    tiny = 1e-9 * (y == 0).double()[:, None]
    weight, bias = linear_minimiser(x, y, 3)
    size = math.sqrt(float(weight.square().sum() + bias.square().sum()))
    with_tiny = torch.cat([x, tiny], dim=1)

    without_use = torch.cat([weight, torch.zeros(3, 1)], dim=1), bias
    with_use = torch.cat([weight, size * torch.eye(3)[:, :1]], dim=1), bias  # √2 as long

    lower = certified_minimum(with_tiny, y, *without_use).lower
    assert lower < float(cross_entropy(with_tiny, y, *without_use))
    assert lower <= float(cross_entropy(with_tiny, y, *with_use))


def test_the_certificate_is_true_and_tight():
    certificate_is_true_and_tight(certified_minimum)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("q = p * (1 - moved + (", "q = p * (1 + moved - ("),
        ("q = p * (1 - moved + (", "q = p * (1 - 0 * moved + 0 * ("),
        ("(1 - moved + (p * moved)", "(1 - moved + (moved / 3)"),
        ("- 2 * remainder.norm()", "- 0 * remainder.norm()"),
        (".sum(dim=1).mean()", ".mean()"),
        ("torch.special.entr(q)", "(-q * q.abs().log())"),
        ("(p - one_hot).T @ z / len(z)).T", "(p - one_hot).T @ z).T"),
    ],
    ids=[
        "sign of the step",
        "no step",
        "no longer probabilities",
        "remainder dropped",
        "mean over classes",
        "negative probabilities",
        "sum, not mean",
    ],
)
def test_faults_in_the_certificate_are_noticed(healthy, faulty):
    broken = mutant(softmax_regression, healthy, faulty).certified_minimum

    with pytest.raises(AssertionError):
        certificate_is_true_and_tight(broken)


@given(
    st.integers(5, 40), st.integers(1, 4), st.integers(2, 5), st.integers(0, 1000), st.floats(0, 3)
)
def test_no_classifier_of_twice_the_norm_is_below_the_certificate(
    points, inputs, classes, seed, scale
):
    x, y = problem(points, inputs, classes, seed)
    generator = stream(seed, "weights")
    weight, other = torch.randn(2, classes, inputs, generator=generator, dtype=torch.float64)
    bias, shift = torch.randn(2, classes, generator=generator, dtype=torch.float64)
    weight, bias = scale * weight, scale * bias
    found = certified_minimum(x, y, weight, bias)
    lowest = linear_minimiser(x, y, classes, steps=30)

    size = math.sqrt(float(weight.square().sum() + bias.square().sum()))
    for V in (lowest, (other, shift), (0 * weight, 0 * bias)):
        norm = math.sqrt(float(V[0].square().sum() + V[1].square().sum()))
        shrink = min(1.0, 2 * size / max(norm, 1e-300))
        assert found.lower <= float(cross_entropy(x, y, shrink * V[0], shrink * V[1])) + 1e-13


@given(st.floats(-5, 5), st.integers(0, 1000))
def test_one_vector_added_to_every_class_changes_nothing(shift, seed):
    x, y = problem(seed=seed)
    weight, bias = linear_minimiser(x, y, 3)

    moved = certified_minimum(x, y, weight + shift, bias - shift)

    assert moved == pytest.approx(certified_minimum(x, y, weight, bias), rel=1e-11)
