"""Effective ranks and spectral norms of layers against explicit matrices of those layers."""

import pytest
import torch
from torch import nn

from dltheory.errors import SpecError
from dltheory.models import MLP, ResNet
from dltheory.probes import _layer_operators, effective_ranks, spectral_norms
from dltheory.probes.effective_ranks import layer_names
from dltheory.randomness import drawing_from, stream
from tests.linalg.dense_convolution import circulant
from tests.mutation import mutant

PROBES = {"ranks": effective_ranks.effective_ranks, "norms": spectral_norms.spectral_norms}
every_probe = pytest.mark.parametrize("probe", PROBES.values(), ids=PROBES.keys())


def network(spec=None, size=6):
    with drawing_from(stream(1, "init")):
        return (spec or ResNet(width=2, blocks=(1, 1))).build((2, size, size), 3).double()


def data(size=6):
    images = torch.randn(10, 2, size, size, generator=stream(2, "data"), dtype=torch.float64)
    return images, torch.zeros(10, dtype=torch.int64)


class Mixed(nn.Module):
    """Convolutions of every kind, listed in another order than they are used in."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(4, 3)
        self.grouped = nn.Conv2d(4, 4, 3, padding=1, groups=2)
        self.halved = nn.Conv2d(5, 4, 3, stride=2, padding=1)
        self.spread = nn.Conv2d(2, 5, 3, padding=2, dilation=2)

    def forward(self, x):
        return self.head(self.grouped(self.halved(self.spread(x))).mean(dim=(2, 3)))


def mixed():
    with drawing_from(stream(3, "init")):
        return Mixed().double()


# By hand: what reaches each layer of `Mixed` on 6×6 images, as a matrix between closed maps.
def matrices_of(model):
    whole, wide = torch.zeros(4, 4, 3, 3), torch.zeros(5, 2, 5, 5)
    whole, wide = whole.double(), wide.double()
    whole[:2, :2], whole[2:, 2:] = model.grouped.weight[:2].data, model.grouped.weight[2:].data
    wide[..., ::2, ::2] = model.spread.weight.data
    return [
        model.head.weight.detach(),
        circulant(whole, (3, 3)),
        circulant(model.halved.weight.detach(), (6, 6), (2, 2)),
        circulant(wide, (6, 6)),  # dilation is seen on maps of even size alone
    ]


def rank(matrix):
    return torch.linalg.matrix_norm(matrix, "nuc") / torch.linalg.matrix_norm(matrix)


def ranks_agree(module):
    found = module.layer_singular_values(mixed(), data()[0])
    expected = [torch.linalg.svdvals(m) for m in matrices_of(mixed())]
    assert list(found) == ["head", "grouped", "halved", "spread"]
    for values, dense in zip(found.values(), expected, strict=True):
        torch.testing.assert_close(values, dense, rtol=1e-12, atol=1e-9 * float(dense[0]))


def test_singular_values_are_those_of_every_layer_as_a_matrix():
    ranks_agree(_layer_operators)


def test_the_ranks_are_nuclear_over_frobenius_norms_in_the_order_of_the_modules():
    expected = torch.stack([rank(m) for m in matrices_of(mixed())])

    found = effective_ranks.effective_ranks(mixed(), *data())

    torch.testing.assert_close(found, expected)
    assert layer_names(mixed()) == ("head", "grouped", "halved", "spread")


def test_the_norms_are_the_largest_singular_values():
    expected = torch.stack([torch.linalg.matrix_norm(m, 2) for m in matrices_of(mixed())])

    torch.testing.assert_close(spectral_norms.spectral_norms(mixed(), *data()), expected)


def test_an_mlp_has_the_ranks_of_its_weights():
    model = network(MLP(hidden=(6, 5)))
    weights = [p.detach() for n, p in model.named_parameters() if n.endswith("weight")]

    found = effective_ranks.effective_ranks(model, *data())

    torch.testing.assert_close(found, torch.stack([rank(w) for w in weights]))


def test_a_map_that_the_stride_does_not_divide_is_rounded_up():
    model = nn.Sequential(nn.Conv2d(2, 3, 3, stride=2, padding=1), nn.Flatten(), nn.Linear(48, 3))
    model = model.double()
    expected = rank(circulant(model[0].weight.detach(), (8, 8), (2, 2)))

    found = effective_ranks.effective_ranks(model, *data(size=7))

    torch.testing.assert_close(found[0], expected)


@every_probe
def test_a_larger_grid_is_that_of_larger_images(probe):
    model = network()
    larger = probe(model, *data(size=12))

    assert not torch.allclose(probe(model, *data()), larger)
    sizes = (12, 12, 12, 12, 6, 12)  # body before shortcut, the shortcut on the map of 12
    assert len(sizes) == sum(isinstance(m, nn.Conv2d) for m in model.modules())
    torch.testing.assert_close(probe(model, *data(), grid=sizes), larger)


def test_as_the_authors_ran_it():
    """Grids of 56, 28, 14 and 7 for the stages of a ResNet-18, and no strides; here 14 and 7."""
    model = network()
    kernels = [m.weight.detach() for m in model.modules() if isinstance(m, nn.Conv2d)]
    grids = (14, 14, 14, 7, 7, 7)
    expected = [rank(circulant(k, (n, n))) for k, n in zip(kernels, grids, strict=True)]

    found = effective_ranks.effective_ranks(model, *data(), grid=grids, strides=False)

    torch.testing.assert_close(found[:-1], torch.stack(expected))


@every_probe
def test_one_number_is_the_grid_of_every_convolution(probe):
    model = network()

    one = probe(model, *data(), grid=8)

    torch.testing.assert_close(one, probe(model, *data(), grid=(8,) * 6))


@every_probe
def test_hooks_are_removed_even_if_the_network_fails(probe):
    model = network()

    with pytest.raises(RuntimeError):
        probe(model, torch.zeros(4, 3, 6, 6, dtype=torch.float64), torch.zeros(4).long())
    probe(model, *data())

    assert not any(module._forward_pre_hooks for module in model.modules())


@every_probe
def test_float32_networks_are_measured_in_float64(probe):
    model, (images, labels) = network().float(), data()

    found = probe(model, images.float(), labels)

    assert found.dtype == torch.float64
    torch.testing.assert_close(found, probe(model.double(), images, labels))


class Twice(nn.Module):
    """One convolution on maps of two sizes, another on none."""

    def __init__(self):
        super().__init__()
        self.twice, self.unused = nn.Conv2d(2, 2, 3), nn.Conv2d(2, 2, 3)

    def forward(self, x):
        return self.twice(self.twice(x)).flatten(1)


def test_convolutions_without_one_size_are_refused():
    found = r"2 of 2 used on none or several: twice \[\(4, 4\), \(6, 6\)\], unused \[\]"

    with pytest.raises(SpecError, match=found):
        effective_ranks.effective_ranks(Twice().double(), *data())


@pytest.mark.parametrize("grid", [(4, 4), (4, 4, 4, 4, 4, 0), 0])
def test_a_grid_that_does_not_fit_the_convolutions_is_refused(grid):
    with pytest.raises(SpecError, match=r"each of 6 convolutions; got \d: \([4, 0]*\)"):
        effective_ranks.effective_ranks(network(), *data(), grid=grid)


FAULTS = {
    "stride ignored": ("if strides else (1, 1)", "if not strides else (1, 1)"),
    "groups ignored": ("stride, layer.groups)", "stride, 1)"),
    "dilation ignored": ("layer.dilation)", "(1, 1))"),
    "dilated on one axis": ("::down, ::across]", "::down, : kernel.shape[-1]]"),
    "channels for a size": ("inputs[0].shape[-2], inputs", "inputs[0].shape[-3], inputs"),
    "one size for all": ("layer, sizes[name]", "layer, min(sizes.values())"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_planted_fault_is_caught(fault):
    with pytest.raises(AssertionError):
        ranks_agree(mutant(_layer_operators, *fault))


@pytest.mark.parametrize("fault", [("found[0]", "found[-1]"), ("found[0]", "found.sum()")])
def test_a_planted_fault_in_the_norms_is_caught(fault):
    expected = torch.stack([torch.linalg.matrix_norm(m, 2) for m in matrices_of(mixed())])
    found = mutant(spectral_norms, *fault).spectral_norms(mixed(), *data())

    with pytest.raises(AssertionError):
        torch.testing.assert_close(found, expected)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@every_probe
def test_a_gpu_gives_the_same(probe):
    model, (images, labels) = network(), data()
    expected = probe(model, images, labels)

    found = probe(model.cuda(), images.cuda(), labels.cuda())

    torch.testing.assert_close(found.cpu(), expected)
