"""What seeds cost when they train together: n lone runs, and torch.vmap, over n seeds at once.

    python -m benchmarks.seed_axis [--rounds 7] [--device cpu]

On a CPU both use one thread, as the engine's processes do. Before any timing, every seed of a stack
is compared with its lone run, in float64; the error is the largest relative distance of their
parameters. In float32 both round otherwise, and a residual network that is trained at rate 0.1
carries that far: after 20 steps as far as a change of its start by a millionth does. In
the peer "torch.vmap" every step is differentiated by PyTorch through `torch.vmap`, as all were in
version 0.4.0; the loss and the step of the optimiser are those of today.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch

from benchmarks.harness import Row, compare, options, write
from dltheory.data import Digits
from dltheory.experiments import Training
from dltheory.experiments.train_group import start
from dltheory.models import MLP, ConvNet, ResNet
from dltheory.training import SGD
from dltheory.training.loop import Progress, train

TRAININGS = {
    "digits MLP 64-64-64-64-10": Training(
        data=Digits(),
        model=MLP(hidden=(64, 64, 64)),
        epochs=4,
        optimiser=SGD(learning_rate=0.05, momentum=0.9, batch_size=50),
    ),
    "digits MLP, 20 layers of 32": Training(
        data=Digits(),
        model=MLP(hidden=(32,) * 20, activation="tanh", initialisation="glorot"),
        epochs=4,
        optimiser=SGD(learning_rate=0.1, batch_size=128),
    ),
    "digits conv net, 3 layers of 8": Training(
        data=Digits(train=500),
        model=ConvNet(filters=(8, 8, 8), strides=(1, 2, 2)),
        epochs=2,
        optimiser=SGD(learning_rate=0.05, momentum=0.9, batch_size=50),
    ),
    "digits ResNet, 8 filters": Training(
        data=Digits(train=500),
        model=ResNet(width=8, blocks=(1, 1)),
        epochs=2,
        optimiser=SGD(learning_rate=0.1, momentum=0.9, batch_size=50),
    ),
}

SEEDS = (1, 8, 16, 32)


def trained(
    training: Training,
    seeds: Sequence[int],
    device: torch.device,
    rates: Sequence[float] = (),
    *,
    by_layer: bool = True,
    double: bool = False,
) -> Progress:
    """These seeds, trained together, each with its own of these learning rates if there are any.

    Without `by_layer` by torch.vmap; with `double` in float64.
    """
    data = training.data.load(Path(), cache=Path()).train.to(device)
    progress = start(training, seeds, device)
    if not by_layer:
        progress.stack.layer = None
    images = data.images
    if double:
        images, stack = images.double(), progress.stack
        stack.put(_double(stack.parameters), _double(stack.buffers))
        progress = Progress.start(stack)
    return train(progress, training, images, data.labels, seeds=seeds, rates=rates)


def _double(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {k: v.double() if v.is_floating_point() else v for k, v in tensors.items()}


def largest_difference(
    training: Training,
    seeds: Sequence[int],
    device: torch.device,
    rates: Sequence[float] = (),
) -> float:
    """The largest relative distance of parameters in the stack and alone, in float64."""

    def final(chosen: slice) -> list[torch.Tensor]:
        progress = trained(training, seeds[chosen], device, rates[chosen], double=True)
        stack = progress.stack.parameters.values()
        return [torch.cat([p[i].flatten() for p in stack]).detach() for i in range(progress.seeds)]

    together = final(slice(None))
    alone = [final(slice(i, i + 1))[0] for i in range(len(seeds))]
    return max(float((a - b).norm() / b.norm()) for a, b in zip(together, alone, strict=True))


def main() -> None:
    """Measure, print, and write."""
    given = options(__doc__ or "")
    device = torch.device(given.device)
    torch.set_num_threads(1)
    rows: list[Row] = []
    for name, training in TRAININGS.items():
        error = largest_difference(training, range(4), device)
        for count in SEEDS:
            rows += compare(
                "seed_axis",
                f"{name}, {count} seeds",
                lambda t=training, n=count: trained(t, range(n), device),
                {
                    "lone runs": lambda t=training: trained(t, range(1), device),
                    "torch.vmap": lambda t=training, n=count: trained(
                        t, range(n), device, by_layer=False
                    ),
                },
                times={"lone runs": count},
                notes={"lone runs": "time of one lone run, times the seeds"},
                error=error,
                rounds=given.rounds,
                device=given.device,
            )
    write("seed_axis", rows, given.out)


if __name__ == "__main__":
    main()
