import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dltheory.errors import SpecError
from dltheory.linalg import effective_rank as module
from dltheory.linalg.effective_rank import effective_rank, numerical_rank
from dltheory.randomness import stream
from tests.mutation import mutant

spectra = st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=12)


def tensor(values):
    return torch.tensor(values, dtype=torch.float64)


def is_nuclear_over_frobenius(module):
    matrix = torch.randn(2, 5, 7, generator=stream(0, "matrix"), dtype=torch.float64)
    found = module.effective_rank(torch.linalg.svdvals(matrix))
    expected = [torch.linalg.matrix_norm(m, "nuc") / torch.linalg.matrix_norm(m) for m in matrix]
    torch.testing.assert_close(found, torch.stack(expected), rtol=1e-12, atol=0)


def test_it_is_the_nuclear_norm_over_the_frobenius_norm():
    is_nuclear_over_frobenius(module)


@pytest.mark.parametrize("count", [1, 2, 9, 100])
def test_equal_values_give_the_root_of_their_number(count):
    values = tensor([3.0] * count + [0.0] * 5)

    assert float(effective_rank(values)) == pytest.approx(math.sqrt(count), rel=1e-14)


@given(spectra)
def test_it_lies_between_1_and_the_root_of_the_number_of_values(values):
    rank = float(effective_rank(tensor(values)))

    assert 1 - 1e-12 <= rank <= math.sqrt(len(values)) * (1 + 1e-12)


@given(spectra, st.integers(-300, 300))
def test_scale_does_not_matter(values, exponent):
    scaled = tensor(values) * 10.0**exponent

    assert float(effective_rank(scaled)) == pytest.approx(float(effective_rank(tensor(values))))


@given(spectra, st.integers(0, 5))
def test_zeros_do_not_count(values, zeros):
    more = effective_rank(tensor(values + [0.0] * zeros))

    assert float(more) == pytest.approx(float(effective_rank(tensor(values))), rel=1e-14)


def test_the_zero_map_has_rank_0():
    assert effective_rank(torch.zeros(2, 3)).tolist() == [0, 0]


def test_networks_together_are_as_each_alone():
    values = torch.rand(2, 3, 7, generator=stream(0, "values"))

    assert effective_rank(values).tolist() == [
        [float(effective_rank(v)) for v in s] for s in values
    ]
    assert numerical_rank(values, tolerance=0.5).tolist() == [
        [int(numerical_rank(v, tolerance=0.5)) for v in s] for s in values
    ]


def test_float32_values_are_added_up_in_float64():
    values = torch.rand(1000, generator=stream(0, "values"))

    assert effective_rank(values).dtype == torch.float64
    assert torch.equal(effective_rank(values), effective_rank(values.double()))


@given(st.integers(1, 6), st.integers(0, 6))
def test_the_numerical_rank_counts_what_is_not_rounding(rank, zeros):
    generator = stream(rank, "factors")
    left, right = (
        torch.randn(rank + zeros, rank, generator=generator, dtype=torch.float64) for _ in range(2)
    )

    assert int(numerical_rank(torch.linalg.svdvals(left @ right.T))) == rank


def test_the_tolerance_is_a_share_of_the_largest_value():
    values = tensor([10.0, 1.0, 0.11, 0.09])

    assert int(numerical_rank(values, tolerance=0.01)) == 3
    assert int(numerical_rank(values, tolerance=0.0)) == 4
    assert int(numerical_rank(torch.zeros(4))) == 0


@pytest.mark.parametrize("tolerance", [-0.1, 1.0, math.nan])
def test_a_tolerance_that_is_no_share_is_refused(tolerance):
    with pytest.raises(SpecError, match="share of the largest; got tolerance"):
        numerical_rank(tensor([1.0]), tolerance=tolerance)


FAULTS = {
    "root forgotten": ("square().sum(dim=-1).sqrt()", "square().sum(dim=-1)"),
    "upside down": (
        "total / parts.square().sum(dim=-1).sqrt()",
        "parts.square().sum(dim=-1).sqrt() / total",
    ),
    "stable rank": ("total / parts.square()", "1 / parts.square()"),
    "over networks": ("parts.sum(dim=-1)", "parts.sum()"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_planted_fault_is_caught(fault):
    with pytest.raises(AssertionError):
        is_nuclear_over_frobenius(mutant(module, *fault))
