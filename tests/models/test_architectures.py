"""What every architecture promises."""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass

import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional

import dltheory.models
from dltheory.errors import SpecError
from dltheory.experiments.run import canonical_json
from dltheory.models import (
    MLP,
    NTKMLP,
    VGG,
    AddedToBiases,
    BottleneckResNet,
    ConvNet,
    DenseNet,
    FixupResNet,
    He,
    Initialised,
    MobileNetV2,
    NTKConvNet,
    PaddedResNet,
    ResNet,
    Skipless,
    WideResNet,
    Zero,
)
from dltheory.models.mlp import hidden_layers
from dltheory.randomness import drawing_from, stream
from dltheory.training.seed_axis import Stack

SMALL, MIDDLE, LARGE = (2, 6, 6), (2, 9, 9), (2, 32, 32)
RESNET = ResNet(width=2, blocks=(1, 2))
PLAIN = WideResNet(stem=2, widening=2, blocks=1, batch_norm=False, skips=False)
CASES = {  # a small version of every architecture, and images that it takes
    "MLP": (MLP(hidden=(5, 4)), SMALL),
    "linear": (MLP(hidden=()), SMALL),
    "MLP, tanh, Glorot": (MLP(hidden=(5,), activation="tanh", initialisation="glorot"), SMALL),
    "MLP, no bend": (MLP(hidden=(5,), activation="identity", initialisation="lecun"), SMALL),
    "three layers": (ConvNet.three_layers(2), MIDDLE),
    "three layers, strides": (ConvNet.three_layers_in_strides(2), SMALL),
    "five layers": (ConvNet.five_layers(1), SMALL),
    "ten thousand": (ConvNet.ten_thousand(4), SMALL),
    "NTK": (NTKMLP(hidden=(5, 4)), SMALL),
    "NTK ConvNet": (NTKConvNet(width=4), MIDDLE),
    "NTK ConvNet, normalised": (NTKConvNet(width=1, batch_norm=True), MIDDLE),
    "wide": (WideResNet(stem=2, widening=2, blocks=1), SMALL),
    "wide, plain": (Initialised(model=PLAIN, by=He(fan="out", layers="convolutions")), SMALL),
    "ResNet": (RESNET, SMALL),
    "bottlenecks": (BottleneckResNet(width=1, blocks=(1, 2)), SMALL),
    "padded": (PaddedResNet(width=2, blocks=(1, 2)), SMALL),
    "Fixup": (FixupResNet(width=2, blocks=(1, 2)), SMALL),
    "skipless": (Skipless(model=RESNET), SMALL),
    "DenseNet": (DenseNet(growth=2, blocks=(1, 2)), SMALL),
    "DenseNet, quarters": (DenseNet(growth=2, blocks=(2, 1), cells=2), SMALL),
    "MobileNetV2": (MobileNetV2(width=1 / 32), SMALL),
    "VGG": (VGG(width=1), LARGE),
    "He": (Initialised(model=RESNET, by=He(fan="out", distribution="uniform")), SMALL),
    "Bias+20": (Initialised(model=RESNET, by=AddedToBiases(constant=20)), SMALL),
}
every_model = pytest.mark.parametrize(("model", "shape"), CASES.values(), ids=CASES.keys())
every_description = pytest.mark.parametrize(
    "model", [model for model, _ in CASES.values()], ids=CASES.keys()
)


def built(model, seed=0, shape=SMALL, classes=3):
    with drawing_from(stream(seed, "init")):
        return model.build(shape, classes)


def flat(network):
    return torch.cat([p.detach().flatten() for p in network.parameters()])


def images(shape=SMALL, seed=1):
    return torch.randn(4, *shape, generator=stream(seed, "data"))


@every_model
def test_one_seed_gives_one_network(model, shape):
    assert torch.equal(flat(built(model, 3, shape)), flat(built(model, 3, shape)))


@every_model
def test_another_seed_gives_another_network(model, shape):
    assert not torch.equal(flat(built(model, 3, shape)), flat(built(model, 4, shape)))


@every_model
def test_building_from_a_stream_leaves_the_global_generator_alone(model, shape):
    before = torch.get_rng_state()

    built(model, shape=shape)

    assert torch.equal(torch.get_rng_state(), before)


@every_model
def test_there_is_one_logit_per_class(model, shape):
    assert built(model, shape=shape)(images(shape)).shape == (4, 3)


