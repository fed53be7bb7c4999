"""What a seed costs when seeds train together: time per seed of n at once, over one lone run.

    python benchmarks/seed_axis.py [--rounds 7] [--out benchmarks/results/seed_axis.json]

Lone and stacked trainings take turns in one process, on one thread, so that a busy machine slows
both; each round gives a ratio, and the table shows median and quartiles of the ratios. Before any
timing, every seed of a stack is compared with its lone run.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
sys.path.insert(0, str(Path(__file__).parents[1]))

import torch

from dltheory.data import Digits
from dltheory.experiments import Training
from dltheory.experiments.provenance import provenance
from dltheory.experiments.train_group import start
from dltheory.models import MLP, ResNet
from dltheory.training import SGD
from dltheory.training.loop import train

CPU = torch.device("cpu")
TRAININGS = {
    "digits MLP 64-64-64-64-10": Training(
        data=Digits(),
        model=MLP(hidden=(64, 64, 64)),
        epochs=4,
        optimiser=SGD(learning_rate=0.05, momentum=0.9, batch_size=50),
    ),
    "digits MLP of 20 layers of 32": Training(
        data=Digits(),
        model=MLP(hidden=(32,) * 20, activation="tanh", initialisation="glorot"),
        epochs=4,
        optimiser=SGD(learning_rate=0.1, batch_size=128),
    ),
    "digits ResNet, 8 filters, 2 blocks": Training(
        data=Digits(train=500),
        model=ResNet(width=8, blocks=(1, 1)),
        epochs=2,
        optimiser=SGD(learning_rate=0.1, momentum=0.9, batch_size=50),
    ),
}


def seconds(training: Training, seeds: range) -> float:
    """Wall seconds of training these seeds together, initialisation not counted."""
    data = training.data.load(Path(), cache=Path()).train
    progress = start(training, tuple(seeds), CPU)
    began = time.perf_counter()
    train(progress, training, data.images, data.labels, seeds=seeds)
    return time.perf_counter() - began


def largest_difference(training: Training, seeds: range) -> float:
    """The largest relative distance between a seed's parameters in the stack and alone."""
    data = training.data.load(Path(), cache=Path()).train

    def final(chosen: range) -> list[torch.Tensor]:
        progress = start(training, tuple(chosen), CPU)
        train(progress, training, data.images, data.labels, seeds=chosen)
        stack = progress.stack.parameters.values()
        return [torch.cat([p[i].flatten() for p in stack]).detach() for i in range(len(chosen))]

    together = final(seeds)
    alone = [final(range(seed, seed + 1))[0] for seed in seeds]
    return max(float((a - b).norm() / b.norm()) for a, b in zip(together, alone, strict=True))


def main() -> None:
    """Measure, print the table, and write it with its provenance."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    rows = []
    print(f"{'training':36} {'seeds':>5} {'cost per seed / lone run':>26} {'difference':>11}")
    for name, training in TRAININGS.items():
        difference = largest_difference(training, range(4))
        seconds(training, range(1))
        for count in (4, 16, 64):
            ratios = []
            for _ in range(options.rounds):
                alone = seconds(training, range(1))
                ratios.append(seconds(training, range(count)) / count / alone)
            low, median, high = statistics.quantiles(ratios, n=4)
            print(f"{name:36} {count:5} {median:8.3f}  [{low:.3f}, {high:.3f}] {difference:13.1e}")
            rows.append(
                {
                    "training": name,
                    "seeds": count,
                    "ratio": median,
                    "quartiles": [low, high],
                    "rounds": options.rounds,
                    "largest_difference_of_4_seeds": difference,
                }
            )
    if options.out is not None:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        facts = provenance(gpus=[], command="python benchmarks/seed_axis.py")
        options.out.write_text(json.dumps({"provenance": facts, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
