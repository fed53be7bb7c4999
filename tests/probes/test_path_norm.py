"""The path norm against an enumeration of all paths."""

import itertools
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from dltheory.errors import SpecError
from dltheory.models import MLP, ResNet
from dltheory.models.blocks import Residual
from dltheory.probes import _path_sums
from dltheory.probes import path_norm as path_norm_module
from dltheory.probes._batch_norm_folding import without_batch_norm
from dltheory.probes.layer_norms import layer_norms
from dltheory.probes.path_norm import path_norm
from dltheory.randomness import drawing_from, stream
from tests.mutation import mutant

LABELS = torch.zeros(2, dtype=torch.int64)
IMAGES = torch.zeros(2, 1, 2, 2, dtype=torch.float64)


def built(model, shape=(1, 2, 2)):
    """In float64, with unusual statistics of batch normalisation."""
    generator = stream(1, "init")
    with drawing_from(generator):
        network = model() if callable(model) else model.build(shape, 2)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d) and module.track_running_stats:
            module.running_mean.normal_(generator=generator)
            module.running_var.exponential_(generator=generator)
            nn.init.normal_(module.weight, generator=generator)
            nn.init.normal_(module.bias, generator=generator)
    return network.double()


# ── oracle: every path, one by one ────────────────────────────────────────────────────────────


def matrix(module, shape):
    """The matrix of the linear part of a module, and its output's shape."""
    zero = torch.zeros(1, *shape, dtype=torch.float64)
    units = torch.eye(math.prod(shape), dtype=torch.float64).view(-1, *shape)
    with torch.no_grad():
        module.eval()
        columns = module(units) - module(zero)
    return columns.flatten(1).T.numpy(), columns.shape[1:]


def maximum(module, shape):
    """Which inputs each output of a max-pooling may be equal to."""
    units = torch.eye(math.prod(shape), dtype=torch.float64).view(-1, *shape)
    reached = module(units)
    return reached.flatten(1).T.numpy(), reached.shape[1:]


def ways(module, shape):
    """Every way through a network, as a list of matrices, and its output's shape."""
    if isinstance(module, nn.Sequential):
        found = [[]]
        for child in module:
            further, shape = ways(child, shape)
            found = [before + after for before in found for after in further]
        return found, shape
    if isinstance(module, Residual):
        body, out = ways(module.body, shape)
        shortcut, _ = ways(module.shortcut, shape)
        return body + shortcut, out
    if isinstance(module, nn.ReLU):
        return [[]], shape
    a, shape = (maximum if isinstance(module, nn.MaxPool2d | nn.AdaptiveMaxPool2d) else matrix)(
        module, shape
    )
    return [[a]], shape


def path_norm_by_enumeration(model, shape=(1, 2, 2), p=2):
    """Σ over ways and over sequences of units of Π |w|^p: no sum is shared by two paths."""
    total = 0.0
    for way in ways(model, shape)[0]:
        units = [range(way[0].shape[1]), *[range(a.shape[0]) for a in way]]
        for path in itertools.product(*units):
            steps = zip(way, itertools.pairwise(path), strict=True)
            total += math.prod(abs(a[j, i]) ** p for a, (i, j) in steps)
    return total ** (1 / p)


def conv(inputs, outputs, kernel=2, **options):
    return nn.Conv2d(inputs, outputs, kernel, **options)


NETWORKS = {
    "an MLP": MLP(hidden=(3, 4)),
    "a linear model": MLP(hidden=()),
    "convolutions": lambda: nn.Sequential(
        conv(1, 2, padding=1), nn.ReLU(), conv(2, 1, stride=2, dilation=2), nn.ReLU(),
        nn.Flatten(), nn.Linear(1, 2),
    ),
    "max-pooling": lambda: nn.Sequential(
        conv(1, 2, 1), nn.MaxPool2d(2, stride=1, padding=1), nn.Flatten(), nn.Linear(18, 2)
    ),
    "average pooling": lambda: nn.Sequential(
        conv(1, 2, padding=1), nn.AvgPool2d(2, stride=1), nn.AdaptiveAvgPool2d((1, 2)),
        nn.Flatten(), nn.Linear(4, 2),
    ),
    "batch normalisation": lambda: nn.Sequential(
        conv(1, 2, bias=False), nn.BatchNorm2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(2, 2)
    ),
    "a pre-activation": lambda: nn.Sequential(
        nn.BatchNorm2d(1), nn.ReLU(), conv(1, 2), nn.Flatten(), nn.Linear(2, 2)
    ),
    "a residual block": lambda: nn.Sequential(
        Residual(nn.Sequential(conv(1, 1, 1), nn.ReLU(), conv(1, 1, 1)), nn.Identity()),
        Residual(nn.Sequential(conv(1, 2)), nn.Sequential(conv(1, 2), nn.BatchNorm2d(2))),
        nn.Flatten(), nn.Linear(2, 2),
    ),
    "strides": lambda: nn.Sequential(
        conv(1, 2, padding=1, stride=2), nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(2, 2)
    ),
    "dropout": lambda: nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(4, 2)),
}  # fmt: skip
every_network = pytest.mark.parametrize("model", NETWORKS.values(), ids=NETWORKS.keys())


