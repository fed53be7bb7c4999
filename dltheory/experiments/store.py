"""Runs on disk, found by their key; a run is there whole or not at all.

    <store>/runs/<key>/run.json               the record, sealed with a checksum
    <store>/runs/<key>/final.safetensors      parameters and buffers after training
    <store>/runs/<key>/measured/<digest>.json one quantity, sealed
    <store>/checkpoints/<group>/              the training under way, see checkpoint.py
    <store>/data/                             decoded data sets
    <store>/provenance/                       where the numbers were made
    <store>/locks/  <store>/progress/         who works on what

Several processes may use one store: whoever trains holds the group's lock, and a finished run
appears by one rename. Reading changes nothing. A file that is damaged or foreign is reported and
counts as absent; who makes it again, and holds its lock, sets it aside. A file that the system
cannot read is no damaged file, but a StoreError.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dltheory.errors import StoreError
from dltheory.experiments.leftovers import sweep
from dltheory.experiments.quantity import Quantity
from dltheory.experiments.record import Record
from dltheory.experiments.run import Run, digest
from dltheory.experiments.sealed import (
    Damaged,
    listed,
    seal,
    temporary_beside,
    unseal,
    write_atomically,
)
from dltheory.experiments.system_errors import reading, writing
from dltheory.experiments.tensor_files import save_tensors, tensors_of
from dltheory.file_lock import locked, taken
from dltheory.presence import is_there

if TYPE_CHECKING:
    from torch import Tensor

log = logging.getLogger(__name__)

Number = float | list[float | None] | None
"""What was measured; None stands for what is not a finite number."""

PLACES = ("runs", "checkpoints", "data", "locks", "progress")


class Store:
    """A folder of runs. Nothing is written before something is to be kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def prepare(self) -> None:
        """Make the folders, and see that they can be written and locked; StoreError if not."""
        with writing(self.folder):
            for name in PLACES:
                (self.folder / name).mkdir(parents=True, exist_ok=True)
        if not os.access(self.folder / "runs", os.W_OK):
            raise StoreError(
                f"The store must be writable; {self.folder} is not. Change its permissions, or "
                "choose another place with --store=DIR."
            )
        self._require_locks()

    def sweep(self) -> None:
        """Remove what killed processes and damaged files left long ago, see leftovers.py."""
        sweep(self.folder)

    def _require_locks(self) -> None:
        """Say at once that the file system has no locks; later, somebody might wait for one."""
        path = self.lock_path("try")
        with writing(path):
            file = taken(path, shared=True)
        if file is not None:
            file.close()

    @property
    def data(self) -> Path:
        """Where decoded data sets are cached."""
        return self.folder / "data"

    def lock_path(self, name: str) -> Path:
        """The file that processes on this store lock for what has this name."""
        return self.folder / "locks" / f"{name}.lock"

    @contextmanager
    def holding(self, name: str, seconds: float) -> Iterator[None]:
        """Hold a lock alone, freed by the system when we die; Held if others do for so long."""
        path = self.lock_path(name)
        lock = locked(path, seconds=seconds)
        with writing(path):
            lock.__enter__()
        try:
            yield
        finally:
            lock.__exit__(None, None, None)

    def folder_of(self, run: Run) -> Path:
        """Where a run is, or will be."""
        return self.folder / "runs" / run.key

    # ── runs ──────────────────────────────────────────────────────────────────────────────────

    def record(self, run: Run) -> Record | None:
        """The record of a finished run, or None if there is none or, as is reported, a damaged one.

        StoreError if the system cannot read it.
        """
        path = self.folder_of(run) / "run.json"
        try:
            record = Record.from_body(_of_schema(unseal(path), path))
            if record.key != run.key:
                raise Damaged(f"{path} belongs to the run {record.key}")
        except FileNotFoundError:
            if _is_there(self.folder_of(run)) and not _is_there(path):
                _report(f"{path} is missing")
            return None
        except (TypeError, KeyError) as problem:
            _report(f"{path} is no record of this version ({problem})")
            return None
        except Damaged as problem:
            _report(str(problem))
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
                    sha = save_tensors(state, temporary / "final.safetensors")
                    body["final_sha256"] = sha
                write_atomically(temporary / "run.json", seal(body))
                _replace(target, temporary)
            finally:
                shutil.rmtree(temporary, ignore_errors=True)

    def is_whole(self, run: Run) -> bool:
        """Whether a run is there with its parameters, both undamaged."""
        return self.record(run) is not None and self.final_state(run) is not None

    def final_state(self, run: Run) -> dict[str, Tensor] | None:
        """Parameters and buffers after training; None if missing or damaged, as is reported.

        StoreError if the system cannot read them.
        """
        folder = self.folder_of(run)
        try:
            expected = unseal(folder / "run.json").get("final_sha256")
            return tensors_of(folder / "final.safetensors", expected)
        except Damaged as problem:
            _report(str(problem))
        except FileNotFoundError as problem:
            _report(f"{problem.filename} is missing")
        return None

    def set_aside(self, run: Run) -> None:
        """Move a damaged run, or a remainder of one, out of the way; for who holds its lock."""
        _set_aside(self.folder_of(run))

    # ── measurements ──────────────────────────────────────────────────────────────────────────

    def measured(self, run: Run, quantity: Quantity) -> Measured | None:
        """What was measured on a run; None if nothing was or, as is reported, it is damaged.

        What another version of the probe measured counts as not measured. StoreError if the system
        cannot read it.
        """
        try:
            body = _measurement(self._measurement_path(run, quantity), run, quantity.name)
        except Damaged as problem:
            _report(str(problem), "measured again")
            return None
        stands = body is not None and body.get("code") == quantity.code
        return Measured(body["value"]) if body is not None and stands else None

    def measured_as(self, run: Run, name: str) -> Measured | None:
        """What was measured on a run under this name, whatever its options were."""
        for path in listed(self.folder_of(run) / "measured"):
            if path.suffix == ".json":
                with suppress(Damaged):  # it was reported when it was looked for
                    body = _measurement(path, run)
                    if body is not None and body["quantity"] == name:
                        return Measured(body["value"])
        return None

    def add_measurement(self, run: Run, quantity: Quantity, value: Number) -> None:
        """Keep what was measured on a run; a damaged file in its place is set aside."""
        path = self._measurement_path(run, quantity)
        body = {"run": run.key, "quantity": quantity.name, "code": quantity.code, "value": value}
        try:
            _measurement(path, run, quantity.name)
        except Damaged:
            _set_aside(path)
        write_atomically(path, seal(body))

    def _measurement_path(self, run: Run, quantity: Quantity) -> Path:
        return self.folder_of(run) / "measured" / f"{digest(quantity)}.json"

    # ── provenance ────────────────────────────────────────────────────────────────────────────

    def keep_provenance(self, facts: Mapping[str, Any]) -> None:
        """Keep where numbers are made, under the identifier that their records name."""
        path = self.folder / "provenance" / f"{facts['provenance']}.json"
        if not _is_there(path):
            write_atomically(path, json.dumps(facts, sort_keys=True).encode())

    def provenances(self, identifiers: Iterable[str]) -> list[Mapping[str, Any]]:
        """Where numbers were made, as far as it is known; what cannot be read is reported."""
        found = []
        for identifier in identifiers:
            path = self.folder / "provenance" / f"{identifier}.json"
            with suppress(FileNotFoundError):
                try:
                    with reading(path):
                        facts = json.loads(path.read_bytes())
                    if not isinstance(facts, dict) or facts.get("provenance") != identifier:
                        raise ValueError("it is another file")
                except (StoreError, ValueError, IsADirectoryError) as problem:
                    _report(f"{path} ({problem})", "that provenance is unknown")
                else:
                    found.append(facts)
        return found


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


