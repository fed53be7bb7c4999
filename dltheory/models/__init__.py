"""Networks, described by frozen values; `build` makes the module. One architecture a file.

Importing this package does not import torch, so claim files stay plain values and stored
measurements can be judged on a machine without it: the modules are made inside `build`.
"""

from dltheory.models.mlp import MLP
from dltheory.models.resnet import ResNet

__all__ = ["MLP", "ResNet"]
