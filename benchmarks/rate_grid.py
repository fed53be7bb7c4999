"""What the pilots of a grid of learning rates cost side by side: a lone run a rate, over one stack.

    python -m benchmarks.rate_grid [--rounds 7] [--device cpu]

On a CPU both use one thread, as the engine's processes do. Before any timing, every rate of a stack
is compared with its lone run; the error is the largest relative distance of their parameters.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch

from benchmarks.harness import Row, compare, options, write
from benchmarks.seed_axis import TRAININGS, largest_difference, trained
from dltheory.data import Digits
from dltheory.experiments import Training
from dltheory.models import WideResNet
from dltheory.training import SGD

RATES = (0.1, 0.03, 0.01)
SEEDS = (0,) * len(RATES)
DEEP = "digits MLP, 20 layers of 32"
GRIDS = {
    DEEP: TRAININGS[DEEP],
    "digits WRN-22-2, 4 filters": Training(
        data=Digits(train=500),
        model=WideResNet(widening=2, blocks=3, stem=4),
        epochs=1,
        optimiser=SGD(learning_rate=0.1, batch_size=32),
    ),
}


def main() -> None:
    """Measure, print, and write."""
    given = options(__doc__ or "")
    device = torch.device(given.device)
    torch.set_num_threads(1)
    rows: list[Row] = []
    for name, training in GRIDS.items():
        rows += compare(
            "rate_grid",
            f"{name}, {len(RATES)} rates",
            lambda t=training: trained(t, SEEDS, device, RATES),
            {"lone runs": lambda t=training: trained(t, SEEDS[:1], device, RATES[:1])},
            times={"lone runs": len(RATES)},
            notes={"lone runs": "time of one lone run, times the rates"},
            error=largest_difference(training, SEEDS, device, RATES),
            rounds=given.rounds,
            device=given.device,
        )
    write("rate_grid", rows, given.out)


if __name__ == "__main__":
    main()
