"""The flags of TF32 are those asked for inside, and as before afterwards."""

import itertools

import pytest
import torch
from torch import nn

from dltheory.float32_products import float32_products

BOTH = list(itertools.product([False, True], repeat=2))
BY_OPERATION = hasattr(torch.backends.cudnn, "conv")  # not in older versions of PyTorch


def flags():
    return torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32


def set_flags(matrices, convolutions):
    torch.backends.cuda.matmul.allow_tf32 = matrices
    torch.backends.cudnn.allow_tf32 = convolutions


@pytest.fixture(autouse=True)
def flags_are_put_back():
    before = flags()
    yield
    if BY_OPERATION:  # as a new process has them
        torch.backends.cuda.matmul.fp32_precision = "none"
        torch.backends.cudnn.conv.fp32_precision = "tf32"
        torch.backends.cudnn.rnn.fp32_precision = "tf32"
    set_flags(*before)


@pytest.mark.parametrize("before", BOTH)
@pytest.mark.parametrize("tf32", [False, True])
def test_inside_the_flags_are_those_asked_for_and_afterwards_as_before(before, tf32):
    set_flags(*before)

    with float32_products(tf32=tf32):
        assert flags() == (tf32, tf32)

    assert flags() == before


@pytest.mark.parametrize("before", BOTH)
def test_an_exception_puts_the_flags_back(before):
    set_flags(*before)

    with pytest.raises(KeyError), float32_products():
        raise KeyError

    assert flags() == before


def test_float32_is_float32_unless_tf32_is_asked_for():
    set_flags(True, True)

    with float32_products():
        assert flags() == (False, False)


@pytest.mark.skipif(not BY_OPERATION, reason="this PyTorch has no precision of an operation")
@pytest.mark.parametrize("tf32", [False, True])
def test_precisions_set_one_by_one_are_put_back_one_by_one(tf32):
    operations = [
        torch.backends.cuda.matmul,
        torch.backends.cudnn.conv,
        torch.backends.cudnn.rnn,
    ]
    before = ["ieee", "tf32", "ieee"]
    for operation, precision in zip(operations, before, strict=True):
        operation.fp32_precision = precision

    with float32_products(tf32=tf32):
        inside = {operation.fp32_precision for operation in operations}

    assert inside == {"tf32" if tf32 else "ieee"}
    assert [operation.fp32_precision for operation in operations] == before


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize(
    "product", [torch.mm, lambda a, b: nn.functional.conv2d(a[None, None], b[None, None, :3, :3])]
)
def test_on_a_gpu_products_have_the_digits_of_float32(product):
    a, b = (torch.randn(256, 256, dtype=torch.float64) for _ in range(2))
    exact = product(a, b)
    scale = float(exact.abs().max())

    set_flags(True, True)
    with float32_products():
        found = product(a.float().cuda(), b.float().cuda()).cpu().double()

    assert float((found - exact).abs().max()) < 1e-5 * scale