def _measurement(path: Path, run: Run, name: str | None = None) -> dict[str, Any] | None:
    """What is in the file of a measurement; None if there is none, Damaged if it is another's."""
    try:
        body = unseal(path)
        whose = body["run"], name and body["quantity"]
        if whose != (run.key, name) or "value" not in body:
            raise Damaged(f"{path} belongs to {body['quantity']!r} of the run {body['run']}")
    except FileNotFoundError:
        return None
    except (TypeError, KeyError) as problem:
        raise Damaged(f"{path} is no measurement ({problem})") from problem
    return body


def _is_there(path: Path) -> bool:
    with reading(path):
        return is_there(path)


def _report(problem: str, consequence: str = "the run is made again") -> None:
    log.warning("%s: not trusted, %s.", problem, consequence)


def _set_aside(path: Path) -> None:
    aside = temporary_beside(path).with_suffix(".damaged")
    with writing(path), suppress(FileNotFoundError):  # another process was first
        path.rename(aside)
        os.utime(aside)  # it is kept for some time from now on
        log.warning("%s is kept as %s for a month.", path, aside.name)


def _of_schema(body: Any, path: Path) -> dict[str, Any]:
    if not isinstance(body, dict) or body.get("schema") != 1:
        raise Damaged(f"{path} was not written by this version of the store")
    return {k: v for k, v in body.items() if k not in ("schema", "final_sha256")}
