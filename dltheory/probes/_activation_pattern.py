"""Which ReLUs are open at each point of a data set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from dltheory.errors import SpecError
from dltheory.outputs import finite
from dltheory.probes._evaluation import evaluating

RELUS = {torch.ops.aten.relu.default, torch.ops.aten.relu_.default}


def activation_patterns(
    model: nn.Module, images: Float[Tensor, " points *shape"], batch: int
) -> Iterator[tuple[Bool[Tensor, "part units"], bool]]:
    """1 where a ReLU's input is above 0, in evaluation mode, and whether all outputs are finite.

    A unit is one coordinate of one application of a ReLU, so that a convolution has one for every
    place in its map, and a ReLU that is used twice counts twice. They stand in the order in which
    the network applies them. ReLUs are seen where they are computed: as modules or as functions,
    alike. An input of exactly 0 is closed, and so is NaN: patterns of a network whose outputs are
    not finite say nothing.
    """
    with evaluating(model, images), torch.no_grad():
        for start in range(0, len(images), batch):
            part = images[start : start + batch]
            with _OpenRelus() as seen:
                outputs = model(part)
            yield seen.pattern(len(part)), bool(finite(outputs).all())


class _OpenRelus(TorchDispatchMode):
    """Notes which inputs of each ReLU are above 0, before it is applied."""

    def __init__(self) -> None:
        super().__init__()
        self._open: list[Tensor] = []

    def __torch_dispatch__(
        self,
        func: Any,
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        if func in RELUS:
            self._open.append(args[0] > 0)
        return func(*args, **(kwargs or {}))

    def pattern(self, points: int) -> Bool[Tensor, "points units"]:
        """All ReLUs of a pass over so many points, side by side."""
        shapes = [tuple(bits.shape) for bits in self._open]
        if not shapes or any(not shape or shape[0] != points for shape in shapes):
            raise SpecError(
                "An activation pattern needs at least one ReLU (nn.ReLU or relu, not clamp or "
                f"max), each applied to one row a point; got {len(shapes)} ReLUs on {points} "
                f"points, with inputs of the shapes {shapes[:8]}. Give a ReLU network that keeps "
                "points on the first axis."
            )
        return torch.cat([bits.flatten(1) for bits in self._open], dim=1)
