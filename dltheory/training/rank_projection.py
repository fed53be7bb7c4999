"""RankMin and RankMax: projections of layers to low or to high rank after certain epochs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from dltheory.errors import SpecError

if TYPE_CHECKING:
    import torch
    from torch import nn

    from dltheory.training.seed_axis import Stack

Pair = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class RankProjection:
    """A projection of layers after each epoch in `after`, counted from 1.

    It follows goldblum2020truth, §5 and A.7.
    `rank` "min" sets singular values below `level` to 0 (0.5 in the authors' code); "max" clips
    them to at most `level` (1.5 in the authors' code). A convolution is treated as a circular
    convolution on the feature maps that it receives, with its stride; the projected operator is
    cropped to the size of the kernel. Momentum is not changed.

    `layers` says what is projected. "all" are all convolutions, as in the paper. "inner 3x3" are
    the 3×3 convolutions without the first, as in the authors' code. That code also uses grids of
    the size of ImageNet's feature maps, and stride 1: for this give `grid`, one side length for
    each projected convolution, and `strides=False`. "linear" are the weight matrices of all linear
    layers, for networks without convolutions.

    `direction="random"` is a control: it moves each layer W along a random direction, by the same
    distance ‖ΔW‖_F as the projection would.
    """

    rank: Literal["min", "max"]
    level: float
    after: tuple[int, ...]
    layers: Literal["all", "inner 3x3", "linear"] = "all"
    grid: tuple[int, ...] | None = None
    strides: bool = True
    direction: Literal["rank", "random"] = "rank"

    def __post_init__(self) -> None:
        if not self.level > 0 or not self.after or min(self.after) < 1:
            raise SpecError(
                "A projection needs a positive level and epochs, counted from 1, after which it is "
                f"made; got level {self.level} and epochs {self.after}. Change these."
            )

    def project(
        self, stack: Stack, shape: tuple[int, ...], draws: Sequence[torch.Generator] = ()
    ) -> None:
        """Project the layers of every seed in place.

        `shape` is that of one input, without the batch. `draws` has one generator per seed; only
        random directions need it. Layers that are not trained are not changed. A weight that two
        layers share is projected once, under its first name.
        """
        if self.layers == "linear":
            for name in _layers(stack.skeleton, "Linear"):
                weight = stack.parameters.get(f"{name}.weight")
                if weight is None:
                    continue
                kernel = weight.detach()[..., None, None]
                moved = self._projected(kernel, (1, 1), (1, 1), 1)[..., 0, 0]
                weight.data.copy_(self._directed(weight.detach(), moved, draws))
            return
        layers = _layers(stack.skeleton, "Conv2d")
        sizes = _map_sizes(stack.skeleton, layers, shape)
        chosen = [name for name in layers if self._has(layers[name])]
        chosen = chosen[1:] if self.layers == "inner 3x3" else chosen
        for name, size in zip(chosen, self._grids(chosen, sizes), strict=True):
            layer, weight = layers[name], stack.parameters.get(f"{name}.weight")
            if weight is None:
                continue
            stride = (layer.stride[0], layer.stride[1]) if self.strides else (1, 1)
            rounded = (size[0] + -size[0] % stride[0], size[1] + -size[1] % stride[1])
            moved = self._projected(weight.detach(), rounded, stride, layer.groups)
            weight.data.copy_(self._directed(weight.detach(), moved, draws))

    def _projected(
        self, kernel: torch.Tensor, grid: Pair, stride: Pair, groups: int
    ) -> torch.Tensor:
        from dltheory.linalg.rank_projection import rank_max, rank_min

        if self.rank == "min":
            found = rank_min(kernel, grid, threshold=self.level, stride=stride, groups=groups)
        else:
            found = rank_max(kernel, grid, largest=self.level, stride=stride, groups=groups)
        return found.kernel

    def _directed(
        self, before: torch.Tensor, after: torch.Tensor, draws: Sequence[torch.Generator]
    ) -> torch.Tensor:
        if self.direction == "rank":
            return after
        import torch

        if len(draws) != len(before):
            raise SpecError(
                "A random direction is drawn from one generator for each seed; got "
                f"{len(draws)} generators for {len(before)} seeds. Pass stream(seed, purpose)."
            )
        shape = before.shape[1:]
        noise = torch.stack([torch.randn(shape, generator=g) for g in draws]).to(before)
        length = [step.flatten(1).norm(dim=1) for step in (after - before, noise)]
        return before + noise * (length[0] / length[1]).view(-1, *[1] * len(shape))

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


def _layers(skeleton: nn.Module, kind: Literal["Conv2d", "Linear"]) -> dict[str, Any]:
    from torch import nn

    layer = getattr(nn, kind)
    return {name: m for name, m in skeleton.named_modules() if isinstance(m, layer)}


def _map_sizes(
    skeleton: nn.Module, convolutions: dict[str, nn.Conv2d], shape: tuple[int, ...]
) -> dict[str, Pair]:
    """Height and width of each convolution's input, from a pass on the "meta" device."""
    import torch

    sizes: dict[str, Pair] = {}

    def recording(name: str) -> Callable[..., None]:
        def record(_: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
            sizes[name] = (inputs[0].shape[-2], inputs[0].shape[-1])

        return record

    handles = [
        layer.register_forward_pre_hook(recording(name)) for name, layer in convolutions.items()
    ]
    training = skeleton.training
    try:
        skeleton.eval()(torch.empty(1, *shape, device="meta"))
    finally:
        skeleton.train(training)
        for handle in handles:
            handle.remove()
    return sizes
