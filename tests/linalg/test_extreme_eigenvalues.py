"""Ends of the spectrum by Lanczos: against dense eigenvalues, and what the bounds promise."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dltheory.errors import SpecError
from dltheory.linalg import extreme_eigenvalues as extreme_eigenvalues_module
from dltheory.linalg import lanczos as lanczos_module
from dltheory.linalg.extreme_eigenvalues import extreme_eigenvalues, least_weight
from dltheory.linalg.lanczos import ritz, tridiagonalise
from dltheory.randomness import stream
from tests.mutation import mutant

FLOAT64 = torch.float64


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=stream(seed, "test"), dtype=FLOAT64)


def with_spectrum(spectrum, seed=0):
    spectrum = torch.as_tensor(spectrum, dtype=FLOAT64)
    Q, _ = torch.linalg.qr(normal(len(spectrum), len(spectrum), seed=seed))
    return (Q * spectrum) @ Q.T


def ends_of(A, *, solver=extreme_eigenvalues, seed=1, **options):
    return solver(lambda v: A.to(v) @ v, normal(len(A), seed=seed), **options)


def contains(found, low, high, slack=0.0):
    """Both intervals hold the true ends, and each residual's interval an end as well."""
    rounding = found.rounding + slack
    assert found.smallest.beyond <= low + slack <= found.smallest.value + rounding + slack
    assert found.largest.beyond >= high - slack >= found.largest.value - rounding - slack


SPECTRA = {
    "uniform": np.linspace(-3, 7, 60),
    "clustered below": np.r_[-1 - 1e-6 * np.arange(5), np.linspace(0, 4, 55)],
    "multiple": np.r_[[-2.0] * 4, [0.0] * 40, [5.0] * 6],
    "graded": np.r_[-(10.0 ** -np.arange(20)), 10.0 ** -np.arange(20)],
    "isolated below": np.r_[-10, np.linspace(0, 1, 59)],
    "planted saddle": np.r_[-1e-2, np.zeros(98), 1e5],
    "negative": -np.geomspace(1, 1e8, 40),
}


@pytest.mark.parametrize("spectrum", SPECTRA.values(), ids=SPECTRA.keys())
def test_both_ends_are_those_of_the_dense_matrix(spectrum):
    A = with_spectrum(spectrum)
    scale = np.abs(spectrum).max()

    found = ends_of(A, tolerance=1e-12)

    assert found.smallest.value == pytest.approx(spectrum.min(), abs=1e-11 * scale)
    assert found.largest.value == pytest.approx(spectrum.max(), abs=1e-11 * scale)
    contains(found, spectrum.min(), spectrum.max(), slack=1e-14 * scale)


def test_the_second_difference_has_the_known_ends():
    n = 80
    A = 2 * torch.eye(n, dtype=FLOAT64)
    A.diagonal(1).fill_(-1), A.diagonal(-1).fill_(-1)

    found = ends_of(A, tolerance=1e-10)

    assert found.smallest.value == pytest.approx(2 - 2 * math.cos(math.pi / (n + 1)), rel=1e-8)
    assert found.largest.value == pytest.approx(2 + 2 * math.cos(math.pi / (n + 1)), rel=1e-10)


@given(
    st.lists(st.floats(1e-100, 1) | st.floats(-1, -1e-100) | st.just(0.0), min_size=1, max_size=30),
    st.sampled_from([0.0, 2.0, 6.0]),
    st.integers(1, 12),
    st.integers(0, 10**6),
)
@settings(max_examples=60)
def test_the_intervals_contain_both_ends_wherever_one_stops(entries, grading, limit, seed):
    spectrum = np.array(entries) * 10.0 ** -np.linspace(0, grading, len(entries))
    A = with_spectrum(spectrum, seed)

    found = ends_of(A, seed=seed + 1, limit=limit, failure=1e-5)

    contains(found, spectrum.min(), spectrum.max(), slack=1e-14 * max(np.abs(spectrum)))


