"""The one permutation that deals a data set into splits, the same for every description of it."""

import torch
from jaxtyping import Int64
from torch import Tensor

from dltheory.randomness import stream


def fixed_permutation(name: str, count: int) -> Int64[Tensor, " count"]:
    """A permutation of 0, …, count − 1 that depends on the data set's name and count alone."""
    return torch.randperm(count, generator=stream(0, f"data/split/{name}"))
