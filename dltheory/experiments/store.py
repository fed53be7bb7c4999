"""Runs on disk, found by their key; a run is there whole or not at all.

    <store>/runs/<key>/run.json               the record, sealed with a checksum
    <store>/runs/<key>/final.safetensors      parameters and buffers after training
    <store>/runs/<key>/measured/<digest>.json one quantity, sealed
    <store>/checkpoints/<group>/              the training under way, see checkpoint.py
    <store>/data/                             decoded data sets
    <store>/locks/  <store>/progress/         who works on what

Several processes may use one store: whoever trains holds the group's lock, and a finished run
appears by one rename. A file that is damaged or foreign is reported, set aside and made again.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from dltheory.errors import StoreError
from dltheory.experiments.heartbeat import is_alive
from dltheory.experiments.quantity import Quantity
from dltheory.experiments.record import Record
from dltheory.experiments.run import Run, digest
from dltheory.experiments.sealed import (
    Damaged,
    file_digest,
    seal,
    temporary_beside,
    unseal,
    write_atomically,
    writer_of,
    writing,
)

if TYPE_CHECKING:
    from torch import Tensor

log = logging.getLogger(__name__)

Number = float | list[float | None] | None
"""What was measured; None stands for what is not a finite number."""

LEFT_BEHIND_SECONDS = 86_400.0
"""Nothing takes this long to write, so an older temporary folder belongs to nobody, unless the
process that it is named after is there."""


class Store:
    """A folder of runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with writing(folder):
            for name in ("runs", "checkpoints", "data", "locks", "progress"):
                (folder / name).mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        if not os.access(folder / "runs", os.W_OK):
            raise StoreError(
                f"The store must be writable; {folder} is not. Change its permissions, or choose "
                "another place with --store=DIR."
            )

    @property
    def data(self) -> Path:
        """Where decoded data sets are cached."""
        return self.folder / "data"

    def lock(self, name: str) -> FileLock:
        """A lock that processes on this store share; freed by the system when its holder dies."""
        return FileLock(self.folder / "locks" / f"{name}.lock")

    @contextmanager
    def holding(self, name: str, seconds: float) -> Iterator[None]:
        """Hold a lock; Timeout if another process does for so long."""
        lock = self.lock(name)
        try:
            lock.acquire(timeout=seconds)
        except Timeout:
            raise
        except OSError:
            with writing(Path(lock.lock_file)):
                raise
        try:
            yield
        finally:
            lock.release()

    def folder_of(self, run: Run) -> Path:
        """Where a run is, or will be."""
        return self.folder / "runs" / run.key

    # ── runs ──────────────────────────────────────────────────────────────────────────────────

    def record(self, run: Run) -> Record | None:
        """The record of a finished run, or None; a damaged one is reported and set aside."""
        path = self.folder_of(run) / "run.json"
        if not self.folder_of(run).exists():
            return None
        try:
            record = Record.from_body(_of_schema(unseal(path), path))
            if record.key != run.key:
                raise Damaged(f"{path} belongs to the run {record.key}")
        except FileNotFoundError:
            if self.folder_of(run).exists() and not path.exists():
                self._set_aside(run, f"{path} is missing")
            return None
        except (TypeError, KeyError) as problem:
            self._set_aside(run, f"{path} is no record of this version ({problem})")
            return None
        except (Damaged, OSError) as problem:
            self._set_aside(run, str(problem))
            return None
        return record

    def add(self, record: Record, state: Mapping[str, Tensor] | None = None) -> None:
        """Put a finished run into the store, all of it at once."""
        target = self.folder / "runs" / record.key
        temporary = temporary_beside(target)
        body: dict[str, Any] = {"schema": 1, **record.as_body()}
        with writing(target):
            try:
                (temporary / "measured").mkdir(parents=True)
                if state is not None:
                    _save_tensors(state, temporary / "final.safetensors")
                    body["final_sha256"] = file_digest(temporary / "final.safetensors")
                write_atomically(temporary / "run.json", seal(body))
                _replace(target, temporary)
            finally:
                shutil.rmtree(temporary, ignore_errors=True)

    def is_whole(self, run: Run) -> bool:
        """Whether a run is there with its parameters; a damaged one is reported and set aside."""
        return self.record(run) is not None and self.final_state(run) is not None

    def final_state(self, run: Run) -> dict[str, Tensor] | None:
        """Parameters and buffers after training; None, and the run set aside, if damaged."""
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        path = self.folder_of(run) / "final.safetensors"
        try:
            expected = unseal(self.folder_of(run) / "run.json").get("final_sha256")
            if file_digest(path) != expected:
                raise Damaged(f"{path} does not match the checksum in run.json")
            return load_file(path)
        except (Damaged, OSError, SafetensorError) as problem:
            self._set_aside(run, str(problem))
            return None

    def _set_aside(self, run: Run, why: str) -> None:
        log.warning("%s: not trusted, the run is made again.", why)
        folder = self.folder_of(run)
        with writing(folder), suppress(FileNotFoundError):  # another process was first
            folder.rename(temporary_beside(folder).with_suffix(".damaged"))

    # ── measurements ──────────────────────────────────────────────────────────────────────────

    def measured(self, run: Run, quantity: Quantity) -> Measured | None:
        """What was measured on a run, or None; a damaged file is reported and removed.

        What another version of the probe measured counts as not measured.
        """
        path = self._measurement_path(run, quantity)
        if not path.exists():
            return None
        try:
            body = unseal(path)
            if body["run"] != run.key or body["quantity"] != quantity.name:
                raise Damaged(f"{path} belongs to {body['quantity']!r} of the run {body['run']}")
            if body.get("code") != quantity.code:
                return None
        except (Damaged, OSError, TypeError, KeyError) as problem:
            log.warning("%s (%s): not trusted, measured again.", path, problem)
            with writing(path):
                path.unlink(missing_ok=True)
            return None
        return Measured(body["value"])

    def add_measurement(self, run: Run, quantity: Quantity, value: Number) -> None:
        """Keep what was measured on a run."""
        body = {"run": run.key, "quantity": quantity.name, "code": quantity.code, "value": value}
        write_atomically(self._measurement_path(run, quantity), seal(body))

    def _measurement_path(self, run: Run, quantity: Quantity) -> Path:
        return self.folder_of(run) / "measured" / f"{digest(quantity)}.json"


