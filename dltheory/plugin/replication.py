"""`--replicate=K`: does a form's word return on fresh seeds, as often as its card promised?

Each form is judged on its own seeds, and again on K disjoint blocks of seeds that no form has used.
Nothing is reported but the words: they are printed, and kept in replication.jsonl.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from dltheory.experiments.sealed import write_atomically

FILE = "replication.jsonl"
_AFTER = 1_000  # blocks begin so far after a form's own seeds
_APART = 100  # and lie so far apart, or as far as a form has seeds

Line = Mapping[str, Any]


def first_seed_of(block: int, own_first: int, most: int) -> int:
    """Where the block-th block of seeds begins, counted from 0, of forms with at most `most`."""
    return own_first + _AFTER + block * max(_APART, most)


def replication_line(record: Line, words: Iterable[str]) -> dict[str, Any]:
    """What was judged on a form's own seeds and on the blocks."""
    calibration = record["calibration"] or {}
    return {
        "claim": record["claim"],
        "case": record["case"],
        "tier": record["tier"],
        "bearing": record["bearing"],
        "verdict": record["verdict"] or record["status"],
        "promised": calibration.get("stability"),
        "gates": bool(calibration.get("gates")),
        "words": list(words),
    }


def table(lines: Iterable[Line]) -> list[str]:
    """A line for each form whose word did not always return, then the counts against the promises.

    Promised is the sum of the stabilities of the cards; under them the number of words that return
    has standard deviation √Σ K·p(1 − p), the blocks of one form taken as independent.
    """
    told = sorted(lines, key=lambda line: (line["claim"], line["case"], line["tier"]))
    rows = []
    for line in told:
        turned = [word for word in line["words"] if word != line["verdict"]]
        if turned:
            chance = line["promised"]
            promise = "no promise" if chance is None else f"promised {chance:.2f}"
            case = f"/{line['case']}" if line["case"] else ""
            gate = ", gates" if line["gates"] else ""
            rows.append(
                f"{line['claim']}{case}: {line['verdict']} ({promise}{gate}) became "
                f"{', '.join(turned)}"
            )
    return [*rows, *_sums(told)]


def write(folder: Path, lines: Iterable[Line]) -> Path:
    """Write replication.jsonl."""
    ordered = sorted(lines, key=lambda line: (line["claim"], line["case"], line["tier"]))
    text = "".join(json.dumps(line, sort_keys=True, ensure_ascii=True) + "\n" for line in ordered)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    write_atomically(path, text.encode())
    return path


def _sums(lines: list[Line]) -> list[str]:
    known = [line for line in lines if line["promised"] is not None]
    bins = ((0.0, 0.5), (0.5, 0.8), (0.8, 0.95), (0.95, 0.99), (0.99, 1.01))
    rows = []
    for low, high in (*bins, (0.0, 1.01)):
        chosen = [line for line in known if low <= line["promised"] < high]
        if not chosen:
            continue
        chances = np.array([line["promised"] for line in chosen for _ in line["words"]])
        seen = sum(word == line["verdict"] for line in chosen for word in line["words"])
        spread = float(np.sqrt(np.sum(chances * (1 - chances))))
        name = "in all" if (low, high) == (0.0, 1.01) else f"stability {low:g} to {min(high, 1):g}"
        rows.append(
            f"{name}: {seen} of {len(chances)} words returned, promised {chances.sum():.1f} "
            f"(standard deviation {spread:.1f}), {len(chosen)} forms"
        )
    return rows
