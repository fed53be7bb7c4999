"""How architectures are put together: against torchvision where it has them, else by hand."""

from importlib import import_module

import pytest
import torch
from torch import nn
from torch.nn import functional

from dltheory.data.torchvision_import import torchvision_datasets
from dltheory.errors import SpecError
from dltheory.models import (
    MLP,
    VGG,
    BottleneckResNet,
    ConvNet,
    DenseNet,
    FixupResNet,
    MobileNetV2,
    PaddedResNet,
    ResNet,
    Skipless,
    bottleneck_resnet,
    densenet,
    fixup_resnet,
    mobilenet_v2,
    padded_resnet,
    resnet,
    skipless,
    vgg,
    wide_resnet,
)
from dltheory.models.blocks import Concatenation, Residual, Sum
from dltheory.randomness import drawing_from, stream
from tests.mutation import mutant

torchvision_datasets()  # lets torchvision be imported next to any build of torch
REFERENCE = import_module("torchvision.models")


def made(build):
    with drawing_from(stream(0, "init")):
        return build()


def built(model, shape=(3, 32, 32), classes=5):
    return made(lambda: model.build(shape, classes))


def images(side=32, channels=3, count=2):
    return torch.randn(count, channels, side, side, generator=stream(1, "data")).double()


def sizes(network, side=32):
    """Height and width after every layer of a sequential network, until it flattens them."""
    z, seen = images(side).float(), []
    for layer in network:
        z = layer(z)
        if z.ndim < 4:
            return seen
        seen.append(tuple(z.shape[1:]))
    return seen


def assert_same_function(ours, theirs, x):
    """Both compute the same with the same numbers, taken in the order of definition."""
    ours, theirs = ours.double(), theirs.double()
    numbers, places = list(ours.parameters()), list(theirs.parameters())
    assert [p.shape for p in numbers] == [p.shape for p in places]
    with torch.no_grad():
        for number, place in zip(numbers, places, strict=True):
            place.copy_(number.normal_(generator=stream(number.numel(), "data")) / 3)
            number.copy_(place)
    torch.testing.assert_close(ours(x), theirs(x))


# ── against torchvision ───────────────────────────────────────────────────────────────────────


def torchvision_resnet(block):
    network = REFERENCE.ResNet(block, [1, 2, 1, 1], num_classes=5)
    network.conv1, network.maxpool = nn.Conv2d(3, 64, 3, padding=1, bias=False), nn.Identity()
    return network


def check_basic_blocks(module):
    theirs = made(lambda: torchvision_resnet(REFERENCE.resnet.BasicBlock))
    assert_same_function(built(module.ResNet(blocks=(1, 2, 1, 1))), theirs, images(16))


def check_bottlenecks(module):
    theirs = made(lambda: torchvision_resnet(REFERENCE.resnet.Bottleneck))
    assert_same_function(built(module.BottleneckResNet(blocks=(1, 2, 1, 1))), theirs, images(8))


def check_vgg(module):
    stages = [[2] * 2, [4] * 2, [8] * 3, [16] * 3, [16] * 3]
    layers = [layer for stage in stages for layer in [*stage, "M"]]
    features = made(lambda: REFERENCE.vgg.make_layers(layers, batch_norm=True))
    theirs = nn.Sequential(features, nn.Flatten(), made(lambda: nn.Linear(16, 5)))
    assert_same_function(built(module.VGG(width=2)), theirs, images(count=4))


def check_densenet(module):
    theirs = made(lambda: REFERENCE.DenseNet(4, (2, 3, 1), 8, bn_size=4, num_classes=5))
    theirs.features.conv0 = nn.Conv2d(3, 8, 3, padding=1, bias=False)
    for stem in ("norm0", "relu0", "pool0"):
        delattr(theirs.features, stem)
    assert_same_function(built(module.DenseNet(growth=4, blocks=(2, 3, 1))), theirs, images(16))


CHECKS = {
    "basic blocks": (check_basic_blocks, resnet),
    "bottlenecks": (check_bottlenecks, bottleneck_resnet),
    "VGG": (check_vgg, vgg),
    "DenseNet": (check_densenet, densenet),
}


