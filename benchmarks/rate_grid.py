"""What the pilots of a grid of learning rates cost side by side: a lone run a rate, over one stack.

    python -m benchmarks.rate_grid [--rounds 7] [--device cpu]

On a CPU both use one thread, as the engine's processes do. Before any timing, every rate of a stack
is compared with its lone run; the error is the largest relative distance of their parameters.
"""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch

from benchmarks.harness import Row, compare, options, write
from dltheory.data import Digits
from dltheory.experiments import Training
from dltheory.experiments.train_group import start
from dltheory.models import MLP, WideResNet
from dltheory.training import SGD
from dltheory.training.loop import Progress, train

RATES = (0.1, 0.03, 0.01)
TRAININGS = {
    "digits MLP, 20 layers of 32": Training(
        data=Digits(),
        model=MLP(hidden=(32,) * 20, activation="tanh", initialisation="glorot"),
        epochs=4,
        optimiser=SGD(learning_rate=0.1, batch_size=128),
    ),
    "digits WRN-22-2, 4 filters": Training(
        data=Digits(train=500),
        model=WideResNet(widening=2, blocks=3, stem=4),
        epochs=1,
        optimiser=SGD(learning_rate=0.1, batch_size=32),
    ),
}


def side_by_side(training: Training, rates: tuple[float, ...], device: torch.device) -> Progress:
    """One network for each rate, trained together."""
    data = training.data.load(Path(), cache=Path()).train.to(device)
    seeds = [0] * len(rates)
    progress = start(training, seeds, device)
    return train(progress, training, data.images, data.labels, seeds=seeds, rates=rates)


def largest_difference(training: Training, device: torch.device) -> float:
    """The largest relative distance between a rate's parameters in the stack and alone."""

    def final(rates: tuple[float, ...]) -> list[torch.Tensor]:
        stack = side_by_side(training, rates, device).stack.parameters.values()
        return [torch.cat([p[i].flatten() for p in stack]).detach() for i in range(len(rates))]

    alone = [final((rate,))[0] for rate in RATES]
    return max(float((a - b).norm() / b.norm()) for a, b in zip(final(RATES), alone, strict=True))


def main() -> None:
    """Measure, print, and write."""
    given = options(__doc__ or "")
    device = torch.device(given.device)
    torch.set_num_threads(1)
    rows: list[Row] = []
    for name, training in TRAININGS.items():
        rows += compare(
            "rate_grid",
            f"{name}, {len(RATES)} rates",
            lambda t=training: side_by_side(t, RATES, device),
            {"lone runs": lambda t=training: side_by_side(t, RATES[:1], device)},
            times={"lone runs": len(RATES)},
            notes={"lone runs": "time of one lone run, times the rates"},
            error=largest_difference(training, device),
            rounds=given.rounds,
            device=given.device,
        )
    write("rate_grid", rows, given.out)


if __name__ == "__main__":
    main()
