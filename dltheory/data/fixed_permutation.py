"""The fixed permutation by which a data set is divided into splits."""

import torch
from jaxtyping import Int64
from torch import Tensor

from dltheory.randomness import stream


def fixed_permutation(name: str, count: int) -> Int64[Tensor, " count"]:
    """A random permutation of 0, …, count − 1 that depends only on the name and the count."""
    return torch.randperm(count, generator=stream(0, f"data/split/{name}"))
