"""The modules that architectures are composed of and torch.nn does not have."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional


class Residual(nn.Module):
    """x ↦ relu(body(x) + shortcut(x))."""

    def __init__(self, body: nn.Module, shortcut: nn.Module) -> None:
        super().__init__()
        self.body = body
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        """The sum of both ways, cut off at 0."""
        return functional.relu(self.body(x) + self.shortcut(x))


class Sum(nn.Module):
    """x ↦ body(x) + shortcut(x)."""

    def __init__(self, body: nn.Module, shortcut: nn.Module) -> None:
        super().__init__()
        self.body = body
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        """The sum of both ways."""
        return self.body(x) + self.shortcut(x)


class NTKAffine(nn.Module):
    """z ↦ (σ_w/√fan_in) W z + σ_b b with entries of W and b from N(0, 1).

    The bias is a linear map of the constant σ_b, so that both parts are layers of torch.nn.
    """

    def __init__(self, inputs: int, outputs: int, weight_scale: float, bias_scale: float) -> None:
        super().__init__()
        self.weight = nn.Linear(inputs, outputs, bias=False)
        self.bias = nn.Linear(1, outputs, bias=False)
        self.factor = weight_scale / math.sqrt(inputs)
        self.constant = bias_scale
        nn.init.normal_(self.weight.weight)
        nn.init.normal_(self.bias.weight)

    def forward(self, z: Tensor) -> Tensor:
        """Both parts, added."""
        return self.weight(self.factor * z) + self.bias(z.new_full((len(z), 1), self.constant))


class Concatenation(nn.Module):
    """x ↦ the maps of x, and after them those of body(x)."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, x: Tensor) -> Tensor:
        """Both, along the axis of maps."""
        return torch.cat([x, self.body(x)], dim=1)


class Shift(nn.Module):
    """x ↦ x + b with one number b, 0 at first."""

    def __init__(self) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        """The input, moved."""
        return x + self.bias


class Scale(nn.Module):
    """x ↦ s x with one number s, 1 at first."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, x: Tensor) -> Tensor:
        """The input, multiplied."""
        return self.scale * x