def path_norm_is_that_of_all_paths(probe, model):
    for p in (2, 1):
        expected = path_norm_by_enumeration(built(model), p=p)

        assert probe(built(model), IMAGES, LABELS, p=p) == pytest.approx(expected, rel=1e-12)


@every_network
def test_the_path_norm_is_that_of_all_paths(model):
    path_norm_is_that_of_all_paths(path_norm, model)


def test_paths_from_biases_are_those_from_a_constant_input():
    model = built(MLP(hidden=(3, 4)))
    first, second, third = [layer for layer in model if isinstance(layer, nn.Linear)]
    with torch.no_grad():
        extended = nn.Sequential(nn.Linear(5, 4), nn.Linear(4, 5), nn.Linear(5, 2)).double()
        for wide, layer in zip(extended, (first, second, third), strict=True):
            wide.weight.zero_()
            wide.weight[: layer.out_features] = torch.cat([layer.weight, layer.bias[:, None]], 1)
        extended[0].weight[-1, -1] = extended[1].weight[-1, -1] = 1
    all_paths = path_norm_by_enumeration(extended, shape=(5,))

    assert path_norm(model, IMAGES, LABELS, biases=True) == pytest.approx(all_paths, rel=1e-12)
    assert path_norm(model, IMAGES, LABELS) < 0.9 * all_paths


@pytest.mark.parametrize("biases", [False, True])
def test_batch_normalisation_counts_as_folded_into_the_weights(biases):
    model, images = built(ResNet(width=2, blocks=(1, 1)), (1, 6, 6)), IMAGES.new_zeros(2, 1, 6, 6)

    folded = path_norm(without_batch_norm(model), images, LABELS, biases=biases)

    found = path_norm(model, images, LABELS, biases=biases)
    assert found == pytest.approx(folded, rel=1e-12)


FAULTS = {
    "weights not squared": (
        "weight.double().abs() ** self.p", "weight.double().abs()", MLP(hidden=(3,))),
    "signs kept": (
        "weight.double().abs() ** self.p", "weight.double() ** self.p", MLP(hidden=(3,))),
    "biases counted": (
        "self._power(bias) if self.biases and", "self._power(bias) if", MLP(hidden=(3,))),
    "ε forgotten": ("(running_var.double() + eps)", "running_var.double()", "batch normalisation"),
    "variance for deviation": (".rsqrt()", ".reciprocal()", "batch normalisation"),
    "shift counted": ("if not self.biases:", "if False:", "batch normalisation"),
    "average of the squares": ("/ divisor**self.p", "/ divisor", "average pooling"),
    "adaptive average of the squares": (
        "math.prod(window) ** self.p", "math.prod(window)", "average pooling"),
    "largest path only": (
        "return _window_sums(x, _pair(kernel_size), stride, padding, dilation)",
        "return functional.max_pool2d(x, kernel_size, stride, padding)", "max-pooling"),
    "stride and dilation forgotten": (
        "self._bias(bias), *geometry)", "self._bias(bias), 1, geometry[1])", "strides"),
    "shortcut forgotten": ("return one + other", "return one", "a residual block"),
}  # fmt: skip


@pytest.mark.parametrize(("healthy", "faulty", "model"), FAULTS.values(), ids=FAULTS.keys())
def test_faults_in_path_sums_are_noticed(healthy, faulty, model, monkeypatch):
    broken = mutant(_path_sums, healthy, faulty)
    monkeypatch.setattr(path_norm_module, "SummingPaths", broken.SummingPaths)

    with pytest.raises(AssertionError):
        path_norm_is_that_of_all_paths(path_norm, NETWORKS.get(model, model))


def test_a_forgotten_root_is_noticed():
    broken = mutant(path_norm_module, "float(sums.sum()) ** (1 / p)", "float(sums.sum())")

    with pytest.raises(AssertionError):
        path_norm_is_that_of_all_paths(broken.path_norm, MLP(hidden=(3,)))


# ── algebra ───────────────────────────────────────────────────────────────────────────────────


def rescaled(factors):
    """The same function: each hidden unit's inputs times c, its outputs over c."""
    model = built(MLP(hidden=(4,)))
    c = torch.tensor(factors, dtype=torch.float64)
    with torch.no_grad():
        model[1].weight *= c[:, None]
        model[1].bias *= c
        model[3].weight /= c
    return model


