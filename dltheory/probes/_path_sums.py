"""Sums over all paths through a network, computed by running it with changed weights."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from dltheory.errors import SpecError

# Operations that do not change the product along a path, if no input is negative.
TRANSPARENT = frozenset(
    ("relu", "relu_", "flatten", "view", "reshape", "cat", "__get__", "size", "dim")
)


class SummingPaths(TorchFunctionMode):
    """A context in which a network returns sums over paths of Π |w|^p times its inputs.

    A linear map Σ_j w_ij x_j + b_i becomes Σ_j |w_ij|^p x_j, plus |b_i|^p if `biases`. Batch
    normalisation (in evaluation mode a scale γ/√(v + ε) and a shift per channel) and average
    pooling (weights 1/k for windows of k pixels) are treated in the same way. Max pooling has
    weights 1, because any input of a window may be the largest. ReLUs do not change their inputs.
    Sums of branches are sums. SpecError is raised for all other operations, in modules and in
    functions.
    """

    def __init__(self, p: float, *, biases: bool) -> None:
        super().__init__()
        self.p = p
        self.biases = biases
        self.rules: dict[str, Callable[..., Tensor]] = {
            "linear": self._linear,
            "conv2d": self._conv2d,
            "batch_norm": self._batch_norm,
            "avg_pool2d": self._avg_pool2d,
            "max_pool2d": self._max_pool2d,
            "adaptive_avg_pool2d": self._adaptive_avg_pool2d,
            "adaptive_max_pool2d": self._adaptive_max_pool2d,
            "dropout": self._dropout,
            "add": _add,
            "add_": _add,
        }

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """The result of the operation that replaces `func`."""
        name = getattr(func, "__name__", str(func))
        if name not in self.rules and name not in TRANSPARENT:
            known = ", ".join(sorted(self.rules))
            raise SpecError(
                f"A path norm needs a network of ReLUs and of {known}; got a network that calls "
                f"{name!r}. Use another norm for it."
            )
        return self.rules.get(name, func)(*args, **(kwargs or {}))

    def _power(self, weight: Tensor) -> Tensor:
        return weight.double().abs() ** self.p

    def _bias(self, bias: Tensor | None) -> Tensor | None:
        return self._power(bias) if self.biases and bias is not None else None

    def _linear(self, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        return functional.linear(x, self._power(weight), self._bias(bias))

    def _conv2d(
        self, x: Tensor, weight: Tensor, bias: Tensor | None = None, *geometry: Any
    ) -> Tensor:
        return functional.conv2d(x, self._power(weight), self._bias(bias), *geometry)

    def _batch_norm(
        self,
        x: Tensor,
        running_mean: Tensor | None,
        running_var: Tensor | None,
        weight: Tensor | None = None,
        bias: Tensor | None = None,
        training: bool = False,  # noqa: FBT001, FBT002  torch's signature
        momentum: float | None = 0.1,  # noqa: ARG002
        eps: float = 1e-5,
    ) -> Tensor:
        if training or running_mean is None or running_var is None:
            raise SpecError(
                "A path norm needs batch normalisation with running statistics; got one that "
                f"normalises {x.shape[1]} channels by the batch. Track running statistics."
            )
        channels = (-1, *[1] * (x.dim() - 2))
        scale = (running_var.double() + eps).rsqrt()
        scale = scale if weight is None else scale * weight.double()
        out = x * self._power(scale).view(channels)
        if not self.biases:
            return out
        shift = -running_mean.double() * scale
        shift = shift if bias is None else shift + bias.double()
        return out + self._power(shift).view(channels)

    def _avg_pool2d(
        self,
        x: Tensor,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] | None = None,
        padding: int | tuple[int, int] = 0,
        ceil_mode: bool = False,  # noqa: FBT001, FBT002
        count_include_pad: bool = True,  # noqa: FBT001, FBT002
        divisor_override: int | None = None,
    ) -> Tensor:
        if ceil_mode or (_pair(padding) != (0, 0) and not count_include_pad):
            raise _uneven("average pooling", "ceil_mode or count_include_pad=False with padding")
        divisor = divisor_override or math.prod(_pair(kernel_size))
        return _window_sums(x, _pair(kernel_size), stride, padding) / divisor**self.p

    def _max_pool2d(
        self,
        x: Tensor,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] | None = None,
        padding: int | tuple[int, int] = 0,
        dilation: int | tuple[int, int] = 1,
        ceil_mode: bool = False,  # noqa: FBT001, FBT002
        return_indices: bool = False,  # noqa: FBT001, FBT002
    ) -> Tensor:
        if ceil_mode or return_indices:
            raise _uneven("max-pooling", "ceil_mode or return_indices")
        return _window_sums(x, _pair(kernel_size), stride, padding, dilation)

    def _adaptive_avg_pool2d(self, x: Tensor, output_size: Any) -> Tensor:
        window = _even_window(x, output_size)
        return _window_sums(x, window, window) / math.prod(window) ** self.p

    def _adaptive_max_pool2d(
        self,
        x: Tensor,
        output_size: Any,
        return_indices: bool = False,  # noqa: FBT001, FBT002, ARG002
    ) -> Tensor:
        window = _even_window(x, output_size)
        return _window_sums(x, window, window)

    def _dropout(
        self,
        x: Tensor,
        p: float = 0.5,  # noqa: ARG002
        training: bool = True,  # noqa: ARG002, FBT001, FBT002
        inplace: bool = False,  # noqa: ARG002, FBT001, FBT002
    ) -> Tensor:
        return x  # nothing is dropped in evaluation mode


def _add(one: Any, other: Any) -> Tensor:
    """The sum of two activations; SpecError for a number or a parameter, which would be a bias."""
    if not all(isinstance(x, Tensor) and not isinstance(x, nn.Parameter) for x in (one, other)):
        given = " and ".join(type(x).__name__ for x in (one, other))
        raise SpecError(
            f"A path norm adds the outputs of 2 ways through a network; got a sum of {given}. "
            "Put biases into layers."
        )
    return one + other


def _window_sums(
    x: Tensor, kernel: tuple[int, int], stride: Any = None, padding: Any = 0, dilation: Any = 1
) -> Tensor:
    """The sums of each channel over windows, with zero padding."""
    channels = x.shape[1]
    ones = torch.ones(channels, 1, *kernel, dtype=x.dtype, device=x.device)
    return functional.conv2d(x, ones, None, stride or kernel, padding, dilation, channels)


def _even_window(x: Tensor, output_size: Any) -> tuple[int, int]:
    given = (x.shape[-2], x.shape[-1])
    wanted = [size or have for size, have in zip(_pair(output_size), given, strict=True)]
    if any(have % size for size, have in zip(wanted, given, strict=True)):
        raise _uneven("adaptive pooling", f"{given[0]}×{given[1]} to {wanted[0]}×{wanted[1]}")
    return given[0] // wanted[0], given[1] // wanted[1]


def _pair(size: Any) -> tuple[int, int]:
    return tuple(size) if isinstance(size, tuple | list) else (size, size)


def _uneven(what: str, given: str) -> SpecError:
    return SpecError(
        f"A path norm needs {what} in windows of one size; got {given}. "
        "Choose a kernel that divides the image."
    )
