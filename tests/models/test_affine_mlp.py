"""The construction of Lemma 1: exact up to rounding, and only where there is room for the rank."""

from dataclasses import dataclass

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from dltheory.errors import SpecError
from dltheory.models.affine_mlp import affine_mlp, relative_gap, rounding_bound
from dltheory.models.mlp import hidden_layers


@dataclass(frozen=True, kw_only=True)
class Case:
    weight: Tensor
    bias: Tensor
    on: Tensor
    hidden: tuple[int, ...]

    @property
    def network(self):
        return affine_mlp(self.weight, self.bias, on=self.on, hidden=self.hidden)


@st.composite
def cases(draw):
    """Affine maps of every rank and scale, on points of every scale, with room for the rank."""
    outputs, inputs, points = (draw(st.integers(1, 5)) for _ in range(3))
    rank = draw(st.integers(1, min(outputs, inputs)))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**20)))
    scale = 10.0 ** draw(st.integers(-6, 6))

    def normal(*shape):
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    return Case(
        weight=scale * normal(outputs, rank) @ normal(rank, inputs),
        bias=normal(outputs) * 10.0 ** draw(st.integers(-3, 3)),
        on=normal(points, inputs) * 10.0 ** draw(st.integers(-3, 3)),
        hidden=tuple(draw(st.lists(st.integers(rank, rank + 4), min_size=1, max_size=4))),
    )


@given(cases())
def test_the_network_equals_the_affine_map_within_rounding(case):
    network = case.network

    gap = relative_gap(network, case.weight, case.bias, on=case.on)

    assert gap <= rounding_bound(network, case.weight, case.bias, on=case.on)


@given(cases())
def test_every_unit_is_open_by_at_least_one(case):
    with torch.no_grad():
        network = case.network
        inputs = torch.cat([z.flatten() for z in hidden_layers(network, case.on)])

    # Each input is a sum of at most n terms no larger than c, the bias of the first layer.
    rounding = 40 * torch.finfo(torch.float64).eps * network[1].bias.max()
    assert inputs.min() >= 1 - rounding


def identity(width):
    return {
        "weight": torch.eye(width, dtype=torch.float64),
        "bias": torch.zeros(width, dtype=torch.float64),
        "on": torch.eye(width, dtype=torch.float64),
    }


def test_no_random_number_is_drawn():
    before = torch.get_rng_state()

    affine_mlp(**identity(3), hidden=(3, 3))

    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("hidden", [(4,), (9, 4, 9), (64, 9, 4)])
def test_a_layer_narrower_than_the_rank_is_refused_with_both_numbers(hidden):
    message = rf"at least 5 units; got hidden widths \({str(hidden)[1:-1]}\)"

    with pytest.raises(SpecError, match=message):
        affine_mlp(**identity(5), hidden=hidden)


def test_a_network_without_hidden_layer_is_refused():
    with pytest.raises(SpecError, match=r"hidden layer .* got hidden widths \(\)"):
        affine_mlp(**identity(2), hidden=())


def test_a_constant_map_needs_no_rank():
    flat = identity(3) | {"weight": torch.zeros(2, 3, dtype=torch.float64)}
    flat["bias"] = torch.tensor([1.0, -2.0], dtype=torch.float64)

    network = affine_mlp(**flat, hidden=(1, 1))

    torch.testing.assert_close(network(flat["on"]), flat["bias"].expand(3, 2))


def test_closed_units_break_the_equality():
    case = identity(3)

    network = affine_mlp(**case, hidden=(3,), offset=-1.5)

    assert relative_gap(network, **case) > 0.1


def test_a_rank_that_is_too_small_loses_a_direction():
    case = identity(3)

    network = affine_mlp(**case, hidden=(3,), rank=2)

    assert relative_gap(network, **case) == pytest.approx(1.0)


def test_the_rounding_bound_is_small_for_a_harmless_map():
    case = identity(3)

    assert 0 < rounding_bound(affine_mlp(**case, hidden=(3, 3)), **case) < 1e-13