@given(st.integers(2, 25), st.integers(1, 8), st.integers(0, 10**6))
def test_an_eigenvalue_lies_within_each_residual(n, limit, seed):
    A = normal(n, n, seed=seed)
    A = A + A.T
    eigenvalues = torch.linalg.eigvalsh(A)

    found = ends_of(A, seed=seed + 1, limit=limit)

    for end in (found.smallest, found.largest):
        assert float((eigenvalues - end.value).abs().min()) <= end.residual + found.rounding
        v = end.vector
        assert float(v @ A @ v) == pytest.approx(end.value, abs=found.rounding)
        assert float((A @ v - end.value * v).norm()) == pytest.approx(
            end.residual, abs=found.rounding
        )


@given(st.floats(-50, 50), st.floats(0.01, 100))
@settings(max_examples=30)
def test_shifting_and_scaling_the_matrix_shift_and_scale_the_result(shift, factor):
    A = with_spectrum(np.linspace(-1, 2, 30))
    B = factor * A + shift * torch.eye(30, dtype=FLOAT64)
    plain, moved = (ends_of(M, limit=8, tolerance=1e-15) for M in (A, B))

    for end in ("smallest", "largest"):
        before, after = getattr(plain, end), getattr(moved, end)
        # rounding of the matrix at the size of the shift, carried through eight steps
        slack = 1e-10 * (factor + abs(shift))
        assert after.value == pytest.approx(factor * before.value + shift, abs=slack)
        assert after.residual == pytest.approx(factor * before.residual, abs=slack)


@pytest.mark.parametrize(("failure", "low", "high"), [(0.5, 0.2, 0.5), (0.2, 0.08, 0.2)])
def test_ends_lie_beyond_what_is_excluded_not_more_often_than_promised(failure, low, high):
    """One eigenvalue far out: after one step nothing but the start's weight on it decides."""
    A = torch.diag(torch.tensor([-1.0] + [0.0] * 39, dtype=FLOAT64))
    starts = 500

    missed = sum(
        ends_of(A, seed=seed, limit=1, failure=failure).smallest.beyond > -1
        for seed in range(starts)
    )

    # at most the promise, with four standard errors; and not so rare that the bound says nothing
    assert low < missed / starts < high + 4 * math.sqrt(failure * (1 - failure) / starts)


@pytest.mark.parametrize("n", [2, 3, 10, 1000])
def test_the_least_weight_is_the_quantile_of_a_coordinate_of_a_random_unit_vector(n):
    v = normal(20_000, n, seed=n)
    weights = (v[:, 0] / v.norm(dim=1)).abs()

    share = float((weights < least_weight(n, 0.3)).double().mean())

    assert share == pytest.approx(0.3, abs=4 * math.sqrt(0.21 / 20_000))
    assert least_weight(n, 1e-6) <= 1e-6 * math.sqrt(math.pi * max(n, 3) / 2)


def test_a_smaller_probability_of_failure_excludes_less():
    A = with_spectrum(np.linspace(-1, 1, 100))

    lowest = [ends_of(A, limit=10, failure=p).smallest.beyond for p in (0.1, 1e-3, 1e-6, 1e-12)]

    assert lowest == sorted(lowest, reverse=True)


def test_errors_of_products_widen_the_intervals_that_still_contain_the_ends():
    A = with_spectrum(np.linspace(-1, 3, 200))
    noise = stream(5, "test")

    def noisy(v):
        return A @ v + 1e-6 * torch.randn(200, generator=noise, dtype=FLOAT64) / math.sqrt(200)

    found = extreme_eigenvalues(noisy, normal(200, seed=1), limit=40, check=lambda v: A @ v)

    assert 1e-6 < found.rounding < 1e-3
    contains(found, -1, 3)


def test_products_in_float32_are_checked_in_float64():
    A = with_spectrum(np.linspace(-1, 3, 100))
    found = extreme_eigenvalues(
        lambda v: A.float() @ v, normal(100).float(), tolerance=1e-6, check=lambda v: A @ v
    )

    contains(found, -1, 3)
    v = found.smallest.vector
    assert found.smallest.value == pytest.approx(float(v @ A @ v), abs=1e-14)
    assert found.smallest.value == pytest.approx(-1, abs=1e-10)


