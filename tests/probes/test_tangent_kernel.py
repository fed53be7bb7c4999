"""The tangent kernel against the Gram matrix of a dense float64 Jacobian."""

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.func import functional_call, jacrev
from torch.nn import functional
from torch.nn.utils.parametrizations import weight_norm

from dltheory.errors import SpecError
from dltheory.models import MLP, ResNet
from dltheory.models.ntk_conv_net import NTKConvNet
from dltheory.models.ntk_mlp import NTKMLP
from dltheory.models.wide_resnet import WideResNet
from dltheory.probes import (
    _tangent_layers,
    _tangent_network,
    _tangent_recording,
    _tangent_rows,
    _tangent_shares,
)
from dltheory.probes import tangent_kernel as probe
from dltheory.probes.tangent_kernel import tangent_kernel
from dltheory.randomness import drawing_from, stream
from tests.mutation import mutant

POINTS, CLASSES, SHAPE = 5, 3, (2, 10, 10)
LABELS = torch.zeros(POINTS, dtype=torch.int64)
MODES = ["eval", "train", "calibrated"]


def images(count=POINTS, purpose="data"):
    return torch.randn(count, *SHAPE, generator=stream(2, purpose), dtype=torch.float64)


def trained(network):
    """In double precision, with statistics and scales that are not those of initialisation."""
    network = network.double().train()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d) and module.affine:
            module.weight.data.uniform_(0.5, 2)
            module.bias.data.normal_()
    for _ in range(2):
        network(2 * torch.randn(12, *SHAPE, dtype=torch.float64) + 0.5)
    return network


def head(*layers):
    return nn.Sequential(*layers, nn.Flatten(), nn.LazyLinear(CLASSES))


class Twice(nn.Module):
    """One layer called twice, and its weight used once more without the layer."""

    def __init__(self, *, calls, uses):
        super().__init__()
        self.layer, self.calls, self.uses = nn.Linear(200, 200), calls, uses
        self.last = nn.Linear(200, CLASSES)

    def forward(self, x):
        z = x.flatten(1)
        for _ in range(self.calls):
            z = self.layer(z).tanh()
        for _ in range(self.uses):
            z = functional.linear(z, self.layer.weight.T).tanh()
        return self.last(z)


class Scalars(nn.Module):
    """Fixup's numbers, and one that is not used at all."""

    def __init__(self):
        super().__init__()
        self.shift, self.scale, self.unused = (nn.Parameter(torch.rand(1)) for _ in range(3))
        self.convolution, self.last = nn.Conv2d(2, 3, 3), nn.Linear(192, CLASSES)

    def forward(self, x):
        z = self.convolution(x + self.shift).relu() * self.scale
        return self.last(z.flatten(1))


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.other = nn.Linear(200, 200), nn.Linear(200, 200)
        self.other.weight = self.one.weight
        self.last = nn.Linear(200, CLASSES)

    def forward(self, x):
        return self.last(self.other(self.one(x.flatten(1)).relu()).relu())


