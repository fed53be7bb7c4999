"""The tangent kernel against the Gram matrix of a dense float64 Jacobian."""

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from dltheory.errors import SpecError
from dltheory.models.wide_resnet import WideResNet
from dltheory.probes import (
    _tangent_layers,
    _tangent_rows,
)
from dltheory.probes import tangent_kernel as probe
from dltheory.probes.tangent_kernel import tangent_kernel
from dltheory.randomness import drawing_from, stream
from tests.probes.tangent_networks import (
    CLASSES,
    LABELS,
    MODES,
    NETWORKS,
    POINTS,
    SHAPE,
    close,
    dense_kernel,
    images,
    network,
)

every_network = pytest.mark.parametrize("make", NETWORKS.values(), ids=NETWORKS.keys())


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
