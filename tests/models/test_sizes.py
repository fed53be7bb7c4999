"""The sizes that papers print, or that follow from what they print: parameters and norms."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from dltheory.models import (
    MLP,
    VGG,
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
)
from dltheory.randomness import drawing_from, stream

CIFAR, MNIST, TOY = (3, 32, 32), (1, 28, 28), (2,)


def on_paper(model, shape, classes):
    """The network without numbers in it, so that its size does not matter."""
    with torch.device("meta"):
        return model.build(shape, classes)


def parameters(model, shape=CIFAR, classes=10):
    return sum(p.numel() for p in on_paper(model, shape, classes).parameters())


def mlp(*hidden):
    return MLP(hidden=hidden)


def plain(depth, widening):
    """CNN-β-ℓ of sankararaman2020confusion."""
    return replace(wide(depth, widening), skips=False)


def wide(depth, widening):
    """WRN-β-ℓ of sankararaman2020confusion, without batch normalisation."""
    return WideResNet(widening=widening, blocks=(depth - 4) // 6, batch_norm=False)


FIVE = ConvNet.five_layers()
SIZES = {
    # goldblum2020truth
    "MLP, table 1": (mlp(2048, 2048, 1024), CIFAR, 10, 12_598_282),
    "MLP of Lemma 1, table 1": (mlp(3072, 3072, 3072), CIFAR, 10, 28_351_498),
    "MLP, table 3": (mlp(2048, 2048, 2048), CIFAR, 10, 14_706_698),
    "MLP, tangent kernel, 100": (mlp(100, 100, 100), CIFAR, 10, 2 * 100**2 + 3085 * 100 + 10),
    "two layers, tangent kernel, 100": (mlp(100), CIFAR, 10, 3083 * 100 + 10),
    "ResNet-18, 10": (ResNet(), CIFAR, 10, 11_173_962),
    "ResNet-18, 100": (ResNet(), CIFAR, 100, 11_220_132),
    "skipless ResNet-18": (Skipless(model=ResNet()), CIFAR, 10, 11_173_962 - 173_824),
    "NTK ConvNet": (NTKConvNet(), CIFAR, 10, 1_131_530),
    **{f"WRN-16-{k}": (WideResNet(widening=k), CIFAR, 10, n) for k, n in [
        (1, 175_626), (2, 692_810), (4, 2_751_146), (8, 10_965_866), (10, 17_122_250),
    ]},
    "DenseNet-40, quarters, 10": (DenseNet(cells=2), CIFAR, 10, 180_082),
    "DenseNet-40, quarters, 100": (DenseNet(cells=2), CIFAR, 100, 227_692),
    "MobileNetV2, 10": (MobileNetV2(), CIFAR, 10, 2_296_922),
    "MobileNetV2, 100": (MobileNetV2(), CIFAR, 100, 2_412_212),
    "Fixup ResNet-20, 10": (FixupResNet(), CIFAR, 10, 268_393),
    "Fixup ResNet-20, 100": (FixupResNet(), CIFAR, 100, 274_243),
    # sankararaman2020confusion
    **{f"CNN-16-{w}": (plain(16, w), CIFAR, 10, n) for w, n in [
        (2, 680_010), (3, 1_524_362), (4, 2_705_098), (5, 4_222_218), (6, 6_075_722),
    ]},
    **{f"CNN-{d}-2": (plain(d, 2), CIFAR, 10, n) for d, n in [
        (22, 1_067_530), (28, 1_455_050), (34, 1_842_570), (40, 2_230_090),
    ]},
    "WRN-16-2, no biases": (WideResNet(widening=2, biases=False), CIFAR, 10, 691_674),
    "WRN-16-2, no norm": (wide(16, 2), CIFAR, 10, 690_986),
    "WRN-100-2, no norm": (wide(100, 2), CIFAR, 10, 6_116_266),
    "linear": (mlp(), MNIST, 10, 7_850),
    "MLP-3-100": (mlp(*(100,) * 3), MNIST, 10, 99_710),
    "MLP-300-10": (mlp(*(10,) * 300), MNIST, 10, 40_850),
    "MLP-300-30": (mlp(*(30,) * 300), MNIST, 10, 301_930),
    "MLP-300-1000": (mlp(*(1000,) * 300), MNIST, 10, 300_094_010),
    "MLP-1000-100": (mlp(*(100,) * 1000), MNIST, 10, 10_169_410),
    # liu2020bad
    "VGG16": (VGG(), CIFAR, 10, 14_728_266),
    "ResNet-50": (BottleneckResNet(), CIFAR, 10, 23_520_842),
    "DenseNet-40": (DenseNet(), CIFAR, 10, 176_122),
    "toy MLP": (mlp(100, 100), TOY, 1, 10_501),
    # liao2020puzzles
    "three layers, 24": (ConvNet.three_layers(24), CIFAR, 10, 154_464),
    "three layers, 34": (ConvNet.three_layers(34), MNIST, 10, 165_784),
    "three layers, 34, CIFAR": (ConvNet.three_layers(34), CIFAR, 10, 227_324),
    "three layers with strides": (ConvNet.three_layers_in_strides(64), CIFAR, 10, 148_160),
    "five layers, folded": (replace(FIVE, batch_norm=False), CIFAR, 10, 188_810),
    "five layers, folded, 100": (replace(FIVE, batch_norm=False), CIFAR, 100, 200_420),
    "ten thousand": (ConvNet.ten_thousand(), CIFAR, 10, 9_978),
    "ResNet-56": (PaddedResNet(), CIFAR, 10, 853_018),
}  # fmt: skip


@pytest.mark.parametrize(("model", "shape", "classes", "size"), SIZES.values(), ids=SIZES.keys())
def test_the_number_of_parameters_is_the_printed_one(model, shape, classes, size):
    assert parameters(model, shape, classes) == size


def test_batch_normalisation_adds_two_numbers_for_each_normalised_unit():
    assert parameters(FIVE) - 188_810 == 2 * (32 + 64 + 64 + 128)


def expected_squared_norm(network):
    """E Σφ² under PyTorch's initialisation: U(±1/√fan_in) has second moment 1/(3 fan_in)."""
    total = 0.0
    for module in network.modules():
        own = list(module.parameters(recurse=False))
        if isinstance(module, nn.BatchNorm2d):
            total += own[0].numel()
        elif own:
            total += sum(p.numel() for p in own) / (3 * own[0][0].numel())
    return total