class Sequence(nn.Module):
    """Positions first, images second, as many of one as of the other; then the other way round."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(40, 6), nn.Linear(6, 4)
        self.last = nn.Linear(4, CLASSES)

    def forward(self, x):
        z = x.reshape(len(x), POINTS, 40).transpose(0, 1)
        z = self.first(z).relu().transpose(0, 1)
        return self.last(self.second(z).relu().mean(dim=1))


class Reversed(nn.Module):
    """A layer that gets the images in another order."""

    def __init__(self):
        super().__init__()
        self.layer, self.last = nn.Linear(200, 4), nn.Linear(4, CLASSES)

    def forward(self, x):
        return self.last(self.layer(x.flatten(1).flip(0)).relu().flip(0))


class Centred(nn.Module):
    """Images that see each other in every mode, without batch normalisation."""

    def __init__(self):
        super().__init__()
        self.layer, self.last = nn.Linear(200, 4), nn.Linear(4, CLASSES)

    def forward(self, x):
        z = self.layer(x.flatten(1)).relu()
        return self.last(z - z.mean(dim=0))


class Keyword(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(200, CLASSES)

    def forward(self, x):
        return self.layer(input=x.flatten(1))


class Odd(nn.Linear):
    """A linear layer that is not one."""

    def forward(self, x):
        return super().forward(x).square() + self.weight.sum()


def hooked():
    network = head(nn.Conv2d(2, 3, 3), nn.ReLU())
    network[0].register_forward_hook(lambda _module, _inputs, output: 3 * output)
    return network


NETWORKS = {
    "linear": lambda: MLP(hidden=()).build(SHAPE, CLASSES),
    "MLP": lambda: MLP(hidden=(6, 5)).build(SHAPE, CLASSES),
    "NTK MLP": lambda: NTKMLP(hidden=(6, 5), bias_scale=0.7).build(SHAPE, CLASSES),
    "ResNet": lambda: ResNet(width=2, blocks=(1, 1)).build(SHAPE, CLASSES),
    "ConvNet": lambda: NTKConvNet(width=1).build(SHAPE, CLASSES),
    "ConvNet, normalised": lambda: NTKConvNet(width=1, batch_norm=True).build(SHAPE, CLASSES),
    "WideResNet": lambda: WideResNet(stem=2, blocks=1).build(SHAPE, CLASSES),
    "strides, padding, dilation": lambda: head(
        nn.Conv2d(2, 3, (3, 2), stride=(2, 1), padding=(2, 1), dilation=(1, 2)), nn.ReLU()
    ),
    "groups": lambda: head(nn.Conv2d(2, 4, 3), nn.Tanh(), nn.Conv2d(4, 6, 3, groups=2), nn.ReLU()),
    "depthwise": lambda: head(nn.Conv2d(2, 4, 3, groups=2), nn.ReLU()),
    "same padding, reflected": lambda: head(
        nn.Conv2d(2, 3, 4, padding="same", padding_mode="reflect"), nn.Tanh()
    ),
    "circular": lambda: head(nn.Conv2d(2, 3, 3, padding=1, padding_mode="circular"), nn.Tanh()),
    "few positions, many inputs": lambda: head(
        nn.Conv2d(2, 8, 5, stride=5), nn.Tanh(), nn.Conv2d(8, 2, 1), nn.Tanh()
    ),
    "1-D normalisation": lambda: nn.Sequential(
        nn.Flatten(), nn.Linear(200, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, CLASSES)
    ),
    "no running statistics": lambda: head(
        nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3, track_running_stats=False), nn.ReLU()
    ),
    "no affine part": lambda: head(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3, affine=False), nn.ReLU()),
    "in place": lambda: head(nn.Conv2d(2, 3, 3), nn.ReLU(inplace=True)),
    "many positions of a linear layer": lambda: head(nn.Linear(10, 4), nn.Tanh()),
    "1-D convolution": lambda: head(nn.Flatten(2), nn.Conv1d(2, 3, 3), nn.Tanh()),
    "layer normalisation": lambda: head(nn.Conv2d(2, 3, 3), nn.LayerNorm([3, 8, 8]), nn.ReLU()),
    "weight normalisation": lambda: head(weight_norm(nn.Conv2d(2, 3, 3)), nn.ReLU()),
    "called twice": lambda: Twice(calls=2, uses=0),
    "called and used": lambda: Twice(calls=1, uses=1),
    "only used": lambda: Twice(calls=0, uses=1),
    "tied": Tied,
    "scalars": Scalars,
    "sequence": Sequence,
    "other order": Reversed,
    "centred": Centred,
    "keyword": Keyword,
    "odd": lambda: nn.Sequential(nn.Flatten(), Odd(200, CLASSES)),
    "hooked": hooked,
}
every_network = pytest.mark.parametrize("make", NETWORKS.values(), ids=NETWORKS.keys())


def network(make):
    with drawing_from(stream(1, "init")):
        made = make()
        made(images().float())  # lazy layers
        return trained(made)


def in_mode(model, mode):
    """A copy with its modules in the modes that the kernel should be taken in."""
    model = copy.deepcopy(model).eval()
    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d)]
    if mode == "calibrated":
        for norm in norms:
            norm.train().reset_running_stats()
            norm.momentum = 1.0
        model(images())
    for norm in norms:
        norm.train(mode == "train")
    return model


def dense_kernel(model, x, mode="eval"):
    """J Jᵀ with every entry of J from torch.func.jacrev, all images in one pass."""
    model = in_mode(model, mode)
    buffers = {name: b.clone() for name, b in model.named_buffers()}
    parameters = {name: p.detach() for name, p in model.named_parameters()}

    def outputs(values):
        # Running statistics would be updated in place, which jacrev refuses, and are not used.
        own = {k: v.clone() for k, v in buffers.items()}
        return functional_call(model, (values, own), (x,))

    if mode == "train":
        for norm in model.modules():
            if isinstance(norm, nn.BatchNorm1d | nn.BatchNorm2d):
                norm.track_running_stats, norm.running_mean, norm.running_var = False, None, None
        buffers = dict(model.named_buffers())
    jacobian = jacrev(outputs)(parameters)
    return sum(torch.einsum("icp,jdp->ijcd", j.flatten(2), j.flatten(2)) for j in jacobian.values())


def close(found, expected):
    # Sums of at most 10⁵ products in float64, whose rounding is measured against the largest entry.
    scale = expected.abs().max()
    torch.testing.assert_close(found / scale, expected / scale, rtol=0, atol=1e-12)


@pytest.mark.filterwarnings("ignore:There is a performance drop")  # jacrev's, not the probe's
@every_network
@pytest.mark.parametrize("mode", MODES)
def test_the_kernel_is_the_gram_matrix_of_the_jacobian(make, mode):
    model = network(make)

    close(tangent_kernel(model, images(), LABELS, mode=mode), dense_kernel(model, images(), mode))


@pytest.mark.parametrize("make", [NETWORKS["ConvNet"], NETWORKS["groups"]])
@pytest.mark.parametrize("entries", [1, 700])
def test_how_many_gradients_are_held_at_once_does_not_matter(monkeypatch, make, entries):
    model = network(make)
    whole = tangent_kernel(model, images(), LABELS)
    monkeypatch.setattr(_tangent_layers, "ENTRIES", entries)
    monkeypatch.setattr(_tangent_rows, "ENTRIES", entries)

    close(tangent_kernel(model, images(), LABELS), whole)


@pytest.mark.parametrize("mode", ["eval", "train"])
def test_how_many_parameters_are_taken_at_once_does_not_matter(monkeypatch, mode):
    model = network(NETWORKS["layer normalisation"])
    monkeypatch.setattr(_tangent_rows, "ENTRIES", 1)

    close(tangent_kernel(model, images(), LABELS, mode=mode), dense_kernel(model, images()))


@pytest.mark.parametrize("way", [0, 1])
def test_both_ways_through_a_convolution_agree(monkeypatch, way):
    monkeypatch.setattr(_tangent_layers, "costs", lambda *_: (way, 1 - way))
    model = network(NETWORKS["ConvNet"])

    close(tangent_kernel(model, images(), LABELS), dense_kernel(model, images()))


@pytest.mark.parametrize("rows", [1, 3, 4, 9])
def test_a_symmetric_product_in_pieces_is_the_product(monkeypatch, rows):
    monkeypatch.setattr(_tangent_layers, "SMALL", 0)
    matrix = torch.randn(rows, 7, generator=stream(0, "data"), dtype=torch.float64)

    torch.testing.assert_close(_tangent_layers.gram(matrix), matrix @ matrix.T)


def test_layers_of_torch_take_no_backward_pass_for_each_image(monkeypatch):
    model = network(NETWORKS["WideResNet"])
    left = []
    monkeypatch.setattr(probe, "jacobian_blocks", lambda *a: left.extend(a[-1]) or [])

    tangent_kernel(model, images(), LABELS)

    assert left == []


def test_calibration_images_may_be_others():
    model, others = network(NETWORKS["WideResNet"]), images(12, "calibration")
    calibrated = copy.deepcopy(model).eval()
    for norm in calibrated.modules():
        if isinstance(norm, nn.BatchNorm2d):
            norm.train().momentum = 1.0
    calibrated(others)

    found = tangent_kernel(model, images(), LABELS, mode="calibrated", calibration=others)

    close(found, dense_kernel(calibrated.eval(), images()))


def test_at_initialisation_running_statistics_do_nothing():
    with drawing_from(stream(1, "init")):
        model = WideResNet(stem=2, blocks=1).build(SHAPE, CLASSES).double()
    bare = copy.deepcopy(model)
    for module in bare.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eps = 0.0
            module.forward = lambda x, m=module: x * m.weight[:, None, None] + m.bias[:, None, None]

    found = tangent_kernel(model, images(), LABELS)

    # They divide by √(1 + 10⁻⁵), once in each of seven layers at most.
    expected = tangent_kernel(bare, images(), LABELS).detach()
    assert float((found - expected).norm() / expected.norm()) < 7e-5


def test_the_kernel_of_a_float32_network_is_a_rounded_one():
    model = network(NETWORKS["WideResNet"])
    exact = tangent_kernel(model, images(), LABELS)

    found = tangent_kernel(model.float(), images().float(), LABELS)

    assert found.dtype == torch.float32
    assert float((found - exact).norm() / exact.norm()) < 1e-4


def test_frozen_parameters_count_too():
    model = network(NETWORKS["MLP"])
    whole = tangent_kernel(model, images(), LABELS)

    torch.testing.assert_close(tangent_kernel(model.requires_grad_(False), images(), LABELS), whole)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("mode", MODES)
def test_the_kernel_is_the_same_on_a_gpu(mode):
    model = network(NETWORKS["WideResNet"])
    here = tangent_kernel(model, images(), LABELS, mode=mode)

    there = tangent_kernel(model.cuda(), images().cuda(), LABELS.cuda(), mode=mode)

    close(there.cpu(), here)


# ── algebra ───────────────────────────────────────────────────────────────────────────────────

FEW = settings(max_examples=10)


@FEW
@given(st.sampled_from(["MLP", "WideResNet", "scalars"]), st.integers(0, 100))
def test_the_kernel_is_symmetric_and_positive_semidefinite(name, seed):
    model = network(NETWORKS[name])
    x = torch.randn(POINTS, *SHAPE, generator=stream(seed, "data"), dtype=torch.float64)

    matrix = tangent_kernel(model, x, LABELS).transpose(1, 2).flatten(2).flatten(0, 1)

    torch.testing.assert_close(matrix, matrix.T, rtol=1e-12, atol=1e-12)
    eigenvalues = torch.linalg.eigvalsh(matrix)
    assert eigenvalues.min() >= -1e-12 * eigenvalues.max()


@FEW
@given(st.permutations(range(POINTS)), st.sampled_from(MODES))
def test_another_order_of_images_permutes_the_kernel(order, mode):
    model = network(NETWORKS["WideResNet"])
    kernel = tangent_kernel(model, images(), LABELS, mode=mode)

    close(tangent_kernel(model, images()[order], LABELS, mode=mode), kernel[order][:, order])


@FEW
@given(st.floats(0.1, 10))
def test_a_linear_network_has_the_kernel_of_its_inputs(factor):
    model = network(NETWORKS["linear"])
    x = (factor * images()).flatten(1)

    found = tangent_kernel(model, factor * images(), LABELS)

    close(found, torch.einsum("ij,cd->ijcd", x @ x.T + 1, torch.eye(CLASSES).double()))


# ── planted faults ────────────────────────────────────────────────────────────────────────────

FAULTS = {
    "forgotten bias": (
        _tangent_layers,
        "(gram(patches(module, x).flatten(1)) + bias)",
        "gram(patches(module, x).flatten(1))",
        "MLP",
        "eval",
    ),
    "forgotten scale of a normalisation": (
        _tangent_layers,
        "normalised = (weighted - mean * summed)",
        "normalised = 0 * (weighted - mean * summed)",
        "WideResNet",
        "eval",
    ),
    "classes before points": (
        probe,
        "kernel.permute(0, 2, 1, 3)",
        "kernel.permute(0, 2, 3, 1)",
        "MLP",
        "eval",
    ),
    "bias not summed over positions": (
        _tangent_layers,
        "products(gradient.sum(dim=-1).flatten(2))",
        "products(gradient[..., 0].flatten(2))",
        "ConvNet",
        "eval",
    ),
    "mean over positions": (
        _tangent_layers,
        "summed = g.sum(dim=-1)",
        "summed = g.mean(dim=-1)",
        "WideResNet",
        "eval",
    ),
    "normalisation in the wrong mode": (
        _tangent_network,
        'norm.training = mode == "train"',
        'norm.training = mode == "calibrated"',
        "WideResNet",
        "train",
    ),
    "not calibrated": (
        _tangent_network,
        'if mode == "calibrated":',
        'if mode == "calibration":',
        "WideResNet",
        "calibrated",
    ),
    "images that see each other taken as independent": (
        _tangent_recording,
        "if not close(first.outputs[:1], alone.outputs):",
        "if False:",
        "centred",
        "eval",
    ),
    "no gradients between images": (
        _tangent_rows,
        "[images] if network.coupled else images.split(1)",
        "images.split(1)",
        "WideResNet",
        "train",
    ),
    "second use unseen": (
        _tangent_recording,
        "callers[name] == uses[name] == 1",
        "callers[name] == 1",
        "called and used",
        "eval",
    ),
    "order of images unseen": (
        _tangent_recording,
        "one.shape == other.shape and accepts(self.module, one) and close(one, other)",
        "True",
        "other order",
        "eval",
    ),
    "hooks of others first": (
        _tangent_recording,
        "prepend=True",
        "prepend=False",
        "hooked",
        "eval",
    ),
    "upper half alone": (
        _tangent_layers,
        "kernel[n:, :, n] = block.transpose(1, 2)",
        "kernel[n:, :, n] = 0",
        "few positions, many inputs",
        "eval",
    ),
    "one group alone": (
        _tangent_layers,
        "for group in range(groups):",
        "for group in range(1):",
        "groups",
        "eval",
    ),
}


def with_fault(monkeypatch, module, healthy, faulty):
    """The probe with one piece of one of its modules replaced."""
    broken = mutant(module, healthy, faulty)
    vars(broken).update({k: v for k, v in vars(module).items() if isinstance(v, type)})
    chain = [
        _tangent_layers,
        _tangent_network,
        _tangent_recording,
        _tangent_rows,
        _tangent_shares,
        probe,
    ]
    for user in chain:
        for name, value in vars(broken).items():
            if getattr(value, "__module__", "") == module.__name__ and hasattr(user, name):
                monkeypatch.setattr(user, name, value)
    return broken.tangent_kernel if module is probe else probe.tangent_kernel


def require_oracle(kernel, name, mode):
    model = network(NETWORKS[name])
    close(kernel(model, images(), LABELS, mode=mode), dense_kernel(model, images(), mode))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_noticed(monkeypatch, fault):
    module, healthy, faulty, name, mode = FAULTS[fault]
    require_oracle(tangent_kernel, name, mode)

    with pytest.raises(AssertionError):
        require_oracle(with_fault(monkeypatch, module, healthy, faulty), name, mode)


# ── what is refused ───────────────────────────────────────────────────────────────────────────


def test_another_mode_is_refused():
    with pytest.raises(SpecError, match=r"must be .* got 'test'"):
        tangent_kernel(network(NETWORKS["MLP"]), images(), LABELS, mode="test")


def test_outputs_of_another_shape_are_refused():
    model = nn.Conv2d(2, 3, 3).double()

    with pytest.raises(SpecError, match=r"one row of outputs .* 5 images gave .*\(5, 3, 8, 8\)"):
        tangent_kernel(model, images(), LABELS)


def test_a_model_that_contradicts_itself_is_refused():
    class Noise(nn.Module):
        def forward(self, x):
            return x.flatten(1)[:, :3] + torch.rand(3)

    with pytest.raises(SpecError, match="same outputs each time"):
        tangent_kernel(Noise(), images(), LABELS)
