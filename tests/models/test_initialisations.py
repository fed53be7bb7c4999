"""Initialisations against torch.nn.init and the words of the papers, with planted faults."""

import pytest
import torch
from torch import nn

from dltheory.errors import SpecError
from dltheory.models import (
    MLP,
    AddedToBiases,
    ConvNet,
    EmbeddedLinear,
    GlorotNormal,
    He,
    Initialised,
    LeCunNormal,
    Normal,
    ResNet,
    UniformBiases,
    UniformScales,
    Zero,
    initialisations,
)
from dltheory.randomness import drawing_from, stream
from tests.mutation import mutant

CONV = ConvNet(filters=(4, 6), strides=(1, 2), hidden=(5,))
RESNET = ResNet(width=2, blocks=(1, 1))


def begun(model, by=None, shape=(2, 8, 8)):
    """The parameters of a network with seed 0, by name."""
    described = model if by is None else Initialised(model=model, by=by)
    with drawing_from(stream(0, "init")):
        network = described.build(shape, 3)
    return {name: p.detach() for name, p in network.named_parameters()}


def by_torch(initialise, model=CONV, of=lambda weight: weight.ndim > 1):
    """The same with the weights redrawn by torch.nn.init, in order, and biases 0."""
    with drawing_from(stream(0, "init")):
        network = model.build((2, 8, 8), 3)
        for name, parameter in network.named_parameters():
            if "bias" in name:
                nn.init.zeros_(parameter)
            elif of(parameter):
                initialise(parameter)
    return {name: p.detach() for name, p in network.named_parameters()}


def assert_same(ours, theirs):
    assert ours.keys() == theirs.keys()
    for name, value in ours.items():
        torch.testing.assert_close(value, theirs[name])


# ── against torch.nn.init ─────────────────────────────────────────────────────────────────────


def check_he(module):
    for fan, mode in (("in", "fan_in"), ("out", "fan_out")):
        options = {"mode": mode, "nonlinearity": "relu"}
        assert_same(
            begun(CONV, module.He(fan=fan)),
            by_torch(lambda w, o=options: nn.init.kaiming_normal_(w, **o)),
        )
        assert_same(
            begun(CONV, module.He(fan=fan, distribution="uniform")),
            by_torch(lambda w, o=options: nn.init.kaiming_uniform_(w, **o)),
        )


def check_he_of_convolutions(module):
    ours = begun(CONV, module.He(layers="convolutions"))
    convolutions = by_torch(
        lambda w: nn.init.kaiming_normal_(w, nonlinearity="relu"), of=lambda w: w.ndim == 4
    )
    assert_same(ours, convolutions)


def check_glorot(module):
    assert_same(begun(CONV, module.GlorotNormal()), by_torch(nn.init.xavier_normal_))


def check_lecun(module):
    lecun = by_torch(lambda w: nn.init.kaiming_normal_(w, nonlinearity="linear"))
    assert_same(begun(CONV, module.LeCunNormal()), lecun)


# ── as the papers ran them ────────────────────────────────────────────────────────────────────


def check_normal(module):
    """N(0, σ²) on the three weights; the one bias as PyTorch draws it."""
    model = ConvNet.three_layers(4)
    before, after = (
        begun(model, shape=(2, 12, 12)),
        begun(model, module.Normal(sigma=0.3), (2, 12, 12)),
    )
    weights = torch.cat([after[name].flatten() for name in after if "weight" in name])
    assert len(after) == 4
    assert torch.equal(after["0.bias"], before["0.bias"])
    # The relative deviation of a variance of n normal draws is sqrt(2/n).
    assert float(weights.var()) == pytest.approx(0.09, rel=5 * (2 / len(weights)) ** 0.5)


def check_zero(module):
    assert not any(value.any() for value in begun(RESNET, module.Zero()).values())


def check_added_biases(module):
    before, after = begun(RESNET), begun(RESNET, module.AddedToBiases(constant=20.0))
    shifts = {name: float((after[name] - before[name]).mean()) for name in before}
    assert shifts == {name: 20.0 if "bias" in name else 0.0 for name in before}
    assert sum("bias" in name for name in before) == 6 + 1  # of batch normalisation, of the head


def check_uniform_biases(module):
    before, after = begun(RESNET), begun(RESNET, module.UniformBiases(bound=50.0))
    biases = torch.cat([after[name] for name in after if "bias" in name])
    assert_same(*({n: v for n, v in d.items() if "bias" not in n} for d in (before, after)))
    # Of n = 21 draws from U(±50) all lie within, and some beyond ±30 on both sides (1 − 2 · 0.8ⁿ).
    assert -50 <= float(biases.min()) < -30
    assert 30 < float(biases.max()) <= 50
    assert len(biases) == 5 * 2 + 2 * 4 + 3 - 2 * 2 + 4


def check_uniform_scales(module):
    before, after = begun(RESNET), begun(RESNET, module.UniformScales())
    scales = [n for n in before if before[n].ndim == 1 and bool((before[n] == 1).all())]
    values = torch.cat([after[n] for n in scales])
    assert len(scales) == 6
    assert 0 <= float(values.min()) < 0.3
    assert 0.7 < float(values.max()) <= 1
    assert_same(*({n: v for n, v in d.items() if n not in scales} for d in (before, after)))


