"""Devices that have too little memory for what they are asked."""

from __future__ import annotations

import torch

SAID = (
    "out of memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
    "CUSOLVER_STATUS_ALLOC_FAILED",
    "CUSPARSE_STATUS_ALLOC_FAILED",
    "CUFFT_ALLOC_FAILED",
    "DefaultCPUAllocator: can't allocate memory",
)
"""What an error says if it is one of memory, and torch did not give it a class of its own."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that the device, or the machine, had too little memory."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in SAID)


def free(device: torch.device) -> None:
    """Give what is no longer used back to the device; for when the error is out of sight.

    An exception holds on to all that its frames refer to, so this is called after its block.
    """
    if device.type == "cuda":
        torch.cuda.empty_cache()
