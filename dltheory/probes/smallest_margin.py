"""The smallest margin in output space over a data set."""

from __future__ import annotations

from jaxtyping import Float, Int64
from torch import Tensor, nn

from dltheory.probes.output_margins import output_margins


def smallest_margin(
    model: nn.Module,
    images: Float[Tensor, " points *shape"],
    labels: Int64[Tensor, " points"],
    *,
    normalised: bool = False,
    p: float = 2.0,
    first_bias: bool = True,
    unit: float = 1.0,
    folded: bool = False,
    batch: int = 1000,
) -> float:
    """The smallest margin η = min_n ( f_{y_n}(x_n) − max_{j≠y_n} f_j(x_n) ).

    It is positive if all examples are classified correctly. It is the margin of the support vectors
    (liao2020puzzles, appendix J). Options are as in `output_margins`.
    """
    margins = output_margins(
        model,
        images,
        labels,
        normalised=normalised,
        p=p,
        first_bias=first_bias,
        unit=unit,
        folded=folded,
        batch=batch,
    )
    return float(margins.min())
