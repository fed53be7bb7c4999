"""What penalties add to the gradient."""

import pytest
import torch

from dltheory.errors import SpecError
from dltheory.training import NoPenalty, NormBias, WeightDecay
from dltheory.training.penalty import squared_norms

SHAPES = [(3, 2, 4), (3, 5), (3, 2, 1, 2, 2)]  # three seeds


def parameters():
    generator = torch.Generator().manual_seed(2)
    return [torch.randn(shape, generator=generator, dtype=torch.float64) for shape in SHAPES]


def added_by(penalty, at=None):
    at = parameters() if at is None else at
    gradients = [torch.zeros_like(p) for p in at]
    penalty.add_to(gradients, at)
    return gradients


def derivative(of, at):
    at = [p.clone().requires_grad_() for p in at]
    return list(torch.autograd.grad(of(at).sum(), at))


def test_the_squared_norm_is_taken_per_seed():
    flat = torch.cat([p.flatten(1) for p in parameters()], dim=1)

    assert torch.allclose(squared_norms(parameters()), flat.norm(dim=1) ** 2, rtol=1e-14)


def test_no_penalty_adds_nothing():
    assert all(not gradient.any() for gradient in added_by(NoPenalty()))


def test_weight_decay_adds_the_gradient_of_half_the_squared_norm():
    expected = derivative(lambda at: 0.3 / 2 * squared_norms(at), parameters())

    torch.testing.assert_close(added_by(WeightDecay(coefficient=0.3)), expected)


@pytest.mark.parametrize("target", [0.0, 5.0, 1000.0], ids=["at 0", "below", "above"])
@pytest.mark.parametrize(("as_in", "strength"), [("formula", 1.0), ("code", 0.5)])
def test_norm_bias_adds_the_gradient_of_its_formula(target, as_in, strength):
    penalty = NormBias(coefficient=0.3, squared_norm=target, as_in=as_in)

    expected = derivative(
        lambda at: strength * 0.3 * (squared_norms(at) - target).abs(), parameters()
    )

    torch.testing.assert_close(added_by(penalty), expected)


@pytest.mark.parametrize(("target", "sign"), [(1.0, 1), (1000.0, -1)], ids=["above", "below"])
def test_norm_bias_in_the_code_pulls_with_its_coefficient_towards_the_norm(target, sign):
    added = added_by(NormBias(coefficient=0.3, squared_norm=target))

    torch.testing.assert_close(added, [sign * 0.3 * p for p in parameters()])


def test_norm_bias_at_norm_zero_is_weight_decay():
    norm_bias = added_by(NormBias(coefficient=0.3, squared_norm=0))

    assert all(map(torch.equal, norm_bias, added_by(WeightDecay(coefficient=0.3))))


@pytest.mark.parametrize(("seed", "sign"), [(0, 1), (1, -1), (2, 0)], ids=["above", "below", "at"])
def test_each_seed_has_its_own_side_of_the_norm(seed, sign):
    at = [torch.tensor([[2.0, 0.0], [1.0, 0.0], [0.0, 1.5]]), torch.tensor([[1.0], [0.5], [0.5]])]

    added = added_by(NormBias(coefficient=0.5, squared_norm=2.5), at)

    torch.testing.assert_close([g[seed] for g in added], [sign * 0.5 * p[seed] for p in at])


def test_penalties_join_the_gradient_that_is_there():
    gradients = [torch.ones_like(p) for p in parameters()]

    WeightDecay(coefficient=0.3).add_to(gradients, parameters())

    torch.testing.assert_close(gradients, [1 + 0.3 * p for p in parameters()])


def test_a_negative_squared_norm_is_refused():
    with pytest.raises(SpecError, match="at least 0; got -1"):
        NormBias(coefficient=0.1, squared_norm=-1)
