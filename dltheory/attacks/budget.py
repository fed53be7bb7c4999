"""The budget of an attack: how far it may change an image, and how many steps it takes."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, get_args

from dltheory.errors import SpecError

Norm = Literal["linf", "l2"]


@dataclass(frozen=True, kw_only=True)
class Budget:
    """The set of images x' with ‖x' − x‖ ≤ ε and all pixels in `box`, and the effort of the attack.

    `epsilon` is ε. An attack takes `steps` steps of length `step`, and is repeated `restarts` times
    from random starts. `epsilon`, `step` and `box` are in pixel units. If the network's inputs are
    (pixel − mean) / std, give `mean` and `std` per channel, the first axis of an image. The norm is
    over all channels and pixels of an image. With box=None all pixel values are allowed.

    The defaults are those of the evaluation in goldblum2020truth, §5 and appendix A.7: 20 steps of
    2/255 for ε = 8/255. The paper takes steps of 0.25/255 for ε = 1/255, and trains with 7 steps
    instead of 20. The paper's scripts train with ε = 4/255 and steps of 1/255.
    """

    norm: Norm = "linf"
    epsilon: float = 8 / 255
    step: float = 2 / 255
    steps: int = 20
    restarts: int = 1
    random_start: bool = True
    box: tuple[float, float] | None = (0.0, 1.0)
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        self._require_a_size()
        self._require_an_effort()
        self._require_units()

    def single_step(self) -> Budget:
        """The same budget with one step of length ε, without a random start."""
        return replace(self, step=self.epsilon, steps=1, restarts=1, random_start=False)

    def _require_a_size(self) -> None:
        if self.norm not in get_args(Norm):
            raise SpecError(
                f"An attack needs one of the norms {', '.join(get_args(Norm))}; got "
                f"{self.norm!r}. Check the spelling."
            )
        for name, length in {"epsilon": self.epsilon, "step": self.step}.items():
            if not (math.isfinite(length) and length >= 0):
                raise SpecError(
                    f"An attack needs a finite {name} of at least 0, in pixel units; got {length}. "
                    "Give a length such as 8/255."
                )

    def _require_an_effort(self) -> None:
        if self.steps < 1 or self.restarts < 1:
            raise SpecError(
                "An attack needs at least one step and one restart; got "
                f"{self.steps} steps and {self.restarts} restarts. Give positive numbers."
            )
        if self.restarts > 1 and not self.random_start:
            raise SpecError(
                "Restarts differ by their random starts alone; got "
                f"{self.restarts} restarts and random_start=False. Allow random starts, or give "
                "restarts=1."
            )

    def _require_units(self) -> None:
        if self.box is not None and not self.box[0] < self.box[1]:
            raise SpecError(
                "The box of pixel values needs a low end below its high end; got "
                f"{self.box}. Give (0.0, 1.0) for usual images, or None for no box."
            )
        positive = all(math.isfinite(std) and std > 0 for std in self.std)
        finite = all(math.isfinite(mean) for mean in self.mean)
        if len(self.mean) != len(self.std) or not (positive and finite):
            raise SpecError(
                "Normalised images need one mean and one positive standard deviation per channel, "
                f"all finite; got mean {self.mean} and std {self.std}. Give tuples of equal "
                "length, or none for images in pixel units."
            )
