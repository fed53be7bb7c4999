"""The work of a network, counted operation by operation, on the meta device by shapes alone.

PyTorch works out what an operation does to tensors without numbers in Python, in a fraction of a
millisecond: a deep network takes a tenth of a second. What its first draws and its forward pass
call most is answered here directly. Everything else goes its usual way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

aten = torch.ops.aten


class CountedOperations(TorchDispatchMode):
    """While it is entered, floating-point operations are counted by PyTorch's own formulas."""

    def __init__(self) -> None:
        super().__init__()
        self.multiply_adds = 0.0

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # else PyTorch's compiler is imported, which takes seconds

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """The result of an operation; its work is added to the count."""
        del types
        named = kwargs or {}
        out = _by_shapes(func, args, named)
        formula = flop_registry.get(func._overloadpacket)
        if out is None:
            if formula is None:  # one that is made of others counts as these
                with self:
                    made = func.decompose(*args, **named)
                if made is not NotImplemented:
                    return made
            out = func(*args, **named)
        if formula is not None:
            self.multiply_adds += formula(*args, **named, out_val=out) / 2
        return out


def _by_shapes(func: Any, args: tuple[Any, ...], named: Any) -> Any:
    """The result where only shapes are asked for, and there is a short way to it."""
    short = _SHORT_WAYS.get(func)
    return short(*args) if short is not None and not named and _on_meta(args[0]) else None


def _on_meta(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.device.type == "meta"


def _itself(tensor: torch.Tensor, *_: Any) -> torch.Tensor:
    """An operation in place leaves the shape what it was."""
    return tensor


def _alike(tensor: torch.Tensor, *_: Any) -> torch.Tensor:
    return _empty(tensor.shape, tensor)


def _product(bias: torch.Tensor, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor | None:
    fits = a.dtype == b.dtype == bias.dtype and a.shape[1] == b.shape[0]
    if not fits or bias.shape != b.shape[1:]:
        return None
    return _empty((a.shape[0], b.shape[1]), a)


def _sum(a: torch.Tensor, b: Any) -> torch.Tensor | None:
    alike = isinstance(b, torch.Tensor) and a.shape == b.shape and a.dtype == b.dtype
    return _empty(a.shape, a) if alike and b.device == a.device else None


def _averaged(
    tensor: torch.Tensor,
    axes: list[int] | None,
    keepdim: bool = False,  # noqa: FBT001, FBT002  as PyTorch passes it
) -> torch.Tensor | None:
    if not axes:
        return None
    gone = {axis % tensor.dim() for axis in axes}
    kept = [1 if i in gone else n for i, n in enumerate(tensor.shape) if keepdim or i not in gone]
    return _empty(kept, tensor)


def _normalised(tensor: torch.Tensor, *rest: Any) -> tuple[torch.Tensor, ...]:
    del rest  # running statistics are used; none are computed
    nothing = _empty((0,), tensor)
    return _empty(tensor.shape, tensor), nothing, nothing


def _convolved(
    images: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None,
    stride: list[int],
    padding: list[int],
    dilation: list[int],
    transposed: bool,  # noqa: FBT001  as PyTorch passes it
    _: list[int],
    groups: int,
) -> torch.Tensor | None:
    """⌊(size + 2·padding − dilation·(kernel − 1) − 1)/stride⌋ + 1 along each axis."""
    sizes, kernels = images.shape[2:], weight.shape[2:]
    fits = images.shape[1] == weight.shape[1] * groups and images.dtype == weight.dtype
    given = (stride, padding, dilation)
    if transposed or not fits or any(len(one) != len(sizes) for one in (kernels, *given)):
        return None
    del bias
    out = [
        (size + 2 * pad - apart * (kernel - 1) - 1) // step + 1
        for size, kernel, step, pad, apart in zip(
            sizes, kernels, stride, padding, dilation, strict=True
        )
    ]
    return _empty((images.shape[0], weight.shape[0], *out), images) if min(out) > 0 else None


def _empty(shape: Any, like: torch.Tensor) -> torch.Tensor:
    return torch.empty(shape, dtype=like.dtype, device="meta")


_SHORT_WAYS: dict[Any, Callable[..., Any]] = {
    aten.normal_.default: _itself,
    aten.uniform_.default: _itself,
    aten.zero_.default: _itself,
    aten.fill_.Scalar: _itself,
    aten.mul_.Tensor: _itself,
    aten.relu_.default: _itself,
    aten.relu.default: _alike,
    aten.addmm.default: _product,
    aten.add.Tensor: _sum,
    aten.mean.dim: _averaged,
    aten.convolution.default: _convolved,
    aten._native_batch_norm_legit_no_training.default: _normalised,
}