def power_iteration(A, steps, shift=0.0):
    """The largest |eigenvalue| of A − shift I, moved back, as goldblum2020truth's code finds it."""
    v = normal(len(A), seed=3).to(A)
    for _ in range(steps):
        w = A @ v - shift * v
        v = w / w.norm()
    return float(v @ (A @ v - shift * v)) + shift


def test_500_shifted_power_steps_in_float32_miss_a_saddle_that_lanczos_finds():
    """λ_max = 113,598.85 as printed, one eigenvalue −1, the rest between 0 and 1.

    Shifted by λ_max the spectrum's lower end differs from the rest by 1 in 10⁵, which 500 steps
    multiply by 1.005: the power method's value is an average, here above 0. One unit of float32 at
    λ_max is 2⁻⁷, so eigenvalues are printed as multiples of it.
    """
    spectrum = np.r_[-1.0, np.linspace(0, 1, 398), 113_598.85]
    A = torch.diag(torch.as_tensor(spectrum, dtype=FLOAT64))
    largest = power_iteration(A.float(), 500)

    by_power = power_iteration(A.float(), 500, shift=largest)
    found = ends_of(A, tolerance=1e-9)

    assert by_power > 0
    assert found.smallest.value < -0.99
    assert found.products < 100
    contains(found, -1, spectrum[-1], slack=1e-9)


def one_eigenvalue_a_copy(module):
    """60 distinct eigenvalues and a dominant one, over many steps: every Ritz value once."""
    spectrum = np.r_[np.linspace(0, 1, 60), 100.0]
    A = with_spectrum(spectrum)
    t, basis = module.tridiagonalise(lambda v: A @ v, normal(61), limit=50)

    V = torch.stack([basis.row(i) for i in range(50)])
    torch.testing.assert_close(V @ V.T, torch.eye(50, dtype=FLOAT64), rtol=0, atol=1e-12)
    T = np.diag(t.diagonal) + np.diag(t.beside[:49], 1) + np.diag(t.beside[:49], -1)
    np.testing.assert_allclose(V @ A @ V.T, T, atol=1e-11)
    assert (module.ritz(t).values > 99).sum() == 1
    assert t.defect < 1e-12


def test_the_basis_is_orthonormal_and_makes_the_matrix_tridiagonal():
    one_eigenvalue_a_copy(lanczos_module)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("w, coefficients = _orthogonal(w, basis)", "coefficients = basis.dots(w)"),
        ("w -= beside[-1] * basis.row(step - 1)", "w += beside[-1] * basis.row(step - 1)"),
        ("w = w - diagonal[-1] * v", "w = w + diagonal[-1] * v"),
        ("beside.append(_dot(w, w) ** 0.5)", "beside.append(_dot(w, w))"),
        ("total += part @ block", "total = part @ block"),
    ],
    ids=[
        "no reorthogonalisation",
        "β sign",
        "α sign",
        "β squared",
        "all but the last block dropped",
    ],
)
def test_faults_in_lanczos_are_noticed(healthy, faulty):
    with pytest.raises(AssertionError):
        one_eigenvalue_a_copy(mutant(lanczos_module, healthy, faulty))


def the_promises_hold(module):
    """Ends, intervals that contain them, and the promise about the start, on known spectra."""
    for name in ("uniform", "clustered below", "isolated below"):
        spectrum = SPECTRA[name]
        A = with_spectrum(spectrum)
        early = ends_of(A, solver=module.extreme_eigenvalues, limit=9)
        late = ends_of(A, solver=module.extreme_eigenvalues, tolerance=1e-9)
        for found in (early, late):
            contains(found, spectrum.min(), spectrum.max(), slack=1e-12)
            for end in (found.smallest, found.largest):
                v = end.vector
                residual = float((A @ v - (v @ A @ v) * v).norm())
                assert float(v.norm()) == pytest.approx(1, abs=1e-12)
                assert residual == pytest.approx(end.residual, abs=1e-11)
        assert late.smallest.value == pytest.approx(spectrum.min(), abs=1e-8)
        assert early.largest.residual > 1e-3
        assert late.products <= 62
        assert late.smallest.value - late.smallest.beyond < 1e-7
        larger = ends_of(50 * A, solver=module.extreme_eigenvalues, limit=9)
        assert larger.smallest.beyond == pytest.approx(50 * early.smallest.beyond, rel=1e-8)
    A = torch.diag(torch.tensor([-1.0] + [0.0] * 39, dtype=FLOAT64))
    for sign, outer in ((1, "smallest"), (-1, "largest")):
        found = [
            ends_of(sign * A, solver=module.extreme_eigenvalues, seed=s, limit=1, failure=0.2)
            for s in range(200)
        ]
        missed = [sign * getattr(each, outer).beyond > -1 for each in found]
        assert 0.04 < np.mean(missed) < 0.32  # 0.2 and four standard errors


