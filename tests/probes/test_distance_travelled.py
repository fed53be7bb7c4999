"""How far a network has gone, against numbers by hand, and planted faults."""

import math

import pytest
import torch
from torch import nn

from dltheory.probes import distance_travelled as module
from dltheory.probes.distance_travelled import distance_travelled
from tests.mutation import mutant

NOTHING = torch.zeros(1, 2), torch.zeros(1, dtype=torch.long)


def network(weight, bias):
    layer = nn.Linear(2, 2)
    layer.weight.data, layer.bias.data = torch.tensor(weight), torch.tensor(bias)
    return layer


START = network([[3.0, 0.0], [0.0, 4.0]], [0.0, 0.0])  # norm 5
END = network([[0.0, 6.0], [0.0, 8.0]], [0.0, 0.0])  # norm 10, at distance √(9 + 36 + 16)


def check(module):
    printed, relative, cosine, turned, grown = module.distance_travelled(
        END, *NOTHING, initial=START
    ).tolist()
    assert printed == pytest.approx(math.sqrt(61) / 10)
    assert relative == pytest.approx(math.sqrt(61) / 5)
    assert cosine == pytest.approx(32 / 50)
    assert turned == pytest.approx(1.0)  # one filter is orthogonal, √2, the other is as it was
    assert grown == pytest.approx(2.0)


def test_the_distances_are_those_by_hand():
    check(module)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("[whole.over_second, whole.over_first", "[whole.over_first, whole.over_second"),
        (
            "whole = parameter_distances(before, after)",
            "whole = parameter_distances(after, before)",
        ),
        ("_norm(after) / _norm(before)", "_norm(before) / _norm(after)"),
        ("[after[n] for n in weights]", "[before[n] for n in weights]"),
        ("whole.cosine, turned", "whole.cosine, whole.absolute"),
    ],
)
def test_a_planted_fault_is_noticed(healthy, faulty):
    with pytest.raises(AssertionError):
        check(mutant(module, healthy, faulty))


def test_growing_by_one_factor_turns_no_filter_and_no_vector():
    grown = network([[6.0, 0.0], [0.0, 8.0]], [0.0, 0.0])

    printed, relative, cosine, turned, scale = distance_travelled(grown, *NOTHING, initial=START)

    assert (float(cosine), float(turned)) == (1.0, 0.0)
    assert (float(printed), float(relative), float(scale)) == (0.5, 1.0, 2.0)


def test_a_network_that_did_not_move_is_at_distance_zero():
    found = distance_travelled(START, *NOTHING, initial=START)

    assert found.tolist() == [0.0, 0.0, 1.0, 0.0, 1.0]