@pytest.mark.parametrize(("check", "module"), CHECKS.values(), ids=CHECKS.keys())
def test_the_network_computes_what_torchvision_computes(check, module):
    check(module)


# ── by hand ───────────────────────────────────────────────────────────────────────────────────


def check_padded_shortcut(module):
    network = built(module.PaddedResNet(width=2, blocks=(1, 1)))
    x = images(6, channels=2)

    shortcut = network[4].double().shortcut(x)

    torch.testing.assert_close(
        shortcut, torch.cat([x[..., ::2, ::2], torch.zeros(2, 2, 3, 3).double()], dim=1)
    )


def check_fixup_blocks(module):
    """Both kinds of block against the formula, with scalars that are not where they begin."""
    network = built(module.FixupResNet(width=2, blocks=(1, 1))).double()
    x = images(6, channels=2)
    for block, stride in ((network[3], 1), (network[4], 2)):
        for i, parameter in enumerate(block.parameters()):
            parameter.data.normal_(generator=stream(i, "data"))
        b_1, first, b_2, b_3, second, s, b_4 = block.parameters()
        z = functional.conv2d(x + b_1, first, stride=stride, padding=1)
        z = functional.conv2d((z + b_2).relu() + b_3, second, padding=1)
        skip = x
        if stride == 2:
            skip = (x + b_1)[..., ::2, ::2]
            skip = torch.cat([skip, torch.zeros_like(skip)], dim=1)
        torch.testing.assert_close(block(x), (s * z + b_4 + skip).relu())


def check_fixup_start(module):
    network = built(module.FixupResNet(width=4, blocks=(1, 2, 1))).double()
    x = images(8).relu()

    z = network[:3](x)
    for block in network[3:7]:
        shortcut = next(m for m in block.modules() if isinstance(m, Residual)).shortcut
        torch.testing.assert_close(block(z), shortcut(z).relu())
        z = block(z)

    assert z.any()
    assert not network(x).any()


def check_fixup_variance(module):
    network = built(module.FixupResNet(width=32, blocks=(1, 2, 3)))
    for block in network[3:9]:
        first = next(p for p in block.parameters() if p.ndim == 4)
        variance = 2 / (6 * len(first) * 9)
        # The relative deviation of a variance of n normal draws is sqrt(2/n).
        assert float(first.detach().var()) == pytest.approx(
            variance, rel=5 * (2 / first.numel()) ** 0.5
        )


def check_mobilenet_strides(module):
    network = built(module.MobileNetV2(width=1 / 16))

    seen = [size[1] for size in sizes(network)]

    blocks = [1, 2, 3, 4, 3, 3, 1]
    stages = [
        s for s, count in zip([32, 32, 16, 8, 8, 4, 4], blocks, strict=True) for _ in range(count)
    ]
    assert seen == [32] * 3 + stages + [4] * 3 + [1]


def check_mobilenet_shortcuts(module):
    network = built(module.MobileNetV2(width=1 / 16))
    blocks = network[3:20]

    shortcuts = [block.shortcut for block in blocks if isinstance(block, Sum)]

    assert len(shortcuts) == 17 - 3
    assert sum(isinstance(s, nn.Identity) for s in shortcuts) == 14 - 4
    assert [type(m) for m in blocks[0].shortcut] == [nn.Conv2d, nn.BatchNorm2d]
    assert not any(isinstance(m, nn.ReLU6) for m in network.modules())


def check_mobilenet_filters(module):
    with torch.device("meta"):
        network = module.MobileNetV2().build((3, 32, 32), 10)
    for block, inputs in ((network[4], 16), (network[5], 24), (network[19], 160)):
        body = block.body if isinstance(block, Sum) else block
        expand, depthwise, project = (m for m in body if isinstance(m, nn.Conv2d))
        assert expand.out_channels == depthwise.groups == depthwise.out_channels == 6 * inputs
        assert (expand.kernel_size, project.kernel_size) == ((1, 1), (1, 1))


