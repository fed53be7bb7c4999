"""Modules of the architectures that torch.nn does not have."""

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
        """Return relu(body(x) + shortcut(x))."""
        return functional.relu(self.body(x) + self.shortcut(x))


class Sum(nn.Module):
    """x ↦ body(x) + shortcut(x)."""

    def __init__(self, body: nn.Module, shortcut: nn.Module) -> None:
        super().__init__()
        self.body = body
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        """Return body(x) + shortcut(x)."""
        return self.body(x) + self.shortcut(x)


class NTKAffine(nn.Module):
    """z ↦ (σ_w/√fan_in) W z + σ_b b, with entries of W and b drawn from N(0, 1).

    σ_w is `weight_scale`, σ_b is `bias_scale`, and fan_in is the number of inputs. The bias is a
    linear layer whose input is the constant σ_b, so both parts are layers of torch.nn.
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
        """Return (σ_w/√fan_in) W z + σ_b b for rows z."""
        return self.weight(self.factor * z) + self.bias(z.new_full((len(z), 1), self.constant))


class Concatenation(nn.Module):
    """x ↦ the channels of x followed by those of body(x)."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, x: Tensor) -> Tensor:
        """Return x and body(x), concatenated along the axis of channels."""
        return torch.cat([x, self.body(x)], dim=1)


class Shift(nn.Module):
    """x ↦ x + b with one trained number b, initially 0."""

    def __init__(self) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        """Return x + b."""
        return x + self.bias


class Scale(nn.Module):
    """x ↦ s x with one trained number s, initially 1."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, x: Tensor) -> Tensor:
        """Return s x."""
        return self.scale * x
