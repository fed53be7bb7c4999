"""More processes on the same plan, one core each.

Small networks gain little from a second thread and lose everything when the cores are shared with
other programs: threads wait for one another at every operation. Processes do not. Locks in the
store divide the work, so a helper is the same engine on the same list.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.context import SpawnProcess
from pathlib import Path

from dltheory.errors import DLTheoryError
from dltheory.experiments.plan import Group

GRACE_SECONDS = 60.0
"""After Ctrl-C a helper has this long to finish its epoch and write its checkpoint."""


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """What an engine is made of, in a form that another process can be given."""

    store: Path
    data_root: Path
    download: bool
    provenance: str
    checkpoint_seconds: float


@contextmanager
def crew(workplace: Workplace, todo: Sequence[Group], cores: int) -> Iterator[int]:
    """Helpers on all cores but this process's own; yields the threads that each process may use.

    On leaving, nothing is left to do, and they are ended; on an exception they are first asked, as
    by Ctrl-C, to keep what they have.
    """
    processes = max(1, min(cores, len(todo)))
    threads = max(1, cores // processes)
    context = multiprocessing.get_context("spawn")
    helpers = [
        context.Process(
            target=_help,
            args=(workplace, list(todo), threads, os.getpid()),
            daemon=True,
        )
        for _ in range(processes - 1)
    ]
    for helper in helpers:
        helper.start()
    try:
        yield threads
    except BaseException:
        _ask_to_stop(helpers)
        raise
    finally:
        for helper in helpers:
            helper.terminate()
            helper.join()
            (workplace.store / "progress" / f"{helper.pid}.json").unlink(missing_ok=True)


def _ask_to_stop(helpers: Sequence[SpawnProcess]) -> None:
    for helper in helpers:
        if helper.is_alive() and helper.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(helper.pid, signal.SIGINT)
    deadline = time.monotonic() + GRACE_SECONDS
    for helper in helpers:
        helper.join(timeout=max(0.0, deadline - time.monotonic()))


def _help(workplace: Workplace, groups: list[Group], threads: int, parent: int) -> None:
    """Work through the groups; failures are met again, and told, by the process that was asked."""
    from dltheory.experiments.local import LocalEngine
    from dltheory.experiments.store import Store

    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    engine = LocalEngine(
        store=Store(workplace.store),
        data_root=workplace.data_root,
        download=workplace.download,
        provenance=workplace.provenance,
        checkpoint_seconds=workplace.checkpoint_seconds,
        threads=threads,
    )
    with suppress(DLTheoryError, KeyboardInterrupt):
        engine.make(groups)


def _end_with(parent: int) -> None:
    """End this process when its parent was killed; the store is sound at any moment."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
