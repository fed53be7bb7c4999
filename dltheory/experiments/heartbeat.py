"""Where long work stands, in small files that any process on the store can read.

xdist shows nothing that a worker prints, so workers write what they do into the store and the
process that owns the terminal reads it.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

STALE_SECONDS = 60.0


@dataclass(kw_only=True)
class Beat:
    """One worker's state: what it works on, and how far it is in it and in its whole list."""

    what: str
    done: int = 0
    total: int = 0
    group: int = 0
    groups: int = 0
    unit: str = "epoch"
    loss: float | None = None
    started: float = 0.0
    time: float = 0.0

    def __str__(self) -> str:
        loss = f", loss {self.loss:.4g}" if self.loss is not None else ""
        left = ""
        spent = self.time - self.started
        if 0 < self.done < self.total and spent > 2:
            left = f", about {_span(spent / self.done * (self.total - self.done))} left"
        place = f": {self.unit} {self.done}/{self.total}" if self.total else ""
        return f"[{self.group}/{self.groups}] {self.what}{place}{loss}{left}"


class Heart:
    """Writes the beat of this process, or of the work of this name, at most twice a second."""

    def __init__(self, folder: Path, name: str | None = None) -> None:
        self.path = folder / f"{name or os.getpid()}.json"
        self._last = 0.0

    def beat(self, beat: Beat, *, force: bool = False) -> None:
        """Say where the work stands."""
        beat.time = time.time()
        if not force and beat.time - self._last < 0.5:
            return
        self._last = beat.time
        temporary = self.path.with_suffix(".tmp")
        with contextlib.suppress(OSError):  # a full disk shows itself where it matters
            temporary.write_text(json.dumps(asdict(beat)))
            temporary.replace(self.path)

    def stop(self) -> None:
        """Nothing is being worked on any more."""
        self.path.unlink(missing_ok=True)


def beats(folder: Path) -> Iterator[tuple[str, Beat]]:
    """The beats of all live workers, by the name of each."""
    for path in sorted(folder.glob("*.json")):
        with contextlib.suppress(OSError, ValueError, TypeError):
            beat = Beat(**json.loads(path.read_text()))
            if time.time() - beat.time < STALE_SECONDS:
                yield path.stem, beat


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