@given(st.lists(st.floats(0.01, 100), min_size=4, max_size=4), st.sampled_from([1, 2]))
def test_rescaling_hidden_units_changes_neither_outputs_nor_the_path_norm(factors, p):
    before, after = built(MLP(hidden=(4,))), rescaled(factors)
    x = torch.randn(5, 1, 2, 2, generator=stream(0, "data"), dtype=torch.float64)

    torch.testing.assert_close(after(x), before(x), rtol=1e-11, atol=1e-11)
    for biases in (False, True):
        found = path_norm(after, IMAGES, LABELS, p=p, biases=biases)
        expected = path_norm(before, IMAGES, LABELS, p=p, biases=biases)
        assert found == pytest.approx(expected, rel=1e-12)


def test_rescaling_hidden_units_changes_the_frobenius_norms():
    before = layer_norms(built(MLP(hidden=(4,))), IMAGES, LABELS)
    after = layer_norms(rescaled([3.0, 1.0, 1.0, 0.5]), IMAGES, LABELS)

    assert float((after / before - 1).abs().min()) > 0.01


@given(st.floats(-10, 10))
def test_the_path_norm_is_homogeneous_of_the_degree_of_the_depth(factor):
    model = built(MLP(hidden=(3, 3)))
    before = path_norm(model, IMAGES, LABELS)

    for parameter in model.parameters():
        parameter.data *= factor

    found = path_norm(model, IMAGES, LABELS)
    assert found == pytest.approx(abs(factor) ** 3 * before, rel=1e-11, abs=1e-100)


def test_the_path_norm_is_at_most_the_product_of_frobenius_norms():
    model = built(MLP(hidden=(3, 4)))

    norms = layer_norms(model, IMAGES, LABELS, first_bias=False)

    assert path_norm(model, IMAGES, LABELS) < float(norms.prod())


@given(st.integers(0, 1000))
def test_the_path_norm_with_p_1_bounds_the_outputs(seed):
    model = built(ResNet(width=2, blocks=(1, 1)), (1, 6, 6)).eval()
    x = torch.randn(5, 1, 6, 6, generator=stream(seed, "data"), dtype=torch.float64)
    labels = torch.zeros(5, dtype=torch.int64)

    sums = model(x).detach().abs().sum(dim=1)
    bound = path_norm(model, x, labels, p=1, biases=True) * max(1, float(x.abs().max()))

    assert float(sums.max()) <= bound


def test_networks_in_float32_are_summed_in_float64():
    model = built(MLP(hidden=(3,))).float()

    expected = path_norm_by_enumeration(model.double())

    assert path_norm(model.float(), IMAGES.float(), LABELS) == pytest.approx(expected, rel=1e-12)


# ── refusals ──────────────────────────────────────────────────────────────────────────────────


class Odd(nn.Module):
    def __init__(self, forward):
        super().__init__()
        self.inside = nn.Linear(4, 2)
        self.shift = nn.Parameter(torch.ones(4))
        self.odd = forward

    def forward(self, x):
        return self.inside(self.odd(self, x.flatten(1)))


def odd(forward):
    return lambda: Odd(forward)


REFUSED = {
    "another nonlinearity": (MLP(hidden=(3,), activation="tanh"), "calls 'tanh'"),
    "a function inside a forward": (odd(lambda _, x: functional.softplus(x)), "calls 'softplus'"),
    "a product": (odd(lambda _, x: x * x), "calls 'mul'"),
    "a parameter outside layers": (
        odd(lambda self, x: x + self.shift), "sum of Tensor and Parameter"),
    "a constant": (odd(lambda _, x: x + 1), "sum of Tensor and int"),
    "pooling to windows of several sizes": (
        lambda: nn.Sequential(conv(1, 1, 2, padding=1), nn.AdaptiveAvgPool2d(2)), "3×3 to 2×2"),
    "average pooling at the rim": (
        lambda: nn.AvgPool2d(2, padding=1, count_include_pad=False), "count_include_pad=False"),
    "max-pooling at the rim": (lambda: nn.MaxPool2d(2, ceil_mode=True), "ceil_mode"),
    "statistics of the batch": (
        lambda: nn.BatchNorm2d(1, track_running_stats=False), "normalises 1 channels by the batch"),
}  # fmt: skip


@pytest.mark.parametrize(("model", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_a_network_whose_paths_are_not_known_is_refused(model, message):
    with pytest.raises(SpecError, match=message):
        path_norm(built(model), IMAGES, LABELS)


@pytest.mark.parametrize("p", [0.9, math.inf, math.nan])
def test_p_is_at_least_one_and_finite(p):
    with pytest.raises(SpecError, match=f"got p = {p:g}"):
        path_norm(built(MLP(hidden=())), IMAGES, LABELS, p=p)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_the_path_norm_on_a_gpu_is_that_on_the_cpu():
    model, images = (
        built(ResNet(width=2, blocks=(1, 1)), (1, 6, 6)).float(),
        torch.zeros(2, 1, 6, 6),
    )

    expected = path_norm(model, images, LABELS)

    found = path_norm(model.cuda(), images.cuda(), LABELS.cuda())
    assert found == pytest.approx(expected, rel=1e-12)
