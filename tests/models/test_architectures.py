"""What every architecture promises, and the sizes that papers print."""

import json
from dataclasses import replace

import pytest
import torch

from dltheory.errors import SpecError
from dltheory.experiments.run import canonical_json
from dltheory.models import MLP, ResNet
from dltheory.models.mlp import hidden_layers
from dltheory.randomness import drawing_from, stream

CIFAR, MNIST = (3, 32, 32), (1, 28, 28)
MODELS = {
    "MLP": MLP(hidden=(5, 4)),
    "linear": MLP(hidden=()),
    "MLP, tanh, Glorot": MLP(hidden=(5,), activation="tanh", initialisation="glorot"),
    "MLP, identity, LeCun": MLP(hidden=(5,), activation="identity", initialisation="lecun"),
    "ResNet": ResNet(width=2, blocks=(1, 2)),
}
every_model = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS.keys())


def built(model, seed=0, shape=(2, 6, 6), classes=3):
    with drawing_from(stream(seed, "init")):
        return model.build(shape, classes)


def flat(network):
    return torch.cat([p.detach().flatten() for p in network.parameters()])


def images():
    return torch.randn(4, 2, 6, 6, generator=stream(1, "data"))


@pytest.mark.parametrize(
    ("model", "shape", "classes", "parameters"),
    [
        (ResNet(), CIFAR, 10, 11_173_962),
        (ResNet(), CIFAR, 100, 11_220_132),
        (MLP(hidden=(2048,) * 3), CIFAR, 10, 14_706_698),
        (MLP(hidden=(100,) * 3, initialisation="glorot"), MNIST, 10, 99_710),
        (MLP(hidden=()), MNIST, 10, 7_850),
    ],
    ids=["ResNet-18, 10", "ResNet-18, 100", "MLP of width 2048", "MLP-3-100", "linear"],
)
def test_the_number_of_parameters_is_the_printed_one(model, shape, classes, parameters):
    with torch.device("meta"):
        network = model.build(shape, classes)

    assert sum(p.numel() for p in network.parameters()) == parameters


@every_model
def test_one_seed_gives_one_network(model):
    assert torch.equal(flat(built(model, seed=3)), flat(built(model, seed=3)))


@every_model
def test_another_seed_gives_another_network(model):
    assert not torch.equal(flat(built(model, seed=3)), flat(built(model, seed=4)))


@every_model
def test_building_from_a_stream_leaves_the_global_generator_alone(model):
    before = torch.get_rng_state()

    built(model)

    assert torch.equal(torch.get_rng_state(), before)


@every_model
def test_there_is_one_logit_per_class(model):
    assert built(model)(images()).shape == (4, 3)


@every_model
def test_a_network_computes_in_double_precision(model):
    logits = built(model).double()(images().double())

    assert logits.dtype == torch.float64


@every_model
def test_in_evaluation_mode_each_image_is_judged_by_itself(model):
    network = built(model).eval().double()

    apart = torch.cat([network(image[None]) for image in images().double()])

    torch.testing.assert_close(network(images().double()), apart)


@every_model
def test_a_description_survives_json(model):
    described = json.loads(canonical_json(model))

    del described["type"]
    fields = {k: tuple(v) if isinstance(v, list) else v for k, v in described.items()}

    assert replace(model, **fields) == model


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
