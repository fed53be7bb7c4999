"""Tensors in files of the store; where one is kept, its SHA-256 is kept beside it, sealed."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from safetensors import SafetensorError

from dltheory.experiments.sealed import Damaged, file_digest, open_file_digest
from dltheory.experiments.system_errors import reading

if TYPE_CHECKING:
    from torch import Tensor


def save_tensors(state: Mapping[str, Tensor], path: Path) -> str:
    """Write tensors with the permissions that umask and folder give any file; their SHA-256.

    safetensors itself makes files that nobody but their owner can read.
    """
    from safetensors.torch import save_file

    with path.open("wb") as file:
        permissions = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}
    save_file(tensors, path)
    path.chmod(permissions)
    return file_digest(path)


def tensors_of(path: Path, sha256: object, *, prefix: str = "") -> dict[str, Tensor]:
    """The tensors whose names begin so, if the file has that digest, else Damaged.

    FileNotFoundError if there is none, StoreError if the system cannot read it.
    """
    require_digest(path, sha256)
    return sound_tensors(path, prefix)


def require_digest(path: Path, sha256: object) -> None:
    """Damaged if a file has another digest."""
    try:
        with reading(path), path.open("rb") as file:
            if open_file_digest(file) != sha256:
                raise Damaged(f"{path} does not match the checksum that was kept of it")
    except IsADirectoryError as error:
        raise Damaged(f"{path} is a folder, not a file of this store") from error


def sound_tensors(path: Path, prefix: str = "") -> dict[str, Tensor]:
    """The tensors whose names begin so, of a file whose digest was compared before.

    safetensors calls whatever keeps it from opening a file "not found", so it is opened here too.
    """
    from safetensors import safe_open

    with reading(path), path.open("rb"):
        try:
            with safe_open(path, framework="pt") as file:
                names = [name for name in file.keys() if name.startswith(prefix)]  # noqa: SIM118
                return {name: file.get_tensor(name) for name in names}
        except (FileNotFoundError, SafetensorError) as error:
            raise OSError(errno.EIO, f"safetensors could not open it ({error})") from error
