"""What killed processes and damaged files leave in a store, and when it goes.

Nothing takes a day to write, so an older temporary file belongs to nobody, unless the process that
it is named after is there. A beat that is a day old is nobody's any more, and if it is, the next
one replaces it. What was set aside as damaged, and lists of a session's claims, stay for a month.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from dltheory.experiments.heartbeat import is_alive
from dltheory.experiments.sealed import writer_of

DAY_SECONDS = 86_400.0
MONTH_SECONDS = 30 * DAY_SECONDS

LEFT = {
    "runs/.*.tmp": DAY_SECONDS,
    "runs/*/measured/.*.tmp": DAY_SECONDS,
    "checkpoints/*/.*.tmp": DAY_SECONDS,
    "checkpoints/*/snapshots/.*": DAY_SECONDS,
    "provenance/.*.tmp": DAY_SECONDS,
    "data/*.unfinished": DAY_SECONDS,
    "progress/*.tmp": DAY_SECONDS,
    "progress/*.json": DAY_SECONDS,
    "progress/*.jsonl": MONTH_SECONDS,
    "runs/.*.damaged": MONTH_SECONDS,
    "runs/*/measured/.*.damaged": MONTH_SECONDS,
}
"""What is left behind, by its place in the store, and for how long it stays."""


def sweep(store: Path) -> None:
    """Remove what was left behind so long ago that nobody wants it.

    Ages are counted by the clock that dates what is in the store.
    """
    left = list(_left(store))
    if not left:
        return
    with suppress(OSError), tempfile.TemporaryFile(dir=store / "runs") as fresh:
        now = os.fstat(fresh.fileno()).st_mtime
        for path, seconds in left:
            with suppress(OSError):
                if not _in_use(path) and now - path.stat().st_mtime > seconds:
                    _remove(path)


def _left(store: Path) -> Iterator[tuple[Path, float]]:
    for pattern, seconds in LEFT.items():
        yield from ((path, seconds) for path in store.glob(pattern))


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _in_use(temporary: Path) -> bool:
    """Whether another process of this machine may be writing this; a clock that jumps can lie."""
    writer = int(temporary.stem) if temporary.stem.isdigit() else writer_of(temporary)
    return writer is not None and writer != os.getpid() and is_alive(writer)
