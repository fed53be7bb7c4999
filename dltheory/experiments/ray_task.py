"""What a worker of Ray does: a part of a plan, with the local engine and the shared store."""

from __future__ import annotations

import _thread
import socket
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from dltheory.errors import DLTheoryError, EngineError, RunFailed
from dltheory.experiments.crew import Workplace
from dltheory.experiments.heartbeat import Beat, Heart
from dltheory.experiments.local import LocalEngine, describe
from dltheory.experiments.notices import noticing
from dltheory.experiments.origins import code_behind
from dltheory.experiments.plan import Group
from dltheory.experiments.run import RECIPE_VERSION
from dltheory.experiments.seed_locks import holding_seeds
from dltheory.experiments.store import Store

LOOK_SECONDS = 0.5
"""How often a task looks whether it is still wanted."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """Where and how tasks work; the same for all of a session."""

    workplace: Workplace
    device: str
    threads: int | None
    version: int  # of recipes
    codes: tuple[
        tuple[str, str], ...
    ]  # behind each recipe, by its name: what its numbers come from
    mark: Path  # a file that the driver has made in the store, and removes when all are to stop

    def progress_of(self, part: Group) -> Path:
        """Where a task beats; there as long as it is at work."""
        return self.workplace.store / "progress" / f"ray-{part.name}.json"

    def is_current(self) -> bool:
        """Whether this is the driver's store, and the driver wants anything.

        The mark is opened, not looked for: network file systems remember what was there. A mark
        that cannot be read now is not gone.
        """
        try:
            self.mark.open("rb").close()
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError:
            return True
        return True


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a task ended, and what it would have said on the terminal."""

    failure: DLTheoryError | None = None
    warnings: tuple[str, ...] = ()


def make_part(site: Site, part: Group, place: tuple[int, int], *starts: Ended) -> Ended:
    """The task: make a part of the plan with the local engine, one core, and the shared store."""
    failed = [start.failure for start in starts if start.failure is not None]
    if failed:
        return Ended(failure=failed[0])
    with noticing() as notices:
        try:
            _require_same(site, part)
            engine = _worker(site)
            engine.part, engine.place = part, place
            engine.make([part])
        except DLTheoryError as failure:
            return Ended(failure=failure, warnings=tuple(notices.said))
        except KeyboardInterrupt:
            stopped = RunFailed(
                f"Numbers are needed from {describe(part)}; it was asked to stop. Start again to "
                "go on from its last checkpoint."
            )
            return Ended(failure=stopped, warnings=tuple(notices.said))
    return Ended(warnings=tuple(notices.said))


def _require_same(site: Site, part: Group) -> None:
    node = socket.gethostname()
    driver = site.version, dict(site.codes).get(part.recipe_name, "")
    ours = RECIPE_VERSION, code_behind(part.recipe)
    if not site.is_current():
        raise EngineError(
            f"Every node needs the same store at the same path; {node} has not the one at "
            f"{site.workplace.store}. Put it on a file system that all nodes mount, and name it "
            "with --store=DIR."
        )
    if ours != driver:
        raise EngineError(
            f"Every node needs the same code; {node} has {ours} where the driver has "
            f"{driver}. Install the same version, or work from a folder that all nodes "
            "mount, and do not change it meanwhile."
        )


@lru_cache(maxsize=1)
def _worker(site: Site) -> _Worker:
    """The engine of this process, which keeps the data that it loaded for its next task."""
    workplace = site.workplace
    return _Worker(
        store=Store(workplace.store),
        data_root=workplace.data_root,
        download=workplace.download,
        provenance=workplace.provenance,
        checkpoint_seconds=workplace.checkpoint_seconds,
        device=site.device,
        threads=site.threads,
        rehearsing=False,  # the driver has done so
        site=site,
    )


@dataclass(kw_only=True)
class _Worker(LocalEngine):
    site: Site
    part: Group | None = None
    place: tuple[int, int] = (1, 1)

    def _heart(self) -> Heart:
        assert self.part is not None
        return _Heart(self.site, self.part, self.place)

    def _holding(self, group: Group, seconds: float) -> AbstractContextManager[object]:
        return holding_seeds(self.store, group, seconds)


class _Heart(Heart):
    """Beats under the name of the task, which a retry takes over, at its place in the plan.

    Where the driver wants no more, it does what Ctrl-C does.
    """

    def __init__(self, site: Site, part: Group, place: tuple[int, int]) -> None:
        path = site.progress_of(part)
        super().__init__(path.parent, path.stem)
        self.site, self.place = site, place
        self.stopped, self.looked = False, 0.0

    def beat(self, beat: Beat, *, force: bool = False) -> None:
        beat.group, beat.groups = self.place
        super().beat(beat, force=force)
        if self.stopped or time.monotonic() - self.looked < LOOK_SECONDS:
            return
        self.looked = time.monotonic()
        self.stopped = not self.site.is_current()
        if self.stopped:
            _thread.interrupt_main()  # Ray's workers block the signal itself
