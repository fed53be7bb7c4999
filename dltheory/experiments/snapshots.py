"""Networks in the middle of their training, kept until what is asked of them has been measured.

They lie beside the group's checkpoints, in snapshots/<epoch>.safetensors, each tensor under the
name "<seed>/<name>".
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from dltheory.experiments.sealed import temporary_beside, writing
from dltheory.training.loop import Progress


class Snapshots:
    """The snapshots of one group."""

    def __init__(self, checkpoints: Path) -> None:
        self.folder = checkpoints / "snapshots"

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
                temporary.replace(target)
            finally:
                temporary.unlink(missing_ok=True)

    def have(self, epochs: Iterable[int]) -> bool:
        """Whether there is one for each of these epochs."""
        return all(self._path(epoch).exists() for epoch in epochs)

    def state(self, epoch: int, seed: int) -> dict[str, Tensor] | None:
        """A seed's parameters and buffers after this epoch, or None if they were not kept."""
        try:
            with safe_open(self._path(epoch), framework="pt") as file:
                names = [name for name in file.keys() if name.startswith(f"{seed}/")]  # noqa: SIM118
                return {name.partition("/")[2]: file.get_tensor(name) for name in names} or None
        except (FileNotFoundError, SafetensorError):
            return None

    def _path(self, epoch: int) -> Path:
        return self.folder / f"{epoch:06d}.safetensors"