def check_heads(module):
    """Quarters are the 4×4 means of 8×8 maps, 528 of them; the other head has 132 means."""
    quarters, whole = (built(module.DenseNet(cells=cells)).eval().double() for cells in (2, 1))
    assert (quarters[-1].in_features, whole[-1].in_features) == (528, 132)
    maps = quarters[:-3](images())
    torch.testing.assert_close(quarters[-3:-1](maps), functional.avg_pool2d(maps, 4).flatten(1))
    torch.testing.assert_close(whole[-3:-1](maps), maps.mean(dim=(2, 3)))


def check_dense_layers(module):
    """Every layer keeps what it was given, first."""
    network = built(module.DenseNet(growth=2, blocks=(2, 2))).double()
    z = images(8)
    for layer in network[:-4]:
        before, z = z, layer(z)
        if isinstance(layer, Concatenation):
            torch.testing.assert_close(z[:, : before.shape[1]], before)
            assert z.shape[1] == before.shape[1] + 2


def check_wide_blocks(module):
    """Normalise, bend, convolve, twice; the stride in the second, the shortcut of the raw input."""
    network = built(module.WideResNet(stem=2, widening=2, blocks=1)).double()
    x = images(6, channels=2)
    y = images(6, channels=4)
    for block, z, stride in ((network[1], x, 1), (network[2], y, 2)):
        for i, parameter in enumerate(block.parameters()):
            parameter.data.normal_(generator=stream(i, "data"))
        g_1, s_1, first, b_1, g_2, s_2, second, b_2, third, b_3 = block.parameters()
        u = functional.batch_norm(z, None, None, g_1, s_1, training=True).relu()
        u = functional.conv2d(u, first, b_1, padding=1)
        u = functional.batch_norm(u, None, None, g_2, s_2, training=True).relu()
        u = functional.conv2d(u, second, b_2, stride=stride, padding=1)
        shortcut = functional.conv2d(z, third, b_3, stride=stride)
        torch.testing.assert_close(block(z), u + shortcut)


def check_wide_stages(module):
    """16k, 32k and 64k filters, stride 2 from the second stage on; switches take away as named."""
    network = built(module.WideResNet(stem=2, widening=3, blocks=2))
    assert (
        sizes(network)[:7]
        == [(2, 32, 32)] + [(6, 32, 32)] * 2 + [(12, 16, 16)] * 2 + [(24, 8, 8)] * 2
    )
    assert [isinstance(b.shortcut, nn.Identity) for b in network[1:7]] == [False, True] * 3
    bare = built(module.WideResNet(stem=2, batch_norm=False, skips=False, biases=False))
    assert not any(isinstance(m, (Sum, nn.BatchNorm2d)) for m in bare.modules())
    assert [name for name, _ in bare.named_parameters() if "bias" in name] == ["10.bias"]
    assert network[7].momentum == 0.9


def check_skipless(module):
    """The bodies of the same seed, without what went around them."""
    model = ResNet(width=2, blocks=(1, 1))
    whole, bare = built(model).double(), built(module.Skipless(model=model)).double()
    z = whole[:3](images())
    torch.testing.assert_close(bare[:4](images()), whole[3].body(z).relu())
    torch.testing.assert_close(bare[4](z), whole[4].body(z).relu())
    inverted = built(module.Skipless(model=MobileNetV2(width=1 / 16)))
    assert not any(isinstance(m, (Residual, Sum)) for m in inverted.modules())


BY_HAND = {
    "padded shortcut": (check_padded_shortcut, padded_resnet),
    "Fixup blocks": (check_fixup_blocks, fixup_resnet),
    "Fixup start": (check_fixup_start, fixup_resnet),
    "Fixup variance": (check_fixup_variance, fixup_resnet),
    "MobileNetV2 strides": (check_mobilenet_strides, mobilenet_v2),
    "MobileNetV2 shortcuts": (check_mobilenet_shortcuts, mobilenet_v2),
    "MobileNetV2 filters": (check_mobilenet_filters, mobilenet_v2),
    "DenseNet heads": (check_heads, densenet),
    "dense layers": (check_dense_layers, densenet),
    "wide blocks": (check_wide_blocks, wide_resnet),
    "wide stages": (check_wide_stages, wide_resnet),
    "skipless": (check_skipless, skipless),
}


