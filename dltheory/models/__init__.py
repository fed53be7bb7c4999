"""Descriptions of networks as frozen values; `build` makes the module. Each file has one network.

Importing this package does not import torch, because modules are made inside `build`. Therefore
claim files are plain values, and stored measurements can be judged on a machine without torch.
"""

from dltheory.models.bottleneck_resnet import BottleneckResNet
from dltheory.models.conv_net import ConvNet
from dltheory.models.densenet import DenseNet
from dltheory.models.fixup_resnet import FixupResNet
from dltheory.models.initialisations import (
    AddedToBiases,
    EmbeddedLinear,
    GlorotNormal,
    He,
    LeCunNormal,
    Normal,
    Orthogonal,
    UniformBiases,
    UniformScales,
    Zero,
)
from dltheory.models.initialised import Initialised
from dltheory.models.mlp import MLP
from dltheory.models.mobilenet_v2 import MobileNetV2
from dltheory.models.ntk_conv_net import NTKConvNet
from dltheory.models.ntk_mlp import NTKMLP
from dltheory.models.padded_resnet import PaddedResNet
from dltheory.models.resnet import ResNet
from dltheory.models.skipless import Skipless
from dltheory.models.vgg import VGG
from dltheory.models.wide_resnet import WideResNet

__all__ = [
    "MLP",
    "NTKMLP",
    "VGG",
    "AddedToBiases",
    "BottleneckResNet",
    "ConvNet",
    "DenseNet",
    "EmbeddedLinear",
    "FixupResNet",
    "GlorotNormal",
    "He",
    "Initialised",
    "LeCunNormal",
    "MobileNetV2",
    "NTKConvNet",
    "Normal",
    "Orthogonal",
    "PaddedResNet",
    "ResNet",
    "Skipless",
    "UniformBiases",
    "UniformScales",
    "WideResNet",
    "Zero",
]
