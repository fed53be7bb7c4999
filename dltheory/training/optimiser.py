"""Optimisers: which examples a step uses, and how it uses their gradient."""

from __future__ import annotations

from dataclasses import dataclass, field

from dltheory.errors import SpecError


@dataclass(frozen=True, kw_only=True)
class SGD:
    """Stochastic gradient descent: v ← m v + g and φ ← φ − η v.

    φ are the parameters, η the learning rate, m the momentum, v the velocity (0 at the start), and
    g the mean gradient over a minibatch. This is PyTorch's momentum without dampening and without
    Nesterov's variant. Every epoch visits every example once, in an order drawn from the seed's
    stream "batches/<epoch>"; the last minibatch may be smaller.
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
    """Gradient descent: the step of `SGD` with the gradient over the whole training set.

    There is one step per epoch. With `batch_size` the gradient is accumulated over the minibatches
    that SGD would visit: it is the average of their mean gradients, weighted by their numbers of
    examples. The pass then needs the memory of one minibatch, and batch normalisation uses the
    statistics of each minibatch.
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