@pytest.mark.parametrize(("check", "module"), BY_HAND.values(), ids=BY_HAND.keys())
def test_the_network_is_put_together_as_described(check, module):
    check(module)


FAULTS = [
    (check_basic_blocks, resnet, "2 if stage > 0 and block == 0 else 1", "1"),
    (
        check_basic_blocks,
        resnet,
        "conv_bn(inputs, filters, stride=stride)",
        "conv_bn(inputs, filters)",
    ),
    (
        check_bottlenecks,
        bottleneck_resnet,
        "stride=stride),\n            nn.ReLU(),",
        "stride=stride),",
    ),
    (check_vgg, vgg, "nn.MaxPool2d(2)", "nn.AvgPool2d(2)"),
    (check_vgg, vgg, "2 ** min(stage, 3)", "2**stage"),
    (check_densenet, densenet, "nn.AvgPool2d(2)", "nn.MaxPool2d(2)"),
    (check_densenet, densenet, "nn.ReLU(), convolution]", "convolution]"),
    (check_heads, densenet, "AdaptiveAvgPool2d", "AdaptiveMaxPool2d"),
    (check_padded_shortcut, padded_resnet, "0, outputs - inputs", "outputs - inputs, 0"),
    (check_padded_shortcut, padded_resnet, "AvgPool2d(1, stride=stride)", "AvgPool2d(stride)"),
    (check_fixup_blocks, fixup_resnet, "second, Scale(), Shift()", "second, Shift(), Scale()"),
    (check_fixup_blocks, fixup_resnet, "nn.ReLU(), Shift(), second", "Shift(), nn.ReLU(), second"),
    (check_fixup_blocks, fixup_resnet, "isinstance(shortcut, nn.Identity)", "True"),
    (check_fixup_start, fixup_resnet, "nn.init.zeros_(second.weight)", ""),
    (check_fixup_start, fixup_resnet, "nn.init.zeros_(linear.bias)", ""),
    (check_fixup_variance, fixup_resnet, "sum(self.blocks) * ", ""),
    (check_fixup_variance, fixup_resnet, "* filters * 9", "* inputs * 9"),
    (check_mobilenet_strides, mobilenet_v2, "(6, 24, 2, 1)", "(6, 24, 2, 2)"),
    (check_mobilenet_strides, mobilenet_v2, "(1,) * (count - 1)", "(first_stride,) * (count - 1)"),
    (check_mobilenet_shortcuts, mobilenet_v2, "stride > 1:", "stride > 1 or inputs != outputs:"),
    (check_mobilenet_filters, mobilenet_v2, "groups=inner", "groups=1"),
    (check_mobilenet_filters, mobilenet_v2, "expansion * inputs", "expansion * outputs"),
    (check_wide_blocks, wide_resnet, "outputs, 1, stride, bias", "outputs, 1, 1, bias"),
    (check_wide_blocks, wide_resnet, "_normalised(outputs),", "_normalised(outputs)[:1],"),
    (check_wide_stages, wide_resnet, "2 if stage > 0 and block == 0 else 1", "1"),
    (check_wide_stages, wide_resnet, "if not self.skips", "if False"),
    (check_wide_stages, wide_resnet, "if self.batch_norm else []", ""),
    (check_skipless, skipless, "nn.Sequential(module.body, nn.ReLU())", "module.body"),
    (check_skipless, skipless, "module.body if isinstance(module, Sum) else module", "module"),
]


@pytest.mark.parametrize(("check", "module", "healthy", "faulty"), FAULTS)
def test_a_fault_in_the_structure_is_noticed(check, module, healthy, faulty):
    with pytest.raises((AssertionError, RuntimeError)):
        check(mutant(module, healthy, faulty))


