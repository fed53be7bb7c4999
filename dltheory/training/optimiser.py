"""Which examples a step sees, and what it does with their gradient."""

from __future__ import annotations

from dataclasses import dataclass, field

from dltheory.errors import SpecError


@dataclass(frozen=True, kw_only=True)
class SGD:
    """v ← m v + g, φ ← φ − η v, with g the mean gradient over a shuffled minibatch.

    PyTorch's momentum: no dampening, not Nesterov's. Every epoch visits every example once, in an
    order drawn from the run's stream "batches/<epoch>"; the last batch may be smaller.
    """

    learning_rate: float
    momentum: float = 0.0
    batch_size: int = 128

    def __post_init__(self) -> None:
        _require_step(self.learning_rate, self.momentum)
        if self.batch_size < 1:
            raise SpecError(
                f"A minibatch needs at least one example; got batch_size {self.batch_size}. "
                "Give a positive number, or use GradientDescent for the full batch."
            )


@dataclass(frozen=True, kw_only=True)
class GradientDescent:
    """The same step with the gradient over the whole training set: one step an epoch.

    With `batch_size` the gradient is accumulated over minibatches, those that SGD would visit: the
    mean over minibatches of their mean gradients, each weighted by its number of examples. Memory
    is then that of one minibatch, and batch normalisation has the statistics of each.
    """

    learning_rate: float
    momentum: float = 0.0
    batch_size: int | None = field(default=None, metadata={"absent when default": True})

    def __post_init__(self) -> None:
        _require_step(self.learning_rate, self.momentum)
        if self.batch_size is not None and self.batch_size < 1:
            raise SpecError(
                "Gradients are accumulated over minibatches of at least one example; got "
                f"batch_size {self.batch_size}. Give a positive number, or None for one batch."
            )


def _require_step(learning_rate: float, momentum: float) -> None:
    if not (learning_rate > 0 and 0 <= momentum < 1):
        raise SpecError(
            "A step needs a learning rate above 0 and a momentum in [0, 1); got learning rate "
            f"{learning_rate} and momentum {momentum}. Change the one that is outside."
        )
