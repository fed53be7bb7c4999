"""Correlation, cosine, relative change and rescaling of kernels."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dltheory.linalg import kernel_change
from dltheory.linalg.kernel_change import best_rescaling, correlation, cosine, relative_change
from tests.mutation import mutant

MEASURES = {
    "correlation": correlation,
    "cosine": cosine,
    "relative change": relative_change,
    "factor": lambda *kernels: best_rescaling(*kernels).factor,
    "share": lambda *kernels: best_rescaling(*kernels).share,
}
every_measure = pytest.mark.parametrize("measure", MEASURES.values(), ids=MEASURES.keys())


def kernels(seed, *seeds, count=2):
    generator = torch.Generator().manual_seed(seed)
    shape = (count, *seeds, 4, 4, 2, 2)
    return torch.randn(shape, generator=generator, dtype=torch.float64) + 0.5


def by_numpy(before, after):
    """The same five numbers, each from its definition."""
    x, y = before.numpy().ravel(), after.numpy().ravel()
    factor = float(np.linalg.lstsq(x[:, None], y, rcond=None)[0][0])
    return {
        "correlation": float(np.corrcoef(x, y)[0, 1]),
        "cosine": float(x @ y / np.sqrt((x @ x) * (y @ y))),
        "relative change": float(np.linalg.norm(y - x) / np.linalg.norm(x)),
        "factor": factor,
        "share": float(1 - np.sum((y - factor * x) ** 2) / np.sum((y - x) ** 2)),
    }


@given(st.integers(0, 1000))
def test_each_measure_follows_its_definition(seed):
    pair = kernels(seed)
    expected = by_numpy(*pair)

    for name, measure in MEASURES.items():
        assert float(measure(*pair)) == pytest.approx(expected[name], rel=1e-9, abs=1e-12), name


@every_measure
def test_seeds_are_measured_one_by_one(measure):
    before, after = kernels(0, 3, 2)

    together = measure(before, after)

    alone = [[measure(before[i, j], after[i, j]) for j in range(2)] for i in range(3)]
    torch.testing.assert_close(together, torch.tensor(alone, dtype=torch.float64))


@given(st.integers(0, 1000), st.floats(0.01, 100).filter(lambda a: abs(a - 1) > 1e-3))
def test_a_rescaled_kernel_has_correlation_one_and_rescaling_explains_all(seed, factor):
    kernel = kernels(seed)[0]
    rescaling = best_rescaling(kernel, factor * kernel)

    assert float(correlation(kernel, factor * kernel)) == pytest.approx(1)
    assert float(cosine(kernel, factor * kernel)) == pytest.approx(1)
    assert float(rescaling.factor) == pytest.approx(factor)
    assert float(rescaling.share) == pytest.approx(1)
    assert float(relative_change(kernel, factor * kernel)) == pytest.approx(abs(factor - 1))


@given(st.integers(0, 1000), st.floats(-10, 10))
def test_the_share_and_the_correlation_keep_their_bounds(seed, mix):
    before, other = kernels(seed)
    after = before + mix * other

    assert -1 - 1e-12 <= float(correlation(before, after)) <= 1 + 1e-12
    if not torch.equal(before, after):
        assert 0 <= float(best_rescaling(before, after).share) <= 1 + 1e-12


@given(st.permutations(range(4)), st.permutations(range(2)))
def test_the_order_of_points_and_classes_does_not_matter(points, classes):
    before, after = kernels(1)

    def permuted(kernel):
        return kernel[points][:, points][:, :, classes][:, :, :, classes]

    for measure in MEASURES.values():
        found = measure(permuted(before), permuted(after))
        torch.testing.assert_close(found, measure(before, after))


@given(st.floats(-3, 3))
def test_a_shift_changes_the_cosine_and_not_the_correlation(shift):
    before, after = kernels(2)

    torch.testing.assert_close(correlation(before, after + shift), correlation(before, after))
    assert abs(shift) < 0.1 or abs(cosine(before, after + shift) - cosine(before, after)) > 1e-3


def test_an_orthogonal_change_is_not_explained_by_rescaling():
    before, other = kernels(3)
    rest = other - (other * before).sum() / before.square().sum() * before

    factor, share = best_rescaling(before, before + rest)

    assert float(factor) == pytest.approx(1, abs=1e-14)
    assert float(share) == pytest.approx(0, abs=1e-14)


def test_a_tiny_change_keeps_its_share():
    before, other = kernels(4)

    share = best_rescaling(before, before + 1e-7 * other).share

    # The change itself has 9 digits left.
    expected = best_rescaling(before, before + other).share
    assert float(share) == pytest.approx(float(expected), rel=1e-7)


def test_where_nothing_changed_there_is_no_share():
    kernel = kernels(5)[0]

    assert math.isnan(best_rescaling(kernel, kernel).share)


FAULTS = {
    "not centred": ("kernel - kernel.mean(dim=-1, keepdim=True) for", "kernel for"),
    "relative to the later kernel": ("/ before.norm(dim=-1)", "/ after.norm(dim=-1)"),
    "share of the norm, not of its square": ("growth.square() * size / change", "growth.abs()"),
    "factor by norms": ("* before).sum(dim=-1) / size", "* after).sum(dim=-1) / size"),
    "one class forgotten": (".flatten(-4)", "[..., 1:].flatten(-4)"),
}


def require_definitions(module):
    pair = kernels(6)
    found = {
        "correlation": module.correlation(*pair),
        "cosine": module.cosine(*pair),
        "relative change": module.relative_change(*pair),
        "factor": module.best_rescaling(*pair).factor,
        "share": module.best_rescaling(*pair).share,
    }
    assert {k: float(v) for k, v in found.items()} == pytest.approx(by_numpy(*pair))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_noticed(fault):
    require_definitions(kernel_change)

    with pytest.raises(AssertionError):
        require_definitions(mutant(kernel_change, *FAULTS[fault]))