@every_model
def test_a_network_computes_in_double_precision(model, shape):
    logits = built(model, shape=shape).double()(images(shape).double())

    assert logits.dtype == torch.float64


@every_model
def test_in_evaluation_mode_each_image_is_judged_by_itself(model, shape):
    network, together = built(model, shape=shape).eval().double(), images(shape).double()

    apart = torch.cat([network(image[None]) for image in together])

    torch.testing.assert_close(network(together), apart)


@every_model
def test_networks_that_are_stacked_by_seed_train_as_they_do_alone(model, shape):
    networks = [built(model, seed, shape).double().train() for seed in (0, 1, 2)]
    stack = Stack.of(networks)
    parameters = {k: v.requires_grad_() for k, v in stack.parameters.items()}
    batches = torch.stack([images(shape, seed).double() for seed in (0, 1, 2)])

    together = torch.stack([loss(logits) for logits in stack(batches)])
    gradients = torch.autograd.grad(together.sum(), list(parameters.values()))

    for i, network in enumerate(networks):
        alone = loss(network(batches[i]))
        lone = torch.autograd.grad(alone, list(network.parameters()))
        torch.testing.assert_close(together[i], alone)
        for ours, theirs in zip(gradients, lone, strict=True):
            torch.testing.assert_close(ours[i], theirs)
        for name, buffer in network.named_buffers():
            torch.testing.assert_close(stack.buffers[name][i], buffer)


def loss(logits):
    return functional.cross_entropy(logits, torch.tensor([0, 1, 2, 0]))


@every_model
def test_the_narrow_version_learns_a_few_digits(model, shape):
    zoom = 4 if shape == LARGE else 2
    network = built(model.narrowed(), shape=(1, 8 * zoom, 8 * zoom), classes=10)
    digits = load_digits()
    pixels = torch.from_numpy(digits.images[:30]).float()[:, None] / 8 - 1
    pixels = pixels.repeat_interleave(zoom, 2).repeat_interleave(zoom, 3)
    labels = torch.from_numpy(digits.target[:30])
    optimiser = torch.optim.Adam(network.parameters(), lr=0.03)

    losses = []
    for _ in range(16):
        losses.append(functional.cross_entropy(network(pixels), labels))
        optimiser.zero_grad()
        losses[-1].backward()
        optimiser.step()

    assert losses[-1] < 0.9 * losses[0]


@every_description
def test_a_description_survives_json(model):
    assert revived(json.loads(canonical_json(model))) == model


def revived(described):
    """A description from the JSON that names its type."""
    if isinstance(described, dict):
        fields = {k: revived(v) for k, v in described.items() if k != "type"}
        return getattr(dltheory.models, described["type"])(**fields)
    return tuple(map(revived, described)) if isinstance(described, list) else described


@every_model
def test_a_narrow_version_is_as_deep_and_no_larger(model, shape):
    wide, narrow = (built(m, shape=shape) for m in (model, model.narrowed()))

    assert [type(m) for m in narrow.modules()] == [type(m) for m in wide.modules()]
    assert len(flat(narrow)) <= len(flat(wide))


@pytest.mark.parametrize(
    ("model", "text"),
    [
        (
            MLP(hidden=(5, 4)),
            '{"activation":"relu","hidden":[5,4],"initialisation":"uniform","type":"MLP"}',
        ),
        (ResNet(width=2, blocks=(1,)), '{"blocks":[1],"type":"ResNet","width":2}'),
    ],
    ids=["MLP", "ResNet"],
)
def test_the_canonical_text_of_a_description_is_pinned(model, text):
    assert canonical_json(model) == text


# ── initialisation ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("initialisation", "variance"),
    [("glorot", 2 / (300 + 500)), ("lecun", 1 / 300), ("uniform", 1 / (3 * 300))],
)
def test_weights_have_the_variance_of_their_initialisation(initialisation, variance):
    model = MLP(hidden=(500,), initialisation=initialisation)

    weights = built(model, shape=(300,))[1].weight.detach().double()

    # The variance of 150,000 draws has a relative standard error of at most sqrt(2/150,000).
    assert float(weights.var()) == pytest.approx(variance, rel=5 * (2 / 150_000) ** 0.5)
    assert abs(float(weights.mean())) < 5 * (variance / 150_000) ** 0.5


