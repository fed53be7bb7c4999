"""Activation patterns: which ReLUs are open (have a positive input) at each point of a data set."""

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

# The operations of torch that are ReLUs.
RELUS = {torch.ops.aten.relu.default, torch.ops.aten.relu_.default}


def activation_patterns(
    model: nn.Module, images: Float[Tensor, " points *shape"], batch: int
) -> Iterator[tuple[Bool[Tensor, "part units"], bool]]:
    """Yield, for each batch, the activation patterns and whether all outputs are finite.

    A pattern is true for each unit whose ReLU has an input above 0, in evaluation mode. A unit is
    one coordinate of one application of a ReLU. A convolution has one unit for every place of its
    feature map, and a ReLU that is used twice has twice as many units. Units are in the order in
    which the network applies the ReLUs. ReLUs are found as modules and as functions. Inputs of 0
    and NaN count as closed, so patterns are not meaningful if outputs are not finite. SpecError is
    raised for a network without ReLUs.
    """
    with evaluating(model, images), torch.no_grad():
        for start in range(0, len(images), batch):
            part = images[start : start + batch]
            with _OpenRelus() as seen:
                outputs = model(part)
            yield seen.pattern(len(part)), bool(finite(outputs).all())


class _OpenRelus(TorchDispatchMode):
    """A context that records which inputs of each ReLU are above 0, before the ReLU is applied."""

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
        """The patterns of all ReLUs of a pass over `points` points, concatenated along units."""
        shapes = [tuple(bits.shape) for bits in self._open]
        if not shapes or any(not shape or shape[0] != points for shape in shapes):
            raise SpecError(
                "An activation pattern needs at least one ReLU (nn.ReLU or relu, not clamp or "
                f"max), each applied to one row a point; got {len(shapes)} ReLUs on {points} "
                f"points, with inputs of the shapes {shapes[:8]}. Give a ReLU network that keeps "
                "points on the first axis."
            )
        return torch.cat([bits.flatten(1) for bits in self._open], dim=1)
