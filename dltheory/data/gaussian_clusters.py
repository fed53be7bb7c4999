"""Gaussian clusters: a classification problem whose smallest possible error is known."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dltheory.errors import SpecError

if TYPE_CHECKING:
    import dltheory.data.splits


@dataclass(frozen=True, kw_only=True)
class GaussianClusters:
    """Draws from N(μ_k, I) for class k, with orthogonal means of norm ‖μ_k‖ = `separation`.

    `inputs` is the dimension; `train` and `test` are numbers of draws. The distance between two
    means is √2·separation. Therefore, with two classes, the best classifier errs with probability
    Φ(−separation/√2), where Φ is the standard normal distribution function. The numbers of draws
    per class differ by at most one. The directions of the means depend on the seed. Test draws do
    not depend on the number of training draws.
    """

    classes: int
    inputs: int
    train: int
    test: int
    separation: float
    seed: int

    def __post_init__(self):
        wrong = []
        if not 2 <= self.classes <= self.inputs:
            wrong.append(f"classes={self.classes} with inputs={self.inputs}")
        wrong += [
            f"{name}={count}"
            for name, count in (("train", self.train), ("test", self.test))
            if count < self.classes
        ]
        if not 0 <= self.separation < math.inf:
            wrong.append(f"separation={self.separation}")
        if wrong:
            raise SpecError(
                "Gaussian clusters need 2 ≤ classes ≤ inputs (orthogonal means), at least one "
                "training and one test draw per class, and a finite separation ≥ 0; "
                f"got {', '.join(wrong)}. Change these numbers."
            )

    @property
    def name(self) -> str:
        """The name, "gaussian-clusters"."""
        return "gaussian-clusters"

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape (inputs,) of one vector."""
        return (self.inputs,)

    @property
    def black(self) -> tuple[float, ...]:
        """The value 0, since there are no pixels."""
        return (0.0,)

    @property
    def training_examples(self) -> int:
        """The number of training draws."""
        return self.train

    def load(
        self, root: Path, *, cache: Path, download: bool = False
    ) -> dltheory.data.splits.Splits:
        """Training and test draws; no file is read, and there is no validation split."""
        del root, cache, download

        from .gaussian_draws import draw_clusters

        return draw_clusters(self)
