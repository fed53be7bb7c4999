"""Projections of kernels against the SVD of explicit matrices."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dltheory.errors import SpecError
from dltheory.linalg import circular_convolution, rank_projection
from dltheory.linalg.convolution_singular_values import convolution_singular_values
from dltheory.linalg.effective_rank import effective_rank
from dltheory.linalg.rank_projection import rank_max, rank_min
from dltheory.randomness import stream
from tests.linalg.dense_convolution import circulant
from tests.mutation import mutant

CASES = [
    ((3, 2, 3, 3), (4, 4), (1, 1)),
    ((2, 3, 3, 3), (5, 6), (1, 1)),
    ((3, 2, 1, 3), (4, 3), (1, 1)),
    ((3, 2, 3, 3), (4, 6), (2, 2)),
    ((9, 2, 3, 3), (4, 6), (2, 2)),
    ((3, 3, 1, 1), (4, 4), (2, 2)),
    ((3, 2, 4, 5), (6, 8), (3, 2)),
]
every_case = pytest.mark.parametrize(("shape", "grid", "stride"), CASES, ids=str)
both = pytest.mark.parametrize("way", ["rank_min", "rank_max"])


def kernel(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=stream(seed, "kernel"), dtype=torch.float64).to(dtype)


def level(k, grid, stride=(1, 1), groups=1):
    """In the widest gap of the spectrum, so that rounding decides nothing."""
    values = convolution_singular_values(k, grid, stride=stride, groups=groups).sort().values
    widest = int(values.diff().argmax())
    return float(values[widest : widest + 2].mean())


def option(way, number):
    return {"threshold" if way == "rank_min" else "largest": number}


def changed(way, values, number):
    if way == "rank_min":
        return torch.where(values < number, 0, values)
    return values.clamp(max=number)


def kernel_of(matrix, shape, grid, stride):
    """The entries of a circulant matrix at which a kernel of this shape stands, first output."""
    coarse = (grid[0] // stride[0], grid[1] // stride[1])
    return matrix.reshape(shape[0], *coarse, shape[1], *grid)[:, 0, 0, :, : shape[2], : shape[3]]


def agrees_with_the_explicit_matrix(module, way, shape, grid, stride):
    k = kernel(*shape)
    number = level(k, grid, stride)
    u, values, vh = torch.linalg.svd(circulant(k, grid, stride), full_matrices=False)
    after = changed(way, values, number)
    projected = (u * after) @ vh
    expected = kernel_of(projected, shape, grid, stride)
    positions = math.prod(grid) / math.prod(stride)
    distance = (projected - circulant(k, grid, stride)).square().sum() / positions

    found = getattr(module, way)(k, grid, stride=stride, **option(way, number))

    torch.testing.assert_close(found.kernel, expected, rtol=1e-9, atol=1e-10)
    torch.testing.assert_close(found.kept, (expected - k).square().sum() / distance)
    cropped = torch.linalg.svdvals(circulant(expected, grid, stride))
    for numbers, of in ((found.effective_ranks, effective_rank), (found.largest, torch.amax)):
        torch.testing.assert_close(
            numbers, torch.stack([of(v).double() for v in (values, after, cropped)])
        )


@both
@every_case
def test_it_is_the_svd_of_the_explicit_matrix_cropped(way, shape, grid, stride):
    agrees_with_the_explicit_matrix(rank_projection, way, shape, grid, stride)


@both
@every_case
def test_so_it_is_if_the_level_is_too_low_for_gram_matrices(way, shape, grid, stride, monkeypatch):
    monkeypatch.setattr(rank_projection, "trusted_from", lambda *_: math.inf)

    agrees_with_the_explicit_matrix(rank_projection, way, shape, grid, stride)


@pytest.mark.parametrize("way", [rank_min, rank_max])
@pytest.mark.parametrize("grid", [(3, 3), (4, 5)])
def test_where_nothing_is_cropped_all_survives_and_once_is_enough(way, grid):
    k = kernel(3, 4, *grid)
    number = option(way.__name__, level(k, grid))

    once = way(k, grid, **number)
    twice = way(once.kernel, grid, **number)

    torch.testing.assert_close(once.kept, torch.ones((), dtype=torch.float64))
    torch.testing.assert_close(once.effective_ranks[2], once.effective_ranks[1])
    torch.testing.assert_close(twice.kernel, once.kernel, rtol=1e-9, atol=1e-9)
    assert once.outside[0] > 0
    assert once.outside[1:].tolist() == [0, 0]


@given(st.integers(0, 1000), st.floats(0.2, 3), st.sampled_from([rank_min, rank_max]))
@settings(max_examples=30)
def test_cropping_undoes_a_share_of_what_was_moved(seed, number, way):
    k = kernel(2, 3, 3, 3, seed=seed)
    found = way(k, (5, 5), **option(way.__name__, number))

    assert 0 <= float(found.kept) <= 1
    before, projected, _ = found.effective_ranks.tolist()
    if way is rank_min:
        assert found.largest[1] in (0, found.largest[0])
        assert projected <= before * (1 + 1e-12)
    else:
        assert found.largest[1] <= number * (1 + 1e-12)
        assert projected >= before * (1 - 1e-12)


def test_clipping_above_the_largest_value_changes_nothing():
    k = kernel(3, 3, 3, 3)

    for found in (rank_max(k, (6, 6), largest=1e3), rank_min(k, (6, 6), threshold=1e-14)):
        torch.testing.assert_close(found.kernel, k, rtol=0, atol=1e-12)
        assert float(rank_max(k, (6, 6), largest=1e3).kept) == 1
    assert torch.equal(rank_max(k, (6, 6), largest=1e3).kernel, k)


def test_a_threshold_above_the_largest_value_leaves_nothing():
    found = rank_min(kernel(3, 2, 3, 3), (6, 6), threshold=1e3)

    assert float(found.kernel.abs().max()) < 1e-12
    assert found.effective_ranks[1] == 0
    assert float(found.kept) == pytest.approx(1)


def test_values_outside_are_those_that_cropping_brought_back():
    k = kernel(4, 4, 3, 3)
    low, high = rank_min(k, (8, 8), threshold=5.0), rank_max(k, (8, 8), largest=5.0)
    before = convolution_singular_values(k, (8, 8))

    assert low.outside[0] == (before < 5).sum()
    assert high.outside[0] == (before > 5).sum()
    for found in (low, high):
        after = convolution_singular_values(found.kernel, (8, 8))
        assert found.outside[1] == 0
        assert found.outside[2] == ((after < 5) if found is low else (after > 5)).sum() > 0


@both
@pytest.mark.parametrize("groups", [1, 2])
def test_networks_together_are_as_each_alone(way, groups):
    k = kernel(2, 3, 4, 2, 3, 3)
    project = getattr(rank_projection, way)
    options = option(way, level(k[0, 0], (6, 6), (2, 2), groups))

    together = project(k, (6, 6), stride=(2, 2), groups=groups, **options)

    for place in ((0, 1), (1, 2)):
        alone = project(k[place], (6, 6), stride=(2, 2), groups=groups, **options)
        for field, numbers in alone._asdict().items():
            torch.testing.assert_close(getattr(together, field)[place], numbers)


@both
def test_groups_are_projected_side_by_side(way):
    k = kernel(4, 2, 3, 3)
    options = option(way, level(k, (6, 6), groups=2))
    project = getattr(rank_projection, way)

    found = project(k, (6, 6), groups=2, **options).kernel

    halves = [project(half, (6, 6), **options).kernel for half in (k[:2], k[2:])]
    torch.testing.assert_close(found, torch.cat(halves))


@both
def test_a_kernel_keeps_its_dtype_and_is_not_touched(way):
    k = kernel(3, 3, 3, 3, dtype=torch.float32)
    before = k.clone()

    found = getattr(rank_projection, way)(k.requires_grad_(), (6, 6), **option(way, 2.0))

    assert found.kernel.dtype == torch.float32
    assert not found.kernel.requires_grad
    assert torch.equal(k.detach(), before)
    assert found.kept.dtype == torch.float64


FAULTS = {
    "threshold reversed": ("values >= threshold", "values < threshold"),
    "clip reversed": ("(largest / values).clamp(max=1)", "(values / largest).clamp(max=1)"),
    "raised to the clip": ("(largest / values).clamp(max=1)", "(largest / values)"),
    "conjugate dropped": ("left.mH @", "left.mT @"),
    "multiplicity of the step forgotten": ("step * at.weight", "step"),
    "multiplicity of the distance forgotten": ("squares * at.weight", "squares"),
    "wrong grid": ("half_spectrum(closed, taps)", "half_spectrum(grid, taps)"),
    "wrong number of positions": ("closed[0] * closed[1]", "grid[0] * grid[1]"),
    "imaginary part dropped": ("found = found - angles", "found = found - 0 * angles"),
    "forward transform twice": ("found = found - angles", "found = found + angles"),
    "stride ignored": ("(kernel, grid, stride, groups)", "(kernel, grid, (1, 1), groups)"),
    "not put back": ("step = step.mT if tall else step", "step = step"),
    "not squared": ("moved.square()", "moved.abs()"),
}
SHARED_FAULTS = {
    "cropped at the wrong corner": (
        "[..., : like.shape[-2], : like.shape[-1]]",
        "[..., -like.shape[-2] :, -like.shape[-1] :]",
    ),
    "stride mixed up": ("permute(2, 3, 4, 0, 5, 1, 6)", "permute(2, 3, 4, 1, 5, 0, 6)"),
    "padded on the wrong side": (
        "(0, -width % across, 0, -height % down)",
        "(-width % across, 0, -height % down, 0)",
    ),
}


def agrees_in_every_case(module):
    for way in ("rank_min", "rank_max"):
        for case in CASES:
            agrees_with_the_explicit_matrix(module, way, *case)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_planted_fault_is_caught(fault):
    with pytest.raises((AssertionError, RuntimeError)):
        agrees_in_every_case(mutant(rank_projection, *fault))


@pytest.mark.parametrize("fault", SHARED_FAULTS.values(), ids=SHARED_FAULTS)
def test_a_planted_fault_in_what_is_shared_is_caught(fault, monkeypatch):
    faulty = mutant(circular_convolution, *fault)
    faulty.Taps, faulty.Frequencies = circular_convolution.Taps, circular_convolution.Frequencies
    for name in ("as_taps", "as_kernel"):
        monkeypatch.setattr(rank_projection, name, getattr(faulty, name))

    with pytest.raises((AssertionError, RuntimeError)):
        agrees_in_every_case(rank_projection)


@pytest.mark.parametrize("number", [0.0, -1.0, math.inf, math.nan])
def test_a_level_that_is_not_positive_is_refused(number):
    with pytest.raises(SpecError, match="threshold must be positive and finite; got"):
        rank_min(kernel(2, 2, 3, 3), (4, 4), threshold=number)
    with pytest.raises(SpecError, match="largest singular value must be positive and finite; got"):
        rank_max(kernel(2, 2, 3, 3), (4, 4), largest=number)


def test_a_kernel_larger_than_its_grid_is_refused():
    with pytest.raises(SpecError, match=r"a kernel of \(3, 3\) positions on a grid of \(2, 4\)"):
        rank_min(kernel(2, 2, 3, 3), (2, 4))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@both
def test_a_gpu_gives_the_same(way):
    k = kernel(5, 3, 3, 3)
    options = option(way, level(k, (8, 8), (2, 2)))
    project = getattr(rank_projection, way)

    found = project(k.cuda(), (8, 8), stride=(2, 2), **options)

    assert found.kernel.is_cuda
    for one, other in zip(found, project(k, (8, 8), stride=(2, 2), **options), strict=True):
        torch.testing.assert_close(one.cpu(), other)
