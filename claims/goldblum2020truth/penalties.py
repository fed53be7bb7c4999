"""How far two penalties lead apart, in the suite's own training loop."""

from __future__ import annotations

from typing import Literal

import torch

from dltheory.data import Digits
from dltheory.experiments import Context, Training
from dltheory.models import MLP
from dltheory.randomness import drawing_from, stream
from dltheory.training import SGD, NormBias, Penalty, WeightDecay
from dltheory.training.loop import Progress, train
from dltheory.training.seed_axis import Stack

DECAY = 0.05
SHORT = Training(
    data=Digits(train=500),
    model=MLP(hidden=(16,)),
    epochs=3,
    optimiser=SGD(learning_rate=0.05, momentum=0.9, batch_size=50),
)


def distance_to_decay(
    seed: int, context: Context, *, as_in: Literal["code", "formula"]
) -> dict[str, float]:
    """‖φ − φ_decay‖ / ‖φ_decay‖ after training with norm-bias, for the targets 0 and 10,000."""
    coefficient = DECAY / 2 if as_in == "formula" else DECAY
    decayed = _trained(seed, context, WeightDecay(coefficient=DECAY))

    def distance(squared_norm: float) -> float:
        penalty = NormBias(coefficient=coefficient, squared_norm=squared_norm, as_in=as_in)
        other = _trained(seed, context, penalty)
        return float((other - decayed).norm() / decayed.norm())

    return {
        "distance with target 0": distance(0.0),
        "distance with a positive target": distance(1e4),
    }


def _trained(seed: int, context: Context, penalty: Penalty) -> torch.Tensor:
    data = context.load(SHORT.data).train.to("cpu", torch.float64)
    with drawing_from(stream(seed, "init")):
        network = SHORT.model.build(SHORT.data.shape, SHORT.data.classes).double()
    progress = Progress.start(Stack.of([network]))
    train(progress, SHORT.but(penalty=penalty), data.images, data.labels, seeds=[seed])
    return torch.cat([p.detach().flatten() for p in progress.stack.parameters.values()])
