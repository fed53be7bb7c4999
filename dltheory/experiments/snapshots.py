"""Networks in the middle of their training, kept until what is asked of them has been measured.

They lie beside the group's checkpoints, in snapshots/<epoch>.safetensors, each tensor under the
name "<seed>/<name>", with <epoch>.json, sealed, which has the digest of the other and is written
after it. A damaged one is reported and counts as not kept.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from dltheory.experiments.sealed import (
    Damaged,
    file_digest,
    seal,
    temporary_beside,
    unseal,
    write_atomically,
    writing,
)
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
            f"{seed}/{name}": value.cpu().contiguous()
            for position, seed in enumerate(seeds)
            for name, value in progress.state_of(position).items()
        }
        with writing(target):
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                save_file(tensors, temporary)
                sha = file_digest(temporary)
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
        with safe_open(self._path(epoch), framework="pt") as file:
            names = [name for name in file.keys() if name.startswith(f"{seed}/")]  # noqa: SIM118
            return {name.partition("/")[2]: file.get_tensor(name) for name in names} or None

    def _is_sound(self, epoch: int) -> bool:
        path = self._path(epoch)
        try:
            body = unseal(path.with_suffix(".json"))
            if body["epoch"] != epoch or body["sha256"] != file_digest(path):
                raise Damaged(f"{path} does not match the checksum in {path.stem}.json")
        except FileNotFoundError:
            return False
        except (Damaged, OSError, KeyError, TypeError) as problem:
            log.warning("%s: not trusted, the training begins anew.", problem)
            return False
        return True

    def _path(self, epoch: int) -> Path:
        return self.folder / f"{epoch:06d}.safetensors"
