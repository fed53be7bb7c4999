"""Stacks whose layers are known, against each network alone as PyTorch differentiates it."""

import copy

import pytest
import torch
from torch import nn

from dltheory.models import (
    MLP,
    NTKMLP,
    ConvNet,
    DenseNet,
    FixupResNet,
    PaddedResNet,
    ResNet,
    Skipless,
    WideResNet,
)
from dltheory.models.blocks import Concatenation, Residual, Scale, Shift, Sum
from dltheory.randomness import drawing_from, stream
from dltheory.training import stacked_layers, stacked_networks
from dltheory.training.seed_axis import Stack
from tests.mutation import mutant

SEEDS, BATCH, CLASSES = 3, 5, 4


def plain(*layers):
    return lambda: nn.Sequential(*copy.deepcopy(nn.ModuleList(layers)))


def built(model):
    return lambda: model.build((2, 8, 8), CLASSES)


NETWORKS = {
    "MLP": built(MLP(hidden=(6, 5))),
    "tanh MLP": built(MLP(hidden=(6,), activation="tanh")),
    "linear": built(MLP(hidden=())),
    "NTK MLP": built(NTKMLP(hidden=(6,))),
    "ConvNet": built(ConvNet(filters=(3, 4), strides=(1, 2))),
    "ConvNet, normalised": built(ConvNet.five_layers(2)),
    "ResNet": built(ResNet(width=2, blocks=(1, 1))),
    "Skipless": built(Skipless(model=ResNet(width=2, blocks=(1, 1)))),
    "PaddedResNet": built(PaddedResNet(width=2, blocks=(1, 1))),
    "FixupResNet": built(FixupResNet(width=2, blocks=(1, 1))),
    "WideResNet": built(WideResNet(blocks=1, stem=2)),
    "WideResNet, not normalised": built(WideResNet(blocks=1, stem=2, batch_norm=False)),
    "DenseNet": built(DenseNet(growth=2, blocks=(2, 2), cells=2)),
    "grouped convolution, pools": plain(
        nn.Conv2d(2, 4, 3, groups=2, dilation=2, padding=2),
        nn.Sigmoid(),
        nn.MaxPool2d(2),
        nn.AvgPool2d(2, stride=1),
        nn.Flatten(),
        nn.Linear(36, CLASSES),
    ),
    "a linear layer of pixels": plain(
        nn.Linear(8, 3),
        nn.ReLU(),
        nn.Conv2d(2, 2, 3),
        nn.Linear(1, 2),
        nn.Flatten(),
        nn.Linear(24, CLASSES),
    ),
    "sums of rows": plain(
        nn.Flatten(),
        Sum(nn.Sequential(nn.Linear(128, 128), nn.ReLU()), nn.Identity()),
        Residual(nn.Identity(), nn.Linear(128, 128)),
        Concatenation(nn.Linear(128, 3)),
        nn.BatchNorm1d(131, affine=False),
        nn.ReLU(),
        nn.Linear(131, CLASSES, bias=False),
    ),
    "sums of images that are not maps yet": plain(
        Residual(nn.Identity(), nn.Conv2d(2, 2, 3, padding=1)),
        Sum(nn.Conv2d(2, 2, 1), nn.Sequential(nn.Tanh(), Shift(), Scale(), nn.ReLU())),
        nn.BatchNorm2d(2, track_running_stats=False),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(128, CLASSES),
    ),
    "a gradient that two layers see": plain(
        nn.Flatten(),
        Sum(nn.Sequential(nn.Linear(128, 8), nn.ReLU()), nn.Linear(128, 8)),
        nn.ReLU(),
        Sum(nn.ReLU(), nn.Sequential(nn.ReLU(), nn.Linear(8, 8))),
        nn.Linear(8, CLASSES),
    ),
}
every_network = pytest.mark.parametrize("build", NETWORKS.values(), ids=NETWORKS.keys())
every_mode = pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])


def networks_of(build, *, training=True):
    found = []
    for seed in range(SEEDS):
        with drawing_from(stream(seed, "init")):
            network = build().double().train(training)
            for parameter in network.parameters():  # also those that begin at 0
                parameter.data += 0.1 * torch.randn_like(parameter)
            for name, buffer in network.named_buffers():
                if "running" in name:
                    buffer += torch.rand_like(buffer)
        found.append(network)
    return found


