"""Reads verdicts and measurements. A line that cannot be read is named by file and number."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from dltheory.errors import DLTheoryError
from dltheory.presence import is_there
from dltheory.reporting.schema import BEARINGS, Cost, Provenance, Record

_READABLE = (1, 2)
_STATUSES = ("judged", "not run", "error", "lost")
_VERDICTS = ("CONFIRMED", "SMALLER", "REFUTED", "INCONCLUSIVE")
_NOUNS = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


class UnreadableRecord(DLTheoryError):
    """A line of a report's files cannot be read; names the file, the line and the remedy."""


def read_verdicts(path: Path) -> tuple[Record, ...]:
    """The records of a ``verdicts.jsonl``, in the order of the file."""
    return tuple(_at(path, line, _record, given) for line, given in _lines(path))


def read_objects(path: Path, shape: Any) -> tuple[Any, ...]:
    """The lines of a file as dataclasses of this shape, in the order of the file."""
    return tuple(
        _at(path, line, lambda one: _filled(shape, one, ""), given) for line, given in _lines(path)
    )


def as_record(record: Mapping[str, Any]) -> Record:
    """A record as it is read from a report; ValueError or TypeError if it cannot be."""
    return _record(_object(json.dumps(record)))


def require_readable(record: Mapping[str, Any]) -> None:
    """Refuse a record that no report could be made of: UnreadableRecord, with what is wrong.

    For the claim that it is about: one line that cannot be read would keep all others from being
    reported.
    """
    try:
        as_record(record)
    except (ValueError, TypeError, RecursionError) as complaint:
        raise UnreadableRecord(
            f"A record is read as it is written; here {complaint} Pictures go to judge(plots=…), "
            "tables to judge(tables=…)."
        ) from complaint


def read_measurements(path: Path) -> tuple[tuple[Provenance, ...], Cost]:
    """The provenances of a ``measurements.jsonl``, latest first, and what its runs cost.

    A run is counted once, however many quantities were measured on it. A file that does not
    exist gives no provenance and no cost: claims without training have none.
    """
    if not is_there(path):
        return (), Cost()
    provenances: dict[str, Provenance] = {}
    runs: dict[str, tuple[str, float]] = {}
    for line, given in _lines(path):
        if "run" in given:
            key, device, seconds = _at(path, line, _spent, given)
            runs[key] = max(runs.get(key, (device, 0.0)), (device, seconds), key=lambda r: r[1])
        else:
            found = _at(path, line, _provenance, given)
            provenances[found.provenance] = found
    latest_first = sorted(provenances.values(), key=lambda p: (p.date, p.provenance), reverse=True)
    seconds_on: dict[str, float] = {}
    for device, seconds in sorted(runs.values()):
        seconds_on[device] = seconds_on.get(device, 0.0) + seconds
    return tuple(latest_first), Cost(runs=len(runs), seconds=seconds_on)


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Numbered JSON objects of a file; blank lines are passed over."""
    if not is_there(path):
        raise UnreadableRecord(f"A report needs {path.name}, and {path} does not exist.")
    text = path.read_bytes().decode("utf-8", errors="replace")
    for line, content in enumerate(text.split("\n"), start=1):
        if content.strip():
            yield line, _at(path, line, _object, content)


def _at(path: Path, line: int, read: Any, given: Any) -> Any:
    """What ``read`` makes of a line; its complaint is given the file and the line number."""
    try:
        return read(given)
    except (ValueError, RecursionError) as complaint:
        raise UnreadableRecord(
            f"{path}, line {line}: {complaint} "
            "If the line was cut short, delete it and judge the claim again."
        ) from complaint


def _object(content: str) -> dict[str, Any]:
    """The JSON object of one line; NaN and infinities are read as null."""
    try:
        given = json.loads(content, parse_constant=lambda _: None, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise ValueError(f"not a JSON object ({error.msg}, column {error.colno}).") from error
    if not isinstance(given, dict):
        raise ValueError(f"not a JSON object but {type(given).__name__}.")
    if given.get("schema") not in _READABLE:
        raise ValueError(
            f"this version reads schema {' and '.join(map(str, _READABLE))}, "
            f"and the line has schema {given.get('schema')!r}."
        )
    return given


def _finite(digits: str) -> float | None:
    """The number, or null where it overflows."""
    number = float(digits)
    return number if math.isfinite(number) else None


def _record(given: dict[str, Any]) -> Record:
    """A verdict record whose words are among the known ones."""
    for name in ("claim", "tier", "status"):
        if not given.get(name):
            raise ValueError(f"a verdict record needs {name!r}, and the line has none.")
    if given["status"] not in _STATUSES:
        raise ValueError(f"status is one of {_STATUSES}, and the line has {given['status']!r}.")
    if given["status"] == "judged" and given.get("verdict") not in _VERDICTS:
        raise ValueError(
            f"verdict is one of {_VERDICTS}, and the line has {given.get('verdict')!r}."
        )
    if given.get("schema") == 1:  # before bearings were declared: such a record counts for nothing
        given = {**given, "bearing": "analogue"}
    if (given.get("bearing") or "claim") not in BEARINGS:
        raise ValueError(f"bearing is one of {BEARINGS}, and the line has {given['bearing']!r}.")
    return _filled(Record, given, "")


def _provenance(given: dict[str, Any]) -> Provenance:
    """A provenance line."""
    return _filled(Provenance, given, "")


def _spent(given: dict[str, Any]) -> tuple[str, str, float]:
    """Key, kind of device and seconds of one measurement's run."""
    seconds = given.get("seconds") or 0.0
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise ValueError(f"seconds is a number, and the line has {seconds!r}.")
    device = str(given.get("device") or "cpu").split(":")[0]
    return str(given["run"]), device, float(seconds)


@cache
def _hints(shape: type) -> dict[str, Any]:
    """The annotations of a dataclass, evaluated once."""
    return get_type_hints(shape)


def _filled(shape: Any, given: dict[str, Any], where: str) -> Any:
    """A dataclass filled from a JSON object; unknown fields are ignored, nulls keep defaults."""
    return shape(
        **{
            name: _read(hint, given[name], f"{where}{name}")
            for name, hint in _hints(shape).items()
            if given.get(name) is not None
        }
    )


def _read(hint: Any, given: Any, where: str) -> Any:
    """A JSON value as the annotated type, or a complaint that names the field."""
    if get_origin(hint) is UnionType:
        if given is None:
            return None
        hint = next(option for option in get_args(hint) if option is not type(None))
    if hint is Any:
        return given
    if get_origin(hint) is tuple:
        return tuple(
            _read(get_args(hint)[0], item, f"{where}[{index}]")
            for index, item in enumerate(_required(given, list, where))
        )
    if get_origin(hint) is dict:
        return _required(given, dict, where)
    if is_dataclass(hint):
        return _filled(hint, _required(given, dict, where), f"{where}.")
    return _scalar(hint, given, where)


def _required(given: Any, shape: type, where: str) -> Any:
    """The list or object, or a complaint that names the field."""
    if not isinstance(given, shape):
        noun = "a list" if shape is list else "an object"
        raise ValueError(f"{where} is {noun}, and the line has {given!r:.60}.")
    return given


def _scalar(hint: type, given: Any, where: str) -> Any:
    """Text, a number or a truth value, or a complaint that names the field."""
    if isinstance(given, bool) or hint is bool:
        if isinstance(given, bool) and hint is bool:
            return given
    elif isinstance(given, str) and hint is str:
        return given
    elif isinstance(given, (int, float)):
        return hint(given)
    raise ValueError(f"{where} is {_NOUNS[hint]}, and the line has {given!r:.60}.")
