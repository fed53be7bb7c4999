"""Networks in the middle of their training, kept until what is asked of them has been measured.

They lie beside the group's checkpoints, in snapshots/<epoch>.safetensors, each tensor under the
name "<seed>/<name>", with <epoch>.json, sealed, which has the digest of the other and is written
after it. A damaged one is reported and counts as not kept.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from torch import Tensor

from dltheory.experiments.sealed import Damaged, seal, temporary_beside, unseal, write_atomically
from dltheory.experiments.system_errors import writing
from dltheory.experiments.tensor_files import require_digest, save_tensors, sound_tensors
from dltheory.training.loop import Progress

log = logging.getLogger(__name__)


class Snapshots:
    """The snapshots of one group."""

    def __init__(self, checkpoints: Path) -> None:
        self.folder = checkpoints / "snapshots"
        self._sound: set[int] = set()  # those that were read before

    def save(self, progress: Progress, seeds: tuple[int, ...]) -> None:
        """Keep every seed's network as it is after this epoch."""
        target = self._path(progress.epoch)
        temporary = temporary_beside(target)
        tensors = {
            f"{seed}/{name}": value
            for position, seed in enumerate(seeds)
            for name, value in progress.state_of(position).items()
        }
        with writing(target):
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                sha = save_tensors(tensors, temporary)
                temporary.replace(target)
            finally:
                temporary.unlink(missing_ok=True)
        body = {"epoch": progress.epoch, "sha256": sha}
        write_atomically(target.with_suffix(".json"), seal(body))

    def have(self, epochs: Iterable[int]) -> bool:
        """Whether there is a sound one for each of these epochs."""
        return all(self._is_sound(epoch) for epoch in epochs)

    def state(self, epoch: int, seed: int) -> dict[str, Tensor] | None:
        """A seed's parameters and buffers after this epoch, or None if no sound ones were kept."""
        if epoch not in self._sound and not self._is_sound(epoch):
            return None
        self._sound.add(epoch)
        found = sound_tensors(self._path(epoch), f"{seed}/")
        return {name.partition("/")[2]: tensor for name, tensor in found.items()} or None

    def _is_sound(self, epoch: int) -> bool:
        path = self._path(epoch)
        try:
            body = unseal(path.with_suffix(".json"))
            if body["epoch"] != epoch:
                raise Damaged(f"{path} is of epoch {body['epoch']}")
            require_digest(path, body["sha256"])
        except FileNotFoundError:
            return False
        except (Damaged, KeyError, TypeError) as problem:
            log.warning("%s: not trusted, the training begins anew.", problem)
            return False
        return True

    def _path(self, epoch: int) -> Path:
        return self.folder / f"{epoch:06d}.safetensors"