def inputs():
    generator = torch.Generator().manual_seed(1)
    images = torch.randn(SEEDS, BATCH, 2, 8, 8, generator=generator, dtype=torch.float64)
    by_logits = torch.randn(SEEDS, BATCH, CLASSES, generator=generator, dtype=torch.float64)
    return images, by_logits


def assert_agrees(networks, images, by_logits):
    stack = Stack.of(networks)
    logits, gradients = stack.recorded(images)
    found = gradients(by_logits)
    for seed, network in enumerate(networks):
        named = {n: p for n, p in network.named_parameters() if p.requires_grad}
        out = network(images[seed])
        expected = torch.autograd.grad(out, list(named.values()), by_logits[seed])
        torch.testing.assert_close(logits[seed], out.detach(), rtol=1e-10, atol=1e-11)
        for one, other in zip(found, expected, strict=True):
            torch.testing.assert_close(one[seed], other, rtol=1e-10, atol=1e-11)
        state = {name: tensor.detach() for name, tensor in network.state_dict().items()}
        torch.testing.assert_close(stack.state_of(seed), state, rtol=1e-10, atol=1e-11)


@every_network
@every_mode
def test_logits_gradients_and_running_statistics_are_those_of_each_network(build, training):
    assert_agrees(networks_of(build, training=training), *inputs())


@every_network
def test_each_of_these_networks_is_known(build):
    assert Stack.of(networks_of(build)).layer is not None


@every_network
def test_pytorch_differentiates_the_stack_by_its_images_as_each_network(build):
    networks = networks_of(build)
    images, by_logits = inputs()
    stack, seen = Stack.of(networks), images.clone().requires_grad_()

    (found,) = torch.autograd.grad(stack(seen), seen, by_logits)

    for seed, network in enumerate(networks):
        alone = images[seed].clone().requires_grad_()
        (expected,) = torch.autograd.grad(network(alone), alone, by_logits[seed])
        torch.testing.assert_close(found[seed], expected, rtol=1e-10, atol=1e-11)


@every_network
def test_images_that_all_seeds_share_have_the_logits_that_each_network_gives_them(build):
    networks = networks_of(build, training=False)
    images = inputs()[0][0]

    found = Stack.of(networks)(images.expand(SEEDS, *images.shape))

    expected = torch.stack([network(images) for network in networks])
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-11)


@every_network
def test_training_leaves_the_images_and_the_parameters_as_they_are(build):
    images, by_logits = inputs()
    stack = Stack.of(networks_of(build))
    before = {name: p.clone() for name, p in stack.parameters.items()}, images.clone()

    stack.recorded(images).gradients(by_logits)

    torch.testing.assert_close((stack.parameters, images), before, rtol=0, atol=0)


def test_gradients_lie_in_memory_as_the_parameters_do():
    images, by_logits = inputs()
    for build in NETWORKS.values():
        stack = Stack.of(networks_of(build))

        gradients = stack.recorded(images).gradients(by_logits)

        assert all(gradient.is_contiguous() for gradient in gradients)


def tied():
    network = nn.Sequential(
        nn.Flatten(),
        nn.Linear(128, 6),
        nn.ReLU(),
        nn.Linear(6, 6),
        nn.ReLU(),
        nn.Linear(6, 6),
        nn.Linear(6, CLASSES),
    )
    network[5].weight = network[3].weight
    return network


def frozen():
    network = tied()
    network[3].weight.requires_grad_(requires_grad=False)
    network[6].bias.requires_grad_(requires_grad=False)
    return network


@pytest.mark.parametrize("build", [tied, frozen])
def test_tied_and_frozen_parameters_get_the_gradients_of_each_network(build):
    networks = networks_of(build)

    assert_agrees(networks, *inputs())
    assert Stack.of(networks).layer is not None


class OwnReLU(nn.ReLU):
    """A class that is not torch's own."""


def with_hook():
    network = MLP(hidden=(6,)).build((2, 8, 8), CLASSES)
    network[1].register_forward_hook(lambda _, __, out: 2 * out)
    return network


