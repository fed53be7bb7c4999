"""The network that a run begins with: freshly initialised, or what another run ended with."""

from __future__ import annotations

import torch

from dltheory.errors import RunFailed
from dltheory.experiments.run import Run
from dltheory.experiments.store import Store
from dltheory.experiments.training import Training
from dltheory.randomness import drawing_from, stream


def network_before_training(
    training: Training, seed: int, store: Store | None = None
) -> torch.nn.Module:
    """The network of a seed before the first step, on the CPU.

    Its parameters come from the seed's stream "init", or from the end of the warm start, which the
    store must have. A network that diverged there has diverged here before it begins.
    """
    with drawing_from(stream(seed, "init")):
        network = training.model.build(training.data.shape, training.data.classes)
    if training.warm_start is not None:
        assert store is not None
        network.load_state_dict(_end_of(Run(training.warm_start, seed), store))
    return network


def _end_of(run: Run, store: Store) -> dict[str, torch.Tensor]:
    record, state = store.record(run), store.final_state(run)
    if record is None or state is None:
        raise RunFailed(
            f"A warm start needs the run {run.key} (seed {run.seed}) with its parameters; the "
            "store has lost them since. Start again to train it anew."
        )
    if record.status == "diverged":
        return {k: v * torch.nan if v.is_floating_point() else v for k, v in state.items()}
    return state
