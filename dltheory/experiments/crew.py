"""More processes on the same plan, one core each.

Small networks gain little from a second thread and lose everything when the cores are shared with
other programs: threads wait for one another at every operation. Processes do not. Locks in the
store divide the work, so a helper is the same engine on the same list. Its start takes seconds of
a core, most of them to import torch. So a crew can be kept from one list to the next, and a helper
is started only once a list has taken a while.

A helper that hangs would keep its lock, and everyone else waiting, for ever. So the process that
started the helpers watches them and kills one that gives no sign of life for too long (`Patience`):
the lock is then free, and another goes on from the last checkpoint. Signs are beats (the end of an
epoch or a seed, a wait that goes on) and processor time. A helper that was killed is replaced
when the crew is given its next list.

What hangs for a reason of its own, as an endless loop in a probe does, hangs again wherever it is
taken up, in the end in the process that watches. That one nobody kills: its line on the terminal
says for how long it gave no sign, and Ctrl-C, pressed twice, ends it; what was finished is kept.
The same holds for processes that nobody here started: workers of xdist, other sessions.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import pickle
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing.context import SpawnProcess
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any

from dltheory.errors import DLTheoryError
from dltheory.experiments.notices import noticing, pass_on, told_by
from dltheory.experiments.plan import Group

log = logging.getLogger(__name__)

GRACE_SECONDS = 60.0
"""After Ctrl-C a helper has this long to finish its epoch and write its checkpoint."""

START_SECONDS = 2.0
"""A helper takes about as much of a core to start: what is over sooner needs none."""

KILL_SECONDS = 10.0
TELL_SECONDS = 1.0
LOOK_SECONDS = 5.0

WORKING_SHARE = 0.01
"""Who uses less of a core than this is not at work. To tell what was used takes a hundredth of it,
to poll a lock about a half."""

Given = tuple[Sequence[Group], int]
"""What a helper is given to do: groups, and the threads that it may use."""


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """What an engine is made of, in a form that another process can be given."""

    store: Path
    data_root: Path
    download: bool
    provenance: str
    checkpoint_seconds: float
    devices: tuple[str, ...] = ("cpu",)
    """Dealt to the processes in turn; the one that asks for help has the first."""

    def of(self, process: int) -> Workplace:
        """That of one process, counted from 0."""
        return replace(self, devices=(self.devices[process % len(self.devices)],))


@dataclass(frozen=True, kw_only=True)
class Patience:
    """For how many seconds a helper may give no sign before it is killed."""

    idle: float = 1_800.0
    """Without a beat and without work for the processor: stopped, or waiting in vain."""
    busy: float = 86_400.0
    """Without a beat, though it computes: a long epoch or probe, or an endless loop."""


@dataclass(kw_only=True)
class _Helper:
    """A process that helps, and how long it has been without which sign."""

    process: SpawnProcess
    used: Any  # shared with it: the seconds of processor time that it has used
    progress: Path
    lists: Any = None  # the queue through which it gets what is to be done
    done: Any = None  # shared with it: how many lists it has worked through
    given: int = 0
    without_beat: float = 0.0
    without_work: float = 0.0
    _seen: tuple[bytes, float] = (b"", 0.0)

    def give(self, pickled: bytes) -> None:
        """Hand it a list, which it begins when it is through with those before."""
        self.given += 1
        self.without_beat = self.without_work = 0.0
        self.lists.put(pickled)

    @property
    def rests(self) -> bool:
        """Whether it has nothing to do."""
        return self.done is not None and self.done.value == self.given

    @property
    def beat(self) -> Path:
        return self.progress / f"{self.process.pid}.json"

    def look(self, seconds: float) -> None:
        """Take note of the signs since the last look, so many seconds ago."""
        beat, used = self._content(), self.used.value
        if not used:  # it is still starting, and holds nothing
            return
        self.without_beat = 0.0 if beat != self._seen[0] else self.without_beat + seconds
        worked = not self.without_beat or used - self._seen[1] > WORKING_SHARE * seconds
        self.without_work = 0.0 if worked else self.without_work + seconds
        self._seen = beat, used

    def _content(self) -> bytes:
        with suppress(OSError):
            return self.beat.read_bytes()
        return b""

    def hangs(self, patience: Patience) -> str:
        """How it hangs, in words; none if it does not."""
        if self.without_work >= patience.idle:
            return f"did nothing for {self.without_work:.4g} s"
        if self.without_beat >= patience.busy:
            return f"computed for {self.without_beat:.4g} s and came to no end"
        return ""

    def end(self) -> None:
        """Kill it, stopped or not; the store is sound at any moment.

        One that waits for a dead disk dies when the disk answers; nobody waits for that.
        """
        self.process.kill()
        if self.lists is not None:
            self.lists.close()
        self.process.join(timeout=KILL_SECONDS)
        self.without_beat = self.without_work = 0.0
        for suffix in (".json", ".tmp"):
            with suppress(OSError):
                self.beat.with_suffix(suffix).unlink(missing_ok=True)


class Crew:
    """Helpers on all cores but this process's own, kept until `end`."""

    def __init__(self, workplace: Workplace, cores: int, patience: Patience) -> None:
        self.workplace, self.cores, self.patience = workplace, cores, patience
        self._helpers: dict[int, _Helper] = {}

    @contextmanager
    def at_work(self, todo: Sequence[Group]) -> Iterator[int]:
        """Helpers work on these groups meanwhile; yields the threads that each process may use.

        On leaving, nothing is left to do. On an exception helpers are asked, as by Ctrl-C, to keep
        what they have, and are ended.
        """
        processes = max(1, min(self.cores, len(todo)))
        threads = max(1, self.cores // processes)
        given: Given = list(todo), threads
        pickled = bytes(ForkingPickler.dumps(given)) if processes > 1 else b""
        over = threading.Event()
        watch = threading.Thread(
            target=self._be_helped, args=(processes - 1, pickled, over), daemon=True
        )
        watch.start()
        try:
            yield threads
        except BaseException:
            over.set()
            watch.join()
            _ask_to_stop([helper.process for helper in self._helpers.values()])
            self.end()
            raise
        finally:
            over.set()
            watch.join()
            for helper in self._helpers.values():
                if helper.rests:
                    self._pass_on(helper)

    def end(self) -> None:
        """End all helpers; what is on the disk is sound at any moment."""
        for helper in self._helpers.values():
            helper.end()
            self._pass_on(helper)
        self._helpers.clear()

    def _be_helped(self, count: int, pickled: bytes, over: threading.Event) -> None:
        """Give the list to so many helpers, and watch over them until it is over.

        Helpers that are there have it at once; others are started in a while.
        """
        numbers = range(1, count + 1)
        there = [n for n in numbers if n in self._helpers and self._helpers[n].process.is_alive()]
        for number in there:
            self._helpers[number].give(pickled)
        if len(there) < count and not over.wait(START_SECONDS):
            for number in set(numbers) - set(there):
                self._start(number)
                self._helpers[number].give(pickled)
        helpers = [self._helpers[number] for number in numbers if number in self._helpers]
        _watch(helpers, self.patience, over)

    def _start(self, number: int) -> None:
        """Start a helper, in the place of a dead one if there was one."""
        known = self._helpers.get(number)
        if known is not None:
            known.end()
            self._pass_on(known)
        self._helpers[number] = _started(self.workplace.of(number))

    def _pass_on(self, helper: _Helper) -> None:
        if helper.process.pid is not None:
            pass_on(told_by(self.workplace.store, helper.process.pid))


def _started(workplace: Workplace) -> _Helper:
    context = multiprocessing.get_context("spawn")
    used, done, lists = context.RawValue("d", 0.0), context.RawValue("q", 0), context.Queue()
    lists.cancel_join_thread()  # a list that nobody took keeps no process from its end
    process = context.Process(
        target=_help, args=(workplace, lists, os.getpid(), used, done), daemon=True
    )
    process.start()
    return _Helper(
        process=process,
        used=used,
        progress=workplace.store / "progress",
        lists=lists,
        done=done,
    )


@contextmanager
def crew(
    workplace: Workplace, todo: Sequence[Group], cores: int, patience: Patience
) -> Iterator[int]:
    """A crew for one list: see `Crew.at_work`."""
    helpers = Crew(workplace, cores, patience)
    try:
        with helpers.at_work(todo) as threads:
            yield threads
    finally:
        helpers.end()


def _watch(helpers: Sequence[_Helper], patience: Patience, over: threading.Event) -> None:
    """Kill every helper that hangs, until it is over.

    Time is counted in looks: while this process is stopped itself, nobody's time runs out.
    """
    seconds = min(LOOK_SECONDS, patience.idle / 4, patience.busy / 4)
    while not over.wait(seconds):
        for helper in helpers:
            if helper.rests or not helper.process.is_alive():
                continue
            helper.look(seconds)
            if how := helper.hangs(patience):
                log.warning(
                    "The helper process %s %s: killed. Others go on with what it was at, from the "
                    "last checkpoint.",
                    helper.process.pid,
                    how,
                )
                helper.end()


def _ask_to_stop(processes: Sequence[SpawnProcess]) -> None:
    for process in processes:
        if process.is_alive() and process.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGINT)
    deadline = time.monotonic() + GRACE_SECONDS
    for process in processes:
        process.join(timeout=max(0.0, deadline - time.monotonic()))


def _help(workplace: Workplace, lists: Any, parent: int, used: Any, done: Any) -> None:
    """Work through lists of groups, one after another, until this process is ended.

    Failures are met again, and told, by the process that was asked.
    """
    from dltheory.experiments.local import LocalEngine
    from dltheory.experiments.store import Store

    threading.Thread(target=_live_with, args=(parent, used), daemon=True).start()
    engine = LocalEngine(
        store=Store(workplace.store),
        data_root=workplace.data_root,
        download=workplace.download,
        provenance=workplace.provenance,
        checkpoint_seconds=workplace.checkpoint_seconds,
        device=workplace.devices[0],
        rehearsing=False,  # whoever asked for help has done so
    )
    with noticing(told_by(workplace.store, os.getpid())), suppress(KeyboardInterrupt):
        while True:
            groups, engine.threads = pickle.loads(lists.get())  # noqa: S301  from the parent
            with suppress(DLTheoryError):
                engine.make(groups)
            done.value += 1


def _live_with(parent: int, used: Any) -> None:
    """Tell the parent what was worked; end this process when the parent was killed."""
    while os.getppid() == parent:
        used.value = time.process_time()
        time.sleep(TELL_SECONDS)
    os._exit(1)