# ── plain convolutional networks ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("model", "maps"),
    [
        (ConvNet.three_layers(4), [(4, 28, 28), (4, 24, 24)]),
        (ConvNet.three_layers_in_strides(4), [(4, 16, 16), (4, 8, 8)]),
        (ConvNet.five_layers(2), [(2, 16, 16), (4, 8, 8), (4, 4, 4)]),
        (ConvNet.ten_thousand(4), [(4, 32, 32), (4, 16, 16), (4, 8, 8), (4, 4, 4)]),
    ],
)
def test_the_maps_of_a_plain_network_have_the_sizes_that_its_count_needs(model, maps):
    network = built(model)

    convolutions = [i for i, layer in enumerate(network) if isinstance(layer, nn.Conv2d)]

    assert [sizes(network)[i] for i in convolutions] == maps


@pytest.mark.parametrize(
    ("model", "which"),
    [
        (ConvNet.three_layers(2), [True, False, False]),
        (ConvNet.three_layers_in_strides(2), [False] * 3),
        (ConvNet.five_layers(1), [True] * 5),
        (ConvNet.ten_thousand(2), [True] * 5),
    ],
)
def test_a_plain_network_has_the_biases_of_the_paper(model, which):
    layers = [m for m in built(model) if isinstance(m, (nn.Conv2d, nn.Linear))]

    assert [layer.bias is not None for layer in layers] == which


def test_every_hidden_layer_of_the_five_is_normalised_before_its_relu():
    network = built(ConvNet.five_layers(1))

    kinds = [type(layer) for layer in network]

    convolution = [nn.Conv2d, nn.BatchNorm2d, nn.ReLU]
    linear = [nn.Linear, nn.BatchNorm1d, nn.ReLU]
    assert kinds == [*convolution * 3, nn.Flatten, *linear, nn.Linear]


# ── what is refused ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"filters": (), "strides": ()}, r"got filters \(\), strides \(\)"),
        ({"filters": (2, 2), "strides": (1,)}, r"got filters \(2, 2\), strides \(1,\)"),
        ({"filters": (2,), "strides": (0,)}, r"got filters \(2,\), strides \(0,\)"),
    ],
)
def test_a_plain_network_needs_a_stride_for_each_convolution(given, message):
    with pytest.raises(SpecError, match=message):
        ConvNet(**given)


def test_images_that_convolutions_use_up_are_refused():
    with pytest.raises(SpecError, match=r"2 convolutions of kernel 5 .* images of \(8, 9\)"):
        ConvNet.three_layers(2).build((1, 8, 9), 3)


def test_images_that_pools_use_up_are_refused():
    with pytest.raises(SpecError, match=r"at least 32; got images of \(32, 31\)"):
        VGG(width=1).build((1, 32, 31), 3)


@pytest.mark.parametrize(("width", "blocks"), [(0, (1,)), (4, ()), (4, (1, 0))])
def test_an_empty_stage_of_a_vgg_is_refused(width, blocks):
    with pytest.raises(SpecError, match=rf"got width {width} and blocks \({str(blocks)[1:-1]}\)"):
        VGG(width=width, blocks=blocks)


@pytest.mark.parametrize(
    ("growth", "blocks", "cells"), [(0, (1,), 1), (2, (), 1), (2, (1, 0), 1), (2, (1,), 0)]
)
def test_an_empty_densenet_is_refused(growth, blocks, cells):
    with pytest.raises(SpecError, match=rf"got growth {growth}, blocks .* and cells {cells}"):
        DenseNet(growth=growth, blocks=blocks, cells=cells)


@pytest.mark.parametrize("width", [0.0, -1.0, float("inf"), float("nan")])
def test_a_mobilenet_without_filters_is_refused(width):
    with pytest.raises(SpecError, match=f"multiplies its filters; got {width}"):
        MobileNetV2(width=width)


def test_what_has_no_shortcuts_cannot_lose_them():
    with pytest.raises(SpecError, match="got MLP, which has none"):
        Skipless(model=MLP(hidden=(3,))).build((4,), 2)


def test_the_residual_networks_have_descriptions_of_their_own():
    described = {ResNet(), BottleneckResNet(blocks=(2, 2, 2, 2)), FixupResNet(), PaddedResNet()}

    assert len(described) == 4
    assert ResNet(width=16, blocks=(3, 3, 3)) != FixupResNet()
