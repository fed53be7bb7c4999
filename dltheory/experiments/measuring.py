"""Measure quantities on a run: at its end, before its first step, and in between."""

from __future__ import annotations

import inspect
import logging
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
from dltheory.experiments.out_of_memory import free, is_out_of_memory
from dltheory.experiments.quantity import Quantity
from dltheory.experiments.run import Run
from dltheory.experiments.snapshots import Snapshots
from dltheory.experiments.store import Number, Store
from dltheory.experiments.training import Training
from dltheory.float32_products import float32_products
from dltheory.randomness import drawing_from, stream

log = logging.getLogger(__name__)


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
                "measured, and they were damaged. Start again to train it anew."
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
    """The quantity, measured in smaller and smaller passes while memory does not suffice."""
    size = None
    while True:
        try:
            return _value_in_passes(size, quantity, networks, splits)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            said = str(error).partition("\n")[0]
        free(networks.device)
        size = _smaller(size, quantity, len(splits.split(quantity.on)))
        if size is None:
            raise RunFailed(
                f"Measuring {quantity.name!r} needs memory for one pass; {networks.device} has too "
                f"little ({said}). The training of the run {networks.run.key} (seed "
                f"{networks.run.seed}) is kept: measure it on a larger device, or on fewer images."
            )
        log.warning(
            "%r did not fit into the memory of %s: measured in passes of %d.",
            quantity.name,
            networks.device,
            size,
        )


def _smaller(size: int | None, quantity: Quantity, images: int) -> int | None:
    """Half the size of a pass; None if there is no smaller one, or the probe has no passes."""
    name = pass_option(quantity)
    if name is None:
        return None
    if size is None:
        default = inspect.signature(quantity.resolve()).parameters[name].default
        given = dict(quantity.options).get(name, default)
        size = min(given, images) if isinstance(given, int) else images
    return size // 2 or None


def pass_option(quantity: Quantity) -> str | None:
    """The option that says how much is looked at in one pass, if it does not change the value.

    Where gradients of minibatches are compared, `batch` is their size; where layers normalise by
    what is in the batch, it changes the outputs. There it is a part of the definition.
    """
    accepted, options = inspect.signature(quantity.resolve()).parameters, dict(quantity.options)
    if "together" in accepted:
        return "together"
    defines = {"minibatches", "pairs"} & set(accepted)
    defines |= {"train", "batch"} & {options.get("mode"), options.get("bn")}
    return "batch" if "batch" in accepted and not defines else None


def _value_in_passes(
    size: int | None, quantity: Quantity, networks: Networks, splits: Splits
) -> Number:
    probe = quantity.resolve()
    accepted = inspect.signature(probe).parameters
    options: dict[str, Any] = dict(quantity.options)
    if size is not None:
        options[str(pass_option(quantity))] = size
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
