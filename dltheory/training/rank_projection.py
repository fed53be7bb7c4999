"""RankMin and RankMax: convolutions brought to low, or to high, rank after certain epochs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from dltheory.errors import SpecError

if TYPE_CHECKING:
    from torch import nn

    from dltheory.training.seed_axis import Stack

Pair = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class RankProjection:
    """After each epoch in `after`, counted from 1, every convolution is projected and cropped.

    goldblum2020truth, §5 and A.7: "min" sets singular values below `level` to 0 (0.5 in the
    authors' code), "max" clips them to at most `level` (1.5). A convolution is taken as circular on
    the feature maps that it meets, with its stride. `layers` is "all" convolutions, as the paper
    says, or the 3×3 ones without the first, as the code does; it also takes grids of the size of
    ImageNet's maps and stride 1: give `grid`, one number for each projected convolution, and
    `strides=False`. Momentum is left as it is.
    """

    rank: Literal["min", "max"]
    level: float
    after: tuple[int, ...]
    layers: Literal["all", "inner 3x3"] = "all"
    grid: tuple[int, ...] | None = None
    strides: bool = True

    def __post_init__(self) -> None:
        if not self.level > 0 or not self.after or min(self.after) < 1:
            raise SpecError(
                "A projection needs a positive level and epochs, counted from 1, after which it is "
                f"made; got level {self.level} and epochs {self.after}. Change these."
            )

    def project(self, stack: Stack, shape: tuple[int, ...]) -> None:
        """Project the convolutions of every seed in place; `shape` is that of one input."""
        from dltheory.linalg.rank_projection import rank_max, rank_min

        sizes = _map_sizes(stack.skeleton, shape)
        layers = _convolutions(stack.skeleton)
        chosen = [name for name in layers if self._has(layers[name])]
        chosen = chosen[1:] if self.layers == "inner 3x3" else chosen
        for name, size in zip(chosen, self._grids(chosen, sizes), strict=True):
            layer, weight = layers[name], stack.parameters[f"{name}.weight"]
            stride = (layer.stride[0], layer.stride[1]) if self.strides else (1, 1)
            form = {"stride": stride, "groups": layer.groups}
            rounded = (size[0] + -size[0] % stride[0], size[1] + -size[1] % stride[1])
            if self.rank == "min":
                found = rank_min(weight.detach(), rounded, threshold=self.level, **form)
            else:
                found = rank_max(weight.detach(), rounded, largest=self.level, **form)
            weight.data.copy_(found.kernel)

    def _has(self, layer: nn.Conv2d) -> bool:
        return self.layers == "all" or tuple(layer.kernel_size) == (3, 3)

    def _grids(self, chosen: list[str], sizes: dict[str, Pair]) -> list[Pair]:
        if self.grid is None:
            return [sizes[name] for name in chosen]
        if len(self.grid) != len(chosen):
            raise SpecError(
                f"A projection needs one grid for each of {len(chosen)} convolutions; got "
                f"{len(self.grid)}: {self.grid}. Give them in the order of the network."
            )
        return [(number, number) for number in self.grid]


def _convolutions(skeleton: nn.Module) -> dict[str, nn.Conv2d]:
    from torch import nn

    return {name: m for name, m in skeleton.named_modules() if isinstance(m, nn.Conv2d)}


def _map_sizes(skeleton: nn.Module, shape: tuple[int, ...]) -> dict[str, Pair]:
    """Height and width of what each convolution is given, found without computing anything."""
    import torch

    sizes: dict[str, Pair] = {}

    def recording(name: str) -> Callable[..., None]:
        def record(_: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
            sizes[name] = (inputs[0].shape[-2], inputs[0].shape[-1])

        return record

    handles = [
        layer.register_forward_pre_hook(recording(name))
        for name, layer in _convolutions(skeleton).items()
    ]
    training = skeleton.training
    try:
        skeleton.eval()(torch.empty(1, *shape, device="meta"))
    finally:
        skeleton.train(training)
        for handle in handles:
            handle.remove()
    return sizes
