"""Rescaled layers: the same function, another Hessian."""

import pytest
import torch
from torch import nn

from dltheory.errors import SpecError
from dltheory.models import MLP, ResNet
from dltheory.probes import rescaled_sharpness as module
from dltheory.probes.hessian_extremes import hessian_extremes
from dltheory.probes.rescaled_sharpness import rescaled_sharpness
from dltheory.randomness import drawing_from, stream
from tests.mutation import mutant

SHAPE, CLASSES, POINTS = (2, 4, 4), 3, 11


def data():
    images = torch.randn(POINTS, *SHAPE, generator=stream(2, "data"), dtype=torch.float64)
    return images, torch.randint(CLASSES, (POINTS,), generator=stream(3, "data"))


def network(spec):
    with drawing_from(stream(1, "init")):
        return spec.build(SHAPE, CLASSES).double().eval()


def measured(probe, model, **options):
    return probe(model, *data(), generator=stream(4, "probe/sharpness"), **options)


def test_a_factor_of_one_gives_the_largest_eigenvalue_itself():
    model = network(MLP(hidden=(5, 4)))

    plain = measured(hessian_extremes, model).largest

    assert measured(rescaled_sharpness, model, factor=1.0) == pytest.approx(plain, rel=1e-6)


@pytest.mark.parametrize("spec", [MLP(hidden=(5, 4)), ResNet(width=2, blocks=(1, 1))])
def test_the_block_of_the_divided_layer_grows_with_the_square_of_the_factor(spec):
    model = network(spec)

    large, larger = (measured(rescaled_sharpness, model, factor=f) for f in (1e3, 1e4))

    assert larger / large == pytest.approx(100, rel=0.01)


def same_function(probe_module):
    """Whether the network that is measured computes what was given."""
    model, seen = network(MLP(hidden=(5, 4))), []
    faithful = probe_module.hessian_extremes

    def noting(rescaled, *arguments, **options):
        seen.append(rescaled)
        return faithful(rescaled, *arguments, **options)

    probe_module.hessian_extremes = noting
    try:
        measured(probe_module.rescaled_sharpness, model, factor=7.0)
    finally:
        probe_module.hessian_extremes = faithful
    images, _ = data()
    return torch.allclose(seen[0](images), model(images), rtol=1e-12)


def test_the_function_is_kept():
    assert same_function(module)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("first.parameters(recurse=False)", "[first.weight]"),
        ("second.weight.mul_(factor)", "second.weight.mul_(1.0)"),
        ("return pairs[-1]", "return pairs[0][0], pairs[-1][1]"),
    ],
)
def test_planted_faults_change_the_function(healthy, faulty):
    assert not same_function(mutant(module, healthy, faulty))


def test_networks_without_such_layers_and_factors_below_zero_are_refused():
    with pytest.raises(SpecError, match="two affine layers"):
        measured(rescaled_sharpness, nn.Sequential(nn.Flatten(), nn.Linear(32, 3)).double())
    with pytest.raises(SpecError, match="positive factor"):
        measured(rescaled_sharpness, network(MLP(hidden=(4,))), factor=0.0)
