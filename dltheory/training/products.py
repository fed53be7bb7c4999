"""Matrix products and convolutions in the precision of a training."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from jaxtyping import Float
from torch import Tensor

from dltheory.float32_products import float32_products
from dltheory.training.precision import Precision
from dltheory.training.seed_axis import Recorded, Stack


@contextmanager
def training_in(precision: Precision) -> Iterator[None]:
    """A context in which float32 products use TF32 if the precision is "tf32", and else do not.

    The settings from before are restored at the end.
    """
    with float32_products(tf32=precision == "tf32"):
        yield


def outputs_in(
    precision: Precision, stack: Stack, images: Float[Tensor, "seeds batch *shape"]
) -> Float[Tensor, "seeds batch classes"]:
    """The logits of every network on its own images, computed in this precision.

    With "bfloat16" the result is converted to float32.
    """
    half = _is_half(precision)
    with torch.autocast(images.device.type, torch.bfloat16, enabled=half):
        logits = stack(images)
    return logits.float() if half else logits


def recorded_in(
    precision: Precision, stack: Stack, images: Float[Tensor, "seeds batch *shape"]
) -> Recorded:
    """The logits of `outputs_in`, and the function from their gradient to parameter gradients.

    Both are computed in this precision.
    """
    half = _is_half(precision)
    with torch.autocast(images.device.type, torch.bfloat16, enabled=half):
        found = stack.recorded(images)
    kind = found.logits.dtype
    if not half:
        return found
    return Recorded(found.logits.float(), lambda by: found.gradients(by.to(kind)))


def _is_half(precision: Precision) -> bool:
    return precision == "bfloat16"