@pytest.mark.parametrize("initialisation", ["glorot", "lecun"])
def test_normal_initialisations_have_no_biases(initialisation):
    network = built(MLP(hidden=(5,), initialisation=initialisation))

    assert not network[1].bias.any()
    assert not network[3].bias.any()


@pytest.mark.parametrize(
    ("activation", "function"),
    [("relu", torch.relu), ("tanh", torch.tanh), ("identity", lambda z: z)],
)
def test_an_mlp_is_affine_maps_with_the_nonlinearity_between(activation, function):
    network = built(MLP(hidden=(5,), activation=activation))
    x = images().flatten(1)

    hidden = function(x @ network[1].weight.T + network[1].bias)

    torch.testing.assert_close(network(images()), hidden @ network[3].weight.T + network[3].bias)


# ── shape of the residual network ─────────────────────────────────────────────────────────────


def test_each_stage_halves_the_map_and_doubles_the_filters():
    network = built(ResNet(width=2, blocks=(2, 1, 1)), shape=(3, 16, 16))
    sizes, z = [], torch.zeros(1, 3, 16, 16)

    for layer in network[:7]:
        z = layer(z)
        sizes.append(tuple(z.shape[1:]))

    assert sizes[2:] == [(2, 16, 16)] * 3 + [(4, 8, 8), (8, 4, 4)]


def test_a_residual_block_without_weights_passes_the_shortcut():
    block = built(ResNet(width=2, blocks=(1,)))[3].eval()
    for parameter in block.parameters():
        parameter.data.zero_()
    x = images()

    torch.testing.assert_close(block(x), x.relu())


def test_hidden_layers_are_the_inputs_of_the_nonlinearities():
    network = built(MLP(hidden=(5, 4)))

    first, second = hidden_layers(network, images())

    torch.testing.assert_close(first, network[:2](images()))
    torch.testing.assert_close(second, network[:4](images()))


# ── what is refused ───────────────────────────────────────────────────────────────────────────


def test_an_empty_hidden_layer_is_refused():
    with pytest.raises(SpecError, match=r"got widths \(5, 0\)"):
        MLP(hidden=(5, 0))


@pytest.mark.parametrize(("width", "blocks"), [(0, (1,)), (4, ()), (4, (1, 0))])
def test_an_empty_stage_is_refused(width, blocks):
    with pytest.raises(SpecError, match=rf"got width {width} and blocks \({str(blocks)[1:-1]}\)"):
        ResNet(width=width, blocks=blocks)


# ── promises that are broken ──────────────────────────────────────────────────────────────────


@dataclass
class Broken:
    """A model whose network is whatever this function of inputs and classes makes."""

    make: Callable[[int, int], nn.Module]

    def build(self, shape, classes):
        return nn.Sequential(nn.Flatten(), self.make(math.prod(shape), classes))


class Tempered(nn.Linear):
    """Multiplies by a random number of its own that is neither a parameter nor a buffer."""

    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs)
        self.factor = float(torch.rand(()))

    def forward(self, x):
        return self.factor * super().forward(x)


class Single(nn.Linear):
    def forward(self, x):
        return super().forward(x).float()


class Centred(nn.Linear):
    def forward(self, x):
        return super().forward(x - x.mean(dim=0))


def unseeded(inputs, outputs):
    linear = nn.Linear(inputs, outputs)
    nn.init.normal_(linear.weight, generator=fresh_generator())
    return linear


def fresh_generator():
    generator = torch.Generator()
    generator.seed()
    return generator


@pytest.mark.parametrize(
    ("promise", "broken"),
    [
        (test_one_seed_gives_one_network, Broken(unseeded)),
        (test_another_seed_gives_another_network, Initialised(model=MLP(hidden=()), by=Zero())),
        (test_there_is_one_logit_per_class, Broken(lambda i, o: nn.Linear(i, o + 1))),
        (test_a_network_computes_in_double_precision, Broken(Single)),
        (test_in_evaluation_mode_each_image_is_judged_by_itself, Broken(Centred)),
        (test_networks_that_are_stacked_by_seed_train_as_they_do_alone, Broken(Tempered)),
    ],
)
def test_a_broken_promise_is_noticed(promise, broken):
    with pytest.raises(AssertionError):
        promise(broken, SMALL)
