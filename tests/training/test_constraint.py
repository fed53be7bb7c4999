"""Parameters that are held to a set."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dltheory.errors import SpecError
from dltheory.models import MLP, ResNet
from dltheory.training import SGD, FixedNorm, Unconstrained, WeightDecay
from dltheory.training import constraint as constraints
from dltheory.training.penalty import squared_norms
from tests.mutation import mutant
from tests.training.plain_loop import Recipe, start, trained

SEEDS = (4, 0)
RECIPE = Recipe(
    model=ResNet(width=2, blocks=(1,)),
    optimiser=SGD(learning_rate=0.1, momentum=0.9, batch_size=7),
    constraint=FixedNorm(squared_norm=30.0),
)


def examples():
    generator = torch.Generator().manual_seed(1)
    images = torch.randn(20, 1, 4, 4, generator=generator, dtype=torch.float64)
    return images, torch.randint(3, (20,), generator=generator)


def parameters():
    return list(start(RECIPE, examples()[0], SEEDS).stack.parameters.values())


def check_fixed_norm(module, target):
    """Every seed has the norm, and each parameter is a multiple of what it was."""
    before, after = parameters(), parameters()
    module.FixedNorm(squared_norm=target).apply_to(after)
    torch.testing.assert_close(
        squared_norms(after), torch.full((2,), target, dtype=torch.float64), rtol=1e-12, atol=0
    )
    factors = (target / squared_norms(before)).sqrt()
    for old, new in zip(before, after, strict=True):
        expected = old * factors.view(-1, *[1] * (old.dim() - 1))
        torch.testing.assert_close(new, expected, rtol=1e-12, atol=0)


@given(st.floats(1e-3, 1e4))
def test_a_fixed_norm_rescales_all_parameters_of_a_seed_alike(target):
    check_fixed_norm(constraints, target)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        (".sqrt()", ""),
        ("squared_norms(parameters))", "squared_norms(parameters).mean())"),
        ("parameter.mul_(factors", "parameter.mul_(1 / factors"),
    ],
)
def test_a_fault_in_the_fixed_norm_is_noticed(healthy, faulty):
    with pytest.raises((AssertionError, RuntimeError)):
        check_fixed_norm(mutant(constraints, healthy, faulty), 30.0)


def test_the_norm_holds_after_training():
    progress = trained(RECIPE, examples(), SEEDS)

    norms = squared_norms(list(progress.stack.parameters.values()))
    assert norms.tolist() == pytest.approx([30, 30], rel=1e-12)


def test_without_a_constraint_the_norm_moves():
    progress = trained(replace(RECIPE, constraint=Unconstrained()), examples(), SEEDS)

    norms = squared_norms(list(progress.stack.parameters.values()))
    assert (norms - 30).abs().min() > 0.1


def test_a_constrained_step_is_the_step_and_then_the_projection():
    one_step = replace(
        RECIPE,
        model=MLP(hidden=(5,)),
        epochs=1,
        optimiser=SGD(learning_rate=0.1, batch_size=20),
        penalty=WeightDecay(coefficient=0.1),
    )

    found = trained(one_step, examples(), SEEDS).stack.parameters

    free = trained(replace(one_step, constraint=Unconstrained()), examples(), SEEDS).stack
    with torch.no_grad():
        RECIPE.constraint.apply_to(list(free.parameters.values()))
    torch.testing.assert_close(found, free.parameters, rtol=1e-12, atol=0)


@pytest.mark.parametrize("squared_norm", [0.0, -1.0, float("nan")])
def test_a_norm_that_no_network_has_is_refused(squared_norm):
    with pytest.raises(SpecError, match="above 0; got"):
        FixedNorm(squared_norm=squared_norm)
