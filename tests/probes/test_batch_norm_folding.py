"""Folding batch normalisation: the same outputs without it, or a refusal."""

import copy

import pytest
import torch
from torch import nn

from dltheory.errors import SpecError
from dltheory.models import ResNet
from dltheory.models.blocks import Residual
from dltheory.probes import _batch_norm_folding
from dltheory.probes._batch_norm_folding import weights_before_batch_norm, without_batch_norm
from dltheory.randomness import drawing_from, stream
from tests.mutation import mutant

NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)


def conv(inputs, outputs, *, bias=True, groups=1):
    return nn.Conv2d(inputs, outputs, 3, padding=1, bias=bias, groups=groups)


def mlp():
    return nn.Sequential(
        nn.Flatten(), nn.Linear(32, 5), nn.BatchNorm1d(5), nn.ReLU(),
        nn.Linear(5, 4, bias=False), nn.BatchNorm1d(4, affine=False), nn.ReLU(), nn.Linear(4, 3),
    )  # fmt: skip


def nested():
    shared = nn.ReLU()
    stem = nn.Sequential(conv(2, 4), nn.Sequential(nn.BatchNorm2d(4, eps=0.1), shared))
    body = nn.Sequential(conv(4, 4, groups=2), nn.BatchNorm2d(4, affine=False))
    short = nn.Sequential(conv(4, 4, bias=False), nn.BatchNorm2d(4))
    return nn.Sequential(stem, Residual(body, short), shared, nn.Flatten(), nn.Linear(64, 3))


NETWORKS = {
    "linear layers": mlp,
    "a Sequential in a Sequential": nested,
    "a ResNet": lambda: ResNet(width=2, blocks=(1, 1)).build((2, 4, 4), 3),
    "nothing to fold": lambda: nn.Sequential(nn.Flatten(), nn.Linear(32, 3)),
}
every_network = pytest.mark.parametrize("build", NETWORKS.values(), ids=NETWORKS.keys())


def network(build):
    """With statistics, scales and shifts far from 0 and 1, and variances near ε."""
    generator = stream(1, "init")
    with drawing_from(generator):
        model = build().double()
    for module in model.modules():
        if isinstance(module, NORMS):
            module.running_mean.normal_(generator=generator)
            module.running_var.exponential_(10, generator=generator)
            for parameter in module.parameters():
                nn.init.normal_(parameter, generator=generator)
    return model


def images(count=7):
    return torch.randn(count, 2, 4, 4, generator=stream(2, "data"), dtype=torch.float64)


def folding_keeps_the_outputs(module, build):
    model = network(build)
    expected = copy.deepcopy(model).eval()(images())

    folded = module.without_batch_norm(model)

    assert not any(isinstance(part, NORMS) for part in folded.modules())
    torch.testing.assert_close(folded(images()), expected, rtol=1e-11, atol=1e-11)


@every_network
def test_the_folded_network_has_no_batch_normalisation_and_the_same_outputs(build):
    folding_keeps_the_outputs(_batch_norm_folding, build)


@every_network
def test_the_original_is_untouched(build):
    model = network(build)
    before, modes = copy.deepcopy(model.state_dict()), [m.training for m in model.modules()]

    without_batch_norm(model)

    assert [m.training for m in model.modules()] == modes
    torch.testing.assert_close(dict(model.state_dict()), dict(before), rtol=0, atol=0)


def test_layers_keep_their_names():
    folded = without_batch_norm(network(nested))

    weights = [name for name in folded.state_dict() if name.endswith("weight")]
    assert weights == ["0.0.weight", "1.body.0.weight", "1.shortcut.0.weight", "4.weight"]


def test_the_copy_may_have_another_precision():
    model = network(nested).float()

    folded = without_batch_norm(model, dtype=torch.float64)

    assert {p.dtype for p in folded.parameters()} == {torch.float64}
    assert {p.dtype for p in model.parameters()} == {torch.float32}


