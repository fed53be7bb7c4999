"""One way to train, described completely but for the seed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, get_args

from dltheory.attacks import Budget
from dltheory.data import CropAndFlip, DataSpec, StandIn
from dltheory.errors import SpecError
from dltheory.experiments.described import ABSENT_WHEN_DEFAULT, Described
from dltheory.models.model import Model
from dltheory.training import (
    SGD,
    Constant,
    Constraint,
    GradientDescent,
    LastEpoch,
    NoPenalty,
    Penalty,
    Precision,
    RankProjection,
    Schedule,
    Stopping,
    Unconstrained,
)


@dataclass(frozen=True, kw_only=True)
class Training(Described):
    """Data, model, optimiser, schedule, penalty, augmentation, attack, start and length; no seed.

    Two trainings are the same exactly if all of this is equal: runs are found by it. With a
    `warm_start`, seed s begins with the parameters and running statistics that seed s of that
    training ended with, and with fresh momentum; without one it is freshly initialised.

    Seeds are trained together, stacked into one network. With `alone`, each is trained by itself,
    its module called as it stands: for networks that cannot be stacked (dropout, recurrent layers,
    a forward pass that decides by its data).
    """

    data: DataSpec
    model: Model
    epochs: int
    optimiser: SGD | GradientDescent
    schedule: Schedule = Constant()  # noqa: RUF009  a frozen value
    penalty: Penalty = NoPenalty()  # noqa: RUF009  a frozen value
    constraint: Constraint = Unconstrained()  # noqa: RUF009  a frozen value
    projection: RankProjection | None = None
    augmentation: CropAndFlip | None = None
    attack: Budget | None = None
    precision: Precision = "float32"
    stopping: Stopping = LastEpoch()  # noqa: RUF009  a frozen value
    warm_start: Training | None = None
    alone: bool = field(default=False, metadata=ABSENT_WHEN_DEFAULT)

    def __post_init__(self) -> None:
        if self.epochs < 0:
            raise SpecError(
                f"A training lasts 0 epochs or more; got {self.epochs}. "
                "Give 0 to study the network at initialisation."
            )
        if self.precision not in get_args(Precision):
            raise SpecError(
                f"A training is in one of {', '.join(get_args(Precision))}; got "
                f"{self.precision!r}. Check the spelling."
            )
        self._require_same_network()

    def _require_same_network(self) -> None:
        first = self.warm_start
        if first is None:
            return
        ours = (self.model, self.data.shape, self.data.classes)
        theirs = (first.model, first.data.shape, first.data.classes)
        if ours != theirs:
            raise SpecError(
                "A warm start needs the same model on data of the same shape and classes; got "
                f"{ours} after {theirs}. Change one of the two trainings."
            )

    def but(self, **changes: Any) -> Training:
        """The same training with these fields changed."""
        return replace(self, **changes)

    def at_rate(self, learning_rate: float) -> Training:
        """The same training with this learning rate."""
        return self.but(optimiser=replace(self.optimiser, learning_rate=learning_rate))

    def stretched(self, scale: float) -> Training:
        """The same training in `scale` times as many epochs, its schedule with it."""
        if scale == 1 or (self.epochs == 0 and self.warm_start is None):
            return self
        return self.but(
            epochs=max(min(1, self.epochs), round(self.epochs * scale)),
            schedule=self.schedule.scaled(scale),
            warm_start=self.warm_start and self.warm_start.stretched(scale),
        )

    def in_precision(self, precision: Precision) -> Training:
        """The same training in these numbers, with all that it starts from."""
        return self.but(
            precision=precision,
            warm_start=self.warm_start and self.warm_start.in_precision(precision),
        )

    def smoke(self) -> Training:
        """Two steps on a few random images, with a narrow network: executes, and shows nothing.

        The learning rate is one and the same, so that arms which differ by it alone are one run.
        """
        stochastic = isinstance(self.optimiser, SGD)
        changes: dict[str, Any] = {} if self.optimiser.batch_size is None else {"batch_size": 4}
        return self.but(
            data=StandIn(shape=self.data.shape, classes=self.data.classes),
            model=self.model.narrowed(),
            epochs=min(self.epochs, 1 if stochastic else 2),
            optimiser=replace(self.optimiser, learning_rate=1e-3, **changes),
            projection=self.projection and replace(self.projection, after=(1,)),
            attack=self.attack and replace(self.attack, steps=min(self.attack.steps, 2), box=None),
            warm_start=self.warm_start and self.warm_start.smoke(),
        )