class Measured:
    """A measured value; wrapped, because the value itself may be None (not a finite number)."""

    def __init__(self, value: Number) -> None:
        self.value = value


def _replace(target: Path, by: Path) -> None:
    """Put a finished folder in a place; a reader finds the old one, the new one, or none.

    Where two processes do so at once, either folder is as good as the other.
    """
    old = temporary_beside(target)
    with suppress(FileNotFoundError):
        target.rename(old)
    try:
        by.rename(target)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Remove what processes killed in the middle of writing left behind, when it is a day old."""
    left = [p for place in ("runs", "checkpoints/*") for p in folder.glob(f"{place}/.*.tmp")]
    if not left:
        return
    with suppress(OSError), tempfile.TemporaryFile(dir=folder / "runs") as fresh:
        now = os.fstat(fresh.fileno()).st_mtime  # by the clock that dates what is in the store
        for path in left:
            with suppress(OSError):
                if not _in_use(path) and now - path.stat().st_mtime > LEFT_BEHIND_SECONDS:
                    shutil.rmtree(path)


def _in_use(temporary: Path) -> bool:
    """Whether another process of this machine may be writing this; a clock that jumps can lie."""
    writer = writer_of(temporary)
    return writer is not None and writer != os.getpid() and is_alive(writer)


def _of_schema(body: Any, path: Path) -> dict[str, Any]:
    if not isinstance(body, dict) or body.get("schema") != 1:
        raise Damaged(f"{path} was not written by this version of the store")
    return {k: v for k, v in body.items() if k not in ("schema", "final_sha256")}


def _save_tensors(state: Mapping[str, Tensor], path: Path) -> None:
    from safetensors.torch import save_file

    save_file({name: tensor.cpu().contiguous() for name, tensor in state.items()}, path)
