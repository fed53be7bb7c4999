"""Trainings under way, kept after whole epochs, so that a killed process goes on where it was.

    <store>/checkpoints/<group>/<epoch>/state.safetensors   parameters, buffers, velocity, and the
                                                            states of seeds that have stopped
    <store>/checkpoints/<group>/<epoch>/progress.json       the rest, sealed, with the digest above

A group is one recipe with the seeds (and learning rates) that train together. The newest sound
checkpoint counts; a damaged one is reported and passed over. On a CPU the training ends with the
same bits as without interruption, because nothing random is carried over from one epoch to the
next.
"""

from __future__ import annotations

import logging
import shutil
from dataclasses import replace
from pathlib import Path

from torch import Tensor

from dltheory.experiments.plan import Group
from dltheory.experiments.sealed import (
    Damaged,
    listed,
    seal,
    temporary_beside,
    unseal,
    write_atomically,
)
from dltheory.experiments.system_errors import writing
from dltheory.experiments.tensor_files import save_tensors, tensors_of
from dltheory.experiments.training import Training
from dltheory.training.loop import Progress

log = logging.getLogger(__name__)


class Checkpoints:
    """The checkpoints of one group, of trainings that began with this code and data (`origin`)."""

    def __init__(self, folder: Path, group: Group, origin: str = "") -> None:
        self.group, self.origin = group, origin
        self.folder = folder / group.name

    @classmethod
    def covering(cls, folder: Path, group: Group, origin: str = "") -> Checkpoints:
        """Those of a finished training that has all of these runs, else the group's own.

        A process may die between adding one run of a finished group to the store and the next;
        the runs that are left are then found in the checkpoint of the whole group.
        """
        groups = [path for path in listed(folder) if path.name.startswith(f"{group.recipe_name}-")]
        for kept in (epoch for path in groups for epoch in _epochs_in(path)):
            try:
                body = unseal(kept / "progress.json")
                whole = replace(group, seeds=tuple(body["seeds"]), rates=tuple(body["rates"]))
                finished = body["finished"] and body.get("origin", "") == origin
            except (Damaged, FileNotFoundError, KeyError, TypeError):
                continue
            if finished and {run.key for run in group.runs} <= {run.key for run in whole.runs}:
                return cls(folder, whole, origin)
        return cls(folder, group, origin)

    def save(self, progress: Progress, seconds: float) -> None:
        """Keep this state and drop all others, also a damaged one that claims a later epoch."""
        target = self.folder / f"{progress.epoch:06d}"
        temporary = temporary_beside(target)
        with writing(target):
            try:
                temporary.mkdir(parents=True)
                sha = save_tensors(_tensors(progress), temporary / "state.safetensors")
                body = {
                    "origin": self.origin,
                    "epoch": progress.epoch,
                    "finished": progress.done or progress.epoch == self._epochs,
                    "group": self.group.name,
                    "seeds": list(self.group.seeds),
                    "rates": list(self.group.rates),
                    "losses": [[repr(loss) for loss in losses] for losses in progress.losses],
                    "diverged_at": {str(k): v for k, v in progress.diverged_at.items()},
                    "stopped_at": {str(k): v for k, v in progress.stopped_at.items()},
                    "seconds": seconds,
                    "state_sha256": sha,
                }
                write_atomically(temporary / "progress.json", seal(body))
                if target.exists():
                    shutil.rmtree(target)
                temporary.rename(target)
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
        for other in _epochs_in(self.folder):
            if other != target:
                shutil.rmtree(other, ignore_errors=True)

    def resume(self, progress: Progress) -> float:
        """Bring a fresh training to the newest sound checkpoint; seconds already spent on it."""
        for folder in reversed(_epochs_in(self.folder)):
            try:
                return _restore(progress, folder, self.group, self.origin)
            except (Damaged, FileNotFoundError, KeyError, TypeError) as problem:
                log.warning("%s: not trusted, the training goes on from before it.", problem)
        return 0.0

    def clear(self) -> None:
        """Drop them all: the runs are in the store."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def _epochs(self) -> int:
        assert isinstance(self.group.recipe, Training)
        return self.group.recipe.epochs


def _epochs_in(group: Path) -> list[Path]:
    """The checkpoints of a group, the earliest first."""
    return [path for path in listed(group) if path.name.isdigit()]


def _tensors(progress: Progress) -> dict[str, Tensor]:
    stack = progress.stack
    return {
        **{f"parameter/{name}": value for name, value in stack.parameters.items()},
        **{f"buffer/{name}": value for name, value in stack.buffers.items()},
        **{f"velocity/{i}": value for i, value in enumerate(progress.velocity)},
        **{
            f"stopped/{position}/{name}": value
            for position, state in progress.stopped.items()
            for name, value in state.items()
        },
    }


def _restore(progress: Progress, folder: Path, group: Group, origin: str) -> float:
    body = unseal(folder / "progress.json")
    if body["group"] != group.name:
        raise Damaged(f"{folder} belongs to the group {body['group']}")
    if body.get("origin", "") != origin:
        raise Damaged(f"{folder} was begun with other code or data")
    state = folder / "state.safetensors"
    tensors = tensors_of(state, body["state_sha256"])
    stack = progress.stack
    velocity = [tensors[f"velocity/{i}"].to(v.device) for i, v in enumerate(progress.velocity)]
    parameters = {k: tensors[f"parameter/{k}"].to(v.device) for k, v in stack.parameters.items()}
    buffers = {k: tensors[f"buffer/{k}"].to(v.device) for k, v in stack.buffers.items()}

    stopped_at = {int(k): v for k, v in body["stopped_at"].items()}
    stopped = {
        position: {
            name.removeprefix(f"stopped/{position}/"): tensor
            for name, tensor in tensors.items()
            if name.startswith(f"stopped/{position}/")
        }
        for position in stopped_at
    }
    left = {len(value) for value in parameters.values()}
    if left != {len(group.runs) - len(stopped_at)}:
        raise Damaged(f"{state} has {left} networks beside {len(stopped_at)} that have stopped")

    stack.put(parameters, buffers)
    progress.velocity = velocity
    progress.stopped_at, progress.stopped = stopped_at, stopped
    progress.epoch = body["epoch"]
    progress.losses = [[float(loss) for loss in losses] for losses in body["losses"]]
    progress.diverged_at = {int(k): v for k, v in body["diverged_at"].items()}
    return float(body["seconds"])