class Backwards(nn.Sequential):
    def forward(self, x):
        return self[0](self[1](x))


class Stem(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm = conv(2, 2), nn.BatchNorm2d(2)

    def forward(self, x):
        return self.norm(self.conv(x))


def twice():
    layer = conv(2, 2)
    return nn.Sequential(layer, nn.BatchNorm2d(2), layer)


REFUSED = {
    "a pre-activation": (
        lambda: nn.Sequential(conv(2, 2), nn.ReLU(), nn.BatchNorm2d(2), conv(2, 2)),
        "1 of 1 that cannot: 2 follows a ReLU",
    ),
    "the head of a block": (
        lambda: nn.Sequential(conv(2, 2), Residual(nn.Sequential(nn.BatchNorm2d(2)), conv(2, 2))),
        "1.body.0 follows nothing",
    ),
    "after a sum": (
        lambda: nn.Sequential(Residual(conv(2, 2), conv(2, 2)), nn.BatchNorm2d(2)),
        "1 follows a Residual",
    ),
    "by the batch": (
        lambda: nn.Sequential(conv(2, 2), nn.BatchNorm2d(2, track_running_stats=False)),
        "1 has no running statistics",
    ),
    "a forward of its own": (Backwards(conv(2, 2), nn.BatchNorm2d(2)).cpu, "1 follows nothing"),
    "another container": (Stem, "norm follows nothing"),
    "only itself": (lambda: nn.BatchNorm2d(2), "it follows nothing"),
    "a layer used twice": (twice, "1 is used 1 times and its layer 2 times"),
    "another width": (
        lambda: nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(2)), "normalises 2 of 5 channels",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("build", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_folded_exactly_is_refused(build, message):
    with pytest.raises(SpecError, match=message):
        without_batch_norm(build())


def test_weights_before_batch_normalisation_are_found_by_name():
    assert list(weights_before_batch_norm(network(nested))) == [
        "0.0.weight", "1.body.0.weight", "1.shortcut.0.weight",
    ]  # fmt: skip


def test_the_scale_of_filters_before_batch_normalisation_does_not_matter():
    model = network(nested)
    for module in model.modules():
        if isinstance(module, NORMS):
            module.eps = 0.0
    expected = copy.deepcopy(model).eval()(images())

    with torch.no_grad():
        for weight in weights_before_batch_norm(model).values():
            weight *= 7
        for module in model.modules():
            if isinstance(module, NORMS):
                module.running_var *= 49
                module.running_mean *= 7
            if isinstance(module, nn.Conv2d) and module.bias is not None:
                module.bias *= 7

    torch.testing.assert_close(model.eval()(images()), expected, rtol=1e-11, atol=1e-11)


FAULTS = {
    "variance without ε": (
        "        return fuse_linear_bn_eval(layer, norm)",
        "        norm.eps = 0.0\n        return fuse_linear_bn_eval(layer, norm)",
        mlp,
    ),
    "shift forgotten": (
        "    if isinstance(layer, nn.Linear):",
        "    norm.bias.data.zero_()\n    if isinstance(layer, nn.Linear):",
        mlp,
    ),
    "mean forgotten": (
        '    return fuse_conv_bn_eval(cast("nn.Conv2d", layer), norm)',
        "    norm.running_mean.zero_()\n    return fuse_conv_bn_eval(layer, norm)",
        nested,
    ),
    "normalisation kept": ("nn.Identity())", "norm.module)", nested),
    "a normalisation overlooked": ("yield from _chains(place.module)", "pass", nested),
    "no evaluation mode": ("plain_copy(model).to(", "plain_copy(model).train().to(", nested),
}


@pytest.mark.parametrize(("healthy", "faulty", "build"), FAULTS.values(), ids=FAULTS.keys())
def test_faults_in_folding_are_noticed(healthy, faulty, build):
    broken = mutant(_batch_norm_folding, healthy, faulty)

    with pytest.raises(AssertionError):
        folding_keeps_the_outputs(broken, build)
