"""A computation: what is drawn or calculated for one seed, without a network.

REPLACE: the body of `mean_of_squares`. A function takes a seed and a context, may take options, and
returns named numbers or arrays. Its code is part of what identifies its results: after an edit they
are made again.
"""

import torch

from dltheory import Context, drawing_from, stream


def mean_of_squares(seed: int, context: Context, *, inputs: int, spread: float) -> dict[str, float]:
    """(1/n) Σ xᵢ² of n normal numbers with this standard deviation."""
    del context
    with drawing_from(stream(seed, "draws")):
        x = spread * torch.randn(inputs)
    return {"value": float(x.square().mean())}
