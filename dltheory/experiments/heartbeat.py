"""Where long work stands, in small files that any process on the store can read.

xdist shows nothing that a worker prints, so workers write what they do into the store and the
process that owns the terminal reads it. Spans of time are measured where they pass, by a clock that
nobody sets; the clock on the wall only tells whether a beat is fresh.
"""

from __future__ import annotations

import contextlib
import json
import math
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
    """When the work began, by the monotonic clock of this process."""
    spent: float = 0.0
    time: float = 0.0
    silent: float = 0.0
    """Seconds since the beat, where that is long; set by who reads it."""

    def __str__(self) -> str:
        loss = f", loss {self.loss:.4g}" if self.loss is not None else ""
        left = ""
        if 0 < self.done < self.total and self.spent > 2:
            left = f", about {_span(self.spent / self.done * (self.total - self.done))} left"
        if self.silent:
            left = f", no sign for {_span(self.silent)}"
        place = f": {self.unit} {self.done}/{self.total}" if self.total else ""
        return f"[{self.group}/{self.groups}] {self.what}{place}{loss}{left}"


class Heart:
    """Writes the beat of this process, or of the work of this name, at most twice a second."""

    def __init__(self, folder: Path, name: str | None = None) -> None:
        self.path = folder / f"{name or os.getpid()}.json"
        self._last = -math.inf

    def beat(self, beat: Beat, *, force: bool = False) -> None:
        """Say where the work stands."""
        now = time.monotonic()
        if not force and now - self._last < 0.5:
            return
        self._last = now
        beat.time, beat.spent = time.time(), now - beat.started
        temporary = self.path.with_suffix(".tmp")
        with contextlib.suppress(OSError):  # a full disk shows itself where it matters
            temporary.write_text(json.dumps(asdict(beat)))
            temporary.replace(self.path)

    def stop(self) -> None:
        """Nothing is being worked on any more."""
        with contextlib.suppress(OSError):  # a lost disk shows itself where it matters
            self.path.unlink(missing_ok=True)


def beats(folder: Path) -> Iterator[tuple[str, Beat]]:
    """The beats of all live workers, by the name of each.

    One that is not fresh is shown as silent if its process is still there, and else passed over. A
    beat from the future was made before the clock was set back.
    """
    for path in sorted(folder.glob("*.json")):
        with contextlib.suppress(OSError, ValueError, TypeError):
            beat = Beat(**json.loads(path.read_text()))
            age = abs(time.time() - beat.time)
            beat.silent = age if age >= STALE_SECONDS else 0.0
            if not beat.silent or (path.stem.isdigit() and is_alive(int(path.stem))):
                yield path.stem, beat


def is_alive(pid: int) -> bool:
    """Whether a process of this number is on this machine."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # it belongs to somebody else
        return True
    return True


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
