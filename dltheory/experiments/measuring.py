"""Measure quantities on a finished run."""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterable
from typing import Any

import torch

from dltheory.data.splits import Splits
from dltheory.errors import RunFailed
from dltheory.experiments.quantity import Quantity
from dltheory.experiments.run import Run
from dltheory.experiments.store import Number, Store
from dltheory.experiments.training import Training
from dltheory.randomness import stream


def measure(
    run: Run, quantities: Iterable[Quantity], splits: Splits, store: Store, device: str
) -> None:
    """Put every quantity that the store lacks into it; a diverged run has none."""
    record = store.record(run)
    if record is None or record.status == "diverged":
        return
    absent = [quantity for quantity in quantities if store.measured(run, quantity) is None]
    if not absent:
        return
    model = trained_network(run, store, torch.device(device))
    for quantity in absent:
        value = _value(quantity, model, splits, run.seed)
        store.add_measurement(run, quantity, value)


def trained_network(run: Run, store: Store, device: torch.device) -> torch.nn.Module:
    """The network that a run ended with, in evaluation mode."""
    assert isinstance(run.recipe, Training)
    state = store.final_state(run)
    if state is None:
        raise RunFailed(
            f"The run {run.key} (seed {run.seed}) needs its final parameters to be measured, and "
            "they were damaged. It has been set aside; start again to train it anew."
        )
    with torch.device("meta"):
        model = run.recipe.model.build(run.recipe.data.shape, run.recipe.data.classes)
    model.load_state_dict(state, assign=True)
    return model.to(device).eval()


def _value(quantity: Quantity, model: torch.nn.Module, splits: Splits, seed: int) -> Number:
    probe = quantity.resolve()
    options: dict[str, Any] = dict(quantity.options)
    if "generator" in inspect.signature(probe).parameters:
        options["generator"] = stream(seed, f"probe/{quantity.name}")
    data = splits.split(quantity.on)
    value = probe(model, data.images, data.labels, **options)
    numbers = torch.as_tensor(value, dtype=torch.float64)
    if numbers.dim() == 0:
        number = float(numbers)
        return number if math.isfinite(number) else None
    return [float(number) for number in numbers.flatten()]