def check_embedding(module):
    """The logits are those of the last layer alone, where inputs are at least −2."""
    model = Initialised(model=MLP(hidden=(9, 8, 9)), by=module.EmbeddedLinear(offset=2.0))
    with drawing_from(stream(0, "init")):
        network = model.build((7,), 3).double()
    last = begun(MLP(hidden=(9, 8, 9)), shape=(7,))["7.weight"].double()
    bias = begun(MLP(hidden=(9, 8, 9)), shape=(7,))["7.bias"].double()
    x = 4 * torch.rand(20, 7, generator=stream(1, "data")).double() - 2

    torch.testing.assert_close(network(x), x @ last[:, :7].T + bias)
    assert not torch.allclose(network(x - 2), (x - 2) @ last[:, :7].T + bias)
    torch.testing.assert_close(network[1].bias, torch.full((9,), 2.0).double())
    assert not network[3].bias.any()


CHECKS = [
    check_he,
    check_he_of_convolutions,
    check_glorot,
    check_lecun,
    check_normal,
    check_zero,
    check_added_biases,
    check_uniform_biases,
    check_uniform_scales,
    check_embedding,
]


@pytest.mark.parametrize("check", CHECKS)
def test_a_network_begins_as_described(check):
    check(initialisations)


@pytest.mark.parametrize(
    ("check", "healthy", "faulty"),
    [
        (check_he, "math.sqrt(2 / (fan_in", "math.sqrt(1 / (fan_in"),
        (check_he, 'self.fan == "in"', 'self.fan == "out"'),
        (check_he, "-math.sqrt(3) * std", "-std"),
        (check_he_of_convolutions, 'or self.layers == "all"', "or True"),
        (check_glorot, "2 / sum(_fans", "1 / sum(_fans"),
        (check_glorot, "inputs * math.prod(kernel)", "inputs"),
        (check_lecun, "_fans(layer.weight)[0]", "_fans(layer.weight)[1]"),
        (check_normal, "normal_(std=self.sigma)", "normal_(std=self.sigma**2)"),
        (check_zero, "parameter.zero_()", "parameter.ndim > 1 and parameter.zero_()"),
        (check_added_biases, "bias.add_(self.constant)", "bias.fill_(self.constant)"),
        (check_added_biases, 'if "bias" in name', 'if name.endswith("x")'),
        (check_uniform_biases, "uniform_(-self.bound, self.bound)", "uniform_(0, self.bound)"),
        (check_uniform_scales, "and module.affine", "and not module.affine"),
        (check_embedding, "carried = layer.weight @ carried", "pass"),
        (check_embedding, "fill_(self.offset)", "fill_(1.0)"),
        (check_embedding, "            bias.zero_()\n", ""),
    ],
)
def test_a_fault_in_an_initialisation_is_noticed(check, healthy, faulty):
    with pytest.raises(AssertionError):
        check(mutant(initialisations, healthy, faulty))


def test_initialisations_follow_one_another():
    he = Initialised(model=RESNET, by=He())

    moved = begun(he, AddedToBiases(constant=3.0))

    still = begun(RESNET, He())
    assert_same(moved, {n: v + 3 if "bias" in n else v for n, v in still.items()})


def test_what_an_initialisation_leaves_alone_is_as_without_it():
    before, after = begun(CONV), begun(CONV, UniformBiases(bound=1.0))

    assert_same(*({n: v for n, v in d.items() if "bias" not in n} for d in (before, after)))


def test_the_global_generator_is_left_alone():
    before = torch.get_rng_state()

    for by in (He(), GlorotNormal(), LeCunNormal(), Normal(sigma=1.0), UniformScales(), Zero()):
        begun(RESNET, by)

    assert torch.equal(torch.get_rng_state(), before)


def test_a_narrowed_model_keeps_its_initialisation():
    wide = Initialised(model=MLP(hidden=(99,)), by=EmbeddedLinear())

    assert wide.narrowed() == Initialised(model=MLP(hidden=(16,)), by=EmbeddedLinear())
    assert begun(wide.narrowed(), shape=(20,))["3.weight"].shape == (3, 16)


# ── what is refused ───────────────────────────────────────────────────────────────────────────


def test_a_negative_deviation_is_refused():
    with pytest.raises(SpecError, match=r"0 or more; got sigma -0\.1"):
        Normal(sigma=-0.1)


def test_an_empty_range_of_biases_is_refused():
    with pytest.raises(SpecError, match=r"positive bound; got bound 0\.0"):
        UniformBiases(bound=0.0)


@pytest.mark.parametrize(
    ("model", "layers"), [(MLP(hidden=()), r"'Linear'\] with 1"), (CONV, "'Conv2d', ")]
)
def test_a_linear_classifier_is_embedded_in_an_mlp_only(model, layers):
    with pytest.raises(SpecError, match=rf"at least two; got \[{layers}"):
        begun(model, EmbeddedLinear())