@pytest.mark.parametrize(
    ("model", "classes", "squared"),
    [
        (ResNet(), 10, 6403),
        (ResNet(), 100, 6433),
        (DenseNet(cells=2), 10, 2951),
        (DenseNet(cells=2), 100, 2981),
        (MobileNetV2(), 10, 23_395),
        (MLP(hidden=(2048,) * 3), 10, 2052),
    ],
)
def test_the_squared_norm_at_the_start_is_that_of_the_papers_network(model, classes, squared):
    network = on_paper(model, CIFAR, classes)

    assert expected_squared_norm(network) == pytest.approx(squared, abs=1)


def test_a_fixup_network_begins_with_the_squared_norm_of_the_papers_network():
    with drawing_from(stream(0, "init")):
        network = FixupResNet().build(CIFAR, 10)

    squared = sum(float(p.detach().square().sum()) for p in network.parameters())

    # 130,000 normal weights carry 64 of the 78.3: relative deviation sqrt(2/130,000) = 0.4 %.
    assert squared == pytest.approx(78.3, rel=0.02)


def test_the_densenet_of_liu_draws_its_convolutions_by_their_outputs():
    model = Initialised(model=DenseNet(), by=He(fan="out", layers="convolutions"))
    with drawing_from(stream(0, "init")):
        network = model.build(CIFAR, 10)

    stem = network[0].weight.detach()

    assert float(stem.var()) == pytest.approx(2 / (9 * 24), rel=5 * (2 / stem.numel()) ** 0.5)
