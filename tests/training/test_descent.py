"""One step of gradient descent, against its formula."""

from typing import Any

import pytest
import torch

from dltheory.training import descent
from dltheory.training.descent import descend
from tests.mutation import mutant

SHAPES = ((3, 2, 5), (3, 4), (3, 2, 2, 3, 3))


def lists(dtype=torch.float64, count=3):
    generator = torch.Generator().manual_seed(1)
    return [
        [torch.randn(s, generator=generator, dtype=dtype) for s in SHAPES] for _ in range(count)
    ]


def by_formula(parameters, gradients, velocity, momentum, rates):
    velocity = [momentum * v + g for v, g in zip(velocity, gradients, strict=True)]
    moves = [rates.view(-1, *[1] * (v.ndim - 1)) * v for v in velocity]
    return [p - move for p, move in zip(parameters, moves, strict=True)], velocity


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("each", [False, True], ids=["one rate", "a rate for each seed"])
def test_a_step_is_that_of_the_formula(momentum, each):
    parameters, gradients, velocity = lists()
    rate = torch.tensor([0.1, 0.2, 0.3], dtype=torch.float64) if each else 0.1
    rates = rate if each else torch.full((3,), 0.1, dtype=torch.float64)
    expected = by_formula(parameters, gradients, velocity, momentum, rates)

    descend(parameters, gradients, velocity, momentum, rate)

    torch.testing.assert_close(parameters, expected[0], rtol=1e-14, atol=1e-14)
    if momentum:
        torch.testing.assert_close(velocity, expected[1], rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("which", range(3), ids=["parameters", "gradients", "velocity"])
def test_another_order_in_memory_changes_nothing(which):
    given: Any = lists()
    expected = by_formula(*given, 0.9, torch.full((3,), 0.1, dtype=torch.float64))
    given[which] = [t.transpose(0, 1).contiguous().transpose(0, 1) for t in given[which]]

    descend(*given, 0.9, 0.1)

    torch.testing.assert_close(given[0], expected[0], rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("each", [False, True], ids=["one rate", "a rate for each seed"])
@pytest.mark.parametrize("numbers", [3, 10, 37])
def test_what_comes_out_for_a_seed_does_not_depend_on_how_many_there_are(numbers, each):
    generator = torch.Generator().manual_seed(numbers)
    of_all = [torch.randn(5, numbers, generator=generator) for _ in range(3)]
    of_one = [tensor[1:2].clone() for tensor in of_all]
    rate: Any = torch.full((5,), 0.1) if each else 0.1

    for (p, g, v), own in ((of_all, rate), (of_one, rate[:1] if each else 0.1)):
        descend([p], [g], [v], 0.9, own)

    assert torch.equal(of_all[0][1], of_one[0][0])


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [("alpha=momentum, out=v", "alpha=0.0, out=v"), ("rates, value=-1.0", "rates, value=-0.5")],
    ids=["without momentum", "half of the rate"],
)
def test_a_fault_in_the_move_is_noticed(healthy, faulty):
    broken = mutant(descent, healthy, faulty)
    given: Any = lists()
    rates = torch.full((3,), 0.1, dtype=torch.float64)
    expected = by_formula(*given, 0.9, rates)

    broken.descend(*given, 0.9, rates)

    with pytest.raises(AssertionError):
        torch.testing.assert_close(given[0], expected[0])
