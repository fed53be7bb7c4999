"""In which numbers a GPU multiplies matrices and convolves in float32: its own, or TF32."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch


@contextmanager
def float32_products(*, tf32: bool = False) -> Iterator[None]:
    """Products of float32 are made in float32 inside, or in TF32; afterwards as before.

    TF32 has the 8 bits of exponent of float32 and 10 of its 23 bits of fraction. By PyTorch's
    defaults convolutions on a GPU use it where the GPU can, and products of matrices do not. It
    changes nothing on a CPU. The setting is one for the whole process.
    """
    put_back = _present()
    try:
        _set(tf32=tf32)
        yield
    finally:
        put_back()


def _set(*, tf32: bool) -> None:
    if _by_operation():
        for operation in _operations():
            operation.fp32_precision = "tf32" if tf32 else "ieee"
    else:
        torch.backends.cuda.matmul.allow_tf32 = tf32
        torch.backends.cudnn.allow_tf32 = tf32


def _present() -> Callable[[], None]:
    """What sets the present values again."""
    if _by_operation():
        values = [operation.fp32_precision for operation in _operations()]
        return partial(_set_each, values)
    matrices = torch.backends.cuda.matmul.allow_tf32
    convolutions = torch.backends.cudnn.allow_tf32

    def put_back() -> None:
        torch.backends.cuda.matmul.allow_tf32 = matrices
        torch.backends.cudnn.allow_tf32 = convolutions

    return put_back


def _set_each(values: list[str]) -> None:
    for operation, value in zip(_operations(), values, strict=True):
        operation.fp32_precision = value


def _by_operation() -> bool:
    """Whether someone has set precisions one by one: PyTorch then refuses to read the old flags."""
    try:
        _ = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    except RuntimeError:
        return True
    return False


def _operations() -> list[Any]:
    """What has a precision of its own, in versions of PyTorch that have these."""
    cudnn: Any = torch.backends.cudnn
    return [torch.backends.cuda.matmul, cudnn.conv, cudnn.rnn]
