"""Norms of layers and their product."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from dltheory.errors import SpecError
from dltheory.models import MLP, ResNet
from dltheory.probes import layer_norms as layer_norms_module
from dltheory.probes import log_norm_product as log_norm_product_module
from dltheory.probes._batch_norm_folding import without_batch_norm
from dltheory.probes.layer_norms import layer_norms
from dltheory.probes.log_norm_product import log_norm_product
from dltheory.probes.norm_product import norm_product
from dltheory.randomness import drawing_from, stream
from tests.mutation import mutant

IMAGES, LABELS = torch.zeros(2, 2, 4, 4), torch.zeros(2, dtype=torch.int64)
ORDERS = st.floats(1, 20) | st.just(math.inf)


def network(model=None):
    with drawing_from(stream(1, "init")):
        return (model or MLP(hidden=(6, 5))).build((2, 4, 4), 3).double()


def by_hand(model, p, first_bias):
    norms = []
    for layer in model:
        if isinstance(layer, nn.Linear):
            entries = np.abs(layer.weight.detach().numpy()).ravel()
            if first_bias and not norms:
                entries = np.append(entries, np.abs(layer.bias.detach().numpy()))
            norms.append(entries.max() if p == math.inf else np.sum(entries**p) ** (1 / p))
    return norms


def norms_are_those_by_hand(probe):
    for p in (1, 2, 3.5, math.inf):
        for first_bias in (True, False):
            found = probe(network(), IMAGES, LABELS, p=p, first_bias=first_bias)

            np.testing.assert_allclose(found, by_hand(network(), p, first_bias), rtol=1e-13)


def test_norms_of_layers_are_those_by_hand():
    norms_are_those_by_hand(layer_norms)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("vector_norm(values / largest, p)", "vector_norm(values / largest, 2)"),
        ("return largest * torch", "return torch"),
        ("if first_bias and", "if"),
        ("entries[0] = torch.cat([entries[0],", "entries[-1] = torch.cat([entries[-1],"),
        ("for layer in layers]", "for layer in layers[::-1]]"),
    ],
    ids=["p ignored", "scale lost", "bias always", "bias of the last layer", "order turned"],
)
def test_faults_in_norms_of_layers_are_noticed(healthy, faulty):
    broken = mutant(layer_norms_module, healthy, faulty).layer_norms

    with pytest.raises(AssertionError):
        norms_are_those_by_hand(broken)


def test_the_first_layer_s_bias_counts_jointly():
    layer = nn.Linear(1, 1)
    layer.weight.data.fill_(3), layer.bias.data.fill_(4)

    assert layer_norms(layer, IMAGES, LABELS).tolist() == [5]
    assert layer_norms(layer, IMAGES, LABELS, p=1).tolist() == [7]
    assert layer_norms(layer, IMAGES, LABELS, first_bias=False).tolist() == [3]


def test_all_convolutions_of_a_residual_network_are_counted_in_order():
    model = network(ResNet(width=2, blocks=(1, 1)))

    found = layer_norms(model, IMAGES, LABELS)

    weights = [v for v in model.state_dict().values() if v.dim() > 1]
    assert found.tolist() == pytest.approx([float(w.norm()) for w in weights])


def test_folded_norms_are_those_of_the_folded_network():
    model = network(ResNet(width=2, blocks=(1, 1)))
    model(torch.randn(8, 2, 4, 4, generator=stream(0, "data"), dtype=torch.float64))

    folded = layer_norms(model, IMAGES, LABELS, folded=True)

    assert torch.equal(folded, layer_norms(without_batch_norm(model), IMAGES, LABELS))
    assert (folded[:-1] / layer_norms(model, IMAGES, LABELS)[:-1] - 1).abs().min() > 0.01


@given(st.floats(-1e3, 1e3), ORDERS)
def test_norms_are_homogeneous(factor, p):
    model = network()
    before = layer_norms(model, IMAGES, LABELS, p=p)

    for parameter in model.parameters():
        parameter.data *= factor

    found = layer_norms(model, IMAGES, LABELS, p=p)
    torch.testing.assert_close(found, abs(factor) * before, rtol=1e-12, atol=0)


@given(ORDERS, ORDERS)
def test_norms_fall_in_p(p, q):
    low, high = sorted((p, q))

    norms = [layer_norms(network(), IMAGES, LABELS, p=order) for order in (low, high)]

    assert bool((norms[0] >= norms[1] * (1 - 1e-12)).all())


@pytest.mark.parametrize("size", [1e-30, 1e30])
def test_a_high_p_neither_overflows_nor_underflows(size):
    layer = nn.Linear(3, 1, bias=False)
    layer.weight.data.fill_(size)

    found = float(layer_norms(layer, IMAGES, LABELS, p=50))

    entry = float(layer.weight.data[0, 0])
    assert found / entry == pytest.approx(3 ** (1 / 50), rel=1e-12)


def test_a_zero_layer_has_norm_zero():
    layer = nn.Linear(3, 1, bias=False)
    layer.weight.data.zero_()

    assert layer_norms(layer, IMAGES, LABELS).tolist() == [0]
    assert norm_product(layer, IMAGES, LABELS) == 0
    assert log_norm_product(layer, IMAGES, LABELS) == -math.inf


# ── product ───────────────────────────────────────────────────────────────────────────────────


def the_product_is_that_of_the_norms(logarithm):
    for p in (1, 2):
        expected = np.sum(np.log(by_hand(network(), p, True)))

        assert logarithm(network(), IMAGES, LABELS, p=p) == pytest.approx(expected, rel=1e-12)


def test_the_product_is_that_of_the_norms():
    the_product_is_that_of_the_norms(log_norm_product)
    expected = np.prod(by_hand(network(), 2, True))

    assert norm_product(network(), IMAGES, LABELS) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("norms.log().sum()", "norms.sum().log()"),
        ("norms.log().sum()", "norms.log().mean()"),
        ("norms.log().sum()", "norms.square().log().sum()"),
        (" p=p, ", " "),
    ],
    ids=["sum of norms", "mean", "squared norms", "p forgotten"],
)
def test_faults_in_the_product_are_noticed(healthy, faulty):
    broken = mutant(log_norm_product_module, healthy, faulty).log_norm_product

    with pytest.raises(AssertionError):
        the_product_is_that_of_the_norms(broken)


@given(st.floats(1e-6, 1e6))
def test_the_product_scales_with_the_number_of_layers(factor):
    model = network()
    before = log_norm_product(model, IMAGES, LABELS)

    for parameter in model.parameters():
        parameter.data *= factor

    found = log_norm_product(model, IMAGES, LABELS)
    assert found == pytest.approx(before + 3 * math.log(factor), rel=1e-11, abs=1e-11)


def test_the_unit_divides_each_layer():
    whole = norm_product(network(), IMAGES, LABELS, p=1)

    in_hundreds = norm_product(network(), IMAGES, LABELS, p=1, unit=100)

    assert in_hundreds == pytest.approx(whole / 1e6, rel=1e-12)


def test_a_product_beyond_float64_is_infinite_and_has_a_logarithm():
    model = nn.Sequential(*[nn.Linear(1, 1, bias=False) for _ in range(9)]).double()
    for parameter in model.parameters():
        parameter.data.fill_(1e40)

    assert norm_product(model, IMAGES, LABELS) == math.inf
    assert log_norm_product(model, IMAGES, LABELS) == pytest.approx(360 * math.log(10))


@pytest.mark.parametrize("p", [0.5, 0, -1, math.nan])
def test_p_below_one_is_refused(p):
    with pytest.raises(SpecError, match=f"got p = {p:g} and unit = 1"):
        layer_norms(network(), IMAGES, LABELS, p=p)


def test_a_unit_that_is_not_positive_is_refused():
    with pytest.raises(SpecError, match="unit = 0"):
        norm_product(network(), IMAGES, LABELS, unit=0)


def test_a_network_without_weights_is_refused():
    with pytest.raises(SpecError, match="got a network of 0 such layers, made of Identity"):
        layer_norms(nn.Identity(), IMAGES, LABELS)