def with_own_forward():
    network = MLP(hidden=(6,)).build((2, 8, 8), CLASSES)
    network[2].forward = torch.tanh
    return network


def with_computed_weight():
    network = MLP(hidden=(6,)).build((2, 8, 8), CLASSES)
    nn.utils.parametrizations.orthogonal(network[1])
    return network


UNKNOWN = {
    "a class of its own": plain(nn.Flatten(), nn.Linear(128, CLASSES), OwnReLU()),
    "a layer in place": plain(nn.Flatten(), nn.Linear(128, CLASSES), nn.ReLU(inplace=True)),
    "a flattening of something else": plain(nn.Flatten(2), nn.Flatten(), nn.Linear(128, CLASSES)),
    "circular padding": plain(
        nn.Conv2d(2, 1, 3, padding=1, padding_mode="circular"), nn.Flatten(), nn.Linear(64, CLASSES)
    ),
    "padding by name": plain(
        nn.Conv2d(2, 1, 3, padding="same"), nn.Flatten(), nn.Linear(64, CLASSES)
    ),
    "a hook": with_hook,
    "a forward pass of its own": with_own_forward,
    "a computed weight": with_computed_weight,
}


@pytest.mark.parametrize("build", UNKNOWN.values(), ids=UNKNOWN.keys())
def test_a_network_with_a_layer_that_is_not_known_is_stacked_all_the_same(build):
    networks = networks_of(build)
    images = inputs()[0]
    stack = Stack.of(networks)

    assert stack.layer is None
    expected = torch.stack([n(x) for n, x in zip(networks, images, strict=True)])
    torch.testing.assert_close(stack(images), expected, rtol=1e-10, atol=1e-11)


def test_batch_normalisation_refuses_one_number_of_each_channel():
    stack = Stack.of(networks_of(plain(nn.Flatten(), nn.BatchNorm1d(128))))

    with pytest.raises(ValueError, match="more than one number of each channel in training mode"):
        stack.recorded(inputs()[0][:, :1])


# ── planted faults ────────────────────────────────────────────────────────────────────────────

FAULTS = {
    "bias": ("by.sum(dim=1)", "by.mean(dim=1)", "MLP"),
    "weight": ("torch.bmm(by.mT, flat)", "torch.bmm(by.mT, flat).neg()", "MLP"),
    "activation": ("aten.tanh_backward(gradient, out)", "gradient", "tanh MLP"),
    "groups": ("x.seeds * module.groups", "x.seeds", "grouped convolution, pools"),
    "count": ("networks.tensors[count].add_(1)", "pass", "ResNet"),
    "mean of a map": ("(gradient / pixels)", "gradient", "ResNet"),
    "order of a flat map": (
        "return Activations(apart, x.seeds).in_order_of(x)",
        "return apart.flip(-1)",
        "ConvNet",
    ),
}


@pytest.mark.parametrize(("healthy", "faulty", "name"), FAULTS.values(), ids=FAULTS.keys())
def test_a_wrong_layer_is_noticed(healthy, faulty, name, monkeypatch):
    broken = mutant(stacked_layers, healthy, faulty)
    for kind in (nn.Linear, nn.Conv2d, nn.Tanh, nn.BatchNorm2d, nn.AdaptiveAvgPool2d, nn.Flatten):
        monkeypatch.setitem(stacked_layers.LAYERS, kind, broken.LAYERS[kind])

    with pytest.raises((AssertionError, RuntimeError)):
        assert_agrees(networks_of(NETWORKS[name]), *inputs())


def test_a_gradient_that_is_overwritten_where_another_layer_needs_it_is_noticed(monkeypatch):
    broken = mutant(
        stacked_networks,
        "fresh=place + 1 < len(kinds) and kinds[place + 1] in AFFINE",
        "fresh=True",
    )
    monkeypatch.setitem(stacked_networks.BLOCKS, nn.Sequential, broken.BLOCKS[nn.Sequential])
    monkeypatch.setitem(stacked_networks.BLOCKS, Sum, broken.BLOCKS[Sum])

    with pytest.raises(AssertionError):
        assert_agrees(networks_of(NETWORKS["a gradient that two layers see"]), *inputs())
