"""Probes of networks that differ by seed alone: all together, against one after another.

python -m benchmarks.seed_axis_probes [--rounds 7] [--device cpu] [--out benchmarks/results]
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.harness import Row, compare, options, relative_error, write
from dltheory.data import Digits
from dltheory.models import MLP, ResNet
from dltheory.probes.accuracy import accuracies, accuracy
from dltheory.probes.gradient_norm import gradient_norm, gradient_norms
from dltheory.probes.loss import loss, losses
from dltheory.randomness import drawing_from, stream

SEEDS = 16
MODELS = {
    "MLP 64-64-64-64-10": MLP(hidden=(64, 64, 64)),
    "ResNet, 8 filters, 2 blocks": ResNet(width=8, blocks=(1, 1)),
}
PROBES: dict[str, tuple[Callable[..., Tensor], Callable[..., float]]] = {
    "losses": (losses, loss),
    "accuracies": (accuracies, accuracy),
    "gradient norms": (gradient_norms, gradient_norm),
}


def networks(spec: Any, device: str) -> list[nn.Module]:
    """One for each seed, as initialised."""
    models = []
    for seed in range(SEEDS):
        with drawing_from(stream(seed, "init")):
            models.append(spec.build((1, 8, 8), 10).to(device))
    return models


def rows(rounds: int, device: str) -> list[Row]:
    """A row for each network and probe, on the training images of the digits."""
    data = Digits().load(Path(), cache=Path()).train
    images, labels = data.images.to(device), data.labels.to(device)
    result = []
    for architecture, spec in MODELS.items():
        models = networks(spec, device)
        exact = [model.double() for model in networks(spec, device)]
        for name, (together, alone) in PROBES.items():
            reference = [alone(model, images.double(), labels) for model in exact]
            error = relative_error(together(models, images, labels), torch.tensor(reference))
            result += compare(
                "seed_axis_probes",
                f"{name}, {architecture}",
                partial(together, models, images, labels),
                {
                    f"{SEEDS} lone calls": lambda alone=alone, models=models: [
                        alone(model, images, labels) for model in models
                    ]
                },
                error=error,
                rounds=rounds,
                device=device,
            )
    return result


def main() -> None:
    """Measure, print the rows and write them down."""
    chosen = options(__doc__.split("\n")[0])
    write("seed_axis_probes", rows(chosen.rounds, chosen.device), chosen.out)


if __name__ == "__main__":
    main()
