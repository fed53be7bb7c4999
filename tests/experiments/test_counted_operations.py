"""The work of a network is what PyTorch's own counter counts, whatever is answered by shapes."""

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from dltheory.experiments import counted_operations
from dltheory.models import (
    MLP,
    NTKMLP,
    VGG,
    BottleneckResNet,
    ConvNet,
    DenseNet,
    FixupResNet,
    MobileNetV2,
    NTKConvNet,
    PaddedResNet,
    ResNet,
    Skipless,
    WideResNet,
)
from tests.mutation import mutant

IMAGES = (3, 32, 32)
MODELS = [
    MLP(hidden=(7, 5)),
    NTKMLP(hidden=(7,)),
    VGG(),
    BottleneckResNet(),
    ConvNet(filters=(4, 6), strides=(2, 2)),
    DenseNet(),
    FixupResNet(),
    MobileNetV2(),
    NTKConvNet(width=2),
    PaddedResNet(),
    ResNet(width=8),
    Skipless(model=ResNet(width=8)),
    WideResNet(),
]


def counted(build, module=counted_operations):
    with torch.device("meta"), module.CountedOperations() as work:
        network = build().eval()
        work.multiply_adds = 0.0
        with torch.no_grad():
            outputs = network(torch.zeros(1, *IMAGES))
    return work.multiply_adds, outputs.shape


def counted_by_pytorch(build):
    with torch.device("meta"):
        network = build().eval()
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            outputs = network(torch.zeros(1, *IMAGES))
    return counter.get_total_flops() / 2, outputs.shape


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_a_model_takes_as_many_multiply_adds_as_pytorch_counts(model):
    def build():
        return model.build(IMAGES, 10)

    assert counted(build) == counted_by_pytorch(build)


def odd_convolutions():
    return nn.Sequential(
        nn.Conv2d(3, 6, 5, stride=(2, 3), padding=(0, 2), dilation=(2, 1), groups=3),
        nn.BatchNorm2d(6),
        nn.ReLU(),
        nn.ConvTranspose2d(6, 6, 3, stride=2),
        nn.Conv2d(6, 4, 3, padding="same"),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(4, 9, bias=False),
    )


def attention():
    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.MultiheadAttention(32, 4, batch_first=True)

        def forward(self, images):
            rows = images.flatten(1, 2)
            return self.layer(rows, rows, rows, need_weights=False)[0]

    return Attention()


@pytest.mark.parametrize("build", [odd_convolutions, attention])
def test_modules_of_other_kinds_are_counted_alike(build):
    assert counted(build) == counted_by_pytorch(build)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("out_val=out) / 2", "out_val=out)"),
        ("- apart * (kernel - 1)", "- (kernel - 1)"),
        ("2 * pad", "pad"),
        ("if transposed or not fits", "if not fits"),
        ("if i in gone", "if i not in gone"),
    ],
)
def test_a_fault_in_the_short_ways_is_noticed(healthy, faulty):
    broken = mutant(counted_operations, healthy, faulty)
    found = None
    try:
        found = counted(odd_convolutions, broken)
    except (RuntimeError, AttributeError):
        return

    assert found != counted_by_pytorch(odd_convolutions)
