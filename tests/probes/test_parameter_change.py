"""The change of parameters against its formulas, on numbers that can be checked by hand."""

import pytest
import torch
from torch import nn

from dltheory.probes import parameter_change as module
from dltheory.probes.parameter_change import parameter_change
from tests.mutation import mutant

IMAGES, LABELS = torch.zeros(1, 2), torch.zeros(1, dtype=torch.int64)


def network(weight, bias):
    made = nn.Linear(2, 2)
    made.weight.data = torch.tensor(weight)
    made.bias.data = torch.tensor(bias)
    return made


def require_formulas(probe):
    initial = network([[1.0, 0.0], [0.0, 2.0]], [2.0, 0.0])
    model = network([[4.0, 0.0], [0.0, 6.0]], [2.0, 12.0])

    found = probe(model, IMAGES, LABELS, initial=initial)

    # Changes: 3 and 4 among four weights, 12 among two biases; ‖φ0‖² = 1 + 4 + 4.
    average = (25 / 4 + 144 / 2) ** 0.5
    assert found.tolist() == pytest.approx([average, 13 / 3, 13, 5 + 12])


def test_each_number_follows_its_formula():
    require_formulas(parameter_change)


def test_nothing_changed_is_nothing():
    same = network([[1.0, 0.0], [0.0, 2.0]], [2.0, 0.0])

    assert parameter_change(same, IMAGES, LABELS, initial=same).tolist() == [0, 0, 0, 0]


def test_statistics_of_batch_normalisation_do_not_count():
    one, other = nn.BatchNorm1d(3), nn.BatchNorm1d(3)
    other.running_mean += 1

    found = parameter_change(one, torch.zeros(2, 3), torch.zeros(2).long(), initial=other)

    assert found.tolist() == [0, 0, 0, 0]


FAULTS = {
    "sum for mean": ("change.square().mean()", "change.square().sum()"),
    "relative to the end": ("whole.over_first", "whole.over_second"),
    "one tensor alone": ("change.norm() for change in changes", "changes[0].norm()"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_noticed(fault):
    with pytest.raises(AssertionError):
        require_formulas(mutant(module, *FAULTS[fault]).parameter_change)
