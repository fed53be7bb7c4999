"""Measure quantities on a run: at its end, before its first step, and in between."""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from dltheory.data.splits import Splits
from dltheory.errors import RunFailed
from dltheory.experiments.beginning import network_before_training
from dltheory.experiments.quantity import Quantity
from dltheory.experiments.run import Run
from dltheory.experiments.snapshots import Snapshots
from dltheory.experiments.store import Number, Store
from dltheory.experiments.training import Training
from dltheory.float32_products import float32_products
from dltheory.randomness import drawing_from, stream


@dataclass(kw_only=True)
class Networks:
    """The networks of one run, each made when it is first looked at, in evaluation mode."""

    run: Run
    store: Store
    device: torch.device
    snapshots: Snapshots | None = None

    def after(self, epoch: int | None) -> torch.nn.Module:
        """As after this epoch (None for the last), or as at the end if training ended before."""
        if epoch == 0:
            return self.initial
        kept = self.snapshots.state(epoch, self.run.seed) if self.snapshots and epoch else None
        if kept is not None:
            return self._with(kept)
        record = self.store.record(self.run)
        if epoch is not None and record is not None and epoch < len(record.losses):
            raise RunFailed(
                f"The run {self.run.key} (seed {self.run.seed}) needs the network after epoch "
                f"{epoch} to be measured, and it was not kept or was damaged. Start again to train "
                "it anew."
            )
        return self.final

    @cached_property
    def initial(self) -> torch.nn.Module:
        """As before the first step."""
        assert isinstance(self.run.recipe, Training)
        network = network_before_training(self.run.recipe, self.run.seed, self.store)
        return network.to(self.device).eval()

    @cached_property
    def final(self) -> torch.nn.Module:
        """As after the last step."""
        state = self.store.final_state(self.run)
        if state is None:
            raise RunFailed(
                f"The run {self.run.key} (seed {self.run.seed}) needs its final parameters to be "
                "measured, and they were damaged. It has been set aside; start again to train it "
                "anew."
            )
        return self._with(state)

    def _with(self, state: dict[str, Tensor]) -> torch.nn.Module:
        recipe = self.run.recipe
        assert isinstance(recipe, Training)
        with drawing_from(stream(self.run.seed, "init")):  # and drawing from nothing else
            model = recipe.model.build(recipe.data.shape, recipe.data.classes)
        model.load_state_dict(state)
        return model.to(self.device).eval()


def measure(
    networks: Networks, quantities: Iterable[Quantity], splits: Splits, *, midway: bool = False
) -> None:
    """Put every quantity that the store lacks into it; a diverged run has none.

    Quantities in the middle of the training are measured only if asked for, while there are
    snapshots of it.
    """
    run, store = networks.run, networks.store
    record = store.record(run)
    if record is None or record.status == "diverged":
        return
    for quantity in quantities:
        if quantity.midway == midway and store.measured(run, quantity) is None:
            store.add_measurement(run, quantity, _value(quantity, networks, splits))


def _value(quantity: Quantity, networks: Networks, splits: Splits) -> Number:
    probe = quantity.resolve()
    accepted = inspect.signature(probe).parameters
    options: dict[str, Any] = dict(quantity.options)
    if "generator" in accepted:
        options["generator"] = stream(networks.run.seed, f"probe/{quantity.name}")
    if "initial" in accepted:
        options["initial"] = networks.initial
    if "train_images" in accepted:
        options["train_images"] = splits.train.images
    network, data = networks.after(quantity.at), splits.split(quantity.on)
    with float32_products():
        value = probe(network, data.images, data.labels, **options)
    numbers = torch.as_tensor(value, dtype=torch.float64)
    finite = [number if math.isfinite(number) else None for number in numbers.flatten().tolist()]
    return finite if numbers.dim() else finite[0]
