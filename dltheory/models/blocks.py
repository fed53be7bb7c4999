"""The modules that architectures are composed of and torch.nn does not have."""

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
