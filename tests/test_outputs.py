"""What outputs say of a point."""

import math

import pytest
import torch

from dltheory.outputs import correct, finite

NAN, INF = math.nan, math.inf


def test_a_point_is_right_where_its_largest_output_is_that_of_its_label():
    outputs = torch.tensor([[1.0, 2.0, 0.0], [1.0, 2.0, 0.0]])

    assert correct(outputs, torch.tensor([1, 0])).tolist() == [1.0, 0.0]


@pytest.mark.parametrize("row", [[NAN, 0.0], [0.0, NAN], [INF, 0.0], [0.0, -INF]])
@pytest.mark.parametrize("label", [0, 1])
def test_a_point_with_an_output_that_is_not_finite_is_neither_right_nor_wrong(row, label):
    outputs = torch.tensor([row, [3.0, 1.0]])

    found = correct(outputs, torch.tensor([label, 0])).tolist()

    assert math.isnan(found[0])
    assert found[1] == 1.0


def test_leading_axes_are_kept():
    outputs = torch.zeros(2, 3, 4)
    outputs[1, 2, 0] = NAN

    assert finite(outputs).tolist() == [[True] * 3, [True, True, False]]
    assert correct(outputs, torch.zeros(2, 3, dtype=torch.int64)).shape == (2, 3)
