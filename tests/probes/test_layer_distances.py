"""Distances layer by layer, against numbers by hand, and planted faults."""

import math

import pytest
import torch
from torch import nn

from dltheory.errors import SpecError
from dltheory.probes import layer_distances as module
from dltheory.probes.distance_travelled import distance_travelled
from dltheory.probes.layer_distances import layer_distances
from tests.mutation import mutant

NOTHING = torch.zeros(1, 2), torch.zeros(1, dtype=torch.long)


def network(*weights, bias=0.0):
    layers = [nn.Linear(2, 2) for _ in weights]
    for layer, weight in zip(layers, weights, strict=True):
        layer.weight.data, layer.bias.data = torch.tensor(weight), torch.full((2,), bias)
    return nn.Sequential(*layers)


START = network([[3.0, 0.0], [0.0, 4.0]], [[1.0, 0.0], [0.0, 1.0]])
END = network([[0.0, 6.0], [0.0, 8.0]], [[2.0, 0.0], [0.0, 2.0]], bias=7.0)


def check(module):
    def found(by):
        return module.layer_distances(END, *NOTHING, initial=START, by=by).tolist()

    assert found("over_second") == pytest.approx([math.sqrt(61) / 10, 0.5])
    assert found("over_first") == pytest.approx([math.sqrt(61) / 5, 1.0])
    assert found("cosine") == pytest.approx([32 / 50, 1.0])
    assert found("filters") == pytest.approx([1.0, 0.0])


def test_the_distances_are_those_by_hand():
    check(module)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("layer_distances(before, after)", "layer_distances(after, before)"),
        ("([before[n]], [after[n]])", "([after[n]], [after[n]])"),
        ("in initial.named_parameters() if p.dim() > 1", "in initial.named_parameters()"),
        ('by == "filters"', 'by == "cosine"'),
    ],
)
def test_a_planted_fault_is_noticed(healthy, faulty):
    with pytest.raises((AssertionError, AttributeError, SpecError)):
        check(mutant(module, healthy, faulty))


def test_of_one_layer_without_bias_they_are_those_of_the_whole_network():
    start, end = (nn.Linear(3, 4, bias=False) for _ in range(2))

    whole = distance_travelled(end, *NOTHING, initial=start)[:4]
    layer = [
        layer_distances(end, *NOTHING, initial=start, by=by)
        for by in ("over_second", "over_first", "cosine", "filters")
    ]

    torch.testing.assert_close(torch.cat(layer), whole)


def test_an_unknown_distance_says_which_there_are():
    with pytest.raises(SpecError, match=r"over_second.*'angle'"):
        layer_distances(END, *NOTHING, initial=START, by="angle")
