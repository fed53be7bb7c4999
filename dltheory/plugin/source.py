"""Where the samples of a test come from: the store of runs, or the file of an earlier report."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from dltheory.errors import MissingMeasurements
from dltheory.experiments.computation import Computation
from dltheory.experiments.record import EPOCH_LOSSES, Record
from dltheory.experiments.run import Run
from dltheory.experiments.store import Store
from dltheory.experiments.system_errors import reading
from dltheory.experiments.training import Training
from dltheory.experiments.tuned import FINAL_LOSS, Tuned
from dltheory.plugin.seals import sealed
from dltheory.verdicts.numerals import plain

MEASURED = ("run", "seed", "quantity", "value", "status", "provenance")
"""What a line of measurements has at least."""

Number = float | list[float | None] | None


@dataclass(frozen=True, kw_only=True)
class Found:
    """A measured value of one run, and the line that keeps it with the report."""

    value: Number
    diverged: bool
    line: Mapping[str, Any]

    @property
    def complete(self) -> bool:
        """Whether the run trained and every number of the quantity is finite."""
        numbers = self.value if isinstance(self.value, list) else [self.value]
        return not self.diverged and None not in numbers


Lines = dict[tuple[str, str], Mapping[str, Any]]


class Source(ABC):
    """Finds what was measured on a run."""

    @abstractmethod
    def find(self, run: Run, quantity: str) -> Found:
        """The value under this name; MissingMeasurements if there is none."""

    def choice(self, tuned: Tuned, lines: Lines | None = None) -> Training:
        """The training that the pilots choose; the lines that it rests on join `lines`."""
        losses = []
        for candidate in tuned.candidates:
            runs = [Run(candidate, seed) for seed in tuned.pilot_seeds]
            found = [self.find(run, FINAL_LOSS) for run in runs]
            if lines is not None:
                pairs = zip(runs, found, strict=True)
                lines.update({(run.key, FINAL_LOSS): one.line for run, one in pairs})
            losses.append([None if one.diverged else _scalar(one.value) for one in found])
        return tuned.choose(losses)

    @abstractmethod
    def provenances(self, identifiers: Iterable[str]) -> list[Mapping[str, Any]]:
        """The lines that say where numbers were made."""


class StoreSource(Source):
    """Samples from the store of runs, each read once."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._found: dict[tuple[str, str], Found] = {}

    def find(self, run: Run, quantity: str) -> Found:
        """The value in the run's folder."""
        key = run.key, quantity
        if key not in self._found:
            self._found[key] = self._read(run, quantity)
        return self._found[key]

    def _read(self, run: Run, quantity: str) -> Found:
        record = self.store.record(run)
        if record is None:
            raise MissingMeasurements(
                f"{quantity!r} needs the run {run.key} (seed {run.seed}), which the store "
                f"{self.store.folder} does not have. Run the same command again to make it."
            )
        diverged = record.status == "diverged"
        value = None if diverged else plain(self._value(run, quantity, record))
        line = sealed(
            {
                "schema": 1,
                "run": run.key,
                "seed": run.seed,
                "recipe": name_of(run),
                "quantity": quantity,
                "value": value,
                "status": record.status,
                "seconds": round(record.seconds, 3),
                "device": record.device,
                "data": record.data,
                "provenance": record.provenance,
            }
        )
        return Found(value=value, diverged=diverged, line=line)

    def _value(self, run: Run, quantity: str, record: Record) -> Number:
        values, losses = record.values, record.losses
        if isinstance(run.recipe, Computation):
            if quantity not in values:
                raise MissingMeasurements(
                    f"The computation {run.recipe.function} must return {quantity!r}; it returned "
                    f"{', '.join(map(repr, values)) or 'nothing'}. Check the name."
                )
            return values[quantity]
        if quantity in values:
            return values[quantity]
        if quantity == EPOCH_LOSSES:
            return list(losses)
        if quantity == FINAL_LOSS and losses:  # a record of before it was written there
            return losses[-1]
        measured = self.store.measured_as(run, quantity)
        if measured is not None:
            return measured.value
        raise MissingMeasurements(
            f"{quantity!r} was not measured on the run {run.key} (seed {run.seed}). Name it in the "
            "experiment's `measure`, exactly as it is asked for."
        )

    def provenances(self, identifiers: Iterable[str]) -> list[Mapping[str, Any]]:
        """Those that the store keeps and that can be read."""
        return [sealed(facts) for facts in self.store.provenances(identifiers)]


class FileSource(Source):
    """Samples from the measurements.jsonl of an earlier report."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lines: dict[tuple[str, str], Mapping[str, Any]] = {}
        self._provenances: dict[str, Mapping[str, Any]] = {}
        path = folder / "measurements.jsonl"
        for number, line in enumerate(read_lines(path), 1):
            wanted = MEASURED if "run" in line else ("provenance",)
            lacking = [name for name in wanted if name not in line]
            if lacking:
                raise MissingMeasurements(
                    f"{path} must hold measurements, and where they were made; record {number} "
                    f"lacks {', '.join(lacking)}. Give the folder of a report of this library."
                )
            if "run" in line:
                self._lines[line["run"], line["quantity"]] = line
            else:
                self._provenances[line["provenance"]] = line

    def find(self, run: Run, quantity: str) -> Found:
        """The value in the file."""
        line = self._lines.get((run.key, quantity))
        if line is None:
            raise MissingMeasurements(
                f"{quantity!r} of {name_of(run)}, seed {run.seed} (run {run.key}) is not among the "
                f"measurements in {self.folder}. They were made with other recipes, seeds or "
                "options: judge with the same ones, or train without --from-measurements."
            )
        return Found(value=line["value"], diverged=line["status"] == "diverged", line=line)

    def provenances(self, identifiers: Iterable[str]) -> list[Mapping[str, Any]]:
        """Those in the file."""
        return [self._provenances[i] for i in identifiers if i in self._provenances]


def measurements_in(folder: Path) -> FileSource:
    """The measurements in the folder of a report, read once while their file stays as it is."""
    with reading(folder / "measurements.jsonl", of="report", option="--out=DIR"):
        found = (folder / "measurements.jsonl").stat()
    return _measurements(folder.absolute(), found.st_ino, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=1)
def _measurements(folder: Path, *stamp: int) -> FileSource:
    del stamp
    return FileSource(folder)


def _scalar(value: Number) -> float | None:
    assert not isinstance(value, list)
    return value


def read_lines(path: Path) -> list[dict[str, Any]]:
    r"""The objects of a JSONL file; an error that names file and line if one is not an object.

    Lines end at "\n" alone: texts may have other characters at which Python would split.
    FileNotFoundError if there is no file, StoreError if the system cannot read it.
    """
    with reading(path, of="report", option="--out=DIR"):
        content = path.read_bytes()
    lines = []
    for number, text in enumerate(content.split(b"\n"), 1):
        if not text.strip():
            continue
        try:
            given = json.loads(text.decode(), parse_constant=lambda _: None)
        except (ValueError, RecursionError) as error:
            raise _no_object(path, number) from error
        if not isinstance(given, dict):
            raise _no_object(path, number)
        lines.append(given)
    return lines


def _no_object(path: Path, number: int) -> MissingMeasurements:
    return MissingMeasurements(
        f"{path} must hold one JSON object a line; line {number} is not one. The file was "
        "cut or edited: take it from version control again."
    )


def name_of(run: Run) -> str:
    """A recipe in a few words."""
    recipe = run.recipe
    if isinstance(recipe, Computation):
        return recipe.function
    return f"{type(recipe.model).__name__} · {recipe.data.name} · {recipe.penalty}"