def test_the_promises_hold_on_known_spectra():
    the_promises_hold(extreme_eigenvalues_module)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("return t, t._replace(diagonal=-t.diagonal)", "return t, t"),
        ("float(values[0] - below) - rounding", "float(values[0])"),
        ("float(values[-1] + above) + rounding", "float(values[-1] - above) - rounding"),
        ("for place in (0, -1):", "for place in (-1, 0):"),
        ("residual = float((product - quotient * v / length)", "residual = 0 * float((product)"),
        ("betaincinv(0.5, (n - 1) / 2, failure)) ** 0.5", "betaincinv(0.5, (n - 1) / 2, failure))"),
        ("betaincinv(0.5, (n - 1) / 2, failure)", "betaincinv(0.5, (n - 1) / 2, 3 * failure)"),
        ("before * before / ratio", "before / ratio"),
        ("-0.5 * np.logaddexp.reduce(2 *", "-1.0 * np.logaddexp.reduce(2 *"),
    ],
    ids=[
        "upper end forgotten",
        "Ritz value taken for a bound",
        "wrong sign above",
        "ends swapped",
        "no residual",
        "weight not rooted",
        "a third of the failures",
        "β not squared",
        "weight squared",
    ],
)
def test_faults_in_the_bounds_are_noticed(healthy, faulty):
    with pytest.raises(AssertionError):
        the_promises_hold(mutant(extreme_eigenvalues_module, healthy, faulty))


def test_the_zero_matrix_and_the_identity_have_one_eigenvalue():
    for value in (0.0, 3.0):
        found = extreme_eigenvalues(lambda v, value=value: value * v, normal(7))

        assert found.smallest.value == pytest.approx(value)
        assert found.largest.value == pytest.approx(value)
        assert found.smallest.beyond == pytest.approx(value, abs=1e-7)  # rounding / weight


def test_products_that_are_not_numbers_give_no_numbers():
    found = extreme_eigenvalues(lambda v: v * math.nan, normal(5))

    assert math.isnan(found.smallest.value)
    assert math.isnan(found.largest.beyond)


def test_a_start_of_zero_and_impossible_tolerances_are_refused():
    with pytest.raises(SpecError, match="not zero"):
        tridiagonalise(lambda v: v, torch.zeros(3, dtype=FLOAT64), limit=2)
    with pytest.raises(SpecError, match="at least one step; got a start of length 1 and 0"):
        tridiagonalise(lambda v: v, torch.ones(1, dtype=FLOAT64), limit=0)
    with pytest.raises(SpecError, match=r"tolerance 0 and failure 0\.1"):
        extreme_eigenvalues(lambda v: v, normal(3), tolerance=0, failure=0.1)


def test_nodes_of_the_whole_space_are_the_eigenvalues():
    spectrum = np.linspace(-1, 2, 12)
    t, _ = tridiagonalise(lambda v: with_spectrum(spectrum) @ v, normal(12), limit=50)

    np.testing.assert_allclose(ritz(t).values, spectrum, atol=1e-12)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_the_ends_are_the_same_on_a_gpu():
    A = with_spectrum(np.linspace(-3, 7, 60))
    there = extreme_eigenvalues(lambda v: A.cuda() @ v, normal(60, seed=1).cuda())

    assert there.smallest.value == pytest.approx(ends_of(A).smallest.value, rel=1e-9)
